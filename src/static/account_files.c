/*
 * For the static program: reads passwd(5) and group(5) as the C library's
 * "files" service does, and calls no function of NSS, for which a static
 * program would load libraries. Answers only where NSS would say the same,
 * else it is unsure. Trusts the files, which are root's.
 */
#include "session/account.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>

#include "base/num.h"
#include "session/session.h"
#include "session/etc_lines.h"

const char account_unsure[] =
    "the account is not in /etc/passwd, and this static filesonly can ask no "
    "other name service";

/*
 * "name:password:uid:gid:gecos:home:shell". The C library would take some
 * others, too, and leave out what it doesn't: those are odd here.
 */
enum { NAME, PASSWORD, UID, GID, GECOS, HOME, SHELL, FIELDS };

static bool
split(char *line, char **fields, int count)
{
	for (int i = 0; i < count; i++) {
		size_t len = strcspn(line, ":");

		if ((line[len] == ':') != (i < count - 1))
			return false;
		fields[i] = line;
		line[len] = '\0';
		line += len + 1;
	}
	return true;
}

/* What is left to find in a file. */
struct search {
	uid_t uid;
	const char *claim; /* see account_find */
	struct account *account;
	bool claim_is_open; /* the name that is claimed was not met yet */
	bool uid_is_open;   /* nor was the uid */
};

_Static_assert((int)ACCOUNT_ROOM >= (int)ETC_LINE_BYTES,
    "a line's texts fit into an account");

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

		memcpy(to, fields[taken[i]], size);
		*texts[i] = to;
		to += size;
	}
}

/* Returns false where the line is odd. */
static bool
look_at(struct search *search, char *line)
{
	bool is_claim, is_ours;
	char *fields[FIELDS];
	int64_t uid, gid;

	if (line[0] == '\0' || line[0] == '#')
		return true;
	/* With + and - begin what nss_compat would read elsewhere. */
	if (line[0] == ':' || line[0] == '+' || line[0] == '-' ||
	    !split(line, fields, FIELDS) ||
	    !num_parse(fields[UID], 0, UINT32_MAX, &uid) ||
	    !num_parse(fields[GID], 0, UINT32_MAX, &gid))
		return false;
	is_ours = uid == (int64_t)search->uid;
	is_claim =
	    search->claim_is_open && strcmp(fields[NAME], search->claim) == 0;
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
		got = etc_lines_next(lines, &line);
		if (got == LINE_END && source == SOURCE_ONLY)
			break;
		if (got != LINE_READ || !look_at(search, line))
			return ACCOUNT_UNSURE;
	}
	return search->uid_is_open ? ACCOUNT_NONE : ACCOUNT_FOUND;
}

static enum account_answer
find_in(const char *switch_path, const char *passwd_path, uid_t uid,
    const char *claim, struct account *account)
{
	struct search search = { .uid = uid,
		.claim = claim,
		.account = account,
		.claim_is_open = claim != NULL,
		.uid_is_open = true };
	enum source source = etc_lines_source(switch_path, "passwd");
	not_zeroed struct lines lines;
	enum account_answer answer;

	if (source == SOURCE_OTHER || !etc_lines_open(&lines, passwd_path))
		return ACCOUNT_UNSURE;
	answer = search_lines(&lines, &search, source);
	auto_close_fd(&lines.fd);
	return answer;
}

enum account_answer
account_find(uid_t uid, const char *claim, struct account *account)
{
	return find_in("/etc/nsswitch.conf", "/etc/passwd", uid, claim,
	    account);
}

/* "name:password:gid:members". */
struct group_line {
	const char *name, *members;
	int64_t gid;
};

enum { GROUP_NAME, GROUP_PASSWORD, GROUP_GID, GROUP_MEMBERS, GROUP_FIELDS };

/* The next group of the file; blank lines and remarks are passed over. */
static enum line
next_group(struct lines *lines, struct group_line *group)
{
	char *fields[GROUP_FIELDS], *line;
	enum line got;

	do
		got = etc_lines_next(lines, &line);
	while (got == LINE_READ && (line[0] == '\0' || line[0] == '#'));
	if (got != LINE_READ)
		return got;
	if (line[0] == ':' || line[0] == '+' || line[0] == '-' ||
	    !split(line, fields, GROUP_FIELDS) ||
	    !num_parse(fields[GROUP_GID], 0, UINT32_MAX, &group->gid) ||
	    strpbrk(fields[GROUP_MEMBERS], " \t\v\f\r") != NULL)
		return LINE_ODD;
	group->name = fields[GROUP_NAME];
	group->members = fields[GROUP_MEMBERS];
	return LINE_READ;
}

