#include "broker/answers.h"

#include <linux/seccomp.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "broker/broker.h"

/* Which memory a call needs beside its first path. */
static void
broker_look_ahead(struct tracee_ahead *ahead, const struct act_row *row,
    const uint64_t *args)
{
	ahead->wanted = ahead->copied = 0;
	if (row == NULL)
		return;
	if (row->take == act_take_times && args[row->what] != 0) {
		ahead->from = args[row->what];
		ahead->wanted = sizeof(struct timespec[2]);
	} else if (row->run == act_rename) {
		ahead->from = args[row->dir < 0 ? row->what : row->what + 1];
		ahead->wanted = sizeof(ahead->bytes);
	}
}

struct act
broker_begin(struct broker *broker)
{
	const struct seccomp_notif *request = broker->request;
	const uint64_t *args = (const uint64_t *)request->data.args;
	const struct act_row *row = act_row_of(request->data.nr);

	broker_look_ahead(&broker->ahead, row, args);
	return (struct act){ .tracee = { .pid = (pid_t)request->pid,
				 .proc = broker->proc,
				 .listener = broker->listener,
				 .id = request->id,
				 .pidfds = &broker->pidfds,
				 .ahead = &broker->ahead },
		.args = args,
		.row = row,
		.root = broker->root,
		.create_only = broker->create_only,
		.attributes = broker->attributes,
		.restores = broker->restores,
		.fd = -1,
		.held = -1,
		.made = { .parent = -1 } };
}

void
broker_end(struct act *act)
{
	auto_close_fd(&act->fd);
	auto_close_fd(&act->held);
	auto_free_memory(&act->value);
	tracee_name_close(&act->made);
}

/* Requests that fit in no int, which is all that musl's ioctl takes. */
long
broker_ask_listener(const struct broker *broker, unsigned long request,
    void *with)
{
	return syscall(SYS_ioctl, broker->listener, request, with);
}
