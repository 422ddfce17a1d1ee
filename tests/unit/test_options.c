/* The gate's command line: options are the keys, one word is the root. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "decide/options.h"
#include "newpolicy.h"

static struct options options;

static int
parse(const char *line)
{
	char *argv[LINE_WORDS + 2];
	int argc = line_argv(argv, "filesonly", line);

	newpolicy(NULL);
	return options_parse(&options, &policy, argc, argv, &error);
}

static void
one_word_is_the_root(void **state)
{
	(void)state;
	assert_int_equal(parse("/srv/x"), 0);
	assert_string_equal(policy.root, "/srv/x");
	assert_int_equal(options.task, TASK_SERVE);
	assert_null(options.subsystem);
	assert_int_equal(parse("x"), 0);
	assert_string_equal(policy.root, "x");
	assert_int_equal(parse("-- --odd"), 0);
	assert_string_equal(policy.root, "--odd");
	assert_int_equal(parse("-- --"), 0);
	assert_string_equal(policy.root, "--");
}

static void
options_may_stand_before_and_behind_the_root(void **state)
{
	(void)state;
	assert_int_equal(parse("--no-delete /srv/x --services=rsync"), 0);
	assert_string_equal(policy.root, "/srv/x");
	assert_false(policy.may_delete);
	assert_int_equal(policy.services, SERVICE_RSYNC);
}

static void
modes_are_short_for_the_key(void **state)
{
	static const char *const names[] = { "read-write", "read-only",
		"write-only", "create-only" };
	char line[64];

	(void)state;
	for (unsigned i = 0; i < MODE_COUNT; i++) {
		snprintf(line, sizeof(line), "--%s /x", names[i]);
		assert_int_equal(parse(line), 0);
		assert_int_equal(policy.mode, i);
		snprintf(line, sizeof(line), "--mode=%s /x", names[i]);
		assert_int_equal(parse(line), 0);
		assert_int_equal(policy.mode, i);
	}
	/* The last one counts. */
	assert_int_equal(parse("--read-only --read-write /x"), 0);
	assert_int_equal(policy.mode, MODE_READ_WRITE);
}

static void
every_flag_has_three_forms(void **state)
{
	char line[128];

	(void)state;
	for (const struct key *key = policy_keys; key->name != NULL; key++) {
		static const char *const forms[] = { "--", "--no-" };

		if (key->kind != KEY_FLAG)
			continue;
		for (int no = 0; no < 2; no++) {
			snprintf(line, sizeof(line), "%s%s /x", forms[no],
			    key->name);
			assert_int_equal(parse(line), 0);
			assert_int_equal(*((const bool
						 *)((const char *)&policy +
						    key->offset)),
			    !no);
			snprintf(line, sizeof(line), "--%s=%s /x", key->name,
			    no ? "no" : "yes");
			assert_int_equal(parse(line), 0);
			assert_int_equal(*((const bool
						 *)((const char *)&policy +
						    key->offset)),
			    !no);
		}
	}
}

