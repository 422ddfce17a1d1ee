/*
 * Parses ELF headers and the dynamic section of a file that may be cut, lie
 * about its sizes or not be ELF at all: every number is bounded before it is
 * used, nothing is mapped, and addresses become file offsets only through a
 * PT_LOAD segment's file part.
 */
#include "program/elf_object.h"

#include <elf.h>
#include <limits.h>
#include <link.h>
#include <stdbool.h>
#include <string.h>

#include "base/num.h"
#include "base/xalloc.h"

#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
#define NATIVE_DATA ELFDATA2LSB
#else
#define NATIVE_DATA ELFDATA2MSB
#endif

enum { NATIVE_CLASS = sizeof(ElfW(Addr)) == 8 ? ELFCLASS64 : ELFCLASS32 };
enum { SEGMENTS_MAX = 64, DYNAMIC_MAX = 512, SEARCH_MAX = 4096 };

struct image {
	int fd;
	ElfW(Ehdr) header;
	ElfW(Phdr) segments[SEGMENTS_MAX];
	uint64_t strings; /* file offset of the dynamic strings */
	uint64_t strings_size;
};

static int
no_elf(int reason)
{
	errno = reason;
	return -1;
}

/* Reads exactly size bytes at an untrusted offset; ENOEXEC if fewer. */
static int
read_at(int fd, void *to, size_t size, uint64_t offset)
{
	ssize_t got;
	off_t at;

	if (!num_to_off(offset, &at))
		return no_elf(ENOEXEC);
	got = pread(fd, to, size, at);
	if (got < 0)
		return -1;
	return (size_t)got == size ? 0 : no_elf(ENOEXEC);
}

/* A string of at most size - 1 bytes, of which left are in the file. */
static int
read_text(int fd, char *to, size_t size, uint64_t offset, uint64_t left)
{
	size_t want = left < size ? (size_t)left : size;

	if (want == 0 || read_at(fd, to, want, offset) != 0)
		return no_elf(ENOEXEC);
	if (memchr(to, '\0', want) == NULL)
		return no_elf(left < size ? ENOEXEC : E2BIG);
	return 0;
}

static int
read_headers(struct image *image)
{
	const ElfW(Ehdr) *header = &image->header;

	if (read_at(image->fd, &image->header, sizeof(*header), 0) != 0)
		return -1;
	if (memcmp(header->e_ident, ELFMAG, SELFMAG) != 0 ||
	    header->e_ident[EI_CLASS] != NATIVE_CLASS ||
	    header->e_ident[EI_DATA] != NATIVE_DATA ||
	    (header->e_type != ET_EXEC && header->e_type != ET_DYN) ||
	    header->e_phentsize != sizeof(ElfW(Phdr)))
		return no_elf(ENOEXEC);
	if (header->e_phnum > SEGMENTS_MAX)
		return no_elf(E2BIG);
	return read_at(image->fd, image->segments,
	    header->e_phnum * sizeof(ElfW(Phdr)), header->e_phoff);
}

static const ElfW(Phdr) * segment(const struct image *image, uint32_t type)
{
	for (size_t i = 0; i < image->header.e_phnum; i++)
		if (image->segments[i].p_type == type)
			return &image->segments[i];
	return NULL;
}

/* Turns an address of the running image into an offset in the file. */
static bool
offset_of(const struct image *image, uint64_t address, uint64_t *offset)
{
	for (size_t i = 0; i < image->header.e_phnum; i++) {
		const ElfW(Phdr) *load = &image->segments[i];

		if (load->p_type != PT_LOAD || address < load->p_vaddr ||
		    address - load->p_vaddr >= load->p_filesz)
			continue;
		return !__builtin_add_overflow(load->p_offset,
		    address - load->p_vaddr, offset);
	}
	return false;
}

