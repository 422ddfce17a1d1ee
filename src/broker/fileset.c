/* Open addressing, doubled at two thirds; nothing is ever taken out. */
#include "broker/fileset.h"

#include <stdlib.h>

#include "base/birth.h"
#include "base/xalloc.h"

enum { MAX_COUNT = 1000 * 1000, FIRST_ROOM = 64 };

static bool
identify(int fd, struct fileset_item *file)
{
	struct birth birth;

	if (birth_of(fd, &birth) != 0)
		return false;
	*file = (struct fileset_item){
		.device = birth.device,
		.inode = birth.inode,
		.birth = (int64_t)((uint64_t)birth.at.tv_sec * 1000000000U +
				   (uint64_t)birth.at.tv_nsec),
	};
	return file->birth != 0;
}

static bool
is_same(const struct fileset_item *a, const struct fileset_item *b)
{
	return a->device == b->device && a->inode == b->inode &&
	       a->birth == b->birth;
}

/* The slot of the file, or the empty one where it belongs. */
static struct fileset_item *
slot_of(const struct fileset *made, const struct fileset_item *file)
{
	uint64_t mix = (file->inode ^ file->device << 7) * 0x9E3779B97F4A7C15U;
	size_t at = (size_t)(mix >> 32) & (made->room - 1);

	while (made->slots[at].birth != 0 && !is_same(&made->slots[at], file))
		at = (at + 1) & (made->room - 1);
	return &made->slots[at];
}

static void
grow(struct fileset *made)
{
	struct fileset old = *made;

	made->room = old.room == 0 ? FIRST_ROOM : old.room * 2;
	made->slots = xcalloc(made->room, sizeof(*made->slots));
	for (size_t i = 0; i < old.room; i++) {
		if (old.slots[i].birth != 0)
			*slot_of(made, &old.slots[i]) = old.slots[i];
	}
	free(old.slots);
}

void
fileset_add(struct fileset *made, int fd, bool by_writing)
{
	struct fileset_item file, *slot;

	if (!identify(fd, &file))
		return;
	if (made->count * 3 >= made->room * 2) {
		if (made->count >= MAX_COUNT)
			return;
		grow(made);
	}
	slot = slot_of(made, &file);
	file.by_writing = by_writing || slot->by_writing;
	made->count += slot->birth == 0;
	*slot = file;
}

const struct fileset_item *
fileset_find(const struct fileset *made, int fd)
{
	const struct fileset_item *slot;
	struct fileset_item file;

	if (made->count == 0 || !identify(fd, &file))
		return NULL;
	slot = slot_of(made, &file);
	return slot->birth == 0 ? NULL : slot;
}

void
fileset_free(struct fileset *made)
{
	free(made->slots);
	*made = (struct fileset){ 0 };
}
