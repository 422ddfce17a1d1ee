/*
 * Accounts as the static program finds them: the answer is what NSS would
 * say, or it is unsure. The source is included, so that the
 * files can be others.
 */
#include <pwd.h>
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

enum { OURS = 1001 };

static const char switch_path[] = "nsswitch.conf", passwd_path[] = "passwd";

/* Writes a file anew, or removes it where text is NULL. */
static void
put_text(const char *path, const char *text)
{
	if (text != NULL)
		scratch_put(path, text, 0644);
	else
		assert_true(unlink(path) == 0 || errno == ENOENT);
}

static struct account account;

static enum account_answer
find(const char *claim)
{
	memset(&account, 0, sizeof(account));
	return find_in(switch_path, passwd_path, OURS, claim, &account);
}

#define ROOT "root:x:0:0:root:/root:/bin/bash\n"
#define ANNA "anna:x:1001:100:Anna,,,:/home/anna:/bin/sh\n"
#define BERT "bert:x:1001:100::/home/bert:/bin/dash\n"
#define OTHER "carl:x:1002:100::/home/carl:/bin/sh\n"

/* found: of who is in the file; missing: of who is not */
static const struct {
	const char *text;
	enum account_answer found, missing;
} switches[] = {
	{ NULL, ACCOUNT_FOUND, ACCOUNT_NONE },
	{ "passwd: files\n", ACCOUNT_FOUND, ACCOUNT_NONE },
	{ "passwd: files", ACCOUNT_FOUND, ACCOUNT_NONE },
	{ "passwd:files\n", ACCOUNT_FOUND, ACCOUNT_NONE },
	{ "passwd files\n", ACCOUNT_FOUND, ACCOUNT_NONE },
	{ " \tpasswd : files # and no more\n", ACCOUNT_FOUND, ACCOUNT_NONE },
	{ "# first\n\ngroup: sss\npasswd:\tfiles \nshadow: sss\n",
	    ACCOUNT_FOUND, ACCOUNT_NONE },
	{ "passwd: files systemd\n", ACCOUNT_FOUND, ACCOUNT_UNSURE },
	{ "passwd: files sss [NOTFOUND=return] ldap\n", ACCOUNT_FOUND,
	    ACCOUNT_UNSURE },
	{ "passwd: files [SUCCESS=continue] sss\n", ACCOUNT_UNSURE,
	    ACCOUNT_UNSURE },
	{ "passwd: files[NOTFOUND=return]\n", ACCOUNT_UNSURE, ACCOUNT_UNSURE },
	{ "passwd: sss files\n", ACCOUNT_UNSURE, ACCOUNT_UNSURE },
	{ "passwd: compat\n", ACCOUNT_UNSURE, ACCOUNT_UNSURE },
	{ "passwd: filesystem\n", ACCOUNT_UNSURE, ACCOUNT_UNSURE },
	{ "passwd: FILES\n", ACCOUNT_UNSURE, ACCOUNT_UNSURE },
	{ "passwd:\n", ACCOUNT_UNSURE, ACCOUNT_UNSURE },
	{ "passwd: # files\n", ACCOUNT_UNSURE, ACCOUNT_UNSURE },
	{ "#passwd: files\n", ACCOUNT_UNSURE, ACCOUNT_UNSURE },
	{ "passwd\n", ACCOUNT_UNSURE, ACCOUNT_UNSURE },
	{ "passwd_compat: files\n", ACCOUNT_UNSURE, ACCOUNT_UNSURE },
	{ "group: files\n", ACCOUNT_UNSURE, ACCOUNT_UNSURE },
	{ "", ACCOUNT_UNSURE, ACCOUNT_UNSURE },
	{ "passwd: files\npasswd: files\n", ACCOUNT_UNSURE, ACCOUNT_UNSURE },
	{ "passwd: files\npasswd: sss\n", ACCOUNT_UNSURE, ACCOUNT_UNSURE },
};

enum { SWITCHES = sizeof(switches) / sizeof(switches[0]) };

