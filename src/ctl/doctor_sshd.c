/*
 * The SSH side: which ways lead the account past the gate, and what of sshd's
 * own stays open beside it. sshd itself says what its settings come to.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/io.h"
#include "base/xalloc.h"
#include "ctl/doctor.h"
#include "ctl/key_lines.h"
#include "ctl/sshd_settings.h"
#include "decide/invocation.h"
#include "request/words.h"

enum { KEYS_MAX = 1 << 20 };

/* What was seen of the account's ways in. */
struct ways {
	const struct sshd_settings *sshd;
	bool forced;       /* by a ForceCommand */
	bool shell;        /* by the login shell */
	size_t keys;       /* lines with a key */
	bool keys_shut;    /* all of them have no forwarding */
	bool keys_no_rc;   /* all of them have no ~/.ssh/rc */
	bool keys_command; /* all of them have a command of ours */
	bool keys_only;    /* no other way in than by these keys */
};

/* Settings that are well at one value. */
static const struct {
	const char *keyword, *good;
	enum covered { BY_NOTHING, BY_DISABLE, BY_RC } covered;
	enum severity severity;
	const char *what, *why, *mend;
} settings[] = {
	{ "allowtcpforwarding", "no", BY_DISABLE, SEVERITY_ERROR,
	    "sshd forwards ports for the account",
	    "it reaches the machine's own services and its network",
	    "sshd_config: DisableForwarding yes; or restrict in each key's "
	    "line" },
	{ "allowstreamlocalforwarding", "no", BY_DISABLE, SEVERITY_ERROR,
	    "sshd forwards local sockets for the account",
	    "it reaches sockets of the machine (databases, container "
	    "engines), and makes some of its own",
	    "sshd_config: DisableForwarding yes" },
	{ "allowagentforwarding", "no", BY_DISABLE, SEVERITY_WARNING,
	    "sshd forwards agents for the account",
	    "a socket of the agent's is made on the machine in each session",
	    "sshd_config: DisableForwarding yes" },
	{ "x11forwarding", "no", BY_DISABLE, SEVERITY_WARNING,
	    "sshd forwards X11 for the account",
	    "xauth is run as the account, with files of its home",
	    "sshd_config: DisableForwarding yes" },
	/* Neither "restrict" nor DisableForwarding shuts these. */
	{ "permittunnel", "no", BY_NOTHING, SEVERITY_ERROR,
	    "sshd makes network tunnels for the account",
	    "the client gets an interface in the machine's network",
	    "sshd_config: PermitTunnel no" },
	{ "permituserenvironment", "no", BY_NOTHING, SEVERITY_ERROR,
	    "sshd reads ~/.ssh/environment",
	    "a file in the home names libraries that are loaded before "
	    "filesonly runs",
	    "sshd_config: PermitUserEnvironment no" },
	{ "permituserrc", "no", BY_RC, SEVERITY_WARNING, "sshd runs ~/.ssh/rc",
	    "a file in the home is a program that runs before filesonly",
	    "sshd_config: PermitUserRC no" },
	{ "strictmodes", "yes", BY_NOTHING, SEVERITY_WARNING,
	    "sshd does not look who can write authorized_keys",
	    "whoever can changes what the account may do",
	    "sshd_config: StrictModes yes" },
	{ "exposeauthinfo", "yes", BY_NOTHING, SEVERITY_WARNING,
	    "sshd does not tell which key has logged in",
	    "the record can't name the key, only the account",
	    "sshd_config: ExposeAuthInfo yes" },
	{ "trustedusercakeys", "none", BY_NOTHING, SEVERITY_WARNING,
	    "certificates of an authority may log in to the account",
	    "they bring a forced command of their own, or none",
	    "sshd_config, in the account's Match: TrustedUserCAKeys none" },
};

static bool
is_covered(const struct doctor *doctor, const struct ways *ways,
    enum covered covered)
{
	if (covered == BY_DISABLE)
		return sshd_setting_is(ways->sshd, "disableforwarding",
			   "yes") ||
		       (ways->keys_only && ways->keys > 0 && ways->keys_shut);
	if (covered == BY_RC)
		return doctor_shell_is_gate(doctor) ||
		       (ways->keys_only && ways->keys > 0 && ways->keys_no_rc);
	return false;
}

static void
look_at_settings(struct doctor *doctor, const struct ways *ways)
{
	for (size_t i = 0; i < sizeof(settings) / sizeof(*settings); i++) {
		char value[1024];

		if (!sshd_setting(ways->sshd, settings[i].keyword, 0, value) ||
		    strcmp(value, settings[i].good) == 0 ||
		    is_covered(doctor, ways, settings[i].covered))
			continue;
		doctor_tell(doctor, settings[i].severity, settings[i].what,
		    settings[i].why, settings[i].mend);
	}
}

