/*
 * libssh's client API in this process, against the sshd that
 * libssh-client-in-process.sh has started: what a program that links libssh
 * (KDE, curl, many others) gets, byte by byte and status by status.
 *
 * The environment says where: SSHD_PORT, SSHD_USER, SSHD_KEY,
 * SSHD_KNOWN_HOSTS, SSHD_UID, and SERVED, the root as this process sees it.
 */
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <unistd.h>
#include <cmocka.h>

#include <libssh/libssh.h>
#include <libssh/sftp.h>

#include "base/buf.h"
#include "base/num.h"

enum { SIZE = 300000, WAIT_MS = 20000 };

static ssh_session ssh;
static sftp_session sftp;
static unsigned char bytes[SIZE], got[SIZE];

static const char *
need(const char *name)
{
	const char *value = getenv(name);

	if (value == NULL) {
		print_error("%s is not set\n", name);
		exit(2);
	}
	return value;
}

static int64_t
number(const char *name)
{
	int64_t value;

	if (!num_parse(need(name), 0, INT32_MAX, &value))
		exit(2);
	return value;
}

/* A path of the root, as this process sees it. */
static const char *
on_disk(const char *name)
{
	static char path[4096];

	snprintf(path, sizeof(path), "%s/%s", need("SERVED"), name);
	return path;
}

static int
connect_ssh(void)
{
	unsigned port = (unsigned)number("SSHD_PORT");
	bool no = false;
	ssh_key key = NULL;
	int result;

	ssh = ssh_new();
	if (ssh == NULL ||
	    ssh_options_set(ssh, SSH_OPTIONS_PROCESS_CONFIG, &no) != 0 ||
	    ssh_options_set(ssh, SSH_OPTIONS_HOST, "127.0.0.1") != 0 ||
	    ssh_options_set(ssh, SSH_OPTIONS_PORT, &port) != 0 ||
	    ssh_options_set(ssh, SSH_OPTIONS_USER, need("SSHD_USER")) != 0 ||
	    ssh_options_set(ssh, SSH_OPTIONS_KNOWNHOSTS,
		need("SSHD_KNOWN_HOSTS")) != 0)
		return -1;
	if (ssh_connect(ssh) != SSH_OK ||
	    ssh_session_is_known_server(ssh) != SSH_KNOWN_HOSTS_OK)
		return -1;
	if (ssh_pki_import_privkey_file(need("SSHD_KEY"), NULL, NULL, NULL,
		&key) != SSH_OK)
		return -1;
	result = ssh_userauth_publickey(ssh, NULL, key);
	ssh_key_free(key);
	return result == SSH_AUTH_SUCCESS ? 0 : -1;
}

static int
set_up(void **state)
{
	(void)state;
	if (connect_ssh() != 0) {
		print_error("%s\n", ssh == NULL ? "" : ssh_get_error(ssh));
		return -1;
	}
	for (size_t i = 0; i < SIZE; i++)
		bytes[i] = (unsigned char)(i * 2654435761U >> 13);
	return 0;
}

static int
set_up_sftp(void **state)
{
	if (set_up(state) != 0)
		return -1;
	sftp = sftp_new(ssh);
	return sftp != NULL && sftp_init(sftp) == SSH_OK ? 0 : -1;
}

static int
tear_down(void **state)
{
	(void)state;
	if (sftp != NULL)
		sftp_free(sftp);
	sftp = NULL;
	ssh_disconnect(ssh);
	ssh_free(ssh);
	ssh = NULL;
	return 0;
}

static void
write_file(const char *name, const void *from, size_t len)
{
	sftp_file file =
	    sftp_open(sftp, name, O_WRONLY | O_CREAT | O_TRUNC, 0644);

	assert_non_null(file);
	for (size_t done = 0; done < len;) {
		size_t part = len - done < 30000 ? len - done : 30000;

		assert_int_equal(sftp_write(file, (const char *)from + done,
				     part),
		    part);
		done += part;
	}
	assert_int_equal(sftp_close(file), SSH_OK);
}

