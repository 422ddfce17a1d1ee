/*
 * Mounts show a home, or a part of it, in a root that does not hold it by its
 * path. Each case mounts in a namespace of its own.
 */
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <time.h>
#include <cmocka.h>

#include "outside.h"

static int
bind(const char *from, const char *to)
{
	return mount(from, to, NULL, MS_BIND, NULL);
}

/* home/ and root/ side by side, each the account's, with places to mount. */
static int
set_up(void **state)
{
	if (outside_set_up(state) != 0)
		return -1;
	make("homes/", 0755, 0);
	make("homes/home/", 0755, 1);
	make("homes/home/.bashrc", 0644, 1);
	make("homes/home/.ssh/", 0700, 1);
	make("root/", 0755, 1);
	make("root/m/", 0755, 1);
	make("root/m/deep/", 0755, 1);
	make("root/file", 0644, 1);
	return 0;
}

#define CASE(...) .home = "homes/home", .root = "root", __VA_ARGS__

static void
without_mounts_it_holds(void **state)
{
	(void)state;
	expect_both(HOLDS, .home = "homes/home", .root = "root");
}

static int
mount_home(void)
{
	return bind("homes/home", "root/m");
}

static void
home_that_is_mounted_in_the_root_is_open(void **state)
{
	(void)state;
	expect_both(OPEN, CASE(.mount = mount_home, .named = " as \"m\""));
	expect_both(HOLDS, CASE(.mount = mount_home, .home_in_root = 1));
	expect_both(HOLDS,
	    CASE(.mount = mount_home, .keys = { "mode", "read-only" }));
}

static int
mount_home_deep(void)
{
	return bind("homes/home", "root/m/deep");
}

static int
mount_homes(void)
{
	return bind("homes", "root/m");
}

static int
mount_ssh(void)
{
	return bind("homes/home/.ssh", "root/m");
}

static int
mount_bashrc(void)
{
	return bind("homes/home/.bashrc", "root/file");
}

/* The directory above the home, one in it, one file of it. */
static void
part_of_a_home_that_is_mounted_in_the_root_is_open(void **state)
{
	(void)state;
	expect_both(OPEN,
	    CASE(.mount = mount_home_deep, .named = " as \"m/deep\""));
	expect(ROOT, OPEN, CASE(.mount = mount_homes));
	expect(ORDINARY, OPEN,
	    CASE(.mount = mount_homes, .named = " as \"m/home\""));
	expect_both(OPEN, CASE(.mount = mount_ssh, .named = "/.ssh"));
	expect_both(OPEN, CASE(.mount = mount_bashrc, .named = "/.bashrc"));
}

static int
mount_notes(void)
{
	return mkdir("homes/home/notes", 0755) != 0 ||
		       bind("homes/home/notes", "root/m") != 0
		   ? -1
		   : 0;
}

static int
mount_sibling(void)
{
	return mkdir("homes/home2", 0755) != 0 ||
		       bind("homes/home2", "root/m") != 0
		   ? -1
		   : 0;
}

/* What no login reads, and a name that only begins like the home's. */
static void
other_directories_may_be_mounted_in_the_root(void **state)
{
	(void)state;
	expect(ORDINARY, HOLDS, CASE(.mount = mount_notes));
	assert_int_equal(rmdir("homes/home/notes"), 0);
	expect(ORDINARY, HOLDS, CASE(.mount = mount_sibling));
}

static int
mount_root(void)
{
	return bind("homes/home", "root");
}

static int
mount_on_home(void)
{
	return bind("root", "homes/home");
}

static void
root_and_home_that_are_one_by_a_mount_are_open(void **state)
{
	(void)state;
	expect_both(OPEN, CASE(.mount = mount_root));
	expect_both(OPEN, CASE(.mount = mount_on_home));
}

/* A file system of its own: its top in the root, a directory of it the home. */
static int
mount_file_system_twice(void)
{
	return mount("own", "root/m", "tmpfs", 0, "mode=0755") != 0 ||
		       mkdir("root/m/homes", 0755) != 0 ||
		       mkdir("root/m/homes/anna", 0755) != 0 ||
		       chown("root/m/homes/anna", NOBODY, NOBODY) != 0 ||
		       bind("root/m/homes/anna", "homes/home") != 0
		   ? -1
		   : 0;
}

static void
home_on_a_file_system_that_the_root_shows_is_open(void **state)
{
	(void)state;
	expect_both(OPEN, CASE(.mount = mount_file_system_twice,
			      .named = " as \"m/homes/anna\""));
}

static int
mount_covered(void)
{
	return bind("homes/home", "root/m/deep") != 0 ||
		       mount("cover", "root/m", "tmpfs", 0, "mode=0755") != 0 ||
		       mkdir("root/m/deep", 0755) != 0
		   ? -1
		   : 0;
}

static int
mount_stacked(void)
{
	return bind("homes/home", "root/m") != 0 ||
		       mount("cover", "root/m", "tmpfs", 0, "mode=0755") != 0
		   ? -1
		   : 0;
}

