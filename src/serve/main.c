/*
 * filesonlyd: an SSH server for the gate and nothing else. Sees to its keys,
 * its place and its account, then listens. Trusts its command line, which is
 * the administrator's, and nothing of the environment but NOTIFY_SOCKET.
 */
#include <errno.h>
#include <grp.h>
#include <limits.h>
#include <pwd.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <syslog.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/io.h"
#include "serve/accounts.h"
#include "serve/host_keys.h"
#include "serve/listener.h"
#include "serve/ping.h"
#include "serve/ready.h"
#include "serve/rehearsal.h"
#include "serve/server_log.h"
#include "serve/server_options.h"
#include "serve/server_paths.h"
#include "serve/transport.h"

enum { STATUS_FAILED = 1, STATUS_USAGE = 2 };

/* One line on stderr; returns status. */
static int
say(const char *text, int status)
{
	char room[2048];
	struct buf line;

	buf_init(&line, room, sizeof(room) - 1);
	buf_addf(&line, "filesonlyd: %s\n", text);
	if (io_write_all(STDERR_FILENO, line.bytes, line.len) != 0)
		return status;
	return status;
}

static int
print_text(const struct buf *text)
{
	return io_write_all(STDOUT_FILENO, text->bytes, text->len) == 0
		   ? 0
		   : STATUS_FAILED;
}

static int
print_help(void)
{
	char room[8192];
	struct buf text;

	buf_init(&text, room, sizeof(room));
	server_options_help(&text);
	return print_text(&text);
}

static int
print_version(void)
{
	char room[256];
	struct buf text;

	buf_init(&text, room, sizeof(room));
	buf_add_text(&text, "filesonlyd " FILESONLY_VERSION "\n");
	transport_tell_library(&text);
	buf_add_text(&text, "\n");
	return print_text(&text);
}

/* A known state, as the gate's. */
static int
sanitize(void)
{
	const struct rlimit none = { 0, 0 };

	if (fd_ensure_standard() != 0 || fd_close_from(3) != 0 ||
	    setrlimit(RLIMIT_CORE, &none) != 0)
		return -1;
	return signal(SIGPIPE, SIG_IGN) == SIG_ERR ||
		       signal(SIGCHLD, SIG_DFL) == SIG_ERR
		   ? -1
		   : 0;
}

/* The program "filesonly" beside our own. Returns 0, or -1 with why. */
static int
find_gate(char path[PATH_MAX], struct buf *why)
{
	static const char name[] = "/filesonly";
	ssize_t len = readlink("/proc/self/exe", path, PATH_MAX - 1);
	char *slash;

	if (len > 0)
		path[len] = '\0';
	slash = len > 0 ? strrchr(path, '/') : NULL;
	if (slash == NULL || (size_t)(slash - path) + sizeof(name) > PATH_MAX) {
		buf_add_text(why, "/proc does not tell where filesonly is");
		return -1;
	}
	memcpy(slash, name, sizeof(name));
	if (access(path, X_OK) == 0)
		return 0;
	buf_addf(why, "%s: %s", path, strerror(errno));
	return -1;
}

/* Root never serves: it becomes somebody, or nobody is served. */
static int
become_user(const struct server_options *options, struct buf *why)
{
	const struct passwd *user;

	if (geteuid() != 0) {
		if (options->user == NULL)
			return 0;
		buf_add_text(why, "--user is for root");
		return -1;
	}
	if (options->user == NULL) {
		buf_add_text(why,
		    "this server does not run as root; say --user=NAME");
		return -1;
	}
	user = getpwnam(options->user);
	if (user == NULL || user->pw_uid == 0) {
		buf_addf(why, "--user=%s: no account, or root's",
		    options->user);
		return -1;
	}
	if (initgroups(user->pw_name, user->pw_gid) != 0 ||
	    setresgid(user->pw_gid, user->pw_gid, user->pw_gid) != 0 ||
	    setresuid(user->pw_uid, user->pw_uid, user->pw_uid) != 0 ||
	    setuid(0) == 0) {
		buf_addf(why, "--user=%s: %s", options->user, strerror(errno));
		return -1;
	}
	return 0;
}

static int
check_files(const struct server_options *options, const struct server_log *log,
    struct buf *why)
{
	const char *file = options->config == NULL ? options->authorized_keys
						   : options->config;
	const char *wrong;

	for (size_t i = 0; i < options->host_key_count; i++) {
		if (host_key_see_to(options->host_keys[i], log, why) != 0)
			return -1;
		if (options->config == NULL)
			host_key_warn_of_root(options->host_keys[i],
			    options->root, log);
	}
	wrong = accounts_check_file(file);
	if (wrong == NULL)
		return 0;
	buf_addf(why, "%s: %s", file, wrong);
	return -1;
}

static void
tell_no_rehearsal(const struct server_log *log)
{
	struct log_line line;

	log_begin(&line, log, LOG_NOTICE, "rehearsal");
	log_text(&line, "because",
	    "the SSH library can't log in to itself: connections begin slower");
	log_end(&line);
}

static int
serve(struct server_options *options)
{
	char room[1536], gate[PATH_MAX];
	struct listener *listener;
	struct server_log log;
	struct buf why;

	buf_init(&why, room, sizeof(room) - 1);
	server_log_open(&log, options);
	/* Each connection inherits what the library sets up, and no more of
	 * it runs here but for host keys. */
	if (transport_prepare() != 0)
		return say("the SSH library is older than 0.10.6",
		    STATUS_FAILED);
	if (rehearse() != 0)
		tell_no_rehearsal(&log);
	if (find_gate(gate, &why) != 0)
		return say(buf_text(&why), STATUS_FAILED);
	/* Ports below 1024 are bound before root becomes somebody. */
	listener = listener_open(options, &log, &why);
	if (listener == NULL || become_user(options, &why) != 0 ||
	    server_paths_settle(options, &why) != 0 ||
	    check_files(options, &log, &why) != 0)
		return say(buf_text(&why), STATUS_FAILED);
	return listener_run(listener, gate) == 0 ? 0 : STATUS_FAILED;
}

int
main(int argc, char **argv)
{
	struct server_options options;
	char room[1024];
	struct buf error;

	buf_init(&error, room, sizeof(room) - 1);
	if (sanitize() != 0)
		return say("can't start", STATUS_FAILED);
	ready_prepare();
	if (server_options_parse(&options, argc, argv, &error) != 0)
		return say(buf_text(&error), STATUS_USAGE);
	switch (options.task) {
	case SERVER_HELP:
		return print_help();
	case SERVER_VERSION:
		return print_version();
	case SERVER_PING:
		return ping_server(options.ping, &error) == 0
			   ? 0
			   : say(buf_text(&error), STATUS_FAILED);
	case SERVER_RUN:
		break;
	}
	return serve(&options);
}
