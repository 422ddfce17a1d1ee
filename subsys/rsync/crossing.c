/*
 * The kernel says whether a path crosses a mount, and which mounts there are.
 * Trusts that a client can mount nothing.
 */
#include "subsys/rsync/crossing.h"

#include <errno.h>
#include <string.h>

#include "base/buf.h"
#include "base/mount_table.h"
#include "confine/means.h"
#include "policy/policy.h"
#include "root/inside.h"
#include "subsys/job.h"
#include "subsys/rsync/args.h"
#include "subsys/rsync/making.h"

/*
 * In a namespace nothing is mounted there: what is sent is what lies below, but
 * what is received would be hidden by the mount.
 */
static bool
crossing_matters(const struct making *making)
{
	return making->policy->one_file_system &&
	       (!making->args->sender ||
		   !means_hide_outside(making->job->means));
}

/* Replaces the path by the one that it leads to, which has no symlinks. */
static void
crossing_straighten(const struct root *root, struct relpath *path)
{
	struct inside_place place;

	if (inside_find(root, path, &place) == 0 &&
	    relpath_parse(path, place.real, strlen(place.real), NULL) != 0)
		return;
}

/*
 * Is the way to the path on the root's own mount, and its end? An absolute
 * symlink leads as it does on the machine, unless it is itself meant.
 */
bool
crossing_is(const struct making *making, const char *text, enum follow follow)
{
	struct relpath path, parent;
	char name[NAME_MAX + 1];
	auto_fd int fd = -1;

	if (!crossing_matters(making) ||
	    relpath_parse(&path, text, strlen(text), NULL) != 0)
		return false;
	if (follow == FOLLOW || path.bytes[path.len - 1] == '/') {
		crossing_straighten(making->root, &path);
	} else if (relpath_split(&path, &parent, name) == 0) {
		crossing_straighten(making->root, &parent);
		if (relpath_parse(&path, name, strlen(name), &parent) != 0)
			return true;
	}
	fd = root_pin(making->root, &path, follow);
	return fd < 0 && errno == EXDEV;
}

/* Is something mounted below the directory? Yes, too, where nobody knows. */
static bool
has_mounts_below(const char *directory)
{
	size_t len = strcmp(directory, "/") == 0 ? 0 : strlen(directory);
	struct mount_table table = { .count = 0 };
	bool found = false;

	if (mount_table_load(&table) != 0)
		return true;
	for (size_t i = 0; i < table.count && !found; i++) {
		const char *point = table.at[i].point;

		found = strncmp(point, directory, len) == 0 &&
			point[len] == '/' && point[len + 1] != '\0';
	}
	mount_table_free(&table);
	return found;
}

enum refusal
crossing_judge(const struct making *making)
{
	static const char because[] =
	    "a file system is mounted below it, which is not served";
	not_zeroed char room[3 * PATH_MAX];
	const char *dest = making->args->sender ? "." : making->dest;
	struct buf path;

	if (!making->policy->one_file_system ||
	    means_hide_outside(making->job->means) ||
	    (making->args->sender &&
		!rsync_args_have(making->args, VALUE_LIST)))
		return REFUSE_NOTHING;
	buf_init(&path, room, sizeof(room) - 1);
	buf_add_text(&path, making->own);
	while (path.len > 1 && room[path.len - 1] == '/')
		path.len--;
	if (strcmp(dest, ".") != 0)
		buf_addf(&path, "%s%s", path.len > 1 ? "/" : "", dest);
	while (path.len > 1 && room[path.len - 1] == '/')
		path.len--;
	if (!has_mounts_below(buf_text(&path)))
		return REFUSE_NOTHING;
	return verdict_set(making->verdict, REFUSE_PATH, because, dest,
	    strlen(dest));
}
