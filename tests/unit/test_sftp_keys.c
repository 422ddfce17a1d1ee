/* The policy's keys about names and modes, each where it lets and where not. */
#include <grp.h>
#include <pwd.h>
#include <sys/mount.h>
#include <sched.h>

#include "sftpserver.h"

static void
set_keys(struct server *server, const char *name, const char *value,
    const char *name2, const char *value2)
{
	server->keys[0] = name;
	server->keys[1] = value;
	server->keys[2] = name2;
	server->keys[3] = value2;
	server->keys[4] = NULL;
}

static void
make_directory(const struct server *server, const char *name)
{
	assert_int_equal(mkdir(server_path(server, name), 0755), 0);
	server_own(server, name);
}

static void
make_symlink(const struct server *server, const char *text, const char *name)
{
	assert_int_equal(symlink(text, server_path(server, name)), 0);
	server_own(server, name);
}

/* --- hide and deny ---------------------------------------------------------
 */

enum kind {
	GET,
	PUT,
	APPEND,
	STAT,
	LSTAT,
	SETSTAT,
	REMOVE,
	MKDIR,
	RMDIR,
	OPENDIR,
	READLINK,
	SYMLINK, /* a: the name, b: the text */
	RENAME,
	POSIX_RENAME,
	HARDLINK,
	COPY_FILE,
	STATVFS,
	REALPATH,
};

struct way {
	enum kind kind;
	const char *a, *b;
};

static uint32_t
open_and_close(struct server *server, const char *path, uint32_t flags)
{
	static const struct attrs none = { .flags = 0 };
	unsigned char room[32];
	struct slice handle = { room, 0 };
	uint32_t status =
	    server_ask(server, PACKET_OPEN, NULL, "pua", path, flags, &none);

	if (status != UINT32_MAX)
		return status;
	handle.len = wire_u32(server->reply.body);
	memcpy(room, server->reply.body + 4, handle.len);
	return server_ask(server, PACKET_CLOSE, NULL, "h", &handle);
}

static uint32_t
extended(struct server *server, const char *name, const struct way *act)
{
	return server_ask(server, PACKET_EXTENDED, name, "pp", act->a, act->b);
}

/* Returns the status; UINT32_MAX, another reply, is a success. */
static uint32_t
do_act(struct server *server, const struct way *act)
{
	const struct attrs attrs = { .flags = ATTR_PERMISSIONS,
		.permissions = 0750 };

	switch (act->kind) {
	case GET:
		return open_and_close(server, act->a, OPEN_READ);
	case PUT:
		return open_and_close(server, act->a,
		    OPEN_WRITE | OPEN_CREAT | OPEN_TRUNC);
	case APPEND:
		return open_and_close(server, act->a, OPEN_WRITE | OPEN_APPEND);
	case STAT:
		return server_ask(server, PACKET_STAT, NULL, "p", act->a);
	case LSTAT:
		return server_ask(server, PACKET_LSTAT, NULL, "p", act->a);
	case SETSTAT:
		return server_ask(server, PACKET_SETSTAT, NULL, "pa", act->a,
		    &attrs);
	case REMOVE:
		return server_ask(server, PACKET_REMOVE, NULL, "p", act->a);
	case MKDIR:
		return server_ask(server, PACKET_MKDIR, NULL, "pa", act->a,
		    &attrs);
	case RMDIR:
		return server_ask(server, PACKET_RMDIR, NULL, "p", act->a);
	case OPENDIR:
		return server_ask(server, PACKET_OPENDIR, NULL, "p", act->a);
	case READLINK:
		return server_ask(server, PACKET_READLINK, NULL, "p", act->a);
	case SYMLINK:
		return server_ask(server, PACKET_SYMLINK, NULL, "tp", act->b,
		    act->a);
	case RENAME:
		return server_ask(server, PACKET_RENAME, NULL, "pp", act->a,
		    act->b);
	case POSIX_RENAME:
		return extended(server, "posix-rename@openssh.com", act);
	case HARDLINK:
		return extended(server, "hardlink@openssh.com", act);
	case COPY_FILE:
		return server_ask(server, PACKET_EXTENDED, "copy-file", "ppb",
		    act->a, act->b, 1);
	case STATVFS:
		return server_ask(server, PACKET_EXTENDED,
		    "statvfs@openssh.com", "p", act->a);
	case REALPATH:
		return server_ask(server, PACKET_REALPATH, NULL, "p", act->a);
	}
	return STATUS_FAILURE;
}

