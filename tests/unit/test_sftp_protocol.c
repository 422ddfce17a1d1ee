/*
 * Packets as no good client sends them: cut short, too long, of unknown kinds,
 * out of order. Each gets its defined answer, and the session lives on or ends
 * cleanly. The rows of the request table say which requests there are.
 */
#include "sftpserver.h"

#include <sched.h>

#include "subsys/sftp/dispatch.h"

#define GONE 0

static const struct attrs all_attrs = { .flags = ATTR_SIZE | ATTR_UIDGID |
						 ATTR_PERMISSIONS |
						 ATTR_ACMODTIME |
						 ATTR_EXTENDED };

/* A whole request of a row, all of it valid but for its handles. */
static void
begin_row(struct wire *wire, const struct request_row *row, const char *path)
{
	static const unsigned char nobody[8] = { 0 };
	const struct slice handle = { nobody, sizeof(nobody) };

	wire_begin(wire, row->type,
	    row->type == PACKET_EXTENDED ? row->name : NULL);
	for (const char *at = row->layout; *at != '\0'; at++) {
		switch ((enum layout) * at) {
		case LAYOUT_PATH:
		case LAYOUT_TEXT:
		case LAYOUT_STRING:
			buf_add_string(&wire->out, path, strlen(path));
			break;
		case LAYOUT_HANDLE:
			buf_add_string(&wire->out, handle.at, handle.len);
			break;
		case LAYOUT_U32:
			buf_add_u32(&wire->out, 0);
			break;
		case LAYOUT_U64:
			buf_add_u64(&wire->out, 0);
			break;
		case LAYOUT_BYTE:
			buf_add_u8(&wire->out, 0);
			break;
		case LAYOUT_ATTRS:
			wire_add_attrs(wire, &all_attrs);
			break;
		}
	}
}

/* Sends len bytes of what was built, as a packet of just that length. */
static void
send_cut(struct server *server, size_t len)
{
	wire_end(&server->wire, len);
	assert_true(wire_write(&server->wire, server->wire.room, 4 + len));
}

static void
expect_status(struct server *server, enum status status)
{
	wire_reply(&server->wire, &server->reply);
	assert_int_equal(server->reply.type, PACKET_STATUS);
	assert_int_equal(server->reply.id, server->wire.id);
	assert_int_equal(server->reply.status, status);
}

static void
expect_alive(struct server *server)
{
	assert_int_equal(server_ask(server, PACKET_STAT, NULL, "p", "."),
	    UINT32_MAX);
	assert_int_equal(server->reply.type, PACKET_ATTRS);
}

/* The server has closed its end; returns its exit status. */
static int
expect_gone(struct server *server)
{
	wire_reply(&server->wire, &server->reply);
	assert_int_equal(server->reply.type, GONE);
	return server_stop(server);
}

/* Does the record hold these words? */
static bool
log_has(const struct server *server, const char *words)
{
	const char *text = server_get(server, "../log");

	return text != NULL && strstr(text, words) != NULL;
}

static void
the_greeting_lists_the_extensions_of_the_table(void **state)
{
	struct server *server = *state;
	size_t at = 0;

	server_start(server);
	assert_int_equal(server->reply.id, PROTOCOL_VERSION);
	for (const struct request_row *row = request_rows; row->name != NULL;
	     row++) {
		uint32_t len;

		if (row->type != PACKET_EXTENDED || row->version == NULL)
			continue;
		len = wire_u32(server->reply.body + at);
		assert_int_equal(len, strlen(row->name));
		assert_memory_equal(server->reply.body + at + 4, row->name,
		    len);
		at += 4 + len;
		at += 4 + wire_u32(server->reply.body + at);
		assert_true(at <= server->reply.len);
	}
	assert_int_equal(at, server->reply.len);
	assert_int_equal(server_stop(server), 0);
}

static void
every_init_is_answered_with_version_three(void **state)
{
	static const uint32_t versions[] = { 3, 3, 6, 0xffffffff, 0 };
	struct server *server = *state;

	server_spawn(server);
	for (size_t i = 0; i < sizeof(versions) / sizeof(versions[0]); i++) {
		assert_true(wire_send_init(&server->wire, versions[i]));
		wire_reply(&server->wire, &server->reply);
		assert_int_equal(server->reply.type, PACKET_VERSION);
		assert_int_equal(server->reply.id, PROTOCOL_VERSION);
	}
	expect_alive(server);
	assert_int_equal(server_stop(server), 0);
}

