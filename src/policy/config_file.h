/*
 * One file of the configuration: whose it must be, and what its lines say.
 * The syntax is libinih's; what that would take silently (a line that goes on
 * in the next, text behind a section's bracket, a NUL) is refused here.
 */
#ifndef FILESONLY_POLICY_CONFIG_FILE_H
#define FILESONLY_POLICY_CONFIG_FILE_H

#include <stdbool.h>
#include <sys/types.h>

#include "base/auto.h"
#include "base/buf.h"
#include "base/names.h"

/* A setting and where it stands. */
struct config_line {
	int number;          /* of the line, from 1 */
	const char *section; /* "user anna"; "" before the first */
	int section_line;    /* where its header stands; 0 before the first */
	const char *key, *value;
};

/* Is told of a fault and goes on. */
typedef void config_fault(void *context, int line, const char *why);

/* Returns 0 to go on, or -1 with a sentence appended to error. */
typedef int config_visit(void *context, const struct config_line *line,
    struct buf *error);

/*
 * Opens a directory or (in one) a file that root, or the uid `also`, owns and
 * that group and others can't write. Returns a descriptor, or -1 with errno:
 * ENOENT (there is no such name) leaves error as it was, all else appends
 * "PATH: why". path is what messages call it.
 */
int config_open_directory(int at, const char *name, const char *path,
    uid_t also, struct buf *error) must_check;
int config_open_file(int at, const char *name, const char *path, uid_t also,
    struct buf *error) must_check;

/*
 * Calls visit for each setting of an open file, in order, until it refuses.
 * Returns 0, or -1 with "PATH:LINE: why" appended to error.
 */
int config_read(int fd, const char *path, config_visit *visit, void *context,
    struct buf *error) must_check;

/*
 * The same for who wants to know all faults: each, the visitor's too, goes to
 * fault, and the next line is read. visit also hears of each header, as a line
 * whose key is NULL. Returns 0, or -1 with "PATH: why" appended to error: the
 * file as a whole can't be read.
 */
int config_read_on(int fd, const char *path, config_visit *visit,
    config_fault *fault, void *context, struct buf *error) must_check;

/* Appends the names in a directory that are read (*.conf), in their order.
 * Returns 0, or -1 with errno. */
int config_list_files(int directory, struct names *found) must_check;

#endif
