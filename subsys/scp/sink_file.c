/* A record of a file: the file is opened, filled, given mode and times. */
#include "subsys/scp/sink_file.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "base/hash.h"
#include "policy/policy.h"
#include "root/digest_names.h"
#include "root/root.h"
#include "root/space.h"
#include "subsys/job.h"
#include "subsys/scp/command_line.h"
#include "subsys/scp/content.h"
#include "subsys/scp/incoming.h"
#include "subsys/scp/reason.h"
#include "subsys/scp/scp_record.h"
#include "subsys/scp/sink_state.h"
#include "subsys/size_limit.h"

enum { FILE_MODE = 06777 /* the sticky bit means nothing for a file */ };

/* Is there room for what comes, unless it takes the place of what is there? */
static int
check_room(const struct sink *sink, const struct control *control)
{
	struct root *root = sink->job->root;
	struct stat st;
	int error;

	if (control->size == 0 || space_for_new(root, &sink->place.path) == 0)
		return 0;
	error = errno;
	if (root_stat(root, &sink->place.path, NO_FOLLOW, &st) == 0)
		return 0;
	return error;
}

/*
 * Refused before a byte is sent, if it can be: the other end passes over the
 * file then. Returns false where it heard why.
 */
static bool
sink_open_file(struct sink *sink, const struct control *control,
    struct incoming *incoming)
{
	const struct policy *policy = sink->job->policy;
	const char *shown = place_shown(&sink->place);
	mode_t mode = policy_mode(policy, control->mode & 0777, false);
	int error;

	if (!sink_may_change(sink, shown))
		return false;
	if (!size_limit_allows(sink->job, (uint64_t)control->size)) {
		peer_refuse(&sink->peer, shown, reason_text(EFBIG));
		return false;
	}
	if (!peer_has(&sink->peer, (uint64_t)control->size))
		return false;
	error = check_room(sink, control);
	if (error == 0 && incoming_open(incoming, policy, &sink->writing,
			      &sink->place.path, mode) != 0)
		error = errno;
	scp_record_opened(sink->job, &sink->place, error);
	if (error != 0)
		peer_refuse(&sink->peer, shown, reason_text(error));
	return error == 0;
}

/* The open was allowed, so mode and times of the upload may be set. */
static int
sink_set_file(struct sink *sink, const struct control *control, int fd)
{
	mode_t mode =
	    policy_mode(sink->job->policy, control->mode & FILE_MODE, false);
	int error = 0;

	if (sink->args->preserves && fchmod(fd, mode) != 0)
		error = errno;
	if (sink->has_times && futimens(fd, sink->times) != 0)
		error = errno;
	return error;
}

/*
 * The one answer behind a file's bytes, whose digest this is, if it was made.
 * agrees: the other end could read all that it sent.
 */
static const char *
sink_end_file(struct sink *sink, const struct control *control,
    struct incoming *incoming, const unsigned char *digest, bool agrees)
{
	const char *shown = place_shown(&sink->place);
	int error = 0, unset = 0;

	if (incoming->is_aside && !agrees) {
		incoming_cut(incoming, 0);
		peer_refuse(&sink->peer, shown,
		    "left out, since it could not be read whole");
		return "cut";
	}
	if (incoming_end(incoming, (uint64_t)control->size) != 0)
		error = errno;
	unset = sink_set_file(sink, control, incoming->fd);
	if (error != 0)
		incoming_cut(incoming, (uint64_t)control->size);
	else if (incoming_finish(incoming, &sink->writing, digest) != 0)
		error = errno;
	job_record_differing(sink->job);
	if (error == 0 && unset == 0) {
		peer_ok(&sink->peer);
		return agrees ? "ok" : "cut";
	}
	peer_refuse(&sink->peer, shown,
	    reason_text(error != 0 ? error : unset));
	return job_result_word(error);
}

/* A write failed, or the other end has gone. */
static const char *
sink_end_cut_file(struct sink *sink, struct incoming *incoming,
    uint64_t written, int error)
{
	incoming_cut(incoming, written);
	sink->peer.failed = true;
	if (error == 0)
		return "cut";
	peer_refuse(&sink->peer, place_shown(&sink->place), reason_text(error));
	return job_result_word(error);
}

/* Is the digest of what comes asked for? */
static bool
sink_hashes(const struct sink *sink)
{
	return sink->job->policy->audit_hash == HASH_SHA256 ||
	       digest_names_hold_for_path(sink->job->root, &sink->place.path);
}

static void
sink_fill_file(struct sink *sink, const struct control *control,
    struct incoming *incoming)
{
	struct hash hash, *hashing = sink_hashes(sink) ? &hash : NULL;
	unsigned char digest[HASH_BYTES_MAX], *whole = NULL;
	uint64_t written;
	const char *result;
	bool agrees = false, is_cut;
	int error;

	hash_sha256_start(&hash);
	peer_ok(&sink->peer);
	written = content_take(&sink->peer, incoming->fd,
	    (uint64_t)control->size, hashing, &error);
	if (!sink->peer.gone)
		agrees = peer_agrees_or_ends(&sink->peer);
	is_cut = error != 0 || (sink->peer.gone && !agrees);
	if (!is_cut && hashing != NULL) {
		hash_end(&hash, digest);
		whole = digest;
	}
	result = is_cut ? sink_end_cut_file(sink, incoming, written, error)
			: sink_end_file(sink, control, incoming, whole, agrees);
	if (strcmp(result, "ok") != 0)
		whole = NULL;
	scp_record_received(sink->job, &sink->place, written, whole, result);
}

void
sink_file(struct sink *sink, const struct control *control)
{
	struct incoming incoming;
	size_t mark;

	if (!sink_go(sink, control, &mark))
		return;
	if (sink_open_file(sink, control, &incoming))
		sink_fill_file(sink, control, &incoming);
	place_return(&sink->place, mark);
}
