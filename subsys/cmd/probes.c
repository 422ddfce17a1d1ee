/* Commands that only answer: is it there, where am I, do you hear me? */
#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#include "policy/policy.h"
#include "root/root.h"
#include "subsys/cmd/command_table.h"
#include "subsys/paths.h"

static int
probe_stat(const struct command *command, const char *name, struct stat *st)
{
	struct job *job = command->reply->job;
	not_zeroed struct relpath path;

	return paths_parse(job, name, &path) != 0
		   ? -1
		   : root_stat(job->root, &path, FOLLOW, st);
}

int
command_test(struct command *command)
{
	struct stat st;

	if (probe_stat(command, command->paths->at[0], &st) != 0)
		return 1;
	switch (command->options) {
	case TEST_DIRECTORY:
		return S_ISDIR(st.st_mode) ? 0 : 1;
	case TEST_FILE:
		return S_ISREG(st.st_mode) ? 0 : 1;
	default:
		return 0;
	}
}

/* Each command begins where the session starts: there is nothing to change. */
int
command_cd(struct command *command)
{
	struct stat st;
	int error;

	if (command->paths->count == 0)
		return 0;
	errno = 0;
	if (probe_stat(command, command->paths->at[0], &st) == 0 &&
	    S_ISDIR(st.st_mode))
		return 0;
	error = errno == 0 ? ENOTDIR : errno;
	reply_complain(command->reply, NULL, command->paths->at[0],
	    strerror(error));
	return 1;
}

int
command_pwd(struct command *command)
{
	struct job *job = command->reply->job;
	not_zeroed struct relpath start;
	not_zeroed char real[PATH_MAX];

	if (paths_parse(job, ".", &start) != 0 ||
	    root_realpath(job->root, &start, real) < 0) {
		reply_complain(command->reply, NULL, job->policy->start_dir,
		    strerror(errno));
		return 1;
	}
	reply_add_text(command->reply, real);
	reply_add_text(command->reply, "\n");
	return 0;
}

int
command_true(struct command *command)
{
	(void)command;
	return 0;
}

int
command_echo(struct command *command)
{
	reply_add_text(command->reply, command->paths->at[0]);
	reply_add_text(command->reply, "\n");
	return 0;
}
