/*
 * The program on file systems of many kinds: what create-only keeps, what a
 * session may do with its own, and that names are given and changed without
 * what the file system lacks.
 */
#include <dirent.h>
#include <linux/fuse.h>
#include <signal.h>

#include "attacks.h"
#include "base/hash.h"
#include "poorfs.h"
#include "root/cache.h"
#include "root/relpath.h"
#include "root/root.h"

static bool possible;

/* overlay and tmpfs are themselves, the rest is what a poor one lacks. */
static const char *const grounds[] = { "overlay", "tmpfs", "", "noreplace",
	"noreplace,exchange,link,birth", "all" };

enum { GROUNDS = sizeof(grounds) / sizeof(grounds[0]) };

enum { NEW = OPEN_WRITE | OPEN_CREAT | OPEN_TRUNC };

/* Lays the ground over root/; what is there already is seen on it. */
static void
lay(struct server *server, const char *ground, struct poorfs *fs)
{
	char room[512];

	if (!possible)
		skip();
	snprintf(fs->top, sizeof(fs->top), "%s", server->top);
	snprintf(fs->mnt, sizeof(fs->mnt), "%s/root", server->top);
	snprintf(fs->back, sizeof(fs->back), "%s/back", server->top);
	if (strcmp(ground, "tmpfs") == 0) {
		assert_int_equal(mount("t", fs->mnt, "tmpfs", 0, "mode=777"),
		    0);
		make_old(server);
		return;
	}
	make_old(server);
	if (strcmp(ground, "dead") == 0) {
		int device = open("/dev/fuse", O_RDWR | O_CLOEXEC);

		snprintf(room, sizeof(room),
		    "fd=%d,rootmode=40000,user_id=0,group_id=0,allow_other",
		    device);
		assert_int_equal(mount("p", fs->mnt, "fuse", 0, room), 0);
		close(device);
		return;
	}
	if (strcmp(ground, "overlay") != 0) {
		assert_int_equal(rename(fs->mnt, fs->back), 0);
		assert_int_equal(mkdir(fs->mnt, 0755), 0);
		assert_int_equal(poorfs_mount(fs, ground, 1), 0);
		return;
	}
	snprintf(room, sizeof(room), "%s/work", server->top);
	assert_int_equal(mkdir(room, 0755), 0);
	snprintf(room, sizeof(room), "%s/upper", server->top);
	assert_int_equal(mkdir(room, 0777), 0);
	assert_int_equal(chmod(room, 0777), 0);
	snprintf(room, sizeof(room),
	    "lowerdir=%s,upperdir=%s/upper,workdir=%s/work", fs->mnt,
	    server->top, server->top);
	assert_int_equal(mount("o", fs->mnt, "overlay", 0, room), 0);
}

/* The next ground of a test: a server of its own. */
static void
renew(struct server *server)
{
	int ordinary = server->ordinary;
	char path[96];

	if (server->pid > 0)
		assert_int_equal(server_stop(server), 0);
	snprintf(path, sizeof(path), "%s/root", server->top);
	umount2(path, MNT_DETACH);
	server_remove(server);
	server_make(server);
	server->ordinary = ordinary;
	server->gate = true;
}

static int
teardown(void **state)
{
	struct server *server = *state;

	renew(server);
	server_remove(server);
	return 0;
}

/* Opens, writes, closes: the status of the first that failed. */
static uint32_t
put(struct server *server, const char *path, uint32_t flags, const char *text)
{
	unsigned char room[32];
	struct slice handle;
	uint32_t status = try_open(server, path, flags, room, &handle);

	if (status != STATUS_OK)
		return status;
	status = server_ask(server, PACKET_WRITE, NULL, "hos", &handle,
	    UINT64_C(0), text);
	if (status != STATUS_OK)
		return status;
	return server_ask(server, PACKET_CLOSE, NULL, "h", &handle);
}

static void
holds(const struct server *server, const char *name, const char *text)
{
	const char *got = server_get(server, name);

	assert_non_null(got);
	assert_string_equal(got, text);
}

static bool
is_missing(const struct server *server, const char *name)
{
	struct stat st;

	return lstat(server_path(server, name), &st) != 0;
}

/* None of our own names is left in the root. */
static void
nothing_is_left(const struct server *server)
{
	DIR *dir = opendir(server_path(server, ""));
	struct dirent *entry;

	assert_non_null(dir);
	while ((entry = readdir(dir)) != NULL)
		assert_int_not_equal(strncmp(entry->d_name, ".filesonly", 10),
		    0);
	closedir(dir);
}

