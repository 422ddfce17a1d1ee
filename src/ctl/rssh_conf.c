/*
 * Lines into rights. rssh's reader works in two steps: a token ends at a blank,
 * '=' or '#', its quotes are taken off; a user's value is then cut once more
 * at ':', and there '=' and '#' end a field however they were quoted. Pure.
 */
#include "ctl/rssh_conf.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/num.h"
#include "base/xalloc.h"

enum { LINE_LENGTH = 1022, DEFAULT_UMASK = 022, BAD_UMASK = 077 };

static const char refuses[] =
    ": because of that line rssh refuses each login, except of accounts "
    "whose own line stands above it";

struct rssh_reading {
	struct rssh_conf *conf;
	rssh_tell *tell;
	void *context;
	int line;
};

static void
tell(const struct rssh_reading *reading, const char *text, const char *word,
    const char *rest)
{
	reading->tell(reading->context, reading->line, text, word, rest);
}

static const char *
skip_blanks(const char *at)
{
	while (isspace((unsigned char)*at))
		at++;
	return at;
}

static bool
is_end(const char *at)
{
	at = skip_blanks(at);
	return *at == '\0' || *at == '#';
}

/* Takes a token off *at; out has room for the line. False: a quote is open. */
static bool
take_token(const char **at, char *out)
{
	const char *from = skip_blanks(*at);
	char quote = '\0';

	for (; *from != '\0'; from++) {
		if (quote == '\0' && (*from == '\'' || *from == '"'))
			quote = *from;
		else if (quote != '\0' && *from == quote)
			quote = '\0';
		else if (quote == '\0' && (isspace((unsigned char)*from) ||
					      *from == '=' || *from == '#'))
			break;
		else
			*out++ = *from;
	}
	*out = '\0';
	*at = from;
	return quote == '\0';
}

/* "= VALUE" and nothing behind it; else the line is one that refuses. */
static bool
take_value(const struct rssh_reading *reading, const char *at, char *value)
{
	at = skip_blanks(at);
	if (*at != '=') {
		tell(reading, "there is no \"=\"", NULL, refuses);
		return false;
	}
	at++;
	if (!take_token(&at, value)) {
		tell(reading, "a quote is not closed", NULL, refuses);
		return false;
	}
	if (!is_end(at)) {
		tell(reading, "more than one value: ", at, refuses);
		return false;
	}
	if (value[0] == '\0')
		tell(reading, "there is no value", NULL, refuses);
	return value[0] != '\0';
}

static void
read_umask(const struct rssh_reading *reading, const char *value)
{
	unsigned mask;

	if (value == NULL) {
		reading->conf->rest.umask = BAD_UMASK;
		return;
	}
	if (num_parse_octal(value, 0777, &mask)) {
		reading->conf->rest.umask = mask;
		return;
	}
	reading->conf->rest.umask = BAD_UMASK;
	tell(reading, "no umask: ", value, refuses);
}

static void
read_facility(const struct rssh_reading *reading, const char *value)
{
	/* "local0" or "LOG_LOCAL0", nothing between. */
	static const char *const names[] = { "kern", "user", "mail", "daemon",
		"auth", "authpriv", "syslog", "lpr", "news", "uucp", "cron",
		"ftp", "local0", "local1", "local2", "local3", "local4",
		"local5", "local6", "local7" };
	bool known = false;

	if (value == NULL)
		return;
	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		char upper[16] = "LOG_";

		for (size_t j = 0; names[i][j] != '\0'; j++)
			upper[4 + j] =
			    (char)toupper((unsigned char)names[i][j]);
		known |=
		    strcmp(value, names[i]) == 0 || strcmp(value, upper) == 0;
	}
	tell(reading, known ? "the log facility " : "no log facility: ", value,
	    known ? " is not carried over: filesonly's record goes to authpriv "
		    "(see audit)"
		  : refuses);
}

