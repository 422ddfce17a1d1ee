/*
 * The rsync subsystem: reads secluded arguments, judges words by the table,
 * and runs the configured rsync inside the jail with an argv and an
 * environment that are built anew. Trusts no word; the program that the client
 * names is compared, never run.
 */
#include "subsys/rsync/rsync.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/io.h"
#include "base/xalloc.h"
#include "confine/means.h"
#include "limits/pace.h"
#include "policy/restrictions.h"
#include "program/program.h"
#include "record/record.h"
#include "root/root.h"
#include "session/name_service.h"
#include "session/session.h"
#include "subsys/rsync/args.h"
#include "subsys/rsync/argv.h"
#include "subsys/rsync/file_log.h"
#include "subsys/rsync/mapping.h"
#include "subsys/rsync/needs.h"
#include "subsys/rsync/path_rules.h"
#include "subsys/rsync/rules.h"
#include "subsys/rsync/secluded.h"
#include "subsys/rsync/verification.h"

/* Nothing is inherited: rsync reads popt's settings, which can name programs,
 * in HOME, and other variables name modules to load. */
static char *const environment[] = { (char[]){ "PATH=/usr/bin:/bin" },
	(char[]){ "HOME=/nonexistent" }, (char[]){ "LC_ALL=C.UTF-8" }, NULL };

/* rsync(1), "EXIT VALUES" */
enum {
	RERR_FILEIO = 11,
	RERR_PARTIAL = 23,
	RERR_VANISHED = 24,
	RERR_DEL_LIMIT = 25,
	RERR_TIMEOUT = 30,
};

/* A message without contents (MSG_NOOP): its header alone. */
enum { RSYNC_KEEPALIVE = 4 };

bool
rsync_claims(const struct request *request)
{
	const char *name = request_command_name(request);

	return name != NULL && strcmp(name, "rsync") == 0;
}

/* Does the command announce a block, as "rsync --server [--sender] -...s..."?
 * *next is the index of the bundle. */
static bool
is_secluded(const struct words *words, size_t *next)
{
	size_t server = rsync_args_server(words);

	*next = server + (words_is(words, server + 1, "--sender") ? 2 : 1);
	return server > 0 && *next < words->count &&
	       rsync_args_seclude(&words->at[*next]);
}

enum refusal
rsync_complete(struct request *request, int in)
{
	struct words *words = &request->words;
	size_t next;

	if (!is_secluded(words, &next))
		return REFUSE_NOTHING;
	for (size_t i = next + 1; i < words->count; i++) {
		if (strncmp(words->at[i].text, "--iconv=", 8) != 0)
			return REFUSE_SYNTAX;
	}
	return secluded_read(in, words);
}

enum refusal
rsync_parse(const struct terms *terms, const struct request *request,
    void **parsed, struct verdict *verdict)
{
	struct rsync_args *args = xcalloc(1, sizeof(*args));
	enum refusal refusal = rsync_args_parse(args, &request->words, verdict);
	bool paths_first = terms->policy->free.count > 0;

	args->rules = rsync_rules(terms);
	if (refusal == REFUSE_NOTHING && paths_first)
		refusal = path_rules_read(terms->policy, args, verdict);
	if (path_rules_are_free(terms->policy, args))
		args->rules &= ~(unsigned)RULE_CREATE_ONLY;
	if (refusal == REFUSE_NOTHING)
		refusal = rsync_rules_judge(args, verdict);
	if (refusal == REFUSE_NOTHING && !paths_first)
		refusal = path_rules_read(terms->policy, args, verdict);
	*parsed = args;
	if (refusal != REFUSE_NOTHING) {
		rsync_parsed_free(args);
		*parsed = NULL;
	}
	return refusal;
}

void
rsync_parsed_free(void *parsed)
{
	struct rsync_args *args = parsed;

	rsync_args_free(args);
	free(args);
}

/* Writes the start line, once: the walls stand, or can't be had. */
static void
rsync_started(void *context)
{
	struct file_log *record = context;

	if (record->started)
		return;
	record->started = true;
	job_record_start(record->job, "rsync");
	record_flush(record->job->record);
}

