/* A message arrives whole, with the descriptor that was sent, or with none. */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include <cmocka.h>

#include "base/fdpass.h"

static int ends[2];

static void
a_descriptor_arrives_with_its_message(void **state)
{
	char bytes[8] = "";
	int pipe_ends[2], fd = -1;

	(void)state;
	assert_int_equal(pipe2(pipe_ends, O_CLOEXEC), 0);
	assert_int_equal(fdpass_send(ends[0], "hello", 5, pipe_ends[1]), 0);
	assert_int_equal(fdpass_receive(ends[1], bytes, sizeof(bytes), 0, &fd),
	    5);
	assert_memory_equal(bytes, "hello", 5);
	assert_true(fd >= 0 && fd != pipe_ends[1]);
	assert_true(fcntl(fd, F_GETFD) & FD_CLOEXEC);
	assert_int_equal(write(fd, "x", 1), 1);
	assert_int_equal(read(pipe_ends[0], bytes, sizeof(bytes)), 1);
	close(fd);
	close(pipe_ends[0]);
	close(pipe_ends[1]);
}

static void
without_one_there_is_none(void **state)
{
	char bytes[8] = "";
	int fd = 0;

	(void)state;
	assert_int_equal(fdpass_send(ends[0], "hello", 5, -1), 0);
	assert_int_equal(fdpass_receive(ends[1], bytes, sizeof(bytes), 0, &fd),
	    5);
	assert_int_equal(fd, -1);
}

static void
nothing_there_and_the_end_are_told_apart(void **state)
{
	char byte;
	int fd = 0;

	(void)state;
	assert_int_equal(fdpass_receive(ends[1], &byte, 1, MSG_DONTWAIT, &fd),
	    -1);
	assert_int_equal(errno, EAGAIN);
	assert_int_equal(fd, -1);
	close(ends[0]);
	assert_int_equal(fdpass_receive(ends[1], &byte, 1, 0, &fd), 0);
	assert_int_equal(fd, -1);
	assert_int_equal(fdpass_send(ends[1], "x", 1, -1), -1);
	assert_int_equal(errno, EPIPE);
	ends[0] = dup(ends[1]);
}

static int
set_up(void **state)
{
	(void)state;
	return socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends);
}

static int
tear_down(void **state)
{
	(void)state;
	close(ends[0]);
	close(ends[1]);
	return 0;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
		    a_descriptor_arrives_with_its_message, set_up, tear_down),
		cmocka_unit_test_setup_teardown(without_one_there_is_none,
		    set_up, tear_down),
		cmocka_unit_test_setup_teardown(
		    nothing_there_and_the_end_are_told_apart, set_up,
		    tear_down),
	};

	return cmocka_run_group_tests_name("fdpass", tests, NULL, NULL);
}
