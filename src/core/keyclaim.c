/* Opens only what is named as sshd names it, and only a plain file of ours. */
#include "core/keyclaim.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "base/auto.h"
#include "base/io.h"

enum { FILE_BYTES = 16 * 1024 };

static const char prefix[] = "/tmp/sshauth.";
static const char method[] = "publickey ";

static ssize_t
read_claims(const char *path, uid_t uid, char *text, size_t size)
{
	auto_fd int fd = open(path,
	    O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	struct stat st;

	if (fd < 0 || fstat(fd, &st) != 0 || !S_ISREG(st.st_mode) ||
	    st.st_uid != uid || (st.st_mode & 077) != 0)
		return -1;
	return io_read_all(fd, text, size);
}

static void
take_key(const char *line, size_t len, char *text, size_t size)
{
	size_t skip = sizeof(method) - 1;

	if (text[0] != '\0' || len <= skip || memcmp(line, method, skip) != 0 ||
	    len - skip >= size)
		return;
	memcpy(text, line + skip, len - skip);
	text[len - skip] = '\0';
}

void
keyclaim_load(const char *path, uid_t uid, char *text, size_t size)
{
	not_zeroed char claims[FILE_BYTES + 1];
	char *rest = claims, *line;
	ssize_t len;

	text[0] = '\0';
	if (path == NULL || strncmp(path, prefix, sizeof(prefix) - 1) != 0 ||
	    strchr(path + sizeof(prefix) - 1, '/') != NULL)
		return;
	len = read_claims(path, uid, claims, FILE_BYTES);
	if (len <= 0)
		return;
	claims[len] = '\0';
	while ((line = strsep(&rest, "\n")) != NULL)
		take_key(line, strlen(line), text, size);
}
