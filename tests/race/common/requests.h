/* SFTP requests of every kind, at random, on names that are raced. */
#ifndef FILESONLY_TESTS_RACE_COMMON_REQUESTS_H
#define FILESONLY_TESTS_RACE_COMMON_REQUESTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"

enum {
	REQUEST_CLOSE = 4,
	REQUEST_EXTENDED = 200,
	HANDLES_MAX = 64,
};

/*
 * layout: p path, n a path that may be new, t a symlink's text, h handle,
 * H the last handle, which is forgotten, o offset, z the offset 0, l a length,
 * d data, a attributes, - no attributes, r w c OPEN's flags to read, write,
 * create, b the byte 1.
 */
struct request_kind {
	uint8_t type;
	const char *name; /* of extensions: on the wire */
	const char *layout;
};

/* All kinds, ended by a type of 0: on names, then on handles, then CLOSE. */
extern const struct request_kind request_kinds[];

struct handle {
	unsigned char bytes[256];
	size_t len;
};

struct requester {
	uint64_t random;  /* not 0 */
	const char *base; /* the world's directory */
	/* Appends what a letter stands for, or returns false: then it is as
	 * above, with the names of world.h. NULL: always. */
	bool (*add)(struct requester *requester, struct buf *out, char letter);
	void *context; /* add's */
	struct handle handles[HANDLES_MAX];
	unsigned open; /* of them */
};

/* A number below sides. */
unsigned requester_dice(struct requester *requester, unsigned sides);

/* A kind on names, or on handles. */
const struct request_kind *request_on_name(struct requester *requester);
const struct request_kind *request_on_handle(struct requester *requester);
const struct request_kind *request_close(void);

/* Keeps the handle that a reply brings, behind its id, while there is room. */
void requester_keep(struct requester *requester, const unsigned char *bytes,
    size_t len);

/* Appends the whole packet. */
void request_write(struct requester *requester, const struct request_kind *kind,
    uint32_t id, struct buf *out);

#endif
