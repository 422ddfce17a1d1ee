/* Other programs' settings: what is printed for a text, and what is noted. The
 * samples in tests/corpus/import have the rest. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "ctl/findings.c"
#include "ctl/import_atmoz.c"
#include "ctl/import_model.c"
#include "ctl/import_passwd.c"
#include "ctl/import_rrsync.c"
#include "ctl/import_rssh.c"
#include "ctl/import_scponly.c"
#include "ctl/import_sshd.c"
#include "ctl/sshd_blocks.c"
#include "ctl/import_write.c"
#include "ctl/json.c"
#include "ctl/key_quoting.c"
#include "ctl/rssh_conf.c"
#include "ctl/sftp_command.c"

static struct imported out;
static struct import_source source;
static struct passwd_lines accounts;
static char *printed;

static int
new_import(void **state)
{
	(void)state;
	source = (struct import_source){ .file = "f",
		.program = "/usr/bin/filesonly",
		.names = "/usr/lib/filesonly" };
	return 0;
}

static int
end_import(void **state)
{
	(void)state;
	imported_free(&out);
	passwd_lines_free(&accounts);
	free(printed);
	printed = NULL;
	return 0;
}

/* What is printed for the text; more than one text adds up. */
static const char *
import(import_format *format, const char *text)
{
	FILE *stream;
	size_t len;

	source.text = text;
	format(&source, &out);
	free(printed);
	stream = open_memstream(&printed, &len);
	import_put(stream, &out);
	fclose(stream);
	return printed;
}

static bool
notes(int line, const char *text)
{
	for (size_t i = 0; i < out.notes.count; i++) {
		if (out.notes.at[i].line == line &&
		    strstr(out.notes.at[i].what, text) != NULL)
			return true;
	}
	return false;
}

/* The value of a key in a section, or "". */
static const char *
value(enum section_kind kind, const char *name, const char *key)
{
	const struct import_section *section =
	    import_section_find(&out, kind, name);
	const char *found = section == NULL ? NULL : import_value(section, key);

	return found == NULL ? "" : found;
}

static void
knows(const char *passwd)
{
	passwd_lines_read(&accounts, passwd, NULL, NULL);
	source.accounts = &accounts;
}

static void
rssh_is_printed_as_a_configuration(void **state)
{
	(void)state;
	knows("anna:x:1:1::/home/anna:/usr/bin/rssh\n");
	import(import_rssh,
	    "allowsftp\nchrootpath=/srv/x\nuser=anna:077:00001\n");
	assert_ptr_equal(strstr(printed,
			     "# rssh allowed: sftp\n"
			     "[defaults]\n"
			     "services = sftp\n"
			     "umask = 022\n"
			     "root = /srv/x\n"
			     "start-dir = /\n"
			     "\n"
			     "# rssh allowed: scp\n"
			     "[user anna]\n"
			     "disabled = no\n"
			     "services = scp\n"
			     "umask = 077\n"
			     "root = /home/anna\n"
			     "start-dir = /\n"
			     "\n"
			     "# What else is to be done, as root:\n"
			     "#\n"
			     "#   echo /usr/bin/filesonly >>/etc/shells\n"),
	    printed);
}

