/*
 * One session, straight down: complete the request, decide, say so in the
 * record, open the root, hand over to the subsystem. Each refusal leaves here
 * by one door, so that client and record hear the same.
 */
#include "gate/run.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/io.h"
#include "confine/means.h"
#include "decide/decide.h"
#include "decide/exact.h"
#include "decide/prepare.h"
#include "decide/rrsync.h"
#include "limits/file_size.h"
#include "limits/slots.h"
#include "record/record.h"
#include "root/root.h"
#include "session/session.h"

/*
 * Ends the line and says it on stderr. The client may have gone: no error. It
 * is kept for a client that hears nothing of stderr (run_tell).
 */
static void
run_say(const struct job *job, struct buf *line)
{
	if (job->told != NULL)
		buf_add(job->told, line->bytes, line->len);
	buf_add_text(line, "\n");
	if (io_write_all(STDERR_FILENO, line->bytes, line->len) != 0)
		return;
}

/* The value of "exact" that would allow the request, ready to paste. */
static void
run_record_exact(struct record_line *line, const struct request *request)
{
	char room[4096];
	struct buf text;

	buf_init(&text, room, sizeof(room));
	exact_write(request, &text);
	if (!text.full)
		record_bytes(line, "exact", text.bytes, text.len);
}

static void
run_record_decision(const struct job *job, const struct subsys *subsys,
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
		run_record_exact(&line, request);
	record_bytes(&line, "request", request->raw, request->raw_len);
	/* What is allowed starts, or says why it can't, before it reads. */
	if (verdict->refusal == REFUSE_NOTHING)
		record_end_with_next(&line);
	else
		record_end(&line);
}

/*
 * Tells the client what was refused. What the kernel lacks is told to a person
 * at a terminal only: a client of a server is a stranger.
 */
static int
run_refuse(const struct job *job, const struct verdict *verdict)
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
	run_say(job, &line);
	return refusal_status(verdict->refusal);
}

static void
run_record_misconfigured(struct record *record, const char *why)
{
	struct record_line line;

	record_begin(&line, record, "misconfigured");
	record_bytes(&line, "because", why, strlen(why));
	record_end(&line);
}

/*
 * Ends a session for a reason that the administrator must mend: the record
 * says why, the client hears the refusal's text only. A person at a terminal
 * hears why. Returns the exit status.
 */
static int
run_give_up(const struct job *job, enum refusal refusal, const char *why)
{
	not_zeroed char room[PATH_MAX + 1024];
	struct verdict verdict;
	struct buf line;

	if (job->record != NULL)
		run_record_misconfigured(job->record, why);
	buf_init(&line, room, sizeof(room) - 1);
	buf_add_text(&line, "filesonly: ");
	verdict_set(&verdict, refusal, NULL, NULL, 0);
	if (job->session->connected)
		refusal_describe(&verdict, &line);
	else
		buf_add_text(&line, why);
	run_say(job, &line);
	return refusal_status(refusal);
}

/* The session's last line: how it ended, how much went each way. */
static void
run_record_end(const struct job *job, int status)
{
	const struct timespec *began = &job->session->started_steady;
	struct timespec now = *began;
	struct record_line line;

	clock_gettime(CLOCK_MONOTONIC, &now);
	record_begin(&line, job->record, "end");
	record_number(&line, "status", (uint64_t)status);
	if (job->reason != NULL)
		record_word(&line, "reason", job->reason);
	record_number(&line, "seconds", (uint64_t)(now.tv_sec - began->tv_sec));
	if (job->received > 0 || job->sent > 0) {
		record_number(&line, "in", job->received);
		record_number(&line, "out", job->sent);
	}
	if (job->files > 0) {
		record_number(&line, "files", job->files);
		record_number(&line, "bytes", job->bytes);
	}
	if (job->kept > 0)
		record_number(&line, "kept", job->kept);
	record_end(&line);
}

/*
 * The kernel holds max-file-size beside the subsystems' own checks. Not where
 * the log is a file: that has no such limit, and one process has one. (A
 * program has one of its own: program/child.c.)
 */
