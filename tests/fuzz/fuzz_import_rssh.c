/* rssh.conf: whatever stands in it, a configuration comes out. */
#include "ctl/import_rssh.c"
#include "ctl/rssh_conf.c"
#include "tests/fuzz/imports.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	return fuzz_import(import_rssh, data, size);
}
