/*
 * Reads the files of a configuration and picks the sections that apply to one
 * account. config_file.c has checked whose the files are; the system is trusted
 * to know the account's groups.
 */
#include "policy/config.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "base/names.h"
#include "base/quote.h"
#include "base/xalloc.h"
#include "policy/config_file.h"
#include "policy/config_watch.h"
#include "policy/groups.h"
#include "policy/section.h"
#include "policy/settings.h"
#include "session/account.h"

struct loading {
	const struct config_ask *ask;
	struct settings settings;
	struct groups groups;
	bool profile_is_here; /* the one that was asked for */
	const char *path;     /* of the file being read */
	bool is_users;        /* it is the one in users.d */
	int section_line;     /* of the section being read; -1: none yet */
	enum rank rank;       /* of that section */
	struct texts names;   /* of the sections that apply, by number */
	size_t first;         /* the number of this file's first */
	struct config_watch *watch;
};

static int
config_fail(struct buf *error, const char *text, const char *word)
{
	buf_add_text(error, text);
	quote_add(error, word, strlen(word), 256);
	return -1;
}

/* The name becomes a part of paths: it must be one component of them. */
static bool
name_is_safe(const char *name)
{
	if (name[0] == '\0' || strcmp(name, ".") == 0 ||
	    strcmp(name, "..") == 0 || strlen(name) > 250)
		return false;
	for (; *name != '\0'; name++) {
		if (*name == '/' || (unsigned char)*name < ' ' || *name == 127)
			return false;
	}
	return true;
}

/* Unknown groups refuse: the section could be the one that narrows. */
static enum rank
rank_by_group(struct loading *loading, const char *name, struct buf *error)
{
	const struct session *session = loading->ask->session;
	bool holds;

	if (session->is_virtual)
		return RANK_NOT_OURS;
	if (groups_hold(&loading->groups, session, name, &holds) == 0)
		return holds ? RANK_GROUP : RANK_NOT_OURS;
	buf_addf(error, "the account's groups can't be known: %s",
	    errno == ENOSYS
		? "this static filesonly can ask no name service for them"
		: strerror(errno));
	return RANK_BAD;
}

static enum rank
rank_by_name(struct loading *loading, const char *section, struct buf *error)
{
	const struct config_ask *ask = loading->ask;
	const char *name;

	switch (section_read(section, &name)) {
	case SECTION_DEFAULTS:
		return RANK_DEFAULTS;
	case SECTION_USER:
		return strcmp(name, ask->session->user) == 0 ? RANK_USER
							     : RANK_NOT_OURS;
	case SECTION_GROUP:
		return rank_by_group(loading, name, error);
	case SECTION_PROFILE:
		return ask->profile != NULL && strcmp(name, ask->profile) == 0
			   ? RANK_PROFILE
			   : RANK_NOT_OURS;
	case SECTION_NONE:
		config_fail(error, "a line before the first [section]", "");
		break;
	case SECTION_UNKNOWN:
		config_fail(error, "no such section: ", section);
		break;
	}
	return RANK_BAD;
}

static enum rank
rank_of(struct loading *loading, const char *section, struct buf *error)
{
	const char *name;
	enum section_kind kind;

	if (!loading->is_users)
		return rank_by_name(loading, section, error);
	kind = section_read(section, &name);
	if (kind == SECTION_NONE ||
	    (kind == SECTION_USER &&
		strcmp(name, loading->ask->session->user) == 0))
		return RANK_USER;
	config_fail(error,
	    "a file in users.d speaks of its own user only, not of ", section);
	return RANK_BAD;
}

/* Notes the section that a line stands in, if it is a new one. */
static int
enter_section(struct loading *loading, const struct config_line *line,
    struct buf *error)
{
	struct texts *names = &loading->names;

	if (line->section_line == loading->section_line)
		return 0;
	loading->section_line = line->section_line;
	loading->rank = rank_of(loading, line->section, error);
	if (loading->rank == RANK_BAD)
		return -1;
	if (loading->rank == RANK_NOT_OURS)
		return 0;
	for (size_t i = loading->first; i < names->count; i++) {
		if (section_is_same(names->at[i], line->section))
			return config_fail(error, "a second section ",
			    line->section);
	}
	names->at = xrealloc(names->at, names->count + 1, sizeof(*names->at));
	names->at[names->count++] = xstrdup(line->section);
	loading->profile_is_here |= loading->rank == RANK_PROFILE;
	return 0;
}

static int
take_line(void *context, const struct config_line *line, struct buf *error)
{
	struct loading *loading = context;

	if (enter_section(loading, line, error) != 0)
		return -1;
	if (loading->rank == RANK_NOT_OURS)
		return 0;
	settings_add(&loading->settings, loading->rank, loading->names.count,
	    loading->path, line);
	return 0;
}

/* The files of one configuration, in a directory. */
struct place {
	int fd;
	const char *path; /* the directory's */
	uid_t also;       /* besides root, whose they may be */
};

/* Reads one file, if it is there; ENOENT is left to the caller. */
static int
read_file(struct loading *loading, const struct place *place, const char *name,
    bool is_users, struct buf *error)
{
	char path[PATH_MAX];
	auto_fd int fd = -1;
	int result;

	if (snprintf(path, sizeof(path), "%s/%s", place->path, name) >=
	    (int)sizeof(path)) {
		errno = ENAMETOOLONG;
		return config_fail(error, "the path is too long: ", name);
	}
	fd = config_open_file(place->fd, name, path, place->also, error);
	if (fd < 0)
		return -1;
	loading->path = path;
	loading->is_users = is_users;
	loading->section_line = -1;
	loading->first = loading->names.count;
	result = config_read(fd, path, take_line, loading, error);
	config_watch_note(loading->watch, fd, CHANGE_FILE, path);
	errno = EINVAL; /* it was there */
	return result;
}

