/*
 * The text format of Prometheus. Never a path or an address as label; accounts
 * only where they are asked for: each makes series of its own.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "ctl/report.h"

static uint64_t
metric_sessions(const struct report_sums *sums)
{
	return sums->sessions;
}

static uint64_t
metric_refused(const struct report_sums *sums)
{
	return sums->refused;
}

static uint64_t
metric_files_in(const struct report_sums *sums)
{
	return sums->files_in;
}

static uint64_t
metric_files_out(const struct report_sums *sums)
{
	return sums->files_out;
}

static uint64_t
metric_bytes_in(const struct report_sums *sums)
{
	return sums->bytes_in;
}

static uint64_t
metric_bytes_out(const struct report_sums *sums)
{
	return sums->bytes_out;
}

static uint64_t
metric_removed(const struct report_sums *sums)
{
	return sums->removed;
}

static uint64_t
metric_last_write(const struct report_sums *sums)
{
	return (uint64_t)sums->last_write;
}

static const struct metric {
	const char *name, *type, *help;
	uint64_t (*value)(const struct report_sums *sums);
} metrics[] = {
	{ "filesonly_sessions_total", "counter", "Sessions that were served.",
	    metric_sessions },
	{ "filesonly_refused_total", "counter", "Requests that were refused.",
	    metric_refused },
	{ "filesonly_files_in_total", "counter", "Files that were written.",
	    metric_files_in },
	{ "filesonly_files_out_total", "counter", "Files that were read.",
	    metric_files_out },
	{ "filesonly_bytes_in_total", "counter", "Bytes that were written.",
	    metric_bytes_in },
	{ "filesonly_bytes_out_total", "counter", "Bytes that were read.",
	    metric_bytes_out },
	{ "filesonly_removed_total", "counter",
	    "Files and directories that were removed.", metric_removed },
	{ "filesonly_last_write_timestamp_seconds", "gauge",
	    "When a file was written last.", metric_last_write },
};

static void
put_label(const char *value)
{
	for (; *value != '\0'; value++) {
		if (*value == '\n')
			fputs("\\n", stdout);
		else if (*value == '"' || *value == '\\')
			printf("\\%c", *value);
		else
			putchar(*value);
	}
}

/* Rows of one account stand together. */
static void
print_metric(const struct report *report, const struct metric *metric,
    bool by_account)
{
	struct report_sums sums = { .sessions = 0 };

	printf("# HELP %s %s\n# TYPE %s %s\n", metric->name, metric->help,
	    metric->name, metric->type);
	for (size_t i = 0; i < report->count; i++) {
		const char *account = report->at[i].account;

		report_add(&sums, &report->at[i].sums);
		if (!by_account ||
		    (i + 1 < report->count &&
			strcmp(report->at[i + 1].account, account) == 0))
			continue;
		printf("%s{account=\"", metric->name);
		put_label(account);
		printf("\"} %" PRIu64 "\n", metric->value(&sums));
		sums = (struct report_sums){ .sessions = 0 };
	}
	if (!by_account)
		printf("%s %" PRIu64 "\n", metric->name, metric->value(&sums));
}

void
report_print_prometheus(const struct report *report, bool by_account)
{
	for (size_t i = 0; i < sizeof(metrics) / sizeof(*metrics); i++)
		print_metric(report, &metrics[i], by_account);
}
