/*
 * scp's command lines, as clients send them: which options count, which paths
 * are meant, and what is refused.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "request/request.h"
#include "subsys/scp/command_line.h"
#include "subsys/scp/scp.h"

/* "t" or "f", the letters of r p d that are set, the paths, the joined one. */
static void
describe(const struct scp_args *args, char *text, size_t size)
{
	int len = snprintf(text, size, "%s%s%s%s", args->sink ? "t" : "f",
	    args->recursive ? "r" : "", args->preserves ? "p" : "",
	    args->directory ? "d" : "");

	for (size_t i = 0; i < args->paths.count; i++)
		len += snprintf(text + len, size - (size_t)len, "|%s",
		    args->paths.at[i].text);
	if (args->joined.count > 0)
		snprintf(text + len, size - (size_t)len, "+%s",
		    args->joined.at[0].text);
}

static enum refusal
parse(const char *raw, char *text, size_t size)
{
	struct request request;
	struct scp_args args;
	struct verdict verdict;
	enum refusal refusal;

	request_parse(&request, raw);
	refusal = request.refusal;
	if (refusal == REFUSE_NOTHING)
		refusal = scp_args_parse(&args, &request, &verdict);
	if (refusal == REFUSE_NOTHING) {
		describe(&args, text, size);
		scp_args_free(&args);
	}
	request_free(&request);
	return refusal;
}

// clang-format off
static const struct {
	const char *raw;
	const char *meaning;
} lines[] = {
	/* OpenSSH scp -O */
	{ "scp -t .",                     "t|." },
	{ "scp -t -- -rf",                "t|-rf" },
	{ "scp -v -r -p -d -t dir",       "trpd|dir" },
	{ "scp -f a",                     "f|a" },
	{ "scp -v -r -p -d -f *.txt",     "frpd|*.txt" },
	/* pscp */
	{ "scp -f d/sp ace/f 1",          "f|d/sp|ace/f|1+d/sp ace/f 1" },
	{ "scp -v -r -p -t d/",           "trp|d/" },
	/* curl */
	{ "scp -pf '/p/a'",               "fp|/p/a" },
	{ "scp -pt '/x/l'\"'\"'f'\\!'x'", "tp|/x/l'f!x" },
	/* sshj: apart, the limit glued on or not */
	{ "scp -t -r -l800 -p 'pa th'",   "trp|pa th" },
	{ "scp -f -q -p -r -l 800 path",  "frp|path" },
	{ "scp -1 -t x",                  "t|x" },
	/* MINA */
	{ "scp -d -r -p -t -- a b",       "trpd|a|b+a b" },
	{ "/usr/bin/scp -tr x",           "tr|x" },
	/* the shell's part of it */
	{ "scp -f {a,b}{c,d}",            "f|ac|ad|bc|bd" },
	{ "scp -f '{a,b}'",               "f|{a,b}" },
	{ "scp -f ~",                     "f|~" },
	{ "scp -f ~/x ~//y",              "f|~/x|~//y+~/x ~//y" },
	{ "scp -f ~ x",                   "f|~|x" },
	{ "scp -f '~/x'",                 "f|~/x" },
	{ "scp -t a  b\\ c   'd  e' ",    "t|a|b c|d  e+a  b c   d  e" },
	{ "scp -t\ta\t b",                "t|a|b+a\t b" },
	{ "scp -t ''",                    "t|" },
	{ "scp -t -",                     "t|-" },
	{ "scp -f a -r",                  "f|a|-r+a -r" },
	{ "scp '-t' x",                   "t|x" },
};
static const struct {
	const char *raw;
	enum refusal refusal;
} refused[] = {
	{ "scp",                    REFUSE_SYNTAX },
	{ "scp -t",                 REFUSE_SYNTAX },
	{ "scp -f",                 REFUSE_SYNTAX },
	{ "scp -f --",              REFUSE_SYNTAX },
	{ "scp -t -l",              REFUSE_SYNTAX },
	{ "scp -t -l 5",            REFUSE_SYNTAX },
	{ "scp x",                  REFUSE_SYNTAX },
	{ "scp -r x y",             REFUSE_SYNTAX },
	{ "scp a host:b",           REFUSE_SYNTAX },
	{ "scp -tf x",              REFUSE_SYNTAX },
	{ "scp -f -t x",            REFUSE_SYNTAX },
	{ "scp -- -t x",            REFUSE_SYNTAX },
	{ "scp -S /bin/sh -t x",    REFUSE_OPTION },
	{ "scp -t -S/bin/sh x",     REFUSE_OPTION },
	{ "scp -o ProxyCommand=id -t x", REFUSE_OPTION },
	{ "scp -t -F x",            REFUSE_OPTION },
	{ "scp -t -i x",            REFUSE_OPTION },
	{ "scp -J x -t y",          REFUSE_OPTION },
	{ "scp -3 a:b c:d",         REFUSE_OPTION },
	{ "scp -R -t x",            REFUSE_OPTION },
	{ "scp -D /bin/sh -t x",    REFUSE_OPTION },
	{ "scp -X nrequests=1 -t x", REFUSE_OPTION },
	{ "scp --help",             REFUSE_OPTION },
	{ "scp -t -r- x",           REFUSE_OPTION },
	{ "scp -f ~root/x",         REFUSE_PATH },
	{ "scp -f {x,~root/x}",     REFUSE_PATH },
	{ "scp -t ~root",           REFUSE_PATH },
	{ "scp -t `id`",            REFUSE_METACHARACTER },
	{ "scp -t $(id)",           REFUSE_METACHARACTER },
	{ "scp -t x; id",           REFUSE_METACHARACTER },
	{ "scp -f 'a",              REFUSE_QUOTES },
	{ "scp -f {a,b}{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}",
	    REFUSE_TOO_LONG },
};
// clang-format on

