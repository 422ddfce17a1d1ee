/* mkdir, and with -p what leads there: each directory that is made is told. */
#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#include "policy/policy.h"
#include "record/record.h"
#include "root/durable.h"
#include "root/root.h"
#include "subsys/cmd/command_table.h"
#include "subsys/paths.h"
#include "subsys/umask.h"

static void
record_made(const struct job *job, const struct relpath *path, mode_t mode,
    int error)
{
	struct record_line line;
	char room[16];
	struct buf text;

	buf_init(&text, room, sizeof(room));
	buf_addf(&text, "0%o", (unsigned)mode);
	record_begin(&line, job->record, "mkdir");
	job_record_path(&line, "path", path->bytes);
	record_word(&line, "mode", buf_text(&text));
	record_word(&line, "result", job_result_word(error));
	record_end(&line);
}

/* Makes one directory. Returns 0, or -1 with errno. */
static int
make_one(struct job *job, const struct relpath *path)
{
	mode_t mode = policy_mode(job->policy, 0777, true);
	auto_umask mode_t mask = umask_take(job->policy->dir_mode);
	int result, error;

	if (job->policy->audit_loss == AUDIT_REFUSE &&
	    !record_is_well(job->record)) {
		errno = EACCES;
		return -1;
	}
	result = root_mkdir(job->root, path, mode);
	if (result == 0)
		result = durable_name(job->root, path);
	error = result == 0 ? 0 : errno;
	if (error != EEXIST)
		record_made(job, path, mode, error);
	errno = error;
	return result;
}

/* A name that can't be made because it is there, or is "." or "..". */
static bool
is_there(struct job *job, const struct relpath *path, int error)
{
	struct stat st;

	return (error == EEXIST || error == EBUSY || error == EINVAL) &&
	       root_stat(job->root, path, FOLLOW, &st) == 0 &&
	       S_ISDIR(st.st_mode);
}

/* Each directory on the way, the last one too. Returns 0, or -1 with errno. */
static int
make_parents(struct job *job, const struct relpath *path)
{
	not_zeroed struct relpath part;
	size_t at = 0;

	while (at < path->len) {
		size_t end = at + strcspn(path->bytes + at, "/");
		int error;

		if (relpath_parse(&part, path->bytes, end, NULL) != 0)
			return -1;
		at = end + strspn(path->bytes + end, "/");
		if (make_one(job, &part) == 0)
			continue;
		error = errno;
		if (!is_there(job, &part, error)) {
			errno =
			    error == EEXIST && at < path->len ? ENOTDIR : error;
			return -1;
		}
	}
	return 0;
}

int
command_mkdir(struct command *command)
{
	struct job *job = command->reply->job;
	bool parents = (command->options & MKDIR_PARENTS) != 0;
	not_zeroed struct relpath path;
	int status = 0;

	for (size_t i = 0;
	     i < command->paths->count && reply_goes_on(command->reply); i++) {
		const char *name = command->paths->at[i];

		if (paths_parse(job, name, &path) == 0 &&
		    (parents ? make_parents(job, &path)
			     : make_one(job, &path)) == 0)
			continue;
		reply_complain(command->reply, "cannot create directory", name,
		    errno == EBUSY ? strerror(EEXIST) : strerror(errno));
		status = 1;
	}
	return status;
}
