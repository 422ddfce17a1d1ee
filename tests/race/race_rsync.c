/*
 * Real rsync runs against a gate while names in the root are exchanged with
 * symlinks to outside.
 *
 *     race_rsync DIRECTORY SHELL RUNS [follow]
 *
 * SHELL is what "rsync -e" gets; its root must be DIRECTORY/root. RUNS are
 * dealt to the kinds of the table, "follow" takes those in that follow
 * symlinks. A run counts when at least FLIPS_MIN names were exchanged
 * meanwhile and a file was moved; others are looked at all the same, and done
 * again. Prints a line a kind, between tabs: name, runs, the least of flips,
 * files moved, runs done again, what was learned of outside's metadata,
 * escapes, and how the first of these looked.
 */
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/num.h"
#include "tests/race/common/world.h"

enum {
	FLIPS_MIN = 1000,
	AGAIN_MAX = 400, /* how often one run is done again: a path through a
			  * name that is flipped rarely arrives */
	SECONDS_MAX = 60,
	WORDS_MAX = 24,
};

enum needs {
	PULL = 1,
	PUSH = 2,
	FOLLOWS = 4, /* symlinks: only where outside does not exist */
	LISTS = 8,   /* names arrive, and no files */
};

struct kind {
	const char *options; /* between blanks */
	unsigned needs;
	unsigned areas;
	const char *paths; /* in the root, between blanks */
};

#define SRC AREA_SRC
#define DST AREA_DST
#define SIDE (AREA_DST | AREA_SIDE)

// clang-format off
static const struct kind kinds[] = {
	{ "-a",                       PULL, SRC, "src/" },
	{ "-aHAX --numeric-ids",      PULL, SRC, "src/" },
	{ "-aR",                      PULL, SRC, "src/d0 src/p/d2/sub src/steady" },
	{ "-r",                       PULL, SRC, "src/d0/ src/f0 src/steady" },
	{ "-rpt --chmod=D755,F600",   PULL, SRC, "src/" },
	{ "-ac",                      PULL, SRC, "src/" },
	{ "-az --zc=zstd",            PULL, SRC, "src/" },
	{ "-aS --no-i-r",             PULL, SRC, "src/" },
	{ "-aU --open-noatime",       PULL, SRC, "src/" },
	{ "-ax",                      PULL, SRC, "/" },
	{ "-a --iconv=utf8,latin1",   PULL, SRC, "src/" },
	{ "-a --files-from=list",     PULL, SRC, "src/" },
	{ "-a -f:_.rules",            PULL, SRC, "src/" },
	{ "-aFF --exclude=g",         PULL, SRC, "src/" },
	{ "-a --remove-source-files", PULL, SRC, "src/" },
	{ "-an",                      PULL | LISTS, SRC, "src/" },
	{ "-r --list-only",           PULL | LISTS, SRC, "src/" },
	{ "-rL",                      PULL | FOLLOWS, SRC, "src/" },
	{ "-ak",                      PULL | FOLLOWS, SRC, "src/" },
	{ "-a --copy-unsafe-links",   PULL | FOLLOWS, SRC, "src/" },
	{ "-aI",                      PUSH, DST, "dst/" },
	{ "-aHAXI --numeric-ids",     PUSH, DST, "dst/" },
	{ "-aIR",                     PUSH, DST, "dst/" },
	{ "-aI",                      PUSH, DST, "dst/p/" },
	{ "-aI --delete",             PUSH, DST, "dst/" },
	{ "-aI --delete-after --force", PUSH, DST, "dst/" },
	{ "-aI --delete-excluded --exclude=g", PUSH, DST, "dst/" },
	{ "-aIb",                     PUSH, DST, "dst/" },
	{ "-aIb --backup-dir=../old --delete", PUSH, SIDE, "dst/" },
	{ "-aIb --backup-dir=/old",   PUSH, SIDE, "dst/" },
	{ "-aI --temp-dir=../tmp",    PUSH, SIDE, "dst/" },
	{ "-aI --partial-dir=.part",  PUSH, DST, "dst/" },
	{ "-aI --partial-dir=/part",  PUSH, SIDE, "dst/" },
	{ "-aI --delay-updates",      PUSH, DST, "dst/" },
	{ "-a --link-dest=../prev",   PUSH, SIDE, "dst/new/" },
	{ "-a --copy-dest=../../prev", PUSH, SIDE, "dst/p/new/" },
	{ "-aI --compare-dest=/prev", PUSH, SIDE, "dst/" },
	{ "-aI --inplace",            PUSH, DST, "dst/" },
	{ "-a --append",              PUSH, DST, "dst/" },
	{ "-aIy --no-W",              PUSH, DST, "dst/" },
	{ "-aIc -z --no-W",           PUSH, DST, "dst/" },
	{ "-aI --chmod=D700,F600",    PUSH, DST, "dst/" },
	{ "-aXI",                     PUSH, DST, "dst/" },
	{ "-aAI",                     PUSH, DST, "dst/" },
	{ "-aI -M--fake-super",       PUSH, DST, "dst/" },
	{ "-aIS --preallocate",       PUSH, DST, "dst/" },
	{ "-aIOJ --existing",         PUSH, DST, "dst/" },
	{ "-aI --mkpath",             PUSH, DST, "dst/d0/deep/er/" },
	{ "-aIK",                     PUSH | FOLLOWS, DST, "dst/" },
};
// clang-format on

