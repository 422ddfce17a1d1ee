/* Bytes of names are written as the record writes them: base/quote.h. */
#include "ctl/json.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "base/quote.h"
#include "base/xalloc.h"

static void
put_string(const char *text)
{
	size_t len = strlen(text), size = 6 * len + 8;
	auto_free char *room = xcalloc(1, size);
	struct buf out;

	buf_init(&out, room, size);
	(void)!quote_add_json(&out, text, len, 6 * len + 1);
	fwrite(out.bytes, 1, out.len, stdout);
}

static void
put_name(struct json *json, const char *name)
{
	if (json->comma)
		putchar(',');
	json->comma = true;
	if (name == NULL)
		return;
	put_string(name);
	putchar(':');
}

void
json_open(struct json *json, const char *name, char bracket)
{
	put_name(json, name);
	putchar(bracket);
	json->comma = false;
}

void
json_close(struct json *json, char bracket)
{
	putchar(bracket);
	json->comma = true;
}

void
json_text(struct json *json, const char *name, const char *value)
{
	put_name(json, name);
	put_string(value);
}

void
json_number(struct json *json, const char *name, uint64_t value)
{
	put_name(json, name);
	printf("%" PRIu64, value);
}

void
json_flag(struct json *json, const char *name, bool value)
{
	put_name(json, name);
	fputs(value ? "true" : "false", stdout);
}

void
json_begin(struct json *json)
{
	*json = (struct json){ .comma = false };
	json_open(json, NULL, '{');
	json_number(json, "version", JSON_VERSION);
}

void
json_end(struct json *json)
{
	json_close(json, '}');
	putchar('\n');
}
