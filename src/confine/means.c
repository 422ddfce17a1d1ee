/*
 * Chooses the means of confinement and enters them. The order matters: mounts
 * before Landlock (a landlocked task may not mount), capabilities before a
 * filter, all of it before the first fork. Where a means is lacking the session
 * is refused, unless the policy says confine=prefer.
 */
#include "confine/means.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/seccomp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/uio.h>
#include <sys/wait.h>

#include "base/xalloc.h"
#include "confine/caps.h"
#include "confine/filter.h"
#include "confine/landlock.h"
#include "confine/mountns.h"
#include "confine/needed_files.h"
#include "confine/profiles.h"
#include "root/root.h"

void
jail_report_add(struct jail_report *report, const char *word)
{
	size_t before = strlen(report->means);
	struct buf means;

	buf_init(&means, report->means, sizeof(report->means) - 1);
	means.len = before;
	if (before > 0)
		buf_add_text(&means, "+");
	buf_add_text(&means, word);
	if (means.full)
		means.len = before;
	buf_text(&means);
}

void
jail_report_lack(struct jail_report *report, const char *format, ...)
{
	va_list args;

	if (report->lack[0] != '\0')
		return;
	va_start(args, format);
	vsnprintf(report->lack, sizeof(report->lack), format, args);
	va_end(args);
}

/*
 * Can a filter with a listener be had? Only where a filter stands already (a
 * container's) may there be one with a listener, which excludes ours; and
 * only trying tells, in a child.
 */
