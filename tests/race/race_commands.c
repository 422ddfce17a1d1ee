/*
 * Checksums and the small commands against a gate, while names in the root are
 * exchanged with symlinks to outside.
 *
 *     race_commands DIRECTORY SERVER COMMANDS
 *
 * SERVER is run with SSH_ORIGINAL_COMMAND in its environment; its root must be
 * DIRECTORY/root. After each session (PER_SESSION commands) outside is
 * compared, and what was printed is searched for its names, contents, times
 * and digests. A session in which less than FLIPS_MIN names were exchanged
 * counts nothing. Prints a line a command, between tabs: its name, how often it
 * was run, how often with success; and a last line: "total", commands that
 * counted, the least of flips in a session, sessions that counted nothing,
 * escapes, and how the first of these looked.
 */
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/hash.h"
#include "base/num.h"
#include "tests/race/common/requests.h"
#include "tests/race/common/world.h"

enum {
	FLIPS_MIN = 1000,
	PER_SESSION = 60,
	IDLE_MAX = 100,   /* sessions that count nothing, in a row */
	SECONDS_MAX = 60, /* a command */
	OUT_MAX = 4 << 20,
};

enum kind_flags {
	NEW = 1,   /* the name may be a new one */
	NEVER = 2, /* it succeeds outside only */
	FILES = 4, /* it wants a file, or a directory below */
	DIRECTORIES = 8,
};

// clang-format off
static const struct kind {
	const char *command; /* in front of a path */
	unsigned flags;
} kinds[] = {
	{ "md5sum",     FILES },
	{ "sha256sum",  FILES },
	{ "sha512sum -b", FILES },
	{ "ls",         0 },
	{ "ls -la",     0 },
	{ "ls -lah",    0 },
	{ "df -P",      0 },
	{ "test -e",    0 },
	{ "test -d",    DIRECTORIES },
	{ "test -e -- ./", NEVER },
	{ "cd",         DIRECTORIES },
	{ "mkdir",      NEW },
	{ "mkdir -p",   NEW },
};
// clang-format on

enum { KINDS = sizeof(kinds) / sizeof(kinds[0]) };

struct total {
	uint64_t run[KINDS], succeeded[KINDS];
	uint64_t commands, least;
	unsigned idle, escapes;
	char *first; /* escape, owned */
};

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define PICK(dice, array) (array)[requester_dice(dice, COUNT(array))]

/* The command line; the caller frees. */
static char *
compose(struct requester *dice, const struct kind *kind)
{
	static const char *const areas[] = { "", "/", "dst/../", "./", "~/" };
	static const char *const places[] = { "src/d0", "src/d1", "src/p/d2",
		"dst/d0", "dst/d1", "dst/p/d2", "dst/d0/../d1", "src/*/d2",
		"src/p/../d0", "dst/d[01]" };
	static const char *const names[] = { "f", "g", "sub/h", "sub", "link",
		"sub/deep/i", "big", "", ".", "*", "sub/*", "g*" };
	static const char *const files[] = { "f", "g", "sub/h", "link", "big",
		"g*", "sub/[h]" };
	static const char *const directories[] = { "", ".", "sub", "sub/deep",
		"s*" };
	const char *name = PICK(dice, names);

	if (kind->flags & FILES)
		name = PICK(dice, files);
	if (kind->flags & DIRECTORIES)
		name = PICK(dice, directories);

	if (kind->flags & NEVER)
		return text_of("%s%s/only", kind->command, PICK(dice, places));
	if (kind->flags & NEW)
		return text_of("%s %s%s/%snew%u", kind->command,
		    PICK(dice, areas), PICK(dice, places),
		    requester_dice(dice, 3) == 0 ? "sub/more/" : "",
		    requester_dice(dice, 20));
	return text_of("%s %s%s/%s", kind->command, PICK(dice, areas),
	    PICK(dice, places), name);
}

/* Runs the server on a command, what it prints behind the rest. */
static int
run_command(const char *server, const char *command, int out)
{
	int status = 0;
	pid_t pid = fork();

	if (pid < 0)
		die("fork", server);
	if (pid == 0) {
		int nothing = open("/dev/null", O_RDONLY);

		prctl(PR_SET_PDEATHSIG, SIGKILL);
		if (nothing < 0 || dup2(nothing, 0) < 0 || dup2(out, 1) < 0 ||
		    dup2(out, 2) < 0 ||
		    setenv("SSH_ORIGINAL_COMMAND", command, 1) != 0)
			die("prepare", server);
		execl(server, server, (char *)NULL);
		die("run", server);
	}
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		continue;
	if (!WIFEXITED(status)) {
		errno = EINTR;
		die("the server has ended badly on", command);
	}
	return WEXITSTATUS(status);
}

