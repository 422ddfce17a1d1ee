/* A log is read once, from its beginning to its end, whatever is in it. */
#include "ctl/audit_log.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#include "ctl/audit_export.h"
#include "ctl/system_log.h"

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
read_journal(audit_visit *visit, void *context)
{
	pid_t pid;
	int fd = system_log_journal(false, "", &pid), result = -1, status;
	FILE *stream = fd < 0 ? NULL : fdopen(fd, "r");

	if (stream != NULL) {
		result = read_stream(stream, visit, context);
		fclose(stream);
	} else {
		auto_close_fd(&fd);
	}
	if (pid > 0 && waitpid(pid, &status, 0) == pid && status != 0)
		result = -1;
	return result;
}

int
audit_log_read_system(audit_visit *visit, void *context, const char **path)
{
	bool is_journal;

	*path = system_log_find(&is_journal);
	if (*path == NULL) {
		*path = "/var/log/messages";
		errno = ENOENT;
		return -1;
	}
	return is_journal ? read_journal(visit, context)
			  : audit_log_read(*path, visit, context);
}
