/*
 * Maps transfer paths and path values onto the root: finds what wildcards
 * match, then asks the kernel where each name leads. Only a name that stays
 * inside becomes part of argv. path_rules.c has judged the text before; the
 * names that wildcards found are judged here by the same rules.
 */
#include "subsys/rsync/mapping.h"

#include <stdlib.h>
#include <string.h>

#include "base/xalloc.h"
#include "confine/means.h"
#include "policy/policy.h"
#include "root/glob.h"
#include "root/inside.h"
#include "root/root.h"
#include "subsys/rsync/lexical.h"
#include "subsys/rsync/path_rules.h"
#include "subsys/rsync/release.h"
#include "subsys/rsync/rules.h"
#include "subsys/rsync/straight.h"
#include "subsys/rsync/unescape.h"

/* All that the making of one argv needs. */
struct making {
	const struct job *job;
	const struct policy *policy; /* the job's ... */
	struct root *root;           /* ... and its root */
	char own[PATH_MAX];          /* the root's own path */
	const struct rsync_args *args;
	struct verdict *verdict;
	char dest[2 * PATH_MAX]; /* a receiver's, without symlinks where it is
				  * there */
	bool dest_is_dir;        /* it is a directory, or becomes one */
	bool in_group;           /* new directories there get the setgid bit */
	struct argv_value *values;
	char **owned; /* the memory of values, one an item */
};

/* Asked in a namespace, too, where nothing lies outside: clients hear the
 * same refusal in every jail. */
static bool
leads_out(const struct making *making, const char *path, enum follow follow)
{
	struct relpath there;

	if (relpath_parse(&there, path, strlen(path), NULL) != 0)
		return true;
	return !inside_root(making->root, &there, follow);
}

/* Will rsync change into the directories that are named? Else it sends a
 * symlink as a symlink, and where that leads doesn't matter. */
static bool
enters(const struct rsync_args *args)
{
	return !args->sender || rsync_args_have(args, VALUE_LIST);
}

/* With -R and with a list a sender tells the directories on the way. */
static bool
tells_the_way(const struct rsync_args *args)
{
	for (size_t i = 0; i < args->count; i++) {
		const struct rsync_option *row = args->items[i].row;

		if (row->letter == 'R' || row->value == VALUE_LIST)
			return true;
	}
	return false;
}

static enum refusal
mapping_add_name(struct making *making, const char *text, size_t len,
    struct names *names)
{
	enum follow follow = enters(making->args) ? FOLLOW : NO_FOLLOW;
	char out[PATH_MAX];
	enum lexical_answer answer =
	    path_rules_map(making->policy, making->own, text, len, out);

	if (answer == LEXICAL_OK && leads_out(making, out, follow))
		answer = LEXICAL_OUTSIDE;
	if (answer == LEXICAL_OK && making->args->sender &&
	    !tells_the_way(making->args))
		straight_source(making->root, out);
	if (answer == LEXICAL_OK && !names_add(names, out, strlen(out)))
		answer = LEXICAL_TOO_LONG;
	if (answer != LEXICAL_OK)
		return path_rules_refuse(making->verdict, answer, text, len);
	return REFUSE_NOTHING;
}

/* Finds the names in the root that the word's wildcards match. */
static bool
find_matches(struct making *making, const struct word *word,
    struct names *matches)
{
	bool dots = making->args->secluded, fits;
	struct words copy = { 0 };
	struct word stripped = *word;

	/* A drop box must not tell which names there are. */
	if (making->policy->mode == MODE_WRITE_ONLY)
		return true;
	stripped.text =
	    lexical_strip(word->text, &stripped.len,
		path_rules_own_path(making->policy, making->own)) == word->text
		? word->text
		: word->text + word->len - stripped.len;
	stripped.quoted = word->quoted + (stripped.text - word->text);
	if (!dots)
		return glob_expand(making->root, &stripped, false, matches);
	if (words_append(&copy, stripped.text, stripped.len, false) !=
	    REFUSE_NOTHING)
		return false;
	rsync_unescape(&copy.at[0]);
	fits = glob_expand(making->root, &copy.at[0], true, matches);
	words_free(&copy);
	return fits;
}

static enum refusal
mapping_add_paths(struct making *making, struct names *names)
{
	const struct words *paths = &making->args->expanded;
	enum refusal refusal = REFUSE_NOTHING;

	for (size_t i = 0; refusal == REFUSE_NOTHING && i < paths->count; i++) {
		const struct word *word = &paths->at[i];
		struct names matches = { 0 };

		if (!find_matches(making, word, &matches))
			refusal = path_rules_refuse(making->verdict,
			    LEXICAL_TOO_LONG, word->text, word->len);
		else if (matches.count == 0)
			refusal = mapping_add_name(making, word->text,
			    word->len, names);
		for (size_t m = 0;
		     refusal == REFUSE_NOTHING && m < matches.count; m++)
			refusal = mapping_add_name(making, matches.at[m],
			    strlen(matches.at[m]), names);
		names_free(&matches);
	}
	return refusal;
}

