/* No resolver is asked: a name's answer is whoever's who serves it. */
#include "serve/address.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>

#include "base/num.h"

enum { V4_AT = 12, ENTRY_MAX = 256 };

static const unsigned char v4_prefix[V4_AT] = { [10] = 0xff, [11] = 0xff };

static void
address_set_v4(struct address *address, const void *bytes)
{
	memcpy(address->bytes, v4_prefix, V4_AT);
	memcpy(address->bytes + V4_AT, bytes, 4);
}

bool
address_parse(struct address *address, const char *text)
{
	unsigned char bytes[16];

	*address = (struct address){ .port = 0 };
	if (inet_pton(AF_INET, text, bytes) == 1) {
		address_set_v4(address, bytes);
		return true;
	}
	return inet_pton(AF_INET6, text, address->bytes) == 1;
}

bool
address_of(struct address *address, const struct sockaddr_storage *socket)
{
	struct sockaddr_in6 six;
	struct sockaddr_in four;

	*address = (struct address){ .port = 0 };
	if (socket->ss_family == AF_INET) {
		memcpy(&four, socket, sizeof(four));
		address_set_v4(address, &four.sin_addr);
		address->port = ntohs(four.sin_port);
		return true;
	}
	if (socket->ss_family != AF_INET6)
		return false;
	memcpy(&six, socket, sizeof(six));
	memcpy(address->bytes, &six.sin6_addr, sizeof(address->bytes));
	address->port = ntohs(six.sin6_port);
	return true;
}

bool
address_is_v4(const struct address *address)
{
	return memcmp(address->bytes, v4_prefix, V4_AT) == 0;
}

void
address_text(const struct address *address, char text[ADDRESS_TEXT])
{
	const char *done =
	    address_is_v4(address)
		? inet_ntop(AF_INET, address->bytes + V4_AT, text, ADDRESS_TEXT)
		: inet_ntop(AF_INET6, address->bytes, text, ADDRESS_TEXT);

	if (done == NULL)
		snprintf(text, ADDRESS_TEXT, "unknown");
}

bool
address_equals(const struct address *a, const struct address *b)
{
	return memcmp(a->bytes, b->bytes, sizeof(a->bytes)) == 0;
}

struct address
address_source(const struct address *address)
{
	struct address source = *address;

	source.port = 0;
	if (!address_is_v4(address))
		memset(source.bytes + 8, 0, 8);
	return source;
}

/* Has it bits beyond those that count? Somebody has mistyped one of both. */
static bool
address_has_bits_behind(const struct address *net, unsigned bits)
{
	for (unsigned i = bits; i < 128; i++) {
		if ((net->bytes[i / 8] & (0x80 >> i % 8)) != 0)
			return true;
	}
	return false;
}

enum block {
	BLOCK_NONE,  /* neither an address nor a block */
	BLOCK_WRONG, /* one that can't be */
	BLOCK_READ
};

/* Splits "ADDRESS/BITS"; bits count in the mapped form. */
static enum block
address_read_block(const char *block, struct address *net, unsigned *bits)
{
	const char *slash = strchr(block, '/');
	size_t len = slash == NULL ? strlen(block) : (size_t)(slash - block);
	enum block other = slash == NULL ? BLOCK_NONE : BLOCK_WRONG;
	char text[ADDRESS_TEXT];
	int64_t given = 0;
	unsigned above;

	if (len >= sizeof(text))
		return other;
	memcpy(text, block, len);
	text[len] = '\0';
	if (!address_parse(net, text))
		return other;
	above = address_is_v4(net) ? V4_AT * 8 : 0;
	if (slash != NULL && !num_parse(slash + 1, 0, 128 - above, &given))
		return BLOCK_WRONG;
	*bits = slash == NULL ? 128 : above + (unsigned)given;
	return address_has_bits_behind(net, *bits) ? BLOCK_WRONG : BLOCK_READ;
}

bool
address_is_block(const char *block)
{
	struct address net;
	unsigned bits;

	return address_read_block(block, &net, &bits) == BLOCK_READ;
}

static bool
address_begins_as(const struct address *address, const struct address *net,
    unsigned bits)
{
	unsigned whole = bits / 8, rest = bits % 8;

	if (address_is_v4(net) != address_is_v4(address) ||
	    memcmp(net->bytes, address->bytes, whole) != 0)
		return false;
	return rest == 0 ||
	       (net->bytes[whole] ^ address->bytes[whole]) >> (8 - rest) == 0;
}

bool
address_in_block(const struct address *address, const char *block)
{
	struct address net;
	unsigned bits;

	return address_read_block(block, &net, &bits) == BLOCK_READ &&
	       address_begins_as(address, &net, bits);
}

/* Wildcards * and ?, in either case, as sshd has them; no recursion, so no
 * pattern takes long. */
static bool
address_matches(const char *text, const char *pattern)
{
	const char *star = NULL, *again = text;

	while (*text != '\0') {
		if (*pattern == '*') {
			star = pattern++;
			again = text;
		} else if (*pattern == '?' ||
			   tolower((unsigned char)*pattern) == *text) {
			pattern++;
			text++;
		} else if (star != NULL) {
			pattern = star + 1;
			text = ++again;
		} else {
			return false;
		}
	}
	while (*pattern == '*')
		pattern++;
	return *pattern == '\0';
}

/*
 * Takes the next entry off a list, without its "!". Returns false where it is
 * none: who would be let in, or kept out, can't be known.
 */
static bool
take_entry(const char **list, char entry[ENTRY_MAX], bool *negated)
{
	size_t len = strcspn(*list, ",");
	struct address net;
	unsigned bits;

	*negated = (*list)[0] == '!';
	if (len <= *negated || len >= ENTRY_MAX)
		return false;
	memcpy(entry, *list + *negated, len - *negated);
	entry[len - *negated] = '\0';
	*list += len + ((*list)[len] == ',');
	/* A comma at the end has an empty one behind it. */
	return ((*list)[0] != '\0' || (*list)[-1] != ',') &&
	       address_read_block(entry, &net, &bits) != BLOCK_WRONG;
}

bool
address_is_list(const char *list)
{
	char entry[ENTRY_MAX];
	bool negated;

	do {
		if (!take_entry(&list, entry, &negated))
			return false;
	} while (*list != '\0');
	return true;
}

bool
address_in_list(const struct address *address, const char *list)
{
	char text[ADDRESS_TEXT], entry[ENTRY_MAX];
	bool found = false, negated;

	if (!address_is_list(list))
		return false;
	address_text(address, text);
	while (*list != '\0' && take_entry(&list, entry, &negated)) {
		if (!address_in_block(address, entry) &&
		    !address_matches(text, entry))
			continue;
		if (negated)
			return false;
		found = true;
	}
	return found;
}
