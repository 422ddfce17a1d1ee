/* Large files, down and up. */
#include <string.h>

#include "tests/bench/drive/work.h"

static uint32_t
blocks(const struct run *run)
{
	return (BIG_SIZE + run->workload->block - 1) / run->workload->block;
}

/* Where a unit's block lies, and how long it is. */
static uint64_t
place(const struct run *run, uint32_t unit, size_t *len)
{
	uint64_t offset = (uint64_t)(unit % blocks(run)) * run->workload->block;

	*len = run->workload->block;
	if (*len > BIG_SIZE - offset)
		*len = BIG_SIZE - offset;
	return offset;
}

void
begin_get(struct run *run)
{
	open_one(run, TREE_BIG, OPEN_READ);
}

void
begin_put(struct run *run)
{
	open_one(run, TREE_UPLOAD, OPEN_WRITE | OPEN_CREAT | OPEN_TRUNC);
}

void
next_get(struct run *run, uint32_t unit)
{
	struct buf request =
	    request_begin(&run->server, PACKET_READ, unit, 512);
	size_t len;

	buf_add_string(&request, run->handle, run->handle_len);
	buf_add_u64(&request, place(run, unit, &len));
	buf_add_u32(&request, run->workload->block);
	request_end(&run->server, &request);
}

bool
take_get(struct run *run, const struct pending *request,
    const struct reply *reply)
{
	struct slice body = reply->body, data;
	size_t len;
	uint64_t offset = place(run, request->unit, &len);

	expect(request, reply, PACKET_DATA);
	data = take_string(&body);
	if (data.len != len ||
	    memcmp(data.at, run->tree->content + offset, len) != 0)
		die("other bytes at %llu", (unsigned long long)offset);
	return true;
}

void
next_put(struct run *run, uint32_t unit)
{
	size_t len;
	uint64_t offset = place(run, unit, &len);
	struct buf request =
	    request_begin(&run->server, PACKET_WRITE, unit, 512 + len);

	buf_add_string(&request, run->handle, run->handle_len);
	buf_add_u64(&request, offset);
	buf_add_string(&request, run->tree->content + offset, len);
	request_end(&run->server, &request);
}

bool
take_put(struct run *run, const struct pending *request,
    const struct reply *reply)
{
	(void)run;
	expect_status(request, reply, STATUS_OK);
	return true;
}

void
end_get(struct run *run)
{
	struct pending request;
	struct reply reply;

	ask_close(run, 0, run->handle, run->handle_len);
	call(run, &request, &reply);
	expect_status(&request, &reply, STATUS_OK);
}

void
end_put(struct run *run)
{
	end_get(run);
	tree_check(run->tree, TREE_UPLOAD, run->tree->content, BIG_SIZE);
}
