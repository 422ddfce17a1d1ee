/*
 * A held upload is told when its session ends, when five seconds have gone by
 * without its being opened again, or with its new name when it is renamed; not
 * at all when it is removed. What rsync names at its end (then=name) waits for
 * that.
 */
#include "ctl/event_stream.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/xalloc.h"

enum {
	HOLD_SECONDS = 5,
	HOLD_MOST = 24 * 60 * 60, /* for an end that never comes */
};

struct event_hold {
	char id[EVENT_ID_BYTES];
	int64_t time, until;
	char *place, *account, *session, *path; /* owned */
	uint64_t bytes;
	bool to_the_end; /* it gets its name at the session's end only */
	bool is_over;
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
		.path = audit_value(entry, "path") };

	make_id(entry, event.id);
	return event;
}

static void
hold_free(struct event_hold *hold)
{
	free(hold->place);
	free(hold->account);
	free(hold->session);
	free(hold->path);
}

/* Forgets those that are over, when they are the most of them. */
static void
drop_over(struct event_stream *stream)
{
	size_t kept = 0;

	if (2 * stream->over < stream->count)
		return;
	for (size_t i = 0; i < stream->count; i++) {
		if (stream->holds[i].is_over)
			hold_free(&stream->holds[i]);
		else
			stream->holds[kept++] = stream->holds[i];
	}
	stream->count = kept;
	stream->over = 0;
}

static void
end_hold(struct event_stream *stream, struct event_hold *hold)
{
	hold->is_over = true;
	stream->over++;
}

static bool
tell_hold(struct event_stream *stream, struct event_hold *hold,
    const char *type)
{
	struct event event = { .type = type,
		.time = hold->time,
		.account = hold->account,
		.session = hold->session,
		.path = hold->path,
		.bytes = hold->bytes };

	memcpy(event.id, hold->id, sizeof(event.id));
	if (!tell(stream, &event))
		return false;
	end_hold(stream, hold);
	return true;
}

static void
add_hold(struct event_stream *stream, const struct audit_entry *entry,
    const char *place, bool to_the_end)
{
	struct event_hold *hold;

	if (stream->count == stream->room) {
		stream->room = stream->room == 0 ? 64 : 2 * stream->room;
		stream->holds = xrealloc(stream->holds, stream->room,
		    sizeof(*stream->holds));
	}
	hold = &stream->holds[stream->count++];
	*hold = (struct event_hold){ .time = entry->time,
		.until = entry->time + (to_the_end ? HOLD_MOST : HOLD_SECONDS),
		.place = xstrdup(place),
		.account = xstrdup(entry->user),
		.session = xstrdup(entry->session),
		.path = xstrdup(audit_value(entry, "path")),
		.bytes = audit_number(entry, "written"),
		.to_the_end = to_the_end };
	make_id(entry, hold->id);
}

static struct event_hold *
find_hold(struct event_stream *stream, const struct audit_entry *entry,
    const char *path)
{
	for (size_t i = stream->count; path != NULL && i-- > 0;) {
		struct event_hold *hold = &stream->holds[i];

		if (!hold->is_over &&
		    strcmp(hold->session, entry->session) == 0 &&
		    strcmp(hold->path, path) == 0)
			return hold;
	}
	return NULL;
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

static bool
take_close(struct event_stream *stream, const struct audit_entry *entry,
    const char *place)
{
	struct event_hold *hold =
	    find_hold(stream, entry, audit_value(entry, "path"));
	struct event event = event_of_entry(entry, "partial");

	if (!was_written(entry) || event.path == NULL)
		return true;
	/* It was written again: that is the file then. */
	if (hold != NULL)
		end_hold(stream, hold);
	event.bytes = audit_number(entry, "written");
	if (!value_is(entry, "result", "ok"))
		return tell(stream, &event);
	event.type = "arrived";
	if (value_is(entry, "src", "rsync") && !value_is(entry, "then", "name"))
		return tell(stream, &event);
	add_hold(stream, entry, place, value_is(entry, "then", "name"));
	return true;
}

static void
rename_hold(struct event_hold *hold, const char *session, const char *from,
    const char *to)
{
	size_t len = strlen(from), size;
	char *path;

	if (strcmp(hold->session, session) != 0 ||
	    strncmp(hold->path, from, len) != 0 ||
	    (hold->path[len] != '\0' && hold->path[len] != '/'))
		return;
	size = strlen(to) + strlen(hold->path + len) + 1;
	path = xcalloc(1, size);
	snprintf(path, size, "%s%s", to, hold->path + len);
	free(hold->path);
	hold->path = path;
}

static bool
take_rename(struct event_stream *stream, const struct audit_entry *entry)
{
	struct event event = event_of_entry(entry, "renamed");
	const struct event_hold *hold = find_hold(stream, entry, event.path);
	struct event_hold *replaced;

	event.to = audit_value(entry, "to");
	replaced = find_hold(stream, entry, event.to);
	if (event.path == NULL || event.to == NULL)
		return true;
	/* What had the name is gone; who moves a directory moves what is in it.
	 */
	if (replaced != NULL && replaced != hold)
		end_hold(stream, replaced);
	for (size_t i = 0; i < stream->count; i++)
		rename_hold(&stream->holds[i], entry->session, event.path,
		    event.to);
	return tell(stream, &event);
}

static bool
take_remove(struct event_stream *stream, const struct audit_entry *entry)
{
	struct event event = event_of_entry(entry, "removed");
	struct event_hold *hold = find_hold(stream, entry, event.path);

	if (hold != NULL)
		end_hold(stream, hold);
	return event.path == NULL || tell(stream, &event);
}

/* Tells the uploads that waited: rsync names them only if it ended well. */
static bool
take_end(struct event_stream *stream, const struct audit_entry *entry)
{
	struct event event = event_of_entry(entry, "ended");

	event.status = audit_number(entry, "status");
	event.reason = audit_value(entry, "reason");
	for (size_t i = 0; i < stream->count; i++) {
		struct event_hold *hold = &stream->holds[i];
		bool is_cut = hold->to_the_end && event.status != 0;

		if (!hold->is_over &&
		    strcmp(hold->session, entry->session) == 0 &&
		    !tell_hold(stream, hold, is_cut ? "partial" : "arrived"))
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
		hold->until = hold->time + HOLD_MOST;
	return true;
}

bool
event_stream_take(struct event_stream *stream, const struct audit_entry *entry,
    const char *place)
{
	if (!event_stream_tick(stream, entry->time))
		return false;
	if (take_known(stream, entry, place))
		drop_over(stream);
	return !stream->stopped;
}

bool
event_stream_tick(struct event_stream *stream, int64_t now)
{
	bool any = false;

	if (now > stream->now)
		stream->now = now;
	for (size_t i = 0; i < stream->count && !stream->stopped; i++) {
		struct event_hold *hold = &stream->holds[i];

		if (hold->is_over || hold->until > stream->now)
			continue;
		any = true;
		tell_hold(stream, hold,
		    hold->to_the_end ? "partial" : "arrived");
	}
	if (any)
		drop_over(stream);
	return !stream->stopped;
}

const char *
event_stream_held(const struct event_stream *stream)
{
	for (size_t i = 0; i < stream->count; i++) {
		if (!stream->holds[i].is_over)
			return stream->holds[i].place;
	}
	return NULL;
}

void
event_stream_free(struct event_stream *stream)
{
	for (size_t i = 0; i < stream->count; i++)
		hold_free(&stream->holds[i]);
	free(stream->holds);
	stream->holds = NULL;
	stream->count = 0;
}
