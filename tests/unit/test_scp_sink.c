/*
 * "scp -t" by raw bytes: each kind of line, each error byte, each end in the
 * middle, and what then lies in the root.
 */
#include "base/xalloc.h"
#include "scpend.h"

#define OK "\0"
#define NO(text) "\1scp: " text "\n"

/* Sends one conversation and compares all that is answered. */
#define talk(server, command, said, heard, status) \
	scpend_hears(server, command, BYTES(said), BYTES(heard), status)

static void
a_file_arrives_whole(void **state)
{
	struct server *server = *state;

	talk(server, "scp -t new", "C0640 5 any\nhello\0", OK OK OK, 0);
	assert_string_equal(server_get(server, "new"), "hello");
	assert_int_equal(scpend_mode(server, "new"), S_IFREG | 0640);
	talk(server, "scp -t .", "C0666 0 empty\n\0C0600 1 b\nx\0",
	    OK OK OK OK OK, 0);
	assert_string_equal(server_get(server, "empty"), "");
	assert_int_equal(scpend_mode(server, "empty"), S_IFREG | 0644);
	assert_string_equal(server_get(server, "b"), "x");
	/* A shorter one takes all of its place; its mode stays without -p. */
	talk(server, "scp -t ''", "C0755 2 new\nhi\0", OK OK OK, 0);
	assert_string_equal(server_get(server, "new"), "hi");
	assert_int_equal(scpend_mode(server, "new"), S_IFREG | 0640);
	assert_non_null(strstr(scpend_text(server, "log"), "event=close"));
}

static void
times_and_modes_are_kept_with_p(void **state)
{
	struct server *server = *state;
	struct stat st;

	talk(server, "scp -p -t .",
	    "T1000000000 5 1100000000 6\nC0604 1 a\nx\0C0620 1 b\ny\0",
	    OK OK OK OK OK OK, 0);
	assert_int_equal(stat(server_path(server, "a"), &st), 0);
	assert_int_equal(st.st_mtim.tv_sec, 1000000000);
	assert_int_equal(st.st_mtim.tv_nsec, 5000);
	assert_int_equal(st.st_atim.tv_sec, 1100000000);
	assert_int_equal(st.st_mode & 07777, 0604);
	/* They hold for one file only. */
	assert_int_equal(stat(server_path(server, "b"), &st), 0);
	assert_true(st.st_mtim.tv_sec > 1000000000);
	assert_int_equal(st.st_mode & 07777, 0620);
	talk(server, "scp -p -t b", "C0755 1 b\nz\0", OK OK OK, 0);
	assert_int_equal(scpend_mode(server, "b") & 07777, 0755);
}

static void
times_leak_to_no_later_file(void **state)
{
	struct server *server = *state;
	struct stat st;

	assert_int_equal(mkdir(server_path(server, "dir"), 0777), 0);
	server_own(server, "dir");
	talk(server, "scp -rt .",
	    "T5 0 5 0\nC0644 1 dir\nC0644 1 a\nx\0"
	    "T5 0 5 0\nD0755 0 a\nC0644 1 b\nx\0"
	    "T5 0 5 0\n\1scp: gone\nC0644 1 c\nx\0"
	    "T9223372036854775808 0 5 0\nC0644 1 d\nx\0",
	    OK OK NO("./dir: Is a directory")
		OK OK OK NO("./a: Not a directory") OK OK OK OK OK OK OK OK,
	    1);
	for (const char *name = "abcd"; *name != '\0'; name++) {
		const char text[2] = { *name, '\0' };

		assert_int_equal(stat(server_path(server, text), &st), 0);
		assert_true(st.st_mtim.tv_sec > 1000000000);
	}
}

