/*
 * A log's receiver: binds a datagram socket at a path and appends each
 * datagram and a newline to a file, until it is killed.
 *
 *     receiver SOCKET FILE
 */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

int
main(int argc, char **argv)
{
	static char datagram[256 * 1024];
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int in = socket(AF_UNIX, SOCK_DGRAM, 0), out;
	ssize_t len;

	if (argc != 3 || strlen(argv[1]) >= sizeof(address.sun_path))
		return 2;
	out = open(argv[2], O_WRONLY | O_CREAT | O_APPEND, 0644);
	memcpy(address.sun_path, argv[1], strlen(argv[1]) + 1);
	unlink(argv[1]);
	umask(0);
	if (in < 0 || out < 0 ||
	    bind(in, (struct sockaddr *)&address, sizeof(address)) != 0) {
		perror(argv[1]);
		return 1;
	}
	while ((len = recv(in, datagram, sizeof(datagram) - 1, 0)) >= 0) {
		datagram[len] = '\n';
		if (write(out, datagram, (size_t)len + 1) != len + 1)
			return 1;
	}
	return 1;
}
