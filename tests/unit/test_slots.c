/*
 * An account's slots are counted in a directory that nobody else can use,
 * replace or take before it: what is not so is refused, and the sentence says
 * what to do.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <cmocka.h>

#include "child.h"
#include "limits/slots.h"
#include "policy/policy.h"
#include "scratch.h"
#include "session/session.h"

enum { TAKEN = 0, NONE_FREE, REFUSED, OTHER = 64102 };

/* What a child asks for, and what the sentence must name. */
struct taking {
	const char *base;
	const char *named;
	uid_t uid; /* who asks, where we are root */
	int sessions;
	const char *virtual; /* one of filesonlyd's accounts, or NULL */
	const char *before;  /* ... another, which has all of its sessions */
};

/* Who asks, in the child that has become it. */
static struct session
asking(const char *virtual)
{
	struct session session = { .uid = geteuid(),
		.is_virtual = virtual != NULL };

	if (virtual != NULL)
		snprintf(session.user, sizeof(session.user), "%s", virtual);
	return session;
}

static int
set_up(void **state)
{
	(void)state;
	umask(0);
	return scratch_make(0755) != 0 ? -1 : mkdir("slots", 0755);
}

/* Whose directories a test makes: an ordinary user's, where we can. */
static uid_t
account(void)
{
	return geteuid() == 0 ? NOBODY : geteuid();
}

static void
own_directory(const char *base, mode_t mode)
{
	char path[64];

	snprintf(path, sizeof(path), "%s/%u", base, (unsigned)account());
	assert_int_equal(mkdir(path, mode), 0);
	if (geteuid() == 0)
		assert_int_equal(chown(path, NOBODY, NOBODY), 0);
}

/* What slots_check refuses is refused when a slot is taken, by one sentence. */
static int
check_foretells(const struct policy *policy, const struct taking *taking,
    struct buf *why)
{
	const struct session session = asking(taking->virtual);
	char room[1024];
	struct buf taken;
	int slot;

	buf_init(&taken, room, sizeof(room));
	if (slots_take(policy, &session, &slot, &taken) != 0 &&
	    strcmp(buf_text(why), buf_text(&taken)) == 0 &&
	    strstr(buf_text(why), taking->named) != NULL)
		return REFUSED;
	fprintf(stderr, "%s, not %s\n", buf_text(why), buf_text(&taken));
	return CHILD_FAILED;
}

static int
act_take(const void *context)
{
	const struct taking *taking = context;
	struct session session, before;
	struct policy policy;
	char room[1024];
	struct buf why;
	int slot = -1, result;

	if (geteuid() == 0 &&
	    (setgid(taking->uid) != 0 || setuid(taking->uid) != 0))
		return CHILD_FAILED;
	session = asking(taking->virtual);
	before = asking(taking->before);
	buf_init(&why, room, sizeof(room));
	policy_init(&policy);
	if (policy_set(&policy, "sessions-dir", taking->base, &why) != 0)
		return CHILD_FAILED;
	policy.max_sessions = 2;
	for (int i = 0; taking->before != NULL && i < 2; i++) {
		if (slots_take(&policy, &before, &slot, &why) != 0 || slot < 0)
			return CHILD_FAILED;
	}
	if (slots_check(&policy, &session, &why) != 0)
		return check_foretells(&policy, taking, &why);
	for (int i = 0; i < taking->sessions; i++) {
		result = slots_take(&policy, &session, &slot, &why);
		if (result == 0)
			continue;
		if (strstr(buf_text(&why), taking->named) != NULL)
			return REFUSED;
		fprintf(stderr, "%s\n", buf_text(&why));
		return CHILD_FAILED;
	}
	return slot >= 0 ? TAKEN : NONE_FREE;
}

static void
expect(int result, struct taking taking)
{
	if (taking.uid == 0)
		taking.uid = account();
	if (taking.sessions == 0)
		taking.sessions = 1;
	assert_int_equal(child_run(0, act_take, &taking), result);
}

static void
own_directory_that_root_made_counts(void **state)
{
	(void)state;
	own_directory("slots", 0700);
	expect(TAKEN, (struct taking){ .base = "slots", .sessions = 2 });
	expect(NONE_FREE, (struct taking){ .base = "slots", .sessions = 3 });
}

/* They have one uid, and none shuts another out. */
static void
filesonlyds_accounts_are_counted_apart(void **state)
{
	(void)state;
	own_directory("slots", 0700);
	expect(TAKEN, (struct taking){ .base = "slots",
			  .virtual = "bert",
			  .before = "anna",
			  .sessions = 2 });
	expect(NONE_FREE, (struct taking){ .base = "slots",
			      .virtual = "bert",
			      .before = "anna",
			      .sessions = 3 });
	expect(NONE_FREE, (struct taking){ .base = "slots",
			      .virtual = "anna",
			      .before = "anna" });
	/* A name is no number of a slot's. */
	expect(TAKEN,
	    (struct taking){ .base = "slots", .virtual = "0", .sessions = 2 });
	expect(TAKEN, (struct taking){ .base = "slots", .sessions = 2 });
}

