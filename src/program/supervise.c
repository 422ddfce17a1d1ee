/*
 * The time that a supervisor spends with its program, event by event. Nothing
 * that the program does or leaves undone may keep it for ever.
 */
#include "program/supervise.h"

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "limits/kick_signal.h"
#include "root/root.h"

enum {
	END_MS = 10 * 1000, /* for a program that was told to end */
	REST_MS = 5 * 1000, /* for what is left when it has ended, or was
			     * killed */
	MAX_KILLS = 3,      /* what survives them can't be killed */
};

/* What is polled. */
enum { AT_SIGNALS, AT_BROKER, AT_CHILD, AT_LOG, AT_WATCH, AT_RELAY };

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
	if (prctl(PR_SET_PDEATHSIG, SIGHUP, 0, 0, 0) != 0 ||
	    processes_adopt() != 0)
		return -1;
	return signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
}

static void
supervisor_tell(struct supervisor *supervisor, int signal)
{
	/* Only the client keeps us: it has not read all that was said. */
	if (!processes_are_left(&supervisor->processes))
		relay_cut(&supervisor->relay);
	processes_signal(&supervisor->processes, signal);
	if (supervisor->deadline == 0)
		supervisor->deadline = clock_ms() + END_MS;
}

static void
supervisor_take_signals(struct supervisor *supervisor)
{
	struct signalfd_siginfo info;

	while (read(supervisor->signals, &info, sizeof(info)) ==
	       (ssize_t)sizeof(info)) {
		if (info.ssi_signo == SIGCHLD)
			supervisor->child_ended = true;
		else
			supervisor_tell(supervisor, (int)info.ssi_signo);
	}
}

/*
 * One SIGCHLD may stand for several children. Who ends after that is told by
 * another.
 */
static void
supervisor_reap(struct supervisor *supervisor)
{
	supervisor->child_ended = false;
	if (processes_reap(&supervisor->processes))
		supervisor->deadline = clock_ms() + REST_MS;
}

static int
ms_until(uint64_t when)
{
	uint64_t now = clock_ms();

	if (when == 0)
		return -1;
	if (when <= now)
		return 0;
	return when - now < INT_MAX ? (int)(when - now) : INT_MAX;
}

/*
 * Files still open for writing stay own beyond the window: look for them every
 * half window.
 */
static void
supervisor_renew_uploads(struct supervisor *supervisor)
{
	if (supervisor->look == 0 || ms_until(supervisor->look) > 0)
		return;
	create_only_renew(&supervisor->create_only, supervisor->proc);
	supervisor->look =
	    clock_ms() +
	    (uint64_t)supervisor->create_only.own.window * 1000 / 2;
}

/* How long to wait for events; -1: for ever. */
static int
supervisor_wait(const struct supervisor *supervisor)
{
	int wait = clock_sooner(ms_until(supervisor->deadline),
	    relay_wait(&supervisor->relay));

	wait = clock_sooner(wait, ms_until(supervisor->look));
	wait = clock_sooner(wait, ms_until(supervisor->log.settles));
	return clock_sooner(wait, ms_until(supervisor->ends));
}

/* Once: a program that goes on is killed when it was given time to end. */
static void
supervisor_look_at_time(struct supervisor *supervisor)
{
	if (supervisor->ends == 0 || ms_until(supervisor->ends) > 0)
		return;
	supervisor->ends = 0;
	supervisor->timed_out =
	    !supervisor->processes.ended || !relay_is_done(&supervisor->relay);
	if (!supervisor->timed_out)
		return;
	relay_cut(&supervisor->relay);
	supervisor_tell(supervisor, SIGTERM);
}

static void
supervisor_kill(struct supervisor *supervisor)
{
	if (supervisor->deadline == 0 || ms_until(supervisor->deadline) > 0)
		return;
	processes_signal(&supervisor->processes, SIGKILL);
	supervisor->kills++;
	supervisor->deadline = clock_ms() + REST_MS;
}

static void
supervisor_relay(struct supervisor *supervisor, const struct pollfd *ready)
{
	const char *hit = relay_turn(&supervisor->relay, ready);

	if (hit == NULL)
		return;
	supervisor->hit = hit;
	supervisor_tell(supervisor, SIGTERM);
}

/* Once: the session may not go on. */
static void
supervisor_cut_off(struct supervisor *supervisor, const char *why)
{
	supervisor->hit = why;
	supervisor->watch = NULL;
	supervisor->cut_off = true;
	relay_cut(&supervisor->relay);
	supervisor_tell(supervisor, SIGTERM);
}

/*
 * Is there nothing more to do? What the program has said may be on its way
 * yet when all of it has ended: that takes as long as the client does. A
 * child that could not execute has told why before it ended.
 */
