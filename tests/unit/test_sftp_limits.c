/* What limits a file or a session holds in the SFTP server, and is told. */
#include <sys/resource.h>
#include <time.h>

#include "sftpserver.h"

static void
put_keys(struct server *server, const char *name, const char *value)
{
	server->keys[0] = name;
	server->keys[1] = value;
	server->keys[2] = NULL;
}

static const char *
log_of(const struct server *server)
{
	static char text[65537];
	char path[96];
	ssize_t len;
	int fd;

	snprintf(path, sizeof(path), "%s/log", server->top);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	assert_true(fd >= 0);
	len = read(fd, text, sizeof(text) - 1);
	assert_true(len >= 0);
	text[len] = '\0';
	close(fd);
	return text;
}

static off_t
size_of(const struct server *server, const char *name)
{
	struct stat st;

	return stat(server_path(server, name), &st) == 0 ? st.st_size : -1;
}

static uint32_t
write_at(struct server *server, const struct slice *handle, uint64_t offset,
    const char *text)
{
	return server_ask(server, PACKET_WRITE, NULL, "hos", handle, offset,
	    text);
}

static void
says_too_large(const struct server *server)
{
	assert_int_equal(server->reply.status, STATUS_FAILURE);
	assert_non_null(
	    strstr((const char *)server->reply.body + 8, "File too large"));
}

static void
no_write_goes_behind_max_file_size(void **state)
{
	struct server *server = *state;
	unsigned char room[32];
	struct slice handle;

	put_keys(server, "max-file-size", "1000");
	server_start(server);
	handle = server_open(server, "f", OPEN_WRITE | OPEN_CREAT, room);
	assert_int_equal(write_at(server, &handle, 0, "0123456789"), STATUS_OK);
	assert_int_equal(write_at(server, &handle, 990, "0123456789"),
	    STATUS_OK);
	write_at(server, &handle, 991, "0123456789");
	says_too_large(server);
	write_at(server, &handle, UINT64_C(1) << 40, "x");
	says_too_large(server);
	write_at(server, &handle, INT64_MAX, "xy");
	says_too_large(server);
	assert_int_equal(size_of(server, "f"), 1000);
	handle = server_open(server, "f", OPEN_WRITE | OPEN_APPEND, room);
	write_at(server, &handle, 0, "x");
	says_too_large(server);
	assert_int_equal(size_of(server, "f"), 1000);
	assert_int_equal(server_stop(server), 0);
	assert_non_null(strstr(log_of(server), "limit=max-file-size"));
}

static void
no_truncation_goes_above_max_file_size(void **state)
{
	struct attrs attrs = { .flags = ATTR_SIZE, .size = 1000 };
	struct server *server = *state;
	unsigned char room[32];
	struct slice handle;

	put_keys(server, "max-file-size", "1000");
	server_put(server, "f", "text");
	server_start(server);
	handle = server_open(server, "f", OPEN_WRITE, room);
	assert_int_equal(server_ask(server, PACKET_SETSTAT, NULL, "pa", "f",
			     &attrs),
	    STATUS_OK);
	assert_int_equal(size_of(server, "f"), 1000);
	attrs.size = 1001;
	server_ask(server, PACKET_SETSTAT, NULL, "pa", "f", &attrs);
	says_too_large(server);
	server_ask(server, PACKET_FSETSTAT, NULL, "ha", &handle, &attrs);
	says_too_large(server);
	assert_int_equal(size_of(server, "f"), 1000);
}

