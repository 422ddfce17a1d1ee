/*
 * The account, its root and the machine. What ends a session is found by
 * explaining one (explanation.h), in a child that has become the account.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/num.h"
#include "base/xalloc.h"
#include "ctl/account_session.h"
#include "ctl/captured.h"
#include "ctl/doctor.h"
#include "ctl/doctor_root.h"
#include "ctl/explanation.h"
#include "decide/invocation.h"
#include "request/words.h"

enum {
	ANSWERS = 8,
	ANSWER_SIZE = 1024,
	RELEASE_SECONDS = 5, /* for rsync to say which it is */
};

/* What rsync says of its release, where 3.5 is asked for. */
enum release { RELEASE_UNASKED, RELEASE_ASKED, RELEASE_OLD, RELEASE_NEW };

/* What the child has found; shared memory, that needs no parsing. */
struct looked {
	char ends[ANSWERS][ANSWER_SIZE]; /* reasons with 78 and 126 */
	char lack[256];                  /* what is gone on without */
	bool has_policy;
	char root[PATH_MAX], rsync[PATH_MAX], audit[PATH_MAX];
	bool serves_rsync, writes, owns_by_birth, wants_nameless, wants_3_5;
	bool loss_refuses;
	enum release release;  /* ASKED: it was, and has not answered */
	struct doctor_root on; /* what the root's file system says */
};

/* The reason begins so; the line mends it. */
static const struct {
	const char *begins, *mend;
} mends[] = {
	{ "audit ", "create the log for the account to write, or audit = "
		    "syslog" },
	{ "sessions-dir ", "systemd-tmpfiles --create, as "
			   "tmpfiles.d/filesonly.conf has it" },
	{ "root ", "create the directory, and give it to the account" },
	{ "start-dir ", "create the directory in the root" },
	{ "no section ", "/etc/filesonly/users.d/NAME.conf: root = DIR" },
	{ "can't run ", "install rsync, or leave it out (services)" },
	{ "Landlock", "a kernel with Landlock, or user namespaces" },
};

static const char *
mend_of(const char *reason)
{
	for (size_t i = 0; i < sizeof(mends) / sizeof(*mends); i++) {
		if (strncmp(reason, mends[i].begins, strlen(mends[i].begins)) ==
		    0)
			return mends[i].mend;
	}
	return "filesonlyctl check and filesonlyctl explain say more";
}

/* --- in the child ------------------------------------------------------- */

static void
keep_reasons(struct looked *looked, const struct explanation *explanation)
{
	size_t used = 0;

	while (used < ANSWERS && looked->ends[used][0] != '\0')
		used++;
	for (size_t i = 0; i < explanation->reason_count; i++) {
		const struct reason *reason = &explanation->reasons[i];

		/* A refusal of this very command is no fault. */
		if (reason->status == 1 || used == ANSWERS)
			continue;
		snprintf(looked->ends[used++], ANSWER_SIZE, "%s", reason->why);
	}
	if (explanation->trial == TRIAL_STANDS)
		snprintf(looked->lack, sizeof(looked->lack), "%s",
		    explanation->jail.lack);
}

static void
keep_policy(struct looked *looked, const struct policy *policy)
{
	looked->has_policy = policy->root != NULL;
	if (!looked->has_policy)
		return;
	snprintf(looked->root, sizeof(looked->root), "%s", policy->root);
	snprintf(looked->rsync, sizeof(looked->rsync), "%s", policy->rsync);
	snprintf(looked->audit, sizeof(looked->audit), "%s", policy->audit);
	looked->serves_rsync = (policy->services & SERVICE_RSYNC) != 0;
	looked->writes = policy_may_write(policy);
	looked->owns_by_birth =
	    policy->mode == MODE_CREATE_ONLY || policy->mode == MODE_WRITE_ONLY;
	looked->wants_nameless = policy->atomic_uploads;
	looked->wants_3_5 = policy->rsync_version == RSYNC_3_5;
	looked->loss_refuses = policy->audit_loss == AUDIT_REFUSE;
}

/* Is the number of a release, "3.2.7", below 3.5? */
static bool
is_older(const char *release)
{
	char part[2][8];
	int64_t number[2] = { 0, 0 };
	size_t at = 0;

	for (size_t i = 0; i < 2; i++) {
		size_t len = strspn(release + at, "0123456789");

		snprintf(part[i], sizeof(part[i]), "%.*s", (int)len,
		    release + at);
		if (!num_parse(part[i], 0, 1000, &number[i]))
			return false;
		at += len + (release[at + len] == '.');
	}
	return number[0] < 3 || (number[0] == 3 && number[1] < 5);
}

/*
 * "rsync  version 3.2.7  protocol version 31". Asked by the child, which has
 * no more rights than the account: its own authorized_keys may name any
 * program. One that never answers ends the child.
 */
