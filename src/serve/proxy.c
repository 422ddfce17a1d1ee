/*
 * Version 1 is one line of text, version 2 a binary header of 16 bytes and
 * addresses. Bytes are the balancer's, which --proxy-from has named; they are
 * checked all the same.
 */
#include "serve/proxy.h"

#include <string.h>

#include "base/num.h"

enum {
	V1_MAX = 107, /* bytes with CR and LF, says section 2.1 */
	V2_HEAD = 16,
	V2_TCP4 = 0x11,
	V2_TCP6 = 0x21,
};

static const unsigned char v2_signature[12] = { 0x0d, 0x0a, 0x0d, 0x0a, 0x00,
	0x0d, 0x0a, 0x51, 0x55, 0x49, 0x54, 0x0a };
static const char v1_signature[] = "PROXY ";

/* Cuts the next word off a line; NULL where there is none. */
static char *
next_field(char **line)
{
	char *field = *line, *blank;

	if (field == NULL)
		return NULL;
	blank = strchr(field, ' ');
	*line = blank == NULL ? NULL : blank + 1;
	if (blank != NULL)
		*blank = '\0';
	return field;
}

/* "TCP4 SOURCE DESTINATION PORT PORT", or "UNKNOWN" and anything. */
static enum proxy_answer
parse_v1_line(char *line, struct address *address)
{
	const char *family = next_field(&line), *source = next_field(&line);
	const char *target = next_field(&line), *port = next_field(&line);
	const char *target_port = next_field(&line);
	struct address other;
	int64_t number;
	bool v4;

	if (family != NULL && strcmp(family, "UNKNOWN") == 0)
		return PROXY_LOCAL;
	if (target_port == NULL || line != NULL)
		return PROXY_BAD;
	v4 = strcmp(family, "TCP4") == 0;
	if ((!v4 && strcmp(family, "TCP6") != 0) ||
	    !address_parse(address, source) || !address_parse(&other, target) ||
	    (v4 && (!address_is_v4(address) || !address_is_v4(&other))) ||
	    !num_parse(target_port, 0, UINT16_MAX, &number) ||
	    !num_parse(port, 0, UINT16_MAX, &number))
		return PROXY_BAD;
	address->port = (uint16_t)number;
	return PROXY_ADDRESS;
}

static enum proxy_answer
parse_v1(const unsigned char *bytes, size_t len, struct address *address,
    size_t *used)
{
	const size_t head = sizeof(v1_signature) - 1;
	size_t look = len < V1_MAX ? len : V1_MAX;
	const unsigned char *end = memchr(bytes, '\n', look);
	char line[V1_MAX + 1];
	size_t size;

	if (end == NULL)
		return len < V1_MAX ? PROXY_MORE : PROXY_BAD;
	size = (size_t)(end - bytes) + 1;
	if (size < head + 2 || end[-1] != '\r' ||
	    memchr(bytes, '\0', size) != NULL)
		return PROXY_BAD;
	memcpy(line, bytes + head, size - head - 2);
	line[size - head - 2] = '\0';
	*used = size;
	return parse_v1_line(line, address);
}

static enum proxy_answer
parse_v2(const unsigned char *bytes, size_t len, struct address *address,
    size_t *used)
{
	const unsigned char *body = bytes + V2_HEAD;
	size_t size;

	if (len < V2_HEAD)
		return PROXY_MORE;
	size = (size_t)bytes[14] << 8 | bytes[15];
	/* Version 2, commands LOCAL (0) and PROXY (1). */
	if ((bytes[12] & 0xfe) != 0x20 || size > PROXY_MAX - V2_HEAD)
		return PROXY_BAD;
	if (len - V2_HEAD < size)
		return PROXY_MORE;
	*used = V2_HEAD + size;
	if (bytes[12] == 0x20 || bytes[13] == 0)
		return PROXY_LOCAL;
	*address = (struct address){ .port = 0 };
	if (bytes[13] == V2_TCP4 && size >= 12) {
		address->bytes[10] = address->bytes[11] = 0xff;
		memcpy(address->bytes + 12, body, 4);
		address->port = (uint16_t)(body[8] << 8 | body[9]);
		return PROXY_ADDRESS;
	}
	if (bytes[13] == V2_TCP6 && size >= 36) {
		memcpy(address->bytes, body, 16);
		address->port = (uint16_t)(body[32] << 8 | body[33]);
		return PROXY_ADDRESS;
	}
	return PROXY_BAD;
}

/* Could these bytes go on to be this signature? */
static bool
may_begin(const unsigned char *bytes, size_t len, const void *signature,
    size_t size)
{
	return memcmp(bytes, signature, len < size ? len : size) == 0;
}

enum proxy_answer
proxy_parse(const unsigned char *bytes, size_t len, struct address *address,
    size_t *used)
{
	if (len == 0)
		return PROXY_MORE;
	if (may_begin(bytes, len, v2_signature, sizeof(v2_signature)))
		return parse_v2(bytes, len, address, used);
	if (may_begin(bytes, len, v1_signature, sizeof(v1_signature) - 1))
		return parse_v1(bytes, len, address, used);
	return PROXY_BAD;
}
