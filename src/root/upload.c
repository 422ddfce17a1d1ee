/*
 * O_TMPFILE, then a link through /proc/self/fd to a private name for the
 * instant before it is renamed; else the private name from the start. It is
 * always a rename that gives the name, since programs that watch a directory
 * wait for that (IN_MOVED_TO): a link shows them no complete file.
 */
#include "root/upload.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>

#include "root/digest_names.h"
#include "root/durable.h"
#include "root/lookup.h"
#include "root/move.h"
#include "root/own_names.h"
#include "root/upload_sweep.h"

/* Says which directory it is for. Takes directory in any case. */
static int
set_place(struct root_upload *upload, int directory, const char *name)
{
	struct statx st;

	if (statx(directory, "", AT_EMPTY_PATH | AT_STATX_DONT_SYNC, STATX_INO,
		&st) != 0) {
		auto_close_fd(&directory);
		return -1;
	}
	auto_close_fd(&upload->directory);
	upload->directory = directory;
	upload->device = abilities_device(&st);
	upload->inode = st.stx_ino;
	memcpy(upload->name, name, strlen(name) + 1);
	return 0;
}

/* The errors of a file system without O_TMPFILE. */
static bool
is_unsupported(int error)
{
	return error == EOPNOTSUPP || error == EISDIR || error == EINVAL ||
	       error == ENOENT || error == ENOSYS;
}

static int
link_nameless(const struct root *root, const struct root_upload *upload,
    const char *name)
{
	char number[16];

	snprintf(number, sizeof(number), "%d", upload->fd);
	return linkat(root->proc_fd, number, upload->directory, name,
	    AT_SYMLINK_FOLLOW);
}

/* Gives a nameless file a private name, locked before anyone sees it. */
static int
show_nameless(const struct root *root, struct root_upload *upload)
{
	if (private_name(upload->temporary, PRIVATE_UPLOAD,
		upload_mark(root, upload->device)) == 0 &&
	    upload_lock(upload->fd) == 0 &&
	    link_nameless(root, upload, upload->temporary) == 0)
		return 0;
	upload->temporary[0] = '\0';
	return -1;
}

/*
 * A file without a name; -1 where none can be had. Where hard links can't be
 * had it could get no name in the end: on file systems that are not known the
 * session's first one is named at once.
 */
static int
open_nameless(struct root *root, struct root_upload *upload, int flags,
    mode_t mode)
{
	struct file_system *fs =
	    abilities_of(&root->abilities, upload->directory);

	errno = EOPNOTSUPP;
	if (root->proc_fd < 0 || fs->lacks_nameless)
		return -1;
	upload->fd =
	    root_walk_in(upload->directory, ".", O_TMPFILE | flags, mode);
	if (upload->fd < 0) {
		fs->lacks_nameless = errno == EOPNOTSUPP || errno == EISDIR;
		return -1;
	}
	if (fs->keeps_births || fs->names_nameless)
		return 0;
	fs->names_nameless = show_nameless(root, upload) == 0;
	if (fs->names_nameless)
		return 0;
	fs->lacks_nameless = true;
	auto_close_fd(&upload->fd);
	errno = EOPNOTSUPP;
	return -1;
}

/*
 * Another session may sweep between creation and lock: then there is another
 * try.
 */
static int
open_named(const struct root *root, struct root_upload *upload, int flags,
    mode_t mode)
{
	struct stat st;

	for (int tries = 0; tries < 8; tries++) {
		auto_fd int fd = -1;

		if (private_name(upload->temporary, PRIVATE_UPLOAD,
			upload_mark(root, upload->device)) != 0)
			return -1;
		fd = root_walk_in(upload->directory, upload->temporary,
		    O_CREAT | O_EXCL | flags, mode);
		if (fd < 0)
			break;
		if (upload_lock(fd) == 0 && fstat(fd, &st) == 0 &&
		    st.st_nlink > 0)
			return take_fd(&fd);
	}
	upload->temporary[0] = '\0';
	return -1;
}

/* A directory that many uploads go to in turn is read through once. */
static void
sweep_once(struct root *root, const struct root_upload *upload)
{
	if (root->swept_device == upload->device &&
	    root->swept_inode == upload->inode)
		return;
	root->swept_device = upload->device;
	root->swept_inode = upload->inode;
	upload_sweep(root, upload->directory);
}