static int
read_string(const struct image *image, uint64_t index, char *to, size_t size)
{
	uint64_t offset;

	if (index >= image->strings_size ||
	    __builtin_add_overflow(image->strings, index, &offset))
		return no_elf(ENOEXEC);
	return read_text(image->fd, to, size, offset,
	    image->strings_size - index);
}

/* Finds the string table, to which all other entries point. */
static void
find_strings(struct image *image, const ElfW(Dyn) * dynamic, size_t count)
{
	uint64_t address = 0;

	for (size_t i = 0; i < count && dynamic[i].d_tag != DT_NULL; i++) {
		if (dynamic[i].d_tag == DT_STRTAB)
			address = dynamic[i].d_un.d_ptr;
		else if (dynamic[i].d_tag == DT_STRSZ)
			image->strings_size = dynamic[i].d_un.d_val;
	}
	/* A static-pie may have none; then no entry may point into it. */
	if (!offset_of(image, address, &image->strings))
		image->strings_size = 0;
}

static int
add_needed(struct elf_object *object, const struct image *image, uint64_t index)
{
	char name[ELF_OBJECT_NAME_MAX];

	if (object->needed_count == ELF_OBJECT_NEEDED_MAX)
		return no_elf(E2BIG);
	if (read_string(image, index, name, sizeof(name)) != 0)
		return -1;
	object->needed = xrealloc(object->needed, object->needed_count + 1,
	    sizeof(*object->needed));
	object->needed[object->needed_count++] = xstrdup(name);
	return 0;
}

/* The loader ignores DT_RPATH where there is DT_RUNPATH. */
static int
set_search(struct elf_object *object, const struct image *image, uint64_t index)
{
	char search[SEARCH_MAX];

	if (read_string(image, index, search, sizeof(search)) != 0)
		return -1;
	free(object->search);
	object->search = xstrdup(search);
	return 0;
}

static int
read_entry(struct elf_object *object, const struct image *image,
    const ElfW(Dyn) * entry, bool *has_runpath)
{
	switch (entry->d_tag) {
	case DT_NEEDED:
		return add_needed(object, image, entry->d_un.d_val);
	case DT_RUNPATH:
		*has_runpath = true;
		return set_search(object, image, entry->d_un.d_val);
	case DT_RPATH:
		return *has_runpath
			   ? 0
			   : set_search(object, image, entry->d_un.d_val);
	default:
		return 0;
	}
}

static int
read_dynamic(struct elf_object *object, struct image *image)
{
	const ElfW(Phdr) *part = segment(image, PT_DYNAMIC);
	ElfW(Dyn) dynamic[DYNAMIC_MAX];
	bool has_runpath = false;
	size_t count;

	if (part == NULL)
		return 0; /* static */
	count = part->p_filesz / sizeof(*dynamic);
	if (count > DYNAMIC_MAX)
		return no_elf(E2BIG);
	if (read_at(image->fd, dynamic, count * sizeof(*dynamic),
		part->p_offset) != 0)
		return -1;
	find_strings(image, dynamic, count);
	for (size_t i = 0; i < count && dynamic[i].d_tag != DT_NULL; i++)
		if (read_entry(object, image, &dynamic[i], &has_runpath) != 0)
			return -1;
	return 0;
}

int
elf_object_read(struct elf_object *object, int fd)
{
	struct image image = { .fd = fd };
	const ElfW(Phdr) * interpreter;

	*object = (struct elf_object){ .machine = EM_NONE };
	if (read_headers(&image) != 0)
		return -1;
	object->machine = image.header.e_machine;
	interpreter = segment(&image, PT_INTERP);
	if (interpreter != NULL &&
	    read_text(fd, object->interpreter, sizeof(object->interpreter),
		interpreter->p_offset, interpreter->p_filesz) != 0)
		return -1;
	return read_dynamic(object, &image);
}

void
elf_object_free(struct elf_object *object)
{
	for (size_t i = 0; i < object->needed_count; i++)
		free(object->needed[i]);
	free(object->needed);
	free(object->search);
	*object = (struct elf_object){ .machine = EM_NONE };
}
