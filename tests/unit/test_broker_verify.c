/*
 * Names that are digests, given by a program that the broker serves, while
 * another session of the account acts between the look at a file and its name:
 * what has such a name in the end has that digest, or nothing has the name.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>
#include <cmocka.h>

#include "base/hash.h"
#include "brokered.h"
#include "root/digest_names.h"
#include "scratch.h"
#include "session/session.h"

#define RIGHT "right"
#define WRONG "wrong"

static struct root root;
static struct create_only create_only;
static char name[HASH_SHA256_TEXT]; /* RIGHT's */

/* --- the other session ------------------------------------------------------
 */

static int (*after_look)(void); /* once; returns 0, or -1 with errno */
static int other_error;         /* that it got; -1: it was never asked */

int __real_digest_names_hold(struct root *at_root, int fd, const char *wanted);
int __wrap_digest_names_hold(struct root *at_root, int fd, const char *wanted);

int
__wrap_digest_names_hold(struct root *at_root, int fd, const char *wanted)
{
	int result = __real_digest_names_hold(at_root, fd, wanted);
	int error = errno, (*act)(void) = after_look;

	after_look = NULL;
	if (act != NULL)
		other_error = act() == 0 ? 0 : errno;
	errno = error;
	return result;
}

static int
nothing(void)
{
	return 0;
}

static int
write_to_it(void)
{
	auto_fd int fd =
	    openat(root.fd, "up", O_WRONLY | O_NONBLOCK | O_CLOEXEC);

	return fd < 0 || pwrite(fd, WRONG, 5, 0) != 5 ? -1 : 0;
}

static int
write_by_a_second_name(void)
{
	auto_fd int fd = -1;

	if (linkat(root.fd, "up", root.fd, "second", 0) != 0)
		return -1;
	fd = openat(root.fd, "second", O_WRONLY | O_NONBLOCK | O_CLOEXEC);
	return fd < 0 || pwrite(fd, WRONG, 5, 0) != 5 ? -1 : 0;
}

static int
rename_it_away(void)
{
	return renameat(root.fd, "up", root.fd, "away");
}

static int
give_its_name_to_another(void)
{
	return rename_it_away() == 0 ? renameat(root.fd, "other", root.fd, "up")
				     : -1;
}

static int
exchange_it(void)
{
	return renameat2(root.fd, "up", root.fd, "other", RENAME_EXCHANGE);
}

/* --- the program ------------------------------------------------------------
 */

static int
set_up(void **state)
{
	const struct session session = { .uid = geteuid() };
	unsigned char digest[HASH_BYTES_MAX];
	struct hash hash;

	(void)state;
	umask(022);
	hash_sha256_start(&hash);
	hash_add(&hash, (const unsigned char *)RIGHT, 5);
	hash_end(&hash, digest);
	hash_sha256_text(digest, name);
	if (scratch_make(0755) != 0 || root_open(&root, ".", false) != 0)
		return -1;
	root.verifies = true;
	create_only = (struct create_only){ .kept = 0 };
	own_init(&create_only.own, &session, 3600, &root);
	return 0;
}

static int
tear_down(void **state)
{
	own_free(&create_only.own);
	root_close(&root);
	return scratch_remove(state);
}

static int
make(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL, 0600);

	return fd < 0 || write(fd, text, 5) != 5 ? -1 : close(fd);
}

static int
give_by_rename(void)
{
	return rename("up", name);
}

static int
give_by_rename_to_free(void)
{
	return (int)syscall(SYS_renameat2, AT_FDCWD, "up", AT_FDCWD, name,
	    RENAME_NOREPLACE);
}

static int
give_by_link(void)
{
	return link("up", name);
}

struct giving {
	int (*give)(void);
	int (*other)(void);
	const char *text; /* of what is given the name */
};

/* "other" is the program's own, too: it may rename it as it likes. */
static int
act_give(const void *context)
{
	const struct giving *giving = context;

	return make("up", giving->text) != 0 || make("other", WRONG) != 0
		   ? CHILD_FAILED
		   : child_errno(giving->give());
}

