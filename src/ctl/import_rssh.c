/* rssh.conf's rights as sections: globals are the defaults, each user's line a
 * section that says all by itself. Pure. */
#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "ctl/import.h"
#include "ctl/rssh_conf.h"

struct mapping_rssh {
	const struct import_source *source;
	struct imported *out;
};

// clang-format off
static const struct {
	unsigned right;
	const char *name;
	bool is_ours; /* a service of that name */
} rssh_services[] = {
	{ RSSH_SFTP,     "sftp",     true },
	{ RSSH_RSYNC,    "rsync",    true },
	{ RSSH_SCP,      "scp",      true },
	{ RSSH_RDIST,    "rdist",    false },
	{ RSSH_CVS,      "cvs",      false },
	{ RSSH_SVNSERVE, "svnserve", false },
};
// clang-format on

enum { RSSH_SERVICES = sizeof(rssh_services) / sizeof(*rssh_services) };

static void
note_fault(void *context, int line, const char *text, const char *word,
    const char *rest)
{
	const struct mapping_rssh *mapping = context;

	import_note(mapping->source, line, mapping->out, text, word, rest);
}

/* Lists the rights that are services of ours, or those that are not. */
static const char *
list_rights(struct buf *list, unsigned allowed, bool ours)
{
	for (size_t i = 0; i < RSSH_SERVICES; i++) {
		if (!(allowed & rssh_services[i].right) ||
		    rssh_services[i].is_ours != ours)
			continue;
		if (list->len > 0)
			buf_add_text(list, ",");
		buf_add_text(list, rssh_services[i].name);
	}
	return buf_text(list);
}

/* Shuts the section where nothing is left of it. */
static void
set_services(const struct mapping_rssh *mapping, int line,
    struct import_section *section, unsigned allowed, const char *who)
{
	char ours_room[64], lost_room[64], comment[160], rest[160];
	struct buf ours, lost;

	buf_init(&ours, ours_room, sizeof(ours_room) - 1);
	buf_init(&lost, lost_room, sizeof(lost_room) - 1);
	list_rights(&ours, allowed, true);
	list_rights(&lost, allowed, false);
	if (ours.len == 0)
		import_shut(section);
	else if (section->kind != SECTION_DEFAULTS)
		import_set(section, "disabled", "no");
	if (ours.len > 0)
		import_set(section, "services", buf_text(&ours));
	snprintf(comment, sizeof(comment), "rssh allowed: %s%s%s",
	    ours.len + lost.len > 0 ? buf_text(&ours) : "nothing",
	    ours.len > 0 && lost.len > 0 ? "," : "", buf_text(&lost));
	import_comment(section, comment);
	if (lost.len == 0)
		return;
	snprintf(rest, sizeof(rest),
	    " had %s: filesonly has nothing of the "
	    "kind",
	    buf_text(&lost));
	import_note(mapping->source, line, mapping->out, "", who, rest);
}

/* The session begins in the home, where that lies in the root. */
static void
set_start(const struct mapping_rssh *mapping, int line,
    struct import_section *section, const char *root, const char *user)
{
	const struct passwd_line *account =
	    passwd_lines_find(mapping->source->accounts, user);
	const char *below =
	    account == NULL ? NULL : passwd_below(account->home, root);

	import_set(section, "start-dir", "/");
	if (below != NULL && strcmp(below, "/") != 0)
		import_set_path(mapping->source, line, mapping->out, section,
		    "start-dir", below);
	if (account == NULL)
		import_note(mapping->source, line, mapping->out,
		    "whether the home of ", user,
		    " lies in its root is not known (--passwd=FILE): sessions "
		    "begin at the root's top");
}

static void
set_rights(const struct mapping_rssh *mapping, int line,
    struct import_section *section, const struct rssh_rights *rights,
    const char *who)
{
	char octal[8];

	set_services(mapping, line, section,
	    rights->is_shut ? 0 : rights->allowed, who);
	snprintf(octal, sizeof(octal), "%03o", rights->umask);
	import_set(section, "umask", octal);
	if (rights->root != NULL)
		import_set_path(mapping->source, line, mapping->out, section,
		    "root", rights->root);
	else if (import_value(section, "services") != NULL)
		import_set_whole_system(mapping->source, line, mapping->out,
		    section, passwd_lines_find(mapping->source->accounts, who),
		    who);
}

static bool
is_second_line(const struct rssh_conf *conf, size_t index)
{
	for (size_t i = 0; i < index; i++) {
		if (strcmp(conf->users[i].name, conf->users[index].name) == 0)
			return true;
	}
	return false;
}

