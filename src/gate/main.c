/*
 * filesonly, the gate: what an SSH server runs in place of a shell. From
 * argv, environment and passwd to session, policy and request; then one
 * decision. Trusts argv (the administrator's) and nothing of the environment.
 */
#include <limits.h>
#include <malloc.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/io.h"
#include "base/xalloc.h"
#include "confine/jail.h"
#include "gate/invocation.h"
#include "gate/options.h"
#include "gate/policy_source.h"
#include "gate/rrsync.h"
#include "gate/run.h"
#include "policy/mode.h"
#include "policy/policy.h"
#include "record/record.h"
#include "request/refusal.h"
#include "request/request.h"
#include "session/session.h"
#include "subsys/sftp/requests.h"
#include "subsys/subsys.h"

enum { STATUS_FAILED = 1, STATUS_USAGE = 2 };

/* Says one constant line on stderr and returns status. */
static int
fail(const char *text, int status)
{
	if (io_write_all(STDERR_FILENO, text, strlen(text)) != 0)
		return status;
	return status;
}

/*
 * A session has two large buffers, for as long as it lives. From a heap that
 * grows once and is never trimmed they cost one call; mappings of their own
 * would be made and undone. Larger ones, which a flood may need, still are.
 * musl can't be told so: there they are mappings.
 */
static void
keep_heap(void)
{
	enum { HEAP_BUFFER = 1 << 20, HEAP_FIRST = 640 << 10 };

#ifdef M_TOP_PAD
	mallopt(M_MMAP_THRESHOLD, HEAP_BUFFER);
	mallopt(M_TRIM_THRESHOLD, 4 * HEAP_BUFFER);
	mallopt(M_TOP_PAD, HEAP_FIRST);
#endif
}

/* A known state: descriptors, no core dumps, no death by SIGPIPE. */
static int
sanitize(void)
{
	const struct rlimit none = { 0, 0 };

	if (fd_ensure_standard() != 0 || fd_close_from(3) != 0)
		return -1;
	if (setrlimit(RLIMIT_CORE, &none) != 0)
		return -1;
	return signal(SIGPIPE, SIG_IGN) == SIG_ERR ? -1 : 0;
}

static int
print(const struct buf *text)
{
	return io_write_all(STDOUT_FILENO, text->bytes, text->len) != 0;
}

static int
print_task(const struct policy *policy, enum task task)
{
	char room[8192];
	struct buf text;

	buf_init(&text, room, sizeof(room));
	if (task == TASK_VERSION)
		buf_add_text(&text, "filesonly " FILESONLY_VERSION "\n");
	else if (task == TASK_MODES)
		mode_print(&text);
	else if (task == TASK_SFTP)
		requests_print(&text);
	else if (task == TASK_REQUESTS)
		requests_names(&text);
	else if (policy->rrsync != NULL)
		rrsync_help(&text);
	else
		options_help(&text);
	return print(&text);
}

/*
 * What is wrong with the command line or the configuration: told to a person,
 * or to the log under sshd.
 */
static int
misconfigured(const struct session *session, const struct policy *policy,
    struct buf *error, int status)
{
	struct record *record;

	if (!session->connected) {
		buf_add_text(error, "\n");
		fail("filesonly: ", status);
		return fail(buf_text(error), status);
	}
	record = record_open(policy->audit, session);
	if (record == NULL)
		record = record_open("syslog", session);
	if (record == NULL)
		return fail("filesonly: no log\n", STATUS_FAILED);
	run_misconfigured(record, buf_text(error), status);
	record_close(record);
	return status;
}

/* rrsync tells its caller, sshd or not. */
static int
rrsync_usage(const char *argv0, const struct buf *error)
{
	char room[1536];
	struct buf line;

	buf_init(&line, room, sizeof(room) - 1);
	buf_addf(&line, "%s error: ", argv0);
	buf_add(&line, error->bytes, error->len);
	buf_add_text(&line, "\n");
	return fail(buf_text(&line), STATUS_FAILED);
}

static int
complain(enum loaded loaded, const struct session *session,
    const struct policy *policy, struct buf *error)
{
	if (loaded == LOAD_MISCONFIGURED)
		return misconfigured(session, policy, error,
		    refusal_status(REFUSE_MISCONFIGURED));
	if (policy->rrsync != NULL)
		return rrsync_usage(policy->rrsync, error);
	return misconfigured(session, policy, error, STATUS_USAGE);
}

static int
serve(const struct session *session, struct policy *policy,
    const struct options *options, const struct invocation *invocation)
{
	const struct subsys *claimant;
	struct request request;
	struct record *record;
	int status;

	record = record_open(policy->audit, session);
	if (record == NULL)
		return fail("filesonly: this account is misconfigured; the "
			    "log can't be opened\n",
		    refusal_status(REFUSE_MISCONFIGURED));
	record_write_as(record, policy->audit_format);
	if (options->subsystem != NULL || invocation->is_sftp)
		request_sftp(&request);
	else
		request_parse(&request, invocation->command);
	/* Only rsync's rules ask for it, and finding out costs many calls. */
	claimant = subsys_claiming(&request);
	if (claimant != NULL && claimant->service == SERVICE_RSYNC)
		policy->in_namespace = jail_has_namespace(policy);
	status = run_session(session, policy, &request, record);
	request_free(&request);
	record_close(record);
	return status;
}

static int
judge(const struct session *session, const struct invocation *invocation)
{
	not_zeroed char room[PATH_MAX + 1024];
	struct options options;
	struct policy policy;
	struct buf error;
	enum loaded loaded;
	int status;

	buf_init(&error, room, sizeof(room) - 2);
	loaded =
	    policy_source_load(invocation, session, &options, &policy, &error);
	if (session->account_is_unsure && loaded != LOAD_USAGE &&
	    options.task == TASK_SERVE) {
		/* Without a home we can't check the account's login files. */
		buf_init(&error, room, sizeof(room) - 2);
		buf_add_text(&error,
		    "the account is not in /etc/passwd, and this static "
		    "filesonly can ask no other name service");
		loaded = LOAD_MISCONFIGURED;
	}
	if (loaded != LOADED) {
		status = complain(loaded, session, &policy, &error);
	} else if (options.task != TASK_SERVE) {
		status = print_task(&policy, options.task);
	} else if (policy.rrsync != NULL &&
		   rrsync_is_probe(invocation->command)) {
		status = 0;
	} else {
		status = serve(session, &policy, &options, invocation);
	}
	policy_free(&policy);
	return status;
}

int
main(int argc, char **argv)
{
	auto_free char *original = NULL;
	struct session session;
	struct invocation invocation;
	int status;

	keep_heap();
	if (sanitize() != 0 || session_load(&session) != 0)
		return fail("filesonly: can't start\n", STATUS_FAILED);
	if (getenv("SSH_ORIGINAL_COMMAND") != NULL)
		original = xstrdup(getenv("SSH_ORIGINAL_COMMAND"));
	/* No variable of the client's reaches NSS, rsync or the time zone. */
	clearenv();
	invocation_read(&invocation, argc, argv, original);
	/* What it would say would be told to each client of the account. */
	status =
	    invocation.is_rc ? STATUS_FAILED : judge(&session, &invocation);
	invocation_free(&invocation);
	return status;
}
