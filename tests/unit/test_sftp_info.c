/*
 * Listings, and the extensions about the server, its users and its disk, by
 * raw packets: each field of each reply.
 */
#include <sys/resource.h>
#include <sys/statvfs.h>

#include "sftpserver.h"

static const struct attrs none = { .flags = 0 };

/* One entry of a NAME reply. */
struct entry {
	struct slice name, longname;
	struct attrs attrs;
};

static bool
next_entry(struct slice *in, struct entry *entry)
{
	struct attrs *attrs = &entry->attrs;

	return decode_string(in, &entry->name) &&
	       decode_string(in, &entry->longname) &&
	       decode_u32(in, &attrs->flags) && attrs->flags == 0xf &&
	       decode_u64(in, &attrs->size) && decode_u32(in, &attrs->uid) &&
	       decode_u32(in, &attrs->gid) &&
	       decode_u32(in, &attrs->permissions) &&
	       decode_u32(in, &attrs->atime) && decode_u32(in, &attrs->mtime);
}

static bool
is_named(const struct entry *entry, const char *name)
{
	return entry->name.len == strlen(name) &&
	       memcmp(entry->name.at, name, entry->name.len) == 0;
}

/* Reads a directory to its end; returns how many entries there were. */
static unsigned
list(struct server *server, const char *path, const char *wanted,
    struct entry *found)
{
	unsigned char room[32];
	struct slice handle = server_opendir(server, path, room);
	unsigned count = 0;

	while (server_ask(server, PACKET_READDIR, NULL, "h", &handle) ==
	       UINT32_MAX) {
		struct slice in = { server->reply.body, server->reply.len };
		struct entry entry;
		uint32_t entries;

		assert_int_equal(server->reply.type, PACKET_NAME);
		assert_true(server->reply.len <= 34000);
		assert_true(decode_u32(&in, &entries) && entries > 0);
		for (; entries > 0; entries--, count++) {
			assert_true(next_entry(&in, &entry));
			if (is_named(&entry, wanted))
				*found = entry;
		}
		assert_int_equal(in.len, 0);
	}
	assert_int_equal(server->reply.status, STATUS_EOF);
	/* One EOF for each further call: sshfs asks ahead. */
	assert_int_equal(server_ask(server, PACKET_READDIR, NULL, "h", &handle),
	    STATUS_EOF);
	assert_int_equal(server_ask(server, PACKET_CLOSE, NULL, "h", &handle),
	    STATUS_OK);
	return count;
}

static void
a_listing_has_each_entry_once(void **state)
{
	enum { FILES = 700 };
	struct server *server = *state;
	struct entry entry = { .attrs = { .flags = 0 } };
	struct stat st;
	char name[200];

	for (int i = 0; i < FILES; i++) {
		/* Long enough that several replies are needed. */
		snprintf(name, sizeof(name), "%0150d", i);
		server_put(server, name, "12345");
	}
	server_start(server);
	assert_int_equal(list(server, ".", name, &entry), FILES + 2);
	assert_int_equal(stat(server_path(server, name), &st), 0);
	assert_int_equal(entry.attrs.size, 5);
	assert_int_equal(entry.attrs.uid, st.st_uid);
	assert_int_equal(entry.attrs.gid, st.st_gid);
	assert_int_equal(entry.attrs.permissions, st.st_mode);
	assert_int_equal(entry.attrs.mtime, (uint32_t)st.st_mtime);
	assert_true(entry.longname.len > entry.name.len);
	assert_int_equal(server_stop(server), 0);
}

/* What lies above the root is the root. */
static void
above_the_root_is_the_root_itself(void **state)
{
	struct server *server = *state;
	struct entry up = { .attrs = { .flags = 0 } },
		     here = { .attrs = { .flags = 0 } };
	struct stat st;

	assert_int_equal(mkdir(server_path(server, "d"), 0751), 0);
	server_own(server, "d");
	assert_int_equal(chmod(server->top, 01733), 0);
	assert_int_equal(chmod(server_path(server, "."), 0777), 0);
	server_start(server);
	assert_int_equal(list(server, "/", "..", &up), 3);
	assert_int_equal(stat(server_path(server, "."), &st), 0);
	assert_int_equal(up.attrs.permissions, st.st_mode);
	assert_int_equal(list(server, "/", ".", &here), 3);
	assert_int_equal(here.attrs.permissions, st.st_mode);
	/* Below it, ".." is the real one. */
	assert_int_equal(list(server, "d", "..", &up), 2);
	assert_int_equal(up.attrs.permissions, st.st_mode);
	assert_int_equal(list(server, "d", ".", &here), 2);
	assert_int_equal(here.attrs.permissions & 07777, 0751);
	assert_int_equal(server_stop(server), 0);
	assert_int_equal(chmod(server->top, 0777), 0);
}

static void
a_directory_that_was_removed_is_at_its_end(void **state)
{
	struct server *server = *state;
	unsigned char room[32];
	struct slice handle;

	server_start(server);
	assert_int_equal(server_ask(server, PACKET_MKDIR, NULL, "pa", "d",
			     &none),
	    STATUS_OK);
	handle = server_opendir(server, "d", room);
	assert_int_equal(server_ask(server, PACKET_RMDIR, NULL, "p", "d"),
	    STATUS_OK);
	assert_int_equal(server_ask(server, PACKET_READDIR, NULL, "h", &handle),
	    STATUS_EOF);
	assert_int_equal(server_stop(server), 0);
}

