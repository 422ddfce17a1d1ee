/*
 * A program in create-only makes what it likes, as the kernel would have made
 * it, and changes nothing else: not by a link, not by a descriptor, not later.
 * All of it on the set alone, as where births can't be believed; and with what
 * old kernels and some file systems lack taken away.
 */
#include <fcntl.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <time.h>
#include <cmocka.h>

#include "base/fd.h"
#include "brokered.h"
#include "root/private_names.h"
#include "scratch.h"
#include "session/session.h"

#ifndef SECCOMP_ADDFD_FLAG_SEND
#define SECCOMP_ADDFD_FLAG_SEND (1UL << 1)
#endif

static struct root root;
static struct create_only create_only;

/* --- what is taken away: by the linker, see mk/tests.mk --------------------
 */

static struct {
	bool send;  /* SECCOMP_ADDFD_FLAG_SEND, before Linux 5.14 */
	bool flags; /* RENAME_NOREPLACE and RENAME_EXCHANGE */
	bool links; /* hard links */
} lacks;

long __real_syscall(long number, long a, long b, long c, long d, long e,
    long f);
long __wrap_syscall(long number, long a, long b, long c, long d, long e,
    long f);
int __real_linkat(int from, const char *name, int to, const char *other,
    int flags);
int __wrap_linkat(int from, const char *name, int to, const char *other,
    int flags);

long
__wrap_syscall(long number, long a, long b, long c, long d, long e, long f)
{
	if (lacks.send && number == SYS_ioctl &&
	    (unsigned long)b == SECCOMP_IOCTL_NOTIF_ADDFD &&
	    (((struct seccomp_notif_addfd *)c)->flags &
		SECCOMP_ADDFD_FLAG_SEND) != 0) {
		errno = EINVAL;
		return -1;
	}
	if (lacks.flags && number == SYS_renameat2 && e != 0) {
		errno = EINVAL;
		return -1;
	}
	return __real_syscall(number, a, b, c, d, e, f);
}

int
__wrap_linkat(int from, const char *name, int to, const char *other, int flags)
{
	if (lacks.links) {
		errno = EPERM;
		return -1;
	}
	return __real_linkat(from, name, to, other, flags);
}

/* --- the world --------------------------------------------------------------
 */

/*
 * root/{a,b}: each with sub/, file, link -> file, dangling; root/old, oldl,
 * out-dir -> ../outside. We are in root/.
 */
static int
fill(const char *directory)
{
	char path[64];

	snprintf(path, sizeof(path), "%s/sub", directory);
	if (mkdir(directory, 0755) != 0 || mkdir(path, 0755) != 0)
		return -1;
	snprintf(path, sizeof(path), "%s/file", directory);
	scratch_put(path, "old", 0600);
	snprintf(path, sizeof(path), "%s/link", directory);
	if (symlink("file", path) != 0)
		return -1;
	snprintf(path, sizeof(path), "%s/dangling", directory);
	return symlink("nowhere", path);
}

static int
set_up(void **state)
{
	const struct session session = { .uid = geteuid() };

	(void)state;
	umask(022);
	memset(&lacks, 0, sizeof(lacks));
	if (scratch_make(0755) != 0 || mkdir("root", 0755) != 0 ||
	    mkdir("outside", 0755) != 0 || chdir("root") != 0 ||
	    fill("a") != 0 || fill("b") != 0 ||
	    symlink("../outside", "out-dir") != 0 || mkdir("olddir", 0755) != 0)
		return -1;
	scratch_put("old", "old", 0600);
	scratch_put("../outside/there", "there", 0600);
	if (root_open(&root, ".", false) != 0)
		return -1;
	create_only = (struct create_only){ .kept = 0 };
	own_init(&create_only.own, &session, 3600, &root);
	/* The set has to do. */
	create_only.own.ignores_births = true;
	return 0;
}

static int
tear_down(void **state)
{
	own_free(&create_only.own);
	root_close(&root);
	umask(022);
	return scratch_remove(state);
}

