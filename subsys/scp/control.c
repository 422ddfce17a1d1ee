/*
 * Reads what OpenSSH's scp reads, and nothing more leniently:
 *
 *   C MODE ' ' SIZE ' ' NAME    a file: four octal digits, decimal, the rest
 *   D MODE ' ' SIZE ' ' NAME    a directory; its size means nothing
 *   E                           the end of a directory
 *   T MTIME ' ' USEC ' ' ATIME ' ' USEC    of the next C or D
 *   \1 TEXT, \2 TEXT            an error
 */
#include "subsys/scp/control.h"

#include <stdint.h>
#include <string.h>

#include "base/num.h"

enum { MODE_DIGITS = 4, USEC_END = 1000000 };

/* What is left of a line. */
struct rest {
	const char *at;
	size_t len;
};

static bool
rest_take(struct rest *rest, char byte)
{
	if (rest->len == 0 || *rest->at != byte)
		return false;
	rest->at++;
	rest->len--;
	return true;
}

static bool
rest_digit(struct rest *rest, char last, unsigned *digit)
{
	if (rest->len == 0 || *rest->at < '0' || *rest->at > last)
		return false;
	*digit = (unsigned)(*rest->at++ - '0');
	rest->len--;
	return true;
}

/* A number, UINT64_MAX where it is larger; false where there is no digit. */
static bool
rest_number(struct rest *rest, uint64_t *number)
{
	bool fits = true;
	unsigned digit;

	*number = 0;
	if (!rest_digit(rest, '9', &digit))
		return false;
	do {
		fits = fits && !__builtin_mul_overflow(*number, 10U, number) &&
		       !__builtin_add_overflow(*number, digit, number);
	} while (rest_digit(rest, '9', &digit));
	if (!fits)
		*number = UINT64_MAX;
	return true;
}

static const char *
parse_object(struct rest *rest, struct control *control)
{
	uint64_t size;
	unsigned digit;

	for (int i = 0; i < MODE_DIGITS; i++) {
		if (!rest_digit(rest, '7', &digit))
			return "a mode has four octal digits";
		control->mode = control->mode << 3 | digit;
	}
	if (!rest_take(rest, ' '))
		return "a blank is missing behind the mode";
	if (!rest_number(rest, &size))
		return "the size is no number";
	if (!rest_take(rest, ' '))
		return "a blank is missing behind the size";
	if (!num_to_off(size, &control->size))
		return "the size is out of range";
	control->name = rest->at;
	control->name_len = rest->len;
	return NULL;
}

/* Returns false where it is no time; what no file can have is left out. */
static bool
parse_time(struct rest *rest, struct control *control, struct timespec *when)
{
	uint64_t seconds, micro;

	if (!rest_number(rest, &seconds) || !rest_take(rest, ' ') ||
	    !rest_number(rest, &micro) || micro >= USEC_END)
		return false;
	when->tv_nsec = (long)micro * 1000;
	if (__builtin_add_overflow(seconds, 0, &when->tv_sec))
		control->has_times = false;
	return true;
}

static const char *
parse_times(struct rest *rest, struct control *control)
{
	control->has_times = true;
	if (!parse_time(rest, control, &control->times[1]) ||
	    !rest_take(rest, ' ') ||
	    !parse_time(rest, control, &control->times[0]) || rest->len > 0)
		return "times are not as they should be";
	return NULL;
}

const char *
control_parse(const char *line, size_t len, struct control *control)
{
	struct rest rest;

	*control = (struct control){ .size = 0 };
	if (len == 0)
		return "an empty line";
	rest = (struct rest){ line + 1, len - 1 };
	switch (line[0]) {
	case CONTROL_FILE:
	case CONTROL_DIRECTORY:
		control->kind = (enum control_kind)line[0];
		return parse_object(&rest, control);
	case CONTROL_END:
		control->kind = CONTROL_END;
		return rest.len == 0 ? NULL : "an end with something behind";
	case CONTROL_TIMES:
		control->kind = CONTROL_TIMES;
		return parse_times(&rest, control);
	case CONTROL_ERROR:
	case CONTROL_FATAL:
		control->kind = (enum control_kind)line[0];
		return NULL;
	default:
		return "a line that announces nothing";
	}
}

const char *
control_name_fault(const char *name, size_t len)
{
	if (len == 0 || (len == 1 && name[0] == '.') ||
	    (len == 2 && memcmp(name, "..", 2) == 0))
		return "unexpected file name";
	for (size_t i = 0; i < len; i++) {
		unsigned char byte = (unsigned char)name[i];

		if (byte == '/')
			return "unexpected file name";
		if (byte < ' ' || byte == 0x7f)
			return "names with control characters are refused";
	}
	return NULL;
}