/* In a file that may have others behind it. */
static const struct {
	const char *text;
	const char *claim;
	const char *found; /* the name; NULL: unsure */
} entries[] = {
	{ ROOT ANNA OTHER, NULL, "anna" },
	{ ROOT ANNA OTHER, "anna", "anna" },
	{ ANNA, "anna", "anna" },
	{ "anna:x:1001:100::/home/anna:/bin/sh", NULL, "anna" },
	{ "# a comment\n\n \t\n  # another\n" ANNA, NULL, "anna" },
	{ "  " ANNA, NULL, "anna" },
	{ "anna::1001:100::/home/anna:\n", NULL, "anna" },
	{ "anna:*:01001:100:::\n", NULL, "anna" },
	/* The first of two, but for the claim. */
	{ ANNA BERT, NULL, "anna" },
	{ BERT ANNA, NULL, "bert" },
	{ ANNA BERT, "bert", "bert" },
	{ ANNA BERT, "anna", "anna" },
	/* A claim with another uid is none. */
	{ ROOT ANNA, "root", "anna" },
	{ ANNA ROOT, "root", "anna" },
	{ "bert:x:7:7:::\n" ANNA BERT, "bert", "anna" },
	/* One that is nowhere may be in another service. */
	{ ROOT ANNA, "dora", NULL },
	{ ROOT ANNA, "", NULL },
	{ ROOT ANNA, "+", NULL },
	{ ROOT ANNA, "anna:x", NULL },
	{ ROOT ANNA, "ann", NULL },
	{ ROOT ANNA, "annas", NULL },
	{ ROOT OTHER, NULL, NULL },
	{ ROOT OTHER, "carl", NULL },
	{ "", NULL, NULL },
	{ NULL, NULL, NULL },
	/* Lines of nss_compat, and what can't be read. */
	{ "+\n" ANNA, NULL, NULL },
	{ "+::::::\n" ANNA, NULL, NULL },
	{ "-anna\n" ANNA, NULL, NULL },
	{ "+bert:x:1001:100:::\n" ANNA, NULL, NULL },
	{ "-bert:x:1001:100:::\n" ANNA, "-bert", NULL },
	{ "+@netgroup::::::\n" ANNA, NULL, NULL },
	{ "anna\n" ANNA, NULL, NULL },
	{ "anna:x:1001:100::/home/anna\n", NULL, NULL },
	{ "anna:x:1001:100::/home/anna:/bin/sh:more\n", NULL, NULL },
	{ ":x:1001:100::/home/anna:/bin/sh\n", NULL, NULL },
	{ "anna:x::100::/home/anna:/bin/sh\n", NULL, NULL },
	{ "anna:x:1001:::/home/anna:/bin/sh\n", NULL, NULL },
	{ "anna:x: 1001:100::/home/anna:/bin/sh\n", NULL, NULL },
	{ "anna:x:+1001:100::/home/anna:/bin/sh\n", NULL, NULL },
	{ "anna:x:0x3e9:100::/home/anna:/bin/sh\n", NULL, NULL },
	{ "anna:x:4294968297:100::/home/anna:/bin/sh\n", NULL, NULL },
	{ "odd\n" ROOT ANNA, "anna", NULL },
	/* Behind what is looked for they are not read. */
	{ ROOT ANNA "+\n", NULL, "anna" },
	{ ROOT ANNA "odd\n", "anna", "anna" },
	{ ROOT ANNA "odd\n" BERT, "bert", NULL },
};

enum { ENTRIES = sizeof(entries) / sizeof(entries[0]) };

static void
each_order_of_services_is_known_or_unsure(void **state)
{
	(void)state;
	for (size_t i = 0; i < SWITCHES; i++) {
		put_text(switch_path, switches[i].text);
		put_text(passwd_path, ROOT ANNA);
		assert_int_equal(find(NULL), switches[i].found);
		put_text(passwd_path, ROOT OTHER);
		assert_int_equal(find(NULL), switches[i].missing);
	}
}

static void
each_passwd_gives_its_account_or_is_odd(void **state)
{
	(void)state;
	put_text(switch_path, "passwd: files systemd\n");
	for (size_t i = 0; i < ENTRIES; i++) {
		enum account_answer answer;

		put_text(passwd_path, entries[i].text);
		answer = find(entries[i].claim);
		if (entries[i].found == NULL) {
			assert_int_equal(answer, ACCOUNT_UNSURE);
			continue;
		}
		assert_int_equal(answer, ACCOUNT_FOUND);
		assert_string_equal(account.name, entries[i].found);
	}
}