static int
ask(child_act *act, const void *context)
{
	const struct brokered how = { .filter = FILTER_PROGRAM_CREATE_ONLY,
		.root = &root,
		.create_only = &create_only };

	return brokered_run(&how, act, context);
}

static bool
holds(const char *path, const char *text)
{
	return access(path, F_OK) == 0 && strcmp(scratch_text(path), text) == 0;
}

static int
mode_of(const char *path)
{
	struct stat st;

	assert_int_equal(lstat(path, &st), 0);
	return st.st_mode & 07777;
}

/* --- as the kernel does it --------------------------------------------------
 */

#define NOT_THERE ((const char *)(uintptr_t)16)

static char long_text[PATH_MAX + 1];

struct making {
	long call;
	const char *path;
	long what; /* flags, a device's kind, or 0 */
	mode_t mode;
	mode_t mask;
	const char *from; /* a link's text or first name */
};

// clang-format off
static const struct making makings[] = {
	{ SYS_openat, "new", O_WRONLY, 0666, 022, NULL },
	{ SYS_openat, "new", O_RDWR | O_APPEND, 0777, 077, NULL },
	{ SYS_openat, "new", O_RDONLY, 06755, 0, NULL },
	{ SYS_openat, "new", O_WRONLY | O_TRUNC | O_NONBLOCK, 0640, 027, NULL },
	{ SYS_openat, "./new", O_WRONLY, 0666, 022, NULL },
	{ SYS_openat, "sub/new", O_WRONLY, 0666, 022, NULL },
	{ SYS_openat, "sub/../new", O_WRONLY, 0666, 022, NULL },
	{ SYS_openat, "new/", O_WRONLY, 0666, 022, NULL },
	{ SYS_openat, "file", O_WRONLY, 0666, 022, NULL },
	{ SYS_openat, "link", O_WRONLY, 0666, 022, NULL },
	{ SYS_openat, "dangling", O_WRONLY, 0666, 022, NULL },
	{ SYS_openat, "missing/new", O_WRONLY, 0666, 022, NULL },
	{ SYS_openat, "file/new", O_WRONLY, 0666, 022, NULL },
	{ SYS_openat, "", O_WRONLY, 0666, 022, NULL },
	{ SYS_openat, ".", O_WRONLY, 0666, 022, NULL },
	{ SYS_openat, "..", O_WRONLY, 0666, 022, NULL },
	{ SYS_openat, "/", O_WRONLY, 0666, 022, NULL },
	{ SYS_openat, long_text, O_WRONLY, 0666, 022, NULL },
	{ SYS_openat, NOT_THERE, O_WRONLY, 0666, 022, NULL },
	{ SYS_mkdirat, "new", 0, 0777, 027, NULL },
	{ SYS_mkdirat, "new", 0, 01777, 0, NULL },
	{ SYS_mkdirat, "new/", 0, 0755, 022, NULL },
	{ SYS_mkdirat, "new//.", 0, 0755, 022, NULL },
	{ SYS_mkdirat, "sub/new", 0, 0755, 022, NULL },
	{ SYS_mkdirat, "sub", 0, 0755, 022, NULL },
	{ SYS_mkdirat, "file", 0, 0755, 022, NULL },
	{ SYS_mkdirat, "dangling", 0, 0755, 022, NULL },
	{ SYS_mkdirat, "missing/new", 0, 0755, 022, NULL },
	{ SYS_mkdirat, "file/new", 0, 0755, 022, NULL },
	{ SYS_mkdirat, ".", 0, 0755, 022, NULL },
	{ SYS_mkdirat, "/", 0, 0755, 022, NULL },
	{ SYS_mkdirat, "", 0, 0755, 022, NULL },
	{ SYS_mkdirat, long_text, 0, 0755, 022, NULL },
	{ SYS_mkdirat, NOT_THERE, 0, 0755, 022, NULL },
	{ SYS_mknodat, "new", S_IFIFO, 0666, 022, NULL },
	{ SYS_mknodat, "new", S_IFSOCK, 0777, 077, NULL },
	{ SYS_mknodat, "new", S_IFREG, 0666, 022, NULL },
	{ SYS_mknodat, "new", 0, 0640, 0, NULL },
	{ SYS_mknodat, "new", S_IFDIR, 0755, 0, NULL },
	{ SYS_mknodat, "new/", S_IFIFO, 0666, 022, NULL },
	{ SYS_mknodat, "sub/new", S_IFIFO, 0666, 022, NULL },
	{ SYS_mknodat, "file", S_IFIFO, 0666, 022, NULL },
	{ SYS_mknodat, "missing/new", S_IFIFO, 0666, 022, NULL },
	{ SYS_symlinkat, "new", 0, 0, 022, "../../outside" },
	{ SYS_symlinkat, "sub/new", 0, 0, 022, "x" },
	{ SYS_symlinkat, "new/", 0, 0, 022, "x" },
	{ SYS_symlinkat, "new", 0, 0, 022, "" },
	{ SYS_symlinkat, "file", 0, 0, 022, "x" },
	{ SYS_symlinkat, "missing/new", 0, 0, 022, "x" },
	{ SYS_symlinkat, "new", 0, 0, 022, long_text },
	{ SYS_symlinkat, "new", 0, 0, 022, NOT_THERE },
	{ SYS_linkat, "new", 0, 0, 022, "file" },
	{ SYS_linkat, "sub/new", 0, 0, 022, "file" },
	{ SYS_linkat, "new", 0, 0, 022, "link" },
	{ SYS_linkat, "new", AT_SYMLINK_FOLLOW, 0, 022, "link" },
	{ SYS_linkat, "new", AT_SYMLINK_FOLLOW, 0, 022, "dangling" },
	{ SYS_linkat, "new", AT_REMOVEDIR, 0, 022, "file" },
	{ SYS_linkat, "new", 0, 0, 022, "sub" },
	{ SYS_linkat, "new", 0, 0, 022, "missing" },
	{ SYS_linkat, "new", 0, 0, 022, "" },
	{ SYS_linkat, "new/", 0, 0, 022, "file" },
	{ SYS_linkat, "link", 0, 0, 022, "file" },
	{ SYS_linkat, "missing/new", 0, 0, 022, "file" },
	{ SYS_linkat, NOT_THERE, 0, 0, 022, "file" },
	{ SYS_linkat, "new", 0, 0, 022, NOT_THERE },
};
// clang-format on

