/*
 * In rsync's place, and as rsync 3.5.0 was published in one thing: it reads "/"
 * on the way to its destination, and where it can't, ends as rsync does. It
 * has rsync's --confine-root among its strings.
 */
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "keeplog.h"

int
main(int argc, char **argv)
{
	int fd = open("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	keep_log(argv);
	if (argc == 2 && strcmp(argv[1], "confine-root") == 0)
		return 0;
	if (fd >= 0)
		return 0;
	fputs("change_dir failed: Permission denied\n", stderr);
	return 3;
}
