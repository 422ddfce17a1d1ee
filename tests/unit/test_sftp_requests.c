/*
 * What the requests of version 3 that open, read, write and set attributes do
 * and answer, good and bad, as clients rely on it (OpenSSH's status codes).
 * The same tree is looked at behind the server's back. Names: test_sftp_owners.
 */
#include "sftpserver.h"

static const struct attrs none = { .flags = 0 };

#define REPLIED_WITH(server, kind) \
	((server)->reply.status == UINT32_MAX && (server)->reply.type == (kind))

static void
open_maps_its_flags(void **state)
{
	const struct attrs mode = { .flags = ATTR_PERMISSIONS,
		.permissions = 0640 };
	struct server *server = *state;
	unsigned char room[32];
	struct stat st;

	server_put(server, "f", "content");
	assert_int_equal(mkdir(server_path(server, "d"), 0777), 0);
	assert_int_equal(mkfifo(server_path(server, "fifo"), 0666), 0);
	server_own(server, "d");
	server_own(server, "fifo");
	server_start(server);
	/* Neither read nor write is read. */
	server_open(server, "f", 0, room);
	server_open(server, "/f", OPEN_READ, room);
	server_open(server, "d/../f", OPEN_READ | OPEN_WRITE, room);
	/* EXCL counts with CREAT only. */
	server_open(server, "f", OPEN_READ | OPEN_EXCL, room);
	assert_int_equal(server_ask(server, PACKET_OPEN, NULL, "pua", "f",
			     OPEN_WRITE | OPEN_CREAT | OPEN_EXCL, &none),
	    STATUS_FAILURE);
	assert_int_equal(server_ask(server, PACKET_OPEN, NULL, "pua", "no",
			     OPEN_READ, &none),
	    STATUS_NO_SUCH_FILE);
	assert_int_equal(server_ask(server, PACKET_OPEN, NULL, "pua", "no/f",
			     OPEN_WRITE | OPEN_CREAT, &none),
	    STATUS_NO_SUCH_FILE);
	assert_int_equal(server_ask(server, PACKET_OPEN, NULL, "pua", "f/f",
			     OPEN_READ, &none),
	    STATUS_NO_SUCH_FILE);
	assert_int_equal(server_ask(server, PACKET_OPEN, NULL, "pua", "d",
			     OPEN_WRITE, &none),
	    STATUS_FAILURE);
	/* Nobody hangs at a FIFO. */
	assert_int_equal(server_ask(server, PACKET_OPEN, NULL, "pua", "fifo",
			     OPEN_READ, &none),
	    STATUS_FAILURE);
	assert_string_equal(server_get(server, "f"), "content");
	assert_int_equal(server_ask(server, PACKET_OPEN, NULL, "pua", "new",
			     OPEN_WRITE | OPEN_CREAT, &mode),
	    UINT32_MAX);
	assert_int_equal(stat(server_path(server, "new"), &st), 0);
	assert_int_equal(st.st_mode, S_IFREG | 0640);
	server_open(server, "f", OPEN_WRITE | OPEN_TRUNC, room);
	assert_string_equal(server_get(server, "f"), "");
	assert_int_equal(server_stop(server), 0);
}

static void
close_ends_a_handle_once(void **state)
{
	struct server *server = *state;
	struct slice file, directory;
	unsigned char room[32], other[32];

	server_put(server, "f", "content");
	server_start(server);
	file = server_open(server, "f", OPEN_READ, room);
	directory = server_opendir(server, ".", other);
	assert_int_equal(server_ask(server, PACKET_CLOSE, NULL, "h", &file),
	    STATUS_OK);
	assert_int_equal(server_ask(server, PACKET_CLOSE, NULL, "h", &file),
	    STATUS_NO_SUCH_FILE);
	assert_int_equal(server_ask(server, PACKET_CLOSE, NULL, "h",
			     &directory),
	    STATUS_OK);
	assert_int_equal(server_ask(server, PACKET_CLOSE, NULL, "h",
			     &directory),
	    STATUS_NO_SUCH_FILE);
	assert_int_equal(server_stop(server), 0);
}