static void
own_directory_that_is_missing_is_roots_to_make(void **state)
{
	(void)state;
	if (geteuid() != 0)
		return;
	expect(REFUSED, (struct taking){ .base = "slots",
			    .named = "is missing; root must make it" });
	expect(REFUSED,
	    (struct taking){ .base = "none", .named = "none: No such file" });
}

/* In a directory of its own the account makes what it needs. */
static void
account_makes_its_own_in_its_own(void **state)
{
	(void)state;
	if (geteuid() == 0)
		assert_int_equal(chown("slots", NOBODY, NOBODY), 0);
	expect(TAKEN, (struct taking){ .base = "slots", .sessions = 2 });
}

static void
directory_that_others_can_write_is_refused(void **state)
{
	static const mode_t modes[] = { 01777, 0777, 0775, 0757, 01772 };

	(void)state;
	own_directory("slots", 0700);
	for (size_t i = 0; i < sizeof(modes) / sizeof(modes[0]); i++) {
		assert_int_equal(chmod("slots", modes[i]), 0);
		expect(REFUSED, (struct taking){ .base = "slots",
				    .named = "group or others may write" });
	}
	assert_int_equal(chmod("slots", 0755), 0);
	expect(TAKEN, (struct taking){ .base = "slots" });
	if (geteuid() != 0)
		return;
	assert_int_equal(chown("slots", OTHER, OTHER), 0);
	expect(REFUSED,
	    (struct taking){ .base = "slots", .named = "must belong to root" });
}

static void
own_directory_that_others_can_use_is_refused(void **state)
{
	static const mode_t modes[] = { 0755, 0701, 0710, 0770, 0704 };
	char path[64];

	(void)state;
	own_directory("slots", 0700);
	snprintf(path, sizeof(path), "slots/%u", (unsigned)account());
	for (size_t i = 0; i < sizeof(modes) / sizeof(modes[0]); i++) {
		assert_int_equal(chmod(path, modes[i]), 0);
		expect(REFUSED,
		    (struct taking){ .base = "slots", .named = "mode 0700" });
	}
	assert_int_equal(rmdir(path), 0);
	assert_int_equal(symlink("/tmp", path), 0);
	expect(REFUSED, (struct taking){ .base = "slots", .named = path });
	assert_int_equal(unlink(path), 0);
	if (geteuid() != 0)
		return;
	assert_int_equal(mkdir(path, 0700), 0);
	assert_int_equal(chown(path, OTHER, OTHER), 0);
	expect(REFUSED, (struct taking){ .base = "slots", .named = path });
}

/* Another user of the machine tries to shut the account out. */
static int
act_occupy(const void *context)
{
	char path[64];
	int fd, locked;

	(void)context;
	if (setgid(OTHER) != 0 || setuid(OTHER) != 0)
		return CHILD_FAILED;
	snprintf(path, sizeof(path), "slots/%u", (unsigned)NOBODY);
	if (mkdir(path, 0700) == 0)
		return 1;
	snprintf(path, sizeof(path), "slots/%u/0", (unsigned)NOBODY);
	fd = open(path, O_RDONLY);
	locked = fd < 0 ? -1 : flock(fd, LOCK_EX | LOCK_NB);
	return locked == 0 ? 2 : 0;
}

static void
another_user_cannot_shut_the_account_out(void **state)
{
	char path[64];

	(void)state;
	if (geteuid() != 0)
		return;
	assert_int_equal(chmod("slots", 01777), 0);
	assert_int_equal(child_run(0, act_occupy, NULL), 1); /* control */
	snprintf(path, sizeof(path), "slots/%u", (unsigned)NOBODY);
	assert_int_equal(rmdir(path), 0);
	assert_int_equal(chmod("slots", 0755), 0);
	own_directory("slots", 0700);
	expect(TAKEN, (struct taking){ .base = "slots", .sessions = 2 });
	assert_int_equal(child_run(0, act_occupy, NULL), 0);
	expect(TAKEN, (struct taking){ .base = "slots", .sessions = 2 });
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, scratch_remove)
		TEST(own_directory_that_root_made_counts),
		TEST(filesonlyds_accounts_are_counted_apart),
		TEST(own_directory_that_is_missing_is_roots_to_make),
		TEST(account_makes_its_own_in_its_own),
		TEST(directory_that_others_can_write_is_refused),
		TEST(own_directory_that_others_can_use_is_refused),
		TEST(another_user_cannot_shut_the_account_out),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
