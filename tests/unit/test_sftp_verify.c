/*
 * With verify = name a name of 64 hexadecimal digits stands for nothing but a
 * file that has that SHA-256, however a client tries to give it; with
 * audit-hash the record has no digest but of what really lies on the disk.
 */
#include <ctype.h>
#include <limits.h>
#include <unistd.h>

#include "base/hash.h"
#include "sftpserver.h"

enum { NEW = OPEN_WRITE | OPEN_CREAT | OPEN_TRUNC };

#define WHOLE "what a pack holds"
#define OTHER "what a pack h0lds"

/* The name for such contents; valid until the next call but three. */
static const char *
name_of(const char *text)
{
	static char rooms[4][HASH_SHA256_TEXT];
	static unsigned turn;
	unsigned char digest[HASH_BYTES_MAX];
	char *room = rooms[turn++ % 4];
	struct hash hash;

	hash_sha256_start(&hash);
	hash_add(&hash, text, strlen(text));
	hash_end(&hash, digest);
	hash_sha256_text(digest, room);
	return room;
}

/* With the keys from the fifth on. */
static void
begin_with(struct server *server, const char *key, const char *value)
{
	server->keys[0] = key;
	server->keys[1] = value;
	server->keys[2] = "services";
	server->keys[3] = "sftp";
	server->gate = true;
	server_own(server, "");
	server_start(server);
}

/* Behind the walls of the gate, too: they must let all of this be done. */
static void
begin(struct server *server, const char *key, const char *value)
{
	server->keys[4] = NULL;
	begin_with(server, key, value);
}

static void
verify(struct server *server)
{
	begin(server, "verify", "name");
}

static void
put(struct server *server, const struct slice *handle, uint64_t offset,
    const char *text)
{
	assert_int_equal(server_ask(server, PACKET_WRITE, NULL, "hos", handle,
			     offset, text),
	    STATUS_OK);
}

static uint32_t
end(struct server *server, const struct slice *handle)
{
	return server_ask(server, PACKET_CLOSE, NULL, "h", handle);
}

/* Uploads in one go; the status is that of the end. */
static uint32_t
upload(struct server *server, const char *name, uint32_t flags,
    const char *text)
{
	unsigned char room[32];
	struct slice handle = server_open(server, name, flags, room);

	put(server, &handle, 0, text);
	return end(server, &handle);
}

static uint32_t
try_open(struct server *server, const char *path, uint32_t flags)
{
	static const struct attrs none = { .flags = 0 };

	return server_ask(server, PACKET_OPEN, NULL, "pua", path, flags, &none);
}

static void
holds(const struct server *server, const char *name, const char *text)
{
	const char *got = server_get(server, name);

	if (text == NULL) {
		assert_null(got);
	} else {
		assert_non_null(got);
		assert_string_equal(got, text);
	}
}

/* The client hears why, in words. */
static void
is_told(const struct server *server)
{
	static const char words[] = "the contents must match the name";
	bool found = false;

	for (size_t i = 0; i + sizeof(words) - 1 <= server->reply.len; i++)
		found |= memcmp(server->reply.body + i, words,
			     sizeof(words) - 1) == 0;
	assert_true(found);
}

static const char *
log_of(struct server *server)
{
	static char text[1 << 16];
	char path[96];
	ssize_t len;
	int fd;

	snprintf(path, sizeof(path), "%s/log", server->top);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	assert_true(fd >= 0);
	len = read(fd, text, sizeof(text) - 1);
	close(fd);
	assert_true(len >= 0);
	text[len] = '\0';
	return text;
}

static void
an_upload_gets_the_name_of_its_contents_only(void **state)
{
	static const uint32_t ways[] = { NEW, NEW | OPEN_EXCL, NEW | OPEN_READ,
		OPEN_WRITE | OPEN_CREAT,
		OPEN_WRITE | OPEN_CREAT | OPEN_APPEND };
	struct server *server = *state;
	const char *name = name_of(WHOLE);

	verify(server);
	for (size_t i = 0; i < sizeof(ways) / sizeof(*ways); i++) {
		assert_int_equal(upload(server, name, ways[i], OTHER),
		    STATUS_FAILURE);
		is_told(server);
		holds(server, name, NULL);
		assert_int_equal(upload(server, name, ways[i], WHOLE),
		    STATUS_OK);
		holds(server, name, WHOLE);
		assert_int_equal(unlink(server_path(server, name)), 0);
	}
	/* Other names are as ever: also those of 63 and 65 digits. */
	assert_int_equal(upload(server, name + 1, NEW, OTHER), STATUS_OK);
	assert_int_equal(upload(server, "f", NEW, OTHER), STATUS_OK);
	assert_non_null(strstr(log_of(server), name_of(OTHER)));
}

