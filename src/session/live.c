/*
 * Text for programs that read the record, and one number in front of it. All
 * that comes from outside is quoted.
 */
#include "session/live.h"

#include <limits.h>
#include <stddef.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/quote.h"
#include "session/session.h"

enum { LIVE_VALUE_MAX = 4096 };

static void
live_add(struct buf *text, const char *key, const char *value)
{
	buf_add_text(text, " ");
	buf_add_text(text, key);
	buf_add_text(text, "=");
	quote_add(text, value, strlen(value), LIVE_VALUE_MAX);
}

static void
live_write(struct buf *text, const struct session *session, const char *service,
    const char *root)
{
	time_t began = session->started.tv_sec;
	char stamp[32] = "";
	struct tm tm;

	if (gmtime_r(&began, &tm) != NULL)
		strftime(stamp, sizeof(stamp), "%Y-%m-%dT%H:%M:%SZ", &tm);
	buf_add_text(text, "time=");
	buf_add_text(text, stamp);
	buf_add_text(text, " event=live");
	live_add(text, "session", session->id);
	live_add(text, "user", session->user);
	live_add(text, "service", service);
	live_add(text, "virtual", session->is_virtual ? "yes" : "no");
	live_add(text, "address", session->address);
	live_add(text, "key", session->key_claim);
	live_add(text, "root", root);
	buf_add_text(text, "\n");
}

void
live_begin(struct live *live, const struct session *session,
    const char *service, const char *root)
{
	not_zeroed unsigned char room[LIVE_BYTES];
	struct buf text;
	void *page;

	live->page = NULL;
	live->fd = memfd_create(LIVE_NAME, MFD_CLOEXEC);
	if (live->fd < 0)
		return;
	memset(room, 0, LIVE_TEXT);
	buf_init(&text, room, sizeof(room));
	text.len = LIVE_TEXT;
	live_write(&text, session, service, root);
	if (text.full ||
	    pwrite(live->fd, room, text.len, 0) != (ssize_t)text.len)
		return;
	page = mmap(NULL, sizeof(struct live_page), PROT_READ | PROT_WRITE,
	    MAP_SHARED, live->fd, 0);
	if (page == MAP_FAILED)
		return;
	live->page = page;
	live_moved(live, 0, 0);
}

void
live_end(struct live *live)
{
	if (live->page != NULL)
		munmap(live->page, sizeof(*live->page));
	live->page = NULL;
	auto_close_fd(&live->fd);
}

void
live_moved(const struct live *live, size_t in, size_t out)
{
	struct timespec now;

	if (live == NULL || live->page == NULL ||
	    clock_gettime(CLOCK_MONOTONIC_COARSE, &now) != 0)
		return;
	live->page->moved = now.tv_sec;
	live->page->in += in;
	live->page->out += out;
}
