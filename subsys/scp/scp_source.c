/*
 * Each line is answered by the other end before the next is sent. What can't
 * be sent is told as an error in its place, and the session goes on. Symlinks
 * are followed, inside the root; a directory that lies in itself by way of
 * them is not entered again.
 */
#include "subsys/scp/scp_source.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <string.h>

#include "policy/policy.h"
#include "root/private_names.h"
#include "root/root.h"
#include "subsys/job.h"
#include "subsys/scp/command_line.h"
#include "subsys/scp/content.h"
#include "subsys/scp/scp_paths.h"
#include "subsys/scp/peer.h"
#include "subsys/scp/place.h"
#include "subsys/scp/reason.h"
#include "subsys/scp/scp_record.h"

enum {
	DEPTH_MAX = 256,
	SENT_MODE = 06777, /* OpenSSH's: without the sticky bit */
};

/* A directory that is being sent, and those above it. */
struct ancestor {
	const struct ancestor *above;
	dev_t device;
	ino_t inode;
	unsigned depth;
};

struct source {
	struct job *job;
	const struct scp_args *args;
	struct peer peer;
	struct place place;
	const struct ancestor *above; /* where place is, or NULL */
};

static void source_entry(struct source *source, const char *name);

static void
source_refuse(struct source *source, const char *why)
{
	peer_refuse(&source->peer, place_shown(&source->place), why);
}

/* The times of what follows, with -p. Returns false: it is passed over. */
static bool
source_tell_times(struct source *source, const struct stat *st)
{
	if (!source->args->preserves)
		return true;
	peer_say(&source->peer, "T%lld 0 %lld 0\n",
	    st->st_mtime > 0 ? (long long)st->st_mtime : 0,
	    st->st_atime > 0 ? (long long)st->st_atime : 0);
	return peer_agrees(&source->peer);
}

/* Sends what was announced, and behind it whether that was all. */
static const char *
source_send_content(struct source *source, int fd, const struct stat *st,
    uint64_t *sent)
{
	struct peer *peer = &source->peer;
	bool agrees;
	int error;

	*sent = content_send(peer, fd, (uint64_t)st->st_size, &error);
	if (error != 0)
		source_refuse(source, reason_text(error));
	else
		peer_ok(peer);
	agrees = peer_agrees(peer);
	if (error != 0)
		return job_result_word(error);
	return agrees ? "ok" : "cut";
}

static void
source_file(struct source *source, int fd, const struct stat *st,
    const char *name)
{
	struct peer *peer = &source->peer;
	const char *result;
	uint64_t sent;

	if (!peer_has(peer, (uint64_t)st->st_size) ||
	    !source_tell_times(source, st))
		return;
	peer_say(peer, "C%04o %lld %s\n", st->st_mode & SENT_MODE,
	    (long long)st->st_size, name);
	if (!peer_agrees(peer))
		return;
	result = source_send_content(source, fd, st, &sent);
	scp_record_sent(source->job, &source->place, sent, result);
}

/* Is it one of those in which we are? */
static bool
is_loop(const struct ancestor *here)
{
	for (const struct ancestor *at = here->above; at != NULL;
	     at = at->above) {
		if (at->device == here->device && at->inode == here->inode)
			return true;
	}
	return false;
}

/* Hidden names and our private ones are not there. */
static bool
is_sent(const struct source *source, const char *name)
{
	return strcmp(name, ".") != 0 && strcmp(name, "..") != 0 &&
	       !private_is(name) &&
	       bars_name(&source->job->root->bars, name) != ENOENT;
}

/* A listing that was cut must not look whole. */
static void
source_entries(struct source *source, DIR *stream)
{
	const struct dirent *entry;

	while (!source->peer.gone) {
		size_t mark = place_mark(&source->place);

		errno = 0;
		entry = readdir(stream);
		if (entry == NULL) {
			if (errno != 0)
				source_refuse(source, reason_text(errno));
			return;
		}
		if (!is_sent(source, entry->d_name))
			continue;
		if (place_enter(&source->place, entry->d_name,
			strlen(entry->d_name)) != 0) {
			source_refuse(source, reason_text(errno));
			continue;
		}
		source_entry(source, entry->d_name);
		place_return(&source->place, mark);
	}
}

