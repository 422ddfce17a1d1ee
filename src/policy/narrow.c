/*
 * One policy narrowed by what a command line asks for, key by key, as the
 * table's column says. Pure. The command line may be the client's.
 */
#include <stdlib.h>
#include <string.h>

#include "base/quote.h"
#include "base/xalloc.h"
#include "policy/policy.h"

static int
narrow_refuse(struct buf *error, const struct key *key, const char *why)
{
	buf_addf(error, "%s %s", key->name, why);
	return -1;
}

static void
narrow_replace(char **ours, const char *asked)
{
	free(*ours);
	*ours = xstrdup(asked);
}

/* Compares text only; when *below is opened, the kernel says whether it really
 * lies in the root. */
static int
narrow_root(struct policy *policy, const struct policy *asked,
    const struct key *key, char **below, struct buf *error)
{
	const char *root = policy->root, *wanted = asked->root;
	size_t len = root == NULL ? 0 : strlen(root);

	while (len > 1 && root[len - 1] == '/')
		len--;
	if (len == 1 && root[0] == '/')
		len = 0;
	if (root == NULL || wanted[0] != '/' ||
	    strncmp(wanted, root, len) != 0 ||
	    (wanted[len] != '/' && wanted[len] != '\0')) {
		buf_addf(error, "%s ", key->name);
		quote_add(error, wanted, strlen(wanted), 256);
		buf_add_text(error, " is not in the configured root");
		return -1;
	}
	wanted += len + strspn(wanted + len, "/");
	if (wanted[0] == '\0')
		return 0;
	narrow_replace(below, wanted);
	/* The configured start-dir is a path in the wider root, and so are the
	 * free directories. */
	narrow_replace(&policy->start_dir, "/");
	return policy_set(policy, "free", "none", error);
}

static int
narrow_mode(struct policy *policy, const struct policy *asked,
    const struct key *key, struct buf *error)
{
	if (mode_within(asked->mode, policy->mode))
		policy->mode = asked->mode;
	else if (!mode_within(policy->mode, asked->mode))
		return narrow_refuse(error, key,
		    "that is asked for and the configured one: neither is "
		    "the stricter");
	return 0;
}

/* Both at the same member of two policies; 0 is no limit. */
static void
narrow_number(const struct key *key, void *ours, const void *asked)
{
	uint64_t *size = ours;
	unsigned *number = ours;

	if (key->kind == KEY_SIZE || key->kind == KEY_DATE) {
		uint64_t limit = *(const uint64_t *)asked;

		if (limit != 0 && (*size == 0 || limit < *size))
			*size = limit;
	} else {
		unsigned limit = *(const unsigned *)asked;

		if (limit != 0 && (*number == 0 || limit < *number))
			*number = limit;
	}
}

static void
narrow_bits(unsigned *ours, unsigned asked)
{
	if (*ours == MODE_UNSET)
		*ours = asked;
	else if (asked != MODE_UNSET)
		*ours |= asked;
}

static bool
is_listed(const struct texts *texts, const char *text)
{
	for (size_t i = 0; i < texts->count; i++) {
		if (strcmp(texts->at[i], text) == 0)
			return true;
	}
	return false;
}

static int
narrow_among(struct policy *policy, const struct key *key,
    const struct texts *ours, const struct texts *asked, struct buf *error)
{
	for (size_t i = 0; i < asked->count; i++) {
		if (!is_listed(ours, asked->at[i]))
			return narrow_refuse(error, key,
			    "that is asked for is not among the configured");
	}
	if (policy_set(policy, key->name, "none", error) != 0)
		return -1;
	return policy_add_texts(policy, key, asked, error);
}

/* An empty list stands for all there is, so it can't be a result. */
static int
narrow_listed(struct policy *policy, const struct key *key,
    const struct texts *ours, const struct texts *asked, struct buf *error)
{
	if (asked->count == 0)
		return 0;
	return narrow_among(policy, key, ours->count == 0 ? asked : ours, asked,
	    error);
}

static int
narrow_key(struct policy *policy, const struct policy *asked,
    const struct key *key, struct buf *error)
{
	void *ours = (char *)policy + key->offset;
	const void *theirs = (const char *)asked + key->offset;
	bool *flag = ours;
	unsigned *number = ours;

	switch (key->narrow) {
	case NARROW_REFUSE:
		return narrow_refuse(error, key, "can't be asked for here");
	case NARROW_TAKE:
		if (key->kind == KEY_PATH)
			narrow_replace(ours, *(char *const *)theirs);
		else
			*flag = *(const bool *)theirs;
		return 0;
	case NARROW_ROOT:
		break; /* policy_narrow, since it has one more result */
	case NARROW_MODE:
		return narrow_mode(policy, asked, key, error);
	case NARROW_NO:
		*flag = *flag && *(const bool *)theirs;
		return 0;
	case NARROW_YES:
		*flag = *flag || *(const bool *)theirs;
		return 0;
	case NARROW_LATER:
		if (*(const unsigned *)theirs > *number)
			*number = *(const unsigned *)theirs;
		return 0;
	case NARROW_COMMON:
		*number &= *(const unsigned *)theirs;
		return 0;
	case NARROW_EITHER:
		narrow_bits(number, *(const unsigned *)theirs);
		return 0;
	case NARROW_LESS:
		narrow_number(key, ours, theirs);
		return 0;
	case NARROW_ALSO:
		return policy_add_texts(policy, key, theirs, error);
	case NARROW_LISTED:
		return narrow_listed(policy, key, ours, theirs, error);
	case NARROW_FREE:
		break; /* likewise: what the mode was before counts */
	}
	return -1;
}

/* Where all may be removed and overwritten, each directory is free. */
static int
narrow_free(struct policy *policy, const struct policy *asked,
    const struct key *key, bool all_is_free, struct buf *error)
{
	return narrow_among(policy, key,
	    all_is_free ? &asked->free : &policy->free, &asked->free, error);
}

int
policy_narrow(struct policy *policy, const struct policy *asked,
    const struct key_set *given, char **below, struct buf *error)
{
	bool all_is_free = policy->mode == MODE_READ_WRITE &&
			   policy->may_delete && policy->may_overwrite;

	for (const struct key *key = policy_keys; key->name != NULL; key++) {
		int result = 0;

		if (!key_set_has(given, key))
			continue;
		if (key->narrow == NARROW_ROOT)
			result = narrow_root(policy, asked, key, below, error);
		else if (key->narrow == NARROW_FREE)
			result =
			    narrow_free(policy, asked, key, all_is_free, error);
		else
			result = narrow_key(policy, asked, key, error);
		if (result != 0)
			return -1;
	}
	return 0;
}
