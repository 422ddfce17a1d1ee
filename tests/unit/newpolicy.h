/*
 * A policy that is new for each test, what is said of what is wrong with it,
 * and command lines to fill it from.
 */
#ifndef FILESONLY_TESTS_UNIT_NEWPOLICY_H
#define FILESONLY_TESTS_UNIT_NEWPOLICY_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "base/buf.h"
#include "policy/policy.h"

enum { LINE_WORDS = 15 };

static struct policy policy;
static struct buf error;

static inline int
newpolicy_free(void **state)
{
	(void)state;
	policy_free(&policy);
	return 0;
}

/* Also before each of a test's command lines. */
static inline int
newpolicy(void **state)
{
	static char room[1024];

	buf_init(&error, room, sizeof(room));
	newpolicy_free(state);
	policy_init(&policy);
	return 0;
}

/*
 * A main's argv: the program's name and the words of line, divided by single
 * blanks; valid until the next call. Returns argc.
 */
static inline int
line_argv(char *argv[LINE_WORDS + 2], const char *program, const char *line)
{
	static char text[512];
	char *rest = text;
	int argc = 0;

	assert_true(strlen(program) + strlen(line) + 2 <= sizeof(text));
	snprintf(text, sizeof(text), "%s%s%s", program,
	    line[0] == '\0' ? "" : " ", line);
	while ((argv[argc] = strsep(&rest, " ")) != NULL)
		assert_true(++argc <= LINE_WORDS + 1);
	return argc;
}

#define POLICY_TEST(claim) \
	cmocka_unit_test_setup_teardown(claim, newpolicy, newpolicy_free)

#endif
