/*
 * Every mode and every request: what the table of modes says of an act (--help
 * =modes, filesonly(1)) is what the program does, in its jail, to what was
 * there before and to what this session made. The acts of each request are
 * listed here anew; the answers are the table's own.
 */
#include <time.h>

#include "policy/mode.h"
#include "sftpserver.h"
#include "subsys/sftp/dispatch.h"

/* What the request is about. */
enum aim {
	AIM_FREE, /* a name that is free, or nothing in particular */
	AIM_OLD,  /* what was there before the session */
	AIM_OWN,  /* what this session made */
};

struct cell {
	const char *row; /* of request_rows */
	enum aim aim;
	unsigned acts;
	uint32_t (*run)(struct server *, const struct cell *);
	const char *a, *b; /* names in the cell's directory */
	uint32_t flags;    /* of OPEN, or attributes */
};

/* Names are asked for in the cell's own directory. */
static char directory[16];

static const char *
in_cell(const char *name)
{
	static char rooms[2][64];
	static unsigned turn;
	char *room = rooms[turn++ % 2];

	snprintf(room, sizeof(rooms[0]), "%s/%s", directory, name);
	return room;
}

static uint32_t
ok(uint32_t status)
{
	return status == UINT32_MAX ? STATUS_OK : status;
}

/* --- how each kind of request is asked --------------------------------------
 */

static uint32_t
open_handle(struct server *server, const char *name, uint32_t flags,
    unsigned char room[32], struct slice *handle)
{
	static const struct attrs none = { .flags = 0 };
	uint32_t status = server_ask(server, PACKET_OPEN, NULL, "pua",
	    in_cell(name), flags, &none);

	if (status != UINT32_MAX)
		return status;
	handle->at = room;
	handle->len = wire_u32(server->reply.body);
	memcpy(room, server->reply.body + 4, handle->len);
	return STATUS_OK;
}

static uint32_t
close_handle(struct server *server, const struct slice *handle)
{
	return server_ask(server, PACKET_CLOSE, NULL, "h", handle);
}

/* Opens, writes where that was asked for, closes. */
static uint32_t
run_open(struct server *server, const struct cell *cell)
{
	unsigned char room[32];
	struct slice handle;
	uint32_t status =
	    open_handle(server, cell->a, cell->flags, room, &handle);

	if (status != STATUS_OK)
		return status;
	if (cell->flags & OPEN_WRITE)
		status = server_ask(server, PACKET_WRITE, NULL, "hos", &handle,
		    UINT64_C(0), "written");
	return status == STATUS_OK ? close_handle(server, &handle) : status;
}

/* Opens as flags say and asks something of the handle. */
static uint32_t
on_handle(struct server *server, const struct cell *cell,
    uint32_t (*ask)(struct server *, const struct slice *))
{
	unsigned char room[32];
	struct slice handle;
	uint32_t status =
	    open_handle(server, cell->a, cell->flags, room, &handle);

	if (status != STATUS_OK)
		return status;
	status = ok(ask(server, &handle));
	return status == STATUS_OK ? close_handle(server, &handle) : status;
}

static uint32_t
ask_read(struct server *server, const struct slice *handle)
{
	return server_ask(server, PACKET_READ, NULL, "hou", handle, UINT64_C(0),
	    (uint32_t)100);
}

static uint32_t
run_read(struct server *server, const struct cell *cell)
{
	return on_handle(server, cell, ask_read);
}

static uint32_t
ask_fstat(struct server *server, const struct slice *handle)
{
	return server_ask(server, PACKET_FSTAT, NULL, "h", handle);
}

static uint32_t
run_fstat(struct server *server, const struct cell *cell)
{
	return on_handle(server, cell, ask_fstat);
}

static uint32_t
ask_fsync(struct server *server, const struct slice *handle)
{
	return server_ask(server, PACKET_EXTENDED, "fsync@openssh.com", "h",
	    handle);
}

static uint32_t
run_fsync(struct server *server, const struct cell *cell)
{
	return on_handle(server, cell, ask_fsync);
}

static uint32_t
ask_fstatvfs(struct server *server, const struct slice *handle)
{
	return server_ask(server, PACKET_EXTENDED, "fstatvfs@openssh.com", "h",
	    handle);
}

