/* The size of file systems and what is free on them. */
#include <sys/statvfs.h>
#include <sys/vfs.h>

#include "root/root.h"
#include "subsys/sftp/ops.h"

/* 64 bits, as glibc gives OpenSSH's server; musl's fstatvfs has only 32. */
static uint64_t
file_system_id(const struct statfs *fs)
{
	return (uint32_t)fs->f_fsid.__val[0] |
	       (uint64_t)(uint32_t)fs->f_fsid.__val[1] << 32;
}

static uint64_t
fragment_size(const struct statfs *fs)
{
	return (uint64_t)(fs->f_frsize != 0 ? fs->f_frsize : fs->f_bsize);
}

static int
reply_statvfs(struct sftp *sftp, const struct statfs *fs)
{
	struct buf packet =
	    out_begin(&sftp->out, PACKET_EXTENDED_REPLY, sftp->id, 88);

	buf_add_u64(&packet, (uint64_t)fs->f_bsize);
	buf_add_u64(&packet, fragment_size(fs));
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

	if (root_statfs(sftp->job->root, &fields->paths[0], &fs) != 0)
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
	if (fstatfs(handle->fd, &fs) != 0)
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

	if (root_statfs(sftp->job->root, &fields->paths[0], &fs) != 0)
		return FAILED;
	unit = fragment_size(&fs);
	packet = out_begin(&sftp->out, PACKET_EXTENDED_REPLY, sftp->id, 36);
	buf_add_u64(&packet, unit * fs.f_blocks);
	buf_add_u64(&packet, unit * fs.f_bfree);
	buf_add_u64(&packet, unit * fs.f_bavail);
	buf_add_u64(&packet, unit * fs.f_bavail);
	buf_add_u32(&packet, (uint32_t)unit);
	out_end(&sftp->out, &packet);
	return REPLIED;
}
