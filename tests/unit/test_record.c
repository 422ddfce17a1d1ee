/*
 * The record: one line an event, which nothing that a peer sends can break,
 * forge or hide; what can't be written is counted.
 */
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <cmocka.h>

#include "base/clock.h"
#include "base/io.h"
#include "privatens.h"
#include "record/record.h"
#include "scratch.h"
#include "session/session.h"

static struct session session = { .id = "0123456789abcdef",
	.user = "anna",
	.address = "192.0.2.7" };
static char path[96], text[64 * 1024];
static struct record_line line;

static int
set_up(void **state)
{
	(void)state;
	if (scratch_make(0777) != 0)
		return -1;
	snprintf(path, sizeof(path), "%s/log", top);
	snprintf(session.user, sizeof(session.user), "anna");
	return 0;
}

/* What the file holds. */
static const char *
logged(void)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t len;

	assert_true(fd >= 0);
	len = io_read_all(fd, text, sizeof(text) - 1);
	assert_true(len >= 0);
	text[len] = '\0';
	close(fd);
	return text;
}

static struct record *
open_log(void)
{
	struct record *record = record_open(path, &session);

	assert_non_null(record);
	return record;
}

/* One line with one value, in a log of its own. */
static const char *
line_with(const void *bytes, size_t len)
{
	struct record *record = open_log();

	assert_int_equal(truncate(path, 0), 0);
	record_begin(&line, record, "open");
	record_bytes(&line, "path", bytes, len);
	record_word(&line, "result", "ok");
	record_end(&line);
	assert_int_equal(record_lost(record), 0);
	record_close(record);
	return logged();
}

static size_t
lines_logged(void)
{
	size_t count = 0;

	for (const char *at = logged(); (at = strchr(at, '\n')) != NULL; at++)
		count++;
	return count;
}

static void
write_lines(struct record *record, unsigned count, size_t len)
{
	static const char value[6000] = "a long value";

	for (unsigned i = 0; i < count; i++) {
		record_begin(&line, record, "open");
		record_bytes(&line, "value", value, len);
		record_number(&line, "number", i);
		record_end(&line);
	}
}

static size_t
lines_in_file(void)
{
	FILE *file = fopen(path, "r");
	size_t count = 0;
	int byte;

	assert_non_null(file);
	while ((byte = getc_unlocked(file)) != EOF)
		count += byte == '\n';
	fclose(file);
	return count;
}

/* A client that makes as many lines as it can: they come slower, and all. */
static void
a_session_is_held_to_a_rate_and_loses_no_line(void **state)
{
	struct record *record = open_log();
	uint64_t began = clock_ms(), burst;

	(void)state;
	record_gather(record);
	write_lines(record, 50000, 1);
	burst = clock_ms() - began;
	write_lines(record, 3000 + (unsigned)burst * 2, 1);
	assert_true(clock_ms() - began >= burst + 1300);
	record_flush(record);
	assert_int_equal(record_lost(record), 0);
	assert_int_equal(lines_in_file(), 53000 + burst * 2);
	record_close(record);
}

/* What waits is bounded: long lines, or many, go before they are asked to. */
static void
gathered_lines_wait_in_order_and_in_bounds(void **state)
{
	struct record *record = open_log();
	const char *first, *second;

	(void)state;
	record_gather(record);
	write_lines(record, 2, 12);
	assert_int_equal(lines_logged(), 0);
	record_flush(record);
	assert_int_equal(lines_logged(), 2);
	first = strstr(text, "value=\"a long value\" number=0\n");
	second = strstr(text, "value=\"a long value\" number=1\n");
	assert_non_null(first);
	assert_true(first < second);
	write_lines(record, 40, 0);
	assert_in_range(lines_logged(), 3, 2 + 40);
	record_flush(record);
	write_lines(record, 5, 1200); /* each byte is four when quoted */
	assert_in_range(lines_logged(), 2 + 40 + 1, 2 + 40 + 4);
	assert_int_equal(record_lost(record), 0);
	record_close(record);
	assert_int_equal(lines_logged(), 2 + 40 + 5);
}

/* Whatever was sent: one line, ended, of printable bytes. */
static void
assert_one_line(const char *record)
{
	size_t len = strlen(record);

	assert_true(len > 1);
	assert_int_equal(record[len - 1], '\n');
	for (size_t i = 0; i + 1 < len; i++)
		assert_in_range((unsigned char)record[i], 0x20, 0x7e);
}