static void
nothing_that_was_there_is_changed_anywhere(void **state)
{
	struct server *server = *state;
	struct seen before;
	struct poorfs fs;

	for (int i = 0; i < GROUNDS; i++) {
		renew(server);
		lay(server, grounds[i], &fs);
		pass_time(30);
		look(server, &before);
		server->mode = "create-only";
		server_start(server);
		attack_by_every_way(server);
		all_is_as_before(server, &before);
		nothing_is_left(server);
	}
}

/* The control: in the same mode it may do as it likes with its own. */
static void
finish_what_is_own(struct server *server)
{
	struct attrs attrs = { .flags = ATTR_ACMODTIME | ATTR_PERMISSIONS,
		.permissions = 0600,
		.mtime = 1000000000 };
	struct stat st;

	assert_int_equal(put(server, "part", NEW, "part"), STATUS_OK);
	assert_int_equal(put(server, "part", OPEN_WRITE, "PA"), STATUS_OK);
	holds(server, "part", "PArt");
	assert_int_equal(put(server, "part", NEW, "anew"), STATUS_OK);
	holds(server, "part", "anew");
	assert_int_equal(two_paths(server, NULL, "part", "whole"), STATUS_OK);
	assert_int_equal(server_ask(server, PACKET_SETSTAT, NULL, "pa", "whole",
			     &attrs),
	    STATUS_OK);
	assert_int_equal(stat(server_path(server, "whole"), &st), 0);
	assert_int_equal(st.st_mtime, 1000000000);
	assert_int_equal(put(server, "other", NEW, "other"), STATUS_OK);
	assert_int_equal(two_paths(server, POSIX_RENAME, "other", "whole"),
	    STATUS_OK);
	holds(server, "whole", "other");
	assert_true(is_missing(server, "other"));
	assert_int_equal(server_ask(server, PACKET_MKDIR, NULL, "pa", "nd",
			     &attrs),
	    STATUS_OK);
	attrs.permissions = 0755;
	assert_int_equal(server_ask(server, PACKET_SETSTAT, NULL, "pa", "nd",
			     &attrs),
	    STATUS_OK);
}

/* Removes what it made, and is told of what it must not replace. */
static void
undo_what_is_own(struct server *server)
{
	assert_int_equal(two_paths(server, NULL, "whole", "old"),
	    STATUS_FAILURE);
	assert_int_equal(two_paths(server, POSIX_RENAME, "whole", "old"),
	    STATUS_PERMISSION_DENIED);
	assert_int_equal(server_ask(server, PACKET_SYMLINK, NULL, "tp", "old",
			     "mylink"),
	    STATUS_OK);
	assert_int_equal(server_ask(server, PACKET_REMOVE, NULL, "p", "mylink"),
	    STATUS_OK);
	assert_int_equal(server_ask(server, PACKET_REMOVE, NULL, "p", "whole"),
	    STATUS_OK);
	assert_int_equal(server_ask(server, PACKET_RMDIR, NULL, "p", "nd"),
	    STATUS_OK);
	assert_int_equal(server_ask(server, PACKET_REMOVE, NULL, "p", "old"),
	    STATUS_PERMISSION_DENIED);
	assert_true(is_missing(server, "mylink"));
	assert_true(is_missing(server, "whole"));
	assert_true(is_missing(server, "nd"));
	holds(server, "old", old_text);
}

static void
a_session_may_finish_what_it_made_anywhere(void **state)
{
	struct server *server = *state;
	struct poorfs fs;

	for (int i = 0; i < GROUNDS; i++) {
		renew(server);
		lay(server, grounds[i], &fs);
		pass_time(30);
		server->mode = "create-only";
		server_start(server);
		finish_what_is_own(server);
		undo_what_is_own(server);
		nothing_is_left(server);
	}
}

static void
a_drop_box_lets_its_own_be_removed_anywhere(void **state)
{
	struct server *server = *state;
	struct poorfs fs;

	for (int i = 0; i < GROUNDS; i++) {
		renew(server);
		lay(server, grounds[i], &fs);
		pass_time(30);
		server->mode = "write-only";
		server_start(server);
		assert_int_equal(put(server, "new", NEW, "new"), STATUS_OK);
		assert_int_equal(server_ask(server, PACKET_REMOVE, NULL, "p",
				     "new"),
		    STATUS_OK);
		assert_true(is_missing(server, "new"));
		assert_int_equal(put(server, "old", NEW, "new"), STATUS_OK);
		assert_int_equal(server_ask(server, PACKET_REMOVE, NULL, "p",
				     "old"),
		    STATUS_PERMISSION_DENIED);
		holds(server, "old", "new");
	}
}

