/*
 * Which symlinks a client may make (the key "links"). Under "relative" a text
 * may go up only at its beginning, and no further than to the root: from
 * there it goes down by names, each of which stays inside in its turn. The
 * text is judged where the link will stand, so a link that is moved is judged
 * anew; one that moves with its directory is not.
 */
#include "subsys/sftp/links.h"

#include <errno.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>

#include "policy/policy.h"
#include "root/root.h"
#include "subsys/sftp/dispatch.h"

/* How deep the directory lies in which this path's last name stands. */
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

int
links_check_text(struct sftp *sftp, const char *text,
    const struct relpath *place)
{
	int depth;

	if (sftp->job->policy->links != LINKS_RELATIVE)
		return 0;
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

int
links_check_move(struct sftp *sftp, const struct relpath *from,
    const struct relpath *to, bool is_copy)
{
	char text[PATH_MAX];

	if (sftp->job->policy->links == LINKS_ANY)
		return 0;
	/* What is missing or no link fails or passes in the act itself. */
	if (root_readlink(sftp->job->root, from, text) < 0)
		return 0;
	if (sftp->job->policy->links == LINKS_RELATIVE)
		return links_check_text(sftp, text, to);
	errno = EPERM;
	return is_copy ? -1 : 0;
}
