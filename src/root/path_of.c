/*
 * From an open object to its path: the kernel's own text for a descriptor with
 * the root's text, as it is at that moment, taken off the front. It stays right
 * when the root moves.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "root/lookup.h"
#include "root/root.h"

ssize_t
root_read_link_text(int fd, const char *name, char out[PATH_MAX])
{
	ssize_t len = readlinkat(fd, name, out, PATH_MAX);

	if (len >= PATH_MAX) {
		errno = ENAMETOOLONG;
		return -1;
	}
	if (len >= 0)
		out[len] = '\0';
	return len;
}

static ssize_t
text_of(const struct root *root, int fd, char out[PATH_MAX])
{
	struct buf number;
	char room[16];

	if (root->proc_fd < 0) {
		errno = ENOSYS;
		return -1;
	}
	buf_init(&number, room, sizeof(room));
	buf_add_number(&number, (uint64_t)fd, 0);
	return root_read_link_text(root->proc_fd, buf_text(&number), out);
}

ssize_t
root_own_path(const struct root *root, char out[PATH_MAX])
{
	return text_of(root, root->fd, out);
}

/* " (deleted)" may be the kernel's remark or the end of a name. */
static int
check_still_there(struct root *root, int fd, const char *text)
{
	static const char remark[] = " (deleted)";
	size_t len = strlen(text);
	struct stat named, held;
	auto_fd int again = -1;

	if (len < sizeof(remark) ||
	    strcmp(text + len - (sizeof(remark) - 1), remark) != 0)
		return 0;
	/* Not what a client may reach is asked, but what is there. */
	again = root_walk_unbarred(root, text, O_PATH | O_NOFOLLOW, 0);
	if (again < 0 || fstat(again, &named) != 0 || fstat(fd, &held) != 0 ||
	    named.st_dev != held.st_dev || named.st_ino != held.st_ino) {
		errno = ENOENT;
		return -1;
	}
	return 0;
}

ssize_t
root_path_of(struct root *root, int fd, char out[PATH_MAX])
{
	not_zeroed char top[PATH_MAX], text[PATH_MAX];
	ssize_t top_len = text_of(root, root->fd, top);
	ssize_t len = text_of(root, fd, text);
	const char *below;

	if (top_len < 0 || len < 0)
		return -1;
	if (strcmp(top, "/") == 0)
		top_len = 0;
	below = text + top_len;
	if (len < top_len || memcmp(text, top, (size_t)top_len) != 0 ||
	    (*below != '/' && *below != '\0')) {
		errno = ENOENT; /* moved out, or deleted with the root */
		return -1;
	}
	if (*below == '\0')
		below = "/";
	len = (ssize_t)strlen(below);
	memcpy(out, below, (size_t)len + 1);
	return check_still_there(root, fd, out) == 0 ? len : -1;
}
