/*
 * In the namespace the outside does not exist, the root's tree is whole, and
 * nothing in it can be executed or is a device.
 */
#include <fcntl.h>
#include <limits.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <cmocka.h>

#include "base/auto.h"
#include "child.h"
#include "confine/mountns.h"
#include "program/elf.h"
#include "scratch.h"

/* What a child does once it is inside, and how it got there. */
struct visit {
	struct mountns_plan plan;
	const char *root; /* NULL: the test's own root/ */
	long lacking;     /* a system call that fails with ENOSYS, or 0 */
	child_act *act;
	const char *path;
};

enum { ROOT = 0, ORDINARY = 1, NOT_ENTERED = 200, NOT_POSSIBLE };

static struct needed_files files; /* of /bin/sh */

/* root/ with a script and, for us as root, a device; outside/secret. */
static int
setup(void **state)
{
	(void)state;
	umask(0);
	if (scratch_make(0755) != 0 || mkdir("root", 0777) != 0 ||
	    mkdir("outside", 0777) != 0 || mkdir("root/sub dir", 0777) != 0)
		return -1;
	scratch_put("root/script", "#!/bin/sh\nexit 0\n", 0755);
	scratch_put("outside/secret", "secret", 0666);
	if (symlink("/etc/passwd", "root/names") != 0)
		return -1;
	if (geteuid() == 0 &&
	    (mknod("root/null", S_IFCHR | 0666, makedev(1, 3)) != 0 ||
		chmod("root/null", 0666) != 0))
		return -1;
	return elf_resolve(&files, "/bin/sh");
}

static int
teardown(void **state)
{
	(void)state;
	needed_files_free(&files);
	unlink("root/null");
	unlink("root/script");
	unlink("root/names");
	unlink("outside/secret");
	rmdir("root/sub dir");
	return rmdir("root") != 0 || rmdir("outside") != 0 ? -1
							   : scratch_rmdir();
}

