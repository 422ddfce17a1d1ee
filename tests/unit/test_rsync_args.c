/*
 * The shapes of a command line that clients send, and those that once got
 * through other wrappers: what is read, what is refused, what argv becomes.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "confine/means.h"
#include "newpolicy.h"
#include "policy/restrictions.h"
#include "request/request.h"
#include "subsys/rsync/args.h"
#include "subsys/rsync/argv.h"
#include "subsys/rsync/lexical.h"
#include "subsys/rsync/rsync.h"
#include "subsys/rsync/rules.h"

/* The judgement of a command, with the argv (one blank between) in out. */
static enum refusal
judge(const char *command, char *out, size_t size, struct verdict *verdict)
{
	static const struct restrictions none = { .rrsync = NULL };
	static const struct means means = { .view = VIEW_HOST };
	const struct terms terms = { &policy, &none, &means };
	const struct argv_frame frame = { .place = "/srv/x",
		.speed = policy.bandwidth };
	struct argv_value values[128] = { 0 };
	const struct rsync_args *args;
	struct names names = { 0 };
	void *parsed = NULL;
	struct argv argv = { 0 };
	struct request request;
	enum refusal refusal;

	request_parse(&request, command);
	refusal = request.refusal;
	*verdict = (struct verdict){ 0 };
	if (refusal == REFUSE_NOTHING)
		refusal = rsync_parse(&terms, &request, &parsed, verdict);
	args = parsed;
	if (refusal == REFUSE_NOTHING && out != NULL) {
		for (size_t i = 0; i < args->count && i < 128; i++)
			values[i].text = args->items[i].value;
		for (size_t i = 0; i < args->path_count; i++)
			assert_true(names_add(&names, args->paths[i].text,
			    args->paths[i].len));
		argv_build(&argv, args, &frame, values, &names);
		assert_false(argv.full);
		out[0] = '\0';
		for (size_t i = 0; i < argv.count; i++)
			snprintf(out + strlen(out), size - strlen(out), "%s%s",
			    i == 0 ? "" : " ", argv.at[i]);
	}
	names_free(&names);
	argv_free(&argv);
	if (parsed != NULL)
		rsync_parsed_free(parsed);
	request_free(&request);
	return refusal;
}

static void
becomes(const char *command, const char *wanted)
{
	struct verdict verdict;
	char out[8192];

	if (judge(command, out, sizeof(out), &verdict) != REFUSE_NOTHING)
		fail_msg("refused: %s: %s", command, verdict.what);
	assert_string_equal(out, wanted);
}

static void
is_refused(const char *command, enum refusal wanted, const char *what)
{
	struct verdict verdict;
	enum refusal refusal = judge(command, NULL, 0, &verdict);

	if (refusal != wanted)
		fail_msg("%s: %s, not %s", command, refusal_word(refusal),
		    refusal_word(wanted));
	if (strstr(verdict.what, what) == NULL)
		fail_msg("%s: the text names %s, not %s", command, verdict.what,
		    what);
}

static void
stock_clients_get_what_they_asked_for(void **state)
{
	(void)state;
	becomes("rsync --server -logDtpre.iLsfxCIvu . dst/",
	    "rsync --server -logDtpre.iLsfxCIvu -- . dst/");
	becomes("rsync --server --sender -vlHogDtpAXrze.iLsfxCIvu . src/",
	    "rsync --server --sender -vlHogDtpAXrze.iLsfxCIvu -- . src/");
	becomes("rsync --server -logDtpr . d",
	    "rsync --server -logDtpr -- . d");
	becomes("rsync --server -ogDtpre31.iLs -B700 -@-1 . d",
	    "rsync --server -ogDtpre31.iLs --block-size=700 "
	    "--modify-window=-1 -- . d");
	becomes("rsync --server --sender -logDtpRe.LsfxCIvu --files-from=- "
		"--from0 . s/",
	    "rsync --server --sender -logDtpRe.LsfxCIvu --files-from=- "
	    "--from0 -- . s/");
	becomes("rsync --server -logDtpre.iLsfxCIvu --append --append . d",
	    "rsync --server -logDtpre.iLsfxCIvu --append --append -- . d");
}

