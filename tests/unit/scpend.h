/*
 * The other end of scp: a whole conversation is sent at once, and what came
 * back is compared byte for byte. The subsystem runs in a child, without its
 * jail, in the root of sftpserver.h.
 */
#ifndef FILESONLY_TESTS_UNIT_SCPEND_H
#define FILESONLY_TESTS_UNIT_SCPEND_H

#include "base/io.h"
#include "sftpserver.h"
#include "subsys/scp/scp.h"
#include "subsys/scp/command_line.h"
#include "subsys/scp/scp_sink.h"
#include "subsys/scp/scp_source.h"

/* A string with NULs in it: its bytes and how many. */
#define BYTES(text) text, sizeof(text) - 1

struct said {
	char bytes[1 << 17];
	size_t len;
	int status; /* of the child */
};

/* In the child: what run does, once the request is allowed. */
static inline int
scpend_serve(struct job *job, const char *command)
{
	const struct terms terms = { .policy = job->policy,
		.restrictions = job->restrictions };
	struct verdict verdict;
	struct request request;
	void *parsed;
	int status;

	request_parse(&request, command);
	if (request.refusal != REFUSE_NOTHING || !scp_claims(&request) ||
	    scp_parse(&terms, &request, &parsed, &verdict) != REFUSE_NOTHING)
		return CHILD_FAILED;
	job->request = &request;
	status = ((struct scp_args *)parsed)->sink ? sink_serve(job, parsed)
						   : source_serve(job, parsed);
	scp_parsed_free(parsed);
	request_free(&request);
	return status;
}

static inline int
scpend_child(const struct server *server, const char *command, int in, int out)
{
	char path[96], room[256];
	const struct restrictions none = { .rrsync = NULL };
	struct session session;
	struct policy policy;
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
	signal(SIGPIPE, SIG_IGN);
	signal(SIGXFSZ, SIG_IGN);
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
	if (policy.umask != MODE_UNSET)
		umask(policy.umask);
	root_bar(&root, &policy.hide, &policy.deny);
	snprintf(path, sizeof(path), "%s/log", server->top);
	job.record = record_open(path, &session);
	snprintf(path, sizeof(path), "%s/err", server->top);
	job.err = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	if (job.record == NULL || job.err < 0)
		return CHILD_FAILED;
	status = scpend_serve(&job, command);
	record_close(job.record);
	root_close(&root);
	policy_free(&policy);
	return status;
}

/* Starts it; wire.to and wire.fd are our ends. */
static inline void
scpend_start(struct server *server, const char *command)
{
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
		_exit(scpend_child(server, command, requests[0], replies[1]));
	}
	close(requests[0]);
	close(replies[1]);
	wire_init(&server->wire, replies[0]);
	server->wire.to = requests[1];
}

/* We have no more to say. */
static inline void
scpend_shut(struct server *server)
{
	if (server->pipes) {
		close(server->wire.to);
		server->wire.to = -1;
	} else {
		assert_int_equal(shutdown(server->wire.to, SHUT_WR), 0);
	}
}

/* What else comes, until the child closes; then its status. */
static inline void
scpend_end(struct server *server, struct said *said)
{
	ssize_t got =
	    io_read_all(server->wire.fd, said->bytes, sizeof(said->bytes));
	int status;

	if (got < 0)
		fail_msg("reading: %s", strerror(errno));
	assert_true((size_t)got < sizeof(said->bytes));
	said->len = (size_t)got;
	said->bytes[got] = '\0';
	close(server->wire.fd);
	if (server->pipes && server->wire.to >= 0)
		close(server->wire.to);
	assert_int_equal(waitpid(server->pid, &status, 0), server->pid);
	server->pid = 0;
	said->status = WIFEXITED(status) ? WEXITSTATUS(status)
					 : CHILD_DIED + WTERMSIG(status);
}

/* Says len bytes and hears the answers to all of them. */
static inline const struct said *
scpend_talk(struct server *server, const char *command, const char *bytes,
    size_t len)
{
	static struct said said;

	scpend_start(server, command);
	(void)!io_write_all(server->wire.to, bytes, len);
	scpend_shut(server);
	scpend_end(server, &said);
	return &said;
}

/* Prints bytes for a person. */
static inline void
scpend_print(const char *what, const char *bytes, size_t len)
{
	print_error("%s: ", what);
	for (size_t i = 0; i < len; i++)
		print_error(bytes[i] >= ' ' && bytes[i] <= '~' ? "%c"
							       : "\\x%02x",
		    (unsigned char)bytes[i]);
	print_error("\n");
}

/* The whole conversation, and the status that it ends with. */
static inline void
scpend_hears(struct server *server, const char *command, const char *bytes,
    size_t len, const char *wanted, size_t wanted_len, int status)
{
	const struct said *said = scpend_talk(server, command, bytes, len);

	if (said->len == wanted_len &&
	    memcmp(said->bytes, wanted, wanted_len) == 0 &&
	    said->status == status)
		return;
	scpend_print("said", bytes, len);
	scpend_print("heard", said->bytes, said->len);
	scpend_print("wanted", wanted, wanted_len);
	fail_msg("%s: status %d, wanted %d", command, said->status, status);
}

/* Files of the test beside the root, read whole. */
static inline const char *
scpend_text(const struct server *server, const char *name)
{
	static char path[96], text[65537];
	ssize_t len;
	int fd;

	snprintf(path, sizeof(path), "%s/%s", server->top, name);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	assert_true(fd >= 0);
	len = io_read_all(fd, text, sizeof(text) - 1);
	close(fd);
	assert_true(len >= 0);
	text[len] = '\0';
	return text;
}

/* The mode of what has the name itself, or 0 where nothing has it. */
static inline mode_t
scpend_mode(const struct server *server, const char *name)
{
	struct stat st;

	return lstat(server_path(server, name), &st) == 0 ? st.st_mode : 0;
}

#endif
