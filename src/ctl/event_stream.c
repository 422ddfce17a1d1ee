/*
 * A held upload is told when its session ends, when five seconds have gone by
 * without its being opened again, or with its new name when it is renamed; not
 * at all when it is removed. What rsync names at its end (then=name) waits for
 * that.
 */
#include "ctl/event_stream.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/xalloc.h"

enum {
	HOLD_SECONDS = 5,
	HOLD_MOST = 24 * 60 * 60, /* for an end that never comes */
};

/* The entry's own: another one differs in its time, session or names. */
static void
make_id(const struct audit_entry *entry, char id[EVENT_ID_BYTES])
{
	uint64_t digest = UINT64_C(0xcbf29ce484222325);

	for (size_t i = 0; i < entry->count; i++) {
		const char *value = entry->fields[i].value;

		for (const char *at = value;; at++) {
			digest = (digest ^ (unsigned char)*at) *
				 UINT64_C(0x100000001b3);
			if (*at == '\0')
				break;
		}
	}
	snprintf(id, EVENT_ID_BYTES, "%.20s-%016" PRIx64, entry->session,
	    digest);
}

static bool
tell(struct event_stream *stream, const struct event *event)
{
	stream->stopped =
	    stream->stopped || !stream->visit(stream->context, event);
	return !stream->stopped;
}

/* What every event has of its entry. */
static struct event
event_of_entry(const struct audit_entry *entry, const char *type)
{
	struct event event = { .type = type,
		.time = entry->time,
		.account = entry->user,
		.session = entry->session,
		.uid = entry->uid,
		.path = audit_value(entry, "path") };

	make_id(entry, event.id);
	return event;
}

static bool
tell_hold(struct event_stream *stream, struct event_hold *hold,
    const char *type)
{
	struct event event = { .type = type,
		.time = hold->time,
		.account = hold->account,
		.session = hold->session,
		.uid = hold->uid,
		.path = hold->path,
		.bytes = hold->bytes };

	memcpy(event.id, hold->id, sizeof(event.id));
	if (!tell(stream, &event))
		return false;
	event_holds_drop(&stream->holds, hold);
	return true;
}

static void
add_hold(struct event_stream *stream, const struct audit_entry *entry,
    const char *place, bool to_the_end)
{
	struct event_hold hold = { .time = entry->time,
		.until = entry->time + (to_the_end ? HOLD_MOST : HOLD_SECONDS),
		.place = xstrdup(place),
		.account = xstrdup(entry->user),
		.session = xstrdup(entry->session),
		.uid = xstrdup(entry->uid),
		.path = xstrdup(audit_value(entry, "path")),
		.bytes = audit_number(entry, "written"),
		.to_the_end = to_the_end };

	make_id(entry, hold.id);
	event_holds_add(&stream->holds, &hold, to_the_end);
}

static struct event_hold *
find_hold(const struct event_stream *stream, const struct audit_entry *entry,
    const char *path)
{
	return path == NULL ? NULL
			    : event_holds_find(&stream->holds, entry->session,
				  entry->uid, path);
}

static bool
value_is(const struct audit_entry *entry, const char *key, const char *text)
{
	const char *value = audit_value(entry, key);

	return value != NULL && strcmp(value, text) == 0;
}

static bool
was_written(const struct audit_entry *entry)
{
	const char *flags = audit_value(entry, "flags");

	return audit_number(entry, "written") > 0 ||
	       value_is(entry, "new", "yes") ||
	       (flags != NULL && strstr(flags, "WRITE") != NULL);
}

/* What rsync has discarded, or asks for again, has changed no file for good. */
static bool
left_nothing(const struct audit_entry *entry)
{
	return value_is(entry, "result", "discarded") ||
	       value_is(entry, "then", "again");
}

static bool
take_close(struct event_stream *stream, const struct audit_entry *entry,
    const char *place)
{
	struct event_hold *hold =
	    find_hold(stream, entry, audit_value(entry, "path"));
	struct event event = event_of_entry(entry, "partial");

	if (!was_written(entry) || event.path == NULL || left_nothing(entry))
		return true;
	/* It was written again: that is the file then. */
	if (hold != NULL)
		event_holds_drop(&stream->holds, hold);
	event.bytes = audit_number(entry, "written");
	if (!value_is(entry, "result", "ok"))
		return tell(stream, &event);
	event.type = "arrived";
	if (value_is(entry, "src", "rsync") && !value_is(entry, "then", "name"))
		return tell(stream, &event);
	add_hold(stream, entry, place, value_is(entry, "then", "name"));
	return true;
}

