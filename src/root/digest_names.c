/* Trusts no time and no size: what is compared is read, each time. */
#include "root/digest_names.h"

#include <ctype.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/hash.h"
#include "root/lookup.h"
#include "root/move.h"
#include "root/private_names.h"

enum {
	SETTLED_S = 10, /* longer than a name that is wrong may last */
	AT_ONCE = 128 << 10,
	LOOK_EACH = 8 << 20, /* bytes, of holes as well: does anybody wait? */
};

bool
digest_names_is(const char *name)
{
	size_t digits = 0;

	while (isxdigit((unsigned char)name[digits]))
		digits++;
	return digits == HASH_SHA256_TEXT - 1 && name[digits] == '\0';
}

bool
digest_names_hold_for(const struct root *root, const char *name)
{
	return root->verifies && digest_names_is(name);
}

bool
digest_names_hold_for_path(const struct root *root, const struct relpath *path)
{
	not_zeroed struct relpath parent;
	char name[NAME_MAX + 1];

	return root->verifies && relpath_split(path, &parent, name) == 0 &&
	       digest_names_is(name);
}

const char *
digest_names_words(int error)
{
	return error == DIGEST_NAMES_REFUSED
		   ? "the contents must match the name (a SHA-256)"
		   : NULL;
}

static int
digest_of(const struct root *root, int fd, unsigned char digest[HASH_BYTES_MAX])
{
	not_zeroed unsigned char room[AT_ONCE];
	struct hash hash;
	uint64_t since = 0;
	ssize_t got;

	hash_sha256_start(&hash);
	if (lseek(fd, 0, SEEK_SET) != 0)
		return -1;
	while ((got = read(fd, room, sizeof(room))) != 0) {
		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return -1;
		hash_add(&hash, room, (size_t)got);
		since += (uint64_t)got;
		if (since < LOOK_EACH)
			continue;
		since = 0;
		if (root->may_read_on != NULL &&
		    !root->may_read_on(root->context)) {
			errno = ECANCELED;
			return -1;
		}
	}
	hash_end(&hash, digest);
	return 0;
}

int
digest_names_compare(struct root *root, int fd, const char *name,
    const unsigned char *digest)
{
	unsigned char found[HASH_BYTES_MAX];
	char text[HASH_SHA256_TEXT];

	if (!digest_names_hold_for(root, name))
		return 0;
	if (digest == NULL) {
		if (digest_of(root, fd, found) != 0)
			return -1;
		digest = found;
	}
	hash_sha256_text(digest, text);
	if (strcasecmp(text, name) == 0)
		return 0;
	memcpy(root->differing.found, text, sizeof(text));
	memcpy(root->differing.name, name, sizeof(text));
	errno = DIGEST_NAMES_REFUSED;
	return -1;
}

/*
 * A lease to read can't be had while a file is open for writing, and keeps it
 * from being opened so: who tries is told at once (O_NONBLOCK), or waits. We
 * would hear of it by a signal that ends us; SIGURG is ignored. Where leases
 * are another machine's to give, they fail for reasons of their own.
 */
static int
take_lease(struct root *root, int fd)
{
	if (fcntl(fd, F_SETSIG, SIGURG) == 0 &&
	    fcntl(fd, F_SETLEASE, F_RDLCK) == 0)
		return 0;
	return abilities_of(&root->abilities, fd)->gives_leases ? -1 : 0;
}

/*
 * When another process wants to write, the kernel revokes a lease after
 * lease-break-time, perhaps while we still read. So the file counts as
 * unchanged only while the lease is whole: nobody has asked to write.
 */
static int
has_lease(struct root *root, int fd)
{
	if (fcntl(fd, F_GETLEASE) == F_RDLCK ||
	    !abilities_of(&root->abilities, fd)->gives_leases)
		return 0;
	errno = EAGAIN;
	return -1;
}

int
digest_names_hold(struct root *root, int fd, const char *name)
{
	struct stat st;

	if (!digest_names_hold_for(root, name))
		return 0;
	if (fstat(fd, &st) != 0)
		return -1;
	if (S_ISDIR(st.st_mode))
		return 0;
	if (!S_ISREG(st.st_mode)) {
		errno = DIGEST_NAMES_REFUSED;
		return -1;
	}
	if (take_lease(root, fd) != 0 ||
	    digest_names_compare(root, fd, name, NULL) != 0)
		return -1;
	return has_lease(root, fd);
}

bool
digest_names_is_settled(const struct stat *st)
{
	struct timespec now;

	return clock_gettime(CLOCK_REALTIME, &now) == 0 &&
	       st->st_ctim.tv_sec < now.tv_sec - SETTLED_S;
}

int
digest_names_take(int directory, const char *name)
{
	char aside[PRIVATE_BYTES];

	return private_name(aside, PRIVATE_REMOVED, 0) != 0
		   ? -1
		   : move_over(directory, name, directory, aside);
}

int
digest_names_take_path(struct root *root, const struct relpath *path)
{
	char name[NAME_MAX + 1];
	auto_fd int directory = root_walk_parent(root, path, NAME_NEW, name);

	return directory < 0 ? -1 : digest_names_take(directory, name);
}

int
digest_names_may_change(struct root *root, int fd)
{
	char path[PATH_MAX];
	const char *name;
	struct stat st;

	if (!root->verifies)
		return 0;
	if (fstat(fd, &st) != 0)
		return -1;
	if (!S_ISREG(st.st_mode) || st.st_nlink == 0)
		return 0;
	if (root_path_of(root, fd, path) < 0)
		return errno == ENOENT ? 0 : -1; /* it was removed */
	name = strrchr(path, '/');
	if (st.st_nlink == 1 && !digest_names_is(name + 1))
		return 0;
	errno = DIGEST_NAMES_REFUSED;
	return -1;
}
