/*
 * Checksums and commands work behind walls that stand before they look at a
 * file: those of read-only where nothing is to be changed, whatever the mode
 * of the account; and the walls hold when the work is done.
 */
#include "scratch.h"
#include "child.h"
#include "sanitized.h"

#include <signal.h>
#include <time.h>

#include "confine/means.h"
#include "policy/policy.h"
#include "policy/restrictions.h"
#include "record/record.h"
#include "root/root.h"
#include "session/session.h"
#include "subsys/subsys.h"

enum { ORDINARY = 1, MADE = 10, NOT_MADE = 11, FAILED_COMMAND = 12 };

struct visit {
	const char *command;
	int status; /* that it must end with */
};

static int
set_up(void **state)
{
	(void)state;
	if (scratch_make(0755) != 0 || mkdir("root", 0777) != 0 ||
	    chmod("root", 0777) != 0)
		return -1;
	scratch_put("root/file", "text", 0644);
	scratch_put("log", "", 0666);
	return 0;
}

static int
tear_down(void **state)
{
	return scratch_remove(state);
}

/* Serves the command as the gate would, in a root that may be written to. */
static int
serve(const struct visit *visit, struct root *root)
{
	static const struct restrictions none = { .rrsync = NULL };
	struct session session = { .id = "test", .user = "test" };
	struct verdict verdict = { .refusal = REFUSE_NOTHING };
	const struct subsys *row;
	struct request request;
	struct policy policy;
	struct means means;
	void *parsed;
	struct job job = { .session = &session,
		.request = &request,
		.policy = &policy,
		.restrictions = &none,
		.means = &means,
		.root = root };

	policy_init(&policy);
	policy.confine = CONFINE_PREFER;
	session.uid = geteuid();
	session.gid = getegid();
	request_parse(&request, visit->command);
	row = subsys_claiming(&request);
	if (row == NULL)
		return CHILD_FAILED;
	means_choose(&means, &policy, row->profile);
	if (row->parse(&(struct terms){ &policy, &none, &means }, &request,
		&parsed, &verdict) != REFUSE_NOTHING)
		return CHILD_FAILED;
	job.record = record_open("log", &session);
	job.in = open("/dev/null", O_RDONLY | O_CLOEXEC);
	job.out = job.err = open("/dev/null", O_WRONLY | O_CLOEXEC);
	if (job.record == NULL || job.in < 0 || job.out < 0)
		return CHILD_FAILED;
	return row->run(&job, parsed, &verdict);
}

/* ... and then tries to make a directory, as if it had been taken over. */
static int
serve_and_make(const void *context)
{
	const struct visit *visit = context;
	struct root root;
	int status;

	if (root_open(&root, "root", false) != 0)
		return CHILD_FAILED;
	status = serve(visit, &root);
	if (status == CHILD_FAILED)
		return status;
	if (status != visit->status)
		return FAILED_COMMAND;
	return mkdirat(root.fd, "made", 0777) == 0 ? MADE : NOT_MADE;
}

static int
then_makes(const char *command, int status)
{
	const struct visit visit = { command, status };
	int result = child_run(ORDINARY, serve_and_make, &visit);

	rmdir("root/made");
	return result;
}

static void
what_only_looks_is_behind_the_walls_of_read_only(void **state)
{
	static const char *const commands[] = { "md5sum file", "sha512sum",
		"ls -la", "df", "test -e file", "pwd", "cd", "true" };

	(void)state;
	/* The control: in the same mode, what may make can. */
	assert_int_equal(then_makes("mkdir d", 0), MADE);
	for (size_t i = 0; i < sizeof(commands) / sizeof(*commands); i++)
		assert_int_equal(then_makes(commands[i], 0), NOT_MADE);
}

static int
serve_and_leave(const void *context)
{
	const struct visit *visit = context;
	struct root root;
	int status;

	if (root_open(&root, "root", false) != 0)
		return CHILD_FAILED;
	status = serve(visit, &root);
	if (status != visit->status)
		return FAILED_COMMAND;
	/* Dies of a filter; of one for tests it hears EPERM. */
	return open("/etc/passwd", O_RDONLY) >= 0 ? MADE : NOT_MADE;
}

static void
the_walls_hold_when_the_work_is_done(void **state)
{
	const struct visit visit = { "mkdir e", 0 };

	(void)state;
	assert_int_equal(child_run(ORDINARY, serve_and_leave, &visit),
	    SANITIZED ? NOT_MADE : CHILD_DIED + SIGSYS);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    what_only_looks_is_behind_the_walls_of_read_only),
		cmocka_unit_test(the_walls_hold_when_the_work_is_done),
	};

	return cmocka_run_group_tests_name("commands", tests, set_up,
	    tear_down);
}
