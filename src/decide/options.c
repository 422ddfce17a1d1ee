/*
 * Options are the configuration's keys with two dashes in front: there is no
 * second list of them. `--read-only` is short for `--mode=read-only`.
 */
#include "decide/options.h"

#include <string.h>

#include "base/quote.h"

static const char no_option[] = "unknown option (see filesonly --help): ";

static int
usage_error(struct buf *error, const char *text, const char *word)
{
	buf_add_text(error, text);
	quote_add(error, word, strlen(word), 256);
	return -1;
}

static bool
is_mode(const char *name)
{
	const struct key *mode = policy_key("mode");

	for (const struct key_word *w = mode->words; w->word != NULL; w++) {
		if (strcmp(w->word, name) == 0)
			return true;
	}
	return false;
}

static bool
is_flag(const char *name)
{
	const struct key *key = policy_key(name);

	return key != NULL && key->kind == KEY_FLAG;
}

static bool
takes_value(const char *name)
{
	static const char *const own[] = { "config", "profile", "subsystem" };

	for (size_t i = 0; i < sizeof(own) / sizeof(*own); i++)
		if (strcmp(name, own[i]) == 0)
			return true;
	return policy_key(name) != NULL && strcmp(name, "root") != 0;
}

static int
set_key(struct options *options, struct policy *policy, const char *name,
    const char *value, struct buf *error)
{
	const struct key *key = policy_key(name);

	/* The root alone is relative to the home. */
	if (value[0] != '\0' && !key_path_is_whole(key, value) &&
	    strcmp(name, "root") != 0) {
		buf_addf(error, "%s must begin with /, not ", name);
		return usage_error(error, "", value);
	}
	if (policy_set(policy, name, value, error) != 0)
		return -1;
	key_set_add(&options->given, key);
	return 0;
}

/* --NAME without a value. */
static int
set_bare(struct options *options, struct policy *policy, const char *name,
    struct buf *error)
{
	if (is_flag(name))
		return set_key(options, policy, name, "yes", error);
	if (strncmp(name, "no-", 3) == 0 && is_flag(name + 3))
		return set_key(options, policy, name + 3, "no", error);
	if (is_mode(name))
		return set_key(options, policy, "mode", name, error);
	return usage_error(error,
	    takes_value(name) ? "an option that takes a value: " : no_option,
	    name);
}

/* Options that are no keys. */
static bool
set_own(struct options *options, const char *name, const char *value)
{
	if (strcmp(name, "subsystem") == 0)
		options->subsystem = value;
	else if (strcmp(name, "config") == 0)
		options->config = value;
	else if (strcmp(name, "profile") == 0)
		options->profile = value;
	else
		return false;
	return true;
}

static int
set_option(struct options *options, struct policy *policy, const char *text,
    struct buf *error)
{
	const char *equals = strchr(text, '=');
	char name[64];
	size_t len;

	if (strcmp(text, "version") == 0 || strcmp(text, "help") == 0) {
		options->task = text[0] == 'v' ? TASK_VERSION : TASK_HELP;
		return 0;
	}
	if (strcmp(text, "help=modes") == 0 || strcmp(text, "help=sftp") == 0) {
		options->task = text[5] == 'm' ? TASK_MODES : TASK_SFTP;
		return 0;
	}
	if (equals == NULL)
		return set_bare(options, policy, text, error);
	len = (size_t)(equals - text);
	if (len >= sizeof(name))
		return usage_error(error, no_option, text);
	memcpy(name, text, len);
	name[len] = '\0';
	if (strcmp(name, "subsystem") == 0 && strcmp(equals + 1, "sftp") != 0)
		return usage_error(error,
		    "no subsystem but sftp: ", equals + 1);
	if (set_own(options, name, equals + 1))
		return 0;
	if (strcmp(name, "root") == 0 || policy_key(name) == NULL)
		return usage_error(error, no_option, name);
	return set_key(options, policy, name, equals + 1, error);
}

