/*
 * The relay between a client and a program: every byte, in order, both ways,
 * over pipes and over one socket; ends of streams; limits; no turning for
 * nothing.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "program/relay.h"

enum { BYTES = 3000000, TURNS_MAX = 200000 };

/* The client's ends of our 0 and 1; what those were before. */
struct client {
	int to, from;
	int saved[2];
};

static void
put_on_standard(int in, int out, struct client *client)
{
	client->saved[0] = fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 10);
	client->saved[1] = fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 10);
	assert_true(client->saved[0] >= 0 && client->saved[1] >= 0);
	assert_int_equal(dup2(in, STDIN_FILENO), STDIN_FILENO);
	assert_int_equal(dup2(out, STDOUT_FILENO), STDOUT_FILENO);
}

/* As the supervisor: 0 and 1 are let go of once the relay has them. */
static void
open_relay(struct relay *relay, struct pace *pace, struct client *client,
    bool socket)
{
	int in[2], out[2];
	int opened;

	if (socket) {
		assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC,
				     0, in),
		    0);
		client->to = in[1];
		client->from = fcntl(in[1], F_DUPFD_CLOEXEC, 3);
		put_on_standard(in[0], in[0], client);
		close(in[0]);
	} else {
		assert_int_equal(pipe2(in, O_CLOEXEC), 0);
		assert_int_equal(pipe2(out, O_CLOEXEC), 0);
		client->to = in[1];
		client->from = out[0];
		put_on_standard(in[0], out[1], client);
		close(in[0]);
		close(out[1]);
	}
	opened = relay_open(relay, pace);
	dup2(client->saved[0], STDIN_FILENO);
	dup2(client->saved[1], STDOUT_FILENO);
	close(client->saved[0]);
	close(client->saved[1]);
	assert_int_equal(opened, 0);
}

static unsigned char
byte_at(size_t i)
{
	return (unsigned char)(i * 31 + i / 251);
}

/* In a child: sends BYTES, then expects what the program makes of them. */
static int
be_client(const struct client *client, bool socket, bool slow)
{
	unsigned char chunk[5000];
	size_t sent = 0, got = 0;
	pid_t writer = fork();

	if (writer == 0) {
		while (sent < BYTES) {
			size_t len = sizeof(chunk);

			if (len > BYTES - sent)
				len = BYTES - sent;
			for (size_t i = 0; i < len; i++)
				chunk[i] = byte_at(sent + i);
			if (write(client->to, chunk, len) != (ssize_t)len)
				_exit(1);
			sent += len;
		}
		if (socket && shutdown(client->to, SHUT_WR) != 0)
			_exit(1);
		_exit(0);
	}
	if (!socket)
		close(client->to);
	if (slow)
		usleep(200000);
	for (;;) {
		ssize_t len = read(client->from, chunk, sizeof(chunk));

		if (len <= 0)
			return len == 0 && got == BYTES ? 0 : 1;
		for (ssize_t i = 0; i < len; i++)
			if (chunk[i] !=
			    (unsigned char)(byte_at(got + (size_t)i) ^ 1))
				return 1;
		got += (size_t)len;
	}
}

/* In a child: turns one bit of each byte, to the end of its input. */
static int
be_program(void)
{
	unsigned char chunk[7000];
	ssize_t len;

	while ((len = read(STDIN_FILENO, chunk, sizeof(chunk))) > 0) {
		for (ssize_t i = 0; i < len; i++)
			chunk[i] ^= 1;
		for (ssize_t at = 0; at < len;) {
			ssize_t put = write(STDOUT_FILENO, chunk + at,
			    (size_t)(len - at));

			if (put <= 0)
				return 1;
			at += put;
		}
	}
	return len == 0 ? 0 : 1;
}

static pid_t
start_program(const struct relay *relay, const struct client *client)
{
	pid_t pid = fork();

	assert_true(pid >= 0);
	if (pid == 0) {
		close(client->to);
		close(client->from);
		if (dup2(relay->program[0], STDIN_FILENO) < 0 ||
		    dup2(relay->program[1], STDOUT_FILENO) < 0)
			_exit(1);
		for (int way = 0; way < PACE_DIRECTIONS; way++) {
			close(relay->streams[way].from);
			close(relay->streams[way].to);
		}
		close(relay->program[0]);
		close(relay->program[1]);
		_exit(be_program());
	}
	return pid;
}

static int
status_of(pid_t pid)
{
	int status = -1;

	assert_int_equal(waitpid(pid, &status, 0), pid);
	return status;
}

/* Turns until the program's stream has ended or a limit is hit. */
static const char *
run(struct relay *relay, int *turns)
{
	for (*turns = 0; !relay_is_done(relay); ++*turns) {
		struct pollfd ready[RELAY_POLLS];
		const char *hit;

		assert_true(*turns < TURNS_MAX);
		relay_watch(relay, ready);
		assert_true(poll(ready, RELAY_POLLS, relay_wait(relay)) >= 0);
		hit = relay_turn(relay, ready);
		if (hit != NULL)
			return hit;
	}
	return NULL;
}

