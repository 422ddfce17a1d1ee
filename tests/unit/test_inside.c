/*
 * Where an ordinary program would be led: what stays inside is told from what
 * leads out, as root and as an ordinary user.
 */
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cmocka.h>

#include "child.h"
#include "root/inside.h"
#include "scratch.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static struct root root;

/* One question and how it was answered. */
struct question {
	const char *path;
	enum follow follow;
	bool inside;
};

/* In top: the root, and rootless beside it, whose name begins like it. */
static int
set_up(void **state)
{
	static const char *const links[][2] = {
		{ "in", "inner" },
		{ "in/../in/deep", "winding" },
		{ "../rootless", "out" },
		{ "/etc/passwd", "absolute" },
		{ "in/../../rootless", "around" },
		{ "/proc/self/root/etc", "magic" },
		{ "out", "chain" },
		{ "loop", "loop" },
		{ "nowhere", "dangling" },
	};
	static const char *const whole[][2] = { { "root/in", "back" },
		{ "rootless", "beside" }, { "root", "self" } };
	char path[256];

	(void)state;
	assert_int_equal(scratch_make(0755), 0);
	assert_int_equal(mkdir("rootless", 0755), 0);
	assert_int_equal(mkdir("root", 0755), 0);
	root.fd = open("root", O_PATH | O_DIRECTORY | O_CLOEXEC);
	root.proc_fd = open("/proc/self/fd", O_PATH | O_CLOEXEC);
	assert_int_equal(mkdirat(root.fd, "in", 0755), 0);
	assert_int_equal(mkdirat(root.fd, "in/deep", 0755), 0);
	for (size_t i = 0; i < COUNT(links); i++)
		assert_int_equal(symlinkat(links[i][0], root.fd, links[i][1]),
		    0);
	for (size_t i = 0; i < COUNT(whole); i++) {
		snprintf(path, sizeof(path), "%s/%s", top, whole[i][0]);
		assert_int_equal(symlinkat(path, root.fd, whole[i][1]), 0);
	}
	return root.proc_fd < 0 ? -1 : 0;
}

static int
tear_down(void **state)
{
	close(root.fd);
	close(root.proc_fd);
	return scratch_remove(state);
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
