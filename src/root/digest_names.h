/*
 * Files that are named by the SHA-256 of what is in them (the key verify): 64
 * hexadecimal digits. With root->verifies nothing else than a directory or a
 * file with these contents gets such a name, and a file that has one is not
 * changed in place.
 *
 * A file that is given a name is read when nobody writes it: a lease says so,
 * on file systems where it can be believed, and keeps others from it until the
 * name is given. A name that moves along (to another directory) is believed:
 * it was looked at when it was given. Not if that was just now: a rename is
 * looked at when it is done, and is taken back if the file was another by then.
 */
#ifndef FILESONLY_ROOT_DIGEST_NAMES_H
#define FILESONLY_ROOT_DIGEST_NAMES_H

#include <errno.h>
#include <sys/stat.h>

#include "root/root.h"

/*
 * The errno of all that is refused here; digest_names_words has the words for
 * it. No file system gives it for what we ask of it.
 */
enum { DIGEST_NAMES_REFUSED = EKEYREJECTED };

/* Is it 64 hexadecimal digits? */
bool digest_names_is(const char *name);

/* Must what has this name, or what the path ends in, have these contents? */
bool digest_names_hold_for(const struct root *root, const char *name);
bool digest_names_hold_for_path(const struct root *root,
    const struct relpath *path);

/* The customer's words for DIGEST_NAMES_REFUSED; NULL for other errors. */
const char *digest_names_words(int error);

/*
 * Compares a file that nobody else can write: digest is that of its contents,
 * or NULL where fd is to be read, from its beginning. Returns 0, or -1 with
 * errno, ECANCELED where root->may_read_on has ended it; root->differing says
 * what was found in place of the name.
 */
int digest_names_compare(struct root *root, int fd, const char *name,
    const unsigned char *digest) must_check;

/*
 * A file is to get a name: fd is open for reading, and is held (by its lease)
 * until it is closed. Returns 0, or -1 with errno, EAGAIN where it is being
 * written.
 */
int digest_names_hold(struct root *root, int fd, const char *name) must_check;

/* Has nothing given the object its name just now? */
bool digest_names_is_settled(const struct stat *st);

/*
 * Takes such a name from an object that must not have it and can't get its old
 * name back: it keeps one that no client sees. Returns 0, or -1 with errno.
 */
int digest_names_take(int directory, const char *name) must_check;
int digest_names_take_path(struct root *root,
    const struct relpath *path) must_check;

/*
 * May a file that is open for writing be changed where it lies? Not where it
 * has such a name, or several names, of which one may be such a one.
 */
int digest_names_may_change(struct root *root, int fd) must_check;

#endif