static bool
succeeds(struct server *server, const struct way *act)
{
	uint32_t status = do_act(server, act);

	return status == STATUS_OK || status == UINT32_MAX;
}

static char *tree;
static size_t tree_len, tree_size;

static int
add_to_tree(const char *path, const struct stat *st, int kind,
    struct FTW *where)
{
	int len = snprintf(tree + tree_len, tree_size - tree_len,
	    "%s %o %lld %lu\n", path, st->st_mode, (long long)st->st_size,
	    (unsigned long)st->st_nlink);

	(void)kind;
	(void)where;
	if (len < 0 || (size_t)len >= tree_size - tree_len)
		return -1;
	tree_len += (size_t)len;
	return 0;
}

/* Everything in the root: names, kinds, modes, sizes. */
static void
write_tree(const struct server *server, char *out, size_t size)
{
	tree = out;
	tree_size = size;
	tree_len = 0;
	assert_int_equal(nftw(server_path(server, ""), add_to_tree, 16,
			     FTW_PHYS),
	    0);
}

/* Secrets by name, behind a directory, and by every kind of link. */
static void
make_secrets(struct server *server)
{
	make_directory(server, "open");
	server_put(server, "open/file", "free");
	server_put(server, "open/victim.key", "secret");
	make_directory(server, "vault.key");
	make_directory(server, "vault.key/empty");
	server_put(server, "vault.key/inner", "secret");
	server_put(server, ".key", "secret");
	make_symlink(server, "vault.key", "door");
	make_symlink(server, "open/victim.key", "window");
	make_symlink(server, "fresh.key", "trap");
	make_symlink(server, "elsewhere", "link.key");
}

/* Each reaches one of these, or makes one, if nothing bars it. */
static const struct way ways_in[] = {
	{ GET, "open/victim.key", NULL },
	{ GET, ".key", NULL },
	{ GET, "vault.key/inner", NULL },
	{ GET, "open/../vault.key/inner", NULL },
	{ GET, "door/inner", NULL },
	{ GET, "window", NULL },
	{ APPEND, "open/victim.key", NULL },
	{ APPEND, "window", NULL },
	{ STAT, "open/victim.key", NULL },
	{ STAT, "window", NULL },
	{ LSTAT, "open/victim.key", NULL },
	{ LSTAT, "door/inner", NULL },
	{ STATVFS, "vault.key", NULL },
	{ OPENDIR, "vault.key", NULL },
	{ OPENDIR, "door", NULL },
	{ READLINK, "link.key", NULL },
	{ SETSTAT, "open/victim.key", NULL },
	{ SETSTAT, "window", NULL },
	{ HARDLINK, "open/victim.key", "open/stolen" },
	{ HARDLINK, "door/inner", "open/stolen2" },
	{ COPY_FILE, "open/victim.key", "open/stolen3" },
	{ COPY_FILE, "window", "open/stolen4" },
	{ RENAME, "open/victim.key", "open/stolen5" },
	{ RENAME, "door/inner", "open/stolen6" },
	{ POSIX_RENAME, ".key", "open/stolen7" },
	{ RMDIR, "vault.key/empty", NULL },
	{ RENAME, "vault.key", "open/vault" },
	{ REMOVE, "link.key", NULL },
};

static const struct way ways_to_make[] = {
	{ PUT, "open/new.key", NULL },
	{ PUT, "trap", NULL },
	{ PUT, "vault.key/new", NULL },
	{ PUT, "door/new2", NULL },
	{ MKDIR, "dir.key", NULL },
	{ MKDIR, "door/dir", NULL },
	{ SYMLINK, "l.key", "open/file" },
	{ SYMLINK, "door/l", "open/file" },
	{ HARDLINK, "open/file", "open/h.key" },
	{ HARDLINK, "open/file", "door/h" },
	{ COPY_FILE, "open/file", "open/c.key" },
	{ COPY_FILE, "open/file", "door/c" },
	{ RENAME, "open/h.key", "open/r.key" },
	{ POSIX_RENAME, "open/c.key", "open/p.key" },
};

static const struct way innocent[] = {
	{ GET, "open/file", NULL },
	{ PUT, "open/put", NULL },
	{ PUT, "keys", NULL },
	{ STAT, "open", NULL },
	{ MKDIR, "open/dir", NULL },
	{ HARDLINK, "open/file", "open/linked" },
	{ RENAME, "open/linked", "open/renamed" },
	{ COPY_FILE, "open/file", "open/copied" },
	{ REMOVE, "open/renamed", NULL },
	{ REMOVE, "door", NULL },
	{ REALPATH, "open/missing", NULL },
	{ OPENDIR, ".", NULL },
};

