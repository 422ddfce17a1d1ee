/*
 * Runs a program behind the means. From the launch on we are confined, too,
 * by the same Landlock domain and a filter of our own, since a supervisor
 * reads what a hostile program says.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "broker/attribute_process.h"
#include "broker/ancestors.h"
#include "confine/caps.h"
#include "confine/filter.h"
#include "confine/keeper.h"
#include "confine/means.h"
#include "confine/profiles.h"
#include "program/elf.h"
#include "program/program.h"
#include "program/supervise.h"
#include "root/root.h"

/* A run in progress. */
struct run {
	const struct jail_plan *plan;
	const struct program_command *command;
	struct jail_report *report;
	const struct profile *profile;
	struct child_plan launch;
	struct supervisor supervisor;
	struct attributes attributes; /* who has them, where that is asked */
	struct ancestors ancestors;   /* what lies above the root */
	bool unusable;                /* the program can't be executed */
	int null;                     /* /dev/null */
};

/* Reports what failed; errno says why. Returns -1, as all steps of a run. */
static int
run_lacks(const struct run *run, const char *what)
{
	jail_report_lack(run->report, "%s: %s", what, strerror(errno));
	return -1;
}

/* Is create-only held by the supervisor? */
static bool
run_creates_only(const struct run *run)
{
	return run->launch.filter == FILTER_PROGRAM_CREATE_ONLY ||
	       run->launch.filter == FILTER_PROGRAM_ATTRIBUTES_CREATE_ONLY;
}

/* Does the supervisor set metadata for the program? */
static bool
run_has_broker(const struct run *run)
{
	return run->launch.filter == FILTER_PROGRAM_BROKERED ||
	       run->launch.filter == FILTER_PROGRAM_SETS_MODES ||
	       run->plan->restores || run->plan->looks;
}

/* Does the supervisor itself do what the program asks for? */
static bool
run_is_brokered(const struct run *run)
{
	return run_has_broker(run) || run->plan->attributes ||
	       run_creates_only(run);
}

/*
 * May the program set the modes of files that it has open without asking? The
 * kernel lets only a file's owner do so. Landlock lets it open what lies in the
 * root, and the needed files: where those are others', as what it is started
 * with, it can't reach a mode outside. What Landlock does not see opened is no
 * way: O_PATH sets no mode, access mode 3 is denied by the filter. Times and
 * attributes take no owner, and are asked about.
 */
static bool
run_sets_modes(const struct run *run, const struct needed_files *files)
{
	if (run->plan->means->landlock == 0 || geteuid() == 0 ||
	    !needed_files_are_others(files))
		return false;
	for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++) {
		if (!needed_files_is_others(fd))
			return false;
	}
	return true;
}

/*
 * Without a listener a namespace must hold execve; not all modes can do so. A
 * user without a namespace and without a broker has preferred to go on.
 */
static int
run_choose_filter(struct run *run, const struct needed_files *files)
{
	const struct means *means = run->plan->means;
	const struct profile *profile = run->profile;

	if (!means->listener)
		run->launch.filter = profile->deaf;
	else if (run->plan->restores)
		run->launch.filter = FILTER_PROGRAM_RESTORES;
	else if (means->view == VIEW_HOST && means->no_broker == NULL)
		run->launch.filter = profile->brokered;
	else
		run->launch.filter = profile->filter;
	if (run->plan->attributes)
		run->launch.filter =
		    profile_with_attributes(run->launch.filter);
	if (run->plan->looks)
		run->launch.filter = profile_with_looks(run->launch.filter);
	if (run->launch.filter == FILTER_PROGRAM_BROKERED &&
	    run_sets_modes(run, files))
		run->launch.filter = FILTER_PROGRAM_SETS_MODES;
	if (run->launch.filter != FILTER_COUNT &&
	    (means->no_broker == NULL || !run_is_brokered(run)))
		return 0;
	jail_report_lack(run->report, "%s: %s", profile->name,
	    means->no_broker);
	return -1;
}

