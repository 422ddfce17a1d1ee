/*
 * The SFTP server in a child, over a socketpair, without its jail: a root in
 * a temporary directory, a log beside it. What it answers is asked by the
 * letters of the request table (wire.h).
 */
#ifndef FILESONLY_TESTS_UNIT_SFTPSERVER_H
#define FILESONLY_TESTS_UNIT_SFTPSERVER_H

#include <fcntl.h>
#include <ftw.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <cmocka.h>

#include "child.h"
#include "policy/policy.h"
#include "policy/restrictions.h"
#include "record/record.h"
#include "root/root.h"
#include "session/session.h"
#include "subsys/sftp/serve.h"
#include "wire.h"

struct server {
	char top[64];        /* holds root/ and log; removed by server_remove */
	int ordinary;        /* serve as an ordinary user */
	bool pipes;          /* over two pipes, not over a socketpair */
	bool gate;           /* the program itself, with its jail */
	const char *mode;    /* NULL: read-write */
	bool lacks_proc;     /* as where no /proc is mounted */
	rlim_t file_limit;   /* the machine's RLIMIT_FSIZE; 0: none */
	const char *keys[9]; /* of the policy: name, value, ..., NULL */
	pid_t pid;           /* 0: none runs */
	struct wire wire;
	struct reply reply; /* the last one */
};

static inline int
server_keys(const struct server *server, struct policy *policy)
{
	char room[256];
	struct buf error;

	buf_init(&error, room, sizeof(room));
	for (size_t i = 0; server->keys[i] != NULL; i += 2)
		if (policy_set(policy, server->keys[i], server->keys[i + 1],
			&error) != 0)
			return -1;
	return policy_check(policy, &error);
}

/*
 * In the child: the gate in $BUILD, as an account's key line runs it. It is
 * executed by a descriptor: the account may not reach the source tree. What it
 * says on stderr is in err, beside the log.
 */
static inline int
server_exec(const struct server *server, int program, int in, int out)
{
	char room[9][320], *argv[12];
	int count = 0, err;

	snprintf(room[0], sizeof(room[0]), "%s/err", server->top);
	err = open(room[0], O_WRONLY | O_CREAT | O_TRUNC, 0600);
	if (err < 0 || dup2(in, 0) < 0 || dup2(out, 1) < 0 || dup2(err, 2) < 0)
		return CHILD_FAILED;
	snprintf(room[count], sizeof(room[0]), "filesonly");
	snprintf(room[++count], sizeof(room[0]), "--subsystem=sftp");
	snprintf(room[++count], sizeof(room[0]), "--mode=%s",
	    server->mode == NULL ? "read-write" : server->mode);
	snprintf(room[++count], sizeof(room[0]), "--audit=%s/log", server->top);
	for (size_t i = 0; server->keys[i] != NULL; i += 2)
		snprintf(room[++count], sizeof(room[0]), "--%s=%s",
		    server->keys[i], server->keys[i + 1]);
	snprintf(room[++count], sizeof(room[0]), "%s/root", server->top);
	for (int i = 0; i <= count; i++)
		argv[i] = room[i];
	argv[count + 1] = NULL;
	umask(022);
	unsetenv("SSH_CONNECTION");
	unsetenv("SSH_ORIGINAL_COMMAND");
	fexecve(program, argv, environ);
	return CHILD_FAILED;
}

static inline int
server_program(void)
{
	const char *build = getenv("BUILD");
	char path[PATH_MAX];
	int fd;

	snprintf(path, sizeof(path), "%s/filesonly",
	    build == NULL ? "build/release" : build);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	assert_true(fd >= 0);
	return fd;
}