static void
line_tells_when_what_and_who_first(void **state)
{
	const char *record = line_with("/a", 2);
	char stamp[64], rest[512];

	(void)state;
	assert_one_line(record);
	assert_int_equal(sscanf(record, "time=%63s %511[^\n]", stamp, rest), 2);
	assert_string_equal(rest, "event=open session=0123456789abcdef "
				  "user=\"anna\" path=\"/a\" result=ok");
	assert_int_equal(strlen(stamp), strlen("2026-01-02T03:04:05.678Z"));
	assert_int_equal(stamp[10], 'T');
	assert_int_equal(stamp[23], 'Z');
}

static void
numbers_are_whole(void **state)
{
	struct record *record = open_log();

	(void)state;
	record_begin(&line, record, "end");
	record_number(&line, "zero", 0);
	record_number(&line, "most", UINT64_MAX);
	record_end(&line);
	record_close(record);
	assert_non_null(
	    strstr(logged(), " zero=0 most=18446744073709551615\n"));
}

static void
newline_cannot_begin_a_line(void **state)
{
	static const char name[] =
	    "x\" result=ok\ntime=2020-01-01T00:00:00.000Z"
	    " event=decide result=allowed";
	const char *record = line_with(name, sizeof(name) - 1);

	(void)state;
	assert_one_line(record);
	assert_non_null(strstr(record, "path=\"x\\\" result=ok\\ntime="));
}

static void
escape_byte_reaches_no_terminal(void **state)
{
	static const char name[] = "\x1b[2J\x1b]0;owned\a\x9b\x7f\0end";
	const char *record = line_with(name, sizeof(name) - 1);

	(void)state;
	assert_one_line(record);
	assert_non_null(strstr(record, "path=\"\\x1b[2J\\x1b]0;owned\\x07\\x9b"
				       "\\x7f\\x00end\" result=ok\n"));
}

static void
name_of_4096_bytes_is_whole(void **state)
{
	char name[4096], expected[4096 + 16];

	(void)state;
	memset(name, 'n', sizeof(name));
	snprintf(expected, sizeof(expected), "\"%.*s\" result=ok\n",
	    (int)sizeof(name), name);
	assert_one_line(line_with(name, sizeof(name)));
	assert_non_null(strstr(text, expected));
}

/* Escaped it would be four times as long: it is cut, and says so. */
static void
longer_value_is_cut_in_a_way_that_cannot_be_forged(void **state)
{
	char name[8192];

	(void)state;
	memset(name, '\x01', sizeof(name));
	assert_one_line(line_with(name, sizeof(name)));
	assert_non_null(strstr(text, "\\x01\"... result=ok\n"));
	assert_one_line(line_with("a\"...", 5));
	assert_non_null(strstr(text, "path=\"a\\\"...\" result=ok\n"));
}

static void
a_user_name_is_quoted_too(void **state)
{
	(void)state;
	snprintf(session.user, sizeof(session.user), "an\nna\" event=end");
	assert_one_line(line_with("", 0));
	assert_non_null(strstr(text, "user=\"an\\nna\\\" event=end\" path"));
}

/* A field that has no room is left out whole, the line says that, and ends. */
static void
too_many_fields_leave_a_whole_line(void **state)
{
	struct record *record = open_log();
	char name[4096];
	int names = 0;

	(void)state;
	memset(name, 'n', sizeof(name));
	record_begin(&line, record, "rename");
	for (int i = 0; i < 6; i++)
		record_bytes(&line, "path", name, sizeof(name));
	record_word(&line, "result", "ok");
	record_end(&line);
	record_close(record);
	assert_one_line(logged());
	assert_true(strlen(text) <= 16384);
	for (const char *at = text; (at = strstr(at, " path=\"")) != NULL;) {
		at += strlen(" path=\"");
		assert_int_equal(strspn(at, "n"), sizeof(name));
		assert_int_equal(at[sizeof(name)], '"');
		names++;
	}
	assert_int_equal(names, 3);
	assert_string_equal(strrchr(text, ' '), " cut=yes\n");
}

static void
file_is_private_and_appended_to(void **state)
{
	struct record *audit;
	struct stat st;
	int lines = 0;

	(void)state;
	for (int i = 0; i < 3; i++) {
		audit = open_log();
		record_begin(&line, audit, "end");
		record_end(&line);
		record_close(audit);
	}
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0600);
	for (const char *at = logged(); *at != '\0'; at++)
		lines += *at == '\n';
	assert_int_equal(lines, 3);
}

