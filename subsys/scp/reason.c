/*
 * The system's words, which clients and scripts know, but where they would not
 * tell a customer what is the matter.
 */
#include "subsys/scp/reason.h"

#include <errno.h>
#include <stddef.h>
#include <string.h>

#include "root/digest_names.h"
#include "root/space.h"

// clang-format off
static const struct {
	int error;
	const char *text;
} reasons[] = {
	{ EPERM,   "Permission denied" }, /* of the policy; as on SFTP */
	{ ENXIO,   "not a regular file" },
	{ ELOOP,   "a symbolic link, or links that lead in a circle" },
	{ EFBIG,   "File too large: the account allows smaller files only" },
	{ ENODATA, "the file became shorter while it was sent" },
};
// clang-format on

const char *
reason_text(int error)
{
	const char *own = space_words(error);

	if (own == NULL)
		own = digest_names_words(error);
	for (size_t i = 0; i < sizeof(reasons) / sizeof(reasons[0]); i++) {
		if (reasons[i].error == error)
			return reasons[i].text;
	}
	return own != NULL ? own : strerror(error);
}
