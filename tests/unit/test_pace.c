/* A session moves no faster, no more and no longer than its policy says. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "limits/pace.h"

#define SECOND INT64_C(1000000000)
#define MS (SECOND / 1000)

static struct pace
make(uint64_t bandwidth, uint64_t bytes, unsigned idle, unsigned session)
{
	const struct policy policy = { .bandwidth = bandwidth,
		.max_session_bytes = bytes,
		.idle_timeout = idle,
		.session_timeout = session };
	const struct timespec began = { 0, 0 };
	struct pace pace;

	pace_init(&pace, &policy, &began);
	pace.now = pace.moved = 0;
	pace.filled[PACE_IN] = pace.filled[PACE_OUT] = 0;
	return pace;
}

static void
without_limits_nothing_is_counted(void **state)
{
	struct pace pace = make(0, 0, 0, 0);

	(void)state;
	for (int i = 0; i < 3; i++) {
		assert_null(pace_turn(&pace, false));
		assert_int_equal(pace_allows(&pace, PACE_IN), SIZE_MAX);
		assert_int_equal(pace_allows(&pace, PACE_OUT), SIZE_MAX);
		assert_int_equal(pace_wait(&pace, true, true), -1);
		pace_move(&pace, PACE_OUT, SIZE_MAX);
		assert_false(pace_is_spent(&pace));
	}
}

/* Moves all it may for ten seconds, every step nanoseconds. */
static uint64_t
moved_in_ten_seconds(uint64_t bandwidth, int64_t step)
{
	struct pace pace = make(bandwidth, 0, 0, 0);
	uint64_t moved = 0;

	for (int64_t now = 0; now <= 10 * SECOND; now += step) {
		size_t allowed;

		assert_null(pace_turn_at(&pace, now, false));
		allowed = pace_allows(&pace, PACE_OUT);
		pace_move(&pace, PACE_OUT, allowed);
		moved += allowed;
	}
	return moved;
}

/* However often it turns: no loop is too fast to gather a byte. */
static void
bandwidth_is_kept_and_reached(void **state)
{
	static const uint64_t rates[] = { 1024, 100000, UINT64_C(1) << 20,
		UINT64_C(5) << 30, UINT64_C(1) << 45 };
	static const int64_t steps[] = { 7000, 300000, 33 * MS, 100 * MS };

	(void)state;
	for (size_t r = 0; r < sizeof(rates) / sizeof(*rates); r++) {
		for (size_t s = 0; s < sizeof(steps) / sizeof(*steps); s++) {
			uint64_t moved =
			    moved_in_ten_seconds(rates[r], steps[s]);

			/* the bucket was full; a tenth waits at the end */
			assert_true(moved <= rates[r] * 10 + rates[r] / 3);
			assert_true(moved >= rates[r] * 10 - rates[r] / 8);
		}
	}
}

static void
each_direction_has_its_own_bandwidth(void **state)
{
	struct pace pace = make(4000, 0, 0, 0);

	(void)state;
	assert_int_equal(pace_allows(&pace, PACE_OUT), 1000);
	pace_move(&pace, PACE_OUT, 1000);
	assert_int_equal(pace_allows(&pace, PACE_OUT), 0);
	assert_int_equal(pace_allows(&pace, PACE_IN), 1000);
	/* 400 bytes go at once: a tenth of a second. */
	assert_int_equal(pace_wait(&pace, false, true), 101);
	assert_int_equal(pace_wait(&pace, true, false), -1);
	assert_null(pace_turn_at(&pace, 99 * MS, false));
	assert_int_equal(pace_allows(&pace, PACE_OUT), 0);
	assert_null(pace_turn_at(&pace, 101 * MS, false));
	assert_int_equal(pace_allows(&pace, PACE_OUT), 404);
}

static void
both_directions_share_the_sessions_bytes(void **state)
{
	struct pace pace = make(0, 1000, 0, 0);

	(void)state;
	pace_move(&pace, PACE_IN, 300);
	assert_int_equal(pace_allows(&pace, PACE_OUT), 700);
	pace_move(&pace, PACE_OUT, 699);
	assert_int_equal(pace_allows(&pace, PACE_IN), 1);
	assert_false(pace_is_spent(&pace));
	pace_move(&pace, PACE_IN, 5);
	assert_true(pace_is_spent(&pace));
}

static void
idle_counts_from_the_last_byte_or_work(void **state)
{
	struct pace pace = make(0, 0, 10, 0);

	(void)state;
	assert_null(pace_turn_at(&pace, 9 * SECOND, false));
	assert_int_equal(pace_wait(&pace, false, false), 1001);
	pace_move(&pace, PACE_IN, 1);
	assert_null(pace_turn_at(&pace, 18 * SECOND, false));
	assert_null(pace_turn_at(&pace, 40 * SECOND, true));
	assert_null(pace_turn_at(&pace, 49 * SECOND, false));
	pace_move(&pace, PACE_OUT, 0);
	assert_string_equal(pace_turn_at(&pace, 50 * SECOND, false),
	    "idle-timeout");
}

static void
a_sessions_time_ends_whatever_it_does(void **state)
{
	struct pace pace = make(4000, 0, 0, 60);

	(void)state;
	pace_move(&pace, PACE_OUT, 1000);
	assert_int_equal(pace_wait(&pace, true, false), 60001);
	assert_null(pace_turn_at(&pace, 60 * SECOND - 1, true));
	assert_int_equal(pace_wait(&pace, true, true), 1);
	assert_string_equal(pace_turn_at(&pace, 60 * SECOND, true),
	    "session-timeout");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(without_limits_nothing_is_counted),
		cmocka_unit_test(bandwidth_is_kept_and_reached),
		cmocka_unit_test(each_direction_has_its_own_bandwidth),
		cmocka_unit_test(both_directions_share_the_sessions_bytes),
		cmocka_unit_test(idle_counts_from_the_last_byte_or_work),
		cmocka_unit_test(a_sessions_time_ends_whatever_it_does),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
