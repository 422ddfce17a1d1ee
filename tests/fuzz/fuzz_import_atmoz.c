/* users.conf: whatever stands in it, a configuration comes out. */
#include "ctl/import_atmoz.c"
#include "tests/fuzz/imports.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	return fuzz_import(import_atmoz, data, size);
}
