/*
 * For the static program: reads nsswitch.conf(5) and passwd(5) as the C
 * library's "files" service does, and calls no function of NSS, for which a
 * static program would load libraries. Answers only where NSS would say the
 * same; else the twin begins anew. Trusts the files, which are root's.
 */
#include "core/account.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>

#include "base/io.h"
#include "base/num.h"
#include "core/session.h"
#include "core/twin.h"

/* What isspace() takes in the C locale. */
#define BLANKS " \t\n\v\f\r"

/* What nsswitch.conf says of passwd. */
enum source {
	SOURCE_OTHER, /* first, or maybe, something else than the file */
	SOURCE_FIRST, /* the file; then others, if it has no such entry */
	SOURCE_ONLY,  /* the file */
};

/* Lines of a file, one after another in one room. */
struct lines {
	int fd;
	bool ended; /* the file has no more */
	char *from; /* what was read and not yet given */
	char *to;
	char room[ACCOUNT_ROOM];
};

enum line { LINE_READ, LINE_END, LINE_ODD };

/* Makes room and reads on. */
static enum line
read_more(struct lines *lines)
{
	size_t have = (size_t)(lines->to - lines->from);
	ssize_t got;

	memmove(lines->room, lines->from, have);
	lines->from = lines->room;
	/* One byte stays for the NUL of a last line without a newline. */
	if (have == sizeof(lines->room) - 1)
		return LINE_ODD;
	got = io_read_all(lines->fd, lines->room + have,
	    sizeof(lines->room) - 1 - have);
	if (got < 0)
		return LINE_ODD;
	lines->to = lines->room + have + got;
	lines->ended = lines->to < lines->room + sizeof(lines->room) - 1;
	return LINE_READ;
}

/*
 * The next line, as C string and without blanks in front. A line with a NUL,
 * one that does not fit and an error are odd.
 */
static enum line
next_line(struct lines *lines, char **line)
{
	char *end;

	while ((end = memchr(lines->from, '\n',
		    (size_t)(lines->to - lines->from))) == NULL) {
		if (lines->ended)
			break;
		if (read_more(lines) != LINE_READ)
			return LINE_ODD;
	}
	if (end == NULL && lines->from == lines->to)
		return LINE_END;
	if (end == NULL)
		end = lines->to;
	*end = '\0';
	*line = lines->from;
	lines->from = end < lines->to ? end + 1 : end;
	if (strlen(*line) != (size_t)(end - *line))
		return LINE_ODD;
	*line += strspn(*line, BLANKS);
	return LINE_READ;
}

/* Returns false where there is a file that can't be read; none is empty. */
static bool
open_lines(struct lines *lines, const char *path)
{
	lines->fd = open(path, O_RDONLY | O_NOCTTY | O_CLOEXEC);
	lines->ended = lines->fd < 0;
	lines->from = lines->to = lines->room;
	return lines->fd >= 0 || errno == ENOENT;
}

/* "files", or "files" and others; "[NOTFOUND=return]" is an action. */
static enum source
read_services(const char *text)
{
	static const char files[] = "files";
	size_t len = sizeof(files) - 1;

	text += strspn(text, BLANKS);
	if (strncmp(text, files, len) != 0)
		return SOURCE_OTHER;
	text += len;
	if (*text == '\0')
		return SOURCE_ONLY;
	len = strspn(text, BLANKS);
	if (len == 0 || text[len] == '[')
		return SOURCE_OTHER;
	return text[len] == '\0' ? SOURCE_ONLY : SOURCE_FIRST;
}

/* What stands behind "passwd:", or NULL in all other lines. */
static const char *
passwd_line(char *line)
{
	static const char passwd[] = "passwd";
	size_t len = sizeof(passwd) - 1;

	line[strcspn(line, "#")] = '\0';
	if (strncmp(line, passwd, len) != 0)
		return NULL;
	line += len;
	len = strspn(line, ":" BLANKS);
	return len == 0 ? NULL : line + len;
}

static enum source
read_switch(struct lines *lines)
{
	enum source source = SOURCE_OTHER;
	const char *services;
	bool seen = false;
	enum line got;
	char *line;

	if (lines->fd < 0) /* the C library's own default */
		return SOURCE_ONLY;
	while ((got = next_line(lines, &line)) == LINE_READ) {
		services = passwd_line(line);
		if (services == NULL)
			continue;
		/* Which of two lines holds, its releases don't agree on. */
		source = seen ? SOURCE_OTHER : read_services(services);
		seen = true;
	}
	return got == LINE_END ? source : SOURCE_OTHER;
}

