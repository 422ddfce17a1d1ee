/*
 * The example file and the manual say what the tables say: every key at its
 * default, no other key, and the tables of modes and requests. Read from the
 * source tree.
 */
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "base/io.h"
#include "policy/config_file.h"
#include "policy/mode.h"
#include "policy/policy.h"
#include "request/refusal.h"
#include "subsys/rsync/option_table.h"
#include "subsys/sftp/requests.h"

static char text[65536];

static int
read_text(const char *name)
{
	auto_fd int fd = open(name, O_RDONLY | O_CLOEXEC);
	ssize_t len;

	if (fd < 0)
		return -1;
	len = io_read_all(fd, text, sizeof(text) - 1);
	text[len < 0 ? 0 : len] = '\0';
	return len > 0 ? 0 : -1;
}

/* How often line stands in the text, as a whole. */
static int
count_lines(const char *line)
{
	size_t len = strlen(line);
	int count = 0;

	for (const char *at = text; (at = strstr(at, line)) != NULL;
	     at += len) {
		if ((at == text || at[-1] == '\n') && at[len] == '\n')
			count++;
	}
	return count;
}

/* How many lines begin so. */
static int
count_beginnings(const char *beginning)
{
	size_t len = strlen(beginning);
	int count = 0;

	for (const char *at = text; at != NULL; at = strchr(at, '\n')) {
		at += at[0] == '\n';
		count += strncmp(at, beginning, len) == 0;
	}
	return count;
}

static int
count_keys(void)
{
	int count = 0;

	for (const struct key *key = policy_keys; key->name != NULL; key++)
		count++;
	return count;
}

static void
the_example_has_every_key_at_its_default(void **state)
{
	char line[128];

	(void)state;
	assert_int_equal(read_text("conf/filesonly.conf"), 0);
	for (const struct key *key = policy_keys; key->name != NULL; key++) {
		bool has_default = key->fallback != NULL;

		snprintf(line, sizeof(line), "#%s = %s", key->name,
		    has_default ? key->fallback : "/");
		if ((has_default ? count_lines(line)
				 : count_beginnings(line)) != 1)
			fail_msg("conf/filesonly.conf lacks: %s", line);
	}
}

/* A setting of the example, its # taken away. */
static int
take_setting(void *context, const struct config_line *line, struct buf *error)
{
	int *count = context;
	struct policy policy;
	int result;

	policy_init(&policy);
	result = policy_set(&policy, line->key, line->value, error);
	policy_free(&policy);
	++*count;
	return result;
}

static void
the_example_without_its_marks_is_a_configuration(void **state)
{
	char name[] = "/tmp/example.XXXXXX", room[512];
	int fd = mkstemp(name), count = 0;
	struct buf error;

	(void)state;
	assert_true(fd >= 0);
	assert_int_equal(unlink(name), 0);
	assert_int_equal(read_text("conf/filesonly.conf"), 0);
	for (char *at = text; (at = strstr(at, "\n#")) != NULL; at++) {
		if (at[2] != ' ')
			at[1] = ' ';
	}
	assert_int_equal(io_write_all(fd, text, strlen(text)), 0);
	assert_int_equal(lseek(fd, 0, SEEK_SET), 0);
	buf_init(&error, room, sizeof(room) - 1);
	if (config_read(fd, "filesonly.conf", take_setting, &count, &error) !=
	    0)
		fail_msg("%s", buf_text(&error));
	assert_int_equal(count, count_keys());
	close(fd);
}

static void
the_other_examples_are_configurations(void **state)
{
	static const char *const names[] = { "conf/conf.d/example.conf",
		"conf/users.d/example.conf" };
	char room[512];
	struct buf error;

	(void)state;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		auto_fd int fd = open(names[i], O_RDONLY | O_CLOEXEC);
		int count = 0;

		assert_true(fd >= 0);
		buf_init(&error, room, sizeof(room) - 1);
		if (config_read(fd, names[i], take_setting, &count, &error) !=
		    0)
			fail_msg("%s", buf_text(&error));
		assert_true(count > 1);
	}
}

static void
the_manual_has_every_key_and_default(void **state)
{
	char line[128];

	(void)state;
	assert_int_equal(read_text("conf/man/filesonly.conf.5"), 0);
	for (const struct key *key = policy_keys; key->name != NULL; key++) {
		snprintf(line, sizeof(line), ".It Ic %s%s%s", key->name,
		    key->fallback == NULL ? "" : " Pq ",
		    key->fallback == NULL ? "" : key->fallback);
		if (count_lines(line) != 1)
			fail_msg("filesonly.conf.5 lacks: %s", line);
	}
	/* Sections are items, too. */
	assert_int_equal(count_beginnings(".It Ic ") -
			     count_beginnings(".It Ic ["),
	    count_keys());
}