static int
mount_stacked_on_top(void)
{
	return mount("below", "root/m", "tmpfs", 0, "mode=0755") != 0
		   ? -1
		   : mount_home();
}

/* What lies below another mount can't be reached; what lies on it can. */
static void
mounts_are_judged_by_what_is_seen(void **state)
{
	(void)state;
	expect_both(HOLDS, CASE(.mount = mount_covered));
	expect_both(HOLDS, CASE(.mount = mount_stacked));
	expect_both(OPEN, CASE(.mount = mount_stacked_on_top));
}

/* The login sees another directory than the one that the root shows. */
static int
mount_over_the_home(void)
{
	return mount_home() != 0 ||
		       mount("new", "homes/home", "tmpfs", 0, "mode=0755") != 0
		   ? -1
		   : 0;
}

static void
home_that_is_covered_holds(void **state)
{
	(void)state;
	expect_both(HOLDS, CASE(.mount = mount_over_the_home));
}

/* On a file system of its own, whose mount point lies in what is shown. */
static int
mount_homes_and_one_of_its_own(void)
{
	return mount_homes() != 0 ||
		       mount("new", "homes/home", "tmpfs", 0, "mode=0755") != 0
		   ? -1
		   : 0;
}

static void
directory_above_a_home_of_its_own_mount_is_open(void **state)
{
	(void)state;
	expect(ROOT, OPEN,
	    CASE(.mount = mount_homes_and_one_of_its_own,
		.named = "/homes\" as \"m\""));
	expect(ORDINARY, HOLDS, CASE(.mount = mount_homes_and_one_of_its_own));
	if (geteuid() != 0)
		return;
	assert_int_equal(chown("homes", NOBODY, NOBODY), 0);
	expect(ORDINARY, OPEN, CASE(.mount = mount_homes_and_one_of_its_own));
}

static int
mount_read_only(void)
{
	return mount_home() != 0 ||
		       mount(NULL, "root/m", NULL,
			   MS_REMOUNT | MS_BIND | MS_RDONLY, NULL) != 0
		   ? -1
		   : 0;
}

static void
mount_that_cannot_be_written_holds(void **state)
{
	(void)state;
	expect_both(HOLDS, CASE(.mount = mount_read_only));
}

/* The home's own mount is read-only, but not the one in the root. */
static int
mount_home_read_only(void)
{
	return bind("homes", "homes") != 0 || mount_home() != 0 ||
		       mount(NULL, "homes", NULL,
			   MS_REMOUNT | MS_BIND | MS_RDONLY, NULL) != 0
		   ? -1
		   : 0;
}

static void
home_that_only_the_root_can_write_is_open(void **state)
{
	(void)state;
	expect_both(OPEN, CASE(.mount = mount_home_read_only));
}

static int
mount_behind_a_barrier(void)
{
	return mount_home_deep() != 0 || chmod("root/m", 0700) != 0 ||
		       chown("root/m", 0, 0) != 0
		   ? -1
		   : 0;
}

static int
mount_behind_an_own_barrier(void)
{
	return mount_home_deep() != 0 || chmod("root/m", 0) != 0 ? -1 : 0;
}

static void
directory_that_keeps_the_account_out_holds(void **state)
{
	(void)state;
	expect(ORDINARY, HOLDS, CASE(.mount = mount_behind_a_barrier));
	if (geteuid() == 0)
		assert_int_equal(chown("root/m", NOBODY, NOBODY), 0);
	expect(ORDINARY, OPEN, CASE(.mount = mount_behind_an_own_barrier));
}

static int
mount_at_odd_names(void)
{
	static const char home[] = "homes/b \t\n\\040\xff";
	static const char point[] = "root/a \t\n\\040\xff";

	if (mkdir(home, 0755) != 0 || mkdir(point, 0755) != 0 ||
	    chown(home, NOBODY, NOBODY) != 0)
		return -1;
	return bind(home, point);
}

static void
odd_names_hide_no_mount(void **state)
{
	(void)state;
	expect(ORDINARY, OPEN, .home = "homes/b \t\n\\040\xff", .root = "root",
	    .mount = mount_at_odd_names,
	    .named = " as \"a \\t\\n\\\\040\\xff\"");
}

/* One file system only: SFTP enters no mount; rsync's word is its own. */
static void
mounts_that_are_not_crossed_hold(void **state)
{
	struct place place = { CASE(.mount = mount_home) };

	(void)state;
	place.one_file_system = 1;
	expect_place(ORDINARY, place, OPEN);
	place.keys[0] = "services";
	place.keys[1] = "sftp";
	expect_place(ORDINARY, place, HOLDS);
}

static int
mount_many(void)
{
	enum { MANY = 3000 };
	char name[64];

	if (mount("many", "root/m", "tmpfs", 0, "mode=0755") != 0)
		return -1;
	for (int i = 0; i < MANY; i++) {
		snprintf(name, sizeof(name), "root/m/%d", i);
		if (mkdir(name, 0755) != 0 || bind(name, name) != 0)
			return -1;
	}
	return 0;
}

