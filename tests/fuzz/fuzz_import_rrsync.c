/* authorized_keys: each line stays one line. */
#include "ctl/import_rrsync.c"
#include "ctl/key_quoting.c"
#include "tests/fuzz/imports.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	return fuzz_import(import_rrsync, data, size);
}