static void
set_key(struct server *server, const char *key, const char *value)
{
	server->keys[0] = key;
	server->keys[1] = value;
	server->keys[2] = NULL;
}

static void
names_change_and_nothing_is_replaced_anywhere(void **state)
{
	struct server *server = *state;
	struct poorfs fs;

	for (int i = 0; i < GROUNDS; i++) {
		renew(server);
		lay(server, grounds[i], &fs);
		set_key(server, "overwrite", "no");
		server_start(server);
		assert_int_equal(put(server, "a", NEW, "a"), STATUS_OK);
		assert_int_equal(two_paths(server, NULL, "a", "old"),
		    STATUS_FAILURE);
		assert_int_equal(two_paths(server, POSIX_RENAME, "a", "old"),
		    STATUS_PERMISSION_DENIED);
		assert_int_equal(two_paths(server, NULL, "a", "d"),
		    STATUS_FAILURE);
		assert_int_equal(two_paths(server, NULL, "d", "old"),
		    STATUS_FAILURE);
		assert_int_equal(two_paths(server, NULL, "a", "b"), STATUS_OK);
		assert_int_equal(two_paths(server, POSIX_RENAME, "b", "d/c"),
		    STATUS_OK);
		holds(server, "d/c", "a");
		/* A directory of the lower layer can't move (EXDEV). */
		assert_int_equal(server_ask(server, PACKET_MKDIR, NULL, "pa",
				     "n", &each_attr[2]),
		    STATUS_OK);
		assert_int_equal(two_paths(server, NULL, "d/c", "n/c"),
		    STATUS_OK);
		assert_int_equal(two_paths(server, NULL, "n", "d"),
		    STATUS_FAILURE);
		assert_int_equal(two_paths(server, NULL, "n", "e"), STATUS_OK);
		assert_int_equal(two_paths(server, POSIX_RENAME, "e", "f"),
		    STATUS_OK);
		assert_int_equal(two_paths(server, NULL, "link", "l"),
		    STATUS_OK);
		holds(server, "f/c", "a");
		holds(server, "l", old_text);
		assert_true(is_missing(server, "link"));
		assert_true(is_missing(server, "a"));
		nothing_is_left(server);
	}
}

static void
an_upload_gets_its_name_anywhere(void **state)
{
	struct server *server = *state;
	struct poorfs fs;

	for (int i = 0; i < GROUNDS; i++) {
		renew(server);
		lay(server, grounds[i], &fs);
		set_key(server, "atomic-uploads", "yes");
		server_start(server);
		for (int round = 0; round < 3; round++) {
			char name[8] = { 'n', (char)('0' + round), '\0' };

			assert_int_equal(put(server, name, NEW, "new"),
			    STATUS_OK);
			holds(server, name, "new");
			assert_int_equal(put(server, name, NEW, "again"),
			    STATUS_OK);
			holds(server, name, "again");
		}
		assert_int_equal(put(server, "x", NEW | OPEN_EXCL, "x"),
		    STATUS_OK);
		assert_int_equal(put(server, "x", NEW | OPEN_EXCL, "y"),
		    STATUS_FAILURE);
		holds(server, "x", "x");
		nothing_is_left(server);
	}
}

/* Its private name goes along, if it has one. */
static void
an_open_upload_can_be_renamed_anywhere(void **state)
{
	struct server *server = *state;
	unsigned char room[32];
	struct slice handle;
	struct poorfs fs;

	for (int i = 0; i < GROUNDS; i++) {
		renew(server);
		lay(server, grounds[i], &fs);
		set_key(server, "atomic-uploads", "yes");
		server_start(server);
		handle = server_open(server, "up", NEW, room);
		assert_int_equal(server_ask(server, PACKET_WRITE, NULL, "hos",
				     &handle, UINT64_C(0), "text"),
		    STATUS_OK);
		assert_int_equal(two_paths(server, NULL, "up", "old"),
		    STATUS_FAILURE);
		assert_int_equal(two_paths(server, NULL, "up", "up2"),
		    STATUS_OK);
		assert_int_equal(two_paths(server, NULL, "up2", "d/up3"),
		    STATUS_OK);
		assert_int_equal(two_paths(server, POSIX_RENAME, "d/up3",
				     "d/inner"),
		    STATUS_OK);
		assert_int_equal(server_ask(server, PACKET_CLOSE, NULL, "h",
				     &handle),
		    STATUS_OK);
		holds(server, "d/inner", "text");
		assert_true(is_missing(server, "up"));
		assert_true(is_missing(server, "up2"));
		assert_true(is_missing(server, "d/up3"));
		nothing_is_left(server);
	}
}

