/*
 * Maps path values: each is relative to the destination, to the list's place or
 * to the root, and is written so that rsync, from where it will stand then,
 * finds what the client meant. The kernel says where it leads.
 */
#include "subsys/rsync/path_values.h"

#include <string.h>

#include "base/buf.h"
#include "base/xalloc.h"
#include "subsys/rsync/args.h"
#include "subsys/rsync/argv.h"
#include "subsys/rsync/lexical.h"
#include "subsys/rsync/making.h"
#include "subsys/rsync/path_rules.h"
#include "subsys/rsync/straight.h"

/* "FIRST/SECOND", or FIRST alone; false where it does not fit. */
static bool
path_values_join(char *out, size_t size, const char *first, const char *second)
{
	struct buf buf;

	buf_init(&buf, out, size - 1);
	buf_add_text(&buf, first);
	if (second[0] != '\0') {
		buf_add_text(&buf, "/");
		buf_add_text(&buf, second);
	}
	out[buf.len] = '\0';
	return !buf.full;
}

/*
 * Maps a value that is relative to the destination. rsync starts from the
 * destination if that is, or becomes, a directory, else from the directory
 * above. A value that climbs exactly to the root is therefore written from the
 * root: neither way leads out.
 */
static enum lexical_answer
map_beside(struct making *making, const char *raw, size_t len, size_t index)
{
	size_t depth = lexical_depth(making->dest), up;
	char out[PATH_MAX], plain[PATH_MAX], walked[3 * PATH_MAX + 2];
	struct argv_value *value = &making->values[index];
	bool from_root = len > 0 && raw[0] == '/';
	enum lexical_answer answer = lexical_beside(raw, len, depth, out, &up);
	const char *rest = out;

	if (answer != LEXICAL_OK)
		return answer;
	if (up > 0 && up == depth && !making->dest_is_dir) {
		rest = up * 3 < strlen(out) ? out + up * 3 : ".";
		from_root = true;
	}
	if (!path_values_join(walked, sizeof(walked),
		from_root ? "." : making->dest, rest))
		return LEXICAL_TOO_LONG;
	/* The destination has no symlinks: ".." can be taken as written. */
	answer = lexical_beside(walked, strlen(walked), 0, plain, NULL);
	if (answer != LEXICAL_OK)
		return answer;
	answer = making_judge(making, plain, FOLLOW);
	if (answer != LEXICAL_OK)
		return answer;
	if (from_root || making->dest_is_dir) {
		bool winds = straight_path(making->root, plain, out);

		/* rsync 3.5 makes no temporary file behind a "..". */
		if (winds || up > 0) {
			rest = winds ? out : plain;
			from_root = true;
		}
	}
	making->owned[index] = xstrdup(rest);
	value->text = making->owned[index];
	value->from_place = from_root;
	return LEXICAL_OK;
}

static enum lexical_answer
map_partial(struct making *making, const char *raw, size_t len, size_t index)
{
	bool from_root = len > 0 && raw[0] == '/';
	char out[PATH_MAX], real[PATH_MAX];
	enum lexical_answer answer = lexical_beside(raw, len, 0, out, NULL);
	bool winds;

	if (answer != LEXICAL_OK)
		return answer;
	if (from_root)
		answer = making_judge(making, out, FOLLOW);
	if (answer != LEXICAL_OK)
		return answer;
	winds = from_root && straight_path(making->root, out, real);
	making->owned[index] = xstrdup(winds ? real : out);
	making->values[index] =
	    (struct argv_value){ making->owned[index], from_root };
	return LEXICAL_OK;
}

/* rsync reads the list from its working directory, the root. "./" in front
 * keeps it from taking a colon for a host. */
static enum lexical_answer
map_list(struct making *making, const char *raw, size_t len, size_t index)
{
	char out[PATH_MAX], real[PATH_MAX], written[PATH_MAX + 2];
	char room[2 * PATH_MAX];
	enum lexical_answer answer;

	if (len == 1 && raw[0] == '-') {
		making->values[index].text = "-";
		return LEXICAL_OK;
	}
	raw = path_rules_from_start(making->policy, raw, &len, room);
	if (raw == NULL)
		return LEXICAL_TOO_LONG;
	answer = lexical_map(raw, len, out);
	if (answer != LEXICAL_OK)
		return answer;
	answer = making_judge(making, out, FOLLOW);
	if (answer != LEXICAL_OK)
		return answer;
	if (!path_values_join(written, sizeof(written), ".",
		straight_path(making->root, out, real) ? real : out))
		return LEXICAL_TOO_LONG;
	making->owned[index] = xstrdup(written);
	making->values[index].text = making->owned[index];
	return LEXICAL_OK;
}

static enum lexical_answer
map_value(struct making *making, size_t index)
{
	const struct rsync_item *item = &making->args->items[index];
	size_t len = item->value_len;
	const char *raw = item->value;

	if (!argv_is_path(item->row->value))
		return LEXICAL_OK;
	raw = lexical_strip(raw, &len,
	    path_rules_own_path(making->policy, making->own));
	if (item->row->value == VALUE_LIST)
		return map_list(making, raw, len, index);
	if (making->args->sender)
		return LEXICAL_OK; /* dropped */
	if (item->row->value == VALUE_PARTIAL)
		return map_partial(making, raw, len, index);
	return map_beside(making, raw, len, index);
}

enum refusal
path_values_map(struct making *making)
{
	for (size_t i = 0; i < making->args->count; i++) {
		const struct rsync_item *item = &making->args->items[i];
		enum lexical_answer answer = map_value(making, i);

		if (answer != LEXICAL_OK)
			return path_rules_refuse(making->verdict, answer,
			    item->value, item->value_len);
	}
	return REFUSE_NOTHING;
}
