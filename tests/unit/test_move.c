/*
 * Names move to free names on every file system, and nothing is ever replaced:
 * on one that has all, and on those that lack one means after the other.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "poorfs.h"
#include "root/move.h"
#include "root/private_names.h"
#include "root/root.h"

static bool possible;

static const char *const lacks[] = { "", "noreplace", "noreplace,link",
	"noreplace,dirover", "noreplace,link,dirover", "exchange", "all" };

/* ... of which the first differ in how a file moves to a free name. */
enum { KINDS = sizeof(lacks) / sizeof(lacks[0]), WAYS = 3 };

static struct root root;
static struct poorfs fs;
static int mnt = -1, back = -1;
static pid_t swapper;

static void stop_swapper(void);

static void
begin(const char *lacking)
{
	if (!possible)
		skip();
	assert_int_equal(poorfs_start(&fs, lacking, 0), 0);
	assert_int_equal(root_open(&root, fs.mnt, false), 0);
	mnt = root.fd;
	back = open(fs.back, O_PATH | O_DIRECTORY | O_CLOEXEC);
	assert_true(mnt >= 0 && back >= 0);
}

static int
end(void **state)
{
	(void)state;
	stop_swapper();
	if (mnt < 0)
		return 0;
	root_close(&root);
	close(back);
	mnt = back = -1;
	poorfs_stop(&fs);
	return 0;
}

