/*
 * replay: the commands that a log tells, put to the policy of today. Each
 * different one is asked about once, in a child that becomes the account; it
 * takes explain's steps, which do nothing.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/auto.h"
#include "base/io.h"
#include "base/quote.h"
#include "base/xalloc.h"
#include "ctl/account_session.h"
#include "ctl/arguments.h"
#include "ctl/explanation.h"
#include "ctl/gate_program.h"
#include "ctl/json.h"
#include "ctl/replay_lines.h"
#include "ctl/say.h"
#include "ctl/verbs.h"

enum { WHY_MAX = 1024, STATUS_UNTOLD = -1 };

struct replayed {
	char *user, *command;
	bool was_refused;
	size_t count;
	int status; /* that the session would end with */
	char *why;  /* NULL: it is served */
};

struct replaying {
	const char *account, *config;
	bool as_json;
	struct replayed *at;
	size_t count;
	size_t requests, untold, now_refused, new_refused;
};

static int
compare_replayed(const void *left, const void *right)
{
	const struct replayed *a = left, *b = right;
	int order = strcmp(a->user, b->user);

	return order != 0 ? order : strcmp(a->command, b->command);
}

static void
replay_free(struct replayed *replayed)
{
	free(replayed->user);
	free(replayed->command);
	free(replayed->why);
}

/* Equal ones become one, with their number: refused before if each was. */
static void
sum_up(struct replaying *replaying)
{
	size_t kept = 0;

	if (replaying->count == 0)
		return;
	qsort(replaying->at, replaying->count, sizeof(*replaying->at),
	    compare_replayed);
	for (size_t i = 1; i < replaying->count; i++) {
		struct replayed *last = &replaying->at[kept];
		struct replayed *next = &replaying->at[i];

		if (compare_replayed(last, next) != 0) {
			replaying->at[++kept] = *next;
			continue;
		}
		last->count++;
		last->was_refused &= next->was_refused;
		replay_free(next);
	}
	replaying->count = kept + 1;
}

static void
replay_take(struct replaying *replaying, enum replay_kind kind,
    const struct replay_request *request)
{
	if (kind == REPLAY_NOTHING ||
	    (replaying->account != NULL &&
		strcmp(replaying->account, request->user) != 0))
		return;
	if (kind == REPLAY_UNTOLD) {
		replaying->untold++;
		return;
	}
	replaying->requests++;
	replaying->at = xrealloc(replaying->at, replaying->count + 1,
	    sizeof(*replaying->at));
	replaying->at[replaying->count++] =
	    (struct replayed){ .user = xstrdup(request->user),
		    .command = xstrdup(request->command),
		    .was_refused = request->was_refused,
		    .count = 1 };
}

static void
replay_read(struct replaying *replaying, FILE *log)
{
	static struct replay_request request;
	struct replay_state state = { .next = 0 };
	char *line = NULL;
	size_t size = 0;

	for (ssize_t len; (len = getline(&line, &size, log)) >= 0;) {
		if (len > 0 && line[len - 1] == '\n')
			line[len - 1] = '\0';
		replay_take(replaying, replay_line(&state, line, &request),
		    &request);
	}
	free(line);
	replay_state_free(&state);
}

/* In the child: says "STATUS WHY" on the pipe. */
static void
explain_there(const struct replaying *replaying,
    const struct replayed *replayed, int out)
{
	static struct session session;
	static char config[PATH_MAX + 16], gate[PATH_MAX];
	struct explanation explanation;
	char name[] = "filesonly", room[WHY_MAX];
	char *argv[] = { name, config, NULL };
	struct buf text;
	int status, argc = replaying->config == NULL ? 1 : 2;

	snprintf(config, sizeof(config), "--config=%s",
	    replaying->config == NULL ? "" : replaying->config);
	if (!account_session(replayed->user, &session)) {
		session.uid = getuid();
		session.gid = getgid();
	}
	session.program = gate_program(gate);
	if (session.program == NULL || account_become(&session) != 0)
		_exit(1);
	argv[argc] = NULL;
	explanation_make(&explanation, &session, argc, argv,
	    replayed->command[0] == '\0' ? NULL : replayed->command,
	    open("/dev/null", O_RDONLY | O_CLOEXEC));
	status = explanation_status(&explanation);
	/* What follows a command (rsync's -s) is in no log. */
	if (explanation.decision.verdict.refusal == REFUSE_INCOMPLETE)
		status = STATUS_UNTOLD;
	buf_init(&text, room, sizeof(room) - 1);
	buf_addf(&text, "%d %.900s", status,
	    explanation.reason_count > 0 ? explanation.reasons[0].why : "");
	_exit(io_write_all(out, text.bytes, text.len) == 0 ? 0 : 1);
}

