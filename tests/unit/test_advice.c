/*
 * Each program that customers try and that can't be served is refused with what
 * to use instead, and never with what the account lacks.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "decide/advice.h"
#include "policy/policy.h"

static const char *
advice(const char *command, unsigned services)
{
	struct request request;
	const char *words;

	request_parse(&request, command);
	words = advice_for(&request, services);
	request_free(&request);
	return words;
}

/* What clients and people send (the first ones word by word), and a part of
 * what they hear. */
static void
each_of_them_hears_what_to_use(void **state)
{
	static const struct {
		const char *command;
		const char *part;
	} rows[] = { { NULL, "in WinSCP choose the file protocol SFTP" },
		{ "borg serve --umask=077", "restic or rclone" },
		{ "unison -server __new-rpc-mode", "rsync" },
		{ "rdiff-backup --terminal-verbosity 3 --server", "rsync" },
		{ ".mutagen/agents/0.17.5/mutagen-agent synchronizer",
		    "rsync" },
		{ "git-upload-pack 'p'", "git-annex" },
		{ "echo FISH:;/bin/sh", "sftp://" },
		{ "echo SFTP: >&2;/usr/lib/openssh/sftp-server",
		    "sftp:server-program" },
		{ "/bin/sh -c 'echo ~u && sleep 0'", "synchronize" },
		{ "exec sh -c 'cd ; umask 077 ; mkdir -p .ssh && ...'",
		    "need a shell" },
		{ "bash", "VS Code" }, { "rm -rf x", "sftp" },
		{ "rm x; ls", "sftp" }, { "cat x | head", "get the file" },
		{ "mv a b", "sftp" }, { "du -sk DIR", "df is served" },
		{ "sudo rsync --server .", "leave out" },
		{ "nice -n19 rsync --server .", "leave out" },
		{ "quota", "df" }, { "install-ssh-key", "administrator" },
		{ "rclone md5sum", "sftp remote" }, { "md5 -r", "md5sum" } };

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		const char *words = advice(rows[i].command, SERVICE_ALL);

		if (words == NULL || strstr(words, rows[i].part) == NULL)
			fail_msg("%s: %s", rows[i].command,
			    words == NULL ? "no advice" : words);
	}
}

static void
what_is_unknown_is_only_refused(void **state)
{
	static const char *const commands[] = { "id", "borgmatic",
		"xborg serve", "echo x", "Borg serve", "echo fish:" };

	(void)state;
	for (size_t i = 0; i < sizeof(commands) / sizeof(*commands); i++)
		assert_null(advice(commands[i], SERVICE_ALL));
}

static void
no_service_is_named_that_the_account_lacks(void **state)
{
	(void)state;
	assert_non_null(advice("borg serve", SERVICE_SFTP));
	assert_null(advice("borg serve", SERVICE_RSYNC));
	assert_non_null(advice("unison -server", SERVICE_RSYNC));
	assert_null(advice("unison -server", SERVICE_SFTP));
	assert_null(advice("quota", SERVICE_SFTP | SERVICE_RSYNC));
	assert_null(advice("md5", SERVICE_CMD));
	assert_null(advice(NULL, SERVICE_RSYNC));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_of_them_hears_what_to_use),
		cmocka_unit_test(what_is_unknown_is_only_refused),
		cmocka_unit_test(no_service_is_named_that_the_account_lacks),
	};

	return cmocka_run_group_tests_name("advice", tests, NULL, NULL);
}
