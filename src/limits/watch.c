/*
 * One byte, once. The pipe is also how either side sees that the other is
 * gone: a session whose watcher was killed ends, too.
 */
#include "limits/watch.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <time.h>
#include <unistd.h>

#include "base/fd.h"
#include "limits/kick_signal.h"

enum {
	TERM_MS = 5 * 1000,  /* for the session to say why, and end */
	KILL_MS = 20 * 1000, /* more, for a program that is told to end */
};

static const char *const watch_words[WATCH_VERDICTS] = {
	[WATCH_GOES_ON] = "unwatched",
	[WATCH_DISABLED] = "disabled",
	[WATCH_EXPIRED] = "expires",
};

/* A watching process. */
struct watcher {
	watch_look *look;
	const void *context;
	uint64_t every; /* milliseconds */
	int64_t until;  /* when a look is due besides; 0: never */
	pid_t session;
};

/* What tells a session to end is not for us, who end with it. */
static const int not_ours[] = { SIGTERM, SIGHUP, SIGINT };

/*
 * Our end of the pipe is 0, all other numbers are the session's: it would not
 * be over for its client while we have one.
 */
static int
watch_settle(int out)
{
	if (dup2(out, 0) != 0 || fd_close_from(1) != 0 ||
	    prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) != 0 ||
	    prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
		return -1;
	for (size_t i = 0; i < sizeof(not_ours) / sizeof(*not_ours); i++) {
		if (signal(not_ours[i], SIG_IGN) == SIG_ERR)
			return -1;
	}
	return 0;
}

/* Sleeps, or ends with the session. */
static void
watch_sleep(const struct watcher *watcher, uint64_t ms)
{
	/* The reader's end is noticed without being asked for. */
	struct pollfd pipe = { .fd = 0 };

	if (poll(&pipe, 1, (int)ms) > 0 || getppid() != watcher->session)
		_exit(0);
}

/* Until the next look: a time that was set back or a machine that slept is
 * noticed at the look after it. */
static uint64_t
watch_pause(const struct watcher *watcher)
{
	int64_t left = watcher->until - (int64_t)time(NULL);

	if (watcher->until == 0 || left > (int64_t)watcher->every / 1000)
		return watcher->every;
	return left > 0 ? (uint64_t)left * 1000 : 1;
}

static void __attribute__((noreturn)) watch_run(struct watcher *watcher)
{
	enum watch_verdict verdict = WATCH_GOES_ON;
	unsigned char byte;

	while (verdict == WATCH_GOES_ON) {
		watch_sleep(watcher, watch_pause(watcher));
		verdict = watcher->look(watcher->context, &watcher->until);
		/* That look has seen the time come: it is due no more. */
		if (watcher->until <= (int64_t)time(NULL))
			watcher->until = 0;
	}
	byte = (unsigned char)verdict;
	if (write(0, &byte, 1) != 1)
		_exit(1);
	watch_sleep(watcher, TERM_MS);
	kill(watcher->session, SIGTERM);
	watch_sleep(watcher, KILL_MS);
	kill(watcher->session, SIGKILL);
	_exit(0);
}

/* Forks with those signals blocked, which the child forgets by ignoring them.
 */
static pid_t
watch_fork(void)
{
	sigset_t set, before;
	pid_t pid;

	sigemptyset(&set);
	for (size_t i = 0; i < sizeof(not_ours) / sizeof(*not_ours); i++)
		sigaddset(&set, not_ours[i]);
	if (sigprocmask(SIG_BLOCK, &set, &before) != 0)
		return -1;
	pid = fork();
	if (pid != 0 && sigprocmask(SIG_SETMASK, &before, NULL) != 0)
		return -1;
	return pid;
}

int
watch_start(struct watch *watch, watch_look *look, const void *context,
    uint64_t every, int64_t until)
{
	struct watcher watcher = { look, context, every, until, getpid() };
	int ends[2];
	pid_t pid;

	watch->fd = -1;
	if (pipe2(ends, O_CLOEXEC) != 0)
		return -1;
	watch->fd = ends[0];
	pid = watch_fork();
	if (pid == 0) {
		if (watch_settle(ends[1]) != 0)
			_exit(1);
		watch_run(&watcher);
	}
	close(ends[1]);
	return pid < 0 ? -1 : 0;
}

void
watch_stop(struct watch *watch)
{
	auto_close_fd(&watch->fd);
}

int
watch_fd(const struct watch *watch)
{
	return watch == NULL ? -1 : watch->fd;
}

const char *
watch_heard(const struct watch *watch)
{
	unsigned char byte = WATCH_GOES_ON;

	if (read(watch->fd, &byte, 1) != 1 || byte >= WATCH_VERDICTS)
		byte = WATCH_GOES_ON;
	return watch_words[byte];
}

const char *
watch_ask(const struct watch *watch)
{
	struct pollfd ready = { .fd = watch_fd(watch), .events = POLLIN };

	if (kick_heard() != NULL)
		return kick_heard();
	return ready.fd >= 0 && poll(&ready, 1, 0) == 1 ? watch_heard(watch)
							: NULL;
}
