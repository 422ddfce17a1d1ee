/*
 * The keys of the policy on scp: modes, what is own, atomic uploads, forced
 * modes and limits, as they are on SFTP.
 */
#include "scpend.h"

#define OK "\0"
#define NO(text) "\1scp: " text "\n"

#define talk(server, command, said, heard, status) \
	scpend_hears(server, command, BYTES(said), BYTES(heard), status)

static void
set_keys(struct server *server, const char *name, const char *value,
    const char *other, const char *other_value)
{
	server->keys[0] = name;
	server->keys[1] = value;
	server->keys[2] = other;
	server->keys[3] = other_value;
	server->keys[4] = NULL;
}

/* A file that no session has made: births are told in ticks. */
static void
put_old(struct server *server, const char *name, const char *text)
{
	server_put(server, name, text);
	usleep(30 * 1000);
}

static void
create_only_keeps_what_exists(void **state)
{
	struct server *server = *state;
	struct stat st;

	assert_int_equal(mkdir(server_path(server, "d"), 0755), 0);
	server_own(server, "d");
	put_old(server, "old", "old");
	talk(server, "scp -pt .", "T5 0 5 0\nC0600 3 old\nnew\0", OK OK OK OK,
	    0);
	server_put(server, "old", "old");
	usleep(30 * 1000);
	server->mode = "create-only";
	/* The first is refused; a new one is, once made, own: to be replaced.
	 */
	talk(server, "scp -pt .",
	    "C0600 3 old\nT5 0 5 0\nC0640 3 new\nabc\0C0600 2 new\nxy\0",
	    OK NO("./old: Permission denied") OK OK OK OK OK, 1);
	assert_string_equal(server_get(server, "old"), "old");
	assert_int_equal(scpend_mode(server, "old") & 07777, 0600);
	assert_string_equal(server_get(server, "new"), "xy");
	usleep(30 * 1000);
	talk(server, "scp -t .", "C0600 3 new\n",
	    OK NO("./new: Permission denied"), 1);
	assert_string_equal(server_get(server, "new"), "xy");
	/* A new directory gets its mode and times; an old one keeps both. */
	talk(server, "scp -rpt .",
	    "T5 0 5 0\nD0700 0 made\nC0600 1 f\nx\0E\n"
	    "T5 0 5 0\nD0700 0 d\nC0600 1 f\ny\0E\n",
	    OK OK OK OK OK OK OK OK OK OK NO("./d: Permission denied"), 1);
	assert_int_equal(stat(server_path(server, "made"), &st), 0);
	assert_int_equal(st.st_mode, S_IFDIR | 0700);
	assert_int_equal(st.st_mtim.tv_sec, 5);
	assert_int_equal(stat(server_path(server, "d"), &st), 0);
	assert_int_equal(st.st_mode, S_IFDIR | 0755);
	assert_true(st.st_mtim.tv_sec > 5);
	assert_string_equal(server_get(server, "d/f"), "y");
	/* Nothing that is cut gets a name. */
	talk(server, "scp -t cut", "C0600 9 x\nabc", OK OK, 1);
	assert_int_equal(scpend_mode(server, "cut"), 0);
	talk(server, "scp -f old", OK OK OK, "C0600 3 old\nold\0", 0);
}

static void
no_overwrite_keeps_files_and_metadata(void **state)
{
	struct server *server = *state;
	struct stat st;

	assert_int_equal(mkdir(server_path(server, "d"), 0755), 0);
	server_own(server, "d");
	put_old(server, "old", "old");
	for (int atomic = 0; atomic < 2; atomic++) {
		set_keys(server, "overwrite", "no",
		    atomic ? "atomic-uploads" : NULL, "yes");
		talk(server, "scp -rpt .",
		    "C0600 3 old\nT5 0 5 0\nD0700 0 d\nE\n"
		    "T5 0 5 0\nC0600 1 new\nx\0",
		    OK NO("./old: Permission denied")
			OK OK NO("./d: Permission denied") OK OK OK,
		    1);
		assert_string_equal(server_get(server, "old"), "old");
		assert_int_equal(stat(server_path(server, "d"), &st), 0);
		assert_true(st.st_mtim.tv_sec > 5);
		assert_int_equal(stat(server_path(server, "new"), &st), 0);
		assert_int_equal(st.st_mtim.tv_sec, 5);
		assert_int_equal(unlink(server_path(server, "new")), 0);
	}
}

