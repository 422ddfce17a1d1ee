/* A log is read once, from its beginning to its end, whatever is in it. */
#include "ctl/audit_log.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "ctl/audit_export.h"
#include "ctl/gate_program.h"

static int
read_stream(FILE *stream, audit_visit *visit, void *context)
{
	static struct audit_export export;
	bool is_export = false, first = true;
	enum export_fed fed = EXPORT_GOES_ON;
	struct audit_entry entry;
	char *line = NULL;
	size_t room = 0;

	errno = 0;
	audit_export_begin(&export);
	while (fed != EXPORT_BROKEN && getline(&line, &room, stream) >= 0) {
		if (first)
			is_export = strncmp(line, "__CURSOR=", 9) == 0;
		first = false;
		if (is_export)
			fed = audit_export_feed(&export, line, stream);
		else if (audit_line_read(line, &entry))
			visit(context, &entry);
		if (fed == EXPORT_ENTRY)
			visit(context, &export.entry);
	}
	if (is_export && audit_export_last(&export) == EXPORT_ENTRY)
		visit(context, &export.entry);
	audit_export_end(&export);
	free(line);
	return ferror(stream) ? -1 : 0;
}

int
audit_log_read(const char *path, audit_visit *visit, void *context)
{
	FILE *stream = strcmp(path, "-") == 0 ? stdin : fopen(path, "re");
	int result;

	if (stream == NULL)
		return -1;
	result = read_stream(stream, visit, context);
	if (stream != stdin)
		fclose(stream);
	return result;
}

static int
read_journal(const char *program, audit_visit *visit, void *context)
{
	static char environment[] = "LC_ALL=C.UTF-8";
	static char match[PATH_MAX + 8], output[] = "--output=export",
					 quiet[] = "--quiet";
	char gate[PATH_MAX], name[PATH_MAX];
	char *argv[] = { name, quiet, output, match, NULL };
	char *envp[] = { environment, NULL };
	int ends[2], result = -1, status;
	FILE *stream;
	pid_t pid;

	snprintf(name, sizeof(name), "%s", program);
	snprintf(match, sizeof(match), "_EXE=%s",
	    gate_program(gate) == NULL ? "" : gate);
	if (pipe2(ends, O_CLOEXEC) != 0)
		return -1;
	pid = fork();
	if (pid == 0) {
		if (dup2(ends[1], STDOUT_FILENO) >= 0)
			execve(program, argv, envp);
		_exit(127);
	}
	close(ends[1]);
	stream = fdopen(ends[0], "r");
	if (stream == NULL)
		close(ends[0]);
	if (pid > 0 && stream != NULL)
		result = read_stream(stream, visit, context);
	if (stream != NULL)
		fclose(stream);
	if (pid > 0 && waitpid(pid, &status, 0) == pid && status != 0)
		result = -1;
	return result;
}

int
audit_log_read_system(audit_visit *visit, void *context, const char **path)
{
	static const char *const files[] = { "/var/log/auth.log",
		"/var/log/secure", "/var/log/messages", NULL };

	*path = "/usr/bin/journalctl";
	if (access(*path, X_OK) == 0 &&
	    (access("/var/log/journal", F_OK) == 0 ||
		access("/run/log/journal", F_OK) == 0))
		return read_journal(*path, visit, context);
	for (size_t i = 0; files[i] != NULL; i++) {
		*path = files[i];
		if (access(*path, F_OK) == 0)
			return audit_log_read(*path, visit, context);
	}
	errno = ENOENT;
	return -1;
}