struct made_in {
	const struct making *making;
	const char *directory;
	bool at; /* from a descriptor of the directory, not from within */
};

static int
act_make(const void *context)
{
	const struct made_in *in = context;
	const struct making *m = in->making;
	int dir = AT_FDCWD;

	umask(m->mask);
	if (in->at) {
		dir = open(in->directory, O_RDONLY | O_DIRECTORY);
		if (dir < 0)
			return CHILD_FAILED;
	} else if (chdir(in->directory) != 0) {
		return CHILD_FAILED;
	}
	switch (m->call) {
	case SYS_openat:
		return child_errno(syscall(SYS_openat, dir, m->path,
		    m->what | O_CREAT | O_EXCL, m->mode));
	case SYS_mkdirat:
		return child_errno(syscall(SYS_mkdirat, dir, m->path, m->mode));
	case SYS_mknodat:
		return child_errno(syscall(SYS_mknodat, dir, m->path,
		    (long)m->mode | m->what, 0L));
	case SYS_symlinkat:
		return child_errno(
		    syscall(SYS_symlinkat, m->from, dir, m->path));
	case SYS_linkat:
		return child_errno(
		    syscall(SYS_linkat, dir, m->from, dir, m->path, m->what));
	default:
		return CHILD_FAILED;
	}
}

/* All names below a directory with what they are, in order. */
static void
describe(const char *directory, char *out, size_t size)
{
	static const char *const names[] = { "new", "sub/new", "file", "link",
		"dangling", "sub" };
	size_t len = 0;

	out[0] = '\0';
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		char path[64], text[PATH_MAX] = "";
		struct stat st;

		snprintf(path, sizeof(path), "%s/%s", directory, names[i]);
		if (lstat(path, &st) != 0)
			continue;
		if (S_ISLNK(st.st_mode) &&
		    readlink(path, text, sizeof(text) - 1) < 0)
			continue;
		len += (size_t)snprintf(out + len, size - len,
		    "%s %o %u %u %d %s\n", names[i], st.st_mode, st.st_uid,
		    st.st_gid, S_ISDIR(st.st_mode) ? 0 : (int)st.st_nlink,
		    text);
		assert_true(len < size);
	}
}

