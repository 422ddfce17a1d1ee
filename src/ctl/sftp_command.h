/* What "internal-sftp FLAG..." and a path to an sftp-server in sshd_config(5)
 * mean, as far as a policy can say it. */
#ifndef FILESONLY_CTL_SFTP_COMMAND_H
#define FILESONLY_CTL_SFTP_COMMAND_H

#include <stdbool.h>

#include "ctl/import.h"

/* Returns true where the command is one of these. */
bool sftp_command_is(const char *command);

/* What its flags say beside the policy's keys. */
struct sftp_command {
	char start[1024]; /* -d in the configuration's words; "" where there is
			   * none */
	bool shut;        /* it can't be carried over */
};

/* Sets services, umask, mode and delete by the command's flags; what differs
 * is noted at the line. */
void sftp_command_read(const struct import_source *source, int line,
    struct imported *out, struct import_section *section, const char *command,
    struct sftp_command *read);

/*
 * Translates sshd's %h (or letter for it), %u and %% to the configuration's;
 * all else is copied. Returns false where there is another one, or no room.
 */
bool sftp_path_translate(const char *path, char home, char *out, size_t size);

#endif