/* In the child: all that main, run and sftp_run do, but for the jail. */
static inline int
server_child(const struct server *server, int in, int out)
{
	char path[96], room[256];
	struct session session;
	const struct restrictions none = { .rrsync = NULL };
	struct policy policy;
	struct sftp sftp;
	struct root root;
	struct buf error;
	int status;
	struct job job = { .session = &session,
		.policy = &policy,
		.restrictions = &none,
		.root = &root,
		.in = in,
		.out = out };

	umask(022);
	buf_init(&error, room, sizeof(room));
	policy_init(&policy);
	snprintf(path, sizeof(path), "%s/root", server->top);
	if (session_load(&session) != 0 ||
	    policy_set(&policy, "mode",
		server->mode == NULL ? "read-write" : server->mode,
		&error) != 0 ||
	    server_keys(server, &policy) != 0 ||
	    root_open(&root, path, policy.one_file_system) != 0)
		return CHILD_FAILED;
	if (server->lacks_proc)
		auto_close_fd(&root.proc_fd);
	root.verifies = policy.verify == VERIFY_NAME;
	root_bar(&root, &policy.hide, &policy.deny);
	snprintf(path, sizeof(path), "%s/log", server->top);
	job.record = record_open(path, &session);
	if (job.record == NULL)
		return CHILD_FAILED;
	dispatch_open(&sftp, &job);
	status = sftp_serve(&sftp);
	dispatch_close(&sftp);
	record_close(job.record);
	root_close(&root);
	policy_free(&policy);
	return status;
}

/* A fresh directory with an empty root. */
static inline void
server_make(struct server *server)
{
	char path[96];

	*server = (struct server){ .pid = 0 };
	snprintf(server->top, sizeof(server->top), "/tmp/sftp.XXXXXX");
	assert_non_null(mkdtemp(server->top));
	assert_int_equal(chmod(server->top, 0777), 0);
	snprintf(path, sizeof(path), "%s/root", server->top);
	assert_int_equal(mkdir(path, 0777), 0);
	assert_int_equal(chmod(path, 0777), 0);
}

/* Of each pair: the end that is read, the end that is written. */
static inline void
server_streams(bool pipes, int requests[2], int replies[2])
{
	int ends[2];

	if (pipes) {
		assert_int_equal(pipe2(requests, O_CLOEXEC), 0);
		assert_int_equal(pipe2(replies, O_CLOEXEC), 0);
		return;
	}
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0,
			     ends),
	    0);
	requests[0] = replies[1] = ends[0];
	requests[1] = replies[0] = ends[1];
}

/* In the child: a limit that an ordinary user can't raise. */
static inline int
server_limit_files(const struct server *server)
{
	const struct rlimit limit = { server->file_limit, server->file_limit };

	return server->file_limit == 0 ? 0 : setrlimit(RLIMIT_FSIZE, &limit);
}

/* Starts it; nothing is sent yet. */
static inline void
server_spawn(struct server *server)
{
	int program = server->gate ? server_program() : -1;
	int requests[2], replies[2];

	server_streams(server->pipes, requests, replies);
	server->pid = fork();
	assert_true(server->pid >= 0);
	if (server->pid == 0) {
		close(requests[1]);
		close(replies[0]);
		if (server_limit_files(server) != 0 ||
		    child_become(server->ordinary) != 0)
			_exit(CHILD_FAILED);
		_exit(
		    server->gate
			? server_exec(server, program, requests[0], replies[1])
			: server_child(server, requests[0], replies[1]));
	}
	auto_close_fd(&program);
	close(requests[0]);
	close(replies[1]);
	wire_init(&server->wire, replies[0]);
	server->wire.to = requests[1];
}

static inline void
server_hang_up(struct server *server)
{
	close(server->wire.to);
	if (server->pipes)
		close(server->wire.fd);
}

static inline void
server_start(struct server *server)
{
	server_spawn(server);
	assert_true(wire_send_init(&server->wire, PROTOCOL_VERSION));
	wire_reply(&server->wire, &server->reply);
	assert_int_equal(server->reply.type, PACKET_VERSION);
}

/* The client goes away; returns the server's exit status. */
static inline int
server_stop(struct server *server)
{
	int status;

	server_hang_up(server);
	assert_int_equal(waitpid(server->pid, &status, 0), server->pid);
	server->pid = 0;
	return WIFEXITED(status) ? WEXITSTATUS(status)
				 : CHILD_DIED + WTERMSIG(status);
}

static inline int
server_remove_one(const char *path, const struct stat *st, int kind,
    struct FTW *where)
{
	(void)st;
	(void)kind;
	(void)where;
	return remove(path);
}

