/*
 * Reads the loader's cache in place. The file is root's, but nothing in it is
 * believed: each offset is compared with what is there, and each string must
 * end inside.
 *
 * The table: "glibc-ld.so.cache1.1" | u32 count | u32 length of the strings |
 * u8 flags | u8[3] | u32 extensions | u32[3] | entries; an entry: s32 flags |
 * u32 key | u32 value | u32 os | u64 hwcap. Key (the name) and value (the
 * path) are offsets from the table's start. In front of it there may be
 * "ld.so-1.7.0" NUL | u32 count | entries of 12 bytes, padded to 8.
 */
#include "program/ldcache.h"

#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>

enum {
	HEADER_SIZE = 48,
	COUNT_AT = 20,
	ENTRY_SIZE = 24,
	KEY_AT = 4,
	VALUE_AT = 8,
	OLD_HEADER_SIZE = 16,
	OLD_COUNT_AT = 12,
	OLD_ENTRY_SIZE = 12,
	MAP_MAX = 64 << 20,
};

static const char magic[] = "glibc-ld.so.cache1.1";
static const char old_magic[] = "ld.so-1.7.0";

/* In the machine's own byte order, as ldconfig writes it. */
static uint32_t
u32_at(const char *bytes)
{
	uint32_t value;

	memcpy(&value, bytes, sizeof(value));
	return value;
}

/* Returns how many bytes the older table takes, padding included, or 0. */
static size_t
old_table(const char *map, size_t size)
{
	uint64_t len;

	if (size < OLD_HEADER_SIZE ||
	    memcmp(map, old_magic, sizeof(old_magic)) != 0)
		return 0;
	len = OLD_HEADER_SIZE +
	      (uint64_t)u32_at(map + OLD_COUNT_AT) * OLD_ENTRY_SIZE;
	len = (len + 7) & ~UINT64_C(7);
	return len < size ? (size_t)len : 0;
}

static bool
find_table(struct ldcache *cache)
{
	size_t skip = old_table(cache->map, cache->map_size);

	cache->table = (const char *)cache->map + skip;
	cache->size = cache->map_size - skip;
	if (cache->size < HEADER_SIZE ||
	    memcmp(cache->table, magic, sizeof(magic) - 1) != 0)
		return false;
	cache->count = u32_at(cache->table + COUNT_AT);
	return cache->count <= (cache->size - HEADER_SIZE) / ENTRY_SIZE;
}

int
ldcache_open(struct ldcache *cache, const char *path)
{
	auto_fd int fd = -1;
	struct stat st;
	void *map;

	*cache = (struct ldcache){ .count = 0 };
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	if (fd < 0 || fstat(fd, &st) != 0)
		return -1;
	if (!S_ISREG(st.st_mode) || st.st_size < HEADER_SIZE ||
	    st.st_size > MAP_MAX) {
		errno = EBADMSG;
		return -1;
	}
	map = mmap(NULL, (size_t)st.st_size, PROT_READ,
	    MAP_PRIVATE | MAP_POPULATE, fd, 0);
	if (map == MAP_FAILED)
		return -1;
	cache->map = map;
	cache->map_size = (size_t)st.st_size;
	if (find_table(cache))
		return 0;
	ldcache_close(cache);
	errno = EBADMSG;
	return -1;
}

/* Returns true where the string at offset is name. */
static bool
is_name(const struct ldcache *cache, uint32_t offset, const char *name,
    size_t size)
{
	return offset < cache->size && size <= cache->size - offset &&
	       memcmp(cache->table + offset, name, size) == 0;
}

/* Returns the absolute path at offset, or NULL. */
static const char *
path_at(const struct ldcache *cache, uint32_t offset)
{
	const char *path;
	size_t left, len;

	if (offset >= cache->size)
		return NULL;
	path = cache->table + offset;
	left = cache->size - offset;
	len = strnlen(path, left < PATH_MAX ? left : PATH_MAX);
	if (len == left || len == PATH_MAX || path[0] != '/')
		return NULL;
	return path;
}

const char *
ldcache_next(const struct ldcache *cache, const char *name, uint32_t *at)
{
	size_t size = strlen(name) + 1;

	while (*at < cache->count) {
		const char *entry =
		    cache->table + HEADER_SIZE + (size_t)(*at)++ * ENTRY_SIZE;
		const char *path;

		if (!is_name(cache, u32_at(entry + KEY_AT), name, size))
			continue;
		path = path_at(cache, u32_at(entry + VALUE_AT));
		if (path != NULL)
			return path;
	}
	return NULL;
}

void
ldcache_close(struct ldcache *cache)
{
	if (cache->map != NULL)
		munmap(cache->map, cache->map_size);
	*cache = (struct ldcache){ .count = 0 };
}
