/*
 * Only what is own is removed, renamed, replaced or opened to be changed;
 * also while another session gives the names to other objects.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include <cmocka.h>

#include "root/move.h"
#include "root/own_changes.h"
#include "root/private_names.h"
#include "root/upload.h"
#include "scratch.h"
#include "session/session.h"

static struct root root;
static struct own own;

/* --- what tmpfs of older kernels and small inodes of ext4 don't tell --- */

static bool tells_no_births;

int __real_statx(int fd, const char *path, int flags, unsigned wanted,
    struct statx *st);
int __wrap_statx(int fd, const char *path, int flags, unsigned wanted,
    struct statx *st);

int
__wrap_statx(int fd, const char *path, int flags, unsigned wanted,
    struct statx *st)
{
	int result = __real_statx(fd, path, flags, wanted, st);

	if (result == 0 && tells_no_births) {
		st->stx_mask &= ~STATX_BTIME;
		st->stx_btime = (struct statx_timestamp){ 0 };
	}
	return result;
}

/* --- what others do in the midst of a change --------------------------------
 */

static void (*before_move)(void);       /* once */
static void (*between_exchanges)(void); /* of the two, the second is the way
					 * back */
static int exchanges;

int __real_move_exchange(struct root *at_root, int from, const char *from_name,
    int to, const char *to_name);
int __wrap_move_exchange(struct root *at_root, int from, const char *from_name,
    int to, const char *to_name);
int __real_move_over(int from, const char *from_name, int to,
    const char *to_name);
int __wrap_move_over(int from, const char *from_name, int to,
    const char *to_name);

static void
act_before_move(void)
{
	void (*act)(void) = before_move;

	before_move = NULL;
	if (act != NULL)
		act();
}

int
__wrap_move_exchange(struct root *at_root, int from, const char *from_name,
    int to, const char *to_name)
{
	act_before_move();
	if (exchanges++ == 1 && between_exchanges != NULL)
		between_exchanges();
	return __real_move_exchange(at_root, from, from_name, to, to_name);
}

int
__wrap_move_over(int from, const char *from_name, int to, const char *to_name)
{
	act_before_move();
	return __real_move_over(from, from_name, to, to_name);
}

/* --- the world --- */

static bool
holds(const char *path, const char *text)
{
	return access(path, R_OK) == 0 && strcmp(scratch_text(path), text) == 0;
}

static struct relpath
at(const char *raw)
{
	struct relpath path;

	assert_int_equal(relpath_parse(&path, raw, strlen(raw), NULL), 0);
	return path;
}

/* Old things, a pause, the session, new things. */
static int
setup(void **state)
{
	const struct timespec pause = { 0, 50 * 1000 * 1000 };
	struct session session = { .uid = geteuid() };

	(void)state;
	if (scratch_make(0700) != 0 || mkdir("olddir", 0755) != 0 ||
	    root_open(&root, ".", false) != 0)
		return -1;
	scratch_put("old", "old", 0644);
	scratch_put("olddir/f", "old", 0644);
	if (symlink("old", "oldlink") != 0 || nanosleep(&pause, NULL) != 0)
		return -1;
	clock_gettime(CLOCK_REALTIME_COARSE, &session.started);
	clock_gettime(CLOCK_MONOTONIC, &session.started_steady);
	own_init(&own, &session, 3600, &root);
	scratch_put("new", "new", 0644);
	scratch_put("new2", "new2", 0644);
	return mkdir("newdir", 0755);
}

static int
teardown(void **state)
{
	tells_no_births = false;
	before_move = between_exchanges = NULL;
	own_free(&own);
	root_close(&root);
	return scratch_remove(state);
}

static void
denied(int result)
{
	assert_int_equal(result, -1);
	assert_int_equal(errno, EPERM);
}

static int
unlink_own(const char *path)
{
	struct relpath p = at(path);

	return root_own_unlink(&root, &p, &own);
}

static int
rmdir_own(const char *path)
{
	struct relpath p = at(path);

	return root_own_rmdir(&root, &p, &own);
}

static int
rename_own(const char *from, const char *to)
{
	struct relpath f = at(from), t = at(to);

	return root_own_rename(&root, &f, &t, &own);
}