static void
remove_file(const char *name)
{
	assert_int_equal(sftp_unlink(sftp, name), SSH_OK);
}

/* --- SFTP --- */

static void
greeting_is_version_3_with_openssh_extensions(void **state)
{
	static const char *const names[] = { "posix-rename@openssh.com",
		"statvfs@openssh.com", "fstatvfs@openssh.com",
		"hardlink@openssh.com", "fsync@openssh.com" };

	(void)state;
	assert_int_equal(sftp_server_version(sftp), 3);
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		bool found = false;

		for (unsigned n = 0; n < sftp_extensions_get_count(sftp); n++)
			found |= strcmp(sftp_extensions_get_name(sftp, n),
				     names[i]) == 0;
		if (!found)
			fail_msg("%s is not offered", names[i]);
	}
}

static void
what_is_written_is_read_back(void **state)
{
	size_t have = 0;
	sftp_file file;
	struct stat st;
	ssize_t len;

	(void)state;
	write_file("data", bytes, SIZE);
	assert_int_equal(stat(on_disk("data"), &st), 0);
	assert_int_equal(st.st_size, SIZE);
	file = sftp_open(sftp, "data", O_RDONLY, 0);
	assert_non_null(file);
	while ((len = sftp_read(file, got + have, SIZE - have)) > 0)
		have += (size_t)len;
	assert_int_equal(have, SIZE);
	assert_memory_equal(got, bytes, SIZE);
	assert_int_equal(sftp_read(file, got, 10), 0);
	assert_int_equal(sftp_seek64(file, SIZE - 7), 0);
	assert_int_equal(sftp_read(file, got, 100), 7);
	assert_memory_equal(got, bytes + SIZE - 7, 7);
	assert_int_equal(sftp_close(file), SSH_OK);
	remove_file("data");
}

/* Many reads are on their way at once and come back in any order asked. */
static void
reads_may_be_pipelined(void **state)
{
	enum { COUNT = 16, PART = 10000 };
	sftp_file file;
	int ids[COUNT];

	(void)state;
	write_file("data", bytes, SIZE);
	file = sftp_open(sftp, "data", O_RDONLY, 0);
	assert_non_null(file);
	for (int i = 0; i < COUNT; i++) {
		ids[i] = sftp_async_read_begin(file, PART);
		assert_true(ids[i] >= 0);
	}
	for (int i = 0; i < COUNT; i++)
		assert_int_equal(sftp_async_read(file,
				     got + (ptrdiff_t)i * PART, PART,
				     (uint32_t)ids[i]),
		    PART);
	assert_memory_equal(got, bytes, COUNT * PART);
	assert_int_equal(sftp_close(file), SSH_OK);
	remove_file("data");
}

static void
open_flags_are_kept(void **state)
{
	sftp_file file;

	(void)state;
	write_file("data", "0123456789", 10);
	assert_null(sftp_open(sftp, "data", O_WRONLY | O_CREAT | O_EXCL, 0644));
	file = sftp_open(sftp, "data", O_WRONLY | O_APPEND, 0);
	assert_non_null(file);
	assert_int_equal(sftp_write(file, "abc", 3), 3);
	assert_int_equal(sftp_close(file), SSH_OK);
	file = sftp_open(sftp, "data", O_RDWR, 0);
	assert_non_null(file);
	assert_int_equal(sftp_read(file, got, 100), 13);
	assert_memory_equal(got, "0123456789abc", 13);
	assert_int_equal(sftp_close(file), SSH_OK);
	assert_null(sftp_open(sftp, "missing", O_RDONLY, 0));
	assert_int_equal(sftp_get_error(sftp), SSH_FX_NO_SUCH_FILE);
	remove_file("data");
}

