/* PROXY headers are read whole, byte by byte, and nothing else passes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "serve/address.c"
#include "serve/proxy.c"

#define LENGTH(array) (sizeof(array) / sizeof((array)[0]))
#define TEXT(text) text, sizeof(text) - 1

static const struct {
	const char *bytes;
	size_t len;
	enum proxy_answer answer;
	const char *address;
	unsigned port;
} headers[] = {
	{ TEXT("PROXY TCP4 192.0.2.7 192.0.2.1 40000 22\r\n"), PROXY_ADDRESS,
	    "192.0.2.7", 40000 },
	{ TEXT("PROXY TCP6 2001:db8::7 2001:db8::1 1 22\r\n"), PROXY_ADDRESS,
	    "2001:db8::7", 1 },
	{ TEXT("PROXY UNKNOWN\r\n"), PROXY_LOCAL, NULL, 0 },
	{ TEXT("PROXY UNKNOWN a b c d\r\n"), PROXY_LOCAL, NULL, 0 },
	{ TEXT("PROXY TCP4 192.0.2.7 192.0.2.1 40000\r\n"), PROXY_BAD, NULL,
	    0 },
	{ TEXT("PROXY TCP4 192.0.2.7 192.0.2.1 1 2 3\r\n"), PROXY_BAD, NULL,
	    0 },
	{ TEXT("PROXY TCP4 2001:db8::7 192.0.2.1 1 2\r\n"), PROXY_BAD, NULL,
	    0 },
	{ TEXT("PROXY TCP4 192.0.2.7 192.0.2.1 65536 2\r\n"), PROXY_BAD, NULL,
	    0 },
	{ TEXT("PROXY TCP4 192.0.2.7 192.0.2.1 1 2\n"), PROXY_BAD, NULL, 0 },
	{ TEXT("PROXY TCP5 192.0.2.7 192.0.2.1 1 2\r\n"), PROXY_BAD, NULL, 0 },
	{ TEXT("PROXY \r\n"), PROXY_BAD, NULL, 0 },
	{ TEXT("SSH-2.0-OpenSSH\r\n"), PROXY_BAD, NULL, 0 },
	{ TEXT("\r\n\r\n\0\r\nQUIT\n\x21\x11\0\x0c"
	       "\xc0\0\2\7\xc0\0\2\1\x9c\x40\0\x16"),
	    PROXY_ADDRESS, "192.0.2.7", 40000 },
	{ TEXT("\r\n\r\n\0\r\nQUIT\n\x21\x21\0\x24"
	       "\x20\1\r\xb8\0\0\0\0\0\0\0\0\0\0\0\7"
	       "\x20\1\r\xb8\0\0\0\0\0\0\0\0\0\0\0\1\0\1\0\x16"),
	    PROXY_ADDRESS, "2001:db8::7", 1 },
	/* LOCAL, with and without addresses; an unspecified family */
	{ TEXT("\r\n\r\n\0\r\nQUIT\n\x20\x00\0\0"), PROXY_LOCAL, NULL, 0 },
	{ TEXT("\r\n\r\n\0\r\nQUIT\n\x20\x11\0\2xx"), PROXY_LOCAL, NULL, 0 },
	{ TEXT("\r\n\r\n\0\r\nQUIT\n\x21\x00\0\0"), PROXY_LOCAL, NULL, 0 },
	/* version 1, a third command, too few bytes, too many */
	{ TEXT("\r\n\r\n\0\r\nQUIT\n\x11\x11\0\x0c"), PROXY_BAD, NULL, 0 },
	{ TEXT("\r\n\r\n\0\r\nQUIT\n\x22\x11\0\x0c"), PROXY_BAD, NULL, 0 },
	{ TEXT("\r\n\r\n\0\r\nQUIT\n\x21\x11\0\4abcd"), PROXY_BAD, NULL, 0 },
	{ TEXT("\r\n\r\n\0\r\nQUIT\n\x21\x11\xff\xff"), PROXY_BAD, NULL, 0 },
	{ TEXT("\r\n\r\n\0\r\nQUIT\n\x21\x31\0\0"), PROXY_BAD, NULL, 0 },
};

static enum proxy_answer
parse(size_t i, size_t len, struct address *address, size_t *used)
{
	return proxy_parse((const unsigned char *)headers[i].bytes, len,
	    address, used);
}

static void
each_header_says_what_the_table_has(void **state)
{
	char text[ADDRESS_TEXT];
	struct address address;
	size_t used;

	(void)state;
	for (size_t i = 0; i < LENGTH(headers); i++) {
		if (parse(i, headers[i].len, &address, &used) !=
		    headers[i].answer)
			fail_msg("header %zu: %s", i, headers[i].bytes);
		if (headers[i].answer == PROXY_BAD)
			continue;
		assert_int_equal(used, headers[i].len);
		if (headers[i].address == NULL)
			continue;
		address_text(&address, text);
		assert_string_equal(text, headers[i].address);
		assert_int_equal(address.port, headers[i].port);
	}
}

static void
a_header_cut_short_wants_more_and_what_follows_stays(void **state)
{
	unsigned char bytes[256];
	struct address address;
	size_t used;

	(void)state;
	for (size_t i = 0; i < LENGTH(headers); i++) {
		if (headers[i].answer == PROXY_BAD)
			continue;
		for (size_t len = 0; len < headers[i].len; len++)
			assert_int_equal(parse(i, len, &address, &used),
			    PROXY_MORE);
		memcpy(bytes, headers[i].bytes, headers[i].len);
		memcpy(bytes + headers[i].len, "SSH-2.0-x\r\n", 11);
		assert_int_equal(proxy_parse(bytes, headers[i].len + 11,
				     &address, &used),
		    headers[i].answer);
		assert_int_equal(used, headers[i].len);
	}
}

static void
a_line_without_an_end_is_no_header(void **state)
{
	unsigned char bytes[V1_MAX + 1];
	struct address address;
	size_t used;

	(void)state;
	memset(bytes, 'x', sizeof(bytes));
	memcpy(bytes, "PROXY ", 6);
	assert_int_equal(proxy_parse(bytes, V1_MAX - 1, &address, &used),
	    PROXY_MORE);
	assert_int_equal(proxy_parse(bytes, V1_MAX, &address, &used),
	    PROXY_BAD);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_header_says_what_the_table_has),
		cmocka_unit_test(
		    a_header_cut_short_wants_more_and_what_follows_stays),
		cmocka_unit_test(a_line_without_an_end_is_no_header),
	};

	return cmocka_run_group_tests_name("proxy", tests, NULL, NULL);
}
