/* Reads as the supervisor, from what is pinned and proved to lie in the root.
 */
#include "broker/act_verify.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "broker/act.h"
#include "root/digest_names.h"

/* rsync tells its client the error's own words: of these, "Bad message". */
static int
tell_refused(int result)
{
	if (result != 0 && errno == DIGEST_NAMES_REFUSED)
		errno = EBADMSG;
	return result;
}

/* is_given: it has that name already, in another directory. */
static int
verify_pinned(const struct act *act, int pinned, bool is_given, const char *to,
    int *held)
{
	char path[32];
	struct stat st;

	if (fstat(pinned, &st) != 0)
		return -1;
	if (S_ISDIR(st.st_mode) ||
	    (is_given &&
		(!S_ISREG(st.st_mode) || digest_names_is_settled(&st)))) {
		*held = fcntl(pinned, F_DUPFD_CLOEXEC, 0);
		return *held < 0 ? -1 : 0;
	}
	if (!S_ISREG(st.st_mode)) {
		errno = DIGEST_NAMES_REFUSED;
		return -1;
	}
	snprintf(path, sizeof(path), "self/fd/%d", pinned);
	*held = openat(AT_FDCWD, path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	return *held < 0 ? -1 : digest_names_hold(act->root, *held, to);
}

int
act_verify_rename(const struct act *act, int dir, const char *from,
    const char *to, int *held)
{
	auto_fd int pinned = -1;

	if (!digest_names_hold_for(act->root, to))
		return 0;
	pinned = openat(dir, from, O_PATH | O_NOFOLLOW | O_CLOEXEC);
	return pinned < 0 ? -1
			  : tell_refused(verify_pinned(act, pinned,
				strcasecmp(from, to) == 0, to, held));
}

int
act_verify_link(const struct act *act, int pinned, const char *to, int *held)
{
	char path[PATH_MAX];

	if (!digest_names_hold_for(act->root, to))
		return 0;
	if (root_path_of(act->root, pinned, path) < 0)
		return -1;
	return tell_refused(verify_pinned(act, pinned,
	    strcasecmp(strrchr(path, '/') + 1, to) == 0, to, held));
}

bool
act_verify_is_held(int dir, const char *to, int held)
{
	struct stat st, named;

	return held < 0 ||
	       (fstat(held, &st) == 0 &&
		   fstatat(dir, to, &named, AT_SYMLINK_NOFOLLOW) == 0 &&
		   st.st_dev == named.st_dev && st.st_ino == named.st_ino);
}

int
act_verify_new(const struct act *act, const char *name)
{
	if (!digest_names_hold_for(act->root, name))
		return 0;
	errno = DIGEST_NAMES_REFUSED;
	return tell_refused(-1);
}

int
act_verify_change(const struct act *act, int fd)
{
	return tell_refused(digest_names_may_change(act->root, fd));
}
