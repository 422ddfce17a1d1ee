/* What is renamed is pinned and read before; after, the name is looked at. */
#include "subsys/sftp/names_held.h"

#include <fcntl.h>
#include <string.h>

#include "root/digest_names.h"
#include "subsys/sftp/state.h"

/* A name that moves to another directory was looked at when it was given. */
static bool
is_given(const struct relpath *from, const char *name)
{
	not_zeroed struct relpath parent;
	char old[NAME_MAX + 1];

	return relpath_split(from, &parent, old) == 0 &&
	       strcasecmp(old, name) == 0;
}

/* Does this session write the file? Where there are no leases, this is told
 * all the same. */
static bool
is_written(const struct sftp *sftp, int fd)
{
	struct stat st, other;

	if (fstat(fd, &st) != 0)
		return true;
	for (uint32_t i = 0; i < sftp->handles.count; i++) {
		const struct handle *at = &sftp->handles.at[i];

		if (at->kind == HANDLE_FILE && (at->flags & OPEN_WRITE) &&
		    fstat(at->fd, &other) == 0 && other.st_dev == st.st_dev &&
		    other.st_ino == st.st_ino)
			return true;
	}
	return false;
}

int
names_hold(struct sftp *sftp, const struct relpath *from,
    const struct relpath *to, int *held)
{
	struct root *root = sftp->job->root;
	not_zeroed struct relpath parent;
	char name[NAME_MAX + 1];
	auto_fd int pinned = -1;
	struct stat st;

	if (!root->verifies || relpath_split(to, &parent, name) != 0 ||
	    !digest_names_is(name))
		return 0;
	pinned = root_pin(root, from, NO_FOLLOW);
	if (pinned < 0 || fstat(pinned, &st) != 0)
		return -1;
	if (S_ISDIR(st.st_mode) ||
	    (is_given(from, name) &&
		(!S_ISREG(st.st_mode) || digest_names_is_settled(&st)))) {
		*held = take_fd(&pinned);
		return 0;
	}
	if (!S_ISREG(st.st_mode)) {
		errno = DIGEST_NAMES_REFUSED;
		return -1;
	}
	*held = root_open_pinned(root, pinned, from, O_RDONLY);
	if (*held < 0)
		return -1;
	if (is_written(sftp, *held)) {
		errno = EAGAIN;
		return -1;
	}
	return digest_names_hold(root, *held, name);
}

bool
names_are_held(struct sftp *sftp, const struct relpath *to, int held)
{
	struct stat st, named;

	return held < 0 ||
	       (fstat(held, &st) == 0 &&
		   root_stat(sftp->job->root, to, NO_FOLLOW, &named) == 0 &&
		   st.st_dev == named.st_dev && st.st_ino == named.st_ino);
}
