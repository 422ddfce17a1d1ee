/* Bounds, then Landlock with no rule at all, then an allow-list of calls. */
#include "serve/sandbox.h"

#include <errno.h>
#include <sys/prctl.h>
#include <sys/resource.h>

#include "confine/caps.h"
#include "confine/filter.h"
#include "confine/landlock.h"

static int
set_bounds(void)
{
	const struct rlimit none = { 0, 0 }, few = { 128, 128 };

	if (setrlimit(RLIMIT_CORE, &none) != 0 ||
	    setrlimit(RLIMIT_FSIZE, &none) != 0 ||
	    setrlimit(RLIMIT_NOFILE, &few) != 0)
		return -1;
#ifndef __SANITIZE_ADDRESS__
	const struct rlimit memory = { 256 << 20, 256 << 20 };

	if (setrlimit(RLIMIT_AS, &memory) != 0)
		return -1;
#endif
	return 0;
}

int
sandbox_enter(void)
{
	int abi = landlock_abi();

	if (set_bounds() != 0)
		return -1;
	if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) != 0 ||
	    caps_reduce(CAPS_NONE) != 0)
		return -1;
	if (abi > 0 && landlock_restrict(NULL, 0, abi) != 0)
		return -1;
	return filter_load(FILTER_NETWORK);
}
