/*
 * A key that exists is never replaced: clients would take its successor for an
 * attack. A new one gets its name only when it is whole.
 */
#include "serve/host_keys.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <syslog.h>
#include <unistd.h>

#include "serve/authorized_keys.h"
#include "serve/transport.h"

static int
refuse_key(struct buf *why, const char *path, const char *text)
{
	buf_addf(why, "host key %s: %s", path, text);
	return -1;
}

static void
warn_of_key(const struct server_log *log, const char *path, const char *text)
{
	struct log_line line;

	log_begin(&line, log, LOG_WARNING, "host-key");
	log_text(&line, "file", path);
	log_text(&line, "because", text);
	log_end(&line);
}

/* Written aside, then given its name, if nobody took that meanwhile. */
static int
make_key(const char *path, struct buf *why)
{
	char room[PATH_MAX];
	struct buf aside;
	int result;

	buf_init(&aside, room, sizeof(room) - 1);
	buf_addf(&aside, "%s.new-%d", path, (int)getpid());
	if (aside.full)
		return refuse_key(why, path, "its path is too long");
	if (transport_make_host_key(buf_text(&aside)) != 0)
		return refuse_key(why, path,
		    "there is none, and none can be made there");
	result = link(room, path);
	if (result != 0 && errno != EEXIST)
		buf_addf(why, "host key %s: %s", path, strerror(errno));
	if (unlink(room) != 0)
		return refuse_key(why, path, strerror(errno));
	return result != 0 && why->len > 0 ? -1 : 0;
}

static int
check_mode(int fd, const char *path, const struct server_log *log,
    struct buf *why)
{
	struct stat st;

	if (fstat(fd, &st) != 0)
		return refuse_key(why, path, strerror(errno));
	if (!S_ISREG(st.st_mode))
		return refuse_key(why, path, "it is no file");
	if (st.st_uid != 0 && st.st_uid != geteuid())
		return refuse_key(why, path, "it belongs to another account");
	if ((st.st_mode & (S_IWGRP | S_IWOTH)) != 0) {
		if (st.st_uid != geteuid() || fchmod(fd, 0600) != 0)
			return refuse_key(why, path,
			    "others may write it (in Kubernetes: "
			    "fsGroupChangePolicy: OnRootMismatch)");
		warn_of_key(log, path,
		    "others could write it; its mode is 0600 now");
		return 0;
	}
	if ((st.st_mode & (S_IRGRP | S_IROTH)) != 0)
		warn_of_key(log, path, "others may read it");
	return 0;
}

static int
tell_fingerprint(const char *path, const struct server_log *log,
    struct buf *why)
{
	struct transport_host_key *key = transport_read_host_key(path);
	char text[KEY_FINGERPRINT];
	struct log_line line;

	if (key == NULL || transport_host_fingerprint(key, text, sizeof(text)))
		return refuse_key(why, path, "it can't be read as a key");
	transport_free_host_key(key);
	log_begin(&line, log, LOG_INFO, "host-key");
	log_text(&line, "file", path);
	log_text(&line, "key", text);
	log_end(&line);
	return 0;
}

void
host_key_warn_of_root(const char *path, const char *root,
    const struct server_log *log)
{
	char key[PATH_MAX], top[PATH_MAX];
	size_t len;

	if (realpath(path, key) == NULL || realpath(root, top) == NULL)
		return;
	len = strcmp(top, "/") == 0 ? 0 : strlen(top);
	if (strncmp(key, top, len) == 0 && key[len] == '/')
		warn_of_key(log, path,
		    "it lies in the root, where clients could read it: nobody "
		    "is served there");
}

int
host_key_see_to(const char *path, const struct server_log *log, struct buf *why)
{
	auto_fd int fd = open(path, O_RDONLY | O_NOCTTY | O_CLOEXEC);

	if (fd < 0 && errno == ENOENT) {
		if (make_key(path, why) != 0)
			return -1;
		fd = open(path, O_RDONLY | O_NOCTTY | O_CLOEXEC);
	}
	if (fd < 0)
		return refuse_key(why, path, strerror(errno));
	if (check_mode(fd, path, log, why) != 0)
		return -1;
	return tell_fingerprint(path, log, why);
}
