/*
 * Runs a program behind the walls and stays with it: forwards signals,
 * answers its notifications, ends what it leaves behind, waits. From the
 * launch on the supervisor is confined too, by the same Landlock domain and a
 * filter of its own, since it reads what a hostile program says.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "core/broker.h"
#include "core/caps.h"
#include "core/elf.h"
#include "core/filter.h"
#include "core/guard.h"
#include "core/jail.h"
#include "core/launch.h"
#include "core/profile.h"
#include "core/proglog.h"
#include "core/relay.h"
#include "core/root.h"
#include "core/walls.h"
#include "core/written.h"

enum {
	END_MS = 10 * 1000, /* for a program that was told to end */
	REST_MS = 5 * 1000, /* for what is left when it has ended */
	STEP_MS = 20,       /* how often we look whether anything is left */
	RELAY_AT = 4,       /* among what is polled */
};

struct supervisor {
	struct launched child;
	struct broker broker;
	struct guard guard; /* used in create-only */
	struct proglog log;
	struct relay relay;
	const char *hit;   /* the key of a limit of the relay's */
	int proc;          /* /proc as it was before the jail */
	uint64_t look;     /* when to see what it writes to, in ms, or 0 */
	int signals;       /* a signalfd */
	bool running;      /* execve is behind us */
	bool ended;        /* waited for */
	int status;        /* of waitpid */
	uint64_t deadline; /* CLOCK_MONOTONIC in ms, or 0 */
	uint64_t ends;     /* the program's time is over then; likewise */
	bool timed_out;    /* it was */
};

