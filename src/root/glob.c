/*
 * Finds names by a pattern: opens one directory for each component, inside the
 * root (openat2), so that no symlink and no ".." shows what lies outside.
 * Depth, entries looked at and names found are bounded.
 */
#include "root/glob.h"

#include <dirent.h>
#include <errno.h>
#include <string.h>

#include "root/private_names.h"
#include "root/root.h"

enum {
	MAX_DEPTH = 64,        /* components with a wildcard */
	MAX_ENTRIES = 1 << 20, /* of directories, for all words of a session */
};

struct walk {
	struct root *root;
	const struct word *word;
	struct names *out;
	bool dots;
	bool full;      /* more names than fit: give up */
	size_t entries; /* looked at so far */
	size_t depth;
};

bool
glob_is_pattern(const struct word *word, size_t from, size_t to)
{
	for (size_t i = from; i < to; i++) {
		if (!word->quoted[i] && word->text[i] != '\0' &&
		    strchr("*?[", word->text[i]) != NULL)
			return true;
	}
	return false;
}

static size_t
component_end(const struct word *word, size_t from)
{
	while (from < word->len && word->text[from] != '/')
		from++;
	return from;
}

static void walk_on(struct walk *walk, const char *path, size_t len,
    size_t from);

/* Finds all matching names in the directory at path (from the root). */
static void
list_matches(struct walk *walk, const char *path, size_t len, size_t from,
    struct names *found)
{
	size_t to = component_end(walk->word, from);
	auto_fd int fd = -1;
	struct relpath dir;
	struct dirent *entry;
	DIR *stream;

	if (relpath_parse(&dir, path, len, NULL) != 0)
		return;
	fd = root_open_directory(walk->root, &dir);
	if (fd < 0)
		return;
	stream = fdopendir(fd);
	if (stream == NULL)
		return;
	(void)!take_fd(&fd); /* the stream's now */
	for (errno = 0; (entry = readdir(stream)) != NULL; errno = 0) {
		if (++walk->entries > MAX_ENTRIES) {
			walk->full = true;
			break;
		}
		if (strcmp(entry->d_name, ".") == 0 ||
		    strcmp(entry->d_name, "..") == 0 ||
		    private_is(entry->d_name) ||
		    bars_name(&walk->root->bars, entry->d_name) == ENOENT ||
		    !glob_match(walk->word, from, to, entry->d_name,
			walk->dots))
			continue;
		if (!names_add(found, entry->d_name, strlen(entry->d_name))) {
			walk->full = true;
			break;
		}
	}
	/* What could not be read to its end may have matches. */
	if (errno != 0)
		walk->full = true;
	closedir(stream);
	names_sort(found, 0);
}

/* Walks on with each name that matches the component at from. */
static void
walk_pattern(struct walk *walk, const char *path, size_t len, size_t from)
{
	struct names found = { 0 };
	char next[PATH_MAX];

	if (walk->depth >= MAX_DEPTH)
		return;
	walk->depth++;
	list_matches(walk, path, len, from, &found);
	for (size_t i = 0; i < found.count && !walk->full; i++) {
		size_t name = strlen(found.at[i]);

		if (len + name >= sizeof(next))
			continue;
		memcpy(next, path, len);
		memcpy(next + len, found.at[i], name);
		walk_on(walk, next, len + name,
		    component_end(walk->word, from));
	}
	names_free(&found);
	walk->depth--;
}

/*
 * Is a name of the way that could not be looked at (errno) a match? A name that
 * is denied is one: who asks for it then hears that it is. So is one that a
 * directory has listed, as to a shell: it may be broken (a mount whose server
 * has gone), which the client must hear, or what it gets looks whole. It is
 * none where it has vanished, and where it is another file system's.
 */
static bool
is_match_unseen(const struct walk *walk, const char *path, bool is_listed)
{
	if (is_listed && errno != ENOENT && errno != EXDEV)
		return true;
	return bars_path(&walk->root->bars, path) == EACCES;
}

/* The whole word was walked: path is a match if it exists. */
static void
glob_finish(struct walk *walk, const char *path, size_t len, bool is_listed)
{
	struct relpath there;
	struct stat st;

	if (relpath_parse(&there, path, len, NULL) != 0 ||
	    (root_stat(walk->root, &there, NO_FOLLOW, &st) != 0 &&
		!is_match_unseen(walk, there.bytes, is_listed)))
		return;
	if (!names_add(walk->out, path, len))
		walk->full = true;
}

/* Walks the rest of the word; path (len bytes) is what it has become up to
 * from. */
static void
walk_on(struct walk *walk, const char *path, size_t len, size_t from)
{
	const struct word *word = walk->word;
	bool is_listed = len > 0 && from == word->len;
	char next[PATH_MAX];

	if (len >= sizeof(next))
		return;
	memcpy(next, path, len);
	while (from < word->len && len + 1 < sizeof(next)) {
		size_t to = component_end(word, from);

		if (word->text[from] == '/') {
			next[len++] = '/';
			from++;
			continue;
		}
		if (glob_is_pattern(word, from, to)) {
			walk_pattern(walk, next, len, from);
			return;
		}
		if (len + (to - from) >= sizeof(next))
			return;
		memcpy(next + len, word->text + from, to - from);
		len += to - from;
		from = to;
	}
	if (from == word->len)
		glob_finish(walk, next, len, is_listed);
}

/* Does the word hold * ? or [, escaped or not? */
static bool
has_wildcard(const struct word *word)
{
	for (size_t i = 0; i < word->len; i++) {
		if (word->text[i] != '\0' && strchr("*?[", word->text[i]))
			return true;
	}
	return false;
}

bool
glob_expand(struct root *root, const struct word *word, bool secluded,
    struct names *out)
{
	struct walk walk = { .root = root,
		.word = word,
		.out = out,
		.dots = secluded,
		.entries = root->globbed };
	size_t from = 0;

	while (from < word->len && word->text[from] == '/')
		from++;
	if (glob_is_pattern(word, from, word->len) ||
	    (secluded && has_wildcard(word)))
		walk_on(&walk, "", 0, from);
	root->globbed = walk.entries;
	return !walk.full;
}
