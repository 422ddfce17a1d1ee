/*
 * filesonly, the gate: what an SSH server runs in place of a shell. From
 * argv, environment and passwd to session, policy and request; then one
 * decision. Trusts argv (the administrator's) and nothing of the environment.
 */
#include <fcntl.h>
#include <limits.h>
#include <malloc.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/io.h"
#include "base/signals.h"
#include "base/xalloc.h"
#include "decide/invocation.h"
#include "decide/options.h"
#include "decide/policy_source.h"
#include "decide/rrsync.h"
#include "gate/run.h"
#include "policy/mode.h"
#include "policy/policy.h"
#include "request/refusal.h"
#include "request/request.h"
#include "session/served.h"
#include "session/session.h"
#include "subsys/sftp/requests.h"

enum { STATUS_FAILED = 1, STATUS_USAGE = 2 };

/* Says one whole line on stderr and returns status. */
static int
main_fail(const char *line, int status)
{
	if (io_write_all(STDERR_FILENO, line, strlen(line)) != 0)
		return status;
	return status;
}

/*
 * A session has two large buffers, for as long as it lives. Taken from a heap
 * that grows once and is never trimmed they cost one call; as mappings of
 * their own they would be made and undone. Larger buffers, which a flood may
 * need, stay mappings. musl has no such setting: there all are mappings.
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

/*
 * Brings the process into a known state: the three standard descriptors and no
 * other but one that filesonlyd has told of, no core dumps, all signals at
 * their default. SIGPIPE is ignored, and SIGXFSZ: a write beyond a limit of the
 * machine fails and is told, also by a program that we run.
 */
static int
sanitize(const struct served *served)
{
	const struct rlimit none = { 0, 0 };
	int first = 3;

	/* filesonlyd's word that there is one more. */
	if (served->record != NULL) {
		if (fcntl(SERVED_RECORD_FD, F_SETFD, FD_CLOEXEC) != 0)
			return -1;
		first = SERVED_RECORD_FD + 1;
	}
	if (fd_ensure_standard() != 0 || fd_close_from(first) != 0)
		return -1;
	if (setrlimit(RLIMIT_CORE, &none) != 0 || signals_reset() != 0)
		return -1;
	return signal(SIGPIPE, SIG_IGN) == SIG_ERR ||
		       signal(SIGXFSZ, SIG_IGN) == SIG_ERR
		   ? -1
		   : 0;
}

static int
print_task(const struct options *options)
{
	char room[8192];
	struct buf text;

	buf_init(&text, room, sizeof(room));
	if (options->task == TASK_VERSION)
		buf_add_text(&text, "filesonly " FILESONLY_VERSION "\n");
	else if (options->task == TASK_MODES)
		mode_print(&text);
	else if (options->task == TASK_SFTP)
		requests_print(&text);
	else if (options->task == TASK_REQUESTS)
		requests_names(&text);
	else if (options->restrictions.rrsync != NULL)
		rrsync_help(&text);
	else
		options_help(&text);
	return io_write_all(STDOUT_FILENO, text.bytes, text.len) != 0;
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
	return main_fail(buf_text(&line), STATUS_FAILED);
}

static int
complain(enum loaded result, const struct session *session,
    const struct session_policy *granted, const struct request *request,
    struct buf *error)
{
	const char *rrsync = granted->restrictions.rrsync;
	int status;

	if (result == LOAD_USAGE && rrsync != NULL)
		return rrsync_usage(rrsync, error);
	status = run_misconfigured(session, &granted->policy, request,
	    buf_text(error));
	return result == LOAD_USAGE ? STATUS_USAGE : status;
}

/* Loads what the account may do, then serves, answers or complains. */
static int
main_answer(const struct session *session, const struct invocation *invocation)
{
	not_zeroed char room[PATH_MAX + 1024];
	const struct login login = { invocation, session };
	struct session_policy granted;
	const struct session_source source = { &login, &granted };
	struct options options;
	struct request request;
	struct buf error;
	enum loaded result;
	int status;

	buf_init(&error, room, sizeof(room) - 1);
	result =
	    policy_source_load(invocation, session, &options, &granted, &error);
	if (options.subsystem != NULL || invocation->is_sftp)
		request_sftp(&request);
	else
		request_parse(&request, invocation->command);
	if (invocation->is_rc)
		/* Whatever we said on stderr, each client would read it. */
		status = run_silently(session, &granted, &request,
		    REFUSE_COMMAND, "sshd would run the account's own file");
	else if (result != LOADED)
		status = complain(result, session, &granted, &request, &error);
	else if (options.task != TASK_SERVE)
		status = print_task(&options);
	else if (options.restrictions.rrsync != NULL &&
		 policy_shut(&granted.policy, time(NULL)) == REFUSE_NOTHING &&
		 rrsync_is_probe(invocation->command))
		status = run_silently(session, &granted, &request,
		    REFUSE_NOTHING, "rrsync answers true by its status");
	else
		status = run_session(&source, &request);
	request_free(&request);
	session_policy_free(&granted);
	return status;
}

int
main(int argc, char **argv)
{
	auto_free char *original = NULL;
	struct session session;
	struct invocation invocation;
	struct served served;
	int status;

	keep_heap();
	served_take(&served, &argc, &argv);
	if (sanitize(&served) != 0 || session_load(&session) != 0 ||
	    served_apply(&served, &session) != 0)
		return main_fail("filesonly: can't start\n", STATUS_FAILED);
	if (getenv("SSH_ORIGINAL_COMMAND") != NULL)
		original = xstrdup(getenv("SSH_ORIGINAL_COMMAND"));
	/* No variable of the client's reaches NSS, rsync or the time zone. */
	clearenv();
	invocation_read(&invocation, argc, argv, original);
	status = main_answer(&session, &invocation);
	invocation_free(&invocation);
	return status;
}
