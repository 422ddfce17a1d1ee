/*
 * Where a writable root holds what a login reads, the session is refused:
 * unless nobody but another can change it. Each case is a small tree, judged
 * as root and as an ordinary user.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <cmocka.h>

#include "child.h"
#include "gate/login_files.h"
#include "policy/policy.h"
#include "root/root.h"
#include "scratch.h"

enum { HOLDS = 0, OPEN = 1, ROOT = 0, ORDINARY = 1 };

/* A case: home and root are names below top (or absolute). */
struct place {
	const char *home;
	const char *root;
	const char *mode;
	int home_in_root;
	const char *named; /* what the sentence must name, or NULL */
};

static int
set_up(void **state)
{
	(void)state;
	umask(0);
	return scratch_make(0755);
}

/* Directories end in a slash; "theirs": the ordinary user's, where we can. */
static void
make(const char *name, mode_t mode, int theirs)
{
	if (name[strlen(name) - 1] == '/')
		assert_int_equal(mkdir(name, mode), 0);
	else
		scratch_put(name, "", mode);
	if (theirs && geteuid() == 0)
		assert_int_equal(chown(name, NOBODY, NOBODY), 0);
}

static void
absolute(char *path, size_t size, const char *name)
{
	if (name[0] == '/')
		snprintf(path, size, "%s", name);
	else
		snprintf(path, size, "%s/%s", top, name);
}

static int
act_judge(const void *context)
{
	const struct place *place = context;
	struct session session = { .uid = getuid(), .gid = getgid() };
	char room[1024], path[PATH_MAX];
	struct policy policy;
	struct root root;
	struct buf why;
	const struct config_origin origin = { .by_root = false };
	bool holds;

	policy_init(&policy);
	buf_init(&why, room, sizeof(room));
	absolute(session.home, sizeof(session.home), place->home);
	absolute(path, sizeof(path), place->root);
	policy.home_in_root = place->home_in_root;
	if (place->mode != NULL &&
	    policy_set(&policy, "mode", place->mode, &why) != 0)
		return CHILD_FAILED;
	if (root_open(&root, path, false) != 0)
		return CHILD_FAILED;
	holds = login_files_are_safe(&session, &policy, &origin, &root, &why);
	root_close(&root);
	policy_free(&policy);
	if (holds)
		return why.len == 0 ? HOLDS : CHILD_FAILED;
	if (place->named != NULL &&
	    strstr(buf_text(&why), place->named) == NULL)
		return CHILD_FAILED;
	return strstr(buf_text(&why), "--home-in-root") != NULL ? OPEN
								: CHILD_FAILED;
}

static void
expect(int ordinary, struct place place, int result)
{
	if (!ordinary && geteuid() != 0)
		return;
	assert_int_equal(child_run(ordinary, act_judge, &place), result);
}

/* For root and the ordinary user alike. */
static void
expect_both(struct place place, int result)
{
	expect(ROOT, place, result);
	expect(ORDINARY, place, result);
}

static void
home_beside_the_root_holds(void **state)
{
	(void)state;
	make("home/", 0755, 1);
	make("home/.bashrc", 0644, 1);
	make("root/", 0755, 1);
	expect_both((struct place){ "home", "root", NULL, 0, NULL }, HOLDS);
	/* The root below the home holds none of its files either. */
	make("home/files/", 0755, 1);
	expect_both((struct place){ "home", "home/files", NULL, 0, NULL },
	    HOLDS);
}

static void
home_that_is_the_root_is_open(void **state)
{
	(void)state;
	make("home/", 0755, 1);
	expect_both((struct place){ "home", "home", NULL, 0, "/home/" }, OPEN);
	expect_both((struct place){ "home", "home", "write-only", 0, NULL },
	    OPEN);
	expect_both((struct place){ "home", "home", "create-only", 0, NULL },
	    OPEN);
}

static void
home_below_the_root_is_open(void **state)
{
	(void)state;
	make("root/", 0755, 1);
	make("root/home/", 0755, 1);
	make("root/home/deep/", 0755, 1);
	expect_both((struct place){ "root/home", "root", NULL, 0, NULL }, OPEN);
	expect_both((struct place){ "root/home/deep", "root", NULL, 0, NULL },
	    OPEN);
}

static void
what_cannot_write_may_hold_it(void **state)
{
	(void)state;
	make("home/", 0755, 1);
	expect_both((struct place){ "home", "home", "read-only", 0, NULL },
	    HOLDS);
	expect_both((struct place){ "home", "home", NULL, 1, NULL }, HOLDS);
}