static int
read_drop_in(struct loading *loading, const struct place *place,
    const char *name, struct buf *error)
{
	if (read_file(loading, place, name, false, error) == 0)
		return 0;
	if (errno == ENOENT) /* it was listed: a link to nowhere */
		buf_addf(error, "%s/%s: %s", place->path, name,
		    strerror(errno));
	return -1;
}

static int
read_drop_ins(struct loading *loading, const struct place *place,
    struct buf *error)
{
	struct names found = { 0 };
	int result = config_list_files(place->fd, &found);

	if (result != 0)
		buf_addf(error, "%s: %s", place->path, strerror(errno));
	for (size_t i = 0; result == 0 && i < found.count; i++)
		result = read_drop_in(loading, place, found.at[i], error);
	names_free(&found);
	return result;
}

/* Reads a directory beside the file: all of it, or the user's file there. */
static int
read_beside(struct loading *loading, const struct place *main, const char *name,
    const char *user, struct buf *error)
{
	char path[PATH_MAX], file[sizeof(loading->ask->session->user) + 8];
	struct place place = { .path = path, .also = main->also };
	auto_fd int fd = -1;
	int result;

	snprintf(path, sizeof(path), "%s/%s", main->path, name);
	fd = config_open_directory(main->fd, name, path, main->also, error);
	if (fd < 0)
		return errno == ENOENT ? 0 : -1;
	place.fd = fd;
	snprintf(file, sizeof(file), "%s.conf", user == NULL ? "" : user);
	if (user == NULL)
		result = read_drop_ins(loading, &place, error);
	else if (read_file(loading, &place, file, true, error) == 0)
		result = 0;
	else
		result = errno == ENOENT ? 0 : -1;
	config_watch_note(loading->watch, fd, CHANGE_DIRECTORY, path);
	return result;
}

static int
read_files(struct loading *loading, const struct place *place, const char *file,
    const char *name, struct buf *error)
{
	if (read_file(loading, place, name, false, error) != 0) {
		if (errno == ENOENT)
			buf_addf(error, "%s: %s", file, strerror(errno));
		return -1;
	}
	if (read_beside(loading, place, "conf.d", NULL, error) != 0)
		return -1;
	return read_beside(loading, place, "users.d",
	    loading->ask->session->user, error);
}

static int
read_all(struct loading *loading, uid_t also, struct buf *error)
{
	const struct config_ask *ask = loading->ask;
	const char *file = ask->file == NULL ? CONFIG_FILE : ask->file;
	const char *slash = strrchr(file, '/');
	char path[PATH_MAX]; /* "" for the top directory */
	struct place place = { .path = path, .also = also };
	auto_fd int fd = -1;
	int result;

	if (snprintf(path, sizeof(path), "%.*s",
		slash == NULL ? 1 : (int)(slash - file),
		slash == NULL ? "." : file) >= (int)sizeof(path))
		return config_fail(error, "the path is too long: ", file);
	fd = config_open_directory(AT_FDCWD, path[0] == '\0' ? "/" : path, path,
	    also, error);
	if (fd < 0) {
		if (errno == ENOENT)
			buf_addf(error, "%s: %s", file, strerror(errno));
		return -1;
	}
	place.fd = fd;
	result = read_files(loading, &place, file,
	    slash == NULL ? file : slash + 1, error);
	/* An account's own file may lie in its home: names come and go. */
	if (also == 0)
		config_watch_note(loading->watch, fd, CHANGE_DIRECTORY, path);
	return result;
}

static void
let_go(struct loading *loading)
{
	settings_free(&loading->settings);
	for (size_t i = 0; i < loading->names.count; i++)
		free(loading->names.at[i]);
	free(loading->names.at);
	groups_free(&loading->groups);
}

/* Reads until all was still. Returns 0, or -1 with a sentence in error. */
static int
read_settled(struct loading *loading, const struct config_ask *ask, uid_t also,
    struct buf *error)
{
	const struct buf before = *error;
	struct config_watch watch = { .change = CHANGE_NONE };
	int result;

	for (;;) {
		*loading = (struct loading){ .ask = ask, .watch = &watch };
		config_watch_begin(&watch);
		result = read_all(loading, also, error);
		if (!config_watch_again(&watch))
			break;
		let_go(loading);
		*error = before;
	}
	if (watch.change != CHANGE_FILE)
		return result;
	*error = before;
	buf_addf(error,
	    "%s: keeps changing while it is read (replace it by a rename)",
	    watch.path);
	return -1;
}

int
config_load(struct policy *policy, const struct config_ask *ask,
    struct config_origin *origin, struct buf *error)
{
	const struct session *session = ask->session;
	bool is_own = ask->file != NULL && session->uid != 0;
	struct loading loading;
	int result;

	*origin = (struct config_origin){ .by_root = false };
	if (session->account_is_unsure) {
		buf_add_text(error, account_unsure);
		return -1;
	}
	if (!session->has_account || !name_is_safe(session->user))
		return config_fail(error,
		    "not the name of an account with a policy: ",
		    session->user);
	result = read_settled(&loading, ask, is_own ? session->uid : 0, error);
	if (result == 0 && ask->profile != NULL && !loading.profile_is_here)
		result = config_fail(error, "no line of [profile NAME] for ",
		    ask->profile);
	if (result == 0)
		result =
		    settings_apply(&loading.settings, session, policy, error);
	if (result == 0) {
		origin->file = ask->file == NULL ? CONFIG_FILE : ask->file;
		origin->by_root = !is_own;
	}
	let_go(&loading);
	return result;
}