static void
what_is_made_is_as_the_kernel_makes_it(void **state)
{
	char bare[16384], brokered[16384];

	memset(long_text, 'n', sizeof(long_text) - 1);
	for (size_t i = 0; i < sizeof(makings) / sizeof(makings[0]); i++) {
		for (int at = 0; at < 2; at++) {
			struct made_in in = { &makings[i], "b", at != 0 };
			int wanted = child_run(0, act_make, &in), got;

			in.directory = "a";
			got = ask(act_make, &in);
			if (got != wanted)
				fail_msg("row %zu: %d, not %d", i, got, wanted);
			describe("b", bare, sizeof(bare));
			describe("a", brokered, sizeof(brokered));
			if (strcmp(bare, brokered) != 0)
				fail_msg("row %zu: %s, not %s", i, brokered,
				    bare);
			assert_int_equal(tear_down(state), 0);
			assert_int_equal(set_up(state), 0);
		}
	}
}

static int
act_flags(const void *context)
{
	int fd = open("a/new",
	    O_WRONLY | O_CREAT | O_EXCL | O_APPEND | O_NONBLOCK | O_CLOEXEC,
	    0600);
	int other = open("a/other", O_RDWR | O_CREAT | O_EXCL, 0600);
	const int seen = FD_ACCESS | O_APPEND | O_NONBLOCK;

	(void)context;
	return fd >= 0 && other >= 0 && fcntl(fd, F_GETFD) == FD_CLOEXEC &&
		       (fcntl(fd, F_GETFL) & seen) ==
			   (O_WRONLY | O_APPEND | O_NONBLOCK) &&
		       fcntl(other, F_GETFD) == 0 &&
		       (fcntl(other, F_GETFL) & seen) == O_RDWR &&
		       write(other, "text", 4) == 4 &&
		       ftruncate(other, 2) == 0 && pread(other, &fd, 2, 0) == 2
		   ? 0
		   : 1;
}

static void
a_descriptor_is_what_was_asked_for(void **state)
{
	(void)state;
	assert_int_equal(ask(act_flags, NULL), 0);
	assert_true(holds("a/other", "te"));
}

static void
a_kernel_that_hands_over_in_two_steps_does_it_too(void **state)
{
	(void)state;
	lacks.send = true;
	assert_int_equal(ask(act_flags, NULL), 0);
	assert_true(holds("a/other", "te"));
}

