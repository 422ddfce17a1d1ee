/* The memory and descriptors of a list of needed files. */
#include "confine/needed_files.h"

#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/xalloc.h"

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
