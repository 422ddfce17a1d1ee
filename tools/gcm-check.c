/*
 * Does this machine's libssh refuse a packet of AES-GCM in which a bit was
 * flipped? Releases before 0.11.5 and 0.12.1 took it (CVE-2026-59847), and a
 * distribution's own fix does not show in the version. So a server and a
 * client are run, with a relay between that flips one bit after the key
 * exchange. Prints a header; ends with 0 whatever the answer is.
 */
#include <libssh/callbacks.h>
#include <libssh/libssh.h>
#include <libssh/server.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
	SECONDS = 20,
	IGNORED = 2000, /* bytes of a packet that means nothing */
	PACKETS = 20,
	REFUSED = 0,
	TAKEN = 1,
	BROKEN = 2,
};

static const char cipher[] = "aes256-gcm@openssh.com";

static int
deny(ssh_session session, const char *user, void *unused)
{
	(void)session;
	(void)user;
	(void)unused;
	return SSH_AUTH_DENIED;
}

/* Answers until the client has gone, or sends what can't be. */
static int
serve(int fd)
{
	struct ssh_server_callbacks_struct callbacks = { .auth_none_function =
							     deny };
	bool no = false;
	ssh_session session = ssh_new();
	ssh_bind bind = ssh_bind_new();
	ssh_event event = ssh_event_new();
	ssh_key key = NULL;
	int result = SSH_OK;

	ssh_callbacks_init(&callbacks);
	if (session == NULL || bind == NULL || event == NULL ||
	    ssh_pki_generate(SSH_KEYTYPE_ED25519, 0, &key) != SSH_OK ||
	    ssh_bind_options_set(bind, SSH_BIND_OPTIONS_PROCESS_CONFIG, &no) !=
		SSH_OK ||
	    ssh_bind_options_set(bind, SSH_BIND_OPTIONS_IMPORT_KEY, key) !=
		SSH_OK ||
	    ssh_bind_options_set(bind, SSH_BIND_OPTIONS_CIPHERS_C_S, cipher) !=
		SSH_OK ||
	    ssh_bind_options_set(bind, SSH_BIND_OPTIONS_CIPHERS_S_C, cipher) !=
		SSH_OK ||
	    ssh_bind_accept_fd(bind, session, fd) != SSH_OK ||
	    ssh_set_server_callbacks(session, &callbacks) != SSH_OK ||
	    ssh_handle_key_exchange(session) != SSH_OK ||
	    ssh_event_add_session(event, session) != SSH_OK)
		return BROKEN;
	while (result != SSH_ERROR && ssh_is_connected(session) &&
	       (ssh_get_status(session) & SSH_CLOSED_ERROR) == 0)
		result = ssh_event_dopoll(event, 1000);
	return 0;
}

/* Sends what means nothing, then asks something. */
static int
speak(int fd)
{
	ssh_session session = ssh_new();
	char nothing[IGNORED + 1];
	bool no = false;

	memset(nothing, 'x', IGNORED);
	nothing[IGNORED] = '\0';
	if (session == NULL ||
	    ssh_options_set(session, SSH_OPTIONS_HOST, "check") != SSH_OK ||
	    ssh_options_set(session, SSH_OPTIONS_PROCESS_CONFIG, &no) !=
		SSH_OK ||
	    ssh_options_set(session, SSH_OPTIONS_CIPHERS_C_S, cipher) !=
		SSH_OK ||
	    ssh_options_set(session, SSH_OPTIONS_CIPHERS_S_C, cipher) !=
		SSH_OK ||
	    ssh_options_set(session, SSH_OPTIONS_FD, &fd) != SSH_OK ||
	    ssh_connect(session) != SSH_OK)
		return BROKEN;
	for (int i = 0; i < PACKETS; i++) {
		if (ssh_send_ignore(session, nothing) != SSH_OK)
			return REFUSED;
	}
	return ssh_userauth_none(session, "check") == SSH_AUTH_DENIED ? TAKEN
								      : REFUSED;
}

/* Carries bytes both ways; flips a bit of the client's byte number at. */
static void
relay(int client, int server, size_t at)
{
	struct pollfd ready[] = { { client, POLLIN, 0 },
		{ server, POLLIN, 0 } };
	unsigned char bytes[4096];
	size_t seen = 0;

	while (poll(ready, 2, SECONDS * 1000) > 0) {
		for (int i = 0; i < 2; i++) {
			ssize_t got;

			if (ready[i].revents == 0)
				continue;
			got = read(ready[i].fd, bytes, sizeof(bytes));
			if (got <= 0)
				return;
			if (i == 0 && at >= seen && at < seen + (size_t)got)
				bytes[at - seen] ^= 1;
			if (i == 0)
				seen += (size_t)got;
			if (write(ready[1 - i].fd, bytes, (size_t)got) != got)
				return;
		}
	}
}

/* Returns whether the server took what the client sent. */
static int
run(size_t at)
{
	int left[2], right[2], status = 0;
	pid_t client, server;

	if (socketpair(AF_UNIX, SOCK_STREAM, 0, left) != 0 ||
	    socketpair(AF_UNIX, SOCK_STREAM, 0, right) != 0)
		return BROKEN;
	client = fork();
	if (client == 0) {
		alarm(SECONDS);
		close(left[0]);
		close(right[0]);
		close(right[1]);
		_exit(speak(left[1]));
	}
	server = fork();
	if (server == 0) {
		alarm(SECONDS);
		close(left[0]);
		close(left[1]);
		close(right[0]);
		_exit(serve(right[1]));
	}
	close(left[1]);
	close(right[1]);
	relay(left[0], right[0], at);
	close(left[0]);
	close(right[0]);
	if (client < 0 || server < 0 || waitpid(server, NULL, 0) < 0 ||
	    waitpid(client, &status, 0) < 0)
		return BROKEN;
	return WIFEXITED(status) ? WEXITSTATUS(status) : BROKEN;
}

int
main(void)
{
	/* The key exchange takes some 2 KiB of the client's; then packets. */
	const size_t in_a_packet = 12 * IGNORED;
	/* Who refuses hangs up on the relay. */
	bool good = signal(SIGPIPE, SIG_IGN) != SIG_ERR &&
		    run(SIZE_MAX) == TAKEN && run(in_a_packet) == REFUSED;

	printf("/* Made by tools/gcm-check.c; do not edit. */\n%s",
	    good ? "#define LIBSSH_GCM_FIXED 1\n" : "");
	return 0;
}