/* A stale handle must not reach the file that has its slot now. */
static void
a_bad_handle_reaches_nothing(void **state)
{
	struct server *server = *state;
	unsigned char rooms[3][32];
	struct slice bad[5];

	server_put(server, "f", "content");
	server_put(server, "victim", "untouched");
	server_start(server);
	bad[0] = server_open(server, "f", OPEN_READ | OPEN_WRITE, rooms[0]);
	assert_int_equal(server_ask(server, PACKET_CLOSE, NULL, "h", &bad[0]),
	    STATUS_OK);
	server_open(server, "victim", OPEN_READ | OPEN_WRITE, rooms[1]);
	bad[1] = (struct slice){ rooms[1], 0 };
	bad[2] = (struct slice){ rooms[1], 7 };
	bad[3] = (struct slice){ rooms[1], 9 };
	memset(rooms[2], 0xff, sizeof(rooms[2]));
	bad[4] = (struct slice){ rooms[2], 8 };
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		const struct attrs empty = { .flags = ATTR_SIZE };

		assert_int_equal(server_ask(server, PACKET_READ, NULL, "hou",
				     &bad[i], UINT64_C(0), 10U),
		    STATUS_FAILURE);
		assert_int_equal(server_ask(server, PACKET_WRITE, NULL, "hos",
				     &bad[i], UINT64_C(0), "overwritten"),
		    STATUS_FAILURE);
		assert_int_equal(server_ask(server, PACKET_FSTAT, NULL, "h",
				     &bad[i]),
		    STATUS_FAILURE);
		assert_int_equal(server_ask(server, PACKET_FSETSTAT, NULL, "ha",
				     &bad[i], &empty),
		    STATUS_FAILURE);
		assert_int_equal(server_ask(server, PACKET_READDIR, NULL, "h",
				     &bad[i]),
		    STATUS_FAILURE);
		assert_int_equal(server_ask(server, PACKET_EXTENDED,
				     "fstatvfs@openssh.com", "h", &bad[i]),
		    STATUS_FAILURE);
		assert_int_equal(server_ask(server, PACKET_EXTENDED,
				     "fsync@openssh.com", "h", &bad[i]),
		    STATUS_NO_SUCH_FILE);
		assert_int_equal(server_ask(server, PACKET_EXTENDED,
				     "copy-data", "hooho", &bad[i], UINT64_C(0),
				     UINT64_C(0), &bad[i], UINT64_C(0)),
		    STATUS_FAILURE);
		assert_int_equal(server_ask(server, PACKET_CLOSE, NULL, "h",
				     &bad[i]),
		    STATUS_NO_SUCH_FILE);
	}
	assert_int_equal(server_stop(server), 0);
	assert_string_equal(server_get(server, "victim"), "untouched");
}

static void
read_gives_what_is_there(void **state)
{
	struct server *server = *state;
	struct slice file, directory;
	unsigned char room[32], other[32];
	FILE *big;

	server_put(server, "f", "content");
	big = fopen(server_path(server, "big"), "we");
	assert_non_null(big);
	assert_int_equal(ftruncate(fileno(big), 1 << 20), 0);
	fclose(big);
	server_start(server);
	file = server_open(server, "f", OPEN_READ, room);
	directory = server_opendir(server, ".", other);
#define READ(handle, offset, len)                            \
	server_ask(server, PACKET_READ, NULL, "hou", handle, \
	    (uint64_t)(offset), (uint32_t)(len))
	assert_int_equal(READ(&file, 3, 100), UINT32_MAX);
	assert_int_equal(server->reply.type, PACKET_DATA);
	assert_int_equal(wire_u32(server->reply.body), 4);
	assert_memory_equal(server->reply.body + 4, "tent", 4);
	assert_int_equal(server->reply.len, 8);
	assert_int_equal(READ(&file, 7, 100), STATUS_EOF);
	assert_int_equal(READ(&file, INT64_MAX - 9, 9), STATUS_EOF);
	assert_int_equal(READ(&file, UINT64_C(1) << 63, 1), STATUS_BAD_MESSAGE);
	assert_int_equal(READ(&file, 0, 0), UINT32_MAX);
	assert_int_equal(server->reply.type, PACKET_DATA);
	assert_int_equal(wire_u32(server->reply.body), 0);
	assert_int_equal(READ(&directory, 0, 10), STATUS_FAILURE);
	/* Clamped, never refused. */
	file = server_open(server, "big", OPEN_READ, room);
	assert_int_equal(READ(&file, 0, UINT32_MAX), UINT32_MAX);
	assert_int_equal(server->reply.type, PACKET_DATA);
	assert_int_equal(wire_u32(server->reply.body), READ_MAX);
#undef READ
	assert_int_equal(server_stop(server), 0);
}