static bool
lists(const char *members, const char *user)
{
	size_t len = strlen(user);

	for (;; members++) {
		size_t next = strcspn(members, ",");

		if (next == len && memcmp(members, user, len) == 0)
			return true;
		members += next;
		if (*members == '\0')
			return false;
	}
}

/* The gid of a name. Two lines of one name are odd. */
static enum account_answer
find_gid(struct lines *lines, const char *name, int64_t *gid)
{
	enum account_answer answer = ACCOUNT_NONE;
	struct group_line group;
	enum line got;

	while ((got = next_group(lines, &group)) == LINE_READ) {
		if (strcmp(group.name, name) != 0)
			continue;
		if (answer == ACCOUNT_FOUND)
			return ACCOUNT_UNSURE;
		answer = ACCOUNT_FOUND;
		*gid = group.gid;
	}
	return got == LINE_END ? answer : ACCOUNT_UNSURE;
}

/* Is the user listed for a gid? Two names of one gid are odd. */
static enum account_answer
find_member(struct lines *lines, int64_t gid, const char *user)
{
	enum account_answer answer = ACCOUNT_NONE;
	struct group_line group;
	bool seen = false;
	enum line got;

	while ((got = next_group(lines, &group)) == LINE_READ) {
		if (group.gid != gid)
			continue;
		if (seen)
			return ACCOUNT_UNSURE;
		seen = true;
		if (lists(group.members, user))
			answer = ACCOUNT_FOUND;
	}
	return got == LINE_END ? answer : ACCOUNT_UNSURE;
}

/* What the file says: it is read for the gid, and again for who has that. */
static enum account_answer
look_up(const char *path, const char *name, const struct session *session)
{
	not_zeroed struct lines lines;
	enum account_answer answer = ACCOUNT_UNSURE;
	int64_t gid = 0;

	if (!etc_lines_open(&lines, path))
		return ACCOUNT_UNSURE;
	answer = find_gid(&lines, name, &gid);
	auto_close_fd(&lines.fd);
	if (answer != ACCOUNT_FOUND)
		return answer;
	if (!etc_lines_open(&lines, path))
		return ACCOUNT_UNSURE;
	answer = find_member(&lines, gid, session->user);
	auto_close_fd(&lines.fd);
	if (answer == ACCOUNT_NONE && gid == (int64_t)session->gid)
		return ACCOUNT_FOUND;
	return answer;
}

static enum account_answer
in_group(const char *switch_path, const char *group_path, const char *name,
    const struct session *session)
{
	enum source source = etc_lines_source(switch_path, "group");
	enum account_answer answer = ACCOUNT_UNSURE;

	if (source != SOURCE_OTHER)
		answer = look_up(group_path, name, session);
	/* Not in /etc/group: another name service may still list the account.
	 */
	return answer == ACCOUNT_NONE && source != SOURCE_ONLY ? ACCOUNT_UNSURE
							       : answer;
}

enum account_answer
account_in_group(const struct session *session, const char *name)
{
	return in_group("/etc/nsswitch.conf", "/etc/group", name, session);
}

/* An account may have groups in every service, so the files never suffice. */
int
account_groups_load(const struct session *session,
    struct account_groups *groups)
{
	(void)session;
	(void)groups;
	errno = ENOSYS;
	return -1;
}

int
account_groups_have(const struct account_groups *groups, const char *name,
    bool *have)
{
	(void)groups;
	(void)name;
	*have = false;
	errno = ENOSYS;
	return -1;
}

/* Names of the files are known without us. */
bool
account_name(enum account_kind kind, unsigned id, char *name, size_t size)
{
	(void)kind;
	(void)id;
	(void)name;
	(void)size;
	return false;
}

long
account_list(enum account_kind kind, FILE *to)
{
	(void)kind;
	(void)to;
	return -1;
}
