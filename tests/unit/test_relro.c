/* What the relocations wrote can't be written again, even if it could be. */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>
#include <cmocka.h>

#include "static/relro.c"

enum { WRITTEN = 0, CRASHED = 42, FAILED = 43 };

/* Filled by a relocation: so it lies in what is protected. */
static const char *const relocated[] = { "a", "text" };

static void
crash(int signal)
{
	(void)signal;
	_exit(CRASHED);
}

/* How a process ends that makes it writable, then protects it or not. */
static int
write_there(bool protected)
{
	uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE);
	uintptr_t at = (uintptr_t)&relocated[0] & ~(page - 1);
	pid_t pid = fork();
	int status;

	if (pid == 0) {
		signal(SIGSEGV, crash);
		if (mprotect((void *)at, page, PROT_READ | PROT_WRITE) != 0 ||
		    (protected && relro_protect() != 0))
			_exit(FAILED);
		*(const char *volatile *)(uintptr_t)&relocated[0] = NULL;
		_exit(WRITTEN);
	}
	assert_true(pid > 0);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	return WEXITSTATUS(status);
}

static void
relocated_data_is_read_only(void **state)
{
	(void)state;
	assert_int_equal(write_there(false), WRITTEN);
	assert_int_equal(write_there(true), CRASHED);
}

static void
twice_is_once(void **state)
{
	(void)state;
	assert_int_equal(relro_protect(), 0);
	assert_int_equal(relro_protect(), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(relocated_data_is_read_only),
		cmocka_unit_test(twice_is_once),
	};

	return cmocka_run_group_tests_name("relro", tests, NULL, NULL);
}
