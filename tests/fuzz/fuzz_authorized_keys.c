/*
 * Lines of authorized_keys: what is a key has a blob of the type that its text
 * names, and written plainly it is the same key again.
 */
#include <nettle/base64.h>
#include <string.h>

#include "serve/address.c"
#include "serve/authorized_keys.c"
#include "tests/fuzz/target.h"

static void
check_again(const struct authorized_key *key)
{
	static struct authorized_key again;
	size_t type = strlen(key->type), len;
	char *text =
	    xcalloc(1, type + 2 + BASE64_ENCODE_RAW_LENGTH(key->blob_len));

	memcpy(text, key->type, type);
	text[type] = ' ';
	base64_encode_raw(text + type + 1, key->blob_len, key->blob);
	len = type + 1 + BASE64_ENCODE_RAW_LENGTH(key->blob_len);
	MUST(authorized_key_decode(&again, text, len));
	MUST(again.blob_len == key->blob_len);
	MUST(memcmp(again.blob, key->blob, key->blob_len) == 0);
	free(text);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct authorized_key key;
	struct address here;
	const char *why;
	enum key_line kind =
	    authorized_key_parse(&key, (const char *)data, size, &why);

	MUST(address_parse(&here, "192.0.2.1"));
	MUST(kind != KEY_LINE_BAD || why != NULL);
	if (kind == KEY_LINE_KEY) {
		MUST(key.blob_len > 0 && key.blob_len <= sizeof(key.blob));
		MUST(key_is_taken(key.blob, key.blob_len, &why));
		MUST(!key.needs_touch);
		if (authorized_key_holds(&key, &here, 0, &why))
			MUST(key.from == NULL ||
			     address_in_list(&here, key.from));
		check_again(&key);
	}
	authorized_key_free(&key);
	return 0;
}
