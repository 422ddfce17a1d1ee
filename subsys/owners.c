/* passwd(5) and group(5) by descriptor; the long form of a listing's lines. */
#include "subsys/owners.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <time.h>
#include <unistd.h>

#include "base/num.h"
#include "session/session.h"

enum { HALF_YEAR = 365 * 24 * 3600 / 2, COPIED_AT_ONCE = 1 << 20 };

static void
cache_name(struct owners *names, enum name_kind kind, unsigned id,
    const char *name, size_t len)
{
	size_t i = names->count[kind];

	if (i < OWNERS_CACHED)
		names->count[kind]++;
	else
		i = names->next[kind]++ % OWNERS_CACHED;
	if (len >= NAME_BYTES)
		len = NAME_BYTES - 1;
	names->cached[kind][i].id = id;
	memcpy(names->cached[kind][i].name, name, len);
	names->cached[kind][i].name[len] = '\0';
}

void
owners_close(struct owners *names)
{
	auto_close_fd(&names->files[NAME_USER]);
	auto_close_fd(&names->files[NAME_GROUP]);
	name_service_end(&names->service);
}

/* Is "name:x:ID:..." of this id? *len is the name's length then. */
static bool
line_is_of(char *line, unsigned id, size_t *len)
{
	size_t name = strcspn(line, ":");
	char *field = line + name, *end;
	int64_t number;

	if (*field != ':' || name == 0)
		return false;
	field += 1 + strcspn(field + 1, ":");
	if (*field != ':')
		return false;
	end = field + 1 + strcspn(field + 1, ":");
	*end = '\0';
	*len = name;
	return num_parse(field + 1, 0, UINT32_MAX, &number) && number == id;
}

/* Reads the file's lines until one is of this id; skips those too long. */
static bool
read_name(struct owners *names, enum name_kind kind, unsigned id)
{
	char room[4096], *line, *newline;
	size_t have = 0, len;
	off_t from = 0;
	ssize_t got;

	while ((got = pread(names->files[kind], room + have,
		    sizeof(room) - 1 - have, from)) > 0) {
		from += got;
		have += (size_t)got;
		room[have] = '\0';
		for (line = room; (newline = strchr(line, '\n')) != NULL;
		     line = newline + 1) {
			*newline = '\0';
			if (line_is_of(line, id, &len)) {
				cache_name(names, kind, id, line, len);
				return true;
			}
		}
		have -= (size_t)(line - room);
		memmove(room, line, have);
		if (have == sizeof(room) - 1)
			have = 0;
	}
	return false;
}

static const char *
find_cached_name(const struct owners *names, enum name_kind kind, unsigned id)
{
	for (size_t i = 0; i < names->count[kind]; i++) {
		if (names->cached[kind][i].id == id)
			return names->cached[kind][i].name;
	}
	return NULL;
}

const char *
owners_find(struct owners *names, enum name_kind kind, unsigned id)
{
	const char *name = find_cached_name(names, kind, id);
	char name_elsewhere[NAME_BYTES];

	if (name != NULL)
		return name;
	if (names->files[kind] < 0)
		return "";
	if (!read_name(names, kind, id)) {
		if (!name_service_find(&names->service, (enum account_kind)kind,
			id, name_elsewhere, sizeof(name_elsewhere)))
			name_elsewhere[0] = '\0';
		cache_name(names, kind, id, name_elsewhere,
		    strlen(name_elsewhere));
	}
	return find_cached_name(names, kind, id);
}

/*
 * The file, to be read when a name is first asked for. Root gets a copy: by a
 * descriptor of the file itself root could change its mode or owner from behind
 * any wall.
 */
static int
owners_open_names(const char *path)
{
	auto_fd int fd = open(path, O_RDONLY | O_CLOEXEC);
	auto_fd int copy = -1;
	ssize_t moved;

	if (fd < 0 || geteuid() != 0)
		return take_fd(&fd);
	copy = memfd_create("names", MFD_CLOEXEC);
	do
		moved = sendfile(copy, fd, NULL, COPIED_AT_ONCE);
	while (moved > 0);
	return moved == 0 ? take_fd(&copy) : -1;
}

