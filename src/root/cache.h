/*
 * One directory of the root, kept open over a batch of requests that were
 * read together: most of them name files in the same one. Within the batch
 * the kernel's answer of its first request stands for the others, as if they
 * had all come at that moment; it is dropped before anything new is read and
 * whenever we change a name ourselves.
 */
#ifndef FILESONLY_ROOT_CACHE_H
#define FILESONLY_ROOT_CACHE_H

#include "root/root.h"

struct root_cache {
	struct root *root;
	int fd;              /* O_PATH, the directory; -1: none */
	size_t len;          /* of dir */
	char dir[PATH_MAX];  /* as it was named; without a trailing slash */
	ssize_t real_len;    /* 0: not asked yet */
	char real[PATH_MAX]; /* its canonical path */
};

void root_cache_init(struct root_cache *cache, struct root *root);
void root_cache_drop(struct root_cache *cache);

/* As the functions of the root (root/root.h). */
int root_cache_stat(struct root_cache *cache, const struct relpath *path,
    enum follow follow, struct stat *st) must_check;
int root_cache_open_file(struct root_cache *cache, const struct relpath *path,
    int flags, mode_t mode) must_check;
ssize_t root_cache_realpath(struct root_cache *cache,
    const struct relpath *path, char out[PATH_MAX]) must_check;

#endif