static void
read_root(const struct rssh_reading *reading, const char *value)
{
	struct rssh_rights *rest = &reading->conf->rest;

	free(rest->root);
	rest->root = NULL;
	rest->is_shut = value == NULL || value[0] != '/';
	if (!rest->is_shut)
		rest->root = xstrdup(value);
	else if (value != NULL)
		tell(reading, "no absolute path: ", value, refuses);
	if (rest->is_shut)
		tell(reading,
		    "where accounts without a line are confined is "
		    "not plain",
		    NULL, ": they are shut");
}

/* Takes a field off *at; false: it holds what none can. */
static bool
rssh_field(const char **at, char *field)
{
	const char *from = skip_blanks(*at);
	size_t len = strcspn(from, ":=#");

	memcpy(field, from, len);
	field[len] = '\0';
	*at = from + len + (from[len] == ':');
	return from[len] == ':' || from[len] == '\0';
}

static bool
read_bits(const char *bits, unsigned *allowed)
{
	static const unsigned order[] = { RSSH_RSYNC, RSSH_RDIST, RSSH_CVS,
		RSSH_SFTP, RSSH_SCP, RSSH_SVNSERVE };
	size_t len = strlen(bits);

	*allowed = 0;
	if (len != strspn(bits, "01") || (len != 5 && len != 6))
		return false;
	for (size_t i = 0; i < len; i++)
		*allowed |= bits[i] == '1' ? order[i] : 0;
	return true;
}

/* The same without the blanks behind it, which rssh passes over in all fields
 * but the name and the path. */
static bool
rssh_word(const char **at, char *field)
{
	bool fits = rssh_field(at, field);
	size_t len = strlen(field);

	while (len > 0 && isspace((unsigned char)field[len - 1]))
		field[--len] = '\0';
	return fits;
}

/* Reads the fields behind the name. Returns what is wrong, or NULL. */
static const char *
read_rights(const struct rssh_reading *reading, const char *at,
    struct rssh_user *user, char *field)
{
	if (!rssh_word(&at, field) || field[0] == '\0')
		return "its umask is missing";
	if (strpbrk(field, " \t") != NULL)
		return "its umask has a blank in it";
	if (!num_parse_octal(field, 0777, &user->rights.umask)) {
		user->rights.umask = BAD_UMASK;
		tell(reading, "no umask: ", field, ": rssh takes 077");
	}
	if (!rssh_word(&at, field) || !read_bits(field, &user->rights.allowed))
		return "its access bits are not five or six digits 0 and 1";
	if (strchr(at, ':') != NULL)
		return "there is something behind its path (':' can't stand in "
		       "it)";
	if (!rssh_field(&at, field))
		return "its path can't hold '=' or '#'";
	if (field[0] == '\0')
		return NULL;
	if (field[0] != '/')
		return "its path is not absolute";
	user->rights.root = xstrdup(field);
	return NULL;
}

static void
tell_name(const struct rssh_reading *reading, const struct rssh_user *user)
{
	const struct rssh_conf *conf = reading->conf;

	if (strpbrk(user->name, " \t") != NULL)
		tell(reading, "the user ", user->name,
		    " has a blank in its name: rssh never finds it");
	for (size_t i = 0; i + 1 < conf->count; i++) {
		if (strcmp(conf->users[i].name, user->name) == 0)
			tell(reading, "a second line of the user ", user->name,
			    ": rssh reads the first alone");
	}
}

/*
 * What stands behind the name rssh reads of the user's own line alone: a fault
 * there is that user's. A line that is no single value refuses everybody.
 */
static void
read_user(const struct rssh_reading *reading, const char *at, char *value)
{
	struct rssh_conf *conf = reading->conf;
	struct rssh_user *user;
	const char *why = NULL, *rest = value;
	char *field = xcalloc(strlen(at) + 1, 1);
	bool is_whole;

	at = skip_blanks(at);
	is_whole = *at == '=';
	at += is_whole;
	if (!take_token(&at, value) || !is_end(at))
		is_whole = false;
	conf->users =
	    xrealloc(conf->users, conf->count + 1, sizeof(*conf->users));
	user = &conf->users[conf->count++];
	*user = (struct rssh_user){ .line = reading->line };
	if (!rssh_field(&rest, field))
		why = "it is not NAME:UMASK:BITS:PATH";
	if (!is_whole) {
		tell(reading,
		    "no value of the form NAME:UMASK:BITS:PATH "
		    "(quote blanks)",
		    NULL, refuses);
		why = "its line is no single value";
	}
	user->name = xstrdup(field);
	tell_name(reading, user);
	if (why == NULL)
		why = read_rights(reading, rest, user, field);
	if (why != NULL) {
		user->rights.is_shut = true;
		tell(reading, "rssh refuses each login of ", user->name,
		    " because of this line");
		tell(reading, why, NULL, ": the account is shut");
	}
	free(field);
}