static void
digits_are_of_either_case(void **state)
{
	struct server *server = *state;
	char name[HASH_SHA256_TEXT];

	memcpy(name, name_of(WHOLE), sizeof(name));
	for (char *at = name; *at != '\0'; at++)
		*at = (char)toupper((unsigned char)*at);
	verify(server);
	assert_int_equal(upload(server, name, NEW, OTHER), STATUS_FAILURE);
	holds(server, name, NULL);
	assert_int_equal(upload(server, name, NEW, WHOLE), STATUS_OK);
	holds(server, name, WHOLE);
}

/* Out of order, twice, cut, and by two handles: what lies there is read. */
static void
what_is_written_in_any_order_is_compared(void **state)
{
	const struct attrs cut = { .flags = ATTR_SIZE, .size = 4 };
	struct server *server = *state;
	const char *name = name_of(WHOLE);
	unsigned char rooms[2][32];
	struct slice one, other;

	verify(server);
	for (int wrong = 0; wrong < 2; wrong++) {
		const char *text = wrong ? OTHER : WHOLE;
		uint32_t status = wrong ? STATUS_FAILURE : STATUS_OK;

		one = server_open(server, name, NEW, rooms[0]);
		put(server, &one, 8, text + 8);
		put(server, &one, 0, "whatever");
		put(server, &one, 0, "what a p");
		assert_int_equal(end(server, &one), status);
		holds(server, name, wrong ? NULL : WHOLE);
		unlink(server_path(server, name));

		one = server_open(server, name, NEW, rooms[0]);
		put(server, &one, 0, WHOLE);
		assert_int_equal(server_ask(server, PACKET_FSETSTAT, NULL, "ha",
				     &one, &cut),
		    STATUS_OK);
		put(server, &one, 4, text + 4);
		assert_int_equal(end(server, &one), status);
		unlink(server_path(server, name));

		one = server_open(server, name, NEW, rooms[0]);
		put(server, &one, 0, WHOLE);
		other = server_open(server, name, OPEN_WRITE, rooms[1]);
		put(server, &other, 0, text);
		assert_int_equal(end(server, &one), STATUS_OK);
		assert_int_equal(end(server, &other), status);
		holds(server, name, wrong ? NULL : WHOLE);
		unlink(server_path(server, name));
	}
	/* A cut at the end, without another write. */
	one = server_open(server, name, NEW, rooms[0]);
	put(server, &one, 0, WHOLE);
	assert_int_equal(server_ask(server, PACKET_FSETSTAT, NULL, "ha", &one,
			     &cut),
	    STATUS_OK);
	assert_int_equal(end(server, &one), STATUS_FAILURE);
	holds(server, name, NULL);
}

static uint32_t
rename_by(struct server *server, bool replaces, const char *from,
    const char *to)
{
	return replaces
		   ? server_ask(server, PACKET_EXTENDED,
			 "posix-rename@openssh.com", "pp", from, to)
		   : server_ask(server, PACKET_RENAME, NULL, "pp", from, to);
}

static uint32_t
link_to(struct server *server, const char *from, const char *to)
{
	return server_ask(server, PACKET_EXTENDED, "hardlink@openssh.com", "pp",
	    from, to);
}

