/* The memory and descriptors of a list of needed files. */
#include "confine/needed_files.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/xalloc.h"
#include "root/abilities.h"

void
needed_files_take(struct needed_files *files, const char *path, int fd,
    uint64_t access)
{
	files->at = xrealloc(files->at, files->count + 1, sizeof(*files->at));
	files->at[files->count++] =
	    (struct needed_file){ xstrdup(path), fd, access };
}

int
needed_files_add(struct needed_files *files, const char *path, uint64_t access)
{
	int fd = open(path, O_PATH | O_CLOEXEC);

	if (fd < 0)
		return errno == ENOENT || errno == ENOTDIR ? 0 : -1;
	needed_files_take(files, path, fd, access);
	return 0;
}

bool
needed_files_is_others(int fd)
{
	const struct file_system_type *type;
	struct stat st;

	if (fstat(fd, &st) != 0 || S_ISDIR(st.st_mode))
		return false;
	if (S_ISFIFO(st.st_mode) || S_ISSOCK(st.st_mode))
		return true;
	type = abilities_type(fd);
	return type != NULL && type->gives_leases && st.st_uid != geteuid();
}

bool
needed_files_are_others(const struct needed_files *files)
{
	for (size_t i = 0; i < files->count; i++) {
		if (!needed_files_is_others(files->at[i].fd))
			return false;
	}
	return true;
}

void
needed_files_free(struct needed_files *files)
{
	for (size_t i = 0; i < files->count; i++) {
		close(files->at[i].fd);
		free(files->at[i].path);
	}
	free(files->at);
	*files = (struct needed_files){ .at = NULL };
}
