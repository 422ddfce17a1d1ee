/*
 * Sections and notes, kept to what a configuration can say: a name or path
 * that no line holds is noted, never written. Pure.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/quote.h"
#include "base/xalloc.h"
#include "ctl/import.h"

enum {
	NAME_MAX_BYTES = 128,
	VALUE_MAX_BYTES = 1024, /* of a path as the configuration has it */
};

/* What the configuration's own reader takes for one name. */
static bool
is_section_name(const char *name)
{
	size_t len = strlen(name);

	return len > 0 && len <= NAME_MAX_BYTES && name[0] != '-' &&
	       strcmp(name, ".") != 0 && strcmp(name, "..") != 0 &&
	       strspn(name,
		   "abcdefghijklmnopqrstuvwxyz"
		   "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._@$+-") == len;
}

/* Would a line of the configuration keep it, byte for byte? A ';' or '#'
 * behind a blank begins a comment there. */
static bool
is_line_value(const char *value)
{
	size_t len = strlen(value);

	if (len == 0 || len > VALUE_MAX_BYTES || value[0] == ' ' ||
	    value[len - 1] == ' ' || value[0] == ';' || value[0] == '#')
		return false;
	for (size_t i = 0; i < len; i++) {
		if ((unsigned char)value[i] < ' ' || value[i] == 127)
			return false;
		if (value[i] == ' ' && strchr(";#", value[i + 1]) != NULL)
			return false;
	}
	return true;
}

struct import_section *
import_section_find(const struct imported *out, enum section_kind kind,
    const char *name)
{
	for (size_t i = 0; i < out->count; i++) {
		struct import_section *section = &out->sections[i];

		if (section->kind == kind &&
		    (name == NULL || strcmp(section->name, name) == 0))
			return section;
	}
	return NULL;
}

struct import_section *
import_section(const struct import_source *source, int line,
    struct imported *out, enum section_kind kind, const char *name)
{
	struct import_section *section = import_section_find(out, kind, name);

	if (section != NULL)
		return section;
	if (name != NULL && !is_section_name(name)) {
		import_note(source, line, out,
		    "no account or group can be called ", name,
		    ": nothing is carried over for it");
		return NULL;
	}
	out->sections =
	    xrealloc(out->sections, out->count + 1, sizeof(*out->sections));
	section = &out->sections[out->count++];
	*section = (struct import_section){ .kind = kind,
		.name = name == NULL ? NULL : xstrdup(name) };
	return section;
}

static struct import_setting *
find_setting(struct import_section *section, const char *key)
{
	for (size_t i = 0; i < section->count; i++) {
		if (strcmp(section->settings[i].key, key) == 0)
			return &section->settings[i];
	}
	return NULL;
}

void
import_set(struct import_section *section, const char *key, const char *value)
{
	struct import_setting *setting = find_setting(section, key);

	if (setting == NULL) {
		if (section->count == IMPORT_SETTINGS)
			abort();
		setting = &section->settings[section->count++];
		*setting = (struct import_setting){ .key = key };
	}
	free(setting->value);
	setting->value = xstrdup(value);
}

const char *
import_value(const struct import_section *section, const char *key)
{
	for (size_t i = 0; i < section->count; i++) {
		if (strcmp(section->settings[i].key, key) == 0)
			return section->settings[i].value;
	}
	return NULL;
}

void
import_shut(struct import_section *section)
{
	import_set(section, "disabled", "yes");
	if (import_value(section, "root") == NULL)
		import_set(section, "root", "%h");
}

void
import_set_pattern(const struct import_source *source, int line,
    struct imported *out, struct import_section *section, const char *key,
    const char *path)
{
	if (is_line_value(path) &&
	    (path[0] == '/' || strncmp(path, "%h", 2) == 0)) {
		import_set(section, key, path);
		return;
	}
	import_shut(section);
	import_note(source, line, out,
	    "no line of a configuration can hold the path ", path,
	    ": the section is shut");
}

void
import_set_path(const struct import_source *source, int line,
    struct imported *out, struct import_section *section, const char *key,
    const char *path)
{
	char *doubled = xcalloc(2 * strlen(path) + 1, 1), *to = doubled;

	for (const char *at = path; *at != '\0'; at++) {
		if (*at == '%')
			*to++ = '%';
		*to++ = *at;
	}
	import_set_pattern(source, line, out, section, key, doubled);
	free(doubled);
}

