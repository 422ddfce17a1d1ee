/*
 * No path leads out of the root, and inside each call does what its plain
 * relative does. Every test runs as we are and once more as an ordinary user.
 */
#include <fcntl.h>
#include <linux/fs.h>
#include <sched.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <time.h>
#include <cmocka.h>

#include "child.h"
#include "root/cache.h"
#include "root/root.h"
#include "scratch.h"

static struct root root;

static struct relpath
at(const char *raw)
{
	struct relpath path;

	assert_int_equal(relpath_parse(&path, raw, strlen(raw), NULL), 0);
	return path;
}

/* root/ with files and every kind of link; outside/secret beside it. */
static int
setup(void **state)
{
	char absolute[128];

	(void)state;
	if (scratch_make(0700) != 0 || mkdir("root", 0755) != 0 ||
	    mkdir("outside", 0755) != 0 || mkdir("root/a", 0755) != 0 ||
	    mkdir("root/a/b", 0755) != 0)
		return -1;
	scratch_put("outside/secret", "secret", 0644);
	scratch_put("root/f", "inside", 0644);
	scratch_put("root/a/f", "deep", 0644);
	snprintf(absolute, sizeof(absolute), "%s/outside", top);
	if (symlink(absolute, "root/out") != 0 ||
	    symlink("../outside", "root/up") != 0 ||
	    symlink("../../../../../../../../../etc", "root/a/far") != 0 ||
	    symlink("/a/f", "root/inabs") != 0 ||
	    symlink("a", "root/link") != 0 || symlink("up2", "root/up1") != 0 ||
	    symlink("../outside", "root/up2") != 0 ||
	    symlink("made", "root/dangling") != 0 ||
	    symlink("../../tmp/never", "root/leading") != 0 ||
	    symlink("loop2", "root/loop1") != 0 ||
	    symlink("loop1", "root/loop2") != 0 ||
	    symlink("/proc/self/root", "root/magic") != 0 ||
	    mkfifo("root/fifo", 0666) != 0)
		return -1;
	return root_open(&root, "root", false);
}

static int
teardown(void **state)
{
	root_close(&root);
	return scratch_remove(state);
}

/* The content of what a path names, or NULL with errno. */
static const char *
content(const char *raw)
{
	static char text[64];
	struct relpath path = at(raw);
	int fd = root_open_file(&root, &path, O_RDONLY, 0);
	ssize_t len;

	if (fd < 0)
		return NULL;
	len = read(fd, text, sizeof(text) - 1);
	close(fd);
	if (len < 0)
		return NULL;
	text[len] = '\0';
	return text;
}

static void
refuses_to_read(const char *raw, int error)
{
	errno = 0;
	assert_null(content(raw));
	assert_int_equal(errno, error);
}

static void
reads_inside(void **state)
{
	(void)state;
	assert_string_equal(content("/f"), "inside");
	assert_string_equal(content("f"), "inside");
	assert_string_equal(content("a/f"), "deep");
	assert_string_equal(content("a//b/../f"), "deep");
	assert_string_equal(content("link/f"), "deep");
	assert_string_equal(content("inabs"), "deep");
	assert_string_equal(content("link/b/.././f"), "deep");
}

static void
dots_stop_at_the_top(void **state)
{
	(void)state;
	assert_string_equal(content("../f"), "inside");
	assert_string_equal(content("../../../f"), "inside");
	assert_string_equal(content("a/../../../f"), "inside");
	refuses_to_read("../outside/secret", ENOENT);
}

static void
links_that_lead_out_lead_nowhere(void **state)
{
	(void)state;
	refuses_to_read("out/secret", ENOENT);
	refuses_to_read("up/secret", ENOENT);
	refuses_to_read("up1/secret", ENOENT);
	refuses_to_read("a/far/passwd", ENOENT);
	refuses_to_read("magic/etc/passwd", ENOENT);
}

static void
creation_stays_inside(void **state)
{
	struct relpath path = at("leading");
	int fd = root_open_file(&root, &path, O_WRONLY | O_CREAT, 0644);

	(void)state;
	assert_int_equal(fd, -1);
	assert_int_equal(errno, ENOENT);
	assert_int_equal(access("/tmp/never", F_OK), -1);
	path = at("out/new");
	assert_int_equal(root_open_file(&root, &path, O_WRONLY | O_CREAT, 0644),
	    -1);
	assert_int_equal(access("outside/new", F_OK), -1);
	path = at("a/new");
	fd = root_open_file(&root, &path, O_WRONLY | O_CREAT | O_EXCL, 0640);
	assert_true(fd >= 0);
	close(fd);
}