static bool
can_listen(void)
{
	int status;
	pid_t pid;

	if (prctl(PR_GET_SECCOMP, 0, 0, 0, 0) != SECCOMP_MODE_FILTER)
		return true;
	pid = fork();
	if (pid == 0)
		_exit(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
			      filter_load_with_listener(FILTER_PROGRAM) >= 0
			  ? 0
			  : 1);
	if (pid < 0)
		return false;
	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return false;
	return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

/*
 * A broker reads what a program names from its memory. Yama may restrict that
 * to none (scope 2 and 3; scope 1 has ancestors), a filter may hide the call.
 * Returns why it can't be read, or NULL.
 */
static const char *
why_no_memory(void)
{
	auto_fd int scope =
	    open("/proc/sys/kernel/yama/ptrace_scope", O_RDONLY | O_CLOEXEC);
	char byte = '0', copy;
	struct iovec from = { &byte, 1 }, to = { &copy, 1 };

	if (scope >= 0 && (read(scope, &byte, 1) != 1 || byte >= '2'))
		return "Yama's scope (sysctl kernel.yama.ptrace_scope) is 2 or "
		       "3: a program's memory can't be read";
	return process_vm_readv(getpid(), &to, 1, &from, 1, 0) == 1
		   ? NULL
		   : "a program's memory can't be read";
}

static const char *
why_no_broker(bool listener)
{
	if (!listener)
		return "another seccomp listener stands already";
	return why_no_memory();
}

/* A failed entry can't be undone: who would rather go on without asks first. */
static bool
can_enter(enum view space, const struct policy *policy, struct means *means)
{
	const char *step;

	if (policy->confine == CONFINE_REQUIRE ||
	    mountns_probe(space == VIEW_USER, &step) == 0)
		return true;
	means->no_space = step;
	means->no_space_error = errno;
	return false;
}

static enum view
choose_view(struct means *means, const struct policy *policy)
{
	enum view space;

	if (caps_may_mount())
		space = VIEW_MOUNTS;
	else if (policy->jail == JAIL_NAMESPACE || means->landlock == 0 ||
		 means->no_broker != NULL)
		space = VIEW_USER;
	else
		return VIEW_HOST;
	return can_enter(space, policy, means) ? space : VIEW_HOST;
}

void
means_choose(struct means *means, const struct policy *policy,
    enum jail_profile profile)
{
	int abi = landlock_abi();

	*means = (struct means){ .landlock = abi,
		.landlock_error = abi < 0 ? errno : 0 };
	if (abi < LANDLOCK_ABI_MIN)
		means->landlock = 0;
	means->listener = profile == JAIL_FILES || can_listen();
	if (profile == JAIL_PROGRAM)
		means->no_broker = why_no_broker(means->listener);
	means->view = choose_view(means, policy);
}

bool
means_hide_outside(const struct means *means)
{
	return means->view != VIEW_HOST;
}

/*
 * Is the world of a program the root's tree itself, the machine's "/"? Not
 * where nothing but the program's files may be executable since no filter
 * counts what is executed, nor where they may lie on another file system.
 */
static bool
is_whole(const struct means *means, const struct policy *policy,
    const char *own)
{
	return means->listener && !policy->one_file_system &&
	       strcmp(own, "/") == 0;
}

const char *
means_place(const struct means *means, const struct policy *policy,
    const char *own)
{
	if (means->view == VIEW_HOST || is_whole(means, policy, own))
		return own;
	return MOUNTNS_PLACE;
}

static const struct profile *
profile_for(const struct jail_plan *plan)
{
	return profile_of(plan->profile, plan->policy->mode);
}

/* The Landlock rights for the root's tree. */
static uint64_t
rights_in_root(const struct means *means, const struct jail_plan *plan)
{
	const struct profile *profile = profile_for(plan);

	/* Nodes are dead on a nodev mount, and only there: else they are made
	 * by the supervisor alone. */
	uint64_t rights = profile->rights;

	if (means->view == VIEW_MOUNTS || plan->restores)
		rights |= profile->devices;
	if (plan->no_nodes)
		rights &= ~(
		    LL_MAKE_CHAR | LL_MAKE_BLOCK | LL_MAKE_FIFO | LL_MAKE_SOCK);
	/* rsync asks nobody before it makes a symlink. */
	if (plan->policy->links == LINKS_NONE)
		rights &= ~(uint64_t)LL_MAKE_SYM;
	return rights;
}

static int
restrict_files(const struct means *means, const struct jail_plan *plan,
    const struct needed_files *files, struct jail_report *report)
{
	size_t count = files == NULL ? 0 : files->count;
	auto_free struct landlock_rule *rules =
	    xcalloc(count + 4, sizeof(*rules));
	auto_fd int passwd = -1;
	auto_fd int group = -1;
	auto_fd int top = -1;
	struct buf word;
	char room[24];

	for (size_t i = 0; i < count; i++)
		rules[i] = (struct landlock_rule){ files->at[i].fd,
			files->at[i].access };
	rules[count++] = (struct landlock_rule){ plan->root->fd,
		rights_in_root(means, plan) };
	if (files != NULL && means->view == VIEW_MOUNTS) {
		passwd = open(MOUNTNS_PASSWD, O_PATH | O_CLOEXEC);
		group = open(MOUNTNS_GROUP, O_PATH | O_CLOEXEC);
		if (passwd >= 0)
			rules[count++] =
			    (struct landlock_rule){ passwd, LL_READ_FILE };
		if (group >= 0)
			rules[count++] =
			    (struct landlock_rule){ group, LL_READ_FILE };
	}
	/* A program's world has nothing of the machine's: rsync 3.5.0 reads
	 * each directory from "/" on. In the tree that is the mode's to say. */
	if (files != NULL && means->view != VIEW_HOST &&
	    (rights_in_root(means, plan) & LL_READ_DIR) != 0)
		top = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (top >= 0)
		rules[count++] = (struct landlock_rule){ top, LL_READ_DIR };
	if (landlock_restrict(rules, count, means->landlock) != 0) {
		jail_report_lack(report, "Landlock: %s", strerror(errno));
		return -1;
	}
	buf_init(&word, room, sizeof(room));
	buf_add_text(&word, "landlock");
	buf_add_number(&word, (uint64_t)means->landlock, 0);
	jail_report_add(report, buf_text(&word));
	return 0;
}

static const char *
why_no_landlock(const struct means *means)
{
	return means->landlock_error == 0 ? "older than ABI 2"
					  : strerror(means->landlock_error);
}

/* Reports why a user namespace is used, unless the policy asked for one. */
static void
lack_of_user(const struct means *means, struct jail_report *report,
    const char *then)
{
	if (means->landlock == 0)
		jail_report_lack(report, "Landlock: %s; %s",
		    why_no_landlock(means), then);
	else if (means->no_broker != NULL)
		jail_report_lack(report, "%s; %s", means->no_broker, then);
}

/* Reports the step at which entering a namespace failed, and its errno. */
static void
lack_of_space(const struct means *means, struct jail_report *report,
    const char *step, int error)
{
	char room[128];

	snprintf(room, sizeof(room), "%s: %s", step, strerror(error));
	if (means->view != VIEW_MOUNTS)
		lack_of_user(means, report, room);
	jail_report_lack(report, "%s", room);
}

/*
 * True where SFTP is served in the machine's own directory, in which mounts
 * come and go, instead of a copy of it. Root wants the copy, whose mounts open
 * no devices (nodev), if it follows the machine's mounts, or with
 * jail=namespace. Read-only wants it where there is no Landlock: it can be
 * mounted read-only.
 */
static bool
is_live(const struct means *means, const struct jail_plan *plan)
{
	if (plan->profile != JAIL_FILES ||
	    (means->landlock == 0 && !policy_may_write(plan->policy)))
		return false;
	return means->view == VIEW_USER ||
	       (plan->policy->jail != JAIL_NAMESPACE &&
		   !mountns_follows(plan->root->fd));
}

static const char *
view_word(const struct means *means, bool live)
{
	if (means->view == VIEW_USER)
		return "userns";
	return live ? "chroot" : "namespace";
}

static int
enter_view(const struct means *means, const struct jail_plan *plan,
    const struct needed_files *files, struct jail_report *report)
{
	struct mountns_plan mounts = { .root_fd = plan->root->fd,
		.user_namespace = means->view == VIEW_USER,
		.read_only = !policy_may_write(plan->policy),
		.one_file_system = plan->policy->one_file_system,
		.names = means->view == VIEW_MOUNTS,
		.more_names = plan->names,
		.still = !means->listener,
		.keeper = plan->keeper,
		.files = files };
	struct mountns_kept kept;
	not_zeroed char own[PATH_MAX];
	const char *step;

	if (means->view == VIEW_HOST)
		return 0;
	if (files != NULL && root_own_path(plan->root, own) > 0) {
		mounts.own[0] = own;
		mounts.own[1] = plan->policy->root;
		mounts.whole = is_whole(means, plan->policy, own);
	}
	mounts.live = is_live(means, plan);
	if (mountns_enter(&mounts, &kept, &step) != 0) {
		lack_of_space(means, report, step, errno);
		return -1;
	}
	if (plan->proc != NULL) {
		auto_close_fd(plan->proc);
		*plan->proc = kept.proc;
	}
	if (root_reopen(plan->root, ".", kept.own_fds) != 0) {
		jail_report_lack(report, "the root in its namespace: %s",
		    strerror(errno));
		return -1;
	}
	jail_report_add(report, view_word(means, mounts.live));
	return 0;
}

static enum caps_keep
keep_for(const struct means *means, const struct jail_plan *plan)
{
	if (geteuid() != 0 || means->view == VIEW_USER)
		return CAPS_NONE;
	return means->view == VIEW_MOUNTS || plan->restores
		   ? profile_for(plan)->caps
		   : profile_for(plan)->in_ours;
}

/*
 * Enters Landlock. Without it and without a namespace the session ends, unless
 * the policy goes on; then the report says what is missing.
 */
static int
enter_landlock(const struct means *means, const struct jail_plan *plan,
    const struct needed_files *files, struct jail_report *report)
{
	if (means->view == VIEW_USER)
		lack_of_user(means, report,
		    "in the user namespace other owners show as nobody");
	if (means->no_space != NULL)
		lack_of_space(means, report, means->no_space,
		    means->no_space_error);
	if (means->landlock > 0)
		return restrict_files(means, plan, files, report);
	return means->view != VIEW_HOST ||
		       plan->policy->confine == CONFINE_PREFER
		   ? 0
		   : -1;
}

int
means_enter(const struct jail_plan *plan, const struct needed_files *files,
    struct jail_report *report)
{
	const struct means *means = plan->means;

	if (enter_view(means, plan, files, report) != 0)
		return -1;
	if (caps_reduce(keep_for(means, plan)) != 0) {
		jail_report_lack(report, "capabilities: %s", strerror(errno));
		return -1;
	}
	return enter_landlock(means, plan, files, report);
}
