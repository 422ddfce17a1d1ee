/*
 * Follows a program's needs from object to object as its loader will: the
 * object's own search path, then glibc's cache or musl's path file, then the
 * default directories. Trusts the administrator's files as far as the loader
 * does, but no number in them. What can't be found is said, not guessed.
 *
 * Where the cache has a name several times (for levels of the processor) all
 * are taken, since the loader's preference can't be known from outside. $ORIGIN
 * and its like are not expanded.
 */
#include "program/elf.h"

#include <elf.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "base/buf.h"
#include "base/io.h"
#include "base/xalloc.h"
#include "program/elf_object.h"
#include "program/ldcache.h"

#if defined(__x86_64__) && !defined(__ILP32__)
#define TRIPLE "x86_64-linux-gnu"
#elif defined(__aarch64__)
#define TRIPLE "aarch64-linux-gnu"
#elif defined(__arm__)
#define TRIPLE "arm-linux-gnueabihf"
#elif defined(__i386__)
#define TRIPLE "i386-linux-gnu"
#elif defined(__riscv)
#define TRIPLE "riscv64-linux-gnu"
#elif defined(__powerpc64__)
#define TRIPLE "powerpc64le-linux-gnu"
#elif defined(__s390x__)
#define TRIPLE "s390x-linux-gnu"
#else
#define TRIPLE "."
#endif

#define CACHE "/etc/ld.so.cache"
#define GLIBC_DIRECTORIES \
	"/lib/" TRIPLE ":/usr/lib/" TRIPLE ":/lib64:/usr/lib64:/lib:/usr/lib"
#define MUSL_DIRECTORIES "/lib:/usr/local/lib:/usr/lib"

enum { FILES_MAX = 128, MUSL_PATH_MAX = 4096 };

struct loader {
	struct needed_files *files;
	struct elf_object objects[FILES_MAX]; /* of files->at, by index */
	struct ldcache cache;                 /* glibc's; else empty */
	bool is_musl;
	char search[MUSL_PATH_MAX]; /* directories, each ended by ':' or '\n' */
};

static int
open_file(const char *path, mode_t *mode)
{
	auto_fd int fd = -1;
	struct stat st;

	/* O_NONBLOCK: nothing but a regular file will do, a FIFO hangs. */
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	if (fd < 0 || fstat(fd, &st) != 0)
		return -1;
	*mode = st.st_mode;
	return take_fd(&fd);
}

/* Adds an ELF file; -1 with errno where it is none of this machine. */
static int
add_object(struct loader *loader, const char *path, uint64_t access)
{
	struct needed_files *files = loader->files;
	struct elf_object *object = &loader->objects[files->count];
	auto_fd int fd = -1;
	mode_t mode;

	if (files->count == FILES_MAX) {
		errno = E2BIG;
		return -1;
	}
	fd = open_file(path, &mode);
	if (fd < 0)
		return -1;
	errno = ENOEXEC;
	if (!S_ISREG(mode) || elf_object_read(object, fd) != 0)
		return -1;
	if (object->machine != loader->objects[0].machine) {
		elf_object_free(object);
		errno = ENOEXEC;
		return -1;
	}
	needed_files_take(files, path, take_fd(&fd), access);
	return 0;
}

static bool
add_library(struct loader *loader, const char *path)
{
	for (size_t i = 0; i < loader->files->count; i++)
		if (strcmp(loader->files->at[i].path, path) == 0)
			return true;
	return add_object(loader, path, LL_READ_FILE) == 0;
}

/* Searches a list of directories; adds the first match. */
static bool
find_in(struct loader *loader, const char *list, const char *name)
{
	char room[PATH_MAX];
	struct buf path;

	while (*list != '\0') {
		size_t len = strcspn(list, ":\n");

		buf_init(&path, room, sizeof(room));
		buf_add(&path, list, len);
		buf_addf(&path, "/%s", name);
		if (list[0] == '/' && memchr(list, '$', len) == NULL &&
		    !path.full && add_library(loader, buf_text(&path)))
			return true;
		list += len;
		list += *list != '\0';
	}
	return false;
}