static void
expect_all(struct server *server, const struct way *acts, size_t count,
    uint32_t wanted)
{
	for (size_t i = 0; i < count; i++) {
		uint32_t got = do_act(server, &acts[i]);

		if (wanted == STATUS_OK && got == UINT32_MAX)
			got = STATUS_OK;
		if (got != wanted)
			fail_msg("act %d on %s %s: %u instead of %u",
			    (int)acts[i].kind, acts[i].a,
			    acts[i].b == NULL ? "" : acts[i].b, got, wanted);
	}
}

#define ALL(acts) acts, sizeof(acts) / sizeof((acts)[0])

static void
without_bars_every_way_is_open(void **state)
{
	struct server *server = *state;

	make_secrets(server);
	server_start(server);
	expect_all(server, ALL(ways_to_make), STATUS_OK);
	expect_all(server, ALL(ways_in), STATUS_OK);
}

static void
denied_names_have_no_way_in(void **state)
{
	static char before[65536], after[65536];
	struct server *server = *state;

	set_keys(server, "deny", "*.key,nothing", "services", "sftp");
	make_secrets(server);
	write_tree(server, before, sizeof(before));
	server_start(server);
	expect_all(server, ALL(ways_in), STATUS_PERMISSION_DENIED);
	/* A link to a denied name answers alike where nothing is there. */
	assert_int_equal(do_act(server, &ways_to_make[1]),
	    STATUS_PERMISSION_DENIED);
	for (size_t i = 0; i < sizeof(ways_to_make) / sizeof(struct way); i++)
		assert_false(succeeds(server, &ways_to_make[i]));
	write_tree(server, after, sizeof(after));
	assert_string_equal(after, before);
	expect_all(server, ALL(innocent), STATUS_OK);
}

static void
hidden_names_answer_as_missing_and_are_not_made(void **state)
{
	static char before[65536], after[65536];
	struct server *server = *state;

	set_keys(server, "hide", "*.key", "services", "sftp");
	make_secrets(server);
	write_tree(server, before, sizeof(before));
	server_start(server);
	expect_all(server, ALL(ways_in), STATUS_NO_SUCH_FILE);
	for (size_t i = 0; i < sizeof(ways_to_make) / sizeof(struct way); i++)
		assert_false(succeeds(server, &ways_to_make[i]));
	/* Neither an existing name nor a free one tells which it is. */
	assert_int_equal(open_and_close(server, ".key",
			     OPEN_WRITE | OPEN_CREAT | OPEN_TRUNC),
	    STATUS_PERMISSION_DENIED);
	assert_int_equal(open_and_close(server, "free.key",
			     OPEN_WRITE | OPEN_CREAT | OPEN_TRUNC),
	    STATUS_PERMISSION_DENIED);
	write_tree(server, after, sizeof(after));
	assert_string_equal(after, before);
	expect_all(server, ALL(innocent), STATUS_OK);
}

/*
 * The kernel ends the path of what was removed so, and a name may end so, too.
 * To look which it is must not ask the same question again.
 */
static void
a_name_may_end_as_the_kernel_marks_what_was_removed(void **state)
{
	static const char *const names[] = { "x (deleted)", " (deleted)",
		"x (deleted) (deleted)", "d (deleted)/y (deleted)" };
	struct server *server = *state;
	const struct way gone = { STAT, "z (deleted)", NULL };
	const struct way barred = { STAT, "a.key (deleted)", NULL };
	const struct way by_link = { STAT, "link", NULL };

	set_keys(server, "hide", "*.key*", "services", "sftp");
	make_directory(server, "d (deleted)");
	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
		server_put(server, names[i], "text");
	server_put(server, "a.key (deleted)", "secret");
	make_symlink(server, "x (deleted)", "link");
	server_start(server);
	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		const struct way ways[] = { { STAT, names[i], NULL },
			{ GET, names[i], NULL }, { REALPATH, names[i], NULL },
			{ SETSTAT, names[i], NULL },
			{ APPEND, names[i], NULL } };

		expect_all(server, ways, sizeof(ways) / sizeof(*ways),
		    STATUS_OK);
	}
	assert_true(succeeds(server, &by_link));
	assert_int_equal(do_act(server, &gone), STATUS_NO_SUCH_FILE);
	assert_int_equal(do_act(server, &barred), STATUS_NO_SUCH_FILE);
}

/* By a name that is there and by one that is free: is the answer the same? */
static void
expect_same(struct server *server, const struct way *there,
    const struct way *missing, bool same)
{
	uint32_t first = do_act(server, there);
	uint32_t second = do_act(server, missing);

	if ((first == second) != same)
		fail_msg("%s: %u, %s: %u", there->a, first, missing->a, second);
}

