/*
 * One session, straight down: complete the request, decide, say so in the
 * record, open the root, hand over to the subsystem.
 */
#include "gate/run.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "confine/means.h"
#include "decide/decide.h"
#include "decide/prepare.h"
#include "decide/rrsync.h"
#include "gate/told.h"
#include "limits/file_size.h"
#include "limits/kick_signal.h"
#include "limits/slots.h"
#include "record/record.h"
#include "root/root.h"
#include "session/live.h"
#include "session/session.h"

/*
 * Who has kicked the session. A user namespace has a number for the account
 * alone: nobody else could signal us without root's power over processes.
 */
static uid_t
run_kicked_by(const struct job *job)
{
	uid_t by = kick_sender();

	return job->means->view == VIEW_USER && by != job->session->uid ? 0
									: by;
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
	if (job->reason != NULL && job->reason == kick_heard())
		record_number(&line, "by", run_kicked_by(job));
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
		return told_reason(job, refusal, why);
	told_misconfigured(job->record, why);
	verdict_set(&verdict, REFUSE_MISCONFIGURED, rrsync_no_directory, NULL,
	    0);
	told_refusal(job, &verdict);
	return refusal_status(REFUSE_PATH); /* rrsync knows only 1 */
}

/* Serves what was prepared, and watches over it. */
static int
run_watched(struct job *job, const struct session_source *source,
    const struct decision *decision)
{
	struct verdict verdict = { .refusal = REFUSE_NOTHING };
	struct watch watch;
	char room[128];
	struct buf why;
	int status;

	buf_init(&why, room, sizeof(room));
	if (login_watch_start(&watch, source->login, source->granted) != 0 ||
	    kick_listen() != 0) {
		buf_addf(&why, "can't watch the session: %s", strerror(errno));
		watch_stop(&watch);
		return told_reason(job, REFUSE_UNAVAILABLE, buf_text(&why));
	}
	job->watch = &watch;
	record_keep(job->record);
	status = decision->subsystem->run(job, decision->parsed, &verdict);
	if (verdict.refusal == REFUSE_MISCONFIGURED) {
		status = told_reason(job, verdict.refusal, job->report.lack);
	} else if (verdict.refusal != REFUSE_NOTHING) {
		told_decision(job, decision->subsystem, &verdict);
		status = told_refusal(job, &verdict);
	}
	run_record_end(job, status);
	watch_stop(&watch);
	job->watch = NULL;
	return status;
}

/* Everything was decided: opens the root and serves. */
static int
run_serve(struct job *job, const struct session_source *source,
    const struct decision *decision)
{
	struct root root = { .fd = -1, .proc_fd = -1 };
	not_zeroed char room[PATH_MAX + 512];
	enum refusal refusal;
	struct live live;
	struct buf why;
	int status;

	buf_init(&why, room, sizeof(room));
	job->root = &root;
	live_begin(&live, job->session, decision->subsystem->name,
	    job->policy->root);
	job->live = &live;
	refusal = run_prepare(job, &source->granted->origin, &why);
	status = refusal == REFUSE_NOTHING
		     ? run_watched(job, source, decision)
		     : run_unprepared(job, refusal, buf_text(&why));
	root_close(&root);
	job->live = NULL;
	live_end(&live);
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

	if (policy_shut(job->policy, time(NULL)) != REFUSE_NOTHING)
		return 0; /* it gets none, and is refused for that */
	buf_init(&why, room, sizeof(room));
	if (slots_take(job->policy, job->session, slot, &why) != 0)
		return told_reason(job, REFUSE_MISCONFIGURED, buf_text(&why));
	if (job->policy->max_sessions == 0 || *slot >= 0)
		return 0;
	verdict_set(&verdict, REFUSE_BUSY,
	    "it has as many sessions as it may have", NULL, 0);
	told_decision(job, NULL, &verdict);
	return told_refusal(job, &verdict);
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

/* A session by its policy, from the slot to its last line. */
static int
run_recorded(struct job *job, const struct session_source *source,
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
	told_decision(job, decision.subsystem, &decision.verdict);
	status = decision.subsystem == NULL
		     ? told_refusal(job, &decision.verdict)
		     : run_serve(job, source, &decision);
	decision_free(&decision);
	return status;
}

int
run_session(const struct session_source *source, struct request *request)
{
	const struct session *session = source->login->session;
	const struct policy *policy = &source->granted->policy;
	not_zeroed char room[PATH_MAX + 1024];
	struct buf told;
	struct job job = { .session = session,
		.request = request,
		.policy = policy,
		.restrictions = &source->granted->restrictions,
		.record = run_open_record(session, policy),
		.in = STDIN_FILENO,
		.out = STDOUT_FILENO,
		.err = STDERR_FILENO,
		.told = &told };
	int status;

	buf_init(&told, room, sizeof(room));
	status = job.record == NULL ? told_no_record(&job, policy->audit)
				    : run_recorded(&job, source, request);
	told_in_protocol(&job);
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
	told_decision(&job, NULL, &verdict);
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
		job.record = run_open_record(session, policy);
		if (job.record == NULL)
			job.record = record_open("syslog", session);
	}
	if (session->connected && job.record == NULL)
		status = told_no_record(&job, policy->audit);
	else
		status = told_reason(&job, REFUSE_MISCONFIGURED, why);
	told_in_protocol(&job);
	return status;
}