/* What the program was told; other_error is what the other session was. */
static int
give(int (*by)(void), int (*other)(void), const char *text)
{
	const struct brokered how = { .filter = FILTER_PROGRAM_CREATE_ONLY,
		.root = &root,
		.create_only = &create_only };
	const struct giving giving = { by, other, text };
	int result;

	after_look = other;
	other_error = -1;
	result = brokered_run(&how, act_give, &giving);
	assert_int_not_equal(other_error, -1);
	if (access(name, F_OK) == 0)
		assert_string_equal(scratch_text(name), RIGHT);
	return result;
}

static int (*const ways[])(
    void) = { give_by_rename, give_by_rename_to_free, give_by_link };

/* In each way, each time in a world of its own. */
#define EACH_WAY(state)                                                 \
	for (size_t way = 0; way < sizeof(ways) / sizeof(*ways); way++, \
		    assert_int_equal(tear_down(state), 0),              \
		    assert_int_equal(set_up(state), 0))

static void
only_what_has_the_digest_gets_the_name(void **state)
{
	EACH_WAY(state)
	{
		assert_int_equal(give(ways[way], nothing, RIGHT), 0);
		assert_int_equal(access(name, F_OK), 0);
	}
	EACH_WAY(state)
	{
		assert_int_equal(give(ways[way], nothing, WRONG), EBADMSG);
		assert_int_equal(access(name, F_OK), -1);
		assert_string_equal(scratch_text("up"), WRONG);
	}
}

static void
what_was_looked_at_is_not_written_to(void **state)
{
	EACH_WAY(state)
	{
		assert_int_equal(give(ways[way], write_to_it, RIGHT), 0);
		assert_int_equal(other_error, EWOULDBLOCK);
		assert_int_equal(access(name, F_OK), 0);
	}
}

static void
nor_is_it_by_a_second_name(void **state)
{
	EACH_WAY(state)
	{
		assert_int_equal(give(ways[way], write_by_a_second_name, RIGHT),
		    0);
		assert_int_equal(other_error, EWOULDBLOCK);
		assert_string_equal(scratch_text("second"), RIGHT);
	}
}

static void
what_has_its_old_name_by_then_does_not_get_the_new_one(void **state)
{
	static int (*const acts[])(
	    void) = { give_its_name_to_another, exchange_it };

	for (size_t i = 0; i < sizeof(acts) / sizeof(*acts); i++) {
		EACH_WAY(state)
		{
			int result = give(ways[way], acts[i], RIGHT);

			assert_int_equal(other_error, 0);
			/* A link is of what was looked at, whatever its name.
			 */
			assert_int_equal(result,
			    ways[way] == give_by_link ? 0 : EAGAIN);
			assert_int_equal(access(name, F_OK),
			    result == 0 ? 0 : -1);
			assert_string_equal(scratch_text("up"), WRONG);
		}
	}
}

static void
what_has_lost_its_name_gets_none(void **state)
{
	EACH_WAY(state)
	{
		int result = give(ways[way], rename_it_away, RIGHT);

		assert_int_equal(other_error, 0);
		if (ways[way] != give_by_link)
			assert_int_equal(result, ENOENT);
		assert_string_equal(scratch_text("away"), RIGHT);
	}
}

int
main(void)
{
#define VERIFY_TEST(test) \
	cmocka_unit_test_setup_teardown(test, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		VERIFY_TEST(only_what_has_the_digest_gets_the_name),
		VERIFY_TEST(what_was_looked_at_is_not_written_to),
		VERIFY_TEST(nor_is_it_by_a_second_name),
		VERIFY_TEST(
		    what_has_its_old_name_by_then_does_not_get_the_new_one),
		VERIFY_TEST(what_has_lost_its_name_gets_none),
	};

	return cmocka_run_group_tests_name("broker_verify", tests, NULL, NULL);
}
