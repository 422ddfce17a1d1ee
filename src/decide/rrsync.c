/*
 * Translates rrsync's options into a policy, and refusals into rrsync's
 * sentences, on which scripts match. Pure.
 */
#include "decide/rrsync.h"

#include <string.h>

#include "base/quote.h"
#include "subsys/rsync/args.h"

enum { RO, WO, MUNGE, ABSOLUTE, NO_DEL, NO_LOCK, NO_OVERWRITE, HELP };

// clang-format off
static const struct {
	const char *name;
	const char *help;
} words[] = {
	[RO]           = { "ro",           "only reading; implies -no-del and "
	                                   "-no-lock" },
	[WO]           = { "wo",           "only writing" },
	[MUNGE]        = { "munge",        "symlinks are made unusable" },
	[ABSOLUTE]     = { "absolute",     "paths may begin with DIR" },
	[NO_DEL]       = { "no-del",       "no --delete* and --remove*" },
	[NO_LOCK]      = { "no-lock",      "several at a time" },
	[NO_OVERWRITE] = { "no-overwrite", "what exists is not changed" },
	[HELP]         = { "help",         "this text (-h)" },
};
// clang-format on

enum { WORDS = sizeof(words) / sizeof(words[0]), NO_WORD = -1, UNCLEAR = -2 };

const char rrsync_no_directory[] = "Restricted directory does not exist!";

bool
rrsync_is_name(const char *argv0)
{
	const char *slash = argv0 == NULL ? NULL : strrchr(argv0, '/');

	return argv0 != NULL &&
	       strcmp(slash == NULL ? argv0 : slash + 1, "rrsync") == 0;
}

static int
rrsync_fail(struct buf *error, const char *text, const char *word)
{
	buf_add_text(error, text);
	if (word != NULL)
		quote_add(error, word, strlen(word), 256);
	return -1;
}

/* Finds the option whose name is text, or begins with it as no other does. */
static int
rrsync_find_option(const char *text)
{
	size_t len = strlen(text);
	int found = NO_WORD;

	if (strcmp(text, "h") == 0)
		return HELP;
	for (int i = 0; i < WORDS && len > 0; i++) {
		if (strncmp(words[i].name, text, len) != 0)
			continue;
		if (words[i].name[len] == '\0')
			return i;
		found = found == NO_WORD ? i : UNCLEAR;
	}
	return found;
}

/* Sets the option's bit in given; returns -1 where text names no option. */
static int
rrsync_read_option(const char *text, unsigned *given, struct buf *error)
{
	int word = rrsync_find_option(text + 1);

	if (word == UNCLEAR)
		return rrsync_fail(error, "ambiguous option: ", text);
	if (word == NO_WORD)
		return rrsync_fail(error, "unrecognized arguments: ", text);
	*given |= 1U << word;
	return 0;
}

/* The keys that the options settle: they narrow a configured policy. */
static const char *const settled[] = { "root", "services", "mode",
	"munge-links", "absolute", "delete", "overwrite", "lock" };

static void
fill_policy(struct policy *policy, unsigned given)
{
	bool reads_only = given & 1U << RO;

	policy->services = SERVICE_RSYNC;
	if (reads_only)
		policy->mode = MODE_READ_ONLY;
	policy->set_id = true; /* as rsync does by itself */
	policy->munge_links = given & 1U << MUNGE;
	policy->absolute = given & 1U << ABSOLUTE;
	policy->may_delete = !reads_only && !(given & 1U << NO_DEL);
	policy->may_overwrite = !(given & 1U << NO_OVERWRITE);
	policy->lock = !reads_only && !(given & 1U << NO_LOCK);
}