/* After a failed test, too. */
static inline void
server_remove(struct server *server)
{
	if (server->pid > 0) {
		kill(server->pid, SIGKILL);
		waitpid(server->pid, NULL, 0);
		server_hang_up(server);
	}
	nftw(server->top, server_remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

/* The path of something in the root; valid until the next call but one. */
static inline const char *
server_path(const struct server *server, const char *name)
{
	static char rooms[2][PATH_MAX + 128];
	static unsigned turn;
	char *room = rooms[turn++ % 2];

	snprintf(room, sizeof(rooms[0]), "%s/root/%s", server->top, name);
	return room;
}

static inline void
server_own(const struct server *server, const char *name)
{
	if (server->ordinary && geteuid() == 0)
		assert_int_equal(lchown(server_path(server, name), NOBODY,
				     NOBODY),
		    0);
}

/* A file in the root that belongs to who serves. */
static inline void
server_put(const struct server *server, const char *name, const char *text)
{
	int fd = open(server_path(server, name),
	    O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
	close(fd);
	server_own(server, name);
}

/* Its content (up to 64 KiB), or NULL. */
static inline const char *
server_get(const struct server *server, const char *name)
{
	static char text[65537];
	int fd = open(server_path(server, name), O_RDONLY | O_CLOEXEC);
	ssize_t len;

	if (fd < 0)
		return NULL;
	len = read(fd, text, sizeof(text) - 1);
	close(fd);
	assert_true(len >= 0);
	text[len] = '\0';
	return text;
}

/*
 * Asks and waits for the answer; returns its status, or UINT32_MAX where it is
 * another kind of reply (server->reply). name is an extension's, or NULL.
 */
static inline uint32_t
server_ask(struct server *server, unsigned type, const char *name,
    const char *layout, ...)
{
	va_list args;

	wire_begin(&server->wire, type, name);
	va_start(args, layout);
	wire_add_list(&server->wire, layout, args);
	va_end(args);
	assert_true(wire_send(&server->wire));
	wire_reply(&server->wire, &server->reply);
	assert_int_not_equal(server->reply.type, 0);
	assert_int_equal(server->reply.id, server->wire.id);
	return server->reply.status;
}

/* Opens a file and copies its handle (32 bytes of room). Returns the slice. */
static inline struct slice
server_open(struct server *server, const char *path, uint32_t flags,
    unsigned char room[32])
{
	static const struct attrs none = { .flags = 0 };
	struct slice handle = { room, 0 };

	assert_int_equal(server_ask(server, PACKET_OPEN, NULL, "pua", path,
			     flags, &none),
	    UINT32_MAX);
	assert_int_equal(server->reply.type, PACKET_HANDLE);
	handle.len = wire_u32(server->reply.body);
	assert_true(handle.len > 0 && handle.len <= 32);
	assert_int_equal(server->reply.len, 4 + handle.len);
	memcpy(room, server->reply.body + 4, handle.len);
	return handle;
}

static inline struct slice
server_opendir(struct server *server, const char *path, unsigned char room[32])
{
	struct slice handle = { room, 0 };

	assert_int_equal(server_ask(server, PACKET_OPENDIR, NULL, "p", path),
	    UINT32_MAX);
	assert_int_equal(server->reply.type, PACKET_HANDLE);
	handle.len = wire_u32(server->reply.body);
	assert_true(handle.len > 0 && handle.len <= 32);
	memcpy(room, server->reply.body + 4, handle.len);
	return handle;
}

/*
 * Every test as we are and once more as an ordinary user: fills twice, which
 * holds count tests two times; server_setup makes *state a server of the kind.
 */
static inline void
server_tests_twice(const struct CMUnitTest *tests, size_t count,
    struct CMUnitTest *twice)
{
	static int kinds[] = { 0, 1 };

	for (size_t i = 0; i < 2 * count; i++) {
		twice[i] = tests[i % count];
		twice[i].initial_state = &kinds[i / count];
	}
}

/* For each test: an empty root, and no server yet. */
static inline int
server_setup(void **state)
{
	static struct server server;
	int ordinary = *(const int *)*state;

	server_make(&server);
	server.ordinary = ordinary;
	*state = &server;
	return 0;
}

static inline int
server_teardown(void **state)
{
	server_remove(*state);
	return 0;
}

#define SERVER_TEST(claim) \
	cmocka_unit_test_setup_teardown(claim, server_setup, server_teardown)

#endif
