/*
 * A file on its way into the root: written without a name (O_TMPFILE), it gets
 * one when it is complete, by a rename that those who watch the directory see.
 * If the process dies before, the kernel drops it and nothing is left behind.
 * Where the file system or a missing /proc can't do that, it is written under
 * a private name (root/private_names.h) with a lock held; what lies there
 * and is nobody's any more is swept (root/upload_sweep.h).
 */
#ifndef FILESONLY_ROOT_UPLOAD_H
#define FILESONLY_ROOT_UPLOAD_H

#include "root/own.h"
#include "root/private_names.h"
#include "root/root.h"

struct root_upload {
	int fd;          /* the file; owned */
	int directory;   /* O_PATH, where it will stand; owned */
	uint64_t device; /* ... of that directory */
	uint64_t inode;
	char name[NAME_MAX + 1];       /* that it will have */
	char temporary[PRIVATE_BYTES]; /* that it has meanwhile; "": none */
	const unsigned char *digest;   /* of what was written, by whoever closes
					* it (root/digest_names.h); borrowed */
};

/* Whether an upload may replace a file that has its name. */
enum replacing {
	REPLACE_NOTHING, /* EEXIST */
	REPLACE_OWN,     /* what is own is replaced, else EEXIST */
	REPLACE_ANY,
};

/*
 * Opens a new file for this path, by open(2)'s flags for reading, writing and
 * appending. Its name is not looked at. Returns 0, or -1 with errno.
 */
int root_upload_begin(struct root *root, struct root_upload *upload,
    const struct relpath *path, int flags, mode_t mode) must_check;

/* From now on it is meant for another path. On failure for the old one. */
int root_upload_retarget(struct root *root, struct root_upload *upload,
    const struct relpath *path) must_check;

/* Does the path name what the upload is meant for? */
bool root_upload_is_for(struct root *root, const struct root_upload *upload,
    const struct relpath *path);

/* Another descriptor of the same file, with flags of its own. */
int root_upload_open(struct root *root, const struct root_upload *upload,
    int flags) must_check;

/*
 * Gives the file its name. Returns 0, or -1 with errno: it has none then and
 * root_upload_drop ends it. own is asked for REPLACE_OWN, and the file is own
 * from now on.
 */
int root_upload_publish(struct root *root, struct root_upload *upload,
    enum replacing replacing, struct own *own) must_check;

/* Frees all; what has no name of its own is gone. */
void root_upload_drop(struct root_upload *upload);

#endif
