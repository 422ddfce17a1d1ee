/* The errors of files and processes for which musl has other words. */
#include "base/errtext.h"

#include <errno.h>
#include <string.h>

static const struct {
	int error;
	const char *text;
} words[] = {
	{ EBUSY, "Device or resource busy" },
	{ ECHILD, "No child processes" },
	{ EDQUOT, "Disk quota exceeded" },
	{ EIO, "Input/output error" },
	{ ELOOP, "Too many levels of symbolic links" },
	{ EMFILE, "Too many open files" },
	{ EMSGSIZE, "Message too long" },
	{ ENAMETOOLONG, "File name too long" },
	{ ENOMEM, "Cannot allocate memory" },
	{ ENOTCONN, "Transport endpoint is not connected" },
	{ ENOTSOCK, "Socket operation on non-socket" },
	{ ENOTTY, "Inappropriate ioctl for device" },
	{ EOPNOTSUPP, "Operation not supported" },
	{ EOVERFLOW, "Value too large for defined data type" },
	{ ESPIPE, "Illegal seek" },
	{ ETIMEDOUT, "Connection timed out" },
	{ EUCLEAN, "Structure needs cleaning" },
	{ EUSERS, "Too many users" },
	{ EXDEV, "Invalid cross-device link" },
};

const char *
error_text(int error)
{
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		if (words[i].error == error)
			return words[i].text;
	}
	return strerror(error);
}
