/* Failures add up, wear off, and are each source's own. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <cmocka.h>

#include "serve/address.c"
#include "serve/penalties.c"

static struct penalties penalties;
static struct address here, there;

static int
set_up(void **state)
{
	(void)state;
	free(penalties.at);
	penalties_init(&penalties);
	return address_parse(&here, "192.0.2.1") &&
		       address_parse(&there, "192.0.2.2")
		   ? 0
		   : -1;
}

static int
tear_down(void **state)
{
	(void)state;
	free(penalties.at);
	penalties.at = NULL;
	return 0;
}

static void
some_failures_are_forgiven_more_are_not(void **state)
{
	(void)state;
	for (int i = 0; i < 3; i++) {
		penalties_add(&penalties, &here, CONNECTION_REFUSED, 1000);
		assert_false(penalties_hold(&penalties, &here, 1000));
	}
	penalties_add(&penalties, &here, CONNECTION_REFUSED, 1000);
	assert_true(penalties_hold(&penalties, &here, 1000));
	assert_false(penalties_hold(&penalties, &there, 1000));
	assert_false(penalties_hold(&penalties, &here, 1000 + 5000));
}

static void
a_penalty_has_an_end(void **state)
{
	(void)state;
	for (int i = 0; i < 1000; i++)
		penalties_add(&penalties, &here, CONNECTION_CRASHED, 1000);
	assert_true(penalties_hold(&penalties, &here, 1000 + 584999));
	assert_false(penalties_hold(&penalties, &here, 1000 + 585000));
}

static void
success_and_probes_cost_nothing(void **state)
{
	(void)state;
	for (int i = 0; i < 1000; i++) {
		penalties_add(&penalties, &here, CONNECTION_OK, 1000);
		penalties_add(&penalties, &here, CONNECTION_NO_BANNER, 1000);
	}
	assert_false(penalties_hold(&penalties, &here, 1000));
}

static void
an_ipv6_source_is_its_network(void **state)
{
	struct address one, other, far;

	(void)state;
	assert_true(address_parse(&one, "2001:db8::1"));
	assert_true(address_parse(&other, "2001:db8::2:3"));
	assert_true(address_parse(&far, "2001:db8:1::1"));
	penalties_add(&penalties, &one, CONNECTION_CRASHED, 1000);
	assert_true(penalties_hold(&penalties, &other, 1000));
	assert_false(penalties_hold(&penalties, &far, 1000));
}

static void
a_full_table_shuts_nobody_out(void **state)
{
	struct address many = here;

	(void)state;
	penalties_add(&penalties, &here, CONNECTION_CRASHED, 1000);
	for (unsigned i = 0; i < 2 * PENALTY_SOURCES; i++) {
		many.bytes[12] = 10;
		many.bytes[13] = (unsigned char)(i >> 16);
		many.bytes[14] = (unsigned char)(i >> 8);
		many.bytes[15] = (unsigned char)i;
		penalties_add(&penalties, &many, CONNECTION_REFUSED, 1000);
	}
	assert_false(penalties_hold(&penalties, &there, 1000));
	assert_true(penalties_hold(&penalties, &here, 1000));
}

#define TEST(function) \
	cmocka_unit_test_setup_teardown(function, set_up, tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(some_failures_are_forgiven_more_are_not),
		TEST(a_penalty_has_an_end),
		TEST(success_and_probes_cost_nothing),
		TEST(an_ipv6_source_is_its_network),
		TEST(a_full_table_shuts_nobody_out),
	};

	return cmocka_run_group_tests_name("penalties", tests, NULL, NULL);
}
