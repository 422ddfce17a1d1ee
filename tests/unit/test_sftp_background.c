/*
 * Requests that take long: check-file in its names and dialects, copies. The
 * session's other requests don't wait for them, nor do they outlive it.
 */
#include "sftpserver.h"

#include "base/hash.h"
#include "subsys/sftp/digest.h"

static const struct {
	const char *name;
	bool by_path, paramiko;
} dialects[] = {
	{ "check-file-name", true, false },
	{ "check-file-handle", false, false },
	{ "check-file", false, true },
};

enum { DIALECTS = sizeof(dialects) / sizeof(dialects[0]) };

struct asked {
	const char *algorithms;
	uint64_t offset, length;
	uint32_t block;
};

/* Asks by a dialect; returns the status, UINT32_MAX for digests. */
static uint32_t
ask_check(struct server *server, size_t dialect, const char *path,
    const struct asked *asked)
{
	unsigned char room[32];
	struct slice handle;

	if (dialects[dialect].by_path)
		return server_ask(server, PACKET_EXTENDED,
		    dialects[dialect].name, "psoou", path, asked->algorithms,
		    asked->offset, asked->length, asked->block);
	handle = server_open(server, path, OPEN_READ, room);
	return server_ask(server, PACKET_EXTENDED, dialects[dialect].name,
	    "hsoou", &handle, asked->algorithms, asked->offset, asked->length,
	    asked->block);
}

/* The digests behind the reply's head, which must be right. */
static struct slice
sums_of(const struct server *server, size_t dialect, const char *algorithm)
{
	struct slice at = { server->reply.body, server->reply.len };
	size_t len = strlen(algorithm);

	assert_int_equal(server->reply.type, PACKET_EXTENDED_REPLY);
	if (dialects[dialect].paramiko) {
		assert_memory_equal(at.at, "\0\0\0\012check-file", 14);
		at.at += 14;
		at.len -= 14;
	}
	assert_true(at.len > 4 + len);
	assert_int_equal(wire_u32(at.at), len);
	assert_memory_equal(at.at + 4, algorithm, len);
	at.at += 4 + len;
	at.len -= 4 + len;
	return at;
}

static char content[100000];

static void
put_content(struct server *server, const char *name, size_t len)
{
	int fd;

	for (size_t i = 0; i < sizeof(content); i++)
		content[i] = (char)(i * 31 + i / 256);
	server_put(server, name, "");
	fd = open(server_path(server, name), O_WRONLY | O_CLOEXEC);
	assert_true(fd >= 0);
	assert_int_equal(write(fd, content, len), len);
	close(fd);
}

/* A file of holes: takes long to read and costs no disk. */
static void
put_holes(struct server *server, const char *name, off_t len)
{
	server_put(server, name, "");
	assert_int_equal(truncate(server_path(server, name), len), 0);
}

static void
expect_sum(const struct hash_kind *kind, const unsigned char *sum,
    const char *bytes, size_t len)
{
	unsigned char wanted[HASH_BYTES_MAX];
	struct hash hash;

	hash_start(&hash, kind);
	hash_add(&hash, bytes, len);
	hash_end(&hash, wanted);
	assert_memory_equal(sum, wanted, hash_bytes(kind));
}

static void
every_kind_is_told_in_every_dialect(void **state)
{
	static const size_t sizes[] = { 0, 1, 255, 256, 99999 };
	struct server *server = *state;
	const struct hash_kind *kind;

	server_start(server);
	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		put_content(server, "f", sizes[i]);
		for (size_t d = 0; d < DIALECTS; d++) {
			for (kind = hash_kinds; kind->name != NULL; kind++) {
				struct asked asked = { kind->name, 0, 0, 0 };
				struct slice sums;

				assert_int_equal(ask_check(server, d, "f",
						     &asked),
				    UINT32_MAX);
				sums = sums_of(server, d, kind->name);
				assert_int_equal(sums.len, hash_bytes(kind));
				expect_sum(kind, sums.at, content, sizes[i]);
			}
		}
	}
	assert_int_equal(server_stop(server), 0);
}

static void
blocks_and_ranges_have_digests_of_their_own(void **state)
{
	static const struct asked rows[] = { { "sha1", 0, 0, 256 },
		{ "sha1", 0, 1000, 256 }, { "sha1", 777, 5000, 1000 },
		{ "sha1", 0, 0, 65536 }, { "sha1", 50000, 1 << 30, 4096 },
		{ "sha1", 10, 20, 0 }, { "sha1", 0, 512, 256 },
		{ "sha1", 99990, 0, 300 }, { "sha1", 0, 0, 1 << 30 } };
	const struct hash_kind *kind = hash_find("sha1", 4);
	struct server *server = *state;

	put_content(server, "f", sizeof(content));
	server_start(server);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct asked *asked = &rows[i];
		size_t at = (size_t)asked->offset, count = 0;
		size_t end = sizeof(content);
		struct slice sums;

		if (asked->length > 0 && asked->length < end - at)
			end = at + (size_t)asked->length;
		assert_int_equal(ask_check(server, i % DIALECTS, "f", asked),
		    UINT32_MAX);
		sums = sums_of(server, i % DIALECTS, "sha1");
		for (; at < end; count++) {
			size_t len = end - at;

			if (asked->block > 0 && len > asked->block)
				len = asked->block;
			assert_true((count + 1) * 20 <= sums.len);
			expect_sum(kind, sums.at + count * 20, content + at,
			    len);
			at += len;
		}
		assert_int_equal(sums.len, count * 20);
	}
	assert_int_equal(server_stop(server), 0);
}

