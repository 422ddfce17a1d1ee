#include "broker/answers.h"

#include <linux/seccomp.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "broker/broker.h"

struct tracee
broker_caller(struct broker *broker)
{
	return (struct tracee){ (pid_t)broker->request->pid, broker->proc,
		broker->listener, broker->request->id, &broker->pidfds };
}

struct act
broker_begin(struct broker *broker)
{
	const struct seccomp_data *data = &broker->request->data;

	return (struct act){ .tracee = broker_caller(broker),
		.args = (const uint64_t *)data->args,
		.row = act_row_of(data->nr),
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
