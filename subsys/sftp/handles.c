/* A growing table of slots; free ones are a list, the last freed first. */
#include "subsys/sftp/handles.h"

#include <errno.h>
#include <string.h>
#include <sys/resource.h>

#include "base/xalloc.h"
#include "subsys/sftp/decode.h"
#include "subsys/sftp/proto.h"

#define NO_HANDLE UINT32_MAX

enum {
	FD_RESERVE = 32, /* descriptors that are not handles */
	MAX_HANDLES = 1 << 20,
};

void
handles_init(struct handles *handles)
{
	struct rlimit limit;

	*handles = (struct handles){ .free = NO_HANDLE, .max = 1000 };
	if (getrlimit(RLIMIT_NOFILE, &limit) != 0)
		return;
	limit.rlim_cur = limit.rlim_max;
	if (setrlimit(RLIMIT_NOFILE, &limit) != 0 &&
	    getrlimit(RLIMIT_NOFILE, &limit) != 0)
		return;
	if (limit.rlim_cur > MAX_HANDLES)
		limit.rlim_cur = MAX_HANDLES;
	handles->max = limit.rlim_cur > FD_RESERVE
			   ? (uint32_t)limit.rlim_cur - FD_RESERVE
			   : 1;
}

void
handles_free(struct handles *handles)
{
	for (uint32_t i = 0; i < handles->count; i++) {
		if (handles->at[i].kind != HANDLE_FREE)
			handles_remove(handles, &handles->at[i]);
	}
	free(handles->at);
	*handles = (struct handles){ .free = NO_HANDLE };
}

static struct handle *
free_slot(struct handles *handles)
{
	struct handle *slot;

	if (handles->free != NO_HANDLE) {
		slot = &handles->at[handles->free];
		handles->free = slot->next_free;
		return slot;
	}
	if (handles->count >= handles->max)
		return NULL;
	if (handles->count == handles->room) {
		handles->room = handles->room == 0 ? 16 : handles->room * 2;
		handles->at =
		    xrealloc(handles->at, handles->room, sizeof(*handles->at));
	}
	slot = &handles->at[handles->count++];
	*slot = (struct handle){ .kind = HANDLE_FREE };
	return slot;
}

struct handle *
handles_add(struct handles *handles, enum handle_kind kind, unsigned flags,
    int fd, const char *path)
{
	struct handle *slot = free_slot(handles);
	uint32_t generation;

	if (slot == NULL) {
		errno = EMFILE;
		return NULL;
	}
	generation = slot->generation + 1;
	*slot = (struct handle){ .kind = kind,
		.generation = generation,
		.flags = flags,
		.fd = fd,
		.path = xstrdup(path) };
	handles->writers += (flags & OPEN_WRITE) != 0;
	return slot;
}

int
handles_remove(struct handles *handles, struct handle *handle)
{
	int result = close(handle->fd);

	auto_free_memory(&handle->path);
	auto_free_memory(&handle->whole);
	handles->writers -= (handle->flags & OPEN_WRITE) != 0;
	handle->kind = HANDLE_FREE;
	handle->fd = -1;
	handle->next_free = handles->free;
	handles->free = (uint32_t)(handle - handles->at);
	return result;
}

struct handle *
handles_find(const struct handles *handles, const struct slice *name)
{
	uint32_t slot, generation;

	if (name->len != HANDLE_BYTES)
		return NULL;
	memcpy(&slot, name->at, sizeof(slot));
	memcpy(&generation, name->at + sizeof(slot), sizeof(generation));
	if (slot >= handles->count || handles->at[slot].kind == HANDLE_FREE ||
	    handles->at[slot].generation != generation)
		return NULL;
	return &handles->at[slot];
}

struct handle *
handles_find_kind(const struct handles *handles, const struct slice *name,
    enum handle_kind kind)
{
	struct handle *handle = handles_find(handles, name);

	return handle != NULL && handle->kind == kind ? handle : NULL;
}

void
handles_name(const struct handles *handles, const struct handle *handle,
    unsigned char name[HANDLE_BYTES])
{
	uint32_t slot = (uint32_t)(handle - handles->at);

	memcpy(name, &slot, sizeof(slot));
	memcpy(name + sizeof(slot), &handle->generation,
	    sizeof(handle->generation));
}
