/*
 * The process that has a program's attributes does for it what the calls
 * themselves would do, on what lies in the root and nothing else; it sets no
 * name that it should not, and survives no nonsense.
 */
#include <fcntl.h>
#include <limits.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <cmocka.h>

#include "base/fdpass.h"
#include "broker/attribute_process.h"
#include "brokered.h"
#include "scratch.h"

static struct root root;
static struct attributes attributes;

/* root/: file, link to it, out to outside/file. We are in root/. */
static int
set_up(void **state)
{
	(void)state;
	umask(022);
	if (scratch_make(0700) != 0 || mkdir("root", 0755) != 0 ||
	    mkdir("outside", 0755) != 0)
		return -1;
	scratch_put("root/file", "", 0600);
	scratch_put("outside/file", "", 0600);
	if (symlink("../outside/file", "root/out") != 0 ||
	    symlink("file", "root/link") != 0 || chdir("root") != 0 ||
	    setxattr("../outside/file", "user.secret", "x", 1, 0) != 0)
		return -1;
	return root_open(&root, ".", false) != 0
		   ? -1
		   : attributes_start(&attributes, true);
}

static int
tear_down(void **state)
{
	attributes_end(&attributes);
	root_close(&root);
	return scratch_remove(state);
}

/* Runs act under that filter; what it asks is answered. */
static int
ask(enum filter filter, child_act *act, const void *context)
{
	const struct brokered how = { .filter = filter,
		.root = &root,
		.attributes = &attributes };

	return brokered_run(&how, act, context);
}

enum way { BY_PATH, BY_LINK, BY_DESCRIPTOR };

enum { WAYS = BY_DESCRIPTOR + 1 };

struct asking {
	enum way way;
	const char *path;
	const char *name;
};

static int fd_of_asking = -1;

static ssize_t
get(const struct asking *asking, void *value, size_t size)
{
	switch (asking->way) {
	case BY_PATH:
		return getxattr(asking->path, asking->name, value, size);
	case BY_LINK:
		return lgetxattr(asking->path, asking->name, value, size);
	case BY_DESCRIPTOR:
		return fgetxattr(fd_of_asking, asking->name, value, size);
	}
	return -1;
}

static ssize_t
list(const struct asking *asking, char *names, size_t size)
{
	switch (asking->way) {
	case BY_PATH:
		return listxattr(asking->path, names, size);
	case BY_LINK:
		return llistxattr(asking->path, names, size);
	case BY_DESCRIPTOR:
		return flistxattr(fd_of_asking, names, size);
	}
	return -1;
}

static int
set(const struct asking *asking, const char *value, int flags)
{
	size_t len = strlen(value);

	switch (asking->way) {
	case BY_PATH:
		return setxattr(asking->path, asking->name, value, len, flags);
	case BY_LINK:
		return lsetxattr(asking->path, asking->name, value, len, flags);
	case BY_DESCRIPTOR:
		return fsetxattr(fd_of_asking, asking->name, value, len, flags);
	}
	return -1;
}

static int
take_away(const struct asking *asking)
{
	switch (asking->way) {
	case BY_PATH:
		return removexattr(asking->path, asking->name);
	case BY_LINK:
		return lremovexattr(asking->path, asking->name);
	case BY_DESCRIPTOR:
		return fremovexattr(fd_of_asking, asking->name);
	}
	return -1;
}

/* Sets, asks for, lists and removes one, and fails as the kernel does. Returns
 * the line at which something was wrong, or 0. */
#define MUST(claim)                             \
	do {                                    \
		if (!(claim))                   \
			return __LINE__ & 0xff; \
	} while (0)

static int
act_whole_life(const void *context)
{
	const struct asking *asking = context;
	char room[512];
	ssize_t len;

	fd_of_asking = open(asking->path, O_RDONLY | O_CLOEXEC);
	MUST(get(asking, room, sizeof(room)) < 0 && errno == ENODATA);
	MUST(set(asking, "value", XATTR_REPLACE) < 0 && errno == ENODATA);
	MUST(set(asking, "value", XATTR_CREATE) == 0);
	MUST(set(asking, "value", XATTR_CREATE) < 0 && errno == EEXIST);
	MUST(get(asking, NULL, 0) == 5);
	MUST(get(asking, room, sizeof(room)) == 5);
	MUST(memcmp(room, "value", 5) == 0);
	MUST(get(asking, room, 4) < 0 && errno == ERANGE);
	len = list(asking, room, sizeof(room));
	MUST(len > 0 && memmem(room, (size_t)len, asking->name,
			    strlen(asking->name) + 1) != NULL);
	MUST(list(asking, NULL, 0) == len);
	MUST(list(asking, room, 1) < 0 && errno == ERANGE);
	MUST(take_away(asking) == 0);
	MUST(take_away(asking) < 0 && errno == ENODATA);
	return 0;
}

