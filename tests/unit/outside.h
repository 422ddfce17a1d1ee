/*
 * Cases of what lies in a writable root: a home and a root below the test's
 * directory, judged in a child, as root and as an ordinary user.
 */
#ifndef FILESONLY_TESTS_UNIT_OUTSIDE_H
#define FILESONLY_TESTS_UNIT_OUTSIDE_H

#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "child.h"
#include "decide/outside_root.h"
#include "policy/policy.h"
#include "privatens.h"
#include "root/root.h"
#include "scratch.h"

enum { HOLDS = 0, OPEN = 1, ROOT = 0, ORDINARY = 1 };

/* A case. Names are below top, or absolute. */
struct place {
	const char *home;
	const char *root;
	/* Keys and their values; in a value @ in front is top. */
	const char *keys[6];
	const char *shell;    /* as a value; NULL: none */
	const char *config;   /* the account's own, as a value; or NULL */
	const char *served;   /* filesonlyd's authorized_keys, likewise */
	const char *host_key; /* one of its own, likewise */
	const char *named;    /* what the sentence must name, or NULL */
	int home_in_root, one_file_system, home_is_odd;
	/* Run first, by root in a mount namespace of its own; or NULL. */
	int (*mount)(void);
	const char *chroot; /* entered behind that; or NULL */
};

static inline int
outside_set_up(void **state)
{
	(void)state;
	umask(0);
	return scratch_make(0755);
}

/* Directories end in a slash; "theirs": the ordinary user's, where we can. */
static inline void
make(const char *name, mode_t mode, int theirs)
{
	if (name[strlen(name) - 1] == '/')
		assert_int_equal(mkdir(name, mode), 0);
	else
		scratch_put(name, "", mode);
	if (theirs && geteuid() == 0)
		assert_int_equal(chown(name, NOBODY, NOBODY), 0);
}

static inline void
outside_path(const struct place *place, char *path, size_t size,
    const char *name)
{
	if (name[0] == '/')
		snprintf(path, size, "%s", name);
	else
		snprintf(path, size, "%s/%s", place->chroot == NULL ? top : "",
		    name);
}

static inline void
outside_value(char *text, size_t size, const char *value)
{
	bool below = value != NULL && value[0] == '@';

	snprintf(text, size, "%s%s", below ? top : "",
	    value == NULL ? "" : value + below);
}

static inline int
outside_set_keys(const struct place *place, struct policy *policy,
    struct buf *why)
{
	const char *const *keys = place->keys;
	char text[PATH_MAX];

	for (size_t i = 0; i + 1 < 6 && keys[i] != NULL; i += 2) {
		outside_value(text, sizeof(text), keys[i + 1]);
		if (policy_set(policy, keys[i], text, why) != 0)
			return -1;
	}
	return 0;
}

/* Fills the session and the policy, and opens the root. Returns 0 or -1. */
static inline int
outside_prepare(const struct place *place, struct session *session,
    struct policy *policy, struct root *root, struct buf *why)
{
	char path[PATH_MAX];

	*session = (struct session){ .uid = getuid(),
		.gid = getgid(),
		.home_is_odd = place->home_is_odd };
	policy_init(policy);
	outside_path(place, session->home, sizeof(session->home), place->home);
	policy->home_in_root = place->home_in_root;
	policy->one_file_system = place->one_file_system;
	outside_value(session->shell, sizeof(session->shell), place->shell);
	if (outside_set_keys(place, policy, why) != 0)
		return -1;
	outside_path(place, path, sizeof(path), place->root);
	return root_open(root, path, false);
}

static inline int
outside_judge(const struct place *place)
{
	static struct session session;
	char room[4096], config[PATH_MAX], served[PATH_MAX], key[PATH_MAX];
	const char *const host_keys[] = { key };
	struct config_origin origin = { .by_root = false };
	struct policy policy;
	struct root root;
	struct buf why;
	bool holds;

	buf_init(&why, room, sizeof(room));
	if (outside_prepare(place, &session, &policy, &root, &why) != 0)
		return CHILD_FAILED;
	if (place->config != NULL)
		outside_value(config, sizeof(config), place->config);
	origin.file = place->config == NULL ? NULL : config;
	outside_value(served, sizeof(served), place->served);
	session.keys = place->served == NULL ? NULL : served;
	outside_value(key, sizeof(key), place->host_key);
	session.host_keys = host_keys;
	session.host_key_count = place->host_key != NULL;
	holds = outside_root_holds(&session, &policy, &origin, &root, &why);
	root_close(&root);
	policy_free(&policy);
	if (holds)
		return why.len == 0 ? HOLDS : CHILD_FAILED;
	if (place->named != NULL &&
	    strstr(buf_text(&why), place->named) == NULL) {
		fprintf(stderr, "not named %s: %s\n", place->named,
		    buf_text(&why));
		return CHILD_FAILED;
	}
	return OPEN;
}

static inline int
outside_act(const void *context)
{
	return outside_judge(context);
}

static inline int
outside_act_ordinary(const void *context)
{
	return child_become(1) == 0 ? outside_judge(context) : CHILD_FAILED;
}

static inline int
outside_mounted(const struct place *place)
{
	if (private_mounts() != 0)
		return PRIVATE_NOT_POSSIBLE;
	if (place->mount() != 0)
		return CHILD_FAILED;
	return place->chroot == NULL ||
		       (chroot(place->chroot) == 0 && chdir("/") == 0)
		   ? -1
		   : CHILD_FAILED;
}

static inline int
outside_act_mounted(const void *context)
{
	int failed = outside_mounted(context);

	return failed < 0 ? outside_judge(context) : failed;
}

static inline int
outside_act_mounted_ordinary(const void *context)
{
	int failed = outside_mounted(context);

	return failed < 0 ? outside_act_ordinary(context) : failed;
}

/* As the caller, or as the ordinary user. */
static inline void
expect_place(int ordinary, struct place place, int result)
{
	child_act *act = ordinary ? outside_act_ordinary : outside_act;
	int got;

	if (geteuid() != 0 && (!ordinary || place.mount != NULL))
		return;
	if (place.mount != NULL)
		act = ordinary ? outside_act_mounted_ordinary
			       : outside_act_mounted;
	got = child_run(0, act, &place);
	if (got == PRIVATE_NOT_POSSIBLE)
		skip();
	if (got != result)
		fail_msg("home %s, root %s, %s: %d", place.home, place.root,
		    ordinary ? "user" : "root", got);
}

#define expect(who, result, ...) \
	expect_place(who, (struct place){ __VA_ARGS__ }, result)

/* For root and the ordinary user alike. */
#define expect_both(result, ...)                       \
	do {                                           \
		expect(ROOT, result, __VA_ARGS__);     \
		expect(ORDINARY, result, __VA_ARGS__); \
	} while (0)

#endif
