/* PT_GNU_RELRO of the program itself; ld(1) lets it end at a page's end. */
#include "static/relro.h"

#include <link.h>
#include <stdint.h>
#include <sys/mman.h>
#include <unistd.h>

static int
protect(struct dl_phdr_info *program, size_t size, void *unused)
{
	uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE);

	(void)size;
	(void)unused;
	for (size_t i = 0; i < program->dlpi_phnum; i++) {
		const ElfW(Phdr) *part = &program->dlpi_phdr[i];
		uintptr_t start = program->dlpi_addr + part->p_vaddr;
		uintptr_t end = (start + part->p_memsz) & ~(page - 1);

		start &= ~(page - 1);
		if (part->p_type == PT_GNU_RELRO && end > start &&
		    mprotect((void *)start, end - start, PROT_READ) != 0)
			return -1;
	}
	return 1; /* what comes next is no program but a library */
}

int
relro_protect(void)
{
	return dl_iterate_phdr(protect, NULL) < 0 ? -1 : 0;
}

/* Before main: nothing of a client's has been read yet. */
__attribute__((constructor)) static void
relro_at_start(void)
{
	if (relro_protect() != 0)
		_exit(1);
}