/* Odd: each second one of them, going round, is each of them once. */
enum { KINDS = sizeof(kinds) / sizeof(kinds[0]) };
_Static_assert(KINDS % 2 == 1, "half of the kinds would never run");

struct runs {
	struct world world;
	const char *shell;
	const struct kind *kind;
	unsigned runs, again, moved, metadata, escapes;
	uint64_t least; /* flips of a run that counts */
	char *first;    /* escape, owned */
};

struct words {
	const char *at[WORDS_MAX];
	size_t count;
};

static void
add_word(struct words *words, const char *word)
{
	if (words->count + 1 >= WORDS_MAX)
		die("too many words at", word);
	words->at[words->count++] = word;
}

/* Adds what stands between blanks, each behind prefix; "_" is a blank. */
static void
add_words(struct words *words, const char *prefix, const char *list)
{
	char *text = text_of("%s", list), *at, *blank;

	while ((at = strtok_r(text, " ", &text)) != NULL) {
		while ((blank = strchr(at, '_')) != NULL)
			*blank = ' ';
		add_word(words, text_of("%s%s", prefix, at));
	}
}

static void __attribute__((noreturn)) become_client(const struct runs *runs)
{
	const struct kind *kind = runs->kind;
	struct words words = { .count = 0 };
	int out = openat(runs->world.fd, "out",
	    O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (out < 0 || fchdir(runs->world.fd) != 0 || dup2(out, 1) < 0 ||
	    dup2(out, 2) < 0)
		die("start", "rsync");
	add_words(&words, "", "rsync --stats -e");
	add_word(&words, runs->shell);
	add_words(&words, "", kind->options);
	add_words(&words, "", kind->needs & PUSH ? "up/" : "");
	add_words(&words, "host:", kind->paths);
	add_words(&words, "", kind->needs & PULL ? "got/" : "");
	execvp("rsync", (char *const *)(uintptr_t)words.at);
	die("run", "rsync");
}

/* A client that hangs ends the test: nobody handles the alarm. */
static void
run_client(const struct runs *runs)
{
	int status;
	pid_t pid = fork();

	if (pid < 0)
		die("fork", "");
	if (pid == 0)
		become_client(runs);
	alarm(slowly(SECONDS_MAX));
	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			die("wait for", "rsync");
	alarm(0);
}

/* What rsync's statistics say; of names the directory itself is one. */
static unsigned
files_moved(const struct runs *runs)
{
	bool lists = runs->kind->needs & LISTS;
	const char *label = lists ? "Number of files: " : "files transferred: ";
	size_t len;
	auto_free char *out = read_file(runs->world.fd, "out", 1 << 20, &len);
	char *at = out == NULL ? NULL : strstr(out, label);
	unsigned count =
	    at == NULL ? 0 : (unsigned)strtoul(at + strlen(label), NULL, 10);

	return lists && count > 0 ? count - 1 : count;
}

/* Returns false where it does not count. */
static bool
run_once(struct runs *runs)
{
	struct flipper flipper;
	uint64_t flips;
	unsigned moved;
	char *escape;

	world_renew(&runs->world);
	flipper_start(&flipper, &runs->world, runs->kind->areas);
	run_client(runs);
	flips = flipper_stop(&flipper);
	moved = files_moved(runs);
	escape = world_escape(&runs->world, &runs->metadata);
	if (escape != NULL) {
		runs->escapes++;
		if (runs->first == NULL)
			runs->first = escape;
		else
			free(escape);
	}
	if (flips < FLIPS_MIN || moved == 0)
		return false;
	runs->runs++;
	runs->moved += moved;
	if (runs->least == 0 || flips < runs->least)
		runs->least = flips;
	return true;
}

static void
run_kind(struct runs *runs, unsigned wanted)
{
	unsigned again = 0;

	while (runs->runs < wanted && again < AGAIN_MAX) {
		if (run_once(runs)) {
			again = 0;
		} else {
			again++;
			runs->again++;
		}
	}
	printf("%s %s %s\t%u\t%llu\t%u\t%u\t%u\t%u\t%s\n",
	    runs->kind->needs & PUSH ? "push" : "pull", runs->kind->options,
	    runs->kind->paths, runs->runs, (unsigned long long)runs->least,
	    runs->moved, runs->again, runs->metadata, runs->escapes,
	    runs->first == NULL ? "-" : runs->first);
	fflush(stdout);
}

int
main(int argc, char **argv)
{
	bool follow = argc == 5 && strcmp(argv[4], "follow") == 0;
	struct runs all = { .shell = argc > 2 ? argv[2] : "" };
	unsigned wanted[KINDS] = { 0 };
	int64_t total;
	size_t step;

	if (argc < 4 || !num_parse(argv[3], 1, 1000000, &total))
		return 2;
	/* Fewer runs than kinds are of kinds from all over the table. */
	step = (size_t)total * 2 <= KINDS + 1 ? 2 : 1;
	for (size_t i = 0; total > 0; i = (i + step) % KINDS) {
		if ((kinds[i].needs & FOLLOWS) && !follow)
			continue;
		wanted[i]++;
		total--;
	}
	world_open(&all.world, argv[1]);
	for (size_t i = 0; i < KINDS; i++) {
		struct runs runs = all;

		runs.kind = &kinds[i];
		if (wanted[i] > 0)
			run_kind(&runs, wanted[i]);
		all.world.before = runs.world.before;
		free(runs.first);
	}
	world_close(&all.world);
	return 0;
}
