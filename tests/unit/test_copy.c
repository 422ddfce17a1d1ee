/* Every length is copied, and nothing beside it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "base/copy.h"

static void
bytes_of_every_length_arrive_and_no_others(void **state)
{
	unsigned char from[80], to[96];

	(void)state;
	for (size_t i = 0; i < sizeof(from); i++)
		from[i] = (unsigned char)(i + 1);
	for (size_t len = 0; len <= sizeof(from); len++) {
		memset(to, 0xa5, sizeof(to));
		copy_bytes(to + 8, from, len);
		assert_memory_equal(to + 8, from, len);
		for (size_t i = 0; i < sizeof(to); i++) {
			if (i < 8 || i >= 8 + len)
				assert_int_equal(to[i], 0xa5);
		}
	}
	copy_bytes(NULL, NULL, 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(bytes_of_every_length_arrive_and_no_others),
	};

	return cmocka_run_group_tests_name("copy", tests, NULL, NULL);
}
