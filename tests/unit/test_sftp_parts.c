/*
 * The engine's parts, each alone: the decoder on every row, handles and their
 * generations, names and dates of listings, the queue of replies, statuses.
 */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <time.h>
#include <cmocka.h>

#include "session/session.h"
#include "subsys/sftp/dispatch.h"
#include "subsys/sftp/out.h"
#include "subsys/sftp/status.h"

/* A body for a layout; strings are "ab/c", numbers count up. */
static void
build_body(struct buf *body, const char *layout)
{
	uint8_t number = 1;

	for (; *layout != '\0'; layout++) {
		switch ((enum layout) * layout) {
		case LAYOUT_PATH:
		case LAYOUT_TEXT:
		case LAYOUT_STRING:
		case LAYOUT_HANDLE:
			buf_add_string(body, "ab/c", 4);
			break;
		case LAYOUT_U32:
			buf_add_u32(body, number++);
			break;
		case LAYOUT_U64:
			buf_add_u64(body, UINT64_C(0x100000000) + number++);
			break;
		case LAYOUT_BYTE:
			buf_add_u8(body, number++);
			break;
		case LAYOUT_ATTRS:
			buf_add_u32(body, 0x8000000f);
			buf_add_u64(body, 11);
			for (uint32_t i = 12; i < 17; i++)
				buf_add_u32(body, i);
			buf_add_u32(body, 1);
			buf_add_string(body, "k", 1);
			buf_add_string(body, "v", 1);
			break;
		}
	}
	assert_false(body->full);
}

/* Copied to memory of its own size, so that a read beyond it is seen. */
static bool
decode_copy(struct fields *fields, const char *layout, const void *body,
    size_t len)
{
	unsigned char *copy = malloc(len + (len == 0));
	bool result;

	assert_non_null(copy);
	memcpy(copy, body, len);
	result = decode_fields(fields, layout, copy, len, NULL);
	free(copy);
	return result;
}

static void
every_layout_decodes_whole_and_nothing_less(void **state)
{
	static struct fields fields;
	unsigned char room[256];
	struct buf body;

	(void)state;
	for (const struct request_row *row = request_rows; row->name != NULL;
	     row++) {
		buf_init(&body, room, sizeof(room) - 4);
		build_body(&body, row->layout);
		assert_true(decode_copy(&fields, row->layout, room, body.len));
		for (size_t cut = 0; cut < body.len; cut++)
			assert_false(
			    decode_copy(&fields, row->layout, room, cut));
		memset(room + body.len, 0xff, 4);
		assert_true(
		    decode_copy(&fields, row->layout, room, body.len + 4));
	}
}

static void
fields_of_a_kind_keep_their_order(void **state)
{
	static struct fields fields;
	unsigned char room[256];
	struct buf body;

	(void)state;
	buf_init(&body, room, sizeof(room));
	build_body(&body, "hoshubsa");
	assert_true(decode_fields(&fields, "hoshubsa", room, body.len, NULL));
	assert_int_equal(fields.numbers[0], UINT64_C(0x100000001));
	assert_int_equal(fields.numbers[1], 2);
	assert_int_equal(fields.numbers[2], 3);
	assert_int_equal(fields.handles[0].len, 4);
	assert_memory_equal(fields.handles[1].at, "ab/c", 4);
	assert_memory_equal(fields.strings[1].at, "ab/c", 4);
	assert_int_equal(fields.attrs.flags, 0x8000000f);
	assert_int_equal(fields.attrs.size, 11);
	assert_int_equal(fields.attrs.uid, 12);
	assert_int_equal(fields.attrs.gid, 13);
	assert_int_equal(fields.attrs.permissions, 14);
	assert_int_equal(fields.attrs.atime, 15);
	assert_int_equal(fields.attrs.mtime, 16);
}

/* No row asks for more of a kind than there is room. */
static void
every_row_fits_the_fields(void **state)
{
	(void)state;
	for (const struct request_row *row = request_rows; row->name != NULL;
	     row++) {
		size_t counts[256] = { 0 };

		for (const char *at = row->layout; *at != '\0'; at++)
			counts[(unsigned char)*at]++;
		assert_true(counts['p'] <= 2 && counts['h'] <= 2);
		assert_true(counts['s'] + counts['t'] <= 2);
		assert_true(counts['u'] + counts['o'] + counts['b'] <= 4);
		assert_true(counts['a'] <= 1);
		assert_true(row->run != NULL);
	}
}