static void
directories_arrive_with_r_alone(void **state)
{
	struct server *server = *state;
	struct stat st;

	talk(server, "scp -t .", "D0755 0 d\nC0644 1 a\nx\0",
	    OK NO("protocol error: received directory without -r"), 1);
	assert_int_equal(scpend_mode(server, "d"), 0);
	talk(server, "scp -r -p -t .",
	    "T1000000000 0 1000000000 0\nD0511 0 d\nD0700 0 e\nC0600 1 f\nx\0"
	    "E\nE\nC0644 1 g\ny\0",
	    OK OK OK OK OK OK OK OK OK OK, 0);
	assert_int_equal(stat(server_path(server, "d"), &st), 0);
	assert_int_equal(st.st_mode, S_IFDIR | 0511);
	assert_int_equal(st.st_mtim.tv_sec, 1000000000);
	assert_string_equal(server_get(server, "d/e/f"), "x");
	assert_string_equal(server_get(server, "g"), "y");
	/* The target itself is the name where it is not there. */
	talk(server, "scp -r -t copy",
	    "D0777 0 d\nC0644 1 a\nx\0D0555 0 sub\nC0444 1 b\ny\0E\nE\n",
	    OK OK OK OK OK OK OK OK OK, 0);
	assert_string_equal(server_get(server, "copy/a"), "x");
	assert_string_equal(server_get(server, "copy/sub/b"), "y");
	assert_int_equal(scpend_mode(server, "copy"), S_IFDIR | 0755);
	assert_int_equal(scpend_mode(server, "copy/sub"), S_IFDIR | 0555);
	assert_int_equal(chmod(server_path(server, "copy/sub"), 0700), 0);
	assert_int_equal(chmod(server_path(server, "d"), 0700), 0);
}

/* CVE-2018-20685 was the mode of the target itself. */
static void
no_directory_that_exists_changes_its_mode(void **state)
{
	struct server *server = *state;
	struct stat st;

	assert_int_equal(mkdir(server_path(server, "d"), 0750), 0);
	assert_int_equal(chmod(server_path(server, "d"), 0750), 0);
	server_own(server, "d");
	talk(server, "scp -rpt .", "D0777 0 d\nE\nT5 0 5 0\nD0777 0 d\nE\n",
	    OK OK OK OK OK OK, 0);
	assert_int_equal(stat(server_path(server, "d"), &st), 0);
	assert_int_equal(st.st_mode, S_IFDIR | 0750);
	assert_int_equal(st.st_mtim.tv_sec, 5);
	talk(server, "scp -rpt d", "D0777 0 .\nE\n",
	    OK NO("d/.: unexpected file name")
		NO("protocol error: the end of no directory"),
	    1);
	talk(server, "scp -rpt d", "D0777 0 \nE\n",
	    OK NO("d: unexpected file name")
		NO("protocol error: the end of no directory"),
	    1);
	assert_int_equal(scpend_mode(server, "d"), S_IFDIR | 0750);
}

static void
names_that_lead_elsewhere_are_refused(void **state)
{
	static const char *const names[] = { "..", ".", "", "/x", "a/b", "../x",
		"/", "\x1b[31mred", "x\x7fy", "tab\tname" };
	struct server *server = *state;

	assert_int_equal(mkdir(server_path(server, "d"), 0777), 0);
	server_own(server, "d");
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		char bytes[64];
		const struct said *said;

		for (int kind = 'C'; kind <= 'D'; kind++) {
			int len = snprintf(bytes, sizeof(bytes),
			    "%c0777 1 %s\n", kind, names[i]);

			said = scpend_talk(server, "scp -rt d", bytes,
			    (size_t)len);
			assert_int_equal(said->status, 1);
			assert_memory_equal(said->bytes, "\0\1scp: ", 7);
			/* What a terminal would obey is made visible. */
			assert_null(memchr(said->bytes, '\x1b', said->len));
			assert_null(memchr(said->bytes, '\x7f', said->len));
		}
	}
	assert_int_equal(rmdir(server_path(server, "d")), 0);
	/* The session lives: the next file arrives. */
	talk(server, "scp -t .", "C0644 1 a/b\nC0644 1 c\nx\0",
	    OK NO("./a/b: unexpected file name") OK OK, 1);
	assert_string_equal(server_get(server, "c"), "x");
	/* A NUL in a name is a control byte. */
	talk(server, "scp -t .", "C0644 1 a\0b\n",
	    OK NO("./a: names with control characters are refused"), 1);
}

/* Neither the file that it stands for, nor one outside, nor a new one. */
static void
no_symlink_is_written_through(void **state)
{
	struct server *server = *state;

	server_put(server, "victim", "old");
	assert_int_equal(symlink("victim", server_path(server, "link")), 0);
	assert_int_equal(symlink("missing", server_path(server, "dangling")),
	    0);
	assert_int_equal(symlink("../log", server_path(server, "out")), 0);
	for (int atomic = 0; atomic < 2; atomic++) {
		server->keys[0] = atomic ? "atomic-uploads" : NULL;
		server->keys[1] = "yes";
		talk(server, "scp -t .",
		    "C0644 3 link\nC0644 3 dangling\nC0644 3 out\n"
		    "C0644 3 fine\nnew\0",
		    OK NO("./link: a symbolic link, or links that lead in a "
			  "circle")
			NO("./dangling: a symbolic link, or links that lead in "
			   "a circle") NO("./out: a symbolic link, or links "
					  "that lead in a "
					  "circle") OK OK,
		    1);
		talk(server, "scp -t link", "C0644 3 x\n",
		    OK NO("link: a symbolic link, or links that lead in a "
			  "circle"),
		    1);
	}
	assert_string_equal(server_get(server, "victim"), "old");
	assert_string_equal(server_get(server, "fine"), "new");
	assert_true(S_ISLNK(scpend_mode(server, "link")));
	assert_int_equal(scpend_mode(server, "missing"), 0);
}

