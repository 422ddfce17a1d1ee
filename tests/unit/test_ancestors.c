/*
 * A program that goes down to the root from "/", opening each directory to
 * read it, arrives: what lies above the root it can pass through and no more.
 */
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <cmocka.h>

#include "broker/ancestors.h"
#include "brokered.h"
#include "confine/landlock.h"
#include "scratch.h"

#define PASS (O_RDONLY | O_DIRECTORY | O_CLOEXEC)

enum { REFUSED = 200 }; /* what a child's act tells beside an errno */

static struct root root;
static struct ancestors ancestors;
static char place[PATH_MAX]; /* the root's path */

/* a/root/sub/, and a/beside/; we are where a/ is. */
static int
set_up(void **state)
{
	(void)state;
	umask(022);
	if (scratch_make(0755) != 0 || mkdir("a", 0755) != 0 ||
	    mkdir("a/root", 0755) != 0 || mkdir("a/root/sub", 0755) != 0 ||
	    mkdir("a/beside", 0755) != 0 || symlink(".", "a/link") != 0 ||
	    root_open(&root, "a/root", false) != 0 ||
	    root_own_path(&root, place) < 0)
		return -1;
	ancestors_open(&ancestors, root.fd);
	return 0;
}

static int
tear_down(void **state)
{
	ancestors_close(&ancestors);
	root_close(&root);
	return scratch_remove(state);
}

/* Only the root's tree may be read, as behind our walls. */
static int
hold_to_root(void)
{
	struct landlock_rule rule = { root.fd, LL_READ_FILE | LL_READ_DIR };

	return landlock_restrict(&rule, 1, landlock_abi());
}

/* Where there is none, no program meets what lies above the root. */
static void
need_landlock(void)
{
	if (landlock_abi() < LANDLOCK_ABI_MIN)
		skip();
}

static int
ask(enum filter filter, child_act *act, const void *context)
{
	struct brokered how = { .filter = filter,
		.root = &root,
		.ancestors = &ancestors,
		.walls = hold_to_root };

	need_landlock();
	return brokered_run(&how, act, context);
}

/* As rsync 3.5.0: the directory of an absolute path, or -1. */
static int
go_down(const char *path)
{
	char rest[PATH_MAX];
	char *at, *save = NULL;
	struct stat st;
	int fd = open("/", PASS);

	snprintf(rest, sizeof(rest), "%s", path);
	for (at = strtok_r(rest, "/", &save); at != NULL && fd >= 0;
	     at = strtok_r(NULL, "/", &save)) {
		int next = fstatat(fd, at, &st, AT_SYMLINK_NOFOLLOW) != 0
			       ? -1
			       : openat(fd, at, PASS | O_NOFOLLOW);

		if (close(fd) != 0)
			return -1;
		fd = next;
	}
	return fd;
}

static int
act_arrive(const void *context)
{
	const char *below = context;
	char path[2 * PATH_MAX];
	int fd;

	snprintf(path, sizeof(path), "%s/%s", place, below);
	/* Twice: what was closed is there again. */
	fd = go_down(path);
	if (fd < 0 || close(fd) != 0)
		return REFUSED;
	fd = go_down(path);
	if (fd < 0 || fchdir(fd) != 0)
		return REFUSED;
	return open(".", O_RDONLY | O_DIRECTORY) >= 0 ? 0 : REFUSED;
}

static void
who_goes_down_from_the_top_arrives(void **state)
{
	static const enum filter filters[] = { FILTER_PROGRAM_BROKERED,
		FILTER_PROGRAM_CREATE_ONLY, FILTER_PROGRAM_READ_ONLY };

	(void)state;
	for (size_t i = 0; i < sizeof(filters) / sizeof(filters[0]); i++) {
		assert_int_equal(ask(filters[i], act_arrive, "sub"), 0);
		assert_int_equal(ask(filters[i], act_arrive, ""), 0);
		assert_int_equal(ask(filters[i], act_arrive, "missing"),
		    REFUSED);
		/* What lies beside the way is Landlock's to refuse. */
		assert_int_equal(ask(filters[i], act_arrive, "../beside"),
		    REFUSED);
	}
}

/* Not asked, Landlock refuses: or the test above shows nothing. */
static int
act_without(const void *context)
{
	(void)context;
	return go_down(place) >= 0 ? 0 : errno;
}

