/* Members as filesonlyctl(8) has them. */
#include "ctl/event_print.h"

#include <string.h>

#include "base/num.h"
#include "ctl/json.h"

void
event_print(FILE *out, const struct event *event, const char *cursor,
    const char *opened)
{
	struct json json;
	int64_t uid;

	json_begin_on(&json, out);
	json_text(&json, "id", event->id);
	json_text(&json, "type", event->type);
	json_number(&json, "time", (uint64_t)event->time);
	json_text(&json, "account", event->account);
	json_text(&json, "session", event->session);
	if (num_parse(event->uid, 0, UINT32_MAX, &uid))
		json_number(&json, "uid", (uint64_t)uid);
	if (event->path != NULL)
		json_text(&json, "path", event->path);
	if (event->to != NULL)
		json_text(&json, "to", event->to);
	if (strcmp(event->type, "arrived") == 0 ||
	    strcmp(event->type, "partial") == 0)
		json_number(&json, "bytes", event->bytes);
	if (strcmp(event->type, "ended") == 0)
		json_number(&json, "status", event->status);
	if (event->reason != NULL)
		json_text(&json, "reason", event->reason);
	if (opened != NULL)
		json_flag(&json, "opened", strcmp(opened, "yes") == 0);
	if (cursor[0] != '\0')
		json_text(&json, "cursor", cursor);
	json_end(&json);
}
