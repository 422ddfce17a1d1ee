/* Goes on where the gate would end, so that every reason is told. */
#include "ctl/explanation.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/xalloc.h"
#include "decide/prepare.h"
#include "limits/slots.h"
#include "root/root.h"

static void
add_reason(struct explanation *explanation, int status, const char *why)
{
	size_t most =
	    sizeof(explanation->reasons) / sizeof(*explanation->reasons);

	if (explanation->reason_count < most)
		explanation->reasons[explanation->reason_count++] =
		    (struct reason){ status, xstrdup(why) };
}

static void
add_refusal(struct explanation *explanation, const struct verdict *verdict)
{
	char room[1024];
	struct buf text;

	buf_init(&text, room, sizeof(room) - 1);
	refusal_describe(verdict, &text);
	add_reason(explanation, refusal_status(verdict->refusal),
	    buf_text(&text));
}

/* A file that can't be opened ends a session; a missing socket does not. */
static void
check_record(struct explanation *explanation)
{
	const char *audit = explanation->granted.policy.audit, *slash;
	char room[PATH_MAX + 128], parent[PATH_MAX];
	struct buf why;

	if (audit[0] != '/')
		return;
	slash = strrchr(audit, '/');
	snprintf(parent, sizeof(parent), "%.*s", (int)(slash - audit) + 1,
	    audit);
	if (faccessat(AT_FDCWD, audit, W_OK, AT_EACCESS) == 0 ||
	    (errno == ENOENT &&
		faccessat(AT_FDCWD, parent, W_OK | X_OK, AT_EACCESS) == 0))
		return;
	buf_init(&why, room, sizeof(room) - 1);
	buf_addf(&why, "audit %s: %s", audit, strerror(errno));
	add_reason(explanation, refusal_status(REFUSE_MISCONFIGURED),
	    buf_text(&why));
}

static void
check_slots(struct explanation *explanation)
{
	char room[PATH_MAX + 512];
	struct buf why;

	buf_init(&why, room, sizeof(room) - 1);
	if (slots_check(&explanation->granted.policy, explanation->session,
		&why) != 0)
		add_reason(explanation, refusal_status(REFUSE_MISCONFIGURED),
		    buf_text(&why));
}

/* With the root open: what would be executed, and behind which walls. */
static void
try_service(struct explanation *explanation, struct root *root)
{
	const struct subsys *service = explanation->decision.subsystem;
	const struct policy *policy = &explanation->granted.policy;
	struct verdict late = { .refusal = REFUSE_NOTHING };
	const struct job job = { .session = explanation->session,
		.request = &explanation->request,
		.policy = policy,
		.restrictions = &explanation->granted.restrictions,
		.means = &explanation->means,
		.root = root,
		.in = -1,
		.out = -1,
		.err = -1 };
	const struct jail_plan plan = { .profile = service->profile,
		.means = &explanation->means,
		.policy = policy,
		.session = explanation->session,
		.root = root };

	if (service->argv != NULL &&
	    service->argv(&job, explanation->decision.parsed,
		&explanation->argv, &late) != REFUSE_NOTHING) {
		add_refusal(explanation, &late);
		names_free(&explanation->argv);
	}
	explanation->trial =
	    jail_trial(&plan, policy->rsync, &explanation->jail);
	if (explanation->trial != TRIAL_STANDS)
		add_reason(explanation,
		    refusal_status(explanation->trial == TRIAL_LACKS
				       ? REFUSE_CONFINEMENT
				       : REFUSE_MISCONFIGURED),
		    explanation->jail.lack);
}

static void
prepare(struct explanation *explanation)
{
	const struct session_policy *granted = &explanation->granted;
	struct root root = { .fd = -1, .proc_fd = -1 };
	char room[PATH_MAX + 512];
	enum refusal refusal;
	struct buf why;

	buf_init(&why, room, sizeof(room) - 1);
	refusal = prepare_root(explanation->session, &granted->policy,
	    &granted->restrictions, &granted->origin, &root, &why);
	if (refusal != REFUSE_NOTHING)
		add_reason(explanation, refusal_status(refusal),
		    buf_text(&why));
	explanation->root_is_open = root.fd >= 0;
	if (root.fd >= 0 && explanation->decision.subsystem != NULL)
		try_service(explanation, &root);
	root_close(&root);
}

void
explanation_make(struct explanation *explanation, const struct session *session,
    int argc, char *const *argv, const char *command, int in)
{
	struct session_policy *granted = &explanation->granted;
	char room[PATH_MAX + 1024];
	struct buf error;

	*explanation = (struct explanation){ .session = session };
	buf_init(&error, room, sizeof(room) - 1);
	invocation_read(&explanation->invocation, argc, argv, command);
	explanation->loaded = policy_source_load(&explanation->invocation,
	    session, &explanation->options, granted, &error);
	if (explanation->options.subsystem != NULL ||
	    explanation->invocation.is_sftp)
		request_sftp(&explanation->request);
	else
		request_parse(&explanation->request,
		    explanation->invocation.command);
	if (explanation->loaded != LOADED) {
		add_reason(explanation,
		    explanation->loaded == LOAD_USAGE
			? 2
			: refusal_status(REFUSE_MISCONFIGURED),
		    buf_text(&error));
		return;
	}
	if (session->is_virtual && granted->policy.authorized_keys == NULL)
		add_reason(explanation, refusal_status(REFUSE_MISCONFIGURED),
		    "it is no account of this machine, and without "
		    "authorized-keys none of filesonlyd's");
	check_record(explanation);
	check_slots(explanation);
	explanation->claimant = subsys_claiming(&explanation->request);
	prepare_decision(&granted->policy, &granted->restrictions,
	    &explanation->request, in, &explanation->means,
	    &explanation->decision);
	if (explanation->decision.subsystem == NULL)
		add_refusal(explanation, &explanation->decision.verdict);
	prepare(explanation);
}

void
explanation_free(struct explanation *explanation)
{
	decision_free(&explanation->decision);
	request_free(&explanation->request);
	session_policy_free(&explanation->granted);
	invocation_free(&explanation->invocation);
	names_free(&explanation->argv);
	for (size_t i = 0; i < explanation->reason_count; i++)
		free(explanation->reasons[i].why);
}

int
explanation_status(const struct explanation *explanation)
{
	return explanation->reason_count == 0 ? 0
					      : explanation->reasons[0].status;
}
