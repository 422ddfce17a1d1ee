/* Values may be of any length and any bytes: both are bounded here. */
#include "ctl/audit_export.h"

#include <endian.h>
#include <stdlib.h>
#include <string.h>

#include "base/xalloc.h"
#include "ctl/gate_program.h"

enum { EXPORT_FIELD_MAX = 1 << 20 };

static void
export_clear(struct audit_export *export)
{
	for (size_t i = 0; i < export->kept_count; i++)
		free(export->kept[i]);
	export->kept_count = 0;
	export->entry =
	    (struct audit_entry){ .cursor = export->cursor, .uid = "" };
	export->vouched = false;
	export->over = false;
}

void
audit_export_begin(struct audit_export *export)
{
	export->kept_count = 0;
	export->cursor[0] = '\0';
	if (gate_program(export->gate) == NULL)
		export->gate[0] = '\0';
	export_clear(export);
}

void
audit_export_end(struct audit_export *export)
{
	export_clear(export);
}

/* FILESONLY_KEY_CLAIM is key-claim. */
static void
export_keep(struct audit_export *export, const char *name, const char *value)
{
	size_t len = strlen(name);
	char *kept;

	if (export->kept_count == AUDIT_FIELDS_MAX)
		return;
	kept = xcalloc(1, len + strlen(value) + 2);
	export->kept[export->kept_count++] = kept;
	for (size_t i = 0; i < len; i++) {
		char byte = name[i];

		if (byte >= 'A' && byte <= 'Z')
			byte = (char)(byte - 'A' + 'a');
		kept[i] = byte;
		if (byte == '_')
			kept[i] = '-';
	}
	memcpy(kept + len + 1, value, strlen(value) + 1);
	(void)!audit_entry_add(&export->entry, kept, kept + len + 1);
}

/* The gate's path, also where it was replaced since the session began: only
 * who may replace it can put anything else of that name beside it. */
static bool
export_is_gate(const struct audit_export *export, const char *program)
{
	size_t len = strlen(export->gate);

	return len > 0 && strncmp(program, export->gate, len) == 0 &&
	       (program[len] == '\0' ||
		   strcmp(program + len, " (deleted)") == 0);
}

/* Other fields than the gate's are not ours, but three. */
static void
export_field(struct audit_export *export, const char *name, const char *value)
{
	static const char prefix[] = "FILESONLY_";

	if (strcmp(name, "_EXE") == 0)
		export->vouched |= export_is_gate(export, value);
	else if (strcmp(name, "_UID") == 0 &&
		 strlen(value) < sizeof(export->uid))
		export->entry.uid =
		    memcpy(export->uid, value, strlen(value) + 1);
	else if (strcmp(name, "__CURSOR") == 0 &&
		 strlen(value) < sizeof(export->cursor))
		memcpy(export->cursor, value, strlen(value) + 1);
	else if (strncmp(name, prefix, sizeof(prefix) - 1) == 0)
		export_keep(export, name + sizeof(prefix) - 1, value);
}

/* NAME, newline, eight bytes of length, the bytes, newline. */
static bool
export_binary(struct audit_export *export, const char *name, FILE *stream)
{
	uint64_t size;
	char *bytes;
	bool whole;

	if (fread(&size, sizeof(size), 1, stream) != 1 ||
	    le64toh(size) > EXPORT_FIELD_MAX)
		return false;
	size = le64toh(size);
	bytes = xcalloc(1, (size_t)size + 1);
	whole = fread(bytes, 1, (size_t)size, stream) == size &&
		fgetc(stream) == '\n';
	if (whole)
		export_field(export, name, bytes);
	free(bytes);
	return whole;
}

enum export_fed
audit_export_last(struct audit_export *export)
{
	bool counts = !export->over && export->vouched &&
		      audit_entry_is_whole(&export->entry);

	export->over = true;
	return counts ? EXPORT_ENTRY : EXPORT_GOES_ON;
}

enum export_fed
audit_export_feed(struct audit_export *export, char *line, FILE *stream)
{
	char *equals;

	if (export->over)
		export_clear(export);
	line[strcspn(line, "\n")] = '\0';
	if (line[0] == '\0')
		return audit_export_last(export);
	equals = strchr(line, '=');
	if (equals == NULL)
		return export_binary(export, line, stream) ? EXPORT_GOES_ON
							   : EXPORT_BROKEN;
	*equals = '\0';
	export_field(export, line, equals + 1);
	return EXPORT_GOES_ON;
}
