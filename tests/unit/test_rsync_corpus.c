/*
 * What clients really sent, replayed: each recorded command line is judged and
 * becomes the argv, or the refusal, that was reviewed when it was recorded.
 * With --judge it reads records and prints them with that line.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "base/auto.h"
#include "confine/means.h"
#include "policy/policy.h"
#include "policy/restrictions.h"
#include "request/request.h"
#include "subsys/rsync/args.h"
#include "subsys/rsync/argv.h"
#include "subsys/rsync/rsync.h"

enum { LINE = 8192 };

struct record {
	char client[LINE], typed[LINE], command[LINE], block[LINE];
	char judged[LINE];
	size_t block_len;
	bool has_block;
};

static unsigned
hex(char c)
{
	return (unsigned)(c <= '9' ? c - '0' : c - 'a' + 10);
}

/* Undoes \xHH in place; returns the length. */
static size_t
decode(char *text)
{
	char *out = text;

	for (const char *at = text; *at != '\0'; at++) {
		if (at[0] == '\\' && at[1] == 'x') {
			*out++ = (char)(hex(at[2]) << 4 | hex(at[3]));
			at += 3;
		} else {
			*out++ = *at;
		}
	}
	*out = '\0';
	return (size_t)(out - text);
}

static void
encode(struct buf *buf, const char *text)
{
	for (; *text != '\0'; text++) {
		if (*text > ' ' && *text < 0x7f && *text != '\\')
			buf_add(buf, text, 1);
		else
			buf_addf(buf, "\\x%02x", (unsigned char)*text);
	}
}

static bool
take_field(const char *line, const char *name, char out[LINE])
{
	size_t len = strlen(name);

	if (strncmp(line, name, len) != 0 || line[len] != ' ')
		return false;
	snprintf(out, LINE, "%.*s", (int)strcspn(line + len + 1, "\n"),
	    line + len + 1);
	return true;
}

/* The next record that has a command; false at the end. */
static bool
read_record(FILE *file, struct record *record)
{
	char line[LINE];

	*record = (struct record){ .has_block = false };
	while (fgets(line, sizeof(line), file) != NULL) {
		if (line[0] == '\n' && record->command[0] != '\0')
			return true;
		if (take_field(line, "block", record->block))
			record->has_block = true;
		else if (!take_field(line, "client", record->client) &&
			 !take_field(line, "typed", record->typed) &&
			 !take_field(line, "command", record->command))
			(void)!take_field(line, "judged", record->judged);
	}
	return record->command[0] != '\0';
}

/* The words as the gate would have them when it decides. */
static enum refusal
make_request(struct request *request, char *command, char *block,
    bool has_block)
{
	size_t len;

	decode(command);
	request_parse(request, command);
	if (request->refusal != REFUSE_NOTHING || !has_block)
		return request->refusal;
	len = decode(block);
	for (size_t at = strlen(block) + 1; at < len;
	     at += strlen(block + at) + 1) {
		enum refusal refusal = words_append(&request->words, block + at,
		    strlen(block + at), false);

		if (refusal != REFUSE_NOTHING)
			return refusal;
	}
	return REFUSE_NOTHING;
}

static void
print_argv(const struct rsync_args *args, struct buf *out)
{
	const struct argv_frame frame = { .place = "/r" };
	struct argv_value *values = calloc(args->count + 1, sizeof(*values));
	struct names names = { 0 };
	struct argv argv = { 0 };

	assert_non_null(values);
	for (size_t i = 0; i < args->count; i++)
		values[i].text = args->items[i].value;
	for (size_t i = 0; i < args->path_count; i++)
		assert_true(
		    names_add(&names, args->paths[i].text, args->paths[i].len));
	argv_build(&argv, args, &frame, values, &names);
	buf_add_text(out, "argv");
	for (size_t i = 0; i < argv.count; i++) {
		buf_add_text(out, " ");
		encode(out, argv.at[i]);
	}
	argv_free(&argv);
	names_free(&names);
	free(values);
}

/* "argv WORD..." or "refused RULE WHAT", as the judged line has it. */
static void
judge(const struct record *record, char out[LINE])
{
	static const struct restrictions none = { .rrsync = NULL };
	static const struct means means = { .view = VIEW_HOST };
	struct verdict verdict = { 0 };
	struct request request;
	struct policy policy;
	const struct terms terms = { &policy, &none, &means };
	void *parsed = NULL;
	struct record copy = *record;
	enum refusal refusal;
	struct buf buf;

	policy_init(&policy);
	buf_init(&buf, out, LINE - 1);
	refusal =
	    make_request(&request, copy.command, copy.block, copy.has_block);
	if (refusal == REFUSE_NOTHING && !rsync_claims(&request))
		refusal = REFUSE_COMMAND;
	if (refusal == REFUSE_NOTHING)
		refusal = rsync_parse(&terms, &request, &parsed, &verdict);
	if (refusal == REFUSE_NOTHING)
		print_argv(parsed, &buf);
	else
		buf_addf(&buf, "refused %s %s", refusal_word(refusal),
		    verdict.what);
	buf_text(&buf);
	if (parsed != NULL)
		rsync_parsed_free(parsed);
	request_free(&request);
	policy_free(&policy);
}