void
import_set_whole_system(const struct import_source *source, int line,
    struct imported *out, struct import_section *section,
    const struct passwd_line *account, const char *who)
{
	bool whole = source->root != NULL && strcmp(source->root, "/") == 0;
	const char *home_key = whole ? "start-dir" : "root";

	if (account != NULL)
		import_set_path(source, line, out, section, home_key,
		    account->home);
	else
		import_set(section, home_key, "%h");
	import_set(section, whole ? "root" : "start-dir", "/");
	if (whole) {
		import_note(source, line, out,
		    "the root is the whole file system, as it was, of ", who,
		    ": filesonly serves that only where what a login reads is "
		    "out of the account's reach");
		return;
	}
	import_note(source, line, out, "the whole file system was open to ",
	    who,
	    source->root == NULL
		? ": here it is the home (--root=/ keeps it as it was)"
		: ": here it is the home");
	import_note_once(source, 0, out,
	    "a root that is the home is served only where filesonly is the "
	    "login shell and nothing else of the machine reads the home: "
	    "filesonlyctl doctor says whether that holds");
}

void
import_comment(struct import_section *section, const char *text)
{
	free(section->comment);
	section->comment = xstrdup(text);
}

void
import_note(const struct import_source *source, int line, struct imported *out,
    const char *text, const char *word, const char *rest)
{
	char room[2048];
	struct buf what;
	struct finding finding = { .severity = SEVERITY_WARNING,
		.file = source->file,
		.line = line };

	buf_init(&what, room, sizeof(room) - 1);
	buf_add_text(&what, text);
	if (word != NULL)
		quote_add(&what, word, strlen(word), 512);
	if (rest != NULL)
		buf_add_text(&what, rest);
	finding.what = buf_text(&what);
	findings_add(&out->notes, &finding);
}

void
import_note_once(const struct import_source *source, int line,
    struct imported *out, const char *text)
{
	for (size_t i = 0; i < out->notes.count; i++) {
		if (strcmp(out->notes.at[i].what, text) == 0)
			return;
	}
	import_note(source, line, out, text, NULL, NULL);
}

void
import_add_line(struct import_lines *lines, const char *text, size_t len)
{
	lines->at = xrealloc(lines->at, lines->count + 1, sizeof(*lines->at));
	lines->at[lines->count++] = xmemdup(text, len);
}

void
import_add_step(struct imported *out, const char *text)
{
	for (size_t i = 0; i < out->steps.count; i++) {
		if (strcmp(out->steps.at[i], text) == 0)
			return;
	}
	import_add_line(&out->steps, text, strlen(text));
}

void
import_add_login_shell(const struct import_source *source, struct imported *out,
    const char *was)
{
	char step[1200];

	snprintf(step, sizeof(step), "echo %s >>/etc/shells", source->program);
	import_add_step(out, step);
	snprintf(step, sizeof(step), "usermod -s %s NAME, for each that had %s",
	    source->program, was);
	import_add_step(out, step);
	import_add_step(out, "filesonlyctl doctor --user=NAME, for what sshd "
			     "leaves open beside");
}

long
import_next_line(const char **text, char *line, size_t size, bool *ended)
{
	size_t len = strcspn(*text, "\n"), kept;

	if (**text == '\0')
		return -1;
	*ended = (*text)[len] == '\n';
	kept = len;
	if (kept > 0 && (*text)[kept - 1] == '\r')
		kept--;
	if (kept > size - 1)
		kept = size - 1;
	memcpy(line, *text, kept);
	line[kept] = '\0';
	*text += len + *ended;
	return (long)len;
}

static void
free_lines(struct import_lines *lines)
{
	for (size_t i = 0; i < lines->count; i++)
		free(lines->at[i]);
	free(lines->at);
}

void
imported_free(struct imported *out)
{
	for (size_t i = 0; i < out->count; i++) {
		struct import_section *section = &out->sections[i];

		for (size_t j = 0; j < section->count; j++)
			free(section->settings[j].value);
		free(section->name);
		free(section->comment);
	}
	free(out->sections);
	free_lines(&out->keys);
	free_lines(&out->sshd);
	free_lines(&out->steps);
	findings_free(&out->notes);
	*out = (struct imported){ .count = 0 };
}