static void
no_copy_is_larger_than_max_file_size(void **state)
{
	static char text[2001];
	struct server *server = *state;
	unsigned char rooms[2][32];
	struct slice from, to;

	memset(text, 'x', 2000);
	put_keys(server, "max-file-size", "1000");
	server_put(server, "big", text);
	text[1000] = '\0';
	server_put(server, "fits", text);
	server_start(server);
	assert_int_equal(server_ask(server, PACKET_EXTENDED, "copy-file", "ppb",
			     "fits", "copy", 0),
	    STATUS_OK);
	assert_int_equal(size_of(server, "copy"), 1000);
	server_ask(server, PACKET_EXTENDED, "copy-file", "ppb", "big", "b", 0);
	says_too_large(server);
	assert_int_equal(size_of(server, "b"), -1);
	from = server_open(server, "big", OPEN_READ, rooms[0]);
	to = server_open(server, "to", OPEN_WRITE | OPEN_CREAT, rooms[1]);
	assert_int_equal(server_ask(server, PACKET_EXTENDED, "copy-data",
			     "hooho", &from, UINT64_C(0), UINT64_C(900), &to,
			     UINT64_C(100)),
	    STATUS_OK);
	assert_int_equal(size_of(server, "to"), 1000);
	server_ask(server, PACKET_EXTENDED, "copy-data", "hooho", &from,
	    UINT64_C(0), UINT64_C(901), &to, UINT64_C(100));
	says_too_large(server);
	server_ask(server, PACKET_EXTENDED, "copy-data", "hooho", &from,
	    UINT64_C(0), UINT64_C(0), &to, UINT64_C(0));
	says_too_large(server);
	assert_int_equal(size_of(server, "to"), 1000);
}

static unsigned char last[65536]; /* of what drain read */

/* Reads until the server ends; returns how many bytes came. */
static size_t
drain(struct server *server)
{
	size_t total = 0;
	ssize_t got;

	memset(last, 0, sizeof(last));
	while ((got = read(server->wire.fd, last, sizeof(last))) > 0)
		total += (size_t)got;
	return total;
}

/* An upload hears why it ends, at the next of its writes. */
static void
an_upload_is_told_that_its_bytes_are_spent(void **state)
{
	static char text[30001];
	struct server *server = *state;
	unsigned char room[32];
	struct slice handle;
	uint64_t offset = 0;

	memset(text, 'u', sizeof(text) - 1);
	put_keys(server, "max-session-bytes", "100K");
	server_start(server);
	handle = server_open(server, "f", OPEN_WRITE | OPEN_CREAT, room);
	for (int i = 0; i < 3; i++, offset += 30000)
		assert_int_equal(write_at(server, &handle, offset, text),
		    STATUS_OK);
	assert_int_equal(write_at(server, &handle, offset, text),
	    STATUS_FAILURE);
	assert_non_null(memmem(server->reply.body, server->reply.len,
	    "max-session-bytes", 17));
	assert_int_equal(drain(server), 0);
	assert_int_equal(server_stop(server), 1);
	assert_int_equal(size_of(server, "f"), 90000);
}

/*
 * Asks for length bytes of a file n times without waiting; the server may
 * have ended before the last.
 */
static void
ask_reads(struct server *server, const struct slice *handle, int n,
    uint32_t length)
{
	for (int i = 0; i < n; i++) {
		wire_begin(&server->wire, PACKET_READ, NULL);
		buf_add_string(&server->wire.out, handle->at, handle->len);
		buf_add_u64(&server->wire.out, 0);
		buf_add_u32(&server->wire.out, length);
		if (!wire_send(&server->wire))
			return;
	}
}

static void
make_file(const struct server *server, const char *name, off_t size)
{
	server_put(server, name, "");
	assert_int_equal(truncate(server_path(server, name), size), 0);
}

static void
a_session_moves_no_more_than_its_bytes(void **state)
{
	struct server *server = *state;
	unsigned char room[32];
	struct slice handle;
	size_t before, came;

	put_keys(server, "max-session-bytes", "100K");
	make_file(server, "f", 1 << 20);
	server_start(server);
	handle = server_open(server, "f", OPEN_READ, room);
	ask_reads(server, &handle, 1, 20000);
	wire_reply(&server->wire, &server->reply);
	assert_int_equal(server->reply.len, 4 + 20000);
	before = 20000;
	ask_reads(server, &handle, 20, 10000);
	came = drain(server);
	assert_true(came > 50000);
	/* ... and the words that say so */
	assert_non_null(memmem(last, sizeof(last), "max-session-bytes", 17));
	assert_true(before + came <= 100 * 1024 + 20 * 150);
	assert_int_equal(server_stop(server), 1);
}

