/*
 * Where an ordinary program would be led: what stays inside is told from what
 * leads out, as root and as an ordinary user.
 */
#include <fcntl.h>
#include <ftw.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cmocka.h>

#include "core/root/inside.h"
#include "child.h"

static char top[] = "/tmp/filesonly-inside.XXXXXX";
static struct root root;

/* One question and how it was answered. */
struct question {
	const char *path;
	enum follow follow;
	bool inside;
};

static void
make_link(const char *text, const char *name)
{
	char path[256];

	snprintf(path, sizeof(path), "%s/root/%s", top, name);
	assert_int_equal(symlink(text, path), 0);
}

static void
make_directory(const char *name)
{
	char path[256];

	snprintf(path, sizeof(path), "%s/%s", top, name);
	assert_int_equal(mkdir(path, 0755), 0);
}

static int
set_up(void **state)
{
	char path[256];

	(void)state;
	assert_non_null(mkdtemp(top));
	assert_int_equal(chmod(top, 0755), 0);
	make_directory("root");
	make_directory("root/in");
	make_directory("root/in/deep");
	/* Its name begins with the root's. */
	make_directory("rootless");
	make_link("in", "inner");
	make_link("in/../in/deep", "winding");
	make_link("../rootless", "out");
	make_link("/etc/passwd", "absolute");
	make_link("in/../../rootless", "around");
	make_link("/proc/self/root/etc", "magic");
	make_link("out", "chain");
	make_link("loop", "loop");
	make_link("nowhere", "dangling");
	snprintf(path, sizeof(path), "%s/root/in", top);
	make_link(path, "back");
	snprintf(path, sizeof(path), "%s/rootless", top);
	make_link(path, "beside");
	snprintf(path, sizeof(path), "%s/root", top);
	make_link(path, "self");
	root.fd = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	root.proc_fd = open("/proc/self/fd", O_PATH | O_CLOEXEC);
	return root.fd < 0 || root.proc_fd < 0 ? -1 : 0;
}

static int
remove_one(const char *path, const struct stat *st, int kind, struct FTW *at)
{
	(void)st;
	(void)kind;
	(void)at;
	return remove(path);
}

static int
tear_down(void **state)
{
	(void)state;
	close(root.fd);
	close(root.proc_fd);
	return nftw(top, remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

/* In a child: /proc/self/fd is its own there. */
static int
ask(const void *context)
{
	const struct question *question = context;
	struct relpath path = { .len = strlen(question->path) };

	memcpy(path.bytes, question->path, path.len + 1);
	close(root.proc_fd);
	root.proc_fd = open("/proc/self/fd", O_PATH | O_CLOEXEC);
	return inside_root(&root, &path, question->follow);
}

static void
check(const struct question *questions, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		for (int ordinary = 0; ordinary < 2; ordinary++) {
			int answer = child_run(ordinary, ask, &questions[i]);

			if (answer != (int)questions[i].inside)
				fail_msg("%s: %d, ordinary user: %d",
				    questions[i].path, answer, ordinary);
		}
	}
}

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static void
names_and_links_within_stay_inside(void **state)
{
	static const struct question questions[] = {
		{ ".", FOLLOW, true },
		{ "in/deep/", FOLLOW, true },
		{ "inner/deep", FOLLOW, true },
		{ "winding", FOLLOW, true },
		{ "back/deep", FOLLOW, true },
		{ "self", FOLLOW, true },
		{ "self/in/../inner", FOLLOW, true },
		{ "in/..", FOLLOW, true },
	};

	(void)state;
	check(questions, COUNT(questions));
}

static void
what_is_not_there_is_not_outside(void **state)
{
	static const struct question questions[] = {
		{ "none", FOLLOW, true },
		{ "none/../../x", FOLLOW, true },
		{ "dangling", FOLLOW, true },
		{ "in/none/deep", FOLLOW, true },
	};

	(void)state;
	check(questions, COUNT(questions));
}

static void
links_and_dots_that_lead_out_are_told(void **state)
{
	static const struct question questions[] = {
		{ "out", FOLLOW, false },
		{ "out/", NO_FOLLOW, false },
		{ "out/none", NO_FOLLOW, false },
		{ "chain/x", FOLLOW, false },
		{ "around", FOLLOW, false },
		{ "absolute", FOLLOW, false },
		{ "beside", FOLLOW, false },
		{ "magic", FOLLOW, false },
		{ "..", FOLLOW, false },
		{ "../rootless", FOLLOW, false },
		{ "in/../../rootless", FOLLOW, false },
		{ "self/../rootless", FOLLOW, false },
		{ "loop", FOLLOW, false },
	};

	(void)state;
	check(questions, COUNT(questions));
}

static void
a_link_that_is_itself_meant_is_inside(void **state)
{
	static const struct question questions[] = {
		{ "out", NO_FOLLOW, true },
		{ "absolute", NO_FOLLOW, true },
		{ "loop", NO_FOLLOW, true },
		{ "inner/../out", NO_FOLLOW, true },
	};

	(void)state;
	check(questions, COUNT(questions));
}

static void
everything_is_inside_the_top(void **state)
{
	static const struct question questions[] = {
		{ "etc/passwd", FOLLOW, true },
		{ "proc/self/root/etc", FOLLOW, true },
	};
	int saved = root.fd;

	(void)state;
	root.fd = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
	check(questions, COUNT(questions));
	close(root.fd);
	root.fd = saved;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_and_links_within_stay_inside),
		cmocka_unit_test(what_is_not_there_is_not_outside),
		cmocka_unit_test(links_and_dots_that_lead_out_are_told),
		cmocka_unit_test(a_link_that_is_itself_meant_is_inside),
		cmocka_unit_test(everything_is_inside_the_top),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
