/* The decoder. Every length is checked against what is left of its packet. */
#include "subsys/sftp/decode.h"

#include <string.h>

#include "subsys/sftp/proto.h"

enum { PAIRS_MAX = 0x10000 }; /* of extended attributes, which are dropped */

static bool
take_bytes(struct slice *in, size_t len, const unsigned char **at)
{
	if (len > in->len)
		return false;
	*at = in->at;
	in->at += len;
	in->len -= len;
	return true;
}

bool
decode_u32(struct slice *in, uint32_t *value)
{
	const unsigned char *at;

	if (!take_bytes(in, 4, &at))
		return false;
	*value = (uint32_t)at[0] << 24 | (uint32_t)at[1] << 16 |
		 (uint32_t)at[2] << 8 | at[3];
	return true;
}

bool
decode_u64(struct slice *in, uint64_t *value)
{
	uint32_t high, low;

	if (!decode_u32(in, &high) || !decode_u32(in, &low))
		return false;
	*value = (uint64_t)high << 32 | low;
	return true;
}

bool
decode_string(struct slice *in, struct slice *value)
{
	uint32_t len;

	if (!decode_u32(in, &len))
		return false;
	value->len = len;
	return take_bytes(in, len, &value->at);
}

static bool
drop_pairs(struct slice *in)
{
	struct slice dropped;
	uint32_t count;

	if (!decode_u32(in, &count) || count > PAIRS_MAX)
		return false;
	for (uint32_t i = 0; i < count; i++) {
		if (!decode_string(in, &dropped) ||
		    !decode_string(in, &dropped))
			return false;
	}
	return true;
}

static bool
decode_attrs(struct slice *in, struct attrs *attrs)
{
	*attrs = (struct attrs){ .flags = 0 };
	if (!decode_u32(in, &attrs->flags))
		return false;
	if ((attrs->flags & ATTR_SIZE) && !decode_u64(in, &attrs->size))
		return false;
	if ((attrs->flags & ATTR_UIDGID) &&
	    (!decode_u32(in, &attrs->uid) || !decode_u32(in, &attrs->gid)))
		return false;
	if ((attrs->flags & ATTR_PERMISSIONS) &&
	    !decode_u32(in, &attrs->permissions))
		return false;
	if ((attrs->flags & ATTR_ACMODTIME) &&
	    (!decode_u32(in, &attrs->atime) || !decode_u32(in, &attrs->mtime)))
		return false;
	return (attrs->flags & ATTR_EXTENDED) == 0 || drop_pairs(in);
}

static bool
decode_path(struct slice *in, struct relpath *path, bool *empty,
    const struct relpath *start)
{
	struct slice raw;

	if (!decode_string(in, &raw))
		return false;
	*empty = raw.len == 0;
	return relpath_parse(path, (const char *)raw.at, raw.len, start) == 0;
}

static bool
decode_byte(struct slice *in, uint64_t *number)
{
	const unsigned char *at;

	if (!take_bytes(in, 1, &at))
		return false;
	*number = *at;
	return true;
}

static bool
decode_number(struct slice *in, uint64_t *number)
{
	uint32_t narrow;

	if (!decode_u32(in, &narrow))
		return false;
	*number = narrow;
	return true;
}

bool
decode_fields(struct fields *fields, const char *layout,
    const unsigned char *body, size_t len, const struct relpath *start)
{
	struct slice in = { body, len };
	int paths = 0, strings = 0, handles = 0, numbers = 0;
	bool ok = true;

	for (; *layout != '\0' && ok; layout++) {
		switch ((enum layout) * layout) {
		case LAYOUT_PATH:
			ok = decode_path(&in, &fields->paths[paths],
			    &fields->empty[paths], start);
			paths++;
			break;
		case LAYOUT_TEXT:
			ok = decode_string(&in, &fields->strings[strings]) &&
			     memchr(fields->strings[strings].at, '\0',
				 fields->strings[strings].len) == NULL;
			strings++;
			break;
		case LAYOUT_STRING:
			ok = decode_string(&in, &fields->strings[strings++]);
			break;
		case LAYOUT_HANDLE:
			ok = decode_string(&in, &fields->handles[handles++]);
			break;
		case LAYOUT_U32:
			ok = decode_number(&in, &fields->numbers[numbers++]);
			break;
		case LAYOUT_U64:
			ok = decode_u64(&in, &fields->numbers[numbers++]);
			break;
		case LAYOUT_BYTE:
			ok = decode_byte(&in, &fields->numbers[numbers++]);
			break;
		case LAYOUT_ATTRS:
			ok = decode_attrs(&in, &fields->attrs);
			break;
		}
	}
	return ok;
}
