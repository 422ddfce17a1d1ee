/*
 * The time that a supervisor spends with its program, event by event. Trusts
 * no number of a process that was waited for: it may be another's by then.
 */
#include "program/supervise.h"

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "root/root.h"

enum {
	END_MS = 10 * 1000, /* for a program that was told to end */
	REST_MS = 5 * 1000, /* for what is left when it has ended */
	STEP_MS = 20,       /* how often we look whether anything is left */
	RELAY_AT = 4,       /* among what is polled */
};

static uint64_t
now_ms(void)
{
	struct timespec now = { 0, 0 };

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

int
supervisor_catch_signals(void)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGHUP);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGCHLD);
	if (sigprocmask(SIG_BLOCK, &set, NULL) != 0)
		return -1;
	/* The session's end is ours: sshd's process is our parent. */
	if (prctl(PR_SET_PDEATHSIG, SIGHUP, 0, 0, 0) != 0)
		return -1;
	return signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
}

static void
reap(struct supervisor *supervisor)
{
	if (!supervisor->ended &&
	    waitpid(supervisor->child.pid, &supervisor->status, WNOHANG) ==
		supervisor->child.pid) {
		supervisor->ended = true;
		supervisor->deadline = now_ms() + REST_MS;
	}
}

/* Is any process of the program's group left? */
static bool
anything_left(const struct supervisor *supervisor)
{
	return kill(-supervisor->child.pid, 0) == 0 || errno == EPERM;
}

static void
tell_to_end(struct supervisor *supervisor, int signal)
{
	/* Then the group's number may be another's by now. */
	if (supervisor->ended && !anything_left(supervisor)) {
		relay_cut(&supervisor->relay);
		return;
	}
	kill(-supervisor->child.pid, signal);
	if (supervisor->deadline == 0)
		supervisor->deadline = now_ms() + END_MS;
}

static void
take_signals(struct supervisor *supervisor)
{
	struct signalfd_siginfo info;

	while (read(supervisor->signals, &info, sizeof(info)) ==
	       (ssize_t)sizeof(info)) {
		if (info.ssi_signo == SIGCHLD)
			continue;
		tell_to_end(supervisor, (int)info.ssi_signo);
	}
	reap(supervisor);
}

static int
ms_until(uint64_t when)
{
	uint64_t now = now_ms();

	if (when == 0)
		return -1;
	if (when <= now)
		return 0;
	return when - now < INT_MAX ? (int)(when - now) : INT_MAX;
}

static int
time_left(const struct supervisor *supervisor)
{
	int left = ms_until(supervisor->deadline);

	return supervisor->ended && left > STEP_MS ? STEP_MS : left;
}

/* An upload may take longer than the own-window: seen twice in each. */
static void
renew_uploads(struct supervisor *supervisor)
{
	if (supervisor->look == 0 || ms_until(supervisor->look) > 0)
		return;
	create_only_renew(&supervisor->create_only, supervisor->proc);
	supervisor->look =
	    now_ms() + (uint64_t)supervisor->create_only.own.window * 1000 / 2;
}

static int
sooner(int a, int b)
{
	return a < 0 || (b >= 0 && b < a) ? b : a;
}

/* How long to wait for events; -1: for ever. */
static int
time_to_wait(const struct supervisor *supervisor, int left)
{
	return sooner(sooner(left, relay_wait(&supervisor->relay)),
	    sooner(ms_until(supervisor->look), ms_until(supervisor->ends)));
}

/* Once: a program that goes on is killed when it was given time to end. */
static void
look_at_time(struct supervisor *supervisor)
{
	if (supervisor->ends == 0 || ms_until(supervisor->ends) > 0)
		return;
	supervisor->ends = 0;
	supervisor->timed_out =
	    !supervisor->ended || !relay_is_done(&supervisor->relay);
	if (supervisor->timed_out)
		tell_to_end(supervisor, SIGTERM);
}

static void
relay_bytes(struct supervisor *supervisor, const struct pollfd *ready)
{
	const char *hit = relay_turn(&supervisor->relay, ready);

	if (hit == NULL)
		return;
	supervisor->hit = hit;
	tell_to_end(supervisor, SIGTERM);
}

/*
 * Is there nothing more to do? What the program has said may be on its way
 * yet when all of it has ended: that takes as long as the client does.
 */
static bool
is_over(struct supervisor *supervisor)
{
	if (!supervisor->ended || anything_left(supervisor))
		return false;
	supervisor->deadline = 0;
	return relay_is_done(&supervisor->relay);
}

/*
 * One round: waits for something and sees to it. Returns false when all is
 * over, or when execve failed (child.error says so).
 */
static bool
round_once(struct supervisor *supervisor)
{
	struct pollfd ready[] = {
		{ .fd = supervisor->signals, .events = POLLIN },
		{ .fd = supervisor->broker.listener, .events = POLLIN },
		{ .fd = supervisor->running ? -1 : supervisor->child.socket,
		    .events = POLLIN },
		{ .fd = supervisor->log.from, .events = POLLIN },
		[RELAY_AT + RELAY_POLLS - 1] = { .fd = -1 },
	};
	int left;

	if (is_over(supervisor))
		return false;
	left = time_left(supervisor);
	relay_watch(&supervisor->relay, ready + RELAY_AT);
	if (left == 0) {
		kill(-supervisor->child.pid, SIGKILL);
		supervisor->deadline = now_ms() + REST_MS;
	}
	if (poll(ready, sizeof(ready) / sizeof(*ready),
		time_to_wait(supervisor, left)) < 0) {
		if (errno != EINTR)
			return false;
		return true;
	}
	renew_uploads(supervisor);
	look_at_time(supervisor);
	relay_bytes(supervisor, ready + RELAY_AT);
	if (ready[0].revents != 0)
		take_signals(supervisor);
	if (ready[3].revents != 0 && !program_log_take(&supervisor->log))
		tell_to_end(supervisor, SIGTERM);
	if ((ready[1].revents & POLLIN) != 0)
		broker_serve(&supervisor->broker);
	else if (ready[1].revents != 0) /* the filter's last user is gone */
		auto_close_fd(&supervisor->broker.listener);
	if (ready[2].revents != 0) {
		supervisor->running = child_has_executed(&supervisor->child);
		return supervisor->running;
	}
	return true;
}

void
supervisor_stay(struct supervisor *supervisor)
{
	while (round_once(supervisor))
		continue;
}

void
supervisor_end(struct supervisor *supervisor)
{
	if (supervisor->child.pid <= 0)
		return;
	kill(-supervisor->child.pid, SIGKILL);
	while (!supervisor->ended &&
	       waitpid(supervisor->child.pid, &supervisor->status, 0) < 0 &&
	       errno == EINTR)
		continue;
}
