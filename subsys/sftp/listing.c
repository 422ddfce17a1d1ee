/* Directories: opened, and read in pieces that every client can take. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "policy/policy.h"
#include "root/entry.h"
#include "root/root.h"
#include "root/upload_sweep.h"
#include "subsys/sftp/ops.h"

enum {
	ENTRY_MAX = 2 * NAME_MAX + 160, /* of one entry in a reply */
	BATCH = 8 << 10, /* of names that are read at once: about a reply */
};

/* getdents64(2) */
struct entry {
	uint64_t inode;
	int64_t next; /* where the one behind it begins */
	unsigned short len;
	unsigned char type;
	char name[];
};

int
op_opendir(struct sftp *sftp, const struct fields *fields)
{
	int fd = root_open_directory(sftp->job->root, &fields->paths[0]);
	unsigned char name[HANDLE_BYTES];
	struct handle *handle;

	if (fd < 0)
		return FAILED;
	handle = handles_add(&sftp->handles, HANDLE_DIRECTORY, 0, fd,
	    fields->paths[0].bytes);
	if (handle == NULL) {
		close(fd);
		errno = EMFILE;
		return FAILED;
	}
	handles_name(&sftp->handles, handle, name);
	out_handle(&sftp->out, sftp->id, name, sizeof(name));
	return REPLIED;
}

/* What the directory itself tells of an entry that can't be looked at. */
static void
add_unseen(const struct entry *entry, size_t len, struct buf *longname,
    struct buf *packet)
{
	mode_t kind = (mode_t)DTTOIF(entry->type);

	owners_no_details(kind, longname);
	buf_add(longname, entry->name, len);
	buf_add_string(packet, longname->bytes, longname->len);
	buf_add_u32(packet, kind == 0 ? 0 : ATTR_PERMISSIONS);
	if (kind != 0)
		buf_add_u32(packet, kind);
}

/*
 * Adds one entry; false where it has vanished meanwhile. One that can't be
 * looked at (a mount whose server has gone, no permission) is there all the
 * same: without it the listing would look whole.
 */
static bool
add_entry(struct sftp *sftp, const struct handle *handle,
    const struct entry *entry, struct buf *packet)
{
	not_zeroed char room[ENTRY_MAX];
	size_t len = strlen(entry->name);
	struct buf longname;
	struct stat st;
	bool is_seen =
	    entry_stat(sftp->job->root, handle->fd, entry->name, &st) == 0;

	if (!is_seen && errno == ENOENT)
		return false;
	buf_init(&longname, room, sizeof(room));
	buf_add_string(packet, entry->name, len);
	if (!is_seen) {
		add_unseen(entry, len, &longname, packet);
		return true;
	}
	owners_longname(&sftp->owners, entry->name, len, &st, &longname);
	buf_add_string(packet, longname.bytes, longname.len);
	out_add_attrs(packet, &st);
	return true;
}

/* error stopped it, or 0. A directory that was removed is empty. */
static void
end_listing(struct handle *handle, int error)
{
	handle->ended = true;
	handle->error = error == ENOENT ? 0 : error;
}

/* A listing that was cut must not look whole: mirrors delete by it. */
static int
answer_end(struct sftp *sftp, const struct handle *handle)
{
	if (handle->error == 0)
		return reply_status(sftp, STATUS_EOF);
	errno = handle->error;
	return FAILED;
}

/*
 * Adds entries of one batch until the packet is full; the rest is read again
 * by the next request, so that an open directory costs no memory. Returns how
 * many were added; *more tells whether there was anything to read.
 */
static uint32_t
add_batch(struct sftp *sftp, struct handle *handle, struct buf *packet,
    bool *more)
{
	not_zeroed _Alignas(struct entry) unsigned char room[BATCH];
	long got = syscall(SYS_getdents64, handle->fd, room, sizeof(room));
	uint32_t count = 0;

	*more = got > 0;
	if (got <= 0)
		end_listing(handle, got < 0 ? errno : 0);
	for (long at = 0; at < got;) {
		const struct entry *entry =
		    (const struct entry *)(const void *)(room + at);

		at += entry->len;
		if (policy_may_write(sftp->job->policy))
			upload_sweep_name(sftp->job->root, handle->fd,
			    entry->name);
		if (entry_is_shown(sftp->job->root, entry->name))
			count += add_entry(sftp, handle, entry, packet);
		if (packet->len + ENTRY_MAX < LISTING_MAX)
			continue;
		*more = false;
		if (at < got && lseek(handle->fd, entry->next, SEEK_SET) < 0)
			end_listing(handle, errno);
		break;
	}
	return count;
}

int
op_readdir(struct sftp *sftp, const struct fields *fields)
{
	struct handle *handle = handles_find_kind(&sftp->handles,
	    &fields->handles[0], HANDLE_DIRECTORY);
	struct buf packet, head;
	uint32_t count = 0;
	bool more = true;

	if (handle == NULL)
		return reply_status(sftp, STATUS_FAILURE);
	if (handle->ended)
		return answer_end(sftp, handle);
	owners_now(&sftp->owners);
	packet = out_begin(&sftp->out, PACKET_NAME, sftp->id,
	    LISTING_MAX + ENTRY_MAX);
	head = packet;
	buf_add_u32(&packet, 0);
	while (more)
		count += add_batch(sftp, handle, &packet, &more);
	if (count == 0)
		return answer_end(sftp, handle);
	buf_add_u32(&head, count);
	out_end(&sftp->out, &packet);
	return REPLIED;
}
