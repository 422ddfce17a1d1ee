/*
 * Locals that own what they hold and clean up when they leave scope.
 * An owning local is declared empty (auto_fd int fd = -1;) and gives away
 * visibly: return take_fd(&fd). Nothing here runs on _exit().
 */
#ifndef FILESONLY_BASE_AUTO_H
#define FILESONLY_BASE_AUTO_H

#include <dirent.h>
#include <errno.h>
#include <stddef.h>
#include <stdlib.h>
#include <unistd.h>

#define must_check __attribute__((warn_unused_result))
#define printf_like(fmt, args) __attribute__((format(printf, fmt, args)))

#define auto_fd __attribute__((cleanup(auto_close_fd)))
#define auto_free __attribute__((cleanup(auto_free_memory)))

/*
 * For a large buffer that is filled before it is read: all other locals are
 * zeroed first (-ftrivial-auto-var-init), which costs more here than the work.
 */
#if __has_attribute(uninitialized)
#define not_zeroed __attribute__((uninitialized))
#else
#define not_zeroed
#endif

/* Closes fd unless it is -1; errno stays as it was. */
static inline void
auto_close_fd(int *fd)
{
	int saved = errno;

	if (*fd >= 0)
		close(*fd);
	*fd = -1;
	errno = saved;
}

/* pointer is the address of the owning pointer, of whatever type. */
static inline void
auto_free_memory(void *pointer)
{
	void **owner = pointer;

	free(*owner);
	*owner = NULL;
}

/* Gives the descriptor away: the local is left empty. */
static inline int must_check
take_fd(int *fd)
{
	int taken = *fd;

	*fd = -1;
	return taken;
}

/* Gives the memory away: the local is left empty. */
static inline void *must_check
take_memory(void *pointer)
{
	void **owner = pointer;
	void *taken = *owner;

	*owner = NULL;
	return taken;
}

#endif
