/*
 * Which notified call is carried out by which act, and where what it says
 * stands in its arguments.
 */
#include <fcntl.h>
#include <sys/syscall.h>

#include "broker/act.h"

#ifndef SYS_fchmodat2
#define SYS_fchmodat2 452 /* Linux 6.6, the same on every architecture */
#endif

#define NOFOLLOW AT_SYMLINK_NOFOLLOW

#define TIMES act_take_times, act_set_times
#define TIMES_COARSE act_take_times_coarse, act_set_times
#define SET_ATTRIBUTE act_take_attribute, act_set_attribute
#define REMOVE_ATTRIBUTE act_take_attribute_name, act_remove_attribute
#define GET_ATTRIBUTE act_take_attribute_name, act_get_attribute
#define LIST_ATTRIBUTES NULL, act_list_attributes

// clang-format off
static const struct act_row rows[] = {
	/* number          take, run           dir path what flags fixed kind */
#ifdef SYS_chmod /* not on newer architectures, nor those like it below */
	{ SYS_chmod,        NULL, act_set_mode,   -1,  0, 1, -1, 0, ACT_SETS },
	{ SYS_chown,        NULL, act_set_owner,  -1,  0, 1, -1, 0, ACT_SETS },
	{ SYS_lchown,       NULL, act_set_owner,  -1,  0, 1, -1, NOFOLLOW, ACT_SETS },
	{ SYS_utimes,       TIMES_COARSE,         -1,  0, 1, -1, 0, ACT_SETS },
	{ SYS_futimesat,    TIMES_COARSE,          0,  1, 2, -1, 0, ACT_SETS },
	{ SYS_rename,       NULL, act_rename,     -1,  0, 1, -1, 0, ACT_NAMES },
	{ SYS_unlink,       NULL, act_remove,     -1,  0, 1, -1, 0, ACT_NAMES },
	{ SYS_rmdir,        NULL, act_rmdir,      -1,  0, 1, -1, 0, ACT_NAMES },
	{ SYS_open,         NULL, act_open,       -1,  0, 2,  1, 0, ACT_NAMES },
	{ SYS_mkdir,        NULL, act_mkdir,      -1,  0, 1, -1, 0, ACT_NAMES },
	{ SYS_mknod,        NULL, act_mknod,      -1,  0, 1, -1, 0, ACT_NAMES },
	{ SYS_link,         NULL, act_link,       -1,  0, 1, -1, 0, ACT_NAMES },
	{ SYS_symlink,      NULL, act_symlink,    -1,  1, 0, -1, 0, ACT_NAMES },
#endif
#ifdef SYS_renameat
	{ SYS_renameat,     NULL, act_rename,      0,  1, 2, -1, 0, ACT_NAMES },
#endif
	{ SYS_renameat2,    NULL, act_rename,      0,  1, 2,  4, 0, ACT_NAMES },
	{ SYS_unlinkat,     NULL, act_remove,      0,  1, 2,  2, 0, ACT_NAMES },
	{ SYS_openat,       NULL, act_open,        0,  1, 3,  2, 0, ACT_NAMES },
	{ SYS_mkdirat,      NULL, act_mkdir,       0,  1, 2, -1, 0, ACT_NAMES },
	{ SYS_mknodat,      NULL, act_mknod,       0,  1, 2, -1, 0, ACT_NAMES },
	{ SYS_linkat,       NULL, act_link,        0,  1, 2,  4, 0, ACT_NAMES },
	{ SYS_symlinkat,    NULL, act_symlink,     1,  2, 0, -1, 0, ACT_NAMES },
	{ SYS_fchmodat,     NULL, act_set_mode,    0,  1, 2, -1, 0, ACT_SETS },
	{ SYS_fchmodat2,    NULL, act_set_mode,    0,  1, 2,  3, 0, ACT_SETS },
	{ SYS_fchownat,     NULL, act_set_owner,   0,  1, 2,  4, 0, ACT_SETS },
	{ SYS_utimensat,    TIMES,                 0,  1, 2,  3, 0, ACT_SETS },
	{ SYS_setxattr,     SET_ATTRIBUTE,        -1,  0, 1, -1, 0, ACT_SETS },
	{ SYS_lsetxattr,    SET_ATTRIBUTE,        -1,  0, 1, -1, NOFOLLOW, ACT_SETS },
	{ SYS_removexattr,  REMOVE_ATTRIBUTE,     -1,  0, 1, -1, 0, ACT_SETS },
	{ SYS_lremovexattr, REMOVE_ATTRIBUTE,     -1,  0, 1, -1, NOFOLLOW, ACT_SETS },
	/* of an open file */
	{ SYS_fchmod,       NULL, act_set_mode,    0, -1, 1, -1, 0, ACT_SETS },
	{ SYS_fchown,       NULL, act_set_owner,   0, -1, 1, -1, 0, ACT_SETS },
	{ SYS_fsetxattr,    SET_ATTRIBUTE,         0, -1, 1, -1, 0, ACT_SETS },
	{ SYS_fremovexattr, REMOVE_ATTRIBUTE,      0, -1, 1, -1, 0, ACT_SETS },
	/* notified where another process has the attributes */
	{ SYS_getxattr,     GET_ATTRIBUTE,        -1,  0, 1, -1, 0, ACT_READS },
	{ SYS_lgetxattr,    GET_ATTRIBUTE,        -1,  0, 1, -1, NOFOLLOW, ACT_READS },
	{ SYS_fgetxattr,    GET_ATTRIBUTE,         0, -1, 1, -1, 0, ACT_READS },
	{ SYS_listxattr,    LIST_ATTRIBUTES,      -1,  0, 1, -1, 0, ACT_READS },
	{ SYS_llistxattr,   LIST_ATTRIBUTES,      -1,  0, 1, -1, NOFOLLOW, ACT_READS },
	{ SYS_flistxattr,   LIST_ATTRIBUTES,       0, -1, 1, -1, 0, ACT_READS },
	/* notified where the client's list names what is looked at */
#ifdef SYS_lstat
	{ SYS_stat,         NULL, NULL,           -1,  0, 1, -1, 0, ACT_LOOKS },
	{ SYS_lstat,        NULL, NULL,           -1,  0, 1, -1, NOFOLLOW, ACT_LOOKS },
#endif
	{ SYS_newfstatat,   NULL, NULL,            0,  1, 2,  3, 0, ACT_LOOKS },
	{ SYS_statx,        NULL, NULL,            0,  1, 3,  2, 0, ACT_LOOKS },
};
// clang-format on

const struct act_row *
act_row_of(int number)
{
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		if (rows[i].number == number)
			return &rows[i];
	}
	return NULL;
}
