/*
 * stale: accounts to which nothing has been written for too long, a backup
 * that stopped coming. For monitoring: the status says it.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/num.h"
#include "base/xalloc.h"
#include "ctl/arguments.h"
#include "ctl/audit_sessions.h"
#include "ctl/config_lines.h"
#include "ctl/json.h"
#include "ctl/say.h"
#include "ctl/verbs.h"
#include "policy/config.h"

#define STALE_DAY INT64_C(86400) /* seconds */

struct stale_account {
	const char *name; /* borrowed */
	int64_t written;  /* when that was done last; 0: never seen */
	uint64_t bytes;   /* ... and by how many bytes */
};

struct stale_accounts {
	struct stale_account *at;
	size_t count;
	uint64_t min_bytes;
};

static struct stale_account *
stale_find(struct stale_accounts *accounts, const char *name)
{
	for (size_t i = 0; i < accounts->count; i++) {
		if (strcmp(accounts->at[i].name, name) == 0)
			return &accounts->at[i];
	}
	accounts->at =
	    xrealloc(accounts->at, accounts->count + 1, sizeof(*accounts->at));
	accounts->at[accounts->count] = (struct stale_account){ .name = name };
	return &accounts->at[accounts->count++];
}

/*
 * A session that wrote enough counts; where nothing is enough, one that ended
 * well. One that was cut off, or that failed, is no backup.
 */
static void
stale_take(struct stale_accounts *accounts, const struct audit_session *session)
{
	struct stale_account *account = stale_find(accounts, session->user);
	int64_t when =
	    accounts->min_bytes == 0 ? session->last : session->written_last;

	if (!session->has_end || session->status != 0 ||
	    session->refused != NULL ||
	    session->written < accounts->min_bytes || when <= account->written)
		return;
	account->written = when;
	account->bytes = session->written;
}

static const char *
section_says(const struct config_section *section, const char *key)
{
	const char *value = NULL;

	for (size_t i = 0; i < section->settings.count; i++) {
		if (strcmp(section->settings.at[i].key, key) == 0)
			value = section->settings.at[i].value;
	}
	return value;
}

/* Accounts of the configuration that may write: one may never have come. */
static void
stale_add_configured(struct stale_accounts *accounts,
    const struct config_lines *lines)
{
	for (size_t i = 0; i < lines->count; i++) {
		const struct config_section *section = &lines->at[i];
		const char *mode = section_says(section, "mode");
		const char *disabled = section_says(section, "disabled");

		if (section->kind == SECTION_USER &&
		    (mode == NULL || strcmp(mode, "read-only") != 0) &&
		    (disabled == NULL || strcmp(disabled, "yes") != 0))
			stale_find(accounts, section->name);
	}
}

static void
stale_print(struct json *json, const struct stale_account *account, int64_t now)
{
	if (json != NULL) {
		json_open(json, NULL, '{');
		json_text(json, "account", account->name);
		json_number(json, "written", (uint64_t)account->written);
		json_number(json, "bytes", account->bytes);
		json_close(json, '}');
	} else if (account->written == 0) {
		printf("%s: nothing was written, as far as the log goes\n",
		    account->name);
	} else {
		printf("%s: last written %" PRId64 " days ago\n", account->name,
		    (now - account->written) / STALE_DAY);
	}
}

static int
stale_tell(const struct stale_accounts *accounts, int64_t days,
    const char *account, bool as_json)
{
	int64_t now = (int64_t)time(NULL);
	int status = CTL_FINE;
	struct json json;

	if (as_json) {
		json_begin(&json);
		json_open(&json, "stale", '[');
	}
	for (size_t i = 0; i < accounts->count; i++) {
		const struct stale_account *at = &accounts->at[i];

		if ((account != NULL && strcmp(at->name, account) != 0) ||
		    now - at->written <= days * STALE_DAY)
			continue;
		stale_print(as_json ? &json : NULL, at, now);
		status = CTL_FINDING;
	}
	if (as_json) {
		json_close(&json, ']');
		json_end(&json);
	}
	return status;
}

static int
stale_run(struct stale_accounts *accounts, int64_t days, const char *account,
    bool as_json, struct audit_sessions *sessions)
{
	struct findings findings = { NULL, 0 };
	struct config_lines lines = { .findings = &findings };
	int status;

	for (size_t i = 0; i < sessions->count; i++)
		stale_take(accounts, &sessions->at[i]);
	if (access(CONFIG_FILE, R_OK) == 0) {
		config_lines_read(&lines, CONFIG_FILE, 0);
		stale_add_configured(accounts, &lines);
	}
	if (account != NULL)
		stale_find(accounts, account);
	status = stale_tell(accounts, days, account, as_json);
	free(accounts->at);
	config_lines_free(&lines);
	findings_free(&findings);
	return status;
}

int
verb_stale(int argc, char **argv)
{
	const char *days_text = NULL, *bytes_text = "1", *account = NULL;
	bool as_json = false;
	const struct argument table[] = { { "json", &as_json, NULL },
		{ "days", NULL, &days_text },
		{ "min-bytes", NULL, &bytes_text },
		{ "account", NULL, &account }, { NULL, NULL, NULL } };
	struct audit_sessions sessions = { .count = 0 };
	struct stale_accounts accounts = { .count = 0 };
	int64_t days;
	int count = arguments_take(argv, argc, table, false), status;

	if (count < 0)
		return CTL_USAGE;
	if (days_text == NULL || !num_parse(days_text, 0, 36500, &days))
		return say_usage("stale wants --days=NUMBER", NULL);
	if (!num_parse_size(bytes_text, INT64_MAX, &accounts.min_bytes))
		return say_usage("--min-bytes wants a size: ", bytes_text);
	status = audit_sessions_read(&sessions, argv + 1, count);
	status = status != 0
		     ? CTL_FINDING
		     : stale_run(&accounts, days, account, as_json, &sessions);
	audit_sessions_free(&sessions);
	return status;
}
