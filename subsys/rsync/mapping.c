/*
 * Maps transfer paths onto the root: finds what wildcards match, then asks the
 * kernel where each name leads. Only a name that stays inside becomes part of
 * argv; so do the options' values (path_values.c). path_rules.c has judged the
 * text before; the names that wildcards found are judged here by the same
 * rules.
 */
#include "subsys/rsync/mapping.h"

#include <stdlib.h>
#include <string.h>

#include "base/xalloc.h"
#include "confine/means.h"
#include "policy/policy.h"
#include "root/glob.h"
#include "root/root.h"
#include "subsys/rsync/crossing.h"
#include "subsys/rsync/lexical.h"
#include "subsys/rsync/making.h"
#include "subsys/rsync/path_rules.h"
#include "subsys/rsync/path_values.h"
#include "subsys/rsync/release.h"
#include "subsys/rsync/rules.h"
#include "subsys/rsync/straight.h"
#include "subsys/rsync/unescape.h"
#include "subsys/rsync/verification.h"

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

	if (answer == LEXICAL_OK)
		answer = making_judge(making, out, follow);
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

/* Is the destination there, so that rsync does not make it? */
static bool
mapping_finds_destination(const struct making *making)
{
	struct relpath path;
	struct stat st;

	return relpath_parse(&path, making->dest, strlen(making->dest), NULL) ==
		   0 &&
	       root_stat(making->root, &path, FOLLOW, &st) == 0;
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
		.warn = verification_must_be_told(making->args,
		    mapping_finds_destination(making)),
	};

	if (chmod.len > 0)
		frame.chmod = buf_text(&chmod);
	argv->place = xstrdup(frame.place);
	argv->warns = frame.warn || verification_is_told(making->args);
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
		refusal = crossing_judge(&making);
	if (refusal == REFUSE_NOTHING)
		refusal = path_values_map(&making);
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
