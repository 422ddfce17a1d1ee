/*
 * Opens before the jail, writes behind it; never waits for longer than a
 * second. Kept lines go first, so that the order stays.
 */
#include "record/sink.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/xalloc.h"
#include "record/reconnect.h"

enum {
	WAIT_MS = 1000,          /* for a receiver that is slow */
	CLOSE_MS = 2000,         /* for one that is gone, at the end */
	TRY_MS = 200,            /* between two tries */
	KEPT_BYTES = 512 * 1024, /* lines that wait for a receiver */
	BATCH = 32,              /* datagrams that are handed over at once */
};

static const char *const sockets[] = {
	[LOGSINK_SYSLOG] = "/dev/log",
	[LOGSINK_JOURNAL] = "/run/systemd/journal/socket",
};

int
sink_open(struct sink *sink, const char *where, int server)
{
	*sink = (struct sink){ .helper = -1, .kind = LOGSINK_FILE };
	if (strcmp(where, "syslog") == 0)
		sink->kind = LOGSINK_SYSLOG;
	else if (strcmp(where, "journal") == 0)
		sink->kind = LOGSINK_JOURNAL;
	if (sink->kind == LOGSINK_SYSLOG && server >= 0) {
		sink->kind = LOGSINK_SERVER;
		sink->fd = server;
		return 0;
	}
	if (sink->kind == LOGSINK_FILE) {
		sink->path = where;
		sink->fd = reconnect_open(where, O_CREAT);
		return sink->fd < 0 ? -1 : 0;
	}
	sink->fd = reconnect_connect(sockets[sink->kind]);
	return 0;
}

/*
 * systemd binds the journal's sockets itself (systemd.socket(5)) and hands
 * them to each journald that it starts: such a connection outlives its
 * receiver. Where /dev/log leads there, it is one of them (sd_booted(3)).
 */
static bool
outlives_receiver(const struct sink *sink)
{
	static const char journal[] = "/run/systemd/journal/";
	char target[64];
	ssize_t len = sizeof(journal) - 1;

	if (sink->kind == LOGSINK_SYSLOG)
		len = readlink(sockets[sink->kind], target, sizeof(target));
	else
		memcpy(target, journal, (size_t)len);
	return len >= (ssize_t)sizeof(journal) - 1 &&
	       memcmp(target, journal, sizeof(journal) - 1) == 0 &&
	       access("/run/systemd/system", F_OK) == 0;
}

void
sink_keep(struct sink *sink)
{
	/* A machine without a log: nothing will come. */
	if (sink->fd < 0)
		return;
	sink->keeps = true;
	sink->next_try = clock_ms() + TRY_MS;
	if (sink->helper >= 0)
		return;
	if (sink->kind == LOGSINK_FILE)
		sink->helper = reconnect_start(sink->path, sink->fd);
	else if (sink->kind != LOGSINK_SERVER && !outlives_receiver(sink))
		sink->helper = reconnect_start(sockets[sink->kind], -1);
}

/* Waits a second for a receiver that is full. */
static bool
can_send(const struct sink *sink)
{
	struct pollfd ready = { .fd = sink->fd, .events = POLLOUT };

	return poll(&ready, 1, WAIT_MS) > 0;
}

static bool
is_gone(int error)
{
	return error == ECONNREFUSED || error == ENOTCONN || error == EPIPE ||
	       error == ECONNRESET || error == EBADF;
}

/*
 * Sends each line as a datagram. Returns how many are sent or lost: lost are
 * those too long for the receiver. Calls the kernel directly, since musl's
 * sendmmsg makes one call for each; the padding that it clears is zero here.
 */
static unsigned
send_lines(struct sink *sink, const struct iovec *parts, unsigned count)
{
	struct mmsghdr messages[BATCH] = { 0 };
	unsigned done = 0;

	for (unsigned i = 0; i < count; i++) {
		messages[i].msg_hdr.msg_iov =
		    (struct iovec *)(uintptr_t)&parts[i];
		messages[i].msg_hdr.msg_iovlen = 1;
	}
	while (done < count) {
		long sent = syscall(SYS_sendmmsg, sink->fd, messages + done,
		    count - done, MSG_DONTWAIT | MSG_NOSIGNAL);

		if (sent > 0)
			done += (unsigned)sent;
		else if (errno == EAGAIN ? !can_send(sink)
					 : sink->keeps && is_gone(errno))
			break;
		else if (errno != EAGAIN && errno != EINTR) {
			sink->lost++;
			done++;
		}
	}
	return done;
}

