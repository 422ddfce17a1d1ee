/*
 * Turns the terms into rules and judges each item by its row. Names only those
 * options whose meaning depends on more than the row can say.
 */
#include "subsys/rsync/rules.h"

#include <string.h>
#include <strings.h>
#include <sys/stat.h>

#include "confine/means.h"

/* Is the root "/"? Then nothing lies outside. */
static bool
rules_root_is_top(const char *root)
{
	return root != NULL && root[0] == '/' &&
	       root[strspn(root, "/")] == '\0';
}

bool
rsync_rules_no_nodes(const struct policy *policy,
    const struct restrictions *restrictions)
{
	return restrictions->rrsync != NULL && !rules_root_is_top(policy->root);
}

unsigned
rsync_rules(const struct terms *terms)
{
	const struct policy *policy = terms->policy;
	bool as_rrsync = terms->restrictions->rrsync != NULL;
	unsigned rules = 0;

	switch (policy->mode) {
	case MODE_READ_WRITE:
	case MODE_COUNT:
		break;
	case MODE_READ_ONLY:
		rules |= RULE_READ_ONLY;
		break;
	case MODE_WRITE_ONLY:
		rules |= RULE_WRITE_ONLY;
		break;
	case MODE_CREATE_ONLY:
		rules |= RULE_CREATE_ONLY;
		break;
	}
	if (!policy->may_delete)
		rules |= RULE_NO_DELETE;
	if (!policy->may_overwrite)
		rules |= RULE_NO_OVERWRITE;
	if ((as_rrsync || !means_hide_outside(terms->means)) &&
	    !rules_root_is_top(policy->root))
		rules |= RULE_LINKS;
	/* With links=none the jail lets none be made; rsync munges those that
	 * exist. */
	if (policy->munge_links || policy->links != LINKS_ANY)
		rules |= RULE_MUNGE;
	if (policy->one_file_system)
		rules |= RULE_ONE_FS;
	if (terms->restrictions->push_only)
		rules |= RULE_PUSH_ONLY;
	if (as_rrsync && !policy->may_delete)
		rules |= RULE_NO_REMOVE;
	return rules;
}

bool
rsync_rules_drop(const struct rsync_args *args, const struct rsync_item *item)
{
	enum rsync_value kind = item->row->value;

	if (item->row->fate == DROP)
		return true;
	if (args->sender) /* what concerns the destination only */
		return kind == VALUE_BESIDE || kind == VALUE_PARTIAL;
	return (item->row->dropped & args->rules) != 0;
}

/* Of the two options that undo each other rsync takes the last. */
static bool
fakes_super(const struct rsync_args *args)
{
	bool fakes = false;

	for (size_t i = 0; i < args->count; i++) {
		const char *name = args->items[i].row->name;

		if (name != NULL && strcmp(name, "fake-super") == 0)
			fakes = true;
		else if (name != NULL && strcmp(name, "no-super") == 0)
			fakes = false;
	}
	return fakes;
}

bool
rsync_rules_modes(const struct policy *policy, const struct rsync_args *args,
    bool in_group, struct buf *out)
{
	/* --fake-super keeps modes in an attribute, for the restore. */
	if (args->sender || fakes_super(args))
		return false;
	if (policy->dir_mode != MODE_UNSET)
		buf_addf(out, "D%04o,",
		    policy->dir_mode | (in_group ? S_ISGID : 0));
	if (policy->file_mode != MODE_UNSET)
		buf_addf(out, "F%04o", policy->file_mode);
	else if (!policy->set_id)
		buf_add_text(out, "Fug-s");
	else if (out->len > 0)
		out->len--;
	return policy->dir_mode != MODE_UNSET ||
	       policy->file_mode != MODE_UNSET;
}

static enum refusal
refuse_item(const struct rsync_item *item, enum refusal refusal,
    const char *because, struct verdict *verdict)
{
	char text[64] = { '-', item->row->letter };
	struct buf buf;

	if (!item->as_letter) {
		buf_init(&buf, text, sizeof(text) - 1);
		buf_addf(&buf, "--%s", item->row->name);
		buf_text(&buf);
	}
	return verdict_set(verdict, refusal, because, text, strlen(text));
}

/* Would the client read a file? A receiver sends the list's text to it. */
static bool
reads_list(const struct rsync_args *args, const struct rsync_item *item)
{
	const unsigned narrow = RULE_READ_ONLY | RULE_WRITE_ONLY |
				RULE_CREATE_ONLY | RULE_PUSH_ONLY;

	return item->row->value == VALUE_LIST && !args->sender &&
	       (args->rules & narrow) && strcmp(item->value, "-") != 0;
}

/* Would names of a -s block have to be converted? They are UTF-8, and we
 * don't. */
static bool
converts_names(const struct rsync_args *args, const struct rsync_item *item)
{
	return item->row->value == VALUE_CHARSET && args->secluded &&
	       strcmp(item->value, ".") != 0 &&
	       strcasecmp(item->value, "utf8") != 0 &&
	       strcasecmp(item->value, "utf-8") != 0;
}

/* rrsync's -no-del refuses options by the beginning of their name. */
static bool
is_removal(const char *name)
{
	return name != NULL && (strncmp(name, "delete", 6) == 0 ||
				   strncmp(name, "remove", 6) == 0);
}

static enum refusal
judge_item(const struct rsync_args *args, const struct rsync_item *item,
    struct verdict *verdict)
{
	unsigned side = args->sender ? SIDE_SENDER : SIDE_RECEIVER;
	unsigned broken = item->row->refused & args->rules;

	if ((args->rules & RULE_NO_REMOVE) && is_removal(item->row->name))
		side = SIDE_BOTH;

	if (rsync_rules_drop(args, item))
		return REFUSE_NOTHING;
	if (item->row->value == VALUE_LIST && strcmp(item->value, "-") == 0)
		return REFUSE_NOTHING;
	if (reads_list(args, item))
		return refuse_item(item, REFUSE_MODE,
		    "the account may not read lists of the server", verdict);
	if (converts_names(args, item))
		return refuse_item(item, REFUSE_OPTION,
		    "with -s, names are not converted to this character set; "
		    "leave out -s (RSYNC_PROTECT_ARGS)",
		    verdict);
	if (broken == 0 || !(item->row->side & side))
		return REFUSE_NOTHING;
	return refuse_item(item,
	    broken == RULE_LINKS ? REFUSE_OPTION : REFUSE_MODE,
	    rsync_rule_reason(broken), verdict);
}

static enum refusal
judge_direction(const struct rsync_args *args, struct verdict *verdict)
{
	unsigned rules = args->rules;

	if ((rules & RULE_READ_ONLY) && !args->sender)
		return verdict_set(verdict, REFUSE_MODE,
		    "sending to a read-only server", NULL, 0);
	if ((rules & (RULE_WRITE_ONLY | RULE_PUSH_ONLY)) && args->sender)
		return verdict_set(verdict, REFUSE_MODE,
		    "reading from a write-only server", NULL, 0);
	return REFUSE_NOTHING;
}

enum refusal
rsync_rules_judge(const struct rsync_args *args, struct verdict *verdict)
{
	enum refusal refusal = judge_direction(args, verdict);

	for (size_t i = 0; refusal == REFUSE_NOTHING && i < args->count; i++)
		refusal = judge_item(args, &args->items[i], verdict);
	return refusal;
}