/* By a plain path, by a descriptor's in /proc, as rsync 3.5 names things. */
static int
act_by_descriptor(const void *context)
{
	char path[64];
	int dir = open(context, O_PATH | O_DIRECTORY);

	snprintf(path, sizeof(path), "/proc/self/fd/%d/new", dir);
	return child_errno(
	    open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
}

static void
a_name_behind_a_descriptors_path_is_found(void **state)
{
	(void)state;
	assert_int_equal(ask(act_by_descriptor, "a"), 0);
	assert_int_equal(access("a/new", F_OK), 0);
	assert_int_equal(ask(act_by_descriptor, "../outside"), EACCES);
	assert_int_equal(access("../outside/new", F_OK), -1);
}

static void
nothing_is_made_outside_the_root(void **state)
{
	static const struct making rows[] = {
		{ SYS_openat, "../../outside/new", O_WRONLY, 0666, 022, NULL },
		{ SYS_openat, "../out-dir/new", O_WRONLY, 0666, 022, NULL },
		{ SYS_mkdirat, "../../outside/new", 0, 0755, 022, NULL },
		{ SYS_mknodat, "../out-dir/new", S_IFIFO, 0666, 022, NULL },
		{ SYS_symlinkat, "../out-dir/new", 0, 0, 022, "x" },
		{ SYS_linkat, "../out-dir/new", 0, 0, 022, "file" },
		{ SYS_linkat, "new", 0, 0, 022, "../../outside/there" },
		{ SYS_linkat, "new", 0, 0, 022, "../out-dir/there" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct made_in in = { &rows[i], "b", false };

		/* Without the broker it works. */
		assert_int_equal(child_run(0, act_make, &in), 0);
		if (access("../outside/new", F_OK) == 0)
			assert_int_equal(remove("../outside/new"), 0);
		else
			remove("../outside/new");
		in.directory = "a";
		if (ask(act_make, &in) != EACCES)
			fail_msg("row %zu", i);
		assert_int_equal(access("../outside/new", F_OK), -1);
		assert_int_equal(access("a/new", F_OK), -1);
		remove("b/new");
	}
}

/* --- own, and not -----------------------------------------------------------
 */

static int
put(const char *name)
{
	int fd = open(name, O_WRONLY | O_CREAT | O_EXCL, 0600);

	return fd < 0 || write(fd, "mine", 4) != 4 ? -1 : close(fd);
}

static int
act_own(const void *context)
{
	(void)context;
	return put("f") == 0 && mkdir("d", 0700) == 0 &&
		       mkfifo("p", 0600) == 0 && symlink("f", "s") == 0 &&
		       chmod("f", 0640) == 0 && chmod("d", 0750) == 0 &&
		       chmod("p", 0640) == 0 && rename("f", "d/f") == 0 &&
		       rename("p", "d/p") == 0 && rename("s", "d/s") == 0 &&
		       put("g") == 0 && rename("g", "d/f") == 0 &&
		       rename("d", "e") == 0 && rmdir("e") != 0 &&
		       errno == ENOTEMPTY && unlink("e/f") == 0 &&
		       unlink("e/p") == 0 && unlink("e/s") == 0 &&
		       rmdir("e") == 0 && mkdir("kept", 0711) == 0
		   ? 0
	       : errno == 0 ? 1
			    : errno;
}

static void
what_the_program_makes_is_its_own(void **state)
{
	(void)state;
	assert_int_equal(ask(act_own, NULL), 0);
	assert_int_equal(create_only.kept, 0);
	assert_int_equal(mode_of("kept"), 0711);
	assert_int_equal(access("e", F_OK), -1);
}

static int
expect(long result, int error)
{
	return result == -1 && errno == error ? 0 : -1;
}

/* What exists is reached by second names, and made to look new. */
static int
act_not_own(const void *context)
{
	(void)context;
	if (link("old", "second") != 0 || put("f") != 0 ||
	    symlink("old", "s") != 0)
		return 1;
	if (expect(unlink("second"), EPERM) != 0 ||
	    expect(rename("second", "x"), EPERM) != 0 ||
	    expect(rename("f", "second"), EPERM) != 0 ||
	    expect(rename("second", "f"), EPERM) != 0)
		return 2;
	if (expect(unlink("old"), EPERM) != 0 ||
	    expect(rename("old", "x"), EPERM) != 0 ||
	    expect(rename("f", "old"), EPERM) != 0 ||
	    expect(rmdir("olddir"), EPERM) != 0 ||
	    expect(rename("olddir", "x"), EPERM) != 0 ||
	    expect(syscall(SYS_renameat2, AT_FDCWD, "f", AT_FDCWD, "old",
		       RENAME_EXCHANGE),
		EPERM) != 0)
		return 3;
	/* Answered, and not done. */
	return chmod("second", 0777) == 0 && chmod("s", 0777) == 0 &&
		       chmod("olddir", 0700) == 0 &&
		       fchmod(open("old", O_RDONLY), 0777) == 0 &&
		       fchmod(open("second", O_RDONLY), 0777) == 0
		   ? 0
		   : 4;
}

static void
a_second_name_makes_nothing_its_own(void **state)
{
	(void)state;
	assert_int_equal(ask(act_not_own, NULL), 0);
	assert_int_equal(create_only.kept, 5);
	assert_true(holds("old", "old"));
	assert_int_equal(mode_of("old"), 0600);
	assert_int_equal(mode_of("olddir"), 0755);
	assert_true(holds("f", "mine"));
}

static int
act_late(const void *context)
{
	const struct timespec window = { 1, 200 * 1000 * 1000 };

	(void)context;
	if (put("f") != 0 || mkdir("d", 0700) != 0 || chmod("f", 0640) != 0)
		return 1;
	nanosleep(&window, NULL);
	return chmod("f", 0666) == 0 && expect(unlink("f"), EPERM) == 0 &&
		       expect(rmdir("d"), EPERM) == 0 &&
		       expect(rename("f", "g"), EPERM) == 0 && put("g") == 0 &&
		       unlink("g") == 0
		   ? 0
		   : 2;
}

static void
it_is_own_no_longer_than_the_window(void **state)
{
	(void)state;
	create_only.own.window = 1;
	assert_int_equal(ask(act_late, NULL), 0);
	assert_int_equal(create_only.kept, 1);
	assert_int_equal(mode_of("f"), 0640);
}

/* What it holds open is renewed all the time: brokered_serve. */
static int
act_hold(const void *context)
{
	const struct timespec window = { 1, 500 * 1000 * 1000 };
	int fd = open("held", O_WRONLY | O_CREAT | O_EXCL, 0600);

	(void)context;
	if (fd < 0 || put("dropped") != 0)
		return 1;
	nanosleep(&window, NULL);
	if (expect(unlink("dropped"), EPERM) != 0 || write(fd, "x", 1) != 1 ||
	    close(fd) != 0)
		return 2;
	return rename("held", "kept") == 0 ? 0 : 3;
}

static void
an_upload_may_take_longer_than_the_window(void **state)
{
	(void)state;
	create_only.own.window = 1;
	assert_int_equal(ask(act_hold, NULL), 0);
	assert_true(holds("kept", "x"));
}

static struct {
	int made, old, number;
	volatile int stop; /* of a bool, sanitizers read it once */
} flip;

static void *
flip_descriptors(void *context)
{
	(void)context;
	while (!flip.stop) {
		dup2(flip.old, flip.number);
		dup2(flip.made, flip.number);
	}
	return NULL;
}

/* An old file under the number of what it was handed for writing. */
static int
act_flip(const void *context)
{
	const struct timespec turns = { 0, 700 * 1000 * 1000 };
	pthread_t thread;

	(void)context;
	flip.number = open("new", O_WRONLY | O_CREAT | O_EXCL, 0600);
	flip.made = dup(flip.number);
	flip.old = open("old", O_RDONLY);
	if (flip.made < 0 || flip.old < 0 ||
	    pthread_create(&thread, NULL, flip_descriptors, NULL) != 0)
		return 1;
	nanosleep(&turns, NULL);
	flip.stop = true;
	pthread_join(thread, NULL);
	return expect(unlink("old"), EPERM) == 0 &&
		       expect(rename("old", "x"), EPERM) == 0 &&
		       chmod("old", 0777) == 0 && unlink("new") == 0
		   ? 0
		   : 2;
}

static void
no_old_file_gets_among_what_is_written(void **state)
{
	(void)state;
	assert_int_equal(ask(act_flip, NULL), 0);
	assert_true(holds("old", "old"));
	assert_int_equal(mode_of("old"), 0600);
	assert_int_equal(create_only.kept, 1);
}

/* --- where something can't be had -------------------------------------------
 */

static int
act_without_descriptors(const void *context)
{
	(void)context;
	while (dup(0) >= 0)
		continue;
	return child_errno(open("new", O_WRONLY | O_CREAT | O_EXCL, 0600));
}

static void
what_can_not_be_handed_over_is_not_there(void **state)
{
	struct rlimit before, few;

	(void)state;
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &before), 0);
	few = before;
	few.rlim_cur = 64;
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &few), 0);
	assert_int_equal(ask(act_without_descriptors, NULL), EMFILE);
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &before), 0);
	assert_int_equal(access("new", F_OK), -1);
}

