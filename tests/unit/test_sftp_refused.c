/*
 * A client that is refused hears why in its own protocol, and nothing that it
 * sends is more than counted: raw bytes in, raw bytes out.
 */
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <cmocka.h>

#include "child.h"
#include "sanitized.h"
#include "subsys/sftp/refused.h"
#include "wire.h"

#define REASON "filesonly: the account is in use"

/* INIT of version 3, STAT "x" as request 7, CLOSE "h" as request 0x01020304 */
static const unsigned char stream[] = {
	0, 0, 0, 5, 1, 0, 0, 0, 3,                    /* INIT */
	0, 0, 0, 10, 17, 0, 0, 0, 7, 0, 0, 0, 1, 'x', /* STAT */
	0, 0, 0, 10, 4, 1, 2, 3, 4, 0, 0, 0, 1, 'h',  /* CLOSE */
};

static const unsigned char version[] = { 0, 0, 0, 5, 2, 0, 0, 0, 3 };

/* What a request of that number is answered. */
static void
add_answer(struct buf *out, uint32_t id, const char *line)
{
	size_t len = line == NULL ? 0 : 8 + strlen(line);

	buf_add_u32(out, (uint32_t)(9 + len));
	buf_add_u8(out, PACKET_STATUS);
	buf_add_u32(out, id);
	buf_add_u32(out, STATUS_FAILURE);
	if (line == NULL)
		return;
	buf_add_string(out, line, strlen(line));
	buf_add_u32(out, 0);
}

static void
waits(const struct refused *refused, const void *bytes, size_t len)
{
	assert_int_equal(out_waiting(&refused->out), len);
	assert_memory_equal(refused->out.bytes + refused->out.from, bytes, len);
}

static void
version_and_the_reason_however_the_stream_is_cut(void **state)
{
	unsigned char room[256];
	struct buf wanted;

	(void)state;
	buf_init(&wanted, room, sizeof(room));
	buf_add(&wanted, version, sizeof(version));
	add_answer(&wanted, 7, REASON);
	add_answer(&wanted, 0x01020304, REASON);
	for (size_t cut = 0; cut <= sizeof(stream); cut++) {
		struct refused refused;

		refused_begin(&refused, REASON);
		refused_take(&refused, stream, cut);
		refused_take(&refused, stream + cut, sizeof(stream) - cut);
		waits(&refused, wanted.bytes, wanted.len);
		assert_false(refused.ended);
		refused_end(&refused);
	}
}

static void
a_reason_of_any_length_comes_whole(void **state)
{
	char line[3000], room[4096];
	struct refused refused;
	struct buf wanted;

	(void)state;
	memset(line, 'x', sizeof(line) - 1);
	line[sizeof(line) - 1] = '\0';
	buf_init(&wanted, room, sizeof(room));
	buf_add(&wanted, version, sizeof(version));
	add_answer(&wanted, 7, line);
	refused_begin(&refused, line);
	refused_take(&refused, stream, 9 + 14);
	waits(&refused, wanted.bytes, wanted.len);
	refused_end(&refused);
}

/* Before version 3 a status was its code alone. */
static void
an_older_client_gets_the_code(void **state)
{
	unsigned char bytes[sizeof(stream)], room[256];
	struct refused refused;
	struct buf wanted;

	(void)state;
	memcpy(bytes, stream, sizeof(stream));
	bytes[8] = 2;
	buf_init(&wanted, room, sizeof(room));
	buf_add(&wanted, version, sizeof(version));
	add_answer(&wanted, 7, NULL);
	add_answer(&wanted, 0x01020304, NULL);
	refused_begin(&refused, REASON);
	refused_take(&refused, bytes, sizeof(bytes));
	waits(&refused, wanted.bytes, wanted.len);
	refused_end(&refused);
}

static void
nothing_is_said_before_init(void **state)
{
	struct refused refused;

	(void)state;
	refused_begin(&refused, REASON);
	refused_take(&refused, stream + 9, sizeof(stream) - 9);
	assert_true(refused.ended);
	assert_int_equal(out_waiting(&refused.out), 0);
	/* ... nor to what comes behind it. */
	refused_take(&refused, stream, sizeof(stream));
	assert_int_equal(out_waiting(&refused.out), 0);
	refused_end(&refused);
}

