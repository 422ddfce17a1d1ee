/*
 * Large reads are answered with a file's own pages: over pipes and a socket
 * the client gets each byte as it was when its request was served, whatever
 * it asks for behind it.
 */
#include "sftpserver.h"

enum {
	SIZE = 3 * 1000 * 1000, /* ends in the middle of a page */
	HOLE = 1 << 20,         /* from here on, as much is sparse */
	LARGE = 200 * 1000,
};

static unsigned char content[SIZE];

/* A file of numbers that don't repeat, with a hole. */
static void
make_file(const struct server *server, const char *name)
{
	int fd = open(server_path(server, name),
	    O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	uint32_t word = 1;

	for (size_t i = 0; i < SIZE; i++) {
		word = word * 1664525U + 1013904223U;
		content[i] = (unsigned char)(word >> 24);
	}
	memset(content + HOLE, 0, HOLE);
	assert_true(fd >= 0);
	assert_int_equal(pwrite(fd, content, HOLE, 0), HOLE);
	assert_int_equal(pwrite(fd, content + 2 * HOLE, SIZE - 2 * HOLE,
			     2 * HOLE),
	    SIZE - 2 * HOLE);
	close(fd);
	server_own(server, name);
}

static void
send_read(struct server *server, const struct slice *handle, uint64_t offset,
    uint32_t len)
{
	wire_begin(&server->wire, PACKET_READ, NULL);
	buf_add_string(&server->wire.out, handle->at, handle->len);
	buf_add_u64(&server->wire.out, offset);
	buf_add_u32(&server->wire.out, len);
	assert_true(wire_send(&server->wire));
}

/* The next reply: these bytes, or the end of the file where len is 0. */
static void
expect_data(struct server *server, const unsigned char *bytes, size_t len)
{
	struct reply *reply = &server->reply;

	wire_reply(&server->wire, reply);
	if (len == 0) {
		assert_int_equal(reply->status, STATUS_EOF);
		return;
	}
	assert_int_equal(reply->type, PACKET_DATA);
	assert_int_equal(wire_u32(reply->body), len);
	assert_int_equal(reply->len, 4 + len);
	assert_memory_equal(reply->body + 4, bytes, len);
}

/* All requests are sent before the first reply is read. */
static void
read_in_blocks(struct server *server, const struct slice *handle, size_t offset,
    uint32_t block)
{
	size_t first = offset;

	for (; offset < SIZE + block; offset += block)
		send_read(server, handle, offset, block);
	for (offset = first; offset < SIZE + block; offset += block) {
		size_t left = offset < SIZE ? SIZE - offset : 0;

		expect_data(server, content + (left == 0 ? 0 : offset),
		    left < block ? left : block);
	}
}

static void
every_byte_arrives(struct server *server, bool pipes)
{
	static const uint32_t blocks[] = { READ_MAX, 131072, 32768, 20001 };
	unsigned char room[32];
	struct slice handle;

	server->pipes = pipes;
	make_file(server, "file");
	server_start(server);
	handle = server_open(server, "/file", OPEN_READ, room);
	for (size_t i = 0; i < sizeof(blocks) / sizeof(blocks[0]); i++) {
		read_in_blocks(server, &handle, 0, blocks[i]);
		read_in_blocks(server, &handle, 12345, blocks[i]);
	}
	assert_int_equal(server_ask(server, PACKET_CLOSE, NULL, "h", &handle),
	    STATUS_OK);
	assert_int_equal(server_stop(server), 0);
}

static void
every_byte_arrives_over_pipes(void **state)
{
	every_byte_arrives(*state, true);
}

static void
every_byte_arrives_over_a_socket(void **state)
{
	every_byte_arrives(*state, false);
}

/*
 * Reads, then overwrites what was read, then reads again, and only then looks
 * at the replies.
 */
static void
a_later_write_changes_no_earlier_reply(void **state)
{
	static unsigned char other[LARGE];
	struct server *server = *state;
	unsigned char rooms[2][32];
	struct slice reader, writer;

	server->pipes = true;
	make_file(server, "file");
	server_start(server);
	reader = server_open(server, "/file", OPEN_READ, rooms[0]);
	writer = server_open(server, "/file", OPEN_WRITE, rooms[1]);
	memset(other, 'x', sizeof(other));
	send_read(server, &reader, 4096, LARGE);
	wire_begin(&server->wire, PACKET_WRITE, NULL);
	buf_add_string(&server->wire.out, writer.at, writer.len);
	buf_add_u64(&server->wire.out, 4096);
	buf_add_string(&server->wire.out, other, sizeof(other));
	assert_true(wire_send(&server->wire));
	send_read(server, &reader, 4096, LARGE);
	expect_data(server, content + 4096, LARGE);
	wire_reply(&server->wire, &server->reply);
	assert_int_equal(server->reply.status, STATUS_OK);
	expect_data(server, other, LARGE);
	/* ... and a handle that is gone can write no more. */
	assert_int_equal(server_ask(server, PACKET_CLOSE, NULL, "h", &writer),
	    STATUS_OK);
	send_read(server, &reader, 4096, LARGE);
	expect_data(server, other, LARGE);
	assert_int_equal(server_stop(server), 0);
}

/* The number of bytes is told only when it is known. */
static void
a_file_that_shrinks_ends_where_it_ends(void **state)
{
	struct server *server = *state;
	unsigned char room[32];
	struct slice handle;

	server->pipes = true;
	make_file(server, "file");
	server_start(server);
	handle = server_open(server, "/file", OPEN_READ, room);
	send_read(server, &handle, 4096, LARGE);
	expect_data(server, content + 4096, LARGE);
	assert_int_equal(truncate(server_path(server, "file"), 50000), 0);
	send_read(server, &handle, 4096, LARGE);
	send_read(server, &handle, 50000, LARGE);
	expect_data(server, content + 4096, 50000 - 4096);
	expect_data(server, content, 0);
	assert_int_equal(server_stop(server), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		SERVER_TEST(every_byte_arrives_over_pipes),
		SERVER_TEST(every_byte_arrives_over_a_socket),
		SERVER_TEST(a_later_write_changes_no_earlier_reply),
		SERVER_TEST(a_file_that_shrinks_ends_where_it_ends),
	};
	enum { COUNT = sizeof(tests) / sizeof(tests[0]) };
	struct CMUnitTest twice[2 * COUNT];

	server_tests_twice(tests, COUNT, twice);
	return cmocka_run_group_tests_name("sftp pages", twice, NULL, NULL);
}
