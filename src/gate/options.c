/*
 * Options are the configuration's keys with two dashes in front: there is no
 * second list of them. `--read-only` is short for `--mode=read-only`.
 */
#include "gate/options.h"

#include <string.h>

#include "base/quote.h"

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

static int
set_key(struct options *options, struct policy *policy, const char *name,
    const char *value, struct buf *error)
{
	if (policy_set(policy, name, value, error) != 0)
		return -1;
	key_set_add(&options->given, policy_key(name));
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
	    "unknown option, or one that takes a value: ", name);
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
		return usage_error(error, "unknown option: ", text);
	memcpy(name, text, len);
	name[len] = '\0';
	if (set_own(options, name, equals + 1))
		return 0;
	if (strcmp(name, "root") == 0)
		return usage_error(error, "unknown option: ", text);
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
			return usage_error(error, "unknown option: ", word);
		} else if (policy->root != NULL) {
			return usage_error(error, "a second root: ", word);
		} else if (set_key(options, policy, "root", word, error) != 0) {
			return -1;
		}
	}
	return 0;
}

static void
help_key(const struct key *key, struct buf *out)
{
	char left[40];
	struct buf name;

	buf_init(&name, left, sizeof(left));
	buf_addf(&name, "--%s%s", key->name,
	    key->kind == KEY_FLAG ? ", --no-..." : "=...");
	buf_addf(out, "  %-28s %s", buf_text(&name), key->help);
	if (key->fallback != NULL)
		buf_addf(out, " [%s]", key->fallback);
	buf_add_text(out, "\n");
}

void
options_help(struct buf *out)
{
	const struct key *mode = policy_key("mode");

	buf_add_text(out, "usage: filesonly [OPTION]... ROOT\n"
			  "       filesonly [--config=FILE] [--profile=NAME] "
			  "[OPTION]...\n"
			  "       filesonly -c COMMAND (as login shell)\n"
			  "Serves what SSH_ORIGINAL_COMMAND asks for (sftp, "
			  "rsync) inside ROOT, and nothing else. Without ROOT\n"
			  "the policy is that of " SYSCONFDIR
			  "/filesonly.conf; options narrow it.\n\n");
	for (const struct key *key = policy_keys; key->name != NULL; key++) {
		if (strcmp(key->name, "root") != 0)
			help_key(key, out);
	}
	buf_add_text(out,
	    "\n--help=modes prints what each mode allows, --help=sftp the "
	    "requests of SFTP.\n"
	    "--mode=MODE may be written --MODE; MODE is one of");
	for (const struct key_word *w = mode->words; w->word != NULL; w++)
		buf_addf(out, " %s", w->word);
	buf_add_text(out, "\n");
}