static uint32_t
run_fstatvfs(struct server *server, const struct cell *cell)
{
	return on_handle(server, cell, ask_fstatvfs);
}

static const struct attrs times = { .flags = ATTR_ACMODTIME,
	.atime = 1000000000,
	.mtime = 1000000000 };

static uint32_t
ask_fsetstat(struct server *server, const struct slice *handle)
{
	return server_ask(server, PACKET_FSETSTAT, NULL, "ha", handle, &times);
}

static uint32_t
run_fsetstat(struct server *server, const struct cell *cell)
{
	return on_handle(server, cell, ask_fsetstat);
}

static uint32_t
check_by(struct server *server, const char *name, const struct slice *handle)
{
	return server_ask(server, PACKET_EXTENDED, name, "hsoou", handle, "md5",
	    UINT64_C(0), UINT64_C(0), (uint32_t)0);
}

static uint32_t
ask_check(struct server *server, const struct slice *handle)
{
	return check_by(server, "check-file", handle);
}

static uint32_t
ask_check_handle(struct server *server, const struct slice *handle)
{
	return check_by(server, "check-file-handle", handle);
}

static uint32_t
run_check(struct server *server, const struct cell *cell)
{
	return on_handle(server, cell, ask_check);
}

static uint32_t
run_check_handle(struct server *server, const struct cell *cell)
{
	return on_handle(server, cell, ask_check_handle);
}

static uint32_t
run_check_name(struct server *server, const struct cell *cell)
{
	return server_ask(server, PACKET_EXTENDED, "check-file-name", "psoou",
	    in_cell(cell->a), "md5", UINT64_C(0), UINT64_C(0), (uint32_t)0);
}

/* Packets and extensions of one path or two: the row says which. */
static uint32_t
run_paths(struct server *server, const struct cell *cell)
{
	const struct request_row *row = request_rows;
	const char *extension;

	while (strcmp(row->name, cell->row) != 0)
		row++;
	extension = row->type == PACKET_EXTENDED ? row->name : NULL;
	if (strcmp(row->layout, "ppb") == 0)
		return server_ask(server, row->type, extension, "ppb",
		    in_cell(cell->a), in_cell(cell->b), (int)cell->flags);
	if (strcmp(row->layout, "pp") == 0)
		return server_ask(server, row->type, extension, "pp",
		    in_cell(cell->a), in_cell(cell->b));
	if (strcmp(row->layout, "tp") == 0)
		return server_ask(server, row->type, extension, "tp", cell->a,
		    in_cell(cell->b));
	return server_ask(server, row->type, extension, "p", in_cell(cell->a));
}

/* Attributes of a path, one kind at a time: flags. */
static uint32_t
run_attrs(struct server *server, const struct cell *cell)
{
	bool link = cell->row[0] == 'l';
	struct attrs attrs = { .flags = cell->flags,
		.size = 1,
		.permissions = 0700,
		.atime = 1000000000,
		.mtime = 1000000000 };
	struct stat st;

	if (cell->flags & ATTR_UIDGID) {
		if (lstat(server_path(server, in_cell(cell->a)), &st) != 0)
			return STATUS_FAILURE;
		attrs.uid = st.st_uid;
		attrs.gid = st.st_gid;
	}
	if (strcmp(cell->row, "mkdir") == 0)
		return server_ask(server, PACKET_MKDIR, NULL, "pa",
		    in_cell(cell->a), &attrs);
	return server_ask(server, link ? PACKET_EXTENDED : PACKET_SETSTAT,
	    link ? cell->row : NULL, "pa", in_cell(cell->a), &attrs);
}

static uint32_t
run_readdir(struct server *server, const struct cell *cell)
{
	unsigned char room[32];
	struct slice handle = { room, 0 };
	uint32_t status =
	    server_ask(server, PACKET_OPENDIR, NULL, "p", in_cell(cell->a));

	if (status != UINT32_MAX)
		return status;
	handle.len = wire_u32(server->reply.body);
	memcpy(room, server->reply.body + 4, handle.len);
	status = server_ask(server, PACKET_READDIR, NULL, "h", &handle);
	return status == UINT32_MAX ? close_handle(server, &handle) : status;
}

