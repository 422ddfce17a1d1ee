/*
 * A new release of rsync is noticed: each option that the installed rsync, its
 * manual and its rrsync name has a row in our table, or stands below among
 * those that never leave the client. All that have neither are reported.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
#include <cmocka.h>

#include "base/buf.h"
#include "subsys/rsync/option_table.h"

#define NAME_BYTES \
	"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-"

/* Options that never reach a server: of the client alone, or spelled to it in
 * another way. */
static const char *const local_names[] = { "no-motd", "archive", "no-OPTION",
	"inc-recursive", "no-inc-recursive", "i-r", "no-i-r", "append-verify",
	"old-dirs", "old-d", "contimeout", "blocking-io", "progress",
	"itemize-changes", "ipv4", "ipv6", "cc", "zc", "zl", "zt", "time-limit",
	"no-detach", NULL };

/* -0 is --from0, -T --temp-dir, -M the option that it carries ... */
static const char local_letters[] = "aPFfTM0i46V";

/* What was seen of one text, and what of it nobody knows. */
struct survey {
	size_t names, letters;
	struct buf unknown; /* blank-separated, in room */
	char room[1024];
};

static void
begin(struct survey *survey)
{
	*survey = (struct survey){ .names = 0 };
	buf_init(&survey->unknown, survey->room, sizeof(survey->room) - 1);
}

static bool
is_known_name(const char *name, size_t len)
{
	for (size_t i = 0; local_names[i] != NULL; i++) {
		if (strlen(local_names[i]) == len &&
		    memcmp(local_names[i], name, len) == 0)
			return true;
	}
	return rsync_option_name(name, len) != NULL;
}

static void
see_name(struct survey *survey, const char *name, size_t len)
{
	survey->names++;
	if (!is_known_name(name, len))
		buf_addf(&survey->unknown, "--%.*s ", (int)len, name);
}

static void
see_letter(struct survey *survey, char letter)
{
	survey->letters++;
	if (strchr(local_letters, letter) == NULL &&
	    rsync_option_letter(letter) == NULL)
		buf_addf(&survey->unknown, "-%c ", letter);
}

/* Every option that text spells: "--verbose, -v" or "--cc=STR (--checksum". */
static void
see_spellings(struct survey *survey, const char *text)
{
	for (const char *at = text; *at != '\0'; at++) {
		size_t len;

		if (*at != '-' ||
		    (at > text && strchr(" (\t\"", at[-1]) == NULL))
			continue;
		if (at[1] != '-') {
			if (at[1] != '\0' && strchr(" ,", at[1]) == NULL)
				see_letter(survey, at[1]);
			continue;
		}
		len = strspn(at + 2, NAME_BYTES);
		if (len > 0)
			see_name(survey, at + 2, len);
		at += len + 1;
	}
}

/* A line of the help begins with its spellings; two blanks end them. */
static void
see_help_line(struct survey *survey, char *line)
{
	char *end;

	while (*line == ' ')
		line++;
	if (*line != '-')
		return;
	end = strstr(line, "  ");
	if (end == NULL)
		end = strstr(line + 1, " ");
	while (end != NULL && end[1] == '-') /* "--no-whole-file, --no-W x" */
		end = strstr(end + 1, " ");
	if (end != NULL)
		*end = '\0';
	see_spellings(survey, line);
}

/* A heading of the manual: .IP "\fB\-\-verbose\fP, \fB\-v\fP" */
static void
see_manual_line(struct survey *survey, char *line)
{
	char *out = line;

	if (strncmp(line, ".IP \"\\fB\\-", 10) != 0)
		return;
	for (const char *at = line + 5; *at != '\0' && *at != '"'; at++) {
		if (at[0] == '\\' && at[1] == 'f')
			at += 2;
		else if (*at != '\\')
			*out++ = *at;
	}
	*out = '\0';
	see_spellings(survey, line);
}

/* A line of rrsync's table: "  'append': 0,", and its string of letters. */
static void
see_rrsync_line(struct survey *survey, char *line)
{
	size_t len;

	if (strncmp(line, "short_no_arg = '", 16) == 0 ||
	    strncmp(line, "short_with_num = '", 18) == 0) {
		for (char *at = strchr(line, '\'') + 1; *at != '\''; at++)
			see_letter(survey, *at);
		return;
	}
	if (strncmp(line, "  '", 3) != 0)
		return;
	len = strspn(line + 3, NAME_BYTES);
	if (strncmp(line + 3 + len, "': ", 3) == 0)
		see_name(survey, line + 3, len);
}

