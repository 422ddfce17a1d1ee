/* The handlers of requests, by what they are about; see table.c. */
#ifndef FILESONLY_SUBSYS_SFTP_OPS_H
#define FILESONLY_SUBSYS_SFTP_OPS_H

#include "subsys/sftp/dispatch.h"

typedef int op(struct sftp *sftp, const struct fields *fields);
typedef unsigned op_needs(const struct sftp *sftp, const struct fields *fields);

/* open.c */
op op_open, op_close;
op_needs needs_open;

/* files.c: what works on open files */
op op_read, op_write, op_fstat, op_fsetstat, op_fsync, op_fstatvfs;
op_needs needs_attrs, needs_handle_attrs;

/* paths.c: what works on names */
op op_stat, op_lstat, op_setstat, op_lsetstat, op_remove, op_mkdir, op_rmdir,
    op_realpath, op_rename, op_posix_rename, op_readlink, op_symlink,
    op_hardlink, op_statvfs;

/* copy.c: from file to file */
op op_copy_data, op_copy_file;

/* check.c: digests of content */
op op_check_file, op_check_handle, op_check_name;

/* listing.c */
op op_opendir, op_readdir;

/* about.c: about the server and its users */
op op_limits, op_expand_path, op_home_directory, op_users_groups,
    op_space_available, op_vendor_id;

/*
 * Opens to write by open(2)'s flags, or creates. What exists is opened only
 * as far as the policy lets it be changed (EPERM).
 */
int open_to_change(struct sftp *sftp, const struct relpath *path, int flags,
    mode_t mode) must_check;

/* Answers with the canonical path of what is asked; returns as an op. */
int reply_realpath(struct sftp *sftp, const struct relpath *asked);

/* SETSTAT on an open file; as an op. */
int set_attrs_of_open(struct sftp *sftp, int fd,
    const struct attrs *attrs) must_check;

/* Appends statvfs@openssh.com's reply. */
struct statfs;
int reply_statvfs(struct sftp *sftp, const struct statfs *fs);

/* The vendor-id that we tell, as it stands in the greeting. */
void info_vendor(struct buf *out);

#endif