/* A directory may be a symlink: it leads inside the root, as everywhere. */
static void
a_symlink_to_a_directory_stays_inside(void **state)
{
	struct server *server = *state;

	assert_int_equal(mkdir(server_path(server, "real"), 0777), 0);
	server_own(server, "real");
	assert_int_equal(symlink("/real", server_path(server, "way")), 0);
	assert_int_equal(symlink("../../../../../../tmp",
			     server_path(server, "out")),
	    0);
	talk(server, "scp -rt .", "D0755 0 way\nC0644 1 a\nx\0E\nD0755 0 out\n",
	    OK OK OK OK OK NO("./out: File exists"), 1);
	assert_string_equal(server_get(server, "real/a"), "x");
	assert_true(S_ISLNK(scpend_mode(server, "way")));
	talk(server, "scp -t /../../../way/../a", "C0644 1 x\ny\0", OK OK OK,
	    0);
	assert_string_equal(server_get(server, "a"), "y");
}

static void
set_id_bits_never_arrive(void **state)
{
	struct server *server = *state;

	talk(server, "scp -pt .", "C7755 1 p\nx\0", OK OK OK, 0);
	assert_int_equal(scpend_mode(server, "p") & 07777, 0755);
	talk(server, "scp -t .", "C7755 1 n\nx\0", OK OK OK, 0);
	assert_int_equal(scpend_mode(server, "n") & 07777, 0755);
	server->keys[0] = "set-id";
	server->keys[1] = "yes";
	talk(server, "scp -pt .", "C6755 1 p\nx\0", OK OK OK, 0);
	assert_int_equal(scpend_mode(server, "p") & 07777, 06755);
	talk(server, "scp -t .", "C6755 1 q\nx\0", OK OK OK, 0);
	assert_int_equal(scpend_mode(server, "q") & 07777, 0755);
}

/* The source tells behind a file's bytes whether it could read them all. */
static void
errors_of_the_source_are_counted(void **state)
{
	struct server *server = *state;

	talk(server, "scp -t .",
	    "\1scp: x: No such file\nC0644 2 a\nab\1scp: a: I/O error\n"
	    "C0644 1 b\nx\0",
	    OK OK OK OK OK, 1);
	assert_string_equal(server_get(server, "a"), "ab");
	assert_string_equal(server_get(server, "b"), "x");
	/* What gets its name when it is whole does not get it then. */
	server->keys[0] = "atomic-uploads";
	server->keys[1] = "yes";
	talk(server, "scp -t .", "C0644 2 c\nab\1scp: c: I/O error\n",
	    OK OK NO("./c: left out, since it could not be read whole"), 1);
	assert_int_equal(scpend_mode(server, "c"), 0);
	talk(server, "scp -t .", "\2scp: lost\nC0644 1 d\nx\0", OK, 1);
	assert_int_equal(scpend_mode(server, "d"), 0);
	/* Any other byte there is the end as well. */
	talk(server, "scp -t .", "C0644 1 e\nxoops\nC0644 1 f\nx\0", OK OK, 1);
	assert_int_equal(scpend_mode(server, "e"), 0);
	assert_int_equal(scpend_mode(server, "f"), 0);
}

static void
what_is_no_protocol_ends_the_session(void **state)
{
	static const struct {
		const char *said, *heard;
	} rows[] = {
		{ "hello\n", "a line that announces nothing" },
		{ "\n", "an empty line" },
		{ "C0644 -1 a\n", "the size is no number" },
		{ "C0644 99999999999999999999 a\n",
		    "the size is out of range" },
		{ "C644 1 a\n", "a mode has four octal digits" },
		{ "C0644 1\n", "a blank is missing behind the size" },
		{ "T1 0 1\n", "times are not as they should be" },
		{ "E\n", "the end of no directory" },
		{ "Ex\n", "an end with something behind" },
		{ "\3\n", "a line that announces nothing" },
	};
	struct server *server = *state;
	char wanted[128];

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		int len = 1 + snprintf(wanted + 1, sizeof(wanted) - 1,
				  "\1scp: protocol error: %s\n", rows[i].heard);

		wanted[0] = '\0';
		scpend_hears(server, "scp -rt .", rows[i].said,
		    strlen(rows[i].said), wanted, (size_t)len, 1);
	}
	assert_non_null(strstr(scpend_text(server, "log"), "event=protocol"));
}

