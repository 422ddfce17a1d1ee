/*
 * Which walls a process gets: by who it is, what the kernel has and what the
 * policy wishes; and what the report says of them.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>
#include <sys/stat.h>
#include <cmocka.h>

#include "privatens.h"
#include "confine/landlock.h"
#include "confine/means.h"

#ifndef SYS_landlock_create_ruleset
#define SYS_landlock_create_ruleset 444
#endif

/* What the child's kernel lacks and its policy wishes. */
struct trial {
	enum jail_profile profile;
	enum jail_wish jail;
	enum confine confine;
	int landlock; /* errno of its calls, or 0 */
	int unshare;  /* likewise */
};

/* Returns the space, with bits for Landlock and the listener above it. */
enum { LANDLOCK = 16, LISTENER = 32 };

static int
act_choose(const void *context)
{
	const struct trial *trial = context;
	struct policy policy;
	struct means means;

	policy_init(&policy);
	policy.jail = trial->jail;
	policy.confine = trial->confine;
	if (trial->landlock != 0 &&
	    child_lacks(SYS_landlock_create_ruleset, trial->landlock) != 0)
		return CHILD_FAILED;
	if (trial->unshare != 0 &&
	    child_lacks(SYS_unshare, trial->unshare) != 0)
		return CHILD_FAILED;
	means_choose(&means, &policy, trial->profile);
	policy_free(&policy);
	if (means.landlock == 0 && trial->landlock != 0 &&
	    means.landlock_error != trial->landlock)
		return CHILD_FAILED;
	return (int)means.view | (means.landlock > 0 ? LANDLOCK : 0) |
	       (means.listener ? LISTENER : 0);
}

static void
expect(int ordinary, struct trial trial, int result)
{
	int got;

	if (landlock_abi() < LANDLOCK_ABI_MIN)
		skip();
	if (!ordinary && geteuid() != 0)
		return;
	got = child_run(ordinary, act_choose, &trial);
	if (got != result)
		fail_msg("%d, not %d", got, result);
}

static void
root_has_a_mount_namespace_in_every_case(void **state)
{
	(void)state;
	expect(0, (struct trial){ JAIL_FILES, JAIL_AUTO, 0, 0, 0 },
	    VIEW_MOUNTS | LANDLOCK | LISTENER);
	expect(0, (struct trial){ JAIL_PROGRAM, JAIL_AUTO, 0, 0, 0 },
	    VIEW_MOUNTS | LANDLOCK | LISTENER);
	expect(0, (struct trial){ JAIL_PROGRAM, JAIL_AUTO, 0, ENOSYS, 0 },
	    VIEW_MOUNTS | LISTENER);
}

static void
user_has_landlock_or_a_namespace(void **state)
{
	(void)state;
	expect(1, (struct trial){ JAIL_FILES, JAIL_AUTO, 0, 0, 0 },
	    VIEW_HOST | LANDLOCK | LISTENER);
	expect(1, (struct trial){ JAIL_PROGRAM, JAIL_AUTO, 0, 0, 0 },
	    VIEW_HOST | LANDLOCK | LISTENER);
	expect(1, (struct trial){ JAIL_PROGRAM, JAIL_NAMESPACE, 0, 0, 0 },
	    VIEW_USER | LANDLOCK | LISTENER);
	expect(1, (struct trial){ JAIL_FILES, JAIL_AUTO, 0, ENOSYS, 0 },
	    VIEW_USER | LISTENER);
	expect(1, (struct trial){ JAIL_PROGRAM, JAIL_AUTO, 0, EOPNOTSUPP, 0 },
	    VIEW_USER | LISTENER);
}