static uint32_t
run_copy_data(struct server *server, const struct cell *cell)
{
	unsigned char rooms[2][32];
	struct slice from, to;
	uint32_t status =
	    open_handle(server, cell->a, OPEN_READ, rooms[0], &from);

	if (status == STATUS_OK)
		status = open_handle(server, cell->b, OPEN_WRITE | OPEN_CREAT,
		    rooms[1], &to);
	if (status != STATUS_OK)
		return status;
	status = server_ask(server, PACKET_EXTENDED, "copy-data", "hooho",
	    &from, UINT64_C(0), UINT64_C(0), &to, UINT64_C(0));
	return status == STATUS_OK ? close_handle(server, &to) : status;
}

static uint32_t
run_nothing(struct server *server, const struct cell *cell)
{
	return server_ask(server, PACKET_EXTENDED, cell->row, "");
}

static uint32_t
run_string(struct server *server, const struct cell *cell)
{
	return server_ask(server, PACKET_EXTENDED, cell->row, "s", cell->a);
}

static uint32_t
run_ids(struct server *server, const struct cell *cell)
{
	return server_ask(server, PACKET_EXTENDED, cell->row, "ss", "", "");
}

/* --- the matrix -------------------------------------------------------------
 */

#define R OPEN_READ
#define W OPEN_WRITE
#define A OPEN_APPEND
#define C OPEN_CREAT
#define T OPEN_TRUNC
#define X OPEN_EXCL