static void
write_goes_where_it_is_told(void **state)
{
	struct server *server = *state;
	struct slice file;
	unsigned char room[32];
	struct stat st;

	server_put(server, "f", "content");
	server_put(server, "log", "one ");
	server_start(server);
#define WRITE(handle, offset, text)                             \
	server_ask(server, PACKET_WRITE, NULL, "hos", (handle), \
	    (uint64_t)(offset), (text))
	file = server_open(server, "f", OPEN_WRITE, room);
	assert_int_equal(WRITE(&file, 3, "TENTED"), STATUS_OK);
	assert_string_equal(server_get(server, "f"), "conTENTED");
	assert_int_equal(WRITE(&file, 100, ""), STATUS_OK);
	assert_int_equal(WRITE(&file, UINT64_C(1) << 63, "x"),
	    STATUS_BAD_MESSAGE);
	assert_string_equal(server_get(server, "f"), "conTENTED");
	/* Past the end, past 4 GiB: a hole. */
	assert_int_equal(WRITE(&file, UINT64_C(5) << 30, "end"), STATUS_OK);
	assert_int_equal(stat(server_path(server, "f"), &st), 0);
	assert_int_equal(st.st_size, (INT64_C(5) << 30) + 3);
	/* Append: whatever the offset. */
	file = server_open(server, "log", OPEN_WRITE | OPEN_APPEND, room);
	assert_int_equal(WRITE(&file, 0, "two"), STATUS_OK);
	assert_string_equal(server_get(server, "log"), "one two");
	/* A handle that was opened to read. */
	file = server_open(server, "log", OPEN_READ, room);
	assert_int_equal(WRITE(&file, 0, "x"), STATUS_NO_SUCH_FILE);
	assert_string_equal(server_get(server, "log"), "one two");
#undef WRITE
	assert_int_equal(server_stop(server), 0);
}

/* ATTRS of a reply: flags 0xF, size, uid, gid, mode, atime, mtime. */
static void
expect_attrs(const struct server *server, const struct stat *st)
{
	const unsigned char *at = server->reply.body;

	assert_true(REPLIED_WITH(server, PACKET_ATTRS));
	assert_int_equal(server->reply.len, 32);
	assert_int_equal(wire_u32(at), 0xf);
	assert_int_equal(wire_u64(at + 4), st->st_size);
	assert_int_equal(wire_u32(at + 12), st->st_uid);
	assert_int_equal(wire_u32(at + 16), st->st_gid);
	assert_int_equal(wire_u32(at + 20), st->st_mode);
	assert_int_equal(wire_u32(at + 24), (uint32_t)st->st_atime);
	assert_int_equal(wire_u32(at + 28), (uint32_t)st->st_mtime);
}

static void
stat_and_its_kin_tell_attributes(void **state)
{
	struct server *server = *state;
	struct slice handle;
	unsigned char room[32];
	struct stat st;

	server_put(server, "f", "content");
	assert_int_equal(symlink("f", server_path(server, "l")), 0);
	assert_int_equal(symlink("nowhere", server_path(server, "dangling")),
	    0);
	server_start(server);
	assert_int_equal(stat(server_path(server, "f"), &st), 0);
	server_ask(server, PACKET_STAT, NULL, "p", "f");
	expect_attrs(server, &st);
	server_ask(server, PACKET_STAT, NULL, "p", "l");
	expect_attrs(server, &st);
	handle = server_open(server, "l", OPEN_READ, room);
	server_ask(server, PACKET_FSTAT, NULL, "h", &handle);
	expect_attrs(server, &st);
	assert_int_equal(lstat(server_path(server, "l"), &st), 0);
	server_ask(server, PACKET_LSTAT, NULL, "p", "l");
	expect_attrs(server, &st);
	server_ask(server, PACKET_LSTAT, NULL, "p", "dangling");
	assert_true(REPLIED_WITH(server, PACKET_ATTRS));
	assert_int_equal(server_ask(server, PACKET_STAT, NULL, "p", "dangling"),
	    STATUS_NO_SUCH_FILE);
	assert_int_equal(server_ask(server, PACKET_STAT, NULL, "p", "f/x"),
	    STATUS_NO_SUCH_FILE);
	/* An empty name is nothing, but REALPATH's. */
	assert_int_equal(server_ask(server, PACKET_STAT, NULL, "p", ""),
	    STATUS_NO_SUCH_FILE);
	handle = server_opendir(server, ".", room);
	assert_int_equal(server_ask(server, PACKET_FSTAT, NULL, "h", &handle),
	    STATUS_FAILURE);
	assert_int_equal(server_stop(server), 0);
}

