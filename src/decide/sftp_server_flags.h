/*
 * The command line of OpenSSH's sftp-server, which Subsystem lines of the
 * world's sshd_config carry: understood, and only ever a narrower policy.
 */
#ifndef FILESONLY_DECIDE_SFTP_SERVER_FLAGS_H
#define FILESONLY_DECIDE_SFTP_SERVER_FLAGS_H

#include "base/buf.h"
#include "decide/options.h"
#include "policy/policy.h"
#include "session/session.h"

/*
 * Reads `sftp-server [--config=FILE] [OPTION]... [--] [FLAG]...`: the gate's
 * own options with two dashes first, then OpenSSH's flags. -R -u -d -p -P
 * become values of asked, -e -f -l are nothing here (the log is the
 * policy's), -Q requests is a task, -c and what follows it is left alone, as
 * by OpenSSH. Returns as options_parse; a root is an error.
 */
int sftp_server_flags_parse(struct options *options, struct policy *asked,
    int argc, char *const *argv, const struct session *session,
    struct buf *error) must_check;

#endif
