/*
 * The account, its root and the machine: what it means that sessions find this
 * or that (doctor_session.h), and what mends it.
 */
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "ctl/doctor.h"
#include "ctl/doctor_session.h"
#include "decide/invocation.h"

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
look_at_root(struct doctor *doctor, const struct doctor_session *found)
{
	struct stat st;
	char above[PATH_MAX];
	char *slash;

	if (!found->on.is_open || stat(found->root, &st) != 0)
		return;
	if ((st.st_mode & S_IWOTH) != 0)
		tell_text(doctor, SEVERITY_WARNING,
		    "every account of the machine may write the root ",
		    found->root, "others put files and links in it",
		    "chmod o-w ROOT");
	if (found->writes && !found->on.may_write)
		tell_text(doctor, SEVERITY_WARNING,
		    "the account can't write its root ", found->root,
		    "nothing can be created there", "chown ACCOUNT ROOT");
	snprintf(above, sizeof(above), "%s", found->root);
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
	if (found->owns_by_birth && !found->on.keeps_births)
		doctor_tell(doctor, SEVERITY_WARNING,
		    "the root's file system does not tell when a file was "
		    "made",
		    "with this mode, a client can't finish over one connection "
		    "what it began over another",
		    "a root on ext4, xfs, btrfs or f2fs");
	if (found->writes && found->wants_nameless &&
	    found->on.nameless == NAMELESS_LACKS)
		doctor_tell(doctor, SEVERITY_WARNING,
		    "the root's file system has no files without a name "
		    "(O_TMPFILE)",
		    "an upload that is not complete has a private name, "
		    "which programs of the machine can see",
		    "a root on ext4, xfs, btrfs or tmpfs");
}

static void
look_at_rsync(struct doctor *doctor, const struct doctor_session *found)
{
	if (found->release == RELEASE_OLD)
		doctor_tell(doctor, SEVERITY_ERROR,
		    "rsync-version = 3.5, and the installed rsync is older",
		    "that rsync ends at an option that it does not know",
		    "rsync-version = any");
	else if (found->release == RELEASE_ASKED)
		tell_text(doctor, SEVERITY_ERROR,
		    "the program does not say which rsync it is: ",
		    found->rsync, "sessions of rsync would wait for it",
		    "rsync = /usr/bin/rsync");
}

static void
look_at_log(struct doctor *doctor, const struct doctor_session *found)
{
	const char *path = NULL;
	struct stat st;

	if (strcmp(found->audit, "syslog") == 0)
		path = "/dev/log";
	else if (strcmp(found->audit, "journal") == 0)
		path = "/run/systemd/journal/socket";
	if (path == NULL || (stat(path, &st) == 0 && S_ISSOCK(st.st_mode)))
		return;
	tell_text(doctor, SEVERITY_WARNING,
	    "nobody receives the record: there is no ", path,
	    found->loss_refuses ? "each change is refused"
				: "nobody will know what the account did",
	    "start a syslog server or the journal, or audit = FILE");
}

static void
look_at_line(struct doctor *doctor, const char *line)
{
	struct doctor_session *found =
	    doctor_session_ask(&doctor->session, line);

	if (found == NULL)
		return;
	if (!found->was_asked)
		doctor_tell(doctor, SEVERITY_ERROR,
		    "a session can't be explained", NULL, NULL);
	for (size_t i = 0; i < DOCTOR_ANSWERS && found->ends[i][0] != '\0'; i++)
		doctor_tell(doctor, SEVERITY_ERROR, found->ends[i],
		    "sessions of the account end without being served",
		    mend_of(found->ends[i]));
	if (found->lack[0] != '\0')
		doctor_tell(doctor, SEVERITY_WARNING, found->lack,
		    "the kernel lacks a means of confinement, and sessions "
		    "go on with what there is",
		    "a kernel with Landlock ABI 2 or newer");
	if (found->has_policy) {
		look_at_root(doctor, found);
		look_at_rsync(doctor, found);
		look_at_log(doctor, found);
		doctor_root_tell(doctor, &found->on, found->root);
	}
	doctor_session_free(found);
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