/* Way 0: by the path; 1: by a symlink that the client makes. */
static void
a_name_on_the_way_does_not_tell_whether_it_is_there(void **state)
{
	static const struct way asked[][2] = {
		{ { STAT, "vault.key/../open", NULL },
		    { STAT, "free.key/../open", NULL } },
		{ { GET, "open/../vault.key/../open/file", NULL },
		    { GET, "open/../free.key/../open/file", NULL } },
		{ { REALPATH, "vault.key/..", NULL },
		    { REALPATH, "free.key/..", NULL } },
		{ { MKDIR, "vault.key/../a", NULL },
		    { MKDIR, "free.key/../b", NULL } },
		{ { STAT, "l1", NULL }, { STAT, "l2", NULL } },
	};
	static const struct way links[] = {
		{ SYMLINK, "l1", "vault.key/../open" },
		{ SYMLINK, "l2", "free.key/../open" },
	};
	struct server *server = *state;

	make_secrets(server);
	for (int hides = 0; hides < 2; hides++) {
		set_keys(server, hides ? "hide" : NULL, "*.key", "services",
		    "sftp");
		server_start(server);
		for (size_t i = 0; i < 2; i++)
			assert_true(succeeds(server, &links[i]) == !hides);
		for (size_t i = 0; i < 5; i++)
			expect_same(server, &asked[i][0], &asked[i][1], hides);
		assert_int_equal(do_act(server, &(struct way){ SYMLINK, "l3",
						    "open/../open" }),
		    STATUS_OK);
		assert_int_equal(server_stop(server), 0);
		assert_int_equal(unlink(server_path(server, "l3")), 0);
		if (!hides) {
			assert_int_equal(unlink(server_path(server, "l1")), 0);
			assert_int_equal(unlink(server_path(server, "l2")), 0);
			assert_int_equal(rmdir(server_path(server, "a")), 0);
		}
	}
}

/* A text is not a name: it may be longer, with hide and without. */
static void
a_symlinks_text_may_be_long(void **state)
{
	static char text[PATH_MAX];
	struct server *server = *state;
	const struct way link = { SYMLINK, "link", text };

	memset(text, 't', sizeof(text) - 1);
	for (int hides = 0; hides < 2; hides++) {
		set_keys(server, hides ? "hide" : NULL, "*.key", "services",
		    "sftp");
		server_start(server);
		assert_int_equal(do_act(server, &link), STATUS_OK);
		assert_int_equal(server_stop(server), 0);
		assert_int_equal(unlink(server_path(server, "link")), 0);
	}
}

/* Lists a directory; the names, each between slashes. */
static const char *
listing(struct server *server, const char *path)
{
	static char names[4096];
	unsigned char room[32];
	struct slice handle = server_opendir(server, path, room), in, name;
	size_t len = 1;
	uint32_t count, word;

	names[0] = '/';
	while (server_ask(server, PACKET_READDIR, NULL, "h", &handle) ==
	       UINT32_MAX) {
		in = (struct slice){ server->reply.body, server->reply.len };
		assert_true(decode_u32(&in, &count));
		for (; count > 0; count--) {
			assert_true(decode_string(&in, &name));
			assert_true(len + name.len + 2 < sizeof(names));
			memcpy(names + len, name.at, name.len);
			len += name.len;
			names[len++] = '/';
			assert_true(decode_string(&in, &name));
			for (int i = 0; i < 8; i++)
				assert_true(decode_u32(&in, &word));
		}
	}
	names[len] = '\0';
	return names;
}

static void
listings_show_what_is_denied_and_not_what_is_hidden(void **state)
{
	struct server *server = *state;

	set_keys(server, "hide", ".key,door", "deny", "vault.*");
	server->keys[4] = "services";
	server->keys[5] = "sftp";
	server->keys[6] = NULL;
	make_secrets(server);
	server_put(server, ".filesonly.u0123", "an upload");
	server_start(server);
	assert_null(strstr(listing(server, "."), "/.key/"));
	assert_null(strstr(listing(server, "."), "/door/"));
	assert_null(strstr(listing(server, "."), "/.filesonly"));
	assert_non_null(strstr(listing(server, "."), "/vault.key/"));
	assert_non_null(strstr(listing(server, "."), "/link.key/"));
	assert_non_null(strstr(listing(server, "."), "/./"));
	assert_non_null(strstr(listing(server, "."), "/../"));
}

