/* ".filesonly.u" or ".filesonly.r", 8 hex digits of a mark, 16 random ones. */
#include "root/private_names.h"

#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>

#define PREFIX ".filesonly."

int
private_name(char name[PRIVATE_BYTES], enum private_kind kind, uint32_t mark)
{
	uint64_t random;

	if (getrandom(&random, sizeof(random), 0) != sizeof(random)) {
		errno = EIO;
		return -1;
	}
	snprintf(name, PRIVATE_BYTES, PREFIX "%c%08lx%016llx", kind,
	    (unsigned long)mark, (unsigned long long)random);
	return 0;
}

bool
private_is(const char *name)
{
	return strncmp(name, PREFIX, sizeof(PREFIX) - 1) == 0;
}

bool
private_is_kind(const char *name, enum private_kind kind)
{
	return private_is(name) && name[sizeof(PREFIX) - 1] == (char)kind;
}

bool
private_has_mark(const char *name, uint32_t mark)
{
	char digits[12];

	snprintf(digits, sizeof(digits), "%08lx", (unsigned long)mark);
	return private_is(name) && name[sizeof(PREFIX) - 1] != '\0' &&
	       strncmp(name + sizeof(PREFIX), digits, 8) == 0;
}

bool
private_in_path(const char *path)
{
	for (const char *at = path; (at = strstr(at, PREFIX)) != NULL; at++) {
		if (at == path || at[-1] == '/')
			return true;
	}
	return false;
}
