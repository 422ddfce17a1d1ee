/*
 * The handlers of requests, what they need and the rules on their values, by
 * the file that has them; request_table.c lists them.
 */
#ifndef FILESONLY_SUBSYS_SFTP_OPS_H
#define FILESONLY_SUBSYS_SFTP_OPS_H

#include "subsys/sftp/request_table.h"
#include "subsys/sftp/state.h"

typedef unsigned op_needs(const struct sftp *sftp, const struct fields *fields);
typedef int op_rule(struct sftp *sftp, const struct fields *fields);

/* open.c */
request_handler op_open, op_close;
op_needs needs_open;

/* read_write.c: the bytes of open files */
request_handler op_read, op_write, op_fsync;

/* attributes.c: of names and of open files */
request_handler op_stat, op_lstat, op_fstat, op_setstat, op_lsetstat,
    op_fsetstat;
op_needs needs_attrs, needs_handle_attrs;

/* name_changes.c: made, changed and removed */
request_handler op_remove, op_mkdir, op_rmdir, op_rename, op_posix_rename;

/* links.c */
request_handler op_readlink, op_symlink, op_hardlink;
op_rule rule_symlink, rule_move, rule_hardlink;

/* canonical.c: paths as the server sees them */
request_handler op_realpath, op_expand_path, op_home_directory;

/* listing.c */
request_handler op_opendir, op_readdir;

/* copy.c: from file to file */
request_handler op_copy_data, op_copy_file;

/* check_file.c: digests of content */
request_handler op_check_file, op_check_handle, op_check_name;

/* file_systems.c: their size and what is free */
request_handler op_statvfs, op_fstatvfs, op_space_available;

/* server_info.c: the server and its users */
request_handler op_limits, op_users_groups, op_vendor_id;

/* The vendor-id that we tell, as it stands in the greeting. */
void server_info_vendor(struct buf *out);

/* Answers the request at hand with a status; returns REPLIED. */
static inline int
reply_status(struct sftp *sftp, enum status status)
{
	sftp->replied = status;
	out_status(&sftp->out, sftp->id, status, 0, NULL);
	return REPLIED;
}

#endif
