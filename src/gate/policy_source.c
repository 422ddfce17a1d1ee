/*
 * The two sources of a policy. On a forced command's own line the
 * administrator's words are the policy; where the configuration is the
 * policy, whatever the line says can only take away.
 */
#include "gate/policy_source.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "gate/rrsync.h"
#include "gate/sftp_server_flags.h"
#include "policy/config.h"

/* As options_parse, by whichever name we were called. */
static int
parse(const struct invocation *invocation, const struct session *session,
    struct options *options, struct policy *asked, struct buf *error)
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

/* Which configuration, and which profile, is never the client's to say. */
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
make_whole(struct policy *asked, const struct session *session,
    struct buf *error)
{
	char path[2 * PATH_MAX];

	if (asked->root == NULL || asked->root[0] == '/')
		return 0;
	snprintf(path, sizeof(path), "%s/%s", session->home, asked->root);
	return policy_set(asked, "root", path, error);
}

/* The account's sections, and nothing yet of what is asked for. */
static int
load_sections(const struct invocation *invocation,
    const struct session *session, const struct options *options,
    struct policy *policy, struct buf *error)
{
	const bool may_choose = !invocation->only_narrows;
	const struct config_ask ask = { .session = session,
		.file = may_choose ? options->config : NULL,
		.profile = may_choose ? options->profile : NULL };

	return config_load(policy, &ask, error);
}

static int
narrow(struct policy *policy, struct policy *asked,
    const struct options *options, const struct session *session,
    struct buf *error)
{
	if (make_whole(asked, session, error) != 0 ||
	    policy_narrow(policy, asked, &options->given, error) != 0)
		return -1;
	return policy_check(policy, error);
}

/* What our command line alone says; wrong: who wrote it must mend it. */
static enum loaded
read_line(const struct invocation *invocation, const struct session *session,
    struct options *options, struct policy *asked, struct buf *error)
{
	if (parse(invocation, session, options, asked, error) != 0 ||
	    check_options(invocation, options, asked, error) != 0)
		return invocation->only_narrows ? LOAD_MISCONFIGURED
						: LOAD_USAGE;
	return LOADED;
}

/* Is all said on the line, so that the configuration isn't asked? */
static bool
is_complete(const struct invocation *invocation, const struct options *options,
    const struct policy *asked)
{
	return !invocation->only_narrows &&
	       (options->task != TASK_SERVE || asked->root != NULL);
}

enum loaded
policy_source_load(const struct invocation *invocation,
    const struct session *session, struct options *options,
    struct policy *policy, struct buf *error)
{
	char room[1024];
	struct policy asked;
	struct buf wrong;
	enum loaded loaded;

	policy_init(policy);
	policy_init(&asked);
	buf_init(&wrong, room, sizeof(room));
	loaded = read_line(invocation, session, options, &asked, &wrong);
	if (loaded == LOAD_USAGE || is_complete(invocation, options, &asked)) {
		policy_free(policy);
		*policy = asked;
		buf_add(error, wrong.bytes, wrong.len);
		if (loaded == LOADED && options->task == TASK_SERVE &&
		    policy_check(policy, error) != 0)
			return LOAD_USAGE;
		return loaded;
	}
	/* Even where the line is wrong: the sections say where the log is. */
	if (load_sections(invocation, session, options, policy, error) != 0) {
		loaded = LOAD_MISCONFIGURED;
	} else if (loaded != LOADED) {
		buf_add(error, wrong.bytes, wrong.len);
	} else if (narrow(policy, &asked, options, session, error) != 0) {
		loaded = LOAD_MISCONFIGURED;
	}
	policy_free(&asked);
	return loaded;
}
