/*
 * Names of another process's: it is asked one at a time, and neither silence
 * nor nonsense keeps a session or gets into a listing.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include <cmocka.h>

#include "base/clock.h"
#include "session/name_service.h"

static void
it_knows_what_the_machine_knows(void **state)
{
	struct name_service service;
	char name[33], known[33];

	(void)state;
	assert_int_equal(name_service_start(&service), 0);
	for (unsigned id = 0; id < 40; id++) {
		for (int kind = ACCOUNT_USER; kind <= ACCOUNT_GROUP; kind++) {
			bool found = account_name((enum account_kind)kind, id,
			    known, sizeof(known));

			assert_int_equal(name_service_find(&service,
					     (enum account_kind)kind, id, name,
					     sizeof(name)),
			    found);
			if (found)
				assert_string_equal(name, known);
		}
	}
	assert_true(
	    name_service_find(&service, ACCOUNT_USER, 0, name, sizeof(name)));
	assert_string_equal(name, "root");
	/* A name that doesn't fit is none. */
	assert_false(name_service_find(&service, ACCOUNT_USER, 0, name, 4));
	name_service_end(&service);
}

static void
answers_that_are_no_names_are_none(void **state)
{
	static const struct {
		const char *answer;
		size_t len;
	} rows[] = { { "", 1 }, { "no end", 6 },
		{ "longer than its room", 21 } };
	struct name_service service;
	char name[8];
	int ends[2];

	(void)state;
	assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, ends), 0);
	service.socket = ends[0];
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		assert_int_equal(send(ends[1], rows[i].answer, rows[i].len, 0),
		    rows[i].len);
		assert_false(name_service_find(&service, ACCOUNT_USER, 1, name,
		    sizeof(name)));
		assert_true(service.socket >= 0);
	}
	assert_int_equal(send(ends[1], "anna", 5, 0), 5);
	assert_true(
	    name_service_find(&service, ACCOUNT_USER, 1, name, sizeof(name)));
	assert_string_equal(name, "anna");
	close(ends[1]);
	assert_false(
	    name_service_find(&service, ACCOUNT_USER, 1, name, sizeof(name)));
	assert_int_equal(service.socket, -1);
}

static void
one_that_is_silent_is_not_asked_again(void **state)
{
	struct name_service service;
	uint64_t began = clock_ms();
	char name[8];
	int ends[2];

	(void)state;
	assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, ends), 0);
	service.socket = ends[0];
	assert_false(
	    name_service_find(&service, ACCOUNT_USER, 1, name, sizeof(name)));
	assert_true(clock_ms() - began >= 1000);
	assert_int_equal(service.socket, -1);
	began = clock_ms();
	assert_false(
	    name_service_find(&service, ACCOUNT_USER, 1, name, sizeof(name)));
	assert_true(clock_ms() - began < 1000);
	close(ends[1]);
}

static void
a_list_has_each_account_of_etc(void **state)
{
	struct name_list list;

	(void)state;
	name_list_load(&list);
	assert_non_null(strstr(list.text[ACCOUNT_USER], "root:x:0:0:::\n"));
	assert_non_null(strstr(list.text[ACCOUNT_GROUP], "root:x:0:\n"));
	name_list_free(&list);
	assert_null(list.text[ACCOUNT_USER]);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(it_knows_what_the_machine_knows),
		cmocka_unit_test(answers_that_are_no_names_are_none),
		cmocka_unit_test(one_that_is_silent_is_not_asked_again),
		cmocka_unit_test(a_list_has_each_account_of_etc),
	};

	return cmocka_run_group_tests_name("name_service", tests, NULL, NULL);
}