/* A drop box takes, and tells no name: wildcards are not looked up in it. */
static void
write_only_takes_and_tells_nothing(void **state)
{
	struct server *server = *state;

	server_put(server, "old", "old");
	talk(server, "scp -t ol*", "C0600 3 x\nabc\0", OK OK OK, 0);
	assert_string_equal(server_get(server, "old"), "abc");
	server->mode = "write-only";
	talk(server, "scp -t ol*", "C0600 3 x\nnew\0", OK OK OK, 0);
	assert_string_equal(server_get(server, "old"), "abc");
	assert_string_equal(server_get(server, "ol*"), "new");
	talk(server, "scp -pt .", "T5 0 5 0\nC0644 3 old\nnew\0", OK OK OK OK,
	    0);
	assert_string_equal(server_get(server, "old"), "new");
}

static void
atomic_uploads_replace_at_once_or_not_at_all(void **state)
{
	struct server *server = *state;
	struct stat before, after;

	server_put(server, "old", "old");
	assert_int_equal(chmod(server_path(server, "old"), 0604), 0);
	assert_int_equal(stat(server_path(server, "old"), &before), 0);
	set_keys(server, "atomic-uploads", "yes", NULL, NULL);
	talk(server, "scp -t old", "C0666 3 x\nnew\0", OK OK OK, 0);
	assert_string_equal(server_get(server, "old"), "new");
	assert_int_equal(stat(server_path(server, "old"), &after), 0);
	/* Another file of the same owner and mode. */
	assert_true(after.st_ino != before.st_ino);
	assert_int_equal(after.st_uid, before.st_uid);
	assert_int_equal(after.st_mode, before.st_mode);
	talk(server, "scp -pt old", "T5 0 5 0\nC0660 2 x\nhi\0", OK OK OK OK,
	    0);
	assert_int_equal(stat(server_path(server, "old"), &after), 0);
	assert_int_equal(after.st_mode, S_IFREG | 0660);
	assert_int_equal(after.st_mtim.tv_sec, 5);
}

/* The same where there are no nameless files: nothing private is left. */
static void
atomic_uploads_do_without_proc(void **state)
{
	struct server *server = *state;

	server->lacks_proc = true;
	set_keys(server, "atomic-uploads", "yes", NULL, NULL);
	talk(server, "scp -t .",
	    "C0640 3 a\nnew\0C0640 2 b\nab\1no\nC0640 9 c\nx",
	    OK OK OK OK NO("./b: left out, since it could not be read whole")
		OK,
	    1);
	assert_string_equal(server_get(server, "a"), "new");
	assert_int_equal(unlink(server_path(server, "a")), 0);
	assert_int_equal(rmdir(server_path(server, "")), 0);
	assert_int_equal(mkdir(server_path(server, ""), 0777), 0);
}

static void
modes_are_forced_and_masked(void **state)
{
	struct server *server = *state;

	set_keys(server, "file-mode", "660", "dir-mode", "2750");
	talk(server, "scp -rpt .", "D0700 0 d\nC0644 1 f\nx\0E\n",
	    OK OK OK OK OK, 0);
	talk(server, "scp -rt .", "D0700 0 e\nC0644 1 f\nx\0E\n",
	    OK OK OK OK OK, 0);
	assert_int_equal(scpend_mode(server, "d/f") & 07777, 0660);
	assert_int_equal(scpend_mode(server, "e/f") & 07777, 0660);
	assert_int_equal(scpend_mode(server, "d") & 0777, 0750);
	assert_int_equal(scpend_mode(server, "e") & 0777, 0750);
	set_keys(server, "umask", "027", NULL, NULL);
	talk(server, "scp -rt .", "D0777 0 u\nC0666 1 f\nx\0E\n",
	    OK OK OK OK OK, 0);
	assert_int_equal(scpend_mode(server, "u") & 07777, 0750);
	assert_int_equal(scpend_mode(server, "u/f") & 07777, 0640);
}

