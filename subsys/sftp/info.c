/* Requests about the server, its users and its file systems. */
#include <errno.h>
#include <string.h>
#include <sys/statvfs.h>
#include <sys/vfs.h>

#include "root/root.h"
#include "session/session.h"
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

/* The canonical path of bytes that start where relative paths do. */
static int
reply_path(struct sftp *sftp, const unsigned char *bytes, size_t len)
{
	not_zeroed struct relpath path;

	if (relpath_parse(&path, (const char *)bytes, len, &sftp->start) != 0)
		return FAILED;
	return reply_realpath(sftp, &path);
}

/* "~" and "~/x" begin at the start; other accounts are nobody's business. */
int
op_expand_path(struct sftp *sftp, const struct fields *fields)
{
	struct slice path = fields->strings[0];

	if (path.len > 0 && path.at[0] == '~') {
		if (path.len > 1 && path.at[1] != '/') {
			out_status(&sftp->out, sftp->id, STATUS_NO_SUCH_FILE, 0,
			    "no such user");
			return REPLIED;
		}
		for (path.at++, path.len--; path.len > 0 && path.at[0] == '/';
		     path.len--)
			path.at++;
	}
	return reply_path(sftp, path.at, path.len);
}

int
op_home_directory(struct sftp *sftp, const struct fields *fields)
{
	const struct slice *user = &fields->strings[0];
	const char *own = sftp->job->session->user;

	if (user->len != 0 &&
	    (user->len != strlen(own) || memcmp(user->at, own, user->len) != 0))
		return answer(sftp, STATUS_FAILURE);
	return reply_path(sftp, NULL, 0);
}

/* A list of ids in, a list of names out: "" for what has none. */
static bool
add_names(struct sftp *sftp, struct buf *packet, enum name_kind kind,
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

	if (!add_names(sftp, &packet, NAME_USER, fields->strings[0]) ||
	    !add_names(sftp, &packet, NAME_GROUP, fields->strings[1]))
		return answer(sftp, STATUS_BAD_MESSAGE);
	out_end(&sftp->out, &packet);
	return REPLIED;
}

/* In 64 bits, as OpenSSH's server has it of glibc; musl's fstatvfs halves it.
 */
static uint64_t
id_of(const struct statfs *fs)
{
	return (uint32_t)fs->f_fsid.__val[0] |
	       (uint64_t)(uint32_t)fs->f_fsid.__val[1] << 32;
}

static uint64_t
fragment_of(const struct statfs *fs)
{
	return (uint64_t)(fs->f_frsize != 0 ? fs->f_frsize : fs->f_bsize);
}

int
reply_statvfs(struct sftp *sftp, const struct statfs *fs)
{
	struct buf packet =
	    out_begin(&sftp->out, PACKET_EXTENDED_REPLY, sftp->id, 88);

	buf_add_u64(&packet, (uint64_t)fs->f_bsize);
	buf_add_u64(&packet, fragment_of(fs));
	buf_add_u64(&packet, fs->f_blocks);
	buf_add_u64(&packet, fs->f_bfree);
	buf_add_u64(&packet, fs->f_bavail);
	buf_add_u64(&packet, fs->f_files);
	buf_add_u64(&packet, fs->f_ffree);
	buf_add_u64(&packet, fs->f_ffree); /* Linux reserves none for root */
	buf_add_u64(&packet, id_of(fs));
	buf_add_u64(&packet, ((fs->f_flags & ST_RDONLY) ? 1U : 0U) |
				 ((fs->f_flags & ST_NOSUID) ? 2U : 0U));
	buf_add_u64(&packet, (uint64_t)fs->f_namelen);
	out_end(&sftp->out, &packet);
	return REPLIED;
}

/* draft-ietf-secsh-filexfer-extensions-00, "space-available" (WinSCP) */
int
op_space_available(struct sftp *sftp, const struct fields *fields)
{
	struct statfs fs;
	struct buf packet;
	uint64_t unit;

	if (root_statfs(sftp->job->root, &fields->paths[0], &fs) != 0)
		return FAILED;
	unit = fragment_of(&fs);
	packet = out_begin(&sftp->out, PACKET_EXTENDED_REPLY, sftp->id, 36);
	buf_add_u64(&packet, unit * fs.f_blocks);
	buf_add_u64(&packet, unit * fs.f_bfree);
	buf_add_u64(&packet, unit * fs.f_bavail);
	buf_add_u64(&packet, unit * fs.f_bavail);
	buf_add_u32(&packet, (uint32_t)unit);
	out_end(&sftp->out, &packet);
	return REPLIED;
}

void
info_vendor(struct buf *out)
{
	buf_add_string(out, "filesonly", 9);
	buf_add_string(out, "filesonly", 9);
	buf_add_string(out, FILESONLY_VERSION, strlen(FILESONLY_VERSION));
	buf_add_u64(out, 0);
}

/* The client tells who it is; nothing follows from it. */
int
op_vendor_id(struct sftp *sftp, const struct fields *fields)
{
	(void)sftp;
	(void)fields;
	return DONE;
}
