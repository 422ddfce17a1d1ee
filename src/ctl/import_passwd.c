/* Seven fields a line. Pure. */
#include "ctl/import_passwd.h"

#include <stdlib.h>
#include <string.h>

#include "base/xalloc.h"

enum { FIELDS = 7, NAME = 0, UID = 2, HOME = 5, SHELL = 6 };

/* Cuts a line, which it owns, into fields. Returns how many there are. */
static size_t
passwd_split(char *text, char *fields[FIELDS])
{
	size_t count = 0;
	char *field;

	while ((field = strsep(&text, ":")) != NULL) {
		if (count < FIELDS)
			fields[count] = field;
		count++;
	}
	return count;
}

static bool
passwd_is_account(char *const fields[FIELDS], size_t count)
{
	/* "+" and "-" are NIS's. */
	return count == FIELDS && fields[NAME][0] != '\0' &&
	       strchr("+-", fields[NAME][0]) == NULL;
}

void
passwd_lines_read(struct passwd_lines *lines, const char *text,
    passwd_fault *fault, void *context)
{
	for (int number = 1; *text != '\0'; number++) {
		size_t len = strcspn(text, "\n");
		char *line = xmemdup(text, len), *fields[FIELDS];
		bool is_blank = line[strspn(line, " \t\r")] == '\0' ||
				line[strspn(line, " \t")] == '#';

		text += len + (text[len] == '\n');
		line[strcspn(line, "\r")] = '\0';
		if (is_blank) {
			/* Nothing to read. */
		} else if (passwd_is_account(fields,
			       passwd_split(line, fields))) {
			lines->at = xrealloc(lines->at, lines->count + 1,
			    sizeof(*lines->at));
			lines->at[lines->count++] =
			    (struct passwd_line){ .line = number,
				    .name = xstrdup(fields[NAME]),
				    .uid = xstrdup(fields[UID]),
				    .home = xstrdup(fields[HOME]),
				    .shell = xstrdup(fields[SHELL]) };
		} else if (fault != NULL) {
			fault(context, number, line);
		}
		free(line);
	}
}

const struct passwd_line *
passwd_lines_find(const struct passwd_lines *lines, const char *name)
{
	for (size_t i = 0; lines != NULL && i < lines->count; i++) {
		if (strcmp(lines->at[i].name, name) == 0)
			return &lines->at[i];
	}
	return NULL;
}

bool
passwd_line_has_shell(const struct passwd_line *line, const char *name)
{
	const char *slash = strrchr(line->shell, '/');

	return strcmp(slash == NULL ? line->shell : slash + 1, name) == 0;
}

const char *
passwd_below(const char *path, const char *directory)
{
	size_t len = strlen(directory);

	while (len > 0 && directory[len - 1] == '/')
		len--;
	if (strncmp(path, directory, len) != 0)
		return NULL;
	path += len;
	if (*path != '/' && *path != '\0')
		return NULL;
	while (path[0] == '/' && path[1] == '/')
		path++;
	return *path == '\0' ? "/" : path;
}

void
passwd_lines_free(struct passwd_lines *lines)
{
	for (size_t i = 0; i < lines->count; i++) {
		free(lines->at[i].name);
		free(lines->at[i].uid);
		free(lines->at[i].home);
		free(lines->at[i].shell);
	}
	free(lines->at);
	*lines = (struct passwd_lines){ NULL, 0 };
}