static int
visit_act(const void *context)
{
	const struct visit *visit = context;
	struct mountns_plan plan = visit->plan;
	struct mountns_kept kept;
	const char *step;

	plan.user_namespace = geteuid() != 0;
	plan.root_fd = open(visit->root == NULL ? "root" : visit->root,
	    O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (visit->lacking != 0 && child_lacks(visit->lacking, ENOSYS) != 0)
		return CHILD_FAILED;
	if (mountns_enter(&plan, &kept, &step) != 0) {
		fprintf(stderr, "%s: %s\n", step, strerror(errno));
		return errno == EINVAL ? NOT_POSSIBLE : NOT_ENTERED;
	}
	return visit->act(visit->path);
}

/* Both kinds of user where we are root, else ours. */
static void
expect(const struct visit *visit, int result)
{
	if (geteuid() == 0)
		assert_int_equal(child_run(ROOT, visit_act, visit), result);
	assert_int_equal(child_run(ORDINARY, visit_act, visit), result);
}

static struct visit
program(child_act *act, const char *path)
{
	return (struct visit){ .plan = { .files = &files },
		.act = act,
		.path = path };
}

static struct visit
tree(child_act *act, const char *path)
{
	return (struct visit){ .act = act, .path = path };
}

static int
act_stat(const void *path)
{
	struct stat st;

	return child_errno(stat(path, &st));
}

static int
act_chmod(const void *path)
{
	return child_errno(chmod(path, 0755));
}

static int
act_execute(const void *path)
{
	char *const argv[] = { strdup(path), NULL };
	char *const envp[] = { NULL };

	execve(path, argv, envp);
	return errno;
}

/* A shell that runs to its end needs all its files, and no others. */
static int
act_shell(const void *path)
{
	char *const argv[] = { strdup("sh"), strdup("-c"), strdup(path), NULL };
	char *const envp[] = { NULL };

	execve("/bin/sh", argv, envp);
	return errno;
}

/* Names in "/" that are not in the list (without dots): their number. */
static int
act_only(const void *path)
{
	const char *list = path;
	DIR *directory = opendir("/");
	struct dirent *entry;
	int others = 0;

	if (directory == NULL)
		return CHILD_FAILED;
	while ((entry = readdir(directory)) != NULL)
		if (entry->d_name[0] != '.' &&
		    strstr(list, entry->d_name) == NULL)
			others++;
	closedir(directory);
	return others;
}

static int
act_move_and_back(const void *path)
{
	if (rename(path, "sub dir/moved") != 0)
		return errno;
	return child_errno(rename("sub dir/moved", path));
}

static int
act_working_directory(const void *path)
{
	char here[PATH_MAX];

	if (getcwd(here, sizeof(here)) == NULL)
		return errno;
	return strcmp(here, path) != 0;
}

static void
outside_does_not_exist(void **state)
{
	char secret[128] = "";
	struct visit visit = program(act_stat, secret);

	(void)state;
	snprintf(secret, sizeof(secret), "%s/outside/secret", top);
	assert_int_equal(child_run(ORDINARY, act_stat, secret), 0);
	expect(&visit, ENOENT);
	visit.plan.files = NULL;
	expect(&visit, ENOENT);
	visit = program(act_stat, "../outside/secret");
	expect(&visit, ENOENT);
	visit = program(act_stat, "/r/../../outside");
	expect(&visit, ENOENT);
	visit = program(act_only, "r etc bin lib lib64 usr");
	expect(&visit, 0);
	visit = tree(act_only, "script names sub dir null");
	expect(&visit, 0);
}

static void
links_lead_to_nothing_outside(void **state)
{
	struct visit visit = program(child_read, "names");

	(void)state;
	assert_int_equal(child_run(ORDINARY, child_read, "root/names"), 0);
	expect(&visit, ENOENT);
}

static void
program_starts_in_the_tree(void **state)
{
	struct visit visit = program(act_working_directory, MOUNTNS_PLACE);

	(void)state;
	expect(&visit, 0);
	visit = tree(act_working_directory, "/");
	expect(&visit, 0);
}

static void
program_runs_with_its_files_alone(void **state)
{
	struct visit visit = program(act_shell,
	    "test -f script && echo x >new && test -s new && rm new 2>&- ||"
	    "test -s new");

	(void)state;
	expect(&visit, 0);
	assert_int_equal(unlink("root/new"), 0);
}

static void
nothing_in_the_tree_is_executed(void **state)
{
	struct visit visit = program(act_execute, "script");

	(void)state;
	assert_int_equal(child_run(ORDINARY, act_execute, "root/script"), 0);
	expect(&visit, EACCES);
	visit = tree(act_execute, "script");
	expect(&visit, EACCES);
}

static void
devices_in_the_tree_are_dead(void **state)
{
	struct visit visit = program(child_read, "null");

	(void)state;
	if (geteuid() != 0)
		skip();
	assert_int_equal(child_run(ROOT, child_read, "root/null"), 0);
	expect(&visit, EACCES);
	visit = tree(child_read, "null");
	expect(&visit, EACCES);
}

static void
read_only_tree_can_not_be_changed(void **state)
{
	struct visit visit = program(child_create, "new");

	(void)state;
	expect(&visit, 0);
	visit.plan.read_only = true;
	expect(&visit, EROFS);
	visit.path = "sub dir/new";
	expect(&visit, EROFS);
	visit = tree(child_create, "new");
	expect(&visit, 0);
	visit.plan.read_only = true;
	expect(&visit, EROFS);
}

static void
world_around_the_tree_can_not_be_changed(void **state)
{
	struct visit visit = program(child_create, "/new");

	(void)state;
	expect(&visit, EROFS);
	visit.path = "/etc/new";
	expect(&visit, EROFS);
	visit = program(act_chmod, "/bin/sh");
	expect(&visit, EROFS);
}

static void
whole_system_as_root_is_whole(void **state)
{
	char secret[128] = "";
	struct visit visit = program(child_read, secret + 1);

	(void)state;
	snprintf(secret, sizeof(secret), "%s/outside/secret", top);
	visit.root = "/";
	expect(&visit, 0);
	visit.plan.files = NULL;
	visit.path = secret;
	expect(&visit, 0);
	visit.act = act_execute;
	visit.path = "/bin/sh";
	expect(&visit, EACCES);
}

static void
names_are_known_and_nothing_else(void **state)
{
	struct visit visit = program(act_shell,
	    "while IFS=: read -r name x id group rest; do"
	    " test \"$x$rest\" = x:: || exit 9;"
	    " test $name = root && found=$id:$group;"
	    "done </etc/passwd; test \"$found\" = 0:0 || exit 8;"
	    "while IFS=: read -r name x id rest; do"
	    " test \"$x$rest\" = x || exit 7;"
	    "done </etc/group");

	(void)state;
	visit.plan.names = true;
	expect(&visit, 0);
	visit = program(act_stat, "/etc/passwd");
	expect(&visit, ENOENT);
}

static int
act_mount_and_visit(const void *context)
{
	if (unshare(CLONE_NEWNS) != 0 ||
	    mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) != 0 ||
	    mount("tmpfs", "root/sub dir", "tmpfs", 0, "mode=777") != 0 ||
	    mkdir("root/sub dir/on mount", 0777) != 0 ||
	    mount("tmpfs", "root/sub dir/on mount", "tmpfs", 0, NULL) != 0)
		return CHILD_FAILED;
	return visit_act(context);
}

