/* What a program writes to its log is handed over write by write. */
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <unistd.h>
#include <cmocka.h>

#include "program/program_log.h"

static struct program_log log_pipe;
static unsigned taken;
static char seen[64];
static bool writes_on, must_end;

/* The program writes the next one while this one is looked at. */
static bool
logged(void *context, const char *bytes, size_t len)
{
	(void)context;
	snprintf(seen, sizeof(seen), "%.*s", (int)len, bytes);
	taken++;
	return !must_end && (!writes_on || write(log_pipe.to, "more", 4) == 4);
}

static const struct program_command command = { .logged = logged };

static int
set_up(void **state)
{
	(void)state;
	taken = 0;
	writes_on = must_end = false;
	return program_log_open(&log_pipe, &command);
}

static int
tear_down(void **state)
{
	(void)state;
	program_log_close(&log_pipe);
	return 0;
}

static void
each_write_is_apart(void **state)
{
	(void)state;
	assert_int_equal(write(log_pipe.to, "one", 3), 3);
	assert_int_equal(write(log_pipe.to, "two", 3), 3);
	assert_true(program_log_take(&log_pipe));
	assert_int_equal(taken, 2);
	assert_string_equal(seen, "two");
	assert_true(program_log_take(&log_pipe));
	assert_int_equal(taken, 2);
}

static void
all_that_a_full_pipe_holds_is_taken_at_once(void **state)
{
	unsigned written = 0;

	(void)state;
	assert_int_equal(fcntl(log_pipe.to, F_SETFL, O_NONBLOCK | O_DIRECT), 0);
	while (write(log_pipe.to, "x", 1) == 1)
		written++;
	assert_true(program_log_take(&log_pipe));
	assert_int_equal(taken, written);
}

/* It would never return: signals, limits and the broker would wait. */
static void
a_program_that_writes_without_end_does_not_keep_its_supervisor(void **state)
{
	(void)state;
	writes_on = true;
	assert_int_equal(write(log_pipe.to, "more", 4), 4);
	alarm(20);
	assert_true(program_log_take(&log_pipe));
	alarm(0);
	assert_in_range(taken, 1, 1024);
	/* What is left is there at the next turn. */
	assert_true(program_log_take(&log_pipe));
	assert_in_range(taken, 2, 2048);
}

static void
a_program_that_must_end_is_not_read_on(void **state)
{
	(void)state;
	must_end = true;
	assert_int_equal(write(log_pipe.to, "one", 3), 3);
	assert_int_equal(write(log_pipe.to, "two", 3), 3);
	assert_false(program_log_take(&log_pipe));
	assert_true(program_log_take(&log_pipe));
	assert_int_equal(taken, 1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
		TEST(each_write_is_apart),
		TEST(all_that_a_full_pipe_holds_is_taken_at_once),
		TEST(
		    a_program_that_writes_without_end_does_not_keep_its_supervisor),
		TEST(a_program_that_must_end_is_not_read_on),
	};

	return cmocka_run_group_tests_name("program_log", tests, NULL, NULL);
}