/* Gives a hold the name "to" and what stands behind the first len bytes. */
static void
rename_hold(struct event_stream *stream, struct event_hold *hold, size_t len,
    const char *to)
{
	size_t size = strlen(to) + strlen(hold->path + len) + 1;
	char *path = xcalloc(1, size);

	snprintf(path, size, "%s%s", to, hold->path + len);
	event_holds_rename(&stream->holds, hold, path);
}

/* Who moves a directory moves what is in it. */
static void
rename_below(struct event_stream *stream, const struct audit_entry *entry,
    const char *from, const char *to)
{
	size_t len = strlen(from);

	for (struct event_hold *hold =
		 event_holds_of(&stream->holds, entry->session, entry->uid);
	     hold != NULL; hold = event_holds_behind(hold)) {
		if (strncmp(hold->path, from, len) == 0 &&
		    hold->path[len] == '/')
			rename_hold(stream, hold, len, to);
	}
}

static bool
take_rename(struct event_stream *stream, const struct audit_entry *entry)
{
	struct event event = event_of_entry(entry, "renamed");
	struct event_hold *hold = find_hold(stream, entry, event.path);
	struct event_hold *replaced;

	event.to = audit_value(entry, "to");
	replaced = find_hold(stream, entry, event.to);
	if (event.path == NULL || event.to == NULL)
		return true;
	/* What had the name is gone. */
	if (replaced != NULL && replaced != hold)
		event_holds_drop(&stream->holds, replaced);
	if (hold != NULL)
		rename_hold(stream, hold, strlen(event.path), event.to);
	else
		rename_below(stream, entry, event.path, event.to);
	return tell(stream, &event);
}

static bool
take_remove(struct event_stream *stream, const struct audit_entry *entry)
{
	struct event event = event_of_entry(entry, "removed");
	struct event_hold *hold = find_hold(stream, entry, event.path);

	if (hold != NULL)
		event_holds_drop(&stream->holds, hold);
	return event.path == NULL || tell(stream, &event);
}

/* Tells the uploads that waited: rsync names them only if it ended well. */
static bool
take_end(struct event_stream *stream, const struct audit_entry *entry)
{
	struct event event = event_of_entry(entry, "ended");
	struct event_hold *hold;

	event.status = audit_number(entry, "status");
	event.reason = audit_value(entry, "reason");
	while ((hold = event_holds_of(&stream->holds, entry->session,
		    entry->uid)) != NULL) {
		bool is_cut = hold->to_the_end && event.status != 0;

		if (!tell_hold(stream, hold, is_cut ? "partial" : "arrived"))
			return false;
	}
	return tell(stream, &event);
}

static bool
take_known(struct event_stream *stream, const struct audit_entry *entry,
    const char *place)
{
	bool done = value_is(entry, "result", "ok");
	struct event_hold *hold;

	if (strcmp(entry->event, "close") == 0)
		return take_close(stream, entry, place);
	if (strcmp(entry->event, "end") == 0)
		return take_end(stream, entry);
	if (!done)
		return true;
	if (strcmp(entry->event, "rename") == 0)
		return take_rename(stream, entry);
	if (strcmp(entry->event, "remove") == 0 ||
	    strcmp(entry->event, "rmdir") == 0)
		return take_remove(stream, entry);
	if (strcmp(entry->event, "open") != 0)
		return true;
	/* Opened again to be written: its close comes anew. */
	hold = find_hold(stream, entry, audit_value(entry, "path"));
	if (hold != NULL)
		event_holds_put_off(&stream->holds, hold,
		    hold->time + HOLD_MOST);
	return true;
}

bool
event_stream_take(struct event_stream *stream, const struct audit_entry *entry,
    const char *place)
{
	return event_stream_tick(stream, entry->time) &&
	       take_known(stream, entry, place) && !stream->stopped;
}

bool
event_stream_tick(struct event_stream *stream, int64_t now)
{
	struct event_hold *hold;

	if (now > stream->now)
		stream->now = now;
	while (!stream->stopped &&
	       (hold = event_holds_due(&stream->holds, stream->now)) != NULL)
		(void)!tell_hold(stream, hold,
		    hold->to_the_end ? "partial" : "arrived");
	return !stream->stopped;
}

const char *
event_stream_held(const struct event_stream *stream)
{
	const struct event_hold *first = stream->holds.all.first;

	return first == NULL ? NULL : first->place;
}

void
event_stream_free(struct event_stream *stream)
{
	event_holds_free(&stream->holds);
}
