/*
 * Trusts that a log only grows, or is rotated: what stands before the place is
 * compared each time that more is read. Sibling files are those whose names
 * begin with the log's: log.1, log-20261130.
 */
#include "ctl/log_follow.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/xalloc.h"

enum {
	LOG_BEFORE = 512,       /* bytes that a place is known by */
	LOG_STEP = 64 << 10,    /* that are read at once */
	LOG_LINE_MAX = 1 << 20, /* a longer line is none of ours */
	LOG_LINGER_MS = 1000,
	LOG_OPEN = O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK,
};

static uint64_t
digest_add(uint64_t digest, const unsigned char *bytes, size_t len)
{
	/* FNV-1a: no secret, only another place for other bytes. */
	for (size_t i = 0; i < len; i++)
		digest = (digest ^ bytes[i]) * UINT64_C(0x100000001b3);
	return digest;
}

/* Of the bytes before an offset; 0 where there are none, or too few. */
static uint64_t
digest_before(int fd, off_t at)
{
	unsigned char bytes[LOG_BEFORE];
	size_t len = at < LOG_BEFORE ? (size_t)at : LOG_BEFORE;

	if (len == 0 || pread(fd, bytes, len, at - (off_t)len) != (ssize_t)len)
		return 0;
	return digest_add(UINT64_C(0xcbf29ce484222325), bytes, len);
}

/* What a file is known by at its beginning, where nothing stands before. */
static uint64_t
file_number(int fd)
{
	struct stat st;

	return fstat(fd, &st) == 0 ? (uint64_t)st.st_ino : 0;
}

void
log_follow_place(const struct log_follow *log, char place[LOG_PLACE_BYTES])
{
	snprintf(place, LOG_PLACE_BYTES, "%jd %016" PRIx64, (intmax_t)log->at,
	    log->at == 0 ? file_number(log->fd)
			 : digest_before(log->fd, log->at));
}

static int
open_log(const char *path)
{
	auto_fd int fd = open(path, LOG_OPEN);
	struct stat st;

	if (fd < 0 || fstat(fd, &st) != 0)
		return -1;
	if (!S_ISREG(st.st_mode)) {
		errno = EINVAL;
		return -1;
	}
	return take_fd(&fd);
}

/* Does the open file have that place? 0 and 0 is where any begins. */
static bool
has_place(int fd, off_t at, uint64_t digest)
{
	if (at == 0)
		return digest == 0 || file_number(fd) == digest;
	return digest != 0 && digest_before(fd, at) == digest;
}

/* What a sibling is asked. Returns true where the search is over. */
typedef bool sibling_look(void *context, int fd, const char *name);

/* Shows each sibling that can be read. */
static void
look_at_siblings(const char *path, sibling_look *look, void *context)
{
	char directory[PATH_MAX], name[PATH_MAX + NAME_MAX + 2];
	const char *slash = strrchr(path, '/');
	const char *base = slash == NULL ? path : slash + 1;
	const struct dirent *entry;
	bool is_over = false;
	DIR *listing;

	snprintf(directory, sizeof(directory), "%.*s",
	    slash == NULL ? 1 : (int)(slash - path + 1),
	    slash == NULL ? "." : path);
	listing = opendir(directory);
	while (
	    listing != NULL && !is_over && (entry = readdir(listing)) != NULL) {
		auto_fd int fd = -1;

		if (strncmp(entry->d_name, base, strlen(base)) != 0 ||
		    strcmp(entry->d_name, base) == 0)
			continue;
		snprintf(name, sizeof(name), "%s/%s", directory, entry->d_name);
		fd = open_log(name);
		is_over = fd >= 0 && look(context, fd, name);
	}
	if (listing != NULL)
		closedir(listing);
}

struct wanted_place {
	off_t at;
	uint64_t digest;
	int found;
};

static bool
look_for_place(void *context, int fd, const char *name)
{
	struct wanted_place *wanted = context;

	(void)name;
	if (!has_place(fd, wanted->at, wanted->digest))
		return false;
	wanted->found = fcntl(fd, F_DUPFD_CLOEXEC, 0);
	return true;
}

/*
 * The sibling that has the place, the log as it was before it was rotated, or
 * -1: none.
 */
static int
open_sibling(const char *path, off_t at, uint64_t digest)
{
	struct wanted_place wanted = { at, digest, -1 };

	look_at_siblings(path, look_for_place, &wanted);
	return wanted.found;
}

struct wanted_next {
	struct timespec after; /* when the one before was written last */
	struct timespec when;  /* ... and that which was found */
	int found;
};

static bool
is_later(struct timespec a, struct timespec b)
{
	return a.tv_sec > b.tv_sec ||
	       (a.tv_sec == b.tv_sec && a.tv_nsec > b.tv_nsec);
}

static bool
look_for_next(void *context, int fd, const char *name)
{
	struct wanted_next *wanted = context;
	struct stat st;

	(void)name;
	if (fstat(fd, &st) != 0 || !is_later(st.st_mtim, wanted->after) ||
	    (wanted->found >= 0 && !is_later(wanted->when, st.st_mtim)))
		return false;
	auto_close_fd(&wanted->found);
	wanted->found = fcntl(fd, F_DUPFD_CLOEXEC, 0);
	wanted->when = st.st_mtim;
	return false;
}

/*
 * The file that was written after an old one: the next of the rotated ones, or
 * the log itself. -1: it is not there yet.
 */