static void
symlink_hides_no_home(void **state)
{
	(void)state;
	make("root/", 0755, 1);
	make("root/home/", 0755, 1);
	assert_int_equal(symlink("root/home", "link"), 0);
	assert_int_equal(symlink("root", "root-link"), 0);
	expect_both((struct place){ "link", "root", NULL, 0, NULL }, OPEN);
	expect_both((struct place){ "root/home", "root-link", NULL, 0, NULL },
	    OPEN);
}

/* The home lies elsewhere, but its .ssh is a symlink into the root. */
static void
lock_that_is_linked_into_the_root_is_open(void **state)
{
	(void)state;
	make("home/", 0755, 0);
	make("root/", 0755, 1);
	make("root/ssh/", 0755, 1);
	expect_both((struct place){ "home", "root", NULL, 0, NULL }, HOLDS);
	assert_int_equal(symlink("../root/ssh", "home/.ssh"), 0);
	expect_both((struct place){ "home", "root", NULL, 0, "/.ssh" }, OPEN);
	assert_int_equal(unlink("home/.ssh"), 0);
	make("root/rc", 0644, 1);
	assert_int_equal(symlink("../root/rc", "home/.bashrc"), 0);
	expect_both((struct place){ "home", "root", NULL, 0, "/.bashrc" },
	    OPEN);
	assert_int_equal(unlink("home/.bashrc"), 0);
	/* systemd starts what unit files there name. */
	make("root/units/", 0755, 1);
	assert_int_equal(symlink("../root/units", "home/.local"), 0);
	expect_both((struct place){ "home", "root", NULL, 0, "/.local" }, OPEN);
}

static void
missing_home_is_no_lock(void **state)
{
	(void)state;
	make("root/", 0755, 1);
	expect_both((struct place){ "nowhere", "root", NULL, 0, NULL }, HOLDS);
	expect_both((struct place){ "root/nowhere", "root", NULL, 0, NULL },
	    HOLDS);
}

/* What belongs to root and can't be written is nobody's way to a shell. */
static void
locks_of_another_owner_hold(void **state)
{
	(void)state;
	expect(ORDINARY, (struct place){ "/etc", "/etc", NULL, 0, NULL },
	    HOLDS);
	expect(ROOT, (struct place){ "/etc", "/etc", NULL, 0, NULL }, OPEN);
	if (geteuid() != 0)
		return;
	make("home/", 0755, 0);
	make("home/.ssh/", 0755, 0);
	make("home/.ssh/authorized_keys", 0644, 0);
	make("home/.bashrc", 0644, 0);
	make("home/files/", 0755, 1);
	expect(ORDINARY, (struct place){ "home", "home", NULL, 0, NULL },
	    HOLDS);
	/* One that is theirs, or that everyone may write, opens it again. */
	assert_int_equal(chown("home/.bashrc", NOBODY, NOBODY), 0);
	expect(ORDINARY, (struct place){ "home", "home", NULL, 0, "/.bashrc" },
	    OPEN);
	assert_int_equal(chown("home/.bashrc", 0, 0), 0);
	expect(ORDINARY, (struct place){ "home", "home", NULL, 0, NULL },
	    HOLDS);
	assert_int_equal(chmod("home/.ssh", 0777), 0);
	expect(ORDINARY, (struct place){ "home", "home", NULL, 0, "/.ssh" },
	    OPEN);
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
	expect(ORDINARY, (struct place){ "root/a/home", "root", NULL, 0, NULL },
	    HOLDS);
	assert_int_equal(chown("root/a", NOBODY, NOBODY), 0);
	expect(ORDINARY, (struct place){ "root/a/home", "root", NULL, 0, NULL },
	    OPEN);
	assert_int_equal(chown("root/a", 0, 0), 0);
	assert_int_equal(chmod("root", 0777), 0);
	expect(ORDINARY, (struct place){ "root/a/home", "root", NULL, 0, NULL },
	    OPEN);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, scratch_remove)
		TEST(home_beside_the_root_holds),
		TEST(home_that_is_the_root_is_open),
		TEST(home_below_the_root_is_open),
		TEST(what_cannot_write_may_hold_it),
		TEST(symlink_hides_no_home),
		TEST(lock_that_is_linked_into_the_root_is_open),
		TEST(missing_home_is_no_lock),
		TEST(locks_of_another_owner_hold),
		TEST(directory_on_the_way_within_reach_is_open),
	};

	return cmocka_run_group_tests_name("locks", tests, NULL, NULL);
}
