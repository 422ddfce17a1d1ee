/*
 * What the configuration's files say becomes the account's policy; what is
 * wrong in them is refused with the file and the line.
 */
#include <fcntl.h>
#include <grp.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include <cmocka.h>

#include "policy/config.h"
#include "policy/mode.h"
#include "scratch.h"

static struct session session;
static struct policy policy;
static struct config_origin origin;
static char room[8192];
static struct buf error;

static int
set_up(void **state)
{
	(void)state;
	umask(022);
	session = (struct session){ .uid = getuid(),
		.gid = getgid(),
		.has_account = true,
		.user = "anna",
		.home = "/home/anna" };
	return scratch_make(0700) != 0 || mkdir("conf.d", 0755) != 0
		   ? -1
		   : mkdir("users.d", 0755);
}

static void
write_file(const char *name, const char *text)
{
	scratch_put(name, text, 0644);
}

static int
load(const char *profile)
{
	static char file[128];
	const struct config_ask ask = { .session = &session,
		.file = file,
		.profile = profile };

	snprintf(file, sizeof(file), "%s/f.conf", top);
	buf_init(&error, room, sizeof(room) - 1);
	policy_init(&policy);
	return config_load(&policy, &ask, &origin, &error);
}

static void
expect_loaded(void)
{
	if (load(NULL) != 0)
		fail_msg("%s", buf_text(&error));
}

/* Refused, and the sentence holds text; "f.conf:3:" for a line. */
static void
expect_refused(const char *text)
{
	assert_int_equal(load(NULL), -1);
	if (strstr(buf_text(&error), text) == NULL)
		fail_msg("not \"%s\": %s", text, buf_text(&error));
	policy_free(&policy);
}

static void
refuses(const char *file, const char *text)
{
	write_file("f.conf", file);
	expect_refused(text);
}

static void
a_users_section_over_the_defaults(void **state)
{
	(void)state;
	write_file("f.conf",
	    "# a comment\n"
	    "[user bob]\nroot = /srv/bob\nmode = write-only\n"
	    "[user anna]\nroot = /srv/anna\nmode: read-only ; why not\n"
	    "[defaults]\nmode = create-only\numask = 027\nroot = /srv/x\n");
	expect_loaded();
	assert_string_equal(policy.root, "/srv/anna");
	assert_int_equal(policy.mode, MODE_READ_ONLY);
	assert_int_equal(policy.umask, 027);
	assert_int_equal(origin.by_root, getuid() == 0);
	assert_non_null(origin.file);
	policy_free(&policy);
}

/* libinih skips more blanks than a space and a tab. */
static void
a_header_behind_any_blank_begins_a_section(void **state)
{
	(void)state;
	write_file("f.conf",
	    "[user bob]\nroot = /srv/bob\n\f[user anna]\nroot = /srv/anna\n"
	    "\v[user carl]\nroot = /srv/carl\n");
	expect_loaded();
	assert_string_equal(policy.root, "/srv/anna");
	policy_free(&policy);
}

static void
a_profile_over_the_user_only_where_it_is_asked_for(void **state)
{
	(void)state;
	write_file("f.conf",
	    "[profile pull]\nmode = read-only\n"
	    "[user anna]\nroot = /srv/anna\nmode = write-only\n"
	    "[profile push]\nmode = create-only\n");
	expect_loaded();
	assert_int_equal(policy.mode, MODE_WRITE_ONLY);
	policy_free(&policy);
	assert_int_equal(load("pull"), 0);
	assert_int_equal(policy.mode, MODE_READ_ONLY);
	policy_free(&policy);
	assert_int_equal(load("push"), 0);
	assert_int_equal(policy.mode, MODE_CREATE_ONLY);
	policy_free(&policy);
	assert_int_equal(load("pul"), -1);
	policy_free(&policy);
}

static void
a_group_between_defaults_and_user(void **state)
{
	const struct group *group = getgrgid(getgid());
	char text[512];

	(void)state;
	if (group == NULL)
		skip();
	snprintf(text, sizeof(text),
	    "[user anna]\numask = 007\n"
	    "[group %s]\nroot = /srv/group\numask = 077\nlock = yes\n"
	    "[group no-such-group]\nroot = /srv/none\n"
	    "[defaults]\nroot = /srv/x\nlock = no\n",
	    group->gr_name);
	write_file("f.conf", text);
	expect_loaded();
	assert_string_equal(policy.root, "/srv/group");
	assert_int_equal(policy.umask, 007);
	assert_true(policy.lock);
	policy_free(&policy);
}