static void
the_first_known_algorithm_is_taken(void **state)
{
	struct asked asked = { "crc32,,SHA-256,md5", 0, 0, 0 };
	struct server *server = *state;

	put_content(server, "f", 10);
	server_start(server);
	assert_int_equal(ask_check(server, 0, "f", &asked), UINT32_MAX);
	assert_int_equal(sums_of(server, 0, "SHA-256").len, 32);
	asked.algorithms = "crc32,nothing";
	assert_int_equal(ask_check(server, 0, "f", &asked), STATUS_FAILURE);
	asked.algorithms = "";
	assert_int_equal(ask_check(server, 0, "f", &asked), STATUS_FAILURE);
	assert_int_equal(server_stop(server), 0);
}

static void
what_has_no_digests_is_refused(void **state)
{
	static const struct {
		struct asked asked;
		uint32_t status;
	} rows[] = {
		{ { "md5", 0, 0, 1 }, STATUS_FAILURE },
		{ { "md5", 0, 0, 255 }, STATUS_FAILURE },
		{ { "md5", 11, 0, 0 }, STATUS_FAILURE },
		{ { "md5", UINT64_MAX, 0, 0 }, STATUS_BAD_MESSAGE },
		{ { "md5", 10, 0, 0 }, UINT32_MAX },
	};
	const struct asked whole = { "md5", 0, 0, 0 };
	const struct asked blocks = { "sha512", 0, 0, 256 };
	struct server *server = *state;
	unsigned char room[32];
	struct slice handle;

	put_content(server, "f", 10);
	put_holes(server, "holes", 256 * (SUMS_MAX / 64));
	assert_int_equal(mkdir(server_path(server, "d"), 0777), 0);
	server_own(server, "d");
	server_start(server);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		assert_int_equal(ask_check(server, 0, "f", &rows[i].asked),
		    rows[i].status);
	assert_int_equal(ask_check(server, 0, "missing", &whole),
	    STATUS_NO_SUCH_FILE);
	assert_int_equal(ask_check(server, 0, "d", &whole), STATUS_FAILURE);
	/* One block more than a reply holds digests. */
	assert_int_equal(ask_check(server, 0, "holes", &blocks),
	    STATUS_FAILURE);
	assert_int_equal(truncate(server_path(server, "holes"),
			     256 * (SUMS_MAX / 64 - 1)),
	    0);
	assert_int_equal(ask_check(server, 0, "holes", &blocks), UINT32_MAX);
	assert_int_equal(sums_of(server, 0, "sha512").len,
	    64 * (SUMS_MAX / 64 - 1));
	/* Nor by a handle that reads nothing. */
	handle = server_open(server, "f", OPEN_WRITE, room);
	assert_int_equal(server_ask(server, PACKET_EXTENDED,
			     "check-file-handle", "hsoou", &handle, "md5",
			     UINT64_C(0), UINT64_C(0), 0U),
	    STATUS_NO_SUCH_FILE);
	assert_int_equal(server_stop(server), 0);
}

static void
begin_check(struct server *server, const char *path)
{
	wire_begin(&server->wire, PACKET_EXTENDED, "check-file-name");
	buf_add_string(&server->wire.out, path, strlen(path));
	buf_add_string(&server->wire.out, "md5", 3);
	buf_add_u64(&server->wire.out, 0);
	buf_add_u64(&server->wire.out, 0);
	buf_add_u32(&server->wire.out, 0);
	assert_true(wire_send(&server->wire));
}

/* 64 GiB take a minute; the client doesn't wait, and takes it along. */
static void
hashing_neither_blocks_nor_outlives_the_session(void **state)
{
	struct server *server = *state;

	put_holes(server, "holes", INT64_C(64) << 30);
	put_content(server, "f", 100);
	server_start(server);
	for (int i = 0; i < BACKGROUND_MAX; i++)
		begin_check(server, "holes");
	for (int i = 0; i < 100; i++) {
		assert_int_equal(server_ask(server, PACKET_STAT, NULL, "p",
				     "f"),
		    UINT32_MAX);
		assert_int_equal(server->reply.type, PACKET_ATTRS);
	}
	/* One more at a time is too many. */
	begin_check(server, "f");
	wire_reply(&server->wire, &server->reply);
	assert_int_equal(server->reply.id, server->wire.id);
	assert_int_equal(server->reply.status, STATUS_FAILURE);
	assert_int_equal(server_stop(server), 0);
}