static void
carry(bool socket, bool slow)
{
	struct policy policy = { .max_session_bytes = UINT64_C(1) << 40 };
	struct timespec began = { 0, 0 };
	struct pace pace;
	struct relay relay;
	struct client client;
	pid_t program, peer;
	int turns;

	pace_init(&pace, &policy, &began);
	open_relay(&relay, &pace, &client, socket);
	program = start_program(&relay, &client);
	peer = fork();
	assert_true(peer >= 0);
	if (peer == 0) {
		relay_close(&relay);
		_exit(be_client(&client, socket, slow));
	}
	close(client.to);
	close(client.from);
	relay_begin(&relay);
	assert_null(run(&relay, &turns));
	assert_int_equal(status_of(program), 0);
	assert_int_equal(status_of(peer), 0);
	assert_int_equal(relay.streams[PACE_IN].moved, BYTES);
	assert_int_equal(relay.streams[PACE_OUT].moved, BYTES);
	relay_close(&relay);
}

static void
every_byte_arrives_over_pipes(void **state)
{
	(void)state;
	carry(false, false);
}

static void
every_byte_arrives_over_one_socket(void **state)
{
	(void)state;
	carry(true, false);
}

static void
a_client_that_reads_late_loses_nothing(void **state)
{
	(void)state;
	carry(false, true);
	carry(true, true);
}

static void
a_side_without_room_makes_no_turns(void **state)
{
	struct policy policy = { .max_session_bytes = UINT64_C(1) << 40 };
	struct timespec began = { 0, 0 };
	unsigned char full[1 << 16] = { 0 };
	struct pollfd ready[RELAY_POLLS];
	struct pace pace;
	struct relay relay;
	struct client client;
	int turns = 0, idle = 0;

	(void)state;
	pace_init(&pace, &policy, &began);
	open_relay(&relay, &pace, &client, false);
	assert_int_equal(fcntl(relay.program[1], F_SETFL, O_NONBLOCK), 0);
	/* The program says more than anybody takes. */
	while (idle < 3 && turns < TURNS_MAX) {
		bool said = write(relay.program[1], full, sizeof(full)) > 0;

		relay_watch(&relay, ready);
		if (poll(ready, RELAY_POLLS, 20) == 0)
			idle += !said;
		assert_null(relay_turn(&relay, ready));
		turns++;
	}
	assert_int_equal(idle, 3);
	assert_true(turns < 1000);
	close(client.to);
	close(client.from);
	relay_close(&relay);
}

static void
a_limit_of_bytes_is_hit_by_the_byte_behind_it(void **state)
{
	struct policy policy = { .max_session_bytes = 1000 };
	struct timespec began = { 0, 0 };
	char bytes[1001] = { 0 };
	struct pollfd ready[RELAY_POLLS];
	struct pace pace;
	struct relay relay;
	struct client client;

	(void)state;
	pace_init(&pace, &policy, &began);
	open_relay(&relay, &pace, &client, false);
	assert_int_equal(write(client.to, bytes, 1000), 1000);
	relay_watch(&relay, ready);
	assert_int_equal(poll(ready, RELAY_POLLS, 1000), 1);
	assert_null(relay_turn(&relay, ready));
	assert_int_equal(relay.streams[PACE_IN].moved, 1000);
	/* All of it has arrived, and that was all: no limit is hit. */
	assert_int_equal(read(relay.program[0], bytes, sizeof(bytes)), 1000);
	relay_watch(&relay, ready);
	assert_int_equal(poll(ready, RELAY_POLLS, 50), 0);
	assert_null(relay_turn(&relay, ready));

	assert_int_equal(write(client.to, bytes, 1), 1);
	relay_watch(&relay, ready);
	assert_int_equal(poll(ready, RELAY_POLLS, 1000), 1);
	assert_string_equal(relay_turn(&relay, ready), "max-session-bytes");
	assert_int_equal(relay.streams[PACE_IN].moved, 1000);
	/* The program hears an end, and so does the client. */
	close(relay.program[1]);
	assert_int_equal(read(relay.program[0], bytes, 1), 0);
	assert_int_equal(read(client.from, bytes, 1), 0);
	close(client.to);
	close(client.from);
	close(relay.program[0]);
	relay.program[0] = relay.program[1] = -1;
	relay_close(&relay);
}

static void
a_client_that_is_gone_ends_what_goes_to_it(void **state)
{
	struct policy policy = { .max_session_bytes = UINT64_C(1) << 40 };
	struct timespec began = { 0, 0 };
	struct pace pace;
	struct relay relay;
	struct client client;
	char byte = 'x';
	int turns;

	(void)state;
	pace_init(&pace, &policy, &began);
	open_relay(&relay, &pace, &client, false);
	close(client.to);
	close(client.from);
	assert_int_equal(write(relay.program[1], &byte, 1), 1);
	assert_null(run(&relay, &turns));
	assert_int_equal(write(relay.program[1], &byte, 1), -1);
	assert_int_equal(errno, EPIPE);
	relay_close(&relay);
}

