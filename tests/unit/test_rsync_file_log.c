/* What rsync's log says becomes lines of the record, and nothing else does. */
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cmocka.h>

#include "policy/policy.h"
#include "record/record.h"
#include "root/root.h"
#include "scratch.h"
#include "session/session.h"
#include "subsys/rsync/file_log.h"

enum { RSYNC_LINE_TEST = 2047 }; /* as rsync cuts */

static char log_path[96];
static const struct session session = { .id = "0123456789abcdef",
	.user = "someone" };
static struct policy policy;
static struct root root;
static struct job job;
static struct file_log record;

static int
set_up(void **state)
{
	(void)state;
	if (scratch_make(0700) != 0 || root_open(&root, top, false) != 0)
		return -1;
	snprintf(log_path, sizeof(log_path), "%s/log", top);
	policy_init(&policy);
	job = (struct job){ .session = &session,
		.policy = &policy,
		.root = &root,
		.record = record_open(log_path, &session) };
	return job.record == NULL ? -1 : file_log_init(&record, &job, false);
}

static int
tear_down(void **state)
{
	record_close(job.record);
	policy_free(&policy);
	root_close(&root);
	return scratch_remove(state);
}

/* rsync's line about one file; text is "recv >f+++++++++ 3 43 name". */
static size_t
say(char *out, size_t size, const char *text)
{
	int len = snprintf(out, size,
	    "2026/11/24 22:35:14 [26369] %s %.4s %s%s\n", record.word, text,
	    strlen(text) > 5 ? "26369 " : "", strlen(text) > 5 ? text + 5 : "");

	assert_true(len > 0 && (size_t)len < size);
	return (size_t)len;
}

static void
take(const char *bytes)
{
	assert_true(file_log_take(&record, bytes, strlen(bytes)));
}

/* The whole record, each line from its field "src" on. */
static const char *
lines(void)
{
	static char out[65536];
	char *rest = scratch_text(log_path), *line;

	out[0] = '\0';
	while ((line = strsep(&rest, "\n")) != NULL && *line != '\0') {
		const char *event = strstr(line, "event=");
		const char *src = strstr(line, " src=rsync");
		size_t used = strlen(out);

		assert_non_null(event);
		assert_non_null(src);
		snprintf(out + used, sizeof(out) - used, "%.*s%s\n",
		    (int)strcspn(event, " "), event, src + 10);
	}
	return out;
}

/* What one line of rsync's becomes. */
static void
expect(const char *text, const char *wanted)
{
	char line[8192];

	say(line, sizeof(line), text);
	assert_int_equal(truncate(log_path, 0), 0);
	take(line);
	assert_string_equal(lines(), wanted);
}

static void
each_kind_of_change_has_its_event(void **state)
{
	(void)state;
	expect("recv >f+++++++++ 3 43 a",
	    "event=close path=\"/a\" read=0 written=3 wire=43 new=yes "
	    "result=ok\n");
	expect("recv >f.st...... 12 9 d/a",
	    "event=close path=\"/d/a\" read=0 written=12 wire=9 new=no "
	    "result=ok\n");
	expect("recv cd+++++++++ 4096 0 d/",
	    "event=mkdir path=\"/d\" result=ok\n");
	expect("recv cL+++++++++ 1 0 l",
	    "event=symlink path=\"/l\" result=ok\n");
	expect("recv hf+++++++++ 3 0 h", "event=link path=\"/h\" result=ok\n");
	expect("recv cS+++++++++ 0 0 p", "event=mknod path=\"/p\" result=ok\n");
	expect("recv .f..t...... 3 0 a",
	    "event=setstat path=\"/a\" result=ok\n");
	expect("recv .d..t...... 3 0 ./",
	    "event=setstat path=\"/\" result=ok\n");
	expect("del. *deleting   0 0 gone",
	    "event=remove path=\"/gone\" result=ok\n");
	expect("del. *deleting   0 0 d/",
	    "event=rmdir path=\"/d\" result=ok\n");
	assert_int_equal(job.files, 2);
	assert_int_equal(job.bytes, 15);
}

