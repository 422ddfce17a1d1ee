/*
 * Records of directories. One that is there keeps its mode; a new one gets its
 * own at its end, since what comes must be put in it first.
 */
#include "subsys/scp/sink_directory.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "policy/policy.h"
#include "root/durable.h"
#include "root/own_changes.h"
#include "root/root.h"
#include "subsys/job.h"
#include "subsys/scp/command_line.h"
#include "subsys/scp/reason.h"
#include "subsys/scp/scp_record.h"
#include "subsys/scp/sink_state.h"
#include "subsys/umask.h"

/* Without -p as mkdir(1) would make it; with it, as it was. */
static mode_t
directory_mode(const struct sink *sink, const struct control *control)
{
	const struct policy *policy = sink->job->policy;
	mode_t mode = control->mode;

	if (!sink->args->preserves)
		mode &= 0777 & ~sink->mask;
	return policy_mode(policy, mode, true);
}

/* Makes it, so that we may write in it. Returns its descriptor, or -1. */
static int
sink_make_directory(struct sink *sink, mode_t mode)
{
	struct root *root = sink->job->root;
	auto_umask mode_t mask = umask_take(sink->job->policy->dir_mode);
	mode_t first = (mode & (0777 | S_ISGID)) | S_IRWXU;
	auto_fd int fd = -1;
	int result, error;

	result =
	    sink->writing.keeps_own
		? root_own_mkdir(root, &sink->place.path, first, &sink->own)
		: root_mkdir(root, &sink->place.path, first);
	if (result == 0 && durable_name(root, &sink->place.path) == 0)
		fd = root_pin(root, &sink->place.path, NO_FOLLOW);
	error = fd < 0 ? errno : 0;
	scp_record_made(sink->job, &sink->place, mode, error);
	errno = error;
	return take_fd(&fd);
}

/* What is there already, or is made. Returns the errno, or 0. */
static int
sink_open_directory(struct sink *sink, const struct control *control,
    struct sink_level *level)
{
	struct stat st;

	level->fd = root_pin(sink->job->root, &sink->place.path, FOLLOW);
	if (level->fd < 0 && errno == ENOENT) {
		level->mode = directory_mode(sink, control);
		level->sets_mode =
		    sink->args->preserves || (level->mode & S_IRWXU) != S_IRWXU;
		level->fd = sink_make_directory(sink, level->mode);
	}
	if (level->fd < 0 || fstat(level->fd, &st) != 0)
		return errno;
	return S_ISDIR(st.st_mode) ? 0 : ENOTDIR;
}

void
sink_enter(struct sink *sink, const struct control *control)
{
	struct sink_level level = { .fd = -1,
		.at_names = sink->at_names,
		.has_times = sink->has_times };
	int error;

	if (!sink->args->recursive || sink->depth == SINK_DEPTH_MAX) {
		peer_break(&sink->peer, sink->args->recursive
					    ? "directories are too deep"
					    : "received directory without -r");
		return;
	}
	if (!sink_go(sink, control, &level.mark))
		return;
	if (!sink_may_change(sink, place_shown(&sink->place))) {
		place_return(&sink->place, level.mark);
		return;
	}
	memcpy(level.times, sink->times, sizeof(level.times));
	error = sink_open_directory(sink, control, &level);
	if (error != 0) {
		auto_close_fd(&level.fd);
		peer_refuse(&sink->peer, place_shown(&sink->place),
		    reason_text(error));
		place_return(&sink->place, level.mark);
		return;
	}
	sink->levels[sink->depth++] = level;
	sink->at_names = true;
	peer_ok(&sink->peer);
}

/* By the descriptor, and only what the policy lets be set. */
static int
sink_set_directory(struct sink *sink, const struct sink_level *level)
{
	const struct job *job = sink->job;
	int error = 0;

	if (sink->attributes == ANSWER_NO ||
	    (sink->attributes == ANSWER_OWN &&
		!own_may_change(&sink->own, level->fd)))
		return EPERM;
	if (level->sets_mode &&
	    root_chmod_pinned(job->root, level->fd, level->mode) != 0)
		error = errno;
	if (level->has_times &&
	    utimensat(level->fd, "", level->times, AT_EMPTY_PATH) != 0)
		error = errno;
	return error;
}

void
sink_leave(struct sink *sink)
{
	struct sink_level *level;
	int error = 0;

	if (sink->depth == 0) {
		peer_break(&sink->peer, "the end of no directory");
		return;
	}
	level = &sink->levels[--sink->depth];
	if (level->sets_mode || level->has_times) {
		error = sink_set_directory(sink, level);
		scp_record_set(sink->job, &sink->place,
		    level->sets_mode ? &level->mode : NULL,
		    level->has_times ? &level->times[1] : NULL, error);
	}
	if (error == 0)
		peer_ok(&sink->peer);
	else
		peer_refuse(&sink->peer, place_shown(&sink->place),
		    reason_text(error));
	auto_close_fd(&level->fd);
	place_return(&sink->place, level->mark);
	sink->at_names = level->at_names;
}

void
sink_leave_all(struct sink *sink)
{
	while (sink->depth > 0)
		auto_close_fd(&sink->levels[--sink->depth].fd);
}