static void
impossible_lengths_end_it(void **state)
{
	static const uint32_t lengths[] = { 0, 1, 4, PACKET_MAX + 1, 0x7fffffff,
		0x80000000, UINT32_MAX };

	(void)state;
	for (size_t i = 0; i < sizeof(lengths) / sizeof(*lengths); i++) {
		unsigned char bytes[9];
		struct refused refused;
		struct buf head;

		buf_init(&head, bytes, sizeof(bytes));
		buf_add_u32(&head, lengths[i]);
		buf_add_u8(&head, PACKET_STAT);
		buf_add_u32(&head, 1);
		refused_begin(&refused, REASON);
		refused_take(&refused, stream, 9);
		assert_false(refused.ended);
		refused_take(&refused, bytes, sizeof(bytes));
		assert_true(refused.ended);
		waits(&refused, version, sizeof(version));
		refused_end(&refused);
	}
}

/* A body is no request, whatever it holds, and takes no memory. */
static void
bodies_are_passed_over(void **state)
{
	static unsigned char body[PACKET_MAX - 5];
	unsigned char head[9], room[256];
	struct buf packet, wanted;
	struct refused refused;

	(void)state;
	for (size_t i = 0; i < sizeof(body); i++)
		body[i] = stream[i % sizeof(stream)];
	buf_init(&packet, head, sizeof(head));
	buf_add_u32(&packet, PACKET_MAX);
	buf_add_u8(&packet, PACKET_WRITE);
	buf_add_u32(&packet, 5);
	buf_init(&wanted, room, sizeof(room));
	buf_add(&wanted, version, sizeof(version));
	add_answer(&wanted, 5, REASON);
	add_answer(&wanted, 7, REASON);
	refused_begin(&refused, REASON);
	refused_take(&refused, stream, 9);
	refused_take(&refused, head, sizeof(head));
	for (size_t i = 0; i < sizeof(body); i += 1000)
		refused_take(&refused, body + i,
		    sizeof(body) - i < 1000 ? sizeof(body) - i : 1000);
	refused_take(&refused, stream + 9, 14);
	waits(&refused, wanted.bytes, wanted.len);
	refused_end(&refused);
}

/* A flood of either kind: what waits for the client is bounded. */
static void
enough_is_enough(void **state)
{
	struct refused refused;

	(void)state;
	refused_begin(&refused, REASON);
	refused_take(&refused, stream, 9);
	for (int i = 0; i < 100000; i++)
		refused_take(&refused, stream + 9, 14);
	assert_true(refused.ended);
	assert_int_equal(refused.answers, REFUSED_ANSWERS);
	assert_int_equal(out_waiting(&refused.out),
	    sizeof(version) + 16 * (21 + strlen(REASON)));
	refused_end(&refused);
	refused_begin(&refused, REASON);
	for (int i = 0; i < 100000; i++)
		refused_take(&refused, stream, 9);
	assert_true(refused.ended);
	assert_int_equal(out_waiting(&refused.out),
	    REFUSED_ANSWERS * sizeof(version));
	refused_end(&refused);
}

/* --- with a client -------------------------------------------------------- */

enum { SAID_MAX = 4096, ENDED_LATE = 1, NOT_WALLED = 2 };

struct talk {
	int in, out;      /* the server's ends */
	const char *then; /* opened afterwards */
};

static uint64_t
now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

/* The server, in a child: 0 where it ended by itself within its time. */
static int
serve_refused(const void *context)
{
	const struct talk *talk = context;
	const struct job job = { .in = talk->in, .out = talk->out };
	uint64_t began = now_ms();

	signal(SIGPIPE, SIG_IGN);
	sftp_refuse(&job, REASON);
	if (now_ms() - began > REFUSED_MS + 2000)
		return ENDED_LATE;
	if (talk->then != NULL && open(talk->then, O_RDONLY) >= 0)
		return NOT_WALLED;
	return 0;
}

