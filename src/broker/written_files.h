/*
 * Files that a guarded program holds open for writing. Its filter lets it
 * write only to what it creates, so they are its own, even where an upload
 * takes longer than the own-window.
 */
#ifndef FILESONLY_BROKER_WRITTEN_FILES_H
#define FILESONLY_BROKER_WRITTEN_FILES_H

#include <sys/types.h>

struct create_only;
struct root;

/*
 * Looks at the first descriptors of every process of the group and remembers
 * what is open for writing in the root. list is /proc, open for reading from
 * before the jail; what can't be looked at is passed over.
 */
void written_look(int list, pid_t group, struct root *root,
    struct create_only *create_only);

#endif
