/*
 * The kernel's table of mounts is read whole, names with odd bytes in it as
 * they are, and a descriptor is found in it.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <time.h>
#include <cmocka.h>

#include "base/mount_table.h"
#include "base/xalloc.h"
#include "child.h"
#include "privatens.h"
#include "scratch.h"

static int
parse(struct mount_table *table, const char *text)
{
	return mount_table_parse(table, xstrdup(text));
}

static void
lines_are_understood(void **state)
{
	struct mount_table table;

	(void)state;
	assert_int_equal(
	    parse(&table,
		"22 1 8:1 / / rw,relatime shared:1 - ext4 /dev/sda1 rw\n"
		"36 22 8:1 /home/anna /srv/anna rw master:1 propagate_from:2 "
		"- ext4 /dev/sda1 rw,errors=continue\n"
		"41 22 0:35 /@home /home ro - btrfs /dev/sdb rw,subvol=/@home\n"
		"50 22 0:4 net:[4026531840] /run/net rw - nsfs nsfs rw\n"),
	    0);
	assert_int_equal(table.count, 4);
	assert_int_equal(table.at[1].id, 36);
	assert_int_equal(table.at[1].parent, 22);
	assert_true(table.at[0].follows);
	assert_true(table.at[1].follows);
	assert_false(table.at[2].follows);
	assert_true(table.at[1].device == (UINT64_C(8) << 32 | 1));
	assert_string_equal(table.at[1].root, "/home/anna");
	assert_string_equal(table.at[1].point, "/srv/anna");
	assert_string_equal(table.at[1].type, "ext4");
	assert_string_equal(table.at[2].root, "/@home");
	assert_ptr_equal(mount_table_find(&table, 41), &table.at[2]);
	assert_null(mount_table_find(&table, 4));
	mount_table_free(&table);
	/* The last line may lack its newline; no line at all is a table. */
	assert_int_equal(parse(&table, "1 0 0:2 / / rw - rootfs none rw"), 0);
	assert_int_equal(table.count, 1);
	mount_table_free(&table);
	assert_int_equal(parse(&table, ""), 0);
	assert_int_equal(table.count, 0);
	mount_table_free(&table);
}

static void
escapes_are_taken_back(void **state)
{
	struct mount_table table;

	(void)state;
	assert_int_equal(parse(&table,
			     "7 1 0:9 /a\\040b\\134c /t\\011n\\012\\\\0\\08 rw "
			     "- fuse.x x\\040y rw\n"),
	    0);
	assert_string_equal(table.at[0].root, "/a b\\c");
	assert_string_equal(table.at[0].point, "/t\tn\n\\\\0\\08");
	mount_table_free(&table);
}

static void
line_that_is_not_understood_fails(void **state)
{
	static const char *const lines[] = { "\n", "36", "36 22 8:1 / /",
		"36 22 8:1 / / rw", "36 22 8:1 / / rw -",
		"36 22 8:1 / / rw shared:1 ext4 a rw", "x 22 8:1 / / rw - a b",
		"36 22 8 / / rw - a b", "36 22 8:x / / rw - a b",
		"99999999999 22 8:1 / / rw - a b" };
	char text[128];

	(void)state;
	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
		struct mount_table table;

		snprintf(text, sizeof(text), "1 0 8:1 / / rw - ext4 x rw\n%s",
		    lines[i]);
		errno = 0;
		if (parse(&table, text) == 0)
			fail_msg("taken: %s", lines[i]);
		assert_int_equal(errno, EINVAL);
		assert_null(table.text);
	}
}

/* Finds the mount of a path; NULL where the table lacks it. */
static const struct mount *
mount_of(const struct mount_table *table, const char *path)
{
	auto_fd int fd = open(path, O_PATH | O_CLOEXEC);
	int id = mount_table_id_of(fd);

	return id < 0 ? NULL : mount_table_find(table, id);
}

static bool
proc_is_found(void)
{
	struct mount_table table;
	const struct mount *proc;
	struct stat st;
	bool found;

	if (mount_table_load(&table) != 0)
		return false;
	proc = mount_of(&table, "/proc/self");
	found = proc != NULL && strcmp(proc->point, "/proc") == 0 &&
		strcmp(proc->type, "proc") == 0 && stat("/proc", &st) == 0 &&
		proc->device ==
		    ((uint64_t)major(st.st_dev) << 32 | minor(st.st_dev));
	mount_table_free(&table);
	return found;
}

