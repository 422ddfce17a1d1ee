/*
 * Lines of the record, built whole in the caller's memory and handed over in
 * one write: a datagram to syslog (RFC 3164's shape, as syslog(3) sends it)
 * or one append to a file. Trusts nothing that it is given but the keys; what
 * can't be handed over is counted, never waited for longer than a second.
 */
#include "core/audit.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdbool.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <time.h>

#include "base/quote.h"
#include "base/xalloc.h"
#include "core/session.h"

enum {
	PRIORITY = (10 << 3) | 6, /* LOG_AUTHPRIV | LOG_INFO */
	VALUE_MAX = 4600,         /* of one value: any path of plain bytes */
	TAIL = 16,                /* kept for " cut=yes\n" */
	WAIT_MS = 1000,           /* for a receiver that is slow */
};

struct audit {
	const struct session *session;
	int fd;        /* -1: no receiver */
	bool datagram; /* syslog, not a file */
	bool torn;     /* a file's last line lacks its end */
	pid_t pid;     /* asked once: it is on every line to syslog */
	uint64_t lost;
};

static int
connect_syslog(void)
{
	static const struct sockaddr_un address = { AF_UNIX, "/dev/log" };
	auto_fd int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	if (fd < 0 || connect(fd, (const struct sockaddr *)&address,
			  sizeof(address)) != 0)
		return -1;
	return take_fd(&fd);
}

/* Never through a symlink, never something that could block or mislead. */
static int
open_log_file(const char *path)
{
	auto_fd int fd = open(path,
	    O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOCTTY | O_NOFOLLOW |
		O_NONBLOCK,
	    0600);
	struct stat st;

	if (fd < 0 || fstat(fd, &st) != 0)
		return -1;
	if (!S_ISREG(st.st_mode)) {
		errno = EINVAL;
		return -1;
	}
	return take_fd(&fd);
}

struct audit *
audit_open(const char *where, const struct session *session)
{
	bool datagram = strcmp(where, "syslog") == 0;
	int fd = datagram ? connect_syslog() : open_log_file(where);
	struct audit *audit;

	if (fd < 0 && !datagram)
		return NULL;
	tzset(); /* localtime_r can't read the time zone in a jail */
	audit = xcalloc(1, sizeof(*audit));
	audit->session = session;
	audit->fd = fd;
	audit->datagram = datagram;
	audit->pid = getpid();
	return audit;
}

void
audit_close(struct audit *audit)
{
	if (audit == NULL)
		return;
	auto_close_fd(&audit->fd);
	free(audit);
}

int
audit_fd(const struct audit *audit)
{
	return audit->fd;
}

uint64_t
audit_lost(const struct audit *audit)
{
	return audit->lost;
}

/* "<86>Nov  4 09:08:07 filesonly[123]: ", in C's names of months. */
static void
add_syslog_head(struct buf *buf, pid_t pid, time_t now)
{
	char stamp[32];
	struct tm tm;

	if (localtime_r(&now, &tm) == NULL ||
	    strftime(stamp, sizeof(stamp), "%b %e %H:%M:%S", &tm) == 0)
		return;
	buf_addf(buf, "<%d>%s filesonly[%d]: ", PRIORITY, stamp, (int)pid);
}

static void
add_time(struct buf *buf, const struct timespec *now)
{
	char stamp[32];
	struct tm tm;

	if (gmtime_r(&now->tv_sec, &tm) == NULL ||
	    strftime(stamp, sizeof(stamp), "%Y-%m-%dT%H:%M:%S", &tm) == 0)
		return;
	buf_addf(buf, "time=%s.%03ldZ", stamp, now->tv_nsec / 1000000);
}

void
audit_begin(struct audit_line *line, struct audit *audit, const char *event)
{
	const struct session *session = audit->session;
	struct timespec now = { 0, 0 };

	line->audit = audit;
	buf_init(&line->buf, line->room, sizeof(line->room) - TAIL);
	clock_gettime(CLOCK_REALTIME, &now);
	if (audit->datagram)
		add_syslog_head(&line->buf, audit->pid, now.tv_sec);
	else if (audit->torn)
		buf_add_text(&line->buf, "\n");
	add_time(&line->buf, &now);
	audit_word(line, "event", event);
	audit_word(line, "session", session->id);
	audit_bytes(line, "user", session->user, strlen(session->user));
	if (audit->lost > 0)
		audit_number(line, "lost", audit->lost);
}

/* A field goes in whole or not at all. */
static void
drop_partial(struct audit_line *line, size_t before)
{
	if (line->buf.full)
		line->buf.len = before;
}

void
audit_word(struct audit_line *line, const char *key, const char *word)
{
	size_t before = line->buf.len;

	buf_addf(&line->buf, " %s=%s", key, word);
	drop_partial(line, before);
}

void
audit_number(struct audit_line *line, const char *key, uint64_t number)
{
	size_t before = line->buf.len;

	buf_addf(&line->buf, " %s=%llu", key, (unsigned long long)number);
	drop_partial(line, before);
}

void
audit_bytes(struct audit_line *line, const char *key, const void *bytes,
    size_t len)
{
	size_t before = line->buf.len;

	buf_addf(&line->buf, " %s=", key);
	quote_add(&line->buf, bytes, len, VALUE_MAX);
	drop_partial(line, before);
}

/* One datagram, or nothing: waits a second for a receiver that is full. */
static bool
send_line(int fd, const struct buf *buf)
{
	struct pollfd ready = { .fd = fd, .events = POLLOUT };

	for (;;) {
		ssize_t sent =
		    send(fd, buf->bytes, buf->len, MSG_DONTWAIT | MSG_NOSIGNAL);

		if (sent >= 0)
			return true;
		if (errno == EINTR)
			continue;
		if (errno != EAGAIN || poll(&ready, 1, WAIT_MS) <= 0)
			return false;
	}
}

/* A file takes a line in one write, so that sessions don't mix. */
static bool
append_line(struct audit *audit, const struct buf *buf)
{
	ssize_t written;

	do
		written = write(audit->fd, buf->bytes, buf->len);
	while (written < 0 && errno == EINTR);
	if (written > 0)
		audit->torn = (size_t)written < buf->len;
	return written >= 0 && (size_t)written == buf->len;
}

void
audit_end(struct audit_line *line)
{
	struct audit *audit = line->audit;
	struct buf *buf = &line->buf;
	bool written = false;

	buf->size += TAIL;
	if (buf->full)
		buf_add_text(buf, " cut=yes");
	if (!audit->datagram)
		buf_add_text(buf, "\n");
	if (audit->fd >= 0)
		written = audit->datagram ? send_line(audit->fd, buf)
					  : append_line(audit, buf);
	audit->lost += !written;
}