static void
a_dangling_link_makes_its_target_inside(void **state)
{
	struct relpath path = at("dangling");
	int fd =
	    root_open_file(&root, &path, O_WRONLY | O_CREAT | O_EXCL, 0644);

	(void)state;
	assert_int_equal(fd, -1);
	assert_int_equal(errno, EEXIST);
	fd = root_open_file(&root, &path, O_WRONLY | O_CREAT, 0644);
	assert_true(fd >= 0);
	close(fd);
	assert_int_equal(access("root/made", F_OK), 0);
	assert_int_equal(unlink("root/made"), 0);
}

static void
slashes_at_the_end_mean_directories(void **state)
{
	struct relpath path = at("link/");
	struct stat st;

	(void)state;
	refuses_to_read("f/", ENOTDIR);
	assert_int_equal(root_stat(&root, &path, NO_FOLLOW, &st), 0);
	assert_true(S_ISDIR(st.st_mode));
	path = at("link");
	assert_int_equal(root_stat(&root, &path, NO_FOLLOW, &st), 0);
	assert_true(S_ISLNK(st.st_mode));
}

/* ... where names change, too; no symlink is followed for it. */
static void
slashes_behind_a_name_want_a_directory(void **state)
{
	struct relpath file = at("s-file"), file_slash = at("s-file/"),
		       made = at("s-made"), made_slash = at("s-made//"),
		       link = at("link/"), out = at("out/");
	struct stat st;

	(void)state;
	scratch_put("root/s-file", "stays", 0644);
	assert_int_equal(root_rename(&root, &file, &made_slash, true), -1);
	assert_int_equal(errno, ENOTDIR);
	assert_int_equal(root_rename(&root, &file_slash, &made, true), -1);
	assert_int_equal(root_unlink(&root, &file_slash), -1);
	assert_int_equal(root_link(&root, &file, &made_slash), -1);
	assert_int_equal(root_symlink(&root, "x", &made_slash), -1);
	assert_int_equal(root_unlink(&root, &link), -1);
	assert_int_equal(root_rmdir(&root, &out), -1);
	assert_string_equal(content("s-file"), "stays");
	assert_int_equal(lstat("root/out", &st), 0);
	assert_int_equal(root_mkdir(&root, &made_slash, 0700), 0);
	assert_int_equal(root_rename(&root, &made_slash, &file_slash, true),
	    -1);
	assert_int_equal(root_rmdir(&root, &made_slash), 0);
	assert_int_equal(root_unlink(&root, &file), 0);
}

static void
loops_end(void **state)
{
	(void)state;
	refuses_to_read("loop1", ELOOP);
}

static void
long_paths_and_names_have_their_limits(void **state)
{
	char raw[PATH_MAX + 8];
	size_t len;

	(void)state;
	for (len = 0; len + 2 < PATH_MAX - 1; len += 2)
		memcpy(raw + len, "./", 3);
	memcpy(raw + len, "f", 2);
	assert_string_equal(content(raw), "inside");
	memset(raw, 'n', 256);
	raw[256] = '\0';
	refuses_to_read(raw, ENAMETOOLONG);
}

static void
names_are_bytes(void **state)
{
	struct relpath path = at("\xff\xfe \n\"\x01");
	int fd = root_open_file(&root, &path, O_WRONLY | O_CREAT, 0644);

	(void)state;
	assert_true(fd >= 0);
	close(fd);
	assert_int_equal(access("root/\xff\xfe \n\"\x01", F_OK), 0);
	assert_int_equal(root_unlink(&root, &path), 0);
}

static void
a_fifo_is_refused_and_nobody_hangs(void **state)
{
	struct relpath path = at("fifo");

	(void)state;
	assert_int_equal(root_open_file(&root, &path, O_RDONLY, 0), -1);
	assert_int_equal(errno, ENXIO);
	assert_int_equal(root_open_file(&root, &path, O_WRONLY, 0), -1);
	assert_int_equal(errno, ENXIO);
	assert_int_equal(root_open_file(&root, &path,
			     O_WRONLY | O_CREAT | O_TRUNC, 0644),
	    -1);
	assert_int_equal(errno, ENXIO);
}