static void
where_there_is_only_the_file_its_answer_is_sure(void **state)
{
	(void)state;
	put_text(switch_path, "passwd: files\n");
	put_text(passwd_path, ROOT ANNA);
	assert_int_equal(find("dora"), ACCOUNT_FOUND);
	assert_string_equal(account.name, "anna");
	put_text(passwd_path, ROOT OTHER);
	assert_int_equal(find("dora"), ACCOUNT_NONE);
	put_text(passwd_path, NULL);
	assert_int_equal(find(NULL), ACCOUNT_NONE);
	put_text(passwd_path, ROOT "odd\n");
	assert_int_equal(find(NULL), ACCOUNT_UNSURE);
}

static void
name_home_and_shell_are_the_entrys(void **state)
{
	(void)state;
	put_text(switch_path, NULL);
	put_text(passwd_path,
	    ROOT "anna:x:1001:100:An \xc3\xa4,na:/home/an na:/bin/sh\r\n");
	assert_int_equal(find(NULL), ACCOUNT_FOUND);
	assert_string_equal(account.name, "anna");
	assert_string_equal(account.home, "/home/an na");
	assert_string_equal(account.shell, "/bin/sh\r");
	put_text(passwd_path, "anna:x:1001:100:::\n");
	assert_int_equal(find(NULL), ACCOUNT_FOUND);
	assert_string_equal(account.home, "");
	assert_string_equal(account.shell, "");
}

static void
a_nul_is_odd_wherever_it_stands(void **state)
{
	static const char passwd[] = "ro\0ot:x:0:0:::\n" ANNA;
	static const char order[] = "passwd: files\0 sss\n";

	(void)state;
	put_text(switch_path, NULL);
	assert_int_equal(scratch_write(passwd_path, passwd, sizeof(passwd) - 1,
			     0644),
	    0);
	assert_int_equal(find(NULL), ACCOUNT_UNSURE);
	put_text(passwd_path, ANNA);
	assert_int_equal(scratch_write(switch_path, order, sizeof(order) - 1,
			     0644),
	    0);
	assert_int_equal(find(NULL), ACCOUNT_UNSURE);
}

/* An entry whose line, without the newline, has len bytes. */
static void
put_long(size_t len, const char *end)
{
	static char text[2 * ACCOUNT_ROOM];
	static const char head[] = ROOT "long:x:1001:1::/", tail[] = ":/bin/sh";
	size_t whole = sizeof(ROOT) - 1 + len;

	memset(text, 'h', sizeof(text));
	memcpy(text, head, sizeof(head) - 1);
	memcpy(text + whole - (sizeof(tail) - 1), tail, sizeof(tail) - 1);
	memcpy(text + whole, end, strlen(end));
	assert_int_equal(scratch_write(passwd_path, text, whole + strlen(end),
			     0644),
	    0);
}

static void
a_line_fits_or_is_odd(void **state)
{
	static const char *const ends[] = { "", "\n", ("\n" OTHER) };
	const size_t newline = 1, nul = 1;

	(void)state;
	put_text(switch_path, NULL);
	for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++) {
		put_long(ACCOUNT_ROOM - newline - nul, ends[i]);
		assert_int_equal(find(NULL), ACCOUNT_FOUND);
		assert_string_equal(account.name, "long");
		assert_string_equal(account.shell, "/bin/sh");
		assert_int_equal(strlen(account.home),
		    ACCOUNT_ROOM - newline - nul - strlen("long:x:1001:1::") -
			strlen(":/bin/sh"));
		put_long(ACCOUNT_ROOM, ends[i]);
		assert_int_equal(find(NULL), ACCOUNT_UNSURE);
	}
}

static void
a_long_file_is_read_to_its_end(void **state)
{
	FILE *file;

	(void)state;
	put_text(switch_path, NULL);
	for (unsigned count = 100; count < 130; count++) {
		file = fopen(passwd_path, "we");
		assert_non_null(file);
		for (unsigned i = 0; i < count; i++)
			fprintf(file, "user%u:x:%u:%u:%*s:/home:/bin/sh\n", i,
			    i + 2000, i, (int)i, "");
		fputs(ANNA, file);
		for (unsigned i = 0; i < count; i++)
			fprintf(file, "more%u:x:%u:1:::\n", i, i + 5000);
		fputs(BERT, file);
		assert_int_equal(fclose(file), 0);
		assert_int_equal(find(NULL), ACCOUNT_FOUND);
		assert_string_equal(account.name, "anna");
		assert_int_equal(find("bert"), ACCOUNT_FOUND);
		assert_string_equal(account.name, "bert");
		assert_int_equal(find("more7"), ACCOUNT_FOUND);
		assert_string_equal(account.name, "anna");
	}
}

