/*
 * sshd_config(5): accounts that a Match block (or the file as a whole) forces
 * to internal-sftp. Names become sections; what only sshd can match becomes a
 * profile that the forced command names. Pure.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/buf.h"
#include "base/xalloc.h"
#include "ctl/import.h"
#include "ctl/key_quoting.h"
#include "ctl/sshd_blocks.h"
#include "ctl/sftp_command.h"

struct mapping_sshd {
	const struct import_source *source;
	struct imported *out;
	struct sshd_blocks blocks;
	bool seen_group; /* a block for a group has been mapped */
};

static bool
is_root(const char *root)
{
	return root != NULL && strcasecmp(root, "none") != 0;
}

/*
 * The block by whose ChrootDirectory sshd may confine accounts that the section
 * is for, or NULL. Blocks that make a section above that one set its root.
 */
static const struct sshd_block *
confined_elsewhere(const struct mapping_sshd *mapping,
    const struct sshd_block *block, const struct import_section *section)
{
	for (size_t i = 0; i < mapping->blocks.count; i++) {
		const struct sshd_block *other = &mapping->blocks.at[i];
		bool is_mapped = other->command != NULL ||
				 mapping->blocks.global.command != NULL;
		enum section_kind kind = SECTION_UNKNOWN;
		const char *names = "";
		bool are_users =
		    sshd_block_is_named(other->match, &kind, &names) &&
		    kind == SECTION_USER;

		if (other == block || !is_root(other->root) ||
		    (section->kind == SECTION_DEFAULTS && is_mapped) ||
		    (section->kind == SECTION_GROUP && are_users &&
			is_mapped) ||
		    (section->kind == SECTION_USER && are_users &&
			!sshd_names_hold(names, section->name)))
			continue;
		return other;
	}
	return NULL;
}

static void
note_confined_elsewhere(const struct mapping_sshd *mapping,
    const struct sshd_block *block, const struct sshd_block *other,
    const char *who)
{
	char text[160];

	snprintf(text, sizeof(text),
	    "where the block of line %d holds, too, sshd confines to its "
	    "ChrootDirectory: no root is set here for ",
	    other->line);
	import_note(mapping->source, block->line, mapping->out, text, who,
	    "; without one from another section nobody is served");
}

/* Where the root is, and where in it sessions begin. */
static void
set_place(const struct mapping_sshd *mapping, const struct sshd_block *block,
    struct import_section *section, const char *root,
    const struct sftp_command *read, const char *who)
{
	const struct sshd_block *other;
	char path[SSHD_LINE_MAX];

	if (!is_root(root)) {
		other = confined_elsewhere(mapping, block, section);
		if (other != NULL) {
			note_confined_elsewhere(mapping, block, other, who);
			if (read->start[0] != '\0')
				import_set_pattern(mapping->source, block->line,
				    mapping->out, section, "start-dir",
				    read->start);
			return;
		}
		import_set_whole_system(mapping->source, block->line,
		    mapping->out, section,
		    passwd_lines_find(mapping->source->accounts, who), who);
		if (read->start[0] == '\0')
			return;
		if (strcmp(import_value(section, "root"), "/") == 0)
			import_set_pattern(mapping->source, block->line,
			    mapping->out, section, "start-dir", read->start);
		else
			import_note(mapping->source, block->line, mapping->out,
			    "-d ", read->start,
			    " was seen from /: sessions begin in the home");
		return;
	}
	if (!sftp_path_translate(root, 'h', path, sizeof(path))) {
		import_shut(section);
		import_note(mapping->source, block->line, mapping->out,
		    "ChrootDirectory ", root,
		    " can't be said here (%h, %u and %% can): shut");
		return;
	}
	import_set_pattern(mapping->source, block->line, mapping->out, section,
	    "root", path);
	import_set_pattern(mapping->source, block->line, mapping->out, section,
	    "start-dir", read->start[0] == '\0' ? "/" : read->start);
	if (read->start[0] == '\0')
		import_note_once(mapping->source, 0, mapping->out,
		    "without -d, internal-sftp begins in the account's home as "
		    "seen in the chroot, where there is one; here sessions "
		    "begin at the root's top (start-dir)");
}

static void
map_section(struct mapping_sshd *mapping, const struct sshd_block *block,
    enum section_kind kind, const char *name)
{
	const struct sshd_block *global = &mapping->blocks.global;
	struct import_section *section =
	    import_section_find(mapping->out, kind, name);
	struct sftp_command read;

	if (section != NULL) {
		import_note(mapping->source, block->line, mapping->out,
		    "a block above speaks of ", name == NULL ? "all" : name,
		    ", too: sshd takes each keyword from the first, and so it "
		    "is carried over");
		return;
	}
	section = import_section(mapping->source, block->line, mapping->out,
	    kind, name);
	if (section == NULL)
		return;
	if (kind == SECTION_GROUP && mapping->seen_group)
		import_note(mapping->source, block->line, mapping->out,
		    "the block of the group ", name,
		    " stands behind one of another: for members of both sshd "
		    "takes the first, filesonly the last section");
	if (kind == SECTION_USER && mapping->seen_group)
		import_note(mapping->source, block->line, mapping->out,
		    "the block of ", name,
		    " stands behind one of a group: for its members sshd takes "
		    "the group's, filesonly the user's section");
	sftp_command_read(mapping->source, block->line, mapping->out, section,
	    block->command != NULL ? block->command : global->command, &read);
	set_place(mapping, block, section,
	    block->root != NULL ? block->root : global->root, &read,
	    name == NULL ? "all accounts" : name);
	if (read.shut)
		import_shut(section);
	mapping->seen_group |= kind == SECTION_GROUP;
}

