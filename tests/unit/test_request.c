/* A string becomes a request without judgement and without ever failing. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "request/request.h"

#define SEARCH                                                        \
	"test -x /usr/lib/sftp-server && exec /usr/lib/sftp-server\n" \
	"test -x /usr/local/lib/sftp-server && exec "                 \
	"/usr/local/lib/sftp-server\n"                                \
	"exec sftp-server"

static struct request request;

static int
tear_down(void **state)
{
	(void)state;
	request_free(&request);
	return 0;
}

static void
parse(const char *raw)
{
	request_free(&request);
	request_parse(&request, raw);
}

static void
nothing_asked_is_a_shell(void **state)
{
	static const char *const blank[] = { NULL, "", " ", "\t \n", "\n" };

	(void)state;
	for (size_t i = 0; i < sizeof(blank) / sizeof(blank[0]); i++) {
		parse(blank[i]);
		assert_int_equal(request.kind, REQUEST_SHELL);
		assert_int_equal(request.refusal, REFUSE_NOTHING);
		assert_int_equal(request.words.count, 0);
		assert_string_equal(request.raw, "");
		assert_null(request_base_name(&request, 0));
	}
}

static void
a_command_keeps_its_bytes_and_its_words(void **state)
{
	static const char raw[] = "rsync --server 'a b' .";

	(void)state;
	parse(raw);
	assert_int_equal(request.kind, REQUEST_COMMAND);
	assert_ptr_equal(request.raw, raw);
	assert_int_equal(request.raw_len, sizeof(raw) - 1);
	assert_int_equal(request.words.count, 4);
	assert_true(words_is(&request.words, 2, "a b"));
	assert_int_equal(request.refusal, REFUSE_NOTHING);
}

static void
an_empty_word_is_a_command_without_a_name(void **state)
{
	(void)state;
	parse("''");
	assert_int_equal(request.kind, REQUEST_COMMAND);
	assert_string_equal(request_base_name(&request, 0), "");
}

static void
what_cannot_be_read_is_remembered(void **state)
{
	(void)state;
	parse("sftp-server; id");
	assert_int_equal(request.kind, REQUEST_COMMAND);
	assert_int_equal(request.refusal, REFUSE_METACHARACTER);
	assert_string_equal(request.raw, "sftp-server; id");
	parse("it's");
	assert_int_equal(request.refusal, REFUSE_QUOTES);
	parse("id");
	assert_int_equal(request.refusal, REFUSE_NOTHING);
}

/* The one script with metacharacters that is served: to the last byte. */
static void
only_the_very_search_script_is_sftp(void **state)
{
	char text[sizeof(SEARCH) + 8];
	size_t len = sizeof(SEARCH) - 1;

	(void)state;
	parse(SEARCH);
	assert_int_equal(request.kind, REQUEST_SFTP);
	assert_int_equal(request.words.count, 0);
	parse(SEARCH "\n");
	assert_int_equal(request.kind, REQUEST_COMMAND);
	assert_int_equal(request.refusal, REFUSE_METACHARACTER);
	parse(SEARCH "; id");
	assert_int_equal(request.refusal, REFUSE_METACHARACTER);
	parse(" " SEARCH);
	assert_int_equal(request.kind, REQUEST_COMMAND);
	for (size_t i = 0; i < len; i++) {
		memcpy(text, SEARCH, len + 1);
		text[i] ^= 0x20;
		if (text[i] == '\0')
			continue;
		parse(text);
		assert_int_not_equal(request.kind, REQUEST_SFTP);
	}
}

static void
the_subsystem_needs_no_words(void **state)
{
	(void)state;
	request_sftp(&request);
	assert_int_equal(request.kind, REQUEST_SFTP);
	assert_int_equal(request.refusal, REFUSE_NOTHING);
	assert_string_equal(request.raw, "");
	assert_int_equal(request.raw_len, 0);
}

static void
base_name_is_what_follows_the_last_slash(void **state)
{
	(void)state;
	parse("/usr/lib/openssh/sftp-server plain a/ //x '/a b/c d'");
	assert_string_equal(request_base_name(&request, 0), "sftp-server");
	assert_string_equal(request_base_name(&request, 1), "plain");
	assert_string_equal(request_base_name(&request, 2), "");
	assert_string_equal(request_base_name(&request, 3), "x");
	assert_string_equal(request_base_name(&request, 4), "c d");
	assert_null(request_base_name(&request, 5));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_teardown(name, tear_down)
		TEST(nothing_asked_is_a_shell),
		TEST(a_command_keeps_its_bytes_and_its_words),
		TEST(an_empty_word_is_a_command_without_a_name),
		TEST(what_cannot_be_read_is_remembered),
		TEST(only_the_very_search_script_is_sftp),
		TEST(the_subsystem_needs_no_words),
		TEST(base_name_is_what_follows_the_last_slash),
	};

	return cmocka_run_group_tests_name("request", tests, NULL, NULL);
}