static void
a_program_has_its_attributes_by_every_call(void **state)
{
	(void)state;
	for (int way = 0; way < WAYS; way++) {
		struct asking asking = { (enum way)way, "file", "user.a" };

		assert_int_equal(ask(FILTER_PROGRAM_ATTRIBUTES, act_whole_life,
				     &asking),
		    0);
		if (geteuid() != 0)
			continue;
		asking.name = "trusted.a";
		assert_int_equal(ask(FILTER_PROGRAM_ATTRIBUTES, act_whole_life,
				     &asking),
		    0);
		asking.name = "security.NTACL";
		assert_int_equal(ask(FILTER_PROGRAM_ATTRIBUTES, act_whole_life,
				     &asking),
		    0);
	}
}

static int
act_link(const void *context)
{
	struct asking asking = { BY_LINK, "link", "trusted.a" };
	char room[8];

	(void)context;
	MUST(lsetxattr("link", "user.a", "x", 1, 0) < 0 && errno == EPERM);
	if (geteuid() != 0)
		return 0;
	MUST(set(&asking, "x", 0) == 0);
	MUST(get(&asking, room, sizeof(room)) == 1);
	asking.way = BY_PATH;
	MUST(get(&asking, room, sizeof(room)) < 0 && errno == ENODATA);
	return 0;
}

static void
a_link_has_attributes_of_its_own(void **state)
{
	(void)state;
	assert_int_equal(ask(FILTER_PROGRAM_ATTRIBUTES, act_link, NULL), 0);
}

static int
act_outside(const void *context)
{
	struct asking asking = { BY_PATH, context, "user.secret" };
	char room[8];

	MUST(get(&asking, room, sizeof(room)) < 0 && errno == EACCES);
	MUST(list(&asking, room, sizeof(room)) < 0 && errno == EACCES);
	MUST(set(&asking, "x", 0) < 0 && errno == EACCES);
	MUST(take_away(&asking) < 0 && errno == EACCES);
	fd_of_asking = open(context, O_RDONLY | O_CLOEXEC);
	asking.way = BY_DESCRIPTOR;
	MUST(get(&asking, room, sizeof(room)) < 0 && errno == EACCES);
	MUST(set(&asking, "x", 0) < 0 && errno == EACCES);
	return 0;
}

static void
outside_the_root_there_are_none(void **state)
{
	char value[8];

	(void)state;
	assert_int_equal(ask(FILTER_PROGRAM_ATTRIBUTES, act_outside,
			     "../outside/file"),
	    0);
	assert_int_equal(ask(FILTER_PROGRAM_ATTRIBUTES, act_outside, "out"), 0);
	assert_int_equal(getxattr("../outside/file", "user.secret", value,
			     sizeof(value)),
	    1);
}

static int
act_names(const void *context)
{
	static const char *const names[] = { "security.evil",
		"security.selinux", "security.ima", "security.NTACLx",
		"security.NTAC", "security." };
	struct asking asking = { BY_PATH, "file", NULL };

	(void)context;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		asking.name = names[i];
		if (set(&asking, "x", 0) == 0 || errno != EPERM ||
		    take_away(&asking) == 0 || errno != EPERM)
			return (int)i + 1;
	}
	/* The kernel's own answers. */
	asking.name = "";
	MUST(set(&asking, "x", 0) < 0 && errno == ERANGE);
	asking.name = "name";
	MUST(set(&asking, "x", 0) < 0 && errno == EOPNOTSUPP);
	return 0;
}

static void
other_names_are_not_set(void **state)
{
	(void)state;
	assert_int_equal(ask(FILTER_PROGRAM_ATTRIBUTES, act_names, NULL), 0);
}

