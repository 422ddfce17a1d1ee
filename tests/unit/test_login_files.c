/*
 * Where a client could change what a login of the account reads, the session
 * is refused. Each case is a small tree, judged as root and as an ordinary
 * user.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <cmocka.h>

#include "outside.h"

static void
home_beside_the_root_holds(void **state)
{
	(void)state;
	make("home/", 0755, 1);
	make("home/.bashrc", 0644, 1);
	make("root/", 0755, 1);
	expect_both(HOLDS, .home = "home", .root = "root");
	/* The root below the home holds none of its files either. */
	make("home/files/", 0755, 1);
	expect_both(HOLDS, .home = "home", .root = "home/files");
}

static void
home_that_is_the_root_is_open(void **state)
{
	(void)state;
	make("home/", 0755, 1);
	expect_both(OPEN, .home = "home", .root = "home", .named = "/home\"");
	expect_both(OPEN, .home = "home", .root = "home",
	    .keys = { "mode", "write-only" });
	expect_both(OPEN, .home = "home", .root = "home",
	    .keys = { "mode", "create-only" });
}

static void
home_below_the_root_is_open(void **state)
{
	(void)state;
	make("root/", 0755, 1);
	make("root/home/", 0755, 1);
	make("root/home/deep/", 0755, 1);
	expect_both(OPEN, .home = "root/home", .root = "root");
	expect_both(OPEN, .home = "root/home/deep", .root = "root");
}

static void
what_cannot_write_may_hold_it(void **state)
{
	(void)state;
	make("home/", 0755, 1);
	expect_both(HOLDS, .home = "home", .root = "home",
	    .keys = { "mode", "read-only" });
	expect_both(HOLDS, .home = "home", .root = "home", .home_in_root = 1);
}

static void
symlink_hides_no_home(void **state)
{
	(void)state;
	make("root/", 0755, 1);
	make("root/home/", 0755, 1);
	assert_int_equal(symlink("root/home", "link"), 0);
	assert_int_equal(symlink("root", "root-link"), 0);
	expect_both(OPEN, .home = "link", .root = "root");
	expect_both(OPEN, .home = "root/home", .root = "root-link");
}

/* The home lies elsewhere, but its .ssh is a symlink into the root. */
static void
login_file_that_is_linked_into_the_root_is_open(void **state)
{
	(void)state;
	make("home/", 0755, 0);
	make("root/", 0755, 1);
	make("root/ssh/", 0755, 1);
	expect_both(HOLDS, .home = "home", .root = "root");
	assert_int_equal(symlink("../root/ssh", "home/.ssh"), 0);
	expect_both(OPEN, .home = "home", .root = "root", .named = "/.ssh");
	assert_int_equal(unlink("home/.ssh"), 0);
	make("root/rc", 0644, 1);
	assert_int_equal(symlink("../root/rc", "home/.bashrc"), 0);
	expect_both(OPEN, .home = "home", .root = "root", .named = "/.bashrc");
	assert_int_equal(unlink("home/.bashrc"), 0);
	/* systemd starts what unit files there name. */
	make("root/units/", 0755, 1);
	assert_int_equal(symlink("../root/units", "home/.local"), 0);
	expect_both(OPEN, .home = "home", .root = "root", .named = "/.local");
}

/*
 * A short home is read, a longer one asked for each name, as is one with a name
 * that a file system might fold into a login file's.
 */
static void
login_file_is_found_in_a_home_of_any_size(void **state)
{
	char name[64];

	(void)state;
	make("home/", 0755, 0);
	make("root/", 0755, 1);
	make("root/rc", 0644, 1);
	assert_int_equal(symlink("../root/rc", "home/.zshrc"), 0);
	for (int i = 0; i < 300; i++) {
		if (i == 2)
			expect_both(OPEN, .home = "home", .root = "root");
		snprintf(name, sizeof(name), "home/%s-%d",
		    i == 1 ? ".\xc5\xbf\x73h" : "notes", i);
		make(name, 0644, 0);
	}
	expect_both(OPEN, .home = "home", .root = "root", .named = "/.zshrc");
	assert_int_equal(unlink("home/.zshrc"), 0);
	expect_both(HOLDS, .home = "home", .root = "root");
}

/* The same for the directories of the home that hold many of them. */
static void
login_file_is_found_below_the_home_at_any_size(void **state)
{
	static const char *const tops[] = { "home/.config",
		"home/.local/share" };
	char link[64], name[64];

	(void)state;
	make("home/", 0755, 0);
	make("home/.config/", 0755, 0);
	make("home/.local/", 0755, 0);
	make("home/.local/share/", 0755, 0);
	make("root/", 0755, 1);
	make("root/units/", 0755, 1);
	for (int t = 0; t < 2; t++) {
		snprintf(link, sizeof(link), "%s/systemd", tops[t]);
		for (int i = 0; i < 200; i++) {
			snprintf(name, sizeof(name), "%s/%s-%d", tops[t],
			    i == 1 ? "\xc5\xbfystemd" : "notes", i);
			make(name, 0644, 0);
			if (i > 2 && i != 199)
				continue;
			expect_both(HOLDS, .home = "home", .root = "root");
			assert_int_equal(symlink(t == 0 ? "../../root/units"
							: "../../../root/units",
					     link),
			    0);
			expect_both(OPEN, .home = "home", .root = "root",
			    .named = link + strlen("home"));
			assert_int_equal(unlink(link), 0);
		}
	}
}

