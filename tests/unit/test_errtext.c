/*
 * An error has the words of glibc, by which these tests are linked. That musl
 * has no others: tests/e2e/both-libcs-say-the-same.sh.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "base/errtext.h"

static void
every_error_has_the_words_that_people_know(void **state)
{
	char known[80];

	(void)state;
	for (int error = 0; error < 140; error++) {
		snprintf(known, sizeof(known), "%s", strerror(error));
		assert_string_equal(error_text(error), known);
	}
	assert_string_equal(error_text(EIO), "Input/output error");
	assert_string_equal(error_text(ENOENT), "No such file or directory");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_error_has_the_words_that_people_know),
	};

	return cmocka_run_group_tests_name("errtext", tests, NULL, NULL);
}
