/*
 * Everything that a hostile client can ask of create-only for a name, and a
 * look at what was there before.
 */
#ifndef FILESONLY_TESTS_UNIT_ATTACKS_H
#define FILESONLY_TESTS_UNIT_ATTACKS_H

#include <time.h>

#include "sftpserver.h"

static const char old_text[] = "what was there before";

static inline void
pass_time(long ms)
{
	const struct timespec pause = { ms / 1000, ms % 1000 * 1000000 };

	assert_int_equal(nanosleep(&pause, NULL), 0);
}

/* Returns the status; a handle in *handle where it is STATUS_OK. */
static inline uint32_t
try_open(struct server *server, const char *path, uint32_t flags,
    unsigned char room[32], struct slice *handle)
{
	static const struct attrs none = { .flags = 0 };
	uint32_t status =
	    server_ask(server, PACKET_OPEN, NULL, "pua", path, flags, &none);

	if (status != UINT32_MAX)
		return status;
	handle->at = room;
	handle->len = wire_u32(server->reply.body);
	memcpy(room, server->reply.body + 4, handle->len);
	return STATUS_OK;
}

/* Opens, writes if it can, closes; whatever comes of it. */
static inline void
scribble(struct server *server, const char *path, uint32_t flags)
{
	unsigned char room[32];
	struct slice handle;

	if (try_open(server, path, flags, room, &handle) != STATUS_OK)
		return;
	server_ask(server, PACKET_WRITE, NULL, "hos", &handle, UINT64_C(0),
	    "scribbled");
	server_ask(server, PACKET_CLOSE, NULL, "h", &handle);
}

static inline uint32_t
two_paths(struct server *server, const char *name, const char *from,
    const char *to)
{
	if (name == NULL)
		return server_ask(server, PACKET_RENAME, NULL, "pp", from, to);
	return server_ask(server, PACKET_EXTENDED, name, "pp", from, to);
}

#define POSIX_RENAME "posix-rename@openssh.com"
#define HARDLINK "hardlink@openssh.com"

static const struct attrs each_attr[] = {
	{ .flags = ATTR_SIZE, .size = 0 },
	{ .flags = ATTR_SIZE, .size = 1 << 20 },
	{ .flags = ATTR_PERMISSIONS, .permissions = 0777 },
	{ .flags = ATTR_ACMODTIME, .atime = 1, .mtime = 1 },
	{ .flags = ATTR_UIDGID, .uid = 12345, .gid = 12345 },
	{ .flags = ATTR_SIZE | ATTR_PERMISSIONS | ATTR_ACMODTIME,
	    .permissions = 0,
	    .mtime = 2 },
};

enum { ATTRS = sizeof(each_attr) / sizeof(each_attr[0]) };

/* Every combination of OPEN's flags. */
static inline void
attack_by_open(struct server *server, const char *path)
{
	for (uint32_t flags = 0; flags < 64; flags++)
		scribble(server, path, flags);
}

static inline void
attack_by_attributes(struct server *server, const char *path)
{
	unsigned char room[32];
	struct slice handle;

	for (size_t i = 0; i < ATTRS; i++) {
		server_ask(server, PACKET_SETSTAT, NULL, "pa", path,
		    &each_attr[i]);
		server_ask(server, PACKET_EXTENDED, "lsetstat@openssh.com",
		    "pa", path, &each_attr[i]);
		if (try_open(server, path, OPEN_READ, room, &handle) !=
		    STATUS_OK)
			continue;
		server_ask(server, PACKET_FSETSTAT, NULL, "ha", &handle,
		    &each_attr[i]);
		server_ask(server, PACKET_WRITE, NULL, "hos", &handle,
		    UINT64_C(0), "scribbled");
		server_ask(server, PACKET_CLOSE, NULL, "h", &handle);
	}
}

static inline void
attack_by_names(struct server *server, const char *path)
{
	scribble(server, "mine", OPEN_WRITE | OPEN_CREAT);
	two_paths(server, NULL, path, "away");
	two_paths(server, POSIX_RENAME, path, "away");
	two_paths(server, NULL, "mine", path);
	two_paths(server, POSIX_RENAME, "mine", path);
	server_ask(server, PACKET_REMOVE, NULL, "p", path);
	server_ask(server, PACKET_RMDIR, NULL, "p", path);
	server_ask(server, PACKET_MKDIR, NULL, "pa", path, &each_attr[2]);
	server_ask(server, PACKET_SYMLINK, NULL, "tp", "mine", path);
	two_paths(server, HARDLINK, "mine", path);
}