/* A relay with an idle-timeout that no test waits for, and its client. */
struct idling {
	struct pace pace;
	struct relay relay;
	struct client client;
};

static void
idling_begin(struct idling *idling)
{
	struct policy policy = { .idle_timeout = 1000 };
	struct timespec began = { 0, 0 };

	pace_init(&idling->pace, &policy, &began);
	open_relay(&idling->relay, &idling->pace, &idling->client, false);
}

static void
idling_end(struct idling *idling)
{
	close(idling->client.to);
	close(idling->client.from);
	relay_close(&idling->relay);
}

/* Turns once, the last byte having moved so many seconds ago. */
static const char *
idling_turn(struct idling *idling, int seconds)
{
	struct pollfd ready[RELAY_POLLS];

	assert_null(pace_turn(&idling->pace, true));
	idling->pace.moved -= seconds * INT64_C(1000000000);
	relay_watch(&idling->relay, ready);
	assert_true(poll(ready, RELAY_POLLS, 0) >= 0);
	return relay_turn(&idling->relay, ready);
}

static void
a_keepalive_is_no_sign_of_life(void **state)
{
	struct idling idling;
	const struct pace *pace = &idling.pace;

	(void)state;
	idling_begin(&idling);
	relay_follow(&idling.relay, getpid(), 4);
	assert_int_equal(write(idling.relay.program[1], "1234", 4), 4);
	assert_null(idling_turn(&idling, 500));
	assert_int_equal(idling.relay.streams[PACE_OUT].moved, 4);
	assert_true(pace->now - pace->moved >= 500 * INT64_C(1000000000));
	assert_int_equal(write(idling.relay.program[1], "12345", 5), 5);
	assert_null(idling_turn(&idling, 500));
	assert_int_equal(idling.relay.streams[PACE_OUT].moved, 9);
	assert_int_equal(pace->now, pace->moved);
	/* The client may say as little as it likes. */
	assert_int_equal(write(idling.client.to, "1234", 4), 4);
	assert_null(idling_turn(&idling, 500));
	assert_int_equal(idling.relay.streams[PACE_IN].moved, 4);
	assert_int_equal(pace->now, pace->moved);
	idling_end(&idling);
}

static void
a_program_that_works_is_not_idle(void **state)
{
	struct idling idling;
	clock_t began = clock();

	(void)state;
	idling_begin(&idling);
	assert_string_equal(idling_turn(&idling, 1001), "idle-timeout");
	idling_end(&idling);

	idling_begin(&idling);
	relay_follow(&idling.relay, getpid(), 4);
	while (clock() - began < CLOCKS_PER_SEC / 20)
		continue;
	assert_null(idling_turn(&idling, 1001));
	/* ... but has not done so since. */
	assert_string_equal(idling_turn(&idling, 1001), "idle-timeout");
	idling_end(&idling);
}

static void
a_client_that_waits_is_not_idle(void **state)
{
	static const char much[1 << 20];
	struct idling idling;

	(void)state;
	idling_begin(&idling);
	assert_int_equal(fcntl(idling.client.to, F_SETFL, O_NONBLOCK), 0);
	/* Until neither pipe has room: the program does not take it. */
	for (int i = 0; i < 100 && !idling.relay.streams[PACE_IN].full; i++) {
		(void)!write(idling.client.to, much, sizeof(much));
		assert_null(idling_turn(&idling, 0));
	}
	assert_true(idling.relay.streams[PACE_IN].full);
	assert_null(idling_turn(&idling, 1001));
	idling_end(&idling);
}

static void
without_a_pace_nothing_is_opened(void **state)
{
	struct pollfd ready[RELAY_POLLS];
	struct relay relay;

	(void)state;
	assert_int_equal(relay_open(&relay, NULL), 0);
	relay_watch(&relay, ready);
	for (int i = 0; i < RELAY_POLLS; i++)
		assert_int_equal(ready[i].fd, -1);
	assert_int_equal(relay_wait(&relay), -1);
	assert_null(relay_turn(&relay, ready));
	assert_true(relay_is_done(&relay));
	relay_close(&relay);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_byte_arrives_over_pipes),
		cmocka_unit_test(every_byte_arrives_over_one_socket),
		cmocka_unit_test(a_client_that_reads_late_loses_nothing),
		cmocka_unit_test(a_side_without_room_makes_no_turns),
		cmocka_unit_test(a_limit_of_bytes_is_hit_by_the_byte_behind_it),
		cmocka_unit_test(a_client_that_is_gone_ends_what_goes_to_it),
		cmocka_unit_test(a_keepalive_is_no_sign_of_life),
		cmocka_unit_test(a_program_that_works_is_not_idle),
		cmocka_unit_test(a_client_that_waits_is_not_idle),
		cmocka_unit_test(without_a_pace_nothing_is_opened),
	};

	signal(SIGPIPE, SIG_IGN);
	return cmocka_run_group_tests(tests, NULL, NULL) != 0;
}
