/*
 * Text to numbers. Trusts nothing: each digit is checked, each step is
 * checked for overflow, and what is not wholly a number is refused.
 */
#include "base/num.h"

#include <string.h>

static bool
digits_value(const char *text, uint64_t base, uint64_t *out)
{
	uint64_t value = 0;

	if (*text == '\0')
		return false;
	for (; *text != '\0'; text++) {
		if (*text < '0' || *text >= '0' + (int)base)
			return false;
		if (__builtin_mul_overflow(value, base, &value) ||
		    __builtin_add_overflow(value, (uint64_t)(*text - '0'),
			&value))
			return false;
	}
	*out = value;
	return true;
}

bool
num_parse(const char *text, int64_t min, int64_t max, int64_t *out)
{
	bool negative = *text == '-';
	uint64_t magnitude;
	int64_t value;

	if (!digits_value(text + negative, 10, &magnitude))
		return false;
	if (__builtin_mul_overflow(magnitude, negative ? -1 : 1, &value))
		return false;
	if (value < min || value > max)
		return false;
	*out = value;
	return true;
}

bool
num_parse_octal(const char *text, unsigned max, unsigned *out)
{
	uint64_t value;

	if (!digits_value(text, 8, &value) || value > max)
		return false;
	*out = (unsigned)value;
	return true;
}

static bool
suffix_shift(char suffix, unsigned *shift)
{
	static const char suffixes[] = "KMGT";
	const char *found;

	if (suffix >= 'a' && suffix <= 'z')
		suffix = (char)(suffix - 'a' + 'A');
	found = suffix == '\0' ? NULL : strchr(suffixes, suffix);
	if (found == NULL)
		return false;
	*shift = 10 * (unsigned)(found - suffixes + 1);
	return true;
}

bool
num_parse_size(const char *text, uint64_t max, uint64_t *out)
{
	char digits[24];
	size_t len = strlen(text);
	unsigned shift = 0;
	uint64_t value;

	if (len == 0 || len >= sizeof(digits))
		return false;
	memcpy(digits, text, len + 1);
	if (suffix_shift(digits[len - 1], &shift))
		digits[len - 1] = '\0';
	if (!digits_value(digits, 10, &value))
		return false;
	if (__builtin_mul_overflow(value, UINT64_C(1) << shift, &value) ||
	    value > max)
		return false;
	*out = value;
	return true;
}