static int
run_limit_files(const struct policy *policy, const struct record *record)
{
	struct stat st;

	if (record_fd(record) >= 0 && fstat(record_fd(record), &st) == 0 &&
	    S_ISREG(st.st_mode))
		return 0;
	return file_size_limit(policy->max_file_size);
}

/* Opens the root; from here on its limits hold. As prepare_root. */
static enum refusal
run_prepare(const struct job *job, const struct config_origin *origin,
    struct buf *why)
{
	const struct policy *policy = job->policy;
	enum refusal refusal = prepare_root(job->session, policy,
	    job->restrictions, origin, job->root, why);

	if (refusal != REFUSE_NOTHING)
		return refusal;
	if (run_limit_files(policy, job->record) != 0) {
		buf_addf(why, "max-file-size: %s", strerror(errno));
		return REFUSE_MISCONFIGURED;
	}
	if (policy->umask != MODE_UNSET)
		umask(policy->umask);
	return REFUSE_NOTHING;
}

/* The session can't be served for a reason of the administrator's. */
static int
run_unprepared(const struct job *job, enum refusal refusal, const char *why)
{
	struct verdict verdict;

	if (job->restrictions->rrsync == NULL || job->root->fd >= 0)
		return run_give_up(job, refusal, why);
	run_record_misconfigured(job->record, why);
	verdict_set(&verdict, REFUSE_MISCONFIGURED, rrsync_no_directory, NULL,
	    0);
	run_refuse(job, &verdict);
	return refusal_status(REFUSE_PATH); /* rrsync knows only 1 */
}

/* Everything was decided: opens the root and serves. */
static int
run_serve(struct job *job, const struct config_origin *origin,
    const struct decision *decision)
{
	struct root root = { .fd = -1, .proc_fd = -1 };
	struct verdict verdict = { .refusal = REFUSE_NOTHING };
	not_zeroed char room[PATH_MAX + 512];
	enum refusal refusal;
	struct buf why;
	int status;

	buf_init(&why, room, sizeof(room));
	job->root = &root;
	refusal = run_prepare(job, origin, &why);
	if (refusal != REFUSE_NOTHING) {
		status = run_unprepared(job, refusal, buf_text(&why));
		root_close(&root);
		return status;
	}
	record_keep(job->record);
	status = decision->subsystem->run(job, decision->parsed, &verdict);
	if (verdict.refusal == REFUSE_MISCONFIGURED) {
		status = run_give_up(job, verdict.refusal, job->report.lack);
	} else if (verdict.refusal != REFUSE_NOTHING) {
		run_record_decision(job, decision->subsystem, &verdict);
		status = run_refuse(job, &verdict);
	}
	run_record_end(job, status);
	root_close(&root);
	return status;
}

/* Decides; a person at a terminal is told what this program is for. */
static void
run_decide(const struct job *job, struct request *request, struct means *means,
    struct decision *decision)
{
	prepare_decision(job->policy, job->restrictions, request, job->in,
	    means, decision);
	if (decision->subsystem != NULL && isatty(job->in))
		decision_refuse(decision, REFUSE_TERMINAL, NULL, 0);
}

/*
 * Takes one of the account's sessions, before more of the client is read.
 * Returns 0 with *slot held (-1: no limit), or the exit status.
 */
static int
run_take_slot(const struct job *job, int *slot)
{
	struct verdict verdict;
	not_zeroed char room[PATH_MAX + 512];
	struct buf why;

	buf_init(&why, room, sizeof(room));
	if (slots_take(job->policy, job->session->uid, slot, &why) != 0)
		return run_give_up(job, REFUSE_MISCONFIGURED, buf_text(&why));
	if (job->policy->max_sessions == 0 || *slot >= 0)
		return 0;
	verdict_set(&verdict, REFUSE_BUSY,
	    "it has as many sessions as it may have", NULL, 0);
	run_record_decision(job, NULL, &verdict);
	return run_refuse(job, &verdict);
}

/* Without a record nothing is served. A person at a terminal hears where the
 * record should be. */