static uint32_t
put_new(struct server *server, const char *name)
{
	return put(server, name, NEW, "text");
}

static uint32_t
put_over(struct server *server, const char *name)
{
	return put(server, name, NEW, "anew");
}

/* As clients do that know no size beforehand: until the end of the file. */
static uint32_t
get_all(struct server *server, const char *name)
{
	unsigned char room[32];
	struct slice handle;
	uint32_t status = try_open(server, name, OPEN_READ, room, &handle);

	if (status != STATUS_OK)
		return status;
	for (uint64_t at = 0; status != STATUS_EOF; at += 4) {
		status = server_ask(server, PACKET_READ, NULL, "hou", &handle,
		    at, 4u);
		if (server->reply.type == PACKET_STATUS && status != STATUS_EOF)
			return status;
	}
	return server_ask(server, PACKET_CLOSE, NULL, "h", &handle);
}

static uint32_t
rename_to_free(struct server *server, const char *name)
{
	char other[16];

	snprintf(other, sizeof(other), "%s-moved", name);
	return server_ask(server, PACKET_RENAME, NULL, "pp", name, other);
}

/*
 * The fewest of ten rounds: a loaded machine asks its server more often. What
 * was just written is asked for its size when it is read, by the kernel.
 */
static void
small_files_cost_few_requests(void **state)
{
	static const struct {
		const char *atomic;
		uint32_t (*act)(struct server *server, const char *name);
		unsigned budget;
	} rows[] = {
		{ "no", put_new, 6 },
		{ "no", put_over, 7 },
		{ "no", get_all, 5 },
		{ "no", get_all, 4 },
		{ "no", rename_to_free, 6 },
		{ "yes", put_new, 14 },
		{ "yes", put_over, 15 },
		{ "yes", get_all, 5 },
		{ "yes", get_all, 4 },
		{ "yes", rename_to_free, 6 },
	};
	enum { ROWS = sizeof(rows) / sizeof(rows[0]), ROUNDS = 10 };
	struct server *server = *state;
	struct poorfs fs;

	/* Emulated, a round outlasts what the kernel keeps of attributes. */
	if (getenv("TEST_SLOW") != NULL)
		skip();
	for (size_t i = 0; i < ROWS; i++) {
		unsigned least = UINT32_MAX;

		if (i == 0 || strcmp(rows[i].atomic, rows[i - 1].atomic) != 0) {
			renew(server);
			lay(server, "all", &fs);
			set_key(server, "atomic-uploads", rows[i].atomic);
			server_start(server);
		}
		for (int round = 0; round < ROUNDS; round++) {
			char name[8] = { 'a', (char)('0' + round), '\0' };
			unsigned now;

			poorfs_count(&fs);
			assert_int_equal(rows[i].act(server, name), STATUS_OK);
			now = poorfs_count(&fs);
			least = now < least ? now : least;
		}
		assert_in_range(least, 1, rows[i].budget);
	}
}

/* Two mounts of one directory whose locks are local to each: two machines. */
static void
a_live_upload_of_another_machine_is_not_swept(void **state)
{
	static struct server other;
	struct server *server = *state;
	struct poorfs fs, second;
	unsigned char room[32];
	struct slice handle;

	renew(server);
	lay(server, "all", &fs);
	set_key(server, "atomic-uploads", "yes");
	server_start(server);
	handle = server_open(server, "d/live", NEW, room);
	assert_int_equal(server_ask(server, PACKET_WRITE, NULL, "hos", &handle,
			     UINT64_C(0), "live"),
	    STATUS_OK);
	/* The other machine's session works in the same directory. */
	server_make(&other);
	other.ordinary = server->ordinary;
	other.gate = true;
	set_key(&other, "atomic-uploads", "yes");
	second = fs;
	snprintf(second.top, sizeof(second.top), "%s", other.top);
	snprintf(second.mnt, sizeof(second.mnt), "%s/root", other.top);
	assert_int_equal(poorfs_mount(&second, "all", 0), 0);
	server_start(&other);
	assert_int_equal(put(&other, "d/others", NEW, "other"), STATUS_OK);
	assert_int_equal(server_stop(&other), 0);
	assert_int_equal(umount2(second.mnt, MNT_DETACH), 0);
	server_remove(&other);
	assert_int_equal(server_ask(server, PACKET_CLOSE, NULL, "h", &handle),
	    STATUS_OK);
	holds(server, "d/live", "live");
	holds(server, "d/others", "other");
}