/* --rsync-path="rsync --fake-super": ReaR, BackupPC. */
static void
options_inside_rsync_path_are_options(void **state)
{
	(void)state;
	becomes("rsync --fake-super --server -logDtpre.iLsfxCIvu . d",
	    "rsync --server --fake-super -logDtpre.iLsfxCIvu -- . d");
	becomes("rsync --bwlimit=9 --fake-super --server --sender -re.iLs . d",
	    "rsync --server --sender --bwlimit=9 --fake-super -re.iLs -- . d");
	is_refused("rsync --rsh=sh --server -re.iLs . d", REFUSE_OPTION,
	    "--rsh");
	is_refused("rsync --config=x --server --daemon .", REFUSE_OPTION,
	    "--config");
	is_refused("rsync --sender --server -re.iLs . d", REFUSE_SYNTAX, "");
	is_refused("rsync -v --server -re.iLs . d", REFUSE_SYNTAX, "");
	is_refused("rsync x --server -re.iLs . d", REFUSE_SYNTAX, "");
	is_refused("rsync --backup-dir --server -re.iLs . d", REFUSE_SYNTAX,
	    "");
	is_refused("rsync --fake-super", REFUSE_SYNTAX, "");
	policy.mode = MODE_CREATE_ONLY;
	is_refused("rsync --fake-super --server -re.iLs . d", REFUSE_MODE,
	    "--fake-super");
}

static void
openrsync_gets_what_it_asked_for(void **state)
{
	(void)state;
	becomes("rsync --server --sender -n -r --dirs -8 . sub",
	    "rsync --server --sender -nr --dirs -8 -- . sub");
	becomes("rsync --server --delete-before -g -l -o -p -D -r -t -v -v "
		"--relative . up/",
	    "rsync --server --delete-before -glopDrtvv --relative -- . up/");
	becomes("rsync --server -g -l -O --backup --suffix .b "
		"--ignore-non-existing . up/",
	    "rsync --server -glO --backup --suffix=.b --ignore-non-existing "
	    "-- . up/");
}

static void
a_path_that_looks_like_an_option_stays_a_path(void **state)
{
	(void)state;
	becomes("rsync --server --sender -re.iLs . -x --delete . --",
	    "rsync --server --sender -re.iLs -- . -x --delete . --");
}

static void
no_path_means_the_root(void **state)
{
	(void)state;
	becomes("rsync --server --sender -r .",
	    "rsync --server --sender -r -- .");
}

static void
only_the_tail_of_a_bundle_may_be_capabilities(void **state)
{
	(void)state;
	becomes("rsync --server -re.iLs . d", "rsync --server -re.iLs -- . d");
	is_refused("rsync --server -e sh . d", REFUSE_OPTION, "-e");
	is_refused("rsync --server -esh . d", REFUSE_OPTION, "-esh");
	is_refused("rsync --server -re/bin/sh . d", REFUSE_OPTION, "-re/bin");
	is_refused("rsync --server -re.iLs/x . d", REFUSE_OPTION, "-re.");
	is_refused("rsync --server -re.iLs -e.iLs . d", REFUSE_OPTION, "-e");
	is_refused("rsync --server -rei.Ls . d", REFUSE_OPTION, "-rei");
	is_refused("rsync --server -rif . d", REFUSE_OPTION, "-i");
	is_refused("rsync --server -r. . d", REFUSE_OPTION, "-.");
	is_refused("rsync --server --rsh=sh . d", REFUSE_OPTION, "--rsh");
	is_refused("rsync --server --rsh sh . d", REFUSE_OPTION, "--rsh");
}