// clang-format off
static const struct cell cells[] = {
	{ "open", AIM_OLD,  ACT_READ, run_open, "old", NULL, R },
	{ "open", AIM_OLD,  ACT_READ, run_open, "old", NULL, 0 },
	{ "open", AIM_OLD,  ACT_WRITE, run_open, "old", NULL, W },
	{ "open", AIM_OWN,  ACT_WRITE, run_open, "own", NULL, W },
	{ "open", AIM_OLD,  ACT_WRITE, run_open, "old", NULL, W | T },
	{ "open", AIM_OWN,  ACT_WRITE, run_open, "own", NULL, W | T },
	{ "open", AIM_OLD,  ACT_WRITE, run_open, "old", NULL, W | A },
	{ "open", AIM_OWN,  ACT_WRITE, run_open, "own", NULL, W | A },
	{ "open", AIM_OLD,  ACT_WRITE, run_open, "old", NULL, W | C },
	{ "open", AIM_OWN,  ACT_WRITE, run_open, "own", NULL, W | C },
	{ "open", AIM_OLD,  ACT_WRITE, run_open, "old", NULL, W | C | T },
	{ "open", AIM_OWN,  ACT_WRITE, run_open, "own", NULL, W | C | T },
	{ "open", AIM_OLD,  ACT_WRITE, run_open, "oldlink", NULL, W | C | T },
	{ "open", AIM_OLD,  ACT_WRITE, run_open, "old", NULL, W | C | A },
	{ "open", AIM_OLD,  ACT_READ | ACT_WRITE, run_open, "old", NULL, R | W },
	{ "open", AIM_OWN,  ACT_READ | ACT_WRITE, run_open, "own", NULL, R | W },
	{ "open", AIM_OLD,  ACT_READ | ACT_WRITE, run_open, "old", NULL, R | T },
	{ "open", AIM_OLD,  ACT_READ | ACT_WRITE, run_open, "old", NULL, T },
	{ "open", AIM_OLD,  ACT_READ | ACT_WRITE, run_open, "old", NULL, R | C | T },
	{ "open", AIM_FREE, ACT_CREATE, run_open, "new", NULL, W | C },
	{ "open", AIM_FREE, ACT_CREATE, run_open, "new", NULL, W | C | T },
	{ "open", AIM_FREE, ACT_CREATE, run_open, "new", NULL, W | C | X },
	{ "open", AIM_FREE, ACT_CREATE, run_open, "new", NULL, W | C | A },
	{ "open", AIM_FREE, ACT_READ | ACT_CREATE, run_open, "new", NULL, R | C },
	{ "open", AIM_FREE, ACT_READ | ACT_CREATE, run_open, "new", NULL, R | W | C },
	{ "close", AIM_OLD,  ACT_READ, run_open, "old", NULL, R },
	{ "read",  AIM_OLD,  ACT_READ, run_read, "old", NULL, R },
	{ "write", AIM_FREE, ACT_CREATE, run_open, "new", NULL, W | C },
	{ "lstat", AIM_OLD,  ACT_STAT, run_paths, "oldlink", NULL, 0 },
	{ "stat",  AIM_OLD,  ACT_STAT, run_paths, "oldlink", NULL, 0 },
	{ "fstat", AIM_OLD,  ACT_READ | ACT_STAT, run_fstat, "old", NULL, R },
	{ "fstat", AIM_FREE, ACT_CREATE | ACT_STAT, run_fstat, "new", NULL, W | C },
	{ "setstat",  AIM_OLD, ACT_META, run_attrs, "old", NULL, ATTR_PERMISSIONS },
	{ "setstat",  AIM_OWN, ACT_META, run_attrs, "own", NULL, ATTR_PERMISSIONS },
	{ "setstat",  AIM_OLD, ACT_META, run_attrs, "olddir", NULL, ATTR_PERMISSIONS },
	{ "setstat",  AIM_OWN, ACT_META, run_attrs, "owndir", NULL, ATTR_PERMISSIONS },
	{ "setstat",  AIM_OLD, ACT_META, run_attrs, "old", NULL, ATTR_ACMODTIME },
	{ "setstat",  AIM_OWN, ACT_META, run_attrs, "own", NULL, ATTR_ACMODTIME },
	{ "setstat",  AIM_OLD, ACT_WRITE, run_attrs, "old", NULL, ATTR_SIZE },
	{ "setstat",  AIM_OWN, ACT_WRITE, run_attrs, "own", NULL, ATTR_SIZE },
	{ "setstat",  AIM_OLD, ACT_OWNER, run_attrs, "old", NULL, ATTR_UIDGID },
	{ "setstat",  AIM_OWN, ACT_OWNER, run_attrs, "own", NULL, ATTR_UIDGID },
	{ "fsetstat", AIM_OLD, ACT_READ | ACT_META, run_fsetstat, "old", NULL, R },
	{ "fsetstat", AIM_OWN, ACT_READ | ACT_META, run_fsetstat, "own", NULL, R },
	{ "fsetstat", AIM_OWN, ACT_CREATE | ACT_META, run_fsetstat, "new", NULL, W | C },
	{ "lsetstat@openssh.com", AIM_OLD, ACT_META, run_attrs, "oldlink", NULL, ATTR_ACMODTIME },
	{ "lsetstat@openssh.com", AIM_OWN, ACT_META, run_attrs, "ownlink", NULL, ATTR_ACMODTIME },
	{ "opendir", AIM_OLD, ACT_LIST, run_readdir, "olddir", NULL, 0 },
	{ "readdir", AIM_OLD, ACT_LIST, run_readdir, ".", NULL, 0 },
	{ "readlink", AIM_OLD, ACT_LIST, run_paths, "oldlink", NULL, 0 },
	{ "remove", AIM_OLD, ACT_REMOVE, run_paths, "old", NULL, 0 },
	{ "remove", AIM_OLD, ACT_REMOVE, run_paths, "oldlink", NULL, 0 },
	{ "remove", AIM_OLD, ACT_REMOVE, run_paths, "oldhard", NULL, 0 },
	{ "remove", AIM_OWN, ACT_REMOVE, run_paths, "own", NULL, 0 },
	{ "remove", AIM_OWN, ACT_REMOVE, run_paths, "ownlink", NULL, 0 },
	{ "rmdir", AIM_OLD, ACT_REMOVE, run_paths, "olddir", NULL, 0 },
	{ "rmdir", AIM_OWN, ACT_REMOVE, run_paths, "owndir", NULL, 0 },
	{ "mkdir", AIM_FREE, ACT_CREATE, run_attrs, "newdir", NULL, ATTR_PERMISSIONS },
	{ "realpath", AIM_OLD, ACT_STAT, run_paths, "old", NULL, 0 },
	{ "realpath", AIM_FREE, ACT_STAT, run_paths, "missing", NULL, 0 },
	{ "rename", AIM_OLD, ACT_RENAME, run_paths, "old", "new", 0 },
	{ "rename", AIM_OWN, ACT_RENAME, run_paths, "own", "new", 0 },
	{ "rename", AIM_OLD, ACT_RENAME, run_paths, "olddir", "new", 0 },
	{ "rename", AIM_OWN, ACT_RENAME, run_paths, "owndir", "new", 0 },
	{ "rename", AIM_OLD, ACT_RENAME, run_paths, "oldhard", "new", 0 },
	{ "symlink", AIM_FREE, ACT_SYMLINK, run_paths, "old", "newlink", 0 },
	{ "posix-rename@openssh.com", AIM_OLD, ACT_RENAME, run_paths, "old", "new", 0 },
	{ "posix-rename@openssh.com", AIM_OWN, ACT_RENAME, run_paths, "own", "new", 0 },
	{ "posix-rename@openssh.com", AIM_OLD, ACT_RENAME | ACT_RENAME_OVER, run_paths, "own", "old", 0 },
	{ "posix-rename@openssh.com", AIM_OLD, ACT_RENAME | ACT_RENAME_OVER, run_paths, "old", "own", 0 },
	{ "posix-rename@openssh.com", AIM_OWN, ACT_RENAME | ACT_RENAME_OVER, run_paths, "own", "own2", 0 },
	{ "posix-rename@openssh.com", AIM_OLD, ACT_RENAME | ACT_RENAME_OVER, run_paths, "own", "oldlink", 0 },
	{ "posix-rename@openssh.com", AIM_OLD, ACT_RENAME | ACT_RENAME_OVER, run_paths, "owndir", "olddir", 0 },
	{ "statvfs@openssh.com", AIM_OLD, ACT_STAT, run_paths, "old", NULL, 0 },
	{ "fstatvfs@openssh.com", AIM_OLD, ACT_READ | ACT_STAT, run_fstatvfs, "old", NULL, R },
	{ "hardlink@openssh.com", AIM_OLD, ACT_LINK, run_paths, "old", "new", 0 },
	{ "hardlink@openssh.com", AIM_OWN, ACT_LINK, run_paths, "own", "new", 0 },
	{ "fsync@openssh.com", AIM_OLD, ACT_READ, run_fsync, "old", NULL, R },
	{ "fsync@openssh.com", AIM_FREE, ACT_CREATE, run_fsync, "new", NULL, W | C },
	{ "limits@openssh.com", AIM_FREE, 0, run_nothing, NULL, NULL, 0 },
	{ "expand-path@openssh.com", AIM_FREE, ACT_STAT, run_string, "~", NULL, 0 },
	{ "copy-data", AIM_FREE, ACT_READ | ACT_CREATE, run_copy_data, "old", "new", 0 },
	{ "copy-data", AIM_OLD, ACT_READ | ACT_WRITE, run_copy_data, "own", "old", 0 },
	{ "copy-data", AIM_OWN, ACT_READ | ACT_WRITE, run_copy_data, "old", "own", 0 },
	{ "home-directory", AIM_FREE, ACT_STAT, run_string, "", NULL, 0 },
	{ "users-groups-by-id@openssh.com", AIM_FREE, ACT_STAT, run_ids, NULL, NULL, 0 },
	{ "check-file", AIM_OLD, ACT_READ, run_check, "old", NULL, R },
	{ "check-file-handle", AIM_OLD, ACT_READ, run_check_handle, "old", NULL, R },
	{ "check-file-name", AIM_OLD, ACT_READ, run_check_name, "old", NULL, 0 },
	{ "copy-file", AIM_FREE, ACT_READ | ACT_CREATE, run_paths, "old", "new", 0 },
	{ "copy-file", AIM_OLD, ACT_READ | ACT_WRITE, run_paths, "own", "old", 1 },
	{ "copy-file", AIM_OWN, ACT_READ | ACT_WRITE, run_paths, "old", "own", 1 },
	{ "space-available", AIM_OLD, ACT_STAT, run_paths, "old", NULL, 0 },
	{ "vendor-id", AIM_FREE, 0, run_nothing, NULL, NULL, 0 },
};
// clang-format on

