/* Bytes of names are written as the record writes them: base/quote.h. */
#include "ctl/json.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "base/quote.h"
#include "base/xalloc.h"

static FILE *
json_out(const struct json *json)
{
	return json->out == NULL ? stdout : json->out;
}

static void
put_string(const struct json *json, const char *text)
{
	size_t len = strlen(text), size = 6 * len + 8;
	auto_free char *room = xcalloc(1, size);
	struct buf out;

	buf_init(&out, room, size);
	(void)!quote_add_json(&out, text, len, 6 * len + 1);
	fwrite(out.bytes, 1, out.len, json_out(json));
}

static void
put_name(struct json *json, const char *name)
{
	if (json->comma)
		putc(',', json_out(json));
	json->comma = true;
	if (name == NULL)
		return;
	put_string(json, name);
	putc(':', json_out(json));
}

void
json_open(struct json *json, const char *name, char bracket)
{
	put_name(json, name);
	putc(bracket, json_out(json));
	json->comma = false;
}

void
json_close(struct json *json, char bracket)
{
	putc(bracket, json_out(json));
	json->comma = true;
}

void
json_text(struct json *json, const char *name, const char *value)
{
	put_name(json, name);
	put_string(json, value);
}

void
json_number(struct json *json, const char *name, uint64_t value)
{
	put_name(json, name);
	fprintf(json_out(json), "%" PRIu64, value);
}

void
json_flag(struct json *json, const char *name, bool value)
{
	put_name(json, name);
	fputs(value ? "true" : "false", json_out(json));
}

void
json_begin(struct json *json)
{
	json_begin_on(json, NULL);
}

void
json_begin_on(struct json *json, FILE *out)
{
	*json = (struct json){ .out = out };
	json_open(json, NULL, '{');
	json_number(json, "version", JSON_VERSION);
}

void
json_end(struct json *json)
{
	json_close(json, '}');
	putc('\n', json_out(json));
}