static void
listing_shows_every_name_once(void **state)
{
	enum { COUNT = 300 };
	bool seen[COUNT] = { false };
	int dots = 0, files = 0;
	sftp_attributes entry;
	char name[64];
	sftp_dir dir;

	(void)state;
	assert_int_equal(sftp_mkdir(sftp, "many", 0755), SSH_OK);
	for (int i = 0; i < COUNT; i++) {
		snprintf(name, sizeof(name), "many/a file %d", i);
		write_file(name, "x", 1);
	}
	dir = sftp_opendir(sftp, "many");
	assert_non_null(dir);
	while ((entry = sftp_readdir(sftp, dir)) != NULL) {
		int number;

		if (entry->name[0] == '.') {
			dots++;
		} else {
			assert_int_equal(sscanf(entry->name, "a file %d",
					     &number),
			    1);
			assert_in_range(number, 0, COUNT - 1);
			assert_false(seen[number]);
			seen[number] = true;
			assert_int_equal(entry->type,
			    SSH_FILEXFER_TYPE_REGULAR);
			assert_int_equal(entry->size, 1);
			assert_int_equal(entry->longname[0], '-');
			files++;
		}
		sftp_attributes_free(entry);
	}
	assert_true(sftp_dir_eof(dir));
	assert_int_equal(files, COUNT);
	assert_int_equal(dots, 2);
	assert_int_equal(sftp_closedir(dir), SSH_OK);
	for (int i = 0; i < COUNT; i++) {
		snprintf(name, sizeof(name), "many/a file %d", i);
		remove_file(name);
	}
	assert_int_equal(sftp_rmdir(sftp, "many"), SSH_OK);
	assert_int_equal(access(on_disk("many"), F_OK), -1);
}

/* libssh sends RENAME, which as OpenSSH's does not replace. */
static void
rename_moves_and_replaces_nothing(void **state)
{
	(void)state;
	write_file("a", "of a", 4);
	write_file("b", "of b", 4);
	assert_int_equal(sftp_rename(sftp, "a", "c"), SSH_OK);
	assert_int_equal(access(on_disk("a"), F_OK), -1);
	assert_int_equal(access(on_disk("c"), F_OK), 0);
	assert_int_equal(sftp_rename(sftp, "missing", "d"), -1);
	assert_int_equal(sftp_get_error(sftp), SSH_FX_NO_SUCH_FILE);
	remove_file("b");
	remove_file("c");
}

static void
symlink_has_the_text_that_was_given(void **state)
{
	char text[64] = "";
	char *target;

	(void)state;
	write_file("target", "x", 1);
	assert_int_equal(sftp_symlink(sftp, "target", "link"), SSH_OK);
	assert_int_equal(readlink(on_disk("link"), text, sizeof(text) - 1), 6);
	assert_string_equal(text, "target");
	target = sftp_readlink(sftp, "link");
	assert_non_null(target);
	assert_string_equal(target, "target");
	ssh_string_free_char(target);
	assert_null(sftp_readlink(sftp, "target"));
	remove_file("link");
	remove_file("target");
}

static void
attributes_are_set_and_told(void **state)
{
	static const struct timeval times[2] = { { 1000000000, 0 },
		{ 1000000001, 0 } };
	sftp_attributes attributes;
	struct stat st;

	(void)state;
	write_file("data", bytes, 1000);
	assert_int_equal(sftp_chmod(sftp, "data", 0640), SSH_OK);
	assert_int_equal(sftp_utimes(sftp, "data", times), SSH_OK);
	attributes = sftp_stat(sftp, "data");
	assert_non_null(attributes);
	assert_int_equal(attributes->permissions, S_IFREG | 0640);
	assert_int_equal(attributes->size, 1000);
	assert_int_equal(attributes->atime, 1000000000);
	assert_int_equal(attributes->mtime, 1000000001);
	sftp_attributes_free(attributes);
	assert_int_equal(stat(on_disk("data"), &st), 0);
	assert_int_equal(st.st_mode, S_IFREG | 0640);
	assert_int_equal(st.st_mtime, 1000000001);
	assert_int_equal(st.st_uid, (uid_t)number("SSHD_UID"));
	assert_null(sftp_lstat(sftp, "missing"));
	assert_int_equal(sftp_get_error(sftp), SSH_FX_NO_SUCH_FILE);
	remove_file("data");
}