static void
a_line_has_an_end(void **state)
{
	struct server *server = *state;
	char line[4096];
	const struct said *said;

	memset(line, 'a', sizeof(line));
	memcpy(line, "C0644 1 ", 8);
	said = scpend_talk(server, "scp -t .", line, sizeof(line));
	assert_int_equal(said->status, 1);
	assert_non_null(strstr(said->bytes + 1, "a line is too long"));
	/* One of a name that is too long for a file is refused as such. */
	line[1000] = '\n';
	said = scpend_talk(server, "scp -t .", line, 1001);
	assert_int_equal(said->status, 1);
	assert_non_null(strstr(said->bytes + 1, strerror(ENAMETOOLONG)));
}

/* The client dies in each state; what was whole stays, the rest as it can. */
static void
an_end_in_each_state_ends_the_session(void **state)
{
	static const char all[] =
	    "T5 0 5 0\nD0755 0 d\nC0644 5 f\nhello\0E\nC0644 1 g\nx\0";
	struct server *server = *state;

	for (size_t len = 0; len < sizeof(all) - 1; len++) {
		const struct said *said =
		    scpend_talk(server, "scp -rpt .", all, len);
		const char *got;

		/* Between records at the top it is the regular end. */
		/* So it is behind a file's last byte (libssh2). */
		bool is_end =
		    len == 0 || len == sizeof(all) - 2 ||
		    (len > 6 && memcmp(all + len - 3, "\0E\n", 3) == 0);

		assert_int_equal(said->status, is_end ? 0 : 1);
		got = server_get(server, "d/f");
		assert_true(
		    got == NULL || strncmp("hello", got, strlen(got)) == 0);
		remove(server_path(server, "d/f"));
		remove(server_path(server, "d"));
		remove(server_path(server, "g"));
	}
	scpend_hears(server, "scp -rpt .", BYTES(all),
	    BYTES(OK OK OK OK OK OK OK OK), 0);
}

/* In place a cut file ends where what came ended; aside nothing is left. */
static void
a_cut_file_does_not_look_whole(void **state)
{
	struct server *server = *state;

	server_put(server, "old", "a long content of old");
	talk(server, "scp -t old", "C0644 10 x\nnew", OK OK, 1);
	assert_string_equal(server_get(server, "old"), "new");
	server_put(server, "old", "a long content of old");
	server->keys[0] = "atomic-uploads";
	server->keys[1] = "yes";
	talk(server, "scp -t old", "C0644 10 x\nnew", OK OK, 1);
	assert_string_equal(server_get(server, "old"), "a long content of old");
	talk(server, "scp -t new", "C0644 10 x\nnew", OK OK, 1);
	talk(server, "scp -t new", "C0644 3 x\nnew\1no", OK OK, 1);
	assert_int_equal(scpend_mode(server, "new"), 0);
	/* libssh2 ends its stream where all has come: that is no cut. */
	talk(server, "scp -t new", "C0644 3 x\nall", OK OK, 0);
	assert_string_equal(server_get(server, "new"), "all");
	talk(server, "scp -t new", "C0644 3 x\nnew\0", OK OK OK, 0);
	assert_string_equal(server_get(server, "new"), "new");
	assert_non_null(strstr(scpend_text(server, "log"), "result=cut"));
}