/* What is missing below a directory of the home, or behind a link there. */
static void
missing_login_file_that_can_be_made_is_open(void **state)
{
	(void)state;
	make("home/", 0755, 0);
	make("home/.config/", 0755, 1);
	make("home/.config/fish/", 0755, 1);
	make("root/", 0755, 1);
	make("root/conf/", 0755, 1);
	expect_both(HOLDS, .home = "home", .root = "root");
	expect(ORDINARY, OPEN, .home = "home", .root = "home");
	assert_int_equal(symlink("../../root/units", "home/.config/systemd"),
	    0);
	expect_both(OPEN, .home = "home", .root = "root",
	    .named = "/.config/systemd");
	assert_int_equal(unlink("home/.config/systemd"), 0);
	expect_both(HOLDS, .home = "home", .root = "root");
	assert_int_equal(symlink("../../../root/conf",
			     "home/.config/fish/functions"),
	    0);
	expect_both(OPEN, .home = "home", .root = "root",
	    .named = "/.config/fish/");
}

/* useradd without -m: who makes the home owns it. */
static void
missing_home_that_can_be_made_is_open(void **state)
{
	(void)state;
	make("root/", 0755, 1);
	make("root/kept/", 0755, 0);
	expect_both(HOLDS, .home = "nowhere", .root = "root");
	expect_both(HOLDS, .home = "nowhere/deep/home", .root = "root");
	expect_both(OPEN, .home = "root/nowhere", .root = "root",
	    .named = "root\": the account could change");
	expect_both(OPEN, .home = "root/nowhere/deep/home", .root = "root");
	assert_int_equal(symlink("root/dangling", "link"), 0);
	expect_both(OPEN, .home = "link/home", .root = "root");
	/* Not where the directory is another's. */
	if (geteuid() == 0)
		expect(ORDINARY, HOLDS, .home = "root/kept/home",
		    .root = "root/kept");
}

/* A symlink in the root is the client's to replace, wherever it leads. */
static void
home_behind_a_symlink_in_the_root_is_open(void **state)
{
	(void)state;
	make("homes/", 0755, 0);
	make("homes/home/", 0755, 0);
	make("root/", 0755, 1);
	assert_int_equal(symlink("../homes", "root/link"), 0);
	expect_both(OPEN, .home = "root/link/home", .root = "root");
	assert_int_equal(symlink("root/link", "outer"), 0);
	expect_both(OPEN, .home = "outer/home", .root = "root");
	/* By ".." it leads through the root, too. */
	assert_int_equal(symlink("root/link/../homes", "around"), 0);
	expect_both(OPEN, .home = "around/home", .root = "root");
	if (geteuid() != 0)
		return;
	assert_int_equal(chown("root", 0, 0), 0);
	expect(ORDINARY, HOLDS, .home = "outer/home", .root = "root");
}

static void
home_that_cannot_be_looked_at_is_open(void **state)
{
	(void)state;
	if (geteuid() != 0)
		return;
	make("root/", 0755, 1);
	make("shut/", 0755, 0);
	make("shut/home/", 0755, 0);
	expect(ORDINARY, HOLDS, .home = "shut/home", .root = "root");
	assert_int_equal(chmod("shut", 0700), 0);
	expect(ORDINARY, OPEN, .home = "shut/home", .root = "root",
	    .named = "can't be looked at");
	/* What the account has shut it can open again. */
	assert_int_equal(chown("root", 0, 0), 0);
	make("root/own/", 0, 1);
	make("root/own/home/", 0755, 0);
	expect(ORDINARY, OPEN, .home = "root/own/home", .root = "root");
}

/* Who may write a file by another name need not find the home. */
static void
login_file_with_a_name_elsewhere_is_open(void **state)
{
	(void)state;
	make("home/", 0755, 0);
	make("home/.bashrc", 0644, 1);
	make("root/", 0755, 1);
	expect_both(HOLDS, .home = "home", .root = "root");
	assert_int_equal(link("home/.bashrc", "root/innocent"), 0);
	expect(ORDINARY, OPEN, .home = "home", .root = "root",
	    .named = "hard link");
	expect(ROOT, HOLDS, .home = "home", .root = "root");
	if (geteuid() != 0)
		return;
	assert_int_equal(chown("home/.bashrc", 0, 0), 0);
	expect(ORDINARY, HOLDS, .home = "home", .root = "root");
}