static void
a_name_is_given_by_no_other_way_either(void **state)
{
	struct server *server = *state;
	const char *name = name_of(WHOLE);

	server_put(server, "right", WHOLE);
	server_put(server, "wrong", OTHER);
	verify(server);
	for (int replaces = 0; replaces < 2; replaces++) {
		assert_int_equal(rename_by(server, replaces, "wrong", name),
		    STATUS_FAILURE);
		is_told(server);
		holds(server, "wrong", OTHER);
		holds(server, name, NULL);
		assert_int_equal(rename_by(server, replaces, "right", name),
		    STATUS_OK);
		holds(server, name, WHOLE);
		assert_int_equal(rename_by(server, replaces, name, "right"),
		    STATUS_OK);
	}
	assert_int_equal(link_to(server, "wrong", name), STATUS_FAILURE);
	holds(server, name, NULL);
	assert_int_equal(server_ask(server, PACKET_SYMLINK, NULL, "tp", "right",
			     name),
	    STATUS_FAILURE);
	assert_int_equal(server_ask(server, PACKET_SYMLINK, NULL, "tp", "right",
			     "link"),
	    STATUS_OK);
	assert_int_equal(rename_by(server, false, "link", name),
	    STATUS_FAILURE);
	assert_int_equal(server_ask(server, PACKET_EXTENDED, "copy-file", "ppb",
			     "wrong", name, 1),
	    STATUS_FAILURE);
	holds(server, name, NULL);
	assert_int_equal(server_ask(server, PACKET_EXTENDED, "copy-file", "ppb",
			     "right", name, 1),
	    STATUS_OK);
	holds(server, name, WHOLE);
	/* A directory may have it, and what is in it is compared. */
	unlink(server_path(server, name));
	assert_int_equal(mkdir(server_path(server, name), 0777), 0);
	server_own(server, name);
	assert_int_equal(rename_by(server, false, name, "d"), STATUS_OK);
	assert_int_equal(rename_by(server, false, "d", name), STATUS_OK);
	/* No close would compare what is made so. */
	assert_int_equal(try_open(server, name_of(""), OPEN_READ | OPEN_CREAT),
	    STATUS_FAILURE);
}

/* Through a symlink the name is that of what it leads to. */
static void
a_symlink_leads_to_the_name_that_counts(void **state)
{
	struct server *server = *state;
	const char *name = name_of(WHOLE);

	assert_int_equal(symlink(name, server_path(server, "link")), 0);
	verify(server);
	assert_int_equal(upload(server, "link", NEW, OTHER), STATUS_FAILURE);
	assert_int_equal(upload(server, "link",
			     OPEN_WRITE | OPEN_CREAT | OPEN_APPEND, OTHER),
	    STATUS_FAILURE);
	holds(server, name, NULL);
	assert_int_equal(upload(server, "link", NEW, WHOLE), STATUS_OK);
	holds(server, name, WHOLE);
	assert_int_equal(try_open(server, "link", OPEN_WRITE), STATUS_FAILURE);
	is_told(server);
	assert_int_equal(upload(server, "link", NEW, OTHER), STATUS_FAILURE);
	holds(server, name, WHOLE);
}

static void
what_is_there_is_not_changed_in_place(void **state)
{
	const struct attrs cut = { .flags = ATTR_SIZE, .size = 4 };
	struct server *server = *state;
	const char *name = name_of(WHOLE);
	unsigned char room[32];
	struct slice handle;

	server_put(server, name, WHOLE);
	server_put(server, "f", WHOLE);
	verify(server);
	/* Control: an ordinary name. */
	handle = server_open(server, "f", OPEN_WRITE, room);
	put(server, &handle, 0, "W");
	assert_int_equal(end(server, &handle), STATUS_OK);
	assert_int_equal(server_ask(server, PACKET_SETSTAT, NULL, "pa", "f",
			     &cut),
	    STATUS_OK);
	holds(server, "f", "What");

	assert_int_equal(try_open(server, name, OPEN_WRITE), STATUS_FAILURE);
	is_told(server);
	assert_int_equal(try_open(server, name, OPEN_WRITE | OPEN_APPEND),
	    STATUS_FAILURE);
	assert_int_equal(try_open(server, name, OPEN_READ | OPEN_TRUNC),
	    STATUS_FAILURE);
	assert_int_equal(server_ask(server, PACKET_SETSTAT, NULL, "pa", name,
			     &cut),
	    STATUS_FAILURE);
	holds(server, name, WHOLE);
	/* By another name of it, as little. */
	assert_int_equal(link_to(server, name, "g"), STATUS_OK);
	assert_int_equal(try_open(server, "g", OPEN_WRITE), STATUS_FAILURE);
	assert_int_equal(server_ask(server, PACKET_SETSTAT, NULL, "pa", "g",
			     &cut),
	    STATUS_FAILURE);
	holds(server, name, WHOLE);
	/* Written anew it is a file of its own. */
	assert_int_equal(upload(server, "g", NEW, OTHER), STATUS_OK);
	holds(server, name, WHOLE);
	/* A new upload that is wrong leaves the old one. */
	assert_int_equal(upload(server, name, NEW, OTHER), STATUS_FAILURE);
	holds(server, name, WHOLE);
}