/* All that has a name outside the walls is opened before they stand. */
static int
run_open(struct run *run)
{
	struct supervisor *supervisor = &run->supervisor;

	run->null = open("/dev/null", O_RDWR | O_CLOEXEC);
	supervisor->proc = open("/proc", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	supervisor->signals = supervisor_catch_signals();
	if (run->null < 0 || supervisor->proc < 0 || supervisor->signals < 0)
		return run_lacks(run, "the supervisor");
	if (program_log_open(&supervisor->log, run->command) != 0 ||
	    relay_open(&supervisor->relay, run->command->pace) != 0)
		return run_lacks(run, "the program's pipes");
	if (run->plan->attributes &&
	    attributes_start(&run->attributes,
		policy_may_write(run->plan->policy)) != 0)
		return run_lacks(run, "the process that has the attributes");
	return 0;
}

/* create-only is held by the filter itself: there is nothing to prefer. */
static bool
run_may_go_unfiltered(const struct policy *policy)
{
	return policy->confine == CONFINE_PREFER &&
	       policy->mode != MODE_CREATE_ONLY;
}

/* Goes behind the walls that both of us share, and starts the child there. */
static int
run_start_child(struct run *run, const struct needed_files *files)
{
	const struct jail_plan *plan = run->plan;
	struct supervisor *supervisor = &run->supervisor;
	struct child *child = &supervisor->child;

	if (means_enter(plan, files, run->report) != 0)
		return -1;
	/* In a namespace the root's tree must be all that can be reached. */
	if (plan->means->view == VIEW_HOST && plan->means->no_broker == NULL)
		ancestors_open(&run->ancestors, plan->root->fd);
	own_init(&supervisor->create_only.own, plan->session,
	    plan->policy->own_window, plan->root);
	own_set_free(&supervisor->create_only.own, plan->policy);
	run->launch.without_filter =
	    !plan->restores && run_may_go_unfiltered(plan->policy);
	run->launch.no_symlinks = plan->policy->links == LINKS_NONE;
	run->launch.no_nodes = plan->no_nodes;
	run->launch.reduced = plan->restores;
	run->launch.caps = run->profile->in_ours;
	run->launch.directory = plan->root->fd;
	run->launch.landlock = plan->means->landlock;
	run->launch.listener = plan->means->listener;
	if (run->command->pace != NULL)
		run->launch.streams = supervisor->relay.program;
	if (child_start(&run->launch, child) != 0) {
		jail_report_lack(run->report, "%s: %s", child->step,
		    strerror(child->error));
		return -1;
	}
	supervisor->processes.leader = child->pid;
	relay_begin(&supervisor->relay);
	relay_follow(&supervisor->relay, child->pid, run->command->keepalive);
	return 0;
}

static int
run_open_broker(struct run *run)
{
	struct supervisor *supervisor = &run->supervisor;
	const struct broker_parts parts = {
		.listener = take_fd(&supervisor->child.listener),
		.proc = supervisor->proc,
		.root = run->plan->root,
		.create_only =
		    run_creates_only(run) ? &supervisor->create_only : NULL,
		.restores = run->plan->restores,
		.attributes = run->plan->attributes ? &run->attributes : NULL,
		.ancestors = &run->ancestors,
		.launcher = supervisor->child.pid,
		.signals = run->plan->means->view == VIEW_HOST,
		.log = supervisor->log.from < 0 ? NULL : run->command->log,
		.log_fd = supervisor->log.to,
	};

	/* Descriptors have a path from /proc, wherever we are. */
	if (broker_open(&supervisor->broker, &parts) != 0 ||
	    fchdir(supervisor->proc) != 0)
		return run_lacks(run, "the supervisor");
	if (run_is_brokered(run) && !broker_can_read(&supervisor->broker))
		return run_lacks(run, "a program's memory can't be read");
	return 0;
}

/*
 * The supervisor keeps what it needs: standard input and output are the
 * program's alone, or no peer would ever see their end; waiting for one's own
 * child and signalling it takes no capability.
 */
static int
run_confine_supervisor(struct run *run)
{
	enum filter filter = run->profile->supervisor;

	if (dup2(run->null, STDIN_FILENO) < 0 ||
	    dup2(run->null, STDOUT_FILENO) < 0)
		return run_lacks(run, "the supervisor");
	if (!run_is_brokered(run) && caps_reduce(CAPS_NONE) != 0)
		return run_lacks(run, "capabilities");
	if (!run->supervisor.child.filtered) {
		jail_report_lack(run->report, "seccomp: not available");
		return 0;
	}
	if (run->plan->attributes)
		filter = profile_with_attributes(filter);
	if (run->plan->restores)
		filter = FILTER_SUPERVISOR_RESTORES;
	if (filter_load(filter) != 0)
		return run_lacks(run, "seccomp");
	jail_report_add(run->report, "seccomp");
	if (run_has_broker(run))
		jail_report_add(run->report, "broker");
	if (run->plan->attributes)
		jail_report_add(run->report, "attributes");
	if (run_creates_only(run)) {
		run->supervisor.look = 1; /* at once */
		jail_report_add(run->report, "create-only");
	}
	return 0;
}

/* The walls stand: gives the word to execute, and stays to the end. */
static int
run_supervise(struct run *run)
{
	struct supervisor *supervisor = &run->supervisor;
	const struct child *child = &supervisor->child;

	if (run->command->only_tried)
		return 0;
	run->command->entered(run->command->context);
	if (child_go(child) != 0)
		return run_lacks(run, "the program's start");
	supervisor_stay(supervisor);
	if (child->error == 0)
		return 0;
	jail_report_lack(run->report, "%s %s: %s", child->step,
	    run->command->path, strerror(child->error));
	run->unusable = true;
	return -1;
}

/* The walls in their order: each step needs those before it. */
static int
run_behind_walls(struct run *run, const struct needed_files *files)
{
	if (run_choose_filter(run, files) != 0 || run_open(run) != 0 ||
	    run_start_child(run, files) != 0 || run_open_broker(run) != 0 ||
	    run_confine_supervisor(run) != 0)
		return -1;
	return run_supervise(run);
}

/* Ends what is left, and says how it went. */
static void
run_end(struct run *run, struct program_outcome *outcome)
{
	struct supervisor *supervisor = &run->supervisor;
	const struct relay *relay = &supervisor->relay;

	outcome->stuck = !supervisor_end(supervisor);
	/* The last lines; nothing is left that could be told to end. */
	(void)!program_log_take(&supervisor->log);
	outcome->status = supervisor->processes.status;
	outcome->timed_out = supervisor->timed_out;
	outcome->hit = supervisor->hit;
	outcome->in = relay->streams[PACE_IN].moved;
	outcome->out = relay->streams[PACE_OUT].moved;
	outcome->log_opened = supervisor->broker.log_given;
	outcome->kept = supervisor->create_only.kept;
}

static void
run_close(struct run *run)
{
	struct supervisor *supervisor = &run->supervisor;

	program_log_close(&supervisor->log);
	relay_close(&supervisor->relay);
	broker_close(&supervisor->broker);
	attributes_end(&run->attributes);
	ancestors_close(&run->ancestors);
	own_free(&supervisor->create_only.own);
	auto_close_fd(&supervisor->child.socket);
	auto_close_fd(&supervisor->child.listener);
	auto_close_fd(&supervisor->signals);
	auto_close_fd(&supervisor->proc);
	auto_close_fd(&run->null);
}

/* Where root is in no namespace, owners have their names from /etc itself. */
static int
run_add_names(const struct run *run, struct needed_files *files)
{
	if (run->plan->means->view != VIEW_HOST || geteuid() != 0)
		return 0;
	return needed_files_add(files, "/etc/passwd", LL_READ_FILE) != 0
		   ? -1
		   : needed_files_add(files, "/etc/group", LL_READ_FILE);
}

static int
run_resolve(struct run *run, struct needed_files *files)
{
	const struct program_command *command = run->command;

	if (elf_resolve(files, command->path) == 0 &&
	    (files->complete || elf_add_directories(files) == 0) &&
	    (!command->gconv || elf_add_gconv(files) == 0) &&
	    needed_files_add(files, "/dev/urandom", LL_READ_FILE) == 0 &&
	    run_add_names(run, files) == 0)
		return 0;
	jail_report_lack(run->report, "can't run %s: %s", command->path,
	    strerror(errno));
	run->unusable = true;
	return -1;
}

enum program_result
program_run(const struct jail_plan *plan, const struct program_command *command,
    struct jail_report *report, struct program_outcome *outcome)
{
	struct needed_files files = { .at = NULL };
	struct keeper keeper = { 0, -1 };
	struct jail_plan kept = *plan;
	struct run run = { .plan = &kept,
		.command = command,
		.report = report,
		.launch = { .command = command },
		.attributes = { .socket = -1 },
		.profile = profile_of(plan->profile, plan->policy->mode),
		.null = -1,
		.supervisor = { .signals = -1,
		    .proc = -1,
		    .ends = command->ends,
		    .watch = command->watch,
		    .differed = command->differed,
		    .context = command->context,
		    .child = { .pid = -1, .socket = -1, .listener = -1 },
		    .broker = { .listener = -1 },
		    .log = { .from = -1, .to = -1 },
		    .relay = RELAY_NONE } };
	int result = -1;

	kept.keeper = &keeper;
	kept.proc = &run.supervisor.proc;
	*report = (struct jail_report){ .means = "" };
	*outcome = (struct program_outcome){ .status = 0 };
	if (run_resolve(&run, &files) == 0)
		result = run_behind_walls(&run, &files);
	run_end(&run, outcome);
	outcome->mounts_changed = keeper_end(&keeper);
	run_close(&run);
	needed_files_free(&files);
	if (result == 0)
		return PROGRAM_RAN;
	return run.unusable ? PROGRAM_UNUSABLE : PROGRAM_NO_WALLS;
}
