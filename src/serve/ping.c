/* Sends nothing: the server counts it among its probes. */
#include "serve/ping.h"

#include <errno.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include "base/io.h"
#include "base/num.h"
#include "serve/address.h"

enum { PING_SECONDS = 5 };

static socklen_t
make_socket_address(struct sockaddr_storage *out, const char *place)
{
	const char *colon = strrchr(place, ':');
	struct sockaddr_in6 *six = (struct sockaddr_in6 *)out;
	struct sockaddr_in *four = (struct sockaddr_in *)out;
	struct address address;
	char host[ADDRESS_TEXT];
	int64_t port;
	size_t len;

	if (colon == NULL || !num_parse(colon + 1, 1, UINT16_MAX, &port))
		return 0;
	len = (size_t)(colon - place);
	if (len >= 2 && place[0] == '[' && place[len - 1] == ']') {
		place++;
		len -= 2;
	}
	if (len >= sizeof(host))
		return 0;
	memcpy(host, place, len);
	host[len] = '\0';
	if (!address_parse(&address, host))
		return 0;
	memset(out, 0, sizeof(*out));
	if (address_is_v4(&address)) {
		four->sin_family = AF_INET;
		four->sin_port = htons((uint16_t)port);
		memcpy(&four->sin_addr, address.bytes + 12, 4);
		return sizeof(*four);
	}
	six->sin6_family = AF_INET6;
	six->sin6_port = htons((uint16_t)port);
	memcpy(&six->sin6_addr, address.bytes, 16);
	return sizeof(*six);
}

int
ping_server(const char *place, struct buf *why)
{
	static const char greeting[] = "SSH-2.0-";
	const struct timeval limit = { .tv_sec = PING_SECONDS };
	struct sockaddr_storage address;
	socklen_t size;
	auto_fd int fd = -1;
	char got[sizeof(greeting) - 1];

	if (place == NULL)
		place = "127.0.0.1:2222";
	size = make_socket_address(&address, place);
	if (size == 0) {
		buf_addf(why, "--ping=%s: no ADDRESS:PORT", place);
		return -1;
	}
	fd = socket(address.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0 ||
	    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit)) !=
		0 ||
	    setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof(limit)) !=
		0 ||
	    connect(fd, (const struct sockaddr *)&address, size) != 0) {
		buf_addf(why, "%s: %s", place, strerror(errno));
		return -1;
	}
	if (io_read_all(fd, got, sizeof(got)) != (ssize_t)sizeof(got) ||
	    memcmp(got, greeting, sizeof(got)) != 0) {
		buf_addf(why, "%s: no SSH server answers", place);
		return -1;
	}
	return 0;
}
