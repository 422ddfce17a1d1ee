/*
 * A login shell's command line, which may be the client's work: whatever it
 * says, no part of the configured policy gets wider. The input is
 * SSH_ORIGINAL_COMMAND, a NUL, and what stands behind -c.
 */
#include <string.h>

#include "base/xalloc.h"
#include "decide/invocation.h"
#include "decide/options.h"
#include "decide/rrsync.h"
#include "decide/sftp_server_flags.h"
#include "policy/policy.h"
#include "tests/fuzz/target.h"

#define CONFIGURED (sizeof(configured) / sizeof(configured[0]))

/* Policies to start from: "KEY=VALUE" each, a root of their own besides. */
static const char *const configured[][8] = {
	{ "mode=read-write" },
	{ "mode=read-only", "services=sftp", "bandwidth=1M", "links=none" },
	{ "mode=create-only", "set-id=yes", "max-sessions=5", "umask=027" },
	{ "mode=create-only", "free=locks,cache/of it", "own-window=60" },
	{ "mode=write-only", "exact=rsync a", "exact=rsync b", "hide=x",
	    "file-mode=0640", "confine=prefer" },
	{ "delete=no", "overwrite=no", "lock=yes", "names=own",
	    "idle-timeout=9", "max-file-size=1K", "munge-links=yes" },
};

static char room[8192];
static struct buf error;

static void
configure(struct policy *policy, size_t which)
{
	char key[32];

	buf_init(&error, room, sizeof(room));
	policy_init(policy);
	MUST(policy_set(policy, "root", "/srv/a", &error) == 0);
	for (size_t i = 0; i < 8 && configured[which][i] != NULL; i++) {
		const char *text = configured[which][i];
		size_t len = strcspn(text, "=");

		memcpy(key, text, len);
		key[len] = '\0';
		MUST(policy_set(policy, key, text + len + 1, &error) == 0);
	}
}

static int
parse(const struct invocation *invocation, struct options *options,
    struct policy *asked)
{
	static const struct session session = { .user = "anna",
		.home = "/home/anna" };

	if (invocation_is_name(invocation->argv[0], "sftp-server"))
		return sftp_server_flags_parse(options, asked, invocation->argc,
		    invocation->argv, &session, &error);
	if (rrsync_is_name(invocation->argv[0]))
		return rrsync_parse(options, asked, invocation->argc,
		    invocation->argv, &error);
	return options_parse(options, asked, invocation->argc, invocation->argv,
	    &error);
}

static bool
no_more(uint64_t limit, uint64_t before)
{
	return before == 0 || (limit != 0 && limit <= before);
}

static void
check_acts(const struct policy *now, const struct policy *before)
{
	static const int
	    width[] = { [ANSWER_NO] = 0, [ANSWER_OWN] = 1, [ANSWER_YES] = 2 };

	for (unsigned act = 1; act <= ACT_SYMLINK; act <<= 1)
		MUST(width[policy_answer(now, act)] <=
		     width[policy_answer(before, act)]);
}

static void
check_same(const struct policy *now, const struct policy *before)
{
	MUST(strcmp(now->root, before->root) == 0);
	MUST(strcmp(now->rsync, before->rsync) == 0);
	MUST(strcmp(now->audit, before->audit) == 0);
	MUST(strcmp(now->sessions_dir, before->sessions_dir) == 0);
	MUST(now->confine == before->confine && now->jail == before->jail);
	MUST(now->audit_loss == before->audit_loss);
	MUST(now->rsync_version == before->rsync_version);
}

static bool
has_text(const struct texts *texts, const char *text)
{
	for (size_t i = 0; i < texts->count; i++) {
		if (strcmp(texts->at[i], text) == 0)
			return true;
	}
	return false;
}

/* In a narrower root the same words would name other directories. */
static void
check_free(const struct policy *now, const struct policy *before,
    bool has_other_root)
{
	if (before->mode == MODE_READ_WRITE && before->may_delete &&
	    before->may_overwrite)
		return;
	MUST(!has_other_root || now->free.count == 0);
	for (size_t i = 0; i < now->free.count; i++)
		MUST(has_text(&before->free, now->free.at[i]));
}

static void
check_narrower(const struct policy *now, const struct policy *before)
{
	check_acts(now, before);
	check_same(now, before);
	MUST((now->services & ~before->services) == 0);
	MUST(now->set_id <= before->set_id);
	MUST(now->home_in_root <= before->home_in_root);
	MUST(now->lock >= before->lock);
	MUST(now->munge_links >= before->munge_links);
	MUST(now->atomic_uploads >= before->atomic_uploads);
	MUST(now->one_file_system >= before->one_file_system);
	MUST(now->links >= before->links && now->names >= before->names);
	MUST(no_more(now->max_file_size, before->max_file_size));
	MUST(no_more(now->max_session_bytes, before->max_session_bytes));
	MUST(no_more(now->bandwidth, before->bandwidth));
	MUST(no_more(now->idle_timeout, before->idle_timeout));
	MUST(no_more(now->session_timeout, before->session_timeout));
	MUST(no_more(now->max_sessions, before->max_sessions));
	MUST(no_more(now->own_window, before->own_window));
	MUST(before->umask == MODE_UNSET ||
	     (now->umask & before->umask) == before->umask);
	MUST(before->file_mode == MODE_UNSET ||
	     (now->file_mode & ~before->file_mode) == 0);
	MUST(now->hide.count >= before->hide.count);
	MUST(now->deny.count >= before->deny.count);
	MUST(before->exact.count == 0 ||
	     (now->exact.count > 0 && now->exact.count <= 64));
}

static void
check_line(const struct invocation *invocation)
{
	for (size_t i = 0; i < CONFIGURED; i++) {
		struct policy before, now, asked;
		struct options options;
		char *below = NULL;

		configure(&before, i);
		configure(&now, i);
		policy_init(&asked);
		buf_init(&error, room, sizeof(room));
		if (parse(invocation, &options, &asked) == 0 &&
		    policy_narrow(&now, &asked, &options.given, &below,
			&error) == 0) {
			check_narrower(&now, &before);
			check_free(&now, &before, below != NULL);
		}
		MUST(below == NULL || below[0] != '/');
		free(below);
		policy_free(&before);
		policy_free(&now);
		policy_free(&asked);
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = xmemdup(data, size), *command = strchr(text, '\0');
	char *const argv[] = { (char[]){ "filesonly" }, (char[]){ "-c" },
		(size_t)(command - text) < size ? command + 1 : command, NULL };
	struct invocation invocation;

	invocation_read(&invocation, 3, argv, text);
	MUST(invocation.is_shell);
	MUST(invocation.command == text || invocation.command == argv[2]);
	if (invocation.only_narrows)
		check_line(&invocation);
	else
		MUST(invocation.command == argv[2] && invocation.argc == 1);
	invocation_free(&invocation);
	free(text);
	return 0;
}
