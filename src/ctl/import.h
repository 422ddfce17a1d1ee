/*
 * What other programs' settings mean here: text in, a model of a configuration
 * out. The importers are pure; import_write.c alone prints.
 */
#ifndef FILESONLY_CTL_IMPORT_H
#define FILESONLY_CTL_IMPORT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "ctl/findings.h"
#include "ctl/import_passwd.h"
#include "policy/section.h"

enum { IMPORT_SETTINGS = 12 };

struct import_setting {
	const char *key; /* of policy_keys; borrowed */
	char *value;
};

struct import_section {
	enum section_kind kind;
	char *name;    /* NULL for [defaults] */
	char *comment; /* a line in front of it, or NULL */
	struct import_setting settings[IMPORT_SETTINGS];
	size_t count;
};

/* Lines, without their ends. */
struct import_lines {
	char **at;
	size_t count;
};

/* Starts as {0}; imported_free ends it. */
struct imported {
	struct import_section *sections;
	size_t count;
	struct import_lines keys;  /* lines of authorized_keys */
	struct import_lines sshd;  /* lines of sshd_config */
	struct import_lines steps; /* what the administrator does besides */
	struct findings notes;     /* what differs or isn't carried over */
};

/* What the caller has said beside the text. */
struct import_source {
	const char *file; /* what notes call it */
	const char *text;
	const struct passwd_lines *accounts; /* NULL: nobody knows */
	const char *root; /* of accounts that had none: "home" or "/"; NULL:
			   * nobody said, the home */
	const char *built_with; /* scponly's parts, with commas; NULL: sftp */
	const char *program;    /* the gate's path on the server */
	const char *names;      /* the directory of its name rrsync */
	bool as_options;        /* rrsync's line becomes filesonly's own */
};

typedef void import_format(const struct import_source *source,
    struct imported *out);

/* The formats; each adds to out what one text says. */
import_format import_atmoz;
import_format import_rrsync;
import_format import_rssh;
import_format import_scponly;
import_format import_sshd;

/*
 * Returns the section, made where it isn't there yet, or NULL where no
 * section can have that name, which is noted at the line. The pointer holds
 * until the next call.
 */
struct import_section *import_section(const struct import_source *source,
    int line, struct imported *out, enum section_kind kind, const char *name);

/* The same, if it is there; else NULL. */
struct import_section *import_section_find(const struct imported *out,
    enum section_kind kind, const char *name);

/* Sets a key, once more where it was set, to text that a line can hold. */
void import_set(struct import_section *section, const char *key,
    const char *value);

/* Shuts it (disabled = yes). Where it has no root it gets one, which is never
 * opened: an account must have one. */
void import_shut(struct import_section *section);

/* Returns the value, or NULL where it isn't set. */
const char *import_value(const struct import_section *section, const char *key);

/*
 * Sets a key to a path in which nothing has a meaning ("%" is doubled).
 * A path that no line of a configuration can hold shuts the section
 * (disabled = yes), which is noted.
 */
void import_set_path(const struct import_source *source, int line,
    struct imported *out, struct import_section *section, const char *key,
    const char *path);

/* The same for a path in which %h, %u and %% stand already. */
void import_set_pattern(const struct import_source *source, int line,
    struct imported *out, struct import_section *section, const char *key,
    const char *path);

/*
 * Sets root for an account that could reach the whole file system: its home,
 * or "/" with a session that starts at home; notes what differs. account is
 * NULL where it is not known, or where there are several.
 */
void import_set_whole_system(const struct import_source *source, int line,
    struct imported *out, struct import_section *section,
    const struct passwd_line *account, const char *who);

/* Replaces the line in front of the section. */
void import_comment(struct import_section *section, const char *text);

/* Notes what differs: the text, a word in quotes (NULL: none) and the rest
 * (NULL: none). Line 0 is the text as a whole. */
void import_note(const struct import_source *source, int line,
    struct imported *out, const char *text, const char *word, const char *rest);

/* The same, once however often it is said. */
void import_note_once(const struct import_source *source, int line,
    struct imported *out, const char *text);

/* Appends a copy of len bytes as a line, without what no line holds. */
void import_add_line(struct import_lines *lines, const char *text, size_t len);

/* Appends a line where it isn't there yet. */
void import_add_step(struct imported *out, const char *text);

/* Appends the steps by which the gate becomes a login shell in place of the
 * program that was one. */
void import_add_login_shell(const struct import_source *source,
    struct imported *out, const char *was);

/*
 * Copies the next line of *text, without its end and a CR in front of it, into
 * line; *text goes behind it. Returns its length without its end, cut at size
 * - 1 in line alone, or -1: there is none. *ended tells whether it had an end.
 */
long import_next_line(const char **text, char *line, size_t size, bool *ended);

void imported_free(struct imported *out);

/* Print the configuration, with all else that isn't lines of authorized_keys as
 * comments behind it; lines by themselves; all as JSON on stdout; the notes,
 * numbered, on stderr. */
void import_put(FILE *stream, const struct imported *out);
void import_put_lines(FILE *stream, const struct import_lines *lines);
void import_print_json(const struct imported *out);
void import_print_notes(const struct imported *out);

#endif