/* The lower bound holds however slow the machine is. */
static void
bandwidth_slows_a_download_and_costs_no_turns(void **state)
{
	struct server *server = *state;
	struct timespec from, to;
	unsigned char room[32];
	struct slice handle;
	struct rusage usage;
	int status;
	double took;

	put_keys(server, "bandwidth", "256K");
	make_file(server, "f", 1 << 20);
	server_start(server);
	handle = server_open(server, "f", OPEN_READ, room);
	clock_gettime(CLOCK_MONOTONIC, &from);
	ask_reads(server, &handle, 8, 32768);
	for (int i = 0; i < 8; i++) {
		wire_reply(&server->wire, &server->reply);
		assert_int_equal(server->reply.len, 4 + 32768);
	}
	clock_gettime(CLOCK_MONOTONIC, &to);
	took = (double)(to.tv_sec - from.tv_sec) +
	       (double)(to.tv_nsec - from.tv_nsec) / 1e9;
	assert_true(took > 0.7);
	close(server->wire.fd);
	assert_int_equal(wait4(server->pid, &status, 0, &usage), server->pid);
	server->pid = 0;
	assert_int_equal(status, 0);
	/* A loop that polls without waiting turns a million times. */
	assert_true(usage.ru_nvcsw + usage.ru_nivcsw < 500);
	assert_true(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec == 0 &&
		    usage.ru_utime.tv_usec + usage.ru_stime.tv_usec < 300000);
}

static void
bandwidth_slows_an_upload(void **state)
{
	static char text[60001];
	struct server *server = *state;
	struct timespec from, to;
	unsigned char room[32];
	struct slice handle;

	memset(text, 'u', sizeof(text) - 1);
	put_keys(server, "bandwidth", "128K");
	server_start(server);
	handle = server_open(server, "f", OPEN_WRITE | OPEN_CREAT, room);
	clock_gettime(CLOCK_MONOTONIC, &from);
	for (uint64_t i = 0; i < 2; i++)
		assert_int_equal(write_at(server, &handle, i * 60000, text),
		    STATUS_OK);
	clock_gettime(CLOCK_MONOTONIC, &to);
	assert_true((to.tv_sec - from.tv_sec) * 1000 +
			(to.tv_nsec - from.tv_nsec) / 1000000 >
		    500);
	assert_int_equal(size_of(server, "f"), 120000);
}

/* The program itself, behind its walls: it knows the time by another. */
static void
a_session_ends_when_its_login_expires(void **state)
{
	const struct timespec pause = { .tv_nsec = 50 * 1000000L };
	struct server *server = *state;
	time_t when = time(NULL) + 3;
	char date[32];
	uint32_t status = STATUS_OK;
	struct tm tm;

	server->gate = true;
	assert_non_null(gmtime_r(&when, &tm));
	assert_true(strftime(date, sizeof(date), "%Y%m%d%H%M%SZ", &tm) > 0);
	put_keys(server, "expires", date);
	server_put(server, "f", "text");
	server_start(server);
	for (int i = 0; i < 600 && status == STATUS_OK; i++) {
		struct attrs attrs = { .flags = ATTR_PERMISSIONS,
			.permissions = 0600 };

		status =
		    server_ask(server, PACKET_SETSTAT, NULL, "pa", "f", &attrs);
		nanosleep(&pause, NULL);
	}
	assert_true(time(NULL) >= when);
	assert_int_equal(status, STATUS_FAILURE);
	assert_non_null(strstr((const char *)server->reply.body + 8,
	    "this login has expired (expires)"));
	assert_int_equal(server_stop(server), 1);
	assert_non_null(strstr(log_of(server), "reason=expires"));
}

static void
an_idle_session_ends(void **state)
{
	struct server *server = *state;

	put_keys(server, "idle-timeout", "1");
	server_start(server);
	assert_int_equal(drain(server), 0);
	assert_int_equal(server_stop(server), 1);
}

