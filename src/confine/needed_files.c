/* The memory and descriptors of a list of needed files. */
#include "confine/needed_files.h"

#include <stdlib.h>
#include <unistd.h>

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
