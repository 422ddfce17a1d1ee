/*
 * One session, straight down: complete the request, decide, say so in the
 * record, open the root, hand over to the subsystem. Each refusal leaves here
 * by one door, so that client and record hear the same.
 */
#include "gate/run.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/io.h"
#include "gate/decide.h"
#include "gate/exact.h"
#include "gate/login_files.h"
#include "gate/rrsync.h"
#include "limits/slots.h"
#include "root/root.h"
#include "session/session.h"

/* One line on stderr; the client may have gone, which changes nothing. */
static void
tell(const struct policy *policy, const struct verdict *verdict)
{
	char room[1024];
	struct buf line;

	buf_init(&line, room, sizeof(room));
	if (policy != NULL && policy->rrsync != NULL) {
		rrsync_describe(policy->rrsync, verdict, &line);
	} else {
		buf_add_text(&line, "filesonly: ");
		refusal_describe(verdict, &line);
	}
	buf_add_text(&line, "\n");
	if (io_write_all(STDERR_FILENO, line.bytes, line.len) != 0)
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
run_record_decision(struct record *record, const struct request *request,
    const struct subsys *subsys, const struct verdict *verdict)
{
	struct record_line line;

	record_begin(&line, record, "decide");
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

static int
refuse(const struct policy *policy, const struct verdict *verdict)
{
	tell(policy, verdict);
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

int
run_misconfigured(struct record *record, const char *why, int status)
{
	struct verdict verdict;

	run_record_misconfigured(record, why);
	verdict_set(&verdict, REFUSE_MISCONFIGURED, NULL, NULL, 0);
	tell(NULL, &verdict);
	return status;
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

static bool
start_is_there(const struct policy *policy, struct root *root, struct buf *why)
{
	const char *text = policy->start_dir;
	not_zeroed struct relpath path;
	struct stat st;

	errno = ENOTDIR;
	if (relpath_parse(&path, text, strlen(text), NULL) == 0 &&
	    root_stat(root, &path, FOLLOW, &st) == 0 && S_ISDIR(st.st_mode))
		return true;
	buf_addf(why, "start-dir %s: %s", text, strerror(errno));
	return false;
}

/*
 * The kernel holds max-file-size beside the subsystems' own checks. Not where
 * the log is a file: that has no such limit, and one process has one. (A
 * program has one of its own: core/launch.)
 */
static int
limit_files(const struct policy *policy, const struct record *record)
{
	const struct rlimit limit = { policy->max_file_size,
		policy->max_file_size };
	struct stat st;

	if (policy->max_file_size == 0 ||
	    (record_fd(record) >= 0 && fstat(record_fd(record), &st) == 0 &&
		S_ISREG(st.st_mode)))
		return 0;
	if (signal(SIGXFSZ, SIG_IGN) == SIG_ERR)
		return -1;
	return setrlimit(RLIMIT_FSIZE, &limit);
}

/*
 * Opens the root and sees to what must hold before anything is served.
 * Returns 0, or the exit status with the reason in why; root_close in any
 * case.
 */
static int
prepare(const struct session *session, const struct policy *policy,
    const struct record *record, struct root *root, struct buf *why)
{
	const char *below = policy->below;
	int wrong = refusal_status(REFUSE_MISCONFIGURED);

	if (root_open(root, policy->root, policy->one_file_system) != 0 ||
	    (below != NULL && root_narrow(root, below) != 0)) {
		if (errno == ENOSYS)
			wrong = refusal_status(REFUSE_CONFINEMENT);
		buf_addf(why, "root %s%s%s: %s", policy->root,
		    below == NULL ? "" : ", there ", below == NULL ? "" : below,
		    strerror(errno));
		return wrong;
	}
	if (!login_files_are_safe(session, policy, root, why))
		return wrong;
	if (limit_files(policy, record) != 0) {
		buf_addf(why, "max-file-size: %s", strerror(errno));
		return wrong;
	}
	root_bar(root, &policy->hide, &policy->deny);
	if (!start_is_there(policy, root, why))
		return wrong;
	if (policy->umask != MODE_UNSET)
		umask(policy->umask);
	return 0;
}

/* Everything was decided: opens the root and serves. */
static int
serve(const struct session *session, const struct policy *policy,
    const struct request *request, struct record *record,
    const struct subsys *subsys)
{
	struct root root = { .fd = -1, .proc_fd = -1 };
	struct job job = { .session = session,
		.request = request,
		.policy = policy,
		.record = record,
		.root = &root,
		.in = STDIN_FILENO,
		.out = STDOUT_FILENO,
		.err = STDERR_FILENO };
	struct verdict verdict = { .refusal = REFUSE_NOTHING };
	not_zeroed char room[PATH_MAX + 512];
	struct buf why;
	int status;

	buf_init(&why, room, sizeof(room));
	status = prepare(session, policy, record, &root, &why);
	if (status != 0 && policy->rrsync != NULL && root.fd < 0) {
		run_record_misconfigured(record, buf_text(&why));
		verdict_set(&verdict, REFUSE_MISCONFIGURED, rrsync_no_directory,
		    NULL, 0);
		tell(policy, &verdict);
		return refusal_status(REFUSE_PATH); /* rrsync knows only 1 */
	}
	if (status != 0) {
		root_close(&root);
		return run_misconfigured(record, buf_text(&why), status);
	}
	record_keep(record);
	status = subsys->run(&job, &verdict);
	if (verdict.refusal != REFUSE_NOTHING) {
		run_record_decision(record, request, subsys, &verdict);
		status = refuse(policy, &verdict);
	}
	run_record_end(&job, status);
	root_close(&root);
	return status;
}

static enum refusal
judge(const struct policy *policy, struct request *request,
    const struct subsys **subsys, struct verdict *verdict)
{
	const struct subsys *claimant = subsys_claiming(request);

	if (claimant != NULL && claimant->complete != NULL &&
	    (policy->services & claimant->service)) {
		enum refusal refusal =
		    claimant->complete(request, STDIN_FILENO);

		if (refusal != REFUSE_NOTHING) {
			*subsys = NULL;
			return verdict_set(verdict, refusal, NULL, NULL, 0);
		}
	}
	if (decide(policy, request, subsys, verdict) == REFUSE_NOTHING &&
	    isatty(STDIN_FILENO)) {
		*subsys = NULL;
		return verdict_set(verdict, REFUSE_TERMINAL, NULL, NULL, 0);
	}
	return verdict->refusal;
}

/*
 * One of the account's sessions, before anything more of the client is read.
 * Returns 0 with *slot held (-1: no limit), or the exit status.
 */
static int
take_slot(const struct session *session, const struct policy *policy,
    const struct request *request, struct record *record, int *slot)
{
	struct verdict verdict;
	not_zeroed char room[PATH_MAX + 512];
	struct buf why;

	buf_init(&why, room, sizeof(room));
	if (slots_take(policy, session->uid, slot, &why) != 0)
		return run_misconfigured(record, buf_text(&why),
		    refusal_status(REFUSE_MISCONFIGURED));
	if (policy->max_sessions == 0 || *slot >= 0)
		return 0;
	verdict_set(&verdict, REFUSE_BUSY,
	    "it has as many sessions as it may have", NULL, 0);
	run_record_decision(record, request, NULL, &verdict);
	return refuse(policy, &verdict);
}

int
run_session(const struct session *session, const struct policy *policy,
    struct request *request, struct record *record)
{
	const struct subsys *subsys = NULL;
	struct verdict verdict;
	auto_fd int slot = -1;
	enum refusal refusal;
	int status = take_slot(session, policy, request, record, &slot);

	if (status != 0)
		return status;
	refusal = judge(policy, request, &subsys, &verdict);
	run_record_decision(record, request, subsys, &verdict);
	if (refusal != REFUSE_NOTHING || subsys == NULL)
		return refuse(policy, &verdict);
	return serve(session, policy, request, record, subsys);
}