/* A file that is written yet, by this session or another, gets no such name. */
static void
what_is_being_written_gets_no_such_name(void **state)
{
	struct server *server = *state;
	const char *name = name_of(WHOLE);
	unsigned char room[32];
	struct slice handle;
	int fd;

	server_put(server, "f", WHOLE);
	verify(server);
	handle = server_open(server, "f", OPEN_WRITE, room);
	assert_int_equal(rename_by(server, true, "f", name), STATUS_FAILURE);
	assert_int_equal(link_to(server, "f", name), STATUS_FAILURE);
	holds(server, name, NULL);
	assert_int_equal(end(server, &handle), STATUS_OK);
	fd = open(server_path(server, "f"), O_WRONLY | O_CLOEXEC);
	assert_true(fd >= 0);
	assert_int_equal(rename_by(server, true, "f", name), STATUS_FAILURE);
	holds(server, name, NULL);
	close(fd);
	assert_int_equal(rename_by(server, true, "f", name), STATUS_OK);
	holds(server, name, WHOLE);
}

/* An upload that is renamed while it is open is compared with its last name. */
static void
the_name_at_the_end_counts(void **state)
{
	struct server *server = *state;
	const char *name = name_of(WHOLE);
	unsigned char room[32];
	struct slice handle;

	verify(server);
	for (int wrong = 0; wrong < 2; wrong++) {
		handle = server_open(server, "f", NEW, room);
		put(server, &handle, 0, wrong ? OTHER : WHOLE);
		assert_int_equal(rename_by(server, true, "f", name), STATUS_OK);
		assert_int_equal(end(server, &handle),
		    wrong ? STATUS_FAILURE : STATUS_OK);
		holds(server, name, wrong ? NULL : WHOLE);
		unlink(server_path(server, name));
	}
	handle = server_open(server, name, NEW, room);
	put(server, &handle, 0, OTHER);
	assert_int_equal(rename_by(server, true, name, "f"), STATUS_OK);
	assert_int_equal(end(server, &handle), STATUS_OK);
	holds(server, "f", OTHER);
}

static void
without_proc_names_hold_as_well(void **state)
{
	struct server *server = *state;
	const char *name = name_of(WHOLE);
	unsigned char room[32];
	struct slice handle;

	server->keys[0] = "verify";
	server->keys[1] = "name";
	server->keys[2] = "services";
	server->keys[3] = "sftp";
	server->keys[4] = NULL;
	server->lacks_proc = true;
	server_put(server, "right", WHOLE);
	server_put(server, "wrong", OTHER);
	server_start(server);
	assert_int_equal(upload(server, name, NEW, OTHER), STATUS_FAILURE);
	handle = server_open(server, name, NEW, room);
	put(server, &handle, 4, &WHOLE[4]);
	put(server, &handle, 0, "what");
	assert_int_equal(end(server, &handle), STATUS_OK);
	holds(server, name, WHOLE);
	assert_int_not_equal(try_open(server, name, OPEN_WRITE), UINT32_MAX);
	unlink(server_path(server, name));
	assert_int_equal(rename_by(server, false, "wrong", name),
	    STATUS_FAILURE);
	assert_int_equal(rename_by(server, false, "right", name), STATUS_OK);
}

enum { BIG = 32 << 20, TURNS = 12 };

