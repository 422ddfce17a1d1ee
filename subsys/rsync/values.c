/*
 * Checks the syntax of option values before rsync parses them: its own parsers
 * have had holes (sizes: CVE-2026-70457, max-alloc: CVE-2026-53794). Repairs
 * nothing; a value that does not match is refused.
 */
#include "subsys/rsync/values.h"

#include <limits.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/num.h"

enum {
	MAX_TEXT = 4096,     /* of any value */
	MAX_WORD = 128,      /* of a list of names */
	MAX_ENDING = 64,     /* of a backup suffix */
	MAX_NUMBER = 20,     /* of a size, in characters */
	MAX_SUFFIX = 32,     /* of the capabilities */
	MAX_BLOCK = 1 << 17, /* rsync's own MAX_BLOCK_SIZE */
	MIN_ALLOC = 1 << 20,
};

#define MAX_ALLOC 0x1p40
#define LOWER "abcdefghijklmnopqrstuvwxyz"
#define UPPER "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
#define DIGITS "0123456789"

static bool
only(const char *text, size_t len, const char *set, size_t max)
{
	return len > 0 && len <= max && strspn(text, set) == len;
}

/* [0-9]*\.[A-Za-z]*: what follows e, "31.iLsfxCIvu" or ".iLs" */
static bool
is_suffix(const char *text, size_t len)
{
	size_t digits = strspn(text, DIGITS);

	return len <= MAX_SUFFIX && text[digits] == '.' &&
	       strspn(text + digits + 1, LOWER UPPER) == len - digits - 1;
}

static bool
is_number(const char *text, size_t len, int64_t min, int64_t max)
{
	int64_t number;

	return strlen(text) == len && num_parse(text, min, max, &number);
}

/*
 * The size's unit in bytes, 0 where it has none that rsync knows; *at, which
 * stands on it, goes behind it. rsync(1): K and KiB are 1024, KB is 1000.
 */
static uint64_t
take_unit(const char **at)
{
	static const char units[] = "bkmgtp";
	char letter = **at == '\0' ? 'b' : (char)(**at | 0x20);
	const char *unit = strchr(units, letter);
	uint64_t bytes = 1, step = 1024;

	if (**at == '+' || **at == '-')
		return 1;
	if (unit == NULL)
		return 0;
	*at += **at != '\0';
	if ((*at)[0] == 'b' || (*at)[0] == 'B') {
		step = 1000;
		(*at)++;
	} else if (strncasecmp(*at, "ib", 2) == 0) {
		*at += 2;
	}
	for (; unit > units; unit--)
		bytes *= step;
	return bytes;
}

/*
 * DIGITS [. DIGITS] [UNIT [iB | B]] [+1 | -1], as rsync(1) has it; one of the
 * two DIGITS is enough. Returns the unit in bytes, or 0.
 */
static uint64_t
size_unit(const char *text, size_t len)
{
	const char *at = text + strspn(text, DIGITS);
	size_t digits = (size_t)(at - text);
	uint64_t unit;

	if (*at == '.') {
		size_t parts = strspn(at + 1, DIGITS);

		digits += parts;
		at += 1 + parts;
	}
	unit = take_unit(&at);
	if ((at[0] == '+' || at[0] == '-') && at[1] == '1')
		at += 2;
	return digits > 0 && len <= MAX_NUMBER && at == text + len ? unit : 0;
}

static bool
is_alloc(const char *text, size_t len)
{
	uint64_t unit = size_unit(text, len);
	double size = unit == 0 ? 0 : strtod(text, NULL) * (double)unit;

	return size >= MIN_ALLOC && size <= MAX_ALLOC;
}

static bool
is_printable(const char *text, size_t len, size_t max)
{
	for (size_t i = 0; i < len; i++) {
		if ((unsigned char)text[i] < 0x20 || text[i] == 0x7f)
			return false;
	}
	return len > 0 && len <= max;
}

static bool
is_one_of(const char *text, const char *const *words)
{
	for (; *words != NULL; words++) {
		if (strcmp(text, *words) == 0)
			return true;
	}
	return false;
}

static const char *const formats[] = { "%i", "%i%I", "%o", "X", NULL };
static const char *const streams[] = { "errors", "all", "client", "e", "a", "c",
	NULL };

bool
rsync_value_ok(enum rsync_value kind, const char *text, size_t len)
{
	if (len > MAX_TEXT)
		return false;
	switch (kind) {
	case VALUE_NONE:
		return len == 0;
	case VALUE_SUFFIX:
		return is_suffix(text, len);
	case VALUE_DIGITS:
		return is_number(text, len, 0, INT_MAX);
	case VALUE_SIGNED:
		return is_number(text, len, -INT_MAX, INT_MAX);
	case VALUE_SIZE:
		return size_unit(text, len) > 0;
	case VALUE_ALLOC:
		return is_alloc(text, len);
	case VALUE_BLOCK:
		return is_number(text, len, 1, MAX_BLOCK);
	case VALUE_NAMES:
		return only(text, len, LOWER UPPER DIGITS ",-_", MAX_WORD);
	case VALUE_INFO:
		return only(text, len, LOWER UPPER DIGITS ",", MAX_WORD);
	case VALUE_FORMAT:
		return is_one_of(text, formats);
	case VALUE_ENDING:
		return is_printable(text, len, MAX_ENDING) &&
		       strchr(text, '/') == NULL;
	case VALUE_ENDINGS:
		return len == 0 ||
		       only(text, len, LOWER UPPER DIGITS "/.*?[]-", MAX_TEXT);
	case VALUE_MAP:
		return is_printable(text, len, MAX_TEXT);
	case VALUE_CHARSET:
		return only(text, len, LOWER UPPER DIGITS "._-", MAX_ENDING);
	case VALUE_STDERR:
		return is_one_of(text, streams);
	case VALUE_X:
		return strcmp(text, "X") == 0;
	case VALUE_BESIDE:
	case VALUE_PARTIAL:
	case VALUE_LIST:
		return len > 0 && len < PATH_MAX;
	case VALUE_ANY:
	case VALUE_COUNT:
		return false;
	}
	return false;
}

// clang-format off
static const char *const wanted[VALUE_COUNT] = {
	[VALUE_NONE]    = "it takes no value",
	[VALUE_SUFFIX]  = "it would name a program to run",
	[VALUE_DIGITS]  = "it wants a number",
	[VALUE_SIGNED]  = "it wants a number",
	[VALUE_SIZE]    = "it wants a size, such as 10M or 1.5G",
	[VALUE_ALLOC]   = "it wants a size from 1M to 1T",
	[VALUE_BLOCK]   = "it wants a size from 1 to 131072",
	[VALUE_NAMES]   = "it wants the name of an algorithm",
	[VALUE_INFO]    = "it wants flags, such as NAME1,STATS",
	[VALUE_FORMAT]  = "clients send no such format",
	[VALUE_ENDING]  = "it wants a short ending without a slash",
	[VALUE_ENDINGS] = "it wants endings with slashes between",
	[VALUE_MAP]     = "it wants names without control characters",
	[VALUE_CHARSET] = "it wants the name of a character set",
	[VALUE_STDERR]  = "it wants errors, all or client",
	[VALUE_X]       = "clients send no such value",
	[VALUE_BESIDE]  = "it wants a path",
	[VALUE_PARTIAL] = "it wants a path",
	[VALUE_LIST]    = "it wants a path",
	[VALUE_ANY]     = "clients don't send it",
};
// clang-format on

const char *
rsync_value_wanted(enum rsync_value kind)
{
	return wanted[kind];
}