/* Its name tells other contents (verify): the program was refused the name. */
static void
rsync_differed(void *context)
{
	struct file_log *record = context;

	if (job_record_differing(record->job))
		record->differed++;
}

/* rsync itself has told each name, and has no words for the reason. */
static void
rsync_tell_differing(struct job *job, const struct file_log *record)
{
	char room[96];
	struct buf text;

	if (record->differed == 0)
		return;
	if (job->reason == NULL)
		job->reason = "verify";
	buf_init(&text, room, sizeof(room));
	buf_add_number(&text, record->differed, 0);
	buf_add_text(&text, " files left out: their contents don't match "
			    "their names");
	job_tell_end(job, buf_text(&text));
}

/* Refuses, or ends, a session whose acts the record does not have. */
static int
rsync_unrecorded(struct job *job, struct verdict *verdict)
{
	job->reason = "no-record";
	verdict_set(verdict, REFUSE_RECORD, NULL, NULL, 0);
	return refusal_status(REFUSE_RECORD);
}

/* rsync itself goes on with status 0 where it could not open its log. */
static bool
is_unrecorded(const struct job *job, const struct argv *argv,
    const struct file_log *record, const struct program_outcome *outcome)
{
	if (record->unsound || (job->policy->audit_loss == AUDIT_REFUSE &&
				   !record_is_well(job->record)))
		return true;
	return outcome->status == 0 && argv->log != NULL &&
	       (!outcome->log_opened || !record->begun);
}

/* Has rsync said all that it had to say of its files? */
static bool
rsync_ended_in_order(int status)
{
	return status == 0 || (WIFEXITED(status) &&
				  (WEXITSTATUS(status) == RERR_PARTIAL ||
				      WEXITSTATUS(status) == RERR_VANISHED ||
				      WEXITSTATUS(status) == RERR_DEL_LIMIT));
}

/* When the session must end, in CLOCK_MONOTONIC's milliseconds; 0: never. */
static uint64_t
rsync_end_of_session(const struct job *job)
{
	const struct timespec *began = &job->session->started_steady;

	if (job->policy->session_timeout == 0)
		return 0;
	return ((uint64_t)began->tv_sec + job->policy->session_timeout) * 1000 +
	       (uint64_t)began->tv_nsec / 1000000;
}

/* Names the limit that has ended the session to the record and the client. */
static void
rsync_tell_limit(struct job *job, const struct program_outcome *outcome)
{
	if (outcome->mounts_changed)
		job->reason = "mounts-changed";
	else if (outcome->timed_out)
		job->reason = "session-timeout";
	else if (outcome->hit != NULL)
		job->reason = outcome->hit;
	else if (job->policy->idle_timeout > 0 && WIFEXITED(outcome->status) &&
		 WEXITSTATUS(outcome->status) == RERR_TIMEOUT)
		job->reason = "idle-timeout";
	if (job->reason == NULL)
		return;
	job_tell_end(job,
	    outcome->mounts_changed
		? "the server's file systems have changed; try again"
		: pace_text(job->reason));
}

/*
 * As a sender rsync itself keeps to the bandwidth (argv.c). For other limits we
 * relay its bytes. Of idle-timeout it knows no more than to ask its client, by
 * --timeout, whether it is there: it takes the question for a sign of life, and
 * would wait for ever. Stock clients answer it. Returns pace, or NULL where no
 * relay is needed.
 */
static struct pace *
rsync_set_pace(struct pace *pace, const struct job *job, bool sender)
{
	struct policy limits = { .max_session_bytes =
				     job->policy->max_session_bytes,
		.bandwidth = job->policy->bandwidth,
		.idle_timeout = job->policy->idle_timeout };

	pace_init(pace, &limits, &job->session->started_steady);
	return limits.max_session_bytes > 0 || limits.idle_timeout > 0 ||
		       (limits.bandwidth > 0 && !sender)
		   ? pace
		   : NULL;
}