static void
targets_are_what_they_are_asked_to_be(void **state)
{
	struct server *server = *state;

	server_put(server, "file", "old");
	assert_int_equal(mkdir(server_path(server, "dir 1"), 0777), 0);
	server_own(server, "dir 1");
	talk(server, "scp -d -t file", "", NO("file: Not a directory"), 1);
	talk(server, "scp -d -t no", "", NO("no: No such file or directory"),
	    1);
	talk(server, "scp -t file/x", "", NO("file/x: Not a directory"), 1);
	talk(server, "scp -t no/x", "C0644 1 x\n",
	    OK NO("no/x: No such file or directory"), 1);
	talk(server, "scp -t new/", "C0644 1 x\n",
	    OK NO("new/: Is a directory"), 1);
	/* Blanks as they are, quotes, and wildcards that mean one. */
	talk(server, "scp -d -t dir 1", "C0644 1 a\nx\0", OK OK OK, 0);
	assert_string_equal(server_get(server, "dir 1/a"), "x");
	talk(server, "scp -d -t 'dir 1'", "C0644 1 a\ny\0", OK OK OK, 0);
	assert_string_equal(server_get(server, "dir 1/a"), "y");
	talk(server, "scp -d -t dir*", "C0644 1 a\nz\0", OK OK OK, 0);
	assert_string_equal(server_get(server, "dir 1/a"), "z");
	talk(server, "scp -t new*", "C0644 1 x\nn\0", OK OK OK, 0);
	assert_string_equal(server_get(server, "new*"), "n");
	talk(server, "scp -t {a,b}", "", NO("ambiguous target"), 1);
	talk(server, "scp -t *", "", NO("ambiguous target"), 1);
	talk(server, "scp -t .filesonly.u0", "",
	    NO(".filesonly.u0: No such file or directory"), 1);
	talk(server, "scp -t .", "C0644 1 .filesonly.u0\n",
	    OK NO("./.filesonly.u0: Permission denied"), 1);
}

static void
directories_have_bounds(void **state)
{
	struct server *server = *state;
	char bytes[256 * 12 + 64] = "";
	const struct said *said;
	size_t len = 0;

	for (int i = 0; i < 257; i++) {
		memcpy(bytes + len, "D0755 0 d\n", 10);
		len += 10;
	}
	said = scpend_talk(server, "scp -rt .", bytes, len);
	assert_int_equal(said->status, 1);
	assert_int_equal(said->bytes[256], '\0');
	assert_string_equal(said->bytes + 257,
	    "\1scp: protocol error: directories are too deep\n");
	said = scpend_talk(server, "scp -rt .", bytes, len - 10);
	assert_int_equal(said->len, 257);
}

/* A client that asks much before it hears anything misses no answer. */
static void
no_answer_is_left_out(void **state)
{
	enum { PAIRS = 5000 };
	static const char pair[] = "D0755 0 d\nE\n";
	const size_t len = sizeof(pair) - 1;
	struct server *server = *state;
	auto_free char *bytes = xcalloc(PAIRS, len);
	const struct said *said;

	for (size_t i = 0; i < PAIRS; i++)
		memcpy(bytes + i * len, pair, len);
	said = scpend_talk(server, "scp -rt .", bytes, PAIRS * len);
	assert_int_equal(said->status, 0);
	assert_int_equal(said->len, 2 * PAIRS + 1);
}

/* What is no file is never opened: a FIFO would hold the session for ever. */
static void
other_kinds_are_refused(void **state)
{
	struct server *server = *state;

	assert_int_equal(mkfifo(server_path(server, "pipe"), 0666), 0);
	server_own(server, "pipe");
	talk(server, "scp -t .", "C0644 1 pipe\nC0644 1 a\nx\0",
	    OK NO("./pipe: not a regular file") OK OK, 1);
	talk(server, "scp -t pipe", "C0644 1 pipe\n",
	    OK NO("pipe: not a regular file"), 1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		SERVER_TEST(a_file_arrives_whole),
		SERVER_TEST(times_and_modes_are_kept_with_p),
		SERVER_TEST(times_leak_to_no_later_file),
		SERVER_TEST(directories_arrive_with_r_alone),
		SERVER_TEST(no_directory_that_exists_changes_its_mode),
		SERVER_TEST(names_that_lead_elsewhere_are_refused),
		SERVER_TEST(no_symlink_is_written_through),
		SERVER_TEST(a_symlink_to_a_directory_stays_inside),
		SERVER_TEST(set_id_bits_never_arrive),
		SERVER_TEST(errors_of_the_source_are_counted),
		SERVER_TEST(what_is_no_protocol_ends_the_session),
		SERVER_TEST(a_line_has_an_end),
		SERVER_TEST(an_end_in_each_state_ends_the_session),
		SERVER_TEST(a_cut_file_does_not_look_whole),
		SERVER_TEST(targets_are_what_they_are_asked_to_be),
		SERVER_TEST(directories_have_bounds),
		SERVER_TEST(no_answer_is_left_out),
		SERVER_TEST(other_kinds_are_refused),
	};
	struct CMUnitTest twice[2 * sizeof(tests) / sizeof(tests[0])];

	alarm(120);
	server_tests_twice(tests, sizeof(tests) / sizeof(tests[0]), twice);
	return cmocka_run_group_tests(twice, NULL, NULL);
}