static void
a_device_is_not_opened(void **state)
{
	struct relpath path = at("node");

	(void)state;
	if (geteuid() != 0)
		return; /* only root can make one; root's run shows it */
	assert_int_equal(mknod("root/node", S_IFCHR | 0666, makedev(1, 3)), 0);
	assert_int_equal(root_open_file(&root, &path, O_RDWR, 0), -1);
	assert_int_equal(errno, ENXIO);
	assert_int_equal(root_unlink(&root, &path), 0);
}

static void
names_change_by_one_component(void **state)
{
	struct relpath dir = at("d/"), file = at("f"), there = at("d/g");
	struct relpath up = at("up/x"), gone = at("gone");
	struct stat st;

	(void)state;
	assert_int_equal(root_mkdir(&root, &dir, 0755), 0);
	assert_int_equal(root_link(&root, &file, &there), 0);
	assert_int_equal(root_rename(&root, &there, &gone, true), 0);
	assert_int_equal(root_rename(&root, &gone, &file, false), -1);
	assert_int_equal(errno, EEXIST);
	assert_int_equal(root_mkdir(&root, &up, 0755), -1);
	assert_int_equal(root_link(&root, &file, &up), -1);
	assert_int_equal(root_rename(&root, &gone, &up, true), -1);
	assert_int_equal(root_symlink(&root, "x", &up), -1);
	assert_int_equal(stat("outside/x", &st), -1);
	assert_int_equal(root_unlink(&root, &gone), 0);
	assert_int_equal(root_rmdir(&root, &dir), 0);
}

static void
the_root_itself_and_dots_are_no_names(void **state)
{
	struct relpath top_path = at("/"), dot = at("a/."), dots = at("a/..");
	struct relpath in_itself = at("a/b/c"), a = at("a");

	(void)state;
	assert_int_equal(root_rmdir(&root, &top_path), -1);
	assert_int_equal(errno, EBUSY);
	assert_int_equal(root_rmdir(&root, &dot), -1);
	assert_int_equal(errno, EINVAL);
	assert_int_equal(root_unlink(&root, &dots), -1);
	assert_int_equal(errno, EINVAL);
	assert_int_equal(root_rename(&root, &a, &in_itself, true), -1);
	assert_int_equal(errno, EINVAL);
}

static void
metadata_is_changed_where_it_is_pinned(void **state)
{
	const struct timespec times[2] = { { 100, 5 }, { 200, 7 } };
	struct relpath file = at("inabs"), out = at("out/secret");
	struct relpath link = at("link");
	struct stat st;

	(void)state;
	assert_int_equal(root_chmod(&root, &file, FOLLOW, 0600), 0);
	assert_int_equal(root_utimes(&root, &file, FOLLOW, times), 0);
	assert_int_equal(root_chown(&root, &file, FOLLOW, geteuid(), getegid()),
	    0);
	assert_int_equal(stat("root/a/f", &st), 0);
	assert_int_equal(st.st_mode & 07777, 0600);
	assert_int_equal(st.st_mtim.tv_sec, 200);
	assert_int_equal(st.st_mtim.tv_nsec, 7);
	assert_int_equal(root_chmod(&root, &link, NO_FOLLOW, 0600), -1);
	assert_int_equal(errno, EOPNOTSUPP);
	assert_int_equal(root_utimes(&root, &link, NO_FOLLOW, times), 0);
	assert_int_equal(lstat("root/link", &st), 0);
	assert_int_equal(st.st_mtim.tv_sec, 200);
	assert_int_equal(root_chmod(&root, &out, FOLLOW, 0777), -1);
	assert_int_equal(root_utimes(&root, &out, FOLLOW, times), -1);
	assert_int_equal(root_truncate(&root, &out, 0), -1);
	assert_int_equal(stat("outside/secret", &st), 0);
	assert_int_equal(st.st_size, 6);
	assert_int_equal(root_truncate(&root, &file, 2), 0);
	assert_string_equal(content("a/f"), "de");
	scratch_put("root/a/f", "deep", 0644);
}

static void
link_texts_are_told_as_they_are(void **state)
{
	struct relpath link = at("up"), file = at("f");
	char text[PATH_MAX];

	(void)state;
	assert_int_equal(root_readlink(&root, &link, text), 10);
	assert_string_equal(text, "../outside");
	assert_int_equal(root_readlink(&root, &file, text), -1);
	assert_int_equal(errno, EINVAL);
}

static void
text_is(ssize_t len, const char *text, const char *wanted)
{
	if (wanted == NULL) {
		assert_int_equal(len, -1);
		return;
	}
	assert_string_equal(text, wanted);
	assert_int_equal(len, strlen(wanted));
}

