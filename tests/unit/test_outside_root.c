/*
 * The log, the programs, the configuration and the sessions' directory must
 * not lie in a writable root: not by their path, by a link or by a mount.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <cmocka.h>

#include "outside.h"

static int
set_up(void **state)
{
	if (outside_set_up(state) != 0)
		return -1;
	make("home/", 0755, 0);
	make("root/", 0755, 1);
	make("root/m/", 0755, 1);
	make("beside/", 0755, 1);
	make("beside/file", 0755, 1);
	make("root/file", 0755, 1);
	return symlink("root/file", "link");
}

static int
mount_beside(void)
{
	return mount("beside", "root/m", NULL, MS_BIND, NULL);
}

#define CASE(...) .home = "home", .root = "root", __VA_ARGS__

/* A key whose value is a file: beside the root, in it, linked, mounted. */
static void
judge_file(const char *key, const char *harm)
{
	expect_both(HOLDS, CASE(.keys = { key, "@/beside/file" }));
	expect_both(HOLDS, CASE(.keys = { key, "@/beside/missing" }));
	expect_both(OPEN, CASE(.keys = { key, "@/root/file" }, .named = harm));
	expect_both(OPEN, CASE(.keys = { key, "@/root/missing" }));
	expect_both(OPEN, CASE(.keys = { key, "@/link" }));
	expect_both(OPEN, CASE(.keys = { key, "@/beside/file" },
			      .mount = mount_beside, .named = " as \"m"));
	expect_both(HOLDS,
	    CASE(.keys = { key, "@/root/file", "mode", "read-only" }));
}

static void
log_lies_outside(void **state)
{
	(void)state;
	judge_file("audit", "change the log");
	expect_both(HOLDS, CASE(.keys = { "audit", "journal" }));
	/* Who vouches for the home does not vouch for the log. */
	expect_both(OPEN,
	    CASE(.keys = { "audit", "@/root/file" }, .home_in_root = 1));
}

static void
rsync_lies_outside(void **state)
{
	(void)state;
	judge_file("rsync", "run a program of its own");
	expect_both(HOLDS,
	    CASE(.keys = { "rsync", "@/root/file", "services", "sftp" }));
	/* A machine's restore is vouched for as a whole. */
	expect_both(HOLDS,
	    CASE(.keys = { "rsync", "@/root/file" }, .home_in_root = 1));
}

static void
keys_of_filesonlyd_lie_outside(void **state)
{
	(void)state;
	judge_file("authorized-keys", "let others in");
	expect_both(OPEN, CASE(.keys = { "authorized-keys", "@/root/file" },
			      .home_in_root = 1));
	/* Without a configuration there is one for all. */
	expect_both(HOLDS, CASE(.served = "@/beside/file"));
	expect_both(OPEN,
	    CASE(.served = "@/root/file", .named = "let others in"));
	expect_both(OPEN, CASE(.served = "@/beside/file", .mount = mount_beside,
			      .named = " as \"m"));
	expect_both(HOLDS,
	    CASE(.served = "@/root/file", .keys = { "mode", "read-only" }));
}

static int
mount_beside_read_only(void)
{
	return mount_beside() != 0
		   ? -1
		   : mount(NULL, "root/m", NULL,
			 MS_REMOUNT | MS_BIND | MS_RDONLY, NULL);
}

/* Who reads one can take the server's place: in no mode may it be seen. */
static void
host_keys_lie_outside(void **state)
{
	static const char *const modes[] = { "read-write", "read-only",
		"write-only", "create-only" };

	(void)state;
	for (size_t i = 0; i < sizeof(modes) / sizeof(*modes); i++) {
#define KEY_CASE(...) CASE(.keys = { "mode", modes[i] }, __VA_ARGS__)
		expect_both(HOLDS, KEY_CASE(.host_key = "@/beside/file"));
		expect_both(HOLDS, KEY_CASE(.host_key = "@/beside/missing"));
		expect_both(OPEN,
		    KEY_CASE(.host_key = "@/root/file",
			.named = "take the server's place by the host key"));
		expect_both(OPEN,
		    KEY_CASE(.host_key = "@/link", .home_in_root = 1));
		expect_both(OPEN,
		    KEY_CASE(.host_key = "@/beside/file", .mount = mount_beside,
			.named = " as \"m"));
		expect_both(OPEN, KEY_CASE(.host_key = "@/beside/file",
				      .mount = mount_beside_read_only));
#undef KEY_CASE
	}
	/* A client could make it. */
	expect_both(OPEN, CASE(.host_key = "@/root/missing"));
	expect_both(HOLDS, CASE(.host_key = "@/root/missing",
			       .keys = { "mode", "read-only" }));
	/* Its owner may not be the account, nor its mode a reader's. */
	if (geteuid() == 0)
		assert_int_equal(chown("root/file", 0, 0), 0);
	expect_both(OPEN, CASE(.host_key = "@/root/file"));
	assert_int_equal(link("beside/file", "root/m/second"), 0);
	expect_both(OPEN,
	    CASE(.host_key = "@/beside/file", .named = "another name"));
}