static void
a_file_that_is_too_large_is_refused_before_it_is_sent(void **state)
{
	struct server *server = *state;

	set_keys(server, "max-file-size", "3", NULL, NULL);
	talk(server, "scp -t .", "C0644 4 big\nC0644 3 fits\nabc\0",
	    OK NO("./big: File too large: the account allows smaller files "
		  "only") OK OK,
	    1);
	talk(server, "scp -t .", "C0644 9223372036854775807 big\n",
	    OK NO("./big: File too large: the account allows smaller files "
		  "only"),
	    1);
	assert_int_equal(scpend_mode(server, "big"), 0);
	assert_string_equal(server_get(server, "fits"), "abc");
	assert_non_null(
	    strstr(scpend_text(server, "log"), "limit=max-file-size"));
	/* A limit of the machine is met midway: the rest comes, and is left. */
	set_keys(server, NULL, NULL, NULL, NULL);
	server->file_limit = 2000;
	for (int pipes = 0; pipes < 2; pipes++) {
		static char bytes[5000];
		size_t head;

		server->pipes = pipes;
		memset(bytes, 'x', sizeof(bytes));
		head = (size_t)snprintf(bytes, sizeof(bytes), "C0644 4000 m\n");
		bytes[head] = 'x';
		memcpy(bytes + head + 4000, "\0C0644 1 n\ny\0", 13);
		scpend_hears(server, "scp -t .", bytes, head + 4013,
		    BYTES(OK OK NO(
			"./m: File too large: the account allows smaller "
			"files only") OK OK),
		    1);
		assert_int_equal(strlen(server_get(server, "m")), 2000);
		assert_string_equal(server_get(server, "n"), "y");
	}
}

static void
limits_of_a_session_end_it_and_are_told(void **state)
{
	static const struct {
		const char *key, *value, *command, *said, *heard;
	} rows[] = {
		{ "idle-timeout", "1", "scp -t .", "", "" },
		{ "idle-timeout", "1", "scp -t .", "C0644 9 a\nabc", "\0" },
		{ "idle-timeout", "1", "scp -f old", "", "" },
		{ "session-timeout", "1", "scp -t .", "", "" },
		{ "max-session-bytes", "40", "scp -t .", "C0644 90 a\n", "" },
		{ "max-session-bytes", "40", "scp -f big", "\0", "" },
	};
	struct server *server = *state;

	server_put(server, "old", "old");
	server_put(server, "big",
	    "0123456789012345678901234567890123456789012345678901234567890");
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		static struct said said;
		char line[128];
		size_t len = strlen(rows[i].said);
		struct stat st;

		/* A NUL is all that the source wants to hear. */
		len += strcmp(rows[i].command, "scp -f big") == 0;
		set_keys(server, rows[i].key, rows[i].value, NULL, NULL);
		scpend_start(server, rows[i].command);
		assert_true(
		    io_write_all(server->wire.to, rows[i].said, len) == 0);
		scpend_end(server, &said);
		assert_int_equal(said.status, 1);
		snprintf(line, sizeof(line), "(%s)\n", rows[i].key);
		assert_non_null(strstr(scpend_text(server, "err"), line));
		/* In the protocol, too: it ends in the very same words. */
		assert_true(said.len > strlen(line));
		assert_string_equal(said.bytes + said.len - strlen(line), line);
		assert_non_null(memchr(said.bytes, '\2', said.len));
		assert_true(stat(server_path(server, "a"), &st) != 0 ||
			    st.st_size <= 3);
	}
}

/* Without a record nothing is changed, if the policy wants that. */
static void
nothing_is_changed_that_can_not_be_recorded(void **state)
{
	struct server *server = *state;

	set_keys(server, "audit-loss", "refuse", NULL, NULL);
	talk(server, "scp -rt .", "C0644 1 a\nx\0D0755 0 d\nE\n",
	    OK OK OK OK OK, 0);
	server->file_limit = 1;
	/* The first change loses its line; the next one is not made. */
	talk(server, "scp -rt .", "C0644 0 b\n\0D0755 0 e\n",
	    OK OK OK NO("./e: what is done can't be recorded"), 1);
	talk(server, "scp -rt .", "D0755 0 f\nC0644 0 g\n",
	    OK OK NO("./f/g: what is done can't be recorded"), 1);
	assert_int_equal(scpend_mode(server, "f/g"), 0);
	assert_int_equal(scpend_mode(server, "e"), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		SERVER_TEST(create_only_keeps_what_exists),
		SERVER_TEST(no_overwrite_keeps_files_and_metadata),
		SERVER_TEST(write_only_takes_and_tells_nothing),
		SERVER_TEST(atomic_uploads_replace_at_once_or_not_at_all),
		SERVER_TEST(atomic_uploads_do_without_proc),
		SERVER_TEST(modes_are_forced_and_masked),
		SERVER_TEST(
		    a_file_that_is_too_large_is_refused_before_it_is_sent),
		SERVER_TEST(limits_of_a_session_end_it_and_are_told),
		SERVER_TEST(nothing_is_changed_that_can_not_be_recorded),
	};
	struct CMUnitTest twice[2 * sizeof(tests) / sizeof(tests[0])];

	alarm(120);
	server_tests_twice(tests, sizeof(tests) / sizeof(tests[0]), twice);
	return cmocka_run_group_tests(twice, NULL, NULL);
}
