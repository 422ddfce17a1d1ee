/* What every subsystem does alike: its walls, and lines that it writes. */
#include "subsys/job.h"

#include <errno.h>
#include <limits.h>
#include <string.h>

#include "base/io.h"
#include "policy/policy.h"
#include "record/record.h"
#include "request/refusal.h"
#include "root/root.h"
#include "session/session.h"

void
job_record_start(const struct job *job, const char *service)
{
	const struct jail_report *report = &job->report;
	struct record_line line;

	record_begin(&line, job->record, "start");
	record_word(&line, "service", service);
	record_bytes(&line, "address", job->session->address,
	    strlen(job->session->address));
	if (job->session->key_claim[0] != '\0')
		record_bytes(&line,
		    job->session->key_is_fact ? "key" : "key-claim",
		    job->session->key_claim, strlen(job->session->key_claim));
	record_word(&line, "jail",
	    report->means[0] == '\0' ? "none" : report->means);
	if (report->lack[0] != '\0')
		record_bytes(&line, "lack", report->lack, strlen(report->lack));
	record_end(&line);
}

void
job_record_path(struct record_line *line, const char *key, const char *path)
{
	not_zeroed char text[PATH_MAX + 1];
	size_t len = strcmp(path, ".") == 0 ? 0 : strlen(path);

	text[0] = '/';
	memcpy(text + 1, path, len);
	record_bytes(line, key, text, len + 1);
}

void
job_record_digest(struct record_line *line, const struct job *job,
    const unsigned char *digest)
{
	char text[HASH_SHA256_TEXT];

	if (digest == NULL || job->policy->audit_hash != HASH_SHA256)
		return;
	hash_sha256_text(digest, text);
	record_word(line, "sha256", text);
}

bool
job_record_differing(struct job *job)
{
	struct differing *differing = &job->root->differing;
	struct record_line line;
	int error = errno;

	if (differing->found[0] == '\0')
		return false;
	record_begin(&line, job->record, "verify");
	record_word(&line, "name", differing->name);
	record_word(&line, "sha256", differing->found);
	record_word(&line, "result", "failed");
	record_end(&line);
	differing->found[0] = '\0';
	errno = error;
	return true;
}

const char *
job_result_word(int error)
{
	switch (error) {
	case 0:
		return "ok";
	case EACCES:
	case EPERM:
		return "denied";
	case ENOENT:
	case ENOTDIR:
	case ELOOP:
		return "missing";
	default:
		return "failed";
	}
}

int
job_enter(struct job *job, const char *service, const struct policy *policy,
    struct verdict *verdict)
{
	const struct jail_plan plan = { .profile = JAIL_FILES,
		.means = job->means,
		.policy = policy,
		.root = job->root };
	int result = jail_enter(&plan, &job->report);

	job_record_start(job, service);
	if (result == 0)
		return 0;
	verdict_set(verdict, REFUSE_CONFINEMENT, NULL, NULL, 0);
	return refusal_status(REFUSE_CONFINEMENT);
}

void
job_tell_end(const struct job *job, const char *words)
{
	char room[128];
	struct buf line;

	buf_init(&line, room, sizeof(room));
	buf_addf(&line, "filesonly: %s (%s)\n", words, job->reason);
	io_say(job->err, line.bytes, line.len);
}
