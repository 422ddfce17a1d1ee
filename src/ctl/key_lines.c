/* sshd(8), "AUTHORIZED_KEYS FILE FORMAT". Pure. */
#include "ctl/key_lines.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

/* Does the line begin with a kind of key, so that it has no options? */
static bool
is_bare(const char *text)
{
	return strncmp(text, "ssh-", 4) == 0 || strncmp(text, "sk-", 3) == 0 ||
	       strncmp(text, "ecdsa-", 6) == 0;
}

/* One option, up to a comma or blank outside quotes. Returns its length. */
static size_t
option_len(const char *text)
{
	bool quoted = false;
	size_t len = 0;

	while (text[len] != '\0' && text[len] != '\n' &&
	       (quoted || strchr(", \t\r", text[len]) == NULL)) {
		if (text[len] == '\\' && text[len + 1] == '"')
			len++;
		else if (text[len] == '"')
			quoted = !quoted;
		len++;
	}
	return len;
}

static void
take_command(struct key_line *line, const char *text, size_t len)
{
	size_t used = 0;

	line->has_command = true;
	for (size_t i = 0; i < len && used + 1 < sizeof(line->command); i++) {
		if (text[i] == '"')
			continue;
		if (text[i] == '\\' && i + 1 < len && text[i + 1] == '"')
			i++;
		line->command[used++] = text[i];
	}
	line->command[used] = '\0';
}

/* What is shut; an option may open it again behind "restrict". */
struct shut {
	bool ports, agent, x11, rc;
};

static void
take_option(struct key_line *line, struct shut *shut, const char *text,
    size_t len)
{
	static const struct {
		const char *name;
		size_t offset;
	} names[] = {
		{ "port-forwarding", offsetof(struct shut, ports) },
		{ "agent-forwarding", offsetof(struct shut, agent) },
		{ "x11-forwarding", offsetof(struct shut, x11) },
		{ "user-rc", offsetof(struct shut, rc) },
	};
	bool no = len > 3 && strncasecmp(text, "no-", 3) == 0;

	if (len > 8 && strncasecmp(text, "command=", 8) == 0)
		take_command(line, text + 8, len - 8);
	if (len == 8 && strncasecmp(text, "restrict", 8) == 0)
		*shut = (struct shut){ true, true, true, true };
	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		const char *name = text + (no ? 3 : 0);

		if (strlen(names[i].name) == len - (no ? 3 : 0) &&
		    strncasecmp(name, names[i].name, strlen(names[i].name)) ==
			0)
			*(bool *)((char *)shut + names[i].offset) = no;
	}
}

static void
take_options(struct key_line *line, const char *text)
{
	struct shut shut = { .ports = false };

	for (;;) {
		size_t len = option_len(text);

		take_option(line, &shut, text, len);
		if (text[len] != ',')
			break;
		text += len + 1;
	}
	line->no_forwarding = shut.ports && shut.agent && shut.x11;
	line->no_user_rc = shut.rc;
}

bool
key_line_next(const char **text, int *number, struct key_line *line)
{
	while (**text != '\0') {
		const char *at = *text + strspn(*text, " \t");
		size_t len = strcspn(*text, "\n");

		*text += len + ((*text)[len] == '\n');
		(*number)++;
		if (*at == '\0' || strchr("#\n\r", *at) != NULL)
			continue;
		*line = (struct key_line){ .number = *number };
		if (!is_bare(at))
			take_options(line, at);
		return true;
	}
	return false;
}
