/* Walks over the table; of names, what stands before the "@" counts. */
#include "subsys/sftp/requests.h"

#include <stdbool.h>
#include <string.h>

#include "policy/mode.h"
#include "subsys/sftp/request_table.h"

/* Our own requests, and those of OpenSSH that do the same. */
// clang-format off
static const struct {
	const char *ours;
	const char *theirs;
} alike[] = {
	{ "copy-file",         "open,read,write,copy-data" },
	{ "check-file",        "read" },
	{ "check-file-handle", "read" },
	{ "check-file-name",   "open,read" },
	{ "space-available",   "statvfs" },
};
// clang-format on

static size_t
name_length(const struct request_row *row)
{
	return strcspn(row->name, "@");
}

/* Is the name in a comma list? */
static bool
is_in(const char *list, const char *name, size_t len)
{
	for (;;) {
		size_t one = strcspn(list, ",");

		if (one == len && memcmp(list, name, len) == 0)
			return true;
		if (list[one] == '\0')
			return false;
		list += one + 1;
	}
}

/* Is one of the list's names in the other? */
static bool
lists_meet(const char *list, const char *other)
{
	for (;;) {
		size_t one = strcspn(list, ",");

		if (is_in(other, list, one))
			return true;
		if (list[one] == '\0')
			return false;
		list += one + 1;
	}
}

static bool
is_denied(const struct request_row *row, const char *denied)
{
	if (is_in(denied, row->name, name_length(row)))
		return true;
	for (size_t i = 0; i < sizeof(alike) / sizeof(alike[0]); i++) {
		if (strcmp(alike[i].ours, row->name) == 0 &&
		    lists_meet(alike[i].theirs, denied))
			return true;
	}
	return false;
}

uint64_t
requests_closed(const char *only, const char *denied)
{
	uint64_t closed = 0;

	for (size_t i = 0; request_rows[i].name != NULL; i++) {
		const struct request_row *row = &request_rows[i];

		if ((only != NULL &&
			!is_in(only, row->name, name_length(row))) ||
		    (denied != NULL && is_denied(row, denied)))
			closed |= UINT64_C(1) << i;
	}
	return closed;
}

static void
print_needs(struct buf *out, const struct request_row *row)
{
	bool first = true;

	if (row->needs_of != NULL)
		buf_add_text(out, "by what it asks for");
	for (unsigned act = 1; act <= row->needs; act <<= 1) {
		if ((row->needs & act) == 0)
			continue;
		buf_addf(out, "%s%s",
		    first && row->needs_of == NULL ? "" : ", ",
		    mode_act_name((enum act)act));
		first = false;
	}
	if (first && row->needs_of == NULL)
		buf_add_text(out, "nothing");
}

void
requests_print(struct buf *out)
{
	buf_addf(out, "%-34s %-8s %s\n", "request", "version",
	    "needs (see --help=modes)");
	for (const struct request_row *row = request_rows; row->name != NULL;
	     row++) {
		bool extension = row->type == PACKET_EXTENDED;
		const char *version = row->version;

		if (!extension)
			version = "3";
		else if (version == NULL || version[0] == '\0')
			version = "-";
		buf_addf(out, "%-34s %-8s ", row->name, version);
		print_needs(out, row);
		buf_add_text(out, "\n");
	}
}

void
requests_names(struct buf *out)
{
	for (const struct request_row *row = request_rows; row->name != NULL;
	     row++) {
		buf_add(out, row->name, name_length(row));
		buf_add_text(out, "\n");
	}
}