/* "FIRST/SECOND", or FIRST alone; false where it does not fit. */
static bool
mapping_join(char *out, size_t size, const char *first, const char *second)
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
	if (!mapping_join(walked, sizeof(walked),
		from_root ? "." : making->dest, rest))
		return LEXICAL_TOO_LONG;
	/* The destination has no symlinks: ".." can be taken as written. */
	answer = lexical_beside(walked, strlen(walked), 0, plain, NULL);
	if (answer != LEXICAL_OK)
		return answer;
	if (leads_out(making, plain, FOLLOW))
		return LEXICAL_OUTSIDE;
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
	if (from_root && leads_out(making, out, FOLLOW))
		return LEXICAL_OUTSIDE;
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
	if (leads_out(making, out, FOLLOW))
		return LEXICAL_OUTSIDE;
	if (!mapping_join(written, sizeof(written), ".",
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

static enum refusal
map_values(struct making *making)
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

/*
 * Is a receiver told to pass over devices and pipes? As rrsync the jail lets
 * none be made: a release that can pass over them says so and ends with 0.
 */
static bool
drops_devices(const struct making *making, bool confines)
{
	const struct policy *policy = making->policy;

	if (confines ||
	    !rsync_rules_no_nodes(policy, making->job->restrictions))
		return confines;
	return policy->rsync_version >= RSYNC_3_5 ||
	       release_has_option(policy->rsync, "drop-D");
}

static void
mapping_build(const struct making *making, const struct names *names,
    struct argv *argv)
{
	const struct policy *policy = making->policy;
	bool hidden = means_hide_outside(making->job->means);
	const char *place =
	    means_place(making->job->means, policy, making->own);
	bool confines = policy->rsync_version >= RSYNC_3_5 && !hidden &&
			strcmp(place, "/") != 0;
	char room[32];
	struct buf chmod;

	buf_init(&chmod, room, sizeof(room) - 1);
	struct argv_frame frame = {
		.place = strcmp(place, "/") == 0 ? "" : place,
		.confine = confines,
		.sync = policy->sync == SYNC_CLOSE &&
			release_has_option(policy->rsync, "fsync"),
		.drop_devices = drops_devices(making, confines),
		.perms = rsync_rules_modes(policy, making->args,
		    making->in_group, &chmod),
		.idle = policy->idle_timeout,
		.speed = policy->bandwidth,
	};

	if (chmod.len > 0)
		frame.chmod = buf_text(&chmod);
	argv_build(argv, making->args, &frame, making->values, names);
}

/* Has the destination, or the deepest directory above it, the setgid bit? */
static bool
lies_in_group(const struct making *making)
{
	size_t len = strlen(making->dest);
	struct relpath path;
	struct stat st;

	while (relpath_parse(&path, making->dest, len, NULL) == 0) {
		if (root_stat(making->root, &path, FOLLOW, &st) == 0 &&
		    S_ISDIR(st.st_mode))
			return (st.st_mode & S_ISGID) != 0;
		if (len == 0)
			break;
		while (len > 0 && making->dest[len - 1] == '/')
			len--;
		while (len > 0 && making->dest[len - 1] != '/')
			len--;
	}
	return false;
}

/* The one destination, in the place of the names that were given. */
static enum refusal
take_destination(struct making *making, struct names *names, struct argv *argv)
{
	const char *given = names->count > 0 ? names->at[0] : ".";
	bool fits;

	if (names->count > 1)
		return verdict_set(making->verdict, REFUSE_PATH,
		    "a transfer has one destination", NULL, 0);
	fits = straight_destination(making->root, given, making->dest,
	    sizeof(making->dest), &making->dest_is_dir);
	names_free(names);
	if (!fits || !names_add(names, making->dest, strlen(making->dest)))
		return verdict_set(making->verdict, REFUSE_TOO_LONG, NULL, NULL,
		    0);
	argv->dest = xstrdup(making->dest);
	making->in_group = lies_in_group(making);
	return REFUSE_NOTHING;
}

enum refusal
mapping_make(const struct job *job, const struct rsync_args *args,
    struct argv *argv, struct verdict *verdict)
{
	struct making making = { .job = job,
		.policy = job->policy,
		.root = job->root,
		.args = args,
		.verdict = verdict };
	struct names names = { 0 };
	enum refusal refusal;

	if (root_own_path(job->root, making.own) < 0)
		return verdict_set(verdict, REFUSE_CONFINEMENT, NULL, NULL, 0);
	making.values = xcalloc(args->count + 1, sizeof(*making.values));
	making.owned = xcalloc(args->count + 1, sizeof(*making.owned));
	refusal = mapping_add_paths(&making, &names);
	if (refusal == REFUSE_NOTHING && !args->sender)
		refusal = take_destination(&making, &names, argv);
	if (refusal == REFUSE_NOTHING)
		refusal = map_values(&making);
	if (refusal == REFUSE_NOTHING)
		mapping_build(&making, &names, argv);
	if (refusal == REFUSE_NOTHING && argv->full)
		refusal = verdict_set(verdict, REFUSE_TOO_LONG, NULL, NULL, 0);
	for (size_t i = 0; i < args->count; i++)
		free(making.owned[i]);
	free(making.owned);
	free(making.values);
	names_free(&names);
	return refusal;
}
