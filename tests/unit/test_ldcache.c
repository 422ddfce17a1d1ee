/*
 * The loader's cache is read as glibc writes it, and nothing in it is
 * believed: files made here, good ones and broken ones, and the machine's.
 */
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

#include "base/io.h"
#include "program/ldcache.h"

enum { HEADER = 48, ENTRY = 24, ROOM = 4096 };

/* A cache being made: entries first, strings behind them. */
static char file[ROOM];
static size_t base, entries, size;
static char path[] = "/tmp/ldcache.XXXXXX";

static void
put_u32(size_t at, uint32_t value)
{
	memcpy(file + at, &value, sizeof(value));
}

/* Room for count entries; with the older table of old entries in front. */
static void
begin(uint32_t count, uint32_t old)
{
	memset(file, 0, sizeof(file));
	base = entries = 0;
	if (old > 0) {
		memcpy(file, "ld.so-1.7.0", 12);
		put_u32(12, old);
		base = (16 + (size_t)old * 12 + 7) & ~(size_t)7;
	}
	memcpy(file + base, "glibc-ld.so.cache1.1", 20);
	put_u32(base + 20, count);
	size = base + HEADER + (size_t)count * ENTRY;
}

/* Offsets count from the newer table. Returns the string's. */
static uint32_t
add_string(const char *text)
{
	uint32_t offset = (uint32_t)(size - base);

	memcpy(file + size, text, strlen(text) + 1);
	size += strlen(text) + 1;
	return offset;
}

static void
add_entry(uint32_t key, uint32_t value)
{
	size_t at = base + HEADER + entries++ * ENTRY;

	put_u32(at + 4, key);
	put_u32(at + 8, value);
}

static void
add(const char *name, const char *where)
{
	uint32_t key = add_string(name);

	add_entry(key, add_string(where));
}

static int
open_cut(struct ldcache *cache, size_t len)
{
	int fd = open(path, O_WRONLY | O_TRUNC | O_CLOEXEC);

	assert_int_equal(io_write_all(fd, file, len), 0);
	close(fd);
	return ldcache_open(cache, path);
}

/* The n-th path of a name, or NULL. */
static const char *
found(const struct ldcache *cache, const char *name, int n)
{
	const char *result = NULL;
	uint32_t at = 0;

	for (int i = 0; i <= n; i++)
		result = ldcache_next(cache, name, &at);
	return result;
}

static void
names_are_found_with_all_their_paths(void **state)
{
	(void)state;
	for (uint32_t old = 0; old < 4; old++) {
		struct ldcache cache;

		begin(4, old);
		add("libc.so.6", "/lib/one/libc.so.6");
		add("libz.so.1", "/lib/libz.so.1");
		add("libc.so.6", "/lib/two/libc.so.6");
		add("libc.so.60", "/lib/other");
		assert_int_equal(open_cut(&cache, size), 0);
		assert_int_equal(cache.count, 4);
		assert_string_equal(found(&cache, "libc.so.6", 0),
		    "/lib/one/libc.so.6");
		assert_string_equal(found(&cache, "libc.so.6", 1),
		    "/lib/two/libc.so.6");
		assert_null(found(&cache, "libc.so.6", 2));
		assert_string_equal(found(&cache, "libz.so.1", 0),
		    "/lib/libz.so.1");
		assert_null(found(&cache, "libc.so", 0));
		assert_null(found(&cache, "", 0));
		ldcache_close(&cache);
		assert_null(found(&cache, "libz.so.1", 0));
	}
}

/* Wherever it is cut: an error, or a cache in which all that is found ends. */
static void
no_cut_leads_outside(void **state)
{
	size_t whole;

	(void)state;
	begin(2, 1);
	add("a", "/lib/a");
	add("b", "/lib/b");
	whole = size;
	for (size_t len = 0; len < whole; len++) {
		struct ldcache cache;

		if (open_cut(&cache, len) != 0) {
			assert_int_equal(errno, EBADMSG);
			assert_null(cache.map);
			continue;
		}
		assert_null(found(&cache, "b", 0));
		ldcache_close(&cache);
	}
}