/* Each rename and removal that there is, where names can't be exchanged. */
static int
act_rename_all(const void *context)
{
	(void)context;
	if (put("f") != 0 || put("g") != 0 || mkdir("d", 0700) != 0 ||
	    mkdir("e", 0700) != 0 || symlink("x", "s") != 0)
		return 1;
	if (rename("f", "free") != 0 || rename("free", "g") != 0 ||
	    rename("d", "d2") != 0 || rename("d2", "e") != 0 ||
	    rename("s", "s2") != 0)
		return 2;
	if (expect(rename("g", "old"), EPERM) != 0 ||
	    expect(rename("e", "olddir"), EPERM) != 0 ||
	    expect(rename("old", "x"), EPERM) != 0 ||
	    expect(rename("g", "g/x"), ENOTDIR) != 0 ||
	    expect(__real_syscall(SYS_renameat2, AT_FDCWD, (long)"g", AT_FDCWD,
		       (long)"s2", RENAME_NOREPLACE, 0),
		EEXIST) != 0)
		return 3;
	return put("g2") == 0 && unlink("g2") == 0 && rmdir("e") == 0 &&
		       unlink("s2") == 0
		   ? 0
		   : 4;
}

static void
names_are_changed_without_renameat2s_flags_too(void **state)
{
	for (int links = 0; links < 2; links++) {
		lacks.flags = true;
		lacks.links = links == 1;
		assert_int_equal(ask(act_rename_all, NULL), 0);
		assert_true(holds("g", "mine"));
		assert_true(holds("old", "old"));
		assert_int_equal(access("f", F_OK), -1);
		assert_int_equal(access("free", F_OK), -1);
		assert_int_equal(access("d", F_OK), -1);
		assert_int_equal(access("x", F_OK), -1);
		assert_int_equal(tear_down(state), 0);
		assert_int_equal(set_up(state), 0);
	}
}

