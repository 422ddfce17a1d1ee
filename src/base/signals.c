/* Both survive execve: ignored signals and the mask (signal(7)). */
#include "base/signals.h"

#include <signal.h>
#include <stddef.h>

int
signals_reset(void)
{
	sigset_t none;

	for (int number = 1; number < NSIG; number++) {
		/* Two can't be changed, some are libc's own. */
		if (signal(number, SIG_DFL) == SIG_ERR)
			continue;
	}
	sigemptyset(&none);
	return sigprocmask(SIG_SETMASK, &none, NULL);
}