static void
extensions_work(void **state)
{
	sftp_statvfs_t vfs = sftp_statvfs(sftp, "/");
	sftp_file file;

	(void)state;
	assert_non_null(vfs);
	assert_true(vfs->f_bsize > 0 && vfs->f_blocks > 0);
	assert_int_equal(vfs->f_namemax, 255);
	sftp_statvfs_free(vfs);
	file = sftp_open(sftp, "data", O_WRONLY | O_CREAT, 0644);
	assert_non_null(file);
	vfs = sftp_fstatvfs(file);
	assert_non_null(vfs);
	sftp_statvfs_free(vfs);
	assert_int_equal(sftp_write(file, "x", 1), 1);
	assert_int_equal(sftp_fsync(file), SSH_OK);
	assert_int_equal(sftp_close(file), SSH_OK);
	remove_file("data");
}

static void
paths_are_the_roots(void **state)
{
	static const char *const ways[] = { ".", "/", "..", "../../..",
		"missing/..", "/./" };

	(void)state;
	for (size_t i = 0; i < sizeof(ways) / sizeof(ways[0]); i++) {
		char *path = sftp_canonicalize_path(sftp, ways[i]);

		/* OpenSSH's, too, wants all but the last to exist. */
		if (strcmp(ways[i], "missing/..") == 0) {
			assert_null(path);
			continue;
		}
		assert_non_null(path);
		assert_string_equal(path, "/");
		ssh_string_free_char(path);
	}
	assert_null(sftp_open(sftp, "/etc/passwd", O_RDONLY, 0));
	assert_int_equal(sftp_get_error(sftp), SSH_FX_NO_SUCH_FILE);
	assert_int_equal(access("/etc/passwd", R_OK), 0);
}

static void
two_sessions_share_a_connection(void **state)
{
	sftp_session second = sftp_new(ssh);
	sftp_file one, two;

	(void)state;
	assert_non_null(second);
	assert_int_equal(sftp_init(second), SSH_OK);
	one = sftp_open(sftp, "one", O_WRONLY | O_CREAT, 0644);
	two = sftp_open(second, "two", O_WRONLY | O_CREAT, 0644);
	assert_non_null(one);
	assert_non_null(two);
	for (int i = 0; i < 20; i++) {
		assert_int_equal(sftp_write(one, bytes, 1000), 1000);
		assert_int_equal(sftp_write(two, bytes, 1000), 1000);
	}
	assert_int_equal(sftp_close(one), SSH_OK);
	assert_int_equal(sftp_close(two), SSH_OK);
	sftp_free(second);
	remove_file("two"); /* the first lives on */
	remove_file("one");
}

/* --- packets of our own, on a channel of libssh's --- */

static ssh_channel
open_channel(void)
{
	ssh_channel channel = ssh_channel_new(ssh);

	assert_non_null(channel);
	assert_int_equal(ssh_channel_open_session(channel), SSH_OK);
	return channel;
}

static void
close_channel(ssh_channel channel)
{
	ssh_channel_close(channel);
	ssh_channel_free(channel);
}

/* Sends length and packet, reads one reply into got; returns its type. */
static int
exchange(ssh_channel channel, const struct buf *packet)
{
	unsigned char head[4] = { 0, 0, (unsigned char)(packet->len >> 8),
		(unsigned char)packet->len };
	uint32_t len, have = 0;

	assert_int_equal(ssh_channel_write(channel, head, 4), 4);
	assert_int_equal(ssh_channel_write(channel, packet->bytes,
			     (uint32_t)packet->len),
	    (int)packet->len);
	assert_int_equal(ssh_channel_read_timeout(channel, head, 4, 0, WAIT_MS),
	    4);
	len = (uint32_t)head[2] << 8 | head[3];
	while (have < len) {
		int more = ssh_channel_read_timeout(channel, got + have,
		    len - have, 0, WAIT_MS);

		assert_true(more > 0);
		have += (uint32_t)more;
	}
	return got[0];
}