/* Another machine removes d/ and makes it anew, with these files in it. */
static void
replace_directory(const struct poorfs *fs)
{
	char text[512];
	char *argv[] = { (char[]){ "sh" }, (char[]){ "-c" }, text, NULL };

	snprintf(text, sizeof(text),
	    "cd %s && rm -rf d && mkdir -m 777 d && cd d && "
	    "for f in old first control; do echo anew >$f; chmod 666 $f; done",
	    fs->back);
	assert_int_equal(poorfs_run(argv), 0);
}

static void
is_there(struct server *server, const char *path)
{
	assert_int_equal(server_ask(server, PACKET_STAT, NULL, "p", path),
	    UINT32_MAX);
	assert_int_equal(server->reply.type, PACKET_ATTRS);
}

static void
what_another_machine_has_replaced_is_found(void **state)
{
	struct server *server = *state;
	struct poorfs fs;

	renew(server);
	lay(server, "all", &fs);
	replace_directory(&fs);
	server_start(server);
	for (int i = 0; i < 3; i++) {
		is_there(server, "d/old");
		replace_directory(&fs);
		assert_int_equal(put(server, "d/new", NEW, "new"), STATUS_OK);
		replace_directory(&fs);
		is_there(server, "d/old");
	}
}

/* Within what a session does at once, in a directory that it keeps open. */
static void
a_kept_directory_that_was_replaced_is_found(void **state)
{
	struct server *server = *state;
	not_zeroed struct root_cache cache;
	not_zeroed struct relpath path, first;
	char real[PATH_MAX];
	struct root root;
	struct poorfs fs;
	struct stat st;
	int fd;

	renew(server);
	lay(server, "all", &fs);
	replace_directory(&fs);
	assert_int_equal(root_open(&root, fs.mnt, false), 0);
	root_cache_init(&cache, &root);
	assert_int_equal(relpath_parse(&path, "d/old", 5, NULL), 0);
	assert_int_equal(relpath_parse(&first, "d/first", 7, NULL), 0);
	for (int way = 0; way < 4; way++) {
		assert_int_equal(root_cache_stat(&cache, &first, FOLLOW, &st),
		    0);
		replace_directory(&fs);
		/* Control: the descriptor itself leads to nothing. */
		assert_int_equal(fstatat(cache.fd, "control", &st, 0), -1);
		assert_int_equal(errno, ESTALE);
		if (way == 0) {
			assert_int_equal(root_cache_stat(&cache, &path, FOLLOW,
					     &st),
			    0);
		} else if (way == 1) {
			assert_true(
			    root_cache_realpath(&cache, &path, real) > 0);
		} else {
			fd = root_cache_open_file(&cache, &path,
			    way == 2 ? O_RDONLY : O_WRONLY | O_CREAT, 0600);
			assert_true(fd >= 0);
			close(fd);
		}
	}
	root_cache_drop(&cache);
	root_close(&root);
}

/*
 * Status 1, REFUSE_UNAVAILABLE's, where what is wrong with the account would be
 * 78. A person at a terminal, as here, hears the reason.
 */
static void
a_root_whose_server_has_gone_is_unavailable(void **state)
{
	struct server *server = *state;
	char path[96], said[512] = { 0 };
	struct poorfs fs;
	int fd;

	renew(server);
	lay(server, "dead", &fs);
	server_spawn(server);
	assert_int_equal(server_stop(server), 1);
	snprintf(path, sizeof(path), "%s/err", server->top);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	assert_true(fd >= 0);
	assert_true(read(fd, said, sizeof(said) - 1) > 0);
	close(fd);
	/* Linux 7.2 says the second. */
	assert_true(strstr(said, strerror(ENOTCONN)) != NULL ||
		    strstr(said, strerror(ECONNREFUSED)) != NULL);
}

/*
 * As NFS and quotas of other machines have it: what could not be written is
 * told by close(2). mode: create-only, whose uploads are put aside, or not.
 */