/* Takes fd. */
static void
source_list(struct source *source, int fd)
{
	DIR *stream = fdopendir(fd);

	if (stream == NULL) {
		source_refuse(source, reason_text(errno));
		auto_close_fd(&fd);
		return;
	}
	source_entries(source, stream);
	closedir(stream);
}

/* Why it can't be entered, or NULL. */
static const char *
directory_fault(const struct source *source, const struct ancestor *here)
{
	if (!source->args->recursive)
		return "not a regular file";
	if (is_loop(here))
		return "a link that leads back to where it lies";
	return here->depth > DEPTH_MAX ? "directories are too deep" : NULL;
}

/* Takes fd. */
static void
source_directory(struct source *source, int fd, const struct stat *st,
    const char *name)
{
	const struct ancestor here = { .above = source->above,
		.device = st->st_dev,
		.inode = st->st_ino,
		.depth = source->above == NULL ? 1 : source->above->depth + 1 };
	const char *fault = directory_fault(source, &here);
	struct peer *peer = &source->peer;
	auto_fd int held = fd;

	if (fault != NULL) {
		source_refuse(source, fault);
		return;
	}
	if (!source_tell_times(source, st))
		return;
	peer_say(peer, "D%04o 0 %s\n", st->st_mode & SENT_MODE, name);
	if (!peer_agrees(peer))
		return;
	source->above = &here;
	source_list(source, take_fd(&held));
	source->above = here.above;
	peer_say(peer, "E\n");
	if (!peer_agrees(peer))
		peer->failed = true;
}

/* Sends the file or directory at the place under this name. */
static void
source_entry(struct source *source, const char *name)
{
	auto_fd int fd = -1;
	struct stat st;

	if (strchr(name, '\n') != NULL) {
		source_refuse(source, "scp can't send a name with a newline");
		return;
	}
	fd =
	    root_open_file(source->job->root, &source->place.path, O_RDONLY, 0);
	if (fd < 0 || fstat(fd, &st) != 0)
		source_refuse(source, reason_text(errno));
	else if (S_ISDIR(st.st_mode))
		source_directory(source, take_fd(&fd), &st, name);
	else
		source_file(source, fd, &st, name);
}

/* The other end gives no name, and "." is one that it must not take. */
static bool
has_name(const char *name)
{
	return name[0] != '\0' && strcmp(name, ".") != 0 &&
	       strcmp(name, "..") != 0;
}

/* One of those that were asked for. */
static void
source_serve_one(struct source *source, char *asked)
{
	size_t len = strlen(asked);
	const char *slash, *name;

	while (len > 1 && asked[len - 1] == '/')
		asked[--len] = '\0';
	slash = strrchr(asked, '/');
	name = slash == NULL ? asked : slash + 1;
	if (place_parse(&source->place, source->job, asked) != 0)
		source_refuse(source, reason_text(errno));
	else if (!has_name(name))
		source_refuse(source,
		    "has no name to be sent under; ask for what is in it (*)");
	else
		source_entry(source, name);
}

int
source_serve(struct job *job, const struct scp_args *args)
{
	struct source source = { .job = job, .args = args };
	struct names names = { 0 };
	int status;

	peer_open(&source.peer, job);
	if (!paths_of_source(job, args, &names)) {
		source.peer.failed = true;
		peer_say(&source.peer,
		    "\1scp: more names than can be sent at once\n");
	} else if (peer_agrees(&source.peer)) {
		for (size_t i = 0; i < names.count && !source.peer.gone; i++)
			source_serve_one(&source, names.at[i]);
	}
	status = source.peer.failed || job->reason != NULL;
	peer_close(&source.peer);
	names_free(&names);
	return status;
}
