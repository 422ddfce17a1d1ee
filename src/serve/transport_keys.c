/* Host keys by libssh: read, made, told by their fingerprints. */
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/xalloc.h"
#include "serve/transport_state.h"

struct transport_host_key *
transport_read_host_key(const char *path)
{
	struct transport_host_key *key = xcalloc(1, sizeof(*key));

	if (ssh_pki_import_privkey_file(path, NULL, NULL, NULL, &key->key) ==
	    SSH_OK)
		return key;
	free(key);
	return NULL;
}

void
transport_free_host_key(struct transport_host_key *key)
{
	ssh_key_free(key->key);
	free(key);
}

int
transport_make_host_key(const char *path)
{
	ssh_key key = NULL;
	mode_t mask;
	int result;

	if (ssh_pki_generate(SSH_KEYTYPE_ED25519, 0, &key) != SSH_OK)
		return -1;
	mask = umask(077);
	result = ssh_pki_export_privkey_file(key, NULL, NULL, NULL, path);
	umask(mask);
	ssh_key_free(key);
	return result == SSH_OK ? 0 : -1;
}

int
transport_host_fingerprint(const struct transport_host_key *key, char *text,
    size_t size)
{
	unsigned char *hash = NULL;
	char *printed = NULL;
	size_t len = 0;
	int result = -1;

	if (ssh_get_publickey_hash(key->key, SSH_PUBLICKEY_HASH_SHA256, &hash,
		&len) == 0)
		printed = ssh_get_fingerprint_hash(SSH_PUBLICKEY_HASH_SHA256,
		    hash, len);
	if (printed != NULL && strlen(printed) < size) {
		memcpy(text, printed, strlen(printed) + 1);
		result = 0;
	}
	ssh_string_free_char(printed);
	ssh_clean_pubkey_hash(&hash);
	return result;
}
