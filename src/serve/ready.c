/* One datagram to a socket that the service manager has named. */
#include "serve/ready.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/auto.h"

static struct sockaddr_un ready_place;
static socklen_t ready_size;

void
ready_prepare(void)
{
	const char *name = getenv("NOTIFY_SOCKET");
	size_t len = name == NULL ? 0 : strlen(name);

	if (len > 1 && len < sizeof(ready_place.sun_path) &&
	    (name[0] == '/' || name[0] == '@')) {
		ready_place.sun_family = AF_UNIX;
		memcpy(ready_place.sun_path, name, len);
		if (name[0] == '@')
			ready_place.sun_path[0] = '\0';
		ready_size =
		    (socklen_t)(offsetof(struct sockaddr_un, sun_path) + len);
	}
	unsetenv("NOTIFY_SOCKET");
}

void
ready_tell(const char *state)
{
	auto_fd int fd = -1;

	if (ready_size == 0)
		return;
	fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd >= 0 &&
	    sendto(fd, state, strlen(state), MSG_NOSIGNAL,
		(const struct sockaddr *)&ready_place, ready_size) < 0)
		return;
}
