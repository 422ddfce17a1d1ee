/*
 * The two sources of a policy. On a forced command's own line the
 * administrator's words are the policy; where the configuration is the
 * policy, whatever the line says can only take away.
 */
#include "decide/policy_source.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/quote.h"
#include "decide/rrsync.h"
#include "decide/sftp_server_flags.h"

/* As options_parse, by whichever name we were called. */
static int
source_parse_line(const struct invocation *invocation,
    const struct session *session, struct options *options,
    struct policy *asked, struct buf *error)
{
	if (invocation_is_name(invocation->argv[0], "sftp-server"))
		return sftp_server_flags_parse(options, asked, invocation->argc,
		    invocation->argv, session, error);
	if (rrsync_is_name(invocation->argv[0]))
		return rrsync_parse(options, asked, invocation->argc,
		    invocation->argv, error);
	return options_parse(options, asked, invocation->argc, invocation->argv,
	    error);
}

/* A client never says which configuration or profile counts. */
static int
check_options(const struct invocation *invocation,
    const struct options *options, const struct policy *asked,
    struct buf *error)
{
	bool chooses = options->config != NULL || options->profile != NULL;

	if (invocation->only_narrows &&
	    (chooses || options->task != TASK_SERVE)) {
		buf_add_text(error,
		    "a login shell's command line can't name a configuration, "
		    "a profile or a task; it may come from the client");
		return -1;
	}
	if (chooses && asked->root != NULL) {
		buf_add_text(error,
		    "a root and a configuration (--config, --profile): one "
		    "of the two");
		return -1;
	}
	return 0;
}

/* A root is relative to the home, as on a forced command's line. */
static int
make_root_absolute(struct policy *asked, const struct session *session,
    struct buf *error)
{
	char path[2 * PATH_MAX];

	if (asked->root == NULL || asked->root[0] == '/')
		return 0;
	/* The directory in which we start is another where there is no home. */
	if (!session->has_account || session->home_is_odd) {
		buf_add_text(error, "the root ");
		quote_add(error, asked->root, strlen(asked->root), 256);
		buf_add_text(error, " is relative to a home that the account "
				    "does not have");
		return -1;
	}
	snprintf(path, sizeof(path), "%s/%s",
	    session->home[1] == '\0' ? "" : session->home, asked->root);
	return policy_set(asked, "root", path, error);
}

/* Loads the account's sections; what the line asks for comes later. */
static int
load_sections(const struct invocation *invocation,
    const struct session *session, const struct options *options,
    struct session_policy *loaded, struct buf *error)
{
	const bool may_choose = !invocation->only_narrows;
	const struct config_ask ask = { .session = session,
		.file = may_choose && options->config != NULL ? options->config
							      : session->config,
		.profile = may_choose ? options->profile : NULL };

	return config_load(&loaded->policy, &ask, &loaded->origin, error);
}

static int
narrow_by_line(struct session_policy *loaded, struct policy *asked,
    const struct options *options, const struct session *session,
    struct buf *error)
{
	if (make_root_absolute(asked, session, error) != 0 ||
	    policy_narrow(&loaded->policy, asked, &options->given,
		&loaded->restrictions.below, error) != 0)
		return -1;
	return policy_check(&loaded->policy, error);
}

/*
 * Parses our own command line. An error is a usage error, or a
 * misconfiguration where the line may be the client's.
 */
static enum loaded
source_read_line(const struct invocation *invocation,
    const struct session *session, struct options *options,
    struct policy *asked, struct buf *error)
{
	if (source_parse_line(invocation, session, options, asked, error) !=
		0 ||
	    check_options(invocation, options, asked, error) != 0)
		return invocation->only_narrows ? LOAD_MISCONFIGURED
						: LOAD_USAGE;
	return LOADED;
}

/* Does the line say all, so that no configuration is asked? */
static bool
line_is_complete(const struct invocation *invocation,
    const struct options *options, const struct policy *asked)
{
	return !invocation->only_narrows &&
	       (options->task != TASK_SERVE || asked->root != NULL);
}

static enum loaded
source_load(const struct invocation *invocation, const struct session *session,
    struct options *options, struct session_policy *loaded, struct buf *error)
{
	char room[1024];
	struct policy asked;
	struct buf wrong;
	enum loaded result;

	*loaded = (struct session_policy){ .origin = { .by_root = false } };
	policy_init(&loaded->policy);
	policy_init(&asked);
	buf_init(&wrong, room, sizeof(room));
	result = source_read_line(invocation, session, options, &asked, &wrong);
	loaded->restrictions = options->restrictions;
	if (result == LOAD_USAGE ||
	    line_is_complete(invocation, options, &asked)) {
		policy_free(&loaded->policy);
		loaded->policy = asked;
		buf_add(error, wrong.bytes, wrong.len);
		if (result == LOADED && options->task == TASK_SERVE &&
		    (make_root_absolute(&loaded->policy, session, error) != 0 ||
			policy_check(&loaded->policy, error) != 0))
			return LOAD_USAGE;
		return result;
	}
	/* Even where the line is wrong: the sections say where the log is. */
	if (load_sections(invocation, session, options, loaded, error) != 0) {
		result = LOAD_MISCONFIGURED;
	} else if (result != LOADED) {
		buf_add(error, wrong.bytes, wrong.len);
	} else if (narrow_by_line(loaded, &asked, options, session, error) !=
		   0) {
		result = LOAD_MISCONFIGURED;
	}
	policy_free(&asked);
	return result;
}

/* The key that logged in may expire before the account and its line do. */
static void
expire_with_key(struct policy *policy, const struct session *session)
{
	uint64_t expires = (uint64_t)session->expires;

	if (expires != 0 && (policy->expires == 0 || expires < policy->expires))
		policy->expires = expires;
}

enum loaded
policy_source_load(const struct invocation *invocation,
    const struct session *session, struct options *options,
    struct session_policy *loaded, struct buf *error)
{
	enum loaded result =
	    source_load(invocation, session, options, loaded, error);

	expire_with_key(&loaded->policy, session);
	return result;
}

void
session_policy_free(struct session_policy *loaded)
{
	policy_free(&loaded->policy);
	free(loaded->restrictions.below);
	loaded->restrictions.below = NULL;
}