/* Makes a file of zeros, which takes some time to read. Returns its name. */
static const char *
put_big(struct server *server, const char *path)
{
	static unsigned char zeros[1 << 16];
	static char name[HASH_SHA256_TEXT];
	unsigned char digest[HASH_BYTES_MAX];
	struct hash hash;

	server_put(server, path, "");
	assert_int_equal(truncate(server_path(server, path), BIG), 0);
	hash_sha256_start(&hash);
	for (size_t i = 0; i < BIG / sizeof(zeros); i++)
		hash_add(&hash, zeros, sizeof(zeros));
	hash_end(&hash, digest);
	hash_sha256_text(digest, name);
	return name;
}

/* Sends a rename, and does not wait for the answer. */
static void
ask_to_rename(struct server *server, const char *layout, ...)
{
	va_list args;

	wire_begin(&server->wire, PACKET_RENAME, NULL);
	va_start(args, layout);
	wire_add_list(&server->wire, layout, args);
	va_end(args);
	assert_true(wire_send(&server->wire));
}

static uint32_t
answer_of(struct server *server)
{
	wire_reply(&server->wire, &server->reply);
	return server->reply.status;
}

/* Tries to open a file for writing until somebody's lease forbids it. */
static bool
waits_to_write(const char *path)
{
	for (int i = 0; i < 4000; i++) {
		int fd = open(path, O_WRONLY | O_NONBLOCK | O_CLOEXEC);

		if (fd < 0)
			return errno == EWOULDBLOCK;
		close(fd);
		usleep(500);
	}
	return false;
}

/*
 * The kernel lets who waits long enough write: while the file is read, too. Who
 * comes when it has been read is too late: then it is tried again.
 */
static void
what_another_wants_to_write_gets_no_such_name(void **state)
{
	struct server *server = *state;
	const char *name = put_big(server, "big");
	int waited = 0, refused = 0;
	char path[PATH_MAX];

	snprintf(path, sizeof(path), "%s", server_path(server, "big"));
	verify(server);
	for (int i = 0; i < TURNS && refused == 0; i++) {
		bool waits;

		ask_to_rename(server, "pp", "big", name);
		waits = waits_to_write(path);
		waited += waits;
		if (answer_of(server) != STATUS_OK)
			refused += waits;
		else
			assert_int_equal(rename_by(server, false, name, "big"),
			    STATUS_OK);
	}
	assert_true(refused > 0 || waited == 0);
	assert_int_equal(rename_by(server, false, "big", name), STATUS_OK);
}

/*
 * While a file is read its old name is given to another one, which the session
 * may take out of a free directory, but not put back.
 */
static void
what_took_the_old_name_does_not_get_the_new_one(void **state)
{
	static const char *const keys[] = { "verify", "name", "free", "free",
		"services", "sftp", NULL };
	struct server *server = *state;
	char big[PATH_MAX], aside[PATH_MAX], wrong[PATH_MAX];
	const char *name;
	struct stat st;

	assert_int_equal(mkdir(server_path(server, "free"), 0777), 0);
	name = put_big(server, "free/big");
	snprintf(big, sizeof(big), "%s", server_path(server, "free/big"));
	snprintf(aside, sizeof(aside), "%s", server_path(server, "free/aside"));
	snprintf(wrong, sizeof(wrong), "%s", server_path(server, "free/wrong"));
	memcpy(server->keys, keys, sizeof(keys));
	server->mode = "create-only";
	server->gate = true;
	server_put(server, "free/wrong", OTHER);
	server_own(server, "free");
	server_own(server, "free/big");
	server_own(server, "free/wrong");
	server_own(server, "");
	server_start(server);
	for (int i = 0; i < TURNS; i++) {
		ask_to_rename(server, "pp", "free/big", name);
		usleep(1000 * (unsigned)i);
		if (rename(big, aside) == 0)
			assert_int_equal(rename(wrong, big), 0);
		(void)answer_of(server);
		if (stat(server_path(server, name), &st) == 0) {
			assert_int_equal(st.st_size, BIG);
			return;
		}
		if (access(aside, F_OK) == 0) {
			if (access(big, F_OK) == 0)
				assert_int_equal(rename(big, wrong), 0);
			else
				server_put(server, "free/wrong", OTHER);
			server_own(server, "free/wrong");
			assert_int_equal(rename(aside, big), 0);
		}
	}
}

