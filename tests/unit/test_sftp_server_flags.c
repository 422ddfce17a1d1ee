/*
 * The flags of OpenSSH's sftp-server, as sshd_config files of the world carry
 * them; and the requests that its lists close.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "decide/sftp_server_flags.h"
#include "newpolicy.h"
#include "policy/mode.h"
#include "subsys/sftp/dispatch.h"
#include "subsys/sftp/requests.h"

static struct session session = { .uid = 4242,
	.user = "anna",
	.home = "/home/anna" };
static struct options options;

static int
parse(const char *line)
{
	char *argv[LINE_WORDS + 2];
	int argc = line_argv(argv, "sftp-server", line);

	newpolicy(NULL);
	return sftp_server_flags_parse(&options, &policy, argc, argv, &session,
	    &error);
}

static bool
was_given(const char *key)
{
	return key_set_has(&options.given, policy_key(key));
}

static void
what_logs_is_understood_and_means_nothing(void **state)
{
	static const char *const lines[] = { "", "-e", "-f AUTHPRIV",
		"-fAUTHPRIV", "-l INFO", "-lVERBOSE -f LOCAL0 -e", "-el DEBUG3",
		"-ef AUTH" };

	(void)state;
	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
		assert_int_equal(parse(lines[i]), 0);
		for (const struct key *key = policy_keys; key->name != NULL;
		     key++)
			assert_false(key_set_has(&options.given, key));
		assert_null(options.restrictions.only_requests);
		assert_null(options.restrictions.no_requests);
		assert_int_equal(options.task, TASK_SERVE);
	}
}

static void
what_narrows_becomes_values(void **state)
{
	(void)state;
	assert_int_equal(parse("-R -u 027 -f AUTH"), 0);
	assert_true(was_given("mode"));
	assert_int_equal(policy.mode, MODE_READ_ONLY);
	assert_true(was_given("umask"));
	assert_int_equal(policy.umask, 027);
	assert_int_equal(parse("-eRu077 -d/in/%u/%U/%%x -P remove,rmdir"), 0);
	assert_int_equal(policy.mode, MODE_READ_ONLY);
	assert_int_equal(policy.umask, 077);
	assert_string_equal(policy.start_dir, "/in/anna/4242/%x");
	assert_true(was_given("start-dir"));
	assert_string_equal(options.restrictions.no_requests, "remove,rmdir");
	assert_int_equal(parse("-d %d -p stat,open"), 0);
	assert_string_equal(policy.start_dir, "/home/anna");
	assert_string_equal(options.restrictions.only_requests, "stat,open");
}

static void
the_gates_own_options_come_first(void **state)
{
	(void)state;
	assert_int_equal(parse("--config=/etc/x -- -R"), 0);
	assert_string_equal(options.config, "/etc/x");
	assert_int_equal(policy.mode, MODE_READ_ONLY);
	assert_int_equal(parse("--config=/etc/x --no-delete -l INFO"), 0);
	assert_false(policy.may_delete);
	assert_int_equal(parse("--help=sftp"), 0);
	assert_int_equal(options.task, TASK_SFTP);
	assert_int_equal(parse("-Q requests"), 0);
	assert_int_equal(options.task, TASK_REQUESTS);
	/* As by OpenSSH: as a login shell it looks no further. */
	assert_int_equal(parse("-R -c ls -x"), 0);
	assert_int_equal(policy.mode, MODE_READ_ONLY);
}

static void
what_is_not_understood_is_refused(void **state)
{
	static const char *const lines[] = { "-x", "-Rx", "-u", "-u 9",
		"-u 01000000", "-f", "-l", "-d", "-P", "-p", "-Q", "-Q other",
		"/srv/root", "-R /srv/root", "-", "-- /srv", "-e --read-only",
		"-P a -P b", "-p a -p b", "-d %x", "-d %", "-h", "--unknown",
		"-- --config=/x" };

	(void)state;
	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
		assert_int_equal(parse(lines[i]), -1);
		assert_true(error.len > 0);
	}
}

/* The names of what is closed, in the table's order. */
static const char *
closed(const char *only, const char *denied)
{
	static char text[2048];
	uint64_t bits = requests_closed(only, denied);
	struct buf buf;

	buf_init(&buf, text, sizeof(text));
	for (size_t i = 0; request_rows[i].name != NULL; i++)
		if (bits >> i & 1)
			buf_addf(&buf, "%s ", request_rows[i].name);
	return buf_text(&buf);
}

static void
lists_close_requests_and_what_does_the_same(void **state)
{
	(void)state;
	assert_string_equal(closed(NULL, NULL), "");
	assert_string_equal(closed(NULL, ""), "");
	assert_string_equal(closed(NULL, "nothing,that,exists,remov"), "");
	assert_string_equal(closed(NULL, "remove"), "remove ");
	assert_string_equal(closed(NULL, "posix-rename,rename"),
	    "rename posix-rename@openssh.com ");
	/* Content is content. */
	assert_string_equal(closed(NULL, "read"),
	    "read copy-file check-file check-file-handle check-file-name ");
	assert_string_equal(closed(NULL, "copy-data"), "copy-data copy-file ");
	assert_string_equal(closed(NULL, "x,statvfs"),
	    "statvfs@openssh.com space-available ");
}

static void
an_allowed_list_closes_all_others(void **state)
{
	size_t rows = 0, open = 0;
	uint64_t bits;

	(void)state;
	while (request_rows[rows].name != NULL)
		rows++;
	assert_true(requests_closed("", NULL) == (UINT64_C(1) << rows) - 1);
	bits = requests_closed("open,close,read,limits", "read");
	for (size_t i = 0; i < rows; i++)
		open += !(bits >> i & 1);
	/* What is denied wins. */
	assert_int_equal(open, 3);
}

static void
the_printed_table_has_every_row(void **state)
{
	static char text[16384];
	struct buf buf;

	(void)state;
	buf_init(&buf, text, sizeof(text));
	requests_print(&buf);
	assert_false(buf.full);
	assert_true(buf.len < 8192);
	for (const struct request_row *row = request_rows; row->name != NULL;
	     row++) {
		char line[64];

		snprintf(line, sizeof(line), "\n%s ", row->name);
		assert_non_null(strstr(buf_text(&buf), line));
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		POLICY_TEST(what_logs_is_understood_and_means_nothing),
		POLICY_TEST(what_narrows_becomes_values),
		POLICY_TEST(the_gates_own_options_come_first),
		POLICY_TEST(what_is_not_understood_is_refused),
		cmocka_unit_test(lists_close_requests_and_what_does_the_same),
		cmocka_unit_test(an_allowed_list_closes_all_others),
		cmocka_unit_test(the_printed_table_has_every_row),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
