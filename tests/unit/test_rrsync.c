/*
 * The personality: rrsync's documented options give the policy that they name,
 * and refusals read as its scripts expect.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "confine/means.h"
#include "decide/rrsync.h"
#include "newpolicy.h"
#include "request/request.h"
#include "subsys/rsync/rsync.h"

static struct options options;

static int
parse(const char *line)
{
	char *argv[LINE_WORDS + 2];
	int argc = line_argv(argv, "/usr/lib/filesonly/rrsync", line);

	newpolicy(NULL);
	return rrsync_parse(&options, &policy, argc, argv, &error);
}

static void
plain_is_read_write_with_a_lock(void **state)
{
	(void)state;
	assert_int_equal(parse("/srv/x"), 0);
	assert_string_equal(policy.root, "/srv/x");
	assert_int_equal(policy.mode, MODE_READ_WRITE);
	assert_true(policy.may_delete && policy.may_overwrite && policy.lock);
	assert_false(policy.munge_links || policy.absolute ||
		     options.restrictions.push_only);
	assert_int_equal(policy.services, SERVICE_RSYNC);
}

static void
each_option_does_what_its_manual_says(void **state)
{
	(void)state;
	assert_int_equal(parse("-ro /x"), 0);
	assert_int_equal(policy.mode, MODE_READ_ONLY);
	assert_false(policy.may_delete || policy.lock);
	assert_int_equal(parse("-wo /x"), 0);
	assert_true(
	    options.restrictions.push_only && policy.lock && policy.may_delete);
	assert_int_equal(parse("-munge /x"), 0);
	assert_true(policy.munge_links);
	assert_int_equal(parse("-absolute /x"), 0);
	assert_true(policy.absolute);
	assert_int_equal(parse("-no-del /x"), 0);
	assert_true(!policy.may_delete && policy.lock);
	assert_int_equal(parse("-no-lock /x"), 0);
	assert_true(!policy.lock && policy.may_delete);
	assert_int_equal(parse("-no-overwrite /x"), 0);
	assert_true(!policy.may_overwrite && policy.may_delete);
	assert_int_equal(parse("-help"), 0);
	assert_int_equal(options.task, TASK_HELP);
	assert_int_equal(parse("-h"), 0);
	assert_int_equal(options.task, TASK_HELP);
}

static void
unique_beginnings_and_options_behind_the_directory_count(void **state)
{
	(void)state;
	assert_int_equal(parse("-no-l /x"), 0);
	assert_false(policy.lock);
	assert_int_equal(parse("/x -mun -no-d"), 0);
	assert_true(policy.munge_links && !policy.may_delete);
	assert_int_equal(parse("-- -x"), 0);
	assert_string_equal(policy.root, "-x");
}

static void
wrong_command_lines_are_errors(void **state)
{
	(void)state;
	assert_int_equal(parse("-ro /x"), 0);
	assert_int_equal(parse(""), -1);
	assert_non_null(strstr(buf_text(&error), "required: DIR"));
	assert_int_equal(parse("-no /x"), -1);
	assert_non_null(strstr(buf_text(&error), "ambiguous"));
	assert_int_equal(parse("-rw /x"), -1);
	assert_int_equal(parse("--ro /x"), -1);
	assert_int_equal(parse("/x /y"), -1);
	assert_int_equal(parse("-ro -wo /x"), -1);
	assert_non_null(strstr(buf_text(&error), "not allowed"));
}

/* What a client reads when it sends command to rrsync with these options;
 * "" where it is served. */
static const char *
answer(const char *line, const char *command)
{
	const struct means means = { .view = VIEW_HOST };
	const struct terms terms = { &policy, &options.restrictions, &means };
	struct verdict verdict = { 0 };
	struct request request;
	static char text[1024];
	void *parsed = NULL;
	struct buf out;

	assert_int_equal(parse(line), 0);
	buf_init(&out, text, sizeof(text) - 1);
	request_parse(&request, command);
	verdict.refusal = request.refusal;
	if (request.kind == REQUEST_SHELL)
		verdict_set(&verdict, REFUSE_SHELL, NULL, NULL, 0);
	if (verdict.refusal == REFUSE_NOTHING &&
	    rsync_parse(&terms, &request, &parsed, &verdict) == REFUSE_NOTHING)
		rsync_parsed_free(parsed);
	if (verdict.refusal != REFUSE_NOTHING)
		rrsync_describe("rrsync", &verdict, &out);
	request_free(&request);
	return buf_text(&out);
}

#define PULL "rsync --server --sender -re.iLs "
#define PUSH "rsync --server -re.iLs "

