/*
 * With atomic-uploads a name shows the old file or the whole new one, and
 * nothing else is ever left behind.
 */
#include <dirent.h>
#include <sys/inotify.h>
#include <time.h>

#include "sftpserver.h"

enum { NEW = OPEN_WRITE | OPEN_CREAT | OPEN_TRUNC };

static void
begin(struct server *server)
{
	server->keys[0] = "atomic-uploads";
	server->keys[1] = "yes";
	server->keys[2] = NULL;
	server_start(server);
}

static void
put(struct server *server, const struct slice *handle, uint64_t offset,
    const char *text)
{
	assert_int_equal(server_ask(server, PACKET_WRITE, NULL, "hos", handle,
			     offset, text),
	    STATUS_OK);
}

static uint32_t
end(struct server *server, const struct slice *handle)
{
	return server_ask(server, PACKET_CLOSE, NULL, "h", handle);
}

/* The size that STAT tells, or -1. */
static int64_t
stat_size(struct server *server, const char *path)
{
	if (server_ask(server, PACKET_STAT, NULL, "p", path) != UINT32_MAX)
		return -1;
	return (int64_t)wire_u64(server->reply.body + 4);
}

/* How many names there are in the root that nobody gave. */
static int
leftovers(const struct server *server, const char *directory)
{
	DIR *dir = opendir(server_path(server, directory));
	struct dirent *entry;
	int count = 0;

	assert_non_null(dir);
	while ((entry = readdir(dir)) != NULL)
		count += strncmp(entry->d_name, ".filesonly", 10) == 0;
	closedir(dir);
	return count;
}

static void
holds(const struct server *server, const char *name, const char *text)
{
	const char *got = server_get(server, name);

	if (text == NULL) {
		assert_null(got);
	} else {
		assert_non_null(got);
		assert_string_equal(got, text);
	}
}

static void
a_new_file_appears_when_it_is_closed(void **state)
{
	struct server *server = *state;
	unsigned char room[32];
	struct slice handle;
	struct stat st;

	begin(server);
	handle = server_open(server, "f", NEW, room);
	put(server, &handle, 0, "first ");
	holds(server, "f", NULL);
	assert_int_equal(stat_size(server, "f"), 6);
	assert_int_equal(stat_size(server, "./f"), 6);
	put(server, &handle, 6, "second");
	assert_int_equal(stat_size(server, "/f"), 12);
	assert_int_equal(end(server, &handle), STATUS_OK);
	holds(server, "f", "first second");
	assert_int_equal(stat(server_path(server, "f"), &st), 0);
	assert_int_equal(st.st_mode & 07777, 0644);
	assert_int_equal(stat_size(server, "f"), 12);
	assert_int_equal(leftovers(server, ""), 0);
}

static void
the_old_file_stays_until_the_new_one_is_closed(void **state)
{
	struct server *server = *state;
	unsigned char room[32];
	struct slice handle;
	struct stat st;

	server_put(server, "f", "the old one");
	assert_int_equal(chmod(server_path(server, "f"), 0640), 0);
	begin(server);
	for (int i = 0; i < 2; i++) {
		/* With and without OPEN_CREAT (Cyberduck). */
		handle = server_open(server, "f",
		    i == 0 ? NEW : OPEN_WRITE | OPEN_TRUNC, room);
		put(server, &handle, 0, "new");
		holds(server, "f", i == 0 ? "the old one" : "new");
		assert_int_equal(stat_size(server, "f"), 3);
		assert_int_equal(end(server, &handle), STATUS_OK);
		holds(server, "f", "new");
	}
	assert_int_equal(stat(server_path(server, "f"), &st), 0);
	assert_int_equal(st.st_mode & 07777, 0640);
	assert_int_equal(leftovers(server, ""), 0);
}