static int
mount_many_and_home(void)
{
	return mount_many() != 0 || bind("homes/home", "root/m/2999") != 0 ? -1
									   : 0;
}

static double
seconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static int
act_timed(const void *context)
{
	double began;
	int result;

	if (outside_mounted(context) >= 0)
		return PRIVATE_NOT_POSSIBLE;
	began = seconds();
	result = outside_act_ordinary(context);
	fprintf(stderr, "# %.1f ms\n", (seconds() - began) * 1e3);
	/* A twentieth of it is usual. */
	return seconds() - began < 0.5 ? result : CHILD_FAILED;
}

static void
thousands_of_mounts_are_quick(void **state)
{
	struct place place = { CASE(.mount = mount_many) };
	int result;

	(void)state;
	if (geteuid() != 0)
		skip();
	result = child_run(0, act_timed, &place);
	if (result == PRIVATE_NOT_POSSIBLE)
		skip();
	assert_int_equal(result, HOLDS);
	place.mount = mount_many_and_home;
	assert_int_equal(child_run(0, act_timed, &place), OPEN);
}

/* A chroot as sshd's ChrootDirectory makes it: jail/, which root owns. */
static int
mount_chroot_without_proc(void)
{
	return mkdir("jail", 0755) != 0 || mkdir("jail/root", 0755) != 0 ||
		       chown("jail/root", NOBODY, NOBODY) != 0
		   ? -1
		   : 0;
}

static int
mount_chroot(void)
{
	return mount_chroot_without_proc() != 0 ||
		       mkdir("jail/proc", 0755) != 0 ||
		       mount("proc", "jail/proc", "proc", 0, NULL) != 0
		   ? -1
		   : 0;
}

static int
mount_home_in_chroot(void)
{
	return mount_chroot() != 0 || mkdir("jail/root/m", 0755) != 0 ||
		       bind("homes/home", "jail/root/m") != 0
		   ? -1
		   : 0;
}

static int
mount_chroot_with_own_ssh(void)
{
	return mount_chroot() != 0 || mkdir("jail/.ssh", 0700) != 0 ||
		       chown("jail/.ssh", NOBODY, NOBODY) != 0
		   ? -1
		   : 0;
}

#define IN_CHROOT(...) .home = "/homes/home", .chroot = "jail", __VA_ARGS__

static void
chroot_is_served_where_nothing_is_mounted(void **state)
{
	(void)state;
	expect(ORDINARY, HOLDS,
	    IN_CHROOT(.root = "/root", .mount = mount_chroot));
}

static void
chroot_with_the_whole_as_root_is_served(void **state)
{
	(void)state;
	expect(ORDINARY, HOLDS, IN_CHROOT(.root = "/", .mount = mount_chroot));
}

static void
mount_in_a_chroot_may_be_the_home(void **state)
{
	(void)state;
	expect(ORDINARY, OPEN,
	    IN_CHROOT(.root = "/root", .mount = mount_home_in_chroot,
		.named = "in a chroot"));
}

/* ChrootDirectory %h: sshd reads the .ssh that the client sees as /.ssh. */
static void
chroot_may_be_the_home(void **state)
{
	(void)state;
	expect(ORDINARY, OPEN,
	    IN_CHROOT(.root = "/", .mount = mount_chroot_with_own_ssh,
		.named = "/.ssh"));
}

static void
without_proc_nothing_is_known(void **state)
{
	(void)state;
	expect(ORDINARY, OPEN,
	    IN_CHROOT(.root = "/root", .mount = mount_chroot_without_proc,
		.named = "/proc"));
}

static void
without_proc_the_administrator_may_know(void **state)
{
	(void)state;
	expect(ORDINARY, HOLDS,
	    IN_CHROOT(.root = "/root", .mount = mount_chroot_without_proc,
		.home_in_root = 1));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, scratch_remove)
		TEST(without_mounts_it_holds),
		TEST(home_that_is_mounted_in_the_root_is_open),
		TEST(part_of_a_home_that_is_mounted_in_the_root_is_open),
		TEST(other_directories_may_be_mounted_in_the_root),
		TEST(root_and_home_that_are_one_by_a_mount_are_open),
		TEST(home_on_a_file_system_that_the_root_shows_is_open),
		TEST(mounts_are_judged_by_what_is_seen),
		TEST(home_that_is_covered_holds),
		TEST(directory_above_a_home_of_its_own_mount_is_open),
		TEST(mount_that_cannot_be_written_holds),
		TEST(home_that_only_the_root_can_write_is_open),
		TEST(directory_that_keeps_the_account_out_holds),
		TEST(odd_names_hide_no_mount),
		TEST(mounts_that_are_not_crossed_hold),
		TEST(thousands_of_mounts_are_quick),
		TEST(chroot_is_served_where_nothing_is_mounted),
		TEST(chroot_with_the_whole_as_root_is_served),
		TEST(mount_in_a_chroot_may_be_the_home),
		TEST(chroot_may_be_the_home),
		TEST(without_proc_nothing_is_known),
		TEST(without_proc_the_administrator_may_know),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
