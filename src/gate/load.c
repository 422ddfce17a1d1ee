/*
 * The two sources of a policy. On a forced command's own line the
 * administrator's words are the policy; where the configuration is the
 * policy, whatever the line says can only take away.
 */
#include "gate/load.h"

#include <stdio.h>
#include <string.h>

#include "core/conf.h"
#include "gate/rrsync.h"

/* sftp-server [--config=FILE] [--]: sshd's Subsystem line. */
static int
parse_subsystem(struct options *options, struct policy *asked,
    const struct forced *forced, struct buf *error)
{
	int count = 1;

	while (count < forced->argc && strcmp(forced->argv[count], "--") != 0)
		count++;
	if (options_parse(options, asked, count, forced->argv, error) != 0)
		return -1;
	if (asked->root == NULL && count + 1 >= forced->argc)
		return 0;
	buf_add_text(error, "called as sftp-server, the policy is the "
			    "configuration's; only --config=FILE and "
			    "--profile=NAME may be said");
	return -1;
}

/* As options_parse, by whichever name we were called. */
static int
parse(const struct forced *forced, struct options *options,
    struct policy *asked, struct buf *error)
{
	if (forced->is_sftp)
		return parse_subsystem(options, asked, forced, error);
	if (rrsync_is_name(forced->argv[0]))
		return rrsync_parse(options, asked, forced->argc, forced->argv,
		    error);
	return options_parse(options, asked, forced->argc, forced->argv, error);
}

/* Which configuration, and which profile, is never the client's to say. */
static int
check_options(const struct forced *forced, const struct options *options,
    const struct policy *asked, struct buf *error)
{
	bool chooses = options->config != NULL || options->profile != NULL;

	if (forced->only_narrows && (chooses || options->task != TASK_SERVE)) {
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

static int
load_configured(const struct session *session, const struct options *options,
    struct policy *asked, struct policy *policy, struct buf *error)
{
	const struct conf_ask ask = { .session = session,
		.file = options->config,
		.profile = options->profile };

	policy_init(policy);
	if (conf_load(policy, &ask, error) != 0 ||
	    make_whole(asked, session, error) != 0 ||
	    policy_narrow(policy, asked, &options->given, error) != 0)
		return -1;
	return policy_check(policy, error);
}

enum loaded
load_policy(const struct forced *forced, const struct session *session,
    struct options *options, struct policy *policy, struct buf *error)
{
	struct policy asked;
	enum loaded wrong =
	    forced->only_narrows ? LOAD_MISCONFIGURED : LOAD_USAGE;
	int result;

	policy_init(policy);
	if (parse(forced, options, policy, error) != 0 ||
	    check_options(forced, options, policy, error) != 0)
		return wrong;
	if (options->task != TASK_SERVE)
		return LOADED;
	if (policy->root != NULL && !forced->only_narrows)
		return policy_check(policy, error) == 0 ? LOADED : LOAD_USAGE;
	asked = *policy;
	result = load_configured(session, options, &asked, policy, error);
	policy_free(&asked);
	return result == 0 ? LOADED : LOAD_MISCONFIGURED;
}