static void
ask_release(struct looked *looked)
{
	char text[4096], errors[1024];
	char option[] = "--version", *argv[] = { looked->rsync, option, NULL };
	const char *version = NULL;

	if (!looked->serves_rsync || !looked->wants_3_5)
		return;
	looked->release = RELEASE_ASKED;
	alarm(RELEASE_SECONDS);
	if (captured_run(argv, text, sizeof(text), errors, sizeof(errors)) == 0)
		version = strstr(text, "version ");
	alarm(0);
	looked->release =
	    version != NULL && is_older(version + strlen("version "))
		? RELEASE_OLD
		: RELEASE_NEW;
}

/* A command that each service takes, whatever the mode. */
static void
look_by_line(struct looked *looked, const struct session *session, char **line,
    size_t count)
{
	static const char *const commands[] = { "internal-sftp",
		"rsync --server --sender -re.L . .",
		"rsync --server -re.L . ." };
	auto_fd int null = open("/dev/null", O_RDONLY | O_CLOEXEC);

	for (size_t i = 0; i < sizeof(commands) / sizeof(*commands); i++) {
		struct explanation explanation;

		explanation_make(&explanation, session, (int)count, line,
		    commands[i], null);
		keep_reasons(looked, &explanation);
		if (i == 0 && explanation.loaded == LOADED)
			keep_policy(looked, &explanation.granted.policy);
		explanation_free(&explanation);
	}
	if (looked->has_policy)
		doctor_root_ask(&looked->on, looked->root);
	ask_release(looked);
}

static void
look_in_child(struct looked *looked, const struct session *session,
    const char *command)
{
	struct words words = { 0 };
	char **line;

	if (account_become(session) != 0 ||
	    words_split(command, strlen(command), &words) != REFUSE_NOTHING)
		_exit(1);
	line = xcalloc(words.count + 1, sizeof(*line));
	for (size_t i = 0; i < words.count; i++)
		line[i] = words.at[i].text;
	clearenv();
	look_by_line(looked, session, line, words.count);
	_exit(0);
}

/* --- what it means ------------------------------------------------------ */

static void
tell_text(struct doctor *doctor, enum severity severity, const char *text,
    const char *word, const char *why, const char *mend)
{
	char room[PATH_MAX + 512];
	struct buf what;

	buf_init(&what, room, sizeof(room) - 1);
	buf_addf(&what, "%s%s", text, word);
	doctor_tell(doctor, severity, buf_text(&what), why, mend);
}

/* Could another account put something else in the place of the path? */
static bool
others_may_replace(const char *path, uid_t owner)
{
	char part[PATH_MAX];
	struct stat st;

	for (size_t len = strlen(path); len > 0; len--) {
		if (path[len] != '/' && path[len] != '\0')
			continue;
		snprintf(part, sizeof(part), "%.*s", (int)len, path);
		if (stat(part, &st) != 0)
			continue;
		if ((st.st_uid != 0 && st.st_uid != owner) ||
		    ((st.st_mode & 022) != 0 &&
			!(S_ISDIR(st.st_mode) && (st.st_mode & S_ISVTX))))
			return true;
	}
	return false;
}

static void
look_at_root(struct doctor *doctor, const struct looked *looked)
{
	struct stat st;
	char above[PATH_MAX];
	char *slash;

	if (!looked->on.is_open || stat(looked->root, &st) != 0)
		return;
	if ((st.st_mode & S_IWOTH) != 0)
		tell_text(doctor, SEVERITY_WARNING,
		    "every account of the machine may write the root ",
		    looked->root, "others put files and links in it",
		    "chmod o-w ROOT");
	if (looked->writes && !looked->on.may_write)
		tell_text(doctor, SEVERITY_WARNING,
		    "the account can't write its root ", looked->root,
		    "nothing can be created there", "chown ACCOUNT ROOT");
	snprintf(above, sizeof(above), "%s", looked->root);
	slash = strrchr(above, '/');
	if (slash != NULL && slash != above) {
		*slash = '\0';
		if (others_may_replace(above, doctor->session.uid))
			tell_text(doctor, SEVERITY_WARNING,
			    "another account can replace a directory above "
			    "the root: ",
			    above,
			    "it could put files of its own in place of the "
			    "root",
			    "chown root and chmod go-w each directory above");
	}
	if (looked->owns_by_birth && !looked->on.keeps_births)
		doctor_tell(doctor, SEVERITY_WARNING,
		    "the root's file system does not tell when a file was "
		    "made",
		    "with this mode, a client can't finish over one connection "
		    "what it began over another",
		    "a root on ext4, xfs, btrfs or f2fs");
	if (looked->writes && looked->wants_nameless &&
	    looked->on.nameless == NAMELESS_LACKS)
		doctor_tell(doctor, SEVERITY_WARNING,
		    "the root's file system has no files without a name "
		    "(O_TMPFILE)",
		    "an upload that is not complete has a private name, "
		    "which programs of the machine can see",
		    "a root on ext4, xfs, btrfs or tmpfs");
}

