/* One table of our own options; all others are handed to the gate. */
#include "serve/server_options.h"

#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/num.h"
#include "base/quote.h"
#include "base/xalloc.h"
#include "decide/options.h"
#include "policy/policy.h"
#include "serve/address.h"

enum option_kind {
	OPTION_TEXT,  /* given again: the last one counts */
	OPTION_TEXTS, /* given again: one more */
	OPTION_NUMBER,
	OPTION_FLAG,
	OPTION_LOG,
	OPTION_FORMAT,
};

struct server_option {
	const char *name;
	const char *value; /* what it takes, for the help */
	enum option_kind kind;
	size_t offset, count_offset;
	size_t most; /* of texts, or of the number; what a flag sets */
	const char *help;
};

#define AT(member) offsetof(struct server_options, member)

// clang-format off
static const struct server_option server_options[] = {
	{ "listen", "ADDRESS:PORT", OPTION_TEXTS, AT(listen), AT(listen_count), LISTEN_MAX,
	    "where to listen, may be repeated [localhost:2222]" },
	{ "host-key", "FILE", OPTION_TEXTS, AT(host_keys), AT(host_key_count), HOST_KEY_FILES_MAX,
	    "made if it is missing [~/.filesonlyd_host_key]" },
	{ "authorized-keys", "FILE", OPTION_TEXT, AT(authorized_keys), 0, 0,
	    "who may log in [~/.ssh/authorized_keys]" },
	{ "config", "FILE", OPTION_TEXT, AT(config), 0, 0,
	    "accounts: the file's sections [user NAME]" },
	{ "proxy-from", "CIDR", OPTION_TEXTS, AT(proxy_from), AT(proxy_count), PROXY_BLOCKS_MAX,
	    "balancers, which must send a PROXY header" },
	{ "user", "NAME", OPTION_TEXT, AT(user), 0, 0,
	    "the account that root becomes before it serves" },
	{ "login-grace", "SECONDS", OPTION_NUMBER, AT(grace), 0, 600,
	    "time that a client has to log in [30]" },
	{ "max-connections", "NUMBER", OPTION_NUMBER, AT(connections), 0, 65536,
	    "connections at a time [512]" },
	{ "max-per-address", "NUMBER", OPTION_NUMBER, AT(per_address), 0, 65536,
	    "connections of one address at a time [64]" },
	{ "max-logins", "NUMBER", OPTION_NUMBER, AT(unauthenticated), 0, 65536,
	    "connections that have not logged in yet [100]" },
	{ "no-penalties", NULL, OPTION_FLAG, AT(penalties), 0, 0,
	    "addresses that fail are not kept waiting" },
	{ "log", "stderr|syslog|journal", OPTION_LOG, AT(log), 0, 0,
	    "where lines about connections go [stderr]" },
	{ "log-format", "logfmt|json", OPTION_FORMAT, AT(log_json), 0, 0,
	    "how they are written [logfmt]" },
	{ "log-sessions", NULL, OPTION_FLAG, AT(log_sessions), 0, true,
	    "sessions' records go to standard error, too" },
	{ NULL, NULL, OPTION_FLAG, 0, 0, 0, NULL },
};
// clang-format on

static const char *const log_words[] = { [LOG_TO_STDERR] = "stderr",
	[LOG_TO_SYSLOG] = "syslog",
	[LOG_TO_JOURNAL] = "journal" };

static int
option_error(struct buf *error, const char *text, const char *word)
{
	buf_add_text(error, text);
	quote_add(error, word, strlen(word), 256);
	return -1;
}

static bool
set_log(enum log_kind *log, const char *value)
{
	for (int i = 0; i < 3; i++) {
		if (strcmp(log_words[i], value) == 0) {
			*log = (enum log_kind)i;
			return true;
		}
	}
	return false;
}

