/* Bytes from one place to another: most texts of a protocol are short. */
#ifndef FILESONLY_BASE_COPY_H
#define FILESONLY_BASE_COPY_H

#include <stddef.h>

/*
 * As memcpy(3), which in musl is made for long ones: some bytes at a time, it
 * takes a tenth of a listing.
 */
void copy_bytes(unsigned char *to, const unsigned char *from, size_t len);

#endif
