/*
 * A limit of the machine on the size of files (ulimit -f), behind the gate and
 * its jail: what goes beyond it fails and is told, and the session lives.
 */
#include "sftpserver.h"

enum { LIMIT = 65536 };

static void
start(struct server *server, rlim_t limit)
{
	server->gate = true;
	server->file_limit = limit;
	server_start(server);
}

static bool
tells(const struct server *server, const char *words)
{
	return memmem(server->reply.body, server->reply.len, words,
		   strlen(words)) != NULL;
}

/* Writes 16 KiB there by a new handle; then closes it. */
static uint32_t
write_at(struct server *server, const char *name, uint64_t offset,
    uint32_t *closed)
{
	static char text[16385];
	unsigned char room[32];
	struct slice handle =
	    server_open(server, name, OPEN_WRITE | OPEN_CREAT, room);
	uint32_t status;

	memset(text, 'x', sizeof(text) - 1);
	status = server_ask(server, PACKET_WRITE, NULL, "hos", &handle, offset,
	    text);
	if (status != STATUS_OK)
		assert_true(tells(server, "File too large"));
	*closed = server_ask(server, PACKET_CLOSE, NULL, "h", &handle);
	return status;
}

static void
expect_life(struct server *server)
{
	uint32_t closed;

	assert_int_equal(write_at(server, "after", 0, &closed), STATUS_OK);
	assert_int_equal(closed, STATUS_OK);
	assert_int_equal(server_stop(server), 0);
}

static void
a_write_beyond_the_machines_limit_fails_and_the_session_lives(void **state)
{
	struct server *server = *state;
	uint32_t closed;

	start(server, 0);
	assert_int_equal(write_at(server, "f", LIMIT, &closed), STATUS_OK);
	expect_life(server);
	start(server, LIMIT);
	assert_int_equal(write_at(server, "g", 0, &closed), STATUS_OK);
	assert_int_equal(write_at(server, "g", LIMIT, &closed), STATUS_FAILURE);
	assert_int_equal(write_at(server, "g", LIMIT - 100, &closed),
	    STATUS_FAILURE);
	expect_life(server);
}

static void
a_size_beyond_it_fails_and_the_session_lives(void **state)
{
	const struct attrs size = { .flags = ATTR_SIZE, .size = LIMIT + 1 };
	struct server *server = *state;

	server_put(server, "f", "text");
	start(server, 0);
	assert_int_equal(server_ask(server, PACKET_SETSTAT, NULL, "pa", "f",
			     &size),
	    STATUS_OK);
	assert_int_equal(server_stop(server), 0);
	server_put(server, "f", "text");
	start(server, LIMIT);
	assert_int_equal(server_ask(server, PACKET_SETSTAT, NULL, "pa", "f",
			     &size),
	    STATUS_FAILURE);
	assert_true(tells(server, "File too large"));
	assert_string_equal(server_get(server, "f"), "text");
	expect_life(server);
}

static void
a_copy_beyond_it_fails_and_the_session_lives(void **state)
{
	struct server *server = *state;
	struct stat st;

	server_put(server, "f", "text");
	assert_int_equal(truncate(server_path(server, "f"), 2 * LIMIT), 0);
	start(server, 0);
	assert_int_equal(server_ask(server, PACKET_EXTENDED, "copy-file", "ppb",
			     "f", "whole", 0),
	    STATUS_OK);
	assert_int_equal(server_stop(server), 0);
	start(server, LIMIT);
	assert_int_equal(server_ask(server, PACKET_EXTENDED, "copy-file", "ppb",
			     "f", "cut", 0),
	    STATUS_FAILURE);
	assert_true(tells(server, "File too large"));
	assert_int_equal(stat(server_path(server, "cut"), &st), 0);
	assert_true(st.st_size <= LIMIT);
	expect_life(server);
}

/* What is not whole does not appear; the close says so. */
static void
an_atomic_upload_beyond_it_does_not_appear(void **state)
{
	struct server *server = *state;
	struct stat st;
	uint32_t closed;

	server->keys[0] = "atomic-uploads";
	server->keys[1] = "yes";
	start(server, LIMIT);
	assert_int_equal(write_at(server, "g", LIMIT, &closed), STATUS_FAILURE);
	assert_int_equal(closed, STATUS_FAILURE);
	assert_int_equal(stat(server_path(server, "g"), &st), -1);
	expect_life(server);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		SERVER_TEST(
		    a_write_beyond_the_machines_limit_fails_and_the_session_lives),
		SERVER_TEST(a_size_beyond_it_fails_and_the_session_lives),
		SERVER_TEST(a_copy_beyond_it_fails_and_the_session_lives),
		SERVER_TEST(an_atomic_upload_beyond_it_does_not_appear),
	};
	enum { COUNT = sizeof(tests) / sizeof(*tests) };
	struct CMUnitTest twice[2 * COUNT];

	server_tests_twice(tests, COUNT, twice);
	return cmocka_run_group_tests(twice, NULL, NULL);
}
