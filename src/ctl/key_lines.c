/* sshd(8), "AUTHORIZED_KEYS FILE FORMAT". Pure. */
#include "ctl/key_lines.h"

#include <stddef.h>
#include <string.h>
#include <strings.h>

#include "ctl/key_quoting.h"

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

	if (len > 8 && strncasecmp(text, "command=", 8) == 0) {
		line->has_command = true;
		key_option_unquote(line->command, sizeof(line->command),
		    text + 8, len - 8);
	}
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
		size_t len = key_option_len(text);

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
		if (!key_is_bare(at))
			take_options(line, at);
		return true;
	}
	return false;
}