static void
rssh_notes_stand_at_their_lines(void **state)
{
	static const struct {
		int line;
		const char *text, *note;
	} rows[] = {
		{ 1, "AllowScp\n", "rssh passes over \"AllowScp\"" },
		{ 2, "\nfoo = 1\n", "none of its words" },
		{ 1, "allow'scp\n", "a quote is not closed" },
		{ 1, "umask = 'x\n", "a quote is not closed" },
		{ 1, "umask 022\n", "there is no \"=\"" },
		{ 1, "umask =\n", "there is no value" },
		{ 1, "umask = 8\n", "no umask: \"8\"" },
		{ 1, "umask = 1000\n", "no umask: \"1000\"" },
		{ 1, "umask = 022 x\n", "more than one value" },
		{ 1, "logfacility = x\n", "no log facility: \"x\"" },
		{ 1, "logfacility = LOG_USER\n", "not carried over" },
		{ 1, "logfacility = LOG_user\n", "no log facility" },
		{ 1, "chrootpath = srv\n", "no absolute path" },
		{ 1, "allowscp", "the last line has no end" },
		{ 1, "allowscp = 1\n", "there is something behind" },
		{ 1, "user = a:022:00010:srv\n", "its path is not absolute" },
		{ 1, "user=a:022:00010::\n", "something behind its path" },
		{ 1, "user a:022:00010\n", "no value of the form NAME" },
		{ 1, "user = a\n", "its umask is missing" },
		{ 1, "user = a:022\n", "its access bits are not" },
		{ 1, "user = a:022:0001000\n", "its access bits are not" },
		{ 1, "user = a:9:00010\n", "rssh takes 077" },
		{ 2, "user=a:022:00010\nuser=a:022:00010\n", "a second line" },
		{ 1, "user=a/b:022:00010\n", "no account or group" },
		{ 1, "user=a:022:01000\n", "had rdist" },
		{ 1, "user=a:022:00001\n", "the whole file system was open" },
		{ 1, "user=a:022:00001:/x\n", "is not known (--passwd=FILE)" },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		new_import(state);
		import(import_rssh, rows[i].text);
		if (!notes(rows[i].line, rows[i].note))
			fail_msg("%s: no note %s", rows[i].text, rows[i].note);
		end_import(state);
	}
}

static void
what_no_line_can_hold_is_shut(void **state)
{
	(void)state;
	import(import_rssh, "user=a:022:00010:'/srv/a ;b'\n"
			    "user=b:022:00010:'/srv/a;b'\n"
			    "user=c:022:00010:'/srv/a\177'\n"
			    "user=d:022:00010:'/srv/%u%'\n"
			    "user=e:022:00010:'/srv/a '\n");
	import(import_scponly, "f:x:1:1::srv:/sbin/scponlyc\n"
			       "g:x:2:2:::/sbin/scponlyc\n"
			       "h:x:3:3:://in:/sbin/scponlyc\n"
			       "i:x:4:4::/:/sbin/scponlyc\n");
	assert_string_equal(value(SECTION_USER, "f", "disabled"), "yes");
	assert_string_equal(value(SECTION_USER, "g", "disabled"), "yes");
	assert_string_equal(value(SECTION_USER, "h", "disabled"), "yes");
	assert_string_equal(value(SECTION_USER, "i", "root"), "/");
	assert_string_equal(value(SECTION_USER, "a", "disabled"), "yes");
	assert_string_equal(value(SECTION_USER, "b", "root"), "/srv/a;b");
	assert_string_equal(value(SECTION_USER, "b", "disabled"), "no");
	assert_string_equal(value(SECTION_USER, "c", "disabled"), "yes");
	assert_string_equal(value(SECTION_USER, "d", "root"), "/srv/%%u%%");
	assert_string_equal(value(SECTION_USER, "e", "disabled"), "yes");
}

static void
what_rssh_did_not_allow_is_not_allowed(void **state)
{
	static const char *const texts[] = { "", "#allowscp\n", "AllowScp\n",
		"user=anna:022:00010\n", "allow scp\n" };

	for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++) {
		new_import(state);
		import(import_rssh, texts[i]);
		assert_string_equal(value(SECTION_DEFAULTS, NULL, "disabled"),
		    "yes");
		end_import(state);
	}
}

static void
scponly_needs_to_know_what_it_was_built_with(void **state)
{
	(void)state;
	import(import_scponly, "a:x:1:1::/srv//x/y:/sbin/scponlyc\n");
	assert_string_equal(value(SECTION_USER, "a", "services"), "sftp");
	assert_string_equal(value(SECTION_USER, "a", "root"), "/srv");
	assert_string_equal(value(SECTION_USER, "a", "start-dir"), "/x/y");
	assert_true(notes(0, "was built with is not known"));
	source.built_with = "winscp,rsync,unison,quota";
	import(import_scponly, "b:x:2:1::/srv:/sbin/scponly\n");
	assert_string_equal(value(SECTION_USER, "b", "services"), "scp,rsync");
	assert_true(notes(0, "unison is dropped"));
	assert_true(notes(0, "quota is dropped"));
	assert_true(notes(0, "WinSCP's scp mode"));
	assert_true(notes(1, "the whole file system was open to \"b\""));
}

