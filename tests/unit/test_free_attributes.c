/*
 * A file of a free directory that another session moves out, just when this one
 * has looked where it is and is about to set its attributes: by SFTP, and as a
 * program. It stays where it is then, and can leave afterwards.
 */
#include "attacks.h"

#include "brokered.h"
#include "root/own_changes.h"
#include "tick.h"

/* The root in which locks/f leaves before its mode is set; NULL: none. */
static const char *leaving;

int __real_root_chmod_pinned(const struct root *root, int fd, mode_t mode);
int __wrap_root_chmod_pinned(const struct root *root, int fd, mode_t mode);
int __real_fchmod(int fd, mode_t mode);
int __wrap_fchmod(int fd, mode_t mode);

/* A session of create-only, to which nothing that is there is own. */
static int
session_begin(struct own *own, struct root *root, struct policy *policy)
{
	const struct session session = { .uid = geteuid() };
	char room[256];
	struct buf error;

	buf_init(&error, room, sizeof(room));
	policy_init(policy);
	policy->mode = MODE_CREATE_ONLY;
	if (policy_set(policy, "free", "locks", &error) != 0)
		return -1;
	own_init(own, &session, 3600, root);
	own->ignores_births = true;
	own_set_free(own, policy);
	return 0;
}

/* Another session moves the file out: 0, or errno. */
static int
leave(const char *path)
{
	struct relpath from, to;
	struct policy policy;
	struct root root;
	struct own own;
	int error = -1;

	if (root_open(&root, path, false) != 0)
		return -1;
	if (session_begin(&own, &root, &policy) == 0 &&
	    relpath_parse(&from, "locks/f", 7, NULL) == 0 &&
	    relpath_parse(&to, "left", 4, NULL) == 0)
		error =
		    root_own_rename(&root, &from, &to, &own) == 0 ? 0 : errno;
	own_free(&own);
	policy_free(&policy);
	root_close(&root);
	return error;
}

int
__wrap_root_chmod_pinned(const struct root *root, int fd, mode_t mode)
{
	if (leaving != NULL)
		(void)leave(leaving);
	return __real_root_chmod_pinned(root, fd, mode);
}

int
__wrap_fchmod(int fd, mode_t mode)
{
	if (leaving != NULL)
		(void)leave(leaving);
	return __real_fchmod(fd, mode);
}

static int
set_up(void **state)
{
	static struct server server;

	server_make(&server);
	server.mode = "create-only";
	server.keys[0] = "free";
	server.keys[1] = "locks";
	assert_int_equal(mkdir(server_path(&server, "locks"), 0755), 0);
	server_put(&server, "locks/f", "free");
	/* Nothing of it was made while the session lasts. */
	tick_wait();
	leaving = server_path(&server, "");
	*state = &server;
	return 0;
}

static int
tear_down(void **state)
{
	leaving = NULL;
	server_remove(*state);
	return 0;
}

static void
has_mode(const struct server *server, const char *name, mode_t mode)
{
	struct stat st;

	assert_int_equal(stat(server_path(server, name), &st), 0);
	assert_int_equal(st.st_mode & 07777, mode);
}

/* The mode is set where it may be; control: then the file can leave. */
static void
stayed_and_can_leave(const struct server *server, mode_t mode)
{
	assert_int_equal(access(server_path(server, "left"), F_OK), -1);
	has_mode(server, "locks/f", mode);
	assert_int_equal(leave(server_path(server, "")), 0);
	has_mode(server, "left", mode);
}

static void
a_path_whose_mode_sftp_sets_does_not_leave(void **state)
{
	const struct attrs attrs = { .flags = ATTR_PERMISSIONS,
		.permissions = 0600 };
	struct server *server = *state;

	server_start(server);
	assert_int_equal(server_ask(server, PACKET_SETSTAT, NULL, "pa",
			     "locks/f", &attrs),
	    STATUS_OK);
	assert_int_equal(server_stop(server), 0);
	stayed_and_can_leave(server, 0600);
}

/* A handle that was opened to read keeps no file from leaving. */
static void
a_handle_whose_mode_sftp_sets_does_not_leave(void **state)
{
	const struct attrs attrs = { .flags = ATTR_PERMISSIONS,
		.permissions = 0640 };
	struct server *server = *state;
	unsigned char room[32];
	struct slice handle;

	server_start(server);
	assert_int_equal(try_open(server, "locks/f", OPEN_READ, room, &handle),
	    STATUS_OK);
	assert_int_equal(server_ask(server, PACKET_FSETSTAT, NULL, "ha",
			     &handle, &attrs),
	    STATUS_OK);
	assert_int_equal(server_stop(server), 0);
	stayed_and_can_leave(server, 0640);
}

static int
act_set_a_mode(const void *context)
{
	return child_errno(syscall(SYS_fchmodat, AT_FDCWD, context, 0600));
}

static void
what_a_program_sets_the_mode_of_does_not_leave(void **state)
{
	struct server *server = *state;
	struct create_only create_only = { .kept = 0 };
	struct policy policy;
	struct root root;
	const struct brokered how = { .filter = FILTER_PROGRAM_CREATE_ONLY,
		.root = &root,
		.create_only = &create_only };
	char path[PATH_MAX];

	snprintf(path, sizeof(path), "%s", server_path(server, "locks/f"));
	assert_int_equal(root_open(&root, leaving, false), 0);
	assert_int_equal(session_begin(&create_only.own, &root, &policy), 0);
	assert_int_equal(brokered_run(&how, act_set_a_mode, path), 0);
	assert_int_equal(create_only.kept, 0);
	own_free(&create_only.own);
	policy_free(&policy);
	root_close(&root);
	stayed_and_can_leave(server, 0600);
}

#define ATTRIBUTES_TEST(name) \
	cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		ATTRIBUTES_TEST(a_path_whose_mode_sftp_sets_does_not_leave),
		ATTRIBUTES_TEST(a_handle_whose_mode_sftp_sets_does_not_leave),
		ATTRIBUTES_TEST(what_a_program_sets_the_mode_of_does_not_leave),
	};

	return cmocka_run_group_tests_name("free_attributes", tests, NULL,
	    NULL);
}