static void
names_are_decoded_and_quoted_once(void **state)
{
	(void)state;
	expect("recv cd+++++++++ 0 0 n\\#012\\#134#012\\#033\"x/",
	    "event=mkdir path=\"/n\\n\\\\#012\\x1b\\\"x\" result=ok\n");
	/* An rsync that does not escape. */
	expect("recv cd+++++++++ 0 0 n\n2026/11/24 22:35:14 [1] \\#012/",
	    "event=mkdir path=\"/n\\n2026/11/24 22:35:14 [1] \\\\#012\" "
	    "result=ok\n");
	expect("recv cd+++++++++ 0 0  a  b /",
	    "event=mkdir path=\"/ a  b \" result=ok\n");
}

static void
what_has_no_word_is_no_line(void **state)
{
	char word[FILE_LOG_WORD + 1];

	(void)state;
	take("2026/11/24 22:35:14 [26369] receiving file list\n");
	assert_true(record.begun);
	take("rsync: error\nrecv >f+++++++++ 3 43 a\n");
	memcpy(word, record.word, sizeof(word));
	word[0] = word[0] == '0' ? '1' : '0';
	take(word);
	take(" recv 1 >f+++++++++ 3 43 a\n");
	/* With the word, but of another shape. */
	expect("recv", "");
	expect("recv >f+++++++++ x 43 a", "");
	expect("recv >f+++++++++ 3 99999999999999999999 a", "");
	expect("", "");
	file_log_end(&record);
	assert_string_equal(lines(), "");
}

enum { STAMP = 28 }; /* "2026/11/24 22:35:14 [26369] " */

/* From 3.5 on rsync writes what its escapes have made long in parts. */
static void
a_message_may_come_in_parts(void **state)
{
	char text[1024];
	size_t len = say(text, sizeof(text), "recv >f+++++++++ 3 43 a\\#012");

	(void)state;
	for (size_t cut = STAMP; cut <= len; cut++) {
		assert_int_equal(truncate(log_path, 0), 0);
		assert_true(file_log_take(&record, text, cut));
		assert_true(file_log_take(&record, text + cut, len - cut));
		take("2026/11/24 22:35:14 [26369] other\n");
		assert_string_equal(lines(),
		    "event=close path=\"/a\\n\" read=0 written=3 wire=43 "
		    "new=yes result=ok\n");
	}
}

/* What a client writes into a name that is told the word. */
static void
no_name_looks_like_a_message(void **state)
{
	char forged[256], line[8192], room[4096];
	size_t len;

	(void)state;
	say(forged, sizeof(forged), "recv >f+++++++++ 3 43 forged");
	/* A bare newline, as rsync up to 3.4 writes it: one write, one file. */
	snprintf(line, sizeof(line), "recv >f+++++++++ 3 43 x\n%s", forged);
	assert_int_equal(truncate(log_path, 0), 0);
	say(room, sizeof(room), line);
	take(room);
	assert_null(strstr(lines(), "path=\"/forged"));
	assert_non_null(strstr(lines(), "path=\"/x\\n2026"));
	/* In a message of another kind, at its beginning or behind. */
	assert_int_equal(truncate(log_path, 0), 0);
	snprintf(line, sizeof(line), "2026/11/24 22:35:14 [26369] x\n%s",
	    forged);
	take(line);
	snprintf(line, sizeof(line), "2026/11/24 22:35:14 [26369] \"%s\"\n",
	    forged + STAMP);
	take(line);
	assert_string_equal(lines(), "");
	/* Where a long one goes on in its next part. */
	assert_int_equal(truncate(log_path, 0), 0);
	len = say(line, sizeof(line), "recv >f+++++++++ 3 43 ") - 1;
	for (; len + 5 <= 4096; len += 5)
		memcpy(line + len, "\\#012", 5);
	assert_true(file_log_take(&record, line, len));
	assert_string_equal(lines(), "");
	take(forged);
	assert_null(strstr(lines(), "path=\"/forged"));
	assert_non_null(strstr(lines(), "path=\"/\\n\\n"));
	/* Control: that message itself counts. */
	assert_int_equal(truncate(log_path, 0), 0);
	take(forged);
	assert_non_null(strstr(lines(), "path=\"/forged\""));
}

