/*
 * Free directories of create-only: below them all may be changed; over their
 * border nothing gets that could change what is outside, whatever names are
 * given to other objects meanwhile.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <sched.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/fsuid.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include <cmocka.h>

#include "child.h"
#include "policy/policy.h"
#include "root/free_names.h"
#include "root/own_changes.h"
#include "root/own_names.h"
#include "root/private_names.h"
#include "scratch.h"
#include "session/session.h"

static struct root root;
static struct own own;
static struct policy policy;

/* A session in which nothing that is there is own. */
static void
begin(struct own *begun, const char *free)
{
	const struct session session = { .uid = geteuid() };
	char room[256];
	struct buf error;

	buf_init(&error, room, sizeof(room));
	policy_free(&policy);
	policy_init(&policy);
	policy.mode = MODE_CREATE_ONLY;
	assert_int_equal(policy_set(&policy, "free", free, &error), 0);
	own_init(begun, &session, 3600, &root);
	begun->ignores_births = true;
	own_set_free(begun, &policy);
}

static int
set_up(void **state)
{
	(void)state;
	if (scratch_make(0700) != 0 || mkdir("free", 0755) != 0 ||
	    mkdir("free/sub", 0755) != 0 || mkdir("free/empty", 0755) != 0 ||
	    mkdir("out", 0755) != 0 || mkdir("out/dir", 0755) != 0 ||
	    root_open(&root, ".", false) != 0)
		return -1;
	scratch_put("free/f", "free", 0644);
	scratch_put("free/sub/f", "free", 0644);
	scratch_put("out/f", "out", 0644);
	scratch_put("out/dir/f", "out", 0644);
	begin(&own, "free");
	return 0;
}

static int
tear_down(void **state)
{
	own_free(&own);
	policy_free(&policy);
	root_close(&root);
	return scratch_remove(state);
}

static struct relpath
at(const char *raw)
{
	struct relpath path;

	assert_int_equal(relpath_parse(&path, raw, strlen(raw), NULL), 0);
	return path;
}

static int
unlink_it(const char *path)
{
	struct relpath p = at(path);

	return root_own_unlink(&root, &p, &own);
}

static int
rmdir_it(const char *path)
{
	struct relpath p = at(path);

	return root_own_rmdir(&root, &p, &own);
}

static int
mkdir_it(const char *path)
{
	struct relpath p = at(path);

	return root_own_mkdir(&root, &p, 0755, &own);
}

static int
rename_it(const char *from, const char *to)
{
	struct relpath f = at(from), t = at(to);

	return root_own_rename(&root, &f, &t, &own);
}

static int
replace_it(const char *from, const char *to)
{
	struct relpath f = at(from), t = at(to);

	return root_own_replace(&root, &f, &t, &own);
}

static int
link_it(const char *from, const char *to)
{
	struct relpath f = at(from), t = at(to);

	return root_own_link(&root, &f, &t, &own);
}

static int
open_as(struct own *session, const char *path, int flags)
{
	struct relpath p = at(path);

	return root_own_open(&root, &p, flags, 0644, session);
}

static int
write_it(const char *path, int flags)
{
	int fd = open_as(&own, path, flags);

	if (fd < 0)
		return -1;
	assert_int_equal(write(fd, "new", 3), 3);
	return close(fd);
}

static bool
may_change(const char *path)
{
	struct relpath p = at(path);
	int fd = root_pin(&root, &p, NO_FOLLOW);
	bool may;

	assert_true(fd >= 0);
	may = own_may_change(&own, fd);
	close(fd);
	return may;
}

static int
swap_it(const char *from_dir, const char *from, const char *to_dir,
    const char *to)
{
	int a = open(from_dir, O_PATH | O_DIRECTORY | O_CLOEXEC);
	int b = open(to_dir, O_PATH | O_DIRECTORY | O_CLOEXEC);
	int result = own_swap_at(&own, a, from, b, to);
	int error = errno;

	close(a);
	close(b);
	errno = error;
	return result;
}

static bool
holds(const char *path, const char *text)
{
	return access(path, R_OK) == 0 && strcmp(scratch_text(path), text) == 0;
}

static void
denied(int result)
{
	assert_int_equal(result, -1);
	assert_int_equal(errno, EPERM);
}