static int
mkdir_own(const char *path)
{
	struct relpath p = at(path);

	return root_own_mkdir(&root, &p, 0755, &own);
}

static int
symlink_own(const char *path)
{
	struct relpath p = at(path);

	return root_own_symlink(&root, "old", &p, &own);
}

static int
replace_own(const char *from, const char *to)
{
	struct relpath f = at(from), t = at(to);

	return root_own_replace(&root, &f, &t, &own);
}

static void
own_things_are_removed_and_others_are_not(void **state)
{
	(void)state;
	assert_int_equal(unlink_own("new"), 0);
	assert_int_equal(access("new", F_OK), -1);
	assert_int_equal(rmdir_own("newdir"), 0);
	assert_int_equal(access("newdir", F_OK), -1);
	assert_int_equal(symlink("old", "newlink"), 0);
	assert_int_equal(unlink_own("newlink"), 0);
	denied(unlink_own("old"));
	denied(unlink_own("oldlink"));
	denied(rmdir_own("olddir"));
	assert_true(holds("oldlink", "old"));
	assert_int_equal(unlink_own("none"), -1);
	assert_int_equal(errno, ENOENT);
	assert_int_equal(mkdir("newdir", 0755), 0);
	assert_int_equal(unlink_own("newdir"), -1);
	assert_int_equal(errno, EISDIR);
	assert_int_equal(rmdir_own("new2"), -1);
	assert_int_equal(errno, ENOTDIR);
	scratch_put("newdir/f", "f", 0644);
	assert_int_equal(rmdir_own("newdir"), -1);
	assert_int_equal(errno, ENOTEMPTY);
}

static void
own_things_are_renamed_and_others_are_not(void **state)
{
	(void)state;
	assert_int_equal(rename_own("new", "newdir/moved"), 0);
	assert_true(holds("newdir/moved", "new"));
	assert_int_equal(rename_own("newdir", "dir"), 0);
	assert_true(holds("dir/moved", "new"));
	denied(rename_own("old", "moved"));
	denied(rename_own("olddir", "moved"));
	assert_true(holds("old", "old"));
	assert_int_equal(access("moved", F_OK), -1);
	assert_int_equal(rename_own("new2", "old"), -1);
	assert_int_equal(errno, EEXIST);
	assert_true(holds("new2", "new2"));
}

static void
only_own_things_are_replaced_by_own_things(void **state)
{
	(void)state;
	assert_int_equal(replace_own("new", "free"), 0);
	assert_true(holds("free", "new"));
	assert_int_equal(replace_own("new2", "free"), 0);
	assert_true(holds("free", "new2"));
	assert_int_equal(access("new2", F_OK), -1);
	denied(replace_own("free", "old"));
	denied(replace_own("old", "free"));
	denied(replace_own("old", "elsewhere"));
	denied(replace_own("free", "oldlink"));
	assert_true(holds("old", "old") && holds("free", "new2"));
	assert_true(holds("oldlink", "old"));
	assert_int_equal(link("free", "same"), 0);
	assert_int_equal(replace_own("free", "same"), 0);
	assert_true(holds("free", "new2") && holds("same", "new2"));
	assert_int_equal(mkdir("other", 0755), 0);
	assert_int_equal(replace_own("newdir", "other"), 0);
	assert_int_equal(replace_own("free", "other"), -1);
	assert_int_equal(errno, EISDIR);
	denied(replace_own("other", "olddir"));
	assert_true(holds("olddir/f", "old") && holds("free", "new2"));
}

static void
a_link_to_an_old_file_is_as_old(void **state)
{
	(void)state;
	assert_int_equal(link("old", "alias"), 0);
	denied(unlink_own("alias"));
	denied(replace_own("new", "alias"));
	assert_true(holds("alias", "old"));
}

static int
open_own(const char *path, int flags)
{
	struct relpath p = at(path);

	return root_own_open(&root, &p, flags, 0644, &own);
}

