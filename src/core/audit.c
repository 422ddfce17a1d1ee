/*
 * Lines of the record, built whole in memory of our own and handed over: each
 * a datagram to syslog (RFC 3164's shape, as syslog(3) sends it), or appended
 * to a file. Trusts nothing that it is given but the keys; what can't be
 * handed over is counted, never waited for longer than a second.
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
	LINE_BYTES = 16384,       /* of one line: a datagram of syslog's */
	GATHERED = 32,            /* lines that are handed over at once */
};

struct audit {
	int fd;        /* -1: no receiver */
	bool datagram; /* syslog, not a file */
	bool torn;     /* a file's last line lacks its end */
	bool gathers;  /* lines wait for audit_flush */
	uint64_t lost;
	unsigned char *lines;  /* 2 * LINE_BYTES, owned: lines that wait, then
				* the one that is being built */
	size_t ends[GATHERED]; /* ... where each that waits ends */
	unsigned waiting;
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
	audit->lines = xrealloc(NULL, 2, LINE_BYTES);
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
	audit_flush(audit);
	auto_close_fd(&audit->fd);
	free(audit->lines);
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

/* "<86>Nov  4 09:08:07 filesonly[123]: " */
static void
add_tag(struct buf *head, const char *stamp)
{
	buf_add_text(head, "<");
	buf_add_number(head, PRIORITY, 0);
	buf_add_text(head, ">");
	buf_add_text(head, stamp);
	buf_add_text(head, " filesonly[");
	buf_add_number(head, (uint64_t)getpid(), 0);
	buf_add_text(head, "]: ");
}

/*
 * A line to syslog begins with the tag, in C's names of months; any has
 * "time=2026-11-04T08:08:07." then.
 */
static void
make_head(struct audit *audit, time_t now)
{
	char stamp[32];
	struct tm tm;

	buf_init(&audit->head, audit->head_room, sizeof(audit->head_room));
	if (audit->datagram && localtime_r(&now, &tm) != NULL &&
	    strftime(stamp, sizeof(stamp), "%b %e %H:%M:%S", &tm) > 0)
		add_tag(&audit->head, stamp);
	if (gmtime_r(&now, &tm) != NULL &&
	    strftime(stamp, sizeof(stamp), "time=%Y-%m-%dT%H:%M:%S.", &tm) > 0)
		buf_add_text(&audit->head, stamp);
	audit->second = now;
}

static size_t
length_of_waiting(const struct audit *audit)
{
	return audit->waiting == 0 ? 0 : audit->ends[audit->waiting - 1];
}

void
audit_begin(struct audit_line *line, struct audit *audit, const char *event)
{
	struct timespec now = { 0, 0 };
	unsigned ms;

	line->audit = audit;
	buf_init(&line->buf, audit->lines + length_of_waiting(audit),
	    LINE_BYTES - TAIL);
	clock_gettime(CLOCK_REALTIME, &now);
	if (now.tv_sec != audit->second)
		make_head(audit, now.tv_sec);
	if (audit->torn && audit->waiting == 0)
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

/* Waits a second for a receiver that is full. */
static bool
can_send(const struct audit *audit)
{
	struct pollfd ready = { .fd = audit->fd, .events = POLLOUT };

	return poll(&ready, 1, WAIT_MS) > 0;
}

/* Each line is a datagram. Returns how many were handed over. */
static unsigned
send_lines(const struct audit *audit)
{
	struct mmsghdr messages[GATHERED] = { 0 };
	struct iovec parts[GATHERED];
	unsigned sent = 0, lost = 0;
	size_t from = 0;

	for (unsigned i = 0; i < audit->waiting; i++) {
		parts[i] = (struct iovec){ audit->lines + from,
			audit->ends[i] - from };
		messages[i].msg_hdr.msg_iov = &parts[i];
		messages[i].msg_hdr.msg_iovlen = 1;
		from = audit->ends[i];
	}
	while (sent + lost < audit->waiting) {
		int count = sendmmsg(audit->fd, messages + sent + lost,
		    audit->waiting - sent - lost, MSG_DONTWAIT | MSG_NOSIGNAL);

		if (count > 0)
			sent += (unsigned)count;
		else if (errno == EAGAIN && !can_send(audit))
			break;
		else if (errno != EAGAIN && errno != EINTR)
			lost++;
	}
	return sent;
}

/*
 * One write, so that sessions don't mix in a file. Returns how many lines are
 * whole there.
 */
static unsigned
append_lines(struct audit *audit)
{
	unsigned whole = 0;
	ssize_t written;

	do
		written =
		    write(audit->fd, audit->lines, length_of_waiting(audit));
	while (written < 0 && errno == EINTR);
	if (written <= 0)
		return 0;
	while (whole < audit->waiting && audit->ends[whole] <= (size_t)written)
		whole++;
	audit->torn = whole < audit->waiting &&
		      (whole == 0 || audit->ends[whole - 1] < (size_t)written);
	return whole;
}

void
audit_flush(struct audit *audit)
{
	unsigned written = 0;

	if (audit->waiting == 0)
		return;
	if (audit->fd >= 0)
		written =
		    audit->datagram ? send_lines(audit) : append_lines(audit);
	audit->lost += audit->waiting - written;
	audit->waiting = 0;
}

void
audit_gather(struct audit *audit)
{
	audit->gathers = true;
}

void
audit_end(struct audit_line *line)
{
	struct audit *audit = line->audit;
	struct buf *buf = &line->buf;

	buf->size += TAIL;
	if (buf->full)
		buf_add_text(buf, " cut=yes");
	if (!audit->datagram)
		buf_add_text(buf, "\n");
	audit->ends[audit->waiting] = length_of_waiting(audit) + buf->len;
	audit->waiting++;
	/* The next line must find its room. */
	if (!audit->gathers || audit->waiting == GATHERED ||
	    length_of_waiting(audit) > LINE_BYTES)
		audit_flush(audit);
}
