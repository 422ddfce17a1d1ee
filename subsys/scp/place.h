/*
 * Where in the root the transfer is: a path that the client named, and the
 * names below it that were entered since.
 */
#ifndef FILESONLY_SUBSYS_SCP_PLACE_H
#define FILESONLY_SUBSYS_SCP_PLACE_H

#include <limits.h>
#include <stddef.h>

#include "root/relpath.h"

struct job;

struct place {
	struct relpath path;
	const char *given; /* as the client named it; borrowed */
	size_t given_mark; /* where the path had this alone */
	char shown[2 * PATH_MAX];
};

/*
 * Parses what the client named, or what a wildcard matched. Returns 0, or -1
 * with errno, where place_shown is the name all the same. ENOENT: a private
 * name (root/private_names.h).
 */
int place_parse(struct place *place, const struct job *job,
    const char *name) must_check;

/* How long the path is, to return there. */
size_t place_mark(const struct place *place);
void place_return(struct place *place, size_t mark);

/*
 * Enters a name of len bytes. Returns 0, or -1 with errno and the path as it
 * was: ENAMETOOLONG, or ENOENT for a private name.
 */
int place_enter(struct place *place, const char *name, size_t len) must_check;

/* As the client would write it; valid until the next call. */
const char *place_shown(struct place *place);

/* With a name behind it that was not entered. */
const char *place_shown_with(struct place *place, const char *name, size_t len);

#endif
