/*
 * The programs that customers try at an account without a shell. It decides
 * nothing: each request that comes here is refused already.
 */
#include "decide/advice.h"

#include <stddef.h>
#include <string.h>

#include "policy/policy.h"

static const char own_program[] =
    "it needs its own program on the server; use rsync";
static const char no_git[] =
    "no git here; git-annex has a special remote of type rsync";
static const char no_script[] =
    "VS Code Remote, Ansible's modules and scripts need a shell; use SFTP or "
    "rsync (in Ansible: synchronize)";
static const char no_prefix[] = "leave out what stands before the program";
static const char no_keys[] = "keys are the administrator's to add";
static const char in_sftp[] =
    "sftp has a command for that, and so has a mount by sshfs";
static const char to_read[] = "get the file with sftp or rsync";
static const char to_send[] = "files are sent with sftp or rsync";
static const char to_list[] = "ls is served; rclone lists trees";
static const char sums[] =
    "md5sum, sha1sum, sha224sum, sha256sum, sha384sum and sha512sum are served";

// clang-format off
#define EITHER (SERVICE_SFTP | SERVICE_RSYNC)

/* By the base name of the first word. */
static const struct advice {
	const char *program;
	unsigned services; /* the account must have one of them */
	const char *words;
} programs[] = {
	{ "borg",                SERVICE_SFTP,  "use restic or rclone over SFTP" },
	{ "restic",              SERVICE_SFTP,  "use restic's own sftp: repository" },
	{ "rclone",              SERVICE_SFTP,  "use rclone's sftp remote" },
	{ "unison",              SERVICE_RSYNC, own_program },
	{ "rdiff-backup",        SERVICE_RSYNC, own_program },
	{ "mutagen-agent",       SERVICE_RSYNC, own_program },
	{ "git",                 SERVICE_RSYNC, no_git },
	{ "git-upload-pack",     SERVICE_RSYNC, no_git },
	{ "git-receive-pack",    SERVICE_RSYNC, no_git },
	{ "git-upload-archive",  SERVICE_RSYNC, no_git },
	{ "git-annex-shell",     SERVICE_RSYNC, no_git },
	{ "git-lfs-authenticate",SERVICE_RSYNC, no_git },
	{ "sh",                  EITHER,        no_script },
	{ "bash",                EITHER,        no_script },
	{ "dash",                EITHER,        no_script },
	{ "zsh",                 EITHER,        no_script },
	{ "exec",                EITHER,        no_script },
	{ "python",              EITHER,        no_script },
	{ "python3",             EITHER,        no_script },
	{ "perl",                EITHER,        no_script },
	{ "sudo",                SERVICE_ALL,   no_prefix },
	{ "doas",                SERVICE_ALL,   no_prefix },
	{ "env",                 SERVICE_ALL,   no_prefix },
	{ "nice",                SERVICE_ALL,   no_prefix },
	{ "ionice",              SERVICE_ALL,   no_prefix },
	{ "ssh-copy-id",         SERVICE_ALL,   no_keys },
	{ "install-ssh-key",     SERVICE_ALL,   no_keys },
	{ "passwd",              SERVICE_ALL,   "passwords are the administrator's to change" },
	{ "quota",               SERVICE_CMD,   "df is served, and tells the account's quota" },
	{ "rm",                  SERVICE_SFTP,  in_sftp },
	{ "rmdir",               SERVICE_SFTP,  in_sftp },
	{ "mv",                  SERVICE_SFTP,  in_sftp },
	{ "cp",                  SERVICE_SFTP,  in_sftp },
	{ "ln",                  SERVICE_SFTP,  in_sftp },
	{ "chmod",               SERVICE_SFTP,  in_sftp },
	{ "chown",               SERVICE_SFTP,  in_sftp },
	{ "touch",               SERVICE_SFTP,  in_sftp },
	{ "stat",                SERVICE_SFTP,  in_sftp },
	{ "cat",                 EITHER,        to_read },
	{ "head",                EITHER,        to_read },
	{ "tail",                EITHER,        to_read },
	{ "less",                EITHER,        to_read },
	{ "dd",                  EITHER,        to_send },
	{ "tar",                 EITHER,        to_send },
	{ "du",                  SERVICE_CMD,   "df is served; rclone size counts a tree" },
	{ "find",                SERVICE_CMD,   to_list },
	{ "tree",                SERVICE_CMD,   to_list },
	{ "dir",                 SERVICE_CMD,   to_list },
	{ "md5",                 SERVICE_SUM,   sums },
	{ "sha1",                SERVICE_SUM,   sums },
	{ "sha256",              SERVICE_SUM,   sums },
	{ "b2sum",               SERVICE_SUM,   sums },
	{ "b3sum",               SERVICE_SUM,   sums },
	{ "cksum",               SERVICE_SUM,   sums },
	{ "crc32",               SERVICE_SUM,   sums },
	{ "xxhsum",              SERVICE_SUM,   sums },
	{ "mosh-server",         SERVICE_SFTP,  "there are no terminals here; use sftp" },
	{ NULL, 0, NULL },
};

static const struct advice no_command = { NULL, SERVICE_SFTP,
	"use an SFTP client; in WinSCP choose the file protocol SFTP" };

/* By what the command begins with, to the byte. */
static const struct advice beginnings[] = {
	{ "echo FISH:",          SERVICE_SFTP,  "use sftp:// in place of fish://" },
	{ "echo SFTP:",          SERVICE_SFTP,  "lftp's setting sftp:server-program must be empty" },
	{ NULL, 0, NULL },
};
// clang-format on

static const struct advice *
advice_row_of(const struct request *request)
{
	const char *name = request_base_name(request, 0);
	const struct advice *row;

	if (request->kind == REQUEST_SHELL)
		return &no_command;
	for (row = beginnings; row->program != NULL; row++) {
		if (strncmp(request->raw, row->program, strlen(row->program)) ==
		    0)
			return row;
	}
	for (row = programs; name != NULL && row->program != NULL; row++) {
		if (strcmp(name, row->program) == 0)
			return row;
	}
	return NULL;
}

const char *
advice_for(const struct request *request, unsigned services)
{
	const struct advice *row = advice_row_of(request);

	return row != NULL && (row->services & services) != 0 ? row->words
							      : NULL;
}
