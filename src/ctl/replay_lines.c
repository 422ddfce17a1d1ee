/*
 * Each program has its own lines, and each is found by the program's name and
 * number in front of it. sshd tells a subsystem by its name, but of a command
 * only that there was one. Pure.
 */
#include "ctl/replay_lines.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/xalloc.h"

static const char *
after(const char *text, const char *beginning)
{
	size_t len = strlen(beginning);

	return strncmp(text, beginning, len) == 0 ? text + len : NULL;
}

static const char *
last_of(const char *text, const char *part)
{
	const char *found = NULL, *at = text;

	while ((at = strstr(at, part)) != NULL)
		found = at++;
	return found;
}

/* Copies len bytes; false where there is no room, or no name. */
static bool
replay_user_take(char user[REPLAY_USER_MAX], const char *text, size_t len)
{
	if (len == 0 || len >= REPLAY_USER_MAX ||
	    memchr(text, ' ', len) != NULL)
		return false;
	memcpy(user, text, len);
	user[len] = '\0';
	return true;
}

static enum replay_kind
replay_request_take(struct replay_request *request, const char *command,
    size_t len)
{
	if (len >= sizeof(request->command))
		return REPLAY_UNTOLD;
	memcpy(request->command, command, len);
	request->command[len] = '\0';
	return REPLAY_REQUEST;
}

/* What the process of that name and number has said. */
static struct replay_process *
process_called(struct replay_state *state, const char *name, size_t len)
{
	struct replay_process *process;

	for (size_t i = 0; i < REPLAY_PROCESSES; i++) {
		process = &state->processes[i];
		if (strlen(process->name) == len &&
		    memcmp(process->name, name, len) == 0)
			return process;
	}
	process = &state->processes[state->next++ % REPLAY_PROCESSES];
	free(process->command);
	*process = (struct replay_process){ .command = NULL };
	if (len < sizeof(process->name))
		memcpy(process->name, name, len);
	return process;
}

/* "for USER from ADDRESS port N id N" at the end of sshd's line. */
static bool
take_sshd_user(struct replay_request *request, const char *rest)
{
	const char *user = last_of(rest, " for ");
	const char *from = user == NULL ? NULL : strstr(user, " from ");

	return from != NULL && replay_user_take(request->user, user + 5,
				   (size_t)(from - user) - 5);
}

static enum replay_kind
read_sshd(struct replay_process *process, const char *text,
    struct replay_request *request)
{
	const char *rest, *by;

	rest = after(text, "subsystem request for ");
	if (rest != NULL) {
		by = strstr(rest, " by user ");
		process->subsystem = true;
		if (by == NULL || !replay_user_take(request->user, by + 9,
				      strcspn(by + 9, " ")))
			return REPLAY_NOTHING;
		if ((size_t)(by - rest) != 4 || memcmp(rest, "sftp", 4) != 0)
			return REPLAY_UNTOLD;
		return replay_request_take(request, "internal-sftp", 13);
	}
	rest = after(text, "Starting session: ");
	if (rest == NULL || !take_sshd_user(request, rest))
		return REPLAY_NOTHING;
	/* Of a subsystem, forced or not, older releases told a line before. */
	if (process->subsystem) {
		process->subsystem = false;
		return REPLAY_NOTHING;
	}
	if (after(rest, "subsystem 'sftp' ") != NULL)
		return replay_request_take(request, "internal-sftp", 13);
	if (after(rest, "shell ") != NULL)
		return replay_request_take(request, "", 0);
	return REPLAY_UNTOLD;
}

static enum replay_kind
remember_command(struct replay_process *process, const char *text, size_t len)
{
	free(process->command);
	process->command = xmemdup(text, len);
	return REPLAY_NOTHING;
}

/* "chroot cmd line: HELPER NUMBER "COMMAND"", whose user the helper tells. */
static enum replay_kind
read_rssh(struct replay_process *process, const char *text,
    struct replay_request *request)
{
	static const char forbidden[] =
	    " attempted to execute forbidden commands";
	static const char shell[] = " attempted to log in with a shell";
	const char *rest = after(text, "user "), *end;

	request->was_refused = true;
	if (rest != NULL && (end = strstr(rest, forbidden)) != NULL) {
		process->refused =
		    replay_user_take(process->user, rest, (size_t)(end - rest));
		return REPLAY_NOTHING;
	}
	if (rest != NULL && (end = strstr(rest, shell)) != NULL)
		return replay_user_take(request->user, rest,
			   (size_t)(end - rest))
			   ? replay_request_take(request, "", 0)
			   : REPLAY_NOTHING;
	rest = after(text, "command: ");
	if (rest != NULL && process->refused) {
		process->refused = false;
		snprintf(request->user, sizeof(request->user), "%s",
		    process->user);
		return replay_request_take(request, rest, strlen(rest));
	}
	rest = after(text, "chroot cmd line: ");
	rest = rest == NULL ? NULL : strchr(rest, '"');
	end = rest == NULL ? NULL : strrchr(rest, '"');
	if (end == NULL || end == rest)
		return REPLAY_NOTHING;
	return remember_command(process, rest + 1, (size_t)(end - rest) - 1);
}

/* "new session for USER, UID=N": the command came from rssh of that number. */
static enum replay_kind
read_rssh_helper(struct replay_process *process, const char *text,
    struct replay_request *request)
{
	const char *rest = after(text, "new session for ");
	enum replay_kind kind;

	if (rest == NULL ||
	    !replay_user_take(request->user, rest, strcspn(rest, ", ")))
		return REPLAY_NOTHING;
	if (process->command == NULL)
		return REPLAY_UNTOLD;
	kind = replay_request_take(request, process->command,
	    strlen(process->command));
	free(process->command);
	process->command = NULL;
	return kind;
}

