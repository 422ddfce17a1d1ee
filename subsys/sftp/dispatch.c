/*
 * One packet at a time: which row it is, its fields, whether it may be, who
 * does it, what is told and recorded. Trusts nothing of the packet.
 */
#include "subsys/sftp/dispatch.h"

#include <errno.h>
#include <string.h>

#include "policy/policy.h"
#include "record/record.h"
#include "root/private_names.h"
#include "session/session.h"
#include "subsys/sftp/ops.h"
#include "subsys/sftp/requests.h"
#include "subsys/sftp/uploads.h"

int
answer(struct sftp *sftp, enum status status)
{
	out_status(&sftp->out, sftp->id, status, 0, NULL);
	return REPLIED;
}

enum answer
answer_for(const struct sftp *sftp, unsigned acts)
{
	return policy_answer(sftp->job->policy, acts);
}

/* By sftp-server's -p or -P, whatever the mode. */
static bool
is_closed(const struct sftp *sftp, const struct request_row *row)
{
	return sftp->closed >> (row - request_rows) & 1;
}

/*
 * May this request be served? "Own" is no full yes: sftp->only tells whoever
 * pins the object what it must be.
 */
static bool
permit(struct sftp *sftp, const struct request_row *row)
{
	unsigned acts = row->needs;
	enum answer answer;

	if (is_closed(sftp, row))
		return false;
	if (row->needs_of != NULL)
		acts |= row->needs_of(sftp, &sftp->fields);
	if ((acts & ~(unsigned)(ACT_READ | ACT_LIST | ACT_STAT)) != 0 &&
	    sftp->job->policy->audit_loss == AUDIT_REFUSE &&
	    !record_is_well(sftp->job->record))
		return false;
	answer = answer_for(sftp, acts);
	sftp->only = answer == ANSWER_OWN ? &sftp->own : NULL;
	return answer != ANSWER_NO;
}

bool
may_have_size(struct sftp *sftp, uint64_t size)
{
	uint64_t max = sftp->job->policy->max_file_size;
	struct record_line line;

	if (max == 0 || size <= max)
		return true;
	if (!sftp->told_size) {
		record_begin(&line, sftp->job->record, "limit");
		record_word(&line, "limit", "max-file-size");
		record_number(&line, "bytes", max);
		record_end(&line);
	}
	sftp->told_size = true;
	errno = EFBIG;
	return false;
}

/* "/" and what the client named, as the root's client sees it. */
static void
record_path(struct record_line *line, const char *key,
    const struct relpath *path)
{
	not_zeroed char text[PATH_MAX + 1];
	size_t len = path->len;

	if (strcmp(path->bytes, ".") == 0)
		len = 0;
	text[0] = '/';
	memcpy(text + 1, path->bytes, len);
	record_bytes(line, key, text, len + 1);
}

/* As OpenSSH's server logs them, which log scrapers know. */
static void
record_flags(struct record_line *line, unsigned flags)
{
	static const struct {
		unsigned flag;
		const char *word;
	} words[] = { { OPEN_READ, "READ" }, { OPEN_WRITE, "WRITE" },
		{ OPEN_APPEND, "APPEND" }, { OPEN_CREAT, "CREATE" },
		{ OPEN_TRUNC, "TRUNCATE" }, { OPEN_EXCL, "EXCL" } };
	char room[64];
	struct buf text;

	buf_init(&text, room, sizeof(room));
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		if ((flags & words[i].flag) == 0)
			continue;
		if (text.len > 0)
			buf_add_text(&text, ",");
		buf_add_text(&text, words[i].word);
	}
	record_word(line, "flags", buf_text(&text));
}

void
sftp_record_handle(struct sftp *sftp, const char *event,
    const struct handle *handle, const char *result)
{
	struct record_line line;

	record_begin(&line, sftp->job->record, event);
	record_bytes(&line, "path", handle->path, strlen(handle->path));
	if (strcmp(event, "open") == 0) {
		record_flags(&line, handle->flags);
	} else {
		record_number(&line, "read", handle->read);
		record_number(&line, "written", handle->written);
	}
	record_word(&line, "result", result);
	record_end(&line);
}