static void
map_names(struct mapping_sshd *mapping, const struct sshd_block *block,
    enum section_kind kind, const char *names)
{
	while (*names != '\0') {
		size_t len = strcspn(names, ",");
		char *name = xmemdup(names, len);

		if (len > 0)
			map_section(mapping, block, kind, name);
		free(name);
		names += len + (names[len] == ',');
	}
}

static void
sshd_add(struct mapping_sshd *mapping, const char *indent, const char *text)
{
	char line[SSHD_LINE_MAX + 8];
	int len = snprintf(line, sizeof(line), "%s%s", indent, text);

	import_add_line(&mapping->out->sshd, line,
	    len < (int)sizeof(line) ? (size_t)len : sizeof(line) - 1);
}

static bool
is_set(const struct import_lines *lines, const char *keyword)
{
	size_t len = strlen(keyword);

	for (size_t i = 0; i < lines->count; i++) {
		if (strncasecmp(lines->at[i], keyword, len) == 0 &&
		    strchr(" \t=", lines->at[i][len]) != NULL)
			return true;
	}
	return false;
}

/* The block as it is with filesonly. */
static void
write_block(struct mapping_sshd *mapping, const struct sshd_block *block,
    const char *profile)
{
	static const char *const shut[] = { "DisableForwarding", "PermitTTY",
		"PermitUserRC" };
	const char *indent = block->match == NULL ? "" : "    ";
	char room[SSHD_LINE_MAX];
	struct buf line;

	buf_init(&line, room, sizeof(room) - 1);
	if (block->match != NULL) {
		buf_addf(&line, "Match %s", block->match);
		sshd_add(mapping, "", buf_text(&line));
	}
	line.len = 0;
	buf_add_text(&line, "ForceCommand ");
	key_add_shell_word(&line, mapping->source->program);
	if (profile != NULL)
		buf_addf(&line, " --profile=%s", profile);
	sshd_add(mapping, indent, buf_text(&line));
	for (size_t i = 0; block->match != NULL && i < block->others.count; i++)
		sshd_add(mapping, indent, block->others.at[i]);
	for (size_t i = 0;
	     block->match != NULL && i < sizeof(shut) / sizeof(*shut); i++) {
		line.len = 0;
		buf_addf(&line, "%s %s", shut[i], i == 0 ? "yes" : "no");
		if (!is_set(&block->others, shut[i]))
			sshd_add(mapping, indent, buf_text(&line));
	}
	if (block->match != NULL && !is_set(&block->others, "ExposeAuthInfo"))
		sshd_add(mapping, indent, "ExposeAuthInfo yes");
}

static void
note_forced(const struct mapping_sshd *mapping)
{
	import_note_once(mapping->source, 0, mapping->out,
	    "sshd runs a forced command through the login shell, which "
	    "internal-sftp does not need: accounts with nologin or false get "
	    "another one (/bin/sh, or filesonly)");
	import_note_once(mapping->source, 0, mapping->out,
	    "ChrootDirectory goes: filesonly is confined to the root by the "
	    "kernel, and a root need not belong to root");
}

/* A block that forces nothing is no business of ours, unless it confines. */
static void
map_block(struct mapping_sshd *mapping, const struct sshd_block *block)
{
	const struct sshd_block *global = &mapping->blocks.global;
	const char *command =
	    block->command != NULL ? block->command : global->command;
	enum section_kind kind;
	const char *names;
	char profile[32];

	if (block->command == NULL && block->root == NULL)
		return;
	if (command == NULL || strcasecmp(command, "none") == 0) {
		if (block->root != NULL && strcasecmp(block->root, "none") != 0)
			import_note(mapping->source, block->line, mapping->out,
			    "ChrootDirectory ", block->root,
			    " without a ForceCommand in the block: SFTP and a "
			    "shell in a chroot; the block is left out");
		return;
	}
	if (!sftp_command_is(command)) {
		import_note(mapping->source, block->line, mapping->out,
		    "another forced command: ", command,
		    "; the block is left out");
		return;
	}
	note_forced(mapping);
	if (block->match == NULL || strcasecmp(block->match, "all") == 0) {
		map_section(mapping, block, SECTION_DEFAULTS, NULL);
		write_block(mapping, block, NULL);
	} else if (sshd_block_is_named(block->match, &kind, &names)) {
		map_names(mapping, block, kind, names);
		write_block(mapping, block, NULL);
	} else {
		snprintf(profile, sizeof(profile), "match-%d", block->line);
		import_note(mapping->source, block->line, mapping->out,
		    "Match ", block->match,
		    ": only sshd can match that; it is a profile, which the "
		    "forced command names");
		map_section(mapping, block, SECTION_PROFILE, profile);
		write_block(mapping, block, profile);
	}
}

void
import_sshd(const struct import_source *source, struct imported *out)
{
	struct mapping_sshd mapping = { .source = source, .out = out };

	sshd_blocks_read(source, out, &mapping.blocks);
	for (size_t i = 0; i < mapping.blocks.count; i++)
		map_block(&mapping, &mapping.blocks.at[i]);
	map_block(&mapping, &mapping.blocks.global);
	if (out->count == 0)
		import_note(source, 0, out,
		    "nothing is forced to internal-sftp: there is nothing to "
		    "carry over",
		    NULL, NULL);
	sshd_blocks_free(&mapping.blocks);
}
