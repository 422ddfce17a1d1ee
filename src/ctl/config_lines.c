/* Lines into sections, faults into findings. Trusts nothing it reads. */
#include "ctl/config_lines.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/names.h"
#include "base/num.h"
#include "base/quote.h"
#include "base/xalloc.h"
#include "ctl/suggest.h"
#include "policy/config_file.h"

/* Of the file that is being read. */
struct file_reading {
	struct config_lines *lines;
	const char *path;
	char owner[NAME_MAX + 1]; /* whose file in users.d it is, or "" */
	bool is_users;            /* it speaks of one account */
	bool may_be_users;        /* ... or that is still to be seen */
	size_t first;             /* the file's first section */
	int section_line;         /* of the section being read; -1: none yet */
	bool skip;                /* that is no section at all */
	struct policy scratch;    /* what that section's lines have set */
};

void
config_lines_tell(struct config_lines *lines, enum severity severity,
    const char *place, const char *what, const char *mend)
{
	size_t len = strlen(place);
	auto_free char *file = xmemdup(place, len);
	struct finding finding = { .severity = severity,
		.what = what,
		.mend = mend == NULL || mend[0] == '\0' ? NULL : mend };
	char *colon;
	int64_t line;

	if (len > 2 && strcmp(file + len - 2, ": ") == 0) {
		file[len - 2] = '\0';
		finding.file = file;
		colon = strrchr(file, ':');
		if (colon != NULL && num_parse(colon + 1, 1, INT_MAX, &line)) {
			*colon = '\0';
			finding.line = (int)line;
		}
	}
	findings_add(lines->findings, &finding);
}

static void
tell_line(struct file_reading *reading, int line, const char *what,
    const char *mend)
{
	char place[PATH_MAX + 32];

	snprintf(place, sizeof(place),
	    line > 0 ? "%s:%d: " : "%s: ", reading->path, line);
	config_lines_tell(reading->lines, SEVERITY_ERROR, place, what, mend);
}

/* A fault of the line's form, which the reader of files found. */
static void
take_fault(void *context, int line, const char *why)
{
	struct file_reading *reading = context;

	tell_line(reading, line, why, NULL);
	if (reading->lines->count > reading->first)
		reading->lines->at[reading->lines->count - 1].faulty = true;
}

static void
tell_section(struct file_reading *reading, int line, const char *what,
    const char *section, bool suggest)
{
	char what_room[700], mend_room[700];
	struct buf text, mend;

	buf_init(&text, what_room, sizeof(what_room) - 1);
	buf_init(&mend, mend_room, sizeof(mend_room) - 1);
	buf_add_text(&text, what);
	quote_add(&text, section, strlen(section), 256);
	if (suggest)
		suggest_section(section, &mend);
	tell_line(reading, line, buf_text(&text), buf_text(&mend));
}

/* Is it the section of whose file this is? The first one says whose. */
static bool
is_owners(struct file_reading *reading, enum section_kind kind,
    const char *name)
{
	if (kind == SECTION_NONE)
		return true;
	if (kind != SECTION_USER)
		return false;
	if (reading->owner[0] == '\0')
		snprintf(reading->owner, sizeof(reading->owner), "%s", name);
	return strcmp(reading->owner, name) == 0;
}

static bool
is_second(const struct file_reading *reading, enum section_kind kind,
    const char *name)
{
	const struct config_lines *lines = reading->lines;

	for (size_t i = reading->first; i < lines->count; i++) {
		const struct config_section *at = &lines->at[i];

		if (!at->headless && at->kind == kind &&
		    (name == NULL || strcmp(at->name, name) == 0))
			return true;
	}
	return false;
}

static bool
judge_section(struct file_reading *reading, const struct config_line *line,
    enum section_kind kind, const char *name)
{
	if (reading->may_be_users)
		reading->is_users = kind == SECTION_NONE;
	reading->may_be_users = false;
	if (reading->is_users && !is_owners(reading, kind, name))
		tell_section(reading, line->number,
		    "a file in users.d speaks of its own user only, not of ",
		    line->section, false);
	else if (kind == SECTION_NONE && !reading->is_users)
		tell_line(reading, line->number,
		    "a line before the first [section]", "[defaults]");
	else if (kind == SECTION_UNKNOWN)
		tell_section(reading, line->number,
		    "no such section: ", line->section, true);
	else if (is_second(reading, kind, name))
		tell_section(reading, line->number, "a second section ",
		    line->section, false);
	else
		return true;
	return false;
}

