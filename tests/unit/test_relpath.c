/* A client's bytes become a path for the root, or nothing. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "root/relpath.h"

static const char *
parsed(const char *raw, size_t len, const struct relpath *start)
{
	static struct relpath path;

	if (relpath_parse(&path, raw, len, start) != 0)
		return NULL;
	assert_int_equal(path.len, strlen(path.bytes));
	return path.bytes;
}

static void
absolute_and_relative_begin_where_they_should(void **state)
{
	struct relpath start;

	(void)state;
	assert_int_equal(relpath_parse(&start, "/a/b", 4, NULL), 0);
	assert_string_equal(start.bytes, "a/b");
	assert_string_equal(parsed("c", 1, &start), "a/b/c");
	assert_string_equal(parsed("/c", 2, &start), "c");
	assert_string_equal(parsed("//c//d/", 7, &start), "c//d/");
	assert_string_equal(parsed("../..", 5, &start), "a/b/../..");
	assert_string_equal(parsed("", 0, &start), "a/b");
	assert_string_equal(parsed("", 0, NULL), ".");
	assert_string_equal(parsed("/", 1, &start), ".");
}

static void
a_nul_is_refused(void **state)
{
	(void)state;
	assert_string_equal(parsed("ab", 2, NULL), "ab");
	assert_null(parsed("a\0b", 3, NULL));
	assert_int_equal(errno, EINVAL);
	assert_null(parsed("ab\0", 3, NULL));
}

static void
what_does_not_fit_is_refused(void **state)
{
	static char raw[PATH_MAX + 1];
	struct relpath start;

	(void)state;
	memset(raw, 'a', sizeof(raw));
	assert_non_null(parsed(raw, PATH_MAX - 1, NULL));
	assert_null(parsed(raw, PATH_MAX, NULL));
	assert_int_equal(errno, ENAMETOOLONG);
	assert_int_equal(relpath_parse(&start, "dir", 3, NULL), 0);
	assert_non_null(parsed(raw, PATH_MAX - 5, &start));
	assert_null(parsed(raw, PATH_MAX - 4, &start));
	assert_int_equal(errno, ENAMETOOLONG);
}

static void
start_may_be_the_path_itself(void **state)
{
	struct relpath path;

	(void)state;
	assert_int_equal(relpath_parse(&path, "a", 1, NULL), 0);
	assert_int_equal(relpath_parse(&path, "b", 1, &path), 0);
	assert_string_equal(path.bytes, "a/b");
	assert_int_equal(relpath_parse(&path, "", 0, &path), 0);
	assert_string_equal(path.bytes, "a/b");
}

static int
split(const char *raw, char *parent, char *name)
{
	struct relpath path, above;

	assert_int_equal(relpath_parse(&path, raw, strlen(raw), NULL), 0);
	if (relpath_split(&path, &above, name) != 0)
		return errno;
	memcpy(parent, above.bytes, above.len + 1);
	return 0;
}

static void
the_last_component_is_a_name(void **state)
{
	char parent[PATH_MAX], name[NAME_MAX + 1];

	(void)state;
	assert_int_equal(split("a/b//c/", parent, name), 0);
	assert_string_equal(parent, "a/b");
	assert_string_equal(name, "c");
	assert_int_equal(split("c", parent, name), 0);
	assert_string_equal(parent, ".");
	assert_int_equal(split("/", parent, name), EBUSY);
	assert_int_equal(split("a/.", parent, name), EINVAL);
	assert_int_equal(split("a/..", parent, name), EINVAL);
	assert_int_equal(split("..", parent, name), EINVAL);
}

static void
a_component_may_have_255_bytes(void **state)
{
	char raw[300], parent[PATH_MAX], name[NAME_MAX + 1];

	(void)state;
	memset(raw, 'n', sizeof(raw));
	raw[255] = '\0';
	assert_int_equal(split(raw, parent, name), 0);
	assert_int_equal(strlen(name), 255);
	raw[255] = 'n';
	raw[256] = '\0';
	assert_int_equal(split(raw, parent, name), ENAMETOOLONG);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(absolute_and_relative_begin_where_they_should),
		cmocka_unit_test(a_nul_is_refused),
		cmocka_unit_test(what_does_not_fit_is_refused),
		cmocka_unit_test(start_may_be_the_path_itself),
		cmocka_unit_test(the_last_component_is_a_name),
		cmocka_unit_test(a_component_may_have_255_bytes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
