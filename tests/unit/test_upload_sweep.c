/*
 * Uploads under private names: the sweep removes what nobody writes any more
 * and nothing else, also where locks are local to each machine. Two mounts of
 * one directory, by a file system whose locks are each mount's own, are two
 * machines; so is the directory itself beside one of them.
 */
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <cmocka.h>

#include "poorfs.h"
#include "root/root.h"
#include "root/upload.h"
#include "root/upload_sweep.h"
#include "session/session.h"
#include "subsys/sftp/state.h"
#include "subsys/sftp/uploads.h"

/* How much later than it is the code believes it to be. */
static time_t ahead;

int __real_clock_gettime(clockid_t clock, struct timespec *now);
int __wrap_clock_gettime(clockid_t clock, struct timespec *now);

int
__wrap_clock_gettime(clockid_t clock, struct timespec *now)
{
	int result = __real_clock_gettime(clock, now);

	if (clock == CLOCK_REALTIME)
		now->tv_sec += ahead;
	return result;
}

static bool possible;
static struct poorfs one, other;
static struct root here, there, native; /* by one, by other, without them */

static int
set_up(void **state)
{
	(void)state;
	if (!possible)
		return 0;
	ahead = 0;
	if (poorfs_start(&one, "all", 0) != 0)
		return -1;
	other = one;
	snprintf(other.mnt, sizeof(other.mnt), "%s/other", one.top);
	if (mkdir(other.mnt, 0755) != 0 || poorfs_mount(&other, "all", 0) != 0)
		return -1;
	return root_open(&here, one.mnt, false) != 0 ||
		       root_open(&there, other.mnt, false) != 0 ||
		       root_open(&native, one.back, false) != 0
		   ? -1
		   : 0;
}

static int
tear_down(void **state)
{
	(void)state;
	if (!possible)
		return 0;
	root_close(&here);
	root_close(&there);
	root_close(&native);
	umount2(other.mnt, MNT_DETACH);
	poorfs_stop(&one);
	return 0;
}

static void
begin(struct root *root, struct root_upload *upload, const char *name)
{
	struct relpath path;

	assert_int_equal(relpath_parse(&path, name, strlen(name), NULL), 0);
	assert_int_equal(root_upload_begin(root, upload, &path, O_WRONLY, 0644),
	    0);
	assert_int_equal(write(upload->fd, "half", 4), 4);
	/* It has a name, or there is nothing to sweep. */
	assert_true(private_is_kind(upload->temporary, PRIVATE_UPLOAD));
}

/* A session begins an upload and is killed. */
static void
abandon(struct root *root, char name[PRIVATE_BYTES])
{
	struct root_upload upload;
	int ends[2], status;
	pid_t pid;

	assert_int_equal(pipe(ends), 0);
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		begin(root, &upload, "abandoned");
		_exit(write(ends[1], upload.temporary, PRIVATE_BYTES) ==
			      PRIVATE_BYTES
			  ? 0
			  : 1);
	}
	assert_int_equal(read(ends[0], name, PRIVATE_BYTES), PRIVATE_BYTES);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	close(ends[0]);
	close(ends[1]);
}

static void
sweep(struct root *root)
{
	auto_fd int fd = openat(root->fd, ".", O_PATH | O_DIRECTORY);

	assert_true(fd >= 0);
	upload_sweep(root, fd);
}

static bool
lies(const char *name)
{
	struct stat st;

	return fstatat(native.fd, name, &st, AT_SYMLINK_NOFOLLOW) == 0;
}

/* It is there, whole, under its name. */
static void
complete(struct root *root, struct root_upload *upload)
{
	static const struct session session;
	struct own own;
	struct stat st;

	own_init(&own, &session, 1, root);
	assert_int_equal(write(upload->fd, " more", 5), 5);
	assert_int_equal(root_upload_publish(root, upload, REPLACE_ANY, &own),
	    0);
	assert_int_equal(fstatat(native.fd, upload->name, &st, 0), 0);
	assert_int_equal(st.st_size, 9);
	root_upload_drop(upload);
	own_free(&own);
}

/* The machines' locks are their own: or the tests below show nothing. */
static void
locks_are_each_mounts_own(void **state)
{
	struct root_upload upload;
	int fd;

	(void)state;
	if (!possible)
		skip();
	begin(&here, &upload, "live");
	fd = openat(here.fd, upload.temporary, O_WRONLY);
	assert_int_equal(upload_lock(fd), -1);
	close(fd);
	fd = openat(there.fd, upload.temporary, O_WRONLY);
	assert_int_equal(upload_lock(fd), 0);
	close(fd);
	fd = openat(native.fd, upload.temporary, O_WRONLY);
	assert_int_equal(upload_lock(fd), 0);
	close(fd);
	complete(&here, &upload);
}