static void
is_taken(int result)
{
	assert_int_equal(result, -1);
	assert_int_equal(errno, EEXIST);
}

static void
below_them_all_is_changed_and_elsewhere_nothing(void **state)
{
	(void)state;
	denied(unlink_it("out/f"));
	denied(rmdir_it("out/dir"));
	denied(rename_it("out/f", "out/g"));
	denied(replace_it("out/f", "out/dir/f"));
	denied(write_it("out/f", O_WRONLY));
	denied(write_it("out/f", O_WRONLY | O_CREAT | O_TRUNC));
	denied(swap_it("out", "f", "out/dir", "f"));
	assert_false(may_change("out/f") || may_change("out/dir"));

	assert_true(may_change("free/f") && may_change("free/sub"));
	assert_true(may_change("free/sub/f"));
	assert_int_equal(write_it("free/f", O_WRONLY), 0);
	assert_true(holds("free/f", "newe"));
	assert_int_equal(write_it("free/f", O_WRONLY | O_CREAT | O_TRUNC), 0);
	assert_true(holds("free/f", "new"));
	assert_int_equal(swap_it("free", "f", "free/sub", "f"), 0);
	assert_true(holds("free/f", "free") && holds("free/sub/f", "new"));
	is_taken(rename_it("free/f", "free/sub/f"));
	assert_int_equal(replace_it("free/f", "free/sub/f"), 0);
	assert_true(holds("free/sub/f", "free"));
	assert_int_equal(rename_it("free/sub/f", "free/f"), 0);
	assert_int_equal(rename_it("free/sub", "free/sub2"), 0);
	assert_int_equal(replace_it("free/sub2", "free/empty"), 0);
	assert_int_equal(unlink_it("free/f"), 0);
	assert_int_equal(rmdir_it("free/empty"), 0);
	assert_true(holds("out/f", "out") && holds("out/dir/f", "out"));
}

/* Not the free directory, nor its name. */
static void
the_directory_itself_is_not_free(void **state)
{
	(void)state;
	assert_false(may_change("free"));
	denied(rename_it("free", "other"));
	denied(rename_it("free", "out/other"));
	assert_int_equal(unlink_it("free/f"), 0);
	assert_int_equal(unlink_it("free/sub/f"), 0);
	assert_int_equal(rmdir_it("free/sub"), 0);
	assert_int_equal(rmdir_it("free/empty"), 0);
	denied(rmdir_it("free"));
	assert_int_equal(access("free", F_OK), 0);
}

static void
a_file_leaves_once_and_is_protected_then(void **state)
{
	(void)state;
	is_taken(rename_it("free/f", "out/f"));
	is_taken(replace_it("free/f", "out/f"));
	assert_int_equal(rename_it("free/f", "out/left"), 0);
	assert_true(holds("out/left", "free") && holds("out/f", "out"));
	assert_int_equal(access("free/f", F_OK), -1);
	assert_int_equal(replace_it("free/sub/f", "out/left2"), 0);
	denied(unlink_it("out/left"));
	denied(rename_it("out/left", "free/f"));
	denied(write_it("out/left", O_WRONLY));
	denied(unlink_it("out/left2"));
	assert_false(may_change("out/left"));
}

static void
what_was_made_there_stays_own_when_it_leaves(void **state)
{
	(void)state;
	assert_int_equal(write_it("free/made", O_WRONLY | O_CREAT), 0);
	assert_int_equal(rename_it("free/made", "out/made"), 0);
	assert_true(may_change("out/made"));
	assert_int_equal(unlink_it("out/made"), 0);
}

static void
nothing_that_is_open_for_writing_leaves(void **state)
{
	int held = open_as(&own, "free/f", O_WRONLY);

	(void)state;
	assert_true(held >= 0);
	assert_int_equal(rename_it("free/f", "out/left"), -1);
	assert_int_equal(errno, EBUSY);
	assert_int_equal(access("out/left", F_OK), -1);
	close(held);
	held = open("free/f", O_RDONLY | O_CLOEXEC);
	assert_int_equal(rename_it("free/f", "out/left"), 0);
	close(held);
}

