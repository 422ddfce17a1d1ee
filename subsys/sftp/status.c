/* Two tables: errno to code, code to words. */
#include "subsys/sftp/status.h"

#include <errno.h>
#include <stddef.h>
#include <string.h>

#include "root/digest_names.h"
#include "root/space.h"

// clang-format off
static const struct {
	int error;
	enum status status;
} codes[] = {
	{ 0,            STATUS_OK },
	{ ENOENT,       STATUS_NO_SUCH_FILE },
	{ ENOTDIR,      STATUS_NO_SUCH_FILE },
	{ EBADF,        STATUS_NO_SUCH_FILE },
	{ ELOOP,        STATUS_NO_SUCH_FILE },
	{ ESTALE,       STATUS_NO_SUCH_FILE },
	{ EPERM,        STATUS_PERMISSION_DENIED },
	{ EACCES,       STATUS_PERMISSION_DENIED },
	{ EFAULT,       STATUS_PERMISSION_DENIED },
	{ ENAMETOOLONG, STATUS_BAD_MESSAGE },
	{ EINVAL,       STATUS_BAD_MESSAGE },
	{ ENOSYS,       STATUS_OP_UNSUPPORTED },
};

static const struct {
	const char *word; /* in the record */
	const char *text; /* at the client, as OpenSSH has it */
} words[] = {
	[STATUS_OK] =                { "ok",          "Success" },
	[STATUS_EOF] =               { "eof",         "End of file" },
	[STATUS_NO_SUCH_FILE] =      { "missing",     "No such file" },
	[STATUS_PERMISSION_DENIED] = { "denied",      "Permission denied" },
	[STATUS_FAILURE] =           { "failed",      "Failure" },
	[STATUS_BAD_MESSAGE] =       { "bad",         "Bad message" },
	[STATUS_OP_UNSUPPORTED] =    { "unsupported", "Operation unsupported" },
};
// clang-format on

enum status
status_of(int error)
{
	for (size_t i = 0; i < sizeof(codes) / sizeof(codes[0]); i++) {
		if (codes[i].error == error)
			return codes[i].status;
	}
	return STATUS_FAILURE;
}

void
status_text(enum status status, int error, struct buf *text)
{
	const char *own;

	buf_add_text(text, words[status].text);
	/* The code's own words need no reason behind them for these. */
	if (status == STATUS_OK || error == 0 || error == ENOENT ||
	    error == EACCES || error == EPERM)
		return;
	own = space_words(error);
	if (own == NULL)
		own = digest_names_words(error);
	buf_add_text(text, ": ");
	buf_add_text(text, own != NULL ? own : strerror(error));
}

const char *
status_word(enum status status)
{
	return words[status].word;
}