static bool
supervisor_is_done(struct supervisor *supervisor)
{
	if (supervisor->kills == MAX_KILLS &&
	    ms_until(supervisor->deadline) == 0)
		return true;
	if (!supervisor->running || !supervisor->processes.ended ||
	    processes_are_left(&supervisor->processes))
		return false;
	supervisor->deadline = 0;
	return relay_is_done(&supervisor->relay);
}

static void
supervisor_serve(struct supervisor *supervisor)
{
	broker_serve(&supervisor->broker);
	if (supervisor->broker.root->differing.found[0] != '\0')
		supervisor->differed(supervisor->context);
}

/* Sees to what poll has found. Returns false where execve has failed. */
static bool
supervisor_handle(struct supervisor *supervisor, const struct pollfd *ready)
{
	supervisor_renew_uploads(supervisor);
	supervisor_look_at_time(supervisor);
	supervisor_relay(supervisor, ready + AT_RELAY);
	if (ready[AT_SIGNALS].revents != 0)
		supervisor_take_signals(supervisor);
	if (ready[AT_WATCH].revents != 0)
		supervisor_cut_off(supervisor, watch_heard(supervisor->watch));
	if (ready[AT_LOG].revents != 0 && !program_log_take(&supervisor->log))
		supervisor_tell(supervisor, SIGTERM);
	program_log_settle(&supervisor->log);
	if ((ready[AT_BROKER].revents & POLLIN) != 0)
		supervisor_serve(supervisor);
	else if (ready[AT_BROKER].revents != 0) /* its last user is gone */
		auto_close_fd(&supervisor->broker.listener);
	if (ready[AT_CHILD].revents == 0)
		return true;
	supervisor->running = child_has_executed(&supervisor->child);
	return supervisor->running;
}

/* Waits for something and sees to it. Returns false when all is over. */
static bool
supervisor_turn(struct supervisor *supervisor)
{
	struct pollfd ready[AT_RELAY + RELAY_POLLS] = {
		[AT_SIGNALS] = { .fd = supervisor->signals, .events = POLLIN },
		[AT_BROKER] = { .fd = supervisor->broker.listener,
		    .events = POLLIN },
		[AT_CHILD] = { .fd = supervisor->running
					 ? -1
					 : supervisor->child.socket,
		    .events = POLLIN },
		[AT_LOG] = { .fd = supervisor->log.from, .events = POLLIN },
		[AT_WATCH] = { .fd = watch_fd(supervisor->watch),
		    .events = POLLIN },
	};

	/* Asked at each turn, a question of the program costs a tenth more. */
	if (supervisor->child_ended)
		supervisor_reap(supervisor);
	if (supervisor_is_done(supervisor))
		return false;
	if (kick_heard() != NULL && !supervisor->cut_off)
		supervisor_cut_off(supervisor, kick_heard());
	supervisor_kill(supervisor);
	relay_watch(&supervisor->relay, ready + AT_RELAY);
	if (poll(ready, sizeof(ready) / sizeof(*ready),
		supervisor_wait(supervisor)) < 0)
		return errno == EINTR;
	return supervisor_handle(supervisor, ready);
}

/*
 * Asked while a file is read for the program: what it waits for may take hours,
 * since a file may have any size. Whoever ends the session is heard; its client
 * is seen to be gone by stderr, which alone of its streams is open here.
 */
static bool
supervisor_may_read_on(void *context)
{
	struct supervisor *supervisor = context;
	struct pollfd ready[] = {
		{ .fd = STDERR_FILENO, .events = 0 },
		{ .fd = watch_fd(supervisor->watch), .events = POLLIN },
	};

	supervisor_take_signals(supervisor);
	supervisor_look_at_time(supervisor);
	if (supervisor->deadline != 0 || kick_heard() != NULL)
		return false;
	/* A stderr that was never open says nothing. */
	return poll(ready, 2, 0) <= 0 ||
	       ((ready[0].revents & (POLLERR | POLLHUP)) == 0 &&
		   ready[1].revents == 0);
}

void
supervisor_stay(struct supervisor *supervisor)
{
	struct root *root = supervisor->broker.root;

	root->may_read_on = supervisor_may_read_on;
	root->context = supervisor;
	supervisor_reap(supervisor);
	while (supervisor_turn(supervisor))
		continue;
	root->may_read_on = NULL;
}

bool
supervisor_end(struct supervisor *supervisor)
{
	struct pollfd ready = { .fd = supervisor->signals, .events = POLLIN };
	uint64_t deadline = clock_ms() + REST_MS;

	processes_signal(&supervisor->processes, SIGKILL);
	supervisor_reap(supervisor);
	while (supervisor->kills < MAX_KILLS &&
	       processes_are_left(&supervisor->processes) &&
	       ms_until(deadline) > 0) {
		if (poll(&ready, 1, ms_until(deadline)) > 0)
			supervisor_take_signals(supervisor);
		supervisor_reap(supervisor);
	}
	if (!supervisor->processes.ended)
		supervisor->processes.status = SIGKILL; /* as waitpid's */
	return !processes_are_left(&supervisor->processes);
}
