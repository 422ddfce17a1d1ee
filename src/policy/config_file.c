/*
 * Files of the configuration, read whole and given to libinih line by line.
 * Trusts what root (or, where the caller says so, the account) alone can
 * write, by the open descriptor; nothing is checked first by name.
 */
#include "policy/config_file.h"

#include <errno.h>
#include <fcntl.h>
#include <ini.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/io.h"
#include "base/quote.h"
#include "base/xalloc.h"

enum {
	FILE_MAX = 16 * 1024 * 1024,
	LINE_ROOM = 8192, /* where libinih can be told; else 200 */
	SECTION_MAX = 512,
};

/*
 * Upstream's libinih, and so Alpine's, is fixed at 200 bytes a line and lacks
 * these; where its header has them, they are declared twice.
 */
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wredundant-decls"
extern int ini_max_line, ini_initial_alloc;
extern bool ini_use_stack;
#pragma GCC diagnostic pop
#pragma weak ini_max_line
#pragma weak ini_initial_alloc
#pragma weak ini_use_stack

static const char not_a_line[] = "neither [section], key = value nor a comment";

struct reader {
	const char *at, *end;
	int number;                /* of the line that was read last */
	char section[SECTION_MAX]; /* the one that holds this line */
	int section_line;
	config_visit *visit;
	config_fault *fault; /* hears of each fault; NULL: the first one ends */
	void *context;
	bool unanswered; /* the line is a setting that wasn't visited yet */
	struct buf *why; /* the first fault, without its place */
	int faulty;      /* its line; 0: none */
};

static int
config_file_fail(struct buf *error, const char *path, const char *why)
{
	int saved = errno;

	buf_addf(error, "%s: %s", path, why);
	errno = saved;
	return -1;
}

/* Anybody else could change what the account may do. */
static int
check_owner(int fd, const struct stat *st, const char *path, uid_t also,
    struct buf *error)
{
	errno = EPERM;
	if (st->st_uid != 0 && st->st_uid != also) {
		buf_addf(error, "%s: belongs to uid %u; must belong to root",
		    path, (unsigned)st->st_uid);
		return -1;
	}
	if (st->st_mode & 022)
		return config_file_fail(error, path,
		    "group or others may write it (chmod go-w)");
	return fd;
}

/* A name that is there, though nothing can be opened by it: what should be read
 * is missing. */
