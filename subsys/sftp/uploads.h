/*
 * Uploads that appear under their name only when they are complete (the key
 * atomic-uploads): a file that is replaced or new is written aside, and gets
 * its name when the last handle that writes it is closed. Until then the name
 * answers to this session as if the file stood there: stat shows what has
 * arrived, attributes may be set, it may be opened again, renamed, removed.
 *
 * An existing file that is opened without OPEN_TRUNC is changed in place, and
 * a file created with OPEN_EXCL (a lock, say) is there at once. In create-only
 * each new file waits: a file that was cut could never be completed there.
 *
 * A file is complete when the client closes it after every write succeeded.
 * What is still open when the session ends, however it ends, is dropped.
 */
#ifndef FILESONLY_SUBSYS_SFTP_UPLOADS_H
#define FILESONLY_SUBSYS_SFTP_UPLOADS_H

#include <stdbool.h>
#include <stdint.h>

#include "root/upload.h"

struct sftp;

struct upload {
	struct sftp *sftp; /* whose list it is on */
	struct root_upload file;
	enum replacing replacing; /* what may lie under the name */
	unsigned writers; /* handles and background tasks that write it */
	bool dropped;     /* it was removed before it was complete */
	int error;        /* of a write: it can never be complete */
	struct upload *next;
};

/*
 * Begins an upload of a file that is written aside. These four return a
 * descriptor for the client's handle, or -1; *upload is what the handle must
 * be told of (uploads_hold), or NULL: it is a file that stands under its name.
 * sftp->grant.existing says what may lie under the name in the end.
 */
int uploads_begin(struct sftp *sftp, const struct relpath *path, int flags,
    mode_t mode, struct upload **upload) must_check;

/* A new file; EEXIST, now or in the end, where one is there. */
int uploads_create(struct sftp *sftp, const struct relpath *path, int flags,
    mode_t mode, struct upload **upload) must_check;

/*
 * In the place of an open file, whose content stays until then; takes old. A
 * file of another account that can't be made alike is changed in place.
 */
int uploads_replace(struct sftp *sftp, const struct relpath *path, int flags,
    int old, struct upload **upload) must_check;

/* Opens one more handle on what is on its way; EEXIST with O_EXCL. */
int uploads_join(struct sftp *sftp, struct upload *pending, int flags,
    struct upload **upload) must_check;

/* The upload that the path means, or NULL. */
struct upload *uploads_find(struct sftp *sftp, const struct relpath *path);

/*
 * One writer more (hold), or one less (release); NULL is no upload. The last
 * release publishes the file if it is complete; digest is that of all that was
 * written, or NULL (written.h). Returns 0, or -1 with errno: then the file is
 * gone.
 */
void uploads_hold(struct upload *upload);
int uploads_release(struct upload *upload, bool is_complete,
    const unsigned char *digest) must_check;

/* A write failed with errno: what is written aside is not complete. */
void uploads_fail(struct upload *upload);

/* Removes one before it is complete. */
void uploads_remove(struct upload *upload);

/* Publishes the upload under another name later; EEXIST if that is taken. */
int uploads_rename(struct sftp *sftp, struct upload *upload,
    const struct relpath *to, bool replaces) must_check;

/*
 * Is there one under a private name? Then uploads_keep is to be called at least
 * after as many milliseconds as it returns, though its client may be silent: it
 * shows other machines that the uploads are alive (root/upload_sweep.h). now is
 * clock_ms's.
 */
bool uploads_have_names(const struct sftp *sftp) must_check;
int uploads_keep(struct sftp *sftp, uint64_t now) must_check;

/* At the end of the session: drops all that is not complete. */
void uploads_drop_all(struct sftp *sftp);

#endif