static void
without_them_nobody_arrives(void **state)
{
	struct brokered how = { .filter = FILTER_PROGRAM_BROKERED,
		.root = &root,
		.walls = hold_to_root };

	(void)state;
	need_landlock();
	assert_int_equal(brokered_run(&how, act_without, NULL), EACCES);
}

/* What else can be done with a directory, to the one above the root. */
static int
act_list(const void *context)
{
	char room[4096];
	int fd = go_down("/");

	(void)context;
	if (fd < ANCESTORS_FIRST)
		return REFUSED;
	return child_errno(syscall(SYS_getdents64, fd, room, sizeof(room)));
}

static int
act_open_again(const void *context)
{
	int flags = *(const int *)context;

	return openat(ANCESTORS_FIRST, ".", flags, 0600) >= 0 ? 0 : errno;
}

static int
act_set_mode(const void *context)
{
	(void)context;
	return child_errno(
	    syscall(SYS_fchmodat, ANCESTORS_FIRST, "beside", 0700));
}

static void
what_lies_above_is_passed_and_no_more(void **state)
{
	static const int flags[] = { O_RDONLY, O_RDONLY | O_DIRECTORY,
		PASS | O_NONBLOCK, O_TMPFILE | O_RDWR };

	(void)state;
	assert_int_equal(ask(FILTER_PROGRAM_BROKERED, act_list, NULL), EBADF);
	assert_int_equal(ask(FILTER_PROGRAM_BROKERED, act_set_mode, NULL),
	    EACCES);
	for (size_t i = 0; i < sizeof(flags) / sizeof(flags[0]); i++)
		assert_int_not_equal(ask(FILTER_PROGRAM_BROKERED,
					 act_open_again, &flags[i]),
		    0);
}

/* A program that has such a number itself can close it. */
static int
act_close_own(const void *context)
{
	int own = ANCESTORS_FIRST + (int)ancestors.count;

	(void)context;
	if (dup2(STDIN_FILENO, own) != own || close(own) != 0)
		return REFUSED;
	return fcntl(own, F_GETFD) < 0 && errno == EBADF ? 0 : REFUSED;
}

static void
numbers_that_are_none_of_them_are_closed(void **state)
{
	(void)state;
	assert_int_equal(ask(FILTER_PROGRAM_BROKERED, act_close_own, NULL), 0);
}

static void
a_root_that_lies_too_deep_has_none(void **state)
{
	struct ancestors deep;
	int fd = open("a", O_PATH | O_CLOEXEC);

	(void)state;
	for (int i = 0; i < ANCESTORS_MAX; i++) {
		int above = fd;

		assert_int_equal(mkdirat(above, "d", 0755), 0);
		fd = openat(above, "d", O_PATH | O_CLOEXEC);
		close(above);
	}
	ancestors_close(&ancestors);
	ancestors_open(&deep, fd);
	assert_int_equal(deep.count, 0);
	assert_int_equal(fcntl(ANCESTORS_FIRST, F_GETFD), -1);
	close(fd);
	ancestors_open(&ancestors, root.fd);
	assert_true(ancestors.count > 1);
}

static void
without_numbers_there_are_none(void **state)
{
	struct rlimit before, none;
	struct ancestors refused;

	(void)state;
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &before), 0);
	none = before;
	none.rlim_cur = ANCESTORS_FIRST + 1;
	ancestors_close(&ancestors);
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &none), 0);
	ancestors_open(&refused, root.fd);
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &before), 0);
	assert_int_equal(refused.count, 0);
	assert_int_equal(fcntl(ANCESTORS_FIRST, F_GETFD), -1);
	ancestors_open(&ancestors, root.fd);
}

static void
the_top_has_none_above_it(void **state)
{
	struct ancestors none;
	int fd = open("/", O_PATH | O_CLOEXEC);

	(void)state;
	ancestors_open(&none, fd);
	assert_int_equal(none.count, 0);
	close(fd);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(who_goes_down_from_the_top_arrives),
		cmocka_unit_test(without_them_nobody_arrives),
		cmocka_unit_test(what_lies_above_is_passed_and_no_more),
		cmocka_unit_test(numbers_that_are_none_of_them_are_closed),
		cmocka_unit_test(a_root_that_lies_too_deep_has_none),
		cmocka_unit_test(without_numbers_there_are_none),
		cmocka_unit_test(the_top_has_none_above_it),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
