/*
 * Read-only: each request that changes something succeeds where it may, is
 * denied where it may not, and then the tree is as it was. What reads goes on.
 */
#include "sftpserver.h"
#include "tick.h"

static const struct attrs none = { .flags = 0 };
static const struct attrs changed = { .flags = ATTR_SIZE | ATTR_PERMISSIONS |
					       ATTR_ACMODTIME,
	.size = 1,
	.permissions = 0600,
	.mtime = 1000000000 };

typedef uint32_t change(struct server *server);

static uint32_t
create(struct server *server)
{
	return server_ask(server, PACKET_OPEN, NULL, "pua", "new",
	    OPEN_WRITE | OPEN_CREAT, &none);
}

static uint32_t
create_to_read(struct server *server)
{
	return server_ask(server, PACKET_OPEN, NULL, "pua", "new2",
	    OPEN_READ | OPEN_CREAT, &none);
}

static uint32_t
open_to_write(struct server *server)
{
	return server_ask(server, PACKET_OPEN, NULL, "pua", "f", OPEN_WRITE,
	    &none);
}

static uint32_t
open_to_empty(struct server *server)
{
	return server_ask(server, PACKET_OPEN, NULL, "pua", "f2",
	    OPEN_READ | OPEN_TRUNC, &none);
}

static uint32_t
set(struct server *server)
{
	return server_ask(server, PACKET_SETSTAT, NULL, "pa", "f", &changed);
}

static uint32_t
set_nothing(struct server *server)
{
	return server_ask(server, PACKET_SETSTAT, NULL, "pa", "f", &none);
}

static uint32_t
set_link(struct server *server)
{
	const struct attrs times = { .flags = ATTR_ACMODTIME };

	return server_ask(server, PACKET_EXTENDED, "lsetstat@openssh.com", "pa",
	    "f", &times);
}

/* By a handle that may be had in both: opened to read. */
static uint32_t
set_by_handle(struct server *server)
{
	const struct attrs times = { .flags = ATTR_ACMODTIME, .mtime = 7 };
	unsigned char room[32];
	struct slice handle = server_open(server, "f", OPEN_READ, room);

	return server_ask(server, PACKET_FSETSTAT, NULL, "ha", &handle, &times);
}

static uint32_t
make_directory(struct server *server)
{
	return server_ask(server, PACKET_MKDIR, NULL, "pa", "d2", &none);
}

static uint32_t
remove_directory(struct server *server)
{
	return server_ask(server, PACKET_RMDIR, NULL, "p", "d");
}

static uint32_t
remove_file(struct server *server)
{
	return server_ask(server, PACKET_REMOVE, NULL, "p", "gone");
}

static uint32_t
rename_file(struct server *server)
{
	return server_ask(server, PACKET_RENAME, NULL, "pp", "f3", "f4");
}

static uint32_t
rename_over(struct server *server)
{
	return server_ask(server, PACKET_EXTENDED, "posix-rename@openssh.com",
	    "pp", "f5", "f6");
}

static uint32_t
link_hard(struct server *server)
{
	return server_ask(server, PACKET_EXTENDED, "hardlink@openssh.com", "pp",
	    "f", "hard");
}

static uint32_t
link_soft(struct server *server)
{
	return server_ask(server, PACKET_SYMLINK, NULL, "tp", "f", "soft");
}

static uint32_t
copy(struct server *server)
{
	return server_ask(server, PACKET_EXTENDED, "copy-file", "ppb", "f",
	    "copy", 0);
}

// clang-format off
static const struct {
	change *run;
	const char *event; /* what the record calls it */
} changes[] = {
	{ create, "open" }, { create_to_read, "open" },
	{ open_to_write, "open" }, { open_to_empty, "open" },
	{ set, "setstat" }, { set_nothing, "setstat" },
	{ set_link, "setstat" }, { set_by_handle, "setstat" },
	{ make_directory, "mkdir" }, { remove_directory, "rmdir" },
	{ remove_file, "remove" }, { rename_file, "rename" },
	{ rename_over, "rename" }, { link_hard, "link" },
	{ link_soft, "symlink" }, { copy, "copy" },
};
// clang-format on

enum { CHANGES = sizeof(changes) / sizeof(changes[0]) };

static void
make_tree(struct server *server)
{
	static const char *const files[] = { "f", "f2", "f3", "f5", "f6",
		"gone" };

	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++)
		server_put(server, files[i], "content");
	assert_int_equal(mkdir(server_path(server, "d"), 0777), 0);
	server_own(server, "d");
}

/* Names, modes, sizes and times of all there is. */
static uint64_t digest;

static int
digest_one(const char *path, const struct stat *st, int kind, struct FTW *where)
{
	(void)kind;
	(void)where;
	for (; *path != '\0'; path++)
		digest = digest * 31 + (unsigned char)*path;
	digest = digest * 31 + st->st_mode;
	digest = digest * 31 + (uint64_t)st->st_size;
	digest = digest * 31 + (uint64_t)st->st_mtim.tv_nsec;
	digest = digest * 31 + (uint64_t)st->st_ctim.tv_nsec;
	return 0;
}

