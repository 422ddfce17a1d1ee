/* Lists whose links lie in the holds, and trees that point to them. */
#include "ctl/event_holds.h"

#include <search.h>
#include <stdlib.h>
#include <string.h>

#include "base/xalloc.h"

/* One that has holds. */
struct event_session {
	char *id, *uid; /* owned */
	struct hold_list holds;
};

static int
compare_names(const void *left, const void *right)
{
	const struct event_hold *a = left, *b = right;
	int order = strcmp(a->session, b->session);

	if (order == 0)
		order = strcmp(a->uid, b->uid);
	return order != 0 ? order : strcmp(a->path, b->path);
}

static int
compare_sessions(const void *left, const void *right)
{
	const struct event_session *a = left, *b = right;

	int order = strcmp(a->id, b->id);

	return order != 0 ? order : strcmp(a->uid, b->uid);
}

/* tsearch(3), whose NULL is no memory. Returns what the tree has there. */
static void *
tree_add(void **tree, void *key, int compare(const void *, const void *))
{
	void **node = tsearch(key, tree, compare);

	if (node == NULL)
		abort();
	return *node;
}

static void *
tree_find(void *const *tree, const void *key,
    int compare(const void *, const void *))
{
	void **node = tfind(key, tree, compare);

	return node == NULL ? NULL : *node;
}

/* Puts the hold behind another one; NULL: in front. */
static void
list_put(struct hold_list *list, enum hold_list_kind kind,
    struct event_hold *before, struct event_hold *hold)
{
	struct event_hold *behind =
	    before == NULL ? list->first : before->in[kind].behind;

	hold->in[kind].before = before;
	hold->in[kind].behind = behind;
	if (before == NULL)
		list->first = hold;
	else
		before->in[kind].behind = hold;
	if (behind == NULL)
		list->last = hold;
	else
		behind->in[kind].before = hold;
}

static void
list_drop(struct hold_list *list, enum hold_list_kind kind,
    struct event_hold *hold)
{
	struct event_hold *before = hold->in[kind].before;
	struct event_hold *behind = hold->in[kind].behind;

	if (before == NULL)
		list->first = behind;
	else
		before->in[kind].behind = behind;
	if (behind == NULL)
		list->last = before;
	else
		behind->in[kind].before = before;
}

static struct hold_list *
due_list(struct event_holds *holds, const struct event_hold *hold)
{
	return hold->is_late ? &holds->late : &holds->soon;
}

/* Most are due behind all others of their list. */
static void
put_by_due(struct event_holds *holds, struct event_hold *hold)
{
	struct hold_list *list = due_list(holds, hold);
	struct event_hold *before = list->last;

	while (before != NULL && before->until > hold->until)
		before = before->in[HOLDS_DUE].before;
	list_put(list, HOLDS_DUE, before, hold);
}

static void
event_session_free(struct event_session *session)
{
	free(session->id);
	free(session->uid);
	free(session);
}

static struct event_session *
session_of(struct event_holds *holds, const char *id, const char *uid)
{
	struct event_session *made = xcalloc(1, sizeof(*made)), *known;

	made->id = xstrdup(id);
	made->uid = xstrdup(uid);
	known = tree_add(&holds->sessions, made, compare_sessions);
	if (known != made)
		event_session_free(made);
	return known;
}

/* Makes the hold the one of its name. */
static void
put_by_name(struct event_holds *holds, struct event_hold *hold)
{
	struct event_hold *other =
	    tree_find(&holds->by_name, hold, compare_names);

	if (other != NULL)
		event_holds_drop(holds, other);
	(void)!tree_add(&holds->by_name, hold, compare_names);
}

void
event_holds_add(struct event_holds *holds, const struct event_hold *hold,
    bool late)
{
	struct event_hold *kept = xcalloc(1, sizeof(*kept));

	*kept = *hold;
	kept->is_late = late;
	put_by_name(holds, kept);
	kept->of = session_of(holds, kept->session, kept->uid);
	list_put(&holds->all, HOLDS_ALL, holds->all.last, kept);
	list_put(&kept->of->holds, HOLDS_OF_SESSION, kept->of->holds.last,
	    kept);
	put_by_due(holds, kept);
}

void
event_holds_drop(struct event_holds *holds, struct event_hold *hold)
{
	struct event_session *session = hold->of;

	tdelete(hold, &holds->by_name, compare_names);
	list_drop(&holds->all, HOLDS_ALL, hold);
	list_drop(due_list(holds, hold), HOLDS_DUE, hold);
	list_drop(&session->holds, HOLDS_OF_SESSION, hold);
	if (session->holds.first == NULL) {
		tdelete(session, &holds->sessions, compare_sessions);
		event_session_free(session);
	}
	free(hold->place);
	free(hold->account);
	free(hold->session);
	free(hold->uid);
	free(hold->path);
	free(hold);
}

void
event_holds_free(struct event_holds *holds)
{
	while (holds->all.first != NULL)
		event_holds_drop(holds, holds->all.first);
}

struct event_hold *
event_holds_find(const struct event_holds *holds, const char *session,
    const char *uid, const char *path)
{
	const struct event_hold named = { .session = (char *)(uintptr_t)session,
		.uid = (char *)(uintptr_t)uid,
		.path = (char *)(uintptr_t)path };

	return tree_find(&holds->by_name, &named, compare_names);
}

struct event_hold *
event_holds_of(const struct event_holds *holds, const char *session,
    const char *uid)
{
	const struct event_session asked = { .id = (char *)(uintptr_t)session,
		.uid = (char *)(uintptr_t)uid };
	const struct event_session *found =
	    tree_find(&holds->sessions, &asked, compare_sessions);

	return found == NULL ? NULL : found->holds.first;
}

struct event_hold *
event_holds_behind(const struct event_hold *hold)
{
	return hold->in[HOLDS_OF_SESSION].behind;
}

struct event_hold *
event_holds_due(const struct event_holds *holds, int64_t now)
{
	struct event_hold *soon = holds->soon.first, *late = holds->late.first;

	if (soon != NULL && soon->until <= now)
		return soon;
	return late != NULL && late->until <= now ? late : NULL;
}

void
event_holds_rename(struct event_holds *holds, struct event_hold *hold,
    char *path)
{
	tdelete(hold, &holds->by_name, compare_names);
	free(hold->path);
	hold->path = path;
	put_by_name(holds, hold);
}

void
event_holds_put_off(struct event_holds *holds, struct event_hold *hold,
    int64_t until)
{
	list_drop(due_list(holds, hold), HOLDS_DUE, hold);
	hold->is_late = true;
	hold->until = until;
	put_by_due(holds, hold);
}
