/*
 * Every request that is served: its layout on the wire, what it needs, its
 * handler. A request without a row is answered "unsupported".
 */
#include "subsys/sftp/request_table.h"

#include <string.h>

#include "policy/mode.h"
#include "subsys/sftp/ops.h"

#define EXT PACKET_EXTENDED
#define AT_OPENSSH(name) name "@openssh.com"

// clang-format off
const struct request_row request_rows[] = {
	{ PACKET_OPEN,     "open",            NULL, "pua",   0, .run = op_open,
	    .needs_of = needs_open, .existing = ACT_WRITE },
	{ PACKET_CLOSE,    "close",           NULL, "h",     0, .run = op_close },
	{ PACKET_READ,     "read",            NULL, "hou",   0, .run = op_read },
	{ PACKET_WRITE,    "write",           NULL, "hos",   0, .run = op_write },
	{ PACKET_LSTAT,    "lstat",           NULL, "p",     ACT_STAT, .run = op_lstat },
	{ PACKET_FSTAT,    "fstat",           NULL, "h",     ACT_STAT, .run = op_fstat },
	{ PACKET_SETSTAT,  "setstat",         NULL, "pa",    0, .run = op_setstat,
	    .needs_of = needs_attrs, .event = "setstat" },
	{ PACKET_FSETSTAT, "fsetstat",        NULL, "ha",    0, .run = op_fsetstat,
	    .needs_of = needs_handle_attrs, .event = "setstat" },
	{ PACKET_OPENDIR,  "opendir",         NULL, "p",     ACT_LIST, .run = op_opendir },
	{ PACKET_READDIR,  "readdir",         NULL, "h",     ACT_LIST, .run = op_readdir },
	{ PACKET_REMOVE,   "remove",          NULL, "p",     ACT_REMOVE, .run = op_remove, .event = "remove" },
	{ PACKET_MKDIR,    "mkdir",           NULL, "pa",    ACT_CREATE, .run = op_mkdir, .event = "mkdir" },
	{ PACKET_RMDIR,    "rmdir",           NULL, "p",     ACT_REMOVE, .run = op_rmdir, .event = "rmdir" },
	{ PACKET_REALPATH, "realpath",        NULL, "p",     ACT_STAT, .run = op_realpath },
	{ PACKET_STAT,     "stat",            NULL, "p",     ACT_STAT, .run = op_stat },
	{ PACKET_RENAME,   "rename",          NULL, "pp",    ACT_RENAME, .run = op_rename,
	    .existing = ACT_RENAME_OVER, .rule = rule_move, .event = "rename" },
	{ PACKET_READLINK, "readlink",        NULL, "p",     ACT_LIST, .run = op_readlink },
	/* The text comes first: OpenSSH's order, which clients rely on. */
	{ PACKET_SYMLINK,  "symlink",         NULL, "tp",    ACT_SYMLINK, .run = op_symlink,
	    .rule = rule_symlink, .event = "symlink" },
	{ EXT, AT_OPENSSH("posix-rename"),    "1",  "pp",    ACT_RENAME, .run = op_posix_rename,
	    .existing = ACT_RENAME_OVER, .rule = rule_move, .event = "rename" },
	{ EXT, AT_OPENSSH("statvfs"),         "2",  "p",     ACT_STAT, .run = op_statvfs },
	{ EXT, AT_OPENSSH("fstatvfs"),        "2",  "h",     ACT_STAT, .run = op_fstatvfs },
	{ EXT, AT_OPENSSH("hardlink"),        "1",  "pp",    ACT_LINK, .run = op_hardlink,
	    .rule = rule_hardlink, .event = "link" },
	{ EXT, AT_OPENSSH("fsync"),           "1",  "h",     0, .run = op_fsync },
	{ EXT, AT_OPENSSH("lsetstat"),        "1",  "pa",    0, .run = op_lsetstat,
	    .needs_of = needs_attrs, .event = "setstat" },
	{ EXT, AT_OPENSSH("limits"),          "1",  "",      0, .run = op_limits },
	{ EXT, AT_OPENSSH("expand-path"),     "1",  "s",     ACT_STAT, .run = op_expand_path },
	{ EXT, "copy-data",                   "1",  "hooho", ACT_READ | ACT_CREATE, .run = op_copy_data },
	{ EXT, "home-directory",              "1",  "s",     ACT_STAT, .run = op_home_directory },
	{ EXT, AT_OPENSSH("users-groups-by-id"), "1", "ss",  ACT_STAT, .run = op_users_groups },
	/* draft-ietf-secsh-filexfer-extensions-00; WinSCP, ProFTPD */
	{ EXT, "copy-file",                   "1",  "ppb",   ACT_READ | ACT_CREATE, .run = op_copy_file,
	    .existing = ACT_WRITE, .event = "copy" },
	{ EXT, "check-file",                  "1",  "hsoou", ACT_READ, .run = op_check_file },
	{ EXT, "check-file-handle",           NULL, "hsoou", ACT_READ, .run = op_check_handle },
	{ EXT, "check-file-name",             NULL, "psoou", ACT_READ, .run = op_check_name },
	{ EXT, "space-available",             "1",  "p",     ACT_STAT, .run = op_space_available },
	{ EXT, "vendor-id",                   "",   "",      0, .run = op_vendor_id },
	{ .name = NULL },
};
// clang-format on

_Static_assert(sizeof(request_rows) / sizeof(request_rows[0]) <= 64,
    "more rows than sftp->closed has bits");

const struct request_row *
request_row_of(unsigned type, const struct slice *name)
{
	for (const struct request_row *row = request_rows; row->name != NULL;
	     row++) {
		if (row->type != type)
			continue;
		if (type != PACKET_EXTENDED ||
		    (strlen(row->name) == name->len &&
			memcmp(row->name, name->at, name->len) == 0))
			return row;
	}
	return NULL;
}