static void
scponly_leaves_out_what_is_no_account_of_its(void **state)
{
	(void)state;
	import(import_scponly, "r:x:0:0::/:/sbin/scponlyc\n"
			       "x:x:1\n"
			       "+nis::::::\n"
			       "b:x:1:1::/b:/bin/sh\n");
	assert_int_equal(out.count, 0);
	assert_true(notes(1, "whom scponly refuses"));
	assert_true(notes(2, "no line of passwd"));
	assert_true(notes(0, "no account has scponly"));
}

static void
atmoz_fields_are_found_with_and_without_e(void **state)
{
	(void)state;
	import(import_atmoz, "a:SECRET:e:1:2:in,out\nb:SECRET:1:2:x\nc::5\n");
	assert_true(notes(1, "had uid 1 and gid 2"));
	assert_true(notes(2, "had uid 1 and gid 2"));
	assert_true(notes(3, "had uid 5 and gid (users)"));
	assert_true(notes(1, "had a password"));
	assert_false(notes(3, "had a password"));
	assert_non_null(strstr(printed, "make the directory /data/a/out\n"));
	assert_non_null(strstr(printed, "make the directory /data/b/x\n"));
	assert_null(strstr(printed, "SECRET"));
	for (size_t i = 0; i < out.notes.count; i++)
		assert_null(strstr(out.notes.at[i].what, "SECRET"));
	assert_string_equal(value(SECTION_USER, "a", "services"), "sftp");
}

static void
sshd_blocks_become_sections(void **state)
{
	(void)state;
	import(import_sshd, "Match Group g\n"
			    "ForceCommand internal-sftp -R\n"
			    "ChrootDirectory /srv/%u/100%%\n"
			    "Match User u\n"
			    " PasswordAuthentication no\n"
			    " ForceCommand internal-sftp\n"
			    "Match User x Address 10.*\n"
			    " ForceCommand internal-sftp -d %d/in\n");
	assert_string_equal(value(SECTION_GROUP, "g", "root"), "/srv/%u/100%%");
	assert_string_equal(value(SECTION_GROUP, "g", "mode"), "read-only");
	/* Members of g are confined there, whatever their own block says. */
	assert_string_equal(value(SECTION_USER, "u", "root"), "");
	assert_true(notes(4, "the block of line 1 holds, too"));
	assert_true(notes(4, "stands behind one of a group"));
	assert_string_equal(value(SECTION_PROFILE, "match-7", "services"),
	    "sftp");
	assert_string_equal(value(SECTION_PROFILE, "match-7", "root"), "");
	assert_string_equal(value(SECTION_PROFILE, "match-7", "start-dir"),
	    "%h/in");
	assert_non_null(strstr(printed, "#   Match User u\n"
					"#       ForceCommand "
					"/usr/bin/filesonly\n"
					"#       PasswordAuthentication no\n"
					"#       DisableForwarding yes\n"));
	assert_non_null(strstr(printed, "ForceCommand /usr/bin/filesonly "
					"--profile=match-7\n"));
}

/* sshd takes each keyword from the first block that sets it. */
static void
sshd_confines_by_other_blocks_too(void **state)
{
	static const char forced[] = "ForceCommand internal-sftp -d /in\n";
	static const struct {
		const char *first, *second, *third;
		enum section_kind kind;
		const char *name, *root;
	} rows[] = {
		{ "Match User u\n", forced, "", SECTION_USER, "u", "%h" },
		{ "Match User u\n", forced,
		    "Match User u\nChrootDirectory /x\n", SECTION_USER, "u",
		    "" },
		{ "Match User v,w\nChrootDirectory /x\n", "Match User u\n",
		    forced, SECTION_USER, "u", "%h" },
		{ "Match User u\nChrootDirectory none\n", "Match User u\n",
		    forced, SECTION_USER, "u", "%h" },
		{ "Match Group g\n", forced,
		    "Match User u\nChrootDirectory /x\n", SECTION_GROUP, "g",
		    "" },
		{ "Match Group h\nChrootDirectory /x\n", "Match Group g\n",
		    forced, SECTION_GROUP, "g", "" },
		{ "Match User u\nChrootDirectory /x\n", "Match all\n", forced,
		    SECTION_DEFAULTS, NULL, "" },
		{ forced, "Match User u\n", "ChrootDirectory /x\n",
		    SECTION_DEFAULTS, NULL, "%h" },
		{ forced, "Match User u\n", "ChrootDirectory /x\n",
		    SECTION_USER, "u", "/x" },
	};
	char text[300];

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		new_import(state);
		snprintf(text, sizeof(text), "%s%s%s", rows[i].first,
		    rows[i].second, rows[i].third);
		import(import_sshd, text);
		assert_string_equal(value(rows[i].kind, rows[i].name,
					"services"),
		    "sftp");
		assert_string_equal(value(rows[i].kind, rows[i].name, "root"),
		    rows[i].root);
		end_import(state);
	}
}

