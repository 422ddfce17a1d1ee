/* Opens only a plain file of the account with a name as sshd gives it. */
#include "session/key_claim.h"

#include <fcntl.h>
#include <nettle/base64.h>
#include <stdbool.h>
#include <string.h>
#include <sys/stat.h>

#include "base/auto.h"
#include "base/buf.h"
#include "base/hash.h"
#include "base/io.h"

enum { FILE_BYTES = 16 * 1024, SHA256_BYTES = 32 };

/* Base64 without the "=" at its end. */
#define BASE64_UNPADDED(bytes) (((bytes)*4 + 2) / 3)

static const char prefix[] = "/tmp/sshauth.";
static const char method[] = "publickey ";

static ssize_t
read_claims(const char *path, uid_t uid, char *text, size_t size)
{
	auto_fd int fd = open(path,
	    O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	struct stat st;

	if (fd < 0 || fstat(fd, &st) != 0 || !S_ISREG(st.st_mode) ||
	    st.st_uid != uid || (st.st_mode & 077) != 0)
		return -1;
	return io_read_all(fd, text, size);
}

/* "SHA256:" and the digest of a key's blob, as ssh-keygen -l prints it. */
static bool
add_fingerprint(struct buf *text, const char *blob, size_t len)
{
	not_zeroed uint8_t key[BASE64_DECODE_LENGTH(FILE_BYTES)];
	unsigned char digest[HASH_BYTES_MAX];
	char base64[BASE64_ENCODE_RAW_LENGTH(HASH_BYTES_MAX)];
	struct base64_decode_ctx decode;
	size_t key_len = sizeof(key);
	struct hash hash;

	base64_decode_init(&decode);
	if (base64_decode_update(&decode, &key_len, key, len, blob) != 1 ||
	    base64_decode_final(&decode) != 1 || key_len == 0)
		return false;
	hash_start(&hash, hash_find("sha256", 6));
	hash_add(&hash, key, key_len);
	hash_end(&hash, digest);
	base64_encode_raw(base64, SHA256_BYTES, digest);
	buf_add_text(text, " SHA256:");
	buf_add(text, base64, BASE64_UNPADDED(SHA256_BYTES));
	return true;
}

/* Takes the key of the first line of the form "publickey TYPE BLOB". */
static void
take_key(const char *line, char *text, size_t size)
{
	struct buf out;
	const char *type = line + sizeof(method) - 1, *blob;

	if (text[0] != '\0' || strncmp(line, method, sizeof(method) - 1) != 0)
		return;
	blob = strchr(type, ' ');
	if (blob == NULL)
		return;
	buf_init(&out, text, size);
	buf_add(&out, type, (size_t)(blob - type));
	if (!add_fingerprint(&out, blob + 1, strlen(blob + 1)) || out.full)
		buf_init(&out, text, size);
	buf_text(&out);
}

/* Not inlined: a stack of this size would cost also without such a file. */
static void __attribute__((noinline))
take_claims(const char *path, uid_t uid, char *text, size_t size)
{
	not_zeroed char claims[FILE_BYTES + 1];
	char *rest = claims, *line;
	ssize_t len = read_claims(path, uid, claims, FILE_BYTES);

	if (len <= 0)
		return;
	claims[len] = '\0';
	while ((line = strsep(&rest, "\n")) != NULL)
		take_key(line, text, size);
}

void
key_claim_load(const char *path, uid_t uid, char *text, size_t size)
{
	text[0] = '\0';
	if (path != NULL && strncmp(path, prefix, sizeof(prefix) - 1) == 0 &&
	    strchr(path + sizeof(prefix) - 1, '/') == NULL)
		take_claims(path, uid, text, size);
}
