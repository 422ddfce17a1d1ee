/*
 * What the C library that this is linked with makes of patterns and errors,
 * to be compared with what another one does:
 *
 *   libc-says clear|unclear|errors
 *
 * Patterns are put together at random, the same ones at each run; clear are
 * those that a configuration may have.
 */
#include <errno.h>
#include <fnmatch.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "base/errtext.h"
#include "core/globs.h"

enum { PATTERNS = 200 * 1000, PIECES = 7, NAMES = 6, NAME_PIECES = 4 };

static const char *const pattern_pieces[] = { "a", "b", "z-", "A", "*", "**",
	"?", "[", "]", "[a-c]", "[!a]", "[^a]", "[!]a]", "[a-]", "-]", "[c-a]",
	"[\x80-\xff]", "\\*", "\\", "[\\]]", "-", "^", "!", ".", ",", " ", "[a",
	"[[:digit:]", "[:alpha:]", "[:print:]", "[:cntrl:]", "[:graph:]",
	"[:", ":]", "[.", "[=", "\xc3\xa4", "\xff", "\x80", "\x01" };
static const char *const name_pieces[] = { "a", "b", "c", "z", "A", "0", "*",
	"\\", "[", "]", ".", ",", ":", "=", "-", "^", "!", " ", "\n",
	"\xc3\xa4", "\xff", "\x80", "\x7f", "\x01" };

/* Of files, programs and sockets; 1 to 32 are all of that kind. */
static const int more_errors[] = { ERANGE, EDEADLK, ENAMETOOLONG, ENOLCK,
	ENOSYS, ENOTEMPTY, ELOOP, ENODATA, ETIME, ENOLINK, EPROTO, EBADMSG,
	EOVERFLOW, ELIBBAD, EILSEQ, EUSERS, ENOTSOCK, EMSGSIZE, EOPNOTSUPP,
	EADDRINUSE, ENETUNREACH, ECONNABORTED, ECONNRESET, ENOBUFS, EISCONN,
	ENOTCONN, ESHUTDOWN, ETIMEDOUT, ECONNREFUSED, EHOSTDOWN, EHOSTUNREACH,
	ESTALE, EUCLEAN, EREMOTEIO, EDQUOT, ENOMEDIUM, ECANCELED, ENOKEY,
	EKEYEXPIRED, EKEYREJECTED, EHWPOISON };

static size_t
below(size_t end)
{
	static uint64_t state = 88172645463325252U;

	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return (size_t)(state % end);
}

static void
put_together(char *to, size_t size, const char *const *pieces, size_t count,
    size_t most)
{
	size_t len = 0;

	to[0] = '\0';
	for (size_t left = below(most); left > 0; left--)
		len += (size_t)snprintf(to + len, size - len, "%s",
		    pieces[below(count)]);
}

static void
say_patterns(bool clear)
{
	char pattern[128], name[64];

	for (int i = 0; i < PATTERNS; i++) {
		put_together(pattern, sizeof(pattern), pattern_pieces,
		    sizeof(pattern_pieces) / sizeof(*pattern_pieces), PIECES);
		for (int j = 0; j < NAMES; j++) {
			put_together(name, sizeof(name), name_pieces,
			    sizeof(name_pieces) / sizeof(*name_pieces),
			    NAME_PIECES);
			if (glob_is_clear(pattern, strlen(pattern)) == clear)
				printf("%d %s %s\n",
				    fnmatch(pattern, name, 0) == 0, pattern,
				    name);
		}
	}
}

static void
say_errors(void)
{
	for (int error = 1; error <= 32; error++)
		printf("%d %s\n", error, error_text(error));
	for (size_t i = 0; i < sizeof(more_errors) / sizeof(*more_errors); i++)
		printf("%d %s\n", more_errors[i], error_text(more_errors[i]));
}

int
main(int argc, char **argv)
{
	const char *what = argc == 2 ? argv[1] : "";

	if (strcmp(what, "errors") == 0)
		say_errors();
	else if (strcmp(what, "clear") == 0 || strcmp(what, "unclear") == 0)
		say_patterns(what[0] == 'c');
	else
		return 2;
	return fflush(stdout) == 0 ? 0 : 1;
}
