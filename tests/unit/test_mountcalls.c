/*
 * Mounts by descriptor, and what takes their place on an older kernel: each
 * in a namespace of a child's own.
 */
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <cmocka.h>

#include "confine/mountcalls.h"
#include "privatens.h"
#include "scratch.h"

enum { NR_MOUNT_SETATTR = 442, NR_OPEN_TREE = 428 };

/* tree/: a mount on "sub mount", a file in each; place/ */
static int
set_up(void **state)
{
	(void)state;
	return scratch_make(0700) != 0 || mkdir("tree", 0755) != 0 ||
		       mkdir("tree/sub mount", 0755) != 0
		   ? -1
		   : mkdir("place", 0755);
}

static int
tear_down(void **state)
{
	(void)state;
	return rmdir("tree/sub mount") != 0 || rmdir("tree") != 0 ||
		       rmdir("place") != 0
		   ? -1
		   : scratch_rmdir();
}

static bool
can_write(const char *directory)
{
	char path[128];
	int fd;

	snprintf(path, sizeof(path), "%s/new", directory);
	fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0644);
	if (fd < 0)
		return false;
	close(fd);
	return unlink(path) == 0;
}

static unsigned long
flags_of(const char *path)
{
	struct statvfs vfs;

	return statvfs(path, &vfs) == 0
		   ? vfs.f_flag & (ST_RDONLY | ST_NOSUID | ST_NODEV | ST_NOEXEC)
		   : 0;
}

/* A tree with a mount in it, copied to place/. Returns a step's number. */
static int
copy_tree(bool recursive)
{
	int fd;

	if (private_mounts() != 0)
		return PRIVATE_NOT_POSSIBLE;
	if (mount("tmpfs", "tree/sub mount", "tmpfs", 0, NULL) != 0)
		return 1;
	fd = mountcalls_clone("tree", recursive);
	if (fd < 0 || fcntl(fd, F_GETFD) != FD_CLOEXEC ||
	    mountcalls_attach(fd, "place") != 0)
		return 2;
	close(fd);
	return 0;
}

/* A case: how it is restricted, and on what kernel. */
struct trial {
	bool recursive;
	bool old_kernel;
};

static int
act_restrict(const void *context)
{
	const struct trial *trial = context;
	int result = copy_tree(true);

	if (result != 0)
		return result;
	if (!can_write("place") || !can_write("place/sub mount"))
		return 3;
	if (trial->old_kernel && child_lacks(NR_MOUNT_SETATTR, ENOSYS) != 0)
		return 4;
	if (mountcalls_restrict("place",
		MOUNTCALLS_NOSUID | MOUNTCALLS_NODEV | MOUNTCALLS_NOEXEC,
		trial->recursive) != 0)
		return 5;
	if (flags_of("place") != (ST_NOSUID | ST_NODEV | ST_NOEXEC) ||
	    !can_write("place"))
		return 6;
	if (trial->recursive !=
	    ((flags_of("place/sub mount") & ST_NOEXEC) != 0))
		return 7;
	/* A second restriction takes none of the first away. */
	if (mountcalls_restrict("place", MOUNTCALLS_RDONLY, trial->recursive) !=
	    0)
		return 8;
	if (flags_of("place") !=
		(ST_RDONLY | ST_NOSUID | ST_NODEV | ST_NOEXEC) ||
	    can_write("place"))
		return 9;
	if (can_write("place/sub mount") == trial->recursive)
		return 10;
	/* The tree itself is as it was. */
	return can_write("tree") && can_write("tree/sub mount") ? 0 : 11;
}

static void
expect(child_act *act, const void *context)
{
	int result = child_run(0, act, context);

	if (result == PRIVATE_NOT_POSSIBLE)
		skip();
	assert_int_equal(result, 0);
}

static void
copies_are_restricted_and_the_tree_is_not(void **state)
{
	static const struct trial trials[] = { { true, false },
		{ false, false } };

	(void)state;
	for (size_t i = 0; i < 2; i++)
		expect(act_restrict, &trials[i]);
}

static void
older_kernel_remounts_each_by_its_name(void **state)
{
	static const struct trial trials[] = { { true, true },
		{ false, true } };

	(void)state;
	for (size_t i = 0; i < 2; i++)
		expect(act_restrict, &trials[i]);
}

static int
act_not_recursive(const void *context)
{
	int result = copy_tree(false);

	(void)context;
	if (result != 0)
		return result;
	/* What lies under the mount shows: the disk, not the tmpfs. */
	if (!can_write("tree/sub mount") || !can_write("place/sub mount"))
		return 3;
	return flags_of("tree") == flags_of("place/sub mount") ? 0 : 4;
}

static void
copy_may_leave_mounts_out(void **state)
{
	(void)state;
	if (geteuid() != 0) /* a user namespace forbids to uncover */
		skip();
	expect(act_not_recursive, NULL);
}

static int
act_tmpfs(const void *context)
{
	struct statvfs vfs;
	struct stat st;
	int fd;

	(void)context;
	if (private_mounts() != 0)
		return PRIVATE_NOT_POSSIBLE;
	fd = mountcalls_tmpfs("64k");
	if (fd < 0 || mountcalls_attach(fd, "place") != 0)
		return 1;
	if (flags_of("place") != (ST_NOSUID | ST_NODEV | ST_NOEXEC))
		return 2;
	if (statvfs("place", &vfs) != 0 ||
	    vfs.f_blocks * vfs.f_frsize != 64 * 1024)
		return 3;
	if (stat("place", &st) != 0 || (st.st_mode & 07777) != 0755)
		return 4;
	return can_write("place") ? 0 : 5;
}

static void
tmpfs_is_small_and_harmless(void **state)
{
	(void)state;
	expect(act_tmpfs, NULL);
}

static int
act_errors(const void *context)
{
	(void)context;
	if (private_mounts() != 0)
		return PRIVATE_NOT_POSSIBLE;
	if (mountcalls_clone("missing", true) >= 0 || errno != ENOENT)
		return 1;
	if (mountcalls_restrict("missing", MOUNTCALLS_RDONLY, true) == 0)
		return 2;
	if (mountcalls_attach(-1, "place") == 0)
		return 3;
	if (child_lacks(NR_OPEN_TREE, ENOSYS) != 0)
		return 4;
	return mountcalls_clone("tree", true) < 0 && errno == ENOSYS ? 0 : 5;
}

static void
what_cannot_be_had_is_an_error(void **state)
{
	(void)state;
	expect(act_errors, NULL);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
		TEST(copies_are_restricted_and_the_tree_is_not),
		TEST(older_kernel_remounts_each_by_its_name),
		TEST(copy_may_leave_mounts_out),
		TEST(tmpfs_is_small_and_harmless),
		TEST(what_cannot_be_had_is_an_error),
	};

	return cmocka_run_group_tests_name("mountcalls", tests, NULL, NULL);
}