static void
what_is_no_option_is_refused_and_named(void **state)
{
	static const struct {
		const char *line;
		const char *named;
	} rows[] = {
		{ "-x /x", "\"-x\"" },
		{ "- /x", "\"-\"" },
		{ "-c id", "\"-c\"" },
		{ "--nonsense /x",
		    "unknown option (see filesonly --help): \"nonsense\"" },
		{ "--nonsense=1 /x", "\"nonsense\"" },
		{ "--no-nonsense /x", "\"no-nonsense\"" },
		{ "--no-services /x", "\"no-services\"" },
		{ "--services /x",
		    "an option that takes a value: \"services\"" },
		{ "--services=shell /x", "\"shell\"" },
		{ "--read-only=yes /x", "\"read-only\"" },
		{ "--root=/x", "unknown option" },
		{ "--root /x", "unknown option" },
		{ "--help=all /x", "unknown option" },
		{ "--config /x", "an option that takes a value: \"config\"" },
		{ "--=x /x", "\"\"" },
		{ "--delete=maybe /x", "\"maybe\"" },
		{ "/x /y", "\"/y\"" },
		{ "/x -- /y", "\"/y\"" },
		{ "--\x1b[2J /x", "\"\\x1b[2J\"" },
		{ "--aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
		  "aaaaaaaaaaaaaaaaaaaaa=1 /x",
		    "unknown option" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		if (parse(rows[i].line) != -1)
			fail_msg("%s is taken", rows[i].line);
		if (strstr(buf_text(&error), rows[i].named) == NULL)
			fail_msg("%s: %s", rows[i].line, buf_text(&error));
		assert_null(strpbrk(buf_text(&error), "\n\x1b"));
	}
}

static void
no_root_is_left_to_the_caller(void **state)
{
	(void)state;
	assert_int_equal(parse("--read-only"), 0);
	assert_null(policy.root);
}

static void
an_empty_root_is_refused(void **state)
{
	char program[] = "filesonly", empty[] = "";
	char *argv[] = { program, empty, NULL };

	(void)state;
	assert_int_equal(options_parse(&options, &policy, 2, argv, &error), -1);
	assert_null(policy.root);
	/* Even argv[0] may be missing. */
	assert_int_equal(options_parse(&options, &policy, 0, argv + 2, &error),
	    0);
}

static void
other_tasks_are_known(void **state)
{
	(void)state;
	assert_int_equal(parse("--version"), 0);
	assert_int_equal(options.task, TASK_VERSION);
	assert_int_equal(parse("--help"), 0);
	assert_int_equal(options.task, TASK_HELP);
	assert_int_equal(parse("--subsystem=sftp /x"), 0);
	assert_string_equal(options.subsystem, "sftp");
	assert_int_equal(parse("--subsystem=rsync /x"), -1);
	assert_int_equal(parse("--subsystem= /x"), -1);
}

/* How the help names a key's values. */
static void
expected_usage(const struct key *key, struct buf *usage)
{
	buf_addf(usage, "  --%s%s", key->kind == KEY_FLAG ? "[no-]" : "",
	    key->name);
	if (key->takes != NULL)
		buf_addf(usage, "=%s", key->takes);
	for (const struct key_word *w = key->words;
	     w != NULL && w->word != NULL; w++)
		buf_addf(usage, "%c%s", w == key->words ? '=' : '|', w->word);
	if (key->kind == KEY_LIST)
		buf_add_text(usage, ",...");
}

/* In the order of the table, each below its group's name. */
static void
help_tells_every_key_its_values_and_default(void **state)
{
	static char text[8192];
	char room[256];
	const char *group = NULL, *at;
	struct buf out, line;

	(void)state;
	buf_init(&out, text, sizeof(text));
	options_help(&out);
	assert_false(out.full);
	at = buf_text(&out);
	for (const struct key *key = policy_keys; key->name != NULL; key++) {
		if (strcmp(key->name, "root") == 0)
			continue;
		buf_init(&line, room, sizeof(room));
		if (key->group != group)
			buf_addf(&line, "\n\n%s:\n", key->group);
		group = key->group;
		expected_usage(key, &line);
		at = strstr(at, buf_text(&line));
		if (at == NULL)
			fail_msg("no \"%s\" in the help, or not there",
			    buf_text(&line));
		buf_init(&line, room, sizeof(room));
		buf_add_text(&line, key->help);
		if (key->fallback != NULL && strcmp(key->fallback, "none") != 0)
			buf_addf(&line, " [%s]", key->fallback);
		buf_add_text(&line, "\n");
		at = strstr(at, buf_text(&line));
		if (at == NULL)
			fail_msg("--%s: no \"%s\"", key->name, buf_text(&line));
		/* Behind the newline a group may begin. */
		at += line.len - 1;
	}
	assert_null(strstr(buf_text(&out), "--[no-]root"));
}

/* A terminal is 80 columns wide. */
static void
no_line_of_the_help_is_wrapped(void **state)
{
	static char text[8192];
	struct buf out;

	(void)state;
	buf_init(&out, text, sizeof(text));
	options_help(&out);
	for (const char *line = buf_text(&out); *line != '\0';
	     line += strcspn(line, "\n") + 1) {
		if (strcspn(line, "\n") > 80)
			fail_msg("too wide: %.90s", line);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		POLICY_TEST(one_word_is_the_root),
		POLICY_TEST(options_may_stand_before_and_behind_the_root),
		POLICY_TEST(modes_are_short_for_the_key),
		POLICY_TEST(every_flag_has_three_forms),
		POLICY_TEST(what_is_no_option_is_refused_and_named),
		POLICY_TEST(no_root_is_left_to_the_caller),
		POLICY_TEST(an_empty_root_is_refused),
		POLICY_TEST(other_tasks_are_known),
		POLICY_TEST(help_tells_every_key_its_values_and_default),
		POLICY_TEST(no_line_of_the_help_is_wrapped),
	};

	return cmocka_run_group_tests_name("options", tests, NULL, NULL);
}
