/*
 * What the kernel says of a quota becomes the size and the free space that a
 * client hears. The call is the linker's to take: no test machine has quotas
 * for certain.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <cmocka.h>

#include "root/quota.h"
#include "root/space.h"

#define KIB 1024
#define MIB (1024 * 1024)

/* struct if_dqblk */
static struct {
	uint64_t hard, soft, used, files_hard, files_soft, files_used;
	uint64_t until, files_until;
	uint32_t valid;
} kernel[2];
static int kernel_error;
static long asked_id[2];

long __wrap_syscall(long number, ...);
long __real_syscall(long number, ...);

long
__wrap_syscall(long number, ...)
{
	va_list args;
	int kind;

	assert_int_equal(number, 443);
	va_start(args, number);
	(void)va_arg(args, int);
	kind = (int)(va_arg(args, unsigned) & 0xff);
	assert_in_range(kind, 0, 1);
	asked_id[kind] = (long)va_arg(args, uint32_t);
	memcpy(va_arg(args, void *), &kernel[kind], sizeof(kernel[kind]));
	va_end(args);
	errno = kernel_error;
	return kernel_error == 0 ? 0 : -1;
}

static int
no_quota(void **state)
{
	(void)state;
	memset(kernel, 0, sizeof(kernel));
	kernel_error = 0;
	return 0;
}

static struct statfs
disk(void)
{
	struct statfs fs;

	memset(&fs, 0, sizeof(fs));
	fs.f_bsize = fs.f_frsize = 4096;
	fs.f_blocks = 100 * MIB / 4096;
	fs.f_bfree = 50 * MIB / 4096;
	fs.f_bavail = 40 * MIB / 4096;
	fs.f_files = 1000;
	fs.f_ffree = 500;
	return fs;
}

static struct statfs
with_quota(enum quota_kind kind)
{
	struct statfs fs = disk();
	struct quota quota;

	if (quota_ask(-1, kind, 7, &quota))
		quota_apply(&quota, &fs);
	return fs;
}

static void
without_a_limit_the_disk_is_told(void **state)
{
	struct statfs fs = disk(), got;

	(void)state;
	kernel[QUOTA_USER].used = 20 * MIB;
	got = with_quota(QUOTA_USER);
	assert_memory_equal(&got, &fs, sizeof(fs));
	kernel[QUOTA_USER].hard = 10 * KIB;
	for (int i = 0; i < 3; i++) {
		kernel_error = (const int[]){ ESRCH, ENOSYS, EPERM }[i];
		got = with_quota(QUOTA_USER);
		assert_memory_equal(&got, &fs, sizeof(fs));
	}
}

static void
a_hard_limit_is_the_size(void **state)
{
	struct statfs fs;

	(void)state;
	kernel[QUOTA_GROUP].hard = 10 * KIB; /* in KiB: 10 MiB */
	kernel[QUOTA_GROUP].used = 4 * MIB;
	kernel[QUOTA_GROUP].files_hard = 20;
	kernel[QUOTA_GROUP].files_used = 5;
	fs = with_quota(QUOTA_GROUP);
	assert_int_equal(asked_id[QUOTA_GROUP], 7);
	assert_int_equal(fs.f_blocks, 10 * MIB / 4096);
	assert_int_equal(fs.f_bfree, 6 * MIB / 4096);
	assert_int_equal(fs.f_bavail, 6 * MIB / 4096);
	assert_int_equal(fs.f_files, 20);
	assert_int_equal(fs.f_ffree, 15);
}

static void
what_is_used_up_leaves_nothing(void **state)
{
	struct statfs fs;

	(void)state;
	kernel[QUOTA_USER].hard = 10 * KIB;
	kernel[QUOTA_USER].used = 11 * MIB;
	kernel[QUOTA_USER].files_hard = 5;
	kernel[QUOTA_USER].files_used = 5;
	fs = with_quota(QUOTA_USER);
	assert_int_equal(fs.f_bfree, 0);
	assert_int_equal(fs.f_bavail, 0);
	assert_int_equal(fs.f_ffree, 0);
}

static void
a_soft_limit_holds_when_its_time_is_over(void **state)
{
	(void)state;
	kernel[QUOTA_USER].hard = 10 * KIB;
	kernel[QUOTA_USER].soft = 8 * KIB;
	kernel[QUOTA_USER].used = 9 * MIB;
	kernel[QUOTA_USER].until = (uint64_t)time(NULL) + 1000;
	assert_int_equal(with_quota(QUOTA_USER).f_bavail, 1 * MIB / 4096);
	kernel[QUOTA_USER].until = (uint64_t)time(NULL) - 1;
	assert_int_equal(with_quota(QUOTA_USER).f_bavail, 0);
	/* Without a hard one it is all there is. */
	kernel[QUOTA_USER].hard = 0;
	kernel[QUOTA_USER].until = 0;
	kernel[QUOTA_USER].used = 5 * MIB;
	assert_int_equal(with_quota(QUOTA_USER).f_bavail, 3 * MIB / 4096);
}

static void
a_quota_adds_nothing_to_a_full_disk(void **state)
{
	struct statfs fs;

	(void)state;
	kernel[QUOTA_USER].hard = 60 * KIB;
	fs = with_quota(QUOTA_USER);
	assert_int_equal(fs.f_blocks, 60 * MIB / 4096);
	assert_int_equal(fs.f_bavail, 40 * MIB / 4096);
	/* One that is larger than the disk says nothing of it. */
	kernel[QUOTA_USER].hard = 600 * KIB;
	fs = with_quota(QUOTA_USER);
	assert_int_equal(fs.f_blocks, 100 * MIB / 4096);
}

static void
of_two_the_tighter_holds(void **state)
{
	struct quota user = { { 10 * MIB, 1 * MIB }, { QUOTA_NONE, 3 } };
	struct quota group = { { 20 * MIB, 18 * MIB }, { 9, 3 } };
	struct quota both = user;

	(void)state;
	quota_tighten(&both, &group);
	assert_int_equal(both.bytes.limit, 20 * MIB);
	assert_int_equal(quota_left(&both.bytes), 2 * MIB);
	assert_int_equal(both.files.limit, 9);
	both = group;
	quota_tighten(&both, &user);
	assert_int_equal(quota_left(&both.bytes), 2 * MIB);
}

static void
a_session_may_have_less_left_than_the_disk(void **state)
{
	struct statfs fs = disk();

	(void)state;
	space_limit(&fs, UINT64_MAX);
	assert_int_equal(fs.f_bavail, 40 * MIB / 4096);
	space_limit(&fs, 3 * MIB);
	assert_int_equal(fs.f_bavail, 3 * MIB / 4096);
	assert_int_equal(fs.f_bfree, 50 * MIB / 4096);
	space_limit(&fs, 4095);
	assert_int_equal(fs.f_bavail, 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(without_a_limit_the_disk_is_told,
		    no_quota),
		cmocka_unit_test_setup(a_hard_limit_is_the_size, no_quota),
		cmocka_unit_test_setup(what_is_used_up_leaves_nothing,
		    no_quota),
		cmocka_unit_test_setup(a_soft_limit_holds_when_its_time_is_over,
		    no_quota),
		cmocka_unit_test_setup(a_quota_adds_nothing_to_a_full_disk,
		    no_quota),
		cmocka_unit_test(of_two_the_tighter_holds),
		cmocka_unit_test(a_session_may_have_less_left_than_the_disk),
	};

	return cmocka_run_group_tests_name("quota", tests, NULL, NULL);
}
