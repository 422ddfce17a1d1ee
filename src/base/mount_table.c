/*
 * Reads the kernel's table of mounts. A machine may have thousands: one
 * buffer holds the text, and the entries point into it.
 */
#include "base/mount_table.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/io.h"
#include "base/num.h"
#include "base/xalloc.h"

enum {
	TEXT_FIRST = 16 << 10, /* room for the mounts of most machines */
	TEXT_MAX = 64 << 20,   /* 100,000 mounts, the kernel's default limit */
	TRIES = 8,
};

/*
 * Ends the field that begins at *at with a NUL and moves *at behind it.
 * Returns the field, or NULL at the line's end.
 */
static char *
take_field(char **at)
{
	char *field = *at;

	if (*field == '\0')
		return NULL;
	*at += strcspn(*at, " ");
	if (**at == ' ')
		*(*at)++ = '\0';
	return field;
}

static bool
is_octal(const char *digits)
{
	for (int i = 0; i < 3; i++) {
		if (digits[i] < '0' || digits[i] > '7')
			return false;
	}
	return true;
}

/* The kernel writes blanks, tabs, newlines and backslashes as \OOO. */
static void
mount_table_unescape(char *text)
{
	char *to = text;

	for (const char *from = text; *from != '\0'; to++) {
		if (from[0] == '\\' && is_octal(from + 1)) {
			*to = (char)((from[1] - '0') << 6 |
				     (from[2] - '0') << 3 | (from[3] - '0'));
			from += 4;
		} else {
			*to = *from++;
		}
	}
	*to = '\0';
}

/* MAJOR:MINOR */
static bool
parse_device(char *text, uint64_t *device)
{
	char *colon = strchr(text, ':');
	int64_t major = 0, minor = 0;

	if (colon == NULL)
		return false;
	*colon = '\0';
	if (!num_parse(text, 0, UINT32_MAX, &major) ||
	    !num_parse(colon + 1, 0, UINT32_MAX, &minor))
		return false;
	*device = (uint64_t)major << 32 | (uint64_t)minor;
	return true;
}

/*
 * ID PARENT MAJOR:MINOR ROOT POINT OPTIONS [TAG[:VALUE]]... - TYPE SOURCE ...
 */
static bool
parse_line(struct mount *mount, char *line)
{
	enum { ID, PARENT, DEVICE, ROOT, POINT, OPTIONS, FIELDS };
	char *fields[FIELDS], *field, *type;
	int64_t id = 0, parent = 0;

	mount->follows = false;

	for (int i = 0; i < FIELDS; i++) {
		fields[i] = take_field(&line);
		if (fields[i] == NULL)
			return false;
	}
	while ((field = take_field(&line)) != NULL && strcmp(field, "-") != 0)
		mount->follows |= strncmp(field, "shared:", 7) == 0 ||
				  strncmp(field, "master:", 7) == 0;
	type = field == NULL ? NULL : take_field(&line);
	if (type == NULL || !num_parse(fields[ID], 0, INT_MAX, &id) ||
	    !num_parse(fields[PARENT], 0, INT_MAX, &parent) ||
	    !parse_device(fields[DEVICE], &mount->device))
		return false;
	mount_table_unescape(fields[ROOT]);
	mount_table_unescape(fields[POINT]);
	mount->id = (int)id;
	mount->parent = (int)parent;
	mount->root = fields[ROOT];
	mount->point = fields[POINT];
	mount->type = type;
	return true;
}

int
mount_table_parse(struct mount_table *table, char *text)
{
	size_t room = 0;
	char *line = text;

	*table = (struct mount_table){ .text = text };
	while (*line != '\0') {
		char *end = line + strcspn(line, "\n");
		bool is_last = *end == '\0';

		*end = '\0';
		if (table->count == room) {
			room = room == 0 ? 64 : 2 * room;
			table->at =
			    xrealloc(table->at, room, sizeof(*table->at));
		}
		if (!parse_line(&table->at[table->count], line)) {
			mount_table_free(table);
			errno = EINVAL;
			return -1;
		}
		table->count++;
		line = is_last ? end : end + 1;
	}
	return 0;
}

void
mount_table_free(struct mount_table *table)
{
	free(table->at);
	free(table->text);
	*table = (struct mount_table){ 0 };
}

const struct mount *
mount_table_find(const struct mount_table *table, int id)
{
	for (size_t i = 0; i < table->count; i++) {
		if (table->at[i].id == id)
			return &table->at[i];
	}
	return NULL;
}

/* The whole text, allocated, with a NUL behind it; or NULL with errno. */
static char *
mount_table_read(int fd)
{
	size_t room = TEXT_FIRST, len = 0;
	auto_free char *text = xrealloc(NULL, room, 1);

	for (;;) {
		ssize_t got = io_read_all(fd, text + len, room - 1 - len);

		if (got < 0)
			return NULL;
		len += (size_t)got;
		if (len < room - 1)
			break;
		if (room >= TEXT_MAX) {
			errno = E2BIG;
			return NULL;
		}
		room *= 2;
		text = xrealloc(text, room, 1);
	}
	text[len] = '\0';
	return take_memory(&text);
}

/*
 * The kernel hands out the table piece by piece, and an entry may be missed
 * where mounts come and go meanwhile: poll(2) tells of that (proc(5)).
 */
static bool
has_changed(int fd)
{
	struct pollfd table = { .fd = fd, .events = POLLPRI };

	return poll(&table, 1, 0) != 0 &&
	       (table.revents & (POLLERR | POLLPRI)) != 0;
}

int
mount_table_load(struct mount_table *table)
{
	for (int i = 0; i < TRIES; i++) {
		auto_fd int fd =
		    open("/proc/self/mountinfo", O_RDONLY | O_CLOEXEC);
		auto_free char *text = fd < 0 ? NULL : mount_table_read(fd);

		if (text == NULL)
			return -1;
		if (!has_changed(fd))
			return mount_table_parse(table, take_memory(&text));
	}
	errno = EAGAIN;
	return -1;
}

int
mount_table_load_from(struct mount_table *table, int fd)
{
	auto_free char *text = NULL;

	if (lseek(fd, 0, SEEK_SET) != 0)
		return -1;
	text = mount_table_read(fd);
	return text == NULL ? -1 : mount_table_parse(table, take_memory(&text));
}

/* From /proc/self/fdinfo, as kernels before 5.8 tell it, too. */
static int
id_by_proc(int fd)
{
	static const char label[] = "\nmnt_id:";
	char path[48], text[512];
	auto_fd int info = -1;
	char *number;
	int64_t id = 0;
	ssize_t len;

	snprintf(path, sizeof(path), "/proc/self/fdinfo/%d", fd);
	info = open(path, O_RDONLY | O_CLOEXEC);
	len = info < 0 ? -1 : io_read_all(info, text, sizeof(text) - 1);
	if (len < 0)
		return -1;
	text[len] = '\0';
	number = strstr(text, label);
	if (number != NULL) {
		number += sizeof(label) - 1;
		number += strspn(number, " \t");
		number[strcspn(number, "\n")] = '\0';
		if (num_parse(number, 0, INT_MAX, &id))
			return (int)id;
	}
	errno = ENOSYS;
	return -1;
}

int
mount_table_id_of(int fd)
{
#ifdef STATX_MNT_ID
	struct statx st;

	if (statx(fd, "", AT_EMPTY_PATH, STATX_MNT_ID, &st) == 0 &&
	    (st.stx_mask & STATX_MNT_ID) != 0 && st.stx_mnt_id <= INT_MAX)
		return (int)st.stx_mnt_id;
#endif
	return id_by_proc(fd);
}
