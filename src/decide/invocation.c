/*
 * sshd runs a forced command through the login shell. Where we are that shell,
 * `-c "filesonly --read-only"` can be the administrator's forced command or
 * the client's request, and we can't tell which: such options only narrow.
 */
#include "decide/invocation.h"

#include <stdlib.h>
#include <string.h>

#include "base/xalloc.h"

bool
invocation_is_name(const char *path, const char *name)
{
	const char *slash = path == NULL ? NULL : strrchr(path, '/');

	return path != NULL &&
	       strcmp(slash == NULL ? path : slash + 1, name) == 0;
}

/* Does sshd want ~/.ssh/rc run? It says "/bin/sh HOME/.ssh/rc". */
static bool
is_rc(const struct words *words)
{
	static const char end[] = "/.ssh/rc";
	size_t tail = sizeof(end) - 1;

	return words->count == 2 && words_is(words, 0, "/bin/sh") &&
	       words->at[1].len > tail &&
	       strcmp(words->at[1].text + words->at[1].len - tail, end) == 0;
}

static void
take_words(struct invocation *invocation)
{
	size_t count = invocation->words.count;

	invocation->room = xcalloc(count + 1, sizeof(*invocation->room));
	for (size_t i = 0; i < count; i++)
		invocation->room[i] = invocation->words.at[i].text;
	invocation->argc = (int)count;
	invocation->argv = invocation->room;
	invocation->only_narrows = true;
}

static bool
is_ours(const char *path)
{
	return invocation_is_name(path, "filesonly") ||
	       invocation_is_name(path, "rrsync");
}

static void
read_shell(struct invocation *invocation, const char *command,
    const char *original)
{
	struct words *words = &invocation->words;

	invocation->is_shell = true;
	invocation->argc = 1; /* no options: -c is not one */
	invocation->command = command;
	if (command == NULL ||
	    words_split(command, strlen(command), words) != REFUSE_NOTHING ||
	    words->count == 0)
		return;
	invocation->is_rc = is_rc(words);
	if (invocation_is_name(words->at[0].text, "sftp-server")) {
		take_words(
		    invocation); /* sshd's Subsystem line, and its flags */
	} else if (original != NULL && is_ours(words->at[0].text)) {
		take_words(invocation);
		invocation->command = original;
	}
}

void
invocation_read(struct invocation *invocation, int argc, char *const *argv,
    const char *original)
{
	*invocation = (struct invocation){ .argc = argc,
		.argv = argv,
		.command = original };
	if (argc < 1 || invocation_is_name(argv[0], "rrsync"))
		return;
	if (invocation_is_name(argv[0], "sftp-server"))
		invocation->is_sftp = true;
	else if (argc == 3 && strcmp(argv[1], "-c") == 0)
		read_shell(invocation, argv[2], original);
	else if (argv[0][0] == '-')
		read_shell(invocation, NULL, original);
}

void
invocation_free(struct invocation *invocation)
{
	words_free(&invocation->words);
	free(invocation->room);
	invocation->room = NULL;
}