static void
later_files_win_in_sorted_order(void **state)
{
	(void)state;
	write_file("f.conf", "[user anna]\nroot = /srv/1\numask = 011\n");
	write_file("conf.d/20-b.conf", "[user anna]\nroot = /srv/3\n");
	write_file("conf.d/10-a.conf",
	    "[user anna]\nroot = /srv/2\nidle-timeout = 7\n");
	write_file("conf.d/30-c.conf.bak", "[user anna]\nroot = /srv/4\n");
	write_file("conf.d/.40.conf", "[user anna]\nroot = /srv/5\n");
	expect_loaded();
	assert_string_equal(policy.root, "/srv/3");
	assert_int_equal(policy.umask, 011);
	assert_int_equal(policy.idle_timeout, 7);
	policy_free(&policy);
	write_file("users.d/anna.conf", "root = /srv/%u\n");
	write_file("users.d/bob.conf", "root = nonsense\n");
	expect_loaded();
	assert_string_equal(policy.root, "/srv/anna");
	assert_int_equal(policy.idle_timeout, 7);
	policy_free(&policy);
	write_file("users.d/anna.conf", "[user anna]\nroot = %h/files\n");
	expect_loaded();
	assert_string_equal(policy.root, "/home/anna/files");
	policy_free(&policy);
}

static void
lists_add_up_in_a_section_and_are_replaced_by_the_next(void **state)
{
	(void)state;
	write_file("f.conf",
	    "[defaults]\nservices = sftp\nhide = a,b\n"
	    "exact = internal-sftp\nexact = /usr/lib/sftp-server\n"
	    "[user anna]\nroot = /srv/anna\nhide = c\n");
	expect_loaded();
	assert_int_equal(policy.hide.count, 1);
	assert_string_equal(policy.hide.at[0], "c");
	assert_int_equal(policy.exact.count, 2);
	policy_free(&policy);
	write_file("conf.d/a.conf",
	    "[user anna]\nhide = *.a,*.b,c d\nmode = read-only\n");
	expect_loaded();
	assert_int_equal(policy.hide.count, 3);
	assert_string_equal(policy.hide.at[0], "*.a");
	assert_string_equal(policy.hide.at[1], "*.b");
	assert_string_equal(policy.hide.at[2], "c d");
	assert_int_equal(policy.services, SERVICE_SFTP);
	policy_free(&policy);
	write_file("conf.d/a.conf", "[user anna]\nexact = none\nhide = none\n");
	expect_loaded();
	assert_int_equal(policy.hide.count, 0);
	assert_int_equal(policy.exact.count, 0);
	policy_free(&policy);
}

static void
paths_are_expanded_and_whole(void **state)
{
	(void)state;
	write_file("f.conf", "[defaults]\nroot = /srv/100%%/%u%h\n"
			     "start-dir = in/%u\naudit = journal\n");
	expect_loaded();
	assert_string_equal(policy.root, "/srv/100%/anna/home/anna");
	assert_string_equal(policy.start_dir, "in/anna");
	assert_string_equal(policy.audit, "journal");
	policy_free(&policy);
	refuses("[defaults]\nroot = /srv/%x\n", "f.conf:2: only %u");
	refuses("[defaults]\nroot = /srv/%\n", "f.conf:2: only %u");
	refuses("[defaults]\nroot = files\n", "f.conf:2: root must begin");
	snprintf(session.home, sizeof(session.home), "/");
	refuses("[defaults]\nroot = %h\n", "f.conf:2: the account has no home");
	refuses("[defaults]\nroot = /s\nrsync = rsync\n",
	    "f.conf:3: rsync must begin");
	refuses("[defaults]\nroot = /s\naudit = log\n",
	    "f.conf:3: audit must begin");
}