static void
too_many_attribute_pairs_are_bad(void **state)
{
	static unsigned char room[1 << 20];
	static struct fields fields;
	struct buf body;

	(void)state;
	buf_init(&body, room, sizeof(room));
	buf_add_u32(&body, ATTR_EXTENDED);
	buf_add_u32(&body, 0xffffffff);
	memset(room + body.len, 0, sizeof(room) - body.len);
	assert_false(decode_fields(&fields, "a", room, sizeof(room), NULL));
	buf_init(&body, room, sizeof(room));
	buf_add_u32(&body, ATTR_EXTENDED);
	buf_add_u32(&body, 1000);
	assert_true(decode_fields(&fields, "a", room, sizeof(room), NULL));
}

static int
some_fd(void)
{
	int fd = open("/dev/null", O_RDONLY | O_CLOEXEC);

	assert_true(fd >= 0);
	return fd;
}

static struct handle *
find(const struct handles *handles, const unsigned char *bytes, size_t len)
{
	const struct slice name = { bytes, len };

	return handles_find(handles, &name);
}

static void
a_stale_handle_misses_its_successor(void **state)
{
	unsigned char first[HANDLE_BYTES], second[HANDLE_BYTES];
	struct handles handles;
	struct handle *handle;

	(void)state;
	handles_init(&handles);
	handle = handles_add(&handles, HANDLE_FILE, 0, some_fd(), "/a");
	handles_name(&handles, handle, first);
	assert_ptr_equal(find(&handles, first, HANDLE_BYTES), handle);
	assert_null(find(&handles, first, HANDLE_BYTES - 1));
	assert_int_equal(handles_remove(&handles, handle), 0);
	assert_null(find(&handles, first, HANDLE_BYTES));
	handle = handles_add(&handles, HANDLE_DIRECTORY, 0, some_fd(), "/b");
	handles_name(&handles, handle, second);
	assert_null(find(&handles, first, HANDLE_BYTES));
	assert_ptr_equal(find(&handles, second, HANDLE_BYTES), handle);
	assert_string_equal(handle->path, "/b");
	handles_free(&handles);
}

static void
handles_end_at_their_number_and_come_back(void **state)
{
	enum { MANY = 200 };
	unsigned char names[MANY][HANDLE_BYTES];
	struct handles handles;
	struct handle *handle;
	int fd;

	(void)state;
	handles_init(&handles);
	assert_true(handles.max >= 900);
	handles.max = MANY;
	for (int i = 0; i < MANY; i++) {
		handle = handles_add(&handles, HANDLE_FILE, 0, some_fd(), "/f");
		assert_non_null(handle);
		handles_name(&handles, handle, names[i]);
	}
	fd = some_fd();
	assert_null(handles_add(&handles, HANDLE_FILE, 0, fd, "/f"));
	assert_int_equal(errno, EMFILE);
	for (int i = 0; i < MANY; i++)
		assert_non_null(find(&handles, names[i], HANDLE_BYTES));
	handle = find(&handles, names[17], HANDLE_BYTES);
	assert_int_equal(handles_remove(&handles, handle), 0);
	assert_non_null(handles_add(&handles, HANDLE_FILE, 0, fd, "/f"));
	assert_null(find(&handles, names[17], HANDLE_BYTES));
	handles_free(&handles);
	assert_int_equal(fcntl(fd, F_GETFD), -1);
}

static int
memory_file(const char *text)
{
	char path[] = "/tmp/names.XXXXXX";
	int fd = mkstemp(path);

	assert_true(fd >= 0);
	unlink(path);
	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
	return fd;
}

static void
make_names(struct owners *names)
{
	struct session *session = calloc(1, sizeof(*session));

	assert_non_null(session);
	session->uid = 4242;
	memcpy(session->user, "me", 3);
	owners_open(names, session, NAMES_SYSTEM);
	free(session);
	owners_close(names);
	names->files[NAME_USER] = memory_file(
	    "root:x:0:0:root:/root:/bin/sh\n"
	    "broken line\n::\nno:number\nx:y:z:\n"
	    "neg:x:-5:0::/:\nblank:x: 6:0::/:\nbig:x:4294967296:0::/:\n"
	    "a-name-that-is-much-longer-than-any-column-of-a-listing:x:8:8:"
	    ":/:\nfirst:x:9:9::/:\nsecond:x:9:9::/:\nlast:x:10:10::/:");
	names->files[NAME_GROUP] = memory_file("wheel:x:0:\nusers:x:100:a,b\n");
}

