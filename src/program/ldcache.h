/*
 * /etc/ld.so.cache: where glibc's loader knows libraries to be, as ldconfig
 * has written it. The format is glibc's, "glibc-ld.so.cache1.1", alone
 * (2.32 and later) or behind the older "ld.so-1.7.0" table.
 */
#ifndef FILESONLY_PROGRAM_LDCACHE_H
#define FILESONLY_PROGRAM_LDCACHE_H

#include <stddef.h>
#include <stdint.h>

#include "base/auto.h"

struct ldcache {
	void *map;         /* the whole file, or NULL */
	size_t map_size;   /* its length */
	const char *table; /* the newer table, in map */
	size_t size;       /* from there to the end */
	uint32_t count;    /* entries, all within size */
};

/*
 * Maps a cache. Returns 0, or -1 with errno (EBADMSG: not this format) and an
 * empty cache, in which nothing is found. ldcache_close ends it.
 */
int ldcache_open(struct ldcache *cache, const char *path) must_check;

/*
 * The next path that the cache has for a library's name, from entry *at on
 * (begin with 0), or NULL. There are several where a library exists for
 * several machines or levels of one. Borrowed from the cache.
 */
const char *ldcache_next(const struct ldcache *cache, const char *name,
    uint32_t *at) must_check;

void ldcache_close(struct ldcache *cache);

#endif