enum { CELLS = sizeof(cells) / sizeof(cells[0]) };

/* One more column: a mode and, maybe, a key that narrows it. */
struct column {
	const char *mode;
	enum mode as;
	const char *key, *value;
	unsigned never; /* acts that the key forbids */
	unsigned own;   /* ... or allows only on what is own */
};

static const struct column columns[] = {
	{ "read-write", MODE_READ_WRITE, NULL, NULL, 0, 0 },
	{ "read-only", MODE_READ_ONLY, NULL, NULL, 0, 0 },
	{ "write-only", MODE_WRITE_ONLY, NULL, NULL, 0, 0 },
	{ "create-only", MODE_CREATE_ONLY, NULL, NULL, 0, 0 },
	{ "read-write", MODE_READ_WRITE, "atomic-uploads", "yes", 0, 0 },
	{ "write-only", MODE_WRITE_ONLY, "atomic-uploads", "yes", 0, 0 },
	{ "read-write", MODE_READ_WRITE, "delete", "no", ACT_REMOVE, 0 },
	{ "read-write", MODE_READ_WRITE, "overwrite", "no",
	    ACT_WRITE | ACT_RENAME_OVER, ACT_META | ACT_OWNER },
	{ "create-only", MODE_CREATE_ONLY, "delete", "no", ACT_REMOVE, 0 },
	{ "read-write", MODE_READ_WRITE, "links", "none", ACT_SYMLINK, 0 },
};