static void
sshd_lists_of_requests_become_modes(void **state)
{
	static const struct {
		const char *flags, *mode, *delete;
		bool noted;
	} rows[] = {
		{ "-P remove,rmdir", "", "no", false },
		{ "-P rmdir", "", "no", true },
		{ "-P rename", "", "", true },
		{ "-p read,open", "read-only", "", true },
		{ "-p read,open,write", "", "no", true },
		{ "-p write,remove", "", "", true },
		{ "-R -Premove,rmdir", "read-only", "no", false },
		{ "-l INFO", "", "", true },
	};
	char text[200];

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		new_import(state);
		snprintf(text, sizeof(text),
		    "Match User u\nChrootDirectory /x\n"
		    "ForceCommand internal-sftp -d / %s\n",
		    rows[i].flags);
		import(import_sshd, text);
		assert_string_equal(value(SECTION_USER, "u", "mode"),
		    rows[i].mode);
		assert_string_equal(value(SECTION_USER, "u", "delete"),
		    rows[i].delete);
		assert_int_equal(notes(1, "-"), rows[i].noted);
		end_import(state);
	}
}

static void
sshd_flags_that_serve_nothing_shut(void **state)
{
	static const char *const flags[] = { "-h", "-x", "-u", "-u 9",
		"-Q requests", "-R -z" };
	char text[200];

	for (size_t i = 0; i < sizeof(flags) / sizeof(*flags); i++) {
		new_import(state);
		snprintf(text, sizeof(text),
		    "Match User u\nForceCommand internal-sftp %s\n", flags[i]);
		import(import_sshd, text);
		assert_string_equal(value(SECTION_USER, "u", "disabled"),
		    "yes");
		end_import(state);
	}
}

static void
sshd_other_blocks_are_left_alone(void **state)
{
	(void)state;
	import(import_sshd, "Port 22\nInclude x.d/*\n"
			    "Match User a\nChrootDirectory /x\n"
			    "Match User b\nForceCommand /bin/date\n"
			    "Match User c\nX11Forwarding no\n");
	assert_int_equal(out.count, 0);
	assert_int_equal(out.sshd.count, 0);
	assert_true(notes(2, "what it names is not read"));
	assert_true(notes(3, "without a ForceCommand"));
	assert_true(notes(5, "another forced command"));
	assert_true(notes(0, "nothing is forced"));
}

#define KEY "ssh-ed25519 AAAA me"

