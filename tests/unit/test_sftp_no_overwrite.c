/*
 * The key overwrite=no on SFTP: mode, times and owner of what existed before
 * stay as they are, by whatever name or handle; what this session made gets
 * them, as `put -p` wants.
 */
#include <time.h>

#include "sftpserver.h"

static const struct attrs mode = { .flags = ATTR_PERMISSIONS,
	.permissions = 0700 };
static const struct attrs times = { .flags = ATTR_ACMODTIME,
	.atime = 1000000000,
	.mtime = 1000000000 };

static struct attrs
same_owner(const struct server *server, const char *name)
{
	struct attrs attrs = { .flags = ATTR_UIDGID };
	struct stat st;

	assert_int_equal(lstat(server_path(server, name), &st), 0);
	attrs.uid = st.st_uid;
	attrs.gid = st.st_gid;
	return attrs;
}

static uint32_t
set(struct server *server, const char *name, const struct attrs *attrs)
{
	return server_ask(server, PACKET_SETSTAT, NULL, "pa", name, attrs);
}

static uint32_t
set_link(struct server *server, const char *name, const struct attrs *attrs)
{
	return server_ask(server, PACKET_EXTENDED, "lsetstat@openssh.com", "pa",
	    name, attrs);
}

/* By a handle that only reads; a directory has one, too. */
static uint32_t
set_open(struct server *server, const char *name, const struct attrs *attrs)
{
	unsigned char room[32];
	struct slice handle = server_open(server, name, OPEN_READ, room);

	return server_ask(server, PACKET_FSETSTAT, NULL, "ha", &handle, attrs);
}

static void
make_what_exists(struct server *server)
{
	server_put(server, "f", "text");
	assert_int_equal(mkdir(server_path(server, "d"), 0755), 0);
	server_own(server, "d");
	assert_int_equal(symlink("f", server_path(server, "link")), 0);
	server_own(server, "link");
}

static void
look(const struct server *server, const char *name, struct stat *st)
{
	assert_int_equal(lstat(server_path(server, name), st), 0);
}

typedef uint32_t setter(struct server *, const char *, const struct attrs *);

static const struct {
	setter *set;
	const char *name, *changes;
	bool no_mode; /* a symlink has none */
} ways[] = {
	{ set, "f", "f", false },
	{ set, "link", "f", false },
	{ set, "d", "d", false },
	{ set_link, "link", "link", true },
	{ set_link, "f", "f", false },
	{ set_open, "f", "f", false },
	{ set_open, "d", "d", false },
};

/* Asks for each kind of attribute each way; counts those that succeed. */
static int
set_all_ways(struct server *server, uint32_t denied)
{
	int count = 0;

	for (size_t i = 0; i < sizeof(ways) / sizeof(ways[0]); i++) {
		const struct attrs owner = same_owner(server, ways[i].name);
		const struct attrs *asked[] = { &times, &owner, &mode };

		for (int kind = 0; kind < (ways[i].no_mode ? 2 : 3); kind++) {
			struct stat before, after;
			uint32_t status;

			look(server, ways[i].changes, &before);
			status = ways[i].set(server, ways[i].name, asked[kind]);
			look(server, ways[i].changes, &after);
			count += status == STATUS_OK;
			if (status == STATUS_OK)
				continue;
			assert_int_equal(status, denied);
			assert_memory_equal(&before.st_ctim, &after.st_ctim,
			    sizeof(before.st_ctim));
		}
	}
	return count;
}

/* Births and session starts have the clock's ticks: no two in one. */
static void
pass_time(void)
{
	const struct timespec pause = { 0, 30 * 1000 * 1000 };

	assert_int_equal(nanosleep(&pause, NULL), 0);
}

static void
no_overwrite_keeps_mode_times_and_owner_of_what_exists(void **state)
{
	struct server *server = *state;

	make_what_exists(server);
	server_start(server);
	assert_int_equal(set_all_ways(server, UINT32_MAX), 20);
	assert_int_equal(server_stop(server), 0);
	pass_time();
	server->keys[0] = "overwrite";
	server->keys[1] = "no";
	server_start(server);
	assert_int_equal(set_all_ways(server, STATUS_PERMISSION_DENIED), 0);
	/* Another name of it is no other object. */
	assert_int_equal(server_ask(server, PACKET_EXTENDED,
			     "hardlink@openssh.com", "pp", "f", "again"),
	    STATUS_OK);
	assert_int_equal(set(server, "again", &mode), STATUS_PERMISSION_DENIED);
	assert_int_equal(server_ask(server, PACKET_RENAME, NULL, "pp", "again",
			     "moved"),
	    STATUS_OK);
	assert_int_equal(set(server, "moved", &mode), STATUS_PERMISSION_DENIED);
	assert_int_equal(server_stop(server), 0);
}

static void
expect_mode_and_time(const struct server *server, const char *name)
{
	struct stat st;

	look(server, name, &st);
	assert_int_equal(st.st_mode & 07777, 0700);
	assert_int_equal(st.st_mtime, 1000000000);
}

/* As `put -p` does it (by the handle), and rclone (by name, after CLOSE). */
static void
upload_and_set(struct server *server, const char *by_handle,
    const char *by_name)
{
	unsigned char room[32];
	const uint32_t flags = OPEN_WRITE | OPEN_CREAT | OPEN_TRUNC;
	struct slice handle = server_open(server, by_handle, flags, room);

	assert_int_equal(server_ask(server, PACKET_FSETSTAT, NULL, "ha",
			     &handle, &mode),
	    STATUS_OK);
	assert_int_equal(server_ask(server, PACKET_FSETSTAT, NULL, "ha",
			     &handle, &times),
	    STATUS_OK);
	assert_int_equal(server_ask(server, PACKET_CLOSE, NULL, "h", &handle),
	    STATUS_OK);
	expect_mode_and_time(server, by_handle);
	handle = server_open(server, by_name, flags, room);
	assert_int_equal(server_ask(server, PACKET_CLOSE, NULL, "h", &handle),
	    STATUS_OK);
	assert_int_equal(set(server, by_name, &mode), STATUS_OK);
	assert_int_equal(set(server, by_name, &times), STATUS_OK);
	expect_mode_and_time(server, by_name);
	/* Once made it exists: no second upload, but attributes. */
	assert_int_equal(server_ask(server, PACKET_OPEN, NULL, "pua", by_name,
			     flags, &mode),
	    STATUS_PERMISSION_DENIED);
	assert_int_equal(set(server, by_name, &times), STATUS_OK);
}

static void
no_overwrite_lets_an_upload_have_its_mode_and_times(void **state)
{
	struct server *server = *state;

	server->keys[0] = "overwrite";
	server->keys[1] = "no";
	server_start(server);
	upload_and_set(server, "a", "b");
	assert_int_equal(server_stop(server), 0);
	server->keys[2] = "atomic-uploads";
	server->keys[3] = "yes";
	server_start(server);
	upload_and_set(server, "c", "d");
	assert_int_equal(server_stop(server), 0);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		SERVER_TEST(
		    no_overwrite_keeps_mode_times_and_owner_of_what_exists),
		SERVER_TEST(
		    no_overwrite_lets_an_upload_have_its_mode_and_times),
	};
	enum { COUNT = sizeof(tests) / sizeof(*tests) };
	struct CMUnitTest twice[2 * COUNT];

	server_tests_twice(tests, COUNT, twice);
	return cmocka_run_group_tests(twice, NULL, NULL);
}