static void
map_user(const struct mapping_rssh *mapping, const struct rssh_user *user)
{
	const struct passwd_lines *accounts = mapping->source->accounts;
	const struct passwd_line *account =
	    passwd_lines_find(accounts, user->name);
	struct import_section *section;

	if (accounts != NULL &&
	    (account == NULL || !passwd_line_has_shell(account, "rssh"))) {
		import_note(mapping->source, user->line, mapping->out, "",
		    user->name,
		    account == NULL
			? " is no account of the passwd file: left out"
			: " has another shell than rssh: left out");
		return;
	}
	section = import_section(mapping->source, user->line, mapping->out,
	    SECTION_USER, user->name);
	if (section == NULL)
		return;
	set_rights(mapping, user->line, section, &user->rights, user->name);
	if (user->rights.root != NULL)
		set_start(mapping, user->line, section, user->rights.root,
		    user->name);
}

static bool
has_line(const struct rssh_conf *conf, const char *name)
{
	for (size_t i = 0; i < conf->count; i++) {
		if (strcmp(conf->users[i].name, name) == 0)
			return true;
	}
	return false;
}

/* Accounts of the defaults whose sessions begin elsewhere than at the top. */
static void
map_homes(const struct mapping_rssh *mapping, const struct rssh_conf *conf)
{
	const struct passwd_lines *accounts = mapping->source->accounts;

	if (accounts == NULL)
		import_note(mapping->source, 0, mapping->out,
		    "which homes lie in the chrootpath is not known "
		    "(--passwd=FILE): sessions of the defaults begin at its "
		    "top",
		    NULL, NULL);
	for (size_t i = 0; accounts != NULL && i < accounts->count; i++) {
		const struct passwd_line *account = &accounts->at[i];
		const char *below =
		    passwd_below(account->home, conf->rest.root);
		struct import_section *section;

		if (!passwd_line_has_shell(account, "rssh") ||
		    has_line(conf, account->name) || below == NULL ||
		    strcmp(below, "/") == 0)
			continue;
		section = import_section(mapping->source, 0, mapping->out,
		    SECTION_USER, account->name);
		if (section != NULL)
			import_set_path(mapping->source, 0, mapping->out,
			    section, "start-dir", below);
	}
}

static void
note_what_differs(const struct mapping_rssh *mapping,
    const struct rssh_conf *conf)
{
	unsigned allowed = conf->rest.allowed;
	bool jailed = conf->rest.root != NULL;

	for (size_t i = 0; i < conf->count; i++) {
		allowed |= conf->users[i].rights.allowed;
		jailed |= conf->users[i].rights.root != NULL;
	}
	if (allowed & RSSH_RSYNC)
		import_note_once(mapping->source, 0, mapping->out,
		    "rssh as its author published it refuses each rsync "
		    "outside "
		    "a jail (it finds -e in --server): who had rsync by this "
		    "file may never have used it");
	if (allowed & (RSSH_SCP | RSSH_RSYNC))
		import_note_once(mapping->source, 0, mapping->out,
		    "rssh expanded ~, $VARIABLES and wildcards in commands; "
		    "filesonly expands wildcards of what is fetched by rsync "
		    "and scp, and nothing else");
	if (jailed)
		import_note_once(mapping->source, 0, mapping->out,
		    "the copies of programs and libraries in the jails (bin, "
		    "lib, usr, dev, etc) are no longer needed; links that "
		    "lead out of a root are not followed");
}

void
import_rssh(const struct import_source *source, struct imported *out)
{
	const struct mapping_rssh mapping = { source, out };
	struct rssh_conf conf = { .count = 0 };
	struct import_section *section;

	rssh_conf_read(&conf, source->text, note_fault,
	    (void *)(uintptr_t)&mapping);
	section = import_section(source, 0, out, SECTION_DEFAULTS, NULL);
	set_rights(&mapping, 0, section, &conf.rest, "accounts without a line");
	if (conf.rest.root != NULL)
		import_set(section, "start-dir", "/");
	for (size_t i = 0; i < conf.count; i++) {
		if (!is_second_line(&conf, i))
			map_user(&mapping, &conf.users[i]);
	}
	if (conf.rest.root != NULL)
		map_homes(&mapping, &conf);
	note_what_differs(&mapping, &conf);
	import_add_login_shell(source, out, "rssh");
	rssh_conf_free(&conf);
}