static void
clients_lines_mean_what_they_meant_to_a_shell(void **state)
{
	char text[1024];

	(void)state;
	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
		if (parse(lines[i].raw, text, sizeof(text)) != REFUSE_NOTHING)
			fail_msg("%s: refused", lines[i].raw);
		if (strcmp(text, lines[i].meaning) != 0)
			fail_msg("%s: %s, wanted %s", lines[i].raw, text,
			    lines[i].meaning);
	}
}

static void
what_is_no_server_of_files_is_refused(void **state)
{
	char text[1024];

	(void)state;
	for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++) {
		enum refusal got = parse(refused[i].raw, text, sizeof(text));

		if (got != refused[i].refusal)
			fail_msg("%s: %s", refused[i].raw, refusal_word(got));
	}
}

/* Wildcards that were quoted stay so, also in what is joined. */
static void
marks_of_quotes_are_kept(void **state)
{
	struct request request;
	struct scp_args args;
	struct verdict verdict;

	(void)state;
	request_parse(&request, "scp -f a\\*  b*");
	assert_int_equal(scp_args_parse(&args, &request, &verdict),
	    REFUSE_NOTHING);
	assert_int_equal(args.paths.at[0].quoted[1], 1);
	assert_int_equal(args.paths.at[1].quoted[1], 0);
	assert_string_equal(args.joined.at[0].text, "a*  b*");
	assert_int_equal(args.joined.at[0].quoted[1], 1);
	assert_int_equal(args.joined.at[0].quoted[5], 0);
	scp_args_free(&args);
	request_free(&request);
}

static void
scp_is_claimed_by_its_name_alone(void **state)
{
	static const struct {
		const char *raw;
		bool claimed;
	} rows[] = { { "scp -t x", true }, { "/usr/bin/scp -t x", true },
		{ "scp", true }, { "./scp -t x", false },
		{ "bin/scp -t x", false }, { "scp2 -t x", false },
		{ "sudo scp -t x", false }, { "SCP -t x", false },
		{ "scp/ -t x", false } };

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct request request;

		request_parse(&request, rows[i].raw);
		if (scp_claims(&request) != rows[i].claimed)
			fail_msg("%s", rows[i].raw);
		request_free(&request);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(clients_lines_mean_what_they_meant_to_a_shell),
		cmocka_unit_test(what_is_no_server_of_files_is_refused),
		cmocka_unit_test(marks_of_quotes_are_kept),
		cmocka_unit_test(scp_is_claimed_by_its_name_alone),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
