/* journalctl is run by its path, without a shell, with no word of a stranger's.
 */
#include "ctl/system_log.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "ctl/gate_program.h"

static const char journalctl[] = "/usr/bin/journalctl";

const char *
system_log_find(bool *is_journal)
{
	static const char *const files[] = { "/var/log/auth.log",
		"/var/log/secure", "/var/log/messages", NULL };

	*is_journal = access(journalctl, X_OK) == 0 &&
		      (access("/var/log/journal", F_OK) == 0 ||
			  access("/run/log/journal", F_OK) == 0);
	if (*is_journal)
		return journalctl;
	for (size_t i = 0; files[i] != NULL; i++) {
		if (access(files[i], F_OK) == 0)
			return files[i];
	}
	return NULL;
}

int
system_log_journal(bool follows, const char *cursor, pid_t *pid)
{
	static char locale[] = "LC_ALL=C.UTF-8";
	static char *const environment[] = { locale, NULL };
	char gate[PATH_MAX], match[PATH_MAX + 8], after[320];
	char name[] = "journalctl", quiet[] = "--quiet",
	     output[] = "--output=export", all[] = "--no-tail",
	     follow[] = "--follow";
	char *argv[8] = { name, quiet, output, all, match };
	size_t count = 5;
	int ends[2];

	snprintf(match, sizeof(match), "_EXE=%s",
	    gate_program(gate) == NULL ? "" : gate);
	snprintf(after, sizeof(after), "--after-cursor=%s", cursor);
	if (follows)
		argv[count++] = follow;
	if (cursor[0] != '\0')
		argv[count++] = after;
	argv[count] = NULL;
	*pid = -1;
	if (pipe2(ends, O_CLOEXEC) != 0)
		return -1;
	*pid = fork();
	if (*pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGTERM, 0, 0, 0);
		if (dup2(ends[1], STDOUT_FILENO) >= 0)
			execve(journalctl, argv, environment);
		_exit(127);
	}
	close(ends[1]);
	if (*pid < 0)
		close(ends[0]);
	return *pid < 0 ? -1 : ends[0];
}
