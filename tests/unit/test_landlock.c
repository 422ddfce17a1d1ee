/* Landlock holds what its rules say, for root and for an ordinary user. */
#include <fcntl.h>
#include <netinet/in.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <cmocka.h>

#include "base/auto.h"
#include "child.h"
#include "confine/landlock.h"
#include "scratch.h"

#define ALL (((LL_IOCTL_DEV << 1) - 1) & ~LL_EXECUTE)
#define NEWEST -1 /* what the kernel says */
#define FUTURE 1000

/* What a child is to do: restrict itself to rules of an ABI, then act. */
struct plan {
	int abi;
	uint64_t inside; /* rights on inside/, 0: no rule */
	uint64_t file;   /* rights on inside/file, 0: no rule */
	child_act *act;
	const char *path;
};

/* inside/file, inside/one/, inside/two/, outside/file, all open to nobody */
static int
setup(void **state)
{
	static const char *const directories[] = { "inside", "outside",
		"inside/one", "inside/two" };

	(void)state;
	if (scratch_make(0777) != 0)
		return -1;
	for (size_t i = 0; i < 4; i++)
		if (mkdir(directories[i], 0777) != 0 ||
		    chmod(directories[i], 0777) != 0)
			return -1;
	scratch_put("inside/file", "text", 0666);
	scratch_put("inside/one/file", "text", 0666);
	scratch_put("outside/file", "text", 0666);
	return 0;
}

static int
restricted_act(const void *context)
{
	const struct plan *plan = context;
	struct landlock_rule rules[2] = {
		{ open("inside", O_PATH | O_CLOEXEC), plan->inside },
		{ open("inside/file", O_PATH | O_CLOEXEC), plan->file },
	};

	int abi = plan->abi == NEWEST ? landlock_abi() : plan->abi;

	if (abi != 0 && landlock_restrict(rules, 2, abi) != 0)
		return CHILD_FAILED;
	return plan->act(plan->path);
}

/* The result of an act with abi's rules, for both kinds of user. */
static int
outcome(const struct plan *plan)
{
	int user = child_run(1, restricted_act, plan);
	int self = child_run(0, restricted_act, plan);

	assert_int_equal(user, self);
	return user;
}

static int
free_outcome(child_act *act, const char *path)
{
	struct plan plan = { .act = act, .path = path };

	return outcome(&plan);
}

static int
jailed_outcome(child_act *act, const char *path)
{
	struct plan plan = { NEWEST, ALL, 0, act, path };

	return outcome(&plan);
}

static int
act_write(const void *path)
{
	return child_errno(open(path, O_WRONLY));
}

static int
act_list(const void *path)
{
	return child_errno(open(path, O_RDONLY | O_DIRECTORY));
}

static int
act_truncate(const void *path)
{
	return child_errno(truncate(path, 4));
}

/* From one directory to the other and back. */
static int
act_move(const void *path)
{
	(void)path;
	if (rename("inside/one/file", "inside/two/file") != 0)
		return errno;
	return child_errno(rename("inside/two/file", "inside/one/file"));
}

static int
act_bind(const void *path)
{
	struct sockaddr_in any = { .sin_family = AF_INET,
		.sin_addr = { htonl(INADDR_LOOPBACK) } };
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	(void)path;
	return child_errno(bind(fd, (struct sockaddr *)&any, sizeof(any)));
}

/* To a process of the same user that was there before. */
static int
act_signal(const void *path)
{
	(void)path;
	return child_errno(kill(getppid(), 0));
}

static int
signal_from_grandchild(const void *context)
{
	return child_run(0, restricted_act, context);
}

static void
outside_is_not_read(void **state)
{
	(void)state;
	assert_int_equal(free_outcome(child_read, "outside/file"), 0);
	assert_int_equal(jailed_outcome(child_read, "inside/file"), 0);
	assert_int_equal(jailed_outcome(child_read, "outside/file"), EACCES);
	assert_int_equal(jailed_outcome(child_read, "inside/../outside/file"),
	    EACCES);
}

static void
outside_is_not_listed(void **state)
{
	(void)state;
	assert_int_equal(free_outcome(act_list, "outside"), 0);
	assert_int_equal(jailed_outcome(act_list, "inside"), 0);
	assert_int_equal(jailed_outcome(act_list, "outside"), EACCES);
}

static void
outside_is_not_changed(void **state)
{
	(void)state;
	assert_int_equal(free_outcome(child_create, "outside/new"), 0);
	assert_int_equal(free_outcome(act_write, "outside/file"), 0);
	assert_int_equal(jailed_outcome(child_create, "inside/new"), 0);
	assert_int_equal(jailed_outcome(child_create, "outside/new"), EACCES);
	assert_int_equal(jailed_outcome(act_write, "outside/file"), EACCES);
}

static void
rights_of_a_rule_are_all_there_is(void **state)
{
	struct plan plan = { NEWEST, LL_READ_FILE | LL_READ_DIR, 0, child_read,
		"inside/file" };

	(void)state;
	assert_int_equal(outcome(&plan), 0);
	plan.act = act_write;
	assert_int_equal(outcome(&plan), EACCES);
	plan.act = child_create;
	plan.path = "inside/new";
	assert_int_equal(outcome(&plan), EACCES);
}