// clang-format off
static const struct {
	const char *name;
	unsigned allows; /* a word without a value */
	/* The value is NULL where the line has none that rssh takes. */
	void (*read)(const struct rssh_reading *reading, const char *value);
} keywords[] = {
	{ "allowscp",      RSSH_SCP,      NULL },
	{ "allowsftp",     RSSH_SFTP,     NULL },
	{ "allowcvs",      RSSH_CVS,      NULL },
	{ "allowrdist",    RSSH_RDIST,    NULL },
	{ "allowrsync",    RSSH_RSYNC,    NULL },
	{ "allowsvnserve", RSSH_SVNSERVE, NULL },
	{ "umask",         0,             read_umask },
	{ "logfacility",   0,             read_facility },
	{ "chrootpath",    0,             read_root },
	{ "user",          0,             NULL },
};
// clang-format on

enum { KEYWORDS = sizeof(keywords) / sizeof(*keywords) };

/* Case counts, whatever rssh's manual says. */
static size_t
find_keyword(const struct rssh_reading *reading, const char *word)
{
	for (size_t i = 0; i < KEYWORDS; i++) {
		if (strcmp(keywords[i].name, word) == 0)
			return i;
	}
	for (size_t i = 0; i < KEYWORDS; i++) {
		if (strcasecmp(keywords[i].name, word) != 0)
			continue;
		tell(reading, "rssh passes over ", word,
		    " (its words are small letters): nobody had what it says, "
		    "and nobody is given it");
		return KEYWORDS;
	}
	tell(reading, "rssh passes over ", word,
	    ", which is none of its words");
	return KEYWORDS;
}

static void
read_line(const struct rssh_reading *reading, const char *line)
{
	char *word = xcalloc(strlen(line) + 1, 1);
	const char *at = line;
	size_t keyword = KEYWORDS;

	if (is_end(line)) {
		/* A comment, or nothing. */
	} else if (!take_token(&at, word)) {
		tell(reading,
		    "rssh passes over the line: a quote is not closed", NULL,
		    NULL);
	} else {
		keyword = find_keyword(reading, word);
	}
	if (keyword == KEYWORDS) {
		/* Told. */
	} else if (keywords[keyword].allows != 0) {
		reading->conf->rest.allowed |= keywords[keyword].allows;
		if (!is_end(at))
			tell(reading, "there is something behind ", word,
			    refuses);
	} else if (keywords[keyword].read == NULL) {
		read_user(reading, at, word);
	} else {
		keywords[keyword].read(reading,
		    take_value(reading, at, word) ? word : NULL);
	}
	free(word);
}

void
rssh_conf_read(struct rssh_conf *conf, const char *text, rssh_tell *teller,
    void *context)
{
	struct rssh_reading reading = { conf, teller, context, 0 };

	conf->rest.umask = DEFAULT_UMASK;
	while (*text != '\0') {
		size_t len = strcspn(text, "\n");
		char *line = xmemdup(text, len);

		reading.line++;
		if (len > LINE_LENGTH)
			tell(&reading, "the line has more than 1022 bytes",
			    NULL, refuses);
		else if (text[len] == '\0')
			tell(&reading, "the last line has no end", NULL,
			    refuses);
		read_line(&reading, line);
		free(line);
		text += len + (text[len] == '\n');
	}
}

void
rssh_conf_free(struct rssh_conf *conf)
{
	for (size_t i = 0; i < conf->count; i++) {
		free(conf->users[i].name);
		free(conf->users[i].rights.root);
	}
	free(conf->users);
	free(conf->rest.root);
	*conf = (struct rssh_conf){ .count = 0 };
}