static void
words_out_of_place_are_refused(void **state)
{
	(void)state;
	becomes("rsync --server --sender -r . d",
	    "rsync --server --sender -r -- . d");
	is_refused("rsync", REFUSE_SYNTAX, "");
	is_refused("rsync -r a b", REFUSE_SYNTAX, "");
	is_refused("rsync --daemon --server", REFUSE_OPTION, "--daemon");
	is_refused("rsync --sender --server -r . d", REFUSE_SYNTAX, "");
	is_refused("rsync --server -r --sender . d", REFUSE_OPTION, "--sender");
	is_refused("rsync --server --server -r . d", REFUSE_OPTION, "--server");
	is_refused("rsync --server --daemon .", REFUSE_OPTION, "--daemon");
	is_refused("rsync --server -r d", REFUSE_SYNTAX, "d");
	is_refused("rsync --server -r", REFUSE_SYNTAX, "");
	is_refused("rsync --server -r -- . d", REFUSE_OPTION, "--");
	is_refused("rsync --server -r - . d", REFUSE_SYNTAX, "-");
	is_refused("rsync --server -r '' . d", REFUSE_SYNTAX, "");
	is_refused("rsync --server -vB700 . d", REFUSE_OPTION, "-B");
	is_refused("rsync --server -r --delet . d", REFUSE_OPTION, "--delet");
	is_refused("rsync --server -r --link-dest", REFUSE_OPTION, "--link");
	is_refused("rsync --server -r . a b", REFUSE_SYNTAX, "");
}

static void
too_many_letters_or_options_are_refused(void **state)
{
	char command[20000] = "rsync --server ";
	struct verdict verdict;
	size_t at;

	(void)state;
	memset(command + 15, 'r', 64);
	command[15] = '-';
	snprintf(command + 79, 10, " . d");
	assert_int_equal(judge(command, NULL, 0, &verdict), REFUSE_NOTHING);
	memset(command + 15, 'r', 65);
	command[15] = '-';
	snprintf(command + 80, 10, " . d");
	assert_int_equal(judge(command, NULL, 0, &verdict), REFUSE_TOO_LONG);

	at = (size_t)snprintf(command, sizeof(command), "rsync --server");
	for (size_t i = 0; i < 1001; i++)
		at += (size_t)snprintf(command + at, sizeof(command) - at,
		    " --stats");
	assert_int_equal(judge(command, NULL, 0, &verdict), REFUSE_TOO_LONG);
}

static void
the_fourth_verbose_is_left_out(void **state)
{
	(void)state;
	becomes("rsync --server -vvvvvr . d", "rsync --server -vvvr -- . d");
}

static void
modes_add_their_options_last(void **state)
{
	(void)state;
	policy.mode = MODE_WRITE_ONLY;
	becomes("rsync --server -re.iLs --no-W . d",
	    "rsync --server -re.iLs --whole-file --max-delete=0 -- . d");
	policy.mode = MODE_CREATE_ONLY;
	becomes("rsync --server -re.iLs --partial . d",
	    "rsync --server -re.iLs --ignore-existing -- . d");
	becomes("rsync --server --sender -r . d",
	    "rsync --server --sender -r -- . d");
	policy.mode = MODE_READ_WRITE;
	policy.may_overwrite = false;
	policy.munge_links = true;
	becomes("rsync --server -r --partial . d",
	    "rsync --server -r --ignore-existing --munge-links -- . d");
	/* Cut off, it would have left a part that nothing could mend. */
	becomes("rsync --server -r --inplace . d",
	    "rsync --server -r --ignore-existing --munge-links -- . d");
	becomes("rsync --server --sender -r --inplace . d",
	    "rsync --server --sender -r --inplace --munge-links -- . d");
	policy.may_overwrite = true;
	policy.may_delete = false;
	becomes("rsync --server -r --max-delete=9 --partial-dir p . d",
	    "rsync --server -r --max-delete=9 --max-delete=0 --munge-links "
	    "-- . d");
	policy.may_delete = true;
	policy.one_file_system = true;
	becomes("rsync --server --sender -rx . d",
	    "rsync --server --sender -rx --munge-links -- . d");
	becomes("rsync --server --sender -r . d",
	    "rsync --server --sender -r --munge-links --one-file-system "
	    "-- . d");
}

