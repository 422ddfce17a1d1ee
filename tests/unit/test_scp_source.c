/*
 * "scp -f" by raw bytes: what is sent for each kind of file, what is not, and
 * what the other end's answers do.
 */
#include <sys/time.h>

#include "scpend.h"

#define OK "\0"
#define NO(text) "\1scp: " text "\n"

#define talk(server, command, said, heard, status) \
	scpend_hears(server, command, BYTES(said), BYTES(heard), status)

static void
make_directory(struct server *server, const char *name)
{
	assert_int_equal(mkdir(server_path(server, name), 0755), 0);
	server_own(server, name);
}

static void
set_times(struct server *server, const char *name)
{
	const struct timespec times[2] = { { .tv_sec = 1100000000 },
		{ .tv_sec = 1000000000 } };

	assert_int_equal(utimensat(AT_FDCWD, server_path(server, name), times,
			     0),
	    0);
}

static void
a_file_is_announced_and_sent(void **state)
{
	struct server *server = *state;

	server_put(server, "a", "hello");
	server_put(server, "empty", "");
	assert_int_equal(chmod(server_path(server, "empty"), 06600), 0);
	talk(server, "scp -f a", OK OK OK, "C0644 5 a\nhello\0", 0);
	talk(server, "scp -f a empty", OK OK OK OK OK,
	    "C0644 5 a\nhello\0C6600 0 empty\n\0", 0);
	set_times(server, "a");
	talk(server, "scp -pf /a", OK OK OK OK,
	    "T1000000000 0 1100000000 0\nC0644 5 a\nhello\0", 0);
	assert_non_null(strstr(scpend_text(server, "log"),
	    "path=\"/a\" read=5 written=0 result=ok"));
}

static void
nothing_is_sent_before_it_is_asked_for(void **state)
{
	struct server *server = *state;

	server_put(server, "a", "hello");
	talk(server, "scp -f a", "", "", 1);
	talk(server, "scp -f a", OK, "C0644 5 a\n", 1);
	talk(server, "scp -f a", OK OK, "C0644 5 a\nhello\0", 1);
	talk(server, "scp -f a", "\2no\n", "", 1);
	talk(server, "scp -f a", "\1no\n", "", 1);
}

static void
what_the_other_end_refuses_is_passed_over(void **state)
{
	struct server *server = *state;

	server_put(server, "a", "hello");
	server_put(server, "b", "x");
	make_directory(server, "d");
	server_put(server, "d/f", "y");
	talk(server, "scp -f a b", OK "\1scp: a: no\n" OK OK,
	    "C0644 5 a\nC0644 1 b\nx\0", 1);
	talk(server, "scp -rf d b", OK "\1scp: d: no\n" OK OK,
	    "D0755 0 d\nC0644 1 b\nx\0", 1);
	talk(server, "scp -f a b", OK OK "\1scp: a: disk full\n" OK OK,
	    "C0644 5 a\nhello\0C0644 1 b\nx\0", 1);
	/* Fatal, or no protocol at all: nothing more is sent. */
	talk(server, "scp -f a b", OK "\2scp: a: no\n" OK OK, "", 1);
	talk(server, "scp -f a b", OK "oops\n" OK OK, "", 1);
	set_times(server, "a");
	talk(server, "scp -pf a", OK "\1no\n", "T1000000000 0 1100000000 0\n",
	    1);
}

static void
directories_are_sent_with_r_alone(void **state)
{
	struct server *server = *state;

	make_directory(server, "d");
	make_directory(server, "d/sub");
	server_put(server, "d/sub/f", "x");
	talk(server, "scp -f d", OK, NO("d: not a regular file"), 1);
	talk(server, "scp -rf d/", OK OK OK OK OK OK OK,
	    "D0755 0 d\nD0755 0 sub\nC0644 1 f\nx\0E\nE\n", 0);
	set_times(server, "d/sub");
	set_times(server, "d/sub/f");
	talk(server, "scp -rpf d/sub///", OK OK OK "\1no\n" OK,
	    "T1000000000 0 1100000000 0\nD0755 0 sub\n"
	    "T1000000000 0 1100000000 0\nE\n",
	    1);
}

static void
what_is_missing_is_told_and_the_rest_is_sent(void **state)
{
	struct server *server = *state;

	server_put(server, "a", "hello");
	talk(server, "scp -f no a", OK OK OK,
	    NO("no: No such file or directory") "C0644 5 a\nhello\0", 1);
	talk(server, "scp -f a/x", OK, NO("a/x: Not a directory"), 1);
	talk(server, "scp -f .filesonly.u1", OK,
	    NO(".filesonly.u1: No such file or directory"), 1);
	talk(server, "scp -f ../../../etc/passwd", OK,
	    NO("../../../etc/passwd: No such file or directory"), 1);
	talk(server, "scp -f no\x1b[2J", OK,
	    NO("\"no\\x1b[2J\": No such file or directory"), 1);
	talk(server, "scp -rf .", OK,
	    NO(".: has no name to be sent under; ask for what is in it (*)"),
	    1);
	talk(server, "scp -rf /", OK,
	    NO("/: has no name to be sent under; ask for what is in it (*)"),
	    1);
	talk(server, "scp -rf ~ x/..", OK,
	    NO("/: has no name to be sent under; ask for what is in it (*)")
		NO("x/..: has no name to be sent under; ask for what is in it "
		   "(*)"),
	    1);
}