/* Debian 12's libssh has no call for it. */
static void
hard_link_is_made(void **state)
{
	ssh_channel channel = open_channel();
	unsigned char room[256];
	struct buf packet;
	struct stat st;

	(void)state;
	write_file("data", "x", 1);
	assert_int_equal(ssh_channel_request_subsystem(channel, "sftp"),
	    SSH_OK);
	buf_init(&packet, room, sizeof(room));
	buf_add_u8(&packet, SSH_FXP_INIT);
	buf_add_u32(&packet, 3);
	assert_int_equal(exchange(channel, &packet), SSH_FXP_VERSION);
	buf_init(&packet, room, sizeof(room));
	buf_add_u8(&packet, SSH_FXP_EXTENDED);
	buf_add_u32(&packet, 77);
	buf_add_string(&packet, "hardlink@openssh.com", 20);
	buf_add_string(&packet, "data", 4);
	buf_add_string(&packet, "hard", 4);
	assert_int_equal(exchange(channel, &packet), SSH_FXP_STATUS);
	assert_memory_equal(got + 1, "\0\0\0\x4d\0\0\0\0", 8);
	assert_int_equal(stat(on_disk("hard"), &st), 0);
	assert_int_equal(st.st_nlink, 2);
	close_channel(channel);
	remove_file("hard");
	remove_file("data");
}

/* --- commands, shells, terminals, forwarding --- */

/* Reads a channel to its end. Returns how many bytes of stdout came. */
static int
read_all(ssh_channel channel, char *text, size_t size, int is_stderr)
{
	size_t have = 0;
	int len;

	while (have + 1 < size &&
	       (len = ssh_channel_read_timeout(channel, text + have,
		    (uint32_t)(size - 1 - have), is_stderr, WAIT_MS)) > 0)
		have += (size_t)len;
	text[have] = '\0';
	return (int)have;
}

/* What was asked on the channel is refused: status, stderr, empty stdout. */
static void
assert_refused(ssh_channel channel, const char *text)
{
	char out[1024], err[1024];

	assert_int_equal(read_all(channel, err, sizeof(err), 1) > 0, true);
	assert_int_equal(read_all(channel, out, sizeof(out), 0), 0);
	assert_int_equal(ssh_channel_get_exit_status(channel), 1);
	assert_memory_equal(err, "filesonly: ", 11);
	assert_non_null(strstr(err, text));
	assert_ptr_equal(strchr(err, '\n'), err + strlen(err) - 1);
	close_channel(channel);
}

static void
a_pull_by_rsync_begins(void **state)
{
	ssh_channel channel = open_channel();
	unsigned char version[4];

	(void)state;
	assert_int_equal(ssh_channel_request_exec(channel,
			     "rsync --server --sender -logDtpre.iLsfxCIvu . ."),
	    SSH_OK);
	/* rsync's first word: its protocol, little-endian. */
	assert_int_equal(ssh_channel_read_timeout(channel, version, 4, 0,
			     WAIT_MS),
	    4);
	assert_in_range(version[0], 30, 60);
	assert_memory_equal(version + 1, "\0\0\0", 3);
	close_channel(channel);
}