/* Required means tried, and then refused; preferred means asked first. */
static void
what_is_preferred_is_asked_for_first(void **state)
{
	(void)state;
	expect(1,
	    (struct trial){ JAIL_FILES, JAIL_AUTO, CONFINE_REQUIRE, ENOSYS,
		EPERM },
	    VIEW_USER | LISTENER);
	expect(1,
	    (struct trial){ JAIL_FILES, JAIL_AUTO, CONFINE_PREFER, ENOSYS,
		EPERM },
	    VIEW_HOST | LISTENER);
	expect(0,
	    (struct trial){ JAIL_FILES, JAIL_AUTO, CONFINE_REQUIRE, 0, EPERM },
	    VIEW_MOUNTS | LANDLOCK | LISTENER);
	expect(0,
	    (struct trial){ JAIL_FILES, JAIL_AUTO, CONFINE_PREFER, 0, EPERM },
	    VIEW_HOST | LANDLOCK | LISTENER);
}

static void
report_joins_words_and_never_overruns(void **state)
{
	struct jail_report report = { .means = "" };

	(void)state;
	jail_report_add(&report, "landlock7");
	assert_string_equal(report.means, "landlock7");
	jail_report_add(&report, "seccomp");
	assert_string_equal(report.means, "landlock7+seccomp");
	for (int i = 0; i < 20; i++)
		jail_report_add(&report, "seccomp");
	assert_in_range(strlen(report.means),
	    sizeof(report.means) - 1 - strlen("+seccomp"),
	    sizeof(report.means) - 1);
	assert_string_equal(strrchr(report.means, '+'), "+seccomp");
	assert_string_equal(report.lack, "");
}

static void
first_lack_is_the_one_that_is_told(void **state)
{
	struct jail_report report = { .lack = "" };
	char text[400];

	(void)state;
	jail_report_lack(&report, "%s: %d", "first", 1);
	jail_report_lack(&report, "%s: %d", "second", 2);
	assert_string_equal(report.lack, "first: 1");
	report.lack[0] = '\0';
	memset(text, 'x', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	jail_report_lack(&report, "%s", text);
	assert_int_equal(strlen(report.lack), sizeof(report.lack) - 1);
}

/* The scope as a kernel with Yama shows it, in a /proc/sys of our own. */
static int
act_scope(const void *context)
{
	struct policy policy;
	struct means means;
	int fd;

	if (private_mounts() != 0 ||
	    mount("none", "/proc/sys/kernel", "tmpfs", 0, NULL) != 0 ||
	    mkdir("/proc/sys/kernel/yama", 0755) != 0)
		return PRIVATE_NOT_POSSIBLE;
	fd = open("/proc/sys/kernel/yama/ptrace_scope", O_WRONLY | O_CREAT,
	    0644);
	if (write(fd, context, 1) != 1 || close(fd) != 0)
		return CHILD_FAILED;
	policy_init(&policy);
	means_choose(&means, &policy, JAIL_PROGRAM);
	policy_free(&policy);
	if (means.no_broker == NULL)
		return 0;
	return strstr(means.no_broker, "Yama") != NULL &&
		       strstr(means.no_broker, "kernel.yama.ptrace_scope") !=
			   NULL
		   ? 1
		   : 2;
}

static void
yama_is_named_where_it_keeps_memory_from_us(void **state)
{
	(void)state;
	if (child_run(0, act_scope, "0") == PRIVATE_NOT_POSSIBLE)
		skip();
	assert_int_equal(child_run(0, act_scope, "0"), 0);
	assert_int_equal(child_run(0, act_scope, "1"), 0);
	assert_int_equal(child_run(0, act_scope, "2"), 1);
	assert_int_equal(child_run(0, act_scope, "3"), 1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(root_has_a_mount_namespace_in_every_case),
		cmocka_unit_test(user_has_landlock_or_a_namespace),
		cmocka_unit_test(what_is_preferred_is_asked_for_first),
		cmocka_unit_test(yama_is_named_where_it_keeps_memory_from_us),
		cmocka_unit_test(report_joins_words_and_never_overruns),
		cmocka_unit_test(first_lack_is_the_one_that_is_told),
	};

	return cmocka_run_group_tests_name("walls", tests, NULL, NULL);
}