static void
other_kinds_are_told(void **state)
{
	struct server *server = *state;

	assert_int_equal(mkfifo(server_path(server, "pipe"), 0666), 0);
	server_own(server, "pipe");
	talk(server, "scp -f pipe", OK, NO("pipe: not a regular file"), 1);
	server_put(server, "new\nline", "x");
	talk(server, "scp -f new*", OK,
	    NO("\"new\\nline\": scp can't send a name with a newline"), 1);
}

static void
links_are_followed_inside_and_never_in_circles(void **state)
{
	struct server *server = *state;

	server_put(server, "a", "hello");
	make_directory(server, "d");
	assert_int_equal(symlink("/a", server_path(server, "d/l")), 0);
	talk(server, "scp -f d/l", OK OK OK, "C0644 5 l\nhello\0", 0);
	assert_int_equal(unlink(server_path(server, "d/l")), 0);
	assert_int_equal(symlink("..", server_path(server, "d/up")), 0);
	assert_int_equal(unlink(server_path(server, "a")), 0);
	/* Up is the root, in which d is found again. */
	talk(server, "scp -rf d", OK OK OK OK OK,
	    "D0755 0 d\nD0777 0 up\n" NO(
		"d/up/d: a link that leads back to where it lies") "E\nE\n",
	    1);
	assert_int_equal(unlink(server_path(server, "d/up")), 0);
	assert_int_equal(symlink("../log", server_path(server, "d/out")), 0);
	talk(server, "scp -rf d", OK OK OK,
	    "D0755 0 d\n" NO("d/out: No such file or directory") "E\n", 1);
}

static void
words_are_read_as_a_shell_would(void **state)
{
	struct server *server = *state;

	server_put(server, "a1", "x");
	server_put(server, "a2", "y");
	server_put(server, "b c", "z");
	server_put(server, ".h", "h");
	talk(server, "scp -f a*", OK OK OK OK OK,
	    "C0644 1 a1\nx\0C0644 1 a2\ny\0", 0);
	talk(server, "scp -f /a[2]", OK OK OK, "C0644 1 a2\ny\0", 0);
	talk(server, "scp -f {a2,a1}", OK OK OK OK OK,
	    "C0644 1 a2\ny\0C0644 1 a1\nx\0", 0);
	talk(server, "scp -f ~/a?", OK OK OK OK OK,
	    "C0644 1 a1\nx\0C0644 1 a2\ny\0", 0);
	talk(server, "scp -f 'a*'", OK, NO("a*: No such file or directory"), 1);
	talk(server, "scp -f x*", OK, NO("x*: No such file or directory"), 1);
	/* Blanks: quoted, and as they are where the whole names a file. */
	talk(server, "scp -f 'b c'", OK OK OK, "C0644 1 b c\nz\0", 0);
	talk(server, "scp -f b c", OK OK OK, "C0644 1 b c\nz\0", 0);
	talk(server, "scp -f b  c", OK,
	    NO("b: No such file or directory")
		NO("c: No such file or directory"),
	    1);
	talk(server, "scp -f b* c", OK OK OK,
	    "C0644 1 b c\nz\0" NO("c: No such file or directory"), 1);
	talk(server, "scp -f *", OK OK OK OK OK OK OK,
	    "C0644 1 a1\nx\0C0644 1 a2\ny\0C0644 1 b c\nz\0", 0);
}

static void
a_session_begins_at_start_dir(void **state)
{
	struct server *server = *state;

	make_directory(server, "s*t");
	server_put(server, "s*t/a", "x");
	server_put(server, "s*t/b", "x");
	server_put(server, "c", "y");
	server->keys[0] = "start-dir";
	server->keys[1] = "/s*t";
	talk(server, "scp -f a", OK OK OK, "C0644 1 a\nx\0", 0);
	talk(server, "scp -f [b]", OK OK OK, "C0644 1 b\nx\0", 0);
	talk(server, "scp -f ~/[b]", OK OK OK, "C0644 1 b\nx\0", 0);
	talk(server, "scp -f /c", OK OK OK, "C0644 1 c\ny\0", 0);
	talk(server, "scp -f /s*", OK, NO("/s*t: not a regular file"), 1);
	talk(server, "scp -f no", OK, NO("no: No such file or directory"), 1);
	talk(server, "scp -t new", "C0644 1 x\nz\0", OK OK OK, 0);
	assert_string_equal(server_get(server, "s*t/new"), "z");
	talk(server, "scp -t ''", "C0644 1 x\nz\0", OK OK OK, 0);
	assert_string_equal(server_get(server, "s*t/x"), "z");
}