/* Cut by the client, or by a kill that nothing can be done about. */
static void
cut_uploads_leave_nothing(void **state)
{
	struct server *server = *state;
	unsigned char rooms[2][32];
	struct slice handle;

	for (int i = 0; i < 4; i++) {
		server->lacks_proc = (i & 1) != 0;
		server_put(server, "f", "the old one");
		begin(server);
		handle = server_open(server, "f", NEW, rooms[0]);
		put(server, &handle, 0, "half");
		handle = server_open(server, "g", NEW, rooms[1]);
		put(server, &handle, 0, "half");
		assert_int_equal(leftovers(server, ""),
		    server->lacks_proc ? 2 : 0);
		if (i < 2) {
			assert_int_equal(server_stop(server), 0);
			assert_int_equal(leftovers(server, ""), 0);
		} else {
			kill(server->pid, SIGKILL);
			server_stop(server);
		}
		holds(server, "f", "the old one");
		holds(server, "g", NULL);
	}
	/* The last one was killed and had names; the next session sweeps. */
	assert_int_equal(leftovers(server, ""), 2);
	begin(server);
	handle = server_open(server, "f", NEW, rooms[0]);
	assert_int_equal(leftovers(server, ""), 1);
	assert_int_equal(end(server, &handle), STATUS_OK);
	assert_int_equal(leftovers(server, ""), 0);
}

static void
a_listing_sweeps_what_is_stale_and_not_what_is_alive(void **state)
{
	struct server *server = *state;
	static struct server other;
	unsigned char rooms[3][32];
	struct slice handle, directory;

	server->lacks_proc = true;
	begin(server);
	handle = server_open(server, "f", NEW, rooms[0]);
	kill(server->pid, SIGKILL);
	server_stop(server);
	assert_int_equal(leftovers(server, ""), 1);
	begin(server);
	handle = server_open(server, "g", NEW, rooms[1]);
	assert_int_equal(leftovers(server, ""), 1);
	put(server, &handle, 0, "alive");
	/* Not of this boot: perhaps alive on another machine. */
	server_put(server, ".filesonly.u0123456789abcdef01234567", "another's");
	server_put(server, ".filesonly.r0123456789abcdef", "not ours to judge");
	other = *server;
	server_start(&other);
	directory = server_opendir(&other, ".", rooms[2]);
	assert_int_equal(server_ask(&other, PACKET_READDIR, NULL, "h",
			     &directory),
	    UINT32_MAX);
	assert_int_equal(server_stop(&other), 0);
	assert_int_equal(leftovers(server, ""), 3);
	assert_int_equal(end(server, &handle), STATUS_OK);
	holds(server, "g", "alive");
	assert_int_equal(leftovers(server, ""), 2);
}

/* A named upload (no /proc) does all the same. */
static void
without_proc_it_is_the_same(void **state)
{
	struct server *server = *state;
	unsigned char room[32];
	struct slice handle;

	server->lacks_proc = true;
	server_put(server, "old", "old");
	begin(server);
	handle = server_open(server, "new", NEW, room);
	put(server, &handle, 0, "new");
	holds(server, "new", NULL);
	assert_int_equal(stat_size(server, "new"), 3);
	assert_int_equal(end(server, &handle), STATUS_OK);
	holds(server, "new", "new");
	handle = server_open(server, "old", NEW, room);
	put(server, &handle, 0, "renewed");
	holds(server, "old", "old");
	assert_int_equal(end(server, &handle), STATUS_OK);
	holds(server, "old", "renewed");
	assert_int_equal(leftovers(server, ""), 0);
}

static void
what_is_edited_in_place_is_not_put_aside(void **state)
{
	struct server *server = *state;
	unsigned char room[32];
	struct slice handle;
	struct stat before, after;

	server_put(server, "f", "0123456789");
	assert_int_equal(stat(server_path(server, "f"), &before), 0);
	begin(server);
	handle = server_open(server, "f", OPEN_WRITE, room);
	put(server, &handle, 2, "xx");
	holds(server, "f", "01xx456789");
	assert_int_equal(end(server, &handle), STATUS_OK);
	handle = server_open(server, "f", OPEN_WRITE | OPEN_CREAT, room);
	put(server, &handle, 4, "yy");
	holds(server, "f", "01xxyy6789");
	handle = server_open(server, "f", OPEN_WRITE | OPEN_APPEND, room);
	put(server, &handle, 0, "+");
	holds(server, "f", "01xxyy6789+");
	handle = server_open(server, "log",
	    OPEN_WRITE | OPEN_APPEND | OPEN_CREAT, room);
	put(server, &handle, 0, "line");
	holds(server, "log", "line");
	handle = server_open(server, "lock",
	    OPEN_WRITE | OPEN_CREAT | OPEN_EXCL, room);
	holds(server, "lock", "");
	assert_int_equal(stat(server_path(server, "f"), &after), 0);
	assert_int_equal(before.st_ino, after.st_ino);
}

