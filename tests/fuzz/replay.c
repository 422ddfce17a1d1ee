/*
 * A fuzz target as a plain program: runs the files that it is given, each
 * once, without a fuzzer. A crash that was found is looked at with this.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include "tests/fuzz/target.h"

enum { MAX = 4 << 20 };

static int
replay(const char *path)
{
	FILE *file = fopen(path, "re");
	uint8_t *bytes;
	size_t len;

	if (file == NULL) {
		perror(path);
		return 1;
	}
	bytes = malloc(MAX);
	if (bytes == NULL)
		abort();
	len = fread(bytes, 1, MAX, file);
	fclose(file);
	/* In memory of its own size, so that a read beyond it is seen. */
	bytes = realloc(bytes, len + (len == 0));
	if (bytes == NULL)
		abort();
	LLVMFuzzerTestOneInput(bytes, len);
	free(bytes);
	return 0;
}

int
main(int argc, char **argv)
{
	int status = 0;

	for (int i = 1; i < argc; i++)
		status |= replay(argv[i]);
	return status;
}
