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
#include "ctl/sftp_command.h"

enum { SSHD_LINE_MAX = 4096 };

/* What stands behind a Match line, or before the first one. */
struct block {
	int line;      /* of its Match */
	char *match;   /* the criteria; NULL: the file as a whole */
	char *root;    /* ChrootDirectory; NULL: not set */
	char *command; /* ForceCommand; NULL: not set */
	struct import_lines others; /* as they stand */
};

struct mapping_sshd {
	const struct import_source *source;
	struct imported *out;
	struct block global, block;
	bool seen_group; /* a block for a group has been mapped */
};

/* Takes the keyword off; the value begins at the result. */
static char *
split_keyword(char *line, char **keyword)
{
	char *end;

	*keyword = line + strspn(line, " \t");
	end = *keyword + strcspn(*keyword, " \t=");
	if (*end != '\0') {
		bool is_equals = *end == '=';

		*end++ = '\0';
		end += strspn(end, " \t");
		if (!is_equals && *end == '=')
			end += 1 + strspn(end + 1, " \t");
	}
	for (size_t len = strlen(end);
	     len > 0 && strchr(" \t", end[len - 1]) != NULL; len--)
		end[len - 1] = '\0';
	return end;
}

/* The first word of a value, without its quotes. */
static char *
sshd_word(const char *value)
{
	size_t len;

	if (value[0] == '"')
		return xmemdup(value + 1, strcspn(value + 1, "\""));
	len = strcspn(value, " \t");
	return xmemdup(value, len);
}

static void
sshd_block_free(struct block *block)
{
	for (size_t i = 0; i < block->others.count; i++)
		free(block->others.at[i]);
	free(block->others.at);
	free(block->match);
	free(block->root);
	free(block->command);
	*block = (struct block){ .line = 0 };
}

/* The criteria where they are one list of plain names: *kind is whose. */
static bool
is_named(const char *match, enum section_kind *kind, const char **names)
{
	size_t len = strcspn(match, " \t=");

	if (len == 4 && strncasecmp(match, "user", 4) == 0)
		*kind = SECTION_USER;
	else if (len == 5 && strncasecmp(match, "group", 5) == 0)
		*kind = SECTION_GROUP;
	else
		return false;
	*names = match + len + strspn(match + len, " \t=");
	return **names != '\0' && strpbrk(*names, " \t*?!\"") == NULL;
}

/* Where the root is, and where in it sessions begin. */
static void
set_place(const struct mapping_sshd *mapping, const struct block *block,
    struct import_section *section, const char *root,
    const struct sftp_command *read, const char *who)
{
	char path[SSHD_LINE_MAX];

	if (root == NULL || strcasecmp(root, "none") == 0) {
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
map_section(struct mapping_sshd *mapping, const struct block *block,
    enum section_kind kind, const char *name)
{
	const struct block *global = &mapping->global;
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
map_names(struct mapping_sshd *mapping, const struct block *block,
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
write_block(struct mapping_sshd *mapping, const struct block *block,
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
map_block(struct mapping_sshd *mapping, const struct block *block)
{
	const struct block *global = &mapping->global;
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
	} else if (is_named(block->match, &kind, &names)) {
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

static void
end_block(struct mapping_sshd *mapping)
{
	if (mapping->block.match != NULL)
		map_block(mapping, &mapping->block);
	sshd_block_free(&mapping->block);
}

/* The first one of a keyword counts. */
static void
take_once(char **to, char *value)
{
	if (*to == NULL)
		*to = value;
	else
		free(value);
}

static void
take_setting_line(struct mapping_sshd *mapping, int number, const char *raw)
{
	char line[SSHD_LINE_MAX], *keyword, *value;
	struct block *block =
	    mapping->block.match != NULL ? &mapping->block : &mapping->global;

	snprintf(line, sizeof(line), "%s", raw);
	value = split_keyword(line, &keyword);
	if (strcasecmp(keyword, "Match") == 0) {
		end_block(mapping);
		mapping->block.line = number;
		mapping->block.match = xstrdup(value);
	} else if (strcasecmp(keyword, "ForceCommand") == 0) {
		take_once(&block->command, xstrdup(value));
	} else if (strcasecmp(keyword, "ChrootDirectory") == 0) {
		take_once(&block->root, sshd_word(value));
	} else {
		if (strcasecmp(keyword, "Include") == 0)
			import_note(mapping->source, number, mapping->out,
			    "Include ", value, ": what it names is not read");
		if (block->match != NULL)
			import_add_line(&block->others,
			    raw + strspn(raw, " \t"),
			    strlen(raw + strspn(raw, " \t")));
	}
}

void
import_sshd(const struct import_source *source, struct imported *out)
{
	struct mapping_sshd mapping = { .source = source, .out = out };
	const char *text = source->text;
	char line[SSHD_LINE_MAX];
	bool ended;
	int number = 0;

	/* What holds for all is known before the first block is mapped: it
	 * stands in front of them. */
	for (long len; (len = import_next_line(&text, line, sizeof(line),
			    &ended)) >= 0;) {
		const char *first = line + strspn(line, " \t");

		number++;
		if (len >= SSHD_LINE_MAX)
			import_note(source, number, out, "the line is too long",
			    NULL, ": left out");
		else if (*first != '\0' && *first != '#')
			take_setting_line(&mapping, number, line);
	}
	end_block(&mapping);
	map_block(&mapping, &mapping.global);
	if (out->count == 0)
		import_note(source, 0, out,
		    "nothing is forced to internal-sftp: there is nothing to "
		    "carry over",
		    NULL, NULL);
	sshd_block_free(&mapping.global);
}
