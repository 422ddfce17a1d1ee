/*
 * Pages go from file to pipe and from pipe to file by splice(2), which spares
 * a copy; where a stream is no pipe, or the file system can't, by buffers.
 */
#include "subsys/scp/content.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "base/hash.h"
#include "subsys/job.h"
#include "subsys/scp/peer.h"

enum {
	AT_ONCE = 1 << 20, /* bytes of one splice: a whole pipe's */
	BUFFER = 64 << 10,
};

static size_t
least_of(uint64_t left, size_t may, size_t most)
{
	size_t len = left < most ? (size_t)left : most;

	return len < may ? len : may;
}

/* Can it be done at all with these two? Asked when a call has failed. */
static bool
is_no_splice(struct peer *peer)
{
	if (errno != EINVAL && errno != ENOSYS && errno != EOPNOTSUPP)
		return false;
	peer->no_splice = true;
	return true;
}

/* Writes what has come; *error keeps what went wrong first. */
static size_t
content_store(int file, const unsigned char *bytes, size_t len, int *error)
{
	size_t done = 0;

	while (done < len && *error == 0) {
		ssize_t put = write(file, bytes + done, len - done);

		if (put > 0)
			done += (size_t)put;
		else if (put == 0 || errno != EINTR)
			*error = put == 0 ? EIO : errno;
	}
	return done;
}

/* From what has come, or waits for more. Returns how many were taken. */
static size_t
take_buffered(struct peer *peer, int file, uint64_t left, struct hash *hash,
    int *error, uint64_t *written)
{
	size_t len;

	if (!peer_fill(peer))
		return 0;
	len = least_of(left, SIZE_MAX, peer->len - peer->from);
	if (hash != NULL)
		hash_add(hash, peer->in + peer->from, len);
	*written += content_store(file, peer->in + peer->from, len, error);
	peer->from += len;
	return len;
}

/* From pipe to file. Returns how many were taken. */
static size_t
take_pages(struct peer *peer, int file, uint64_t left, int *error)
{
	size_t may = peer_may(peer, PACE_IN);
	ssize_t got;

	if (may == 0)
		return 0;
	got = splice(peer->job->in, NULL, file, NULL,
	    least_of(left, may, AT_ONCE), SPLICE_F_MOVE | SPLICE_F_MORE);
	if (got > 0) {
		peer_moved(peer, PACE_IN, (size_t)got);
		return (size_t)got;
	}
	if (got == 0)
		peer_left(peer);
	else if (!peer_again(peer, got) && !is_no_splice(peer))
		*error = errno;
	return 0;
}

uint64_t
content_take(struct peer *peer, int file, uint64_t size, struct hash *hash,
    int *error)
{
	uint64_t left = size, written = 0;

	*error = 0;
	peer_flush(peer);
	while (left > 0 && !peer->gone) {
		bool by_pages = hash == NULL && peer->from == peer->len &&
				*error == 0 && !peer->no_splice;
		size_t taken = by_pages ? take_pages(peer, file, left, error)
					: take_buffered(peer, file, left, hash,
					      error, &written);

		written += by_pages ? taken : 0;
		left -= taken;
	}
	return written;
}

/* From file to pipe. Returns how many were sent. */
static size_t
send_pages(struct peer *peer, int file, uint64_t left, int *error)
{
	size_t may = peer_may(peer, PACE_OUT);
	ssize_t put;

	if (may == 0)
		return 0;
	put = splice(file, NULL, peer->job->out, NULL,
	    least_of(left, may, AT_ONCE),
	    SPLICE_F_MORE | (peer->polls ? SPLICE_F_NONBLOCK : 0));
	if (put > 0) {
		peer_moved(peer, PACE_OUT, (size_t)put);
		return (size_t)put;
	}
	if (put == 0)
		*error = ENODATA;
	else if (errno == EPIPE)
		peer_left(peer);
	else if (!peer_again(peer, put) && !is_no_splice(peer))
		*error = errno;
	return 0;
}

/* All len bytes, or the other end is gone. */
static void
content_write(struct peer *peer, const unsigned char *bytes, size_t len)
{
	while (len > 0) {
		size_t may = peer_may(peer, PACE_OUT);
		ssize_t put;

		if (may == 0)
			return;
		put = write(peer->job->out, bytes, len < may ? len : may);
		if (peer_again(peer, put))
			continue;
		if (put < 0) {
			peer_left(peer);
			return;
		}
		peer_moved(peer, PACE_OUT, (size_t)put);
		bytes += put;
		len -= (size_t)put;
	}
}

/* Returns how many were sent; zeros where *error is set already. */
static size_t
send_buffered(struct peer *peer, int file, uint64_t left, int *error)
{
	not_zeroed unsigned char bytes[BUFFER];
	size_t len = least_of(left, SIZE_MAX, sizeof(bytes));
	ssize_t got = 0;

	if (*error == 0) {
		got = read(file, bytes, len);
		if (got <= 0 && !peer_again(peer, got))
			*error = got == 0 ? ENODATA : errno;
		if (got <= 0)
			return 0;
		len = (size_t)got;
	} else {
		memset(bytes, 0, len);
	}
	content_write(peer, bytes, len);
	return len;
}

uint64_t
content_send(struct peer *peer, int file, uint64_t size, int *error)
{
	uint64_t left = size, own = 0;

	*error = 0;
	if (peer_flush(peer))
		peer->midway = true;
	while (left > 0 && !peer->gone) {
		bool by_pages = *error == 0 && !peer->no_splice;
		size_t sent = by_pages ? send_pages(peer, file, left, error)
				       : send_buffered(peer, file, left, error);

		own += *error == 0 ? sent : 0;
		left -= sent;
	}
	peer->midway = left > 0;
	return own;
}
