/*
 * What rsync's transfers need of the machine beyond the root: another process
 * that has attributes, devices, names of owners.
 */
#ifndef FILESONLY_SUBSYS_RSYNC_NEEDS_H
#define FILESONLY_SUBSYS_RSYNC_NEEDS_H

#include <stdbool.h>

struct job;
struct name_list;
struct rsync_args;

/*
 * Are its attributes to be another process's? (jail_plan.attributes) Tells the
 * client where they should be and can't.
 */
bool needs_attributes(const struct job *job, const struct rsync_args *args);

/* Does it restore devices outside of a namespace? (jail_plan.restores) */
bool needs_devices(const struct job *job, const struct rsync_args *args);

/*
 * Does its client name files in the protocol, and would it look at what lies
 * outside, where a symlink of the root leads there? (jail_plan.looks)
 */
bool needs_looks(const struct job *job, const struct rsync_args *args);

/*
 * Loads the names of owners that are in no file of /etc. Returns false where it
 * maps none, or /etc has all. name_list_free ends it.
 */
bool needs_names(const struct job *job, const struct rsync_args *args,
    struct name_list *names);

/*
 * When it has ended with that status: tells the client what could not be had.
 * names is NULL where needs_names was false; dest a receiver's, or NULL.
 * Returns the session's status.
 */
int needs_end(struct job *job, const struct rsync_args *args,
    const struct name_list *names, const char *dest, int status);

#endif
