/* Which files' modes an account can't change, so that nobody has to ask. */
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cmocka.h>

#include "child.h"
#include "confine/needed_files.h"
#include "scratch.h"

static int
set_up(void **state)
{
	(void)state;
	return scratch_make(0755);
}

static bool
is_others(const char *path)
{
	auto_fd int fd = open(path, O_PATH | O_CLOEXEC);

	assert_true(fd >= 0);
	return needed_files_is_others(fd);
}

/* The account is whoever runs this, as a program's would be. */
static void
its_own_files_are_not_others(void **state)
{
	(void)state;
	scratch_put("file", "", 0644);
	assert_false(is_others("file"));
}

/* What lies in a directory may be anybody's. */
static void
directories_are_not_others(void **state)
{
	(void)state;
	assert_false(is_others("/"));
	assert_false(is_others("/usr"));
}

/* Of a file system that is not known another machine may say who owns what. */
static void
files_of_unknown_file_systems_are_not_others(void **state)
{
	(void)state;
	assert_false(is_others("/proc/1/limits"));
	assert_false(is_others("/proc/self/limits"));
}

static void
pipes_and_sockets_lie_nowhere(void **state)
{
	int ends[2];

	(void)state;
	assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
	assert_true(needed_files_is_others(ends[0]));
	assert_true(needed_files_is_others(ends[1]));
	close(ends[0]);
	close(ends[1]);
	assert_false(needed_files_is_others(ends[0]));
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0,
			     ends),
	    0);
	assert_true(needed_files_is_others(ends[0]));
	close(ends[0]);
	close(ends[1]);
}

/* Root's, and of a kind that is known wherever /dev is a tmpfs. */
static int
act_look_at_null(const void *context)
{
	auto_fd int fd = open("/dev/null", O_PATH | O_CLOEXEC);

	(void)context;
	return fd >= 0 && needed_files_is_others(fd) ? 0 : EACCES;
}

static void
a_file_of_root_is_another_ones_to_a_user(void **state)
{
	(void)state;
	assert_int_equal(child_run(1, act_look_at_null, NULL), 0);
}

static void
one_file_of_the_account_is_one_too_many(void **state)
{
	struct needed_files files = { .at = NULL };

	(void)state;
	assert_true(needed_files_are_others(&files));
	assert_int_equal(needed_files_add(&files, "file", 0), 0);
	assert_false(needed_files_are_others(&files));
	needed_files_free(&files);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(its_own_files_are_not_others),
		cmocka_unit_test(directories_are_not_others),
		cmocka_unit_test(files_of_unknown_file_systems_are_not_others),
		cmocka_unit_test(pipes_and_sockets_lie_nowhere),
		cmocka_unit_test(a_file_of_root_is_another_ones_to_a_user),
		cmocka_unit_test(one_file_of_the_account_is_one_too_many),
	};

	return cmocka_run_group_tests(tests, set_up, scratch_remove);
}