static void
record_attrs(struct record_line *line, const struct attrs *attrs)
{
	if (attrs->flags & ATTR_SIZE)
		record_number(line, "size", attrs->size);
	if (attrs->flags & ATTR_PERMISSIONS) {
		char room[16];
		struct buf mode;

		buf_init(&mode, room, sizeof(room));
		buf_addf(&mode, "0%o", attrs->permissions & 07777);
		record_word(line, "mode", buf_text(&mode));
	}
	if (attrs->flags & ATTR_ACMODTIME)
		record_number(line, "mtime", attrs->mtime);
	if (attrs->flags & ATTR_UIDGID) {
		record_number(line, "uid", attrs->uid);
		record_number(line, "gid", attrs->gid);
	}
}

/* What a request that changes names or attributes did, or failed to do. */
static void
record(struct sftp *sftp, const struct request_row *row, enum status status)
{
	const struct fields *fields = &sftp->fields;
	int paths = 0, strings = 0;
	struct record_line line;

	record_begin(&line, sftp->job->record, row->event);
	for (const char *at = row->layout; *at != '\0'; at++) {
		const struct handle *handle;

		if (*at == LAYOUT_PATH)
			record_path(&line, paths == 0 ? "path" : "to",
			    &fields->paths[paths]);
		paths += *at == LAYOUT_PATH;
		if (*at == LAYOUT_TEXT)
			record_bytes(&line, "text", fields->strings[strings].at,
			    fields->strings[strings].len);
		if (*at == LAYOUT_ATTRS)
			record_attrs(&line, &fields->attrs);
		if (*at != LAYOUT_HANDLE)
			continue;
		handle = handles_find(&sftp->handles, fields->handles[0].at,
		    fields->handles[0].len);
		if (handle != NULL)
			record_bytes(&line, "path", handle->path,
			    strlen(handle->path));
	}
	record_word(&line, "result", status_word(status));
	record_end(&line);
}

/* An upload that the policy refuses leaves a line, too. */
static const char *
event_of_refused(const struct request_row *row)
{
	return row->type == PACKET_OPEN ? "open" : row->event;
}

static void
finish(struct sftp *sftp, const struct request_row *row, int result, int error)
{
	enum status status = STATUS_OK;

	if (result == FAILED)
		status = status_of(error);
	if (result != REPLIED)
		out_status(&sftp->out, sftp->id, status, error, NULL);
	if (row->event != NULL)
		record(sftp, row, status);
}

static void
refuse(struct sftp *sftp, const struct request_row *row)
{
	struct request_row refused = *row;

	refused.event = event_of_refused(row);
	answer(sftp, STATUS_PERMISSION_DENIED);
	if (refused.event != NULL)
		record(sftp, &refused, STATUS_PERMISSION_DENIED);
}

/*
 * An empty path is "." for REALPATH alone, else it names nothing; our own
 * names in the root's directories are nobody's.
 */
static bool
names_nothing(const struct request_row *row, const struct fields *fields)
{
	bool may_be_empty = row->type == PACKET_REALPATH;
	int path = 0;

	for (const char *at = row->layout; *at != '\0'; at++) {
		if (*at != LAYOUT_PATH)
			continue;
		if ((fields->empty[path] && !may_be_empty) ||
		    private_in_path(fields->paths[path].bytes))
			return true;
		path++;
	}
	return false;
}

static void
serve_row(struct sftp *sftp, const struct request_row *row,
    const unsigned char *body, size_t len)
{
	struct fields *fields = &sftp->fields;
	int result;

	if (!decode(fields, row->layout, body, len, &sftp->start)) {
		answer(sftp, STATUS_BAD_MESSAGE);
		return;
	}
	if (!permit(sftp, row)) {
		refuse(sftp, row);
		return;
	}
	errno = ENOENT;
	result = names_nothing(row, fields) ? FAILED : row->run(sftp, fields);
	finish(sftp, row, result, errno);
	if (row->event != NULL)
		root_cache_drop(&sftp->cache);
}