static int
rsync_refuse(struct verdict *verdict, enum refusal refusal)
{
	verdict_set(verdict, refusal, NULL, NULL, 0);
	return refusal_status(refusal);
}

/* Waits for rsync inside the means; its status is the session's. */
static int
rsync_run_jailed(struct job *job, const struct argv *argv,
    const struct rsync_args *args, struct file_log *record,
    const struct name_list *names, struct verdict *verdict)
{
	const struct jail_plan plan = { .profile = JAIL_PROGRAM,
		.means = job->means,
		.policy = job->policy,
		.session = job->session,
		.root = job->root,
		.names = names == NULL || names->text[0] == NULL ? NULL : names,
		.attributes = needs_attributes(job, args),
		.restores = needs_devices(job, args),
		.looks = needs_looks(job, args),
		.no_nodes =
		    rsync_rules_no_nodes(job->policy, job->restrictions) };
	struct pace pace;
	const struct program_command command = { .path = job->policy->rsync,
		.argv = argv->at,
		.envp = environment,
		.gconv = rsync_args_have(args, VALUE_CHARSET),
		.entered = rsync_started,
		.log = argv->log,
		.differed = rsync_differed,
		.logged = argv->log == NULL ? NULL : file_log_take,
		.settles = argv->log == NULL ? NULL : file_log_settle,
		.context = record,
		.max_file_size = job->policy->max_file_size,
		.ends = rsync_end_of_session(job),
		.watch = job->watch,
		.pace = rsync_set_pace(&pace, job, record->sender),
		.keepalive = RSYNC_KEEPALIVE };
	struct program_outcome outcome;

	switch (program_run(&plan, &command, &job->report, &outcome)) {
	case PROGRAM_RAN:
		break;
	case PROGRAM_NO_WALLS:
		rsync_started(record);
		return rsync_refuse(verdict, REFUSE_CONFINEMENT);
	case PROGRAM_UNUSABLE:
		return rsync_refuse(verdict, REFUSE_MISCONFIGURED);
	}
	job->kept = outcome.kept;
	job->received = outcome.in;
	job->sent = outcome.out;
	file_log_end(record, rsync_ended_in_order(outcome.status));
	rsync_tell_limit(job, &outcome);
	rsync_tell_differing(job, record);
	if (is_unrecorded(job, argv, record, &outcome))
		return rsync_unrecorded(job, verdict);
	if (outcome.stuck && job->reason == NULL)
		job->reason = "stuck";
	if (WIFSIGNALED(outcome.status))
		return 128 + WTERMSIG(outcome.status);
	return needs_end(job, args, names, argv->dest,
	    WEXITSTATUS(outcome.status));
}

/* Will files change? A receiver writes; a sender may be told to remove what it
 * has sent. */
static bool
changes_files(const struct rsync_args *args)
{
	for (size_t i = 0; i < args->count; i++) {
		if (args->items[i].row->side == SIDE_SENDER &&
		    (args->items[i].row->refused & RULE_NO_DELETE))
			return true;
	}
	return !args->sender;
}

/*
 * Locks the root itself, for as long as the descriptor lives; rsync does not
 * inherit it. On a file system without locks the session goes on, as with
 * rrsync. Returns false where another session holds the lock.
 */
static bool
rsync_take_lock(const struct job *job, const struct rsync_args *args, int *fd)
{
	struct relpath top;

	if (!job->policy->lock ||
	    (!changes_files(args) && job->restrictions->rrsync == NULL) ||
	    relpath_parse(&top, ".", 1, NULL) != 0)
		return true;
	*fd = root_open_directory(job->root, &top);
	if (*fd < 0)
		return true;
	return flock(*fd, LOCK_EX | LOCK_NB) == 0 || errno != EWOULDBLOCK;
}

static bool
args_have(const struct rsync_args *args, const char *name)
{
	for (size_t i = 0; i < args->count; i++) {
		const char *option = args->items[i].row->name;

		if (option != NULL && strcmp(option, name) == 0)
			return true;
	}
	return false;
}