static bool
leads_nowhere(int at, const char *name)
{
	struct stat st;
	bool is_link = fstatat(at, name, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
		       S_ISLNK(st.st_mode);

	errno = ENOENT;
	return is_link;
}

static int
open_trusted(int at, const char *name, int flags, const char *path, uid_t also,
    struct buf *error)
{
	auto_fd int fd = openat(at, name,
	    O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK | flags);
	struct stat st;

	if (fd < 0 && errno == ENOENT) {
		if (!leads_nowhere(at, name))
			return -1;
		errno = ELOOP;
		return config_file_fail(error, path,
		    "No such file or directory (it is a symlink)");
	}
	if (fd < 0 || fstat(fd, &st) != 0)
		return config_file_fail(error, path, strerror(errno));
	if (!S_ISREG(st.st_mode) && !S_ISDIR(st.st_mode)) {
		errno = EINVAL;
		return config_file_fail(error, path, "is not a file");
	}
	if (check_owner(fd, &st, path, also, error) < 0)
		return -1;
	return take_fd(&fd);
}

int
config_open_directory(int at, const char *name, const char *path, uid_t also,
    struct buf *error)
{
	return open_trusted(at, name, O_DIRECTORY, path, also, error);
}

int
config_open_file(int at, const char *name, const char *path, uid_t also,
    struct buf *error)
{
	return open_trusted(at, name, 0, path, also, error);
}

/* why is NULL where it stands in reader->why already. */
static void
blame(struct reader *reader, const char *why)
{
	if (reader->faulty != 0)
		return;
	if (why != NULL)
		buf_add_text(reader->why, why);
	if (reader->fault == NULL) {
		reader->faulty = reader->number;
		return;
	}
	reader->fault(reader->context, reader->number, buf_text(reader->why));
	reader->why->len = 0;
}

/* To be called when the line's end is known to have come. */
static void
line_ends(struct reader *reader)
{
	if (reader->unanswered)
		blame(reader, not_a_line);
	reader->unanswered = false;
}

/* Tells who goes on of a header: a section may have no line. */
static void
tell_section(struct reader *reader)
{
	const struct config_line line = { .number = reader->number,
		.section = reader->section,
		.section_line = reader->section_line };

	if (reader->fault != NULL &&
	    reader->visit(reader->context, &line, reader->why) != 0)
		blame(reader, NULL);
}

/* "[" NAME "]" and nothing behind it but blanks or a comment. */
static void
note_section(struct reader *reader, const char *line, size_t len)
{
	const char *end = memchr(line, ']', len), *name = line + 1, *rest;
	const char *stop = line + len;

	if (end == NULL) {
		blame(reader, not_a_line);
		return;
	}
	rest = end + 1;
	while (rest < stop && memchr(" \t\r", *rest, 3) != NULL)
		rest++;
	if (rest < stop && (*rest != ';' || rest == end + 1))
		blame(reader, "text behind the section's ]");
	while (name < end && (*name == ' ' || *name == '\t'))
		name++;
	while (end > name && (end[-1] == ' ' || end[-1] == '\t'))
		end--;
	len = (size_t)(end - name);
	if (len >= SECTION_MAX)
		blame(reader, "the section's name is too long");
	else
		memcpy(reader->section, name, len);
	reader->section[len < SECTION_MAX ? len : 0] = '\0';
	reader->section_line = reader->number;
	tell_section(reader);
}

/*
 * libinih's reader. Blanks in front of a line go: to libinih they would mean
 * that the line before goes on.
 */
static char *
config_file_line(char *room, int size, void *context)
{
	struct reader *reader = context;
	size_t left = (size_t)(reader->end - reader->at), len;
	const char *line = reader->at, *newline;

	line_ends(reader);
	if (left == 0 || reader->faulty != 0)
		return NULL;
	newline = memchr(line, '\n', left);
	len = newline == NULL ? left : (size_t)(newline - line);
	reader->at += newline == NULL ? len : len + 1;
	reader->number++;
	/* What libinih skips, too: nothing may be a header to it alone. */
	while (len > 0 && memchr(" \t\r\v\f", *line, 5) != NULL) {
		line++;
		len--;
	}
	/* libinih takes three bytes for itself. */
	if (len + 3 > (size_t)size || memchr(line, '\0', len) != NULL) {
		blame(reader, len + 3 > (size_t)size
				  ? "the line is too long"
				  : "the line holds a NUL byte");
		len = 0; /* for who goes on */
	}
	if (len > 0 && line[0] == '[')
		note_section(reader, line, len);
	else
		reader->unanswered =
		    len > 0 && line[0] != ';' && line[0] != '#';
	if (reader->faulty != 0)
		return NULL;
	memcpy(room, line, len);
	room[len] = '\0';
	return room;
}

/* libinih's handler: 1 goes on. Its section is cut at 49 bytes, ours isn't. */
static int
take_setting(void *context, const char *section, const char *key,
    const char *value)
{
	struct reader *reader = context;
	const struct config_line line = { .number = reader->number,
		.section = reader->section,
		.section_line = reader->section_line,
		.key = key,
		.value = value };

	(void)section;
	reader->unanswered = false;
	if (strstr(value, " #") != NULL || strstr(value, "\t#") != NULL)
		blame(reader, "a comment behind a value begins with ;");
	else if (reader->visit(reader->context, &line, reader->why) != 0)
		blame(reader, NULL);
	return 1;
}

static void
widen_lines(void)
{
	if (&ini_max_line == NULL || &ini_initial_alloc == NULL ||
	    &ini_use_stack == NULL)
		return;
	ini_use_stack = false;
	ini_max_line = LINE_ROOM;
	ini_initial_alloc = LINE_ROOM;
}

static int
config_file_parse(struct reader *reader, const char *path, struct buf *error)
{
	widen_lines();
	if (ini_parse_stream(config_file_line, reader, take_setting, reader) <
	    0)
		return config_file_fail(error, path, "no memory");
	line_ends(reader);
	if (reader->faulty == 0)
		return 0;
	buf_addf(error, "%s:%d: ", path, reader->faulty);
	buf_add(error, reader->why->bytes, reader->why->len);
	return -1;
}

static bool
is_unchanged(const struct stat *before, const struct stat *after)
{
	return before->st_size == after->st_size &&
	       before->st_mtim.tv_sec == after->st_mtim.tv_sec &&
	       before->st_mtim.tv_nsec == after->st_mtim.tv_nsec &&
	       before->st_ctim.tv_sec == after->st_ctim.tv_sec &&
	       before->st_ctim.tv_nsec == after->st_ctim.tv_nsec;
}

/*
 * The whole file, allocated, or NULL with a sentence in error. A file that is
 * shorter or longer than it was said to be is being written.
 */
static char *
read_whole(int fd, const char *path, size_t *size, struct buf *error)
{
	auto_free char *text = NULL;
	struct stat st, after;
	ssize_t len;
	int failed = 0;

	if (fstat(fd, &st) != 0)
		failed = config_file_fail(error, path, strerror(errno));
	else if (!S_ISREG(st.st_mode))
		failed = config_file_fail(error, path, "is not a file");
	else if (st.st_size > FILE_MAX)
		failed = config_file_fail(error, path, "is larger than 16 MiB");
	if (failed != 0)
		return NULL;
	*size = (size_t)st.st_size;
	text = xcalloc(1, *size + 1);
	len = io_read_all(fd, text, *size + 1);
	if (len < 0 || fstat(fd, &after) != 0)
		failed = config_file_fail(error, path, strerror(errno));
	else if ((size_t)len != *size || !is_unchanged(&st, &after))
		failed =
		    config_file_fail(error, path, "changes while it is read");
	return failed == 0 ? take_memory(&text) : NULL;
}

int
config_read_on(int fd, const char *path, config_visit *visit,
    config_fault *fault, void *context, struct buf *error)
{
	static const char mark[] = "\xef\xbb\xbf";
	char room[1024];
	struct buf why;
	struct reader reader = { .visit = visit,
		.fault = fault,
		.context = context,
		.why = &why };
	auto_free char *text = NULL;
	size_t len = 0;

	buf_init(&why, room, sizeof(room));
	text = read_whole(fd, path, &len, error);
	if (text == NULL)
		return -1;
	reader.at = text;
	reader.end = text + len;
	/* Some editors begin a file so. */
	if (len >= 3 && memcmp(text, mark, 3) == 0)
		reader.at += 3;
	if (config_file_parse(&reader, path, error) != 0)
		return -1;
	if (len == 0 || text[len - 1] == '\n')
		return 0;
	blame(&reader, "the last line has no end: is the file cut off?");
	if (reader.faulty == 0)
		return 0;
	buf_addf(error, "%s:%d: %s", path, reader.faulty, buf_text(&why));
	return -1;
}

int
config_read(int fd, const char *path, config_visit *visit, void *context,
    struct buf *error)
{
	return config_read_on(fd, path, visit, NULL, context, error);
}

static bool
is_read(const char *name)
{
	size_t len = strlen(name);

	return name[0] != '.' && len > 5 &&
	       strcmp(name + len - 5, ".conf") == 0;
}

int
config_list_files(int directory, struct names *found)
{
	auto_fd int fd =
	    openat(directory, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *stream = fd < 0 ? NULL : fdopendir(fd);
	const struct dirent *entry;
	int failed;

	if (stream == NULL)
		return -1;
	(void)!take_fd(&fd); /* the stream's now */
	for (errno = 0; (entry = readdir(stream)) != NULL; errno = 0) {
		if (is_read(entry->d_name) &&
		    !names_add(found, entry->d_name, strlen(entry->d_name))) {
			errno = E2BIG;
			break;
		}
	}
	failed = errno;
	closedir(stream);
	names_sort(found, 0);
	errno = failed;
	return failed == 0 ? 0 : -1;
}
