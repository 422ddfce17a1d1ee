/*
 * What the requests of version 3 that make, move, remove and resolve names do
 * and answer, good and bad, as clients rely on it.
 */
#include "sftpserver.h"

static const struct attrs none = { .flags = 0 };

#define REPLIED_WITH(server, kind) \
	((server)->reply.status == UINT32_MAX && (server)->reply.type == (kind))

static void
names_are_made_moved_and_removed(void **state)
{
	struct server *server = *state;
	struct stat st;

	server_put(server, "f", "content");
	server_put(server, "g", "other");
	server_start(server);
#define ASK1(type, a) server_ask(server, (type), NULL, "p", (a))
#define ASK2(type, a, b) server_ask(server, (type), NULL, "pp", (a), (b))
#define MKDIR(path) server_ask(server, PACKET_MKDIR, NULL, "pa", (path), &none)
	assert_int_equal(MKDIR("d"), STATUS_OK);
	assert_int_equal(stat(server_path(server, "d"), &st), 0);
	assert_int_equal(st.st_mode, S_IFDIR | 0755);
	/* mkdir -p of clients wants these two. */
	assert_int_equal(MKDIR("d"), STATUS_FAILURE);
	assert_int_equal(MKDIR("no/d"), STATUS_NO_SUCH_FILE);
	assert_int_equal(ASK1(PACKET_REMOVE, "d"), STATUS_FAILURE);
	assert_int_equal(ASK1(PACKET_RMDIR, "f"), STATUS_NO_SUCH_FILE);
	/* RENAME never overwrites, not even an empty directory. */
	assert_int_equal(ASK2(PACKET_RENAME, "f", "g"), STATUS_FAILURE);
	assert_int_equal(ASK2(PACKET_RENAME, "f", "d"), STATUS_FAILURE);
	assert_string_equal(server_get(server, "g"), "other");
	assert_int_equal(ASK2(PACKET_RENAME, "f", "d/f"), STATUS_OK);
	assert_string_equal(server_get(server, "d/f"), "content");
	assert_null(server_get(server, "f"));
	assert_int_equal(ASK2(PACKET_RENAME, "f", "x"), STATUS_NO_SUCH_FILE);
	assert_int_equal(ASK1(PACKET_RMDIR, "d"), STATUS_FAILURE);
	/* posix-rename does. */
	assert_int_equal(server_ask(server, PACKET_EXTENDED,
			     "posix-rename@openssh.com", "pp", "d/f", "g"),
	    STATUS_OK);
	assert_string_equal(server_get(server, "g"), "content");
	assert_int_equal(ASK1(PACKET_RMDIR, "d"), STATUS_OK);
	assert_int_equal(ASK1(PACKET_RMDIR, "d"), STATUS_NO_SUCH_FILE);
	assert_int_equal(ASK1(PACKET_REMOVE, "g"), STATUS_OK);
	assert_int_equal(ASK1(PACKET_REMOVE, "g"), STATUS_NO_SUCH_FILE);
	/* The root itself is no name. */
	assert_int_equal(ASK1(PACKET_RMDIR, "."), STATUS_FAILURE);
	assert_int_equal(ASK1(PACKET_RMDIR, "/"), STATUS_FAILURE);
	assert_int_equal(server_stop(server), 0);
	assert_int_equal(stat(server_path(server, "."), &st), 0);
#undef MKDIR
}

/* NAME with one name, twice, and no attributes. */
static void
expect_name(const struct server *server, const char *name)
{
	size_t len = strlen(name);

	assert_true(REPLIED_WITH(server, PACKET_NAME));
	assert_int_equal(server->reply.len, 4 + 2 * (4 + len) + 4);
	assert_int_equal(wire_u32(server->reply.body), 1);
	assert_int_equal(wire_u32(server->reply.body + 4), len);
	assert_memory_equal(server->reply.body + 8, name, len);
	assert_memory_equal(server->reply.body + 12 + len, name, len);
	assert_int_equal(wire_u32(server->reply.body + 12 + 2 * len), 0);
}

static void
links_are_made_in_openssh_s_order(void **state)
{
	struct server *server = *state;
	char text[64];
	ssize_t len;
	struct stat st;

	server_put(server, "f", "content");
	server_start(server);
	assert_int_equal(server_ask(server, PACKET_SYMLINK, NULL, "tp",
			     "../any text", "l"),
	    STATUS_OK);
	len = readlink(server_path(server, "l"), text, sizeof(text));
	assert_int_equal(len, 11);
	assert_memory_equal(text, "../any text", 11);
	assert_int_equal(server_ask(server, PACKET_SYMLINK, NULL, "tp", "x",
			     "l"),
	    STATUS_FAILURE);
	ASK1(PACKET_READLINK, "l");
	expect_name(server, "../any text");
	assert_int_equal(ASK1(PACKET_READLINK, "f"), STATUS_BAD_MESSAGE);
	assert_int_equal(ASK1(PACKET_READLINK, "no"), STATUS_NO_SUCH_FILE);
	assert_int_equal(server_ask(server, PACKET_EXTENDED,
			     "hardlink@openssh.com", "pp", "f", "h"),
	    STATUS_OK);
	assert_int_equal(stat(server_path(server, "f"), &st), 0);
	assert_int_equal(st.st_nlink, 2);
	/* A symlink itself is linked. */
	assert_int_equal(server_ask(server, PACKET_EXTENDED,
			     "hardlink@openssh.com", "pp", "l", "hl"),
	    STATUS_OK);
	assert_int_equal(lstat(server_path(server, "hl"), &st), 0);
	assert_true(S_ISLNK(st.st_mode));
	assert_int_equal(server_ask(server, PACKET_EXTENDED,
			     "hardlink@openssh.com", "pp", "f", "h"),
	    STATUS_FAILURE);
	assert_int_equal(server_stop(server), 0);
}

static void
realpath_lets_the_last_component_be_missing(void **state)
{
	static const struct {
		const char *asked, *told; /* NULL: no such file */
	} rows[] = { { "", "/" }, { ".", "/" }, { "..", "/" },
		{ "../../x", "/x" }, { "d/../f", "/f" }, { "/f", "/f" },
		{ "f/", "/f" }, { "//d//", "/d" }, { "d/.", "/d" },
		{ "new", "/new" }, { "d/new", "/d/new" }, { "no/new", NULL },
		{ "no/../f", NULL }, { "f/x", NULL }, { "l", "/d" },
		{ "l/x", "/d/x" }, { "loop", NULL }, { "~", "/~" } };
	struct server *server = *state;

	server_put(server, "f", "content");
	assert_int_equal(mkdir(server_path(server, "d"), 0777), 0);
	assert_int_equal(symlink("/d", server_path(server, "l")), 0);
	assert_int_equal(symlink("loop", server_path(server, "loop")), 0);
	server_start(server);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		uint32_t status = ASK1(PACKET_REALPATH, rows[i].asked);

		if (rows[i].told == NULL)
			assert_int_equal(status, STATUS_NO_SUCH_FILE);
		else
			expect_name(server, rows[i].told);
	}
	assert_int_equal(server_stop(server), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		SERVER_TEST(names_are_made_moved_and_removed),
		SERVER_TEST(links_are_made_in_openssh_s_order),
		SERVER_TEST(realpath_lets_the_last_component_be_missing),
	};
	enum { COUNT = sizeof(tests) / sizeof(tests[0]) };
	struct CMUnitTest twice[2 * COUNT];

	server_tests_twice(tests, COUNT, twice);
	return cmocka_run_group_tests(twice, NULL, NULL);
}
