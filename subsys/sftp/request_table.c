/*
 * Every request that is served, one row each: what it looks like, what it
 * needs, who does it. The greeting and the permission check read the same
 * rows; what has no row is answered "unsupported".
 */
#include <stddef.h>

#include "policy/mode.h"
#include "subsys/sftp/ops.h"

#define EXT PACKET_EXTENDED
#define AT_OPENSSH(name) name "@openssh.com"

// clang-format off
const struct request_row request_rows[] = {
	{ PACKET_OPEN,     "open",     NULL, "pua", 0, needs_open, op_open, NULL },
	{ PACKET_CLOSE,    "close",    NULL, "h",   0, NULL, op_close, NULL },
	{ PACKET_READ,     "read",     NULL, "hou", 0, NULL, op_read, NULL },
	{ PACKET_WRITE,    "write",    NULL, "hos", 0, NULL, op_write, NULL },
	{ PACKET_LSTAT,    "lstat",    NULL, "p",   ACT_STAT, NULL, op_lstat, NULL },
	{ PACKET_FSTAT,    "fstat",    NULL, "h",   ACT_STAT, NULL, op_fstat, NULL },
	{ PACKET_SETSTAT,  "setstat",  NULL, "pa",  0, needs_attrs, op_setstat, "setstat" },
	{ PACKET_FSETSTAT, "fsetstat", NULL, "ha",  0, needs_handle_attrs, op_fsetstat, "setstat" },
	{ PACKET_OPENDIR,  "opendir",  NULL, "p",   ACT_LIST, NULL, op_opendir, NULL },
	{ PACKET_READDIR,  "readdir",  NULL, "h",   ACT_LIST, NULL, op_readdir, NULL },
	{ PACKET_REMOVE,   "remove",   NULL, "p",   ACT_REMOVE, NULL, op_remove, "remove" },
	{ PACKET_MKDIR,    "mkdir",    NULL, "pa",  ACT_CREATE, NULL, op_mkdir, "mkdir" },
	{ PACKET_RMDIR,    "rmdir",    NULL, "p",   ACT_REMOVE, NULL, op_rmdir, "rmdir" },
	{ PACKET_REALPATH, "realpath", NULL, "p",   ACT_STAT, NULL, op_realpath, NULL },
	{ PACKET_STAT,     "stat",     NULL, "p",   ACT_STAT, NULL, op_stat, NULL },
	{ PACKET_RENAME,   "rename",   NULL, "pp",  ACT_RENAME, NULL, op_rename, "rename" },
	{ PACKET_READLINK, "readlink", NULL, "p",   ACT_LIST, NULL, op_readlink, NULL },
	/* The text comes first: OpenSSH's order, which clients rely on. */
	{ PACKET_SYMLINK,  "symlink",  NULL, "tp",  ACT_SYMLINK, NULL, op_symlink, "symlink" },
	{ EXT, AT_OPENSSH("posix-rename"), "1", "pp", ACT_RENAME, NULL, op_posix_rename, "rename" },
	{ EXT, AT_OPENSSH("statvfs"),      "2", "p",  ACT_STAT, NULL, op_statvfs, NULL },
	{ EXT, AT_OPENSSH("fstatvfs"),     "2", "h",  ACT_STAT, NULL, op_fstatvfs, NULL },
	{ EXT, AT_OPENSSH("hardlink"),     "1", "pp", ACT_LINK, NULL, op_hardlink, "link" },
	{ EXT, AT_OPENSSH("fsync"),        "1", "h",  0, NULL, op_fsync, NULL },
	{ EXT, AT_OPENSSH("lsetstat"),     "1", "pa", 0, needs_attrs, op_lsetstat, "setstat" },
	{ EXT, AT_OPENSSH("limits"),       "1", "",   0, NULL, op_limits, NULL },
	{ EXT, AT_OPENSSH("expand-path"),  "1", "s",  ACT_STAT, NULL, op_expand_path, NULL },
	{ EXT, "copy-data",                "1", "hooho", ACT_READ | ACT_CREATE, NULL, op_copy_data, NULL },
	{ EXT, "home-directory",           "1", "s",  ACT_STAT, NULL, op_home_directory, NULL },
	{ EXT, AT_OPENSSH("users-groups-by-id"), "1", "ss", ACT_STAT, NULL, op_users_groups, NULL },
	/* draft-ietf-secsh-filexfer-extensions-00; WinSCP, ProFTPD */
	{ EXT, "copy-file",                "1", "ppb", ACT_READ | ACT_CREATE, NULL, op_copy_file, "copy" },
	{ EXT, "check-file",               "1", "hsoou", ACT_READ, NULL, op_check_file, NULL },
	{ EXT, "check-file-handle",        NULL, "hsoou", ACT_READ, NULL, op_check_handle, NULL },
	{ EXT, "check-file-name",          NULL, "psoou", ACT_READ, NULL, op_check_name, NULL },
	{ EXT, "space-available",          "1", "p",  ACT_STAT, NULL, op_space_available, NULL },
	{ EXT, "vendor-id",                "",  "",   0, NULL, op_vendor_id, NULL },
	{ 0, NULL, NULL, NULL, 0, NULL, NULL, NULL },
};
// clang-format on

_Static_assert(sizeof(request_rows) / sizeof(request_rows[0]) <= 64,
    "more rows than sftp->closed has bits");
