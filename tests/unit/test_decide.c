/*
 * The decision is a function of policy and request alone: a table of both and
 * of what comes out.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "confine/means.h"
#include "decide/decide.h"
#include "policy/restrictions.h"

#define LENGTH(array) (sizeof(array) / sizeof((array)[0]))
#define PULL "rsync --server --sender -logDtpre.iLsfxCIvu . /"
#define PUSH "rsync --server -logDtpre.iLsfxCIvu . /"
#define DELETE "rsync --server -logDtpre.iLsfxCIvu --delete . /"

/* A row: settings "key=value", ended by NULL; a command; what comes out. */
struct row {
	const char *settings[3];
	const char *command;
	const char *service; /* NULL: refused */
	enum refusal refusal;
};

// clang-format off
static const struct row rows[] = {
	{ { NULL }, "internal-sftp", "sftp", 0 },
	{ { NULL }, "sftp-server", "sftp", 0 },
	{ { NULL }, "/usr/lib/openssh/sftp-server", "sftp", 0 },
	{ { NULL }, "/anything/sftp-server -e -l INFO", "sftp", 0 },
	{ { NULL }, PULL, "rsync", 0 },
	{ { NULL }, PUSH, "rsync", 0 },
	{ { NULL }, DELETE, "rsync", 0 },

	{ { NULL }, NULL, NULL, REFUSE_SHELL },
	{ { NULL }, "", NULL, REFUSE_SHELL },
	{ { NULL }, "  ", NULL, REFUSE_SHELL },
	{ { NULL }, "id", NULL, REFUSE_COMMAND },
	{ { NULL }, "''", NULL, REFUSE_COMMAND },
	{ { NULL }, "bash -c id", NULL, REFUSE_COMMAND },
	{ { NULL }, "/bin/sh", NULL, REFUSE_COMMAND },
	{ { NULL }, "sftp-server2", NULL, REFUSE_COMMAND },
	{ { NULL }, "SFTP-SERVER", NULL, REFUSE_COMMAND },
	{ { NULL }, "sftp-server/", NULL, REFUSE_COMMAND },
	{ { NULL }, "env sftp-server", NULL, REFUSE_COMMAND },
	{ { NULL }, "exec sftp-server", NULL, REFUSE_COMMAND },
	{ { NULL }, "sftp;id", NULL, REFUSE_METACHARACTER },
	{ { NULL }, "sftp-server & id", NULL, REFUSE_METACHARACTER },
	{ { NULL }, "sftp-server `id`", NULL, REFUSE_METACHARACTER },
	{ { NULL }, "sftp-server >/x", NULL, REFUSE_METACHARACTER },
	{ { NULL }, "sftp-server 'a", NULL, REFUSE_QUOTES },
	{ { NULL }, "internal-sftp\nid", NULL, REFUSE_COMMAND },
	{ { NULL }, "rsync", NULL, REFUSE_SYNTAX },
	{ { NULL }, "rsync --daemon", NULL, REFUSE_SYNTAX },
	{ { NULL }, "rsync --server --daemon .", NULL, REFUSE_OPTION },
	{ { NULL }, "rsync --server -e sh . /", NULL, REFUSE_OPTION },
	{ { NULL }, "rsync --server --sender -r . ~", "rsync", 0 },
	{ { NULL }, "rsync --server --sender -r . ~root/x", NULL, REFUSE_PATH },

	{ { NULL }, "scp -t d", "scp", 0 },
	{ { NULL }, "scp -f d/*", "scp", 0 },
	{ { NULL }, "scp a host:b", NULL, REFUSE_SYNTAX },
	{ { NULL }, "scp -S /bin/sh -t d", NULL, REFUSE_OPTION },
	{ { "mode=read-only" }, "scp -f d", "scp", 0 },
	{ { "mode=read-only" }, "scp -t d", NULL, REFUSE_MODE },
	{ { "mode=write-only" }, "scp -t d", "scp", 0 },
	{ { "mode=write-only" }, "scp -f d", NULL, REFUSE_MODE },
	{ { "mode=create-only" }, "scp -t d", "scp", 0 },
	{ { "services=scp" }, "scp -f d", "scp", 0 },
	{ { "services=sftp" }, "scp -f d", NULL, REFUSE_SERVICE },
	{ { "exact=scp -t d" }, "scp -t 'd'", "scp", 0 },
	{ { "exact=scp -t d" }, "scp -f d", NULL, REFUSE_EXACT },

	{ { NULL }, "md5sum", "sum", 0 },
	{ { NULL }, "/usr/bin/sha256sum -b -- -x", "sum", 0 },
	{ { NULL }, "sha512sum --text a -b \"b c\"", "sum", 0 },
	{ { NULL }, "md5sum -c sums", NULL, REFUSE_OPTION },
	{ { NULL }, "md5sum --check", NULL, REFUSE_OPTION },
	{ { NULL }, "md5sum ~anna/x", NULL, REFUSE_PATH },
	{ { NULL }, "md5sum '~anna/x'", "sum", 0 },
	{ { NULL }, "./md5sum x", NULL, REFUSE_COMMAND },
	{ { NULL }, "md5sum x; id", NULL, REFUSE_METACHARACTER },
	{ { "mode=read-only" }, "md5sum x", "sum", 0 },
	{ { "mode=create-only" }, "md5sum x", "sum", 0 },
	{ { "mode=write-only" }, "md5sum x", NULL, REFUSE_MODE },
	{ { "services=sum" }, "sha1sum", "sum", 0 },
	{ { "services=sftp,rsync,cmd" }, "sha1sum", NULL, REFUSE_SERVICE },

	{ { NULL }, "ls", "cmd", 0 },
	{ { NULL }, "/bin/ls d -la --", "cmd", 0 },
	{ { NULL }, "ls -R", NULL, REFUSE_OPTION },
	{ { NULL }, "mkdir -p a/b ~/c ~", "cmd", 0 },
	{ { NULL }, "mkdir", NULL, REFUSE_SYNTAX },
	{ { NULL }, "mkdir ~root", NULL, REFUSE_PATH },
	{ { NULL }, "df -Pk /", "cmd", 0 },
	{ { NULL }, "df a b", NULL, REFUSE_SYNTAX },
	{ { NULL }, "test -d x", "cmd", 0 },
	{ { NULL }, "test x", NULL, REFUSE_SYNTAX },
	{ { NULL }, "test -d -f x", NULL, REFUSE_SYNTAX },
	{ { NULL }, "test -x /usr/lib/sftp-server", NULL, REFUSE_OPTION },
	{ { NULL }, "cd", "cmd", 0 },
	{ { NULL }, "pwd", "cmd", 0 },
	{ { NULL }, "pwd -P", NULL, REFUSE_OPTION },
	{ { NULL }, "true", "cmd", 0 },
	{ { NULL }, ":", "cmd", 0 },
	{ { NULL }, "exit", "cmd", 0 },
	{ { NULL }, "exit 0", "cmd", 0 },
	{ { NULL }, "exit 1", NULL, REFUSE_COMMAND },
	{ { NULL }, "echo ${ShellId}%ComSpec%", "cmd", 0 },
	{ { NULL }, "echo ${ShellId}%ComSpec% ", NULL, REFUSE_METACHARACTER },
	{ { NULL }, "echo a", NULL, REFUSE_COMMAND },
	{ { NULL }, "echo", NULL, REFUSE_SYNTAX },
	{ { "mode=read-only" }, "ls", "cmd", 0 },
	{ { "mode=read-only" }, "mkdir d", NULL, REFUSE_MODE },
	{ { "mode=create-only" }, "mkdir d", "cmd", 0 },
	{ { "mode=write-only" }, "ls", NULL, REFUSE_MODE },
	{ { "mode=write-only" }, "mkdir d", "cmd", 0 },
	{ { "mode=write-only" }, "test -e d", "cmd", 0 },
	{ { "services=cmd" }, "true", "cmd", 0 },
	{ { "services=sftp,rsync,sum" }, "true", NULL, REFUSE_SERVICE },
	{ { "exact=md5sum 'a b'" }, "md5sum a\\ b", "sum", 0 },
	{ { "exact=md5sum a" }, "md5sum b", NULL, REFUSE_EXACT },

	{ { "services=rsync" }, "internal-sftp", NULL, REFUSE_SERVICE },
	{ { "services=rsync" }, PULL, "rsync", 0 },
	{ { "services=sftp" }, PULL, NULL, REFUSE_SERVICE },
	{ { "services=sftp" }, "internal-sftp", "sftp", 0 },
	/* What the account has is told before what the command lacks. */
	{ { "services=sftp" }, "rsync --daemon", NULL, REFUSE_SERVICE },

	{ { "mode=read-only" }, PULL, "rsync", 0 },
	{ { "mode=read-only" }, "internal-sftp", "sftp", 0 },
	{ { "mode=read-only" }, PUSH, NULL, REFUSE_MODE },
	{ { "mode=read-only" }, DELETE, NULL, REFUSE_MODE },
	{ { "mode=write-only" }, PULL, NULL, REFUSE_MODE },
	{ { "mode=write-only" }, "internal-sftp", "sftp", 0 },
	{ { "delete=no" }, PUSH, "rsync", 0 },
	{ { "delete=no" }, DELETE, NULL, REFUSE_MODE },

	{ { "exact=" PULL }, PULL, "rsync", 0 },
	{ { "exact=" PULL }, PUSH, NULL, REFUSE_EXACT },
	{ { "exact=" PULL }, "internal-sftp", NULL, REFUSE_EXACT },
	{ { "exact=" PULL, "exact=internal-sftp" }, "internal-sftp",
	    "sftp", 0 },
	{ { "exact=" PULL }, NULL, NULL, REFUSE_SHELL },
	/* A listed command is not thereby allowed. */
	{ { "exact=rsync --fake-super --server -re.iLs . d" },
	    "rsync --fake-super --server -re.iLsfxC . d", "rsync", 0 },
	{ { "exact=rsync --fake-super --server -re.iLs . d" },
	    "rsync --server -re.iLsfxC . d", NULL, REFUSE_EXACT },
	{ { "exact=id" }, "id", NULL, REFUSE_COMMAND },
	{ { "exact=" PUSH, "mode=read-only" }, PUSH, NULL, REFUSE_MODE },
	{ { "exact=" PULL, "services=sftp" }, PULL, NULL, REFUSE_SERVICE },
};
// clang-format on