/* By number: sanitizers look at what the functions are given. */
static int
act_bad_memory(const void *context)
{
	char *page = mmap(NULL, 8192, PROT_READ | PROT_WRITE,
	    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	char *fixed =
	    mmap(NULL, 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	char room[16];

	(void)context;
	MUST(page != MAP_FAILED && fixed != MAP_FAILED &&
	     mprotect(page + 4096, 4096, PROT_NONE) == 0);
	MUST(setxattr("file", "user.a", "value", 5, 0) == 0);
	MUST(syscall(SYS_getxattr, "file", "user.a", page + 4094, 100L) < 0 &&
	     errno == EFAULT);
	MUST(syscall(SYS_getxattr, "file", "user.a", page + 4091, 100L) == 5);
	MUST(syscall(SYS_getxattr, "file", "user.a", fixed, 100L) < 0 &&
	     errno == EFAULT);
	MUST(syscall(SYS_listxattr, "file", fixed, 4096L) < 0 &&
	     errno == EFAULT);
	MUST(syscall(SYS_getxattr, page + 4096, "user.a", room, sizeof(room)) <
		 0 &&
	     errno == EFAULT);
	MUST(syscall(SYS_getxattr, "file", page + 4096, room, sizeof(room)) <
		 0 &&
	     errno == EFAULT);
	/* Sizes beyond all there is. */
	MUST(syscall(SYS_getxattr, "file", "user.a", room, SIZE_MAX) == 5);
	MUST(syscall(SYS_setxattr, "file", "user.b", page, 65537L, 0L) < 0 &&
	     errno == E2BIG);
	return fixed[0];
}

static void
memory_is_written_with_care(void **state)
{
	(void)state;
	assert_int_equal(ask(FILTER_PROGRAM_ATTRIBUTES, act_bad_memory, NULL),
	    0);
}

static int
act_read_only(const void *context)
{
	struct asking asking = { BY_PATH, "file", "user.here" };
	char room[8];

	(void)context;
	for (int way = 0; way < WAYS; way++) {
		fd_of_asking = open("file", O_RDONLY | O_CLOEXEC);
		asking.way = (enum way)way;
		MUST(get(&asking, room, sizeof(room)) == 1);
		MUST(set(&asking, "x", 0) < 0 && errno == EPERM);
		MUST(take_away(&asking) < 0 && errno == EPERM);
	}
	return 0;
}

static void
who_may_only_read_changes_none(void **state)
{
	int fd = open("file", O_RDONLY | O_CLOEXEC);
	char value[8];

	(void)state;
	assert_int_equal(setxattr("file", "user.here", "x", 1, 0), 0);
	assert_int_equal(ask(FILTER_PROGRAM_ATTRIBUTES_READ_ONLY, act_read_only,
			     NULL),
	    0);
	/* The process itself, whatever the filter lets through. */
	attributes_end(&attributes);
	assert_int_equal(attributes_start(&attributes, false), 0);
	assert_int_equal(attributes_get(&attributes, fd, "user.here", value,
			     sizeof(value)),
	    1);
	assert_int_equal(attributes_set(&attributes, fd, "user.n", "x", 1, 0),
	    -1);
	assert_int_equal(errno, EPERM);
	assert_int_equal(attributes_remove(&attributes, fd, "user.here"), -1);
	assert_int_equal(errno, EPERM);
	close(fd);
}

static void
a_value_as_long_as_can_be_passes(void **state)
{
	static char value[ATTRIBUTES_VALUE_BYTES], back[ATTRIBUTES_VALUE_BYTES];
	int fd = open("file", O_PATH | O_CLOEXEC);
	size_t size = sizeof(value);

	(void)state;
	memset(value, 'v', sizeof(value));
	/* Most file systems hold less: what they say is passed on. */
	while (
	    attributes_set(&attributes, fd, "user.long", value, size, 0) != 0) {
		assert_true(
		    errno == ENOSPC || errno == E2BIG || errno == ERANGE);
		size /= 2;
		assert_true(size > 0);
	}
	assert_int_equal(attributes_get(&attributes, fd, "user.long", back,
			     sizeof(back)),
	    size);
	assert_memory_equal(value, back, size);
	close(fd);
}

static void
nonsense_ends_it(void **state)
{
	char bytes[600];
	int fd = open("file", O_RDONLY | O_CLOEXEC);

	(void)state;
	for (int kind = 0; kind < 4; kind++) {
		memset(bytes, kind == 1 ? 0xff : 0, sizeof(bytes));
		/* Short; all ones; without a descriptor; a value too few. */
		if (kind == 3) {
			bytes[0] = 2;
			bytes[8] = 1;
		}
		assert_int_equal(fdpass_send(attributes.socket, bytes,
				     kind == 0 ? 3 : 288, kind == 2 ? -1 : fd),
		    0);
		assert_int_equal(recv(attributes.socket, bytes, 1, 0) > 0, 0);
		assert_int_equal(attributes_list(&attributes, fd, NULL, 0), -1);
		assert_int_equal(errno, EIO);
		attributes_end(&attributes);
		assert_int_equal(attributes_start(&attributes, true), 0);
		assert_true(attributes_list(&attributes, fd, NULL, 0) >= 0);
	}
	close(fd);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
		TEST(a_program_has_its_attributes_by_every_call),
		TEST(a_link_has_attributes_of_its_own),
		TEST(outside_the_root_there_are_none),
		TEST(other_names_are_not_set),
		TEST(memory_is_written_with_care),
		TEST(who_may_only_read_changes_none),
		TEST(a_value_as_long_as_can_be_passes),
		TEST(nonsense_ends_it),
	};

	return cmocka_run_group_tests_name("attributes", tests, NULL, NULL);
}