static void
an_open_upload_answers_under_its_name(void **state)
{
	const struct attrs attrs = { .flags = ATTR_PERMISSIONS | ATTR_ACMODTIME,
		.permissions = 0600,
		.atime = 1000000000,
		.mtime = 1000000001 };
	struct server *server = *state;
	unsigned char rooms[3][32];
	struct slice writer, reader, second;
	struct stat st;

	begin(server);
	writer = server_open(server, "f", NEW, rooms[0]);
	put(server, &writer, 0, "0123456789");
	/* Read while it is written, and written by a second handle. */
	reader = server_open(server, "f", OPEN_READ, rooms[1]);
	assert_int_equal(server_ask(server, PACKET_READ, NULL, "hou", &reader,
			     UINT64_C(4), 3),
	    UINT32_MAX);
	assert_memory_equal(server->reply.body + 4, "456", 3);
	assert_int_equal(end(server, &reader), STATUS_OK);
	second = server_open(server, "f", OPEN_WRITE, rooms[2]);
	put(server, &second, 8, "xx");
	assert_int_equal(server_ask(server, PACKET_OPEN, NULL, "pua", "f",
			     (uint32_t)(OPEN_WRITE | OPEN_CREAT | OPEN_EXCL),
			     &attrs),
	    STATUS_FAILURE);
	assert_int_equal(server_ask(server, PACKET_SETSTAT, NULL, "pa", "f",
			     &attrs),
	    STATUS_OK);
	assert_int_equal(end(server, &writer), STATUS_OK);
	holds(server, "f", NULL);
	assert_int_equal(end(server, &second), STATUS_OK);
	holds(server, "f", "01234567xx");
	assert_int_equal(stat(server_path(server, "f"), &st), 0);
	assert_int_equal(st.st_mode & 07777, 0600);
	assert_int_equal(st.st_mtime, 1000000001);
}

static void
an_open_upload_can_be_renamed(void **state)
{
	struct server *server = *state;
	unsigned char room[32];
	struct slice handle;

	server_put(server, "there", "old");
	assert_int_equal(mkdir(server_path(server, "d"), 0777), 0);
	server_own(server, "d");
	begin(server);
	for (int i = 0; i < 2; i++) {
		handle = server_open(server, "part", NEW, room);
		put(server, &handle, 0, "whole");
		assert_int_equal(server_ask(server, PACKET_RENAME, NULL, "pp",
				     "part", "there"),
		    STATUS_FAILURE);
		assert_int_equal(server_ask(server, PACKET_RENAME, NULL, "pp",
				     "part", "d/whole"),
		    i == 0 ? STATUS_OK : STATUS_FAILURE);
		if (i == 1)
			assert_int_equal(server_ask(server, PACKET_EXTENDED,
					     "posix-rename@openssh.com", "pp",
					     "part", "there"),
			    STATUS_OK);
		holds(server, "there", "old");
		assert_int_equal(stat_size(server, "part"), -1);
		assert_int_equal(end(server, &handle), STATUS_OK);
		holds(server, i == 0 ? "d/whole" : "there", "whole");
		holds(server, "part", NULL);
	}
	assert_int_equal(leftovers(server, "") + leftovers(server, "d"), 0);
}