/* Variables that mean nothing to a shell or a loader. */
static void
look_at_environment(struct doctor *doctor, const struct ways *ways)
{
	char pattern[1024], room[1200];
	struct buf what;

	for (unsigned i = 0; sshd_setting(ways->sshd, "acceptenv", i, pattern);
	     i++) {
		if (strcmp(pattern, "LANG") == 0 ||
		    strncmp(pattern, "LC_", 3) == 0 ||
		    strcmp(pattern, "COLORTERM") == 0 ||
		    strcmp(pattern, "NO_COLOR") == 0)
			continue;
		buf_init(&what, room, sizeof(room) - 1);
		buf_addf(&what, "sshd takes variables from the client: %s",
		    pattern);
		doctor_tell(doctor, SEVERITY_ERROR, buf_text(&what),
		    "the login shell and the loader obey some before "
		    "filesonly clears them (BASH_ENV, LD_PRELOAD)",
		    "sshd_config: AcceptEnv LANG LC_*");
	}
}

/* Is a command the gate's? Then its line is one to be looked at. */
static bool
take_gate_line(struct doctor *doctor, const char *command)
{
	struct words words = { 0 };
	bool ours =
	    words_split(command, strlen(command), &words) == REFUSE_NOTHING &&
	    words.count > 0 &&
	    (invocation_is_name(words.at[0].text, "filesonly") ||
		invocation_is_name(words.at[0].text, "rrsync") ||
		invocation_is_name(words.at[0].text, "sftp-server"));

	words_free(&words);
	if (ours && doctor->line_count < DOCTOR_LINES_MAX)
		doctor->lines[doctor->line_count++] = xstrdup(command);
	return ours;
}

static void
look_at_key(struct doctor *doctor, struct ways *ways, const char *path,
    const struct key_line *line)
{
	char room[PATH_MAX + 128];
	struct buf what;

	ways->keys++;
	ways->keys_shut &= line->no_forwarding;
	ways->keys_no_rc &= line->no_user_rc;
	buf_init(&what, room, sizeof(room) - 1);
	if (ways->forced || (ways->shell && !line->has_command))
		return; /* ForceCommand wins over command= */
	if (line->has_command && take_gate_line(doctor, line->command))
		return;
	ways->keys_command = false;
	buf_addf(&what, "%s:%d: %s", path, line->number,
	    line->has_command
		? "the key's command is another program than filesonly"
		: "the key has no command=, and gets the login shell");
	doctor_tell(doctor, SEVERITY_ERROR, buf_text(&what),
	    "whoever has the key may do all that the account may",
	    "filesonlyctl authorize ROOT <KEY.pub prints the line");
}

/* %h, %u, %U and %% as sshd has them; relative paths begin at the home. */
static bool
expand_path(const struct doctor *doctor, const char *pattern,
    char path[PATH_MAX])
{
	struct buf out;

	buf_init(&out, path, PATH_MAX - 1);
	if (pattern[0] != '/' && strncmp(pattern, "%h", 2) != 0)
		buf_addf(&out, "%s/", doctor->session.home);
	for (; *pattern != '\0'; pattern++) {
		if (*pattern != '%') {
			buf_add(&out, pattern, 1);
			continue;
		}
		switch (*++pattern) {
		case 'h':
			buf_add_text(&out, doctor->session.home);
			break;
		case 'u':
			buf_add_text(&out, doctor->session.user);
			break;
		case 'U':
			buf_add_number(&out, doctor->session.uid, 0);
			break;
		case '%':
			buf_add_text(&out, "%");
			break;
		default:
			return false;
		}
	}
	buf_text(&out);
	return !out.full;
}

/* sshd takes a regular file alone; what else an account has put there we must
 * not open: a device or a FIFO would notice. */
static int
open_key_file(const char *path)
{
	auto_fd int pinned = open(path, O_PATH | O_CLOEXEC);
	char name[32];
	struct stat st;

	if (pinned < 0 || fstat(pinned, &st) != 0 || !S_ISREG(st.st_mode))
		return -1;
	snprintf(name, sizeof(name), "/proc/self/fd/%d", pinned);
	return open(name, O_RDONLY | O_CLOEXEC);
}

static void
look_at_key_file(struct doctor *doctor, struct ways *ways, const char *path)
{
	auto_fd int fd = open_key_file(path);
	auto_free char *room = xcalloc(1, KEYS_MAX + 1);
	auto_free struct key_line *line = xcalloc(1, sizeof(*line));
	ssize_t len = fd < 0 ? -1 : io_read_all(fd, room, KEYS_MAX);
	char what_room[PATH_MAX + 64];
	const char *text = room;
	struct buf what;
	int number = 0;

	if (len < 0)
		return;
	while (key_line_next(&text, &number, line))
		look_at_key(doctor, ways, path, line);
	if (len < KEYS_MAX)
		return;
	ways->keys_shut = ways->keys_no_rc = ways->keys_command = false;
	buf_init(&what, what_room, sizeof(what_room) - 1);
	buf_addf(&what, "%s: more than a megabyte of keys", path);
	doctor_tell(doctor, SEVERITY_ERROR, buf_text(&what),
	    "sshd reads them all; the end was not looked at",
	    "remove what is no key");
}