/* Programs that speak by way of rsync, each with records of its own. Debian
 * has no openrsync and no Apple rsync (those stand in "written"); unison,
 * rdiff-backup and borg speak protocols of their own. */
static const char *const clients[] = { "rsync", "BackupPC", "Barman",
	"File::Rsync", "ansible", "backupninja", "dirvish", "dput", "duplicity",
	"fpsync", "git-annex", "git-remote-gcrypt", "lsyncd", "rsbackup",
	"rsnapshot", "ruby-rsync", "yarsync" };

enum { CLIENTS = sizeof(clients) / sizeof(clients[0]) };

static size_t recorded_of[CLIENTS];

static void
count_client(const char *client)
{
	for (size_t i = 0; i < CLIENTS; i++) {
		size_t len = strlen(clients[i]);

		if (strncmp(client, clients[i], len) == 0 && client[len] == ' ')
			recorded_of[i]++;
	}
}

static size_t
replay(const char *path, char **sets, size_t count)
{
	FILE *file = fopen(path, "re");
	struct record record;
	char out[LINE];
	size_t seen = 0;

	assert_non_null(file);
	while (read_record(file, &record)) {
		judge(&record, out);
		if (strcmp(out, record.judged) != 0)
			fail_msg("%s: %s\n  becomes %s\n  wanted  %s",
			    record.client, record.command, out, record.judged);
		seen++;
		assert_true(record.typed[0] != '\0');
		if (sets == NULL)
			continue;
		count_client(record.client);
		assert_true(count < 1000);
		sets[count++] = strdup(out);
	}
	fclose(file);
	return sets != NULL ? count : seen;
}

static int
compare(const void *a, const void *b)
{
	const char *const *left = a, *const *right = b;

	return strcmp(*left, *right);
}

/* Cuts the paths off, so that only the options count. */
static size_t
count_distinct(char **sets, size_t count)
{
	size_t distinct = 0;

	for (size_t i = 0; i < count; i++) {
		char *dot = strstr(sets[i], " -- . ");

		if (dot != NULL)
			*dot = '\0';
	}
	qsort(sets, count, sizeof(*sets), compare);
	for (size_t i = 0; i < count; i++)
		distinct += i == 0 || strcmp(sets[i], sets[i - 1]) != 0;
	return distinct;
}

static void
recorded_commands_become_what_was_reviewed(void **state)
{
	static char *sets[1000];
	size_t count = replay("tests/corpus/rsync/recorded", sets, 0);
	size_t distinct = count_distinct(sets, count);

	(void)state;
	print_message("%zu recorded, %zu distinct sets of options\n", count,
	    distinct);
	assert_true(distinct >= 200);
	for (size_t i = 0; i < count; i++)
		free(sets[i]);
}

static void
each_client_that_packages_have_is_recorded(void **state)
{
	(void)state;
	for (size_t i = 0; i < CLIENTS; i++) {
		print_message("%zu of %s\n", recorded_of[i], clients[i]);
		if (recorded_of[i] == 0)
			fail_msg("nothing was recorded of %s", clients[i]);
	}
}

static void
written_commands_become_what_was_reviewed(void **state)
{
	size_t count = replay("tests/corpus/rsync/written", NULL, 0);

	(void)state;
	print_message("%zu written by hand\n", count);
	assert_true(count >= 30);
}

static int
print_judged(void)
{
	struct record record;
	char out[LINE];

	while (read_record(stdin, &record)) {
		judge(&record, out);
		printf("client %s\ntyped %s\ncommand %s\n", record.client,
		    record.typed, record.command);
		if (record.has_block)
			printf("block %s\n", record.block);
		printf("judged %s\n\n", out);
	}
	return 0;
}

int
main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(recorded_commands_become_what_was_reviewed),
		cmocka_unit_test(each_client_that_packages_have_is_recorded),
		cmocka_unit_test(written_commands_become_what_was_reviewed),
	};

	if (argc == 2 && strcmp(argv[1], "--judge") == 0)
		return print_judged();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