/* Adds every library of this name in the cache. */
static bool
find_cached(struct loader *loader, const char *name)
{
	bool found = false;
	const char *path;
	uint32_t at = 0;

	while ((path = ldcache_next(&loader->cache, name, &at)) != NULL)
		if (add_library(loader, path))
			found = true;
	return found;
}

/* musl's libc is its loader, under all these names. */
static bool
is_musl_itself(const char *name)
{
	static const char *const parts[] = { "libc.", "libpthread.", "librt.",
		"libm.", "libdl.", "libutil.", "libxnet." };

	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++)
		if (strncmp(name, parts[i], strlen(parts[i])) == 0)
			return true;
	return false;
}

static bool
is_there(const struct loader *loader, const char *name)
{
	for (size_t i = 1; i < loader->files->count; i++) {
		const char *slash = strrchr(loader->files->at[i].path, '/');

		if (strcmp(slash + 1, name) == 0)
			return true;
	}
	return loader->is_musl && is_musl_itself(name);
}

static bool
find(struct loader *loader, const char *search, const char *name)
{
	if (strchr(name, '/') != NULL)
		return name[0] == '/' && add_library(loader, name);
	return is_there(loader, name) ||
	       (search != NULL && find_in(loader, search, name)) ||
	       find_cached(loader, name) ||
	       find_in(loader, loader->search, name);
}

static void
tell_lack(struct needed_files *files, const char *name, const char *by)
{
	struct buf lack;

	buf_init(&lack, files->lack, sizeof(files->lack));
	buf_addf(&lack, "%s, which %s needs, was not found", name, by);
	if (lack.full)
		buf_add_text(&lack, "a library was not found");
	buf_text(&lack);
	files->complete = false;
}

/* Objects that are found are appended to the list, and examined in turn. */
static void
follow_needs(struct loader *loader)
{
	struct needed_files *files = loader->files;

	for (size_t i = 0; i < files->count; i++) {
		const struct elf_object *object = &loader->objects[i];

		for (size_t n = 0; n < object->needed_count; n++) {
			if (find(loader, object->search, object->needed[n]))
				continue;
			tell_lack(files, object->needed[n], files->at[i].path);
		}
	}
}

/*
 * musl reads /etc/ld-musl-ARCH.path, below the directory above its own
 * lib/ld-musl-ARCH.so.1 (ldso/dynlink.c).
 */
static void
load_musl_path(struct loader *loader, const char *interpreter)
{
	const char *base = strrchr(interpreter, '/') + 1;
	size_t arch_len = strcspn(base + 8, ".");
	size_t prefix = (size_t)(base - interpreter);
	char room[PATH_MAX];
	struct buf path;
	auto_fd int fd = -1;
	ssize_t len;
	mode_t mode;

	/* "/lib/" ends the prefix. */
	if (prefix < 5 || memcmp(base - 5, "/lib/", 5) != 0)
		return;
	buf_init(&path, room, sizeof(room));
	buf_add(&path, interpreter, prefix - 5);
	buf_add_text(&path, "/etc/ld-musl-");
	buf_add(&path, base + 8, arch_len);
	buf_add_text(&path, ".path");
	fd = open_file(buf_text(&path), &mode);
	if (fd < 0 || !S_ISREG(mode))
		return;
	len = io_read_all(fd, loader->search, sizeof(loader->search) - 1);
	loader->search[len > 0 ? len : 0] = '\0';
	needed_files_take(loader->files, room, take_fd(&fd), LL_READ_FILE);
}

static void
load_glibc_cache(struct loader *loader)
{
	auto_fd int fd = -1;
	mode_t mode;

	if (ldcache_open(&loader->cache, CACHE) != 0)
		return;
	fd = open_file(CACHE, &mode);
	if (fd >= 0)
		needed_files_take(loader->files, CACHE, take_fd(&fd),
		    LL_READ_FILE);
}