static void
our_own_names_are_nobodys(void **state)
{
	static const struct way ways[] = {
		{ GET, ".filesonly.u1", NULL },
		{ STAT, "./.filesonly.u1", NULL },
		{ REMOVE, ".filesonly.u1", NULL },
		{ RENAME, ".filesonly.u1", "stolen" },
		{ HARDLINK, ".filesonly.u1", "stolen" },
		{ PUT, ".filesonly.u2", NULL },
		{ MKDIR, ".filesonly.r", NULL },
		{ GET, ".filesonly.d/f", NULL },
		{ REALPATH, ".filesonly.u1", NULL },
	};
	struct server *server = *state;

	server_put(server, ".filesonly.u1", "an upload");
	make_directory(server, ".filesonly.d");
	server_put(server, ".filesonly.d/f", "");
	server_start(server);
	expect_all(server, ALL(ways), STATUS_NO_SUCH_FILE);
	assert_string_equal(server_get(server, ".filesonly.u1"), "an upload");
	assert_int_equal(open_and_close(server, "x.filesonly.u",
			     OPEN_WRITE | OPEN_CREAT),
	    STATUS_OK);
}

/* --- links ------------------------------------------------------------------
 */

static const struct way links_inside[] = {
	{ SYMLINK, "l1", "open/file" },
	{ SYMLINK, "l2", "./open" },
	{ SYMLINK, "open/l3", "../open/file" },
	{ SYMLINK, "open/deep/l4", "../../open//deep/" },
	{ SYMLINK, "open/deep/../l5", "../missing" },
	{ SYMLINK, "jump/l6", "../../keep" },
};

static const struct way links_outside[] = {
	{ SYMLINK, "o1", "/etc/passwd" },
	{ SYMLINK, "o2", ".." },
	{ SYMLINK, "o3", "../outside" },
	{ SYMLINK, "o4", "open/../../outside" },
	{ SYMLINK, "open/o5", "../../outside" },
	{ SYMLINK, "open/o6", "deep/../file" },
	{ SYMLINK, "open/deep/../o7", "../../outside" },
	{ SYMLINK, "open/deep/up/o8", "../outside" },
};

static void
make_places(const struct server *server)
{
	make_directory(server, "open");
	make_directory(server, "open/deep");
	server_put(server, "open/file", "free");
	make_symlink(server, "open/deep", "jump");
	make_symlink(server, "../..", "open/deep/up");
}

static void
links_any_takes_any_text(void **state)
{
	struct server *server = *state;

	make_places(server);
	server_start(server);
	expect_all(server, ALL(links_inside), STATUS_OK);
	expect_all(server, ALL(links_outside), STATUS_OK);
}

static void
links_relative_takes_what_stays_inside(void **state)
{
	static const struct way moves[] = {
		{ RENAME, "open/deep/l4", "l4" },
		{ POSIX_RENAME, "open/deep/l4", "l4" },
		{ HARDLINK, "open/deep/l4", "l4" },
	};
	static const struct way fine[] = {
		{ RENAME, "open/deep/l4", "open/deep/moved" },
		{ HARDLINK, "open/deep/moved", "open/deep/second" },
		{ RENAME, "open/file", "file" },
	};
	static char before[65536], after[65536];
	struct server *server = *state;

	set_keys(server, "links", "relative", NULL, NULL);
	make_places(server);
	server_start(server);
	expect_all(server, ALL(links_inside), STATUS_OK);
	write_tree(server, before, sizeof(before));
	expect_all(server, ALL(links_outside), STATUS_PERMISSION_DENIED);
	expect_all(server, ALL(moves), STATUS_PERMISSION_DENIED);
	write_tree(server, after, sizeof(after));
	assert_string_equal(after, before);
	expect_all(server, ALL(fine), STATUS_OK);
}

static void
links_none_makes_none(void **state)
{
	static const struct way second = { HARDLINK, "jump", "jump2" };
	static const struct way move = { RENAME, "jump", "jumped" };
	static const struct way file = { HARDLINK, "open/file", "open/f" };
	struct server *server = *state;

	set_keys(server, "links", "none", NULL, NULL);
	make_places(server);
	server_start(server);
	expect_all(server, ALL(links_inside), STATUS_PERMISSION_DENIED);
	expect_all(server, ALL(links_outside), STATUS_PERMISSION_DENIED);
	assert_int_equal(do_act(server, &second), STATUS_PERMISSION_DENIED);
	assert_int_equal(do_act(server, &file), STATUS_OK);
	assert_int_equal(do_act(server, &move), STATUS_OK);
}

