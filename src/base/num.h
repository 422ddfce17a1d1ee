/* Numbers that can't wrap, and the one way from text to a number. */
#ifndef FILESONLY_BASE_NUM_H
#define FILESONLY_BASE_NUM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/auto.h"

/* *sum = a + b. Returns false, *sum untouched, where it would wrap. */
static inline bool must_check
num_add(size_t a, size_t b, size_t *sum)
{
	size_t result;

	if (__builtin_add_overflow(a, b, &result))
		return false;
	*sum = result;
	return true;
}

/* *product = a * b. Returns false, *product untouched, where it wraps. */
static inline bool must_check
num_mul(size_t a, size_t b, size_t *product)
{
	size_t result;

	if (__builtin_mul_overflow(a, b, &result))
		return false;
	*product = result;
	return true;
}

/* Returns false where value is no file offset (2^63 and above). */
static inline bool must_check
num_to_off(uint64_t value, off_t *offset)
{
	return !__builtin_add_overflow(value, 0, offset);
}

/*
 * Decimal digits with an optional leading '-', nothing else: no blanks, no
 * '+', no empty text. Returns false where the text is not such a number or
 * lies outside min..max; *out is untouched then.
 */
bool num_parse(const char *text, int64_t min, int64_t max,
    int64_t *out) must_check;

/* Octal digits only, at most max. Returns as num_parse. */
bool num_parse_octal(const char *text, unsigned max, unsigned *out) must_check;

/*
 * A size in bytes: decimal digits and at most one suffix K, M, G or T (powers
 * of 1024, either case). Returns as num_parse.
 */
bool num_parse_size(const char *text, uint64_t max, uint64_t *out) must_check;

#endif