static void
put(const char *name, const char *text)
{
	int fd =
	    openat(back, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
	close(fd);
}

static bool
holds(const char *name, const char *text)
{
	int fd = openat(back, name, O_RDONLY | O_CLOEXEC);
	char room[64] = { 0 };
	bool result = fd >= 0 && read(fd, room, sizeof(room) - 1) >= 0 &&
		      strcmp(room, text) == 0;

	if (fd >= 0)
		close(fd);
	return result;
}

static bool
is_there(const char *name)
{
	return faccessat(back, name, F_OK, AT_SYMLINK_NOFOLLOW) == 0;
}

/* How many names there are, and none of them ours. */
static int
names(void)
{
	DIR *dir = opendir(fs.back);
	struct dirent *entry;
	int count = 0;

	assert_non_null(dir);
	while ((entry = readdir(dir)) != NULL) {
		assert_false(private_is(entry->d_name));
		count++;
	}
	closedir(dir);
	return count - 2;
}

static int
to_free(const char *from, const char *to)
{
	return move_to_free(&root, mnt, from, mnt, to);
}

static void
taken(const char *from, const char *to)
{
	assert_int_equal(to_free(from, to), -1);
	assert_int_equal(errno, EEXIST);
}

static void
files_move_to_free_names_and_replace_nothing(void **state)
{
	for (int kind = 0; kind < KINDS; kind++) {
		begin(lacks[kind]);
		put("file", "file");
		put("other", "other");
		assert_int_equal(mkdirat(back, "dir", 0755), 0);
		assert_int_equal(symlinkat("nowhere", back, "link"), 0);
		taken("file", "other");
		taken("file", "dir");
		taken("file", "link");
		taken("file", "file");
		taken("link", "other");
		for (int round = 0; round < 2; round++) {
			assert_int_equal(to_free("file", "free"), 0);
			assert_true(holds("free", "file"));
			assert_false(is_there("file"));
			taken("other", "free");
			assert_int_equal(to_free("free", "file"), 0);
		}
		assert_int_equal(to_free("link", "free"), 0);
		assert_false(is_there("link"));
		assert_true(is_there("free"));
		assert_int_equal(to_free("missing", "new"), -1);
		assert_int_equal(errno, ENOENT);
		assert_int_equal(to_free("file", "missing/new"), -1);
		assert_int_equal(errno, ENOENT);
		assert_true(holds("file", "file") && holds("other", "other"));
		assert_int_equal(names(), 4);
		end(state);
	}
}

static void
directories_move_to_free_names_and_replace_nothing(void **state)
{
	for (int kind = 0; kind < KINDS; kind++) {
		begin(lacks[kind]);
		assert_int_equal(mkdirat(back, "dir", 0755), 0);
		put("dir/f", "inside");
		assert_int_equal(mkdirat(back, "empty", 0755), 0);
		put("file", "file");
		taken("dir", "empty");
		taken("dir", "file");
		taken("empty", "dir");
		for (int round = 0; round < 2; round++) {
			assert_int_equal(to_free("dir", "free"), 0);
			assert_true(holds("free/f", "inside"));
			assert_int_equal(to_free("free", "empty/moved"), 0);
			assert_true(holds("empty/moved/f", "inside"));
			assert_int_equal(to_free("empty/moved", "dir/"), 0);
		}
		assert_int_equal(to_free("dir", "dir/self"), -1);
		assert_int_equal(errno, EINVAL);
		assert_false(is_there("dir/self"));
		assert_true(holds("dir/f", "inside"));
		assert_int_equal(names(), 3);
		end(state);
	}
}

static void
what_is_lacking_is_found_out_once(void **state)
{
	begin("all");
	put("file", "file");
	put("other", "other");
	assert_int_equal(to_free("file", "a"), 0);
	poorfs_count(&fs);
	assert_int_equal(to_free("a", "b"), 0);
	poorfs_count(&fs);
	assert_int_equal(fs.counts[45], 0); /* FUSE_RENAME2 */
	assert_int_equal(move_exchange(&root, mnt, "b", mnt, "other"), -1);
	assert_int_equal(errno, EINVAL);
	poorfs_count(&fs);
	assert_int_equal(move_exchange(&root, mnt, "b", mnt, "other"), -1);
	assert_int_equal(errno, EINVAL);
	assert_int_equal(poorfs_count(&fs), 0);
	end(state);
}

static void
names_are_exchanged_or_stay(void **state)
{
	for (int kind = 0; kind < KINDS; kind++) {
		bool can = strstr(lacks[kind], "exchange") == NULL &&
			   strcmp(lacks[kind], "all") != 0;

		begin(lacks[kind]);
		put("a", "1");
		put("b", "2");
		assert_int_equal(move_exchange(&root, mnt, "a", mnt, "b"),
		    can ? 0 : -1);
		assert_true(holds("a", can ? "2" : "1"));
		assert_true(holds("b", can ? "1" : "2"));
		assert_int_equal(move_over(mnt, "a", mnt, "b"), 0);
		assert_int_equal(names(), 1);
		end(state);
	}
}

/* Exchanges two names until the test ends. */
static void
start_swapper(const char *a, const char *b)
{
	swapper = fork();
	assert_true(swapper >= 0);
	while (swapper == 0)
		renameat2(back, a, back, b, RENAME_EXCHANGE);
}

static void
stop_swapper(void)
{
	if (swapper <= 0)
		return;
	kill(swapper, SIGKILL);
	waitpid(swapper, NULL, 0);
	swapper = 0;
}

static nlink_t
links_of(int held)
{
	struct stat st;

	assert_int_equal(fstat(held, &st), 0);
	close(held);
	return st.st_nlink;
}

/* While another process exchanges the name that moves with a victim's. */
static void
a_raced_move_loses_nothing(void **state)
{
	for (int kind = 0; kind < WAYS; kind++) {
		int moved = 0, held[2];
		struct stat st;

		begin(lacks[kind]);
		put("from", "file");
		put("victim", "victim");
		held[0] = openat(back, "from", O_PATH | O_CLOEXEC);
		held[1] = openat(back, "victim", O_PATH | O_CLOEXEC);
		start_swapper("from", "victim");
		for (int i = 0; i < 200; i++) {
			if (to_free("from", "to") != 0)
				continue;
			moved++;
			if (renameat2(back, "to", back, "from",
				RENAME_NOREPLACE) == 0)
				continue;
			/* It kept its old name, which another has now. */
			assert_int_equal(errno, EEXIST);
			assert_int_equal(fstatat(back, "to", &st, 0), 0);
			assert_int_equal(st.st_nlink, 2);
			assert_int_equal(unlinkat(back, "to", 0), 0);
		}
		stop_swapper();
		assert_true(moved > 0);
		assert_int_equal(links_of(held[0]), 1);
		assert_int_equal(links_of(held[1]), 1);
		assert_int_equal(names(), 2);
		end(state);
	}
}

/* Two of us want one name: one gets it, and both files stay. */
static void
of_two_that_want_one_name_one_gets_it(void **state)
{
	for (int kind = 0; kind < WAYS; kind++) {
		begin(lacks[kind]);
		for (int i = 0; i < 30; i++) {
			int status, won;
			pid_t pid;

			put("a", "a");
			put("b", "b");
			pid = fork();
			assert_true(pid >= 0);
			/* /proc/self/fd is each process's own. */
			if (pid == 0)
				_exit(root_open(&root, fs.mnt, false) == 0 &&
					      move_to_free(&root, root.fd, "a",
						  root.fd, "to") == 0
					  ? 0
					  : 1);
			won = to_free("b", "to") == 0;
			assert_int_equal(waitpid(pid, &status, 0), pid);
			assert_int_equal(won + (status == 0), 1);
			assert_true(holds("to", won ? "b" : "a"));
			assert_true(holds(won ? "a" : "b", won ? "a" : "b"));
			assert_int_equal(names(), 2);
			assert_int_equal(unlinkat(back, "to", 0), 0);
			assert_int_equal(unlinkat(back, won ? "a" : "b", 0), 0);
		}
		end(state);
	}
}

#define TEST(claim) cmocka_unit_test_teardown(claim, end)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(files_move_to_free_names_and_replace_nothing),
		TEST(directories_move_to_free_names_and_replace_nothing),
		TEST(what_is_lacking_is_found_out_once),
		TEST(names_are_exchanged_or_stay),
		TEST(a_raced_move_loses_nothing),
		TEST(of_two_that_want_one_name_one_gets_it),
	};

	possible = poorfs_possible();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
