/*
 * Names and ids are copied, and nothing else of a user: no hash, no shell, no
 * home. The system's files are replaced by ours in a namespace of its own.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <cmocka.h>

#include "confine/passwdcopy.h"
#include "privatens.h"
#include "scratch.h"

static int
set_up(void **state)
{
	(void)state;
	return scratch_make(0700);
}

static void
machines_own_users_are_copied(void **state)
{
	struct stat st;

	(void)state;
	assert_int_equal(passwdcopy_write(NULL), 0);
	assert_non_null(strstr(scratch_text("etc/passwd"), "root:x:0:0:::\n"));
	assert_non_null(strstr(scratch_text("etc/group"), "root:x:0:\n"));
	assert_int_equal(stat("etc/passwd", &st), 0);
	assert_int_equal(st.st_mode & 022, 0);
	/* A file that is there is not written over. */
	assert_int_equal(passwdcopy_write(NULL), -1);
	assert_int_equal(errno, EEXIST);
}

static const char passwd[] =
    "anna:$6$secret$hash:1000:1001:Anna A,,,:/home/anna:/bin/bash\n"
    "# a comment\n"
    "\n"
    "broken\n"
    "short:x:7\n"
    "::1:1:::\n"
    "+nis::::::\n"
    "empty::5:6::/:\n"
    "last:x:8:9:::/bin/sh"; /* no newline */
static const char group[] = "staff:secret:50:anna,bert\nbroken:x\nx:x:1:\n";

static int
act_replaced(const void *context)
{
	(void)context;
	if (private_mounts() != 0)
		return PRIVATE_NOT_POSSIBLE;
	if (scratch_write("passwd", passwd, strlen(passwd), 0644) != 0 ||
	    scratch_write("group", group, strlen(group), 0644) != 0 ||
	    mount(".", "/etc", NULL, MS_BIND, NULL) != 0)
		return 1;
	if (passwdcopy_write(NULL) != 0)
		return 2;
	if (strcmp(scratch_text("etc/passwd"), "anna:x:1000:1001:::\n"
					       "+nis:x:::::\n"
					       "empty:x:5:6:::\n"
					       "last:x:8:9:::\n") != 0)
		return 3;
	return strcmp(scratch_text("etc/group"), "staff:x:50:\nx:x:1:\n") == 0
		   ? 0
		   : 4;
}

static void
only_names_and_ids_are_copied(void **state)
{
	int result = child_run(0, act_replaced, NULL);

	(void)state;
	if (result == PRIVATE_NOT_POSSIBLE)
		skip();
	assert_int_equal(result, 0);
}

static void
a_directory_that_cannot_be_written_is_an_error(void **state)
{
	(void)state;
	scratch_put("etc", "a file", 0644);
	assert_int_equal(passwdcopy_write(NULL), -1);
	assert_int_equal(errno, ENOTDIR);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, scratch_remove)
		TEST(machines_own_users_are_copied),
		TEST(only_names_and_ids_are_copied),
		TEST(a_directory_that_cannot_be_written_is_an_error),
	};

	return cmocka_run_group_tests_name("passwdcopy", tests, NULL, NULL);
}
