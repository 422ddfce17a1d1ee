/*
 * Symlinks and hard links, and the policy's key "links": which symlinks a
 * client may make. With links=relative a text may go up only at its beginning,
 * and no further than to the root: from there it goes down by names, each of
 * which stays inside in its turn. The text is judged at the place where the
 * link will stand, so a link that is moved is judged again; a link that moves
 * with its directory is not.
 */
#include <errno.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>

#include "policy/policy.h"
#include "root/digest_names.h"
#include "root/own_changes.h"
#include "root/root.h"
#include "subsys/sftp/names_held.h"
#include "subsys/sftp/ops.h"

/* The number of directories above the path's last name; -1 with errno. */
static int
depth_of_parent(struct root *root, const struct relpath *path)
{
	struct relpath parent;
	char name[NAME_MAX + 1], real[PATH_MAX];
	int depth = 0;

	if (relpath_split(path, &parent, name) != 0 ||
	    root_realpath(root, &parent, real) < 0)
		return -1;
	for (const char *at = real; *at != '\0'; at++)
		depth += at[0] == '/' && at[1] != '\0';
	return depth;
}

/* How far a text goes up before it goes down; INT_MAX: it goes up again. */
static int
ascent_of(const char *text)
{
	int ascent = 0;
	bool has_name = false;

	while (*text != '\0') {
		size_t len = strcspn(text, "/");
		bool is_up = len == 2 && memcmp(text, "..", 2) == 0;

		if (is_up && has_name)
			return INT_MAX;
		ascent += is_up;
		if (!is_up && len > 0 && !(len == 1 && *text == '.'))
			has_name = true;
		text += len;
		text += *text == '/';
	}
	return ascent;
}

/* Does links=relative allow a symlink with this text there? */
static int
check_text(struct sftp *sftp, const char *text, const struct relpath *place)
{
	int depth;

	if (text[0] != '/') {
		depth = depth_of_parent(sftp->job->root, place);
		if (depth < 0)
			return -1;
		if (ascent_of(text) <= depth)
			return 0;
	}
	errno = EPERM;
	return -1;
}

/* The text of a SYMLINK request, with a NUL behind it. */
static int
symlink_text(const struct fields *fields, char text[PATH_MAX])
{
	const struct slice *given = &fields->strings[0];

	if (given->len >= PATH_MAX) {
		errno = ENAMETOOLONG;
		return -1;
	}
	memcpy(text, given->at, given->len);
	text[given->len] = '\0';
	return 0;
}

/*
 * A text may not have a barred name either (EACCES): followed by "..", it would
 * tell whether the name is there.
 */
int
rule_symlink(struct sftp *sftp, const struct fields *fields)
{
	const struct bars *bars = &sftp->job->root->bars;
	char text[PATH_MAX];
	int error;

	/* Such a name tells contents; a symlink's target can change. */
	if (digest_names_hold_for_path(sftp->job->root, &fields->paths[0])) {
		errno = DIGEST_NAMES_REFUSED;
		return -1;
	}
	if (symlink_text(fields, text) != 0)
		return -1;
	error = bars_any(bars) ? bars_path(bars, text) : 0;
	if (error == ENOENT || error == EACCES) {
		errno = EACCES;
		return -1;
	}
	if (sftp->job->policy->links != LINKS_RELATIVE)
		return 0;
	return check_text(sftp, text, &fields->paths[0]);
}

/*
 * What is missing, or no symlink, passes here: it fails or succeeds in the
 * request itself.
 */
int
rule_move(struct sftp *sftp, const struct fields *fields)
{
	char text[PATH_MAX];

	if (sftp->job->policy->links != LINKS_RELATIVE ||
	    root_readlink(sftp->job->root, &fields->paths[0], text) < 0)
		return 0;
	return check_text(sftp, text, &fields->paths[1]);
}

/* A second name of a symlink is a new symlink: none with links=none. */
int
rule_hardlink(struct sftp *sftp, const struct fields *fields)
{
	char text[PATH_MAX];

	if (sftp->job->policy->links != LINKS_NONE)
		return rule_move(sftp, fields);
	if (root_readlink(sftp->job->root, &fields->paths[0], text) < 0)
		return 0;
	errno = EPERM;
	return -1;
}

int
op_readlink(struct sftp *sftp, const struct fields *fields)
{
	char text[PATH_MAX];
	ssize_t len = root_readlink(sftp->job->root, &fields->paths[0], text);

	if (len < 0)
		return FAILED;
	out_name(&sftp->out, sftp->id, text, (size_t)len);
	return REPLIED;
}

int
op_symlink(struct sftp *sftp, const struct fields *fields)
{
	char text[PATH_MAX];

	if (symlink_text(fields, text) != 0)
		return FAILED;
	return sftp->rights.own != 0
		   ? root_own_symlink(sftp->job->root, text, &fields->paths[0],
			 &sftp->own)
		   : root_symlink(sftp->job->root, text, &fields->paths[0]);
}

static int
sftp_link(struct sftp *sftp, const struct relpath *from,
    const struct relpath *to)
{
	return sftp->rights.own != 0
		   ? root_own_link(sftp->job->root, from, to, &sftp->own)
		   : root_link(sftp->job->root, from, to);
}

int
op_hardlink(struct sftp *sftp, const struct fields *fields)
{
	const struct relpath *from = &fields->paths[0], *to = &fields->paths[1];
	auto_fd int held = -1;

	if (names_hold(sftp, from, to, &held) != 0 ||
	    sftp_link(sftp, from, to) != 0)
		return FAILED;
	if (names_are_held(sftp, to, held))
		return DONE;
	/* Another file had the name by then. */
	if (root_unlink(sftp->job->root, to) == 0)
		errno = EAGAIN;
	return FAILED;
}
