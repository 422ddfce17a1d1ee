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
	int fd;        /* -1: no receiver */
	bool datagram; /* syslog, not a file */
	bool torn;     /* a file's last line lacks its end */
	uint64_t lost;
	/* A line's text up to its milliseconds, made once a second, and what
	 * stands behind its event. */
	time_t second;
	struct buf head, fixed;
	unsigned char head_room[128], fixed_room[1200];
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
	audit->fd = fd;
	audit->datagram = datagram;
	audit->second = -1;
	buf_init(&audit->fixed, audit->fixed_room, sizeof(audit->fixed_room));
	buf_add_text(&audit->fixed, " session=");
	buf_add_text(&audit->fixed, session->id);
	buf_add_text(&audit->fixed, " user=");
	quote_add(&audit->fixed, session->user, strlen(session->user),
	    VALUE_MAX);
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

/*
 * "<86>Nov  4 09:08:07 filesonly[123]: ", in C's names of months, where the
 * line goes to syslog; "time=2026-11-04T08:08:07." in any case.
 */
static void
make_head(struct audit *audit, time_t now)
{
	char stamp[32];
	struct tm tm;

	buf_init(&audit->head, audit->head_room, sizeof(audit->head_room));
	if (audit->datagram && localtime_r(&now, &tm) != NULL &&
	    strftime(stamp, sizeof(stamp), "%b %e %H:%M:%S", &tm) > 0)
		buf_addf(&audit->head, "<%d>%s filesonly[%d]: ", PRIORITY,
		    stamp, (int)getpid());
	if (gmtime_r(&now, &tm) != NULL &&
	    strftime(stamp, sizeof(stamp), "time=%Y-%m-%dT%H:%M:%S.", &tm) > 0)
		buf_add_text(&audit->head, stamp);
	audit->second = now;
}

void
audit_begin(struct audit_line *line, struct audit *audit, const char *event)
{
	struct timespec now = { 0, 0 };
	unsigned ms;

	line->audit = audit;
	buf_init(&line->buf, line->room, sizeof(line->room) - TAIL);
	clock_gettime(CLOCK_REALTIME, &now);
	if (now.tv_sec != audit->second)
		make_head(audit, now.tv_sec);
	if (audit->torn)
		buf_add_text(&line->buf, "\n");
	buf_add(&line->buf, audit->head.bytes, audit->head.len);
	ms = (unsigned)(now.tv_nsec / 1000000);
	buf_add_u8(&line->buf, (uint8_t)('0' + ms / 100));
	buf_add_u8(&line->buf, (uint8_t)('0' + ms / 10 % 10));
	buf_add_u8(&line->buf, (uint8_t)('0' + ms % 10));
	buf_add_text(&line->buf, "Z event=");
	buf_add_text(&line->buf, event);
	buf_add(&line->buf, audit->fixed.bytes, audit->fixed.len);
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

static void
add_key(struct audit_line *line, const char *key)
{
	buf_add(&line->buf, " ", 1);
	buf_add_text(&line->buf, key);
	buf_add(&line->buf, "=", 1);
}

void
audit_word(struct audit_line *line, const char *key, const char *word)
{
	size_t before = line->buf.len;

	add_key(line, key);
	buf_add_text(&line->buf, word);
	drop_partial(line, before);
}

void
audit_number(struct audit_line *line, const char *key, uint64_t number)
{
	size_t before = line->buf.len;

	add_key(line, key);
	buf_add_number(&line->buf, number, 0);
	drop_partial(line, before);
}

void
audit_bytes(struct audit_line *line, const char *key, const void *bytes,
    size_t len)
{
	size_t before = line->buf.len;

	add_key(line, key);
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
