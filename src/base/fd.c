/* Descriptors as a caller may have left them: closed, or too many. */
#include "base/fd.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/num.h"

#ifndef SYS_close_range
#define SYS_close_range 436
#endif

bool
fd_is_open(int fd)
{
	return fcntl(fd, F_GETFD) >= 0;
}

int
fd_ensure_standard(void)
{
	for (int fd = 0; fd <= 2; fd++) {
		if (fd_is_open(fd))
			continue;
		/* The lowest free number is fd itself. */
		if (open("/dev/null", O_RDWR) != fd)
			return -1;
	}
	return 0;
}

/* For kernels before 5.9, which lack close_range(2). */
static int
close_listed(int first)
{
	DIR *dir = opendir("/proc/self/fd");
	struct dirent *entry;
	int64_t fd;

	if (dir == NULL)
		return -1;
	while ((entry = readdir(dir)) != NULL) {
		if (num_parse(entry->d_name, first, 1 << 30, &fd) &&
		    fd != dirfd(dir))
			close((int)fd);
	}
	return closedir(dir);
}

int
fd_close_from(int first)
{
	if (syscall(SYS_close_range, (unsigned)first, ~0U, 0) == 0)
		return 0;
	return close_listed(first);
}