static void
refusals_read_as_scripts_expect(void **state)
{
	(void)state;
	assert_string_equal(answer("-ro /x", PULL ". d"), "");
	assert_string_equal(answer("-ro /x", PUSH ". d"),
	    "rrsync error: sending to read-only server is not allowed");
	assert_string_equal(answer("-wo /x", PUSH ". d"), "");
	assert_string_equal(answer("-wo /x", PULL ". d"),
	    "rrsync error: reading from write-only server is not allowed");
	assert_string_equal(answer("-wo /x", PUSH "--files-from /l . d"),
	    "rrsync error: a write-only server cannot read a remote "
	    "--files-from path");
	assert_string_equal(answer("/x", PUSH "--delete . d"), "");
	assert_string_equal(answer("-no-del /x", PUSH "--delete . d"),
	    "rrsync error: option --delete has been disabled on this server.");
	assert_string_equal(answer("/x", PUSH "--daemon . d"),
	    "rrsync error: option --daemon has been disabled on this server.");
	assert_string_equal(answer("/x", PULL "-L . d"),
	    "rrsync error: option -L has been disabled on this server.");
	assert_string_equal(answer("/x", PUSH "--nonsense . d"),
	    "rrsync error: invalid rsync-command syntax or options");
	assert_string_equal(answer("/x", "rsync -r a b"),
	    "rrsync error: --server option is not the first arg");
	assert_string_equal(answer("/x", NULL),
	    "rrsync error: Not invoked via sshd");
	assert_string_equal(answer("/x", PULL ". ../y"),
	    "rrsync error: unsafe arg: \"../y\"");
}

static void
documented_refusals_are_kept(void **state)
{
	// clang-format off
	static const char *const cases[][3] = {
		{ "-no-del /x", PUSH "--remove-source-files . d", "--remove-source-files" },
		{ "-no-del /x", PUSH "--delete-missing-args . d", "--delete-missing-args" },
		{ "-ro /x", PULL "--remove-source-files . d", "--remove-source-files" },
		{ "-ro /x", PULL "--log-file=x . d", "--log-file" },
		{ "-no-overwrite /x", PUSH "--partial-dir p . d", "--partial-dir" },
		{ "-no-overwrite /x", PUSH "--delay-updates . d", "--delay-updates" },
		{ "-no-overwrite /x", PUSH "--backup-dir b . d", "--backup-dir" },
		{ "-no-overwrite /x", PUSH "-b . d", "-b" },
		{ "/x", PUSH "--debug=ALL . d", "--debug" },
		{ "/x", PULL "--copy-devices . d", "--copy-devices" },
		{ "/x", PUSH "--write-devices . d", "--write-devices" },
		{ "/x", PUSH "--no-munge-links . d", "--no-munge-links" },
		{ "/x", PUSH "-K . d", "-K" },
		{ "/x", PULL "-k . d", "-k" },
		{ "/x", PULL "--copy-unsafe-links . d", "--copy-unsafe-links" },
	};
	// clang-format on

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const char *text = answer(cases[i][0], cases[i][1]);

		if (strstr(text, "has been disabled") == NULL ||
		    strstr(text, cases[i][2]) == NULL)
			fail_msg("%s: %s: %s", cases[i][0], cases[i][1], text);
	}
}

static void
what_its_users_miss_is_served(void **state)
{
	(void)state;
	assert_string_equal(answer("-wo /x", PUSH "--link-dest ../p . d"), "");
	assert_string_equal(answer("/x", PUSH "--link-dest=/p --mkpath . /"),
	    "");
	assert_string_equal(answer("/x", PULL ". 'a b' \"it's\""), "");
	assert_string_equal(answer("/x", "rsync --server --sender -n -r "
					 "--dirs -8 . sub"),
	    "");
	assert_string_equal(answer("-ro /x", PULL "--ignore-errors . a/../b"),
	    "");
}

static void
the_name_is_the_last_component(void **state)
{
	(void)state;
	assert_true(rrsync_is_name("rrsync"));
	assert_true(rrsync_is_name("/usr/lib/filesonly/rrsync"));
	assert_false(rrsync_is_name("filesonly"));
	assert_false(rrsync_is_name("/rrsync/filesonly"));
	assert_false(rrsync_is_name("rrsync2"));
	assert_true(rrsync_is_probe("true"));
	assert_false(rrsync_is_probe("true; id"));
	assert_false(rrsync_is_probe(NULL));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(plain_is_read_write_with_a_lock),
		cmocka_unit_test(each_option_does_what_its_manual_says),
		cmocka_unit_test(
		    unique_beginnings_and_options_behind_the_directory_count),
		cmocka_unit_test(wrong_command_lines_are_errors),
		cmocka_unit_test(refusals_read_as_scripts_expect),
		cmocka_unit_test(documented_refusals_are_kept),
		cmocka_unit_test(what_its_users_miss_is_served),
		cmocka_unit_test(the_name_is_the_last_component),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
