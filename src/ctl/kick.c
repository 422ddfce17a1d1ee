/*
 * kick: ends sessions, by the signal of limits/kick_signal.h. Signals go
 * through the pidfd of the process that was judged, whose number may be reused.
 */
#include <errno.h>
#include <poll.h>
#include <pwd.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/quote.h"
#include "base/xalloc.h"
#include "ctl/arguments.h"
#include "ctl/json.h"
#include "ctl/live_sessions.h"
#include "ctl/say.h"
#include "ctl/verbs.h"
#include "limits/kick_signal.h"

enum {
	AGAIN_MS = 100,     /* a signal between look and wait is not heard */
	END_MS = 25 * 1000, /* longer than a session's program is given */
	KILLED_MS = 5 * 1000,
};

struct kicked {
	const struct live_session *session;
	int pidfd;
	bool was_killed;
	bool is_over;
};

/*
 * A descriptor of the session's process. Held, its number can't be another's;
 * that it was the same before is seen by /proc/PID, which is gone with it.
 */
static int
kick_open(const struct live_session *session)
{
	auto_fd int fd = (int)syscall(SYS_pidfd_open, session->pid, 0);

	if (fd < 0 || faccessat(session->proc, "stat", F_OK, 0) != 0)
		return -1;
	return take_fd(&fd);
}

/* The kernel says whose signal it is. */
static bool
kick_signal(const struct kicked *kicked, int number)
{
	return syscall(SYS_pidfd_send_signal, kicked->pidfd, number, NULL, 0) ==
	       0;
}

/* Waits that long, or until one more is over. */
static void
kick_wait(struct kicked *all, size_t count, int ms)
{
	struct pollfd *ready = xcalloc(count + 1, sizeof(*ready));

	for (size_t i = 0; i < count; i++)
		ready[i] =
		    (struct pollfd){ .fd = all[i].is_over ? -1 : all[i].pidfd,
			    .events = POLLIN };
	if (poll(ready, count, ms) > 0) {
		for (size_t i = 0; i < count; i++)
			all[i].is_over |= ready[i].revents != 0;
	}
	free(ready);
}

static size_t
kick_left(const struct kicked *all, size_t count)
{
	size_t left = 0;

	for (size_t i = 0; i < count; i++)
		left += !all[i].is_over;
	return left;
}

/* Signals those that are left, again and again, until then. */
static void
kick_until(struct kicked *all, size_t count, int number, int ms)
{
	uint64_t end = clock_ms() + (uint64_t)ms;

	while (kick_left(all, count) > 0 && clock_ms() < end) {
		for (size_t i = 0; i < count; i++) {
			if (all[i].is_over)
				continue;
			if (!kick_signal(&all[i], number))
				all[i].is_over = errno == ESRCH;
			else
				all[i].was_killed = number == SIGKILL;
		}
		kick_wait(all, count, AGAIN_MS);
	}
}

static const char *
kick_account(const struct live_session *session)
{
	const struct passwd *entry;

	if (session->is_told)
		return session->account;
	entry = getpwuid(session->uid);
	return entry == NULL ? "" : entry->pw_name;
}

static const char *
kick_how(const struct kicked *kicked)
{
	if (!kicked->is_over)
		return "still there";
	return kicked->was_killed ? "killed" : "ended";
}

static void
kick_print(struct json *json, const struct kicked *kicked)
{
	const struct live_session *session = kicked->session;
	const char *account = kick_account(session);
	char room[1200], id_room[1200];
	struct buf line, id;

	if (json != NULL) {
		json_open(json, NULL, '{');
		json_number(json, "pid", (uint64_t)session->pid);
		json_text(json, "session",
		    session->id == NULL ? "" : session->id);
		json_text(json, "account", account);
		json_text(json, "how", kick_how(kicked));
		json_close(json, '}');
		return;
	}
	buf_init(&line, room, sizeof(room) - 1);
	quote_add(&line, account, strlen(account), 1024);
	/* A program that calls itself a session may have written the id. */
	buf_init(&id, id_room, sizeof(id_room) - 1);
	quote_add(&id, session->id == NULL ? "-" : session->id,
	    session->id == NULL ? 1 : strlen(session->id), 1024);
	if (id_room[id.len - 1] == '"')
		id.len--;
	printf("%d %s %s: %s\n", (int)session->pid, buf_text(&id) + 1,
	    buf_text(&line), kick_how(kicked));
}

static void
kick_tell(const struct kicked *all, size_t count, bool as_json)
{
	struct json json;

	if (as_json) {
		json_begin(&json);
		json_open(&json, "sessions", '[');
	}
	for (size_t i = 0; i < count; i++)
		kick_print(as_json ? &json : NULL, &all[i]);
	if (as_json) {
		json_close(&json, ']');
		json_end(&json);
	}
}

/* Those that the word names: an account's, or one by its id. */
static size_t
kick_choose(const struct live_sessions *sessions, const char *word,
    struct kicked *all)
{
	size_t count = 0;

	for (size_t i = 0; i < sessions->count; i++) {
		const struct live_session *session = &sessions->at[i];
		int pidfd;

		if (strcmp(kick_account(session), word) != 0 &&
		    (!session->is_told || strcmp(session->id, word) != 0))
			continue;
		pidfd = kick_open(session);
		if (pidfd >= 0)
			all[count++] = (struct kicked){ .session = session,
				.pidfd = pidfd };
	}
	return count;
}

static int
kick_run(const struct live_sessions *sessions, const char *word, bool as_json)
{
	struct kicked *all = xcalloc(sessions->count + 1, sizeof(*all));
	size_t count = kick_choose(sessions, word, all), left;

	kick_until(all, count, KICK_SIGNAL, END_MS);
	kick_until(all, count, SIGKILL, KILLED_MS);
	left = kick_left(all, count);
	kick_tell(all, count, as_json);
	for (size_t i = 0; i < count; i++)
		auto_close_fd(&all[i].pidfd);
	free(all);
	if (left > 0)
		return say_failure("not all have ended", NULL);
	return count == 0
		   ? say_failure("no session runs of this account or id: ",
			 word)
		   : CTL_FINE;
}

int
verb_kick(int argc, char **argv)
{
	bool as_json = false;
	const struct argument table[] = { { "json", &as_json, NULL },
		{ NULL, NULL, NULL } };
	struct live_sessions sessions;
	int count = arguments_take(argv, argc, table, false), status;

	if (count < 0)
		return CTL_USAGE;
	if (count != 1)
		return say_usage("kick wants an account or a session", NULL);
	status = live_sessions_find(&sessions) == 0
		     ? kick_run(&sessions, argv[1], as_json)
		     : say_failure("the processes can't be read", NULL);
	live_sessions_free(&sessions);
	return status;
}