static void
copying_neither_blocks_nor_outlives_the_session(void **state)
{
	struct server *server = *state;
	unsigned char rooms[2][32];
	struct slice from, to;
	struct stat st;

	put_holes(server, "holes", INT64_C(16) << 30);
	server_start(server);
	from = server_open(server, "holes", OPEN_READ, rooms[0]);
	/* Append: no file system has a short cut for that. */
	to = server_open(server, "to", OPEN_WRITE | OPEN_CREAT | OPEN_APPEND,
	    rooms[1]);
	wire_begin(&server->wire, PACKET_EXTENDED, "copy-data");
	buf_add_string(&server->wire.out, from.at, from.len);
	buf_add_u64(&server->wire.out, 0);
	buf_add_u64(&server->wire.out, 0);
	buf_add_string(&server->wire.out, to.at, to.len);
	buf_add_u64(&server->wire.out, 0);
	assert_true(wire_send(&server->wire));
	/* The handles may be closed meanwhile. */
	assert_int_equal(server_ask(server, PACKET_CLOSE, NULL, "h", &from),
	    STATUS_OK);
	assert_int_equal(server_ask(server, PACKET_CLOSE, NULL, "h", &to),
	    STATUS_OK);
	assert_int_equal(server_ask(server, PACKET_STAT, NULL, "p", "to"),
	    UINT32_MAX);
	assert_int_equal(server_stop(server), 0);
	assert_int_equal(stat(server_path(server, "to"), &st), 0);
	assert_true(st.st_size < INT64_C(16) << 30);
}

/* Who only shuts its side down still gets the answer. */
static void
an_answer_under_way_is_waited_for(void **state)
{
	struct server *server = *state;

	put_holes(server, "holes", 50 << 20);
	server_start(server);
	begin_check(server, "holes");
	assert_int_equal(shutdown(server->wire.fd, SHUT_WR), 0);
	wire_reply(&server->wire, &server->reply);
	assert_int_equal(sums_of(server, 0, "md5").len, 16);
	wire_reply(&server->wire, &server->reply);
	assert_int_equal(server->reply.type, 0);
	assert_int_equal(server_stop(server), 0);
}

static void
copies_are_whole_and_replace_only_when_told(void **state)
{
	static char copy[sizeof(content)];
	struct server *server = *state;
	int fd;

	put_content(server, "f", sizeof(content));
	server_put(server, "there", "there before");
	server_start(server);
	assert_int_equal(server_ask(server, PACKET_EXTENDED, "copy-file", "ppb",
			     "f", "new", 0),
	    STATUS_OK);
	fd = open(server_path(server, "new"), O_RDONLY | O_CLOEXEC);
	assert_true(fd >= 0);
	assert_int_equal(read(fd, copy, sizeof(copy)), sizeof(copy));
	close(fd);
	assert_memory_equal(copy, content, sizeof(copy));
	assert_int_equal(server_ask(server, PACKET_EXTENDED, "copy-file", "ppb",
			     "f", "there", 0),
	    STATUS_FAILURE);
	assert_string_equal(server_get(server, "there"), "there before");
	/* Nor is a file emptied by being copied onto itself. */
	assert_int_equal(server_ask(server, PACKET_EXTENDED, "copy-file", "ppb",
			     "there", "there", 1),
	    STATUS_FAILURE);
	assert_string_equal(server_get(server, "there"), "there before");
	assert_int_equal(server_ask(server, PACKET_EXTENDED, "copy-file", "ppb",
			     "there", "new", 1),
	    STATUS_OK);
	assert_string_equal(server_get(server, "new"), "there before");
	assert_int_equal(server_stop(server), 0);
}

static void
reading_is_what_a_digest_needs(void **state)
{
	const struct asked asked = { "md5", 0, 0, 0 };
	struct server *server = *state;

	put_content(server, "f", 100);
	server->mode = "read-only";
	server_start(server);
	assert_int_equal(ask_check(server, 0, "f", &asked), UINT32_MAX);
	assert_int_equal(server_stop(server), 0);
	server->mode = "write-only";
	server_start(server);
	assert_int_equal(ask_check(server, 0, "f", &asked),
	    STATUS_PERMISSION_DENIED);
	assert_int_equal(server_stop(server), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		SERVER_TEST(every_kind_is_told_in_every_dialect),
		SERVER_TEST(blocks_and_ranges_have_digests_of_their_own),
		SERVER_TEST(the_first_known_algorithm_is_taken),
		SERVER_TEST(what_has_no_digests_is_refused),
		SERVER_TEST(hashing_neither_blocks_nor_outlives_the_session),
		SERVER_TEST(copying_neither_blocks_nor_outlives_the_session),
		SERVER_TEST(an_answer_under_way_is_waited_for),
		SERVER_TEST(copies_are_whole_and_replace_only_when_told),
		SERVER_TEST(reading_is_what_a_digest_needs),
	};
	enum { COUNT = sizeof(tests) / sizeof(tests[0]) };
	struct CMUnitTest twice[2 * COUNT];

	server_tests_twice(tests, COUNT, twice);
	return cmocka_run_group_tests(twice, NULL, NULL);
}
