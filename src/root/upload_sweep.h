/*
 * Uploads that lie under private names: which of them nobody writes any more.
 *
 * Who writes one holds a lock on it. A lock can be asked for only where it was
 * taken, by this kernel on this mounted file system: elsewhere (another machine
 * of an NFS server, both ends of an sshfs) locks may be local, and the answer
 * is no proof. So the name has a mark of the kernel's boot and the file system:
 * where that is ours the lock decides, else the time of the last change, which
 * no client can set, and which who writes it keeps moving.
 */
#ifndef FILESONLY_ROOT_UPLOAD_SWEEP_H
#define FILESONLY_ROOT_UPLOAD_SWEEP_H

#include <stdint.h>

#include "base/auto.h"

struct root;

enum {
	UPLOAD_STALE_S = 24 * 60 * 60, /* without a change: nobody's */
	UPLOAD_KEEP_S = 6 * 60 * 60,   /* how often it must be changed */
};

/* The mark of what this kernel makes on a device (abilities_device). */
uint32_t upload_mark(const struct root *root, uint64_t device) must_check;

/* Locks the open file for as long as it is open. -1: somebody else has it. */
int upload_lock(int fd) must_check;

/* Changes the file in nothing but the time of its last change. */
void upload_keep(int fd);

/*
 * Removes the upload that has this private name in an open directory, if it is
 * ours and nobody writes it any more; upload_sweep: all of them.
 */
void upload_sweep_name(struct root *root, int directory, const char *name);
void upload_sweep(struct root *root, int directory);

#endif