static void
rule_on_a_file_takes_directory_rights_quietly(void **state)
{
	struct plan plan = { NEWEST, 0, ALL, child_read, "inside/file" };

	(void)state;
	assert_int_equal(outcome(&plan), 0);
	plan.act = act_list;
	plan.path = "inside";
	assert_int_equal(outcome(&plan), EACCES);
}

static void
abi_newer_than_we_know_is_used_as_the_newest(void **state)
{
	struct plan plan = { FUTURE, ALL, 0, child_read, "outside/file" };

	(void)state;
	if (landlock_abi() < 6)
		skip();
	assert_int_equal(outcome(&plan), EACCES);
	plan.act = act_bind;
	assert_int_equal(outcome(&plan), EACCES);
}

static void
empty_rule_grants_nothing(void **state)
{
	struct plan plan = { NEWEST, 0, LL_READ_DIR, child_read,
		"inside/file" };

	(void)state;
	assert_int_equal(free_outcome(child_read, "inside/file"), 0);
	assert_int_equal(outcome(&plan), EACCES);
}

static void
moving_between_directories_needs_abi_2(void **state)
{
	struct plan plan = { 1, ALL, 0, act_move, "" };

	(void)state;
	assert_int_equal(free_outcome(act_move, ""), 0);
	assert_int_equal(outcome(&plan), EXDEV);
	plan.abi = LANDLOCK_ABI_MIN;
	assert_int_equal(outcome(&plan), 0);
}

static void
truncate_outside_is_held_from_abi_3(void **state)
{
	struct plan plan = { 2, ALL, 0, act_truncate, "outside/file" };

	(void)state;
	/* Why a filter denies truncate below ABI 3. */
	assert_int_equal(outcome(&plan), 0);
	if (landlock_abi() < LANDLOCK_ABI_TRUNCATE)
		skip();
	plan.abi = LANDLOCK_ABI_TRUNCATE;
	assert_int_equal(outcome(&plan), EACCES);
	plan.path = "inside/file";
	assert_int_equal(outcome(&plan), 0);
}

static void
tcp_is_held_from_abi_4(void **state)
{
	struct plan plan = { 3, ALL, 0, act_bind, "" };

	(void)state;
	if (landlock_abi() < 4)
		skip();
	assert_int_equal(outcome(&plan), 0);
	plan.abi = 4;
	assert_int_equal(outcome(&plan), EACCES);
}

static void
signals_to_others_are_held_from_abi_6(void **state)
{
	struct plan plan = { 5, ALL, 0, act_signal, "" };

	(void)state;
	if (landlock_abi() < 6)
		skip();
	for (int user = 0; user < 2; user++) {
		plan.abi = 5;
		assert_int_equal(child_run(user, signal_from_grandchild, &plan),
		    0);
		plan.abi = 6;
		assert_int_equal(child_run(user, signal_from_grandchild, &plan),
		    EPERM);
	}
}

static int
act_bad_rule(const void *path)
{
	struct landlock_rule rule = { 1000, LL_READ_FILE };

	if (landlock_restrict(&rule, 1, landlock_abi()) != -1 || errno != EBADF)
		return CHILD_FAILED;
	return child_read(path);
}

static void
nothing_is_restricted_after_a_failure(void **state)
{
	(void)state;
	assert_int_equal(free_outcome(act_bad_rule, "outside/file"), 0);
}

static int
act_abi_without(const void *error)
{
	if (landlock_abi() < 1 || child_lacks(444, *(const int *)error) != 0)
		return CHILD_FAILED;
	return landlock_abi() == -1 ? errno : 0;
}

static void
kernel_without_landlock_is_told(void **state)
{
	static const int errors[] = { ENOSYS, EOPNOTSUPP, EPERM };

	(void)state;
	for (size_t i = 0; i < 3; i++)
		assert_int_equal(child_run(1, act_abi_without, &errors[i]),
		    errors[i]);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(outside_is_not_read),
		cmocka_unit_test(outside_is_not_listed),
		cmocka_unit_test(outside_is_not_changed),
		cmocka_unit_test(rights_of_a_rule_are_all_there_is),
		cmocka_unit_test(rule_on_a_file_takes_directory_rights_quietly),
		cmocka_unit_test(empty_rule_grants_nothing),
		cmocka_unit_test(abi_newer_than_we_know_is_used_as_the_newest),
		cmocka_unit_test(moving_between_directories_needs_abi_2),
		cmocka_unit_test(truncate_outside_is_held_from_abi_3),
		cmocka_unit_test(tcp_is_held_from_abi_4),
		cmocka_unit_test(signals_to_others_are_held_from_abi_6),
		cmocka_unit_test(nothing_is_restricted_after_a_failure),
		cmocka_unit_test(kernel_without_landlock_is_told),
	};

	if (landlock_abi() < LANDLOCK_ABI_MIN) {
		print_message("1..0 # SKIP no Landlock\n");
		return 0;
	}
	return cmocka_run_group_tests_name("landlock", tests, setup,
	    scratch_remove);
}
