/* The same words as for SFTP: who reads the record need not know which. */
#include "subsys/scp/scp_record.h"

#include <stddef.h>
#include <time.h>

#include "record/record.h"
#include "subsys/job.h"
#include "subsys/scp/place.h"
#include "subsys/scp/reason.h"

/* As SFTP has it of a file that is opened so. */
static const char scp_written[] = "WRITE,CREATE,TRUNCATE";

static void
begin_line(struct record_line *line, const struct job *job, const char *event,
    const struct place *place)
{
	record_begin(line, job->record, event);
	job_record_path(line, "path", place->path.bytes);
}

static void
add_mode(struct record_line *line, mode_t mode)
{
	char room[16];
	struct buf text;

	buf_init(&text, room, sizeof(room));
	buf_addf(&text, "0%o", mode & 07777);
	record_word(line, "mode", buf_text(&text));
}

static void
end_line(struct record_line *line, const char *result)
{
	record_word(line, "result", result);
	record_end(line);
}

void
scp_record_opened(const struct job *job, const struct place *place, int error)
{
	struct record_line line;

	begin_line(&line, job, "open", place);
	record_word(&line, "flags", scp_written);
	end_line(&line, job_result_word(error));
}

void
scp_record_received(const struct job *job, const struct place *place,
    uint64_t written, const unsigned char *digest, const char *result)
{
	struct record_line line;

	begin_line(&line, job, "close", place);
	record_word(&line, "flags", scp_written);
	record_number(&line, "read", 0);
	record_number(&line, "written", written);
	job_record_digest(&line, job, digest);
	end_line(&line, result);
}

void
scp_record_sent(const struct job *job, const struct place *place, uint64_t read,
    const char *result)
{
	struct record_line line;

	begin_line(&line, job, "close", place);
	record_number(&line, "read", read);
	record_number(&line, "written", 0);
	end_line(&line, result);
}

void
scp_record_made(const struct job *job, const struct place *place, mode_t mode,
    int error)
{
	struct record_line line;

	begin_line(&line, job, "mkdir", place);
	add_mode(&line, mode);
	end_line(&line, job_result_word(error));
}

void
scp_record_set(const struct job *job, const struct place *place,
    const mode_t *mode, const struct timespec *mtime, int error)
{
	struct record_line line;

	begin_line(&line, job, "setstat", place);
	if (mode != NULL)
		add_mode(&line, *mode);
	if (mtime != NULL)
		record_number(&line, "mtime", (uint64_t)mtime->tv_sec);
	end_line(&line, job_result_word(error));
}
