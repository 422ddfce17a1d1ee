/* Addresses and lists of them match as ssh_config(5)'s patterns do. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "serve/address.c"

#define LENGTH(array) (sizeof(array) / sizeof((array)[0]))

static void
an_address_is_read_and_written_the_same(void **state)
{
	static const char *const texts[] = { "127.0.0.1", "255.255.255.255",
		"::1", "2001:db8::7", "::" };
	static const char *const bad[] = { "", "localhost", "1.2.3", "1.2.3.4 ",
		"1.2.3.256", "[::1]", "::1%lo", "01.2.3.4x" };
	char out[ADDRESS_TEXT];
	struct address address;

	(void)state;
	for (size_t i = 0; i < LENGTH(texts); i++) {
		assert_true(address_parse(&address, texts[i]));
		address_text(&address, out);
		assert_string_equal(out, texts[i]);
	}
	for (size_t i = 0; i < LENGTH(bad); i++) {
		if (address_parse(&address, bad[i]))
			fail_msg("\"%s\" is an address", bad[i]);
	}
}

static void
a_mapped_address_is_its_ipv4_address(void **state)
{
	struct address mapped, plain;

	(void)state;
	assert_true(address_parse(&mapped, "::ffff:192.0.2.7"));
	assert_true(address_parse(&plain, "192.0.2.7"));
	assert_true(address_equals(&mapped, &plain));
	assert_true(address_is_v4(&mapped));
}

static const struct {
	const char *block, *address;
	bool is_in;
} blocks[] = {
	{ "192.0.2.0/24", "192.0.2.255", true },
	{ "192.0.2.0/24", "192.0.3.0", false },
	{ "192.0.2.128/25", "192.0.2.127", false },
	{ "192.0.2.128/25", "192.0.2.128", true },
	{ "192.0.2.7", "192.0.2.7", true },
	{ "192.0.2.7", "192.0.2.8", false },
	{ "0.0.0.0/0", "8.8.8.8", true },
	{ "0.0.0.0/0", "::1", false },
	{ "::/0", "192.0.2.7", false },
	{ "::/0", "2001:db8::1", true },
	{ "2001:db8::/33", "2001:db8:7fff::1", true },
	{ "2001:db8::/33", "2001:db8:8000::1", false },
	{ "192.0.2.0/33", "192.0.2.0", false },
	{ "192.0.2.0/-1", "192.0.2.0", false },
	{ "192.0.2.0/", "192.0.2.0", false },
	{ "192.0.2/24", "192.0.2.0", false },
	/* One of the two was mistyped. */
	{ "192.0.2.7/24", "192.0.2.7", false },
	{ "192.0.2.7/3", "192.0.2.7", false },
	{ "2001:db8::1/32", "2001:db8::1", false },
	{ "192.0.2.7/32", "192.0.2.7", true },
	{ "2001:db8::1/128", "2001:db8::1", true },
};

static void
a_block_holds_what_its_bits_say(void **state)
{
	struct address address;

	(void)state;
	for (size_t i = 0; i < LENGTH(blocks); i++) {
		assert_true(address_parse(&address, blocks[i].address));
		if (address_in_block(&address, blocks[i].block) !=
		    blocks[i].is_in)
			fail_msg("%s in %s", blocks[i].address,
			    blocks[i].block);
	}
}

static const struct {
	const char *list, *address;
	bool is_in;
} lists[] = {
	{ "192.0.2.7", "192.0.2.7", true },
	{ "192.0.2.*", "192.0.2.77", true },
	{ "192.0.2.?", "192.0.2.77", false },
	{ "*", "2001:db8::1", true },
	{ "10.0.0.0/8,192.0.2.0/24", "192.0.2.1", true },
	{ "!192.0.2.1,192.0.2.0/24", "192.0.2.1", false },
	{ "192.0.2.0/24,!192.0.2.1", "192.0.2.1", false },
	{ "192.0.2.0/24,!192.0.2.1", "192.0.2.2", true },
	{ "!192.0.2.1", "192.0.2.2", false },
	{ "*.example.org", "192.0.2.2", false },
	{ "", "192.0.2.2", false },
	{ ",", "192.0.2.2", false },
	{ "2001:db8::*", "2001:db8::2", true },
	/* Both cases, as sshd's patterns. */
	{ "!2001:DB8::*,*", "2001:db8::2", false },
	{ "!2001:DB8::*,*", "2001:db9::2", true },
	{ "2001:DB8::?", "2001:db8::2", true },
	/* sshd lets nobody in by a list that has no sense. */
	{ "!192.0.2.1/33,*", "192.0.2.1", false },
	{ "!192.0.2.1/x,*", "192.0.2.1", false },
	{ "!192.0.2.1/8,*", "198.51.100.1", false },
	{ "!::ffff:192.0.2.1/128,*", "192.0.2.1", false },
	{ "192.0.2.1,", "192.0.2.1", false },
	{ ",192.0.2.1", "192.0.2.1", false },
	{ "192.0.2.1,,*", "192.0.2.1", false },
	{ "192.0.2.1,!", "192.0.2.1", false },
};

static void
a_list_decides_as_patterns_do(void **state)
{
	struct address address;

	(void)state;
	for (size_t i = 0; i < LENGTH(lists); i++) {
		assert_true(address_parse(&address, lists[i].address));
		if (address_in_list(&address, lists[i].list) != lists[i].is_in)
			fail_msg("%s in \"%s\"", lists[i].address,
			    lists[i].list);
	}
}

static void
an_entry_that_is_too_long_lets_nobody_in(void **state)
{
	static char list[1024] = "*,!";
	struct address address;

	(void)state;
	assert_true(address_parse(&address, "192.0.2.1"));
	memset(list + 3, '1', 600);
	assert_true(address_in_list(&address, "*,!x"));
	assert_false(address_in_list(&address, list));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_address_is_read_and_written_the_same),
		cmocka_unit_test(a_mapped_address_is_its_ipv4_address),
		cmocka_unit_test(a_block_holds_what_its_bits_say),
		cmocka_unit_test(a_list_decides_as_patterns_do),
		cmocka_unit_test(an_entry_that_is_too_long_lets_nobody_in),
	};

	return cmocka_run_group_tests_name("address", tests, NULL, NULL);
}
