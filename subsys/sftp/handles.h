/*
 * Open files and directories of one session, by the handles that the client
 * was given. A handle is a slot and a generation: a stale one never hits its
 * successor.
 */
#ifndef FILESONLY_SUBSYS_SFTP_HANDLES_H
#define FILESONLY_SUBSYS_SFTP_HANDLES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/auto.h"

enum { HANDLE_BYTES = 8 };

enum handle_kind { HANDLE_FREE, HANDLE_FILE, HANDLE_DIRECTORY };

struct slice;
struct upload;
struct written;

struct handle {
	enum handle_kind kind;
	uint32_t generation;
	uint32_t next_free;
	int fd;                /* owned */
	unsigned flags;        /* OPEN_ */
	struct upload *upload; /* written aside (uploads.h), or NULL */
	struct written
	    *whole; /* as it is written (written.h), or NULL; owned */
	bool ended; /* a directory that is not read any more */
	int error;  /* ... because of this, or 0: it is at its end */
	char *path; /* below the root, as the client named it; owned */
	uint64_t read, written; /* bytes */
};

struct handles {
	struct handle *at;
	uint32_t count; /* slots in use or free */
	uint32_t room;
	uint32_t free;    /* the first free slot, or NO_HANDLE */
	uint32_t max;     /* how many there may be */
	uint32_t writers; /* how many may write (OPEN_WRITE) */
};

/* Raises RLIMIT_NOFILE as far as allowed; max follows from it. */
void handles_init(struct handles *handles);

/* Closes all handles; writes no lines of the record. */
void handles_free(struct handles *handles);

/*
 * A new handle, which takes over fd and a copy of path; flags (OPEN_) are a
 * file's. Returns NULL with errno EMFILE where there are too many: fd is the
 * caller's then.
 */
struct handle *handles_add(struct handles *handles, enum handle_kind kind,
    unsigned flags, int fd, const char *path) must_check;

/* Closes the descriptor (0, or -1 with errno) and frees the slot. */
int handles_remove(struct handles *handles, struct handle *handle);

/* The open handle of this name, or NULL; or the one of that kind. */
struct handle *handles_find(const struct handles *handles,
    const struct slice *name);
struct handle *handles_find_kind(const struct handles *handles,
    const struct slice *name, enum handle_kind kind);

/* The name that the client is given. */
void handles_name(const struct handles *handles, const struct handle *handle,
    unsigned char name[HANDLE_BYTES]);

#endif
