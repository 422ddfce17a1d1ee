/* last: sessions that are over, and requests that were refused. */
#include <inttypes.h>
#include <stdio.h>
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

static const char *
last_how(const struct audit_session *session)
{
	if (session->refused != NULL)
		return "refused";
	return session->has_end ? "ended" : "open";
}

static const char *
text_or(const char *text, const char *other)
{
	return text == NULL ? other : text;
}

/* Names of accounts and addresses come from outside: a terminal reads them. */
static void
put_word(const char *text, int width)
{
	char room[1100];
	struct buf word;

	buf_init(&word, room, sizeof(room) - 1);
	quote_add(&word, text, strlen(text), 1024);
	/* Without the quotes, which a column needs not. */
	word.len--;
	printf("%-*s ", width, buf_text(&word) + 1);
}

static void
last_print_text(const struct audit_session *session)
{
	time_t began = (time_t)session->began;
	char when[32] = "";
	struct tm parts;

	if (gmtime_r(&began, &parts) != NULL)
		strftime(when, sizeof(when), "%Y-%m-%dT%H:%M:%SZ", &parts);
	printf("%s ", when);
	put_word(session->user, 16);
	put_word(text_or(session->service, "-"), 5);
	put_word(text_or(session->address, "-"), 15);
	printf("%6" PRIu64 "s in %" PRIu64 " files %" PRIu64
	       " bytes, out %" PRIu64 " files %" PRIu64 " bytes; ",
	    session->seconds, session->files_in, session->written,
	    session->files_out, session->read);
	if (session->refused != NULL)
		printf("refused: ");
	put_word(session->refused != NULL
		     ? session->refused
		     : text_or(session->reason, last_how(session)),
	    0);
	if (session->has_end)
		printf("%" PRIu64, session->status);
	putchar('\n');
}

static void
last_print_json(struct json *json, const struct audit_session *session)
{
	json_open(json, NULL, '{');
	json_text(json, "session", session->id);
	json_text(json, "account", session->user);
	json_text(json, "how", last_how(session));
	json_text(json, "service", text_or(session->service, ""));
	json_text(json, "address", text_or(session->address, ""));
	json_number(json, "began", (uint64_t)session->began);
	json_number(json, "last", (uint64_t)session->last);
	json_number(json, "files_in", session->files_in);
	json_number(json, "bytes_in", session->written);
	json_number(json, "files_out", session->files_out);
	json_number(json, "bytes_out", session->read);
	json_number(json, "removed", session->removed);
	json_number(json, "failed", session->failed);
	if (session->has_end) {
		json_number(json, "status", session->status);
		json_number(json, "seconds", session->seconds);
	}
	if (session->reason != NULL)
		json_text(json, "reason", session->reason);
	if (session->refused != NULL)
		json_text(json, "rule", session->refused);
	json_close(json, '}');
}

/* The newest first, at most that many. */
static void
last_print(const struct audit_sessions *sessions, const char *account,
    int64_t most, bool as_json)
{
	struct json json;
	bool is_none = true;

	if (as_json) {
		json_begin(&json);
		json_open(&json, "sessions", '[');
	}
	for (size_t i = sessions->count; i-- > 0 && most > 0;) {
		const struct audit_session *session = &sessions->at[i];

		if (account != NULL && strcmp(session->user, account) != 0)
			continue;
		most--;
		is_none = false;
		if (as_json)
			last_print_json(&json, session);
		else
			last_print_text(session);
	}
	if (as_json) {
		json_close(&json, ']');
		json_end(&json);
	} else if (is_none) {
		fputs("filesonlyctl: no such session is in the log\n", stderr);
	}
}

int
verb_last(int argc, char **argv)
{
	const char *account = NULL, *most_text = NULL;
	bool as_json = false;
	const struct argument table[] = { { "json", &as_json, NULL },
		{ "account", NULL, &account }, { "count", NULL, &most_text },
		{ NULL, NULL, NULL } };
	struct audit_sessions sessions = { .count = 0 };
	int64_t most = INT64_MAX;
	int count = arguments_take(argv, argc, table, false), status;

	if (count < 0)
		return CTL_USAGE;
	if (most_text != NULL && !num_parse(most_text, 1, INT64_MAX, &most))
		return say_usage("--count wants a number: ", most_text);
	status = audit_sessions_read(&sessions, argv + 1, count);
	if (status == 0)
		last_print(&sessions, account, most, as_json);
	audit_sessions_free(&sessions);
	return status == 0 ? CTL_FINE : CTL_FINDING;
}