static void
an_open_upload_can_be_removed(void **state)
{
	struct server *server = *state;
	unsigned char room[32];
	struct slice handle;

	server_put(server, "old", "old");
	begin(server);
	handle = server_open(server, "f", NEW, room);
	put(server, &handle, 0, "x");
	assert_int_equal(server_ask(server, PACKET_REMOVE, NULL, "p", "f"),
	    STATUS_OK);
	assert_int_equal(stat_size(server, "f"), -1);
	put(server, &handle, 1, "y");
	assert_int_equal(end(server, &handle), STATUS_OK);
	holds(server, "f", NULL);
	handle = server_open(server, "old", NEW, room);
	assert_int_equal(server_ask(server, PACKET_REMOVE, NULL, "p", "old"),
	    STATUS_OK);
	assert_int_equal(end(server, &handle), STATUS_OK);
	holds(server, "old", NULL);
}

static void
a_symlink_stays_and_its_target_is_replaced(void **state)
{
	struct server *server = *state;
	unsigned char room[32];
	struct slice handle;
	struct stat st;

	server_put(server, "target", "old");
	assert_int_equal(symlink("target", server_path(server, "link")), 0);
	assert_int_equal(symlink("/made", server_path(server, "dangling")), 0);
	begin(server);
	handle = server_open(server, "link", NEW, room);
	put(server, &handle, 0, "new");
	holds(server, "target", "old");
	assert_int_equal(end(server, &handle), STATUS_OK);
	holds(server, "target", "new");
	assert_int_equal(lstat(server_path(server, "link"), &st), 0);
	assert_true(S_ISLNK(st.st_mode));
	handle = server_open(server, "dangling", NEW, room);
	put(server, &handle, 0, "made");
	holds(server, "made", NULL);
	assert_int_equal(end(server, &handle), STATUS_OK);
	holds(server, "made", "made");
}

static void
what_could_not_be_written_whole_is_not_published(void **state)
{
	struct server *server = *state;
	unsigned char room[32];
	struct slice handle;

	server_put(server, "f", "old");
	server->keys[0] = "atomic-uploads";
	server->keys[1] = "yes";
	server->keys[2] = "max-file-size";
	server->keys[3] = "10";
	server->keys[4] = NULL;
	server_start(server);
	handle = server_open(server, "f", NEW, room);
	put(server, &handle, 0, "0123456789");
	assert_int_equal(server_ask(server, PACKET_WRITE, NULL, "hos", &handle,
			     UINT64_C(10), "x"),
	    STATUS_FAILURE);
	assert_int_equal(end(server, &handle), STATUS_FAILURE);
	holds(server, "f", "old");
	handle = server_open(server, "f", NEW, room);
	put(server, &handle, 0, "0123456789");
	assert_int_equal(end(server, &handle), STATUS_OK);
	holds(server, "f", "0123456789");
}

static void
a_directory_that_is_gone_is_told_at_the_end(void **state)
{
	struct server *server = *state;
	unsigned char room[32];
	struct slice handle;

	assert_int_equal(mkdir(server_path(server, "d"), 0777), 0);
	server_own(server, "d");
	begin(server);
	handle = server_open(server, "d/f", NEW, room);
	assert_int_equal(rmdir(server_path(server, "d")), 0);
	assert_int_equal(end(server, &handle), STATUS_NO_SUCH_FILE);
}

static void
a_copy_appears_when_it_is_complete(void **state)
{
	struct server *server = *state;
	unsigned char rooms[2][32];
	struct slice from, to;

	server_put(server, "from", "text");
	server_put(server, "there", "old");
	begin(server);
	assert_int_equal(server_ask(server, PACKET_EXTENDED, "copy-file", "ppb",
			     "from", "new", 0),
	    STATUS_OK);
	holds(server, "new", "text");
	assert_int_equal(server_ask(server, PACKET_EXTENDED, "copy-file", "ppb",
			     "from", "there", 0),
	    STATUS_FAILURE);
	holds(server, "there", "old");
	assert_int_equal(server_ask(server, PACKET_EXTENDED, "copy-file", "ppb",
			     "from", "there", 1),
	    STATUS_OK);
	holds(server, "there", "text");
	assert_int_equal(server_ask(server, PACKET_EXTENDED, "copy-file", "ppb",
			     "from", "from", 1),
	    STATUS_FAILURE);
	holds(server, "from", "text");
	from = server_open(server, "from", OPEN_READ, rooms[0]);
	to = server_open(server, "aside", NEW, rooms[1]);
	assert_int_equal(server_ask(server, PACKET_EXTENDED, "copy-data",
			     "hooho", &from, UINT64_C(0), UINT64_C(0), &to,
			     UINT64_C(0)),
	    STATUS_OK);
	holds(server, "aside", NULL);
	assert_int_equal(end(server, &to), STATUS_OK);
	holds(server, "aside", "text");
	assert_int_equal(leftovers(server, ""), 0);
}