/* One write, so that sessions don't mix in a file. */
static unsigned
append_lines(struct sink *sink, const struct iovec *parts, unsigned count)
{
	const char newline = '\n';
	unsigned whole = 0;
	size_t len = 0;
	ssize_t written;

	/* Behind the half of a line begins a new one. */
	if (sink->torn && write(sink->fd, &newline, 1) != 1)
		return 0;
	sink->torn = false;
	do
		written = writev(sink->fd, parts, (int)count);
	while (written < 0 && errno == EINTR);
	if (written <= 0)
		return 0;
	while (whole < count && len + parts[whole].iov_len <= (size_t)written)
		len += parts[whole++].iov_len;
	sink->torn = whole < count && len < (size_t)written;
	return whole;
}

static unsigned
hand_over(struct sink *sink, const struct iovec *parts, unsigned count)
{
	if (sink->fd < 0)
		return 0;
	return sink->kind == LOGSINK_FILE ? append_lines(sink, parts, count)
					  : send_lines(sink, parts, count);
}

/*
 * A receiver that was restarted has another socket at the same path; a log
 * that was rotated, another file. Half a line stays behind in the old one.
 */
static void
reconnect(struct sink *sink)
{
	int fd;

	if (sink->helper < 0 || clock_ms() < sink->next_try)
		return;
	sink->next_try = clock_ms() + TRY_MS;
	fd = reconnect_ask(sink->helper);
	if (fd < 0)
		return;
	auto_close_fd(&sink->fd);
	sink->fd = fd;
	sink->torn = false;
}

static void
keep(struct sink *sink, const struct iovec *line)
{
	size_t len = line->iov_len, need = sizeof(len) + len;

	if (!sink->keeps || need > KEPT_BYTES - sink->kept_len) {
		sink->lost++;
		return;
	}
	if (sink->kept == NULL)
		sink->kept = xrealloc(NULL, 1, KEPT_BYTES);
	memcpy(sink->kept + sink->kept_len, &len, sizeof(len));
	memcpy(sink->kept + sink->kept_len + sizeof(len), line->iov_base, len);
	sink->kept_len += need;
	sink->kept_lines++;
}

/* Lists the first of the kept lines, at most a batch. */
static unsigned
list_kept(const struct sink *sink, struct iovec parts[BATCH])
{
	unsigned count = 0;
	size_t at = 0, len;

	for (; count < BATCH && at < sink->kept_len; count++) {
		memcpy(&len, sink->kept + at, sizeof(len));
		parts[count] =
		    (struct iovec){ sink->kept + at + sizeof(len), len };
		at += sizeof(len) + len;
	}
	return count;
}

static void
drop_kept(struct sink *sink, const struct iovec *parts, unsigned count)
{
	size_t gone = 0;

	for (unsigned i = 0; i < count; i++)
		gone += sizeof(size_t) + parts[i].iov_len;
	sink->kept_len -= gone;
	memmove(sink->kept, sink->kept + gone, sink->kept_len);
	sink->kept_lines -= count;
}

bool
sink_is_well(struct sink *sink)
{
	struct iovec parts[BATCH];

	if (sink->fd < 0)
		return false;
	if (sink->kept_lines > 0 || sink->kind == LOGSINK_FILE)
		reconnect(sink);
	while (sink->kept_lines > 0) {
		unsigned count = list_kept(sink, parts);
		unsigned done = hand_over(sink, parts, count);

		drop_kept(sink, parts, done);
		if (done < count)
			return false;
	}
	return true;
}

void
sink_write(struct sink *sink, const unsigned char *lines, const size_t *ends,
    unsigned count)
{
	struct iovec parts[BATCH];
	size_t from = 0;

	while (count > 0) {
		unsigned batch = count < BATCH ? count : BATCH, done = 0;

		for (unsigned i = 0; i < batch; i++) {
			parts[i] =
			    (struct iovec){ (void *)(uintptr_t)(lines + from),
				    ends[i] - from };
			from = ends[i];
		}
		if (sink_is_well(sink))
			done = hand_over(sink, parts, batch);
		for (; done < batch; done++)
			keep(sink, &parts[done]);
		ends += batch;
		count -= batch;
	}
	/* A receiver that was restarted a moment ago may be there already. */
	if (sink->kept_lines > 0 && !sink_is_well(sink))
		return;
}

void
sink_close(struct sink *sink)
{
	const struct timespec step = { 0, TRY_MS / 4 * 1000000L };
	uint64_t end = clock_ms() + CLOSE_MS;

	while (sink->kept_lines > 0 && !sink_is_well(sink) && clock_ms() < end)
		nanosleep(&step, NULL);
	auto_close_fd(&sink->helper);
	auto_close_fd(&sink->fd);
	auto_free_memory(&sink->kept);
}
