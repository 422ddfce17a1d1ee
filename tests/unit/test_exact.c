/*
 * A key that is locked to one transfer serves that one, however it is quoted
 * and whichever release asks for it, and no other.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <cmocka.h>

#include "decide/exact.h"
#include "newpolicy.h"
#include "request/request.h"

#define PULL "rsync --server --sender -logDtpre.iLsfxCIvu --numeric-ids . "

static int
list(const char *command)
{
	return policy_set(&policy, "exact", command, &error);
}

static bool
serves(const char *command)
{
	struct request request;
	bool result;

	request_parse(&request, command);
	result = exact_allows(&policy, &request);
	request_free(&request);
	return result;
}

static void
without_a_list_everything_is_served(void **state)
{
	(void)state;
	assert_true(serves(PULL "/srv"));
	assert_true(serves(NULL));
}

static void
only_the_listed_words_are_served(void **state)
{
	(void)state;
	assert_int_equal(list(PULL "/srv/data/"), 0);
	assert_true(serves(PULL "/srv/data/"));
	assert_false(serves(PULL "/srv/data"));
	assert_false(serves(PULL "/srv/data/ /etc"));
	assert_false(serves(PULL "/"));
	assert_false(serves("rsync --server --sender -logDtpre.iLsfxCIvu "
			    ". /srv/data/"));
	assert_false(serves("rsync --server -logDtpre.iLsfxCIvu "
			    "--numeric-ids . /srv/data/"));
	assert_false(serves("rsync --server --sender -logDtprLe.iLsfxCIvu "
			    "--numeric-ids . /srv/data/"));
	assert_false(serves("internal-sftp"));
	assert_false(serves(NULL));
}

static void
a_clients_release_does_not_matter(void **state)
{
	(void)state;
	assert_int_equal(list(PULL "/srv/data/"), 0);
	assert_true(serves("rsync --server --sender -logDtpre.iLsfxC "
			   "--numeric-ids . /srv/data/"));
	assert_true(serves("rsync --server --sender -logDtpre31.LsfxCIvuXYZ "
			   "--numeric-ids . /srv/data/"));
	assert_true(serves("rsync --server --sender -logDtpr "
			   "--numeric-ids . /srv/data/"));
	assert_false(serves("rsync --server --sender -logDtpre/bin/sh "
			    "--numeric-ids . /srv/data/"));
	/* Only the bundle has capabilities. */
	assert_int_equal(list("rsync --server -re.i . -ae.x"), 0);
	assert_true(serves("rsync --server -re.iLs . -ae.x"));
	assert_false(serves("rsync --server -re.iLs . -ae.y"));
}

static void
quotes_are_read_not_compared(void **state)
{
	(void)state;
	assert_int_equal(list(PULL "'two words/it'\\''s'"), 0);
	assert_true(serves(PULL "two\\ words/it\\'s"));
	assert_true(serves(PULL "\"two words/it's\""));
	assert_false(serves(PULL "two words/it\\'s"));
}

static void
a_wildcard_is_not_the_name_that_it_spells(void **state)
{
	(void)state;
	assert_int_equal(list(PULL "'a*'"), 0);
	assert_true(serves(PULL "a\\*"));
	assert_false(serves(PULL "a*"));
	assert_int_equal(list(PULL "b?"), 0);
	assert_true(serves(PULL "b?"));
	assert_false(serves(PULL "b\\?"));
}

/* "{a\,b}" is one name, and "[a\-c]" three letters of another. */
static void
what_divides_a_group_is_no_byte_of_it(void **state)
{
	static const struct {
		const char *listed, *other;
	} rows[] = {
		{ "{a,b}", "{a\\,b}" },
		{ "{a,b}", "{a,b\\}" },
		{ "x{a,{b,c}}", "x{a,{b','c}}" },
		{ "[a-c]", "[a'-'c]" },
		{ "[!a]", "[\\!a]" },
		{ "[^a]", "[\"^\"a]" },
		{ "[ab]", "[ab\\]" },
		{ "[[:alpha:]]", "[[\\:alpha:]]" },
	};
	char command[128], other[128];

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		snprintf(command, sizeof(command), "scp -f %s", rows[i].listed);
		snprintf(other, sizeof(other), "scp -f %s", rows[i].other);
		assert_int_equal(list(command), 0);
		if (!serves(command) || serves(other))
			fail_msg("%s: %s", command, other);
		assert_int_equal(list("none"), 0);
		assert_int_equal(list(other), 0);
		if (!serves(other) || serves(command))
			fail_msg("%s: %s", other, command);
		assert_int_equal(list("none"), 0);
	}
	/* Where nothing is opened they are bytes like others. */
	assert_int_equal(list("scp -f a,b-c]d}"), 0);
	assert_true(serves("scp -f 'a,b-c]d}'"));
}

static void
several_commands_may_be_listed(void **state)
{
	(void)state;
	assert_int_equal(list(PULL "/a"), 0);
	assert_int_equal(list(PULL "/b"), 0);
	assert_true(serves(PULL "/a"));
	assert_true(serves(PULL "/b"));
	assert_false(serves(PULL "/c"));
}

static void
what_is_no_command_can_not_be_listed(void **state)
{
	(void)state;
	assert_int_equal(list("md5sum x"), 0);
	assert_int_equal(list(""), -1);
	assert_int_equal(list("  "), -1);
	assert_int_equal(list("it's"), -1);
	assert_int_equal(list("a; b"), -1);
	assert_int_equal(policy.exact.count, 1);
}

/* The log's text, listed, allows the very request that was refused. */
static void
what_is_written_can_be_listed(void **state)
{
	static const char *const commands[] = {
		PULL "/srv/data/",
		PULL "two\\ words",
		PULL "it\\'s",
		PULL "\\'\\'",
		PULL "''",
		PULL "a* b\\* 'c[1]'d[2] {e,f} \\{g,h\\} ~/i \\~j",
		PULL "k{l,m\\,n}[o-p][!q'-'r]s,t",
		PULL "back\\\\slash \\\"quoted\\\" dollar\\$x semi\\;colon",
		PULL "new\\\nline",
		PULL "inv\xff\xfe",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++) {
		struct request request;
		char text[1024];
		struct buf out;

		buf_init(&out, text, sizeof(text) - 1);
		request_parse(&request, commands[i]);
		assert_int_equal(request.refusal, REFUSE_NOTHING);
		assert_int_equal(list("other"), 0);
		assert_false(serves(commands[i]));
		exact_write(&request, &out);
		assert_int_equal(list(buf_text(&out)), 0);
		if (!serves(commands[i]))
			fail_msg("%s is written as %s", commands[i], text);
		request_free(&request);
		newpolicy(NULL);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		POLICY_TEST(without_a_list_everything_is_served),
		POLICY_TEST(only_the_listed_words_are_served),
		POLICY_TEST(a_clients_release_does_not_matter),
		POLICY_TEST(quotes_are_read_not_compared),
		POLICY_TEST(a_wildcard_is_not_the_name_that_it_spells),
		POLICY_TEST(what_divides_a_group_is_no_byte_of_it),
		POLICY_TEST(several_commands_may_be_listed),
		POLICY_TEST(what_is_no_command_can_not_be_listed),
		POLICY_TEST(what_is_written_can_be_listed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