/* As --help prints them; head and item are the file's marks of each. */
static void
check_order(const char *name, const char *head, const char *item)
{
	const char *group = NULL, *at = text;
	char line[128];

	assert_int_equal(read_text(name), 0);
	for (const struct key *key = policy_keys; key->name != NULL; key++) {
		if (key->group != group) {
			snprintf(line, sizeof(line), "\n%s%s", head,
			    key->group);
			at = strstr(at, line);
			if (at == NULL)
				fail_msg("%s: no%s, or not there", name, line);
		}
		group = key->group;
		snprintf(line, sizeof(line), "\n%s%s", item, key->name);
		do
			at = at == NULL ? NULL : strstr(at + 1, line);
		while (at != NULL && strchr(" \n", at[strlen(line)]) == NULL);
		if (at == NULL)
			fail_msg("%s: no%s, or not there", name, line);
	}
}

static void
keys_stand_in_one_order_everywhere(void **state)
{
	(void)state;
	check_order("conf/man/filesonly.conf.5", ".Ss ", ".It Ic ");
	check_order("conf/filesonly.conf", "# ", "#");
}

static void
the_manual_names_every_word(void **state)
{
	char line[128];

	(void)state;
	assert_int_equal(read_text("conf/man/filesonly.conf.5"), 0);
	for (const struct key *key = policy_keys; key->name != NULL; key++) {
		for (const struct key_word *w = key->words;
		     w != NULL && w->word != NULL; w++) {
			snprintf(line, sizeof(line), ".Cm %s", w->word);
			if (count_beginnings(line) == 0)
				fail_msg("filesonly.conf.5 lacks %s: %s",
				    key->name, w->word);
		}
	}
}

static void
the_manual_has_the_table_of_modes(void **state)
{
	char room[4096];
	struct buf table;

	(void)state;
	buf_init(&table, room, sizeof(room) - 1);
	mode_print(&table);
	assert_false(table.full);
	assert_int_equal(read_text("conf/man/filesonly.1"), 0);
	assert_non_null(strstr(text, buf_text(&table)));
}

static void
the_manual_has_the_table_of_sftp_requests(void **state)
{
	char room[8192];
	struct buf table;

	(void)state;
	buf_init(&table, room, sizeof(room) - 1);
	requests_print(&table);
	assert_false(table.full);
	assert_int_equal(read_text("conf/man/filesonly.1"), 0);
	assert_non_null(strstr(text, buf_text(&table)));
}

/* By name, in a line of its own. */
static void
the_manual_has_every_option_of_rsync_that_is_refused(void **state)
{
	char line[64];

	(void)state;
	assert_int_equal(read_text("conf/man/filesonly.1"), 0);
	for (const struct rsync_option *row = rsync_options;
	     row->letter != 0 || row->name != NULL; row++) {
		bool follows = (row->refused & RULE_LINKS) != 0;

		if (row->fate != REFUSE && !follows)
			continue;
		if (follows && row->letter != 0)
			snprintf(line, sizeof(line), ".Fl %c", row->letter);
		else
			snprintf(line, sizeof(line), ".Fl -%s", row->name);
		if (count_beginnings(line) == 0)
			fail_msg("filesonly.1 lacks: %s", line);
	}
}

static void
the_manual_has_every_exit_status(void **state)
{
	char line[32];

	(void)state;
	assert_int_equal(read_text("conf/man/filesonly.1"), 0);
	for (int i = 0; i < REFUSE_COUNT; i++) {
		snprintf(line, sizeof(line), ".It %d",
		    refusal_status((enum refusal)i));
		if (count_lines(line) != 1)
			fail_msg("filesonly.1 lacks %s", line);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_example_has_every_key_at_its_default),
		cmocka_unit_test(
		    the_example_without_its_marks_is_a_configuration),
		cmocka_unit_test(the_other_examples_are_configurations),
		cmocka_unit_test(the_manual_has_every_key_and_default),
		cmocka_unit_test(keys_stand_in_one_order_everywhere),
		cmocka_unit_test(the_manual_names_every_word),
		cmocka_unit_test(the_manual_has_the_table_of_modes),
		cmocka_unit_test(the_manual_has_the_table_of_sftp_requests),
		cmocka_unit_test(
		    the_manual_has_every_option_of_rsync_that_is_refused),
		cmocka_unit_test(the_manual_has_every_exit_status),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