/* As by OpenSSH's server: version 2 knew no words behind the code. */
static void
an_old_client_gets_statuses_without_words(void **state)
{
	static const struct {
		uint32_t version;
		size_t len;
	} rows[] = { { 3, 4 + 4 + 12 + 4 }, { 2, 4 }, { 0, 4 } };
	struct server *server = *state;

	server_spawn(server);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		assert_true(wire_send_init(&server->wire, rows[i].version));
		wire_reply(&server->wire, &server->reply);
		assert_int_equal(server->reply.id, PROTOCOL_VERSION);
		assert_int_equal(server_ask(server, PACKET_STAT, NULL, "p",
				     "no"),
		    STATUS_NO_SUCH_FILE);
		assert_int_equal(server->reply.len, rows[i].len);
	}
	assert_int_equal(server_stop(server), 0);
}

static void
an_init_may_be_short_or_carry_extensions(void **state)
{
	static const unsigned char bare[] = { 0, 0, 0, 1, PACKET_INIT };
	static const unsigned char pairs[] = { 0, 0, 0, 15, PACKET_INIT, 0, 0,
		0, 3, 0, 0, 0, 1, 'a', 0, 0, 0, 1, 'b' };
	struct server *server = *state;

	server_spawn(server);
	assert_true(wire_write(&server->wire, bare, sizeof(bare)));
	wire_reply(&server->wire, &server->reply);
	assert_int_equal(server->reply.type, PACKET_VERSION);
	assert_true(wire_write(&server->wire, pairs, sizeof(pairs)));
	wire_reply(&server->wire, &server->reply);
	assert_int_equal(server->reply.type, PACKET_VERSION);
	expect_alive(server);
	assert_int_equal(server_stop(server), 0);
}

static void
a_request_before_init_ends_the_session(void **state)
{
	struct server *server = *state;

	server_spawn(server);
	wire_begin(&server->wire, PACKET_STAT, NULL);
	buf_add_string(&server->wire.out, ".", 1);
	assert_true(wire_send(&server->wire));
	assert_int_equal(expect_gone(server), 1);
	assert_true(log_has(server, "event=protocol"));
}

/* Each row, cut at every byte of its body: told, and nothing is done. */
static void
a_request_cut_at_any_byte_is_bad_and_does_nothing(void **state)
{
	struct server *server = *state;

	server_put(server, "f", "untouched");
	server_start(server);
	for (const struct request_row *row = request_rows; row->name != NULL;
	     row++) {
		size_t len;

		begin_row(&server->wire, row, "f");
		len = server->wire.out.len - 4;
		for (size_t cut = 5; cut < len; cut++) {
			begin_row(&server->wire, row, "f");
			send_cut(server, cut);
			expect_status(server, STATUS_BAD_MESSAGE);
		}
	}
	expect_alive(server);
	assert_int_equal(server_stop(server), 0);
	assert_string_equal(server_get(server, "f"), "untouched");
}

/* As by OpenSSH's server. */
static void
bytes_behind_the_last_field_are_ignored(void **state)
{
	struct server *server = *state;

	server_start(server);
	wire_begin(&server->wire, PACKET_STAT, NULL);
	buf_add_string(&server->wire.out, ".", 1);
	buf_add(&server->wire.out, "more", 4);
	assert_true(wire_send(&server->wire));
	wire_reply(&server->wire, &server->reply);
	assert_int_equal(server->reply.type, PACKET_ATTRS);
	assert_int_equal(server_stop(server), 0);
}

/* A string that says it is longer than its packet, whatever follows. */
static void
a_string_longer_than_its_packet_is_bad(void **state)
{
	static const uint32_t lengths[] = { 2, 0x7fffffff, 0x80000000,
		0xfffffffb, 0xffffffff };
	struct server *server = *state;

	server_start(server);
	for (size_t i = 0; i < sizeof(lengths) / sizeof(lengths[0]); i++) {
		wire_begin(&server->wire, PACKET_STAT, NULL);
		buf_add_u32(&server->wire.out, lengths[i]);
		buf_add(&server->wire.out, ".", 1);
		assert_true(wire_send(&server->wire));
		expect_status(server, STATUS_BAD_MESSAGE);
	}
	expect_alive(server);
	assert_int_equal(server_stop(server), 0);
}

/* The place of the number-th "f~f" in what was built. */
static unsigned char *
find_mark(struct wire *wire, int number)
{
	unsigned char *at = wire->room;

	for (int i = 0; i <= number; i++) {
		at = memmem(at + 1,
		    (size_t)(wire->room + wire->out.len - at - 1), "f~f", 3);
		assert_non_null(at);
	}
	return at;
}