/* Sets what a row says; false: not such a value. */
static bool
set_value(struct server_options *options, const struct server_option *row,
    const char *value)
{
	void *at = (char *)options + row->offset;
	size_t *count = (size_t *)(void *)((char *)options + row->count_offset);
	int64_t number;

	switch (row->kind) {
	case OPTION_TEXT:
		*(const char **)at = value;
		return value[0] != '\0';
	case OPTION_TEXTS:
		if (*count == row->most || value[0] == '\0')
			return false;
		((const char **)at)[(*count)++] = value;
		return true;
	case OPTION_NUMBER:
		if (!num_parse(value, 1, (int64_t)row->most, &number))
			return false;
		*(unsigned *)at = (unsigned)number;
		return true;
	case OPTION_FLAG:
		*(bool *)at = row->most != 0;
		return true;
	case OPTION_LOG:
		return set_log(at, value);
	case OPTION_FORMAT:
		*(bool *)at = strcmp(value, "json") == 0;
		return *(bool *)at || strcmp(value, "logfmt") == 0;
	}
	return false;
}

/* The row of "NAME" or "NAME=VALUE", or NULL: not ours. */
static const struct server_option *
find_row(const char *text)
{
	size_t len = strcspn(text, "=");

	for (const struct server_option *row = server_options;
	     row->name != NULL; row++) {
		if (strlen(row->name) == len &&
		    memcmp(row->name, text, len) == 0)
			return row;
	}
	return NULL;
}

static int
parse_own(struct server_options *options, const struct server_option *row,
    const char *word, struct buf *error)
{
	const char *equals = strchr(word, '=');

	if ((equals == NULL) != (row->kind == OPTION_FLAG))
		return option_error(error,
		    row->kind == OPTION_FLAG ? "an option without a value: "
					     : "an option that takes a value: ",
		    word);
	if (!set_value(options, row, equals == NULL ? "" : equals + 1))
		return option_error(error,
		    "a value that this option can't have, or one too many: ",
		    word);
	return 0;
}

/* --help, --version, --ping[=ADDRESS:PORT]. */
static bool
parse_task(struct server_options *options, const char *word)
{
	if (strcmp(word, "--help") == 0)
		options->task = SERVER_HELP;
	else if (strcmp(word, "--version") == 0)
		options->task = SERVER_VERSION;
	else if (strcmp(word, "--ping") == 0)
		options->task = SERVER_PING;
	else if (strncmp(word, "--ping=", 7) == 0) {
		options->task = SERVER_PING;
		options->ping = word + 7;
	} else
		return false;
	return true;
}

/* The gate's words are read as each session's gate will read them: a wrong one
 * ends the server now, not every session later. */
static int
check_gate_line(struct server_options *server, int count, char *const *line,
    struct buf *error)
{
	struct options options;
	struct policy policy;
	int result;

	policy_init(&policy);
	result = options_parse(&options, &policy, count, line, error);
	if (result == 0 && policy.root == NULL) {
		buf_add_text(error,
		    "no ROOT: name the directory to serve (see --help)");
		result = -1;
	}
	if (result == 0)
		result = policy_check(&policy, error);
	if (result == 0)
		server->root = xstrdup(policy.root);
	policy_free(&policy);
	return result;
}

/* Is the word, the last of the gate's, a relative root? */
static bool
is_relative_root(const struct server_options *options, const char *word)
{
	bool may_be_option = true;

	for (size_t i = 0; i + 1 < options->gate_count; i++)
		may_be_option &= strcmp(options->gate[i], "--") != 0;
	return word[0] != '\0' && word[0] != '/' &&
	       (word[0] != '-' || !may_be_option);
}

/*
 * The gate takes a relative root from the account's home, where sshd starts it.
 * Ours is relative to where we were started.
 */
static int
take_gate_word(struct server_options *options, const char *word,
    struct buf *error)
{
	char here[PATH_MAX];