static int
act_remove(const void *context)
{
	(void)context;
	return put("f") == 0 && put("g") == 0 && rename("f", "g") == 0 &&
		       unlink("g") == 0 && mkdir("d", 0700) == 0 &&
		       rmdir("d") == 0
		   ? 0
		   : 1;
}

/* What is on its way out of a name has one that no client sees. */
static void
names_in_between_are_private(void **state)
{
	union {
		struct inotify_event event;
		char room[8192];
	} u;
	int watch = inotify_init1(IN_CLOEXEC | IN_NONBLOCK), moved = 0;
	ssize_t len;

	(void)state;
	assert_true(inotify_add_watch(watch, ".", IN_MOVED_TO) >= 0);
	assert_int_equal(ask(act_remove, NULL), 0);
	len = read(watch, &u, sizeof(u));
	assert_true(len > 0);
	for (ssize_t at = 0; at < len;) {
		const struct inotify_event *event = (const void *)(u.room + at);

		at += (ssize_t)(sizeof(*event) + event->len);
		moved += private_is(event->name);
		/* The names of the exchange itself apart. */
		if (strcmp(event->name, "f") != 0 &&
		    strcmp(event->name, "g") != 0)
			assert_true(private_is(event->name));
	}
	assert_int_equal(moved, 3);
	close(watch);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
		TEST(what_is_made_is_as_the_kernel_makes_it),
		TEST(a_descriptor_is_what_was_asked_for),
		TEST(a_kernel_that_hands_over_in_two_steps_does_it_too),
		TEST(a_name_behind_a_descriptors_path_is_found),
		TEST(nothing_is_made_outside_the_root),
		TEST(what_the_program_makes_is_its_own),
		TEST(a_second_name_makes_nothing_its_own),
		TEST(it_is_own_no_longer_than_the_window),
		TEST(an_upload_may_take_longer_than_the_window),
		TEST(no_old_file_gets_among_what_is_written),
		TEST(what_can_not_be_handed_over_is_not_there),
		TEST(names_are_changed_without_renameat2s_flags_too),
		TEST(names_in_between_are_private),
	};

	return cmocka_run_group_tests_name("create_only", tests, NULL, NULL);
}
