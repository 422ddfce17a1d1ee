/* Requests about the server and its users. */
#include <string.h>

#include "subsys/sftp/ops.h"

/* limits@openssh.com: the client raises its blocks to what is told here. */
int
op_limits(struct sftp *sftp, const struct fields *fields)
{
	struct buf packet =
	    out_begin(&sftp->out, PACKET_EXTENDED_REPLY, sftp->id, 32);

	(void)fields;
	buf_add_u64(&packet, PACKET_MAX);
	buf_add_u64(&packet, READ_MAX);
	buf_add_u64(&packet, READ_MAX);
	buf_add_u64(&packet, sftp->handles.max);
	out_end(&sftp->out, &packet);
	return REPLIED;
}

/* A list of ids becomes a list of names: "" for an id that has none. */
static bool
add_owner_names(struct sftp *sftp, struct buf *packet, enum name_kind kind,
    struct slice ids)
{
	struct buf len = *packet;
	size_t before;
	uint32_t id;

	buf_add_u32(packet, 0);
	before = packet->len;
	while (ids.len > 0) {
		const char *name;

		if (!decode_u32(&ids, &id))
			return false;
		name = owners_find(&sftp->owners, kind, id);
		buf_add_string(packet, name, strlen(name));
	}
	buf_add_u32(&len, (uint32_t)(packet->len - before));
	return !packet->full;
}

int
op_users_groups(struct sftp *sftp, const struct fields *fields)
{
	size_t ids = (fields->strings[0].len + fields->strings[1].len) / 4;
	struct buf packet = out_begin(&sftp->out, PACKET_EXTENDED_REPLY,
	    sftp->id, 8 + ids * (4 + NAME_BYTES));

	if (!add_owner_names(sftp, &packet, NAME_USER, fields->strings[0]) ||
	    !add_owner_names(sftp, &packet, NAME_GROUP, fields->strings[1]))
		return reply_status(sftp, STATUS_BAD_MESSAGE);
	out_end(&sftp->out, &packet);
	return REPLIED;
}

void
server_info_vendor(struct buf *out)
{
	buf_add_string(out, "filesonly", 9);
	buf_add_string(out, "filesonly", 9);
	buf_add_string(out, FILESONLY_VERSION, strlen(FILESONLY_VERSION));
	buf_add_u64(out, 0);
}

/* The client tells its name; nothing depends on it. */
int
op_vendor_id(struct sftp *sftp, const struct fields *fields)
{
	(void)sftp;
	(void)fields;
	return DONE;
}