static void
what_is_no_plain_file_is_no_log(void **state)
{
	(void)state;
	assert_int_equal(symlink("/dev/null", path), 0);
	assert_null(record_open(path, &session));
	assert_int_equal(unlink(path), 0);
	assert_int_equal(mkfifo(path, 0600), 0);
	assert_null(record_open(path, &session));
	assert_int_equal(unlink(path), 0);
	assert_null(record_open(top, &session));
	assert_null(record_open("/dev/null", &session));
	assert_null(record_open("/nonexistent/log", &session));
	assert_int_equal(errno, ENOENT);
	record_close(NULL);
}

/* As logrotate does it: another name for the old file, and a new one. */
static void
rotate(mode_t mode)
{
	char old[128];

	snprintf(old, sizeof(old), "%s.1", path);
	assert_int_equal(rename(path, old), 0);
	if (mode == 0)
		return;
	close(open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
	assert_int_equal(chmod(path, mode), 0);
}

/* Writes lines, one in 50 ms, until one is seen at path. */
static bool
reaches_the_name(struct record *record, int tries)
{
	const struct timespec step = { 0, 50 * 1000000L };
	struct stat st;

	for (int i = 0; i < tries; i++) {
		write_lines(record, 1, 10);
		if (stat(path, &st) == 0 && st.st_size > 0)
			return true;
		nanosleep(&step, NULL);
	}
	return false;
}

static void
a_log_that_is_rotated_is_followed(void **state)
{
	struct record *record = open_log();

	(void)state;
	record_keep(record);
	rotate(0600);
	assert_true(reaches_the_name(record, 100));
	/* Once more: the helper knows the newer file. */
	rotate(0600);
	assert_true(reaches_the_name(record, 100));
	assert_int_equal(record_lost(record), 0);
	record_close(record);
}

static void
a_log_without_a_successor_is_gone_on_with(void **state)
{
	struct record *record = open_log();
	char old[128];
	struct stat st;

	(void)state;
	record_keep(record);
	rotate(0);
	assert_false(reaches_the_name(record, 8));
	assert_int_equal(access(path, F_OK), -1);
	snprintf(old, sizeof(old), "%s.1", path);
	assert_int_equal(stat(old, &st), 0);
	assert_true(st.st_size > 0);
	/* Another session makes it: that is followed. */
	record_close(open_log());
	assert_true(reaches_the_name(record, 100));
	record_close(record);
}

/* Each takes the log's name, which is free. */
static void
put_a_link(const char *other)
{
	assert_int_equal(symlink(other, path), 0);
}

static void
put_a_second_name(const char *other)
{
	assert_int_equal(link(other, path), 0);
}

static void
put_what_all_may_write(const char *other)
{
	assert_int_equal(chmod(other, 0602), 0);
	assert_int_equal(rename(other, path), 0);
}

static void
put_a_strangers(const char *other)
{
	if (geteuid() == 0)
		assert_int_equal(chown(other, 65534, 65534), 0);
	else
		assert_int_equal(chmod(other, 0), 0);
	assert_int_equal(rename(other, path), 0);
}

static void
put_a_pipe(const char *other)
{
	(void)other;
	assert_int_equal(mkfifo(path, 0600), 0);
}

static void
what_may_not_take_its_place_does_not(void **state)
{
	static void (*const puts[])(const char *) = { put_a_link,
		put_a_second_name, put_what_all_may_write, put_a_strangers,
		put_a_pipe };
	char other[128];

	(void)state;
	snprintf(other, sizeof(other), "%s.other", path);
	for (size_t i = 0; i < sizeof(puts) / sizeof(puts[0]); i++) {
		struct record *record = open_log();

		record_keep(record);
		rotate(0600);
		assert_true(reaches_the_name(record, 100)); /* control */
		assert_int_equal(unlink(path), 0);
		close(open(other, O_WRONLY | O_CREAT | O_CLOEXEC, 0600));
		puts[i](other);
		assert_false(reaches_the_name(record, 8));
		assert_int_equal(record_lost(record), 0);
		record_close(record);
		assert_int_equal(unlink(path), 0);
		unlink(other);
	}
}

static int
limit_size(const char *name, off_t more)
{
	struct rlimit limit;
	struct stat st;

	if (stat(name, &st) != 0 || getrlimit(RLIMIT_FSIZE, &limit) != 0)
		return -1;
	limit.rlim_cur = (rlim_t)(st.st_size + more);
	return setrlimit(RLIMIT_FSIZE, &limit);
}

/* A disk that is full in the middle of a line, and again has room. */
static int
act_torn(const void *context)
{
	struct record *audit = record_open(path, &session);

	(void)context;
	if (audit == NULL || signal(SIGXFSZ, SIG_IGN) == SIG_ERR)
		return 1;
	record_begin(&line, audit, "open");
	record_end(&line);
	if (limit_size(path, 20) != 0)
		return 2;
	record_begin(&line, audit, "rename");
	record_end(&line);
	if (record_lost(audit) != 1)
		return 3;
	record_begin(&line, audit, "remove");
	record_end(&line);
	if (record_lost(audit) != 2 || limit_size(path, 10000) != 0)
		return 4;
	record_begin(&line, audit, "mkdir");
	record_end(&line);
	record_begin(&line, audit, "end");
	record_end(&line);
	record_close(audit);
	return 0;
}

static void
torn_line_does_not_swallow_the_next_and_losses_are_told(void **state)
{
	char *at;

	(void)state;
	assert_int_equal(child_run(0, act_torn, NULL), 0);
	logged();
	at = strstr(text, "event=open");
	assert_non_null(at);
	at = strchr(at, '\n') + 1;
	/* Twenty bytes of the second, then the fourth from its beginning. */
	assert_int_equal(strcspn(at, "\n"), 20);
	at += 21;
	assert_memory_equal(at, "time=", 5);
	assert_non_null(strstr(at, "event=mkdir"));
	assert_true(strstr(at, "event=mkdir") < strchr(at, '\n'));
	assert_non_null(strstr(at, "lost=2"));
	assert_non_null(strstr(at, "event=end"));
	assert_null(strstr(text, "event=rename"));
	assert_null(strstr(text, "event=remove"));
}

static int
bind_at(const char *name)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	snprintf(address.sun_path, sizeof(address.sun_path), "%s", name);
	if (fd < 0 ||
	    bind(fd, (const struct sockaddr *)&address, sizeof(address)) != 0)
		return -1;
	return fd;
}