static uint32_t
copy_all(struct server *server, const struct slice *from,
    const struct slice *to)
{
	return server_ask(server, PACKET_EXTENDED, "copy-data", "hooho", from,
	    UINT64_C(0), UINT64_C(0), to, UINT64_C(0));
}

/* One that is cut by a limit, and one that is not begun for it. */
static void
what_could_not_be_copied_whole_is_not_published(void **state)
{
	struct server *server = *state;
	unsigned char rooms[2][32];
	struct slice from, to;

	server->mode = "create-only";
	server->keys[0] = "max-file-size";
	server->keys[1] = "10";
	server->keys[2] = NULL;
	server_put(server, "from", "12345");
	server_put(server, "large", "123456789012345");
	server_start(server);
	from = server_open(server, "from", OPEN_READ, rooms[0]);
	/* The control: as much as there may be. */
	to = server_open(server, "f", NEW | OPEN_APPEND, rooms[1]);
	put(server, &to, 0, "abcde");
	assert_int_equal(copy_all(server, &from, &to), STATUS_OK);
	assert_int_equal(end(server, &to), STATUS_OK);
	holds(server, "f", "abcde12345");
	to = server_open(server, "g", NEW | OPEN_APPEND, rooms[1]);
	put(server, &to, 0, "abcdefg");
	assert_int_equal(copy_all(server, &from, &to), STATUS_FAILURE);
	assert_int_equal(end(server, &to), STATUS_FAILURE);
	holds(server, "g", NULL);
	from = server_open(server, "large", OPEN_READ, rooms[0]);
	to = server_open(server, "h", NEW, rooms[1]);
	put(server, &to, 0, "abcdefg");
	assert_int_equal(copy_all(server, &from, &to), STATUS_FAILURE);
	assert_int_equal(end(server, &to), STATUS_FAILURE);
	holds(server, "h", NULL);
	assert_int_equal(leftovers(server, ""), 0);
}

/* Those who watch a directory (incron, inotifywait) wait for these two. */
static int
watch(const struct server *server)
{
	int fd = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);

	assert_true(fd >= 0);
	assert_true(inotify_add_watch(fd, server_path(server, ""),
			IN_CLOSE_WRITE | IN_MOVED_TO) >= 0);
	return fd;
}

/* Was the name heard, once? Closes the watch. */
static bool
was_heard(int watch, const char *name)
{
	_Alignas(struct inotify_event) char room[4096];
	ssize_t len = read(watch, room, sizeof(room));
	const struct inotify_event *event;
	int times = 0;

	for (ssize_t at = 0; at < len;
	     at += (ssize_t)(sizeof(*event) + event->len)) {
		event = (const void *)(room + at);
		times += event->len > 0 && strcmp(event->name, name) == 0;
	}
	close(watch);
	return times == 1;
}

static void
watchers_hear_each_name_when_it_is_complete(void **state)
{
	static const char *const modes[] = { "read-write", "write-only",
		"create-only" };
	struct server *server = *state;
	unsigned char room[32];
	struct slice handle;
	int fd;

	for (int atomic = 0; atomic < 2; atomic++) {
		for (size_t i = 0; i < sizeof(modes) / sizeof(*modes); i++) {
			server->mode = modes[i];
			server->keys[0] = atomic ? "atomic-uploads" : NULL;
			server->keys[1] = "yes";
			server_start(server);
			for (int again = 0; again < 2; again++) {
				handle =
				    server_open(server, modes[i], NEW, room);
				put(server, &handle, 0, "text");
				fd = watch(server);
				assert_int_equal(end(server, &handle),
				    STATUS_OK);
				assert_true(was_heard(fd, modes[i]));
			}
			assert_int_equal(server_ask(server, PACKET_REMOVE, NULL,
					     "p", modes[i]),
			    STATUS_OK);
			assert_int_equal(server_stop(server), 0);
		}
	}
}