/* Blanks in front of a line must not make it part of the one before. */
static void
indented_lines_are_lines(void **state)
{
	(void)state;
	write_file("f.conf", "\xef\xbb\xbf[user anna]\r\n  root = /srv/a\r\n"
			     "  mode = read-only\r\n\tlock = yes\r\n");
	expect_loaded();
	assert_string_equal(policy.root, "/srv/a");
	assert_int_equal(policy.mode, MODE_READ_ONLY);
	assert_true(policy.lock);
	policy_free(&policy);
}

static void
what_is_wrong_is_told_with_its_line(void **state)
{
	(void)state;
	refuses("[defaults]\nroot = /srv\nmoed = read-only\n",
	    "f.conf:3: unknown key \"moed\"");
	refuses("[defaults]\n\nmode = readonly\nroot = /srv\n",
	    "f.conf:3: mode can't be \"readonly\"");
	refuses("[defaults]\nroot = /srv\n[user anna]\nlock = yes\n"
		"[user bob]\nlock = no\n[user anna]\nlock = no\n",
	    "f.conf:8: a second section \"user anna\"");
	refuses("[defaults]\nroot = /srv\nlock = yes\nlock = no\n",
	    "f.conf:4: set twice in this section: \"lock\"");
	refuses("[user anna]\nroot = /srv\n[user \tanna]\nlock = no\n",
	    "f.conf:4: a second section");
	refuses("[user anna]\nroot = /srv\nhide = a, b\n",
	    "f.conf:3: hide can't be");
	refuses("[user anna]\nroot = /srv\nhide = *.[,a]\n",
	    "f.conf:3: hide can't be");
	refuses("[user anna]\nroot = /srv\nservices = sftp\ndeny = [\\]]\n",
	    "f.conf:4: deny can't be");
	refuses("root = /srv\n", "f.conf:1: a line before the first");
	/* libinih would take it as part of the pattern. */
	refuses("[defaults]\nroot = /srv\nservices = sftp\n"
		"deny = *.exe # and others\n",
	    "f.conf:4: a comment behind a value");
	refuses("[default]\nroot = /srv\n", "f.conf:2: no such section: \"def");
	refuses("[users anna]\nroot = /srv\n", "f.conf:2: no such section");
	refuses("[user]\nroot = /srv\n", "f.conf:2: no such section: \"user");
	refuses("[defaults]\nroot = /srv\nlock\n", "f.conf:3: neither");
	refuses("[defaults\nroot = /srv\n", "f.conf:1: neither");
	refuses("[user anna] root = /srv\nlock = yes\n",
	    "f.conf:1: text behind");
	refuses("[user bob]\nroot = /srv\n", "no section gives a root to");
	refuses("", "no section gives a root to \"anna\"");
}

static void
the_line_that_can_not_be_held_is_named(void **state)
{
	(void)state;
	refuses("[user anna]\nroot = /srv\n[defaults]\ndeny = *.exe\n",
	    "f.conf:4: deny can't be held on rsync");
	refuses("[user anna]\ndeny = *.com\nroot = /srv\n[defaults]\n"
		"deny = *.exe\n",
	    "f.conf:2: deny can't be held on rsync");
}

/* One account's typing error is that account's alone. */
static void
other_accounts_lines_are_not_judged(void **state)
{
	(void)state;
	write_file("f.conf",
	    "[user bob]\nmoed = x\n[profile p]\nmode = x\n"
	    "[group no-such-group]\nx = y\n[user anna]\nroot = /srv\n");
	expect_loaded();
	policy_free(&policy);
	refuses("[user bob]\nlock = x\nno equals sign\n[user anna]\n"
		"root = /srv\n",
	    "f.conf:3: neither");
}

static void
bytes_that_would_be_lost_are_refused(void **state)
{
	static const char nul[] = "[user anna]\nroot = /srv\0/anna\n";
	static char longest[20000];

	(void)state;
	assert_int_equal(scratch_write("f.conf", nul, sizeof(nul) - 1, 0644),
	    0);
	expect_refused("f.conf:2: the line holds a NUL byte");
	memset(longest, 'a', sizeof(longest) - 1);
	memcpy(longest, "[user anna]\nroot = /", 20);
	write_file("f.conf", longest);
	expect_refused("f.conf:2: the line is too long");
}

