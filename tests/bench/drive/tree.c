/* Contents are cut out of one block of numbers that don't repeat. */
#include "tests/bench/drive/tree.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/auto.h"
#include "base/io.h"
#include "base/xalloc.h"
#include "tests/bench/drive/server.h"

void
tree_small(char path[TREE_PATH], uint32_t i)
{
	snprintf(path, TREE_PATH, "customers/anna/mail/message-%05u", i);
}

void
tree_new(char path[TREE_PATH], uint32_t i)
{
	snprintf(path, TREE_PATH, "new/file-%05u", i);
}

void
tree_listed(char path[TREE_PATH], uint32_t i)
{
	snprintf(path, TREE_PATH, TREE_LIST "/entry-%05u", i);
}

const unsigned char *
tree_small_content(const struct tree *tree, uint32_t i)
{
	return tree->content + (size_t)i * SMALL_SIZE;
}

static const unsigned char *
make_content(void)
{
	uint64_t *words = xcalloc(BIG_SIZE / sizeof(uint64_t), sizeof(*words));
	uint64_t state = 1;

	for (size_t i = 0; i < BIG_SIZE / sizeof(*words); i++) {
		state = state * 6364136223846793005U + 1442695040888963407U;
		words[i] = state;
	}
	return (const unsigned char *)words;
}

static void
make_directory(const struct tree *tree, const char *name)
{
	char path[4096];

	snprintf(path, sizeof(path), "%s/%s", tree->top, name);
	if (mkdir(path, 0755) != 0)
		die("%s: %s", path, strerror(errno));
}

static void
make_file(const struct tree *tree, const char *name,
    const unsigned char *content, size_t len, struct stat *st)
{
	char path[4096];
	auto_fd int fd = -1;

	snprintf(path, sizeof(path), "%s/%s", tree->top, name);
	fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
	if (fd < 0 || io_write_all(fd, content, len) != 0 ||
	    (st != NULL && fstat(fd, st) != 0))
		die("%s: %s", path, strerror(errno));
}

void
tree_make(struct tree *tree, const char *top)
{
	char path[TREE_PATH];

	tree->top = top;
	tree->content = make_content();
	make_directory(tree, "customers");
	make_directory(tree, "customers/anna");
	make_directory(tree, "customers/anna/mail");
	make_directory(tree, "new");
	make_directory(tree, TREE_LIST);
	make_file(tree, TREE_BIG, tree->content, BIG_SIZE, NULL);
	for (uint32_t i = 0; i < SMALL_FILES; i++) {
		tree_small(path, i);
		make_file(tree, path, tree_small_content(tree, i), SMALL_SIZE,
		    &tree->small[i]);
	}
	/* A file's size is its number: that tells whose attributes come. */
	for (uint32_t i = 0; i < LISTED; i++) {
		tree_listed(path, i);
		make_file(tree, path, tree->content, i, NULL);
	}
}

void
tree_check(const struct tree *tree, const char *name,
    const unsigned char *content, size_t len)
{
	char path[4096];
	auto_fd int fd = -1;
	struct stat st;
	void *held;

	snprintf(path, sizeof(path), "%s/%s", tree->top, name);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0 || fstat(fd, &st) != 0 || unlink(path) != 0)
		die("%s: %s", path, strerror(errno));
	if ((size_t)st.st_size != len)
		die("%s: %lld bytes arrived", path, (long long)st.st_size);
	held = mmap(NULL, len, PROT_READ, MAP_SHARED, fd, 0);
	if (held == MAP_FAILED || memcmp(held, content, len) != 0)
		die("%s: other bytes arrived", path);
	munmap(held, len);
}