static void
lost_at_the_end(struct server *server, const char *mode, const char *ground,
    uint32_t status)
{
	unsigned char rooms[2][32];
	struct slice from, to;
	struct poorfs fs;

	renew(server);
	server->mode = mode;
	lay(server, ground, &fs);
	server_start(server);
	assert_int_equal(put(server, "put", NEW, "text"), status);
	assert_int_equal(server_ask(server, PACKET_EXTENDED, "copy-file", "ppb",
			     "old", "copy", 0),
	    status);
	if (strcmp(mode, "create-only") == 0)
		assert_int_equal(is_missing(server, "copy"),
		    status != STATUS_OK);
	from = server_open(server, "old", OPEN_READ, rooms[0]);
	to = server_open(server, "data", NEW, rooms[1]);
	assert_int_equal(server_ask(server, PACKET_EXTENDED, "copy-data",
			     "hooho", &from, UINT64_C(0), UINT64_C(0), &to,
			     UINT64_C(0)),
	    status);
	assert_int_equal(server_ask(server, PACKET_CLOSE, NULL, "h", &to),
	    status);
}

static void
what_is_lost_when_a_file_is_closed_is_told(void **state)
{
	static const char *const modes[] = { "read-write", "create-only" };

	for (size_t i = 0; i < 2; i++) {
		lost_at_the_end(*state, modes[i], "", STATUS_OK);
		lost_at_the_end(*state, modes[i], "room", STATUS_FAILURE);
	}
}

/* Where the kernel itself knows who writes a file. */
static void
what_is_being_written_gets_no_digest_for_a_name(void **state)
{
	static const char *const local[] = { "overlay", "tmpfs" };
	static const char text[] = "text";
	unsigned char digest[HASH_BYTES_MAX];
	struct server *server = *state;
	char name[HASH_SHA256_TEXT];
	struct hash hash;

	hash_sha256_start(&hash);
	hash_add(&hash, text, strlen(text));
	hash_end(&hash, digest);
	hash_sha256_text(digest, name);
	for (size_t i = 0; i < sizeof(local) / sizeof(local[0]); i++) {
		struct poorfs fs;
		int writer;

		renew(server);
		server->keys[0] = "verify";
		server->keys[1] = "name";
		server->keys[2] = "services";
		server->keys[3] = "sftp";
		lay(server, local[i], &fs);
		server_start(server);
		assert_int_equal(put(server, "f", NEW, text), STATUS_OK);
		/* Another session has it open, and has not written yet. */
		writer = open(server_path(server, "f"), O_WRONLY | O_CLOEXEC);
		assert_true(writer >= 0);
		assert_int_equal(server_ask(server, PACKET_RENAME, NULL, "pp",
				     "f", name),
		    STATUS_FAILURE);
		close(writer);
		assert_int_equal(server_ask(server, PACKET_RENAME, NULL, "pp",
				     "f", name),
		    STATUS_OK);
	}
}

#define GROUND_TEST(claim) \
	cmocka_unit_test_setup_teardown(claim, server_setup, teardown)

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		GROUND_TEST(nothing_that_was_there_is_changed_anywhere),
		GROUND_TEST(a_session_may_finish_what_it_made_anywhere),
		GROUND_TEST(a_drop_box_lets_its_own_be_removed_anywhere),
		GROUND_TEST(names_change_and_nothing_is_replaced_anywhere),
		GROUND_TEST(an_upload_gets_its_name_anywhere),
		GROUND_TEST(an_open_upload_can_be_renamed_anywhere),
		GROUND_TEST(small_files_cost_few_requests),
		GROUND_TEST(a_live_upload_of_another_machine_is_not_swept),
		GROUND_TEST(what_another_machine_has_replaced_is_found),
		GROUND_TEST(a_kept_directory_that_was_replaced_is_found),
		GROUND_TEST(a_root_whose_server_has_gone_is_unavailable),
		GROUND_TEST(what_is_lost_when_a_file_is_closed_is_told),
		GROUND_TEST(what_is_being_written_gets_no_digest_for_a_name),
	};
	enum { COUNT = sizeof(tests) / sizeof(*tests) };
	struct CMUnitTest twice[2 * COUNT];

	possible = geteuid() == 0 && poorfs_possible();
	server_tests_twice(tests, COUNT, twice);
	return cmocka_run_group_tests(twice, NULL, NULL);
}
