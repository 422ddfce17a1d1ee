/* Digests: known answers, in one piece and in many; names as clients write. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "base/hash.h"

/* Of "abc": RFC 1321, FIPS 180-4. */
static const struct {
	const char *name;
	const char *abc;
} known[] = {
	{ "md5", "900150983cd24fb0d6963f7d28e17f72" },
	{ "sha1", "a9993e364706816aba3e25717850c26c9cd0d89d" },
	{ "sha224",
	    "23097d223405d8228642a477bda255b32aadbce4bda0b3f7e36c9da7" },
	{ "sha256", "ba7816bf8f01cfea414140de5dae2223"
		    "b00361a396177a9cb410ff61f20015ad" },
	{ "sha384", "cb00753f45a35e8bb5a03d699ac65007272c32ab0eded163"
		    "1a8b605a43ff5bed8086072ba1e7cc2358baeca134c825a7" },
	{ "sha512", "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea2"
		    "0a9eeee64b55d39a2192992a274fc1a836ba3c23a3feebbd"
		    "454d4423643ce80e2a9ac94fa54ca49f" },
};

enum { KNOWN = sizeof(known) / sizeof(known[0]) };

static const char *
digest_of(const struct hash_kind *kind, const char *bytes, size_t len,
    size_t piece)
{
	static char text[2 * HASH_BYTES_MAX + 1];
	unsigned char out[HASH_BYTES_MAX];
	struct hash hash;

	hash_start(&hash, kind);
	for (size_t at = 0; at < len; at += piece)
		hash_add(&hash, bytes + at,
		    len - at < piece ? len - at : piece);
	hash_end(&hash, out);
	for (size_t i = 0; i < hash_bytes(kind); i++)
		snprintf(text + 2 * i, 3, "%02x", out[i]);
	return text;
}

static void
each_kind_gives_its_known_digest(void **state)
{
	(void)state;
	for (size_t i = 0; i < KNOWN; i++) {
		const struct hash_kind *kind =
		    hash_find(known[i].name, strlen(known[i].name));

		assert_non_null(kind);
		assert_int_equal(2 * hash_bytes(kind), strlen(known[i].abc));
		assert_string_equal(digest_of(kind, "abc", 3, 3), known[i].abc);
	}
}

static void
pieces_give_the_digest_of_the_whole(void **state)
{
	static char bytes[5000];
	char whole[2 * HASH_BYTES_MAX + 1];

	(void)state;
	for (size_t i = 0; i < sizeof(bytes); i++)
		bytes[i] = (char)(i * 7);
	for (size_t i = 0; hash_kinds[i].name != NULL; i++) {
		snprintf(whole, sizeof(whole), "%s",
		    digest_of(&hash_kinds[i], bytes, sizeof(bytes),
			sizeof(bytes)));
		for (size_t piece = 1; piece < 300; piece += 37)
			assert_string_equal(digest_of(&hash_kinds[i], bytes,
						sizeof(bytes), piece),
			    whole);
	}
}

/* hash_end starts anew: nothing of the last one is left. */
static void
one_state_makes_several_digests(void **state)
{
	unsigned char first[HASH_BYTES_MAX], second[HASH_BYTES_MAX];
	struct hash hash;

	(void)state;
	for (size_t i = 0; hash_kinds[i].name != NULL; i++) {
		hash_start(&hash, &hash_kinds[i]);
		hash_add(&hash, "abc", 3);
		hash_end(&hash, first);
		hash_add(&hash, "abc", 3);
		hash_end(&hash, second);
		assert_memory_equal(first, second, hash_bytes(&hash_kinds[i]));
	}
}

static void
names_come_with_dashes_and_capitals(void **state)
{
	static const char *const names[] = { "sha256", "SHA256", "sha-256",
		"SHA-256", "Sha-256" };
	static const char *const others[] = { "", "-", "sha", "sha2", "sha2566",
		"sha25", "crc32", "md", "sha256 ", " sha256", "sha_256" };

	(void)state;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		assert_non_null(hash_find(names[i], strlen(names[i])));
		assert_string_equal(hash_find(names[i], strlen(names[i]))->name,
		    "sha256");
	}
	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
		assert_null(hash_find(others[i], strlen(others[i])));
	assert_null(hash_find("sha256", 5));
	assert_null(hash_find("md5\0", 4));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_kind_gives_its_known_digest),
		cmocka_unit_test(pieces_give_the_digest_of_the_whole),
		cmocka_unit_test(one_state_makes_several_digests),
		cmocka_unit_test(names_come_with_dashes_and_capitals),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