static void
descriptor_is_found(void **state)
{
	(void)state;
	assert_true(proc_is_found());
	assert_int_equal(mount_table_id_of(-1), -1);
}

static int
act_without_statx(const void *context)
{
	(void)context;
	return child_lacks(SYS_statx, ENOSYS) == 0 && proc_is_found() ? 0 : 1;
}

/* Linux before 5.8 doesn't tell a mount's number there. */
static void
descriptor_is_found_without_statx(void **state)
{
	(void)state;
	assert_int_equal(child_run(0, act_without_statx, NULL), 0);
}

/* Thousands of mounts, one with an odd name, are all read. */
static int
act_many(const void *context)
{
	enum { MANY = 3000 };
	struct mount_table table;
	size_t before, after;
	bool found = false;
	char name[32];

	(void)context;
	if (private_mounts() != 0)
		return PRIVATE_NOT_POSSIBLE;
	if (mount_table_load(&table) != 0)
		return 1;
	before = table.count;
	mount_table_free(&table);
	if (mount("many", top, "tmpfs", 0, "mode=0755") != 0 ||
	    chdir(top) != 0 || mkdir("a \n\\b", 0755) != 0 ||
	    mount("a \n\\b", "a \n\\b", NULL, MS_BIND, NULL) != 0)
		return 2;
	for (int i = 0; i < MANY; i++) {
		snprintf(name, sizeof(name), "%d", i);
		if (mkdir(name, 0755) != 0 ||
		    mount(name, name, NULL, MS_BIND, NULL) != 0)
			return 3;
	}
	if (mount_table_load(&table) != 0)
		return 4;
	after = table.count;
	for (size_t i = 0; i < table.count; i++)
		found |= strcmp(table.at[i].root, "/a \n\\b") == 0;
	mount_table_free(&table);
	return after == before + MANY + 2 && found ? 0 : 5;
}

static void
thousands_are_read(void **state)
{
	int result = child_run(0, act_many, NULL);

	(void)state;
	if (result == PRIVATE_NOT_POSSIBLE)
		skip();
	assert_int_equal(result, 0);
}

static volatile int stop;

static void
on_term(int number)
{
	(void)number;
	stop = true;
}

/* Mounts and unmounts in the same namespace until it is told to stop. */
static int
churn(void)
{
	const struct timespec pause = { .tv_nsec = 200L * 1000 };

	signal(SIGTERM, on_term);
	while (!stop) {
		if (mount("churn", top, "tmpfs", 0, NULL) != 0 ||
		    umount2(top, MNT_DETACH) != 0)
			return 1;
		nanosleep(&pause, NULL);
	}
	return 0;
}

/* Whatever comes and goes meanwhile, what was there all the time is listed. */
static int
act_while_others_mount(const void *context)
{
	enum { READS = 200 };
	int result = 0, reads = 0;
	pid_t pid;

	(void)context;
	if (private_mounts() != 0)
		return PRIVATE_NOT_POSSIBLE;
	pid = fork();
	if (pid == 0)
		_exit(churn());
	for (int i = 0; i < READS && result == 0; i++) {
		struct mount_table table;

		if (mount_table_load(&table) != 0) {
			result = errno == EAGAIN ? 0 : 1;
			continue;
		}
		reads++;
		result = mount_of(&table, "/proc") == NULL ? 2 : 0;
		mount_table_free(&table);
	}
	kill(pid, SIGTERM);
	waitpid(pid, NULL, 0);
	return result != 0 ? result : reads > 0 ? 0 : 3;
}

static void
table_is_whole_while_others_mount(void **state)
{
	int result = child_run(0, act_while_others_mount, NULL);

	(void)state;
	if (result == PRIVATE_NOT_POSSIBLE)
		skip();
	assert_int_equal(result, 0);
}

static int
set_up(void **state)
{
	(void)state;
	return scratch_make(0755);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lines_are_understood),
		cmocka_unit_test(escapes_are_taken_back),
		cmocka_unit_test(line_that_is_not_understood_fails),
		cmocka_unit_test(descriptor_is_found),
		cmocka_unit_test(descriptor_is_found_without_statx),
		cmocka_unit_test(thousands_are_read),
		cmocka_unit_test(table_is_whole_while_others_mount),
	};

	return cmocka_run_group_tests(tests, set_up, scratch_remove);
}