static void
only_own_files_are_opened_to_be_changed(void **state)
{
	static const int flags[] = { O_WRONLY, O_RDWR, O_WRONLY | O_TRUNC,
		O_WRONLY | O_CREAT, O_WRONLY | O_CREAT | O_TRUNC,
		O_RDONLY | O_TRUNC, O_WRONLY | O_APPEND };

	(void)state;
	for (size_t i = 0; i < sizeof(flags) / sizeof(*flags); i++) {
		denied(open_own("old", flags[i]));
		denied(open_own("oldlink", flags[i]));
		denied(open_own("olddir/f", flags[i]));
	}
	assert_true(holds("old", "old") && holds("olddir/f", "old"));
	for (size_t i = 0; i < 5; i++) {
		int fd = open_own("new", flags[i]);

		assert_true(fd >= 0);
		close(fd);
		assert_true(holds("new", flags[i] & O_TRUNC ? "" : "new"));
		scratch_put("new", "new", 0644);
	}
	assert_int_equal(open_own("new", O_WRONLY | O_CREAT | O_EXCL), -1);
	assert_int_equal(errno, EEXIST);
	int fd = open_own("made", O_WRONLY | O_CREAT | O_TRUNC);

	assert_true(fd >= 0);
	close(fd);
}

/* Exchanges two names until it is killed. */
static pid_t
start_swapper(const char *a, const char *b)
{
	pid_t pid = fork();

	assert_true(pid >= 0);
	if (pid > 0)
		return pid;
	for (;;)
		renameat2(AT_FDCWD, a, AT_FDCWD, b, RENAME_EXCHANGE);
}

static void
stop(pid_t pid)
{
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
}

/* A number may be used again; a file that is held open keeps its own. */
static bool
is_still_there(int held)
{
	struct stat st;

	assert_int_equal(fstat(held, &st), 0);
	close(held);
	return st.st_nlink == 1;
}

/* Whichever of the two names is free now gets an own file. */
static void
refill(const char *a, const char *b)
{
	const char *const names[] = { a, b };

	for (int i = 0; i < 2; i++) {
		int fd = open(names[i], O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC,
		    0644);

		if (fd >= 0)
			close(fd);
	}
}

static void
a_raced_removal_never_hits_what_is_old(void **state)
{
	int victim = open("old", O_PATH | O_CLOEXEC);
	pid_t pid = start_swapper("old", "new");
	int removed = 0;

	(void)state;
	for (int i = 0; i < 4000; i++) {
		if (unlink_own("new") == 0)
			removed++;
		refill("old", "new");
	}
	stop(pid);
	assert_true(removed > 0);
	assert_true(is_still_there(victim));
}

static void
a_raced_replacement_never_hits_what_is_old(void **state)
{
	int victim = open("old", O_PATH | O_CLOEXEC);
	pid_t pid = start_swapper("old", "new");
	int replaced = 0;

	(void)state;
	for (int i = 0; i < 4000; i++) {
		scratch_put("source", "source", 0644);
		replaced += replace_own("source", "new") == 0;
		refill("old", "new");
	}
	stop(pid);
	assert_true(replaced > 0);
	assert_true(is_still_there(victim));
}

static void
give_new_to_old(void)
{
	assert_int_equal(renameat2(AT_FDCWD, "new", AT_FDCWD, "old",
			     RENAME_EXCHANGE),
	    0);
}

static void
remove_new(void)
{
	assert_int_equal(unlink("new"), 0);
}

static void
give_new_to_another(void)
{
	assert_int_equal(renameat2(AT_FDCWD, "new", AT_FDCWD, "olddir/f",
			     RENAME_EXCHANGE),
	    0);
}

/* An upload whose name another one has when it is whole; ends it. */
static void
upload_to_new(void)
{
	struct relpath path = at("new");
	struct root_upload upload;

	assert_int_equal(root_upload_begin(&root, &upload, &path, O_WRONLY,
			     0644),
	    0);
	exchanges = 0;
	before_move = give_new_to_old;
	assert_int_equal(root_upload_publish(&root, &upload, REPLACE_OWN, &own),
	    -1);
	assert_int_equal(errno, EEXIST);
	root_upload_drop(&upload);
	between_exchanges = NULL;
	assert_int_equal(exchanges, 2);
}

/*
 * The upload has taken an old file's name by mistake, and its own name is gone
 * before it can give that back.
 */
