/*
 * A ring of items with a hash table of chains over it. Trusts the kernel's
 * statx and name_to_handle_at; a file system that changes what identifies an
 * object makes it unknown, never another one known.
 */
#include "root/fileset.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>

#include "base/xalloc.h"

#ifndef AT_HANDLE_FID
#define AT_HANDLE_FID 0x200 /* Linux 6.5: a handle that only identifies */
#endif

enum {
	FIRST_ROOM = 64,
	HANDLE_BYTES = 128, /* MAX_HANDLE_SZ */
};

int64_t
fileset_now(void)
{
	struct timespec now = { 0, 0 };

	clock_gettime(CLOCK_BOOTTIME, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static uint64_t
fileset_mix(uint64_t sum, uint64_t value)
{
	sum = (sum ^ value) * 0x9E3779B97F4A7C15U;
	return sum ^ sum >> 32;
}

/* A sum of the object's file handle; 0 where it has none. */
static uint64_t
fileset_handle_stamp(int fd)
{
	union {
		struct file_handle handle;
		unsigned char room[sizeof(struct file_handle) + HANDLE_BYTES];
	} u;
	uint64_t sum = 1;
	int mount, result;

	u.handle.handle_bytes = HANDLE_BYTES;
	result = name_to_handle_at(fd, "", &u.handle, &mount, AT_EMPTY_PATH);
	if (result != 0 && errno == EOPNOTSUPP) {
		u.handle.handle_bytes = HANDLE_BYTES;
		result = name_to_handle_at(fd, "", &u.handle, &mount,
		    AT_EMPTY_PATH | AT_HANDLE_FID);
	}
	if (result != 0 || u.handle.handle_bytes > HANDLE_BYTES)
		return 0;
	sum = fileset_mix(sum, (uint64_t)u.handle.handle_type);
	for (unsigned i = 0; i < u.handle.handle_bytes; i++)
		sum = fileset_mix(sum, u.handle.f_handle[i]);
	return sum;
}

static bool
fileset_identify(int fd, struct fileset_item *item)
{
	struct statx st;

	if (statx(fd, "", AT_EMPTY_PATH, STATX_INO | STATX_BTIME, &st) != 0 ||
	    (st.stx_mask & STATX_INO) == 0)
		return false;
	*item = (struct fileset_item){
		.device = (uint64_t)st.stx_dev_major << 32 | st.stx_dev_minor,
		.inode = st.stx_ino,
	};
	if ((st.stx_mask & STATX_BTIME) != 0)
		item->stamp = fileset_mix((uint64_t)st.stx_btime.tv_sec,
		    st.stx_btime.tv_nsec);
	else
		item->stamp = fileset_handle_stamp(fd);
	return true;
}

static uint32_t *
fileset_bucket(const struct fileset *set, const struct fileset_item *item)
{
	uint64_t sum =
	    fileset_mix(fileset_mix(item->device, item->inode), item->stamp);

	return &set->buckets[sum & (set->room - 1)];
}

static struct fileset_item *
fileset_find(const struct fileset *set, const struct fileset_item *wanted)
{
	uint32_t at = set->count == 0 ? 0 : *fileset_bucket(set, wanted);

	while (at != 0) {
		struct fileset_item *item = &set->items[at - 1];

		if (item->device == wanted->device &&
		    item->inode == wanted->inode &&
		    item->stamp == wanted->stamp)
			return item;
		at = item->next;
	}
	return NULL;
}

static void
fileset_append(struct fileset *set, const struct fileset_item *item)
{
	size_t at = (set->first + set->count) & (set->room - 1);
	uint32_t *bucket = fileset_bucket(set, item);

	set->items[at] = *item;
	set->items[at].next = *bucket;
	*bucket = (uint32_t)at + 1;
	set->count++;
}

static void
fileset_forget_oldest(struct fileset *set)
{
	const struct fileset_item *oldest = &set->items[set->first];
	uint32_t number = (uint32_t)set->first + 1;
	uint32_t *link = fileset_bucket(set, oldest);

	while (*link != number)
		link = &set->items[*link - 1].next;
	*link = oldest->next;
	set->first = (set->first + 1) & (set->room - 1);
	set->count--;
}

static void
fileset_grow(struct fileset *set)
{
	struct fileset old = *set;

	*set = (struct fileset){ .limit = old.limit,
		.room = old.room == 0 ? FIRST_ROOM : old.room * 2 };
	set->items = xcalloc(set->room, sizeof(*set->items));
	set->buckets = xcalloc(set->room, sizeof(*set->buckets));
	for (size_t i = 0; i < old.count; i++)
		fileset_append(set,
		    &old.items[(old.first + i) & (old.room - 1)]);
	fileset_free(&old);
}

void
fileset_add(struct fileset *set, int fd, int64_t now)
{
	struct fileset_item item, *known;

	if (!fileset_identify(fd, &item))
		return;
	item.since = now;
	known = fileset_find(set, &item);
	if (known != NULL) {
		known->since = now;
		return;
	}
	if (set->count == set->room) {
		if (set->room < (set->limit > 0 ? set->limit : FILESET_MAX))
			fileset_grow(set);
		else
			fileset_forget_oldest(set);
	}
	fileset_append(set, &item);
}

bool
fileset_has(const struct fileset *set, int fd, int64_t now, unsigned window)
{
	const struct fileset_item *item;
	struct fileset_item wanted;

	if (set->count == 0 || !fileset_identify(fd, &wanted))
		return false;
	item = fileset_find(set, &wanted);
	return item != NULL && now >= item->since &&
	       now - item->since <= (int64_t)window * 1000;
}

void
fileset_drop(struct fileset *set, int fd)
{
	struct fileset_item *item, wanted;

	if (set->count == 0 || !fileset_identify(fd, &wanted))
		return;
	item = fileset_find(set, &wanted);
	if (item != NULL)
		item->since = INT64_MAX; /* later than any now */
}

void
fileset_free(struct fileset *set)
{
	free(set->items);
	free(set->buckets);
	*set = (struct fileset){ 0 };
}