/* --- the ground -------------------------------------------------------------
 */

static void
make_directory(const struct server *server, const char *name)
{
	assert_int_equal(mkdir(server_path(server, in_cell(name)), 0755), 0);
	server_own(server, in_cell(name));
}

static void
make_symlink(const struct server *server, const char *text, const char *name)
{
	assert_int_equal(symlink(text, server_path(server, in_cell(name))), 0);
	server_own(server, in_cell(name));
}

static void
make_old(struct server *server)
{
	assert_int_equal(mkdir(server_path(server, directory), 0755), 0);
	server_own(server, directory);
	server_put(server, in_cell("old"), "what was there before");
	make_directory(server, "olddir");
	make_symlink(server, "old", "oldlink");
	assert_int_equal(link(server_path(server, in_cell("old")),
			     server_path(server, in_cell("oldhard"))),
	    0);
}

static void
make_own(struct server *server)
{
	server_put(server, in_cell("own"), "made in this session");
	server_put(server, in_cell("own2"), "made, too");
	make_directory(server, "owndir");
	make_symlink(server, "own", "ownlink");
}

static void
pass_time(void)
{
	const struct timespec pause = { 0, 30 * 1000 * 1000 };

	assert_int_equal(nanosleep(&pause, NULL), 0);
}

static char *tree;
static size_t tree_len;

static int
add_to_tree(const char *path, const struct stat *st, int kind,
    struct FTW *where)
{
	(void)kind;
	(void)where;
	tree_len += (size_t)snprintf(tree + tree_len, 16384 - tree_len,
	    "%s %o %u %u %lld %lu %lld.%ld %lld.%ld\n", path, st->st_mode,
	    st->st_uid, st->st_gid, (long long)st->st_size,
	    (unsigned long)st->st_nlink, (long long)st->st_mtime,
	    st->st_mtim.tv_nsec, (long long)st->st_ctime, st->st_ctim.tv_nsec);
	return tree_len >= 16384;
}

/* Everything about everything in the cell's directory. */
static void
look(const struct server *server, char out[16384])
{
	tree = out;
	tree_len = 0;
	assert_int_equal(nftw(server_path(server, directory), add_to_tree, 16,
			     FTW_PHYS),
	    0);
}

/* --- the verdict ------------------------------------------------------------
 */

static bool
is_allowed(const struct column *column, const struct cell *cell)
{
	if ((cell->acts & column->never) != 0)
		return false;
	if ((cell->acts & column->own) != 0 && cell->aim == AIM_OLD)
		return false;
	switch (mode_answer_all(column->as, cell->acts)) {
	case ANSWER_NO:
		return false;
	case ANSWER_OWN:
		return cell->aim == AIM_OWN;
	case ANSWER_YES:
		break;
	}
	return true;
}

