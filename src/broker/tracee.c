/*
 * Copies and pins. Trusts nothing of the caller: it may be gone, its memory
 * may change while it is read, its descriptors may lead anywhere; so each is
 * taken once, and only then is it asked whether the caller still waits.
 */
#include "broker/tracee.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/seccomp.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/uio.h>

#include "base/num.h"
#include "broker/pidfds.h"

enum { PAGE = 4096 }; /* what is read at once: a page may be the last one */

/* Copies bytes of one page and, the first time, what is wanted ahead. */
static ssize_t
tracee_read(const struct tracee *tracee, uint64_t from, void *to, size_t size)
{
	struct tracee_ahead *ahead = tracee->ahead;
	struct iovec ours[2] = { { to, size } };
	struct iovec theirs[2] = { { (void *)(uintptr_t)from, size } };
	unsigned long count = 1;
	ssize_t copied;

	if (ahead->wanted > 0) {
		count = 2;
		ours[1] = (struct iovec){ ahead->bytes, ahead->wanted };
		theirs[1] = (struct iovec){ (void *)(uintptr_t)ahead->from,
			ahead->wanted };
		ahead->wanted = 0;
	}
	copied = process_vm_readv(tracee->pid, ours, count, theirs, count, 0);
	if (copied <= (ssize_t)size)
		return copied;
	ahead->copied = (size_t)copied - size;
	return (ssize_t)size;
}

/* What was copied ahead of what is to be copied now. */
static size_t
tracee_take_ahead(const struct tracee *tracee, uint64_t from, void *to,
    size_t size)
{
	struct tracee_ahead *ahead = tracee->ahead;

	if (ahead->from != from)
		return 0;
	ahead->wanted = 0;
	if (size > ahead->copied)
		size = ahead->copied;
	memcpy(to, ahead->bytes, size);
	ahead->copied = 0;
	return size;
}

/*
 * At most size bytes, as far as they are there. Stops at page borders: a
 * string may end at the last byte of a mapping. Returns how many were copied;
 * 0: none, EFAULT.
 */
static size_t
tracee_copy(const struct tracee *tracee, uint64_t from, void *to, size_t size,
    bool to_nul)
{
	size_t done = tracee_take_ahead(tracee, from, to, size);

	if (to_nul && memchr(to, '\0', done) != NULL)
		return done;
	while (done < size) {
		size_t part = PAGE - (size_t)((from + done) % PAGE);
		char *at = (char *)to + done;
		ssize_t copied;

		if (part > size - done)
			part = size - done;
		copied = tracee_read(tracee, from + done, at, part);
		if (copied <= 0)
			break;
		done += (size_t)copied;
		if (to_nul && memchr(at, '\0', (size_t)copied) != NULL)
			break;
	}
	return done;
}

int
tracee_text(const struct tracee *tracee, uint64_t from, char *to, size_t size,
    int too_long)
{
	size_t len = tracee_copy(tracee, from, to, size, true);

	if (len > 0 && memchr(to, '\0', len) != NULL)
		return 0;
	errno = len == size ? too_long : EFAULT;
	return -1;
}

int
tracee_bytes(const struct tracee *tracee, uint64_t from, void *to, size_t size)
{
	if (tracee_copy(tracee, from, to, size, false) == size)
		return 0;
	errno = EFAULT;
	return -1;
}

int
tracee_give(const struct tracee *tracee, uint64_t to, const void *bytes,
    size_t size)
{
	struct iovec ours = { (void *)(uintptr_t)bytes, size };
	struct iovec theirs = { (void *)(uintptr_t)to, size };

	if (tracee_check(tracee) != 0)
		return -1;
	if (size == 0 || process_vm_writev(tracee->pid, &ours, 1, &theirs, 1,
			     0) == (ssize_t)size)
		return 0;
	errno = EFAULT;
	return -1;
}

int
tracee_check(const struct tracee *tracee)
{
	uint64_t id = tracee->id;

	return ioctl(tracee->listener, SECCOMP_IOCTL_NOTIF_ID_VALID, &id);
}

/* A path as the caller means it. */
struct tracee_path {
	int dir;          /* the caller's descriptor, or AT_FDCWD */
	const char *text; /* into room; "": the directory itself */
	char room[PATH_MAX];
};

/*
 * In "/proc/self/fd/N" and "/proc/self/fd/N/NAME" self is the caller and not
 * we: libc's lchmod and fchmodat(..., AT_SYMLINK_NOFOLLOW) pin a file and name
 * it so, rsync names so what it can't open for reading. Such a path starts at
 * the descriptor. Followed to its end is the first form only where follow is
 * true; else it means the link in /proc, as any other path does.
 */
static void
tracee_path_of_descriptor(struct tracee_path *path, bool follow)
{
	static const char start[] = "/proc/self/fd/";
	char number[16];
	const char *at = path->room + sizeof(start) - 1;
	size_t len;
	int64_t parsed;

	if (strncmp(path->room, start, sizeof(start) - 1) != 0)
		return;
	len = strcspn(at, "/");
	if (len >= sizeof(number) || (at[len] == '\0' && !follow))
		return;
	memcpy(number, at, len);
	number[len] = '\0';
	if (!num_parse(number, 0, INT_MAX, &parsed))
		return;
	path->dir = (int)parsed;
	at += len;
	/* "N/" is a directory; a relative path begins with no slash. */
	path->text = *at == '\0' ? at : at + strspn(at, "/");
	if (*at != '\0' && *path->text == '\0')
		path->text = ".";
}