/* Idle ends neither; the session's own time does, in mid-transfer. */
static void
a_throttled_session_ends_in_time(void **state)
{
	struct server *server = *state;
	unsigned char room[32];
	struct slice handle;
	size_t came;

	put_keys(server, "session-timeout", "2");
	server->keys[2] = "bandwidth";
	server->keys[3] = "16K";
	server->keys[4] = "idle-timeout";
	server->keys[5] = "1";
	server->keys[6] = NULL;
	make_file(server, "f", 1 << 20);
	server_start(server);
	handle = server_open(server, "f", OPEN_READ, room);
	ask_reads(server, &handle, 10, 32768);
	came = drain(server);
	assert_true(came > 0);
	assert_true(came < 16384 * 3);
	assert_int_equal(server_stop(server), 1);
}

/* Has it ended by itself, within a minute? A byte is sent in each pause. */
static bool
ends_while_we_trickle(struct server *server)
{
	const struct timespec pause = { .tv_nsec = 200L * 1000 * 1000 };

	signal(SIGPIPE, SIG_IGN);
	for (int turns = 0; turns < 300; turns++) {
		int status;

		if (waitpid(server->pid, &status, WNOHANG) == server->pid) {
			server->pid = 0;
			server_hang_up(server);
			return WIFEXITED(status) && WEXITSTATUS(status) == 1;
		}
		(void)!wire_write(&server->wire, "", 1);
		nanosleep(&pause, NULL);
	}
	return false;
}

static void
no_client_keeps_a_session_by_a_byte_in_each_pause(void **state)
{
	static const unsigned char head[] = { 0, 3, 0, 0, PACKET_WRITE };
	struct server *server = *state;

	put_keys(server, "session-timeout", "1");
	server_start(server);
	assert_true(wire_write(&server->wire, head, sizeof(head)));
	assert_true(ends_while_we_trickle(server));
}

/* A work that never ends: a pipe's other end in a file of holes. */
static void
a_session_ends_in_time_while_a_copy_goes_on(void **state)
{
	struct server *server = *state;
	unsigned char rooms[2][32];
	struct slice from, to;

	put_keys(server, "session-timeout", "1");
	make_file(server, "f", (off_t)1 << 42);
	server_start(server);
	from = server_open(server, "f", OPEN_READ, rooms[0]);
	to = server_open(server, "to", OPEN_WRITE | OPEN_CREAT | OPEN_APPEND,
	    rooms[1]);
	wire_begin(&server->wire, PACKET_EXTENDED, "copy-data");
	buf_add_string(&server->wire.out, from.at, from.len);
	buf_add_u64(&server->wire.out, UINT64_C(1) << 41);
	buf_add_u64(&server->wire.out, 0);
	buf_add_string(&server->wire.out, to.at, to.len);
	buf_add_u64(&server->wire.out, 0);
	assert_true(wire_send(&server->wire));
	assert_int_equal(drain(server), 0);
	assert_int_equal(server_stop(server), 1);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		SERVER_TEST(no_write_goes_behind_max_file_size),
		SERVER_TEST(no_truncation_goes_above_max_file_size),
		SERVER_TEST(no_copy_is_larger_than_max_file_size),
		SERVER_TEST(a_session_moves_no_more_than_its_bytes),
		SERVER_TEST(an_upload_is_told_that_its_bytes_are_spent),
		SERVER_TEST(bandwidth_slows_a_download_and_costs_no_turns),
		SERVER_TEST(bandwidth_slows_an_upload),
		SERVER_TEST(a_session_ends_when_its_login_expires),
		SERVER_TEST(an_idle_session_ends),
		SERVER_TEST(a_throttled_session_ends_in_time),
		SERVER_TEST(a_session_ends_in_time_while_a_copy_goes_on),
		SERVER_TEST(no_client_keeps_a_session_by_a_byte_in_each_pause),
	};
	enum { COUNT = sizeof(tests) / sizeof(*tests) };
	struct CMUnitTest twice[2 * COUNT];

	signal(SIGPIPE, SIG_IGN);
	server_tests_twice(tests, COUNT, twice);
	return cmocka_run_group_tests(twice, NULL, NULL);
}
