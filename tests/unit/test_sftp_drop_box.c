/*
 * What a drop box (write-only) tells of what lies in it: that a name is there,
 * its size, mode and times. No name that the client has not named itself.
 */
#include "sftpserver.h"

/* The names of the paths below that a client can't know. */
static const char *const secrets[] = { "hidden", "inner" };

static void
make_box(struct server *server)
{
	static const char *const directories[] = { "hidden", "hidden/inner",
		"d" };
	static const char *const links[][2] = { { "hidden/inner/f", "link" },
		{ "/hidden/inner", "way" }, { "hidden/none", "dangling" },
		{ "../hidden/inner", "d/up" } };

	for (size_t i = 0; i < 3; i++) {
		assert_int_equal(mkdir(server_path(server, directories[i]),
				     0755),
		    0);
		server_own(server, directories[i]);
	}
	server_put(server, "hidden/inner/f", "text");
	server_put(server, "hidden/g", "other text");
	server_put(server, "d/f", "text");
	for (size_t i = 0; i < 4; i++) {
		assert_int_equal(symlink(links[i][0],
				     server_path(server, links[i][1])),
		    0);
		server_own(server, links[i][1]);
	}
}

static bool
tells_secret(const struct server *server)
{
	for (size_t i = 0; i < sizeof(secrets) / sizeof(secrets[0]); i++)
		if (memmem(server->reply.body, server->reply.len, secrets[i],
			strlen(secrets[i])) != NULL)
			return true;
	return false;
}

static const char *
real_path(struct server *server, unsigned type, const char *path)
{
	static char text[PATH_MAX];
	const char *name =
	    type == PACKET_EXTENDED ? "expand-path@openssh.com" : NULL;
	size_t len;

	assert_int_equal(server_ask(server, type, name,
			     type == PACKET_EXTENDED ? "s" : "p", path),
	    UINT32_MAX);
	assert_int_equal(server->reply.type, PACKET_NAME);
	len = wire_u32(server->reply.body + 4);
	assert_true(len < sizeof(text));
	memcpy(text, server->reply.body + 8, len);
	text[len] = '\0';
	return text;
}

static const struct {
	const char *asked, *elsewhere, *here;
} paths[] = {
	{ ".", "/", "/" },
	{ "", "/", "/" },
	{ "../..", "/", "/" },
	{ "d", "/d", "/d" },
	{ "d/", "/d", "/d" },
	{ "//d/./f", "/d/f", "/d/f" },
	{ "d/../d/f", "/d/f", "/d/f" },
	{ "new", "/new", "/new" },
	{ "d/new", "/d/new", "/d/new" },
	{ "link", "/hidden/inner/f", "/link" },
	{ "way", "/hidden/inner", "/way" },
	{ "way/", "/hidden/inner", "/way" },
	{ "way/f", "/hidden/inner/f", "/way/f" },
	{ "way/new", "/hidden/inner/new", "/way/new" },
	{ "d/up/./f", "/hidden/inner/f", "/d/up/f" },
	/* ".." is the target's: the answer must mean the same file. */
	{ "way/../g", "/hidden/g", "/way/../g" },
	{ "dangling", "/hidden/none", "/dangling" },
};

static void
a_drop_box_tells_no_target_of_a_symlink(void **state)
{
	struct server *server = *state;

	make_box(server);
	for (int box = 0; box < 2; box++) {
		server->mode = box ? "write-only" : "read-write";
		server_start(server);
		for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
			const char *expected =
			    box ? paths[i].here : paths[i].elsewhere;

			assert_string_equal(real_path(server, PACKET_REALPATH,
						paths[i].asked),
			    expected);
			assert_string_equal(real_path(server, PACKET_EXTENDED,
						paths[i].asked),
			    expected);
			if (box)
				assert_false(tells_secret(server));
		}
		assert_int_equal(server_stop(server), 0);
	}
}

/* A client goes on with the path that it was given. */
static void
the_path_that_a_drop_box_tells_means_the_same_file(void **state)
{
	struct server *server = *state;
	struct stat st;

	make_box(server);
	server->mode = "write-only";
	server_start(server);
	assert_int_equal(server_ask(server, PACKET_STAT, NULL, "p",
			     real_path(server, PACKET_REALPATH, "way/../g")),
	    UINT32_MAX);
	assert_int_equal(server->reply.type, PACKET_ATTRS);
	assert_int_equal(stat(server_path(server, "hidden/g"), &st), 0);
	assert_int_equal(wire_u32(server->reply.body + 8), st.st_size);
	/* What can't be resolved still fails. */
	assert_int_equal(server_ask(server, PACKET_REALPATH, NULL, "p",
			     "none/new"),
	    STATUS_NO_SUCH_FILE);
	assert_int_equal(server_ask(server, PACKET_REALPATH, NULL, "p",
			     "link/new"),
	    STATUS_NO_SUCH_FILE);
	assert_int_equal(server_stop(server), 0);
}

/* Each request that answers with names, on a symlink and on a directory. */
static uint32_t
ask_names(struct server *server, int way)
{
	switch (way) {
	case 0:
		return server_ask(server, PACKET_READLINK, NULL, "p", "way");
	case 1:
		return server_ask(server, PACKET_OPENDIR, NULL, "p", ".");
	case 2:
		return server_ask(server, PACKET_REALPATH, NULL, "p", "way");
	case 3:
		return server_ask(server, PACKET_EXTENDED,
		    "expand-path@openssh.com", "s", "~/way");
	case 4:
		return server_ask(server, PACKET_STAT, NULL, "p", "way");
	case 5:
		return server_ask(server, PACKET_LSTAT, NULL, "p", "way");
	case 6:
		return server_ask(server, PACKET_SYMLINK, NULL, "tp", "x",
		    "way");
	case 7:
		return server_ask(server, PACKET_RENAME, NULL, "pp", "d",
		    "way");
	case 8:
		return server_ask(server, PACKET_RMDIR, NULL, "p", "way/..");
	default:
		return UINT32_MAX - 1;
	}
}

static void
no_answer_of_a_drop_box_names_what_the_client_has_not_named(void **state)
{
	int told[2] = { 0, 0 };
	struct server *server = *state;

	make_box(server);
	for (int box = 0; box < 2; box++) {
		server->mode = box ? "write-only" : "read-write";
		server_start(server);
		for (int way = 0; ask_names(server, way) != UINT32_MAX - 1;
		     way++)
			told[box] += tells_secret(server);
		assert_int_equal(server_stop(server), 0);
	}
	assert_int_equal(told[0], 3);
	assert_int_equal(told[1], 0);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		SERVER_TEST(a_drop_box_tells_no_target_of_a_symlink),
		SERVER_TEST(the_path_that_a_drop_box_tells_means_the_same_file),
		SERVER_TEST(
		    no_answer_of_a_drop_box_names_what_the_client_has_not_named),
	};
	enum { COUNT = sizeof(tests) / sizeof(*tests) };
	struct CMUnitTest twice[2 * COUNT];

	server_tests_twice(tests, COUNT, twice);
	return cmocka_run_group_tests(twice, NULL, NULL);
}