static void
a_client_over_pipes_reads_it(void **state)
{
	unsigned char room[256], said[SAID_MAX];
	struct buf wanted;
	int in[2], out[2];
	struct talk talk;

	(void)state;
	assert_int_equal(pipe2(in, O_CLOEXEC), 0);
	assert_int_equal(pipe2(out, O_CLOEXEC), 0);
	talk = (struct talk){ .in = in[0], .out = out[1] };
	assert_int_equal(write(in[1], stream, sizeof(stream)),
	    (ssize_t)sizeof(stream));
	close(in[1]); /* it only reads from now on */
	/* The child has a copy of the end that is closed here. */
	assert_int_equal(child_run(0, serve_refused, &talk), 0);
	buf_init(&wanted, room, sizeof(room));
	buf_add(&wanted, version, sizeof(version));
	add_answer(&wanted, 7, REASON);
	add_answer(&wanted, 0x01020304, REASON);
	assert_int_equal(read(out[0], said, sizeof(said)), (ssize_t)wanted.len);
	assert_memory_equal(said, wanted.bytes, wanted.len);
	close(in[0]);
	close(out[0]);
	close(out[1]);
}

static void
silence_is_not_waited_for_for_long(void **state)
{
	int ends[2];
	struct talk talk;

	(void)state;
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
	talk = (struct talk){ .in = ends[0], .out = ends[0] };
	assert_int_equal(write(ends[1], stream, 9), 9);
	assert_int_equal(child_run(0, serve_refused, &talk), 0);
	close(ends[0]);
	close(ends[1]);
}

/* The pipe is full: it has been full when the first answer was due. */
static void
a_client_that_does_not_read_keeps_nobody(void **state)
{
	static const unsigned char filling[4096];
	int in[2], out[2];
	struct talk talk;

	(void)state;
	assert_int_equal(pipe2(in, O_CLOEXEC), 0);
	assert_int_equal(pipe2(out, O_CLOEXEC | O_NONBLOCK), 0);
	while (write(out[1], filling, sizeof(filling)) > 0)
		continue;
	assert_int_equal(fcntl(out[1], F_SETFL, 0), 0);
	talk = (struct talk){ .in = in[0], .out = out[1] };
	assert_int_equal(write(in[1], stream, sizeof(stream)),
	    (ssize_t)sizeof(stream));
	assert_int_equal(child_run(0, serve_refused, &talk), 0);
	close(in[0]);
	close(in[1]);
	close(out[0]);
	close(out[1]);
}

static int
open_it(const void *context)
{
	return open(context, O_RDONLY) >= 0 ? 0 : errno;
}

/* No file can be opened once it reads what a client sends. */
static void
it_answers_behind_walls(void **state)
{
	const int died = SANITIZED ? 0 : CHILD_DIED + SIGSYS;
	int ends[2];
	struct talk talk;

	(void)state;
	assert_int_equal(child_run(0, open_it, "/etc/passwd"), 0);
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
	shutdown(ends[1], SHUT_WR);
	talk = (struct talk){ ends[0], ends[0], "/etc/passwd" };
	assert_int_equal(child_run(0, serve_refused, &talk), died);
	assert_int_equal(child_run(1, serve_refused, &talk), died);
	close(ends[0]);
	close(ends[1]);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    version_and_the_reason_however_the_stream_is_cut),
		cmocka_unit_test(a_reason_of_any_length_comes_whole),
		cmocka_unit_test(an_older_client_gets_the_code),
		cmocka_unit_test(nothing_is_said_before_init),
		cmocka_unit_test(impossible_lengths_end_it),
		cmocka_unit_test(bodies_are_passed_over),
		cmocka_unit_test(enough_is_enough),
		cmocka_unit_test(a_client_over_pipes_reads_it),
		cmocka_unit_test(silence_is_not_waited_for_for_long),
		cmocka_unit_test(a_client_that_does_not_read_keeps_nobody),
		cmocka_unit_test(it_answers_behind_walls),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