/* How many lines tell a digest, which all must be this one. */
static int
digests_told(struct server *server, const char *digest)
{
	int count = 0;

	for (const char *at = log_of(server);
	     (at = strstr(at, "sha256=")) != NULL; at++) {
		assert_memory_equal(at + 7, digest, HASH_SHA256_TEXT - 1);
		count++;
	}
	return count;
}

static void
an_upload_in_order_has_its_digest_in_the_record(void **state)
{
	const struct attrs same = { .flags = ATTR_SIZE,
		.size = sizeof(WHOLE) - 1 };
	struct server *server = *state;
	unsigned char room[32];
	struct slice handle;

	begin(server, "audit-hash", "sha256");
	handle = server_open(server, "f", NEW, room);
	put(server, &handle, 0, "what ");
	put(server, &handle, 5, &WHOLE[5]);
	/* Many clients end an upload so. */
	assert_int_equal(server_ask(server, PACKET_FSETSTAT, NULL, "ha",
			     &handle, &same),
	    STATUS_OK);
	assert_int_equal(end(server, &handle), STATUS_OK);
	assert_int_equal(digests_told(server, name_of(WHOLE)), 1);
	assert_int_equal(upload(server, "g",
			     OPEN_WRITE | OPEN_CREAT | OPEN_APPEND, WHOLE),
	    STATUS_OK);
	assert_int_equal(digests_told(server, name_of(WHOLE)), 2);
}

/* Each way to have other bytes on the disk than went through one handle. */
static void
what_is_not_in_order_has_no_digest(void **state)
{
	const struct attrs cut = { .flags = ATTR_SIZE, .size = 4 };
	const struct attrs more = { .flags = ATTR_SIZE, .size = 400 };
	struct server *server = *state;
	unsigned char rooms[2][32];
	struct slice one, other;

	server_put(server, "source", OTHER);
	begin(server, "audit-hash", "sha256");
	one = server_open(server, "f", NEW, rooms[0]);
	put(server, &one, 4, &WHOLE[4]);
	put(server, &one, 0, "what");
	assert_int_equal(end(server, &one), STATUS_OK);

	one = server_open(server, "f", NEW, rooms[0]);
	put(server, &one, 0, OTHER);
	put(server, &one, 0, WHOLE);
	assert_int_equal(end(server, &one), STATUS_OK);

	for (int by_name = 0; by_name < 2; by_name++) {
		one = server_open(server, "f", NEW, rooms[0]);
		put(server, &one, 0, WHOLE);
		for (int back = 0; back < 2; back++) {
			const struct attrs *attrs = back ? &more : &cut;

			assert_int_equal(by_name ? server_ask(server,
						       PACKET_SETSTAT, NULL,
						       "pa", "f", attrs)
						 : server_ask(server,
						       PACKET_FSETSTAT, NULL,
						       "ha", &one, attrs),
			    STATUS_OK);
		}
		assert_int_equal(end(server, &one), STATUS_OK);
	}
	/* A hole, and what was there before. */
	one = server_open(server, "f", NEW, rooms[0]);
	put(server, &one, 1, WHOLE);
	assert_int_equal(end(server, &one), STATUS_OK);
	assert_int_equal(upload(server, "f", OPEN_WRITE, "W"), STATUS_OK);

	/* Two handles, of which the second one empties the file. */
	for (uint32_t flags = OPEN_WRITE; flags != 0;
	     flags = flags == OPEN_WRITE ? NEW : 0) {
		unlink(server_path(server, "f"));
		one = server_open(server, "f", NEW, rooms[0]);
		put(server, &one, 0, WHOLE);
		other = server_open(server, "f", flags, rooms[1]);
		put(server, &other, 0, OTHER);
		assert_int_equal(end(server, &other), STATUS_OK);
		assert_int_equal(end(server, &one), STATUS_OK);
	}
	/* Emptied in between by a handle that writes nothing. */
	unlink(server_path(server, "f"));
	one = server_open(server, "f", NEW | OPEN_EXCL, rooms[0]);
	put(server, &one, 0, "what");
	other = server_open(server, "f", OPEN_READ | OPEN_TRUNC, rooms[1]);
	assert_int_equal(end(server, &other), STATUS_OK);
	put(server, &one, 4, &WHOLE[4]);
	assert_int_equal(end(server, &one), STATUS_OK);

	/* Bytes that the server copies. */
	one = server_open(server, "f", NEW, rooms[0]);
	other = server_open(server, "source", OPEN_READ, rooms[1]);
	assert_int_equal(server_ask(server, PACKET_EXTENDED, "copy-data",
			     "hooho", &other, UINT64_C(0), UINT64_C(0), &one,
			     UINT64_C(0)),
	    STATUS_OK);
	put(server, &one, 0, WHOLE);
	assert_int_equal(end(server, &one), STATUS_OK);
	one = server_open(server, "f", NEW, rooms[0]);
	put(server, &one, 0, WHOLE);
	assert_int_equal(server_ask(server, PACKET_EXTENDED, "copy-file", "ppb",
			     "source", "f", 1),
	    STATUS_OK);
	assert_int_equal(end(server, &one), STATUS_OK);
	assert_null(strstr(log_of(server), "sha256="));
	/* Control. */
	assert_int_equal(upload(server, "f", NEW, WHOLE), STATUS_OK);
	assert_int_equal(digests_told(server, name_of(WHOLE)), 1);
}

