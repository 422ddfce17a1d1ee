/*
 * The option parser and all that follows it, short of files: whatever the
 * words, the argv that would run contains only what the table allows under
 * this policy, and no path that leaves the root.
 *
 * Input: two bytes of policy, the command string, and behind a NUL the words
 * of a secluded block, each ended by a NUL.
 */
#include <string.h>

#include "base/xalloc.h"
#include "confine/means.h"
#include "policy/policy.h"
#include "policy/restrictions.h"
#include "request/request.h"
#include "subsys/rsync/args.h"
#include "subsys/rsync/argv.h"
#include "subsys/rsync/lexical.h"
#include "subsys/rsync/path_rules.h"
#include "subsys/rsync/rsync.h"
#include "subsys/rsync/values.h"
#include "tests/fuzz/target.h"

/* The terms that two bytes of the input choose. */
static struct restrictions restrictions;
static struct means means;

static void
set_terms(struct policy *policy, uint8_t one, uint8_t two)
{
	policy_init(policy);
	policy->mode = (enum mode)(one % MODE_COUNT);
	policy->may_delete = one & 0x10;
	policy->may_overwrite = one & 0x20;
	policy->munge_links = one & 0x80;
	policy->one_file_system = two & 1;
	policy->absolute = false;
	restrictions = (struct restrictions){ .push_only = two & 2,
		.rrsync = two & 4 ? "rrsync" : NULL };
	means.view = one & 0x40 ? VIEW_MOUNTS : VIEW_HOST;
}

/* An option under these rules, on this side, or the end. */
static void
check_row(const struct rsync_option *row, unsigned rules, bool sender)
{
	unsigned side = sender ? SIDE_SENDER : SIDE_RECEIVER;

	MUST(row != NULL);
	MUST(row->fate == PASS);
	MUST(!(row->side & side) || !(row->refused & rules));
	MUST(sender || !(row->dropped & rules));
}

static void
check_bundle(const char *word, unsigned rules, bool sender)
{
	for (const char *at = word + 1; *at != '\0'; at++) {
		const struct rsync_option *row = rsync_option_letter(*at);

		check_row(row, rules, sender);
		if (row->value == VALUE_NONE)
			continue;
		MUST(row->value == VALUE_SUFFIX);
		MUST(strspn(at + 1,
			 "0123456789.ABCDEFGHIJKLMNOPQRSTUVWXYZ"
			 "abcdefghijklmnopqrstuvwxyz") == strlen(at + 1));
		MUST(strchr(at + 1, '.') != NULL);
		return;
	}
}

static bool
is_forced(const char *word, unsigned rules)
{
	const struct rsync_forced *row = rsync_forced;

	for (; row->text != NULL; row++) {
		if ((row->rules & rules) && strcmp(row->text, word) == 0)
			return true;
	}
	return false;
}

static void
check_long(const char *word, unsigned rules, bool sender)
{
	const char *equals = strchr(word, '=');
	size_t len = equals == NULL ? strlen(word) : (size_t)(equals - word);
	const struct rsync_option *row = rsync_option_name(word + 2, len - 2);

	check_row(row, rules, sender);
	MUST((equals != NULL) == (row->value != VALUE_NONE));
	if (equals != NULL && !argv_is_path(row->value))
		MUST(
		    rsync_value_ok(row->value, equals + 1, strlen(equals + 1)));
}

static void
check_argv(const struct argv *argv, unsigned rules, bool sender)
{
	size_t i = sender ? 3 : 2;

	MUST(strcmp(argv->at[0], "rsync") == 0);
	MUST(strcmp(argv->at[1], "--server") == 0);
	MUST(!sender || strcmp(argv->at[2], "--sender") == 0);
	MUST(!(rules & RULE_READ_ONLY) || sender);
	MUST(!(rules & (RULE_WRITE_ONLY | RULE_PUSH_ONLY)) || !sender);
	for (; strcmp(argv->at[i], "--") != 0; i++) {
		const char *word = argv->at[i];

		MUST(i + 2 < argv->count && word[0] == '-' && word[1] != 0);
		if (word[1] != '-')
			check_bundle(word, rules, sender);
		else if (!is_forced(word, rules))
			check_long(word, rules, sender);
	}
	MUST(strcmp(argv->at[i + 1], ".") == 0);
}

/* No absolute path, none that climbs above where it starts. */
static void
check_path(const char *path)
{
	long depth = 0;

	MUST(path[0] != '/' && path[0] != '\0');
	while (*path != '\0') {
		size_t len = strcspn(path, "/");

		if (len == 2 && memcmp(path, "..", 2) == 0)
			depth--;
		else if (len > 0 && !(len == 1 && *path == '.'))
			depth++;
		MUST(depth >= 0);
		path += len + (path[len] == '/');
	}
}

static void
check_paths(const struct policy *policy, const struct rsync_args *args)
{
	char out[PATH_MAX];

	for (size_t i = 0; i < args->expanded.count; i++) {
		const struct word *word = &args->expanded.at[i];

		MUST(path_rules_map(policy, NULL, word->text, word->len, out) ==
		     LEXICAL_OK);
		check_path(out);
	}
}

static void
run(const struct policy *policy, const struct request *request)
{
	const struct argv_frame frame = { .place = "/r" };
	const struct terms terms = { policy, &restrictions, &means };
	struct argv_value *values = NULL;
	const struct rsync_args *args;
	struct verdict verdict = { 0 };
	struct names names = { 0 };
	struct argv argv = { 0 };
	void *parsed;

	if (rsync_parse(&terms, request, &parsed, &verdict) != REFUSE_NOTHING) {
		MUST(verdict.refusal != REFUSE_NOTHING && parsed == NULL);
		return;
	}
	args = parsed;
	values = xcalloc(args->count + 1, sizeof(*values));
	for (size_t i = 0; i < args->count; i++)
		values[i].text = "mapped";
	argv_build(&argv, args, &frame, values, &names);
	MUST(!argv.full);
	check_argv(&argv, args->rules, args->sender);
	check_paths(policy, args);
	free(values);
	argv_free(&argv);
	rsync_parsed_free(parsed);
}

/* The words behind the command's NUL. */
static void
add_block(struct request *request, const char *at, const char *end)
{
	while (at < end) {
		size_t len = strnlen(at, (size_t)(end - at));

		if (words_append(&request->words, at, len, false) !=
		    REFUSE_NOTHING)
			return;
		at += len + 1;
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct request request;
	struct policy policy;
	char *text;

	if (size < 2)
		return 0;
	text = xmemdup(data + 2, size - 2);
	set_terms(&policy, data[0], data[1]);
	request_parse(&request, text);
	if (request.refusal == REFUSE_NOTHING && request.words.count > 0) {
		if (strlen(text) < size - 2)
			add_block(&request, text + strlen(text) + 1,
			    text + size - 2);
		run(&policy, &request);
	}
	request_free(&request);
	policy_free(&policy);
	free(text);
	return 0;
}