/* --- modes ------------------------------------------------------------------
 */

static unsigned
mode_of(const struct server *server, const char *name)
{
	struct stat st;

	assert_int_equal(lstat(server_path(server, name), &st), 0);
	return st.st_mode & 07777;
}

/* A file and a directory, made and then changed to the bits asked for. */
static void
make_with_mode(struct server *server, unsigned mode)
{
	const struct attrs attrs = { .flags = ATTR_PERMISSIONS,
		.permissions = mode };
	unsigned char room[32];
	struct slice handle = { room, 0 };
	static const char *const names[] = { "opened", "set", "fset", "lset" };

	for (size_t i = 0; i < 4; i++) {
		assert_int_equal(server_ask(server, PACKET_OPEN, NULL, "pua",
				     names[i], OPEN_WRITE | OPEN_CREAT, &attrs),
		    UINT32_MAX);
		assert_int_equal(server->reply.type, PACKET_HANDLE);
		handle.len = wire_u32(server->reply.body);
		memcpy(room, server->reply.body + 4, handle.len);
		if (i == 2)
			assert_int_equal(server_ask(server, PACKET_FSETSTAT,
					     NULL, "ha", &handle, &attrs),
			    STATUS_OK);
	}
	assert_int_equal(server_ask(server, PACKET_SETSTAT, NULL, "pa", "set",
			     &attrs),
	    STATUS_OK);
	assert_int_equal(server_ask(server, PACKET_EXTENDED,
			     "lsetstat@openssh.com", "pa", "lset", &attrs),
	    STATUS_OK);
	assert_int_equal(server_ask(server, PACKET_MKDIR, NULL, "pa", "made",
			     &attrs),
	    STATUS_OK);
	assert_int_equal(server_ask(server, PACKET_MKDIR, NULL, "pa", "dirset",
			     &attrs),
	    STATUS_OK);
	assert_int_equal(server_ask(server, PACKET_SETSTAT, NULL, "pa",
			     "dirset", &attrs),
	    STATUS_OK);
	assert_int_equal(server_ask(server, PACKET_EXTENDED, "copy-file", "ppb",
			     "set", "copied", 0),
	    STATUS_OK);
}

static void
set_id_bits_never_arrive(void **state)
{
	struct server *server = *state;

	server_start(server);
	make_with_mode(server, 06755);
	assert_int_equal(mode_of(server, "opened"), 0755);
	assert_int_equal(mode_of(server, "set"), 0755);
	assert_int_equal(mode_of(server, "fset"), 0755);
	assert_int_equal(mode_of(server, "lset"), 0755);
	assert_int_equal(mode_of(server, "copied"), 0755);
	/* On a directory they run nothing. */
	assert_int_equal(mode_of(server, "dirset") & 02000, 02000);
}

static void
set_id_keeps_the_bits_of_uploads(void **state)
{
	struct server *server = *state;

	set_keys(server, "set-id", "yes", NULL, NULL);
	server_start(server);
	make_with_mode(server, 06755);
	assert_int_equal(mode_of(server, "opened"), 06755);
	assert_int_equal(mode_of(server, "set"), 06755);
	assert_int_equal(mode_of(server, "fset"), 06755);
	assert_int_equal(mode_of(server, "copied"), 0755);
}

static void
forced_modes_are_what_a_client_gets(void **state)
{
	struct server *server = *state;

	set_keys(server, "file-mode", "0666", "dir-mode", "0773");
	server_start(server);
	make_with_mode(server, 0700);
	assert_int_equal(mode_of(server, "opened"), 0666);
	assert_int_equal(mode_of(server, "set"), 0666);
	assert_int_equal(mode_of(server, "fset"), 0666);
	assert_int_equal(mode_of(server, "lset"), 0666);
	assert_int_equal(mode_of(server, "copied"), 0666);
	assert_int_equal(mode_of(server, "made"), 0773);
	assert_int_equal(mode_of(server, "dirset"), 0773);
}

/* --- the others -------------------------------------------------------------
 */

static void
no_delete_removes_nothing(void **state)
{
	static const struct way removals[] = { { REMOVE, "f", NULL },
		{ RMDIR, "d", NULL } };
	static const struct way others[] = { { PUT, "f", NULL },
		{ PUT, "new", NULL }, { RENAME, "new", "newer" },
		{ MKDIR, "e", NULL } };
	struct server *server = *state;

	set_keys(server, "delete", "no", NULL, NULL);
	server_put(server, "f", "text");
	make_directory(server, "d");
	server_start(server);
	expect_all(server, ALL(removals), STATUS_PERMISSION_DENIED);
	assert_string_equal(server_get(server, "f"), "text");
	expect_all(server, ALL(others), STATUS_OK);
	assert_int_equal(server_stop(server), 0);
	set_keys(server, NULL, NULL, NULL, NULL);
	server_start(server);
	expect_all(server, ALL(removals), STATUS_OK);
}