static void
long_names_of_accounts_are_not_cut(void **state)
{
	char text[1024];

	(void)state;
	memset(session.user, 'n', 100);
	session.user[100] = '\0';
	snprintf(text, sizeof(text),
	    "[user %s]\nroot = /a\n[user %sx]\nroot = /b\n", session.user,
	    session.user);
	write_file("f.conf", text);
	expect_loaded();
	assert_string_equal(policy.root, "/a");
	policy_free(&policy);
	session.user[60] = '\0';
	expect_refused("no section gives a root");
}

static void
a_users_file_speaks_of_that_user_only(void **state)
{
	(void)state;
	write_file("f.conf", "[defaults]\nroot = /srv\n");
	write_file("users.d/anna.conf", "[user bob]\nroot = /srv\n");
	expect_refused("users.d/anna.conf:2: a file in users.d");
	write_file("users.d/anna.conf", "[defaults]\nroot = /srv\n");
	expect_refused("users.d/anna.conf:2: a file in users.d");
	write_file("users.d/anna.conf", "mode = x\n");
	expect_refused("users.d/anna.conf:1: mode can't be");
}

static void
names_that_lead_elsewhere_are_refused(void **state)
{
	static const char *const names[] = { "../x", "..", ".", "", "a/b",
		"a\nb", "a\x7f" };

	(void)state;
	write_file("f.conf", "[defaults]\nroot = /srv/%u\n");
	write_file("x.conf", "mode = read-only\n");
	expect_loaded(); /* control */
	policy_free(&policy);
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		snprintf(session.user, sizeof(session.user), "%s", names[i]);
		expect_refused("not the name of an account");
	}
	snprintf(session.user, sizeof(session.user), "64101");
	session.has_account = false;
	expect_refused("not the name of an account");
}

static void
files_that_others_can_write_are_refused(void **state)
{
	static const char *const names[] = { "f.conf", "conf.d",
		"conf.d/a.conf", "users.d", "users.d/anna.conf", "." };

	(void)state;
	write_file("f.conf", "[defaults]\nroot = /srv\n");
	write_file("conf.d/a.conf", "[defaults]\nlock = yes\n");
	write_file("users.d/anna.conf", "umask = 077\n");
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		struct stat st;

		expect_loaded(); /* control */
		assert_true(policy.lock);
		assert_int_equal(policy.umask, 077);
		policy_free(&policy);
		assert_int_equal(stat(names[i], &st), 0);
		assert_int_equal(chmod(names[i], st.st_mode | 020), 0);
		expect_refused("group or others may write it");
		assert_int_equal(chmod(names[i], st.st_mode), 0);
		if (getuid() != 0)
			continue;
		assert_int_equal(chown(names[i], 64101, 0), 0);
		expect_refused("belongs to uid 64101; must belong to root");
		assert_int_equal(chown(names[i], 0, 0), 0);
	}
}

static void
what_is_no_file_is_refused(void **state)
{
	(void)state;
	expect_refused("f.conf: No such file");
	assert_int_equal(mkdir("f.conf", 0755), 0);
	expect_refused("f.conf: is not a file");
	assert_int_equal(rmdir("f.conf"), 0);
	assert_int_equal(mkfifo("f.conf", 0644), 0);
	expect_refused("f.conf: is not a file");
	assert_int_equal(unlink("f.conf"), 0);
	write_file("f.conf", "[defaults]\nroot = /srv\n");
	assert_int_equal(symlink("nowhere", "conf.d/a.conf"), 0);
	expect_refused("conf.d/a.conf: No such file");
}

/* What should be read is missing, and it may be what narrows. */
static void
links_to_nowhere_are_refused(void **state)
{
	static const char *const links[] = { "conf.d/a.conf",
		"users.d/anna.conf", "conf.d", "users.d" };

	(void)state;
	write_file("f.conf", "[defaults]\nroot = /srv\n");
	expect_loaded(); /* control */
	policy_free(&policy);
	for (size_t i = 0; i < sizeof(links) / sizeof(links[0]); i++) {
		char expected[64];

		snprintf(expected, sizeof(expected), "%s: No such file",
		    links[i]);
		if (strchr(links[i], '/') == NULL)
			assert_int_equal(rmdir(links[i]), 0);
		expect_loaded(); /* control: nothing is there */
		policy_free(&policy);
		assert_int_equal(symlink("/nonexistent/x", links[i]), 0);
		expect_refused(expected);
		assert_int_equal(unlink(links[i]), 0);
	}
	/* One that leads somewhere is followed. */
	write_file("narrow", "mode = read-only\n");
	assert_int_equal(mkdir("users.d", 0755), 0);
	assert_int_equal(symlink("../narrow", "users.d/anna.conf"), 0);
	expect_loaded();
	assert_int_equal(policy.mode, MODE_READ_ONLY);
	policy_free(&policy);
}

