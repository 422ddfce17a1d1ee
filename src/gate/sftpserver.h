/*
 * The command line of OpenSSH's sftp-server, which Subsystem lines of the
 * world's sshd_config carry: understood, and only ever a narrower policy.
 */
#ifndef FILESONLY_GATE_SFTPSERVER_H
#define FILESONLY_GATE_SFTPSERVER_H

#include "base/buf.h"
#include "core/policy.h"
#include "core/session.h"
#include "gate/options.h"

/*
 * Reads `sftp-server [--config=FILE] [OPTION]... [--] [FLAG]...`: the gate's
 * own options with two dashes first, then OpenSSH's flags. -R -u -d -p -P
 * become values of asked, -e -f -l are nothing here (the log is the
 * policy's), -Q requests is a task, -c and what follows it is left alone, as
 * by OpenSSH. Returns as options_parse; a root is an error.
 */
int sftpserver_parse(struct options *options, struct policy *asked, int argc,
    char *const *argv, const struct session *session,
    struct buf *error) must_check;

#endif
