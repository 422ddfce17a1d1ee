/*
 * ls: the names of a directory or of what is asked for, sorted by bytes, one a
 * line, raw, as coreutils' ls writes them where no terminal is. Its long lines
 * are those of SFTP's listings.
 */
#include <dirent.h>
#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#include "base/human.h"
#include "base/xalloc.h"
#include "policy/policy.h"
#include "root/entry.h"
#include "root/root.h"
#include "subsys/cmd/command_table.h"
#include "subsys/paths.h"

enum {
	LS_FAILED = 2, /* coreutils' status for what can't be seen at all */
	LS_PARTLY = 1, /* ... and for an entry of a directory */
	LS_ENTRIES_MAX = 1 << 17, /* of one directory; SFTP lists any number */
};

struct ls_entry {
	char *name;     /* owned */
	struct stat st; /* of the long form only */
	bool is_unseen; /* ... where no more than its type is known */
};

struct ls_list {
	struct ls_entry *at; /* owned */
	size_t count, room;
	bool is_partly; /* an entry could not be looked at */
};

static void
ls_add(struct ls_list *list, const char *name, const struct stat *st)
{
	if (list->count == list->room) {
		list->room = list->room == 0 ? 64 : list->room * 2;
		list->at = xrealloc(list->at, list->room, sizeof(*list->at));
	}
	list->at[list->count++] =
	    (struct ls_entry){ .name = xstrdup(name), .st = *st };
}

static void
ls_free(struct ls_list *list)
{
	for (size_t i = 0; i < list->count; i++)
		free(list->at[i].name);
	auto_free_memory(&list->at);
	list->count = 0;
}

static int
ls_compare(const void *a, const void *b)
{
	const struct ls_entry *left = a, *right = b;

	return strcmp(left->name, right->name);
}

static void
ls_sort(struct ls_list *list)
{
	if (list->count > 0)
		qsort(list->at, list->count, sizeof(*list->at), ls_compare);
}

/* " -> TEXT", where a symlink still has one. */
static void
ls_print_target(const struct command *command, const char *directory,
    const char *name)
{
	struct job *job = command->reply->job;
	not_zeroed char text[PATH_MAX];
	not_zeroed struct relpath at, path;

	if (paths_parse(job, directory, &at) != 0 ||
	    relpath_parse(&path, name, strlen(name), &at) != 0 ||
	    root_readlink(job->root, &path, text) < 0)
		return;
	reply_add_text(command->reply, " -> ");
	reply_add_text(command->reply, text);
}

/* Names stand in the directory, which is "." for operands. */
static void
ls_print(const struct command *command, const struct ls_list *list,
    const char *directory)
{
	bool human = (command->options & LS_HUMAN) != 0;
	struct reply *reply = command->reply;

	owners_now(command->owners);
	for (size_t i = 0; i < list->count && reply_goes_on(reply); i++) {
		const struct ls_entry *entry = &list->at[i];
		const struct stat *st = &entry->st;
		char room[256], size[HUMAN_BYTES];
		struct buf line;

		buf_init(&line, room, sizeof(room));
		if (entry->is_unseen)
			owners_no_details(st->st_mode, &line);
		else if ((command->options & LS_LONG) != 0)
			owners_details(command->owners, st,
			    human ? human_size((uint64_t)st->st_size, size)
				  : NULL,
			    &line);
		reply_add(reply, line.bytes, line.len);
		reply_add_text(reply, entry->name);
		if ((command->options & LS_LONG) != 0 && !entry->is_unseen &&
		    S_ISLNK(st->st_mode))
			ls_print_target(command, directory, entry->name);
		reply_add_text(reply, "\n");
	}
}

/* "total N", what the entries take on the disk. */
static void
ls_print_total(const struct command *command, const struct ls_list *list)
{
	uint64_t blocks = 0;
	char room[64], size[HUMAN_BYTES];
	struct buf line;

	if ((command->options & LS_LONG) == 0)
		return;
	for (size_t i = 0; i < list->count; i++)
		blocks += (uint64_t)list->at[i].st.st_blocks;
	buf_init(&line, room, sizeof(room));
	buf_add_text(&line, "total ");
	if ((command->options & LS_HUMAN) != 0)
		buf_add_text(&line, human_size(blocks * 512, size));
	else
		buf_add_number(&line, blocks / 2 + blocks % 2, 0);
	buf_add_text(&line, "\n");
	reply_add(command->reply, line.bytes, line.len);
}

