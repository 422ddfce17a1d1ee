/*
 * create-only tried to death: whatever a hostile client asks for, bytes, times
 * and modes of what was there stay, and so do its names. The program itself,
 * in its jail.
 */
#include "attacks.h"

static void
nothing_that_was_there_is_changed(void **state)
{
	struct server *server = *state;
	struct seen before;

	server->gate = true;
	make_old(server);
	pass_time(30);
	/* The same in read-write leaves nothing as it was. */
	server_put(server, "victim", old_text);
	server_start(server);
	attack_by_open(server, "victim");
	assert_string_not_equal(server_get(server, "victim"), old_text);
	attack_by_names(server, "victim");
	assert_int_equal(server_stop(server), 0);
	pass_time(30);
	look(server, &before);
	server->mode = "create-only";
	server_start(server);
	attack_by_every_way(server);
	assert_int_equal(server_stop(server), 0);
	all_is_as_before(server, &before);
}

static void
a_session_may_finish_what_it_made(void **state)
{
	struct server *server = *state;
	struct attrs attrs = { .flags = ATTR_ACMODTIME, .mtime = 1000000000 };
	struct stat st;

	server->gate = true;
	server->mode = "create-only";
	server_start(server);
	scribble(server, "part", OPEN_WRITE | OPEN_CREAT);
	scribble(server, "part", OPEN_WRITE | OPEN_TRUNC);
	assert_int_equal(server_ask(server, PACKET_SETSTAT, NULL, "pa", "part",
			     &attrs),
	    STATUS_OK);
	assert_int_equal(two_paths(server, NULL, "part", "whole"), STATUS_OK);
	assert_int_equal(stat(server_path(server, "whole"), &st), 0);
	assert_int_equal(st.st_mtime, 1000000000);
	assert_string_equal(server_get(server, "whole"), "scribbled");
	assert_int_equal(server_stop(server), 0);
	pass_time(30);
	server_start(server);
	assert_int_equal(server_ask(server, PACKET_REMOVE, NULL, "p", "whole"),
	    STATUS_PERMISSION_DENIED);
	assert_int_equal(server_ask(server, PACKET_SETSTAT, NULL, "pa", "whole",
			     &attrs),
	    STATUS_PERMISSION_DENIED);
	assert_int_equal(server_stop(server), 0);
	assert_string_equal(server_get(server, "whole"), "scribbled");
}

/* A session that is held open owns nothing for longer than the window. */
static void
a_session_held_open_waits_for_nobodys_files(void **state)
{
	static struct server other;
	struct server *server = *state;
	unsigned char room[32];
	struct slice handle;
	struct seen before;

	server->gate = true;
	server->mode = "create-only";
	server->keys[0] = "own-window";
	server->keys[1] = "2";
	server_start(server);
	assert_int_equal(try_open(server, "long", OPEN_WRITE | OPEN_CREAT, room,
			     &handle),
	    STATUS_OK);
	/* Meanwhile others save their files. */
	make_old(server);
	other = *server;
	server_start(&other);
	scribble(&other, "others", OPEN_WRITE | OPEN_CREAT);
	assert_int_equal(server_stop(&other), 0);
	scribble(server, "own", OPEN_WRITE | OPEN_CREAT);
	assert_int_equal(two_paths(server, NULL, "own", "owned"), STATUS_OK);
	look(server, &before);
	pass_time(2100);
	attack_by_every_way(server);
	attack(server, "others");
	attack(server, "owned");
	all_is_as_before(server, &before);
	assert_string_equal(server_get(server, "others"), "scribbled");
	assert_string_equal(server_get(server, "owned"), "scribbled");
	/* What is still being written is not lost with the window. */
	assert_int_equal(server_ask(server, PACKET_WRITE, NULL, "hos", &handle,
			     UINT64_C(0), "long upload"),
	    STATUS_OK);
	assert_int_equal(server_ask(server, PACKET_FSETSTAT, NULL, "ha",
			     &handle, &each_attr[3]),
	    STATUS_OK);
	assert_int_equal(server_ask(server, PACKET_CLOSE, NULL, "h", &handle),
	    STATUS_OK);
	assert_string_equal(server_get(server, "long"), "long upload");
	assert_int_equal(server_stop(server), 0);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		SERVER_TEST(nothing_that_was_there_is_changed),
		SERVER_TEST(a_session_may_finish_what_it_made),
		SERVER_TEST(a_session_held_open_waits_for_nobodys_files),
	};
	enum { COUNT = sizeof(tests) / sizeof(*tests) };
	struct CMUnitTest twice[2 * COUNT];

	server_tests_twice(tests, COUNT, twice);
	return cmocka_run_group_tests(twice, NULL, NULL);
}
