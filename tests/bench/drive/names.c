/* What is asked about names: attributes, canonical paths, listings. */
#include <stdlib.h>
#include <string.h>

#include "base/xalloc.h"
#include "tests/bench/drive/work.h"

static void
ask_small(struct run *run, enum packet type, uint32_t unit)
{
	char path[TREE_PATH];

	tree_small(path, unit % SMALL_FILES);
	ask_path(run, type, unit, path);
}

void
next_stat(struct run *run, uint32_t unit)
{
	ask_small(run, PACKET_STAT, unit);
}

void
next_lstat(struct run *run, uint32_t unit)
{
	ask_small(run, PACKET_LSTAT, unit);
}

void
next_realpath(struct run *run, uint32_t unit)
{
	ask_small(run, PACKET_REALPATH, unit);
}

bool
take_stat(struct run *run, const struct pending *request,
    const struct reply *reply)
{
	const struct stat *st = &run->tree->small[request->unit % SMALL_FILES];
	struct slice body = reply->body;
	bool right;

	expect(request, reply, PACKET_ATTRS);
	right = take_u32(&body) ==
		(ATTR_SIZE | ATTR_UIDGID | ATTR_PERMISSIONS | ATTR_ACMODTIME);
	right = take_u64(&body) == (uint64_t)st->st_size && right;
	right = take_u32(&body) == st->st_uid && right;
	right = take_u32(&body) == st->st_gid && right;
	right = take_u32(&body) == st->st_mode && right;
	take_u32(&body); /* the time of access changes */
	right = take_u32(&body) == (uint32_t)st->st_mtime && right;
	if (!right || body.len != 0)
		die("other attributes of small file %u", request->unit);
	return true;
}

/* OpenSSH's server tells where the tree lies, ours does not. */
bool
take_realpath(struct run *run, const struct pending *request,
    const struct reply *reply)
{
	struct slice body = reply->body, name, longname;
	char path[1 + TREE_PATH] = "/";
	size_t len;

	(void)run;
	tree_small(path + 1, request->unit % SMALL_FILES);
	len = strlen(path);
	expect(request, reply, PACKET_NAME);
	if (take_u32(&body) != 1)
		die("not one name");
	name = take_string(&body);
	longname = take_string(&body);
	if (name.len < len ||
	    memcmp(name.at + name.len - len, path, len) != 0 ||
	    longname.len != name.len ||
	    memcmp(name.at, longname.at, name.len) != 0)
		die("another path than %s", path);
	return true;
}

void
begin_list(struct run *run)
{
	run->seen = xcalloc(LISTED, sizeof(*run->seen));
}

void
next_list(struct run *run, uint32_t unit)
{
	memset(run->seen, 0, LISTED * sizeof(*run->seen));
	ask_path(run, PACKET_OPENDIR, unit, TREE_LIST);
}

static void
ask_readdir(struct run *run, uint32_t unit)
{
	struct buf request =
	    request_begin(&run->server, PACKET_READDIR, unit, 512);

	buf_add_string(&request, run->handle, run->handle_len);
	request_end(&run->server, &request);
}

/* Each entry comes once, with its own size and its name at the end. */
static void
take_entry(struct run *run, struct slice *body)
{
	struct slice name = take_string(body), longname = take_string(body);
	char text[TREE_PATH] = "", path[TREE_PATH];
	unsigned long i;

	if (name.len >= sizeof(text) || longname.len < name.len ||
	    memcmp(longname.at + longname.len - name.len, name.at, name.len) !=
		0)
		die("an odd entry");
	memcpy(text, name.at, name.len);
	i = strtoul(text + strcspn(text, "0123456789"), NULL, 10);
	if (take_u32(body) !=
	    (ATTR_SIZE | ATTR_UIDGID | ATTR_PERMISSIONS | ATTR_ACMODTIME))
		die("an entry without attributes");
	if (name.at[0] != '.') {
		tree_listed(path, (uint32_t)i);
		if (i >= LISTED || run->seen[i] || take_u64(body) != i ||
		    strcmp(strchr(path, '/') + 1, text) != 0)
			die("a wrong entry: %s", text);
		run->seen[i] = true;
	} else {
		take_u64(body);
	}
	for (int word = 0; word < 5; word++)
		take_u32(body);
}

static void
check_seen(const struct run *run)
{
	for (uint32_t i = 0; i < LISTED; i++) {
		if (!run->seen[i])
			die("entry %u was not listed", i);
	}
}

bool
take_list(struct run *run, const struct pending *request,
    const struct reply *reply)
{
	struct slice body = reply->body, handle;

	if (request->type == PACKET_CLOSE) {
		expect_status(request, reply, STATUS_OK);
		return true;
	}
	if (request->type == PACKET_OPENDIR) {
		expect(request, reply, PACKET_HANDLE);
		handle = take_string(&body);
		if (handle.len > sizeof(run->handle))
			die("a handle of %zu bytes", handle.len);
		memcpy(run->handle, handle.at, handle.len);
		run->handle_len = handle.len;
		ask_readdir(run, request->unit);
	} else if (reply->type == PACKET_NAME) {
		for (uint32_t left = take_u32(&body); left > 0; left--)
			take_entry(run, &body);
		ask_readdir(run, request->unit);
	} else {
		expect_status(request, reply, STATUS_EOF);
		check_seen(run);
		ask_close(run, request->unit, run->handle, run->handle_len);
	}
	return false;
}

void
end_list(struct run *run)
{
	free(run->seen);
}