static enum source
find_source(const char *path)
{
	not_zeroed struct lines lines;
	enum source source;

	if (!open_lines(&lines, path))
		return SOURCE_OTHER;
	source = read_switch(&lines);
	auto_close_fd(&lines.fd);
	return source;
}

/*
 * "name:password:uid:gid:gecos:home:shell". The C library would take some
 * others, too, and leave out what it doesn't: those are odd here.
 */
enum { NAME, PASSWORD, UID, GID, GECOS, HOME, SHELL, FIELDS };

static bool
split(char *line, char *fields[FIELDS])
{
	for (int i = 0; i < FIELDS; i++) {
		size_t len = strcspn(line, ":");

		if ((line[len] == ':') != (i < FIELDS - 1))
			return false;
		fields[i] = line;
		line[len] = '\0';
		line += len + 1;
	}
	return true;
}

/* What is left to find in a file. */
struct search {
	const struct account_ask *ask;
	struct account *account;
	bool claim_is_open; /* the name that is claimed was not met yet */
	bool uid_is_open;   /* nor was the uid */
};

/* Copies what the entry says of the account. */
static void
take(struct account *account, char *const fields[FIELDS])
{
	const int taken[] = { NAME, HOME, SHELL };
	const char **texts[] = { &account->name, &account->home,
		&account->shell };
	char *to = account->room;

	for (size_t i = 0; i < sizeof(taken) / sizeof(*taken); i++) {
		size_t size = strlen(fields[taken[i]]) + 1;

		/* The line came from a room of the same size. */
		memcpy(to, fields[taken[i]], size);
		*texts[i] = to;
		to += size;
	}
}

/* Returns false where the line is odd. */
static bool
look_at(struct search *search, char *line)
{
	const struct account_ask *ask = search->ask;
	bool is_claim, is_ours;
	char *fields[FIELDS];
	int64_t uid, gid;

	if (line[0] == '\0' || line[0] == '#')
		return true;
	/* With + and - begin what nss_compat would read elsewhere. */
	if (line[0] == ':' || line[0] == '+' || line[0] == '-' ||
	    !split(line, fields) ||
	    !num_parse(fields[UID], 0, UINT32_MAX, &uid) ||
	    !num_parse(fields[GID], 0, UINT32_MAX, &gid))
		return false;
	is_ours = uid == (int64_t)ask->uid;
	is_claim =
	    search->claim_is_open && strcmp(fields[NAME], ask->claim) == 0;
	if (is_claim)
		search->claim_is_open = false;
	if (is_ours && (is_claim || search->uid_is_open)) {
		take(search->account, fields);
		search->uid_is_open = false;
	}
	return true;
}

/* All that the file says is in account then. */
static enum account_answer
search_lines(struct lines *lines, struct search *search, enum source source)
{
	enum line got;
	char *line;

	while (search->claim_is_open || search->uid_is_open) {
		got = next_line(lines, &line);
		if (got == LINE_END && source == SOURCE_ONLY)
			break;
		if (got != LINE_READ || !look_at(search, line))
			return ACCOUNT_UNSURE;
	}
	return search->uid_is_open ? ACCOUNT_NONE : ACCOUNT_FOUND;
}

static enum account_answer
find_in(const char *switch_path, const char *passwd_path,
    const struct account_ask *ask, struct account *account)
{
	struct search search = { .ask = ask,
		.account = account,
		.claim_is_open = ask->claim != NULL,
		.uid_is_open = true };
	enum source source = find_source(switch_path);
	not_zeroed struct lines lines;
	enum account_answer answer;

	if (source == SOURCE_OTHER || !open_lines(&lines, passwd_path))
		return ACCOUNT_UNSURE;
	answer = search_lines(&lines, &search, source);
	auto_close_fd(&lines.fd);
	return answer;
}

enum account_answer
account_find(const struct account_ask *ask, struct account *account)
{
	enum account_answer answer =
	    find_in("/etc/nsswitch.conf", "/etc/passwd", ask, account);

	if (answer == ACCOUNT_UNSURE && ask->argv != NULL &&
	    twin_become(ask->argv, ask->envp) != 0)
		return ACCOUNT_UNSURE;
	return answer;
}

/* An account may have groups in every service, so the files never suffice. */
int
account_groups(const struct session *session, struct texts *names)
{
	(void)names;
	if (session->argv == NULL ||
	    twin_become(session->argv, session->envp) != 0)
		errno = ENOSYS;
	return -1;
}
