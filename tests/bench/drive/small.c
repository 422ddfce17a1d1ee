/* Small files, from open to close. */
#include <string.h>

#include "tests/bench/drive/work.h"

void
next_read(struct run *run, uint32_t unit)
{
	char path[TREE_PATH];

	tree_small(path, unit % SMALL_FILES);
	ask_open(run, unit, path, OPEN_READ);
}

void
next_write(struct run *run, uint32_t unit)
{
	char path[TREE_PATH];

	tree_new(path, unit);
	ask_open(run, unit, path, OPEN_WRITE | OPEN_CREAT | OPEN_TRUNC);
}

bool
take_read(struct run *run, const struct pending *request,
    const struct reply *reply)
{
	struct slice body = reply->body, value;
	struct buf read;

	if (request->type == PACKET_CLOSE) {
		expect_status(request, reply, STATUS_OK);
		return true;
	}
	if (request->type == PACKET_OPEN) {
		expect(request, reply, PACKET_HANDLE);
		value = take_string(&body);
		read = request_begin(&run->server, PACKET_READ, request->unit,
		    512);
		buf_add_string(&read, value.at, value.len);
		buf_add_u64(&read, 0);
		buf_add_u32(&read, 32768);
		request_end(&run->server, &read);
		ask_close(run, request->unit, value.at, value.len);
		return false;
	}
	expect(request, reply, PACKET_DATA);
	value = take_string(&body);
	if (value.len != SMALL_SIZE ||
	    memcmp(value.at,
		tree_small_content(run->tree, request->unit % SMALL_FILES),
		SMALL_SIZE) != 0)
		die("other bytes in small file %u", request->unit);
	return false;
}

bool
take_write(struct run *run, const struct pending *request,
    const struct reply *reply)
{
	struct slice body = reply->body, handle;
	struct buf write;

	if (request->type != PACKET_OPEN) {
		expect_status(request, reply, STATUS_OK);
		return request->type == PACKET_CLOSE;
	}
	expect(request, reply, PACKET_HANDLE);
	handle = take_string(&body);
	write = request_begin(&run->server, PACKET_WRITE, request->unit,
	    512 + SMALL_SIZE);
	buf_add_string(&write, handle.at, handle.len);
	buf_add_u64(&write, 0);
	buf_add_string(&write, tree_small_content(run->tree, request->unit),
	    SMALL_SIZE);
	request_end(&run->server, &write);
	ask_close(run, request->unit, handle.at, handle.len);
	return false;
}

void
end_write(struct run *run)
{
	char path[TREE_PATH];

	for (uint32_t i = 0; i < run->workload->units; i++) {
		tree_new(path, i);
		tree_check(run->tree, path, tree_small_content(run->tree, i),
		    SMALL_SIZE);
	}
}
