/*
 * How we are called decides whose words are options and whose the request;
 * as login shell nobody can tell the administrator's from the client's.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "decide/invocation.h"

static struct invocation invocation;

static void
call(const char *original, int argc, const char *a, const char *b,
    const char *c)
{
	static char *argv[4];

	argv[0] = (char *)(uintptr_t)a;
	argv[1] = (char *)(uintptr_t)b;
	argv[2] = (char *)(uintptr_t)c;
	invocation_free(&invocation);
	invocation_read(&invocation, argc, argv, original);
}

static void
a_forced_command_has_its_own_options(void **state)
{
	(void)state;
	call("rsync x", 3, "/usr/bin/filesonly", "--read-only", "/srv");
	assert_false(invocation.is_shell || invocation.only_narrows ||
		     invocation.is_sftp);
	assert_int_equal(invocation.argc, 3);
	assert_string_equal(invocation.argv[1], "--read-only");
	assert_string_equal(invocation.command, "rsync x");
	call(NULL, 1, "filesonly", NULL, NULL);
	assert_false(invocation.is_shell);
	assert_null(invocation.command);
}

static void
a_login_shells_command_is_the_request(void **state)
{
	(void)state;
	call(NULL, 3, "filesonly", "-c", "echo hi");
	assert_true(invocation.is_shell);
	assert_false(invocation.only_narrows);
	assert_int_equal(invocation.argc, 1);
	assert_string_equal(invocation.command, "echo hi");
	call(NULL, 1, "-filesonly", NULL, NULL);
	assert_true(invocation.is_shell);
	assert_null(invocation.command);
	call("ls", 1, "-filesonly", NULL, NULL);
	assert_null(invocation.command);
	call(NULL, 2, "-filesonly", "--read-write", NULL);
	assert_int_equal(invocation.argc, 1);
	assert_null(invocation.command);
}

static void
our_own_name_without_a_request_is_a_request(void **state)
{
	(void)state;
	call(NULL, 3, "filesonly", "-c", "filesonly --read-write /");
	assert_false(invocation.only_narrows);
	assert_int_equal(invocation.argc, 1);
	assert_string_equal(invocation.command, "filesonly --read-write /");
}

static void
our_own_name_with_a_request_only_narrows(void **state)
{
	(void)state;
	call("rsync x", 3, "filesonly", "-c",
	    "/usr/bin/filesonly '--deny=a b' /srv");
	assert_true(invocation.is_shell && invocation.only_narrows);
	assert_int_equal(invocation.argc, 3);
	assert_string_equal(invocation.argv[1], "--deny=a b");
	assert_null(invocation.argv[3]);
	assert_string_equal(invocation.command, "rsync x");
	call("rsync x", 3, "filesonly", "-c", "rrsync -ro /srv");
	assert_true(invocation.only_narrows);
	assert_string_equal(invocation.argv[0], "rrsync");
}

/* sshd's Subsystem line through the login shell, or a client's exec. */
static void
the_flags_of_an_sftp_server_narrow(void **state)
{
	(void)state;
	for (int planted = 0; planted < 2; planted++) {
		call(planted ? "rsync x" : NULL, 3, "filesonly", "-c",
		    "/usr/lib/openssh/sftp-server -R -u 027");
		assert_true(invocation.is_shell && invocation.only_narrows);
		assert_int_equal(invocation.argc, 4);
		assert_string_equal(invocation.argv[1], "-R");
		assert_string_equal(invocation.command,
		    "/usr/lib/openssh/sftp-server -R -u 027");
	}
}

static void
another_program_is_the_request_whatever_else_is_set(void **state)
{
	(void)state;
	call("rsync x", 3, "filesonly", "-c", "internal-sftp");
	assert_false(invocation.only_narrows);
	assert_string_equal(invocation.command, "internal-sftp");
	call("internal-sftp", 3, "filesonly", "-c", "filesonlyx /");
	assert_false(invocation.only_narrows);
	/* Words that can't be read are for the decision to refuse. */
	call("internal-sftp", 3, "filesonly", "-c", "filesonly / ; id");
	assert_false(invocation.only_narrows);
	assert_string_equal(invocation.command, "filesonly / ; id");
}

static void
sshds_call_for_the_rc_file_is_known(void **state)
{
	(void)state;
	call(NULL, 3, "/bin/filesonly", "-c", "/bin/sh /home/u/.ssh/rc");
	assert_true(invocation.is_rc);
	call(NULL, 3, "filesonly", "-c", "/bin/sh /home/u/.ssh/rc x");
	assert_false(invocation.is_rc);
	call(NULL, 3, "filesonly", "-c", "/bin/sh /home/u/rc");
	assert_false(invocation.is_rc);
	call(NULL, 3, "filesonly", "-c", "cat /home/u/.ssh/rc");
	assert_false(invocation.is_rc);
}

static void
other_names_are_other_programs(void **state)
{
	(void)state;
	call(NULL, 1, "/usr/lib/filesonly/sftp-server", NULL, NULL);
	assert_true(invocation.is_sftp);
	assert_false(invocation.is_shell);
	call("x", 3, "rrsync", "-c", "/srv");
	assert_false(invocation.is_shell || invocation.is_sftp);
	assert_int_equal(invocation.argc, 3);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_forced_command_has_its_own_options),
		cmocka_unit_test(a_login_shells_command_is_the_request),
		cmocka_unit_test(our_own_name_without_a_request_is_a_request),
		cmocka_unit_test(our_own_name_with_a_request_only_narrows),
		cmocka_unit_test(the_flags_of_an_sftp_server_narrow),
		cmocka_unit_test(
		    another_program_is_the_request_whatever_else_is_set),
		cmocka_unit_test(sshds_call_for_the_rc_file_is_known),
		cmocka_unit_test(other_names_are_other_programs),
	};
	int failures = cmocka_run_group_tests(tests, NULL, NULL);

	invocation_free(&invocation);
	return failures;
}
