/* What is left of root's power is what was asked for, across exec too. */
#include <fcntl.h>
#include <linux/capability.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <cmocka.h>

#include "base/auto.h"
#include "child.h"
#include "confine/caps.h"

#define BIT(cap) (UINT64_C(1) << (cap))

/* One line of /proc/self/status, as the child itself is to see it. */
struct look {
	int keep;         /* enum caps_keep, or -1: nothing is reduced */
	const char *line; /* "CapEff" ... */
	uint64_t expected;
	int without_setpcap; /* given up before */
};

static const uint64_t read_bits = BIT(CAP_DAC_READ_SEARCH) | BIT(CAP_FOWNER);
static const uint64_t write_bits = BIT(CAP_DAC_READ_SEARCH) | BIT(CAP_FOWNER) |
				   BIT(CAP_CHOWN) | BIT(CAP_DAC_OVERRIDE) |
				   BIT(CAP_FSETID) | BIT(CAP_LEASE);

static int
give_up_setpcap(void)
{
	struct __user_cap_header_struct header = {
		.version = _LINUX_CAPABILITY_VERSION_3
	};
	struct __user_cap_data_struct word[2];

	if (syscall(SYS_capget, &header, word) != 0)
		return -1;
	word[0].effective &= ~(uint32_t)BIT(CAP_SETPCAP);
	word[0].permitted &= ~(uint32_t)BIT(CAP_SETPCAP);
	return (int)syscall(SYS_capset, &header, word);
}

/* Becomes a program that compares: 0 equal, 1 not, for both sides of exec. */
static int
act_look(const void *context)
{
	const struct look *look = context;
	char script[256];
	char *argv[] = { strdup("sh"), strdup("-c"), script, NULL };
	char *envp[] = { NULL };

	snprintf(script, sizeof(script),
	    "while read -r name value; do"
	    " test $name = %s: && test $((0x$value)) = $((0x%llx)) && exit 0;"
	    "done </proc/self/status; exit 1",
	    look->line, (unsigned long long)look->expected);
	if (look->without_setpcap && give_up_setpcap() != 0)
		return CHILD_FAILED;
	if (look->keep >= 0 && caps_reduce((enum caps_keep)look->keep) != 0)
		return CHILD_FAILED;
	execve("/bin/sh", argv, envp);
	return CHILD_FAILED;
}

static void
expect(int keep, const char *line, uint64_t expected)
{
	struct look look = { keep, line, expected, 0 };

	assert_int_equal(child_run(0, act_look, &look), 0);
}

static void
root_keeps_exactly_what_was_asked_for(void **state)
{
	(void)state;
	if (geteuid() != 0)
		skip();
	for (size_t i = 0; i < 3; i++) {
		static const char *const lines[] = { "CapEff", "CapPrm",
			"CapBnd" };

		expect(CAPS_NONE, lines[i], 0);
		expect(CAPS_READ, lines[i], read_bits);
		expect(CAPS_WRITE, lines[i], write_bits);
		expect(CAPS_RESTORE, lines[i],
		    write_bits | BIT(CAP_MKNOD) | BIT(CAP_SETFCAP));
	}
	expect(CAPS_RESTORE, "CapInh", 0);
	expect(CAPS_RESTORE, "CapAmb", 0);
}

static void
ordinary_user_has_nothing(void **state)
{
	struct look look = { CAPS_RESTORE, "CapEff", 0, 0 };

	(void)state;
	assert_int_equal(child_run(1, act_look, &look), 0);
	look.line = "CapPrm";
	assert_int_equal(child_run(1, act_look, &look), 0);
}

static void
no_new_privs_holds_where_the_bounding_set_stays(void **state)
{
	struct look look = { CAPS_READ, "CapEff", read_bits, 1 };

	(void)state;
	if (geteuid() != 0)
		skip();
	assert_int_equal(child_run(0, act_look, &look), 0);
	look.line = "CapBnd";
	assert_int_equal(child_run(0, act_look, &look), 1);
	look.line = "NoNewPrivs";
	look.expected = 1;
	assert_int_equal(child_run(0, act_look, &look), 0);
}

static int
act_chroot(const void *reduce)
{
	if (reduce != NULL && caps_reduce(CAPS_RESTORE) != 0)
		return CHILD_FAILED;
	return child_errno(chroot("/"));
}

/* What a child is to read with what is left. */
struct reading {
	enum caps_keep keep;
	const char *path;
};

static int
act_read(const void *context)
{
	const struct reading *reading = context;

	if (caps_reduce(reading->keep) != 0)
		return CHILD_FAILED;
	return child_errno(open(reading->path, O_RDONLY));
}

static void
powers_are_gone_or_there(void **state)
{
	char path[] = "/tmp/caps.XXXXXX";
	struct reading reading = { CAPS_READ, path };
	int fd;

	(void)state;
	if (geteuid() != 0)
		skip();
	assert_int_equal(child_run(0, act_chroot, NULL), 0);
	assert_int_equal(child_run(0, act_chroot, ""), EPERM);
	fd = mkstemp(path);
	assert_true(fd >= 0);
	close(fd);
	assert_int_equal(chown(path, NOBODY, NOBODY), 0);
	assert_int_equal(child_run(0, act_read, &reading), 0);
	reading.keep = CAPS_NONE;
	assert_int_equal(child_run(0, act_read, &reading), EACCES);
	assert_int_equal(unlink(path), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(root_keeps_exactly_what_was_asked_for),
		cmocka_unit_test(ordinary_user_has_nothing),
		cmocka_unit_test(
		    no_new_privs_holds_where_the_bounding_set_stays),
		cmocka_unit_test(powers_are_gone_or_there),
	};

	return cmocka_run_group_tests_name("caps", tests, NULL, NULL);
}