static void
set_all(struct policy *policy, const char *const *settings)
{
	char name[32], room[256];
	struct buf error;

	buf_init(&error, room, sizeof(room));
	for (; *settings != NULL; settings++) {
		size_t len = strcspn(*settings, "=");

		assert_true(len < sizeof(name));
		memcpy(name, *settings, len);
		name[len] = '\0';
		assert_int_equal(policy_set(policy, name, *settings + len + 1,
				     &error),
		    0);
	}
}

/* The decision where symlinks can't be followed and nothing is restricted. */
static enum refusal
decide_on(const struct policy *policy, const struct request *request,
    struct decision *decision)
{
	static const struct restrictions none = { .rrsync = NULL };
	static const struct means means = { .view = VIEW_HOST };
	const struct terms terms = { policy, &none, &means };

	return decide(&terms, request, subsys_claiming(request), decision);
}

static void
each_policy_and_request_has_its_one_decision(void **state)
{
	(void)state;
	for (size_t i = 0; i < LENGTH(rows); i++) {
		struct decision decision;
		struct request request;
		struct policy policy;

		policy_init(&policy);
		set_all(&policy, rows[i].settings);
		request_parse(&request, rows[i].command);
		if (decide_on(&policy, &request, &decision) != rows[i].refusal)
			fail_msg("row %zu: %s: %s", i,
			    rows[i].command == NULL ? "" : rows[i].command,
			    refusal_word(decision.verdict.refusal));
		assert_int_equal(decision.verdict.refusal, rows[i].refusal);
		if (rows[i].service == NULL)
			assert_null(decision.subsystem);
		else
			assert_string_equal(decision.subsystem->name,
			    rows[i].service);
		/* A refusal leaves nothing that had to be freed. */
		if (rows[i].service == NULL)
			assert_null(decision.parsed);
		decision_free(&decision);
		request_free(&request);
		policy_free(&policy);
	}
}