static void
ids_have_names_or_none(void **state)
{
	static struct owners names;
	char long_name[40];

	(void)state;
	make_names(&names);
	assert_string_equal(owners_find(&names, NAME_USER, 4242), "me");
	assert_string_equal(owners_find(&names, NAME_USER, 0), "root");
	assert_string_equal(owners_find(&names, NAME_GROUP, 0), "wheel");
	assert_string_equal(owners_find(&names, NAME_GROUP, 100), "users");
	assert_string_equal(owners_find(&names, NAME_USER, 100), "");
	assert_string_equal(owners_find(&names, NAME_USER, 5), "");
	assert_string_equal(owners_find(&names, NAME_USER, 6), "");
	assert_string_equal(owners_find(&names, NAME_USER, 4294967291U), "");
	assert_string_equal(owners_find(&names, NAME_USER, 9), "first");
	snprintf(long_name, sizeof(long_name), "%s",
	    owners_find(&names, NAME_USER, 8));
	assert_int_equal(strlen(long_name), NAME_BYTES - 1);
	/* More ids than are remembered: each is right all the same. */
	for (unsigned round = 0; round < 2; round++) {
		for (unsigned id = 1000; id < 1000 + 2 * OWNERS_CACHED; id++)
			assert_string_equal(owners_find(&names, NAME_USER, id),
			    "");
		assert_string_equal(owners_find(&names, NAME_USER, 0), "root");
	}
	owners_close(&names);
}

/* Whoever owns a file can change its mode by any descriptor of it. */
static void
root_holds_copies_of_the_account_files(void **state)
{
	static const char *const paths
	    [] = { [NAME_USER] = "/etc/passwd", [NAME_GROUP] = "/etc/group" };
	struct session *session = calloc(1, sizeof(*session));
	static struct owners names;
	struct stat named, held;

	(void)state;
	assert_non_null(session);
	session->uid = 4242;
	owners_open(&names, session, NAMES_SYSTEM);
	free(session);
	for (int kind = NAME_USER; kind <= NAME_GROUP; kind++) {
		assert_int_equal(stat(paths[kind], &named), 0);
		assert_int_equal(fstat(names.files[kind], &held), 0);
		assert_int_equal(held.st_size, named.st_size);
		assert_int_equal(held.st_dev == named.st_dev &&
				     held.st_ino == named.st_ino,
		    geteuid() != 0);
	}
	assert_string_equal(owners_find(&names, NAME_USER, 0), "root");
	owners_close(&names);
}

static const char *
longname(struct owners *names, const struct stat *st, const char *name)
{
	static char room[512];
	struct buf line;

	buf_init(&line, room, sizeof(room));
	owners_now(names);
	owners_longname(names, name, strlen(name), st, &line);
	return buf_text(&line);
}

/* Columns as ls(1) has them; the date by age. */
static void
long_lines_are_those_of_ls(void **state)
{
	static const struct {
		mode_t mode;
		const char *text;
	} modes[] = { { S_IFREG | 0644, "-rw-r--r-- " },
		{ S_IFDIR | S_ISVTX | 0777, "drwxrwxrwt " },
		{ S_IFREG | S_ISUID | S_ISGID | 0711, "-rws--s--x " },
		{ S_IFREG | S_ISUID | S_ISGID | S_ISVTX, "---S--S--T " },
		{ S_IFLNK | 0777, "lrwxrwxrwx " }, { S_IFIFO, "p--------- " },
		{ S_IFSOCK, "s--------- " }, { S_IFCHR, "c--------- " },
		{ S_IFBLK, "b--------- " } };
	static struct owners names;
	const time_t now = time(NULL), half = 365 * 24 * 3600 / 2;
	struct stat st = { .st_nlink = 1,
		.st_uid = 0,
		.st_gid = 77,
		.st_mode = S_IFREG | 0644,
		.st_size = 5 };
	char wanted[128], date[32];

	(void)state;
	make_names(&names);
	for (size_t i = 0; i < sizeof(modes) / sizeof(modes[0]); i++) {
		struct stat kind = st;

		kind.st_mode = modes[i].mode;
		assert_memory_equal(longname(&names, &kind, "n"), modes[i].text,
		    11);
	}
	for (time_t age = -86400; age < 2 * half; age += half / 3) {
		bool recent = age >= 0 && age < half;

		st.st_mtime = now - age;
		strftime(date, sizeof(date),
		    recent ? "%b %e %H:%M" : "%b %e  %Y",
		    localtime(&st.st_mtime));
		snprintf(wanted, sizeof(wanted),
		    "-rw-r--r--    1 root     77              5 %s a name",
		    date);
		assert_string_equal(longname(&names, &st, "a name"), wanted);
	}
	owners_close(&names);
}