/* The end of a value may be missing: "root = /srv" of /srv/files. */
static void
file_that_is_cut_off_is_refused(void **state)
{
	(void)state;
	write_file("f.conf", "[defaults]\nroot = /srv/files\n");
	expect_loaded(); /* control */
	policy_free(&policy);
	refuses("[defaults]\nroot = /srv",
	    "f.conf:2: the last line has no end");
	refuses("[defaults]\nroot = /srv\n# so", "f.conf:3: the last line");
	write_file("f.conf", "[defaults]\nroot = /srv/files\n");
	write_file("conf.d/a.conf", "[user anna]\nmode = read-only");
	expect_refused("conf.d/a.conf:2: the last line has no end");
	/* One that is empty is believed once it has been so for a while. */
	write_file("conf.d/a.conf", "");
	expect_loaded();
	policy_free(&policy);
}

static void
rest(long milliseconds)
{
	const struct timespec time = { .tv_nsec = milliseconds * 1000000 };

	nanosleep(&time, NULL);
}

static const char narrow[] = "[user anna]\nmode = read-only\n";

/*
 * What a child that writes tells of itself. A busy machine may keep it from
 * going on for so long that a file is rightly believed in the middle of it.
 */
struct progress {
	atomic_llong last; /* when it went on, in milliseconds */
	atomic_uint steps, stalls;
};

static struct progress *writer;

enum { STALL_MS = 50 };

static int
share_writer(void **state)
{
	(void)state;
	writer = mmap(NULL, sizeof(*writer), PROT_READ | PROT_WRITE,
	    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	return writer == MAP_FAILED ? -1 : 0;
}

static long long
now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (long long)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* From here on it goes on without a break. */
static void
begin_steps(void)
{
	writer->last = now_ms();
}

static void
step(void)
{
	long long now = now_ms();

	writer->stalls += now - writer->last >= STALL_MS;
	writer->last = now;
	writer->steps++;
}

/* An editor that empties the file and writes it anew, with breaks inside. */
static void
rewrite(const char *name)
{
	int fd = open(name, O_WRONLY | O_TRUNC | O_CREAT | O_CLOEXEC, 0644);

	step();
	rest(1);
	(void)!write(fd, narrow, 12); /* [user anna] */
	step();
	rest(1);
	(void)!write(fd, narrow + 12, sizeof(narrow) - 13);
	close(fd);
	step();
}

static void
rewrite_and_rest(void)
{
	begin_steps();
	rewrite("conf.d/a.conf");
	rest(250);
}

static void
rewrite_at_once(void)
{
	rewrite("conf.d/a.conf");
}

static void
remove_and_make(void)
{
	begin_steps();
	unlink("users.d/anna.conf");
	rest(5);
	rewrite("users.d/anna.conf");
	rest(250);
}

static void
make_others(void)
{
	scratch_put("users.d/bob.conf", "mode = read-only\n", 0644);
	unlink("users.d/bob.conf");
}

/* A child that does so again and again. */
static pid_t
keep_doing(void (*act)(void))
{
	pid_t pid;

	begin_steps();
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0)
		prctl(PR_SET_PDEATHSIG, SIGKILL);
	while (pid == 0)
		act();
	return pid;
}

static void
end(pid_t pid)
{
	assert_int_equal(kill(pid, SIGKILL), 0);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
}

/* Has the writer stalled since? Its next step tells whether it does now. */
static bool
has_stalled_since(unsigned stalls)
{
	unsigned steps = writer->steps;

	for (int i = 0; i < 10000 && writer->steps == steps; i++)
		rest(1);
	return writer->stalls != stalls;
}