/* The receiving process passes on what its client says of removals. */
static void
only_the_first_process_removes(void **state)
{
	char line[256];

	(void)state;
	take("2026/11/24 22:35:14 [26369] receiving file list\n");
	snprintf(line, sizeof(line),
	    "2026/11/24 22:35:14 [26369] %s del. 26370 *deleting   0 0 x\n",
	    record.word);
	take(line);
	assert_string_equal(lines(), "");
	expect("del. *deleting   0 0 x",
	    "event=remove path=\"/x\" result=ok\n");
	record.sender = true;
	expect("del. *deleting   0 0 x", "");
}

/* rsync cuts at 2047 bytes, the newline too. */
static void
a_name_that_is_cut_is_told_to_be(void **state)
{
	char text[8192];
	size_t len;

	(void)state;
	len = say(text, sizeof(text), "recv >f+++++++++ 3 43 n") - 1;
	memset(text + len, 'n', sizeof(text) - len);
	text[STAMP + RSYNC_LINE_TEST] = '\0';
	take(text);
	assert_non_null(strstr(lines(), "nnnn\" cut=yes read=0"));
	/* The next one is whole. */
	expect("recv cd+++++++++ 0 0 d/",
	    "event=mkdir path=\"/d\" result=ok\n");
}

static void
a_destination_stands_in_front(void **state)
{
	(void)state;
	record.dest = "a/b";
	expect("recv cd+++++++++ 0 0 d/",
	    "event=mkdir path=\"/a/b/d\" result=ok\n");
	expect("recv cd+++++++++ 0 0 ./",
	    "event=mkdir path=\"/a/b\" result=ok\n");
	/* One file under another name: the destination is the file. */
	record.dest = "log";
	record.dest_known = false;
	expect("recv >f+++++++++ 3 43 a",
	    "event=close path=\"/log\" read=0 written=3 wire=43 new=yes "
	    "result=ok\n");
}

static void
a_sender_reads(void **state)
{
	(void)state;
	record.sender = true;
	expect("send <f+++++++++ 3 43 d/a",
	    "event=close path=\"/d/a\" read=3 written=0 wire=43 result=ok\n");
	expect("send cd+++++++++ 4096 0 d", "");
	record.removes = true;
	expect("send <f+++++++++ 3 43 d/a",
	    "event=close path=\"/d/a\" read=3 written=0 wire=43 then=remove "
	    "result=ok\n");
}

static void
what_cannot_be_recorded_ends_the_program(void **state)
{
	const char line[] = "x\n";

	(void)state;
	if (access("/dev/full", W_OK) != 0)
		skip();
	policy.audit_loss = AUDIT_REFUSE;
	take(line);
	assert_int_equal(dup2(open("/dev/full", O_WRONLY | O_CLOEXEC),
			     record_fd(job.record)),
	    record_fd(job.record));
	char text[256];

	say(text, sizeof(text), "recv cd+++++++++ 0 0 d/");
	assert_false(file_log_take(&record, text, strlen(text)));
	policy.audit_loss = AUDIT_COUNT;
	assert_true(file_log_take(&record, text, strlen(text)));
	assert_int_equal(record_lost(job.record), 2);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(each_kind_of_change_has_its_event),
		TEST(names_are_decoded_and_quoted_once),
		TEST(what_has_no_word_is_no_line),
		TEST(a_message_may_come_in_parts),
		TEST(no_name_looks_like_a_message),
		TEST(only_the_first_process_removes),
		TEST(a_name_that_is_cut_is_told_to_be),
		TEST(a_destination_stands_in_front),
		TEST(a_sender_reads),
		TEST(what_cannot_be_recorded_ends_the_program),
	};

	return cmocka_run_group_tests_name("rsync record", tests, NULL, NULL);
}