int
options_parse(struct options *options, struct policy *policy, int argc,
    char *const *argv, struct buf *error)
{
	bool only_words = false;

	*options = (struct options){ .task = TASK_SERVE };
	for (int i = 1; i < argc; i++) {
		const char *word = argv[i];

		if (!only_words && strcmp(word, "--") == 0) {
			only_words = true;
		} else if (!only_words && strncmp(word, "--", 2) == 0) {
			if (set_option(options, policy, word + 2, error) != 0)
				return -1;
		} else if (!only_words && word[0] == '-') {
			return usage_error(error, no_option, word);
		} else if (policy->root != NULL) {
			return usage_error(error, "a second root: ", word);
		} else if (set_key(options, policy, "root", word, error) != 0) {
			return -1;
		}
	}
	return 0;
}

/* How an option is given: --[no-]KEY, --KEY=WORD|WORD or --KEY=TAKES. */
static void
add_usage(struct buf *out, const struct key *key)
{
	buf_addf(out, "--%s%s", key->kind == KEY_FLAG ? "[no-]" : "",
	    key->name);
	if (key->kind == KEY_FLAG)
		return;
	if (key->words == NULL)
		buf_addf(out, "=%s", key->takes);
	else
		for (const struct key_word *w = key->words; w->word != NULL;
		     w++)
			buf_addf(out, "%c%s", w == key->words ? '=' : '|',
			    w->word);
	if (key->kind == KEY_LIST)
		buf_add_text(out, ",...");
}

/* Two columns; what is too wide for the first has a line of its own. */
static void
add_help(struct buf *out, const char *usage, const char *help)
{
	enum { WIDTH = 28 };

	if (strlen(usage) > WIDTH) {
		buf_addf(out, "  %s\n", usage);
		usage = "";
	}
	buf_addf(out, "  %-*s %s", WIDTH, usage, help);
}

static void
add_key_help(struct buf *out, const struct key *key)
{
	char room[128];
	struct buf usage;

	buf_init(&usage, room, sizeof(room));
	add_usage(&usage, key);
	add_help(out, buf_text(&usage), key->help);
	if (key->fallback != NULL && strcmp(key->fallback, "none") != 0)
		buf_addf(out, " [%s]", key->fallback);
	buf_add_text(out, "\n");
}

/* Options that are no keys. */
static const struct {
	const char *usage, *help;
} own_options[] = {
	{ "--MODE", "--mode=MODE, as --read-only\n" },
	{ "--config=FILE", "the configuration, in place of the system's\n" },
	{ "--profile=NAME", "the section [profile NAME] counts, too\n" },
	{ "--subsystem=sftp", "the request is SFTP; there is no command\n" },
	{ "--help", "this text\n" },
	{ "--help=modes", "what each mode allows\n" },
	{ "--help=sftp", "the requests of SFTP that are served\n" },
	{ "--version", "the version\n" },
};

static const char help_begins[] =
    "usage: filesonly [OPTION]... ROOT\n"
    "       filesonly [--config=FILE] [--profile=NAME] [OPTION]...\n"
    "       filesonly -c COMMAND (as login shell)\n"
    "Serves what SSH_ORIGINAL_COMMAND asks for (sftp, rsync, scp, checksums,\n"
    "small commands) inside ROOT, and nothing else. Without ROOT the policy\n"
    "is that of " SYSCONFDIR
    "/filesonly.conf; options narrow it. Defaults are\nin "
    "brackets; where there are none, it is \"none\".\n";

void
options_help(struct buf *out)
{
	const char *group = NULL;

	buf_add_text(out, help_begins);
	for (const struct key *key = policy_keys; key->name != NULL; key++) {
		if (strcmp(key->name, "root") == 0) /* a word of its own */
			continue;
		if (key->group != group)
			buf_addf(out, "\n%s:\n", key->group);
		group = key->group;
		add_key_help(out, key);
	}
	buf_add_text(out, "\nBesides:\n");
	for (size_t i = 0; i < sizeof(own_options) / sizeof(*own_options); i++)
		add_help(out, own_options[i].usage, own_options[i].help);
}