/* The size was announced: as many bytes follow, zeros for those that lack. */
static void
a_file_that_shrinks_is_padded_and_told(void **state)
{
	struct server *server = *state;
	static char big[65536];
	static struct said said;
	char line[32];

	memset(big, 'b', sizeof(big) - 1);
	for (int pipes = 0; pipes < 2; pipes++) {
		server->pipes = pipes;
		server_put(server, "big", big);
		scpend_start(server, "scp -f big");
		assert_int_equal(write(server->wire.to, "", 1), 1);
		assert_int_equal(io_read_all(server->wire.fd, line, 16), 16);
		assert_memory_equal(line, "C0644 65535 big\n", 16);
		/* It is open and was announced; now it is cut. */
		assert_int_equal(truncate(server_path(server, "big"), 3), 0);
		assert_int_equal(write(server->wire.to, "\0\0", 2), 2);
		scpend_shut(server);
		scpend_end(server, &said);
		assert_int_equal(said.status, 1);
		assert_memory_equal(said.bytes, "bbb\0\0\0", 6);
		assert_int_equal(said.bytes[65534], '\0');
		assert_string_equal(said.bytes + 65535,
		    "\1scp: big: the file became shorter while it was sent\n");
	}
	assert_non_null(strstr(scpend_text(server, "log"), "read=3 "));
}

/* Of a file that grows, what was announced is sent and no more. */
static void
a_file_that_grows_is_sent_as_announced(void **state)
{
	struct server *server = *state;
	static struct said said;
	char line[32];

	server_put(server, "a", "hello");
	scpend_start(server, "scp -f a");
	assert_int_equal(write(server->wire.to, "", 1), 1);
	assert_int_equal(io_read_all(server->wire.fd, line, 10), 10);
	server_put(server, "a", "hello, world");
	assert_int_equal(write(server->wire.to, "\0\0", 2), 2);
	scpend_shut(server);
	scpend_end(server, &said);
	assert_int_equal(said.status, 0);
	assert_int_equal(said.len, 6);
	assert_memory_equal(said.bytes, "hello\0", 6);
}

static void
what_is_hidden_or_denied_is_not_sent(void **state)
{
	struct server *server = *state;

	make_directory(server, "d");
	server_put(server, "d/a.key", "k");
	server_put(server, "d/b", "x");
	talk(server, "scp -f d/a*", OK OK OK, "C0644 1 a.key\nk\0", 0);
	server->keys[0] = "services";
	server->keys[1] = "scp";
	server->keys[2] = "hide";
	server->keys[3] = "*.key";
	talk(server, "scp -f d/*", OK OK OK, "C0644 1 b\nx\0", 0);
	talk(server, "scp -f d/a.key", OK,
	    NO("d/a.key: No such file or directory"), 1);
	talk(server, "scp -rf d", OK OK OK OK OK,
	    "D0755 0 d\nC0644 1 b\nx\0E\n", 0);
	talk(server, "scp -t d",
	    "C0644 1 a.key\nC0644 1 new.key\nC0644 1 c\ny\0",
	    OK NO("d/a.key: Permission denied")
		NO("d/new.key: Permission denied") OK OK,
	    1);
	talk(server, "scp -t d/new.key", "C0644 1 x\n",
	    OK NO("d/new.key: Permission denied"), 1);
	assert_string_equal(server_get(server, "d/a.key"), "k");
	assert_null(server_get(server, "d/new.key"));
	server->keys[2] = "deny";
	assert_int_equal(unlink(server_path(server, "d/b")), 0);
	assert_int_equal(unlink(server_path(server, "d/c")), 0);
	talk(server, "scp -f d/*", OK, NO("d/a.key: Permission denied"), 1);
	talk(server, "scp -rf d", OK OK OK,
	    "D0755 0 d\n" NO("d/a.key: Permission denied") "E\n", 1);
	talk(server, "scp -rt .", "D0755 0 x.key\n",
	    OK NO("./x.key: Permission denied"), 1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		SERVER_TEST(a_file_is_announced_and_sent),
		SERVER_TEST(nothing_is_sent_before_it_is_asked_for),
		SERVER_TEST(what_the_other_end_refuses_is_passed_over),
		SERVER_TEST(directories_are_sent_with_r_alone),
		SERVER_TEST(what_is_missing_is_told_and_the_rest_is_sent),
		SERVER_TEST(other_kinds_are_told),
		SERVER_TEST(links_are_followed_inside_and_never_in_circles),
		SERVER_TEST(words_are_read_as_a_shell_would),
		SERVER_TEST(a_session_begins_at_start_dir),
		SERVER_TEST(a_file_that_shrinks_is_padded_and_told),
		SERVER_TEST(a_file_that_grows_is_sent_as_announced),
		SERVER_TEST(what_is_hidden_or_denied_is_not_sent),
	};
	struct CMUnitTest twice[2 * sizeof(tests) / sizeof(tests[0])];

	alarm(120);
	server_tests_twice(tests, sizeof(tests) / sizeof(tests[0]), twice);
	return cmocka_run_group_tests(twice, NULL, NULL);
}
