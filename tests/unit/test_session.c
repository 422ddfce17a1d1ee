/*
 * Who is served comes from the system; the environment is believed only as
 * far as it can be checked. The accounts are the machine's own.
 */
#include <pwd.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "child.h"
#include "session/session.h"

static struct session session;

static int
set_up(void **state)
{
	(void)state;
	unsetenv("USER");
	unsetenv("SSH_CONNECTION");
	return 0;
}

static void
account_is_the_systems(void **state)
{
	const struct passwd *account = getpwuid(getuid());

	(void)state;
	assert_int_equal(session_load(&session), 0);
	assert_int_equal(session.uid, getuid());
	assert_int_equal(session.gid, getgid());
	if (account == NULL)
		return;
	assert_string_equal(session.user, account->pw_name);
	assert_string_equal(session.home, account->pw_dir);
	assert_string_equal(session.shell, account->pw_shell);
}

static void
another_accounts_name_is_not_believed(void **state)
{
	static const char *const names[] = { "nobody", "root", "no such user",
		"", "../../etc" };
	char name[sizeof(session.user)];

	(void)state;
	assert_int_equal(session_load(&session), 0);
	memcpy(name, session.user, sizeof(name));
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		const struct passwd *account = getpwnam(names[i]);

		if (account != NULL && account->pw_uid == getuid())
			continue;
		setenv("USER", names[i], 1);
		setenv("LOGNAME", names[i], 1);
		setenv("HOME", "/from-environment", 1);
		setenv("SHELL", "/from-environment", 1);
		assert_int_equal(session_load(&session), 0);
		assert_string_equal(session.user, name);
		assert_string_not_equal(session.home, "/from-environment");
		assert_string_not_equal(session.shell, "/from-environment");
	}
	setenv("USER", name, 1);
	assert_int_equal(session_load(&session), 0);
	assert_string_equal(session.user, name);
}

/* "" is what passwd(5) has for "/". */
static void
a_home_that_is_no_absolute_path_is_odd(void **state)
{
	char *path = calloc(1, sizeof(session.home) + 1);

	(void)state;
	assert_true(session_set_home(&session, "/home/anna"));
	assert_string_equal(session.home, "/home/anna");
	assert_true(session_set_home(&session, ""));
	assert_string_equal(session.home, "/");
	assert_false(session_set_home(&session, "home/anna"));
	assert_string_equal(session.home, "/");
	assert_non_null(path);
	memset(path, '/', sizeof(session.home));
	assert_false(session_set_home(&session, path));
	assert_string_equal(session.home, "/");
	path[sizeof(session.home) - 1] = '\0';
	assert_true(session_set_home(&session, path));
	free(path);
}

enum { UNKNOWN_UID = 54321 };

static int
act_unknown(const void *context)
{
	(void)context;
	if (setgid(UNKNOWN_UID) != 0 || setuid(UNKNOWN_UID) != 0)
		return 1;
	if (session_load(&session) != 0)
		return 2;
	return strcmp(session.user, "54321") == 0 &&
		       strcmp(session.home, "/") == 0 &&
		       strcmp(session.shell, "") == 0 &&
		       session.uid == UNKNOWN_UID
		   ? 0
		   : 3;
}

static void
a_uid_without_a_name_shows_as_a_number(void **state)
{
	(void)state;
	if (geteuid() != 0 || getpwuid(UNKNOWN_UID) != NULL)
		skip();
	assert_int_equal(child_run(0, act_unknown, NULL), 0);
}

static void
address_is_the_clients_or_unknown(void **state)
{
	static const struct {
		const char *connection;
		const char *address;
	} rows[] = {
		{ NULL, "unknown" },
		{ "", "unknown" },
		{ "192.0.2.7 50000 192.0.2.1 22", "192.0.2.7" },
		{ "2001:db8::7 50000 2001:db8::1 22", "2001:db8::7" },
		{ "fe80::1%2 50000 fe80::2%2 22", "fe80::1%2" },
		{ "fe80::1%eth0.7 50000 fe80::2%eth0.7 22", "fe80::1%eth0.7" },
		{ "fe80::1%br-lan_1 50000 x 22", "fe80::1%br-lan_1" },
		{ "fe80::1% 50000 x 22", "fe80::1%" },
		{ "fe80::1%a%b 50000 x 22", "unknown" },
		{ "fe80::1%a\nb 50000 x 22", "unknown" },
		{ "192.0.2.7", "unknown" },
		{ " 192.0.2.7 50000", "unknown" },
		{ "UNKNOWN 65535 UNKNOWN 65535", "unknown" },
		{ "1.2.3.4\nevent=end 1 2 3", "unknown" },
		{ "1.2.3.4\x1b[2J 1 2 3", "unknown" },
		{ "\"quoted\" 1 2 3", "unknown" },
		/* 64 bytes: one too many */
		{ "1111111111111111111111111111111111111111111111111111111111"
		  "111111 1 2 3",
		    "unknown" },
		{ "1111111111111111111111111111111111111111111111111111111111"
		  "11111 1 2 3",
		    "1111111111111111111111111111111111111111111111111111111111"
		    "11111" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		if (rows[i].connection == NULL)
			unsetenv("SSH_CONNECTION");
		else
			setenv("SSH_CONNECTION", rows[i].connection, 1);
		assert_int_equal(session_load(&session), 0);
		assert_string_equal(session.address, rows[i].address);
		assert_int_equal(session.connected, rows[i].connection != NULL);
	}
}

static void
each_session_has_an_id_and_a_time_of_its_own(void **state)
{
	struct session other;

	(void)state;
	assert_int_equal(session_load(&session), 0);
	assert_int_equal(session_load(&other), 0);
	assert_int_equal(strlen(session.id), 16);
	assert_int_equal(strspn(session.id, "0123456789abcdef"), 16);
	assert_string_not_equal(session.id, other.id);
	assert_true(session.started.tv_sec > 1600000000);
	assert_true(
	    other.started_steady.tv_sec >= session.started_steady.tv_sec);
}

static int
act_without_randomness(const void *context)
{
	(void)context;
	if (child_lacks(SYS_getrandom, ENOSYS) != 0)
		return 1;
	return session_load(&session) == -1 ? 0 : 2;
}

static void
without_randomness_there_is_no_session(void **state)
{
	(void)state;
	assert_int_equal(child_run(0, act_without_randomness, NULL), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup(name, set_up)
		TEST(account_is_the_systems),
		TEST(another_accounts_name_is_not_believed),
		TEST(a_home_that_is_no_absolute_path_is_odd),
		TEST(a_uid_without_a_name_shows_as_a_number),
		TEST(address_is_the_clients_or_unknown),
		TEST(each_session_has_an_id_and_a_time_of_its_own),
		TEST(without_randomness_there_is_no_session),
	};

	return cmocka_run_group_tests_name("session", tests, NULL, NULL);
}
