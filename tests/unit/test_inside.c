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
		{ "/none/at/all", "dangling absolute" },
	};
	static const char *const whole[][2] = { { "root/in", "back" },
		{ "rootless", "beside" }, { "root", "self" },
		{ "root/none", "dangling back" } };
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
		{ "back/none", FOLLOW, true },
		{ "back/none/deeper/", FOLLOW, true },
		{ "self/none", FOLLOW, true },
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
		{ "out/none/deeper", FOLLOW, false },
		{ "beside/none", FOLLOW, false },
		{ "self/../rootless/none", FOLLOW, false },
		{ "dangling absolute", FOLLOW, false },
		{ "dangling absolute/none", FOLLOW, false },
		{ "dangling back/none", FOLLOW, false },
		{ "back/none/../../../rootless", FOLLOW, false },
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

/* What a path leads to, or -1 for one that leads out. */
struct answer {
	const char *path;
	int result;
	const char *real;
	bool is_there;
	bool is_directory;
};

static int
act_find(const void *context)
{
	const struct answer *answer = context;
	struct relpath path = { .len = strlen(answer->path) };
	struct inside_place place;
	int result;

	memcpy(path.bytes, answer->path, path.len + 1);
	close(root.proc_fd);
	root.proc_fd = open("/proc/self/fd", O_PATH | O_CLOEXEC);
	result = inside_find(&root, &path, &place);
	if (result != answer->result)
		return 1;
	if (result != 0)
		return 0;
	if (strcmp(place.real, answer->real) != 0)
		return 2;
	return place.is_there != answer->is_there ||
	       place.is_directory != answer->is_directory;
}

static void
what_a_path_leads_to_is_told_without_links(void **state)
{
	static const struct answer answers[] = {
		{ ".", 0, ".", true, true },
		{ "self", 0, ".", true, true },
		{ "in/deep/", 0, "in/deep", true, true },
		{ "inner/deep", 0, "in/deep", true, true },
		{ "back", 0, "in", true, true },
		{ "back/new/", 0, "in/new/", false, false },
		{ "back/new/deeper", 0, "in/new/deeper", false, false },
		{ "none", 0, "none", false, false },
		{ "self/none", 0, "none", false, false },
		{ "in/../in/deep", 0, "in/deep", true, true },
		{ "file", 0, "file", true, false },
		{ "in/../self/file", 0, "file", true, false },
		{ "dangling", -1, NULL, false, false },
		{ "beside/none", -1, NULL, false, false },
		{ "out", -1, NULL, false, false },
	};

	(void)state;
	scratch_put("root/file", "", 0644);
	for (size_t i = 0; i < COUNT(answers); i++) {
		for (int ordinary = 0; ordinary < 2; ordinary++) {
			int result = child_run(ordinary, act_find, &answers[i]);

			if (result != 0)
				fail_msg("%s: %d", answers[i].path, result);
		}
	}
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
		cmocka_unit_test(what_a_path_leads_to_is_told_without_links),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