static void
rrsync_lines_become_ours_and_others_stay(void **state)
{
	static const struct {
		const char *line, *ours, *options; /* NULL: it stays */
	} rows[] = {
		{ "command=\"rrsync -ro ~/x\" " KEY,
		    "restrict,command=\"/usr/lib/filesonly/rrsync -ro x\" " KEY,
		    "restrict,command=\"/usr/bin/filesonly --services=rsync "
		    "--set-id --read-only x\" " KEY },
		{ "from=\"a,b\",Restrict,COMMAND=\"rrsync 'a \\\"b'\" " KEY,
		    "restrict,from=\"a,b\",command=\"/usr/lib/filesonly/rrsync "
		    "'a \\\"b'\" " KEY,
		    "restrict,from=\"a,b\",command=\"/usr/bin/filesonly "
		    "--services=rsync --set-id --lock 'a \\\"b'\" " KEY },
		/* "restrict" shuts what stands before it, not what follows. */
		{ "PTY,port-forwarding,from=\"pty,\",restrict,user-rc,"
		  "command=\"rrsync x\" " KEY,
		    "restrict,from=\"pty,\",user-rc,"
		    "command=\"/usr/lib/filesonly/rrsync x\" " KEY,
		    "restrict,from=\"pty,\",user-rc,"
		    "command=\"/usr/bin/filesonly --services=rsync "
		    "--set-id --lock x\" " KEY },
		/* sshd takes no key from such a line. */
		{ "command=\"rrsync x\",command=\"rrsync y\" " KEY, NULL,
		    NULL },
		{ "command=\"rrsync -- -x\" " KEY,
		    "restrict,command=\"/usr/lib/filesonly/rrsync -- -x\" " KEY,
		    "restrict,command=\"/usr/bin/filesonly --services=rsync "
		    "--set-id --lock -- -x\" " KEY },
		{ "command=\"rrsync -munge -absolute -no-del -no-overwrite "
		  "-no-lock /x\" " KEY,
		    "restrict,command=\"/usr/lib/filesonly/rrsync -munge "
		    "-absolute -no-del -no-overwrite -no-lock /x\" " KEY,
		    "restrict,command=\"/usr/bin/filesonly --services=rsync "
		    "--set-id --munge-links --absolute --no-delete "
		    "--no-overwrite /x\" " KEY },
		{ "# comment", NULL, NULL },
		{ "", NULL, NULL },
		{ KEY, NULL, NULL },
		{ "command=\"rrsync /x; id\" " KEY, NULL, NULL },
		{ "command=\"rrsync\" " KEY, NULL, NULL },
		{ "command=\"rrsync -h\" " KEY, NULL, NULL },
		{ "command=\"rrsync -ro", NULL, NULL },
		{ "command=\"\" " KEY, NULL, NULL },
	};

	for (size_t i = 0; i < 2 * sizeof(rows) / sizeof(*rows); i++) {
		const char *line = rows[i / 2].line;
		const char *wanted =
		    i % 2 == 0 ? rows[i / 2].ours : rows[i / 2].options;

		new_import(state);
		source.as_options = i % 2 == 1;
		import(import_rrsync, line[0] == '\0' ? "\n" : line);
		assert_int_equal(out.keys.count, 1);
		assert_string_equal(out.keys.at[0],
		    wanted == NULL ? line : wanted);
		end_import(state);
	}
}

static void
a_line_longer_than_any_is_told_not_cut(void **state)
{
	char *text = xcalloc(1, KEY_LINE_MAX + 2);

	(void)state;
	memset(text, 'x', KEY_LINE_MAX);
	text[KEY_LINE_MAX] = '\n';
	import(import_rrsync, text);
	assert_int_equal(out.keys.count, 0);
	assert_true(notes(1, "too long"));
	import(import_atmoz, text);
	import(import_sshd, text);
	assert_int_equal(out.count, 0);
	free(text);
}

static void
a_home_lies_below_a_directory_by_components(void **state)
{
	(void)state;
	assert_string_equal(passwd_below("/srv/a/b", "/srv/a"), "/b");
	assert_string_equal(passwd_below("/srv/a//b", "/srv/a/"), "/b");
	assert_string_equal(passwd_below("/srv/a", "/srv/a"), "/");
	assert_string_equal(passwd_below("/srv/a/", "/srv/a"), "/");
	assert_string_equal(passwd_below("/srv", "/"), "/srv");
	assert_null(passwd_below("/srv/ab", "/srv/a"));
	assert_null(passwd_below("/srv", "/srv/a"));
}

int
main(void)
{
#define CLAIM(claim) \
	cmocka_unit_test_setup_teardown(claim, new_import, end_import)
	const struct CMUnitTest tests[] = {
		CLAIM(rssh_is_printed_as_a_configuration),
		CLAIM(rssh_notes_stand_at_their_lines),
		CLAIM(what_no_line_can_hold_is_shut),
		CLAIM(what_rssh_did_not_allow_is_not_allowed),
		CLAIM(scponly_needs_to_know_what_it_was_built_with),
		CLAIM(scponly_leaves_out_what_is_no_account_of_its),
		CLAIM(atmoz_fields_are_found_with_and_without_e),
		CLAIM(sshd_blocks_become_sections),
		CLAIM(sshd_confines_by_other_blocks_too),
		CLAIM(sshd_lists_of_requests_become_modes),
		CLAIM(sshd_flags_that_serve_nothing_shut),
		CLAIM(sshd_other_blocks_are_left_alone),
		CLAIM(rrsync_lines_become_ours_and_others_stay),
		CLAIM(a_line_longer_than_any_is_told_not_cut),
		CLAIM(a_home_lies_below_a_directory_by_components),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
