/* A barred name that a link passes through answers alike, there or not. */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cmocka.h>

#include "policy/policy.h"
#include "root/root.h"
#include "scratch.h"

static struct root root;

static int
set_up(void **state)
{
	(void)state;
	if (scratch_make(0700) != 0 || mkdir("d", 0755) != 0 ||
	    symlink(".git/../x", "through") != 0 ||
	    symlink("/d/../.git/../x", "around") != 0 ||
	    symlink("through", "twice") != 0 ||
	    symlink("../.git/..", "d/up") != 0 || symlink("x", "fine") != 0 ||
	    symlink("d/./..//d/../x", "long") != 0)
		return -1;
	scratch_put("x", "x", 0644);
	return root_open(&root, ".", false);
}

static int
tear_down(void **state)
{
	root_close(&root);
	return scratch_remove(state);
}

/* 0 or errno. */
static int
look(const char *raw, enum follow follow)
{
	struct relpath path;
	struct stat st;

	assert_int_equal(relpath_parse(&path, raw, strlen(raw), NULL), 0);
	return root_stat(&root, &path, follow, &st) == 0 ? 0 : errno;
}

static void
a_link_through_a_barred_name_tells_nothing(void **state)
{
	static const char *const ways[] = { "through", "around", "twice",
		"d/up/x", ".git/../x", "d/../.git/../x" };
	char *name = (char[]){ ".git" };
	const struct texts globs = { .at = &name, .count = 1 };

	(void)state;
	for (int denies = 0; denies < 2; denies++) {
		int wanted = denies ? EACCES : ENOENT;

		for (int there = 0; there < 2; there++) {
			root_bar(&root, NULL, NULL);
			/* The control: without a bar it tells. */
			for (size_t i = 0; i < sizeof(ways) / sizeof(*ways);
			     i++)
				assert_int_equal(look(ways[i], FOLLOW),
				    there ? 0 : ENOENT);
			root_bar(&root, denies ? NULL : &globs,
			    denies ? &globs : NULL);
			for (size_t i = 0; i < sizeof(ways) / sizeof(*ways);
			     i++)
				assert_int_equal(look(ways[i], FOLLOW), wanted);
			assert_int_equal(look("fine", FOLLOW), 0);
			assert_int_equal(look("long", FOLLOW), 0);
			assert_int_equal(look("through", NO_FOLLOW), 0);
			assert_int_equal(look("missing/../x", FOLLOW), ENOENT);
			assert_int_equal(there ? rmdir(".git")
					       : mkdir(".git", 0755),
			    0);
		}
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
		    a_link_through_a_barred_name_tells_nothing, set_up,
		    tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