static void
nothing_that_is_held_leaves(void **state)
{
	auto_fd int pinned = open("free/f", O_PATH | O_NOFOLLOW | O_CLOEXEC);
	auto_fd int held = -1;

	(void)state;
	assert_int_equal(own_hold(&own, pinned, &held), 0);
	assert_int_equal(root_chmod_pinned(&root, pinned, 0400), 0);
	assert_int_equal(rename_it("free/f", "out/left"), -1);
	assert_int_equal(errno, EBUSY);
	assert_int_equal(access("out/left", F_OK), -1);
	auto_close_fd(&held);
	/* A file that may not be written to is held likewise. */
	assert_int_equal(own_hold(&own, pinned, &held), 0);
	assert_int_equal(rename_it("free/f", "out/left"), -1);
	auto_close_fd(&held);
	assert_int_equal(rename_it("free/f", "out/left"), 0);
	denied(own_hold(&own, pinned, &held));
	assert_int_equal(held, -1);
}

/* Any number may hold a file; directories and the like need not be held. */
static void
what_can_not_leave_need_not_be_held(void **state)
{
	auto_fd int file = open("free/f", O_PATH | O_NOFOLLOW | O_CLOEXEC);
	auto_fd int sub = open("free/sub", O_PATH | O_CLOEXEC);
	auto_fd int outside = open("out/f", O_PATH | O_CLOEXEC);
	auto_fd int held = -1, second = -1, none = -1;

	(void)state;
	assert_int_equal(own_hold(&own, file, &held), 0);
	assert_int_equal(own_hold(&own, file, &second), 0);
	assert_true(held >= 0 && second >= 0);
	assert_int_equal(own_hold(&own, sub, &none), 0);
	assert_int_equal(none, -1);
	denied(own_hold(&own, outside, &none));
}

/* own_hold's error, or 0, for somebody whom modes bind: not for root. */
static int
hold_as_owner(int pinned, int *held)
{
	bool is_root = geteuid() == 0;
	int error;

	if (is_root) {
		assert_int_equal(chmod(".", 0711), 0);
		assert_int_equal(chmod("free", 0711), 0);
		assert_int_equal(fchownat(pinned, "", NOBODY, NOBODY,
				     AT_EMPTY_PATH),
		    0);
		setfsuid(NOBODY);
	}
	error = own_hold(&own, pinned, held) == 0 ? 0 : errno;
	if (is_root) {
		setfsuid(0);
		assert_int_equal(prctl(PR_SET_DUMPABLE, 1, 0, 0, 0), 0);
	}
	return error;
}

/* What may be neither read nor written to could be changed by others to what
 * may leave. */
static void
what_can_not_be_opened_is_not_held(void **state)
{
	auto_fd int pinned = open("free/f", O_PATH | O_NOFOLLOW | O_CLOEXEC);
	auto_fd int held = -1;

	(void)state;
	assert_int_equal(chmod("free/f", 0200), 0);
	assert_int_equal(hold_as_owner(pinned, &held), 0);
	auto_close_fd(&held);
	assert_int_equal(chmod("free/f", 0), 0);
	assert_int_equal(hold_as_owner(pinned, &held), EACCES);
}

static void
only_files_leave(void **state)
{
	(void)state;
	assert_int_equal(symlink("f", "free/link"), 0);
	assert_int_equal(mkfifo("free/fifo", 0644), 0);
	denied(rename_it("free/link", "out/link"));
	denied(rename_it("free/fifo", "out/fifo"));
	denied(rename_it("free/sub", "out/sub"));
	denied(replace_it("free/empty", "out/empty"));
	assert_int_equal(mkdir_it("free/mine"), 0);
	denied(rename_it("free/mine", "out/mine"));
	denied(swap_it("free", "f", "out", "f"));
	assert_true(holds("out/f", "out") && holds("free/f", "free"));
}

static void
only_own_files_enter(void **state)
{
	(void)state;
	denied(rename_it("out/f", "free/g"));
	denied(replace_it("out/f", "free/f"));
	denied(rename_it("out/dir", "free/dir"));
	assert_int_equal(mkdir_it("out/mine"), 0);
	assert_int_equal(write_it("out/own", O_WRONLY | O_CREAT), 0);
	denied(rename_it("out/mine", "free/mine"));
	denied(replace_it("out/mine", "free/empty"));
	denied(swap_it("out", "own", "free", "f"));
	is_taken(rename_it("out/own", "free/f"));
	assert_true(holds("out/own", "new") && holds("free/f", "free"));
	assert_int_equal(rename_it("out/own", "free/own"), 0);
	assert_true(holds("free/own", "new"));
	assert_int_equal(write_it("out/own", O_WRONLY | O_CREAT), 0);
	is_taken(replace_it("out/own", "free/f"));
	assert_true(holds("free/f", "free"));
	assert_int_equal(replace_it("out/own", "free/own2"), 0);
	assert_true(holds("free/own2", "new"));
	assert_int_equal(access("out/own", F_OK), -1);
	assert_true(holds("out/f", "out") && holds("out/dir/f", "out"));
}

