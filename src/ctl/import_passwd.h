/* Lines of passwd(5): whose shell and home are what. */
#ifndef FILESONLY_CTL_IMPORT_PASSWD_H
#define FILESONLY_CTL_IMPORT_PASSWD_H

#include <stdbool.h>
#include <stddef.h>

struct passwd_line {
	int line;
	char *name, *uid, *home, *shell; /* owned */
};

/* Starts as {0}; passwd_lines_free ends it. */
struct passwd_lines {
	struct passwd_line *at;
	size_t count;
};

/* Is told of a line that is no account's. */
typedef void passwd_fault(void *context, int line, const char *text);

/* Appends the accounts of a text; fault may be NULL. */
void passwd_lines_read(struct passwd_lines *lines, const char *text,
    passwd_fault *fault, void *context);

/* The first line of that name, or NULL. */
const struct passwd_line *passwd_lines_find(const struct passwd_lines *lines,
    const char *name);

/* Returns true where the shell's last component is the name. */
bool passwd_line_has_shell(const struct passwd_line *line, const char *name);

/* Returns what is left of the path below a directory, with its slash in front,
 * "/" where they are the same, or NULL. */
const char *passwd_below(const char *path, const char *directory);

void passwd_lines_free(struct passwd_lines *lines);

#endif
