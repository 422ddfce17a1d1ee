/*
 * Connections draw different random numbers, though their processes were forked
 * from one that had drawn some, and may open nothing.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
#include <cmocka.h>
#include <libssh/libssh.h>

#include "serve/sandbox.h"
#include "serve/transport.h"

enum { BYTES = 32, CONNECTIONS = 4 };

/* In a child, as a network process begins. */
static _Noreturn void
draw_in_child(int to)
{
	unsigned char bytes[BYTES];

	_exit(sandbox_enter() != 0                       ? 1
	      : transport_seed() != 0                    ? 2
	      : ssh_get_random(bytes, BYTES, 0) != 1     ? 3
	      : write(to, bytes, sizeof(bytes)) != BYTES ? 4
							 : 0);
}

static void
draw(unsigned char bytes[BYTES])
{
	int ends[2], status = -1;
	pid_t pid;

	assert_int_equal(pipe(ends), 0);
	pid = fork();
	if (pid == 0)
		draw_in_child(ends[1]);
	close(ends[1]);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	assert_int_equal(read(ends[0], bytes, BYTES), BYTES);
	close(ends[0]);
}

static void
no_two_processes_draw_the_same_numbers(void **state)
{
	unsigned char bytes[CONNECTIONS + 1][BYTES];

	(void)state;
	assert_int_equal(transport_prepare(), 0);
	/* The state that all of them inherit. */
	assert_int_equal(ssh_get_random(bytes[0], BYTES, 0), 1);
	for (size_t i = 1; i <= CONNECTIONS; i++)
		draw(bytes[i]);
	assert_int_equal(ssh_get_random(bytes[0], BYTES, 0), 1);
	for (size_t i = 0; i <= CONNECTIONS; i++) {
		for (size_t n = 0; n < i; n++)
			assert_memory_not_equal(bytes[i], bytes[n], BYTES);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(no_two_processes_draw_the_same_numbers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL) ? 1 : 0;
}
