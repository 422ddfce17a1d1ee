/*
 * Copies lines of passwd(5) and group(5) field by field. The sources are the
 * system's own; a line that can't be read is left out.
 */
#include "confine/passwdcopy.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "session/name_service.h"

/* "name:x:ID:..." becomes "name:x:ID" and behind, what each file wants. */
struct source {
	const char *from;
	const char *to;
	int fields;         /* how many fields are taken */
	const char *behind; /* the others, empty */
};

// clang-format off
static const struct source sources[] = {
	[ACCOUNT_USER] =  { "/etc/passwd", "etc/passwd", 4, ":::" },
	[ACCOUNT_GROUP] = { "/etc/group",  "etc/group",  3, ":" },
};
// clang-format on

/* The length of the first fields, or 0 where there are not so many. */
static size_t
prefix(const char *line, int fields)
{
	size_t len = 0;

	for (int i = 0; i < fields; i++) {
		len += strcspn(line + len, ":\n");
		if (line[len] != ':')
			return 0;
		len++;
	}
	return len - 1;
}

static bool
copy_lines(FILE *from, FILE *to, const struct source *source)
{
	auto_free char *line = NULL;
	size_t size = 0;

	while (getline(&line, &size, from) >= 0) {
		size_t len = prefix(line, source->fields);
		size_t name = strcspn(line, ":");
		size_t rest;

		if (len == 0 || name == 0)
			continue;
		rest = name + 1 + strcspn(line + name + 1, ":");
		/* The second field is a password in the oldest of files. */
		if (fprintf(to, "%.*s:x%.*s%s\n", (int)name, line,
			(int)(len - rest), line + rest, source->behind) < 0)
			return false;
	}
	return !ferror(from);
}

static int
copy(const struct source *source, const char *more)
{
	FILE *from = fopen(source->from, "re");
	FILE *to;
	bool done;

	if (from == NULL)
		return errno == ENOENT ? 0 : -1;
	to = fopen(source->to, "wxe");
	if (to == NULL) {
		(void)fclose(from);
		return -1;
	}
	done = copy_lines(from, to, source) &&
	       (more == NULL || fputs(more, to) >= 0);
	(void)fclose(from);
	return fclose(to) == 0 && done ? 0 : -1;
}

int
passwdcopy_write(const struct name_list *more)
{
	if (mkdir("etc", 0755) != 0 && errno != EEXIST)
		return -1;
	for (size_t i = 0; i < sizeof(sources) / sizeof(sources[0]); i++)
		if (copy(&sources[i], more == NULL ? NULL : more->text[i]) != 0)
			return -1;
	return 0;
}