static inline void
attack_by_copies(struct server *server, const char *path)
{
	unsigned char rooms[2][32];
	struct slice from, to;

	scribble(server, "mine", OPEN_WRITE | OPEN_CREAT);
	for (int over = 0; over < 2; over++)
		server_ask(server, PACKET_EXTENDED, "copy-file", "ppb", "mine",
		    path, over);
	if (try_open(server, "mine", OPEN_READ, rooms[0], &from) != STATUS_OK ||
	    try_open(server, path, OPEN_READ, rooms[1], &to) != STATUS_OK)
		return;
	server_ask(server, PACKET_EXTENDED, "copy-data", "hooho", &from,
	    UINT64_C(0), UINT64_C(0), &to, UINT64_C(0));
}

static inline void
attack(struct server *server, const char *path)
{
	attack_by_open(server, path);
	attack_by_attributes(server, path);
	attack_by_copies(server, path);
	attack_by_names(server, path);
}

/* By another name of the same file, by a link to it, through its directory. */
static inline void
attack_by_every_way(struct server *server)
{
	static const char *const ways[] = { "old", "./old", "d/../old", "link",
		"linkdir/inner", "d/inner", "hard", "soft", "soft2", "d",
		"link", "hard" };

	two_paths(server, HARDLINK, "old", "hard");
	server_ask(server, PACKET_SYMLINK, NULL, "tp", "old", "soft");
	server_ask(server, PACKET_SYMLINK, NULL, "tp", "hard", "soft2");
	for (size_t i = 0; i < sizeof(ways) / sizeof(ways[0]); i++)
		attack(server, ways[i]);
	/* A link of one's own is swapped while it is used. */
	for (int i = 0; i < 4; i++) {
		server_ask(server, PACKET_REMOVE, NULL, "p", "soft");
		server_ask(server, PACKET_SYMLINK, NULL, "tp",
		    i & 1 ? "old" : "mine", "soft");
		attack_by_open(server, "soft");
		attack_by_attributes(server, "soft");
	}
}

struct seen {
	struct stat file, inner, directory, link;
};

static inline void
look(const struct server *server, struct seen *seen)
{
	assert_int_equal(stat(server_path(server, "old"), &seen->file), 0);
	assert_int_equal(stat(server_path(server, "d/inner"), &seen->inner), 0);
	assert_int_equal(stat(server_path(server, "d"), &seen->directory), 0);
	assert_int_equal(lstat(server_path(server, "link"), &seen->link), 0);
}

static inline void
same(const struct stat *a, const struct stat *b)
{
	assert_int_equal(a->st_ino, b->st_ino);
	assert_int_equal(a->st_mode, b->st_mode);
	assert_int_equal(a->st_uid, b->st_uid);
	assert_int_equal(a->st_gid, b->st_gid);
	assert_int_equal(a->st_size, b->st_size);
	assert_int_equal(a->st_mtime, b->st_mtime);
	assert_int_equal(a->st_mtim.tv_nsec, b->st_mtim.tv_nsec);
}

static inline void
all_is_as_before(const struct server *server, const struct seen *before)
{
	struct seen now;

	look(server, &now);
	same(&now.file, &before->file);
	same(&now.inner, &before->inner);
	same(&now.link, &before->link);
	assert_int_equal(now.directory.st_ino, before->directory.st_ino);
	assert_int_equal(now.directory.st_mode, before->directory.st_mode);
	assert_string_equal(server_get(server, "old"), old_text);
	assert_string_equal(server_get(server, "d/inner"), old_text);
}

static inline void
make_old(struct server *server)
{
	server_put(server, "old", old_text);
	assert_int_equal(mkdir(server_path(server, "d"), 0755), 0);
	server_own(server, "d");
	server_put(server, "d/inner", old_text);
	assert_int_equal(symlink("old", server_path(server, "link")), 0);
	assert_int_equal(symlink("d", server_path(server, "linkdir")), 0);
	server_own(server, "link");
	server_own(server, "linkdir");
}

#endif
