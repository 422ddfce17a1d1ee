/* Whatever the caller left open or closed, we start in a known state. */
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <cmocka.h>

#include "base/fd.h"
#include "child.h"

#ifndef SYS_close_range
#define SYS_close_range 436
#endif

static int
is_null_device(int fd)
{
	struct stat st;

	return fstat(fd, &st) == 0 && S_ISCHR(st.st_mode) &&
	       st.st_rdev == makedev(1, 3);
}

/* context: which of 0, 1 and 2 are closed, as bits. */
static int
act_ensure(const void *context)
{
	const int *closed = context;
	int ends[2];

	/* What stays open is a pipe, to be told from /dev/null. */
	if (pipe(ends) != 0)
		return 1;
	for (int fd = 0; fd <= 2; fd++) {
		if (dup2(ends[0], fd) != fd)
			return 1;
		if (*closed & 1 << fd)
			close(fd);
	}
	if (fd_ensure_standard() != 0)
		return 2;
	for (int fd = 0; fd <= 2; fd++) {
		int expected = (*closed & 1 << fd) != 0;

		if (!fd_is_open(fd) || is_null_device(fd) != expected)
			return 10 + fd;
	}
	return 0;
}

static void
missing_standard_descriptors_become_the_null_device(void **state)
{
	(void)state;
	for (int closed = 0; closed < 8; closed++)
		assert_int_equal(child_run(0, act_ensure, &closed), 0);
}

static int
act_no_null(const void *context)
{
	(void)context;
	close(1);
	if (child_opens_nothing(EMFILE) != 0)
		return 1;
	return fd_ensure_standard() == -1 && errno == EMFILE ? 0 : 2;
}

static void
a_descriptor_that_cannot_be_had_is_an_error(void **state)
{
	(void)state;
	assert_int_equal(child_run(0, act_no_null, NULL), 0);
}

/* context: an errno that close_range gets, or 0. */
static int
act_close(const void *context)
{
	const int *error = context;
	int low = open("/dev/null", O_RDONLY);
	int high = fcntl(low, F_DUPFD, 900);
	int kept = fcntl(low, F_DUPFD, 20);

	if (low < 0 || low >= 20 || high < 900 || kept != 20)
		return 1;
	if (*error != 0 && child_lacks(SYS_close_range, *error) != 0)
		return 2;
	if (fd_close_from(21) != 0)
		return 3;
	if (fd_is_open(high) || !fd_is_open(kept) || !fd_is_open(low))
		return 4;
	if (fd_close_from(3) != 0)
		return 5;
	if (!fd_is_open(0) || !fd_is_open(1) || !fd_is_open(2))
		return 6;
	for (int fd = 3; fd < 1024; fd++)
		if (fd_is_open(fd))
			return 7;
	return 0;
}

static void
descriptors_from_a_number_up_are_closed(void **state)
{
	static const int errors[] = { 0, ENOSYS, EPERM };

	(void)state;
	for (size_t i = 0; i < sizeof(errors) / sizeof(errors[0]); i++)
		assert_int_equal(child_run(0, act_close, &errors[i]), 0);
}

static int
act_close_blind(const void *context)
{
	(void)context;
	if (child_lacks(SYS_close_range, ENOSYS) != 0 ||
	    child_opens_nothing(EACCES) != 0)
		return 1;
	return fd_close_from(3) == -1 ? 0 : 2;
}

static void
neither_close_range_nor_a_list_is_an_error(void **state)
{
	(void)state;
	assert_int_equal(child_run(0, act_close_blind, NULL), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    missing_standard_descriptors_become_the_null_device),
		cmocka_unit_test(a_descriptor_that_cannot_be_had_is_an_error),
		cmocka_unit_test(descriptors_from_a_number_up_are_closed),
		cmocka_unit_test(neither_close_range_nor_a_list_is_an_error),
	};

	return cmocka_run_group_tests_name("fd", tests, NULL, NULL);
}
