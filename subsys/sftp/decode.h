/*
 * From a packet's body to typed fields, by the layout in its table row. No
 * other code reads the wire.
 */
#ifndef FILESONLY_SUBSYS_SFTP_DECODE_H
#define FILESONLY_SUBSYS_SFTP_DECODE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "root/relpath.h"

/* Bytes inside the packet; borrowed. */
struct slice {
	const unsigned char *at;
	size_t len;
};

struct attrs {
	uint32_t flags; /* ATTR_ */
	uint64_t size;
	uint32_t uid, gid;
	uint32_t permissions;
	uint32_t atime, mtime;
};

/* One request; fields of a kind in the order in which they came. */
struct fields {
	struct relpath paths[2];
	bool empty[2]; /* the path was "" on the wire */
	struct slice strings[2];
	struct slice handles[2];
	uint64_t numbers[4];
	struct attrs attrs;
};

/* Layouts are strings of these letters. */
enum layout {
	LAYOUT_PATH = 'p',   /* a path, parsed from start */
	LAYOUT_TEXT = 't',   /* a string without NUL: a symlink's text */
	LAYOUT_STRING = 's', /* any bytes */
	LAYOUT_HANDLE = 'h',
	LAYOUT_U32 = 'u',
	LAYOUT_U64 = 'o',
	LAYOUT_BYTE = 'b',
	LAYOUT_ATTRS = 'a',
};

/*
 * Decodes len bytes; what stands behind the last field is ignored, as by
 * OpenSSH. Returns false where a field is short, longer than the packet, or
 * a path that can't be one.
 */
bool decode_fields(struct fields *fields, const char *layout,
    const unsigned char *body, size_t len,
    const struct relpath *start) must_check;

/* Read a number or string off the front of *in; false where it is short. */
bool decode_u32(struct slice *in, uint32_t *value) must_check;
bool decode_u64(struct slice *in, uint64_t *value) must_check;
bool decode_string(struct slice *in, struct slice *value) must_check;

#endif
