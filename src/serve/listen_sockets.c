/* Numbers alone: no resolver is asked where to listen. */
#include "serve/listen_sockets.h"

#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <syslog.h>
#include <unistd.h>

#include "serve/address.h"

enum { BACKLOG = 128 };

/* Splits "ADDRESS:PORT", "[ADDRESS]:PORT" or ":PORT". */
static bool
split_place(const char *place, char host[256], char port[16])
{
	const char *colon = strrchr(place, ':');
	size_t len = colon == NULL ? 0 : (size_t)(colon - place);

	if (colon == NULL || len >= 256 || strlen(colon + 1) >= 16)
		return false;
	if (len >= 2 && place[0] == '[' && place[len - 1] == ']') {
		place++;
		len -= 2;
	}
	memcpy(host, place, len);
	host[len] = '\0';
	memcpy(port, colon + 1, strlen(colon + 1) + 1);
	return port[0] != '\0';
}

static int
bind_one(const struct addrinfo *info)
{
	auto_fd int fd = socket(info->ai_family,
	    SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	int yes = 1;

	if (fd < 0 ||
	    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof(yes)) != 0)
		return -1;
	if (info->ai_family == AF_INET6 &&
	    setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &yes, sizeof(yes)) != 0)
		return -1;
	if (bind(fd, info->ai_addr, info->ai_addrlen) != 0 ||
	    listen(fd, BACKLOG) != 0)
		return -1;
	return take_fd(&fd);
}

/* "listening" with the port, which may have been 0. */
static void
tell_place(const struct server_log *log, int fd)
{
	struct sockaddr_storage bound;
	socklen_t size = sizeof(bound);
	char text[ADDRESS_TEXT];
	struct address address;
	struct log_line line;

	if (getsockname(fd, (struct sockaddr *)&bound, &size) != 0 ||
	    !address_of(&address, &bound))
		return;
	address_text(&address, text);
	log_begin(&line, log, LOG_INFO, "listening");
	log_text(&line, "address", text);
	log_number(&line, "port", address.port);
	log_end(&line);
}

static int
listen_at(struct listen_sockets *sockets, const struct server_log *log,
    const char *place, bool may_fail, struct buf *why)
{
	const struct addrinfo hints = { .ai_socktype = SOCK_STREAM,
		.ai_flags = AI_PASSIVE | AI_NUMERICHOST | AI_NUMERICSERV };
	struct addrinfo *found = NULL;
	char host[256], port[16];
	int result = -1;

	if (!split_place(place, host, port) ||
	    getaddrinfo(host[0] == '\0' ? NULL : host, port, &hints, &found) !=
		0) {
		buf_addf(why, "--listen=%s: no ADDRESS:PORT", place);
		return -1;
	}
	for (const struct addrinfo *info = found; info != NULL;
	     info = info->ai_next) {
		int fd;

		if (sockets->count == LISTEN_SOCKETS)
			break;
		fd = bind_one(info);
		if (fd < 0)
			continue;
		sockets->at[sockets->count++] = fd;
		tell_place(log, fd);
		result = 0;
	}
	if (result != 0 && !may_fail)
		buf_addf(why, "can't listen at %s: %s", place, strerror(errno));
	freeaddrinfo(found);
	return may_fail ? 0 : result;
}

int
listen_sockets_open(struct listen_sockets *sockets,
    const struct server_options *options, const struct server_log *log,
    struct buf *why)
{
	*sockets = (struct listen_sockets){ .count = 0 };
	if (options->listen_count == 0) {
		/* A machine may have no IPv6. */
		if (listen_at(sockets, log, "127.0.0.1:2222", false, why) != 0)
			return -1;
		return listen_at(sockets, log, "[::1]:2222", true, why);
	}
	for (size_t i = 0; i < options->listen_count; i++) {
		if (listen_at(sockets, log, options->listen[i], false, why) !=
		    0)
			return -1;
	}
	return 0;
}