/* Returns 0, or -1: it can't be asked. */
static int
replay_ask(const struct replaying *replaying, struct replayed *replayed)
{
	char room[WHY_MAX + 1] = "", *why;
	int ends[2], ended;
	ssize_t len;
	pid_t pid;

	if (pipe2(ends, O_CLOEXEC) != 0)
		return -1;
	pid = fork();
	if (pid == 0)
		explain_there(replaying, replayed, ends[1]);
	close(ends[1]);
	len = pid < 0 ? -1 : io_read_all(ends[0], room, WHY_MAX);
	close(ends[0]);
	while (pid > 0 && waitpid(pid, &ended, 0) < 0) {
		if (errno != EINTR)
			return -1;
	}
	if (len <= 0 || !WIFEXITED(ended) || WEXITSTATUS(ended) != 0)
		return -1;
	replayed->status = (int)strtol(room, &why, 10);
	if (replayed->status > 0)
		replayed->why = xstrdup(why + (*why == ' '));
	return 0;
}

static void
replay_print_one(const struct replayed *replayed)
{
	char room[4 * REPLAY_COMMAND_MAX];
	struct buf line;

	buf_init(&line, room, sizeof(room) - 1);
	buf_addf(&line, "%zu ", replayed->count);
	quote_add(&line, replayed->user, strlen(replayed->user), 256);
	buf_add_text(&line, " ");
	quote_add(&line, replayed->command, strlen(replayed->command), 2048);
	buf_addf(&line, ": %d, ", replayed->status);
	quote_add(&line, replayed->why, strlen(replayed->why), 4 * WHY_MAX);
	if (replayed->was_refused)
		buf_add_text(&line, " (refused before, too)");
	printf("%s\n", buf_text(&line));
}

static void
replay_print(const struct replaying *replaying)
{
	for (size_t i = 0; i < replaying->count; i++) {
		if (replaying->at[i].why != NULL)
			replay_print_one(&replaying->at[i]);
	}
	printf("requests: %zu, refused now: %zu, of which new: %zu; "
	       "sessions whose command the log does not tell: %zu\n",
	    replaying->requests, replaying->now_refused, replaying->new_refused,
	    replaying->untold);
}

static void
replay_print_json(const struct replaying *replaying)
{
	struct json json;

	json_begin(&json);
	json_number(&json, "requests", replaying->requests);
	json_number(&json, "refused_now", replaying->now_refused);
	json_number(&json, "newly_refused", replaying->new_refused);
	json_number(&json, "untold", replaying->untold);
	json_open(&json, "refused", '[');
	for (size_t i = 0; i < replaying->count; i++) {
		const struct replayed *replayed = &replaying->at[i];

		if (replayed->why == NULL)
			continue;
		json_open(&json, NULL, '{');
		json_text(&json, "account", replayed->user);
		json_text(&json, "command", replayed->command);
		json_number(&json, "count", replayed->count);
		json_number(&json, "status", (uint64_t)replayed->status);
		json_text(&json, "why", replayed->why);
		json_flag(&json, "before", replayed->was_refused);
		json_close(&json, '}');
	}
	json_close(&json, ']');
	json_end(&json);
}

static int
replay_judge(struct replaying *replaying)
{
	sum_up(replaying);
	for (size_t i = 0; i < replaying->count; i++) {
		struct replayed *replayed = &replaying->at[i];

		if (replay_ask(replaying, replayed) != 0)
			return say_failure("can't be asked about: ",
			    replayed->user);
		if (replayed->status == STATUS_UNTOLD) {
			replaying->requests -= replayed->count;
			replaying->untold += replayed->count;
		}
		if (replayed->why == NULL)
			continue;
		replaying->now_refused += replayed->count;
		if (!replayed->was_refused)
			replaying->new_refused += replayed->count;
	}
	if (replaying->as_json)
		replay_print_json(replaying);
	else
		replay_print(replaying);
	return replaying->new_refused > 0 ? CTL_FINDING : CTL_FINE;
}

static int
replay_logs(struct replaying *replaying, char *const *logs, int count)
{
	for (int i = 0; i < count; i++) {
		bool is_stdin = strcmp(logs[i], "-") == 0;
		FILE *log = is_stdin ? stdin : fopen(logs[i], "re");

		if (log == NULL)
			return say_unreadable(logs[i]);
		replay_read(replaying, log);
		if (ferror(log))
			return say_failure("can't be read: ", logs[i]);
		if (!is_stdin)
			fclose(log);
	}
	return CTL_FINE;
}

int
verb_replay(int argc, char **argv)
{
	static struct replaying replaying;
	const struct argument table[] = { { "json", &replaying.as_json, NULL },
		{ "account", NULL, &replaying.account },
		{ "config", NULL, &replaying.config }, { NULL, NULL, NULL } };
	int count = arguments_take(argv, argc, table, false), status;

	if (count < 0)
		return CTL_USAGE;
	if (count == 0)
		return say_usage("replay wants a LOG (-: standard input)",
		    NULL);
	if (geteuid() != 0)
		fputs("filesonlyctl: not root: files are asked about with "
		      "the rights of the caller, not the account's\n",
		    stderr);
	status = replay_logs(&replaying, argv + 1, count);
	/* As in the gate: no variable reaches what is asked. */
	clearenv();
	fflush(stdout);
	if (status == CTL_FINE)
		status = replay_judge(&replaying);
	for (size_t i = 0; i < replaying.count; i++)
		replay_free(&replaying.at[i]);
	free(replaying.at);
	return status;
}
