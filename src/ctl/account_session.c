/* Asks the name services; needs no rights. */
#include "ctl/account_session.h"

#include <fcntl.h>
#include <grp.h>
#include <pwd.h>
#include <signal.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <time.h>
#include <unistd.h>

#include "base/auto.h"

bool
account_session(const char *name, struct session *session)
{
	const struct passwd *found = getpwnam(name);

	*session = (struct session){ .has_account = true,
		.is_virtual = found == NULL,
		.connected = true,
		.home = "/",
		.address = "unknown",
		.uid = found == NULL ? (uid_t)-2 : found->pw_uid,
		.gid = found == NULL ? (gid_t)-2 : found->pw_gid };
	snprintf(session->user, sizeof(session->user), "%s", name);
	clock_gettime(CLOCK_REALTIME, &session->started);
	clock_gettime(CLOCK_MONOTONIC, &session->started_steady);
	if (found == NULL)
		return false;
	session->home_is_odd = !session_set_home(session, found->pw_dir);
	snprintf(session->shell, sizeof(session->shell), "%s", found->pw_shell);
	return true;
}

/*
 * Lets go of the terminal that we were called at: who has it as his own could
 * type into it (TIOCSTI), and the account's programs are no better than the
 * account.
 */
static int
account_leave_terminal(void)
{
	auto_fd int tty = open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY);

	if (tty < 0)
		return 0; /* there is none */
	/* The first process of a session hangs up by it. */
	signal(SIGHUP, SIG_IGN);
	return ioctl(tty, TIOCNOTTY);
}

/* /proc belongs to who may be dumped: as in a process that began so. */
int
account_become(const struct session *session)
{
	if (geteuid() != 0 || session->uid == 0 || session->is_virtual)
		return 0;
	if (account_leave_terminal() != 0 ||
	    initgroups(session->user, session->gid) != 0 ||
	    setgid(session->gid) != 0 || setuid(session->uid) != 0)
		return -1;
	return prctl(PR_SET_DUMPABLE, 1, 0, 0, 0);
}
