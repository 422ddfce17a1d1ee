/*
 * users.conf of the image atmoz/sftp, USER:PASSWORD[:e][:UID[:GID[:DIR,...]]],
 * as accounts of filesonlyd. A password goes nowhere. Pure.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/xalloc.h"
#include "ctl/import.h"

enum { FIELDS_MAX = 6, ATMOZ_LINE_MAX = 4096, PASSWORD_MAX = 255 };

struct mapping_atmoz {
	const struct import_source *source;
	struct imported *out;
	int line;
};

struct atmoz_user {
	char *name, *password, *uid, *gid, *dirs; /* "": none */
	bool is_crypted;
};

static void
atmoz_note(const struct mapping_atmoz *mapping, const char *text,
    const char *word, const char *rest)
{
	import_note(mapping->source, mapping->line, mapping->out, text, word,
	    rest);
}

/* Cuts the line, which the user borrows, as the image's script does. */
static void
atmoz_split(char *line, struct atmoz_user *user)
{
	static char none[] = "";
	char *fields[FIELDS_MAX + 1] = { none, none, none, none, none, none };
	size_t count = 0, skip;

	for (char *field;
	     count < FIELDS_MAX && (field = strsep(&line, ":")) != NULL;)
		fields[count++] = field;
	user->is_crypted = strcmp(fields[2], "e") == 0;
	skip = user->is_crypted;
	user->name = fields[0];
	user->password = fields[1];
	user->uid = fields[skip + 2];
	user->gid = fields[skip + 3];
	user->dirs = skip + 4 < FIELDS_MAX ? fields[skip + 4] : none;
}

/* Returns what the script complains of, and then ends, or NULL. */
static const char *
atmoz_fault(const struct atmoz_user *user)
{
	static const char digits[] = "0123456789";
	static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				      "abcdefghijklmnopqrstuvwxyz0123456789._-";
	size_t len = strlen(user->name);

	if (len == 0 || len > 32 || user->name[0] == '-' ||
	    strspn(user->name, letters) != len)
		return "the user's name is not one";
	if (strlen(user->password) > PASSWORD_MAX)
		return "the password is too long";
	if (strspn(user->uid, digits) != strlen(user->uid))
		return "the uid is no number";
	if (strspn(user->gid, digits) != strlen(user->gid))
		return "the gid is no number";
	return NULL;
}

static void
note_ids(const struct mapping_atmoz *mapping, const struct atmoz_user *user)
{
	char rest[160];

	if (user->uid[0] == '\0' && user->gid[0] == '\0')
		return;
	snprintf(rest, sizeof(rest),
	    " had uid %.20s and gid %.20s: filesonlyd runs every account as "
	    "its "
	    "own uid, to which the files must belong (chown)",
	    user->uid[0] == '\0' ? "(any)" : user->uid,
	    user->gid[0] == '\0' ? "(users)" : user->gid);
	atmoz_note(mapping, "", user->name, rest);
}

static void
note_directories(const struct mapping_atmoz *mapping,
    const struct atmoz_user *user, const char *root)
{
	char step[1024];
	struct buf line;
	const char *at = user->dirs;

	atmoz_note(mapping, "", user->name,
	    user->dirs[0] == '\0'
		? " could write nowhere but in mounted directories of its "
		  "own: here all of its root can be written"
		: " could write in its directories alone: here all of its "
		  "root can be written, and they are not made");
	while (*at != '\0') {
		size_t len = strcspn(at, ",");

		buf_init(&line, step, sizeof(step) - 1);
		if (len > 0) {
			buf_addf(&line, "make the directory %s/", root);
			buf_add(&line, at, len);
		}
		if (len > 0 && !line.full)
			import_add_step(mapping->out, buf_text(&line));
		at += len + (at[len] == ',');
	}
}

static void
atmoz_map(const struct mapping_atmoz *mapping, const struct atmoz_user *user)
{
	char root[64], keys[64], step[200];
	struct import_section *section;

	if (import_section_find(mapping->out, SECTION_USER, user->name) !=
	    NULL) {
		atmoz_note(mapping, "", user->name,
		    " has a line above: the image takes that one alone");
		return;
	}
	section = import_section(mapping->source, mapping->line, mapping->out,
	    SECTION_USER, user->name);
	if (section == NULL)
		return;
	snprintf(root, sizeof(root), "/data/%s", user->name);
	snprintf(keys, sizeof(keys), "/config/keys/%s", user->name);
	import_set_path(mapping->source, mapping->line, mapping->out, section,
	    "root", root);
	import_set(section, "services", "sftp");
	import_set_path(mapping->source, mapping->line, mapping->out, section,
	    "authorized-keys", keys);
	snprintf(step, sizeof(step),
	    "cat /home/%s/.ssh/keys/* >/config/keys/%s", user->name,
	    user->name);
	import_add_step(mapping->out, step);
	if (user->password[0] != '\0')
		atmoz_note(mapping, "", user->name,
		    " had a password: filesonlyd takes public keys alone (sshd "
		    "with filesonly takes both)");
	note_ids(mapping, user);
	note_directories(mapping, user, root);
}

static void
atmoz_line(const struct mapping_atmoz *mapping, char *line)
{
	struct atmoz_user user;
	const char *fault, *first = line + strspn(line, " \t");

	if (*first == '\0' || *first == '#')
		return;
	atmoz_split(line, &user);
	fault = atmoz_fault(&user);
	if (fault == NULL) {
		atmoz_map(mapping, &user);
		return;
	}
	/* Never the line itself: its password is in it. */
	atmoz_note(mapping, fault, NULL,
	    ": the image ends at this line; it is left out");
}

void
import_atmoz(const struct import_source *source, struct imported *out)
{
	struct mapping_atmoz mapping = { source, out, 0 };
	const char *text = source->text;
	char line[ATMOZ_LINE_MAX];
	bool ended;

	for (long len; (len = import_next_line(&text, line, sizeof(line),
			    &ended)) >= 0;) {
		mapping.line++;
		if (len >= ATMOZ_LINE_MAX)
			atmoz_note(&mapping, "the line is too long", NULL,
			    ": left out");
		else
			atmoz_line(&mapping, line);
	}
	import_note(source, 0, out,
	    "the accounts are filesonlyd's: give it this file by --config, in "
	    "its container /config/filesonlyd.conf, with /data for the files",
	    NULL, NULL);
	import_add_step(out,
	    "bring the host keys along, or clients complain: "
	    "/etc/ssh/ssh_host_ed25519_key becomes /config/host_key");
}
