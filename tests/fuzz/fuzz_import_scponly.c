/* passwd: whatever stands in it, a configuration comes out. */
#include "ctl/import_scponly.c"
#include "tests/fuzz/imports.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	return fuzz_import(import_scponly, data, size);
}