static void
the_slower_of_two_speeds_holds(void **state)
{
	(void)state;
	policy.bandwidth = 500 * 1024;
	becomes("rsync --server --sender -r . d",
	    "rsync --server --sender -r --bwlimit=500 -- . d");
	becomes("rsync --server --sender -r --bwlimit=0 . d",
	    "rsync --server --sender -r --bwlimit=0 --bwlimit=500 -- . d");
	becomes("rsync --server --sender -r --bwlimit=501 . d",
	    "rsync --server --sender -r --bwlimit=501 --bwlimit=500 -- . d");
	becomes("rsync --server --sender -r --bwlimit=100 . d",
	    "rsync --server --sender -r --bwlimit=100 -- . d");
	becomes("rsync --server --sender -r --bwlimit=9 --bwlimit=900 . d",
	    "rsync --server --sender -r --bwlimit=9 --bwlimit=900 "
	    "--bwlimit=500 -- . d");
	/* What a receiver takes, the relay slows down. */
	becomes("rsync --server -r . d", "rsync --server -r -- . d");
	policy.bandwidth = 0;
}

/* With X for a file a receiver does what it does for -n. */
static void
a_drop_box_is_asked_nothing_by_a_batch(void **state)
{
	(void)state;
	becomes("rsync --server -r --only-write-batch=X . d",
	    "rsync --server -r --only-write-batch=X -- . d");
	policy.mode = MODE_WRITE_ONLY;
	is_refused("rsync --server -r -n . d", REFUSE_MODE, "-n");
	is_refused("rsync --server -r --only-write-batch=X . d", REFUSE_MODE,
	    "--only-write-batch");
}

static void
sizes_and_algorithms_are_spelled_as_rsync_takes_them(void **state)
{
	static const char *const good[] = { "--max-size=.5M", "--min-size=1.",
		"--max-size=10KB-1", "--max-size=1KiB+1", "--max-size=7",
		"--max-alloc=1.5G", "--max-alloc=.5g", "--max-alloc=512MB",
		"--max-alloc=2GiB", "--max-alloc=1T", "--max-alloc=1048576",
		"--checksum-choice=MD5", "--compress-choice=ZSTD" };
	static const char *const bad[] = { "--max-size=.", "--max-size=K",
		"--max-size=1KK", "--max-size=1..5", "--max-size=1e3",
		"--max-size=0x1", "--max-size=1-2", "--max-alloc=0",
		"--max-alloc=.5M", "--max-alloc=1.5T", "--max-alloc=2P",
		"--max-alloc=0x100000", "--max-alloc=-1", "--max-alloc=inf" };
	char command[96], argv[96];

	(void)state;
	for (size_t i = 0; i < sizeof(good) / sizeof(*good); i++) {
		snprintf(command, sizeof(command), "rsync --server -r %s . d",
		    good[i]);
		snprintf(argv, sizeof(argv), "rsync --server -r %s -- . d",
		    good[i]);
		becomes(command, argv);
	}
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		snprintf(command, sizeof(command), "rsync --server -r %s . d",
		    bad[i]);
		is_refused(command, REFUSE_OPTION, bad[i]);
	}
}

static void
directions_follow_the_mode(void **state)
{
	(void)state;
	is_refused("rsync --server --sender -r . ../x", REFUSE_PATH, "../x");
	policy.mode = MODE_READ_ONLY;
	becomes("rsync --server --sender -r . d",
	    "rsync --server --sender -r -- . d");
	is_refused("rsync --server -r . d", REFUSE_MODE, "");
	policy.mode = MODE_WRITE_ONLY;
	is_refused("rsync --server --sender -r . d", REFUSE_MODE, "");
}

static void
secluded_arguments_must_have_come(void **state)
{
	(void)state;
	is_refused("rsync --server -slogDtpre.iLsfxCIvu", REFUSE_SYNTAX, "");
	/* as they stand once the block was read */
	becomes("rsync --server -slogDtpre.iLsfxCIvu --delete . 'd x/'",
	    "rsync --server -logDtpre.iLsfxCIvu --delete -- . d x/");
	is_refused("rsync --server -slre.iLs -rs . d", REFUSE_OPTION, "-s");
	is_refused("rsync --server -slre.iLs -s . d", REFUSE_OPTION, "-s");
	is_refused("rsync --server -lre.iLs -s . d", REFUSE_OPTION, "-s");
	is_refused("rsync --server -lre.iLs --protect-args . d", REFUSE_OPTION,
	    "--protect-args");
}