	if (options->gate_count == GATE_OPTIONS_MAX)
		return option_error(error, "too many options: ", word);
	options->gate[options->gate_count++] = word;
	if (!is_relative_root(options, word))
		return 0;
	if (getcwd(here, sizeof(here)) == NULL ||
	    snprintf(options->whole_root, sizeof(options->whole_root), "%s/%s",
		here[1] == '\0' ? "" : here,
		word) >= (int)sizeof(options->whole_root))
		return option_error(error,
		    "a root that is too far from here: ", word);
	options->gate[options->gate_count - 1] = options->whole_root;
	return 0;
}

static int
check_together(const struct server_options *options, struct buf *error)
{
	if (options->task != SERVER_RUN)
		return 0;
	for (size_t i = 0; i < options->proxy_count; i++) {
		if (!address_is_block(options->proxy_from[i]))
			return option_error(error,
			    "no CIDR block: ", options->proxy_from[i]);
	}
	if (options->log_sessions && options->log != LOG_TO_STDERR)
		return option_error(error,
		    "--log-sessions is for standard error: --log=",
		    log_words[options->log]);
	if (options->config != NULL && options->gate_count > 0)
		return option_error(error,
		    "a configuration and the gate's options or a root, one of "
		    "the two: ",
		    options->gate[options->gate_count - 1]);
	if (options->config != NULL && options->authorized_keys != NULL)
		return option_error(error,
		    "with a configuration each account has its "
		    "authorized-keys there: ",
		    options->authorized_keys);
	return 0;
}

int
server_options_parse(struct server_options *options, int argc,
    char *const *argv, struct buf *error)
{
	static char name[] = "filesonly";
	char *line[GATE_OPTIONS_MAX + 1] = { name };

	*options = (struct server_options){ .grace = 30,
		.connections = 512,
		.per_address = 64,
		.unauthenticated = 100,
		.penalties = true };
	for (int i = 1; i < argc; i++) {
		const char *word = argv[i];
		const struct server_option *row =
		    strncmp(word, "--", 2) == 0 ? find_row(word + 2) : NULL;

		if (parse_task(options, word))
			continue;
		if (row != NULL) {
			if (parse_own(options, row, word, error) != 0)
				return -1;
			continue;
		}
		if (take_gate_word(options, word, error) != 0)
			return -1;
		line[options->gate_count] = argv[i];
	}
	if (check_together(options, error) != 0)
		return -1;
	return options->task == SERVER_RUN && options->config == NULL
		   ? check_gate_line(options, (int)options->gate_count + 1,
			 line, error)
		   : 0;
}

static void
help_row(struct buf *out, const char *name, const char *value, const char *help)
{
	char left[48];
	struct buf text;

	buf_init(&text, left, sizeof(left));
	buf_addf(&text, "--%s%s", name, value);
	buf_addf(out, "  %-28s %s\n", buf_text(&text), help);
}

void
server_options_help(struct buf *out)
{
	buf_add_text(out,
	    "usage: filesonlyd [OPTION]... [filesonly's OPTION]... ROOT\n"
	    "       filesonlyd [OPTION]... --config=FILE\n"
	    "       filesonlyd --ping[=ADDRESS:PORT]\n"
	    "An SSH server for sftp, rsync, scp and small commands inside "
	    "ROOT. It stays\nin the foreground. Defaults are in "
	    "brackets.\n\n");
	for (const struct server_option *row = server_options;
	     row->name != NULL; row++) {
		char value[48] = "";

		if (row->value != NULL)
			snprintf(value, sizeof(value), "=%s", row->value);
		help_row(out, row->name, value, row->help);
	}
	help_row(out, "ping", "[=ADDRESS:PORT]",
	    "says by its status whether a server answers");
	help_row(out, "help", "", "this text");
	help_row(out, "version", "", "its version");
	buf_add_text(out, "\nOther options are filesonly's (filesonly --help): "
			  "every session gets them whose\nkey's line has no "
			  "command=.\n");
}
