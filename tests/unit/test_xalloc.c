/*
 * Memory is zeroed and copied as promised, and where it runs out the process
 * says so and ends with 1. The allocator is made to fail at will.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "child.h"

static bool out;

static void *
failing_calloc(size_t count, size_t size)
{
	return out ? NULL : calloc(count, size);
}

static void *
failing_realloc(void *memory, size_t size)
{
	return out ? NULL : realloc(memory, size);
}

#define calloc failing_calloc
#define realloc failing_realloc
#include "base/xalloc.c" // NOLINT: its allocator is ours here
#undef calloc
#undef realloc

static void
memory_is_zeroed_and_never_null(void **state)
{
	unsigned char *bytes = xcalloc(3, 5);

	(void)state;
	for (size_t i = 0; i < 15; i++)
		assert_int_equal(bytes[i], 0);
	bytes = xrealloc(bytes, 4, 10);
	for (size_t i = 0; i < 15; i++)
		assert_int_equal(bytes[i], 0);
	memset(bytes, 1, 40);
	free(bytes);
	for (int i = 0; i < 3; i++) {
		void *none = i == 0   ? xcalloc(0, 8)
			     : i == 1 ? xcalloc(8, 0)
				      : xrealloc(NULL, 0, 0);

		assert_non_null(none);
		free(none);
	}
}

static void
copies_end_with_a_nul(void **state)
{
	char *copy = xmemdup("a\0b", 3);

	(void)state;
	assert_memory_equal(copy, "a\0b\0", 4);
	free(copy);
	copy = xmemdup(NULL, 0);
	assert_string_equal(copy, "");
	free(copy);
	copy = xstrdup("text");
	assert_string_equal(copy, "text");
	free(copy);
}

/* What a child is to ask for, with or without memory to be had. */
struct wish {
	char call;
	bool out;
	size_t count;
	size_t size;
};

/* The child's stderr must be the one line. */
static int
act_wish(const void *context)
{
	const struct wish *wish = context;

	out = wish->out;
	switch (wish->call) {
	case 'c':
		free(xcalloc(wish->count, wish->size));
		break;
	case 'r':
		free(xrealloc(NULL, wish->count, wish->size));
		break;
	case 'm':
		free(xmemdup("", wish->count));
		break;
	default:
		free(xstrdup("text"));
	}
	return 100;
}

static void
expect_end(struct wish wish)
{
	char text[100] = "";
	int saved = dup(2), ends[2], status;
	ssize_t len;

	assert_int_equal(pipe(ends), 0);
	assert_int_equal(dup2(ends[1], 2), 2);
	close(ends[1]);
	status = child_run(0, act_wish, &wish);
	assert_int_equal(dup2(saved, 2), 2);
	close(saved);
	len = read(ends[0], text, sizeof(text) - 1);
	close(ends[0]);
	assert_int_equal(status, 1);
	assert_true(len > 0);
	assert_string_equal(text, "filesonly: out of memory\n");
}

static void
no_memory_ends_the_process_with_one_line(void **state)
{
	struct wish control = { 'c', false, 4, 4 };

	(void)state;
	assert_int_equal(child_run(0, act_wish, &control), 100);
	expect_end((struct wish){ 'c', true, 4, 4 });
	expect_end((struct wish){ 'r', true, 4, 4 });
	expect_end((struct wish){ 'm', true, 0, 0 });
	expect_end((struct wish){ 's', true, 0, 0 });
}

static void
a_size_that_wraps_ends_the_process_too(void **state)
{
	(void)state;
	expect_end((struct wish){ 'r', false, SIZE_MAX / 2, 3 });
	expect_end((struct wish){ 'm', false, SIZE_MAX, 0 });
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(memory_is_zeroed_and_never_null),
		cmocka_unit_test(copies_end_with_a_nul),
		cmocka_unit_test(no_memory_ends_the_process_with_one_line),
		cmocka_unit_test(a_size_that_wraps_ends_the_process_too),
	};

	return cmocka_run_group_tests_name("xalloc", tests, NULL, NULL);
}