static void
the_subsystem_by_its_name_needs_no_command(void **state)
{
	struct decision decision;
	struct request request;
	struct policy policy;

	(void)state;
	policy_init(&policy);
	request_sftp(&request);
	assert_int_equal(decide_on(&policy, &request, &decision),
	    REFUSE_NOTHING);
	assert_string_equal(decision.subsystem->name, "sftp");
	policy.services = SERVICE_RSYNC;
	assert_int_equal(decide_on(&policy, &request, &decision),
	    REFUSE_SERVICE);
	assert_null(decision.subsystem);
	policy_free(&policy);
}

static void
a_refusal_names_the_command_escaped(void **state)
{
	struct decision decision;
	struct request request;
	struct policy policy;

	(void)state;
	policy_init(&policy);
	request_parse(&request, "id\n\x1b");
	assert_int_equal(decide_on(&policy, &request, &decision),
	    REFUSE_COMMAND);
	assert_string_equal(decision.verdict.what, "\"id\\n\\x1b\"");
	request_free(&request);
	policy_free(&policy);
}

static void
no_service_at_all_serves_nothing(void **state)
{
	static const char *const commands[] = { "internal-sftp", PULL, PUSH,
		"md5sum", "ls" };

	(void)state;
	for (size_t i = 0; i < LENGTH(commands); i++) {
		struct decision decision;
		struct request request;
		struct policy policy;

		policy_init(&policy);
		policy.services = 0;
		request_parse(&request, commands[i]);
		assert_int_equal(decide_on(&policy, &request, &decision),
		    REFUSE_SERVICE);
		request_free(&request);
		policy_free(&policy);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_policy_and_request_has_its_one_decision),
		cmocka_unit_test(the_subsystem_by_its_name_needs_no_command),
		cmocka_unit_test(a_refusal_names_the_command_escaped),
		cmocka_unit_test(no_service_at_all_serves_nothing),
	};

	return cmocka_run_group_tests_name("decide", tests, NULL, NULL);
}