void
owners_open(struct owners *names, const struct session *session,
    enum listed_names shown)
{
	*names = (struct owners){ .files = { -1, -1 },
		.service = { .socket = -1 },
		.minute = -1 };
	if (shown == NAMES_NONE)
		return;
	names->files[NAME_USER] = owners_open_names("/etc/passwd");
	names->files[NAME_GROUP] = owners_open_names("/etc/group");
	cache_name(names, NAME_USER, session->uid, session->user,
	    strlen(session->user));
	if (shown == NAMES_SYSTEM) {
		/* Without it such names are numbers. */
		if (name_service_is_there() &&
		    name_service_start(&names->service) != 0)
			return;
		return;
	}
	owners_find(names, NAME_GROUP, session->gid);
	owners_close(names);
}

void
owners_now(struct owners *names)
{
	names->now = time(NULL);
	if (names->half_year != names->now - HALF_YEAR)
		names->minute = -1;
	names->half_year = names->now - HALF_YEAR;
}

/* Most files of a listing have the same minute: its text is kept. */
static void
set_date(struct owners *names, time_t when)
{
	bool recent = when > names->half_year && when <= names->now;
	struct tm tm;

	if (names->minute == when / 60 && when >= 0)
		return;
	names->minute = when / 60;
	if (localtime_r(&when, &tm) == NULL ||
	    strftime(names->date, sizeof(names->date),
		recent ? "%b %e %H:%M" : "%b %e  %Y", &tm) == 0)
		memcpy(names->date, "Jan  1  1970", 13);
}

static char
type_letter(mode_t mode)
{
	switch (mode & S_IFMT) {
	case S_IFREG:
		return '-';
	case S_IFDIR:
		return 'd';
	case S_IFLNK:
		return 'l';
	case S_IFIFO:
		return 'p';
	case S_IFSOCK:
		return 's';
	case S_IFCHR:
		return 'c';
	case S_IFBLK:
		return 'b';
	default:
		return '?';
	}
}

/* Ten characters and a blank, as strmode(3) of BSD has them. */
static void
add_mode(struct buf *out, mode_t mode)
{
	static const char letters[] = "rwxrwxrwx";
	char text[11];

	text[0] = type_letter(mode);
	memset(text + 1, '-', 9);
	for (int i = 0; i < 9; i++)
		if (mode & (mode_t)(0400 >> i))
			text[1 + i] = letters[i];
	if (mode & S_ISUID)
		text[3] = text[3] == 'x' ? 's' : 'S';
	if (mode & S_ISGID)
		text[6] = text[6] == 'x' ? 's' : 'S';
	if (mode & S_ISVTX)
		text[9] = text[9] == 'x' ? 't' : 'T';
	text[10] = ' ';
	buf_add(out, text, sizeof(text));
}

/* The name, or the number, left-aligned to eight, and a blank. */
static void
add_owner(struct buf *out, struct owners *names, enum name_kind kind,
    unsigned id)
{
	const char *name = owners_find(names, kind, id);
	size_t before = out->len;

	if (name[0] != '\0')
		buf_add_text(out, name);
	else
		buf_add_number(out, id, 0);
	while (out->len - before < 8 && !out->full)
		buf_add(out, " ", 1);
	buf_add(out, " ", 1);
}

void
owners_details(struct owners *names, const struct stat *st, const char *size,
    struct buf *out)
{
	add_mode(out, st->st_mode);
	buf_add(out, " ", 1);
	buf_add_number(out, st->st_nlink, 3);
	buf_add(out, " ", 1);
	add_owner(out, names, NAME_USER, st->st_uid);
	add_owner(out, names, NAME_GROUP, st->st_gid);
	if (size == NULL)
		buf_add_number(out, (uint64_t)st->st_size, 8);
	else
		buf_addf(out, "%8s", size);
	set_date(names, st->st_mtime);
	buf_add(out, " ", 1);
	buf_add_text(out, names->date);
	buf_add(out, " ", 1);
}

void
owners_longname(struct owners *names, const char *name, size_t len,
    const struct stat *st, struct buf *out)
{
	owners_details(names, st, NULL, out);
	buf_add(out, name, len);
}

void
owners_no_details(mode_t kind, struct buf *out)
{
	buf_addf(out, "%c?????????  %3s %-8s %-8s %8s %12s ", type_letter(kind),
	    "?", "?", "?", "?", "?");
}
