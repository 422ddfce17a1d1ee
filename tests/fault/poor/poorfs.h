/*
 * The poor file system: nodes, handlers and what they share. It shows a
 * directory of the machine through FUSE, spoken to by /dev/fuse itself, since
 * libraries of the day know less than the kernel.
 */
#ifndef FILESONLY_TESTS_FAULT_POOR_POORFS_H
#define FILESONLY_TESTS_FAULT_POOR_POORFS_H

#include <linux/fuse.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What it can lack: bits. */
enum {
	LACK_NOREPLACE = 1 << 0, /* RENAME_NOREPLACE: EINVAL, as on NFS */
	LACK_EXCHANGE = 1 << 1,  /* RENAME_EXCHANGE: EINVAL */
	LACK_TMPFILE = 1 << 2,   /* O_TMPFILE */
	LACK_LINK = 1 << 3,      /* link(2): EPERM, as on FAT */
	LACK_BIRTH = 1 << 4,     /* statx(2)'s birth */
	LACK_HANDLE = 1 << 5,    /* handles that can be opened (NFS export) */
	LACK_LOCKS = 1 << 6,     /* locks that another mount of it sees */
	LACK_DIROVER = 1 << 7,   /* a directory renamed onto an empty one */
	LACK_ROOM = 1 << 8,      /* for what is written: told by close(2) */
};

struct node {
	int fd; /* O_PATH, in the directory that is shown */
	uint64_t device, inode;
	uint64_t lookups; /* that the kernel has not forgotten */
	uint64_t generation;
};

struct request {
	const struct fuse_in_header *header;
	const char *body; /* what follows the header */
	char *out;        /* room for the answer's body: ROOM bytes */
};

enum {
	ROOM = 132 << 10,
	NO_ANSWER = -4096, /* what a handler returns where none is due */
};

/* Return the length of the answer's body, or -errno, or NO_ANSWER. */
typedef long handler(const struct request *request);

extern unsigned lacks;         /* LACK_ bits */
extern unsigned cache_seconds; /* for which the kernel may believe us */

/* nodes.c */
void nodes_begin(int root);
struct node *node_of(uint64_t id);
/* The node with this id; -ESTALE for a directory that was removed. */
int node_directory(uint64_t id);
/* Answers with what the O_PATH descriptor stands for, which it takes over. */
long answer_entry(const struct request *request, int fd);
long fill_entry(struct fuse_entry_out *entry, int fd);
/* Opens a node anew with these flags. */
int node_open(uint64_t id, int flags);
handler on_forget, on_batch_forget, on_getattr, on_setattr, on_statx;

/* names.c */
handler on_lookup, on_readlink, on_symlink, on_mknod, on_mkdir, on_unlink,
    on_rmdir, on_rename, on_rename2, on_link, on_opendir, on_readdir,
    on_releasedir;

/* files.c */
handler on_open, on_create, on_tmpfile, on_read, on_write, on_release, on_flush,
    on_fsync, on_setlk, on_getlk, on_statfs;
/* Gives what was created the owner that asked for it. */
int give_away(const struct request *request, int directory, int fd);

#endif