/* All ways to a canonical path give the same answer. */
static void
leads_to(const char *raw, const char *wanted)
{
	struct relpath path = at(raw);
	struct root_cache *cache = malloc(sizeof(*cache));
	int proc = root.proc_fd;
	char text[PATH_MAX];

	for (int without = 0; without < 2; without++) {
		root.proc_fd = without ? -1 : proc;
		text_is(root_realpath(&root, &path, text), text, wanted);
		root_cache_init(cache, &root);
		text_is(root_cache_realpath(cache, &path, text), text, wanted);
		root_cache_drop(cache);
	}
	root.proc_fd = proc;
	free(cache);
}

static void
canonical_paths_begin_at_the_root(void **state)
{
	(void)state;
	leads_to(".", "/");
	leads_to("..", "/");
	leads_to("f", "/f");
	leads_to("a/b/../f", "/a/f");
	leads_to("link/f", "/a/f");
	leads_to("inabs", "/a/f");
	leads_to("missing", "/missing");
	leads_to("a/missing", "/a/missing");
	leads_to("link/missing", "/a/missing");
	leads_to("dangling", "/made");
	leads_to("missing/x", NULL);
	leads_to("missing/../f", NULL);
	leads_to("loop1", NULL);
	leads_to("f/x", NULL);
	leads_to("f/.", NULL);
	leads_to("link/.", "/a");
	leads_to("link/../f", "/f");
	/* It leads to /outside, which is not there, in the root. */
	leads_to("up", "/outside");
}

static void
the_root_may_be_moved(void **state)
{
	(void)state;
	assert_int_equal(rename("root", "elsewhere"), 0);
	assert_string_equal(content("a/f"), "deep");
	leads_to("link/f", "/a/f");
	assert_int_equal(rename("elsewhere", "root"), 0);
}

static void
the_root_may_be_a_symlink(void **state)
{
	struct root other;
	struct relpath path = at("f");
	struct stat st;

	(void)state;
	assert_int_equal(symlink("root", "alias"), 0);
	assert_int_equal(root_open(&other, "alias", false), 0);
	assert_int_equal(root_stat(&other, &path, FOLLOW, &st), 0);
	root_close(&other);
	assert_int_equal(unlink("alias"), 0);
	assert_int_equal(root_open(&other, "root/f", false), -1);
	assert_int_equal(errno, ENOTDIR);
}

/* The cache answers as the root does, for every name there is. */
static void
the_cache_gives_the_same_answers(void **state)
{
	static const char *const names[] = { "f", "a", "a/f", "link", "inabs",
		"link/f", "out", "out/secret", "up1", "missing", "a/missing",
		"f/x", ".", "..", "a/..", "loop1", "fifo", "dangling", "f/",
		"missing/x", "magic" };
	struct root_cache *cache = malloc(sizeof(*cache));

	(void)state;
	root_cache_init(cache, &root);
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		for (int follow = FOLLOW; follow <= NO_FOLLOW; follow++) {
			struct relpath path = at(names[i]);
			struct stat a = { 0 }, b = { 0 };
			int one, other, error;

			errno = 0;
			one = root_stat(&root, &path, (enum follow)follow, &a);
			error = errno;
			errno = 0;
			other = root_cache_stat(cache, &path,
			    (enum follow)follow, &b);
			assert_int_equal(one, other);
			if (one != 0)
				assert_int_equal(error, errno);
			else
				assert_int_equal(a.st_ino, b.st_ino);
		}
	}
	root_cache_drop(cache);
	free(cache);
}

static void
the_cache_opens_nothing_but_files_inside(void **state)
{
	struct root_cache *cache = malloc(sizeof(*cache));
	static const char *const refused[] = { "out/secret", "up1/secret",
		"fifo", "loop1", "leading", "magic/etc/passwd" };
	struct relpath path = at("link/f");
	int fd;

	(void)state;
	root_cache_init(cache, &root);
	fd = root_cache_open_file(cache, &path, O_RDONLY, 0);
	assert_true(fd >= 0);
	close(fd);
	for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++) {
		path = at(refused[i]);
		assert_int_equal(root_cache_open_file(cache, &path, O_RDONLY,
				     0),
		    -1);
		assert_int_equal(root_cache_open_file(cache, &path,
				     O_WRONLY | O_CREAT | O_TRUNC, 0644),
		    -1);
	}
	assert_int_equal(access("/tmp/never", F_OK), -1);
	root_cache_drop(cache);
	free(cache);
}

