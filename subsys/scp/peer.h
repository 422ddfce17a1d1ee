/*
 * The other end's scp: lines and replies, over the job's two streams and at
 * the policy's pace (files.h moves what lies between the lines). The protocol
 * is a dialogue, so what we say is sent before anything is waited for.
 *
 * Once `gone` is set (the other end has left, a limit is met, the protocol is
 * broken) nothing moves any more, and every function that can says so.
 */
#ifndef FILESONLY_SUBSYS_SCP_PEER_H
#define FILESONLY_SUBSYS_SCP_PEER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "limits/pace.h"

struct job;

struct peer {
	struct job *job;
	struct pace pace;
	unsigned char *in; /* owned: what has come, from .. len */
	size_t from, len;
	unsigned char *room; /* owned: of out */
	struct buf out;      /* what is to be said */
	bool gone;
	bool ended;  /* ... by the end of its stream */
	bool failed; /* an error was told, by either end */
	bool midway; /* in the bytes of a file that is sent: no line can be */
	bool polls;  /* no call may wait: there are limits of time, or
		      * somebody watches */
	bool no_splice; /* the kernel can't do it with these streams */
	bool enlarged;  /* the pipes */
	int out_flags;  /* out's, to be given back; or -1 */
};

/* peer_close says what is to be said, also of a limit, and frees all. */
void peer_open(struct peer *peer, struct job *job);
void peer_close(struct peer *peer);

/* Sends what is to be said. Returns false where the other end is gone. */
bool peer_flush(struct peer *peer);

/* Waits for more where nothing that came is left; false at the end. */
bool peer_fill(struct peer *peer) must_check;

/* The next byte. Returns false at the end. */
bool peer_byte(struct peer *peer, unsigned char *byte) must_check;

/*
 * Reads the line that begins with first, without its newline, into line
 * (CONTROL_MAX bytes). Returns its length, or -1 at the end or where it has no
 * end.
 */
ssize_t peer_line(struct peer *peer, unsigned char first,
    char *line) must_check;

/* Says a line of the protocol; format ends in a newline. */
void peer_say(struct peer *peer, const char *format, ...) printf_like(2, 3);

/* Says yes; or no, to a name (the client's; it is made safe) and why. */
void peer_ok(struct peer *peer);
void peer_refuse(struct peer *peer, const char *name, const char *why);

/*
 * The other end does not keep to the protocol: it and the record hear why, and
 * it is gone.
 */
void peer_break(struct peer *peer, const char *why);

/* The other end's yes (true), its no, or its end. */
bool peer_agrees(struct peer *peer) must_check;

/*
 * The same behind the last byte of a file that was taken in. libssh2 (curl,
 * PHP) ends its stream there and says nothing: it has sent all, which is a yes.
 */
bool peer_agrees_or_ends(struct peer *peer) must_check;

/*
 * May that many bytes of a file still move (max-session-bytes)? Where they may
 * not, the session ends before a part of them has moved.
 */
bool peer_has(struct peer *peer, uint64_t bytes) must_check;

/*
 * Around a call that moves bytes: how many may move that way now (waits for
 * that; 0: the other end is gone); that the call failed for now, and is to be
 * made again; how many moved; and that the other end has left.
 */
size_t peer_may(struct peer *peer, enum direction way) must_check;
bool peer_again(struct peer *peer, ssize_t result) must_check;
void peer_moved(struct peer *peer, enum direction way, size_t len);
void peer_left(struct peer *peer);

#endif