static int
judge_cell(struct server *server, const struct column *column, size_t i)
{
	const unsigned changing = ~(unsigned)(ACT_READ | ACT_LIST | ACT_STAT);
	static char before[16384], after[16384];
	const struct cell *cell = &cells[i];
	bool allowed = is_allowed(column, cell);
	uint32_t status;
	bool changed;

	snprintf(directory, sizeof(directory), "c%zu", i);
	look(server, before);
	status = ok(cell->run(server, cell));
	look(server, after);
	changed = strcmp(before, after) != 0;
	if (status == (allowed ? STATUS_OK : STATUS_PERMISSION_DENIED) &&
	    changed == (allowed && (cell->acts & changing) != 0))
		return 0;
	print_message("%s %s=%s: cell %zu, %s %s %s 0x%x: status %u, %s; "
		      "should be %s\n",
	    column->mode, column->key == NULL ? "" : column->key,
	    column->value == NULL ? "" : column->value, i, cell->row,
	    cell->a == NULL ? "" : cell->a, cell->b == NULL ? "" : cell->b,
	    cell->flags, status, changed ? "changed" : "unchanged",
	    allowed ? "allowed" : "denied");
	return 1;
}

static void
every_request_does_what_the_table_says(void **state)
{
	const size_t count = sizeof(columns) / sizeof(columns[0]);
	int ordinary = ((struct server *)*state)->ordinary, wrong = 0;
	struct server *server = *state;

	for (size_t c = 0; c < count; c++) {
		server_remove(server);
		server_make(server);
		server->ordinary = ordinary;
		server->gate = true;
		server->mode = columns[c].mode;
		server->keys[0] = columns[c].key;
		server->keys[1] = columns[c].value;
		for (size_t i = 0; i < CELLS; i++) {
			snprintf(directory, sizeof(directory), "c%zu", i);
			make_old(server);
		}
		pass_time();
		server_start(server);
		for (size_t i = 0; i < CELLS; i++) {
			snprintf(directory, sizeof(directory), "c%zu", i);
			make_own(server);
		}
		for (size_t i = 0; i < CELLS; i++)
			wrong += judge_cell(server, &columns[c], i);
		assert_int_equal(server_stop(server), 0);
	}
	assert_int_equal(wrong, 0);
}

static void
every_request_is_in_the_matrix(void **state)
{
	(void)state;
	for (const struct request_row *row = request_rows; row->name != NULL;
	     row++) {
		size_t i = 0;

		while (i < CELLS && strcmp(cells[i].row, row->name) != 0)
			i++;
		if (i == CELLS)
			fail_msg("no cell asks %s", row->name);
	}
}

/* In each mode what may never be done is not told, and all else is. */
static void
the_greeting_tells_what_the_table_allows(void **state)
{
	struct server *server = *state;

	for (size_t c = 0; c < 4; c++) {
		server->gate = true;
		server->mode = columns[c].mode;
		server_start(server);
		for (const struct request_row *row = request_rows;
		     row->name != NULL; row++) {
			bool possible = false;

			if (row->version == NULL)
				continue;
			for (size_t i = 0; i < CELLS; i++)
				if (strcmp(cells[i].row, row->name) == 0)
					possible |=
					    is_allowed(&columns[c], &cells[i]);
			if (strcmp(row->name, "lsetstat@openssh.com") == 0 ||
			    strncmp(row->name, "fs", 2) == 0)
				continue; /* what they need, the flags say */
			assert_int_equal(memmem(server->reply.body,
					     server->reply.len, row->name,
					     strlen(row->name)) != NULL,
			    possible);
		}
		assert_int_equal(server_stop(server), 0);
	}
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		SERVER_TEST(every_request_does_what_the_table_says),
		SERVER_TEST(every_request_is_in_the_matrix),
		SERVER_TEST(the_greeting_tells_what_the_table_allows),
	};
	enum { COUNT = sizeof(tests) / sizeof(*tests) };
	struct CMUnitTest twice[2 * COUNT];

	server_tests_twice(tests, COUNT, twice);
	return cmocka_run_group_tests(twice, NULL, NULL);
}
