/*
 * Trusts the monitors; of a session's process, which may have been taken over
 * by its client, it expects one line a packet and passes on nothing else.
 */
#include "serve/line_relay.h"

#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/fd.h"
#include "base/io.h"

enum {
	LINE_MAX_BYTES = 32 * 1024, /* the record's are half as long */
	AT_ONCE = 64,               /* before connections have their turn */
};

void
line_relay_init(struct line_relay *relay)
{
	*relay = (struct line_relay){ .give = { -1, -1 }, .take = { -1, -1 } };
}

int
line_relay_open(struct line_relay *relay, bool json)
{
	line_relay_init(relay);
	relay->json = json;
	for (int i = 0; i < RELAYS; i++) {
		int ends[2];

		if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0,
			ends) != 0)
			return -1;
		relay->give[i] = ends[0];
		relay->take[i] = ends[1];
		/* What is written there by its holders goes nowhere. */
		if (shutdown(ends[1], SHUT_WR) != 0)
			return -1;
	}
	return 0;
}

void
line_relay_give_only(struct line_relay *relay)
{
	for (int i = 0; i < RELAYS; i++)
		auto_close_fd(&relay->take[i]);
}

void
line_relay_close(struct line_relay *relay)
{
	line_relay_give_only(relay);
	for (int i = 0; i < RELAYS; i++)
		auto_close_fd(&relay->give[i]);
}

/* Where a string that begins at from ends, behind its quote; len: nowhere. */
static size_t
string_end(const unsigned char *bytes, size_t from, size_t len)
{
	for (size_t i = from + 1; i < len; i++) {
		if (bytes[i] == '\\')
			i++;
		else if (bytes[i] == '"')
			return i + 1;
	}
	return len;
}

/*
 * A record's line is one flat object. In any other there could be a second
 * object, or our mark a second time, which programs would read in place of it:
 * so a member's name has no escapes, either, and no space behind it.
 */
static bool
is_flat_object(const unsigned char *bytes, size_t len)
{
	static const char mark[] = "\"log\"";
	size_t end;

	if (len < 2 || bytes[0] != '{' || bytes[len - 1] != '}')
		return false;
	for (size_t i = 1; i < len - 1; i = end) {
		end = i + 1;
		if (bytes[i] == '{' || bytes[i] == '}' || bytes[i] == ' ')
			return false;
		if (bytes[i] != '"')
			continue;
		end = string_end(bytes, i, len);
		if (end == len)
			return false;
		if (bytes[end] != ':')
			continue;
		if (memchr(bytes + i, '\\', end - i) != NULL ||
		    (end - i == sizeof(mark) - 1 &&
			memcmp(bytes + i, mark, end - i) == 0))
			return false;
	}
	return true;
}

/* One line, and nothing that would make two of it or hide it. */
static bool
is_one_line(const unsigned char *bytes, size_t len, bool json)
{
	if (len == 0 || (json && !is_flat_object(bytes, len)))
		return false;
	for (size_t i = 0; i < len; i++) {
		if (bytes[i] < ' ' || bytes[i] == 0x7f)
			return false;
	}
	return true;
}

/* A session's line, marked, or a word about what is none. */
static void
add_session_line(struct buf *out, const unsigned char *bytes, size_t len,
    bool json)
{
	if (!is_one_line(bytes, len, json))
		buf_add_text(out,
		    json ? "{\"log\":\"session\",\"event\":\"no-line\"}"
			 : "log=session event=no-line");
	else if (json) {
		buf_add_text(out, "{\"log\":\"session\",");
		buf_add(out, bytes + 1, len - 1);
	} else {
		buf_add_text(out, "log=session ");
		buf_add(out, bytes, len);
	}
}

bool
line_relay_pass(const struct line_relay *relay, enum relay_from from)
{
	not_zeroed unsigned char bytes[LINE_MAX_BYTES];
	not_zeroed char room[LINE_MAX_BYTES + 64];
	ssize_t got = 0;

	for (int i = 0; i < AT_ONCE; i++) {
		struct buf out;

		got =
		    recv(relay->take[from], bytes, sizeof(bytes), MSG_DONTWAIT);
		if (got < 0)
			return i > 0;
		buf_init(&out, room, sizeof(room));
		if (from == FROM_SESSIONS)
			add_session_line(&out, bytes, (size_t)got, relay->json);
		else
			buf_add(&out, bytes, (size_t)got);
		buf_add_text(&out, "\n");
		if (io_write_all(STDERR_FILENO, out.bytes, out.len) != 0)
			return true;
	}
	return true;
}