static void
attributes_are_set_by_name_and_by_handle(void **state)
{
	struct attrs size = { .flags = ATTR_SIZE, .size = 3 },
		     mode = { .flags = ATTR_PERMISSIONS,
			     .permissions = 0100640 },
		     times = { .flags = ATTR_ACMODTIME,
			     .atime = 1000000000,
			     .mtime = 1100000000 };
	struct server *server = *state;
	struct slice handle;
	unsigned char room[32];
	struct stat st;

	server_put(server, "f", "content");
	assert_int_equal(symlink("f", server_path(server, "l")), 0);
	server_own(server, "l");
	server_start(server);
#define SET(path, attrs) \
	server_ask(server, PACKET_SETSTAT, NULL, "pa", (path), (attrs))
	assert_int_equal(SET("f", &none), STATUS_OK);
	assert_int_equal(SET("l", &size), STATUS_OK);
	assert_string_equal(server_get(server, "f"), "con");
	assert_int_equal(SET("f", &mode), STATUS_OK);
	assert_int_equal(SET("f", &times), STATUS_OK);
	assert_int_equal(stat(server_path(server, "f"), &st), 0);
	assert_int_equal(st.st_mode, S_IFREG | 0640);
	assert_int_equal(st.st_atime, 1000000000);
	assert_int_equal(st.st_mtime, 1100000000);
	assert_int_equal(SET("missing", &mode), STATUS_NO_SUCH_FILE);
	/* Nothing to do is done, as by OpenSSH's server. */
	assert_int_equal(SET("missing", &none), STATUS_OK);
#undef SET
	/* By a handle that was opened to read, as lftp does it. */
	handle = server_open(server, "f", OPEN_READ, room);
	times.mtime = 1200000000;
	assert_int_equal(server_ask(server, PACKET_FSETSTAT, NULL, "ha",
			     &handle, &times),
	    STATUS_OK);
	assert_int_equal(stat(server_path(server, "f"), &st), 0);
	assert_int_equal(st.st_mtime, 1200000000);
	/* lsetstat follows nothing. */
	times.mtime = 1300000000;
	assert_int_equal(server_ask(server, PACKET_EXTENDED,
			     "lsetstat@openssh.com", "pa", "l", &times),
	    STATUS_OK);
	assert_int_equal(stat(server_path(server, "f"), &st), 0);
	assert_int_equal(st.st_mtime, 1200000000);
	assert_int_equal(lstat(server_path(server, "l"), &st), 0);
	assert_int_equal(st.st_mtime, 1300000000);
	assert_int_equal(server_ask(server, PACKET_EXTENDED,
			     "lsetstat@openssh.com", "pa", "f", &size),
	    STATUS_BAD_MESSAGE);
	assert_int_equal(server_ask(server, PACKET_EXTENDED,
			     "lsetstat@openssh.com", "pa", "l", &mode),
	    STATUS_FAILURE);
	assert_int_equal(server_stop(server), 0);
}

/* Every step is tried, the last error is told. */
static void
a_failed_step_does_not_stop_the_others(void **state)
{
	const struct attrs both = { .flags = ATTR_SIZE | ATTR_ACMODTIME,
		.size = UINT64_MAX,
		.mtime = 1100000000 };
	struct server *server = *state;
	struct stat st;

	server_put(server, "f", "content");
	server_start(server);
	assert_int_equal(server_ask(server, PACKET_SETSTAT, NULL, "pa", "f",
			     &both),
	    STATUS_BAD_MESSAGE);
	assert_int_equal(stat(server_path(server, "f"), &st), 0);
	assert_int_equal(st.st_mtime, 1100000000);
	assert_int_equal(st.st_size, 7);
	assert_int_equal(server_stop(server), 0);
}

/* Told before what the name is: a directory can't be truncated anyway. */
static void
an_impossible_size_is_a_bad_message(void **state)
{
	struct server *server = *state;
	struct attrs attrs = { .flags = ATTR_SIZE, .size = 3 };

	server_put(server, "f", "content");
	assert_int_equal(mkdir(server_path(server, "d"), 0777), 0);
	server_start(server);
	assert_int_equal(server_ask(server, PACKET_SETSTAT, NULL, "pa", "f",
			     &attrs),
	    STATUS_OK);
	assert_int_equal(server_ask(server, PACKET_SETSTAT, NULL, "pa", "d",
			     &attrs),
	    STATUS_FAILURE);
	attrs.size = UINT64_C(1) << 63;
	assert_int_equal(server_ask(server, PACKET_SETSTAT, NULL, "pa", "f",
			     &attrs),
	    STATUS_BAD_MESSAGE);
	assert_int_equal(server_ask(server, PACKET_SETSTAT, NULL, "pa", "d",
			     &attrs),
	    STATUS_BAD_MESSAGE);
	assert_string_equal(server_get(server, "f"), "con");
	assert_int_equal(server_stop(server), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		SERVER_TEST(open_maps_its_flags),
		SERVER_TEST(close_ends_a_handle_once),
		SERVER_TEST(a_bad_handle_reaches_nothing),
		SERVER_TEST(read_gives_what_is_there),
		SERVER_TEST(write_goes_where_it_is_told),
		SERVER_TEST(stat_and_its_kin_tell_attributes),
		SERVER_TEST(attributes_are_set_by_name_and_by_handle),
		SERVER_TEST(a_failed_step_does_not_stop_the_others),
		SERVER_TEST(an_impossible_size_is_a_bad_message),
	};
	enum { COUNT = sizeof(tests) / sizeof(tests[0]) };
	struct CMUnitTest twice[2 * COUNT];

	server_tests_twice(tests, COUNT, twice);
	return cmocka_run_group_tests(twice, NULL, NULL);
}
