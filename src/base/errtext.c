/* The errors of files, programs and sockets for which musl has other words. */
#include "base/errtext.h"

#include <errno.h>
#include <string.h>

static const struct {
	int error;
	const char *text;
} words[] = {
	{ EADDRINUSE, "Address already in use" },
	{ EBUSY, "Device or resource busy" },
	{ ECHILD, "No child processes" },
	{ ECONNABORTED, "Software caused connection abort" },
	{ EDEADLK, "Resource deadlock avoided" },
	{ EDQUOT, "Disk quota exceeded" },
	{ EHOSTUNREACH, "No route to host" },
	{ EHWPOISON, "Memory page has hardware error" },
	{ EILSEQ, "Invalid or incomplete multibyte or wide character" },
	{ EIO, "Input/output error" },
	{ EISCONN, "Transport endpoint is already connected" },
	{ ELIBBAD, "Accessing a corrupted shared library" },
	{ ELOOP, "Too many levels of symbolic links" },
	{ EMFILE, "Too many open files" },
	{ EMSGSIZE, "Message too long" },
	{ ENAMETOOLONG, "File name too long" },
	{ ENETUNREACH, "Network is unreachable" },
	{ ENOMEM, "Cannot allocate memory" },
	{ ENOTCONN, "Transport endpoint is not connected" },
	{ ENOTSOCK, "Socket operation on non-socket" },
	{ ENOTTY, "Inappropriate ioctl for device" },
	{ EOPNOTSUPP, "Operation not supported" },
	{ EOVERFLOW, "Value too large for defined data type" },
	{ ERANGE, "Numerical result out of range" },
	{ ESHUTDOWN, "Cannot send after transport endpoint shutdown" },
	{ ESPIPE, "Illegal seek" },
	{ ETIME, "Timer expired" },
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