/* A child renames without end: each ".." may be answered EAGAIN. */
static void
lookups_outlast_renames(void **state)
{
	pid_t pid = fork();
	int status;

	(void)state;
	if (pid == 0) {
		for (;;) {
			if (rename("root/a/b", "root/a/c") != 0 ||
			    rename("root/a/c", "root/a/b") != 0)
				_exit(1);
		}
	}
	for (int i = 0; i < 3000; i++)
		assert_string_equal(content("a/../link/../f"), "inside");
	assert_int_equal(kill(pid, SIGKILL), 0);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	if (access("root/a/b", F_OK) != 0)
		assert_int_equal(rename("root/a/c", "root/a/b"), 0);
}

static int
open_without_openat2(const void *context)
{
	struct root other;

	if (child_lacks(SYS_openat2, *(const int *)context) != 0)
		return CHILD_FAILED;
	return child_errno(root_open(&other, "root", false));
}

static void
a_kernel_without_openat2_is_told(void **state)
{
	static const int errors[] = { ENOSYS, EPERM };

	(void)state;
	for (int i = 0; i < 2; i++)
		assert_int_equal(child_run(0, open_without_openat2, &errors[i]),
		    ENOSYS);
}

static int
cross_a_mount(const void *context)
{
	struct root other;
	struct relpath path = at("a/b/f");
	struct stat st;

	if (unshare(CLONE_NEWNS) != 0 ||
	    mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) != 0 ||
	    mount("none", "root/a/b", "tmpfs", 0, NULL) != 0)
		return CHILD_FAILED;
	close(open("root/a/b/f", O_WRONLY | O_CREAT, 0644));
	if (root_open(&other, "root", *(const bool *)context) != 0)
		return CHILD_FAILED;
	return child_errno(root_stat(&other, &path, FOLLOW, &st));
}

static void
mounts_are_crossed_unless_one_file_system(void **state)
{
	static const bool flags[] = { false, true };

	(void)state;
	if (geteuid() != 0)
		return; /* mounts are root's; root's run shows it */
	assert_int_equal(child_run(0, cross_a_mount, &flags[0]), 0);
	assert_int_equal(child_run(0, cross_a_mount, &flags[1]), EXDEV);
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(reads_inside),
	cmocka_unit_test(dots_stop_at_the_top),
	cmocka_unit_test(links_that_lead_out_lead_nowhere),
	cmocka_unit_test(creation_stays_inside),
	cmocka_unit_test(a_dangling_link_makes_its_target_inside),
	cmocka_unit_test(slashes_at_the_end_mean_directories),
	cmocka_unit_test(slashes_behind_a_name_want_a_directory),
	cmocka_unit_test(loops_end),
	cmocka_unit_test(long_paths_and_names_have_their_limits),
	cmocka_unit_test(names_are_bytes),
	cmocka_unit_test(a_fifo_is_refused_and_nobody_hangs),
	cmocka_unit_test(a_device_is_not_opened),
	cmocka_unit_test(names_change_by_one_component),
	cmocka_unit_test(the_root_itself_and_dots_are_no_names),
	cmocka_unit_test(metadata_is_changed_where_it_is_pinned),
	cmocka_unit_test(link_texts_are_told_as_they_are),
	cmocka_unit_test(canonical_paths_begin_at_the_root),
	cmocka_unit_test(the_root_may_be_moved),
	cmocka_unit_test(the_root_may_be_a_symlink),
	cmocka_unit_test(the_cache_gives_the_same_answers),
	cmocka_unit_test(the_cache_opens_nothing_but_files_inside),
	cmocka_unit_test(lookups_outlast_renames),
	cmocka_unit_test(a_kernel_without_openat2_is_told),
	cmocka_unit_test(mounts_are_crossed_unless_one_file_system),
};

static int
run_all(const void *context)
{
	(void)context;
	if (freopen("/dev/null", "w", stdout) == NULL)
		return CHILD_FAILED;
	return cmocka_run_group_tests(tests, setup, teardown) == 0 ? 0 : 1;
}

static void
all_of_it_as_an_ordinary_user(void **state)
{
	(void)state;
	assert_int_equal(child_run(1, run_all, NULL), 0);
}

int
main(void)
{
	const struct CMUnitTest again[] = {
		cmocka_unit_test(all_of_it_as_an_ordinary_user),
	};
	struct CMUnitTest all[sizeof(tests) / sizeof(tests[0]) + 1];

	memcpy(all, tests, sizeof(tests));
	all[sizeof(tests) / sizeof(tests[0])] = again[0];
	return cmocka_run_group_tests(all, setup, teardown);
}