/* In a home that is another's and is the root: the account's one file there. */
static void
each_login_file_counts(void **state)
{
	static const char *const names[] = { ".google_authenticator", "bin/",
		".local/", ".dovecot.sieve", ".dovecot.svbin", ".k5login",
		".k5users", ".rhosts", ".shosts", ".pam_environment",
		".config/", ".forward", ".procmailrc", ".bashrc.d/",
		".bash_logout", ".xsession", ".ssh/", ".zshenv",
		".config/fish/", ".config/systemd/", ".config/environment.d/",
		".config/user-tmpfiles.d/", ".local/share/",
		".config/fish/config.fish", ".ssh/keys", ".bashrc.d/mine",
		".config/environment.d/mine.conf" };

	(void)state;
	if (geteuid() != 0)
		return;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		struct place place = { .home = ".", .root = "." };
		char path[128];

		snprintf(path, sizeof(path), "%s", names[i]);
		for (char *at = path; (at = strchr(at, '/')) != NULL; at++) {
			*at = '\0';
			(void)!mkdir(path, 0755);
			*at = '/';
		}
		if (path[strlen(path) - 1] != '/')
			make(path, 0644, 0);
		else
			path[strlen(path) - 1] = '\0';
		expect_place(ORDINARY, place, HOLDS);
		assert_int_equal(chown(path, NOBODY, NOBODY), 0);
		place.named = path;
		expect_place(ORDINARY, place, OPEN);
		assert_int_equal(chown(path, 0, 0), 0);
	}
	/* What no login reads does not count. */
	make("notes", 0644, 1);
	make("files/", 0755, 1);
	expect(ORDINARY, HOLDS, .home = ".", .root = ".");
}

/* What belongs to root and can't be written is nobody's way to a shell. */
static void
login_files_of_another_owner_hold(void **state)
{
	(void)state;
	expect(ORDINARY, HOLDS, .home = "/etc", .root = "/etc");
	expect(ROOT, OPEN, .home = "/etc", .root = "/etc");
	if (geteuid() != 0)
		return;
	make("home/", 0755, 0);
	make("home/.ssh/", 0755, 0);
	make("home/.ssh/authorized_keys", 0644, 0);
	make("home/.bashrc", 0644, 0);
	make("home/files/", 0755, 1);
	expect(ORDINARY, HOLDS, .home = "home", .root = "home");
	/* One that is theirs, or that everyone may write, opens it again. */
	assert_int_equal(chown("home/.bashrc", NOBODY, NOBODY), 0);
	expect(ORDINARY, OPEN, .home = "home", .root = "home",
	    .named = "/.bashrc");
	assert_int_equal(chown("home/.bashrc", 0, 0), 0);
	expect(ORDINARY, HOLDS, .home = "home", .root = "home");
	assert_int_equal(chmod("home/.ssh", 0777), 0);
	expect(ORDINARY, OPEN, .home = "home", .root = "home",
	    .named = "/.ssh");
}

/* A directory on the way that is theirs can be renamed and replaced. */
static void
directory_on_the_way_within_reach_is_open(void **state)
{
	(void)state;
	if (geteuid() != 0)
		return;
	make("root/", 0755, 0);
	make("root/a/", 0755, 0);
	make("root/a/home/", 0755, 0);
	expect(ORDINARY, HOLDS, .home = "root/a/home", .root = "root");
	assert_int_equal(chown("root/a", NOBODY, NOBODY), 0);
	expect(ORDINARY, OPEN, .home = "root/a/home", .root = "root");
	assert_int_equal(chown("root/a", 0, 0), 0);
	assert_int_equal(chmod("root", 0777), 0);
	expect(ORDINARY, OPEN, .home = "root/a/home", .root = "root");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name) \
	cmocka_unit_test_setup_teardown(name, outside_set_up, scratch_remove)
		TEST(home_beside_the_root_holds),
		TEST(home_that_is_the_root_is_open),
		TEST(home_below_the_root_is_open),
		TEST(what_cannot_write_may_hold_it),
		TEST(symlink_hides_no_home),
		TEST(login_file_that_is_linked_into_the_root_is_open),
		TEST(login_file_is_found_in_a_home_of_any_size),
		TEST(login_file_is_found_below_the_home_at_any_size),
		TEST(missing_login_file_that_can_be_made_is_open),
		TEST(missing_home_that_can_be_made_is_open),
		TEST(home_behind_a_symlink_in_the_root_is_open),
		TEST(home_that_cannot_be_looked_at_is_open),
		TEST(login_file_with_a_name_elsewhere_is_open),
		TEST(each_login_file_counts),
		TEST(login_files_of_another_owner_hold),
		TEST(directory_on_the_way_within_reach_is_open),
	};

	return cmocka_run_group_tests_name("login files", tests, NULL, NULL);
}