/* An entry that can't be looked at, but is there: its type is known. */
static void
ls_add_unseen(const struct command *command, struct ls_list *list,
    const char *directory, const struct dirent *entry)
{
	const struct stat st = { .st_mode = (mode_t)DTTOIF(entry->d_type) };
	size_t len = strcmp(directory, ".") == 0 ? 0 : strlen(directory);
	const char *words = strerror(errno);
	not_zeroed char room[2 * PATH_MAX];
	struct buf path;

	buf_init(&path, room, sizeof(room));
	buf_add(&path, directory, len);
	if (len > 0 && directory[len - 1] != '/')
		buf_add_text(&path, "/");
	buf_add_text(&path, entry->d_name);
	reply_complain(command->reply, "cannot access", buf_text(&path), words);
	ls_add(list, entry->d_name, &st);
	list->at[list->count - 1].is_unseen = true;
	list->is_partly = true;
}

/* Reads a directory's names. Returns 0, or -1 with errno. */
static int
ls_read(const struct command *command, const struct relpath *path,
    const char *name, struct ls_list *list)
{
	const struct root *root = command->reply->job->root;
	int fd = root_open_directory(command->reply->job->root, path);
	DIR *stream = fd < 0 ? NULL : fdopendir(fd);
	struct dirent *entry;
	int error;

	if (stream == NULL) {
		auto_close_fd(&fd);
		return -1;
	}
	for (errno = 0; (entry = readdir(stream)) != NULL; errno = 0) {
		struct stat st = { .st_size = 0 };

		if ((entry->d_name[0] == '.' &&
			(command->options & LS_ALL) == 0) ||
		    !entry_is_shown(root, entry->d_name))
			continue;
		if (list->count == LS_ENTRIES_MAX) {
			errno = E2BIG;
			break;
		}
		if ((command->options & LS_LONG) == 0 ||
		    entry_stat(root, fd, entry->d_name, &st) == 0)
			ls_add(list, entry->d_name, &st);
		else if (errno != ENOENT) /* it has vanished */
			ls_add_unseen(command, list, name, entry);
	}
	error = errno;
	closedir(stream);
	errno = error;
	return error == 0 ? 0 : -1;
}

/* Returns the status; a listing that was cut is none. */
static int
ls_directory(const struct command *command, const char *name)
{
	struct ls_list list = { .at = NULL };
	not_zeroed struct relpath path;
	int result = paths_parse(command->reply->job, name, &path) != 0
			 ? -1
			 : ls_read(command, &path, name, &list);

	if (result != 0) {
		reply_complain(command->reply, "cannot open directory", name,
		    errno == E2BIG ? "more than 131072 names; use sftp"
				   : strerror(errno));
	} else {
		ls_sort(&list);
		ls_print_total(command, &list);
		ls_print(command, &list, name);
	}
	ls_free(&list);
	if (result != 0)
		return LS_FAILED;
	return list.is_partly ? LS_PARTLY : 0;
}

/*
 * Looks at an operand: a symlink to a directory stands for it, unless it is
 * listed in the long form. Returns 0, or -1 with errno.
 */
static int
ls_look(const struct command *command, const char *name, struct stat *st)
{
	struct job *job = command->reply->job;
	not_zeroed struct relpath path;
	struct stat target;

	if (paths_parse(job, name, &path) != 0 ||
	    root_stat(job->root, &path, NO_FOLLOW, st) != 0)
		return -1;
	if (S_ISLNK(st->st_mode) && (command->options & LS_LONG) == 0 &&
	    root_stat(job->root, &path, FOLLOW, &target) == 0 &&
	    S_ISDIR(target.st_mode))
		*st = target;
	return 0;
}

static void
ls_head(const struct command *command, const char *name, bool is_first)
{
	if (!is_first)
		reply_add_text(command->reply, "\n");
	reply_add_text(command->reply, name);
	reply_add_text(command->reply, ":\n");
}

/* Operands that are no directories first, as coreutils has it. */
int
command_ls(struct command *command)
{
	const struct names *paths = command->paths;
	struct ls_list files = { .at = NULL }, directories = { .at = NULL };
	int status = 0;

	if (paths->count == 0)
		return ls_directory(command, ".");
	for (size_t i = 0; i < paths->count; i++) {
		struct stat st;

		if (ls_look(command, paths->at[i], &st) != 0) {
			reply_complain(command->reply, "cannot access",
			    paths->at[i], strerror(errno));
			status = LS_FAILED;
		} else {
			ls_add(S_ISDIR(st.st_mode) ? &directories : &files,
			    paths->at[i], &st);
		}
	}
	ls_sort(&files);
	ls_sort(&directories);
	ls_print(command, &files, ".");
	for (size_t i = 0;
	     i < directories.count && reply_goes_on(command->reply); i++) {
		const char *name = directories.at[i].name;
		int one;

		if (paths->count > 1)
			ls_head(command, name, i == 0 && files.count == 0);
		one = ls_directory(command, name);
		status = one > status ? one : status;
	}
	ls_free(&files);
	ls_free(&directories);
	return status;
}