static void
no_hard_link_crosses_the_border(void **state)
{
	(void)state;
	denied(link_it("out/f", "free/g"));
	denied(link_it("free/f", "out/g"));
	assert_int_equal(write_it("out/own", O_WRONLY | O_CREAT), 0);
	denied(link_it("out/own", "free/own"));
	assert_int_equal(link_it("out/f", "out/g"), 0);
	assert_int_equal(link_it("free/f", "free/g"), 0);
	assert_int_equal(link_it("free/f", "free/sub/g"), 0);
	assert_true(holds("free/sub/g", "free"));
}

/* Made by whoever is not held to create-only. */
static void
a_file_with_a_second_name_is_protected(void **state)
{
	(void)state;
	assert_int_equal(link("out/f", "free/alias"), 0);
	assert_false(may_change("free/alias"));
	denied(write_it("free/alias", O_WRONLY));
	denied(write_it("free/alias", O_WRONLY | O_CREAT | O_TRUNC));
	assert_true(holds("out/f", "out"));
	assert_int_equal(unlink_it("free/alias"), 0);
	assert_true(holds("out/f", "out"));
}

/* A program may take a name away between two looks at what it pinned. */
static void
what_has_lost_its_name_lies_neither_in_nor_out(void **state)
{
	auto_fd int in = open("free/f", O_PATH | O_NOFOLLOW | O_CLOEXEC);
	auto_fd int out = open("out/f", O_PATH | O_NOFOLLOW | O_CLOEXEC);

	(void)state;
	assert_true(free_dirs_lead_to(&own.free, &root, in));
	assert_false(free_dirs_lead_elsewhere(&own.free, &root, in));
	assert_false(free_dirs_lead_to(&own.free, &root, out));
	assert_true(free_dirs_lead_elsewhere(&own.free, &root, out));
	assert_int_equal(link("free/f", "free/second"), 0);
	assert_int_equal(unlink("free/f"), 0);
	assert_false(free_dirs_lead_to(&own.free, &root, in));
	assert_false(free_dirs_lead_elsewhere(&own.free, &root, in));
	assert_int_equal(unlink("out/f"), 0);
	assert_false(free_dirs_lead_elsewhere(&own.free, &root, out));
}

static void
symlinks_lead_out_of_freedom(void **state)
{
	(void)state;
	assert_int_equal(symlink("../out/f", "free/link"), 0);
	assert_int_equal(symlink("../out", "free/linkdir"), 0);
	denied(write_it("free/link", O_WRONLY));
	denied(write_it("free/link", O_WRONLY | O_CREAT | O_TRUNC));
	denied(write_it("free/linkdir/f", O_WRONLY));
	denied(unlink_it("free/linkdir/f"));
	denied(rename_it("free/linkdir/f", "free/g"));
	denied(rmdir_it("free/linkdir/dir"));
	assert_true(holds("out/f", "out"));
	assert_int_equal(unlink_it("free/link"), 0);
	assert_int_equal(symlink("../free/f", "out/link"), 0);
	assert_int_equal(write_it("out/link", O_WRONLY), 0);
	denied(unlink_it("out/link"));
}

static void
our_private_names_are_not_free(void **state)
{
	char name[PRIVATE_BYTES], path[64];

	(void)state;
	assert_int_equal(private_name(name, PRIVATE_UPLOAD, 0), 0);
	snprintf(path, sizeof(path), "free/%s", name);
	scratch_put(path, "upload", 0644);
	denied(write_it(path, O_WRONLY));
	denied(unlink_it(path));
	denied(rename_it(path, "free/taken"));
}