static void
secluded_names_are_not_converted(void **state)
{
	(void)state;
	becomes("rsync --server -slre.iLs --iconv=UTF-8 . d",
	    "rsync --server -lre.iLs --iconv=UTF-8 -- . d");
	becomes("rsync --server -lre.iLs --iconv=latin1 . d",
	    "rsync --server -lre.iLs --iconv=latin1 -- . d");
	is_refused("rsync --server -slre.iLs --iconv=latin1 . d", REFUSE_OPTION,
	    "--iconv");
}

static void
a_receiver_reads_a_list_only_in_read_write(void **state)
{
	const char *push = "rsync --server -r --files-from /etc/list . d";

	(void)state;
	becomes(push, "rsync --server -r --files-from=/etc/list -- . d");
	policy.mode = MODE_CREATE_ONLY;
	is_refused(push, REFUSE_MODE, "--files-from");
	becomes("rsync --server -r --files-from=- . d",
	    "rsync --server -r --files-from=- --ignore-existing -- . d");
	becomes("rsync --server --sender -r --files-from /l . d",
	    "rsync --server --sender -r --files-from=/l -- . d");
}

static void
maps(const char *raw, const char *wanted)
{
	char out[PATH_MAX];

	if (lexical_map(raw, strlen(raw), out) != LEXICAL_OK)
		fail_msg("%s is refused", raw);
	assert_string_equal(out, wanted);
}

static void
paths_keep_what_rsync_reads_in_them(void **state)
{
	(void)state;
	maps("a/b", "a/b");
	maps("a/b/", "a/b/");
	maps("a//b/.", "a//b/.");
	maps("a/./b", "a/./b");
	maps("./-x", "./-x");
	maps("", ".");
	maps("/", ".");
	maps("///", ".");
	maps("/a", "a");
	maps("///etc/passwd", "etc/passwd");
	maps("a/../b", "b");
	maps("a/..", "./");
	maps("a/b/..", "a/");
	maps("a/../b/", "b/");
	maps("..a/b..", "..a/b..");
	maps("/a/../", "./");
}

static void
leaves(const char *raw)
{
	char out[PATH_MAX];

	if (lexical_map(raw, strlen(raw), out) != LEXICAL_OUTSIDE)
		fail_msg("%s is not refused", raw);
}

static void
paths_that_climb_above_the_root_are_refused(void **state)
{
	char out[PATH_MAX];

	(void)state;
	maps("a/../b", "b");
	leaves("..");
	leaves("../x");
	leaves("/..");
	leaves("a/../..");
	leaves("a/./../..");
	leaves("a/../../a");
	leaves("./../x");
	assert_int_equal(lexical_map("a\0b", 3, out), LEXICAL_NUL);
}

static void
beside(const char *raw, size_t depth, const char *wanted)
{
	char out[PATH_MAX];
	enum lexical_answer answer =
	    lexical_beside(raw, strlen(raw), depth, out, NULL);

	if (wanted == NULL) {
		assert_int_equal(answer, LEXICAL_OUTSIDE);
		return;
	}
	assert_int_equal(answer, LEXICAL_OK);
	assert_string_equal(out, wanted);
}

static void
values_beside_the_destination_may_climb_as_far_as_it_is_deep(void **state)
{
	(void)state;
	beside("../prev", 1, "../prev");
	beside("../prev", 0, NULL);
	beside("../../prev", 1, NULL);
	beside("../../prev", 2, "../../prev");
	beside("x/../../prev", 1, "../prev");
	beside("/prev", 0, "prev");
	beside("/../prev", 3, NULL);
	beside("old/", 0, "old/");
}