static void
begin_section(struct file_reading *reading, const struct config_line *line)
{
	struct config_lines *lines = reading->lines;
	char place[PATH_MAX + 32];
	const char *name;
	enum section_kind kind = section_read(line->section, &name);

	reading->section_line = line->section_line;
	reading->skip = !judge_section(reading, line, kind, name);
	policy_free(&reading->scratch);
	policy_init(&reading->scratch);
	if (reading->skip)
		return;
	if (kind == SECTION_NONE)
		name = reading->owner;
	snprintf(place, sizeof(place), "%s:%d: ", reading->path, line->number);
	lines->at = xrealloc(lines->at, lines->count + 1, sizeof(*lines->at));
	lines->at[lines->count++] =
	    (struct config_section){ .kind = kind == SECTION_NONE ? SECTION_USER
								  : kind,
		    .headless = kind == SECTION_NONE,
		    .name = name == NULL ? NULL : xstrdup(name),
		    .place = xstrdup(place) };
}

/* Some account, for the paths that are to hold whichever it is. */
static const struct session *
some_session(const struct config_section *section)
{
	static struct session session;

	session = (struct session){ .has_account = true, .home = "/home/user" };
	snprintf(session.user, sizeof(session.user), "%s",
	    section->kind == SECTION_USER && section->name[0] != '\0'
		? section->name
		: "user");
	return &session;
}

static enum rank
rank_of_kind(enum section_kind kind)
{
	if (kind == SECTION_DEFAULTS)
		return RANK_DEFAULTS;
	if (kind == SECTION_GROUP)
		return RANK_GROUP;
	return kind == SECTION_USER ? RANK_USER : RANK_PROFILE;
}

static int
take_config_line(void *context, const struct config_line *line,
    struct buf *unused)
{
	struct file_reading *reading = context;
	char what_room[1024], mend_room[512];
	struct config_section *section;
	struct setting *setting;
	struct buf what, mend;

	(void)unused;
	if (line->section_line != reading->section_line)
		begin_section(reading, line);
	if (line->key == NULL || reading->skip)
		return 0;
	section = &reading->lines->at[reading->lines->count - 1];
	settings_add(&section->settings, rank_of_kind(section->kind),
	    reading->lines->count, reading->path, line);
	setting = &section->settings.at[section->settings.count - 1];
	buf_init(&what, what_room, sizeof(what_room) - 1);
	buf_init(&mend, mend_room, sizeof(mend_room) - 1);
	if (settings_apply_one(&section->settings, setting,
		some_session(section), &reading->scratch, &what) == 0)
		return 0;
	section->faulty = true;
	setting->rank = RANK_BAD; /* it was told: the others count */
	if (policy_key(line->key) == NULL)
		suggest_key(line->key, &mend);
	else
		suggest_value(line->key, line->value, &mend);
	config_lines_tell(reading->lines, SEVERITY_ERROR, setting->place,
	    buf_text(&what), buf_text(&mend));
	return 0;
}

/* Reads an open file; owner is whose in users.d it is, NULL: none there, "":
 * that is still to be seen. */
static void
read_open(struct config_lines *lines, int fd, const char *path,
    const char *owner)
{
	struct file_reading reading = { .lines = lines,
		.path = path,
		.is_users = owner != NULL,
		.may_be_users = owner != NULL && owner[0] == '\0',
		.first = lines->count,
		.section_line = -1 };
	char room[PATH_MAX + 256];
	struct buf error;

	buf_init(&error, room, sizeof(room) - 1);
	if (owner != NULL)
		snprintf(reading.owner, sizeof(reading.owner), "%s", owner);
	policy_init(&reading.scratch);
	if (config_read_on(fd, path, take_config_line, take_fault, &reading,
		&error) != 0)
		config_lines_tell(lines, SEVERITY_ERROR, "", buf_text(&error),
		    NULL);
	policy_free(&reading.scratch);
}

struct config_place {
	int fd;
	const char *path;
	uid_t also;
};