static void
errors_have_the_codes_that_clients_act_on(void **state)
{
	static const struct {
		int error;
		enum status status;
		const char *text, *reason; /* NULL: the C library's words */
	} rows[] = {
		{ ENOENT, STATUS_NO_SUCH_FILE, "No such file", "" },
		{ ENOTDIR, STATUS_NO_SUCH_FILE, "No such file: ", NULL },
		{ EACCES, STATUS_PERMISSION_DENIED, "Permission denied", "" },
		{ EPERM, STATUS_PERMISSION_DENIED, "Permission denied", "" },
		{ EINVAL, STATUS_BAD_MESSAGE, "Bad message: ", NULL },
		{ ENOSYS, STATUS_OP_UNSUPPORTED,
		    "Operation unsupported: ", NULL },
		{ EEXIST, STATUS_FAILURE, "Failure: ", NULL },
		{ EROFS, STATUS_FAILURE, "Failure: ", NULL },
		{ EDQUOT, STATUS_FAILURE, "Failure: ",
		    "quota exceeded: the account's space is used up" },
		{ EIO, STATUS_FAILURE, "Failure: ", NULL },
		{ ENOSPC, STATUS_FAILURE,
		    "Failure: ", "disk full: no space is left on the server" },
		{ 12345, STATUS_FAILURE, "Failure: ", NULL },
	};
	char room[160], wanted[160];
	struct buf text;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		snprintf(wanted, sizeof(wanted), "%s%s", rows[i].text,
		    rows[i].reason != NULL ? rows[i].reason
					   : strerror(rows[i].error));
		buf_init(&text, room, sizeof(room));
		assert_int_equal(status_of(rows[i].error), rows[i].status);
		status_text(rows[i].status, rows[i].error, &text);
		assert_string_equal(buf_text(&text), wanted);
	}
}

/* Grows while nobody reads, then leaves whole and in order. */
static void
replies_wait_for_their_reader(void **state)
{
	enum { MANY = 40000 };
	static unsigned char got[1 << 20];
	struct out out;
	uint64_t seen = 0;
	int fds[2];

	(void)state;
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0,
			     fds),
	    0);
	out_init(&out);
	for (uint32_t i = 0; i < MANY; i++) {
		out_status(&out, i, STATUS_OK, 0, NULL);
		assert_int_equal(out_write(&out, fds[0], SIZE_MAX), 0);
	}
	assert_true(out_waiting(&out) > 100000);
	while (out_waiting(&out) > 0 || seen < out.sent) {
		ssize_t len = read(fds[1], got, sizeof(got));

		if (len > 0) {
			/* Every packet is of one size: 28 + "Success". */
			for (uint64_t at = 0; at < (uint64_t)len; at++)
				if ((seen + at) % 28 == 8)
					assert_int_equal(got[at],
					    (seen + at) / 28 % 256);
			seen += (uint64_t)len;
		}
		assert_int_equal(out_write(&out, fds[0], SIZE_MAX), 0);
	}
	assert_int_equal(seen, UINT64_C(28) * MANY);
	close(fds[1]);
	out_status(&out, 0, STATUS_OK, 0, NULL);
	signal(SIGPIPE, SIG_IGN);
	assert_int_equal(out_write(&out, fds[0], SIZE_MAX), -1);
	assert_int_equal(errno, EPIPE);
	close(fds[0]);
	out_free(&out);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_layout_decodes_whole_and_nothing_less),
		cmocka_unit_test(fields_of_a_kind_keep_their_order),
		cmocka_unit_test(every_row_fits_the_fields),
		cmocka_unit_test(too_many_attribute_pairs_are_bad),
		cmocka_unit_test(a_stale_handle_misses_its_successor),
		cmocka_unit_test(handles_end_at_their_number_and_come_back),
		cmocka_unit_test(ids_have_names_or_none),
		cmocka_unit_test(root_holds_copies_of_the_account_files),
		cmocka_unit_test(long_lines_are_those_of_ls),
		cmocka_unit_test(errors_have_the_codes_that_clients_act_on),
		cmocka_unit_test(replies_wait_for_their_reader),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
