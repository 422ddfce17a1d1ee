/*
 * Reads the flags of sftp-server as getopt(3) does: letters may share a word,
 * a value may stand in the same word or the next. Pure.
 */
#include "decide/sftp_server_flags.h"

#include <limits.h>
#include <string.h>

#include "base/quote.h"

enum { TAKES = ':' };

/* All that a flag's setter needs. */
struct flags {
	struct options *options;
	struct policy *asked;
	const struct session *session;
	struct buf *error;
};

typedef int flag_set(const struct flags *flags, const char *value);

static int
flags_fail(const struct flags *flags, const char *text, const char *word)
{
	buf_add_text(flags->error, text);
	if (word != NULL)
		quote_add(flags->error, word, strlen(word), 256);
	return -1;
}

static int
flags_set_key(const struct flags *flags, const char *key, const char *value)
{
	if (policy_set(flags->asked, key, value, flags->error) != 0)
		return -1;
	key_set_add(&flags->options->given, policy_key(key));
	return 0;
}

static int
set_nothing(const struct flags *flags, const char *value)
{
	(void)flags;
	(void)value;
	return 0;
}

static int
set_read_only(const struct flags *flags, const char *value)
{
	(void)value;
	return flags_set_key(flags, "mode", "read-only");
}

static int
set_umask(const struct flags *flags, const char *value)
{
	return flags_set_key(flags, "umask", value);
}

/* -d: a path in the root; %d is the home, %u the name, %U the number. */
static int
set_start(const struct flags *flags, const char *value)
{
	char room[PATH_MAX];
	struct buf path;

	buf_init(&path, room, sizeof(room));
	for (const char *at = value; *at != '\0'; at++) {
		if (*at != '%') {
			buf_add(&path, at, 1);
			continue;
		}
		switch (*++at) {
		case 'd':
			buf_add_text(&path, flags->session->home);
			break;
		case 'u':
			buf_add_text(&path, flags->session->user);
			break;
		case 'U':
			buf_addf(&path, "%u", (unsigned)flags->session->uid);
			break;
		case '%':
			buf_add(&path, "%", 1);
			break;
		default:
			return flags_fail(flags,
			    "-d: unknown %-sequence: ", value);
		}
	}
	if (path.full)
		return flags_fail(flags, "-d: too long: ", value);
	return flags_set_key(flags, "start-dir", buf_text(&path));
}

static int
flags_set_list(const struct flags *flags, const char **list, const char *value)
{
	if (*list != NULL)
		return flags_fail(flags,
		    "requests were listed already: ", value);
	*list = value;
	return 0;
}

static int
set_only(const struct flags *flags, const char *value)
{
	return flags_set_list(flags,
	    &flags->options->restrictions.only_requests, value);
}

static int
set_denied(const struct flags *flags, const char *value)
{
	return flags_set_list(flags, &flags->options->restrictions.no_requests,
	    value);
}

static int
set_query(const struct flags *flags, const char *value)
{
	if (strcmp(value, "requests") != 0)
		return flags_fail(flags,
		    "-Q: only \"requests\" can be asked: ", value);
	flags->options->task = TASK_REQUESTS;
	return 0;
}

// clang-format off
static const struct {
	char letter;
	char takes; /* TAKES: a value */
	flag_set *set;
} rows[] = {
	{ 'd', TAKES, set_start },
	{ 'e', 0,     set_nothing },
	{ 'f', TAKES, set_nothing },
	{ 'l', TAKES, set_nothing },
	{ 'P', TAKES, set_denied },
	{ 'p', TAKES, set_only },
	{ 'Q', TAKES, set_query },
	{ 'R', 0,     set_read_only },
	{ 'u', TAKES, set_umask },
};
// clang-format on

enum { ROWS = sizeof(rows) / sizeof(rows[0]) };

/* Reads one word of flags. *next is the word behind it, or NULL; set to NULL
 * where it was taken as a value. */
static int
read_flags(const struct flags *flags, const char *word, const char **next)
{
	for (const char *at = word + 1; *at != '\0'; at++) {
		const char *value = NULL;
		size_t row = 0;

		while (row < ROWS && rows[row].letter != *at)
			row++;
		if (row == ROWS)
			return flags_fail(flags,
			    "unknown flag of sftp-server: ", word);
		if (rows[row].takes) {
			value = at[1] != '\0' ? at + 1 : *next;
			if (value == NULL)
				return flags_fail(flags,
				    "a value is missing: ", word);
			if (value == *next)
				*next = NULL;
		}
		if (rows[row].set(flags, value) != 0)
			return -1;
		if (value != NULL)
			return 0;
	}
	return 0;
}

/* Counts argv[0] and the gate's own options behind it. */
static int
count_own(int argc, char *const *argv)
{
	int count = 1;

	while (count < argc && strncmp(argv[count], "--", 2) == 0 &&
	       argv[count][2] != '\0')
		count++;
	return count;
}

int
sftp_server_flags_parse(struct options *options, struct policy *asked, int argc,
    char *const *argv, const struct session *session, struct buf *error)
{
	const struct flags flags = { options, asked, session, error };
	int at = count_own(argc, argv);

	if (options_parse(options, asked, at, argv, error) != 0)
		return -1;
	if (at < argc && strcmp(argv[at], "--") == 0)
		at++;
	while (at < argc) {
		const char *word = argv[at++];
		const char *next = at < argc ? argv[at] : NULL;

		if (strcmp(word, "-c") == 0)
			return 0;
		if (word[0] != '-' || word[1] == '\0')
			return flags_fail(&flags,
			    "called as sftp-server, the root is the "
			    "configuration's, not ",
			    word);
		if (read_flags(&flags, word, &next) != 0)
			return -1;
		at += next == NULL && at < argc;
	}
	return 0;
}
