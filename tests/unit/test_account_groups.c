/*
 * Groups as the static program finds them: a sure answer is the one that NSS
 * would give. The source is included, so that the files can be others.
 */
#include <grp.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <cmocka.h>

#include "libc_reads.h"
#include "privatens.h"
#include "scratch.h"
#include "static/account_files.c"

static const char switch_path[] = "nsswitch.conf", group_path[] = "group";

static const struct session anna = { .user = "anna",
	.gid = 100,
	.has_account = true };

static enum account_answer
ask(void)
{
	return in_group(switch_path, group_path, "customers", &anna);
}

#define ROOT "root:x:0:\n"
#define USERS "users:x:100:\n"

/* only: where there is nothing but the file */
static const struct {
	const char *text;
	enum account_answer only;
} groups[] = {
	{ ROOT USERS "customers:x:200:anna\n", ACCOUNT_FOUND },
	{ ROOT USERS "customers:x:200:anna", ACCOUNT_FOUND },
	{ "# first\n\n  \n customers:x:200:bert,anna\n", ACCOUNT_FOUND },
	{ "customers:x:200:anna,bert\n" ROOT, ACCOUNT_FOUND },
	{ "customers::0200:bert,anna,carl\n", ACCOUNT_FOUND },
	{ "customers:x:100:\n" ROOT, ACCOUNT_FOUND },
	{ "customers:x:100:bert\n", ACCOUNT_FOUND },
	{ "customers:x:200:anna,anna\n", ACCOUNT_FOUND },
	{ "customers:x:200:,anna,\n", ACCOUNT_FOUND },
	{ ROOT USERS, ACCOUNT_NONE },
	{ "", ACCOUNT_NONE },
	{ ROOT "customers:x:200:\n", ACCOUNT_NONE },
	{ ROOT "customers:x:200:bert\n", ACCOUNT_NONE },
	{ "customers:x:200:ann,annaa,hanna,Anna\n", ACCOUNT_NONE },
	{ "customers:x:200:bert\nstaff:x:201:anna\n", ACCOUNT_NONE },
	{ "Customers:x:200:anna\ncustomersx:x:201:anna\n", ACCOUNT_NONE },
	/* Which of two it is, NSS may see otherwise. */
	{ "customers:x:200:anna\ncustomers:x:201:bert\n", ACCOUNT_UNSURE },
	{ "customers:x:200:bert\ncustomers:x:201:anna\n", ACCOUNT_UNSURE },
	{ "other:x:200:\ncustomers:x:200:anna\n", ACCOUNT_UNSURE },
	{ "customers:x:200:anna\nother:x:200:\n", ACCOUNT_UNSURE },
	{ "customers:x:100:\n" USERS, ACCOUNT_UNSURE },
	/* Lines of nss_compat, and what can't be read. */
	{ "customers:x:200:anna\n+\n", ACCOUNT_UNSURE },
	{ "+:::\ncustomers:x:200:anna\n", ACCOUNT_UNSURE },
	{ "-customers\ncustomers:x:200:anna\n", ACCOUNT_UNSURE },
	{ "+customers:x:200:anna\n", ACCOUNT_UNSURE },
	{ "customers\n", ACCOUNT_UNSURE },
	{ "customers:x:200\n", ACCOUNT_UNSURE },
	{ "customers:x:200:anna:more\n", ACCOUNT_UNSURE },
	{ ":x:200:anna\n", ACCOUNT_UNSURE },
	{ "customers:x::anna\n", ACCOUNT_UNSURE },
	{ "customers:x: 200:anna\n", ACCOUNT_UNSURE },
	{ "customers:x:-1:anna\n", ACCOUNT_UNSURE },
	{ "customers:x:4294967296:anna\n", ACCOUNT_UNSURE },
	{ "customers:x:200:bert, anna\n", ACCOUNT_UNSURE },
	{ "customers:x:200:anna \n", ACCOUNT_UNSURE },
	{ "odd\ncustomers:x:200:anna\n", ACCOUNT_UNSURE },
};

/* only: the file is all there is; first: others follow */
static const struct {
	const char *text;
	bool only, first;
} switches[] = {
	{ "group: files\n", true, false },
	{ "passwd: sss\ngroup:\tfiles # and no more\n", true, false },
	{ "group: files systemd\n", false, true },
	{ "group: files sss [NOTFOUND=return] ldap\n", false, true },
	{ "group: files [SUCCESS=merge] systemd\n", false, false },
	{ "group: systemd files\n", false, false },
	{ "group: compat\n", false, false },
	{ "passwd: files\n", false, false },
	{ "group: files\ngroup: files\n", false, false },
	{ "group: files\ninitgroups: files\n", false, false },
	{ "initgroups: sss\ngroup: files\n", false, false },
};