static uint64_t
now_ms(void)
{
	struct timespec now = { 0, 0 };

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

/* All signals that concern us come as bytes. */
static int
catch_signals(void)
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
look_at_written(struct supervisor *supervisor)
{
	if (supervisor->look == 0 || ms_until(supervisor->look) > 0)
		return;
	written_look(supervisor->proc, supervisor->child.pid,
	    supervisor->broker.root, &supervisor->guard);
	supervisor->look =
	    now_ms() + (uint64_t)supervisor->guard.own.window * 1000 / 2;
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
	look_at_written(supervisor);
	look_at_time(supervisor);
	relay_bytes(supervisor, ready + RELAY_AT);
	if (ready[0].revents != 0)
		take_signals(supervisor);
	if (ready[3].revents != 0 && !proglog_take(&supervisor->log))
		tell_to_end(supervisor, SIGTERM);
	if ((ready[1].revents & POLLIN) != 0)
		broker_serve(&supervisor->broker);
	else if (ready[1].revents != 0) /* the filter's last user is gone */
		auto_close_fd(&supervisor->broker.listener);
	if (ready[2].revents != 0) {
		supervisor->running = launch_done(&supervisor->child);
		return supervisor->running;
	}
	return true;
}

static void
end_all(struct supervisor *supervisor)
{
	if (supervisor->child.pid <= 0)
		return;
	kill(-supervisor->child.pid, SIGKILL);
	while (!supervisor->ended &&
	       waitpid(supervisor->child.pid, &supervisor->status, 0) < 0 &&
	       errno == EINTR)
		continue;
}

/* Standard input and output are the program's alone, or no peer would ever
 * see their end. */
static int
let_go_of_streams(int null)
{
	return dup2(null, STDIN_FILENO) < 0 || dup2(null, STDOUT_FILENO) < 0
		   ? -1
		   : 0;
}

static enum filter
filter_for(const struct walls *walls, const struct profile *profile)
{
	if (!walls->listener)
		return profile->deaf;
	return walls->space == SPACE_OURS ? profile->brokered : profile->filter;
}

/* The filter itself holds create-only: there is nothing to prefer. */
static bool
may_go_unfiltered(const struct policy *policy)
{
	return policy->confine == CONFINE_PREFER &&
	       policy->mode != MODE_CREATE_ONLY;
}

/* Does the supervisor itself do what the program asks for? */
static bool
carries_out(const struct launch *launch)
{
	return launch->filter == FILTER_PROGRAM_BROKERED ||
	       launch->filter == FILTER_PROGRAM_GUARDED;
}

/* The child is held before its execve; the walls around both are finished. */
static int
finish_walls(struct supervisor *supervisor, const struct launch *launch,
    const struct jail_plan *plan, struct jail_report *report, int null)
{
	const struct broker_parts parts = {
		.listener = supervisor->child.listener,
		.proc = supervisor->proc,
		.root = plan->root,
		.guard = launch->filter == FILTER_PROGRAM_GUARDED
			     ? &supervisor->guard
			     : NULL,
		.launcher = supervisor->child.pid,
		.log = supervisor->log.from < 0 ? NULL : launch->command->log,
		.log_fd = supervisor->log.to,
	};

	supervisor->child.listener = -1;
	/* Descriptors have a path from /proc, wherever we are. */
	if (broker_open(&supervisor->broker, &parts) != 0 ||
	    fchdir(supervisor->proc) != 0 || let_go_of_streams(null) != 0) {
		walls_lack(report, "the supervisor: %s", strerror(errno));
		return -1;
	}
	if (carries_out(launch) && !broker_can_read(&supervisor->broker)) {
		walls_lack(report, "a program's memory can't be read: %s",
		    strerror(errno));
		return -1;
	}
	/* Who only waits and signals its own child needs no power for it. */
	if (!carries_out(launch) && caps_reduce(CAPS_NONE) != 0) {
		walls_lack(report, "capabilities: %s", strerror(errno));
		return -1;
	}
	if (!supervisor->child.filtered) {
		walls_lack(report, "seccomp: %s", "not available");
		return 0;
	}
	if (filter_load(
		profile_of(plan->profile, plan->policy->mode)->supervisor) !=
	    0) {
		walls_lack(report, "seccomp: %s", strerror(errno));
		return -1;
	}
	walls_report(report, "seccomp");
	if (launch->filter == FILTER_PROGRAM_BROKERED)
		walls_report(report, "broker");
	if (launch->filter == FILTER_PROGRAM_GUARDED) {
		supervisor->look = now_ms();
		walls_report(report, "guard");
	}
	return 0;
}

static int
supervise(struct supervisor *supervisor, const struct launch *launch,
    const struct jail_plan *plan, struct jail_report *report, int null)
{
	const struct jail_command *command = launch->command;

	if (launch_start(launch, &supervisor->child) != 0) {
		walls_lack(report, "%s: %s", supervisor->child.step,
		    strerror(supervisor->child.error));
		return -1;
	}
	relay_begin(&supervisor->relay);
	if (finish_walls(supervisor, launch, plan, report, null) != 0)
		return -1;
	if (command->entered != NULL)
		command->entered(command->context, report);
	if (launch_go(&supervisor->child) != 0) {
		walls_lack(report, "the program's start: %s", strerror(errno));
		return -1;
	}
	while (round_once(supervisor))
		continue;
	if (supervisor->child.error != 0) {
		walls_lack(report, "%s %s: %s", supervisor->child.step,
		    command->path, strerror(supervisor->child.error));
		return -1;
	}
	return 0;
}

static int
resolve(struct elf_files *files, const struct jail_command *command,
    struct jail_report *report)
{
	if (elf_resolve(files, command->path) != 0 ||
	    (!files->complete && elf_add_directories(files) != 0) ||
	    (command->gconv && elf_add_gconv(files) != 0)) {
		walls_lack(report, "can't run %s: %s", command->path,
		    strerror(errno));
		return -1;
	}
	return 0;
}

static int
run_behind_walls(const struct jail_plan *plan,
    const struct jail_command *command, const struct elf_files *files,
    struct jail_report *report, struct jail_outcome *outcome)
{
	auto_fd int null = open("/dev/null", O_RDWR | O_CLOEXEC);
	auto_fd int proc = open("/proc", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	auto_fd int signals = catch_signals();
	struct supervisor supervisor = { .signals = signals,
		.proc = proc,
		.ends = command->ends,
		.child = { .pid = -1, .socket = -1, .listener = -1 },
		.broker = { .listener = -1 },
		.log = { .from = -1, .to = -1 },
		.relay = { .program = { -1, -1 },
		    .streams = { { -1, -1, false, 0 },
			{ -1, -1, false, 0 } } } };
	struct launch launch = { .command = command,
		.without_filter = may_go_unfiltered(plan->policy) };
	const struct profile *profile =
	    profile_of(plan->profile, plan->policy->mode);
	struct walls walls;
	int result;

	if (null < 0 || proc < 0 || signals < 0) {
		walls_lack(report, "the supervisor: %s", strerror(errno));
		return -1;
	}
	walls_choose(&walls, plan->policy, plan->profile);
	launch.filter = filter_for(&walls, profile);
	if (launch.filter == FILTER_COUNT) {
		walls_lack(report, "%s: %s", profile->name, walls.no_broker);
		return -1;
	}
	if (walls_enter(&walls, plan, files, report) != 0)
		return -1;
	own_init(&supervisor.guard.own, plan->session,
	    plan->policy->own_window);
	launch.directory = plan->root->fd;
	launch.landlock = walls.landlock;
	launch.listener = walls.listener;
	if (command->pace != NULL)
		launch.streams = supervisor.relay.program;
	if (proglog_open(&supervisor.log, command) != 0 ||
	    relay_open(&supervisor.relay, command->pace) != 0) {
		walls_lack(report, "the program's pipes: %s", strerror(errno));
		result = -1;
	} else {
		result = supervise(&supervisor, &launch, plan, report, null);
	}
	end_all(&supervisor);
	(void)!proglog_take(&supervisor.log);
	outcome->log_opened = supervisor.broker.log_given;
	proglog_close(&supervisor.log);
	relay_close(&supervisor.relay);
	auto_close_fd(&supervisor.child.socket);
	auto_close_fd(&supervisor.child.listener);
	broker_close(&supervisor.broker);
	outcome->status = supervisor.status;
	outcome->timed_out = supervisor.timed_out;
	outcome->hit = supervisor.hit;
	outcome->in = supervisor.relay.streams[PACE_IN].moved;
	outcome->out = supervisor.relay.streams[PACE_OUT].moved;
	outcome->kept = supervisor.guard.kept;
	guard_free(&supervisor.guard);
	return result;
}

int
jail_run(const struct jail_plan *plan, const struct jail_command *command,
    struct jail_report *report, struct jail_outcome *outcome)
{
	struct elf_files files = { .at = NULL };
	int result;

	*report = (struct jail_report){ .means = "" };
	*outcome = (struct jail_outcome){ .status = 0 };
	result = resolve(&files, command, report);
	if (result == 0)
		result =
		    run_behind_walls(plan, command, &files, report, outcome);
	elf_files_free(&files);
	return result;
}
