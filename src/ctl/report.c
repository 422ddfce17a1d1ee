/* report: what each account moved on each day. */
#include "ctl/report.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/buf.h"
#include "base/num.h"
#include "base/quote.h"
#include "ctl/arguments.h"
#include "ctl/audit_sessions.h"
#include "ctl/json.h"
#include "ctl/say.h"
#include "ctl/verbs.h"

void
report_print_table(const struct report *report)
{
	printf("%-10s %8s %8s %8s %14s %8s %14s %8s  %s\n", "day", "sessions",
	    "refused", "files in", "bytes in", "out", "bytes out", "removed",
	    "account");
	for (size_t i = 0; i < report->count; i++) {
		const struct report_row *row = &report->at[i];
		const struct report_sums *sums = &row->sums;
		char day[16], room[1100];
		struct buf name;

		report_day_text(row->day, day);
		buf_init(&name, room, sizeof(room) - 1);
		quote_add(&name, row->account, strlen(row->account), 1024);
		printf("%-10s %8" PRIu64 " %8" PRIu64 " %8" PRIu64 " %14" PRIu64
		       " %8" PRIu64 " %14" PRIu64 " %8" PRIu64 "  %s\n",
		    day, sums->sessions, sums->refused, sums->files_in,
		    sums->bytes_in, sums->files_out, sums->bytes_out,
		    sums->removed, buf_text(&name));
	}
	if (report->count == 0)
		fputs("filesonlyctl: no such session is in the log\n", stderr);
}

void
report_print_json(const struct report *report)
{
	struct json json;

	json_begin(&json);
	json_open(&json, "rows", '[');
	for (size_t i = 0; i < report->count; i++) {
		const struct report_row *row = &report->at[i];
		char day[16];

		report_day_text(row->day, day);
		json_open(&json, NULL, '{');
		json_text(&json, "account", row->account);
		json_text(&json, "day", day);
		json_number(&json, "sessions", row->sums.sessions);
		json_number(&json, "refused", row->sums.refused);
		json_number(&json, "files_in", row->sums.files_in);
		json_number(&json, "bytes_in", row->sums.bytes_in);
		json_number(&json, "files_out", row->sums.files_out);
		json_number(&json, "bytes_out", row->sums.bytes_out);
		json_number(&json, "removed", row->sums.removed);
		json_number(&json, "last_write",
		    (uint64_t)row->sums.last_write);
		json_close(&json, '}');
	}
	json_close(&json, ']');
	json_end(&json);
}

int
verb_report(int argc, char **argv)
{
	const char *account = NULL, *days_text = NULL;
	bool as_json = false, prometheus = false, by_account = false,
	     html = false;
	const struct argument table[] = { { "json", &as_json, NULL },
		{ "prometheus", &prometheus, NULL },
		{ "by-account", &by_account, NULL }, { "html", &html, NULL },
		{ "account", NULL, &account }, { "days", NULL, &days_text },
		{ NULL, NULL, NULL } };
	struct audit_sessions sessions = { .count = 0 };
	struct report report = { NULL, 0 };
	int64_t days = 0, today = (int64_t)time(NULL) / (24 * 60 * 60);
	int count = arguments_take(argv, argc, table, false), status;

	if (count < 0)
		return CTL_USAGE;
	if (as_json + prometheus + html > 1 || (by_account && !prometheus))
		return say_usage("one of --json, --prometheus [--by-account], "
				 "--html",
		    NULL);
	if (days_text != NULL && !num_parse(days_text, 1, 36500, &days))
		return say_usage("--days wants a number: ", days_text);
	status = audit_sessions_read(&sessions, argv + 1, count);
	if (status == 0) {
		report_make(&report, &sessions, account,
		    days == 0 ? 0 : today - days + 1);
		if (as_json)
			report_print_json(&report);
		else if (prometheus)
			report_print_prometheus(&report, by_account);
		else if (html)
			report_print_html(&report);
		else
			report_print_table(&report);
	}
	free(report.at);
	audit_sessions_free(&sessions);
	return status == 0 ? CTL_FINE : CTL_FINDING;
}
