/*
 * A child under a program's real filter makes calls, and the broker in this
 * process answers them. What it does is seen in the file system.
 */
#ifndef FILESONLY_TESTS_UNIT_BROKERED_H
#define FILESONLY_TESTS_UNIT_BROKERED_H

#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <sys/socket.h>
#include <cmocka.h>

#include "base/fdpass.h"
#include "broker/broker.h"
#include "broker/create_only.h"
#include "child.h"
#include "confine/filter.h"
#include "root/root.h"

struct brokered {
	enum filter filter;
	struct root *root;
	struct create_only *create_only;     /* or NULL */
	const struct attributes *attributes; /* or NULL */
	const struct ancestors *ancestors;   /* or NULL */
	int (*walls)(void); /* what the child enters before its filter, or NULL;
			     * returns 0 */
	bool launcher; /* the child may execute, else a pid that never lives */
	bool signals;  /* its signals are held by the broker */
};

static inline void __attribute__((noreturn)) brokered_child(int socket,
    const struct brokered *how, child_act *act, const void *context)
{
	char byte = 0;
	int listener;

	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 || setpgid(0, 0) != 0 ||
	    (how->walls != NULL && how->walls() != 0))
		_exit(CHILD_FAILED);
	listener = filter_load_with_listener(how->filter);
	if (listener < 0 || fdpass_send(socket, &byte, 1, listener) != 0)
		_exit(CHILD_FAILED);
	close(listener);
	if (read(socket, &byte, 1) != 1)
		_exit(CHILD_FAILED);
	_exit(act(context));
}

/* Answers until the child has ended, and renews all the time. */
static inline void
brokered_serve(struct broker *broker, pid_t pid)
{
	struct pollfd ready = { .fd = broker->listener, .events = POLLIN };
	siginfo_t info = { .si_pid = 0 };

	while (info.si_pid == 0) {
		if (broker->create_only != NULL)
			create_only_renew(broker->create_only, broker->proc);
		if (poll(&ready, 1, 20) > 0 && (ready.revents & POLLIN) != 0)
			broker_serve(broker);
		else if (waitid(P_PID, (id_t)pid, &info,
			     WEXITED | WNOHANG | WNOWAIT) != 0)
			return;
	}
}

/* What the child's act returned: an errno, or 0. */
static inline int
brokered_run(const struct brokered *how, child_act *act, const void *context)
{
	struct broker_parts parts = { .root = how->root,
		.create_only = how->create_only,
		.attributes = how->attributes,
		.ancestors = how->ancestors,
		.signals = how->signals };
	struct broker broker;
	int ends[2], status;
	int here = open(".", O_PATH | O_CLOEXEC);
	char byte;
	pid_t pid;

	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0,
			     ends),
	    0);
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0)
		brokered_child(ends[1], how, act, context);
	close(ends[1]);
	assert_int_equal(fdpass_receive(ends[0], &byte, 1, 0, &parts.listener),
	    1);
	parts.proc = open("/proc", O_PATH | O_DIRECTORY | O_CLOEXEC);
	parts.launcher = how->launcher ? pid : INT_MAX;
	/* We work from there, as the supervisor does. */
	assert_int_equal(fchdir(parts.proc), 0);
	assert_int_equal(broker_open(&broker, &parts), 0);
	assert_true(broker.listener >= 0);
	assert_int_equal(write(ends[0], "", 1), 1);
	brokered_serve(&broker, pid);
	broker_close(&broker);
	assert_int_equal(fchdir(here), 0);
	close(here);
	close(parts.proc);
	close(ends[0]);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	return WEXITSTATUS(status);
}

#endif