static int
run_unrecorded(const struct job *job, const char *audit)
{
	int error = errno;
	char room[1024];
	struct buf line;

	buf_init(&line, room, sizeof(room) - 1);
	buf_add_text(&line, "filesonly: this account is misconfigured; the log "
			    "can't be opened");
	if (!job->session->connected)
		buf_addf(&line, ": audit %s: %s", audit, strerror(error));
	run_say(job, &line);
	return refusal_status(REFUSE_MISCONFIGURED);
}

/* Opens the record as the policy says. Returns NULL with errno. */
static struct record *
run_open_record(const struct session *session, const struct policy *policy)
{
	struct record *record = record_open(policy->audit, session);

	if (record != NULL)
		record_write_as(record, policy->audit_format);
	return record;
}

/*
 * The session is over. Where it was refused, and its client is of a kind that
 * hears nothing of stderr, it is told in its own protocol: nothing more is to
 * be recorded by then.
 */
static void
run_tell(const struct job *job)
{
	const struct subsys *claimant = subsys_claiming(job->request);

	record_close(job->record);
	if (job->told->len > 0 && claimant != NULL &&
	    claimant->refuse != NULL && !isatty(job->in))
		claimant->refuse(job, buf_text(job->told));
}

/* A session by its policy, from the slot to its last line. */
static int
run_recorded(struct job *job, const struct session_policy *granted,
    struct request *request)
{
	struct means means = { .view = VIEW_HOST };
	struct decision decision;
	auto_fd int slot = -1;
	int status;

	job->means = &means;
	status = run_take_slot(job, &slot);
	if (status != 0)
		return status;
	run_decide(job, request, &means, &decision);
	run_record_decision(job, decision.subsystem, &decision.verdict);
	status = decision.subsystem == NULL
		     ? run_refuse(job, &decision.verdict)
		     : run_serve(job, &granted->origin, &decision);
	decision_free(&decision);
	return status;
}

int
run_session(const struct session *session, const struct session_policy *granted,
    struct request *request)
{
	const struct policy *policy = &granted->policy;
	not_zeroed char room[PATH_MAX + 1024];
	struct buf told;
	struct job job = { .session = session,
		.request = request,
		.policy = policy,
		.restrictions = &granted->restrictions,
		.record = run_open_record(session, policy),
		.in = STDIN_FILENO,
		.out = STDOUT_FILENO,
		.err = STDERR_FILENO,
		.told = &told };
	int status;

	buf_init(&told, room, sizeof(room));
	status = job.record == NULL ? run_unrecorded(&job, policy->audit)
				    : run_recorded(&job, granted, request);
	run_tell(&job);
	return status;
}

int
run_silently(const struct session *session,
    const struct session_policy *granted, const struct request *request,
    enum refusal refusal, const char *because)
{
	const struct job job = { .session = session,
		.request = request,
		.record = run_open_record(session, &granted->policy) };
	struct verdict verdict;

	if (job.record == NULL)
		return refusal_status(REFUSE_MISCONFIGURED);
	verdict_set(&verdict, refusal, because, NULL, 0);
	run_record_decision(&job, NULL, &verdict);
	record_close(job.record);
	return refusal_status(refusal);
}

int
run_misconfigured(const struct session *session, const struct policy *policy,
    const struct request *request, const char *why)
{
	not_zeroed char room[PATH_MAX + 1024];
	struct buf told;
	struct job job = { .session = session,
		.request = request,
		.in = STDIN_FILENO,
		.out = STDOUT_FILENO,
		.told = &told };
	int status;

	buf_init(&told, room, sizeof(room));
	if (session->connected) {
		/* The record's place may be what is wrong: then syslog. */
		job.record = record_open(policy->audit, session);
		if (job.record == NULL)
			job.record = record_open("syslog", session);
	}
	if (session->connected && job.record == NULL)
		status = run_unrecorded(&job, policy->audit);
	else
		status = run_give_up(&job, REFUSE_MISCONFIGURED, why);
	run_tell(&job);
	return status;
}