static int
tracee_path_take(const struct tracee *tracee, int dir, uint64_t from,
    bool follow, struct tracee_path *path)
{
	path->dir = dir;
	path->text = path->room;
	if (tracee_text(tracee, from, path->room, sizeof(path->room),
		ENAMETOOLONG) != 0)
		return -1;
	tracee_path_of_descriptor(path, follow);
	return 0;
}

/* /proc opens it anew, and shows with what right it was open. */
static int
tracee_open_in_proc(const struct tracee *tracee, int number, mode_t *rights)
{
	auto_fd int fd = -1;
	char path[48];
	struct stat st;

	snprintf(path, sizeof(path), "%d/fd/%d", (int)tracee->pid, number);
	fd = openat(tracee->proc, path, O_PATH | O_CLOEXEC);
	if (fd < 0 ||
	    fstatat(tracee->proc, path, &st, AT_SYMLINK_NOFOLLOW) != 0) {
		errno = EBADF;
		return -1;
	}
	*rights = st.st_mode & S_IRWXU;
	return take_fd(&fd);
}

/* What the caller has open under a number. */
static int
tracee_open_number(const struct tracee *tracee, int number)
{
	int fd = pidfds_copy(tracee->pidfds, tracee->pid, number);
	mode_t rights;

	if (fd >= 0 || errno != ENOSYS)
		return fd;
	return tracee_open_in_proc(tracee, number, &rights);
}

/* The caller's directory that a path starts from, pinned. */
static int
tracee_open_base(const struct tracee *tracee, int dir)
{
	char path[48];

	if (dir != AT_FDCWD)
		return tracee_open_number(tracee, dir);
	snprintf(path, sizeof(path), "%d/cwd", (int)tracee->pid);
	return openat(tracee->proc, path, O_PATH | O_CLOEXEC);
}

/* Pins what the text names from the caller's place; "": the place itself. */
static int
tracee_open_named(const struct tracee *tracee, int dir, const char *text,
    int flags)
{
	auto_fd int base = -1;

	if (text[0] != '/') {
		base = tracee_open_base(tracee, dir);
		if (base < 0 || text[0] == '\0')
			return take_fd(&base);
	}
	return openat(base, text, O_PATH | O_CLOEXEC | flags);
}

int
tracee_pin(const struct tracee *tracee, int dir, uint64_t path, int flags)
{
	bool follow = (flags & AT_SYMLINK_NOFOLLOW) == 0;
	not_zeroed struct tracee_path named;

	if ((flags & ~(AT_SYMLINK_NOFOLLOW | AT_EMPTY_PATH)) != 0) {
		errno = EINVAL;
		return -1;
	}
	if (tracee_path_take(tracee, dir, path, follow, &named) != 0)
		return -1;
	if (named.room[0] == '\0' && (flags & AT_EMPTY_PATH) == 0) {
		errno = ENOENT;
		return -1;
	}
	return tracee_open_named(tracee, named.dir, named.text,
	    follow ? 0 : O_NOFOLLOW);
}

int
tracee_pin_open(const struct tracee *tracee, int number)
{
	auto_fd int fd = pidfds_copy(tracee->pidfds, tracee->pid, number);
	mode_t rights = 0;

	if (fd >= 0)
		rights = (fcntl(fd, F_GETFL) & O_PATH) != 0 ? 0 : S_IRUSR;
	else if (errno == ENOSYS)
		fd = tracee_open_in_proc(tracee, number, &rights);
	if (fd >= 0 && rights == 0) {
		errno = EBADF;
		return -1;
	}
	return take_fd(&fd);
}

/*
 * Takes the last component of a path. Returns how many bytes stand before it,
 * which is its directory ("": where the path starts), or -1 with errno.
 */
static ssize_t
tracee_split(const char *text, struct tracee_name *name)
{
	size_t len = strlen(text), end;

	if (len == 0) {
		errno = ENOENT;
		return -1;
	}
	while (len > 1 && text[len - 1] == '/')
		len--;
	name->directory = text[len] == '/';
	end = len;
	while (len > 0 && text[len - 1] != '/')
		len--;
	if (end - len > NAME_MAX) {
		errno = ENAMETOOLONG;
		return -1;
	}
	memcpy(name->name, text + len, end - len);
	name->name[end - len] = '\0';
	return (ssize_t)len;
}

/* Does the path end in a directory itself, and not in a name? */
static bool
tracee_is_no_name(const struct tracee_name *name)
{
	return name->name[0] == '\0' || strcmp(name->name, ".") == 0 ||
	       strcmp(name->name, "..") == 0;
}

int
tracee_find_name(const struct tracee *tracee, int dir, uint64_t path,
    const struct tracee_name *first, struct tracee_name *name)
{
	not_zeroed struct tracee_path named;
	not_zeroed char before[PATH_MAX];
	ssize_t len;

	name->parent = -1;
	if (tracee_path_take(tracee, dir, path, false, &named) != 0)
		return -1;
	len = tracee_split(named.text, name);
	if (len < 0)
		return -1;
	name->is_plain = len == 0;
	name->dir = named.dir;
	if (first == NULL || !first->is_plain || !name->is_plain ||
	    first->dir != name->dir) {
		memcpy(before, named.text, (size_t)len);
		before[len] = '\0';
		name->parent =
		    tracee_open_named(tracee, named.dir, before, O_DIRECTORY);
		if (name->parent < 0)
			return -1;
	}
	if (tracee_is_no_name(name)) {
		errno = EBUSY;
		return -1;
	}
	return 0;
}

void
tracee_name_close(struct tracee_name *name)
{
	auto_close_fd(&name->parent);
}