static void
look_at_keys(struct doctor *doctor, struct ways *ways)
{
	char value[1024], path[PATH_MAX], *rest = NULL;

	if (!sshd_setting(ways->sshd, "authorizedkeysfile", 0, value))
		return;
	for (char *pattern = strtok_r(value, " ", &rest); pattern != NULL;
	     pattern = strtok_r(NULL, " ", &rest)) {
		if (expand_path(doctor, pattern, path))
			look_at_key_file(doctor, ways, path);
	}
}

/* Ways in that no line of a key restricts. */
static bool
has_other_ways(const struct sshd_settings *sshd)
{
	return sshd_setting_is(sshd, "passwordauthentication", "yes") ||
	       sshd_setting_is(sshd, "kbdinteractiveauthentication", "yes") ||
	       sshd_setting_is(sshd, "gssapiauthentication", "yes") ||
	       sshd_setting_is(sshd, "hostbasedauthentication", "yes") ||
	       !sshd_setting_is(sshd, "authorizedkeyscommand", "none") ||
	       !sshd_setting_is(sshd, "trustedusercakeys", "none");
}

static void
look_at_force_command(struct doctor *doctor, struct ways *ways)
{
	char value[1024];

	if (!sshd_setting(ways->sshd, "forcecommand", 0, value) ||
	    strcmp(value, "none") == 0)
		return;
	ways->forced = true;
	if (!take_gate_line(doctor, value))
		doctor_tell(doctor, SEVERITY_ERROR,
		    "ForceCommand is another program than filesonly",
		    "filesonly is never asked about this account",
		    "sshd_config: ForceCommand /usr/local/bin/filesonly");
}

static void
look_at_subsystem(struct doctor *doctor, const struct ways *ways)
{
	char value[1024];

	if (ways->forced || (ways->keys_only && ways->keys > 0 &&
				ways->keys_command && !ways->shell))
		return;
	if (!ways->shell || !sshd_setting(ways->sshd, "subsystem", 0, value) ||
	    strncmp(value, "sftp internal-sftp", 18) != 0)
		return;
	doctor_tell(doctor, SEVERITY_ERROR,
	    "Subsystem sftp internal-sftp never asks the login shell",
	    "sshd serves SFTP itself, everywhere the account can go",
	    "sshd_config: Subsystem sftp "
	    "/usr/local/lib/filesonly/sftp-server");
}

/* With neither ForceCommand nor our shell the keys must say it all. */
static void
look_at_gaps(struct doctor *doctor, const struct ways *ways)
{
	if (ways->forced || ways->shell)
		return;
	if (has_other_ways(ways->sshd))
		doctor_tell(doctor, SEVERITY_ERROR,
		    "there are other ways in than the keys' file (passwords, "
		    "tickets, certificates, AuthorizedKeysCommand)",
		    "a login by one of them gets the login shell",
		    "sshd_config, in the account's Match: ForceCommand "
		    "/usr/local/bin/filesonly");
	if (ways->keys == 0)
		doctor_tell(doctor, SEVERITY_ERROR,
		    "nothing leads the account to filesonly",
		    "there is no ForceCommand, no key's line, and the login "
		    "shell is another program",
		    "filesonlyctl authorize ROOT <KEY.pub prints a line for "
		    "authorized_keys");
}

void
doctor_look_at_sshd(struct doctor *doctor)
{
	struct sshd_settings *sshd = xcalloc(1, sizeof(*sshd));
	struct ways ways = { .sshd = sshd,
		.shell = doctor_shell_is_gate(doctor),
		.keys_shut = true,
		.keys_no_rc = true,
		.keys_command = true };

	if (sshd_settings_load(sshd, doctor->sshd, doctor->sshd_config,
		doctor->session.user) != 0) {
		doctor_tell(doctor, SEVERITY_ERROR, sshd->error,
		    "sshd can't be asked what it does for the account",
		    "run filesonlyctl doctor as root; sshd -t says more");
		free(sshd);
		return;
	}
	ways.keys_only = !has_other_ways(sshd);
	look_at_force_command(doctor, &ways);
	look_at_keys(doctor, &ways);
	if (ways.shell && !ways.forced)
		(void)take_gate_line(doctor, "filesonly");
	look_at_subsystem(doctor, &ways);
	look_at_gaps(doctor, &ways);
	look_at_settings(doctor, &ways);
	look_at_environment(doctor, &ways);
	free(sshd);
}
