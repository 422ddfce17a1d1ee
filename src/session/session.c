/*
 * Finds the account and the client's address. Believes USER only where it
 * names an account with our own uid (account.h), and SSH_CONNECTION only as
 * text for the log.
 */
#include "session/session.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "base/buf.h"
#include "session/account.h"
#include "session/key_claim.h"

/* Copies text whole, or returns false. */
static bool
session_copy_text(char *to, size_t size, const char *text)
{
	size_t len = strlen(text);

	if (len >= size)
		return false;
	memcpy(to, text, len + 1);
	return true;
}

static void
load_account(struct session *session)
{
	not_zeroed struct account account;
	enum account_answer answer =
	    account_find(session->uid, getenv("USER"), &account);
	struct buf number;

	session->home[0] = '/';
	buf_init(&number, session->user, sizeof(session->user));
	buf_add_number(&number, session->uid, 0);
	buf_text(&number);
	session->account_is_unsure = answer == ACCOUNT_UNSURE;
	if (answer != ACCOUNT_FOUND)
		return;
	session->has_account = session_copy_text(session->user,
	    sizeof(session->user), account.name);
	session->home_is_odd = !session_set_home(session, account.home);
	if (!session_copy_text(session->shell, sizeof(session->shell),
		account.shell))
		session->shell[0] = '\0';
}

static const char scope_bytes[] = "abcdefghijklmnopqrstuvwxyz"
				  "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-";

/* The first word of "client-ip port server-ip port", if it looks like one. */
static void
load_address(struct session *session)
{
	const char *connection = getenv("SSH_CONNECTION");
	size_t len;

	session_copy_text(session->address, sizeof(session->address),
	    "unknown");
	session->connected = connection != NULL;
	if (connection == NULL)
		return;
	len = strspn(connection, "0123456789abcdefABCDEF.:");
	/* fe80::1%eth0: the scope is an interface's name. */
	if (connection[len] == '%')
		len += 1 + strspn(connection + len + 1, scope_bytes);
	if (len == 0 || len >= sizeof(session->address) ||
	    connection[len] != ' ')
		return;
	memcpy(session->address, connection, len);
	session->address[len] = '\0';
}

bool
session_set_home(struct session *session, const char *home)
{
	session_copy_text(session->home, sizeof(session->home), "/");
	/* sshd and login(1) take none for "/". */
	return home[0] == '\0' ||
	       (home[0] == '/' && session_copy_text(session->home,
				      sizeof(session->home), home));
}

int
session_load(struct session *session)
{
	unsigned char random[8];
	struct buf id;

	*session = (struct session){ .uid = getuid(), .gid = getgid() };
	if (getrandom(random, sizeof(random), 0) != sizeof(random))
		return -1;
	buf_init(&id, session->id, sizeof(session->id));
	buf_add_hex(&id, random, sizeof(random));
	clock_gettime(CLOCK_REALTIME_COARSE, &session->started);
	clock_gettime(CLOCK_MONOTONIC, &session->started_steady);
	load_account(session);
	load_address(session);
	key_claim_load(getenv("SSH_USER_AUTH"), session->uid,
	    session->key_claim, sizeof(session->key_claim));
	return 0;
}