enum {
	GROUPS = sizeof(groups) / sizeof(groups[0]),
	SWITCHES = sizeof(switches) / sizeof(switches[0]),
};

static void
a_sure_answer_needs_the_file_to_be_asked_first(void **state)
{
	(void)state;
	for (size_t i = 0; i < SWITCHES; i++) {
		scratch_put(switch_path, switches[i].text, 0644);
		for (size_t j = 0; j < GROUPS; j++) {
			enum account_answer wanted = groups[j].only;

			if (!switches[i].only &&
			    (wanted == ACCOUNT_NONE || !switches[i].first))
				wanted = ACCOUNT_UNSURE;
			scratch_put(group_path, groups[j].text, 0644);
			if (ask() != wanted)
				fail_msg("switch %zu, group %zu: %d", i, j,
				    (int)ask());
		}
	}
}

static void
what_cannot_be_read_is_unsure(void **state)
{
	char text[ETC_LINE_BYTES + 64];
	size_t len = 0;

	(void)state;
	scratch_put(switch_path, "group: files\n", 0644);
	memcpy(text, "customers:x:200:anna", 20);
	for (len = 20; len < ETC_LINE_BYTES; len += 5)
		memcpy(text + len, ",bert", 5);
	text[len] = '\0';
	scratch_put(group_path, text, 0644);
	assert_int_equal(ask(), ACCOUNT_UNSURE);
	assert_int_equal(unlink(group_path), 0);
	assert_int_equal(ask(), ACCOUNT_NONE);
	assert_int_equal(mkdir(group_path, 0755), 0);
	assert_int_equal(ask(), ACCOUNT_UNSURE);
	assert_int_equal(rmdir(group_path), 0);
	assert_int_equal(unlink(switch_path), 0);
	scratch_put(group_path, groups[0].text, 0644);
	assert_int_equal(ask(), ACCOUNT_FOUND);
}

/* As account.c asks. */
static bool
nss_says_so(void)
{
	gid_t ids[64];
	int count = 64;

	if (getgrouplist(anna.user, anna.gid, ids, &count) < 0)
		return false;
	for (int i = 0; i < count; i++) {
		const struct group *group = getgrgid(ids[i]);

		if (group != NULL && strcmp(group->gr_name, "customers") == 0)
			return true;
	}
	return false;
}

/* In a child of its own, for the C library keeps what it read. */
static int
act_compare(const void *context)
{
	(void)context;
	if (private_mounts() != 0 ||
	    mount(".", "/etc", NULL, MS_BIND, NULL) != 0)
		return PRIVATE_NOT_POSSIBLE;
	for (int i = 0; i < GROUPS; i++) {
		enum account_answer answer;

		if (!libc_reads_as_glibc(groups[i].text))
			continue;
		if (scratch_write(group_path, groups[i].text,
			strlen(groups[i].text), 0644) != 0)
			return CHILD_FAILED;
		answer = ask();
		if (answer != ACCOUNT_UNSURE &&
		    (answer == ACCOUNT_FOUND) != nss_says_so())
			return 1 + i;
	}
	return 0;
}

static void
what_is_sure_is_what_nss_says(void **state)
{
	(void)state;
	for (size_t i = 0; i < SWITCHES; i++) {
		int result;

		scratch_put(switch_path, switches[i].text, 0644);
		scratch_put(group_path, "", 0644);
		result = child_run(0, act_compare, NULL);
		if (result == PRIVATE_NOT_POSSIBLE)
			skip();
		if (result != 0)
			fail_msg("switch %zu, group %d", i, result - 1);
	}
}

static int
set_up(void **state)
{
	(void)state;
	return scratch_make(0700);
}

static int
tear_down(void **state)
{
	(void)state;
	if (unlink(switch_path) != 0 || unlink(group_path) != 0)
		return -1;
	return scratch_rmdir();
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    a_sure_answer_needs_the_file_to_be_asked_first),
		cmocka_unit_test(what_cannot_be_read_is_unsure),
		cmocka_unit_test(what_is_sure_is_what_nss_says),
	};

	return cmocka_run_group_tests_name("account_groups", tests, set_up,
	    tear_down);
}
