/* One pass; a session is found by its id in a hash of open addresses. */
#include "ctl/audit_sessions.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/xalloc.h"
#include "ctl/say.h"

enum { FIRST_SLOTS = 1024 };

static size_t
hash_of(const char *id)
{
	size_t hash = 5381;

	for (; *id != '\0'; id++)
		hash = hash * 33 + (unsigned char)*id;
	return hash;
}

static size_t *
slot_of(const struct audit_sessions *sessions, const char *id)
{
	size_t i = hash_of(id) & (sessions->slots - 1);

	while (sessions->index[i] != 0 &&
	       strcmp(sessions->at[sessions->index[i] - 1].id, id) != 0)
		i = (i + 1) & (sessions->slots - 1);
	return &sessions->index[i];
}

/* Keeps half of the slots empty. */
static void
make_room(struct audit_sessions *sessions)
{
	if (sessions->count == sessions->room) {
		sessions->room =
		    sessions->room == 0 ? FIRST_SLOTS : 2 * sessions->room;
		sessions->at = xrealloc(sessions->at, sessions->room,
		    sizeof(*sessions->at));
	}
	if (2 * sessions->count < sessions->slots)
		return;
	free(sessions->index);
	sessions->slots =
	    2 * (sessions->slots == 0 ? (size_t)FIRST_SLOTS : sessions->slots);
	sessions->index = xcalloc(sessions->slots, sizeof(*sessions->index));
	for (size_t i = 0; i < sessions->count; i++)
		*slot_of(sessions, sessions->at[i].id) = i + 1;
}

static struct audit_session *
find_session(struct audit_sessions *sessions, const struct audit_entry *entry)
{
	struct audit_session *session;
	size_t *slot;

	make_room(sessions);
	slot = slot_of(sessions, entry->session);
	if (*slot != 0)
		return &sessions->at[*slot - 1];
	session = &sessions->at[sessions->count++];
	*slot = sessions->count;
	*session = (struct audit_session){ .user = xstrdup(entry->user),
		.uid = xstrdup(entry->uid),
		.began = entry->time };
	memcpy(session->id, entry->session, strlen(entry->session) + 1);
	return session;
}

static void
keep_text(char **text, const struct audit_entry *entry, const char *key)
{
	const char *value = audit_value(entry, key);

	if (value != NULL && *text == NULL)
		*text = xstrdup(value);
}

static bool
value_is(const struct audit_entry *entry, const char *key, const char *text)
{
	const char *value = audit_value(entry, key);

	return value != NULL && strcmp(value, text) == 0;
}

static void
take_close(struct audit_session *session, const struct audit_entry *entry)
{
	uint64_t written = audit_number(entry, "written");
	uint64_t read = audit_number(entry, "read");

	session->written += written;
	session->read += read;
	session->files_in += written > 0 || value_is(entry, "new", "yes");
	session->files_out += read > 0;
	if (written > 0 || value_is(entry, "new", "yes"))
		session->written_last = entry->time;
}

void
audit_sessions_take(void *context, const struct audit_entry *entry)
{
	struct audit_session *session;
	bool done = audit_value(entry, "result") == NULL ||
		    value_is(entry, "result", "ok");

	if (strlen(entry->session) >= sizeof(session->id))
		return;
	session = find_session(context, entry);
	if (strcmp(session->uid, entry->uid) != 0)
		return;
	session->last = entry->time;
	keep_text(&session->service, entry, "service");
	keep_text(&session->address, entry, "address");
	if (strcmp(entry->event, "decide") == 0) {
		if (value_is(entry, "result", "refused"))
			keep_text(&session->refused, entry, "rule");
	} else if (strcmp(entry->event, "misconfigured") == 0) {
		if (session->refused == NULL)
			session->refused = xstrdup(entry->event);
	} else if (strcmp(entry->event, "end") == 0) {
		session->has_end = true;
		session->status = audit_number(entry, "status");
		session->seconds = audit_number(entry, "seconds");
		keep_text(&session->reason, entry, "reason");
	} else if (!done) {
		session->failed++;
	} else if (strcmp(entry->event, "close") == 0) {
		take_close(session, entry);
	} else if (strcmp(entry->event, "remove") == 0 ||
		   strcmp(entry->event, "rmdir") == 0) {
		session->removed++;
	}
}

void
audit_sessions_free(struct audit_sessions *sessions)
{
	for (size_t i = 0; i < sessions->count; i++) {
		free(sessions->at[i].uid);
		free(sessions->at[i].user);
		free(sessions->at[i].service);
		free(sessions->at[i].address);
		free(sessions->at[i].reason);
		free(sessions->at[i].refused);
	}
	free(sessions->at);
	free(sessions->index);
	*sessions = (struct audit_sessions){ .count = 0 };
}

static int
read_fails(const char *path)
{
	(void)say_unreadable(path);
	return -1;
}

int
audit_sessions_read(struct audit_sessions *sessions, char *const *paths,
    int count)
{
	const char *path;

	if (count == 0 &&
	    audit_log_read_system(audit_sessions_take, sessions, &path) != 0)
		return read_fails(path);
	for (int i = 0; i < count; i++) {
		if (audit_log_read(paths[i], audit_sessions_take, sessions) !=
		    0)
			return read_fails(paths[i]);
	}
	return 0;
}