/*
 * Prepares the log of rsync's files. Where the kernel allows none, the record
 * says so (with the means). Returns false where the policy demands one.
 */
static bool
prepare_file_log(struct file_log *record, struct job *job,
    const struct rsync_args *args, struct argv *argv)
{
	if (file_log_init(record, job, args->sender) != 0)
		return false;
	record->removes = args->sender && changes_files(args);
	record->delays = !args->sender && args_have(args, "delay-updates");
	record->backs_up =
	    args_have(args, "backup") || args_have(args, "backup-dir");
	if (job->policy->audit_loss == AUDIT_REFUSE &&
	    (!job->means->listener ||
		(changes_files(args) && !record_is_well(job->record))))
		return false;
	if (!job->means->listener)
		return true;
	argv->log = record->name;
	argv->log_format = record->format;
	return true;
}

/*
 * With sync=close the root's file system is flushed before the client hears
 * the status: rsync's --fsync knows files, no names, and not each release has
 * it. Returns false where that was asked for and can't be had.
 */
static bool
rsync_open_to_sync(const struct job *job, const struct rsync_args *args,
    int *fd)
{
	struct relpath top;

	if (job->policy->sync != SYNC_CLOSE || args->sender)
		return true;
	if (relpath_parse(&top, ".", 1, NULL) != 0)
		return false;
	*fd = root_open_directory(job->root, &top);
	return *fd >= 0;
}

static int
rsync_sync(struct job *job, int fd, int status)
{
	if (fd < 0 || syncfs(fd) == 0)
		return status;
	job->reason = "not-synced";
	job_tell_end(job, "the disk could not take all that was sent");
	return status == 0 ? RERR_FILEIO : status;
}

int
rsync_run(struct job *job, const void *parsed, struct verdict *verdict)
{
	const struct rsync_args *args = parsed;
	not_zeroed struct file_log record;
	struct name_list names = { .complete = false };
	struct argv argv = { 0 };
	bool listed;
	auto_fd int lock = -1, synced = -1;
	enum refusal refusal;
	int status;

	if (!rsync_take_lock(job, args, &lock)) {
		verdict_set(verdict, REFUSE_BUSY,
		    "another rsync writes here at the moment", NULL, 0);
		return refusal_status(REFUSE_BUSY);
	}
	if (!rsync_open_to_sync(job, args, &synced)) {
		verdict_set(verdict, REFUSE_UNAVAILABLE, NULL, NULL, 0);
		return refusal_status(REFUSE_UNAVAILABLE);
	}
	if (!prepare_file_log(&record, job, args, &argv))
		return rsync_unrecorded(job, verdict);
	refusal = mapping_make(job, args, &argv, verdict);
	if (argv.dest != NULL)
		record.dest = argv.dest;
	record.place = argv.place;
	record.differs = verification_result(args);
	record.warns = argv.warns;
	record.proves = verification_names_whole_files(args);
	listed = refusal == REFUSE_NOTHING && needs_names(job, args, &names);
	status = refusal == REFUSE_NOTHING
		     ? rsync_run_jailed(job, &argv, args, &record,
			   listed ? &names : NULL, verdict)
		     : refusal_status(refusal);
	name_list_free(&names);
	argv_free(&argv);
	return rsync_sync(job, synced, status);
}

enum refusal
rsync_argv(const struct job *job, const void *parsed, struct names *words,
    struct verdict *verdict)
{
	/* The log's name and format have a random word in each session. */
	struct argv argv = { .log = job->means->listener ? ".log-..." : NULL,
		.log_format = "..." };
	enum refusal refusal = mapping_make(job, parsed, &argv, verdict);
	bool fits =
	    names_add(words, job->policy->rsync, strlen(job->policy->rsync));

	for (size_t i = 1; fits && i < argv.count; i++)
		fits = names_add(words, argv.at[i], strlen(argv.at[i]));
	if (refusal == REFUSE_NOTHING && !fits)
		refusal = verdict_set(verdict, REFUSE_TOO_LONG, NULL, NULL, 0);
	argv_free(&argv);
	return refusal;
}