int
rrsync_parse(struct options *options, struct policy *policy, int argc,
    char *const *argv, struct buf *error)
{
	bool only_words = false;
	unsigned given = 0;

	*options = (struct options){ .task = TASK_SERVE,
		.restrictions = { .rrsync = argv[0] } };
	for (int i = 1; i < argc; i++) {
		const char *word = argv[i];

		if (!only_words && strcmp(word, "--") == 0) {
			only_words = true;
		} else if (!only_words && word[0] == '-' && word[1] != '\0') {
			if (rrsync_read_option(word, &given, error) != 0)
				return -1;
		} else if (policy->root != NULL) {
			return rrsync_fail(error,
			    "unrecognized arguments: ", word);
		} else if (policy_set(policy, "root", word, error) != 0) {
			return -1;
		}
	}
	if (given & 1U << HELP) {
		options->task = TASK_HELP;
		return 0;
	}
	if ((given & 1U << RO) && (given & 1U << WO))
		return rrsync_fail(error,
		    "argument -wo: not allowed with argument -ro", NULL);
	if (policy->root == NULL)
		return rrsync_fail(error,
		    "the following arguments are required: DIR", NULL);
	fill_policy(policy, given);
	options->restrictions.push_only = given & 1U << WO;
	for (size_t i = 0; i < sizeof(settled) / sizeof(settled[0]); i++)
		key_set_add(&options->given, policy_key(settled[i]));
	return 0;
}

void
rrsync_help(struct buf *out)
{
	buf_add_text(out, "usage: rrsync [-ro | -wo] [-munge] [-absolute] "
			  "[-no-del] [-no-lock] [-no-overwrite] DIR\n\n");
	for (int i = 0; i < WORDS; i++)
		buf_addf(out, "  -%-14s %s\n", words[i].name, words[i].help);
}

/* Returns the length of --NAME or -x in the verdict's quoted text. */
static size_t
option_length(const char *quoted)
{
	return strcspn(quoted + 1, "=\"");
}

static void
describe_option(const struct verdict *verdict, struct buf *out)
{
	if (verdict->because == args_not_server) {
		buf_add_text(out, "--server option is not the first arg");
		return;
	}
	if (verdict->what[0] == '\0' || verdict->because == args_unknown ||
	    verdict->refusal == REFUSE_SYNTAX) {
		buf_add_text(out, "invalid rsync-command syntax or options");
		return;
	}
	buf_addf(out, "option %.*s has been disabled on this server.",
	    (int)option_length(verdict->what), verdict->what + 1);
}

static void
describe_mode(const struct verdict *verdict, struct buf *out)
{
	if (verdict->what[0] != '\0' &&
	    strstr(verdict->what, "--files-from") != NULL)
		buf_add_text(out, "a write-only server cannot read a remote "
				  "--files-from path");
	else if (verdict->what[0] != '\0')
		describe_option(verdict, out);
	else if (strstr(verdict->because, "read-only") != NULL)
		buf_add_text(out, "sending to read-only server is not allowed");
	else
		buf_add_text(out,
		    "reading from write-only server is not allowed");
}

void
rrsync_describe(const char *argv0, const struct verdict *verdict,
    struct buf *out)
{
	buf_addf(out, "%s error: ", argv0);
	switch (verdict->refusal) {
	case REFUSE_SHELL:
		buf_add_text(out, "Not invoked via sshd");
		break;
	case REFUSE_COMMAND:
	case REFUSE_SERVICE:
		buf_add_text(out, "SSH_ORIGINAL_COMMAND does not run rsync");
		break;
	case REFUSE_OPTION:
	case REFUSE_SYNTAX:
		describe_option(verdict, out);
		break;
	case REFUSE_MODE:
		describe_mode(verdict, out);
		break;
	case REFUSE_PATH:
		buf_addf(out, "unsafe arg: %s", verdict->what);
		break;
	case REFUSE_BUSY:
		buf_add_text(out, "Another instance of rrsync is already "
				  "accessing this directory.");
		break;
	case REFUSE_MISCONFIGURED:
		if (verdict->because == rrsync_no_directory)
			buf_add_text(out, rrsync_no_directory);
		else
			refusal_describe(verdict, out);
		break;
	case REFUSE_NOTHING:
	case REFUSE_TERMINAL:
	case REFUSE_TOO_LONG:
	case REFUSE_QUOTES:
	case REFUSE_METACHARACTER:
	case REFUSE_INCOMPLETE:
	case REFUSE_EXACT:
	case REFUSE_DISABLED:
	case REFUSE_EXPIRED:
	case REFUSE_UNAVAILABLE:
	case REFUSE_RECORD:
	case REFUSE_CONFINEMENT:
	case REFUSE_COUNT:
		refusal_describe(verdict, out);
		break;
	}
}

bool
rrsync_is_probe(const char *command)
{
	return command != NULL && strcmp(command, "true") == 0;
}