/* The row of a type, or of an extension's name (type PACKET_EXTENDED). */
static const struct request_row *
find_row(unsigned type, const struct slice *name)
{
	for (const struct request_row *row = request_rows; row->name != NULL;
	     row++) {
		if (row->type != type)
			continue;
		if (type != PACKET_EXTENDED ||
		    (strlen(row->name) == name->len &&
			memcmp(row->name, name->at, name->len) == 0))
			return row;
	}
	return NULL;
}

/* What policy denies for good is not told either. */
static void
greet(struct sftp *sftp, struct slice in)
{
	uint32_t offered;
	struct buf packet =
	    out_begin(&sftp->out, PACKET_VERSION, PROTOCOL_VERSION, 2048);

	for (const struct request_row *row = request_rows; row->name != NULL;
	     row++) {
		char room[128];
		struct buf version;

		if (row->type != PACKET_EXTENDED || row->version == NULL ||
		    is_closed(sftp, row) ||
		    answer_for(sftp, row->needs) == ANSWER_NO)
			continue;
		buf_init(&version, room, sizeof(room));
		if (row->run == op_vendor_id)
			info_vendor(&version);
		else
			buf_add_text(&version, row->version);
		buf_add_string(&packet, row->name, strlen(row->name));
		buf_add_string(&packet, version.bytes, version.len);
	}
	out_end(&sftp->out, &packet);
	sftp->out.wordless =
	    decode_u32(&in, &offered) && offered < PROTOCOL_VERSION;
	sftp->greeted = true;
}

bool
dispatch_serve(struct sftp *sftp, const unsigned char *packet, size_t len)
{
	struct slice in = { packet + 1, len - 1 }, name = { NULL, 0 };
	unsigned type = packet[0];
	const struct request_row *row;

	if (type == PACKET_INIT) {
		greet(sftp, in);
		return true;
	}
	if (!sftp->greeted || !decode_u32(&in, &sftp->id))
		return false;
	if (type == PACKET_EXTENDED && !decode_string(&in, &name)) {
		answer(sftp, STATUS_BAD_MESSAGE);
		return true;
	}
	row = find_row(type, &name);
	if (row == NULL)
		answer(sftp, STATUS_OP_UNSUPPORTED);
	else
		serve_row(sftp, row, in.at, in.len);
	return true;
}

void
dispatch_open(struct sftp *sftp, struct job *job)
{
	*sftp = (struct sftp){ .job = job };
	pace_init(&sftp->pace, job->policy, &job->session->started_steady);
	own_init(&sftp->own, job->session, job->policy->own_window);
	/* The gate has seen that it is there. */
	if (relpath_parse(&sftp->start, job->policy->start_dir,
		strlen(job->policy->start_dir), NULL) != 0)
		abort();
	sftp->closed = requests_closed(job->policy->only_requests,
	    job->policy->no_requests);
	handles_init(&sftp->handles);
	owners_open(&sftp->owners, job->session, job->policy->names);
	root_cache_init(&sftp->cache, job->root);
	out_init(&sftp->out);
}

void
dispatch_close(struct sftp *sftp)
{
	for (uint32_t i = 0; i < sftp->handles.count; i++) {
		if (sftp->handles.at[i].kind == HANDLE_FILE)
			sftp_record_handle(sftp, "close", &sftp->handles.at[i],
			    sftp->handles.at[i].upload == NULL ? "ok" : "cut");
	}
	handles_free(&sftp->handles);
	background_end_all(&sftp->background);
	uploads_drop_all(sftp);
	root_cache_drop(&sftp->cache);
	owners_close(&sftp->owners);
	out_free(&sftp->out);
}
