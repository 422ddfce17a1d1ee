/*
 * What the file systems of a root can do, and which of their answers may be
 * believed. Each thing is found out once a session: from the file system's
 * type, or by the first try that fails, which its caller writes down here.
 */
#ifndef FILESONLY_ROOT_ABILITIES_H
#define FILESONLY_ROOT_ABILITIES_H

#include <stdbool.h>
#include <stdint.h>

struct statx;

struct file_system {
	uint64_t device; /* 0: this entry is empty */

	/*
	 * A birth time that statx(2) tells is when the object was created,
	 * always. On overlayfs a copy-up makes a new birth; of others that
	 * are not in the table we know nothing.
	 */
	bool keeps_births;

	/*
	 * Who opens its files is seen by this kernel, so that a lease
	 * (fcntl(2)) is given where nobody has one open for writing.
	 */
	bool gives_leases;

	/* Found out by who tried; false: it is there, or was not tried. */
	bool lacks_noreplace; /* RENAME_NOREPLACE (move.c) */
	bool lacks_exchange;  /* RENAME_EXCHANGE (move.c) */
	bool lacks_links;     /* link(2) (move.c) */
	bool lacks_nameless;  /* O_TMPFILE (upload.c) */
	bool names_nameless;  /* ... is there, and can be given a name */
};

enum { ABILITIES_MAX = 4 };

/* Starts as {0}. More file systems than it holds are found out again. */
struct abilities {
	struct file_system at[ABILITIES_MAX];
	unsigned next;
};

/* What the type alone says. */
struct file_system_type {
	uint32_t number; /* statfs(2) */
	const char *name;
	bool keeps_births;
	bool gives_leases;
	bool noreplace; /* has RENAME_NOREPLACE; false: only a try tells */
};

/* NULL: not in the table. */
const struct file_system_type *abilities_type(int fd);

/*
 * The file system on which the object lies that fd stands for (O_PATH will
 * do). Never NULL; valid until the next call.
 */
struct file_system *abilities_of(struct abilities *abilities, int fd);

/* The same where the caller has the device already. */
struct file_system *abilities_on(struct abilities *abilities, uint64_t device,
    int fd);

/* The device of an object as one number. */
uint64_t abilities_device(const struct statx *st);

#endif
