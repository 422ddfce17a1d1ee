/* The line "start" says who is served by what, behind which means. */
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

#include "base/io.h"
#include "confine/jail.h"
#include "record/record.h"
#include "session/session.h"
#include "subsys/job.h"

static const char *
start_line(const char *address, const struct jail_report *report)
{
	static char text[4096];
	char path[] = "/tmp/job.XXXXXX";
	struct session session = { .id = "0123456789abcdef", .user = "anna" };
	struct job job = { .session = &session, .report = *report };
	int fd = mkstemp(path);
	ssize_t len;

	snprintf(session.address, sizeof(session.address), "%s", address);
	job.record = record_open(path, &session);
	assert_non_null(job.record);
	job_record_start(&job, "sftp");
	assert_int_equal(record_lost(job.record), 0);
	record_close(job.record);
	len = io_read_all(fd, text, sizeof(text) - 1);
	assert_true(len > 0);
	text[len] = '\0';
	close(fd);
	assert_int_equal(unlink(path), 0);
	return strstr(text, "event=");
}

static void
line_names_service_address_and_walls(void **state)
{
	struct jail_report report = { .means = "landlock7+seccomp" };

	(void)state;
	assert_string_equal(start_line("192.0.2.7", &report),
	    "event=start session=0123456789abcdef user=\"anna\" service=sftp "
	    "address=\"192.0.2.7\" jail=landlock7+seccomp\n");
}

static void
what_is_lacking_is_told_escaped(void **state)
{
	struct jail_report report = { .means = "seccomp",
		.lack = "Landlock: \"none\"\n" };

	(void)state;
	assert_non_null(strstr(start_line("192.0.2.7", &report),
	    " jail=seccomp lack=\"Landlock: \\\"none\\\"\\n\"\n"));
}

static void
no_wall_at_all_is_told_too(void **state)
{
	struct jail_report report = { .means = "" };

	(void)state;
	assert_non_null(strstr(start_line("unknown", &report),
	    " address=\"unknown\" jail=none\n"));
}

/* A pipe of which the line's end is read; with room for so many bytes. */
static void
stderr_with_room(int ends[2], size_t room)
{
	static char bytes[1 << 20];
	int size;

	assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
	size = fcntl(ends[1], F_GETPIPE_SZ);
	assert_true(size > 0 && (size_t)size <= sizeof(bytes));
	assert_int_equal(io_write_all(ends[1], bytes, (size_t)size - room), 0);
}

static void
the_last_line_waits_for_nobody(void **state)
{
	static char text[1 << 20];
	const struct job job = { .reason = "session-timeout" };
	struct job told = job;
	int ends[2];
	ssize_t len;

	(void)state;
	/* The control: where there is room it is said. */
	stderr_with_room(ends, 8192);
	told.err = ends[1];
	job_tell_end(&told, "the session's time is over");
	close(ends[1]);
	len = io_read_all(ends[0], text, sizeof(text) - 1);
	assert_true(len > 0);
	assert_non_null(
	    memmem(text, (size_t)len, "time is over (session-", 22));
	close(ends[0]);
	/* One that nobody reads: we come back. */
	stderr_with_room(ends, 0);
	told.err = ends[1];
	alarm(60);
	job_tell_end(&told, "the session's time is over");
	alarm(0);
	close(ends[0]);
	close(ends[1]);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(line_names_service_address_and_walls),
		cmocka_unit_test(what_is_lacking_is_told_escaped),
		cmocka_unit_test(no_wall_at_all_is_told_too),
		cmocka_unit_test(the_last_line_waits_for_nobody),
	};

	return cmocka_run_group_tests_name("job", tests, NULL, NULL);
}
