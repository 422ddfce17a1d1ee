/* Flags as getopt(3) reads them, from words divided by blanks: sshd knows no
 * quotes there. Pure. */
#include "ctl/sftp_command.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/num.h"
#include "base/xalloc.h"

struct reading_sftp {
	const struct import_source *source;
	struct imported *out;
	struct import_section *section;
	struct sftp_command *read;
	int line;
};

static void
sftp_note(const struct reading_sftp *reading, const char *text,
    const char *word, const char *rest)
{
	import_note(reading->source, reading->line, reading->out, text, word,
	    rest);
}

static void
take_start(const struct reading_sftp *reading, const char *value)
{
	char *to = reading->read->start;
	size_t size = sizeof(reading->read->start);

	to[0] = '/';
	if (!sftp_path_translate(value, 'd', to + (value[0] != '/'),
		size - (value[0] != '/'))) {
		to[0] = '\0';
		sftp_note(reading, "-d ", value,
		    " can't be said here: sessions begin at the root's top");
	}
	/* %d begins with a slash itself. */
	if (strncmp(to, "/%h", 3) == 0)
		memmove(to, to + 1, strlen(to));
}

static void
take_umask(const struct reading_sftp *reading, const char *value)
{
	char octal[8];
	unsigned mask;

	if (!num_parse_octal(value, 0777, &mask)) {
		reading->read->shut = true;
		sftp_note(reading, "no umask: ", value,
		    ": sftp-server refuses it; the section is shut");
		return;
	}
	snprintf(octal, sizeof(octal), "%03o", mask);
	import_set(reading->section, "umask", octal);
}

static bool
holds_request(const char *list, const char *name)
{
	size_t len = strlen(name);

	for (;;) {
		size_t item = strcspn(list, ",");

		if (item == len && memcmp(list, name, len) == 0)
			return true;
		if (list[item] == '\0')
			return false;
		list += item + 1;
	}
}

static bool
holds_any(const char *list, const char *const *names)
{
	for (; *names != NULL; names++) {
		if (holds_request(list, *names))
			return true;
	}
	return false;
}

static const char *const removing[] = { "remove", "rmdir", NULL };
static const char *const writing[] = { "write", "remove", "rmdir", "mkdir",
	"rename", "posix-rename", "setstat", "fsetstat", "lsetstat", "symlink",
	"hardlink", "copy-data", NULL };

/* -P: these requests are refused. */
static void
take_denied(const struct reading_sftp *reading, const char *list)
{
	if (holds_any(list, removing))
		import_set(reading->section, "delete", "no");
	if (strcmp(list, "remove,rmdir") != 0 &&
	    strcmp(list, "rmdir,remove") != 0)
		sftp_note(reading, "-P ", list,
		    " names requests: here a mode decides (mode, delete, "
		    "overwrite, links), and of these only remove and rmdir "
		    "are carried over, as delete = no");
}

/* -p: only these requests are served. */
static void
take_allowed(const struct reading_sftp *reading, const char *list)
{
	if (!holds_any(list, writing))
		import_set(reading->section, "mode", "read-only");
	else if (!holds_any(list, removing))
		import_set(reading->section, "delete", "no");
	sftp_note(reading, "-p ", list,
	    !holds_any(list, writing)
		? " names requests, none of which changes anything: mode = "
		  "read-only"
		: " names requests: here a mode decides (mode, delete, "
		  "overwrite, links); look whether what is written is right");
}

static void
take_flag(const struct reading_sftp *reading, char flag, const char *value)
{
	switch (flag) {
	case 'd':
		take_start(reading, value);
		break;
	case 'u':
		take_umask(reading, value);
		break;
	case 'R':
		import_set(reading->section, "mode", "read-only");
		break;
	case 'P':
		take_denied(reading, value);
		break;
	case 'p':
		take_allowed(reading, value);
		break;
	case 'l':
	case 'f':
		import_note_once(reading->source, reading->line, reading->out,
		    "-l and -f are left out: each act is on filesonly's "
		    "record (see audit)");
		break;
	case 'e': /* the log on stderr */
		break;
	default:
		reading->read->shut = true;
		sftp_note(reading,
		    "a flag that serves nothing: ", (char[]){ flag, '\0' },
		    "; the section is shut");
		break;
	}
}

/* One word of flags; *next is the word behind it, NULL once it is a value. */
static void
take_word(const struct reading_sftp *reading, const char *word, char **next)
{
	for (const char *at = word + 1; *at != '\0'; at++) {
		const char *value = at + 1;

		if (strchr("dflPpQu", *at) == NULL) {
			take_flag(reading, *at, NULL);
			continue;
		}
		if (*value == '\0') {
			value = *next;
			*next = NULL;
		}
		if (value != NULL) {
			take_flag(reading, *at, value);
			return;
		}
		reading->read->shut = true;
		sftp_note(reading, "a value is missing: ", word,
		    "; the section is shut");
		return;
	}
}

bool
sftp_command_is(const char *command)
{
	size_t len = strcspn(command, " \t");
	static const char path[] = "/sftp-server";

	return (len == 13 && memcmp(command, "internal-sftp", len) == 0) ||
	       (len >= sizeof(path) - 1 && command[0] == '/' &&
		   memcmp(command + len - (sizeof(path) - 1), path,
		       sizeof(path) - 1) == 0);
}

void
sftp_command_read(const struct import_source *source, int line,
    struct imported *out, struct import_section *section, const char *command,
    struct sftp_command *read)
{
	const struct reading_sftp reading = { source, out, section, read,
		line };
	char *text = xstrdup(command), *rest = text, *word, *next;

	*read = (struct sftp_command){ .start = "" };
	import_set(section, "services", "sftp");
	strsep(&rest, " \t");
	word = strsep(&rest, " \t");
	while (word != NULL) {
		next = strsep(&rest, " \t");
		if (word[0] == '\0') {
			word = next;
			continue;
		}
		while (next != NULL && next[0] == '\0')
			next = strsep(&rest, " \t");
		if (word[0] != '-' || word[1] == '\0')
			break; /* getopt(3) reads no further */
		take_word(&reading, word, &next);
		word = next != NULL ? next : strsep(&rest, " \t");
	}
	free(text);
}

bool
sftp_path_translate(const char *path, char home, char *out, size_t size)
{
	struct buf to;

	buf_init(&to, out, size - 1);
	for (; *path != '\0'; path++) {
		if (*path != '%') {
			buf_add(&to, path, 1);
			continue;
		}
		path++;
		if (*path == home)
			buf_add_text(&to, "%h");
		else if (*path == 'u' || *path == '%')
			buf_addf(&to, "%%%c", *path);
		else
			return false;
	}
	buf_text(&to);
	return !to.full;
}
