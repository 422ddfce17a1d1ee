/* By receiver.c of rsync 2.6.9 to 3.5. */
#include "subsys/rsync/verification.h"

#include <stddef.h>
#include <string.h>

#include "subsys/rsync/args.h"

bool
verification_names_whole_files(const struct rsync_args *args)
{
	/* Of --temp-dir a file may be copied into its place. */
	static const char *const others[] = { "partial", "inplace", "append",
		"delay-updates", "temp-dir" };

	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
		if (rsync_args_have_option(args, others[i]))
			return false;
	}
	return !args->sender;
}

const char *
verification_result(const struct rsync_args *args)
{
	/* Of several the first counts. */
	static const struct {
		const char *option, *result;
	} rows[] = {
		{ "inplace", "retained" },
		{ "append", "retained" },
		{ "delay-updates", "set-aside" },
		{ "partial-dir", "set-aside" },
		{ "partial", "retained" },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		if (rsync_args_have_option(args, rows[i].option))
			return rows[i].result;
	}
	return "discarded";
}

/* The last format counts: "%i" and "%i%I" are itemized. */
static bool
verification_is_itemized(const struct rsync_args *args)
{
	bool itemized = false;

	for (size_t i = 0; i < args->count; i++) {
		const struct rsync_item *item = &args->items[i];

		if (item->row->value == VALUE_FORMAT)
			itemized = item->value_len >= 2 &&
				   memcmp(item->value, "%i", 2) == 0;
	}
	return itemized;
}

bool
verification_is_told(const struct rsync_args *args)
{
	return verification_is_itemized(args) ||
	       (rsync_args_have_letter(args, 'v') &&
		   !rsync_args_have_letter(args, 'q') &&
		   !rsync_args_have(args, VALUE_INFO));
}

bool
verification_must_be_told(const struct rsync_args *args, bool has_directory)
{
	return !args->sender && !verification_is_told(args) &&
	       (has_directory || !verification_names_whole_files(args));
}