static int
bind_receiver(void)
{
	return bind_at("/dev/log");
}

/* A /dev of our own, in which /dev/log is ours to serve. */
static int
private_dev(void)
{
	return private_mounts() != 0 ? -1
				     : mount("tmpfs", "/dev", "tmpfs", 0, NULL);
}

static int
act_syslog(const void *context)
{
	struct record *record;
	int receiver;
	ssize_t len;

	(void)context;
	if (private_dev() != 0)
		return PRIVATE_NOT_POSSIBLE;
	receiver = bind_receiver();
	if (receiver < 0)
		return 1;
	record = record_open("syslog", &session);
	if (record == NULL)
		return 2;
	record_begin(&line, record, "open");
	record_bytes(&line, "path", "a\nb", 3);
	record_end(&line);
	len = recv(receiver, text, sizeof(text) - 1, 0);
	if (len <= 0)
		return 3;
	text[len] = '\0';
	/* authpriv.info, and the tag with our pid */
	if (strncmp(text, "<86>", 4) != 0 ||
	    strstr(text, " filesonly[") == NULL)
		return 4;
	if (strstr(text, "]: time=") == NULL ||
	    strstr(text, "path=\"a\\nb\"") == NULL ||
	    strchr(text, '\n') != NULL)
		return 5;
	record_close(record);
	return 0;
}

/* journald takes capitals, digits and underscores: no other field is kept. */
static int
act_journal(const void *context)
{
	struct record *record;
	int receiver;
	ssize_t len;

	(void)context;
	if (private_mounts() != 0 ||
	    mount("tmpfs", "/run", "tmpfs", 0, NULL) != 0)
		return PRIVATE_NOT_POSSIBLE;
	if (mkdir("/run/systemd", 0755) != 0 ||
	    mkdir("/run/systemd/journal", 0755) != 0)
		return 1;
	receiver = bind_at("/run/systemd/journal/socket");
	record = record_open("journal", &session);
	if (receiver < 0 || record == NULL)
		return 2;
	record_begin(&line, record, "close");
	record_word(&line, "sha256", "0a1b");
	record_word(&line, "key-claim", "x");
	record_end(&line);
	len = recv(receiver, text, sizeof(text) - 1, 0);
	if (len <= 0)
		return 3;
	text[len] = '\0';
	if (strstr(text, "\nFILESONLY_EVENT=close\n") == NULL ||
	    strstr(text, "\nFILESONLY_KEY_CLAIM=x\n") == NULL)
		return 4;
	if (strstr(text, "\nFILESONLY_SHA256=0a1b\n") == NULL)
		return 5;
	record_close(record);
	return 0;
}