/* Acts that change bytes of what is there. */
static uint32_t
overwrite(struct server *server, int way)
{
	static const uint32_t flags[] = { OPEN_WRITE, OPEN_WRITE | OPEN_TRUNC,
		OPEN_WRITE | OPEN_CREAT, OPEN_WRITE | OPEN_CREAT | OPEN_TRUNC,
		OPEN_READ | OPEN_TRUNC, OPEN_TRUNC, OPEN_CREAT | OPEN_TRUNC,
		OPEN_WRITE | OPEN_APPEND, OPEN_READ | OPEN_WRITE };
	static const struct way acts[] = { { POSIX_RENAME, "g", "f" },
		{ COPY_FILE, "g", "f" } };
	const struct attrs size = { .flags = ATTR_SIZE, .size = 1 };
	unsigned char room[32];
	struct slice handle;

	if (way < 9)
		return open_and_close(server, "f", flags[way]);
	if (way < 11)
		return do_act(server, &acts[way - 9]);
	if (way == 11)
		return server_ask(server, PACKET_SETSTAT, NULL, "pa", "f",
		    &size);
	if (way > 12)
		return UINT32_MAX - 1; /* no more */
	handle = server_open(server, "f", OPEN_READ, room);
	return server_ask(server, PACKET_FSETSTAT, NULL, "ha", &handle, &size);
}

static void
no_overwrite_keeps_every_byte_that_is_there(void **state)
{
	struct server *server = *state;
	uint32_t status;
	int ways = 0;

	for (int key = 0; key < 2; key++) {
		set_keys(server, key ? "overwrite" : NULL, "no", NULL, NULL);
		for (int way = 0;; way++) {
			server_put(server, "f", "text");
			server_put(server, "g", "other");
			server_start(server);
			status = overwrite(server, way);
			assert_int_equal(server_stop(server), 0);
			if (status == UINT32_MAX - 1)
				break;
			if (!key) {
				/* fsetstat needs a handle that writes */
				ways += status == STATUS_OK;
				continue;
			}
			assert_true(status == STATUS_PERMISSION_DENIED ||
				    status == STATUS_FAILURE);
			assert_string_equal(server_get(server, "f"), "text");
		}
	}
	assert_int_equal(ways, 12);
}

static void
a_session_starts_where_it_is_told(void **state)
{
	struct server *server = *state;

	set_keys(server, "start-dir", "/a/b", NULL, NULL);
	make_directory(server, "a");
	make_directory(server, "a/b");
	server_start(server);
	assert_int_equal(server_ask(server, PACKET_REALPATH, NULL, "p", "."),
	    UINT32_MAX);
	assert_memory_equal(server->reply.body + 4, "\0\0\0\4/a/b", 8);
	assert_int_equal(open_and_close(server, "new", OPEN_WRITE | OPEN_CREAT),
	    STATUS_OK);
	assert_non_null(server_get(server, "a/b/new"));
	assert_int_equal(open_and_close(server, "/top",
			     OPEN_WRITE | OPEN_CREAT),
	    STATUS_OK);
	assert_non_null(server_get(server, "top"));
	assert_int_equal(server_ask(server, PACKET_REALPATH, NULL, "p",
			     "../../../.."),
	    UINT32_MAX);
	assert_memory_equal(server->reply.body + 4, "\0\0\0\1/", 5);
}

/* The names of uid 1's and our own: users-groups-by-id's answer. */
static void
ask_names(struct server *server)
{
	char ids[8] = { 0, 0, 0, 1 };
	uint32_t own = server->ordinary && geteuid() == 0 ? NOBODY : geteuid();

	wire_begin(&server->wire, PACKET_EXTENDED,
	    "users-groups-by-id@openssh.com");
	ids[4] = (char)(own >> 24);
	ids[5] = (char)(own >> 16);
	ids[6] = (char)(own >> 8);
	ids[7] = (char)own;
	buf_add_string(&server->wire.out, ids, sizeof(ids));
	buf_add_string(&server->wire.out, ids, sizeof(ids));
	assert_true(wire_send(&server->wire));
	wire_reply(&server->wire, &server->reply);
	assert_int_equal(server->reply.type, PACKET_EXTENDED_REPLY);
}

