/* sshd_config: whatever stands in it, a configuration comes out. */
#include "ctl/import_sshd.c"
#include "ctl/key_quoting.c"
#include "ctl/sftp_command.c"
#include "ctl/sshd_blocks.c"
#include "tests/fuzz/imports.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	return fuzz_import(import_sshd, data, size);
}