static void
read_at(struct config_lines *lines, const struct config_place *place,
    const char *name, bool is_users)
{
	char path[PATH_MAX], owner[NAME_MAX + 1] = "", room[PATH_MAX + 256];
	struct buf error;
	auto_fd int fd = -1;

	buf_init(&error, room, sizeof(room) - 1);
	if (snprintf(path, sizeof(path), "%s/%s", place->path, name) >=
	    (int)sizeof(path))
		return;
	if (is_users) /* .conf is left out */
		snprintf(owner, sizeof(owner), "%.*s", (int)strlen(name) - 5,
		    name);
	fd = config_open_file(place->fd, name, path, place->also, &error);
	if (fd >= 0) {
		read_open(lines, fd, path, is_users ? owner : NULL);
		return;
	}
	if (error.len == 0)
		buf_addf(&error, "%s: %s", path, strerror(errno));
	config_lines_tell(lines, SEVERITY_ERROR, "", buf_text(&error), NULL);
}

/* Opens the directory; what is wrong with it is told. */
static int
open_place(struct config_lines *lines, int at, const char *name,
    const char *path, uid_t also)
{
	char room[PATH_MAX + 256];
	struct buf error;
	int fd;

	buf_init(&error, room, sizeof(room) - 1);
	fd = config_open_directory(at, name, path, also, &error);
	if (fd < 0 && error.len > 0)
		config_lines_tell(lines, SEVERITY_ERROR, "", buf_text(&error),
		    NULL);
	return fd;
}

static void
read_directory(struct config_lines *lines, const struct config_place *main,
    const char *name, bool is_users)
{
	char path[PATH_MAX + NAME_MAX];
	struct names found = { 0 };
	auto_fd int fd = -1;

	snprintf(path, sizeof(path), "%s/%s", main->path, name);
	fd = open_place(lines, main->fd, name, path, main->also);
	if (fd < 0)
		return;
	if (config_list_files(fd, &found) != 0)
		config_lines_tell(lines, SEVERITY_ERROR, "", strerror(errno),
		    NULL);
	for (size_t i = 0; i < found.count; i++)
		read_at(lines,
		    &(const struct config_place){ fd, path, main->also },
		    found.at[i], is_users);
	names_free(&found);
}

void
config_lines_read(struct config_lines *lines, const char *file, uid_t also)
{
	const char *slash = strrchr(file, '/');
	char path[PATH_MAX], room[PATH_MAX + 64];
	struct buf error;
	auto_fd int fd = -1;

	snprintf(path, sizeof(path), "%.*s",
	    slash == NULL ? 1 : (int)(slash - file),
	    slash == NULL ? "." : file);
	fd = open_place(lines, AT_FDCWD, path[0] == '\0' ? "/" : path, path,
	    also);
	if (fd < 0) {
		buf_init(&error, room, sizeof(room) - 1);
		buf_addf(&error, "%s can't be read: %s", file, strerror(errno));
		if (errno == ENOENT)
			config_lines_tell(lines, SEVERITY_ERROR, "",
			    buf_text(&error), NULL);
		return;
	}
	const struct config_place place = { fd, path, also };

	read_at(lines, &place, slash == NULL ? file : slash + 1, false);
	read_directory(lines, &place, "conf.d", false);
	read_directory(lines, &place, "users.d", true);
}

/* "DIR/users.d/NAME.conf": NAME, else "". */
static void
owner_of(const char *file, char owner[NAME_MAX + 1])
{
	const char *slash = strrchr(file, '/');
	size_t above = slash == NULL ? 0 : (size_t)(slash - file);
	size_t len = slash == NULL ? 0 : strlen(slash + 1);

	owner[0] = '\0';
	if (above < 7 || memcmp(slash - 7, "users.d", 7) != 0 ||
	    (above > 7 && slash[-8] != '/') || len <= 5 ||
	    strcmp(slash + 1 + len - 5, ".conf") != 0)
		return;
	snprintf(owner, NAME_MAX + 1, "%.*s", (int)len - 5, slash + 1);
}

void
config_lines_read_one(struct config_lines *lines, const char *file)
{
	auto_fd int fd =
	    open(file, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	char owner[NAME_MAX + 1], place[PATH_MAX + 8];

	owner_of(file, owner);
	if (fd >= 0) {
		read_open(lines, fd, file, owner);
		return;
	}
	snprintf(place, sizeof(place), "%s: ", file);
	config_lines_tell(lines, SEVERITY_ERROR, place, strerror(errno), NULL);
}

void
config_lines_free(struct config_lines *lines)
{
	for (size_t i = 0; i < lines->count; i++) {
		settings_free(&lines->at[i].settings);
		free(lines->at[i].name);
		free(lines->at[i].place);
	}
	free(lines->at);
	lines->at = NULL;
	lines->count = 0;
}