static void
the_roots_own_path_is_stripped_as_whole_names(void **state)
{
	size_t len = 8;

	(void)state;
	assert_string_equal(lexical_strip("/srv/x/y", &len, "/srv/x"), "/y");
	assert_int_equal(len, 2);
	len = 6;
	assert_string_equal(lexical_strip("/srv/x", &len, "/srv/x"), "/");
	len = 7;
	assert_string_equal(lexical_strip("/srv/xy", &len, "/srv/x"),
	    "/srv/xy");
	assert_int_equal(len, 7);
	len = 3;
	assert_string_equal(lexical_strip("/a/", &len, "/"), "/a/");
	assert_string_equal(lexical_strip("/a/", &len, NULL), "/a/");
}

/* The chmod words for a push with these options; "+" in front: --perms. */
static const char *
modes_in(const char *command, bool in_group)
{
	static char text[64];
	struct rsync_args args = { 0 };
	struct verdict verdict = { 0 };
	struct request request;
	char room[32];
	struct buf out;
	bool perms;

	buf_init(&out, room, sizeof(room) - 1);
	request_parse(&request, command);
	assert_int_equal(rsync_args_parse(&args, &request.words, &verdict),
	    REFUSE_NOTHING);
	perms = rsync_rules_modes(&policy, &args, in_group, &out);
	snprintf(text, sizeof(text), "%s%s", perms ? "+" : "", buf_text(&out));
	rsync_args_free(&args);
	request_free(&request);
	return text;
}

static const char *
modes(const char *command)
{
	return modes_in(command, false);
}

/* The paths of a command as rsync will be given them, "|" behind each. */
static const char *
begins(const char *command)
{
	static const struct restrictions none = { .rrsync = NULL };
	static const struct means means = { .view = VIEW_HOST };
	const struct terms terms = { &policy, &none, &means };
	static char text[256];
	const struct rsync_args *args;
	struct verdict verdict;
	struct request request;
	char mapped[PATH_MAX];
	void *parsed = NULL;
	struct buf all;

	buf_init(&all, text, sizeof(text) - 1);
	request_parse(&request, command);
	if (rsync_parse(&terms, &request, &parsed, &verdict) !=
	    REFUSE_NOTHING) {
		request_free(&request);
		return refusal_word(verdict.refusal);
	}
	args = parsed;
	for (size_t i = 0; i < args->expanded.count; i++) {
		const struct word *word = &args->expanded.at[i];

		assert_int_equal(lexical_map(word->text, word->len, mapped),
		    LEXICAL_OK);
		buf_addf(&all, "%s|", mapped);
	}
	rsync_parsed_free(parsed);
	request_free(&request);
	return buf_text(&all);
}

#define PULLS "rsync --server --sender -re.iLs . "
#define PUSHES "rsync --server -re.iLs . "

static void
relative_paths_begin_at_start_dir(void **state)
{
	(void)state;
	assert_string_equal(begins(PULLS "a /b"), "a|b|");
	assert_int_equal(policy_set(&policy, "start-dir", "/in/box/", &error),
	    0);
	assert_string_equal(begins(PUSHES "up/"), "in/box/up/|");
	assert_string_equal(begins(PUSHES "/up/"), "up/|");
	assert_string_equal(begins(PUSHES "."), "in/box/.|");
	assert_string_equal(begins("rsync --server -re.iLs ."), "in/box/|");
	/* What -R sends begins behind the mark, or at the client's own. */
	assert_string_equal(begins(PULLS "a/b 'c d' {e,/f}"),
	    "in/box/./a/b|in/box/./c d|in/box/./e|f|");
	assert_string_equal(begins(PULLS "a/./b"), "in/box/a/./b|");
	assert_string_equal(begins(PUSHES "~/a"), "in/box/a|");
	assert_string_equal(begins(PUSHES "~"), "in/box/|");
	assert_string_equal(begins(PUSHES "\\~/a"), "in/box/~/a|");
	/* Inside the root is inside, above it is not. */
	assert_string_equal(begins(PUSHES "../x"), "in/x|");
	assert_string_equal(begins(PUSHES "../../../x"), "path");
	/* start-dir itself holds no wildcards. */
	assert_int_equal(policy_set(&policy, "start-dir", "/in*", &error), 0);
	assert_string_equal(begins(PULLS "a*"), "in*/./a*|");
}