static void
an_upload_that_loses_its_name_takes_nothing_with_it(void **state)
{
	int victim = open("old", O_PATH | O_CLOEXEC);
	int other = open("olddir/f", O_PATH | O_CLOEXEC);

	(void)state;
	between_exchanges = remove_new;
	upload_to_new();
	assert_true(is_still_there(victim));
	assert_true(holds("new", "old"));
	assert_true(is_still_there(other));
}

static void
an_upload_whose_name_is_given_away_takes_nothing_with_it(void **state)
{
	int victim = open("old", O_PATH | O_CLOEXEC);
	int other = open("olddir/f", O_PATH | O_CLOEXEC);

	(void)state;
	between_exchanges = give_new_to_another;
	upload_to_new();
	assert_true(is_still_there(victim));
	assert_true(is_still_there(other));
}

/* Both names of directories are files' by the time of the rename. */
static void
give_directories_names_to_files(void)
{
	assert_int_equal(rename("newdir", "aside"), 0);
	assert_int_equal(rename("other", "aside2"), 0);
	assert_int_equal(rename("new", "newdir"), 0);
	assert_int_equal(rename("old", "other"), 0);
}

static void
no_file_is_replaced_in_a_directorys_place(void **state)
{
	int victim = open("old", O_PATH | O_CLOEXEC);

	(void)state;
	assert_int_equal(mkdir("other", 0755), 0);
	before_move = give_directories_names_to_files;
	assert_int_equal(replace_own("newdir", "other"), -1);
	assert_int_equal(errno, ENOTDIR);
	assert_true(before_move == NULL);
	assert_true(holds("other", "old") && holds("newdir", "new"));
	assert_true(is_still_there(victim));
}

static void
private_names_are_told_apart(void **state)
{
	char a[PRIVATE_BYTES], b[PRIVATE_BYTES], path[64];

	(void)state;
	assert_int_equal(private_name(a, PRIVATE_UPLOAD, 0x12ab), 0);
	assert_int_equal(private_name(b, PRIVATE_UPLOAD, 0x12ab), 0);
	assert_string_not_equal(a, b);
	assert_true(private_is(a) && private_is_kind(a, PRIVATE_UPLOAD));
	assert_false(private_is_kind(a, PRIVATE_REMOVED));
	assert_true(private_has_mark(a, 0x12ab));
	assert_false(private_has_mark(a, 0x12ac));
	assert_false(private_has_mark(".filesonly.u", 0));
	assert_false(private_has_mark(".filesonly.", 0));
	assert_false(private_is("filesonly.u") || private_is(".filesonly"));
	snprintf(path, sizeof(path), "a/%s/b", a);
	assert_true(private_in_path(path) && private_in_path(a));
	assert_false(
	    private_in_path("a/b") || private_in_path("x.filesonly.u"));
	assert_true(private_in_path("x.filesonly.u/.filesonly.u"));
}

static void
what_was_made_is_own_where_no_birth_is_told(void **state)
{
	(void)state;
	tells_no_births = true;
	denied(unlink_own("new"));
	denied(rmdir_own("newdir"));
	assert_int_equal(mkdir_own("made"), 0);
	assert_int_equal(rename_own("made", "named"), 0);
	assert_int_equal(rmdir_own("named"), 0);
	assert_int_equal(symlink_own("link"), 0);
	assert_int_equal(unlink_own("link"), 0);
	denied(unlink_own("oldlink"));
}

#define TEST(claim) cmocka_unit_test_setup_teardown(claim, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(own_things_are_removed_and_others_are_not),
		TEST(own_things_are_renamed_and_others_are_not),
		TEST(only_own_things_are_replaced_by_own_things),
		TEST(a_link_to_an_old_file_is_as_old),
		TEST(only_own_files_are_opened_to_be_changed),
		TEST(what_was_made_is_own_where_no_birth_is_told),
		TEST(a_raced_removal_never_hits_what_is_old),
		TEST(a_raced_replacement_never_hits_what_is_old),
		TEST(an_upload_that_loses_its_name_takes_nothing_with_it),
		TEST(an_upload_whose_name_is_given_away_takes_nothing_with_it),
		TEST(no_file_is_replaced_in_a_directorys_place),
		cmocka_unit_test(private_names_are_told_apart),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