static int
add_interpreter(struct loader *loader)
{
	const char *path = loader->objects[0].interpreter;
	const char *slash = strrchr(path, '/');

	if (path[0] != '/') {
		errno = ENOEXEC;
		return -1;
	}
	if (add_object(loader, path, LL_EXECUTE | LL_READ_FILE) != 0)
		return -1;
	loader->is_musl = strncmp(slash + 1, "ld-musl-", 8) == 0;
	if (loader->is_musl) {
		memcpy(loader->search, MUSL_DIRECTORIES,
		    sizeof(MUSL_DIRECTORIES));
		load_musl_path(loader, path);
	} else {
		memcpy(loader->search, GLIBC_DIRECTORIES,
		    sizeof(GLIBC_DIRECTORIES));
		load_glibc_cache(loader);
	}
	return 0;
}

/* Adds the program; all other objects must be for its machine. */
static int
add_program(struct loader *loader, const char *program)
{
	auto_fd int fd = -1;
	mode_t mode;

	fd = open_file(program, &mode);
	if (fd < 0)
		return -1;
	errno = EACCES;
	if (!S_ISREG(mode) || elf_object_read(&loader->objects[0], fd) != 0)
		return -1;
	needed_files_take(loader->files, program, take_fd(&fd),
	    LL_EXECUTE | LL_READ_FILE);
	return 0;
}

static int
load(struct loader *loader, const char *program)
{
	if (program[0] != '/') {
		errno = ENOENT;
		return -1;
	}
	if (add_program(loader, program) != 0)
		return -1;
	loader->files->complete = true;
	if (loader->objects[0].interpreter[0] == '\0')
		return 0; /* static */
	if (add_interpreter(loader) != 0)
		return -1;
	follow_needs(loader);
	return 0;
}

int
elf_resolve(struct needed_files *files, const char *program)
{
	struct loader *loader = xcalloc(1, sizeof(*loader));
	int result, saved;

	*files = (struct needed_files){ .at = NULL };
	loader->files = files;
	result = load(loader, program);
	saved = errno;
	for (size_t i = 0; i < FILES_MAX; i++)
		elf_object_free(&loader->objects[i]);
	ldcache_close(&loader->cache);
	free(loader);
	if (result != 0)
		needed_files_free(files);
	errno = saved;
	return result;
}

/* A directory that does not exist is not needed. */
static int
add_directories(struct needed_files *files, const char *const *paths,
    uint64_t access)
{
	for (; *paths != NULL; paths++)
		if (needed_files_add(files, *paths, access) != 0)
			return -1;
	return 0;
}

int
elf_add_directories(struct needed_files *files)
{
	static const char *const paths[] = { "/lib", "/lib64", "/usr/lib",
		"/usr/lib64", "/usr/local/lib", NULL };

	return add_directories(files, paths, LL_READ_FILE);
}

/* Returns glibc's path, or NULL. */
static const char *
libc_of(const struct needed_files *files)
{
	for (size_t i = 0; i < files->count; i++) {
		const char *path = files->at[i].path;

		if (strcmp(strrchr(path, '/'), "/libc.so.6") == 0)
			return path;
	}
	return NULL;
}

int
elf_add_gconv(struct needed_files *files)
{
	const char *libc = libc_of(files);
	char room[PATH_MAX];
	const char *const paths[] = { room, "/usr/lib/locale/C.UTF-8",
		"/usr/lib/locale/C.utf8", NULL };
	struct buf gconv;

	if (libc == NULL)
		return 0;
	/* Its built-in path has /usr where the cache may not. */
	buf_init(&gconv, room, sizeof(room));
	if (strncmp(libc, "/lib", 4) == 0)
		buf_add_text(&gconv, "/usr");
	buf_add(&gconv, libc, (size_t)(strrchr(libc, '/') - libc));
	buf_add_text(&gconv, "/gconv");
	buf_text(&gconv);
	return add_directories(files, paths, LL_READ_FILE | LL_READ_DIR);
}