static void
wild_offsets_are_passed_over(void **state)
{
	static const uint32_t wild[] = { UINT32_MAX, UINT32_MAX - 1, 0x80000000,
		ROOM, 0 };
	struct ldcache cache;
	uint32_t key;

	(void)state;
	begin(12, 0);
	key = add_string("a");
	for (size_t i = 0; i < 5; i++) {
		add_entry(key, wild[i]);
		add_entry(wild[i], key);
	}
	/* A path must be absolute; and one behind all that is good. */
	add("a", "relative/a");
	add("a", "/lib/a");
	assert_int_equal(open_cut(&cache, size), 0);
	assert_string_equal(found(&cache, "a", 0), "/lib/a");
	assert_null(found(&cache, "a", 1));
	ldcache_close(&cache);
}

static void
wild_counts_are_no_cache(void **state)
{
	static const uint32_t wild[] = { UINT32_MAX, 0x0aaaaaab, 0x20000000,
		3 };
	struct ldcache cache;

	(void)state;
	for (size_t i = 0; i < 4; i++) {
		begin(2, 0);
		put_u32(20, wild[i]);
		assert_int_equal(open_cut(&cache, size), -1);
		assert_int_equal(errno, EBADMSG);
		/* The older table's count leads beyond the end. */
		begin(2, 1);
		put_u32(12, wild[i] == 3 ? 300 : wild[i]);
		assert_int_equal(open_cut(&cache, size), -1);
		assert_int_equal(errno, EBADMSG);
	}
}

static void
string_without_an_end_is_passed_over(void **state)
{
	struct ldcache cache;

	(void)state;
	begin(1, 0);
	add("a", "/lib/a");
	assert_int_equal(open_cut(&cache, size), 0);
	assert_non_null(found(&cache, "a", 0));
	ldcache_close(&cache);
	assert_int_equal(open_cut(&cache, size - 1), 0);
	assert_null(found(&cache, "a", 0));
	ldcache_close(&cache);
}

static void
what_is_no_file_is_no_cache(void **state)
{
	struct ldcache cache;

	(void)state;
	assert_int_equal(ldcache_open(&cache, "/nonexistent/cache"), -1);
	assert_int_equal(errno, ENOENT);
	assert_int_equal(ldcache_open(&cache, "/"), -1);
	assert_int_equal(errno, EBADMSG);
	assert_int_equal(ldcache_open(&cache, "/dev/null"), -1);
	assert_int_equal(errno, EBADMSG);
	memset(file, 'x', 200);
	assert_int_equal(open_cut(&cache, 200), -1);
	assert_int_equal(errno, EBADMSG);
}

/* musl has none; then there is nothing to compare. */
static void
machines_own_cache_knows_its_libc(void **state)
{
	struct ldcache cache;
	const char *libc;

	(void)state;
	if (ldcache_open(&cache, "/etc/ld.so.cache") != 0)
		return;
	libc = found(&cache, "libc.so.6", 0);
	assert_non_null(libc);
	assert_int_equal(access(libc, R_OK), 0);
	ldcache_close(&cache);
}

static int
set_up(void **state)
{
	int fd = mkstemp(path);

	(void)state;
	return fd < 0 ? -1 : close(fd);
}

static int
tear_down(void **state)
{
	(void)state;
	return unlink(path);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_are_found_with_all_their_paths),
		cmocka_unit_test(no_cut_leads_outside),
		cmocka_unit_test(wild_offsets_are_passed_over),
		cmocka_unit_test(wild_counts_are_no_cache),
		cmocka_unit_test(string_without_an_end_is_passed_over),
		cmocka_unit_test(what_is_no_file_is_no_cache),
		cmocka_unit_test(machines_own_cache_knows_its_libc),
	};

	return cmocka_run_group_tests_name("ldcache", tests, set_up, tear_down);
}