/* The end to read of what a program prints. */
static FILE *
open_output(const char *const argv[])
{
	int ends[2];
	pid_t child;

	assert_int_equal(pipe(ends), 0);
	child = fork();
	assert_true(child >= 0);
	if (child == 0) {
		dup2(ends[1], STDOUT_FILENO);
		close(ends[0]);
		close(ends[1]);
		close(STDERR_FILENO);
		execvp(argv[0], (char *const *)(uintptr_t)argv);
		_exit(127);
	}
	close(ends[1]);
	return fdopen(ends[0], "r");
}

/* Reads what a program prints; false where that is nothing. */
static bool
survey_output(struct survey *survey, const char *const argv[],
    void (*see)(struct survey *survey, char *line))
{
	FILE *file = open_output(argv);
	char line[4096];
	bool any = false;

	begin(survey);
	assert_non_null(file);
	while (fgets(line, sizeof(line), file) != NULL) {
		line[strcspn(line, "\n")] = '\0';
		see(survey, line);
		any = true;
	}
	fclose(file);
	assert_true(wait(NULL) > 0);
	return any;
}

static void
expect_known(struct survey *survey, const char *where)
{
	if (survey->unknown.len > 0)
		fail_msg("%s has options that the table lacks: %s", where,
		    buf_text(&survey->unknown));
}

static void
each_option_of_the_help_is_known(void **state)
{
	static const char *const argv[] = { "rsync", "--help", NULL };
	struct survey survey;

	(void)state;
	if (!survey_output(&survey, argv, see_help_line))
		skip();
	expect_known(&survey, "rsync --help");
	assert_true(survey.names > 120);
	assert_true(survey.letters > 35);
}

static void
each_option_of_the_manual_is_known(void **state)
{
	static const char *const argv[] = { "zcat",
		"/usr/share/man/man1/rsync.1.gz", NULL };
	struct survey survey;

	(void)state;
	if (!survey_output(&survey, argv, see_manual_line))
		skip();
	expect_known(&survey, "rsync(1)");
	assert_true(survey.names > 140);
	assert_true(survey.letters > 35);
}

static void
each_option_that_rrsync_takes_is_known(void **state)
{
	static const char *const argv[] = { "cat", "/usr/bin/rrsync", NULL };
	struct survey survey;

	(void)state;
	if (!survey_output(&survey, argv, see_rrsync_line))
		skip();
	expect_known(&survey, "rrsync");
	assert_true(survey.names > 70);
	assert_true(survey.letters > 35);
}

/* The readers see what a new release would add. */
static void
new_options_are_reported(void **state)
{
	char help[] = "--brand-new, -Q         does this";
	char second[] = "--no-brand, --no-Q       and that";
	char plain[] = "--verbose, -v            is known";
	char manual[] = ".IP \"\\fB\\-\\-brand\\-new=N\\fP, \\fB\\-Q\\fP\"";
	char rrsync[] = "  'brand-new': 1,";
	char letters[] = "short_no_arg = 'ACQ' # DO NOT REMOVE ANY";
	struct survey survey;

	(void)state;
	begin(&survey);
	see_help_line(&survey, plain);
	assert_string_equal(buf_text(&survey.unknown), "");
	see_help_line(&survey, help);
	see_help_line(&survey, second);
	assert_string_equal(buf_text(&survey.unknown),
	    "--brand-new -Q --no-brand --no-Q ");
	begin(&survey);
	see_manual_line(&survey, manual);
	assert_string_equal(buf_text(&survey.unknown), "--brand-new -Q ");
	begin(&survey);
	see_rrsync_line(&survey, rrsync);
	see_rrsync_line(&survey, letters);
	assert_string_equal(buf_text(&survey.unknown), "--brand-new -Q ");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_option_of_the_help_is_known),
		cmocka_unit_test(each_option_of_the_manual_is_known),
		cmocka_unit_test(each_option_that_rrsync_takes_is_known),
		cmocka_unit_test(new_options_are_reported),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
