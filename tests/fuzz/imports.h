/*
 * Any text, imported: what is printed is a configuration that the gate's own
 * reader takes, each setting as it was meant, and each account's policy holds
 * together.
 */
#ifndef FILESONLY_TESTS_FUZZ_IMPORTS_H
#define FILESONLY_TESTS_FUZZ_IMPORTS_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "ctl/findings.c"
#include "ctl/import_model.c"
#include "ctl/import_passwd.c"
#include "ctl/import_write.c"
#include "ctl/json.c"
#include "policy/config_file.h"
#include "policy/policy.h"
#include "policy/settings.h"
#include "tests/fuzz/target.h"

struct reading_back {
	const struct imported *out;
	size_t settings;
	struct settings defaults, section;
};

static const struct import_section *
section_called(const struct imported *out, const char *text)
{
	const char *name;
	enum section_kind kind = section_read(text, &name);

	MUST(kind != SECTION_UNKNOWN && kind != SECTION_NONE);
	return import_section_find(out, kind, name);
}

static int
read_back(void *context, const struct config_line *line, struct buf *error)
{
	struct reading_back *back = context;
	const struct import_section *section =
	    section_called(back->out, line->section);

	(void)error;
	MUST(section != NULL);
	MUST(import_value(section, line->key) != NULL);
	MUST(strcmp(import_value(section, line->key), line->value) == 0);
	back->settings++;
	return 0;
}

static void
apply(const struct imported *out, const struct import_section *section)
{
	const struct import_section *defaults =
	    import_section_find(out, SECTION_DEFAULTS, NULL);
	const struct import_section *both[] = { defaults, section };
	struct session session = { .has_account = true,
		.home = "/home/user",
		.user = "user" };
	struct settings settings = { NULL, 0 };
	struct policy policy;
	struct buf error;
	char room[1024];

	for (size_t i = 0; i < 2; i++) {
		for (size_t j = 0; both[i] != NULL && j < both[i]->count; j++) {
			const struct config_line line = { .number = 1,
				.key = both[i]->settings[j].key,
				.value = both[i]->settings[j].value };

			settings_add(&settings,
			    i == 0 ? RANK_DEFAULTS : RANK_USER, i, "x", &line);
		}
	}
	if (import_value(section, "root") == NULL &&
	    (defaults == NULL || import_value(defaults, "root") == NULL)) {
		/* Its members have it from another section, or are refused. */
		const struct config_line line = { .number = 1,
			.key = "root",
			.value = "/srv/another" };

		settings_add(&settings, RANK_DEFAULTS, 0, "x", &line);
	}
	buf_init(&error, room, sizeof(room) - 1);
	policy_init(&policy);
	if (settings_apply(&settings, &session, &policy, &error) != 0) {
		fprintf(stderr, "%s\n", buf_text(&error));
		abort();
	}
	policy_free(&policy);
	settings_free(&settings);
}

static void
must_be_read_back(const struct imported *out)
{
	struct reading_back back = { .out = out };
	int fd = memfd_create("imported", MFD_CLOEXEC);
	FILE *stream = fdopen(dup(fd), "w");
	size_t settings = 0;
	char room[1024];
	struct buf error;

	MUST(fd >= 0 && stream != NULL);
	import_put(stream, out);
	MUST(fclose(stream) == 0 && lseek(fd, 0, SEEK_SET) == 0);
	buf_init(&error, room, sizeof(room) - 1);
	if (config_read(fd, "x", read_back, &back, &error) != 0) {
		fprintf(stderr, "%s\n", buf_text(&error));
		abort();
	}
	for (size_t i = 0; i < out->count; i++) {
		settings += out->sections[i].count;
		if (out->sections[i].kind != SECTION_DEFAULTS)
			apply(out, &out->sections[i]);
	}
	MUST(back.settings == settings);
	close(fd);
}

static int
fuzz_import(import_format *format, const uint8_t *data, size_t size)
{
	char *text = xmemdup(data, size);
	struct passwd_lines accounts = { NULL, 0 };
	struct import_source source = { .file = "file",
		.text = text,
		.accounts = size % 2 == 0 ? &accounts : NULL,
		.root = size % 3 == 0 ? "/" : NULL,
		.built_with = size % 5 == 0 ? NULL : "sftp,scp,rsync,unison",
		.program = "/usr/bin/filesonly",
		.names = "/usr/lib/filesonly",
		.as_options = size % 7 < 4 };
	struct imported out = { .count = 0 };

	passwd_lines_read(&accounts,
	    "anna:x:1:1::/srv/jail/home/anna:/usr/bin/rssh\n"
	    "bert:x:1:1::/home/bert:/usr/bin/rssh\n",
	    NULL, NULL);
	if (strlen(text) == size) {
		format(&source, &out);
		must_be_read_back(&out);
		for (size_t i = 0; i < out.keys.count; i++)
			MUST(strchr(out.keys.at[i], '\n') == NULL);
		for (size_t i = 0; i < out.notes.count; i++)
			MUST(strpbrk(out.notes.at[i].what, "\n\r\33") == NULL);
	}
	imported_free(&out);
	passwd_lines_free(&accounts);
	free(text);
	return 0;
}

#endif
