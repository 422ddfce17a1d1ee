/*
 * Slots of an account are files 0, 1, ... in a directory that only it and
 * root can use: whoever else could open one could lock it (flock) and so shut
 * the account out. The kernel keeps the locks: there is no count that could go
 * wrong. filesonlyd's own accounts, which have one uid, have a directory each
 * in that uid's.
 */
#include "limits/slots.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>

#include "policy/policy.h"
#include "session/session.h"

static int
slots_fail(struct buf *why, const char *base, const char *name,
    const char *text)
{
	buf_addf(why, "sessions-dir %s%s%s: %s", base,
	    name[0] == '\0' ? "" : "/", name, text);
	return -1;
}

/* Nobody else may put something in the place of the account's directory. */
static int
check_base(int fd, const char *base, uid_t uid, struct buf *why)
{
	struct stat st;

	if (fstat(fd, &st) != 0)
		return slots_fail(why, base, "", strerror(errno));
	if (st.st_uid != 0 && st.st_uid != uid)
		return slots_fail(why, base, "",
		    "must belong to root, or to the account");
	if ((st.st_mode & 022) != 0)
		return slots_fail(why, base, "",
		    "group or others may write it (chmod go-w), and could "
		    "shut the account out");
	return 0;
}

static const char must_make[] =
    "is missing; root must make it, mode 0700, the account's own (see "
    "tmpfiles.d(5))";

enum { DIRECTORY = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC };

/* Opens the account's directory; makes it, where the account may. */
static int
open_or_make(int parent, const char *base, const char *name, struct buf *why)
{
	int fd = openat(parent, name, DIRECTORY);

	if (fd < 0 && errno == ENOENT) {
		if (mkdirat(parent, name, 0700) == 0 || errno == EEXIST)
			fd = openat(parent, name, DIRECTORY);
		else if (errno == EACCES)
			return slots_fail(why, base, name, must_make);
	}
	return fd >= 0 ? fd : slots_fail(why, base, name, strerror(errno));
}

/* Where an account's slots are, below sessions-dir. */
struct slots_place {
	char uid[16];   /* the directory of its uid */
	char name[288]; /* below that, of filesonlyd's own account; or "" */
};

/* No slot is called as an account's directory is, whatever its name. */
static void
slots_place_of(const struct session *session, struct slots_place *place)
{
	snprintf(place->uid, sizeof(place->uid), "%u", (unsigned)session->uid);
	place->name[0] = '\0';
	if (session->is_virtual)
		snprintf(place->name, sizeof(place->name), "%s/user-%s",
		    place->uid, session->user);
}

/* Opens the directory in which the accounts' are. */
static int
open_base(const char *base, uid_t uid, struct buf *why)
{
	auto_fd int fd = open(base, O_PATH | O_DIRECTORY | O_CLOEXEC);

	if (fd < 0)
		return slots_fail(why, base, "", strerror(errno));
	if (check_base(fd, base, uid, why) != 0)
		return -1;
	return take_fd(&fd);
}

static int
check_own(int fd, const char *base, uid_t uid, const char *name,
    struct buf *why)
{
	struct stat st;

	if (fstat(fd, &st) != 0)
		return slots_fail(why, base, name, strerror(errno));
	if (st.st_uid != uid || (st.st_mode & 077) != 0)
		return slots_fail(why, base, name,
		    "must be the account's own, mode 0700");
	return 0;
}

static int
open_one(int parent, const char *base, uid_t uid, const char *name,
    struct buf *why)
{
	auto_fd int fd = open_or_make(parent, base, name, why);

	if (fd < 0 || check_own(fd, base, uid, name, why) != 0)
		return -1;
	return take_fd(&fd);
}

static int
open_own(const char *base, const struct session *session, struct buf *why)
{
	auto_fd int parent = open_base(base, session->uid, why);
	auto_fd int fd = -1;
	struct slots_place place;

	if (parent < 0)
		return -1;
	slots_place_of(session, &place);
	fd = open_one(parent, base, session->uid, place.uid, why);
	if (fd < 0 || place.name[0] == '\0')
		return take_fd(&fd);
	return open_one(parent, base, session->uid, place.name, why);
}

/* One that is there must be right. Returns 1 where it is not there. */
static int
check_one(int parent, const char *base, uid_t uid, const char *name,
    struct buf *why)
{
	auto_fd int fd = openat(parent, name, DIRECTORY);

	if (fd >= 0)
		return check_own(fd, base, uid, name, why);
	return errno == ENOENT ? 1
			       : slots_fail(why, base, name, strerror(errno));
}

int
slots_check(const struct policy *policy, const struct session *session,
    struct buf *why)
{
	const char *base = policy->sessions_dir;
	struct slots_place place;
	auto_fd int parent = -1;
	int result;

	if (policy->max_sessions == 0)
		return 0;
	parent = open_base(base, session->uid, why);
	if (parent < 0)
		return -1;
	slots_place_of(session, &place);
	result = check_one(parent, base, session->uid, place.uid, why);
	if (result == 1)
		return faccessat(parent, ".", W_OK, AT_EACCESS) == 0
			   ? 0
			   : slots_fail(why, base, place.uid, must_make);
	if (result == 0 && place.name[0] != '\0')
		result = check_one(parent, base, session->uid, place.name, why);
	return result < 0 ? -1 : 0;
}

/* Returns a locked file, or -1 with EWOULDBLOCK or what went wrong. */
static int
try_slot(int directory, unsigned number)
{
	auto_fd int fd = -1;
	char name[16];

	snprintf(name, sizeof(name), "%u", number);
	fd = openat(directory, name,
	    O_RDWR | O_CREAT | O_NOFOLLOW | O_NOCTTY | O_CLOEXEC, 0600);
	if (fd < 0 || flock(fd, LOCK_EX | LOCK_NB) != 0)
		return -1;
	return take_fd(&fd);
}

int
slots_take(const struct policy *policy, const struct session *session,
    int *slot, struct buf *why)
{
	auto_fd int directory = -1;

	*slot = -1;
	if (policy->max_sessions == 0)
		return 0;
	directory = open_own(policy->sessions_dir, session, why);
	if (directory < 0)
		return -1;
	for (unsigned i = 0; i < policy->max_sessions; i++) {
		*slot = try_slot(directory, i);
		if (*slot >= 0)
			return 0;
		if (errno != EWOULDBLOCK)
			return slots_fail(why, policy->sessions_dir, "",
			    strerror(errno));
	}
	return 0;
}
