/*
 * A narrower root lies in the wider one, whatever links and dots its path
 * holds: the kernel walks it, beneath.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/stat.h>
#include <cmocka.h>

#include "policy/policy.h"
#include "root/root.h"
#include "scratch.h"

static int
set_up(void **state)
{
	(void)state;
	return scratch_make(0700) == 0 && mkdir("root", 0755) == 0 &&
		       mkdir("root/a", 0755) == 0 &&
		       mkdir("root/a/b", 0755) == 0 &&
		       mkdir("outside", 0755) == 0 &&
		       symlink("a/b", "root/inner") == 0 &&
		       symlink("../outside", "root/outer") == 0 &&
		       symlink("/", "root/top") == 0 &&
		       symlink("/a", "root/absolute") == 0
		   ? 0
		   : -1;
}

/* Returns 0 where below became the root and is that directory, else errno. */
static int
narrow(const char *below, const char *is)
{
	struct root root;
	struct stat st, wanted;
	char path[256], own[PATH_MAX];
	int error;

	assert_int_equal(root_open(&root, "root", false), 0);
	error = root_narrow(&root, below) == 0 ? 0 : errno;
	snprintf(path, sizeof(path), "%s/%s", top, is);
	assert_int_equal(stat(path, &wanted), 0);
	assert_int_equal(fstat(root.fd, &st), 0);
	assert_int_equal(st.st_ino, wanted.st_ino);
	assert_int_equal(st.st_dev, wanted.st_dev);
	assert_true(root_own_path(&root, own) > 0);
	assert_string_equal(own, path);
	root_close(&root);
	return error;
}

static void
directories_and_links_in_the_root(void **state)
{
	(void)state;
	assert_int_equal(narrow("a", "root/a"), 0);
	assert_int_equal(narrow("a/b/", "root/a/b"), 0);
	assert_int_equal(narrow("inner", "root/a/b"), 0);
	assert_int_equal(narrow("a/../a/b", "root/a/b"), 0);
	assert_int_equal(narrow(".", "root"), 0);
}

static void
what_leads_out_leaves_the_root_as_it_was(void **state)
{
	(void)state;
	assert_int_equal(narrow("..", "root"), EXDEV);
	assert_int_equal(narrow("../outside", "root"), EXDEV);
	assert_int_equal(narrow("a/../../root/a", "root"), EXDEV);
	assert_int_equal(narrow("outer", "root"), EXDEV);
	assert_int_equal(narrow("top", "root"), EXDEV);
	assert_int_equal(narrow("absolute", "root"), EXDEV);
	assert_int_equal(narrow("/", "root"), EXDEV);
	assert_int_equal(narrow("missing", "root"), ENOENT);
}

/* Returns 0 where below became the root though these names are barred. */
static int
narrow_barred(const char *below, char *glob, bool denies)
{
	const struct texts globs = { .at = &glob, .count = 1 };
	struct root root;
	int error;

	assert_int_equal(root_open(&root, "root", false), 0);
	root_bar(&root, denies ? NULL : &globs, denies ? &globs : NULL);
	error = root_narrow(&root, below) == 0 ? 0 : errno;
	root_close(&root);
	return error;
}

/* A root that is the barred directory itself would bar nothing of it. */
static void
what_is_barred_becomes_no_root(void **state)
{
	static const char *const ways[] = { "a/b", "inner", "a/../a/b",
		"a/b/." };
	char barred[] = "b", other[] = "c";

	(void)state;
	for (size_t i = 0; i < sizeof(ways) / sizeof(ways[0]); i++) {
		assert_int_equal(narrow_barred(ways[i], other, true), 0);
		assert_int_equal(narrow_barred(ways[i], other, false), 0);
		assert_int_equal(narrow_barred(ways[i], barred, true), EACCES);
		assert_int_equal(narrow_barred(ways[i], barred, false), ENOENT);
	}
	assert_int_equal(narrow_barred("a", barred, true), 0);
	/* Nor does it tell whether it is there. */
	assert_int_equal(narrow_barred("a/b/..", barred, false), ENOENT);
	assert_int_equal(narrow_barred("a/b/../../a", barred, false), ENOENT);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
		    directories_and_links_in_the_root, set_up, scratch_remove),
		cmocka_unit_test_setup_teardown(what_is_barred_becomes_no_root,
		    set_up, scratch_remove),
		cmocka_unit_test_setup_teardown(
		    what_leads_out_leaves_the_root_as_it_was, set_up,
		    scratch_remove),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