/* It is the directory that is free, and not what has its name. */
static void
a_free_directory_stays_what_it_was(void **state)
{
	(void)state;
	assert_int_equal(rename("free", "moved"), 0);
	assert_int_equal(rename("out", "free"), 0);
	denied(write_it("free/f", O_WRONLY));
	denied(unlink_it("free/f"));
	assert_int_equal(write_it("moved/f", O_WRONLY), 0);
	assert_int_equal(unlink_it("moved/f"), 0);
	assert_true(holds("free/f", "out"));
}

static void
is_missing(const char *free, int error, const char *which)
{
	const char *missing = NULL;
	struct free_dirs dirs;

	own_free(&own);
	begin(&own, free);
	assert_int_equal(own.free.count, 0);
	errno = 0;
	assert_int_equal(free_dirs_open(&dirs, &root, &policy.free, &missing),
	    -1);
	assert_int_equal(errno, error);
	assert_string_equal(missing, which);
	denied(unlink_it("free/f"));
}

/* Else a directory in which others have files could take its place. */
static void
all_must_be_there(void **state)
{
	(void)state;
	assert_int_equal(unlink_it("free/f"), 0);
	scratch_put("free/f", "free", 0644);
	is_missing("free,locks", ENOENT, "locks");
	is_missing("locks,free", ENOENT, "locks");
	is_missing("free,out/f", ENOTDIR, "out/f");
}

static void
no_symlink_leads_to_a_free_directory(void **state)
{
	(void)state;
	assert_int_equal(symlink("out", "link"), 0);
	assert_int_equal(symlink("/", "top"), 0);
	is_missing("link", ELOOP, "link");
	is_missing("free,link/dir", ELOOP, "link/dir");
	is_missing("top/tmp", ELOOP, "top/tmp");
}

static void
in_other_modes_nothing_is_free(void **state)
{
	(void)state;
	own_free(&own);
	begin(&own, "free");
	free_dirs_close(&own.free);
	policy.mode = MODE_WRITE_ONLY;
	own_set_free(&own, &policy);
	denied(unlink_it("free/f"));
}

/* What a mount shows there lies elsewhere. */
static void
what_is_mounted_there_is_not_free(void **state)
{
	(void)state;
	if (geteuid() != 0 || unshare(CLONE_NEWNS) != 0 ||
	    mount(NULL, "/", NULL, MS_PRIVATE | MS_REC, NULL) != 0)
		skip();
	own_free(&own);
	root_close(&root);
	assert_int_equal(root_open(&root, ".", false), 0);
	begin(&own, "free");
	assert_int_equal(mount("out", "free/empty", NULL, MS_BIND, NULL), 0);
	assert_int_equal(mount("out/dir/f", "free/f", NULL, MS_BIND, NULL), 0);
	assert_int_equal(mount("free", "out/dir", NULL, MS_BIND, NULL), 0);
	denied(write_it("free/empty/f", O_WRONLY));
	denied(unlink_it("free/empty/f"));
	assert_false(may_change("free/empty"));
	denied(write_it("free/f", O_WRONLY));
	assert_false(may_change("free/f"));
	/* The free directory itself, wherever it is shown. */
	assert_int_equal(write_it("out/dir/sub/f", O_WRONLY), 0);
	assert_true(holds("out/f", "out"));
	assert_int_equal(umount2("out/dir", MNT_DETACH), 0);
	assert_true(holds("out/dir/f", "out"));
	assert_int_equal(umount2("free/f", MNT_DETACH), 0);
	assert_int_equal(umount2("free/empty", MNT_DETACH), 0);
}

/* Runs until it is ended. */
static pid_t
start(void (*act)(void))
{
	pid_t pid = fork();

	assert_true(pid >= 0);
	if (pid > 0)
		return pid;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	for (;;)
		act();
}

static void
stop(pid_t pid)
{
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
}

/* Of another session: one name is by turns all that could do harm. */
static void
flip_names(void)
{
	(void)!renameat2(AT_FDCWD, "free/x", AT_FDCWD, "free/link",
	    RENAME_EXCHANGE);
	(void)!renameat2(AT_FDCWD, "free/x", AT_FDCWD, "free/alias",
	    RENAME_EXCHANGE);
	(void)!renameat2(AT_FDCWD, "free/x", AT_FDCWD, "free/sub",
	    RENAME_EXCHANGE);
}