/* A file of holes, that it would take hours to read. */
static void
make_huge(const struct server *server, const char *name)
{
	server_put(server, name, "");
	assert_int_equal(truncate(server_path(server, name), (off_t)1 << 42),
	    0);
}

static void
ask_for_hours(struct server *server)
{
	wire_begin(&server->wire, PACKET_RENAME, NULL);
	buf_add_string(&server->wire.out, "huge", 4);
	buf_add_string(&server->wire.out, name_of(WHOLE), HASH_SHA256_TEXT - 1);
	assert_true(wire_send(&server->wire));
}

static void
a_session_ends_in_time_while_a_file_is_compared(void **state)
{
	struct server *server = *state;

	make_huge(server, "huge");
	server->keys[4] = "session-timeout";
	server->keys[5] = "1";
	begin_with(server, "verify", "name");
	ask_for_hours(server);
	wire_reply(&server->wire, &server->reply);
	assert_int_equal(server->reply.status, STATUS_FAILURE);
	assert_int_equal(server_stop(server), 1);
	assert_non_null(strstr(log_of(server), "reason=session-timeout"));
}

/* ... and is not idle meanwhile, however long that takes. */
static void
who_waits_for_a_comparison_is_not_idle(void **state)
{
	struct server *server = *state;

	make_huge(server, "huge");
	server->keys[4] = "idle-timeout";
	server->keys[5] = "1";
	server->keys[6] = "session-timeout";
	server->keys[7] = "3";
	begin_with(server, "verify", "name");
	ask_for_hours(server);
	wire_reply(&server->wire, &server->reply);
	assert_int_equal(server_stop(server), 1);
	assert_non_null(strstr(log_of(server), "reason=session-timeout"));
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		SERVER_TEST(an_upload_gets_the_name_of_its_contents_only),
		SERVER_TEST(digits_are_of_either_case),
		SERVER_TEST(what_is_written_in_any_order_is_compared),
		SERVER_TEST(a_name_is_given_by_no_other_way_either),
		SERVER_TEST(a_symlink_leads_to_the_name_that_counts),
		SERVER_TEST(what_is_there_is_not_changed_in_place),
		SERVER_TEST(what_is_being_written_gets_no_such_name),
		SERVER_TEST(the_name_at_the_end_counts),
		SERVER_TEST(without_proc_names_hold_as_well),
		SERVER_TEST(what_another_wants_to_write_gets_no_such_name),
		SERVER_TEST(what_took_the_old_name_does_not_get_the_new_one),
		SERVER_TEST(an_upload_in_order_has_its_digest_in_the_record),
		SERVER_TEST(what_is_not_in_order_has_no_digest),
		SERVER_TEST(a_session_ends_in_time_while_a_file_is_compared),
		SERVER_TEST(who_waits_for_a_comparison_is_not_idle),
	};
	enum { COUNT = sizeof(tests) / sizeof(*tests) };
	struct CMUnitTest twice[2 * COUNT];

	server_tests_twice(tests, COUNT, twice);
	return cmocka_run_group_tests(twice, NULL, NULL);
}