static void
fake_super_keeps_the_sources_modes(void **state)
{
	const char *const push =
	    "rsync --server -logDtpre.iLs --fake-super . d";

	(void)state;
	policy.dir_mode = 0750;
	policy.file_mode = 0640;
	assert_string_equal(modes("rsync --server -re.iLs . d"),
	    "+D0750,F0640");
	assert_string_equal(modes(push), "");
	assert_string_equal(modes_in(push, true), "");
	/* rsync takes the last of the two, and so do we. */
	assert_string_equal(modes("rsync --server -re.iLs --fake-super "
				  "--no-super . d"),
	    "+D0750,F0640");
	assert_string_equal(modes("rsync --fake-super --server -re.iLs "
				  "--no-super . d"),
	    "+D0750,F0640");
	assert_string_equal(
	    modes("rsync --server -re.iLs --no-super --fake-super . d"), "");
}

static void
a_group_directory_keeps_its_setgid_bit(void **state)
{
	const char *const push = "rsync --server -logDtpre.iLs . d";

	(void)state;
	policy.set_id = true;
	policy.dir_mode = 0770;
	assert_string_equal(modes(push), "+D0770");
	assert_string_equal(modes_in(push, true), "+D2770");
	policy.dir_mode = 02770;
	assert_string_equal(modes(push), "+D2770");
}

static void
a_receiver_gives_the_modes_of_the_policy(void **state)
{
	const char *const push = "rsync --server -logDtpre.iLs . d";

	(void)state;
	assert_string_equal(modes(push), "Fug-s");
	assert_string_equal(modes("rsync --server --sender -re.iLs . d"), "");
	assert_string_equal(modes("rsync --server -re.iLs --fake-super . d"),
	    "");
	policy.set_id = true;
	assert_string_equal(modes(push), "");
	policy.dir_mode = 0750;
	assert_string_equal(modes(push), "+D0750");
	policy.file_mode = 0640;
	assert_string_equal(modes(push), "+D0750,F0640");
	policy.dir_mode = MODE_UNSET;
	policy.set_id = false;
	assert_string_equal(modes(push), "+F0640");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		POLICY_TEST(stock_clients_get_what_they_asked_for),
		POLICY_TEST(options_inside_rsync_path_are_options),
		POLICY_TEST(openrsync_gets_what_it_asked_for),
		POLICY_TEST(a_path_that_looks_like_an_option_stays_a_path),
		POLICY_TEST(no_path_means_the_root),
		POLICY_TEST(only_the_tail_of_a_bundle_may_be_capabilities),
		POLICY_TEST(words_out_of_place_are_refused),
		POLICY_TEST(too_many_letters_or_options_are_refused),
		POLICY_TEST(the_fourth_verbose_is_left_out),
		POLICY_TEST(modes_add_their_options_last),
		POLICY_TEST(a_receiver_gives_the_modes_of_the_policy),
		POLICY_TEST(relative_paths_begin_at_start_dir),
		POLICY_TEST(fake_super_keeps_the_sources_modes),
		POLICY_TEST(a_group_directory_keeps_its_setgid_bit),
		POLICY_TEST(the_slower_of_two_speeds_holds),
		POLICY_TEST(a_drop_box_is_asked_nothing_by_a_batch),
		POLICY_TEST(
		    sizes_and_algorithms_are_spelled_as_rsync_takes_them),
		POLICY_TEST(directions_follow_the_mode),
		POLICY_TEST(secluded_arguments_must_have_come),
		POLICY_TEST(secluded_names_are_not_converted),
		POLICY_TEST(a_receiver_reads_a_list_only_in_read_write),
		POLICY_TEST(paths_keep_what_rsync_reads_in_them),
		POLICY_TEST(paths_that_climb_above_the_root_are_refused),
		POLICY_TEST(
		    values_beside_the_destination_may_climb_as_far_as_it_is_deep),
		POLICY_TEST(the_roots_own_path_is_stripped_as_whole_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