static void
what_cannot_be_read_is_unsure(void **state)
{
	(void)state;
	put_text(switch_path, "passwd: files\n");
	put_text(passwd_path, NULL);
	assert_int_equal(mkdir(passwd_path, 0700), 0);
	assert_int_equal(find(NULL), ACCOUNT_UNSURE);
	assert_int_equal(rmdir(passwd_path), 0);
	put_text(passwd_path, ANNA);
	put_text(switch_path, NULL);
	assert_int_equal(mkdir(switch_path, 0700), 0);
	assert_int_equal(find(NULL), ACCOUNT_UNSURE);
	assert_int_equal(rmdir(switch_path), 0);
	assert_int_equal(symlink(switch_path, switch_path), 0);
	assert_int_equal(find(NULL), ACCOUNT_UNSURE);
	assert_int_equal(unlink(switch_path), 0);
	assert_int_equal(find(NULL), ACCOUNT_FOUND);
}

static void
groups_are_never_guessed(void **state)
{
	const struct session session = { .user = "root", .has_account = true };
	struct account_groups *untouched = NULL;
	bool have = true;

	(void)state;
	errno = 0;
	assert_int_equal(account_groups_load(&session, untouched), -1);
	assert_int_equal(errno, ENOSYS);
	assert_int_equal(account_groups_have(untouched, "root", &have), -1);
	assert_false(have);
}

/* Does the C library give the same account, if ours was sure? */
static bool
agrees(const char *claim)
{
	enum account_answer answer = find(claim);
	const struct passwd *found = NULL;

	if (answer == ACCOUNT_UNSURE)
		return true;
	if (claim != NULL)
		found = getpwnam(claim);
	if (found == NULL || found->pw_uid != OURS)
		found = getpwuid(OURS);
	if (found == NULL || answer == ACCOUNT_NONE)
		return found == NULL && answer == ACCOUNT_NONE;
	return strcmp(found->pw_name, account.name) == 0 &&
	       strcmp(found->pw_dir, account.home) == 0 &&
	       strcmp(found->pw_shell, account.shell) == 0;
}

/* In a child of its own, for the C library keeps what it read. */
static int
act_compare(const void *context)
{
	(void)context;
	if (private_mounts() != 0 ||
	    mount(".", "/etc", NULL, MS_BIND, NULL) != 0)
		return PRIVATE_NOT_POSSIBLE;
	for (int i = 0; i < ENTRIES; i++) {
		if (entries[i].text == NULL ||
		    !libc_reads_as_glibc(entries[i].text))
			continue;
		if (scratch_write(passwd_path, entries[i].text,
			strlen(entries[i].text), 0644) != 0)
			return CHILD_FAILED;
		for (int j = 0; j < ENTRIES; j++)
			if (!agrees(entries[j].claim))
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

		if (switches[i].text == NULL)
			continue;
		put_text(switch_path, switches[i].text);
		put_text(passwd_path, "");
		result = child_run(0, act_compare, NULL);
		if (result == PRIVATE_NOT_POSSIBLE)
			skip();
		if (result != 0)
			fail_msg("switch %zu, entry %d", i, result - 1);
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
	put_text(switch_path, NULL);
	put_text(passwd_path, NULL);
	return scratch_rmdir();
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_order_of_services_is_known_or_unsure),
		cmocka_unit_test(each_passwd_gives_its_account_or_is_odd),
		cmocka_unit_test(
		    where_there_is_only_the_file_its_answer_is_sure),
		cmocka_unit_test(name_home_and_shell_are_the_entrys),
		cmocka_unit_test(a_nul_is_odd_wherever_it_stands),
		cmocka_unit_test(a_line_fits_or_is_odd),
		cmocka_unit_test(a_long_file_is_read_to_its_end),
		cmocka_unit_test(what_cannot_be_read_is_unsure),
		cmocka_unit_test(what_is_sure_is_what_nss_says),
		cmocka_unit_test(groups_are_never_guessed),
	};

	return cmocka_run_group_tests_name("account_files", tests, set_up,
	    tear_down);
}