static void
other_commands_are_refused(void **state)
{
	static const struct {
		const char *command;
		const char *text;
	} rows[] = {
		{ "id", "the command was refused: \"id\"" },
		{ "bash -c id", "the command was refused" },
		{ "rsync --server --daemon .", "this option is refused" },
		{ "rsync --server --sender -e sh . .", "refused" },
		{ "internal-sftp; id", "outside quotes" },
		{ "scp -S /bin/sh -t .", "this option is refused" },
		{ "", "there is no shell" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		ssh_channel channel = open_channel();

		assert_int_equal(ssh_channel_request_exec(channel,
				     rows[i].command),
		    SSH_OK);
		assert_refused(channel, rows[i].text);
	}
}

static void
a_shell_is_refused(void **state)
{
	ssh_channel channel = open_channel();

	(void)state;
	assert_int_equal(ssh_channel_request_shell(channel), SSH_OK);
	assert_refused(channel, "there is no shell");
}

static void
terminal_and_display_are_refused(void **state)
{
	ssh_channel channel = open_channel();

	(void)state;
	assert_int_equal(ssh_channel_request_pty(channel), SSH_ERROR);
	assert_int_equal(ssh_channel_request_x11(channel, 0, NULL, NULL, 0),
	    SSH_ERROR);
	close_channel(channel);
}

static void
ports_are_not_forwarded(void **state)
{
	int port = (int)number("SSHD_PORT");
	ssh_channel channel = ssh_channel_new(ssh);

	(void)state;
	assert_non_null(channel);
	assert_int_equal(ssh_channel_open_forward(channel, "127.0.0.1", port,
			     "127.0.0.1", 1),
	    SSH_ERROR);
	ssh_channel_free(channel);
	assert_int_equal(ssh_channel_listen_forward(ssh, "127.0.0.1", 0, NULL),
	    SSH_ERROR);
}

/* With no forced command (the script's control) the same calls succeed. */
static void
control_command_terminal_and_display_are_given(void **state)
{
	ssh_channel channel = open_channel();
	char out[64];

	(void)state;
	assert_int_equal(ssh_channel_request_pty(channel), SSH_OK);
	assert_int_equal(ssh_channel_request_x11(channel, 0, NULL, NULL, 0),
	    SSH_OK);
	assert_int_equal(ssh_channel_request_exec(channel, "echo $((20+22))"),
	    SSH_OK);
	assert_true(read_all(channel, out, sizeof(out), 0) > 0);
	assert_memory_equal(out, "42", 2);
	assert_int_equal(ssh_channel_get_exit_status(channel), 0);
	close_channel(channel);
}

static void
control_ports_are_forwarded(void **state)
{
	ssh_channel channel = ssh_channel_new(ssh);
	int port = 0;

	(void)state;
	assert_non_null(channel);
	assert_int_equal(ssh_channel_listen_forward(ssh, "127.0.0.1", 0, &port),
	    SSH_OK);
	assert_true(port > 0);
	assert_int_equal(ssh_channel_open_forward(channel, "127.0.0.1",
			     (int)number("SSHD_PORT"), "127.0.0.1", 1),
	    SSH_OK);
	close_channel(channel);
}

/* Prints the words with which libssh answers a program whose session may have
 * been refused. */
static int
print_answer(void)
{
	sftp_attributes attributes = NULL;

	if (connect_ssh() != 0)
		return 2;
	sftp = sftp_new(ssh);
	if (sftp != NULL && sftp_init(sftp) == SSH_OK)
		attributes = sftp_stat(sftp, ".");
	puts(attributes != NULL ? "served" : ssh_get_error(ssh));
	sftp_attributes_free(attributes);
	return tear_down(NULL);
}

int
main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
#define SFTP(name) cmocka_unit_test_setup_teardown(name, set_up_sftp, tear_down)
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
		SFTP(greeting_is_version_3_with_openssh_extensions),
		SFTP(what_is_written_is_read_back),
		SFTP(reads_may_be_pipelined),
		SFTP(open_flags_are_kept),
		SFTP(listing_shows_every_name_once),
		SFTP(rename_moves_and_replaces_nothing),
		SFTP(symlink_has_the_text_that_was_given),
		SFTP(attributes_are_set_and_told),
		SFTP(extensions_work),
		SFTP(paths_are_the_roots),
		SFTP(two_sessions_share_a_connection),
		SFTP(hard_link_is_made),
		TEST(a_pull_by_rsync_begins),
		TEST(other_commands_are_refused),
		TEST(a_shell_is_refused),
		TEST(terminal_and_display_are_refused),
		TEST(ports_are_not_forwarded),
	};
	const struct CMUnitTest controls[] = {
		TEST(control_command_terminal_and_display_are_given),
		TEST(control_ports_are_forwarded),
	};

	if (argc > 1 && strcmp(argv[1], "answer") == 0)
		return print_answer();
	if (argc > 1)
		return cmocka_run_group_tests_name("libssh, free", controls,
		    NULL, NULL);
	return cmocka_run_group_tests_name("libssh", tests, NULL, NULL);
}
