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
	if (job.record == NULL || file_log_init(&record, &job, false) != 0)
		return -1;
	record.warns = true;
	record.differs = "discarded";
	return 0;
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
	file_log_end(&record, true);
	assert_string_equal(lines(), wanted);
}

/* rsync's line, and no end of it yet. */
static void
take_said(const char *text)
{
	char line[8192];

	say(line, sizeof(line), text);
	take(line);
}

/* Another message of rsync's. */
static void
take_told(const char *text)
{
	char line[8192];

	snprintf(line, sizeof(line), "2026/11/24 22:35:14 [26369] %s\n", text);
	take(line);
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
	file_log_end(&record, true);
	assert_string_equal(lines(), "");
}

enum {
	STAMP = 28,  /* "2026/11/24 22:35:14 [26369] " */
	PART = 1024, /* less comes in no part */
};

/* From 3.5 on rsync writes what its escapes have made long in parts. */
static void
a_message_may_come_in_parts(void **state)
{
	char name[PART + 64], text[PART + 256];
	size_t len;

	(void)state;
	memset(name, 'n', sizeof(name));
	memcpy(name, "recv >f+++++++++ 3 43 ", 22);
	memcpy(name + sizeof(name) - 8, "/a\\#012", 7);
	name[sizeof(name) - 1] = '\0';
	len = say(text, sizeof(text), name);
	for (size_t cut = PART; cut <= len; cut++) {
		assert_int_equal(truncate(log_path, 0), 0);
		assert_true(file_log_take(&record, text, cut));
		assert_true(file_log_take(&record, text + cut, len - cut));
		take("2026/11/24 22:35:14 [26369] other\n");
		file_log_end(&record, true);
		assert_non_null(strstr(lines(), "event=close path=\"/nnn"));
		assert_non_null(strstr(lines(), "\" read=0 written=3 wire=43 "
						"new=yes result=ok\n"));
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
	file_log_end(&record, true);
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
	file_log_end(&record, true);
	assert_null(strstr(lines(), "path=\"/forged"));
	assert_non_null(strstr(lines(), "path=\"/\\n\\n"));
	/* Control: that message itself counts. */
	assert_int_equal(truncate(log_path, 0), 0);
	take(forged);
	file_log_end(&record, true);
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
	file_log_end(&record, true);
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

/* What the record has since this was asked last, by path and result. */
static const char *
results(void)
{
	static char out[4096];
	const char *at = lines();

	out[0] = '\0';
	for (; *at != '\0'; at = strchr(at, '\n') + 1) {
		const char *path = strstr(at, "path=");
		const char *then = strstr(at, "then="), *end = strchr(at, '\n');
		const char *result = strstr(at, "result=");
		size_t used = strlen(out);

		snprintf(out + used, sizeof(out) - used, "%.*s%s %.*s;",
		    (int)strcspn(path + 6, "\""), path + 6,
		    then != NULL && then < end ? " again" : "",
		    (int)(end - result - 7), result + 7);
	}
	assert_int_equal(truncate(log_path, 0), 0);
	return out;
}

static void
a_file_that_fails_verification_is_told_to(void **state)
{
	(void)state;
	take_said("recv >f+++++++++ 3 43 a");
	assert_string_equal(results(), "");
	take_told("WARNING: a failed verification -- update discarded "
		  "(will try again).");
	assert_string_equal(results(), "/a again discarded;");
	take_said("recv >f+++++++++ 3 43 a");
	take_told("ERROR: a failed verification -- update discarded.");
	assert_string_equal(results(), "/a discarded;");
	/* Whatever it says of a part: that is not so with --partial. */
	record.differs = "retained";
	take_said("recv >f+++++++++ 3 43 b");
	take_told("ERROR: b failed verification -- update discarded.");
	assert_string_equal(results(), "/b retained;");
	take_said("recv >f+++++++++ 3 43 d");
	take_told("rsync: [receiver] rename \"/srv/.d.3yqbLG\" -> \"d\": "
		  "Is a directory (21)");
	assert_string_equal(results(), "/d failed;");
	assert_int_equal(job.files, 0);
	assert_int_equal(job.bytes, 0);
	file_log_end(&record, true);
	assert_string_equal(results(), "");
}

static void
a_file_is_ok_when_its_process_goes_on(void **state)
{
	char line[256];

	(void)state;
	take_told("receiving file list");
	take_said("recv >f+++++++++ 3 43 a");
	/* The other process, and what is told of other files. */
	snprintf(line, sizeof(line),
	    "2026/11/24 22:35:14 [26368] %s del. 26368 *deleting   0 0 x\n",
	    record.word);
	record.first = 26368;
	take(line);
	take_told("a is uptodate");
	take_told("rsync: [generator] rename \"/srv/x\" -> \"y\": no (1)");
	take_told("rsync: [receiver] rename failed for \"/srv/x\" (from "
		  "\".~tmp~/x\"): no (1)");
	take_told("rsync: [receiver] chgrp \"/srv/.a.3yqbLG\" failed: "
		  "Operation not permitted (1)");
	take_told("a failed verification -- update discarded.");
	assert_string_equal(results(), "/x ok;");
	take_said("recv cd+++++++++ 0 0 d/");
	assert_string_equal(results(), "/a ok;/d ok;");
	assert_int_equal(job.files, 1);
}

/* Until the file system's clock says more than the file. */
static void
wait_for_tick(const char *name)
{
	struct timespec now;
	struct stat st;

	assert_int_equal(stat(name, &st), 0);
	do
		clock_gettime(CLOCK_REALTIME_COARSE, &now);
	while (now.tv_sec < st.st_ctim.tv_sec ||
	       (now.tv_sec == st.st_ctim.tv_sec &&
		   now.tv_nsec <= st.st_ctim.tv_nsec));
}

/* The session is cut: was the last file given its name? */
static void
a_file_whose_end_is_not_told_is_looked_for(void **state)
{
	(void)state;
	take_said("recv >f.st...... 3 43 a");
	file_log_end(&record, false);
	assert_string_equal(results(), "/a unknown;");
	record.proves = true;
	scratch_put("a", "old", 0644);
	wait_for_tick("a");
	take_said("recv >f+++++++++ 3 43 before");
	take_said("recv >f.st...... 3 43 a");
	assert_true(file_log_settle(&record));
	assert_string_equal(results(), "/before ok;");
	scratch_put("b", "new", 0644);
	assert_int_equal(rename("b", "a"), 0);
	assert_true(file_log_settle(&record));
	/* By another try, for of this one comes: */
	take_told("WARNING: a failed verification -- update discarded "
		  "(will try again).");
	assert_string_equal(results(), "/a again discarded;");
	take_said("recv >f.st...... 3 43 a");
	assert_string_equal(results(), "");
	scratch_put("b", "new", 0644);
	assert_int_equal(rename("b", "a"), 0);
	assert_true(file_log_settle(&record));
	assert_string_equal(results(), "");
	assert_false(file_log_settle(&record));
	assert_string_equal(results(), "/a ok;");
	assert_false(file_log_settle(&record));
	take_said("recv >f.st...... 3 43 c");
	scratch_put("c", "new", 0644);
	file_log_end(&record, false);
	assert_string_equal(results(), "/c ok;");
	/* Another size, and another kind. */
	take_said("recv >f.st...... 4 43 c");
	file_log_end(&record, false);
	take_said("recv >f.st...... 4096 43 d");
	assert_int_equal(mkdir("d", 0755), 0);
	file_log_end(&record, false);
	assert_string_equal(results(), "/c unknown;/d unknown;");
}

/* rsync does not tell of first failures; where it makes its destination, what
 * has a name there is new. */
static void
a_quiet_session_is_believed_by_what_is_there(void **state)
{
	(void)state;
	record.warns = false;
	take_said("recv >f+++++++++ 3 43 a");
	file_log_end(&record, true);
	assert_string_equal(results(), "/a unknown;");
	record.proves = true;
	take_said("recv >f+++++++++ 3 43 a");
	take_said("recv >f+++++++++ 3 43 b");
	assert_string_equal(results(), "/a unknown;");
	scratch_put("b", "new", 0644);
	file_log_end(&record, true);
	assert_string_equal(results(), "/b ok;");
}

/* A peer's message has no newline at its end. */
static void
no_message_hides_the_next(void **state)
{
	char line[4096];

	(void)state;
	take("2026/11/24 22:35:14 [26369] hello");
	take_said("recv >f+++++++++ 3 43 a");
	file_log_end(&record, true);
	assert_string_equal(results(), "/a ok;");
	snprintf(line, sizeof(line), "2026/11/24 22:35:14 [26369] %s",
	    record.word);
	take(line);
	take_said("recv >f+++++++++ 3 43 b");
	file_log_end(&record, true);
	assert_string_equal(results(), "/b ok;");
	/* As long as one that comes in parts: which it is can't be told. */
	memset(line, 'x', sizeof(line));
	memcpy(line, "2026/11/24 22:35:14 [26369] ", STAMP);
	line[PART] = '\0';
	take(line);
	take("another part\n");
	assert_false(record.unsound);
	take(line);
	say(line, sizeof(line), "recv >f+++++++++ 3 43 c");
	assert_false(file_log_take(&record, line, strlen(line)));
	assert_true(record.unsound);
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
		TEST(a_file_that_fails_verification_is_told_to),
		TEST(a_file_is_ok_when_its_process_goes_on),
		TEST(a_file_whose_end_is_not_told_is_looked_for),
		TEST(a_quiet_session_is_believed_by_what_is_there),
		TEST(no_message_hides_the_next),
	};

	return cmocka_run_group_tests_name("rsync record", tests, NULL, NULL);
}