static bool
write_and_tell(const char *path, int flags)
{
	int fd = open_as(&own, path, flags);

	if (fd < 0)
		return false;
	assert_int_equal(write(fd, "hit", 3), 3);
	close(fd);
	return true;
}

/* What happens just before a file that was judged is opened. */
static void (*before_open)(void);

int __real_root_open_pinned(struct root *at_root, int pinned,
    const struct relpath *path, int flags);
int __wrap_root_open_pinned(struct root *at_root, int pinned,
    const struct relpath *path, int flags);

int
__wrap_root_open_pinned(struct root *at_root, int pinned,
    const struct relpath *path, int flags)
{
	if (before_open != NULL)
		before_open();
	return __real_root_open_pinned(at_root, pinned, path, flags);
}

/* What another session tries while a file leaves. */
static int meanwhile = -1;
static int while_it_left;

int __real_move_pinned(struct root *at_root, int pinned, int from,
    const char *from_name, int to, const char *to_name);
int __wrap_move_pinned(struct root *at_root, int pinned, int from,
    const char *from_name, int to, const char *to_name);

int
__wrap_move_pinned(struct root *at_root, int pinned, int from,
    const char *from_name, int to, const char *to_name)
{
	int held;

	if (meanwhile >= 0)
		while_it_left =
		    own_hold(&own, meanwhile, &held) == 0 ? 0 : errno;
	return __real_move_pinned(at_root, pinned, from, from_name, to,
	    to_name);
}

static void
nothing_is_held_while_it_leaves(void **state)
{
	auto_fd int pinned = open("free/f", O_PATH | O_NOFOLLOW | O_CLOEXEC);

	(void)state;
	meanwhile = pinned;
	assert_int_equal(rename_it("free/f", "out/left"), 0);
	meanwhile = -1;
	assert_int_equal(while_it_left, EBUSY);
}

static void
let_it_leave(void)
{
	assert_int_equal(rename_it("free/f", "out/left"), 0);
}

static void
let_it_be_linked(void)
{
	assert_int_equal(link("free/f", "out/left"), 0);
}

static void
what_leaves_before_it_is_opened_is_not_written_to(void **state)
{
	(void)state;
	before_open = let_it_leave;
	denied(write_it("free/f", O_WRONLY | O_TRUNC));
	before_open = NULL;
	assert_true(holds("out/left", "free"));
	assert_int_equal(unlink("out/left"), 0);
	scratch_put("free/f", "free", 0644);
	before_open = let_it_be_linked;
	denied(write_it("free/f", O_WRONLY | O_TRUNC));
	before_open = NULL;
	assert_true(holds("out/left", "free"));
	assert_int_equal(unlink("out/left"), 0);
	assert_int_equal(write_it("free/f", O_WRONLY | O_TRUNC), 0);
}

static void
names_that_flip_reach_nothing_outside(void **state)
{
	pid_t pid;
	int written = 0, left = 0;

	(void)state;
	scratch_put("free/x", "free", 0644);
	assert_int_equal(symlink("../out/f", "free/link"), 0);
	assert_int_equal(link("out/dir/f", "free/alias"), 0);
	pid = start(flip_names);
	for (int i = 0; i < 20000 && (i < 1000 || written == 0 || left == 0);
	     i++) {
		written += write_and_tell("free/x", O_WRONLY | O_TRUNC);
		assert_int_equal(link_it("free/x", "out/linked"), -1);
		if (rename_it("free/x", "out/left") == 0) {
			struct stat st;

			left++;
			assert_int_equal(lstat("out/left", &st), 0);
			assert_true(S_ISREG(st.st_mode));
			assert_int_equal(unlink("out/left"), 0);
			scratch_put("free/new", "free", 0644);
			(void)!renameat2(AT_FDCWD, "free/new", AT_FDCWD,
			    "free/x", RENAME_NOREPLACE);
		}
	}
	stop(pid);
	assert_true(written > 0 && left > 0);
	assert_true(holds("out/f", "out") && holds("out/dir/f", "out"));
	assert_int_equal(access("out/linked", F_OK), -1);
}

/* A hard link that the machine's administrator made, and its removal. */
static void
link_and_unlink(void)
{
	(void)!link("out/f", "free/alias");
	(void)!unlinkat(AT_FDCWD, "free/alias", 0);
}

