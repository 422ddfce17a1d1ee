/*
 * What is looked at for one account, and by whom: sshd's settings and the
 * account's keys (doctor_sshd.c), the account, its root and the machine
 * (doctor_account.c, doctor_session.c, doctor_root.c), filesonlyd
 * (doctor_server.c). Findings are all that comes out.
 */
#ifndef FILESONLY_CTL_DOCTOR_H
#define FILESONLY_CTL_DOCTOR_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>

#include "ctl/findings.h"
#include "session/session.h"

enum { DOCTOR_LINES_MAX = 32 };

struct doctor {
	struct findings findings;
	struct session session;        /* of the account; program is the gate */
	const char *sshd;              /* the program */
	const char *sshd_config;       /* NULL: its own */
	char *lines[DOCTOR_LINES_MAX]; /* owned: the gate's command lines that
					* sshd runs for the account */
	size_t line_count;
};

/* Tells one thing; what, why and mend as in findings.h. */
void doctor_tell(struct doctor *doctor, enum severity severity,
    const char *what, const char *why, const char *mend);

/* The login shell is the gate itself. */
bool doctor_shell_is_gate(const struct doctor *doctor);

/* Asks sshd, reads the account's keys, and fills the lines. */
void doctor_look_at_sshd(struct doctor *doctor);

/* The filesonlyd beside the gate, if there is one, and its libssh. */
void doctor_look_at_server(struct doctor *doctor);

/* For each line: the policy, the root and the machine, as the account. */
void doctor_look_at_account(struct doctor *doctor);

#endif