/* Is a digest of a file of outside in the text? They are so many lines. */
static bool
has_digest(const char *text, size_t len)
{
	static const char line[] = "OUTSIDE-SECRET\n";
	static const unsigned lines[] = { 1, 100, 300 };

	for (const struct hash_kind *kind = hash_kinds; kind->name != NULL;
	     kind++) {
		for (size_t i = 0; i < COUNT(lines); i++) {
			unsigned char digest[HASH_BYTES_MAX];
			char room[2 * HASH_BYTES_MAX];
			struct hash hash;
			struct buf hex;

			hash_start(&hash, kind);
			for (unsigned n = 0; n < lines[i]; n++)
				hash_add(&hash, line, sizeof(line) - 1);
			hash_end(&hash, digest);
			buf_init(&hex, room, sizeof(room));
			buf_add_hex(&hex, digest, hash_bytes(kind));
			if (memmem(text, len, hex.bytes, hex.len) != NULL)
				return true;
		}
	}
	return false;
}

static void
note_escape(struct total *total, char *text)
{
	total->escapes++;
	if (total->first == NULL)
		total->first = text;
	else
		free(text);
}

/* What only outside has: its names, its link, its year (OUTSIDE_TIME). */
static void
search_printed(const struct world *world, struct total *total)
{
	size_t len;
	auto_free char *out = read_file(world->fd, "out", OUT_MAX, &len);

	if (out == NULL)
		die("read", "out");
	if (has_digest(out, len))
		note_escape(total, text_of("a digest of outside is printed"));
	if (has_text(out, len, world_marks.texts) ||
	    memmem(out, len, world_marks.link, strlen(world_marks.link)) !=
		NULL ||
	    memmem(out, len, " 2012 ", 6) != NULL)
		note_escape(total, text_of("outside is in what is printed"));
}

static void
run_all(const struct world *world, struct requester *dice, const char *server,
    struct total *total)
{
	auto_free char *path = text_of("%s/out", world->base);
	auto_fd int out = open(path,
	    O_WRONLY | O_CREAT | O_TRUNC | O_APPEND | O_CLOEXEC, 0600);

	if (out < 0)
		die("make", path);
	for (unsigned i = 0; i < PER_SESSION; i++) {
		size_t which = requester_dice(dice, KINDS);
		auto_free char *command = compose(dice, &kinds[which]);
		int status;

		alarm(slowly(SECONDS_MAX));
		status = run_command(server, command, out);
		alarm(0);
		total->run[which]++;
		total->succeeded[which] += status == 0;
		if (status == 0 && (kinds[which].flags & NEVER) != 0)
			note_escape(total, text_of("outside: %s", command));
	}
}

static void
run_session(struct world *world, struct requester *dice, const char *server,
    struct total *total)
{
	struct flipper flipper;
	unsigned metadata = 0;
	uint64_t flips;
	char *escape;

	world_renew(world);
	flipper_start(&flipper, world, AREA_SRC | AREA_DST);
	run_all(world, dice, server, total);
	flips = flipper_stop(&flipper);
	search_printed(world, total);
	escape = world_escape(world, &metadata);
	if (escape != NULL)
		note_escape(total, escape);
	if (flips < FLIPS_MIN) {
		if (++total->idle > IDLE_MAX)
			die("too many sessions without a race at", server);
		return;
	}
	total->commands += PER_SESSION;
	if (total->least == 0 || flips < total->least)
		total->least = flips;
}

/* Has each command had a success? Else dice may want more of them. */
static bool
all_succeeded(const struct total *total)
{
	for (size_t i = 0; i < KINDS; i++) {
		if (total->succeeded[i] == 0 && (kinds[i].flags & NEVER) == 0)
			return false;
	}
	return true;
}

int
main(int argc, char **argv)
{
	struct total total = { .commands = 0 };
	struct requester dice = { .random = 88172645463325252 };
	struct world world;
	int64_t wanted;

	if (argc != 4 || !num_parse(argv[3], 1, 100000000, &wanted))
		return 2;
	world_open(&world, argv[1]);
	dice.random ^= (uint64_t)time(NULL) << 20 ^ (uint64_t)getpid();
	printf("# seed %llu\n", (unsigned long long)dice.random);
	while (total.escapes == 0 &&
	       (total.commands < (uint64_t)wanted ||
		   (!all_succeeded(&total) &&
		       total.commands < 20 * (uint64_t)wanted)))
		run_session(&world, &dice, argv[2], &total);
	for (size_t i = 0; i < KINDS; i++)
		printf("%s\t%llu\t%llu\t%s\n", kinds[i].command,
		    (unsigned long long)total.run[i],
		    (unsigned long long)total.succeeded[i],
		    (kinds[i].flags & NEVER) != 0 ? "never" : "");
	printf("total\t%llu\t%llu\t%u\t%u\t%s\n",
	    (unsigned long long)total.commands, (unsigned long long)total.least,
	    total.idle, total.escapes, total.first == NULL ? "-" : total.first);
	free(total.first);
	world_close(&world);
	return 0;
}
