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

enum { PAGE = 4096 }; /* what is read at once: a page may be the last one */

/*
 * At most size bytes, as far as they are there. Stops at page borders: a
 * string may end at the last byte of a mapping. Returns how many were copied;
 * 0: none, EFAULT.
 */
static size_t
copy_in(pid_t pid, uint64_t from, void *to, size_t size, bool to_nul)
{
	size_t done = 0;

	while (done < size) {
		size_t part = PAGE - (size_t)((from + done) % PAGE);
		char *at = (char *)to + done;
		struct iovec ours, theirs;
		ssize_t copied;

		if (part > size - done)
			part = size - done;
		ours = (struct iovec){ at, part };
		theirs =
		    (struct iovec){ (void *)(uintptr_t)(from + done), part };
		copied = process_vm_readv(pid, &ours, 1, &theirs, 1, 0);
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
	size_t len = copy_in(tracee->pid, from, to, size, true);

	if (len > 0 && memchr(to, '\0', len) != NULL)
		return 0;
	errno = len == size ? too_long : EFAULT;
	return -1;
}

int
tracee_bytes(const struct tracee *tracee, uint64_t from, void *to, size_t size)
{
	if (copy_in(tracee->pid, from, to, size, false) == size)
		return 0;
	errno = EFAULT;
	return -1;
}

/*
 * libc's own lchmod and fchmodat(..., AT_SYMLINK_NOFOLLOW) pin the file and
 * say chmod("/proc/self/fd/N"), where self is the caller and not we.
 */
static bool
names_descriptor(const char *path, int *number)
{
	static const char start[] = "/proc/self/fd/";
	int64_t parsed;

	if (strncmp(path, start, sizeof(start) - 1) != 0 ||
	    !num_parse(path + sizeof(start) - 1, 0, INT_MAX, &parsed))
		return false;
	*number = (int)parsed;
	return true;
}

/* What belongs to the pid was opened: was it still the caller's? */
static int
check_waiting(const struct tracee *tracee)
{
	return ioctl(tracee->listener, SECCOMP_IOCTL_NOTIF_ID_VALID,
	    &tracee->id);
}

static int
open_number(const struct tracee *tracee, int number)
{
	char path[48];
	int fd;

	snprintf(path, sizeof(path), "%d/fd/%d", (int)tracee->pid, number);
	fd = openat(tracee->proc, path, O_PATH | O_CLOEXEC);
	if (fd < 0)
		errno = EBADF;
	return fd;
}

/* The caller's directory that a path starts from, pinned. */
static int
open_base(const struct tracee *tracee, int dir)
{
	char path[48];

	if (dir != AT_FDCWD)
		return open_number(tracee, dir);
	snprintf(path, sizeof(path), "%d/cwd", (int)tracee->pid);
	return openat(tracee->proc, path, O_PATH | O_CLOEXEC);
}

/* Opens what the path names from the caller's place. */
static int
open_named(const struct tracee *tracee, int dir, const char *path, int flags)
{
	auto_fd int base = -1;

	if (path[0] != '/') {
		base = open_base(tracee, dir);
		if (base < 0)
			return -1;
	}
	if (check_waiting(tracee) != 0)
		return -1;
	if (path[0] == '\0')
		return take_fd(&base);
	return openat(base, path, O_PATH | O_CLOEXEC | flags);
}

int
tracee_pin(const struct tracee *tracee, int dir, uint64_t path, int flags)
{
	char text[PATH_MAX];

	if ((flags & ~(AT_SYMLINK_NOFOLLOW | AT_EMPTY_PATH)) != 0) {
		errno = EINVAL;
		return -1;
	}
	if (tracee_text(tracee, path, text, sizeof(text), ENAMETOOLONG) != 0)
		return -1;
	if ((flags & AT_SYMLINK_NOFOLLOW) == 0 &&
	    names_descriptor(text, &dir)) {
		text[0] = '\0';
		flags |= AT_EMPTY_PATH;
	}
	if (text[0] == '\0' && (flags & AT_EMPTY_PATH) == 0) {
		errno = ENOENT;
		return -1;
	}
	return open_named(tracee, dir, text,
	    (flags & AT_SYMLINK_NOFOLLOW) != 0 ? O_NOFOLLOW : 0);
}

/* The link of a descriptor shows how it was opened: not at all by O_PATH. */
int
tracee_pin_open(const struct tracee *tracee, int number)
{
	auto_fd int fd = open_number(tracee, number);
	char path[48];
	struct stat st;

	if (fd < 0)
		return -1;
	snprintf(path, sizeof(path), "%d/fd/%d", (int)tracee->pid, number);
	if (fstatat(tracee->proc, path, &st, AT_SYMLINK_NOFOLLOW) != 0 ||
	    (st.st_mode & S_IRWXU) == 0) {
		errno = EBADF;
		return -1;
	}
	return check_waiting(tracee) != 0 ? -1 : take_fd(&fd);
}

static bool
is_dots(const char *name)
{
	return strcmp(name, ".") == 0 || strcmp(name, "..") == 0;
}

/* Cuts the last component off: text is its directory then ("": here). */
static int
split(char *text, struct tracee_name *name)
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
	text[len] = '\0';
	if (name->name[0] == '\0' || is_dots(name->name)) {
		errno = EBUSY;
		return -1;
	}
	return 0;
}

int
tracee_find_name(const struct tracee *tracee, int dir, uint64_t path,
    struct tracee_name *name)
{
	char text[PATH_MAX];

	name->parent = -1;
	if (tracee_text(tracee, path, text, sizeof(text), ENAMETOOLONG) != 0 ||
	    split(text, name) != 0)
		return -1;
	name->parent = open_named(tracee, dir, text, O_DIRECTORY);
	return name->parent < 0 ? -1 : 0;
}

void
tracee_name_close(struct tracee_name *name)
{
	auto_close_fd(&name->parent);
}