static void
mounts_below_the_root_come_along_or_not(void **state)
{
	struct visit visit = program(act_stat, "sub dir/on mount");

	(void)state;
	if (geteuid() != 0)
		skip();
	assert_int_equal(child_run(ROOT, act_mount_and_visit, &visit), 0);
	visit.plan.one_file_system = true;
	assert_int_equal(child_run(ROOT, act_mount_and_visit, &visit), ENOENT);
	visit.plan.files = NULL;
	assert_int_equal(child_run(ROOT, act_mount_and_visit, &visit), ENOENT);
}

static void
older_kernels_restrict_every_mount_too(void **state)
{
	struct visit visit = program(child_create, "sub dir/on mount/new");

	(void)state;
	visit.lacking = 442; /* mount_setattr */
	if (geteuid() == 0) {
		assert_int_equal(child_run(ROOT, act_mount_and_visit, &visit),
		    0);
		visit.plan.read_only = true;
		assert_int_equal(child_run(ROOT, act_mount_and_visit, &visit),
		    EROFS);
		visit.plan.files = NULL;
		assert_int_equal(child_run(ROOT, act_mount_and_visit, &visit),
		    EROFS);
	}
	visit = program(act_execute, "script");
	visit.lacking = 442;
	expect(&visit, EACCES);
	visit = program(child_create, "/new");
	visit.lacking = 442;
	expect(&visit, EROFS);
	visit = program(act_shell, "test -f script");
	visit.lacking = 442;
	expect(&visit, 0);
	visit.root = "/";
	visit.path = "test -f etc/passwd";
	expect(&visit, 0);
	visit = tree(child_read, "/etc/passwd");
	visit.root = "/";
	visit.lacking = 442;
	expect(&visit, 0);
	visit.act = act_execute;
	visit.path = "/bin/sh";
	expect(&visit, EACCES);
}

static void
program_below_the_place_is_refused(void **state)
{
	struct needed_file file = { strdup("/r/bin/sh"), -1, LL_READ_FILE };
	struct needed_files bad = { &file, 1, true, "" };
	struct visit visit = { .plan = { .files = &bad },
		.act = act_stat,
		.path = "." };

	(void)state;
	assert_int_equal(child_run(ORDINARY, visit_act, &visit), NOT_POSSIBLE);
	free(file.path);
}

