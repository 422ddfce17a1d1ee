/*
 * The model as text: a configuration, what belongs into other files as
 * comments behind it, and the notes. What came from a text reaches comments as
 * printable bytes only.
 */
#include <stdio.h>

#include "ctl/import.h"
#include "ctl/json.h"

static const char *const kinds[] = {
	[SECTION_DEFAULTS] = "defaults",
	[SECTION_GROUP] = "group",
	[SECTION_USER] = "user",
	[SECTION_PROFILE] = "profile",
};

/* A line of a comment: a control byte could end it. */
static void
put_comment(FILE *stream, const char *indent, const char *text)
{
	fprintf(stream, "#%s", indent);
	for (; *text != '\0'; text++)
		putc((unsigned char)*text < ' ' && *text != '\t' ? '?' : *text,
		    stream);
	putc('\n', stream);
}

static void
put_section(FILE *stream, const struct import_section *section)
{
	if (section->comment != NULL)
		put_comment(stream, " ", section->comment);
	fprintf(stream, "[%s%s%s]\n", kinds[section->kind],
	    section->name == NULL ? "" : " ",
	    section->name == NULL ? "" : section->name);
	for (size_t i = 0; i < section->count; i++)
		fprintf(stream, "%s = %s\n", section->settings[i].key,
		    section->settings[i].value);
}

static void
put_lines(FILE *stream, const char *title, const struct import_lines *lines)
{
	if (lines->count == 0)
		return;
	fprintf(stream, "\n# %s\n#\n", title);
	for (size_t i = 0; i < lines->count; i++)
		put_comment(stream, "   ", lines->at[i]);
}

void
import_put(FILE *stream, const struct imported *out)
{
	bool first = true;

	for (int kind = SECTION_DEFAULTS; kind <= SECTION_PROFILE; kind++) {
		for (size_t i = 0; i < out->count; i++) {
			if ((int)out->sections[i].kind != kind)
				continue;
			if (!first)
				putc('\n', stream);
			first = false;
			put_section(stream, &out->sections[i]);
		}
	}
	put_lines(stream,
	    "In sshd_config, in place of these blocks:", &out->sshd);
	put_lines(stream, "What else is to be done, as root:", &out->steps);
}

void
import_put_lines(FILE *stream, const struct import_lines *lines)
{
	for (size_t i = 0; i < lines->count; i++)
		fprintf(stream, "%s\n", lines->at[i]);
}

void
import_print_notes(const struct imported *out)
{
	for (size_t i = 0; i < out->notes.count; i++) {
		const struct finding *note = &out->notes.at[i];

		fprintf(stderr, "warning %zu: %s:", i + 1, note->file);
		if (note->line > 0)
			fprintf(stderr, "%d:", note->line);
		fprintf(stderr, " %s\n", note->what);
	}
}

static void
print_json_lines(struct json *json, const char *name,
    const struct import_lines *lines)
{
	json_open(json, name, '[');
	for (size_t i = 0; i < lines->count; i++)
		json_text(json, NULL, lines->at[i]);
	json_close(json, ']');
}

static void
print_json_section(struct json *json, const struct import_section *section)
{
	json_open(json, NULL, '{');
	json_text(json, "section", kinds[section->kind]);
	if (section->name != NULL)
		json_text(json, "name", section->name);
	json_open(json, "settings", '{');
	for (size_t i = 0; i < section->count; i++)
		json_text(json, section->settings[i].key,
		    section->settings[i].value);
	json_close(json, '}');
	json_close(json, '}');
}

static void
print_json_note(struct json *json, const struct finding *note)
{
	json_open(json, NULL, '{');
	json_text(json, "file", note->file);
	if (note->line > 0)
		json_number(json, "line", (uint64_t)note->line);
	json_text(json, "what", note->what);
	json_close(json, '}');
}

void
import_print_json(const struct imported *out)
{
	struct json json;

	json_begin(&json);
	json_open(&json, "sections", '[');
	for (size_t i = 0; i < out->count; i++)
		print_json_section(&json, &out->sections[i]);
	json_close(&json, ']');
	print_json_lines(&json, "authorized_keys", &out->keys);
	print_json_lines(&json, "sshd_config", &out->sshd);
	print_json_lines(&json, "steps", &out->steps);
	json_open(&json, "warnings", '[');
	for (size_t i = 0; i < out->notes.count; i++)
		print_json_note(&json, &out->notes.at[i]);
	json_close(&json, ']');
	json_end(&json);
}
