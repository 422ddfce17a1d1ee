/* Builds the word that the root's wildcards take, and takes it apart again. */
#include "subsys/paths.h"

#include <errno.h>
#include <string.h>

#include "base/xalloc.h"
#include "policy/policy.h"
#include "root/glob.h"
#include "root/private_names.h"
#include "subsys/job.h"

/* "~", alone or in front of a slash, as it came. */
static bool
paths_is_tilde(const struct word *word)
{
	return word->text[0] == '~' && !word->quoted[0] &&
	       (word->len == 1 || word->text[1] == '/');
}

enum refusal
paths_check(const struct word *word, struct verdict *verdict)
{
	if (word->text[0] != '~' || word->quoted[0] || paths_is_tilde(word))
		return REFUSE_NOTHING;
	return verdict_set(verdict, REFUSE_PATH,
	    "there are no home directories here but the account's own",
	    word->text, word->len);
}

/* The start directory's names, without slashes around them: "" for the root. */
static const char *
paths_start(const struct job *job, size_t *len)
{
	const char *text = job->policy->start_dir;

	text += strspn(text, "/");
	*len = strlen(text);
	while (*len > 0 && text[*len - 1] == '/')
		--*len;
	return text;
}

/* Appends bytes to the only word that words has; they are marked. */
static void
paths_put(struct word *word, const char *bytes, const unsigned char *marks,
    size_t len)
{
	memcpy(word->text + word->len, bytes, len);
	if (marks == NULL)
		memset(word->quoted + word->len, 1, len);
	else
		memcpy(word->quoted + word->len, marks, len);
	word->len += len;
	word->text[word->len] = '\0';
}

/* Adds the matches of a pattern, with a prefix for the first skip bytes. */
static bool
paths_add_matches(const struct job *job, const struct word *pattern,
    const char *prefix, size_t skip, struct names *names)
{
	struct names found = { 0 };
	bool fits = glob_expand(job->root, pattern, false, &found);
	not_zeroed char path[PATH_MAX + 1];

	for (size_t i = 0; i < found.count && fits; i++) {
		const char *match = found.at[i];
		size_t len = strlen(match), before = strlen(prefix);

		if (len < skip || len - skip + before >= sizeof(path))
			continue;
		memcpy(path, prefix, before);
		memcpy(path + before, match + skip, len - skip);
		fits = names_add(names, path, before + len - skip);
	}
	names_free(&found);
	return fits;
}

/*
 * "~/x" is "/START/x", and so spelled; "x" is looked for as "START/x", from
 * the root, and spelled as it came. Returns what stands in front of the
 * spelling.
 */
static size_t
paths_build(const struct job *job, const struct word *word, struct word *full)
{
	bool tilde = paths_is_tilde(word);
	size_t start_len;
	const char *start = paths_start(job, &start_len);
	size_t room = start_len + word->len + 3, skip = 0;

	*full = (struct word){ .text = xcalloc(room, 1),
		.quoted = xcalloc(room, 1) };
	if (tilde && (start_len > 0 || word->len == 1))
		paths_put(full, "/", NULL, 1);
	if (tilde || word->text[0] != '/')
		paths_put(full, start, NULL, start_len);
	if (!tilde && word->text[0] != '/') {
		if (start_len > 0)
			paths_put(full, "/", NULL, 1);
		skip = full->len;
	}
	paths_put(full, word->text + tilde, word->quoted + tilde,
	    word->len - tilde);
	return skip;
}

bool
paths_expand(const struct job *job, const struct word *word,
    struct names *names)
{
	size_t count = names->count, skip;
	struct word full;
	bool fits = true;

	skip = paths_build(job, word, &full);
	if (policy_answer(job->policy, ACT_LIST) == ANSWER_YES)
		fits = paths_add_matches(job, &full,
		    full.text[0] == '/' ? "/" : "", skip, names);
	if (fits && names->count == count)
		fits = names_add(names, full.text + skip, full.len - skip);
	free(full.text);
	free(full.quoted);
	return fits;
}

int
paths_parse(const struct job *job, const char *text, struct relpath *path)
{
	const char *start_text = job->policy->start_dir;
	not_zeroed struct relpath start;

	if (text[0] == '\0' || private_in_path(text)) {
		errno = ENOENT;
		return -1;
	}
	if (relpath_parse(&start, start_text, strlen(start_text), NULL) != 0)
		return -1;
	return relpath_parse(path, text, strlen(text), &start);
}
