/*
 * The size of file systems and what is free on them, for this account and this
 * session (root/space.h, max-session-bytes).
 */
#include <sys/statvfs.h>
#include <sys/vfs.h>

#include "root/space.h"
#include "subsys/sftp/ops.h"

/* 64 bits, as glibc gives OpenSSH's server; musl's fstatvfs has only 32. */
static uint64_t
file_system_id(const struct statfs *fs)
{
	return (uint32_t)fs->f_fsid.__val[0] |
	       (uint64_t)(uint32_t)fs->f_fsid.__val[1] << 32;
}

static int
reply_statvfs(struct sftp *sftp, struct statfs *fs)
{
	struct buf packet =
	    out_begin(&sftp->out, PACKET_EXTENDED_REPLY, sftp->id, 88);

	space_limit(fs, sftp->pace.left);
	buf_add_u64(&packet, (uint64_t)fs->f_bsize);
	buf_add_u64(&packet, space_unit(fs));
	buf_add_u64(&packet, fs->f_blocks);
	buf_add_u64(&packet, fs->f_bfree);
	buf_add_u64(&packet, fs->f_bavail);
	buf_add_u64(&packet, fs->f_files);
	buf_add_u64(&packet, fs->f_ffree);
	buf_add_u64(&packet, fs->f_ffree); /* Linux reserves none for root */
	buf_add_u64(&packet, file_system_id(fs));
	buf_add_u64(&packet, ((fs->f_flags & ST_RDONLY) ? 1U : 0U) |
				 ((fs->f_flags & ST_NOSUID) ? 2U : 0U));
	buf_add_u64(&packet, (uint64_t)fs->f_namelen);
	out_end(&sftp->out, &packet);
	return REPLIED;
}

int
op_statvfs(struct sftp *sftp, const struct fields *fields)
{
	struct statfs fs;

	if (space_of_path(sftp->job->root, &fields->paths[0], &fs) != 0)
		return FAILED;
	return reply_statvfs(sftp, &fs);
}

int
op_fstatvfs(struct sftp *sftp, const struct fields *fields)
{
	const struct handle *handle =
	    handles_find_kind(&sftp->handles, &fields->handles[0], HANDLE_FILE);
	struct statfs fs;

	if (handle == NULL)
		return reply_status(sftp, STATUS_FAILURE);
	if (space_of_open(sftp->job->root, handle->fd, &fs) != 0)
		return FAILED;
	return reply_statvfs(sftp, &fs);
}

/* draft-ietf-secsh-filexfer-extensions-00, "space-available" (WinSCP) */
int
op_space_available(struct sftp *sftp, const struct fields *fields)
{
	struct statfs fs;
	struct buf packet;
	uint64_t unit;

	if (space_of_path(sftp->job->root, &fields->paths[0], &fs) != 0)
		return FAILED;
	space_limit(&fs, sftp->pace.left);
	unit = space_unit(&fs);
	packet = out_begin(&sftp->out, PACKET_EXTENDED_REPLY, sftp->id, 36);
	buf_add_u64(&packet, unit * fs.f_blocks);
	buf_add_u64(&packet, unit * fs.f_bfree);
	buf_add_u64(&packet, unit * fs.f_bavail);
	buf_add_u64(&packet, unit * fs.f_bavail);
	buf_add_u32(&packet, (uint32_t)unit);
	out_end(&sftp->out, &packet);
	return REPLIED;
}
