/* Each refusal leaves by one door, so that client and record hear the same. */
#include "gate/told.h"

#include <errno.h>
#include <limits.h>
#include <string.h>
#include <unistd.h>

#include "base/io.h"
#include "decide/exact.h"
#include "decide/rrsync.h"
#include "policy/restrictions.h"
#include "record/record.h"
#include "request/request.h"
#include "session/session.h"

/*
 * Ends the line and says it on stderr, which a program may have filled. It is
 * kept for a client that hears nothing of stderr (told_in_protocol).
 */
static void
told_say(const struct job *job, struct buf *line)
{
	if (job->told != NULL)
		buf_add(job->told, line->bytes, line->len);
	buf_add_text(line, "\n");
	io_say(STDERR_FILENO, line->bytes, line->len);
}

/* The value of "exact" that would allow the request, ready to paste. */
static void
told_exact(struct record_line *line, const struct request *request)
{
	char room[4096];
	struct buf text;

	buf_init(&text, room, sizeof(room));
	exact_write(request, &text);
	if (!text.full)
		record_bytes(line, "exact", text.bytes, text.len);
}

void
told_decision(const struct job *job, const struct subsys *subsys,
    const struct verdict *verdict)
{
	const struct request *request = job->request;
	struct record_line line;

	record_begin(&line, job->record, "decide");
	record_word(&line, "result",
	    verdict->refusal == REFUSE_NOTHING ? "allowed" : "refused");
	record_word(&line, "rule", refusal_word(verdict->refusal));
	if (subsys != NULL)
		record_word(&line, "service", subsys->name);
	if (verdict->because != NULL)
		record_bytes(&line, "because", verdict->because,
		    strlen(verdict->because));
	if (verdict->refusal == REFUSE_EXACT)
		told_exact(&line, request);
	record_bytes(&line, "request", request->raw, request->raw_len);
	/* What is allowed starts, or says why it can't, before it reads. */
	if (verdict->refusal == REFUSE_NOTHING)
		record_end_with_next(&line);
	else
		record_end(&line);
}

int
told_refusal(const struct job *job, const struct verdict *verdict)
{
	const char *rrsync = job->restrictions->rrsync;
	char room[1024];
	struct buf line;

	buf_init(&line, room, sizeof(room) - 1);
	if (rrsync != NULL) {
		rrsync_describe(rrsync, verdict, &line);
	} else {
		buf_add_text(&line, "filesonly: ");
		refusal_describe(verdict, &line);
	}
	if (verdict->refusal == REFUSE_CONFINEMENT &&
	    !job->session->connected && job->report.lack[0] != '\0')
		buf_addf(&line, ": %s", job->report.lack);
	told_say(job, &line);
	return refusal_status(verdict->refusal);
}

void
told_misconfigured(struct record *record, const char *why)
{
	struct record_line line;

	record_begin(&line, record, "misconfigured");
	record_bytes(&line, "because", why, strlen(why));
	record_end(&line);
}

int
told_reason(const struct job *job, enum refusal refusal, const char *why)
{
	not_zeroed char room[PATH_MAX + 1024];
	struct verdict verdict;
	struct buf line;

	if (job->record != NULL)
		told_misconfigured(job->record, why);
	buf_init(&line, room, sizeof(room) - 1);
	buf_add_text(&line, "filesonly: ");
	verdict_set(&verdict, refusal, NULL, NULL, 0);
	if (job->session->connected)
		refusal_describe(&verdict, &line);
	else
		buf_add_text(&line, why);
	told_say(job, &line);
	return refusal_status(refusal);
}

int
told_no_record(const struct job *job, const char *audit)
{
	int error = errno;
	char room[1024];
	struct buf line;

	buf_init(&line, room, sizeof(room) - 1);
	buf_add_text(&line, "filesonly: this account is misconfigured; the log "
			    "can't be opened");
	if (!job->session->connected)
		buf_addf(&line, ": audit %s: %s", audit, strerror(error));
	told_say(job, &line);
	return refusal_status(REFUSE_MISCONFIGURED);
}

void
told_in_protocol(const struct job *job)
{
	const struct subsys *claimant = subsys_claiming(job->request);

	record_close(job->record);
	if (job->told->len > 0 && claimant != NULL &&
	    claimant->refuse != NULL && !isatty(job->in))
		claimant->refuse(job, buf_text(job->told));
}