static void
put_nul(struct server *server, const struct request_row *row, int number)
{
	static const char names[][4] = { "f\0x", "\0ff", "ff\0" };

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		begin_row(&server->wire, row, "f~f");
		memcpy(find_mark(&server->wire, number), names[i], 3);
		assert_true(wire_send(&server->wire));
		expect_status(server, STATUS_BAD_MESSAGE);
	}
}

/* In each path and link text of each row, a NUL at either end or inside. */
static void
a_nul_in_a_path_is_bad_and_does_nothing(void **state)
{
	struct server *server = *state;
	int seen = 0;

	server_put(server, "f", "untouched");
	server_start(server);
	for (const struct request_row *row = request_rows; row->name != NULL;
	     row++) {
		int number = 0;

		for (const char *at = row->layout; *at != '\0'; at++) {
			if (*at == LAYOUT_PATH || *at == LAYOUT_TEXT) {
				put_nul(server, row, number);
				seen++;
			}
			number += strchr("pts", *at) != NULL;
		}
	}
	assert_true(seen >= 20);
	expect_alive(server);
	assert_int_equal(server_stop(server), 0);
	assert_string_equal(server_get(server, "f"), "untouched");
	assert_null(server_get(server, "ff"));
}

static bool
is_in_the_table(unsigned type)
{
	for (const struct request_row *row = request_rows; row->name != NULL;
	     row++)
		if (row->type == type)
			return true;
	return type == PACKET_INIT;
}

static void
an_unknown_type_is_unsupported(void **state)
{
	struct server *server = *state;
	int unknown = 0;

	server_start(server);
	for (unsigned type = 0; type < 256; type++) {
		if (is_in_the_table(type))
			continue;
		wire_begin(&server->wire, type, NULL);
		buf_add(&server->wire.out, "body", 4);
		assert_true(wire_send(&server->wire));
		expect_status(server, STATUS_OP_UNSUPPORTED);
		unknown++;
	}
	assert_int_equal(unknown, 256 - 20);
	expect_alive(server);
	assert_int_equal(server_stop(server), 0);
}

static void
an_unknown_extension_is_unsupported(void **state)
{
	static const char *const names[] = { "", "supported2", "text-seek",
		"statvfs@openssh.co", "statvfs@openssh.comm",
		"STATVFS@OPENSSH.COM" };
	struct server *server = *state;

	server_start(server);
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		assert_int_equal(server_ask(server, PACKET_EXTENDED, names[i],
				     "p", "."),
		    STATUS_OP_UNSUPPORTED);
	assert_int_equal(server_ask(server, PACKET_EXTENDED,
			     "statvfs@openssh.com", "p", "."),
	    UINT32_MAX);
	assert_int_equal(server->reply.type, PACKET_EXTENDED_REPLY);
	assert_int_equal(server_stop(server), 0);
}

static void
a_packet_without_an_id_ends_the_session(void **state)
{
	struct server *server = *state;

	for (size_t len = 1; len < 5; len++) {
		server_start(server);
		wire_begin(&server->wire, PACKET_STAT, NULL);
		send_cut(server, len);
		assert_int_equal(expect_gone(server), 1);
		assert_true(log_has(server, "event=protocol"));
	}
}

/* What was complete before the impossible length is still answered. */
static void
an_impossible_length_ends_the_session(void **state)
{
	static const uint32_t lengths[] = { 0, PACKET_MAX + 1, 0x7fffffff,
		0x80000000, 0xffffffff };
	struct server *server = *state;

	for (size_t i = 0; i < sizeof(lengths) / sizeof(lengths[0]); i++) {
		server_start(server);
		wire_begin(&server->wire, PACKET_STAT, NULL);
		buf_add_string(&server->wire.out, ".", 1);
		wire_end(&server->wire, 0);
		buf_add_u32(&server->wire.out, lengths[i]);
		buf_add(&server->wire.out, "\x11\0\0\0\1\0\0\0\1.", 10);
		assert_true(wire_write(&server->wire, server->wire.room,
		    server->wire.out.len));
		wire_reply(&server->wire, &server->reply);
		assert_int_equal(server->reply.type, PACKET_ATTRS);
		assert_int_equal(expect_gone(server), 1);
		assert_true(log_has(server, "event=protocol"));
	}
}

/* The longest packet there may be, as a write of all that fits. */
static void
the_longest_packet_is_served(void **state)
{
	static char data[PACKET_MAX];
	struct server *server = *state;
	unsigned char room[32];
	struct slice handle;
	struct stat st;
	size_t len;

	server_start(server);
	handle = server_open(server, "big", OPEN_WRITE | OPEN_CREAT, room);
	wire_begin(&server->wire, PACKET_WRITE, NULL);
	buf_add_string(&server->wire.out, handle.at, handle.len);
	buf_add_u64(&server->wire.out, 0);
	len = PACKET_MAX - (server->wire.out.len - 4) - 4;
	buf_add_string(&server->wire.out, data, len);
	assert_int_equal(server->wire.out.len, 4 + PACKET_MAX);
	assert_true(wire_send(&server->wire));
	expect_status(server, STATUS_OK);
	assert_int_equal(stat(server_path(server, "big"), &st), 0);
	assert_int_equal(st.st_size, len);
	assert_int_equal(server_stop(server), 0);
}

