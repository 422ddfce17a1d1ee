/*
 * One record after the other, each answered before the next is read. Trusts
 * nothing in them: names are one component or refused, sizes are compared
 * with the limits, and where something can't be taken in the other end hears
 * so and passes over it.
 */
#include "subsys/scp/scp_sink.h"

#include <errno.h>
#include <string.h>

#include "base/xalloc.h"
#include "policy/policy.h"
#include "root/root.h"
#include "subsys/job.h"
#include "subsys/scp/command_line.h"
#include "subsys/scp/scp_paths.h"
#include "subsys/scp/reason.h"
#include "subsys/scp/sink_directory.h"
#include "subsys/scp/sink_file.h"
#include "subsys/scp/sink_state.h"

static void
sink_take_times(struct sink *sink, const struct control *control)
{
	sink->has_times = control->has_times;
	memcpy(sink->times, control->times, sizeof(sink->times));
	peer_ok(&sink->peer);
}

/* Times hold for the very next file or directory, whatever becomes of it. */
static void
sink_record(struct sink *sink, const struct control *control)
{
	switch (control->kind) {
	case CONTROL_TIMES:
		sink_take_times(sink, control);
		return;
	case CONTROL_FILE:
		sink_file(sink, control);
		break;
	case CONTROL_DIRECTORY:
		sink_enter(sink, control);
		break;
	case CONTROL_END:
		sink_leave(sink);
		break;
	case CONTROL_ERROR:
		sink->peer.failed = true;
		break;
	case CONTROL_FATAL:
		sink->peer.failed = true;
		peer_left(&sink->peer);
		break;
	}
	sink->has_times = false;
}

/* Reads records until there are no more. */
static void
sink_loop(struct sink *sink)
{
	char line[CONTROL_MAX];
	unsigned char first;

	while (peer_byte(&sink->peer, &first)) {
		struct control control;
		ssize_t len = peer_line(&sink->peer, first, line);
		const char *fault;

		if (len < 0) {
			sink->peer.failed = true;
			if (!sink->peer.gone)
				peer_break(&sink->peer, "a line is too long");
			return;
		}
		fault = control_parse(line, (size_t)len, &control);
		if (fault != NULL)
			peer_break(&sink->peer, fault);
		else
			sink_record(sink, &control);
		root_cache_drop(&sink->cache);
	}
	/* The other end left between records, or in a directory. */
	if (sink->depth > 0 || sink->has_times)
		sink->peer.failed = true;
}

/*
 * Finds out what the target is. Returns 0, or the errno for which nothing can
 * be put there. What is not there may be made, unless -d wants a directory.
 */
static int
sink_find_target(struct sink *sink, const char *name)
{
	bool wants_directory = sink->args->directory;
	struct stat st;

	if (place_parse(&sink->place, sink->job, name) != 0)
		return errno;
	if (root_stat(sink->job->root, &sink->place.path, FOLLOW, &st) != 0)
		return errno == ENOENT && !wants_directory ? 0 : errno;
	sink->at_names = S_ISDIR(st.st_mode);
	return wants_directory && !sink->at_names ? ENOTDIR : 0;
}

static bool
sink_aim(struct sink *sink)
{
	struct names names = { 0 };
	bool one =
	    paths_of_sink(sink->job, sink->args, &names) && names.count == 1;
	int error = one ? sink_find_target(sink, names.at[0]) : 0;

	sink->peer.failed = !one;
	if (!one)
		peer_say(&sink->peer, "\1scp: ambiguous target\n");
	if (error != 0)
		peer_refuse(&sink->peer, place_shown(&sink->place),
		    reason_text(error));
	if (one)
		sink->target = take_memory(&names.at[0]);
	names_free(&names);
	return one && error == 0;
}

static void
sink_open(struct sink *sink, struct job *job, const struct scp_args *args)
{
	const struct policy *policy = job->policy;

	*sink = (struct sink){ .job = job, .args = args };
	peer_open(&sink->peer, job);
	root_cache_init(&sink->cache, job->root);
	own_init(&sink->own, job->session, policy->own_window, job->root);
	own_set_free(&sink->own, policy);
	sink->attributes = policy_answer(policy, ACT_META);
	sink->writing = (struct writing){ .cache = &sink->cache,
		.own = &sink->own,
		.existing = policy_answer(policy, ACT_WRITE) };
	sink->writing.keeps_set_id = policy->set_id;
	sink->writing.keeps_own = sink->attributes == ANSWER_OWN ||
				  sink->writing.existing == ANSWER_OWN;
	sink->mask = umask(0);
	umask(sink->mask);
	sink->levels = xrealloc(NULL, SINK_DEPTH_MAX, sizeof(*sink->levels));
}

static void
sink_close(struct sink *sink)
{
	sink_leave_all(sink);
	peer_close(&sink->peer);
	own_free(&sink->own);
	root_cache_drop(&sink->cache);
	auto_free_memory(&sink->levels);
	auto_free_memory(&sink->target);
}

int
sink_serve(struct job *job, const struct scp_args *args)
{
	struct sink sink;
	int status;

	sink_open(&sink, job, args);
	if (sink_aim(&sink)) {
		peer_ok(&sink.peer);
		sink_loop(&sink);
	}
	status = sink.peer.failed || job->reason != NULL;
	sink_close(&sink);
	return status;
}
