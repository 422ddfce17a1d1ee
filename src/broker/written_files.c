/* Reads /proc by descriptors alone: nothing there can be opened any more. */
#include "broker/written_files.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/num.h"
#include "broker/create_only.h"
#include "root/root.h"

enum { MAX_NUMBER = 64 }; /* rsync has few files open; one for writing */

/* The link of a descriptor shows how it was opened. */
static bool
is_writable(int list, const char *path)
{
	struct stat st;

	return fstatat(list, path, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
	       (st.st_mode & S_IWUSR) != 0;
}

static void
look_at(int list, pid_t pid, pid_t group, struct root *root,
    struct create_only *create_only)
{
	char path[48], where[PATH_MAX];

	for (int number = 0; number < MAX_NUMBER; number++) {
		auto_fd int fd = -1;
		struct stat st;

		snprintf(path, sizeof(path), "%d/fd/%d", (int)pid, number);
		if (!is_writable(list, path))
			continue;
		fd = openat(list, path, O_PATH | O_CLOEXEC);
		/* The number of one that has ended may be another's. */
		if (fd < 0 || fstat(fd, &st) != 0 || !S_ISREG(st.st_mode) ||
		    root_path_of(root, fd, where) < 0 ||
		    getpgid(pid) != group || !is_writable(list, path))
			continue;
		own_add(&create_only->own, fd);
	}
}

void
written_look(int list, pid_t group, struct root *root,
    struct create_only *create_only)
{
	int copy = dup(list);
	DIR *dir = copy < 0 ? NULL : fdopendir(copy);
	const struct dirent *entry;
	int64_t pid;

	if (dir == NULL) {
		auto_close_fd(&copy);
		return;
	}
	rewinddir(dir);
	while ((entry = readdir(dir)) != NULL) {
		if (num_parse(entry->d_name, 1, INT32_MAX, &pid) &&
		    getpgid((pid_t)pid) == group)
			look_at(list, (pid_t)pid, group, root, create_only);
	}
	closedir(dir);
}
