/*
 * The one who races: a process that exchanges each name in turn with its
 * symlink, both of which lie in the root, as a client with a second session
 * could. What the raced program removes or replaces is put right now and
 * then, or the exchange would soon be one of two directories.
 */
#include <fcntl.h>
#include <linux/openat2.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/race/common/world.h"

#ifndef RENAME_EXCHANGE
#define RENAME_EXCHANGE 2
#endif
#define LIBRARIES "/usr/lib"

enum { HEAL_EVERY = 64 };

struct pair {
	enum area area;
	bool directory;
	const char *above; /* the directory, in the root */
	const char *name;
	const char *leads; /* the symlink's text, "%s" is the absolute path of
			    * what lies beside the root */
};

// clang-format off
static const struct pair pairs[] = {
	{ AREA_SRC, true,  "src",     "d0",     "%s/far/d0" },
	{ AREA_SRC, true,  "src",     "d1",     "../../far/d1" },
	{ AREA_SRC, true,  "src/p",   "d2",     "../../../far/p/d2" },
	{ AREA_SRC, true,  "src/d1",  "sub",    "%s/far/d1/sub" },
	{ AREA_SRC, false, "src",     "f0",     "%s/far/f0" },
	{ AREA_SRC, false, "src",     "f1",     "../../far/f1" },
	{ AREA_SRC, false, "src/p",   "f2",     LIBRARIES "/os-release" },
	{ AREA_SRC, false, "src/d0",  ".rules", "../../../far/d0/.rules" },
	{ AREA_DST, true,  "dst",     "d0",     "%s/far/d0" },
	{ AREA_DST, true,  "dst",     "d1",     "../../far/d1" },
	{ AREA_DST, true,  "dst/p",   "d2",     "../../../far/p/d2" },
	{ AREA_DST, true,  "dst/d1",  "sub",    "%s/far/d1/sub" },
	{ AREA_DST, false, "dst",     "f0",     "%s/far/f0" },
	{ AREA_DST, false, "dst",     "f1",     "../../far/f1" },
	{ AREA_DST, false, "dst/p",   "f2",     LIBRARIES "/os-release" },
	{ AREA_SIDE, true,  ".",       "prev",   "../far" },
	{ AREA_SIDE, true,  "prev",    "d0",     "%s/far/d0" },
	{ AREA_SIDE, false, "prev",    "f0",     "../../far/f0" },
	{ AREA_SIDE, true,  ".",       "old",    "%s/far" },
	{ AREA_SIDE, true,  ".",       "tmp",    "../far/d0" },
	{ AREA_SIDE, true,  ".",       "part",   "%s/far/d1" },
};
// clang-format on

enum { PAIRS = sizeof(pairs) / sizeof(pairs[0]) };

struct flips {
	const struct world *world;
	int root;
	unsigned junk; /* how much lies in x besides */
	int above[PAIRS];
	char other[PAIRS][8];
};

static void
make_symlink(const struct flips *flips, size_t i)
{
	const char *leads = pairs[i].leads;
	char *text = leads[0] == '%'
			 ? text_of("%s%s", flips->world->base, leads + 2)
			 : text_of("%s", leads);

	if (symlinkat(text, flips->root, flips->other[i]) != 0)
		die("symlink", pairs[i].name);
	free(text);
}

static void
make_real(const struct flips *flips, size_t i)
{
	if (pairs[i].directory)
		make_directory(flips->root, flips->other[i]);
	else
		make_file(flips->root, flips->other[i], "a line\n", 1);
}

enum kind { MISSING, LINK, REAL };

static enum kind
kind_of(int dir, const char *name)
{
	struct stat st;

	if (dir < 0 || fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) != 0)
		return MISSING;
	return S_ISLNK(st.st_mode) ? LINK : REAL;
}

/* Never by way of one of our own symlinks: we don't race ourselves. */
static void
find_above(struct flips *flips, size_t i)
{
	const struct open_how how = { .flags = O_PATH | O_DIRECTORY | O_CLOEXEC,
		.resolve = RESOLVE_NO_SYMLINKS | RESOLVE_BENEATH };
	int fd = (int)syscall(SYS_openat2, flips->root, pairs[i].above, &how,
	    sizeof(how));

	if (fd < 0)
		return;
	auto_close_fd(&flips->above[i]);
	flips->above[i] = fd;
}

/*
 * One of both is a symlink again, the other is not: what lies in x is put
 * aside and made anew.
 */
static void
heal(struct flips *flips, size_t i)
{
	char *other = flips->other[i], junk[24];
	enum kind here, there;

	find_above(flips, i);
	here = kind_of(flips->above[i], pairs[i].name);
	there = kind_of(flips->root, other);
	if (here == MISSING || (here == LINK && there == REAL) ||
	    (here == REAL && there == LINK))
		return;
	snprintf(junk, sizeof(junk), "x/j%u", flips->junk++);
	if (renameat(flips->root, other, flips->root, junk) != 0 &&
	    errno != ENOENT)
		die("rename", other);
	if (here == LINK)
		make_real(flips, i);
	else
		make_symlink(flips, i);
}

static bool
exchange(const struct flips *flips, size_t i)
{
	return syscall(SYS_renameat2, flips->above[i], pairs[i].name,
		   flips->root, flips->other[i], RENAME_EXCHANGE) == 0;
}

/*
 * What options name is a symlink for a moment only: the gate refuses such a
 * session before it begins, and nothing would be raced.
 */
static bool
is_argument(size_t i)
{
	return strcmp(pairs[i].above, ".") == 0;
}

struct flipped {
	const struct world *world;
	unsigned areas;
};

static void
flip(const void *context, volatile uint64_t *count)
{
	const struct flipped *flipped = context;
	struct flips room = { .world = flipped->world }, *flips = &room;

	flips->root = openat(flipped->world->fd, "root", O_PATH | O_CLOEXEC);
	if (flips->root < 0)
		die("open", "root");
	for (size_t i = 0; i < PAIRS; i++) {
		flips->above[i] = -1;
		snprintf(flips->other[i], sizeof(flips->other[i]), "x/%zu", i);
	}
	for (uint64_t round = 0;; round++) {
		for (size_t i = 0; i < PAIRS; i++) {
			if ((pairs[i].area & flipped->areas) == 0)
				continue;
			if (round % HEAL_EVERY == 0)
				heal(flips, i);
			*count += exchange(flips, i);
			if (is_argument(i))
				*count += exchange(flips, i);
		}
	}
}

void
flipper_run(struct flipper *flipper, flipper_loop *loop, const void *context)
{
	pid_t parent = getpid();

	flipper->count = mmap(NULL, sizeof(*flipper->count),
	    PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (flipper->count == MAP_FAILED)
		die("mmap", "");
	flipper->pid = fork();
	if (flipper->pid < 0)
		die("fork", "");
	if (flipper->pid > 0)
		return;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() == parent)
		loop(context, flipper->count);
	_exit(1);
}

void
flipper_start(struct flipper *flipper, const struct world *world,
    unsigned areas)
{
	const struct flipped flipped = { world, areas };

	flipper_run(flipper, flip, &flipped);
}

uint64_t
flipper_stop(struct flipper *flipper)
{
	uint64_t count;
	int status;

	kill(flipper->pid, SIGKILL);
	while (waitpid(flipper->pid, &status, 0) < 0 && errno == EINTR)
		continue;
	/* It ends by our hand, not by an error of its own. */
	if (!WIFSIGNALED(status))
		exit(2);
	count = *flipper->count;
	munmap((void *)(uintptr_t)flipper->count, sizeof(*flipper->count));
	return count;
}