static void
extended(struct server *server, const char *name, const char *argument)
{
	assert_int_equal(server_ask(server, PACKET_EXTENDED, name, "s",
			     argument),
	    UINT32_MAX);
}

static void
space_is_that_of_the_file_system(void **state)
{
	struct server *server = *state;
	const unsigned char *at = server->reply.body;
	struct statvfs vfs;

	server_start(server);
	assert_int_equal(statvfs(server_path(server, "."), &vfs), 0);
	extended(server, "statvfs@openssh.com", "/");
	assert_int_equal(server->reply.type, PACKET_EXTENDED_REPLY);
	assert_int_equal(server->reply.len, 11 * 8);
	assert_int_equal(wire_u64(at), vfs.f_bsize);
	assert_int_equal(wire_u64(at + 8), vfs.f_frsize);
	assert_int_equal(wire_u64(at + 16), vfs.f_blocks);
	assert_int_equal(wire_u64(at + 40), vfs.f_files);
	assert_int_equal(wire_u64(at + 80), vfs.f_namemax);
	/* The last field has four bytes. */
	extended(server, "space-available", "/");
	assert_int_equal(server->reply.type, PACKET_EXTENDED_REPLY);
	assert_int_equal(server->reply.len, 4 * 8 + 4);
	assert_int_equal(wire_u64(at), vfs.f_blocks * vfs.f_frsize);
	assert_true(wire_u64(at + 8) >= wire_u64(at + 16));
	assert_int_equal(wire_u64(at + 16), wire_u64(at + 24));
	assert_int_equal(wire_u32(at + 32), vfs.f_frsize);
	assert_int_equal(server_ask(server, PACKET_EXTENDED, "space-available",
			     "p", "missing"),
	    STATUS_NO_SUCH_FILE);
	assert_int_equal(server_stop(server), 0);
}

static void
limits_are_those_that_hold(void **state)
{
	struct server *server = *state;
	const unsigned char *at = server->reply.body;
	struct rlimit limit;

	assert_int_equal(getrlimit(RLIMIT_NOFILE, &limit), 0);
	server_start(server);
	assert_int_equal(server_ask(server, PACKET_EXTENDED,
			     "limits@openssh.com", ""),
	    UINT32_MAX);
	assert_int_equal(server->reply.len, 32);
	assert_int_equal(wire_u64(at), 256 * 1024);
	assert_int_equal(wire_u64(at + 8), 255 * 1024);
	assert_int_equal(wire_u64(at + 16), 255 * 1024);
	assert_true(wire_u64(at + 24) > 0);
	assert_true(wire_u64(at + 24) < limit.rlim_max);
	assert_int_equal(server_stop(server), 0);
}

/* NAME with one name of this text. */
static void
expect_name(const struct server *server, const char *name)
{
	assert_int_equal(server->reply.type, PACKET_NAME);
	assert_int_equal(wire_u32(server->reply.body), 1);
	assert_int_equal(wire_u32(server->reply.body + 4), strlen(name));
	assert_memory_equal(server->reply.body + 8, name, strlen(name));
}

static void
homes_are_the_start_and_nobody_elses_are_told(void **state)
{
	struct server *server = *state;
	struct session session;

	assert_int_equal(session_load(&session), 0);
	server_start(server);
	extended(server, "home-directory", "");
	expect_name(server, "/");
	extended(server, "expand-path@openssh.com", "~");
	expect_name(server, "/");
	extended(server, "expand-path@openssh.com", "~/new");
	expect_name(server, "/new");
	if (!server->ordinary) {
		extended(server, "home-directory", session.user);
		expect_name(server, "/");
	}
	assert_int_equal(server_ask(server, PACKET_EXTENDED, "home-directory",
			     "s", "somebody-else"),
	    STATUS_FAILURE);
	assert_int_equal(server_ask(server, PACKET_EXTENDED,
			     "expand-path@openssh.com", "s", "~root/x"),
	    STATUS_NO_SUCH_FILE);
	assert_memory_equal(server->reply.body + 8, "no such user", 12);
	assert_int_equal(server_stop(server), 0);
}

/* WinSCP sends its own as soon as ours is told. */
static void
vendors_greet_each_other(void **state)
{
	struct server *server = *state;

	server_start(server);
	assert_non_null(
	    memmem(server->reply.body, server->reply.len, "vendor-id", 9));
	assert_non_null(memmem(server->reply.body, server->reply.len,
	    "\0\0\0\011filesonly\0\0\0\011filesonly", 26));
	assert_int_equal(server_ask(server, PACKET_EXTENDED, "vendor-id",
			     "ssso", "Martin Prikryl", "WinSCP", "6.3",
			     UINT64_C(1)),
	    STATUS_OK);
	assert_int_equal(server_stop(server), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		SERVER_TEST(a_listing_has_each_entry_once),
		SERVER_TEST(above_the_root_is_the_root_itself),
		SERVER_TEST(a_directory_that_was_removed_is_at_its_end),
		SERVER_TEST(space_is_that_of_the_file_system),
		SERVER_TEST(limits_are_those_that_hold),
		SERVER_TEST(homes_are_the_start_and_nobody_elses_are_told),
		SERVER_TEST(vendors_greet_each_other),
	};
	enum { COUNT = sizeof(tests) / sizeof(tests[0]) };
	struct CMUnitTest twice[2 * COUNT];

	server_tests_twice(tests, COUNT, twice);
	return cmocka_run_group_tests(twice, NULL, NULL);
}