/* As the machine does, since symlinks may be written so; and nothing more. */
static void
own_path_of_the_root_leads_to_the_tree(void **state)
{
	char own[128], script[160], secret[160];
	struct visit visit = program(child_read, script);

	(void)state;
	snprintf(own, sizeof(own), "%s/root", top);
	snprintf(script, sizeof(script), "%s/root/script", top);
	snprintf(secret, sizeof(secret), "%s/outside/secret", top);
	expect(&visit, ENOENT);
	visit.plan.own[0] = own;
	expect(&visit, 0);
	visit.path = secret;
	expect(&visit, ENOENT);
	visit.plan.own[1] = "/another/way";
	visit.path = "/another/way/script";
	expect(&visit, 0);
	/* It is the same mount: nothing is copied that is moved. */
	visit.act = act_move_and_back;
	visit.path = script;
	expect(&visit, 0);
	/* Paths that can't be there are passed over. */
	visit.plan.own[1] = "/r/below";
	expect(&visit, 0);
	visit.plan.own[1] = "/usr";
	expect(&visit, 0);
	visit.plan.own[1] = "/bin/sh/x";
	expect(&visit, 0);
	visit.plan.own[1] = "relative";
	expect(&visit, 0);
}

/* The whole machine is the root: "/" is "/" for a program, too. */
static void
whole_system_is_itself_for_a_program(void **state)
{
	struct needed_files more;
	struct visit visit = program(act_working_directory, "/");

	(void)state;
	assert_int_equal(elf_resolve(&more, "/bin/sh"), 0);
	assert_int_equal(needed_files_add(&more, "/dev/urandom", LL_READ_FILE),
	    0);
	visit.plan.files = &more;
	visit.plan.whole = true;
	visit.root = "/";
	expect(&visit, 0);
	visit.act = act_shell;
	visit.path = "test -f /etc/passwd && test ! -e /r/etc";
	expect(&visit, 0);
	visit.act = child_read;
	visit.path = "/dev/null";
	expect(&visit, EACCES);
	visit.path = "/dev/urandom";
	expect(&visit, 0);
	visit.plan.whole = false;
	expect(&visit, 0);
	visit.path = "dev/urandom";
	expect(&visit, EACCES);
	needed_files_free(&more);
}

static int
act_probe(const void *lacking)
{
	long call = *(const long *)lacking;
	const char *step;

	if (call != 0 && child_lacks(call, EPERM) != 0)
		return CHILD_FAILED;
	if (mountns_probe(geteuid() != 0, &step) == 0)
		return 0;
	return step == NULL || step[0] == '\0' ? CHILD_FAILED : errno;
}

static void
probe_finds_what_is_forbidden(void **state)
{
	static const long calls[] = { 0, SYS_unshare, SYS_mount,
		430 /* fsopen */, 429 /* move_mount */, SYS_pivot_root };

	(void)state;
	for (size_t i = 0; i < sizeof(calls) / sizeof(calls[0]); i++) {
		int expected = calls[i] == 0 ? 0 : EPERM;

		assert_int_equal(child_run(ROOT, act_probe, &calls[i]),
		    expected);
		assert_int_equal(child_run(ORDINARY, act_probe, &calls[i]),
		    expected);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(outside_does_not_exist),
		cmocka_unit_test(links_lead_to_nothing_outside),
		cmocka_unit_test(program_starts_in_the_tree),
		cmocka_unit_test(program_runs_with_its_files_alone),
		cmocka_unit_test(nothing_in_the_tree_is_executed),
		cmocka_unit_test(devices_in_the_tree_are_dead),
		cmocka_unit_test(read_only_tree_can_not_be_changed),
		cmocka_unit_test(world_around_the_tree_can_not_be_changed),
		cmocka_unit_test(whole_system_as_root_is_whole),
		cmocka_unit_test(names_are_known_and_nothing_else),
		cmocka_unit_test(mounts_below_the_root_come_along_or_not),
		cmocka_unit_test(older_kernels_restrict_every_mount_too),
		cmocka_unit_test(program_below_the_place_is_refused),
		cmocka_unit_test(own_path_of_the_root_leads_to_the_tree),
		cmocka_unit_test(whole_system_is_itself_for_a_program),
		cmocka_unit_test(probe_finds_what_is_forbidden),
	};

	return cmocka_run_group_tests_name("mountns", tests, setup, teardown);
}