static uint64_t
digest_tree(const struct server *server)
{
	digest = 7;
	assert_int_equal(nftw(server_path(server, "."), digest_one, 16,
			     FTW_PHYS),
	    0);
	return digest;
}

static void
every_change_is_denied_and_the_tree_stays(void **state)
{
	struct server *server = *state;
	const char *log;
	uint64_t before;
	size_t denied = 0;
	char words[64];

	make_tree(server);
	server->mode = "read-only";
	before = digest_tree(server);
	server_start(server);
	for (size_t i = 0; i < CHANGES; i++)
		assert_int_equal(changes[i].run(server),
		    STATUS_PERMISSION_DENIED);
	assert_int_equal(server_stop(server), 0);
	assert_true(digest_tree(server) == before);
	log = server_get(server, "../log");
	for (const char *at = log; (at = strstr(at, "=denied\n")) != NULL; at++)
		denied++;
	assert_int_equal(denied, CHANGES);
	for (size_t i = 0; i < CHANGES; i++) {
		snprintf(words, sizeof(words), "event=%s ", changes[i].event);
		assert_non_null(strstr(log, words));
	}
}

/* The control: the same requests, one by one, where they may. */
static void
the_same_changes_succeed_in_read_write(void **state)
{
	struct server *server = *state;

	make_tree(server);
	server_start(server);
	for (size_t i = 0; i < CHANGES; i++) {
		bool unchanged = changes[i].run == open_to_write ||
				 changes[i].run == set_nothing;
		uint64_t before = digest_tree(server);
		uint32_t status;

		tick_wait();
		status = changes[i].run(server);

		assert_true(status == STATUS_OK ||
			    (status == UINT32_MAX &&
				server->reply.type == PACKET_HANDLE));
		assert_true(unchanged == (digest_tree(server) == before));
	}
	assert_int_equal(server_stop(server), 0);
	assert_string_equal(server_get(server, "copy"), "c");
	assert_string_equal(server_get(server, "f2"), "");
	assert_null(server_get(server, "gone"));
}

static void
what_reads_goes_on(void **state)
{
	struct server *server = *state;
	unsigned char room[32];
	struct slice handle;

	make_tree(server);
	server->mode = "read-only";
	server_start(server);
	handle = server_open(server, "f", OPEN_READ, room);
	server_ask(server, PACKET_READ, NULL, "hou", &handle, UINT64_C(0), 9U);
	assert_int_equal(server->reply.type, PACKET_DATA);
	assert_memory_equal(server->reply.body + 4, "content", 7);
	assert_int_equal(server_ask(server, PACKET_EXTENDED,
			     "fsync@openssh.com", "h", &handle),
	    STATUS_OK);
	/* A handle that was opened to read does not write. */
	assert_int_equal(server_ask(server, PACKET_WRITE, NULL, "hos", &handle,
			     UINT64_C(0), "x"),
	    STATUS_NO_SUCH_FILE);
	handle = server_opendir(server, ".", room);
	server_ask(server, PACKET_READDIR, NULL, "h", &handle);
	assert_int_equal(server->reply.type, PACKET_NAME);
	assert_int_equal(server_stop(server), 0);
	assert_string_equal(server_get(server, "f"), "content");
}

/* Is this extension told in the greeting (server->reply)? */
static bool
is_told(const struct server *server, const char *name)
{
	return memmem(server->reply.body, server->reply.len, name,
		   strlen(name)) != NULL;
}

static void
what_is_denied_is_not_told(void **state)
{
	static const char *const writing[] = { "posix-rename", "hardlink",
		"copy-file" };
	struct server *server = *state;

	server_start(server);
	for (size_t i = 0; i < sizeof(writing) / sizeof(writing[0]); i++)
		assert_true(is_told(server, writing[i]));
	assert_int_equal(server_stop(server), 0);
	server->mode = "read-only";
	server_start(server);
	for (size_t i = 0; i < sizeof(writing) / sizeof(writing[0]); i++)
		assert_false(is_told(server, writing[i]));
	assert_true(is_told(server, "statvfs"));
	assert_int_equal(server_stop(server), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		SERVER_TEST(the_same_changes_succeed_in_read_write),
		SERVER_TEST(every_change_is_denied_and_the_tree_stays),
		SERVER_TEST(what_reads_goes_on),
		SERVER_TEST(what_is_denied_is_not_told),
	};
	enum { COUNT = sizeof(tests) / sizeof(tests[0]) };
	struct CMUnitTest twice[2 * COUNT];

	server_tests_twice(tests, COUNT, twice);
	return cmocka_run_group_tests(twice, NULL, NULL);
}