int
root_upload_begin(struct root *root, struct root_upload *upload,
    const struct relpath *path, int flags, mode_t mode)
{
	char name[NAME_MAX + 1];
	auto_fd int directory = root_walk_parent(root, path, NAME_NEW, name);

	*upload = (struct root_upload){ .fd = -1, .directory = -1 };
	if (directory < 0 || set_place(upload, take_fd(&directory), name) != 0)
		return -1;
	flags |= O_NOCTTY | O_NONBLOCK;
	if (open_nameless(root, upload, flags, mode) == 0)
		return 0;
	if (is_unsupported(errno)) {
		sweep_once(root, upload);
		upload->fd = open_named(root, upload, flags, mode);
	}
	if (upload->fd >= 0)
		return 0;
	root_upload_drop(upload);
	return -1;
}

/* Is it the directory in which the file will stand? */
static bool
upload_is_in(const struct root_upload *upload, int directory)
{
	struct statx st;

	return statx(directory, "", AT_EMPTY_PATH | AT_STATX_DONT_SYNC,
		   STATX_INO, &st) == 0 &&
	       abilities_device(&st) == upload->device &&
	       st.stx_ino == upload->inode;
}

/* A private name moves along: it must stand where the file will. */
static int
move_temporary(const struct root *root, struct root_upload *upload,
    int directory)
{
	char name[PRIVATE_BYTES];

	if (upload->temporary[0] == '\0' || upload_is_in(upload, directory))
		return 0;
	/* A rename leads to no other file system. */
	if (private_name(name, PRIVATE_UPLOAD,
		upload_mark(root, upload->device)) != 0 ||
	    move_over(upload->directory, upload->temporary, directory, name) !=
		0)
		return -1;
	memcpy(upload->temporary, name, sizeof(name));
	return 0;
}

int
root_upload_retarget(struct root *root, struct root_upload *upload,
    const struct relpath *path)
{
	char name[NAME_MAX + 1];
	auto_fd int directory = root_walk_parent(root, path, NAME_NEW, name);

	if (directory < 0 || move_temporary(root, upload, directory) != 0)
		return -1;
	return set_place(upload, take_fd(&directory), name);
}

bool
root_upload_is_for(struct root *root, const struct root_upload *upload,
    const struct relpath *path)
{
	not_zeroed struct relpath parent;
	char name[NAME_MAX + 1];
	auto_fd int fd = -1;

	if (relpath_split(path, &parent, name) != 0 ||
	    strcmp(name, upload->name) != 0)
		return false;
	fd = root_pin(root, &parent, FOLLOW);
	return fd >= 0 && upload_is_in(upload, fd);
}

int
root_upload_open(struct root *root, const struct root_upload *upload, int flags)
{
	char number[16];

	flags |= O_NOCTTY | O_NONBLOCK;
	if (upload->temporary[0] != '\0')
		return root_walk_in(upload->directory, upload->temporary,
		    flags | O_NOFOLLOW, 0);
	snprintf(number, sizeof(number), "%d", upload->fd);
	return root_walk_proc(root, number, flags);
}

/* Does the name say what is in the file? Its own descriptor may not read. */
static int
upload_compare(struct root *root, const struct root_upload *upload)
{
	auto_fd int fd = -1;

	if (!digest_names_hold_for(root, upload->name))
		return 0;
	if (upload->digest == NULL) {
		fd = root_upload_open(root, upload, O_RDONLY);
		if (fd < 0)
			return -1;
	}
	return digest_names_compare(root, fd, upload->name, upload->digest);
}

int
root_upload_publish(struct root *root, struct root_upload *upload,
    enum replacing replacing, struct own *own)
{
	int directory = upload->directory, result;

	if (upload_compare(root, upload) != 0 ||
	    durable_file(root, upload->fd) != 0)
		return -1;
	if (upload->temporary[0] == '\0' && show_nameless(root, upload) != 0)
		return -1;
	if (replacing == REPLACE_ANY)
		result = move_over(directory, upload->temporary, directory,
		    upload->name);
	else
		result = move_to_free(root, directory, upload->temporary,
		    directory, upload->name);
	if (result != 0 && errno == EEXIST && replacing == REPLACE_OWN) {
		result = own_exchange_at(own, directory, upload->temporary,
		    upload->name);
		if (result != 0 && errno == EPERM)
			errno = EEXIST;
	}
	if (result != 0)
		return -1;
	upload->temporary[0] = '\0';
	own_add(own, upload->fd);
	return durable_directory(root, directory);
}

void
root_upload_drop(struct root_upload *upload)
{
	int saved = errno;

	if (upload->temporary[0] != '\0' &&
	    unlinkat(upload->directory, upload->temporary, 0) == 0)
		upload->temporary[0] = '\0';
	auto_close_fd(&upload->fd);
	auto_close_fd(&upload->directory);
	errno = saved;
}
