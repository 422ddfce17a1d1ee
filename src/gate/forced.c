/*
 * sshd runs a forced command through the login shell. Are we that shell, then
 * `-c "filesonly --read-only"` may be the administrator's forced command or
 * the client's request, which look the same: such options narrow only.
 */
#include "gate/forced.h"

#include <stdlib.h>
#include <string.h>

#include "base/xalloc.h"

bool
forced_is_name(const char *path, const char *name)
{
	const char *slash = path == NULL ? NULL : strrchr(path, '/');

	return path != NULL &&
	       strcmp(slash == NULL ? path : slash + 1, name) == 0;
}

/* sshd's words for it: /bin/sh HOME/.ssh/rc */
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
take_words(struct forced *forced)
{
	size_t count = forced->words.count;

	forced->room = xcalloc(count + 1, sizeof(*forced->room));
	for (size_t i = 0; i < count; i++)
		forced->room[i] = forced->words.at[i].text;
	forced->argc = (int)count;
	forced->argv = forced->room;
	forced->only_narrows = true;
}

static bool
is_ours(const char *path)
{
	return forced_is_name(path, "filesonly") ||
	       forced_is_name(path, "rrsync");
}

static void
read_shell(struct forced *forced, const char *command, const char *original)
{
	struct words *words = &forced->words;

	forced->is_shell = true;
	forced->argc = 1; /* no options: -c is not one */
	forced->command = command;
	if (command == NULL ||
	    words_split(command, strlen(command), words) != REFUSE_NOTHING ||
	    words->count == 0)
		return;
	forced->is_rc = is_rc(words);
	if (forced_is_name(words->at[0].text, "sftp-server")) {
		take_words(forced); /* sshd's Subsystem line, and its flags */
	} else if (original != NULL && is_ours(words->at[0].text)) {
		take_words(forced);
		forced->command = original;
	}
}

void
forced_read(struct forced *forced, int argc, char *const *argv,
    const char *original)
{
	*forced =
	    (struct forced){ .argc = argc, .argv = argv, .command = original };
	if (argc < 1 || forced_is_name(argv[0], "rrsync"))
		return;
	if (forced_is_name(argv[0], "sftp-server"))
		forced->is_sftp = true;
	else if (argc == 3 && strcmp(argv[1], "-c") == 0)
		read_shell(forced, argv[2], original);
	else if (argv[0][0] == '-')
		read_shell(forced, NULL, original);
}

void
forced_free(struct forced *forced)
{
	words_free(&forced->words);
	free(forced->room);
	forced->room = NULL;
}