static void
look_at_rsync(struct doctor *doctor, const struct looked *looked)
{
	if (looked->release == RELEASE_OLD)
		doctor_tell(doctor, SEVERITY_ERROR,
		    "rsync-version = 3.5, and the installed rsync is older",
		    "that rsync ends at an option that it does not know",
		    "rsync-version = any");
	else if (looked->release == RELEASE_ASKED)
		tell_text(doctor, SEVERITY_ERROR,
		    "the program does not say which rsync it is: ",
		    looked->rsync, "sessions of rsync would wait for it",
		    "rsync = /usr/bin/rsync");
}

static void
look_at_log(struct doctor *doctor, const struct looked *looked)
{
	const char *path = NULL;
	struct stat st;

	if (strcmp(looked->audit, "syslog") == 0)
		path = "/dev/log";
	else if (strcmp(looked->audit, "journal") == 0)
		path = "/run/systemd/journal/socket";
	if (path == NULL || (stat(path, &st) == 0 && S_ISSOCK(st.st_mode)))
		return;
	tell_text(doctor, SEVERITY_WARNING,
	    "nobody receives the record: there is no ", path,
	    looked->loss_refuses ? "each change is refused"
				 : "nobody will know what the account did",
	    "start a syslog server or the journal, or audit = FILE");
}

static void
look_at_line(struct doctor *doctor, const char *line)
{
	struct looked *looked = mmap(NULL, sizeof(*looked),
	    PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	pid_t pid;

	if (looked == MAP_FAILED)
		return;
	pid = fork();
	if (pid == 0)
		look_in_child(looked, &doctor->session, line);
	if (pid < 0 || waitpid(pid, NULL, 0) != pid)
		doctor_tell(doctor, SEVERITY_ERROR,
		    "a session can't be explained", NULL, NULL);
	for (size_t i = 0; i < ANSWERS && looked->ends[i][0] != '\0'; i++)
		doctor_tell(doctor, SEVERITY_ERROR, looked->ends[i],
		    "sessions of the account end without being served",
		    mend_of(looked->ends[i]));
	if (looked->lack[0] != '\0')
		doctor_tell(doctor, SEVERITY_WARNING, looked->lack,
		    "the kernel lacks a means of confinement, and sessions "
		    "go on with what there is",
		    "a kernel with Landlock ABI 2 or newer");
	if (looked->has_policy) {
		look_at_root(doctor, looked);
		look_at_rsync(doctor, looked);
		look_at_log(doctor, looked);
		doctor_root_tell(doctor, &looked->on, looked->root);
	}
	munmap(looked, sizeof(*looked));
}

static bool
is_listed_shell(const char *shell)
{
	const char *listed;
	bool found = false;

	setusershell();
	while (!found && (listed = getusershell()) != NULL)
		found = strcmp(listed, shell) == 0;
	endusershell();
	return found;
}

static bool
shell_is_one_of(const struct doctor *doctor, const char *const *names)
{
	for (; *names != NULL; names++) {
		if (invocation_is_name(doctor->session.shell, *names))
			return true;
	}
	return false;
}

static void
look_at_shell(struct doctor *doctor)
{
	static const char *const dead[] = { "nologin", "false", NULL };
	static const char *const sourcing[] = { "bash", "zsh", "csh", "tcsh",
		"fish", "ksh", "mksh", NULL };
	const char *shell = doctor->session.shell;

	if (shell_is_one_of(doctor, dead))
		tell_text(doctor, SEVERITY_ERROR,
		    "the login shell runs nothing: ", shell,
		    "sshd runs a forced command through the login shell",
		    "usermod -s /bin/sh ACCOUNT");
	else if (shell_is_one_of(doctor, sourcing))
		tell_text(doctor, SEVERITY_WARNING,
		    "the login shell reads files of the home before a forced "
		    "command: ",
		    shell, "whoever can write one of them runs programs",
		    "usermod -s /bin/sh ACCOUNT");
	else if (doctor_shell_is_gate(doctor) && !is_listed_shell(shell))
		tell_text(doctor, SEVERITY_WARNING,
		    "the login shell is not in /etc/shells: ", shell,
		    "some services refuse such accounts",
		    "add the line to /etc/shells");
}

void
doctor_look_at_account(struct doctor *doctor)
{
	look_at_shell(doctor);
	if (others_may_replace(doctor->session.program, 0))
		tell_text(doctor, SEVERITY_ERROR,
		    "another account can change or replace the program ",
		    doctor->session.program,
		    "it runs for every session of every account",
		    "chown root, chmod go-w, for it and the directories above");
	for (size_t i = 0; i < doctor->line_count; i++)
		look_at_line(doctor, doctor->lines[i]);
}