/* "running: COMMAND (username: USER(UID), IP/port: ...)" */
static enum replay_kind
read_scponly(struct replay_process *process, const char *text,
    struct replay_request *request)
{
	const char *rest = after(text, "running: "), *stamp;

	(void)process;
	if (rest == NULL) {
		rest = after(text, "bad request: ");
		request->was_refused = true;
	}
	stamp = rest == NULL ? NULL : last_of(rest, "username: ");
	if (stamp == NULL || stamp - rest < 2 ||
	    !replay_user_take(request->user, stamp + 10,
		strcspn(stamp + 10, "(,")))
		return REPLAY_NOTHING;
	return replay_request_take(request, rest, (size_t)(stamp - rest) - 2);
}

/* A value of filesonly's own record, unquoted. Returns its length or -1. */
static long
read_value(const char *line, const char *name, char *out, size_t size)
{
	const char *at = strstr(line, name);
	size_t len = 0;

	if (at == NULL)
		return -1;
	for (at += strlen(name); *at != '"'; at++) {
		char byte = *at;
		unsigned hex;
		int used = 0;

		if (byte == '\0' || len + 1 >= size)
			return -1;
		if (byte == '\\') {
			byte = *++at;
			if (byte == 'x' &&
			    sscanf(at + 1, "%2x%n", &hex, &used) == 1 &&
			    used == 2 && hex != 0) {
				byte = (char)hex;
				at += 2;
			} else if (byte == 'n' || byte == 't' || byte == 'r') {
				byte = byte == 'n'
					   ? '\n'
					   : (byte == 't' ? '\t' : '\r');
			} else if (byte != '"' && byte != '\\') {
				return -1;
			}
		}
		out[len++] = byte;
	}
	out[len] = '\0';
	/* "..." behind the quote: it was cut. */
	return at[1] == '.' ? -1 : (long)len;
}

static enum replay_kind
read_filesonly(struct replay_process *process, const char *text,
    struct replay_request *request)
{
	(void)process;
	if (strstr(text, "event=decide ") == NULL ||
	    read_value(text, " user=\"", request->user,
		sizeof(request->user)) <= 0)
		return REPLAY_NOTHING;
	request->was_refused = strstr(text, " result=refused ") != NULL;
	if (read_value(text, " request=\"", request->command,
		sizeof(request->command)) < 0)
		return REPLAY_UNTOLD;
	return REPLAY_REQUEST;
}

// clang-format off
static const struct {
	const char *name;   /* in front of "[NUMBER]: " */
	const char *called; /* whose lines these belong to */
	enum replay_kind (*read)(struct replay_process *process,
	    const char *text, struct replay_request *request);
} programs[] = {
	{ "sshd",               "sshd",      read_sshd },
	{ "sshd-session",       "sshd",      read_sshd },
	{ "rssh",               "rssh",      read_rssh },
	{ "rssh_chroot_helper", "rssh",      read_rssh_helper },
	{ "scponly",            "scponly",   read_scponly },
	{ "scponlyc",           "scponly",   read_scponly },
	{ "filesonly",          "filesonly", read_filesonly },
};
// clang-format on

/*
 * Is what stands in front of a program's name a syslog server's: nothing, a
 * host, or a date and all that follows? Behind its own first words sshd writes
 * names that strangers choose.
 */
static bool
is_header(const char *line, const char *name)
{
	static const char months[] =
	    "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec ";
	const char *blank = strchr(line, ' ');
	char month[5];

	if (name == line || name == blank + 1)
		return true;
	snprintf(month, sizeof(month), "%s", line);
	return strchr("<0123456789", line[0]) != NULL ||
	       strstr(months, month) != NULL;
}

/* The first "NAME[NUMBER]: " of one of them that stands at a word's begin. */
static bool
find_program(const char *line, size_t *row, const char **text, char name[32])
{
	for (const char *at = line; *at != '\0'; at++) {
		size_t len = strcspn(at, "[ "), digits;

		if (at > line && at[-1] != ' ')
			continue;
		digits =
		    at[len] == '[' ? strspn(at + len + 1, "0123456789") : 0;
		if (digits == 0 || digits > 10 ||
		    after(at + len + 1 + digits, "]: ") == NULL)
			continue;
		if (!is_header(line, at))
			return false;
		for (*row = 0; *row < sizeof(programs) / sizeof(*programs);
		     (*row)++) {
			if (strlen(programs[*row].name) != len ||
			    memcmp(programs[*row].name, at, len) != 0)
				continue;
			snprintf(name, 32, "%s[%.*s]", programs[*row].called,
			    (int)digits, at + len + 1);
			*text = at + len + 1 + digits + 3;
			return true;
		}
		/* Another program's line, whatever it holds. */
		return false;
	}
	return false;
}

enum replay_kind
replay_line(struct replay_state *state, const char *line,
    struct replay_request *request)
{
	char name[32] = "sshd[]";
	const char *text = line;
	size_t row = 0;

	request->was_refused = false;
	if (find_program(line, &row, &text, name))
		return programs[row].read(process_called(state, name,
					      strlen(name)),
		    text, request);
	/* A record in a file of its own, or sshd's with -E. */
	if (after(line, "time=") != NULL || after(line, "event=") != NULL ||
	    after(line, "log=session ") != NULL)
		return read_filesonly(NULL, line, request);
	return read_sshd(process_called(state, name, strlen(name)), line,
	    request);
}

void
replay_state_free(struct replay_state *state)
{
	for (size_t i = 0; i < REPLAY_PROCESSES; i++)
		free(state->processes[i].command);
	*state = (struct replay_state){ .next = 0 };
}