/* The stream comes in pieces of any size. */
static void
a_request_may_arrive_byte_by_byte(void **state)
{
	struct server *server = *state;

	server_start(server);
	for (size_t piece = 1; piece < 20; piece++) {
		struct wire *wire = &server->wire;

		wire_begin(wire, PACKET_STAT, NULL);
		buf_add_string(&wire->out, ".", 1);
		wire_end(wire, 0);
		for (size_t at = 0; at < wire->out.len; at += piece) {
			size_t left = wire->out.len - at;

			assert_true(wire_write(wire, wire->room + at,
			    left < piece ? left : piece));
			sched_yield();
		}
		wire_reply(wire, &server->reply);
		assert_int_equal(server->reply.type, PACKET_ATTRS);
	}
	assert_int_equal(server_stop(server), 0);
}

/* Many at once, of kinds that succeed and fail: answered in their order. */
static void
replies_leave_in_the_order_of_requests(void **state)
{
	struct server *server = *state;
	uint32_t first;

	server_start(server);
	first = server->wire.id + 1;
	for (uint32_t i = 0; i < 1000; i++) {
		const char *path = i % 3 == 0 ? "missing" : ".";

		wire_begin(&server->wire,
		    i % 2 == 0 ? PACKET_STAT : PACKET_REALPATH, NULL);
		buf_add_string(&server->wire.out, path, strlen(path));
		assert_true(wire_send(&server->wire));
	}
	for (uint32_t i = 0; i < 1000; i++) {
		wire_reply(&server->wire, &server->reply);
		assert_int_equal(server->reply.id, first + i);
		assert_int_equal(server->reply.type, i % 2 == 1 ? PACKET_NAME
						     : i % 3 == 0
							 ? PACKET_STATUS
							 : PACKET_ATTRS);
	}
	assert_int_equal(server_stop(server), 0);
}

/* What is open when the client goes is closed, and the record says so. */
static void
the_end_of_input_closes_handles_and_is_no_error(void **state)
{
	struct server *server = *state;
	unsigned char room[32], other[32];
	struct slice handle;

	server_start(server);
	handle = server_open(server, "left", OPEN_WRITE | OPEN_CREAT, room);
	assert_int_equal(server_ask(server, PACKET_WRITE, NULL, "hos", &handle,
			     UINT64_C(0), "bytes"),
	    STATUS_OK);
	server_opendir(server, ".", other);
	assert_int_equal(server_stop(server), 0);
	assert_string_equal(server_get(server, "left"), "bytes");
	assert_true(log_has(server, "event=close"));
	assert_true(log_has(server,
	    "path=\"/left\" flags=WRITE,CREATE read=0 written=5"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		SERVER_TEST(the_greeting_lists_the_extensions_of_the_table),
		SERVER_TEST(every_init_is_answered_with_version_three),
		SERVER_TEST(an_old_client_gets_statuses_without_words),
		SERVER_TEST(an_init_may_be_short_or_carry_extensions),
		SERVER_TEST(a_request_before_init_ends_the_session),
		SERVER_TEST(a_request_cut_at_any_byte_is_bad_and_does_nothing),
		SERVER_TEST(bytes_behind_the_last_field_are_ignored),
		SERVER_TEST(a_string_longer_than_its_packet_is_bad),
		SERVER_TEST(a_nul_in_a_path_is_bad_and_does_nothing),
		SERVER_TEST(an_unknown_type_is_unsupported),
		SERVER_TEST(an_unknown_extension_is_unsupported),
		SERVER_TEST(a_packet_without_an_id_ends_the_session),
		SERVER_TEST(an_impossible_length_ends_the_session),
		SERVER_TEST(the_longest_packet_is_served),
		SERVER_TEST(a_request_may_arrive_byte_by_byte),
		SERVER_TEST(replies_leave_in_the_order_of_requests),
		SERVER_TEST(the_end_of_input_closes_handles_and_is_no_error),
	};
	enum { COUNT = sizeof(tests) / sizeof(tests[0]) };
	struct CMUnitTest twice[2 * COUNT];

	server_tests_twice(tests, COUNT, twice);
	return cmocka_run_group_tests(twice, NULL, NULL);
}
