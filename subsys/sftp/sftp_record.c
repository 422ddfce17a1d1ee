/* Builds the lines; which fields a request has, its row's layout says. */
#include "subsys/sftp/sftp_record.h"

#include <string.h>

#include "record/record.h"
#include "subsys/sftp/request_table.h"
#include "subsys/sftp/state.h"

/* The words of OpenSSH's server, which log scrapers know. */
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

void
sftp_record_opened(struct sftp *sftp, const struct handle *handle)
{
	struct record_line line;

	record_begin(&line, sftp->job->record, "open");
	job_record_path(&line, "path", handle->path);
	record_flags(&line, handle->flags);
	record_word(&line, "result", "ok");
	record_end(&line);
}

void
sftp_record_closed(struct sftp *sftp, const struct handle *handle,
    const unsigned char *digest, const char *result)
{
	struct record_line line;

	record_begin(&line, sftp->job->record, "close");
	job_record_path(&line, "path", handle->path);
	if (handle->flags & (OPEN_WRITE | OPEN_CREAT | OPEN_TRUNC))
		record_flags(&line, handle->flags);
	record_number(&line, "read", handle->read);
	record_number(&line, "written", handle->written);
	job_record_digest(&line, sftp->job, digest);
	record_word(&line, "result", result);
	record_end(&line);
}

void
sftp_record_copied(struct sftp *sftp, const char *path, const char *to_path,
    const char *result)
{
	struct record_line line;

	record_begin(&line, sftp->job->record, "copy");
	job_record_path(&line, "path", path);
	job_record_path(&line, "to", to_path);
	record_word(&line, "result", result);
	record_end(&line);
}

static void
record_request(struct sftp *sftp, const char *event, const char *layout,
    const struct fields *fields, enum status status)
{
	const struct handle *handle;
	struct record_line line;
	int paths = 0;

	record_begin(&line, sftp->job->record, event);
	for (; *layout != '\0'; layout++) {
		if (*layout == LAYOUT_PATH) {
			job_record_path(&line, paths == 0 ? "path" : "to",
			    fields->paths[paths].bytes);
			paths++;
		}
		if (*layout == LAYOUT_TEXT)
			record_bytes(&line, "text", fields->strings[0].at,
			    fields->strings[0].len);
		if (*layout == LAYOUT_ATTRS)
			record_attrs(&line, &fields->attrs);
		if (*layout != LAYOUT_HANDLE)
			continue;
		handle = handles_find(&sftp->handles, &fields->handles[0]);
		if (handle != NULL)
			job_record_path(&line, "path", handle->path);
	}
	record_word(&line, "result", status_word(status));
	record_end(&line);
}

void
sftp_record_request(struct sftp *sftp, const struct request_row *row,
    const struct fields *fields, enum status status)
{
	record_request(sftp, row->event, row->layout, fields, status);
}

/* OPEN writes its own lines; only a refused one gets its line here. */
static const char *
event_of_refused(const struct request_row *row)
{
	return row->type == PACKET_OPEN ? "open" : row->event;
}

void
sftp_record_refused(struct sftp *sftp, const struct request_row *row,
    const struct fields *fields)
{
	const char *event = event_of_refused(row);

	if (event != NULL)
		record_request(sftp, event, row->layout, fields,
		    STATUS_PERMISSION_DENIED);
}
