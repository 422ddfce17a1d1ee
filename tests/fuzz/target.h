/* What a fuzz target is: libFuzzer's entry, and how it says that it found
 * something. */
#ifndef FILESONLY_TESTS_FUZZ_TARGET_H
#define FILESONLY_TESTS_FUZZ_TARGET_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* The invariant, or the end. */
#define MUST(claim)                                                   \
	do {                                                          \
		if (!(claim)) {                                       \
			fprintf(stderr, "%s:%d: not: %s\n", __FILE__, \
			    __LINE__, #claim);                        \
			abort();                                      \
		}                                                     \
	} while (0)

#endif
