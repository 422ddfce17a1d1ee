/*
 * The kernel lets root and the account's own processes signal the gate, and it
 * alone fills in who did: a siginfo that the sender made (rt_sigqueueinfo(2))
 * has another code, and is passed over.
 */
#include "limits/kick_signal.h"

#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

/* The sender's uid, or -1. For a handler, thus of the whole process. */
static _Atomic int64_t kick_by = -1;

static void
kick_note(int number, siginfo_t *info, void *context)
{
	(void)number;
	(void)context;
	if (info->si_code == SI_USER && kick_by < 0)
		kick_by = info->si_uid;
}

static void
kick_pass_over(int number)
{
	(void)number;
}

int
kick_listen(void)
{
	/* Without SA_RESTART: a read that waits for the client must end. */
	struct sigaction kick = { .sa_sigaction = kick_note,
		.sa_flags = SA_SIGINFO };
	/* A handler, for what is ignored stays so in the program we run. */
	struct sigaction other = { .sa_handler = kick_pass_over,
		.sa_flags = SA_RESTART };

	sigemptyset(&kick.sa_mask);
	sigemptyset(&other.sa_mask);
	return sigaction(SIGUSR1, &other, NULL) != 0
		   ? -1
		   : sigaction(KICK_SIGNAL, &kick, NULL);
}

const char *
kick_heard(void)
{
	return kick_by < 0 ? NULL : "kicked";
}

uid_t
kick_sender(void)
{
	return (uid_t)kick_by;
}
