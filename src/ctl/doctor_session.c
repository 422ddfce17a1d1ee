/*
 * A child has no more rights than the account, whose own files it reads and
 * whose own authorized_keys may name any program.
 */
#include "ctl/doctor_session.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/num.h"
#include "base/xalloc.h"
#include "ctl/account_session.h"
#include "ctl/captured.h"
#include "ctl/explanation.h"
#include "request/words.h"

enum { RELEASE_SECONDS = 5 }; /* for rsync to say which it is */

static void
keep_reasons(struct doctor_session *found,
    const struct explanation *explanation)
{
	size_t used = 0;

	while (used < DOCTOR_ANSWERS && found->ends[used][0] != '\0')
		used++;
	for (size_t i = 0; i < explanation->reason_count; i++) {
		const struct reason *reason = &explanation->reasons[i];

		/* A refusal of this very command is no fault. */
		if (reason->status == 1 || used == DOCTOR_ANSWERS)
			continue;
		snprintf(found->ends[used++], DOCTOR_ANSWER_SIZE, "%s",
		    reason->why);
	}
	if (explanation->trial == TRIAL_STANDS)
		snprintf(found->lack, sizeof(found->lack), "%s",
		    explanation->jail.lack);
}

static void
keep_policy(struct doctor_session *found, const struct policy *policy)
{
	found->has_policy = policy->root != NULL;
	if (!found->has_policy)
		return;
	snprintf(found->root, sizeof(found->root), "%s", policy->root);
	snprintf(found->rsync, sizeof(found->rsync), "%s", policy->rsync);
	snprintf(found->audit, sizeof(found->audit), "%s", policy->audit);
	found->serves_rsync = (policy->services & SERVICE_RSYNC) != 0;
	found->writes = policy_may_write(policy);
	found->owns_by_birth =
	    policy->mode == MODE_CREATE_ONLY || policy->mode == MODE_WRITE_ONLY;
	found->wants_nameless = policy->atomic_uploads;
	found->wants_3_5 = policy->rsync_version == RSYNC_3_5;
	found->loss_refuses = policy->audit_loss == AUDIT_REFUSE;
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
ask_release(struct doctor_session *found)
{
	char text[4096], errors[1024];
	char option[] = "--version", *argv[] = { found->rsync, option, NULL };
	const char *version = NULL;

	if (!found->serves_rsync || !found->wants_3_5)
		return;
	found->release = RELEASE_ASKED;
	alarm(RELEASE_SECONDS);
	/* Such a program must not get at this process's memory. */
	if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) == 0 &&
	    captured_run(argv, text, sizeof(text), errors, sizeof(errors)) == 0)
		version = strstr(text, "version ");
	alarm(0);
	found->release =
	    version != NULL && is_older(version + strlen("version "))
		? RELEASE_OLD
		: RELEASE_NEW;
}

/* A command that each service takes, whatever the mode. */
static void
look_by_line(struct doctor_session *found, const struct session *session,
    char **line, size_t count)
{
	static const char *const commands[] = { "internal-sftp",
		"rsync --server --sender -re.L . .",
		"rsync --server -re.L . ." };
	auto_fd int null = open("/dev/null", O_RDONLY | O_CLOEXEC);

	for (size_t i = 0; i < sizeof(commands) / sizeof(*commands); i++) {
		struct explanation explanation;

		explanation_make(&explanation, session, (int)count, line,
		    commands[i], null);
		keep_reasons(found, &explanation);
		if (i == 0 && explanation.loaded == LOADED)
			keep_policy(found, &explanation.granted.policy);
		explanation_free(&explanation);
	}
	if (found->has_policy)
		doctor_root_ask(&found->on, found->root);
	ask_release(found);
}

static void
look_in_child(struct doctor_session *found, const struct session *session,
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
	look_by_line(found, session, line, words.count);
	_exit(0);
}

static void
end_text(char *text, size_t size)
{
	text[size - 1] = '\0';
}

/*
 * Whatever runs as the account may have written there, and may go on: a copy
 * is judged, in which each text has an end.
 */
static struct doctor_session *
copy_found(const struct doctor_session *shared)
{
	struct doctor_session *found = xcalloc(1, sizeof(*found));

	*found = *shared;
	for (size_t i = 0; i < DOCTOR_ANSWERS; i++)
		end_text(found->ends[i], sizeof(found->ends[i]));
	end_text(found->lack, sizeof(found->lack));
	end_text(found->root, sizeof(found->root));
	end_text(found->rsync, sizeof(found->rsync));
	end_text(found->audit, sizeof(found->audit));
	end_text(found->on.type, sizeof(found->on.type));
	if (found->on.nameless > NAMELESS_HAS)
		found->on.nameless = NAMELESS_UNTRIED;
	return found;
}

struct doctor_session *
doctor_session_ask(const struct session *session, const char *line)
{
	struct doctor_session *shared = mmap(NULL, sizeof(*shared),
	    PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	struct doctor_session *found;
	pid_t pid;

	if (shared == MAP_FAILED)
		return NULL;
	pid = fork();
	if (pid == 0)
		look_in_child(shared, session, line);
	shared->was_asked = pid > 0 && waitpid(pid, NULL, 0) == pid;
	found = copy_found(shared);
	munmap(shared, sizeof(*shared));
	return found;
}

void
doctor_session_free(struct doctor_session *found)
{
	free(found);
}