/* "srv/anna" in passwd(5): a login starts from "/", and finds it. */
static void
a_home_that_is_no_path_is_not_outside(void **state)
{
	(void)state;
	expect_both(HOLDS, CASE(.home_is_odd = 0));
	expect_both(OPEN, CASE(.home_is_odd = 1, .named = "no absolute path"));
	expect_both(HOLDS,
	    CASE(.home_is_odd = 1, .keys = { "mode", "read-only" }));
	expect_both(HOLDS, CASE(.home_is_odd = 1, .home_in_root = 1));
}

static void
log_and_rsync_of_another_owner_hold(void **state)
{
	(void)state;
	if (geteuid() != 0)
		return;
	assert_int_equal(chown("root/file", 0, 0), 0);
	expect(ORDINARY, OPEN, CASE(.keys = { "rsync", "@/root/file" }));
	assert_int_equal(chown("root", 0, 0), 0);
	expect(ORDINARY, HOLDS, CASE(.keys = { "rsync", "@/root/file" }));
	expect(ORDINARY, HOLDS, CASE(.keys = { "audit", "@/root/file" }));
	assert_int_equal(chmod("root/file", 0666), 0);
	expect(ORDINARY, OPEN, CASE(.keys = { "audit", "@/root/file" }));
}

static void
sessions_are_counted_outside(void **state)
{
	(void)state;
	expect_both(HOLDS,
	    CASE(.keys = { "sessions-dir", "@/beside", "max-sessions", "2" }));
	expect_both(OPEN,
	    CASE(.keys = { "sessions-dir", "@/root/m", "max-sessions", "2" },
		.named = "have more sessions"));
	expect_both(OPEN,
	    CASE(.keys = { "sessions-dir", "@/beside", "max-sessions", "2" },
		.mount = mount_beside));
	expect_both(OPEN,
	    CASE(.keys = { "sessions-dir", "@/root/m", "max-sessions", "2" },
		.home_in_root = 1));
	/* Nobody counts. */
	expect_both(HOLDS, CASE(.keys = { "sessions-dir", "@/root/m" }));
}

static void
login_shell_lies_outside(void **state)
{
	(void)state;
	expect_both(HOLDS, CASE(.shell = "@/beside/file"));
	expect_both(HOLDS, CASE(.shell = "/bin/sh"));
	expect_both(HOLDS, CASE(.shell = ""));
	expect_both(OPEN,
	    CASE(.shell = "@/root/file", .named = "run a program of its own"));
	expect_both(OPEN,
	    CASE(.shell = "@/beside/file", .mount = mount_beside));
}

/* The account's own: what it says of the root does not count. */
static void
configuration_lies_outside(void **state)
{
	(void)state;
	expect_both(HOLDS, CASE(.config = "@/beside/file"));
	expect_both(OPEN,
	    CASE(.config = "@/root/file", .named = "have another policy"));
	expect_both(OPEN, CASE(.config = "@/root/file", .home_in_root = 1));
	expect_both(OPEN,
	    CASE(.config = "@/beside/file", .mount = mount_beside));
	/* The directories beside it are read, too. */
	assert_int_equal(symlink("../root", "beside/conf.d"), 0);
	expect_both(OPEN, CASE(.config = "@/beside/file", .named = "/conf.d"));
	assert_int_equal(rename("beside/conf.d", "beside/users.d"), 0);
	expect_both(OPEN, CASE(.config = "@/beside/file", .named = "/users.d"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, scratch_remove)
		TEST(log_lies_outside),
		TEST(rsync_lies_outside),
		TEST(keys_of_filesonlyd_lie_outside),
		TEST(host_keys_lie_outside),
		TEST(a_home_that_is_no_path_is_not_outside),
		TEST(log_and_rsync_of_another_owner_hold),
		TEST(sessions_are_counted_outside),
		TEST(login_shell_lies_outside),
		TEST(configuration_lies_outside),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
