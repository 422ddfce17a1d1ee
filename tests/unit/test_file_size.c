/* The limit of a file's size: lowered, never raised, and told by a write. */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <unistd.h>
#include <cmocka.h>

#include "child.h"
#include "limits/file_size.h"

/* In a child: the limit after machine's (0: none) and then ours. */
struct asked {
	rlim_t machine;
	uint64_t ours;
	rlim_t result;
};

static int
ask(const void *context)
{
	const struct asked *asked = context;
	struct rlimit limit = { asked->machine, asked->machine };

	if (asked->machine != 0 && setrlimit(RLIMIT_FSIZE, &limit) != 0)
		return 1;
	if (file_size_limit(asked->ours) != 0 ||
	    getrlimit(RLIMIT_FSIZE, &limit) != 0)
		return 2;
	return limit.rlim_cur == asked->result ? 0 : 3;
}

static void
the_limit_is_lowered_and_never_raised(void **state)
{
	static struct asked asked[] = { { 10000, 5000, 5000 },
		{ 10000, 20000, 10000 }, { 10000, 0, 10000 },
		{ 0, 5000, 5000 } };

	(void)state;
	for (int ordinary = 0; ordinary < 2; ordinary++)
		for (size_t i = 0; i < sizeof(asked) / sizeof(asked[0]); i++)
			assert_int_equal(child_run(ordinary, ask, &asked[i]),
			    0);
}

static int
write_beyond(const void *context)
{
	char path[] = "/tmp/file-size.XXXXXX";
	int fd = mkstemp(path);
	char bytes[100] = { 0 };

	(void)context;
	if (fd < 0 || unlink(path) != 0 ||
	    signal(SIGXFSZ, SIG_IGN) == SIG_ERR || file_size_limit(150) != 0)
		return 1;
	if (write(fd, bytes, 100) != 100 || write(fd, bytes, 100) != 50)
		return 2;
	return write(fd, bytes, 100) == -1 && errno == EFBIG ? 0 : 3;
}

static void
a_write_beyond_it_fails(void **state)
{
	(void)state;
	assert_int_equal(child_run(0, write_beyond, NULL), 0);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_limit_is_lowered_and_never_raised),
		cmocka_unit_test(a_write_beyond_it_fails),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
