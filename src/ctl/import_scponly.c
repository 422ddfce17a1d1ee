/*
 * scponly has no configuration: the shell in passwd(5) says whether an account
 * is confined, "//" in its home where the jail ends, and what it serves was
 * settled when it was built. Pure.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/xalloc.h"
#include "ctl/import.h"

struct mapping_scponly {
	const struct import_source *source;
	struct imported *out;
	char services[32];
};

// clang-format off
/* What scponly can be built with, and what that is here. */
static const struct {
	const char *part;
	const char *service; /* NULL: nothing */
	const char *note;    /* NULL: nothing differs */
} parts[] = {
	{ "sftp",     "sftp",  NULL },
	{ "scp",      "scp",   "scponly built with scp also ran ls, chmod, "
	                       "chown, chgrp, mkdir, rmdir, ln, mv, rm and cd: "
	                       "SFTP has what they do, and services = cmd a "
	                       "few of them" },
	{ "winscp",   "scp",   "WinSCP's scp mode needs a shell's commands "
	                       "(groups, pwd, echo, ls -la): such clients must "
	                       "choose SFTP" },
	{ "rsync",    "rsync", NULL },
	{ "unison",   NULL,    "unison is dropped: filesonly serves nothing of "
	                       "the kind" },
	{ "svn",      NULL,    "svn is dropped: filesonly serves nothing of "
	                       "the kind" },
	{ "svnserv",  NULL,    "svnserve is dropped: filesonly serves nothing "
	                       "of the kind" },
	{ "passwd",   NULL,    "passwd is dropped: filesonly changes no "
	                       "password" },
	{ "quota",    NULL,    "quota is dropped: SFTP's statvfs and df "
	                       "(services = cmd) tell an account's quota" },
};
// clang-format on

static bool
is_listed(const char *list, const char *word)
{
	size_t len = strlen(word);

	for (;;) {
		size_t item = strcspn(list, ",");

		if (item == len && memcmp(list, word, len) == 0)
			return true;
		if (list[item] == '\0')
			return false;
		list += item + 1;
	}
}

static void
read_parts(struct mapping_scponly *mapping)
{
	const char *list = mapping->source->built_with;
	struct buf services;

	buf_init(&services, mapping->services, sizeof(mapping->services) - 1);
	if (list == NULL) {
		list = "sftp";
		import_note_once(mapping->source, 0, mapping->out,
		    "what scponly was built with is not known "
		    "(--built-with=sftp,scp,rsync...; strings of its binary "
		    "shows it): only SFTP is carried over");
	}
	for (size_t i = 0; i < sizeof(parts) / sizeof(*parts); i++) {
		if (!is_listed(list, parts[i].part))
			continue;
		if (parts[i].note != NULL)
			import_note_once(mapping->source, 0, mapping->out,
			    parts[i].note);
		if (parts[i].service == NULL ||
		    (services.len > 0 &&
			is_listed(buf_text(&services), parts[i].service)))
			continue;
		buf_addf(&services, "%s%s", services.len > 0 ? "," : "",
		    parts[i].service);
	}
	buf_text(&services);
}

static void
note_line(void *context, int line, const char *text)
{
	const struct mapping_scponly *mapping = context;

	import_note(mapping->source, line, mapping->out,
	    "no line of passwd: ", text, ": left out");
}

/* The jail is what stands before the first "//"; without one, the home. */
static void
set_jail(const struct mapping_scponly *mapping,
    const struct passwd_line *account, struct import_section *section)
{
	const char *edge = strstr(account->home, "//");
	size_t len = edge == NULL ? strlen(account->home)
				  : (size_t)(edge - account->home);
	char *root = xmemdup(account->home, len);
	const char *start = edge == NULL ? "/" : edge + 1;

	if (root[0] == '\0') {
		/* chroot(2) takes no empty path: not the whole machine. */
		import_shut(section);
		import_note(mapping->source, account->line, mapping->out,
		    "scponlyc refuses each login of ", account->name,
		    ", whose home names no jail: the account is shut");
	} else {
		import_set_path(mapping->source, account->line, mapping->out,
		    section, "root", root);
	}
	import_set_path(mapping->source, account->line, mapping->out, section,
	    "start-dir", start + strspn(start, "/") - 1);
	free(root);
}

/* scponly takes the name from $USER where its uid is the caller's. */
static void
note_shared_uid(const struct mapping_scponly *mapping,
    const struct passwd_lines *accounts, const struct passwd_line *account)
{
	for (const struct passwd_line *other = accounts->at; other < account;
	     other++) {
		if (strcmp(other->uid, account->uid) == 0)
			import_note(mapping->source, account->line,
			    mapping->out, "", account->name,
			    " shares its uid with an account above: what one "
			    "of them stores the other can change");
	}
}

static void
map_account(const struct mapping_scponly *mapping,
    const struct passwd_lines *accounts, const struct passwd_line *account)
{
	bool jailed = passwd_line_has_shell(account, "scponlyc");
	struct import_section *section;

	if (!jailed && !passwd_line_has_shell(account, "scponly"))
		return;
	if (strcmp(account->uid, "0") == 0) {
		import_note(mapping->source, account->line, mapping->out, "",
		    account->name, " is root, whom scponly refuses: left out");
		return;
	}
	if (import_section_find(mapping->out, SECTION_USER, account->name) !=
	    NULL) {
		import_note(mapping->source, account->line, mapping->out,
		    "a second line of ", account->name, ": left out");
		return;
	}
	section = import_section(mapping->source, account->line, mapping->out,
	    SECTION_USER, account->name);
	if (section == NULL)
		return;
	import_comment(section, jailed ? "was scponlyc" : "was scponly");
	if (mapping->services[0] == '\0')
		import_shut(section);
	else
		import_set(section, "services", mapping->services);
	if (jailed)
		set_jail(mapping, account, section);
	else
		import_set_whole_system(mapping->source, account->line,
		    mapping->out, section, account, account->name);
	note_shared_uid(mapping, accounts, account);
}

static void
note_jails(const struct mapping_scponly *mapping)
{
	import_note_once(mapping->source, 0, mapping->out,
	    "the copies of programs and libraries in the jails (bin, lib, usr, "
	    "dev, etc) are no longer needed, and a root need not belong to "
	    "root; links that lead out of it are not followed");
	import_note_once(mapping->source, 0, mapping->out,
	    "scponly expanded wildcards in commands; filesonly expands those "
	    "of what is fetched by rsync and scp");
}

void
import_scponly(const struct import_source *source, struct imported *out)
{
	struct mapping_scponly mapping = { source, out, "" };
	struct passwd_lines accounts = { NULL, 0 };
	size_t before = out->count;

	passwd_lines_read(&accounts, source->text, note_line, &mapping);
	read_parts(&mapping);
	for (size_t i = 0; i < accounts.count; i++)
		map_account(&mapping, &accounts, &accounts.at[i]);
	if (out->count == before)
		import_note(source, 0, out,
		    "no account has scponly or scponlyc as its shell", NULL,
		    NULL);
	else
		note_jails(&mapping);
	import_add_login_shell(source, out, "scponly");
	passwd_lines_free(&accounts);
}