static bool
is_refused(int result)
{
	return result != 0;
}

static bool
is_narrow(int result)
{
	return result == 0 && policy.mode == MODE_READ_ONLY;
}

/* Loads; anew where another thing comes of it and the writer has stalled. */
static int
load_until(bool (*wanted)(int result))
{
	for (int i = 0; i < 20; i++) {
		unsigned stalls = writer->stalls;
		int result = load(NULL);

		if (wanted(result) || writer->steps == 0 ||
		    !has_stalled_since(stalls))
			return result;
		policy_free(&policy);
	}
	return load(NULL);
}

/* Loads so often; each time what forbids is there. */
static void
expect_narrow(int times)
{
	for (int i = 0; i < times; i++) {
		if (load_until(is_narrow) != 0)
			fail_msg("%s", buf_text(&error));
		assert_int_equal(policy.mode, MODE_READ_ONLY);
		policy_free(&policy);
	}
}

static void
file_that_is_rewritten_is_read_whole_or_not_at_all(void **state)
{
	pid_t pid;
	int parts = 0;

	(void)state;
	write_file("f.conf", "[defaults]\nroot = /srv\n");
	write_file("conf.d/a.conf", narrow);
	write_file("users.d/anna.conf", narrow);
	expect_narrow(1);
	pid = keep_doing(rewrite_at_once);
	for (int i = 0; i < 10000 && parts == 0; i++)
		parts += strcmp(scratch_text("conf.d/a.conf"), narrow) != 0;
	assert_true(parts > 0); /* control: it could be seen */
	unlink("users.d/anna.conf");
	assert_int_equal(load_until(is_refused), -1);
	assert_non_null(strstr(buf_text(&error),
	    "conf.d/a.conf: keeps changing while it is read"));
	policy_free(&policy);
	end(pid);
	write_file("conf.d/a.conf", narrow);
	pid = keep_doing(rewrite_and_rest);
	expect_narrow(10);
	end(pid);
	assert_int_equal(unlink("conf.d/a.conf"), 0);
	write_file("users.d/anna.conf", narrow);
	pid = keep_doing(remove_and_make);
	expect_narrow(10);
	end(pid);
}

/* A panel that adds accounts all the time keeps nobody waiting for long. */
static void
other_files_may_come_and_go(void **state)
{
	struct timespec began, now;
	pid_t pid;

	(void)state;
	write_file("f.conf", "[defaults]\nroot = /srv\n");
	write_file("users.d/anna.conf", narrow);
	pid = keep_doing(make_others);
	rest(10);
	clock_gettime(CLOCK_MONOTONIC, &began);
	expect_narrow(1);
	clock_gettime(CLOCK_MONOTONIC, &now);
	end(pid);
	assert_in_range(now.tv_sec - began.tv_sec, 0, 2);
}

#define CASE(f) cmocka_unit_test_setup_teardown(f, set_up, scratch_remove)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(a_users_section_over_the_defaults),
		CASE(a_header_behind_any_blank_begins_a_section),
		CASE(a_profile_over_the_user_only_where_it_is_asked_for),
		CASE(a_group_between_defaults_and_user),
		CASE(later_files_win_in_sorted_order),
		CASE(lists_add_up_in_a_section_and_are_replaced_by_the_next),
		CASE(paths_are_expanded_and_whole),
		CASE(indented_lines_are_lines),
		CASE(what_is_wrong_is_told_with_its_line),
		CASE(the_line_that_can_not_be_held_is_named),
		CASE(other_accounts_lines_are_not_judged),
		CASE(bytes_that_would_be_lost_are_refused),
		CASE(long_names_of_accounts_are_not_cut),
		CASE(a_users_file_speaks_of_that_user_only),
		CASE(names_that_lead_elsewhere_are_refused),
		CASE(files_that_others_can_write_are_refused),
		CASE(what_is_no_file_is_refused),
		CASE(links_to_nowhere_are_refused),
		CASE(file_that_is_cut_off_is_refused),
		CASE(file_that_is_rewritten_is_read_whole_or_not_at_all),
		CASE(other_files_may_come_and_go),
	};

	return cmocka_run_group_tests(tests, share_writer, NULL);
}