static void
a_live_upload_is_swept_by_nobody(void **state)
{
	struct root_upload upload;

	(void)state;
	if (!possible)
		skip();
	begin(&here, &upload, "live");
	sweep(&here);
	assert_true(lies(upload.temporary));
	sweep(&there);
	assert_true(lies(upload.temporary));
	/* The file system that the other one shows: a known one. */
	sweep(&native);
	assert_true(lies(upload.temporary));
	complete(&here, &upload);
}

/* This machine's lock holds it, however old it looks. */
static void
an_old_one_that_is_locked_here_stays(void **state)
{
	struct root_upload upload;

	(void)state;
	if (!possible)
		skip();
	begin(&here, &upload, "live");
	ahead = UPLOAD_STALE_S + 60;
	sweep(&here);
	assert_true(lies(upload.temporary));
	complete(&here, &upload);
}

static void
what_this_machine_has_abandoned_goes_at_once(void **state)
{
	char name[PRIVATE_BYTES];

	(void)state;
	if (!possible)
		skip();
	abandon(&here, name);
	assert_true(lies(name));
	sweep(&here);
	assert_false(lies(name));
}

static void
what_another_machine_has_abandoned_goes_after_a_day(void **state)
{
	struct root *const sweepers[] = { &there, &native };
	char name[PRIVATE_BYTES];

	(void)state;
	if (!possible)
		skip();
	for (size_t i = 0; i < sizeof(sweepers) / sizeof(sweepers[0]); i++) {
		ahead = 0;
		abandon(&here, name);
		sweep(sweepers[i]);
		assert_true(lies(name));
		ahead = UPLOAD_STALE_S + 60;
		sweep(sweepers[i]);
		assert_false(lies(name));
	}
}

/* Restarted, a kernel asks no lock of before; without /proc nobody knows. */
static void
another_boot_is_another_machine(void **state)
{
	char name[PRIVATE_BYTES];
	const uint32_t boot = here.boot;

	(void)state;
	if (!possible)
		skip();
	assert_int_not_equal(boot, 0);
	abandon(&here, name);
	here.boot = boot ^ 1;
	sweep(&here);
	assert_true(lies(name));
	here.boot = 0;
	sweep(&here);
	assert_true(lies(name));
	here.boot = boot;
	sweep(&here);
	assert_false(lies(name));
}

static int64_t
changed_at(int fd)
{
	struct stat st;

	assert_int_equal(fstat(fd, &st), 0);
	return (int64_t)st.st_ctim.tv_sec * 1000000000 + st.st_ctim.tv_nsec;
}

/* What other machines judge by moves while the client says nothing. */
static void
a_silent_upload_is_kept_alive(void **state)
{
	const int interval = UPLOAD_KEEP_S * 1000;
	struct sftp sftp = { .uploads = NULL };
	struct upload upload = { .sftp = &sftp };
	struct stat before, after;
	int64_t first;

	(void)state;
	if (!possible)
		skip();
	assert_true(2 * UPLOAD_KEEP_S < UPLOAD_STALE_S);
	assert_false(uploads_have_names(&sftp));
	assert_int_equal(uploads_keep(&sftp, 1000), -1);
	begin(&here, &upload.file, "live");
	sftp.uploads = &upload;
	assert_true(uploads_have_names(&sftp));
	assert_int_equal(fstat(upload.file.fd, &before), 0);
	first = changed_at(upload.file.fd);
	assert_int_equal(uploads_keep(&sftp, 2000), interval);
	assert_int_equal(uploads_keep(&sftp, 2000 + 5), interval - 5);
	assert_int_equal(changed_at(upload.file.fd), first);
	/* A file system's clock has ticks. */
	for (int i = 1; i < 1000 && changed_at(upload.file.fd) == first; i++) {
		assert_int_equal(uploads_keep(&sftp,
				     2000 + (uint64_t)i * (uint64_t)interval),
		    interval);
		usleep(1000);
	}
	assert_true(changed_at(upload.file.fd) > first);
	assert_int_equal(fstat(upload.file.fd, &after), 0);
	assert_int_equal(before.st_mode, after.st_mode);
	assert_int_equal(before.st_mtim.tv_sec, after.st_mtim.tv_sec);
	assert_int_equal(before.st_mtim.tv_nsec, after.st_mtim.tv_nsec);
	complete(&here, &upload.file);
}

#define SWEEP_TEST(claim) \
	cmocka_unit_test_setup_teardown(claim, set_up, tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		SWEEP_TEST(locks_are_each_mounts_own),
		SWEEP_TEST(a_live_upload_is_swept_by_nobody),
		SWEEP_TEST(an_old_one_that_is_locked_here_stays),
		SWEEP_TEST(what_this_machine_has_abandoned_goes_at_once),
		SWEEP_TEST(what_another_machine_has_abandoned_goes_after_a_day),
		SWEEP_TEST(another_boot_is_another_machine),
		SWEEP_TEST(a_silent_upload_is_kept_alive),
	};

	possible = geteuid() == 0 && poorfs_possible();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