/* Gathered lines are datagrams of their own; what does not fit is counted. */
static int
act_gathered(const void *context)
{
	enum { LINES = 50 };
	struct record *record;
	int receiver;

	(void)context;
	if (private_dev() != 0)
		return PRIVATE_NOT_POSSIBLE;
	receiver = bind_receiver();
	record = record_open("syslog", &session);
	if (receiver < 0 || record == NULL)
		return 1;
	record_gather(record);
	for (unsigned i = 0; i < LINES; i++) {
		record_begin(&line, record, "open");
		record_number(&line, "number", i);
		record_end(&line);
		record_begin(&line, record, "close");
		record_end(&line);
		if (i % 4 == 0)
			record_flush(record);
		while (recv(receiver, text, sizeof(text) - 1, MSG_DONTWAIT) > 0)
			if (strstr(text, "Z event=") == NULL)
				return 2;
	}
	if (record_lost(record) != 0)
		return 3;
	close(receiver);
	record_flush(record);
	if (record_lost(record) != 2)
		return 4;
	record_close(record);
	return 0;
}

static void
run_in_namespace(child_act *act)
{
	int result = child_run(0, act, NULL);

	if (result == PRIVATE_NOT_POSSIBLE)
		skip();
	assert_int_equal(result, 0);
}

static void
syslog_gets_one_datagram_a_line(void **state)
{
	(void)state;
	run_in_namespace(act_syslog);
}

static void
the_journal_gets_fields_that_it_keeps(void **state)
{
	(void)state;
	run_in_namespace(act_journal);
}

static void
gathered_lines_are_datagrams_of_their_own(void **state)
{
	(void)state;
	run_in_namespace(act_gathered);
}

/* A receiver that does not read: we wait a moment, count, and go on. */
static int
act_slow(const void *context)
{
	struct record *record;
	int receiver, sent = 0;
	ssize_t len = 0;

	(void)context;
	if (private_dev() != 0)
		return PRIVATE_NOT_POSSIBLE;
	receiver = bind_receiver();
	record = record_open("syslog", &session);
	if (receiver < 0 || record == NULL)
		return 1;
	for (; sent < 100000 && record_lost(record) == 0; sent++) {
		record_begin(&line, record, "open");
		record_end(&line);
	}
	if (record_lost(record) != 1)
		return 2;
	for (int i = 0; i < sent - 1; i++)
		if (recv(receiver, text, sizeof(text) - 1, 0) <= 0)
			return 3;
	record_begin(&line, record, "end");
	record_end(&line);
	len = recv(receiver, text, sizeof(text) - 1, 0);
	if (len <= 0)
		return 4;
	text[len] = '\0';
	return strstr(text, "event=end") != NULL &&
		       strstr(text, "lost=1") != NULL
		   ? 0
		   : 5;
}

static void
slow_receiver_costs_a_line_and_not_the_session(void **state)
{
	(void)state;
	run_in_namespace(act_slow);
}

static int
act_no_receiver(const void *context)
{
	struct record *record;

	(void)context;
	if (private_dev() != 0)
		return PRIVATE_NOT_POSSIBLE;
	record = record_open("syslog", &session);
	if (record == NULL)
		return 1;
	record_begin(&line, record, "open");
	record_end(&line);
	record_begin(&line, record, "end");
	record_end(&line);
	return record_lost(record) == 2 ? 0 : 2;
}

static void
no_receiver_is_no_error_but_counted(void **state)
{
	(void)state;
	run_in_namespace(act_no_receiver);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, scratch_remove)
		TEST(line_tells_when_what_and_who_first),
		TEST(numbers_are_whole),
		TEST(newline_cannot_begin_a_line),
		TEST(escape_byte_reaches_no_terminal),
		TEST(name_of_4096_bytes_is_whole),
		TEST(longer_value_is_cut_in_a_way_that_cannot_be_forged),
		TEST(a_user_name_is_quoted_too),
		TEST(too_many_fields_leave_a_whole_line),
		TEST(file_is_private_and_appended_to),
		TEST(a_log_that_is_rotated_is_followed),
		TEST(a_log_without_a_successor_is_gone_on_with),
		TEST(what_may_not_take_its_place_does_not),
		TEST(what_is_no_plain_file_is_no_log),
		TEST(torn_line_does_not_swallow_the_next_and_losses_are_told),
		TEST(a_session_is_held_to_a_rate_and_loses_no_line),
		TEST(gathered_lines_wait_in_order_and_in_bounds),
		TEST(syslog_gets_one_datagram_a_line),
		TEST(the_journal_gets_fields_that_it_keeps),
		TEST(gathered_lines_are_datagrams_of_their_own),
		TEST(slow_receiver_costs_a_line_and_not_the_session),
		TEST(no_receiver_is_no_error_but_counted),
	};

	umask(022);
	return cmocka_run_group_tests_name("audit", tests, NULL, NULL);
}
