/*
 * log-sink PATH: takes syslog's datagrams at PATH and forgets them, so that a
 * server under test pays for its lines as on any machine with a log. Ends
 * when its standard input does; prints how many lines came.
 */
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

enum { LINE_MAX_BYTES = 16384 };

int
main(int argc, char **argv)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	struct pollfd ready[] = { { fd, POLLIN, 0 },
		{ STDIN_FILENO, POLLIN, 0 } };
	unsigned long lines = 0;
	char line[LINE_MAX_BYTES];

	if (argc != 2 || strlen(argv[1]) >= sizeof(address.sun_path) || fd < 0)
		return 2;
	memcpy(address.sun_path, argv[1], strlen(argv[1]));
	if (bind(fd, (struct sockaddr *)&address, sizeof(address)) != 0 ||
	    chmod(argv[1], 0666) != 0) {
		perror(argv[1]);
		return 1;
	}
	while (ready[1].revents == 0) {
		while (recv(fd, line, sizeof(line), MSG_DONTWAIT) >= 0)
			lines++;
		if (poll(ready, 2, -1) < 0 && errno != EINTR)
			return 1;
	}
	printf("%lu\n", lines);
	return 0;
}