/* --- create-only ------------------------------------------------------------
 */

static void
pass_time(void)
{
	const struct timespec pause = { 0, 30 * 1000 * 1000 };

	assert_int_equal(nanosleep(&pause, NULL), 0);
}

static void
create_only_publishes_onto_free_names_only(void **state)
{
	struct server *server = *state;
	unsigned char rooms[2][32];
	struct slice one, other;

	server->mode = "create-only";
	server_put(server, "old", "old");
	pass_time();
	server_start(server);
	/* Each way to make a new file waits for its end. */
	one = server_open(server, "f", OPEN_WRITE | OPEN_CREAT | OPEN_EXCL,
	    rooms[0]);
	put(server, &one, 0, "first");
	holds(server, "f", NULL);
	/* Another program makes that name meanwhile. */
	server_put(server, "f", "another's");
	assert_int_equal(end(server, &one), STATUS_FAILURE);
	holds(server, "f", "another's");
	one = server_open(server, "g", OPEN_WRITE | OPEN_CREAT | OPEN_APPEND,
	    rooms[0]);
	put(server, &one, 0, "line");
	holds(server, "g", NULL);
	assert_int_equal(end(server, &one), STATUS_OK);
	holds(server, "g", "line");
	/* What is own may be written anew; what is old may not. */
	other = server_open(server, "g", NEW, rooms[1]);
	put(server, &other, 0, "again");
	holds(server, "g", "line");
	assert_int_equal(end(server, &other), STATUS_OK);
	holds(server, "g", "again");
	assert_int_equal(leftovers(server, ""), 0);
}

static void
a_cut_upload_to_create_only_can_be_repeated(void **state)
{
	struct server *server = *state;
	unsigned char room[32];
	struct slice handle;

	server->mode = "create-only";
	for (int i = 0; i < 2; i++) {
		server_start(server);
		handle = server_open(server, "f", NEW, room);
		put(server, &handle, 0, "whole");
		if (i == 1)
			assert_int_equal(end(server, &handle), STATUS_OK);
		assert_int_equal(server_stop(server), 0);
		holds(server, "f", i == 0 ? NULL : "whole");
	}
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		SERVER_TEST(a_new_file_appears_when_it_is_closed),
		SERVER_TEST(the_old_file_stays_until_the_new_one_is_closed),
		SERVER_TEST(cut_uploads_leave_nothing),
		SERVER_TEST(
		    a_listing_sweeps_what_is_stale_and_not_what_is_alive),
		SERVER_TEST(without_proc_it_is_the_same),
		SERVER_TEST(what_is_edited_in_place_is_not_put_aside),
		SERVER_TEST(an_open_upload_answers_under_its_name),
		SERVER_TEST(an_open_upload_can_be_renamed),
		SERVER_TEST(an_open_upload_can_be_removed),
		SERVER_TEST(a_symlink_stays_and_its_target_is_replaced),
		SERVER_TEST(what_could_not_be_written_whole_is_not_published),
		SERVER_TEST(a_directory_that_is_gone_is_told_at_the_end),
		SERVER_TEST(a_copy_appears_when_it_is_complete),
		SERVER_TEST(what_could_not_be_copied_whole_is_not_published),
		SERVER_TEST(watchers_hear_each_name_when_it_is_complete),
		SERVER_TEST(create_only_publishes_onto_free_names_only),
		SERVER_TEST(a_cut_upload_to_create_only_can_be_repeated),
	};
	enum { COUNT = sizeof(tests) / sizeof(*tests) };
	struct CMUnitTest twice[2 * COUNT];

	server_tests_twice(tests, COUNT, twice);
	return cmocka_run_group_tests(twice, NULL, NULL);
}
