/*
 * Notified looks at a name, which Landlock does not mediate: the kernel answers
 * those that lead into the root or to a directory above it; what lies elsewhere
 * does not exist. A symlink that is changed between our look and the kernel's
 * can still lead elsewhere.
 */
#include "broker/answer_looks.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/seccomp.h>

#include "broker/act.h"
#include "broker/ancestors.h"
#include "broker/answers.h"
#include "broker/broker.h"

/* Does it lie where the program may look? Else errno is what it gets. */
static bool
broker_may_look(const struct broker *broker, struct act *act)
{
	const struct act_row *row = act->row;
	int dir = row->dir < 0 ? AT_FDCWD : (int)act->args[row->dir];
	int flags = row->flags < 0 ? row->fixed : (int)act->args[row->flags];

	act->fd = tracee_pin(&act->tracee, dir, act->args[row->path],
	    flags & AT_SYMLINK_NOFOLLOW);
	if (act->fd < 0)
		return false;
	if (act_prove(act, act->fd) == 0 ||
	    (broker->ancestors != NULL &&
		ancestors_number(broker->ancestors, act->fd) >= 0))
		return true;
	errno = ENOENT;
	return false;
}

void
broker_answer_look(struct broker *broker)
{
	struct act act = broker_begin(broker);

	if (broker_may_look(broker, &act))
		broker->response->flags = SECCOMP_USER_NOTIF_FLAG_CONTINUE;
	else
		broker->response->error = -errno;
	broker_end(&act);
}