/* Pins a file by a name that the kernel counts no more, but finds yet. */
static int
pin_half_gone(int file)
{
	struct stat st;
	int pinned;

	if (fstat(file, &st) != 0 || st.st_nlink != 1)
		return -1;
	pinned = open("free/alias", O_PATH | O_NOFOLLOW | O_CLOEXEC);
	if (pinned >= 0 && fstat(file, &st) == 0 && st.st_nlink == 1)
		return pinned;
	if (pinned >= 0)
		close(pinned);
	return -1;
}

/*
 * What is outside does not count as free while its second name, below a free
 * directory, is taken away. How often that instant is met, chance decides.
 */
static void
a_name_that_is_on_its_way_out_frees_nothing(void **state)
{
	auto_fd int file = open("out/f", O_PATH | O_CLOEXEC);
	int64_t end = fileset_now() + 500;
	pid_t pid = start(link_and_unlink);
	unsigned half_gone = 0;

	(void)state;
	while (half_gone < 5000 && fileset_now() < end) {
		auto_fd int pinned = pin_half_gone(file);

		if (pinned < 0)
			continue;
		half_gone++;
		assert_false(free_dirs_have(&own.free, &root, pinned));
	}
	stop(pid);
}

static struct own other;

/* Opens what it can, and writes to it as long as it can. */
static void
write_late(void)
{
	int fd = open_as(&other, "free/x", O_WRONLY);

	if (fd < 0)
		return;
	for (int i = 0; i < 20; i++) {
		if (pwrite(fd, "late", 4, 0) != 4)
			break;
	}
	close(fd);
}

/* What has left is as it was at that moment, whoever wanted to write to it. */
static void
nobody_writes_to_what_has_left(void **state)
{
	int left = 0;
	pid_t pid;

	(void)state;
	begin(&other, "free");
	scratch_put("free/x", "text", 0644);
	pid = start(write_late);
	for (int i = 0; i < 20000 && left < 200; i++) {
		int fd;

		if (rename_it("free/x", "out/left") != 0) {
			assert_int_equal(errno, EBUSY);
			continue;
		}
		left++;
		fd = open("out/left", O_WRONLY | O_CLOEXEC);
		assert_int_equal(pwrite(fd, "done", 4, 0), 4);
		close(fd);
		for (int looks = 0; looks < 20; looks++)
			assert_true(holds("out/left", "done"));
		assert_int_equal(unlink("out/left"), 0);
		scratch_put("free/x", "text", 0644);
	}
	stop(pid);
	own_free(&other);
	assert_true(left > 0);
}

#define FREE_TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		FREE_TEST(below_them_all_is_changed_and_elsewhere_nothing),
		FREE_TEST(the_directory_itself_is_not_free),
		FREE_TEST(a_file_leaves_once_and_is_protected_then),
		FREE_TEST(what_was_made_there_stays_own_when_it_leaves),
		FREE_TEST(nothing_that_is_open_for_writing_leaves),
		FREE_TEST(nothing_that_is_held_leaves),
		FREE_TEST(nothing_is_held_while_it_leaves),
		FREE_TEST(what_can_not_leave_need_not_be_held),
		FREE_TEST(what_can_not_be_opened_is_not_held),
		FREE_TEST(only_files_leave),
		FREE_TEST(only_own_files_enter),
		FREE_TEST(no_hard_link_crosses_the_border),
		FREE_TEST(a_file_with_a_second_name_is_protected),
		FREE_TEST(what_has_lost_its_name_lies_neither_in_nor_out),
		FREE_TEST(symlinks_lead_out_of_freedom),
		FREE_TEST(our_private_names_are_not_free),
		FREE_TEST(a_free_directory_stays_what_it_was),
		FREE_TEST(all_must_be_there),
		FREE_TEST(no_symlink_leads_to_a_free_directory),
		FREE_TEST(in_other_modes_nothing_is_free),
		FREE_TEST(what_leaves_before_it_is_opened_is_not_written_to),
		FREE_TEST(names_that_flip_reach_nothing_outside),
		FREE_TEST(a_name_that_is_on_its_way_out_frees_nothing),
		FREE_TEST(nobody_writes_to_what_has_left),
		FREE_TEST(what_is_mounted_there_is_not_free),
	};

	return cmocka_run_group_tests_name("free", tests, NULL, NULL);
}
