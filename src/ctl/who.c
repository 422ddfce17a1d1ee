/*
 * who: the sessions that run. What a customer chose, or an account, is written
 * as the record writes it: a terminal reads this.
 */
#include <inttypes.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/quote.h"
#include "base/xalloc.h"
#include "ctl/arguments.h"
#include "ctl/json.h"
#include "ctl/live_activity.h"
#include "ctl/say.h"
#include "ctl/verbs.h"

enum { SAMPLE_MS = 500 };

/* A session and what it did between two looks. */
struct who_row {
	struct live_session *session;
	struct live_activity first, second;
	uint64_t rate; /* bytes a second, of the direction that has more */
	const char *direction;
	int64_t idle; /* seconds; -1: not known */
};

static void
who_put(const char *text, int width)
{
	char room[4200];
	struct buf word;

	buf_init(&word, room, sizeof(room) - 1);
	quote_add(&word, text[0] == '\0' ? "-" : text,
	    text[0] == '\0' ? 1 : strlen(text), 4096);
	/* Without the quotes, but for what was cut. */
	if (word.len > 0 && room[word.len - 1] == '"')
		word.len--;
	printf("%-*s ", width, buf_text(&word) + 1);
}

/* What a session that tells nothing has not told. */
static const char *
who_text(const char *text)
{
	return text == NULL ? "" : text;
}

static uint64_t
grown(uint64_t before, uint64_t after)
{
	return after > before ? after - before : 0;
}

/*
 * In or out: by the file that is open, else by the bytes that moved. A
 * program's bytes are known by what its processes read and wrote.
 */
static void
who_judge(struct who_row *row, int64_t now, uint64_t ms)
{
	const struct live_activity *first = &row->first, *second = &row->second;
	uint64_t in = grown(first->in, second->in);
	uint64_t out = grown(first->out, second->out);
	uint64_t read = grown(first->read, second->read);
	uint64_t wrote = grown(first->wrote, second->wrote);
	uint64_t most = in > out ? in : out;

	row->direction = in == out ? "-" : in > out ? "in" : "out";
	if (strcmp(who_text(row->session->service), "rsync") == 0)
		most = read > wrote ? read : wrote;
	if (second->file[0] != '\0')
		row->direction = second->is_written ? "in" : "out";
	row->rate = most * 1000 / ms;
	row->idle = !row->session->is_told ? -1
		    : most > 0             ? 0
					   : now - row->session->told.moved;
}

static const char *
who_account(const struct who_row *row, char room[32])
{
	const struct passwd *entry;

	if (row->session->is_told)
		return row->session->account;
	entry = getpwuid(row->session->uid);
	if (entry != NULL)
		return entry->pw_name;
	snprintf(room, 32, "%u", (unsigned)row->session->uid);
	return room;
}

static void
who_print_text(const struct who_row *row)
{
	const struct live_session *session = row->session;
	time_t began = (time_t)session->began;
	char when[32] = "", room[32];
	struct tm parts;

	if (gmtime_r(&began, &parts) != NULL)
		strftime(when, sizeof(when), "%Y-%m-%dT%H:%M:%SZ", &parts);
	printf("%7d ", (int)session->pid);
	who_put(who_text(session->id), 16);
	who_put(who_account(row, room), 16);
	printf("%6u ", (unsigned)session->uid);
	who_put(who_text(session->service), 5);
	who_put(who_text(session->address), 15);
	printf("%s %-3s %10" PRIu64 "/s ", when, row->direction, row->rate);
	if (row->idle < 0)
		printf("     - ");
	else
		printf("%5" PRId64 "s ", row->idle);
	if (row->second.file[0] != '\0')
		who_put(row->second.file, 0);
	if (row->second.is_unnamed)
		printf("(an upload that has no name yet) ");
	if (session->is_older)
		printf("(an older program)");
	putchar('\n');
}

static void
who_print_json(struct json *json, const struct who_row *row)
{
	const struct live_session *session = row->session;
	char room[32];

	json_open(json, NULL, '{');
	json_number(json, "pid", (uint64_t)session->pid);
	json_text(json, "session", who_text(session->id));
	json_text(json, "account", who_account(row, room));
	json_number(json, "uid", session->uid);
	json_flag(json, "virtual", session->is_virtual);
	json_flag(json, "older_program", session->is_older);
	json_text(json, "service", who_text(session->service));
	json_text(json, "address", who_text(session->address));
	json_text(json, "key", who_text(session->key));
	json_number(json, "since", (uint64_t)session->began);
	json_text(json, "direction", row->direction);
	json_text(json, "file", row->second.file);
	json_flag(json, "unnamed", row->second.is_unnamed);
	json_number(json, "rate", row->rate);
	if (row->idle >= 0)
		json_number(json, "idle", (uint64_t)row->idle);
	json_close(json, '}');
}

static void
who_sample(const struct live_sessions *sessions, struct who_row *rows,
    size_t count)
{
	struct timespec pause = { 0, SAMPLE_MS * 1000000L }, now, began;

	clock_gettime(CLOCK_MONOTONIC, &began);
	for (size_t i = 0; i < count; i++)
		live_activity_read(sessions, rows[i].session, &rows[i].first);
	nanosleep(&pause, NULL);
	for (size_t i = 0; i < count; i++)
		live_activity_read(sessions, rows[i].session, &rows[i].second);
	clock_gettime(CLOCK_MONOTONIC, &now);
	for (size_t i = 0; i < count; i++)
		who_judge(&rows[i], now.tv_sec,
		    (uint64_t)(now.tv_sec - began.tv_sec) * 1000 +
			(uint64_t)(now.tv_nsec / 1000000) -
			(uint64_t)(began.tv_nsec / 1000000));
}

static void
who_tell(const struct live_sessions *sessions, const struct who_row *rows,
    size_t count, bool as_json)
{
	struct json json;

	if (as_json) {
		json_begin(&json);
		json_flag(&json, "all", sessions->are_all);
		json_open(&json, "sessions", '[');
	}
	for (size_t i = 0; i < count; i++) {
		if (as_json)
			who_print_json(&json, &rows[i]);
		else
			who_print_text(&rows[i]);
	}
	if (as_json) {
		json_close(&json, ']');
		json_end(&json);
	} else if (!sessions->are_all) {
		fputs("filesonlyctl: only root sees the sessions of others, "
		      "and what a session does\n",
		    stderr);
	}
}

static int
who_run(struct live_sessions *sessions, const char *user, bool as_json)
{
	struct who_row *rows = xcalloc(sessions->count + 1, sizeof(*rows));
	size_t count = 0;
	char room[32];

	for (size_t i = 0; i < sessions->count; i++) {
		rows[count].session = &sessions->at[i];
		count += user == NULL ||
			 strcmp(who_account(&rows[count], room), user) == 0;
	}
	if (count > 0)
		who_sample(sessions, rows, count);
	who_tell(sessions, rows, count, as_json);
	free(rows);
	return CTL_FINE;
}

int
verb_who(int argc, char **argv)
{
	const char *user = NULL;
	bool as_json = false;
	const struct argument table[] = { { "json", &as_json, NULL },
		{ "user", NULL, &user }, { NULL, NULL, NULL } };
	struct live_sessions sessions;
	int count = arguments_take(argv, argc, table, false), status;

	if (count < 0)
		return CTL_USAGE;
	if (count > 0)
		return say_usage("who takes no words: ", argv[1]);
	status = live_sessions_find(&sessions) == 0
		     ? who_run(&sessions, user, as_json)
		     : say_failure("the processes can't be read", NULL);
	live_sessions_free(&sessions);
	return status;
}