static int
open_next(const struct log_follow *log, const struct stat *own)
{
	struct wanted_next wanted = { .after = own->st_mtim, .found = -1 };
	int fd = open_log(log->path);
	struct stat st;

	if (log->is_old)
		look_at_siblings(log->path, look_for_next, &wanted);
	if (wanted.found < 0 || fd < 0 ||
	    (fstat(fd, &st) == 0 && is_later(wanted.when, st.st_mtim))) {
		auto_close_fd(&wanted.found);
		return fd;
	}
	auto_close_fd(&fd);
	return wanted.found;
}

/* Goes on in another file. Takes fd. */
static void
go_on_in(struct log_follow *log, int fd, off_t at, bool is_old)
{
	auto_close_fd(&log->fd);
	log->fd = fd;
	log->at = log->known_at = at;
	log->known = digest_before(fd, at);
	log->is_old = is_old;
	log->rotated = 0;
	log->from = log->len = 0;
}

/* The file that has the place: the log, or what it was before. */
static int
find_place(struct log_follow *log, off_t at, uint64_t digest)
{
	int fd = open_log(log->path);
	int old;

	if (fd >= 0 && has_place(fd, at, digest)) {
		go_on_in(log, fd, at, false);
		return 0;
	}
	old = open_sibling(log->path, at, digest);
	if (old >= 0) {
		auto_close_fd(&fd);
		go_on_in(log, old, at, true);
		return 0;
	}
	if (fd < 0)
		return -1;
	log->lost = true;
	go_on_in(log, fd, 0, false);
	return 0;
}

int
log_follow_open(struct log_follow *log, const char *path, const char *place)
{
	uint64_t digest = 0;
	intmax_t at = 0;

	*log = (struct log_follow){ .fd = -1, .path = path };
	if (place != NULL && place[0] != '\0' &&
	    (sscanf(place, "%jd %16" SCNx64, &at, &digest) != 2 || at < 0)) {
		errno = EINVAL;
		return -1;
	}
	return find_place(log, (off_t)at, digest);
}

void
log_follow_close(struct log_follow *log)
{
	auto_close_fd(&log->fd);
	free(log->room);
	log->room = NULL;
}

/* A whole line that was read already. */
static bool
take_line(struct log_follow *log, char **line)
{
	char *end = memchr(log->room + log->from, '\n', log->len - log->from);

	if (end == NULL)
		return false;
	*end = '\0';
	*line = log->room + log->from;
	log->at += end + 1 - *line;
	log->from = (size_t)(end + 1 - log->room);
	return true;
}

/* Room for more behind what waits for its end. */
static void
make_room(struct log_follow *log)
{
	if (log->room != NULL)
		memmove(log->room, log->room + log->from, log->len - log->from);
	log->len -= log->from;
	log->from = 0;
	if (log->len > LOG_LINE_MAX) {
		log->at += (off_t)log->len;
		log->len = 0;
	}
	if (log->size - log->len < LOG_STEP) {
		log->size = log->len + LOG_STEP;
		log->room = xrealloc(log->room, log->size, 1);
	}
}

/* Has the file lost what stood before the place that we know? */
static bool
was_cut(const struct log_follow *log)
{
	return !has_place(log->fd, log->known_at, log->known);
}

/*
 * Reads on. Returns what read(2) does: 0 also where the file was cut, and what
 * was read is of no use.
 */
static ssize_t
read_more(struct log_follow *log)
{
	off_t end;
	ssize_t got;

	make_room(log);
	end = log->at + (off_t)log->len;
	if (log->path == NULL)
		got = read(log->fd, log->room + log->len, log->size - log->len);
	else
		got = pread(log->fd, log->room + log->len, log->size - log->len,
		    end);
	if (got <= 0 || was_cut(log))
		return got < 0 ? -1 : 0;
	log->len += (size_t)got;
	log->known_at = log->at;
	log->known = digest_before(log->fd, log->at);
	return got;
}

/* Its copy has what we know, or nothing has, and lines are lost. */
static enum log_followed
follow_cut(struct log_follow *log)
{
	int old = open_sibling(log->path, log->known_at, log->known);

	log->lost |= old < 0;
	if (old >= 0)
		go_on_in(log, old, log->known_at, true);
	else
		go_on_in(log, take_fd(&log->fd), 0, false);
	return LOG_NEXT;
}

/*
 * At the file's end: has another one its name? Who writes may go on in this one
 * for a moment (record/sink.h), so that it is read for a while yet.
 */
static enum log_followed
follow_rotation(struct log_follow *log)
{
	struct stat own, named;
	int next;

	if (fstat(log->fd, &own) != 0 || stat(log->path, &named) != 0 ||
	    (own.st_dev == named.st_dev && own.st_ino == named.st_ino))
		return LOG_END;
	if (log->rotated == 0)
		log->rotated = clock_ms();
	if (log->waits && clock_ms() - log->rotated < LOG_LINGER_MS)
		return LOG_END;
	next = open_next(log, &own);
	if (next < 0)
		return LOG_END;
	go_on_in(log, next, 0, log->is_old);
	return LOG_NEXT;
}

enum log_followed
log_follow_line(struct log_follow *log, char **line)
{
	ssize_t got;

	do {
		if (log->len > log->from && take_line(log, line))
			return LOG_LINE;
		got = read_more(log);
	} while (got > 0);
	if (got < 0)
		return LOG_FAILED;
	return was_cut(log) ? follow_cut(log) : follow_rotation(log);
}