/* users: "", "" or names; likewise groups. */
static void
expect_names(struct server *server, const char *shown, bool other, bool own)
{
	uint32_t id = server->ordinary && geteuid() == 0 ? NOBODY : geteuid();
	const char *names[4] = { "", "", "", "" };
	struct slice in, list, name;

	set_keys(server, "names", shown, NULL, NULL);
	server_start(server);
	ask_names(server);
	if (other) {
		names[0] = strdup(getpwuid(1)->pw_name);
		names[2] = strdup(getgrgid(1)->gr_name);
	}
	if (own) {
		names[1] = strdup(getpwuid(id)->pw_name);
		names[3] = strdup(getgrgid(id)->gr_name);
	}
	in = (struct slice){ server->reply.body, server->reply.len };
	for (int kind = 0; kind < 2; kind++) {
		assert_true(decode_string(&in, &list));
		for (int i = 0; i < 2; i++) {
			const char *wanted = names[kind * 2 + i];

			assert_true(decode_string(&list, &name));
			assert_int_equal(name.len, strlen(wanted));
			assert_memory_equal(name.at, wanted, name.len);
		}
	}
	for (int i = 0; i < 4; i++)
		if (names[i][0] != '\0')
			free((void *)(uintptr_t)names[i]);
	assert_int_equal(server_stop(server), 0);
}

static void
names_are_the_systems_or_our_own_or_none(void **state)
{
	struct server *server = *state;

	expect_names(server, "system", true, true);
	expect_names(server, "own", false, true);
	expect_names(server, "none", false, false);
}

/* A mount in a namespace of the test's own. */
static void
mounts_are_crossed_or_not(void **state)
{
	static const struct way crossing[] = { { GET, "m/f", NULL },
		{ PUT, "m/g", NULL }, { OPENDIR, "m", NULL },
		{ MKDIR, "m/d", NULL }, { GET, "l", NULL } };
	static const struct way inside[] = { { PUT, "f", NULL },
		{ STAT, "f", NULL }, { OPENDIR, ".", NULL } };
	struct server *server = *state;

	if (geteuid() != 0 || unshare(CLONE_NEWNS) != 0 ||
	    mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) != 0)
		skip();
	make_directory(server, "m");
	make_symlink(server, "m/f", "l");
	assert_int_equal(mount("tmpfs", server_path(server, "m"), "tmpfs", 0,
			     "size=1m,mode=777"),
	    0);
	server_put(server, "m/f", "over there");
	server_start(server);
	expect_all(server, ALL(crossing), STATUS_OK);
	assert_int_equal(server_stop(server), 0);
	set_keys(server, "one-file-system", "yes", NULL, NULL);
	server_start(server);
	expect_all(server, ALL(crossing), STATUS_FAILURE);
	expect_all(server, ALL(inside), STATUS_OK);
	assert_int_equal(server_stop(server), 0);
	assert_int_equal(umount(server_path(server, "m")), 0);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		SERVER_TEST(without_bars_every_way_is_open),
		SERVER_TEST(denied_names_have_no_way_in),
		SERVER_TEST(hidden_names_answer_as_missing_and_are_not_made),
		SERVER_TEST(
		    a_name_may_end_as_the_kernel_marks_what_was_removed),
		SERVER_TEST(
		    a_name_on_the_way_does_not_tell_whether_it_is_there),
		SERVER_TEST(a_symlinks_text_may_be_long),
		SERVER_TEST(
		    listings_show_what_is_denied_and_not_what_is_hidden),
		SERVER_TEST(our_own_names_are_nobodys),
		SERVER_TEST(links_any_takes_any_text),
		SERVER_TEST(links_relative_takes_what_stays_inside),
		SERVER_TEST(links_none_makes_none),
		SERVER_TEST(set_id_bits_never_arrive),
		SERVER_TEST(set_id_keeps_the_bits_of_uploads),
		SERVER_TEST(forced_modes_are_what_a_client_gets),
		SERVER_TEST(no_delete_removes_nothing),
		SERVER_TEST(no_overwrite_keeps_every_byte_that_is_there),
		SERVER_TEST(a_session_starts_where_it_is_told),
		SERVER_TEST(names_are_the_systems_or_our_own_or_none),
		SERVER_TEST(mounts_are_crossed_or_not),
	};
	enum { COUNT = sizeof(tests) / sizeof(*tests) };
	struct CMUnitTest twice[2 * COUNT];

	server_tests_twice(tests, COUNT, twice);
	return cmocka_run_group_tests(twice, NULL, NULL);
}
