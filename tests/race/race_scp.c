/*
 * scp's old protocol against a gate, while names in the root are exchanged
 * with symlinks to outside.
 *
 *     race_scp DIRECTORY SERVER CONVERSATIONS
 *
 * SERVER is run with SSH_ORIGINAL_COMMAND in its environment; its root must be
 * DIRECTORY/root. The other end says all that it has to say at once. After
 * each session (PER_SESSION conversations) outside is compared, and what was
 * sent is searched for its names, contents and times. A session in which less
 * than FLIPS_MIN names were exchanged counts nothing. Prints a line a kind,
 * between tabs: its command, how often it was run, in how many a file was
 * moved; and a last line: "total", conversations that counted, the least of
 * flips in a session, sessions that counted nothing, escapes, and how the
 * first of these looked.
 */
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/io.h"
#include "base/num.h"
#include "tests/race/common/requests.h"
#include "tests/race/common/world.h"

enum {
	FLIPS_MIN = 1000,
	PER_SESSION = 30,
	IDLE_MAX = 100,   /* sessions that count nothing, in a row */
	SECONDS_MAX = 60, /* a session */
	OUT_MAX = 16 << 20,
	YES_MAX = 4096, /* how often the source is told to go on */
};

// clang-format off
static const struct kind {
	const char *command; /* in front of a path */
	bool sink;
	const char *moved; /* what is in the answers where a file was */
} kinds[] = {
	{ "scp -f",       false, "a line of the root\n" },
	{ "scp -pf",      false, "a line of the root\n" },
	{ "scp -rf",      false, "a line of the root\n" },
	{ "scp -rpf",     false, "a line of the root\n" },
	{ "scp -t",       true,  NULL },
	{ "scp -rt",      true,  NULL },
	{ "scp -rpt",     true,  NULL },
	{ "scp -rpdt",    true,  NULL },
};
// clang-format on

enum { KINDS = sizeof(kinds) / sizeof(kinds[0]) };

struct total {
	uint64_t run[KINDS], moved[KINDS];
	uint64_t conversations, least;
	unsigned idle, escapes;
	char *first; /* escape, owned */
};

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define PICK(dice, array) (array)[requester_dice(dice, COUNT(array))]

/* The command line; the caller frees. */
static char *
compose(struct requester *dice, const struct kind *kind)
{
	static const char *const sources[] = { "src/d0", "src/d1", "src/p/d2",
		"src/d0/f", "src/d1/sub/h", "src/p/d2/g", "src/f0", "src/p/f2",
		"src/*", "src/d?/sub", "src/*/f", "src/p/../d0/link", "src",
		"/src/d[01]/*", "src/{d0,d1}/big" };
	static const char *const targets[] = { "dst", "dst/d0", "dst/d1",
		"dst/p/d2", "dst/d0/sub", "dst/f0", "dst/d0/new", "dst/p/../d0",
		"/dst/d?", "dst/d1/f" };

	return text_of("%s %s", kind->command,
	    kind->sink ? PICK(dice, targets) : PICK(dice, sources));
}

/* A record of a file, with its bytes and the source's yes. */
static void
put_file(struct requester *dice, struct buf *said)
{
	static const char *const names[] = { "f", "g", "big", "link", "new",
		"h", "f0", "f1", "d0", "sub" };
	static const char line[] = "a line of the client\n";
	unsigned lines = 1 + requester_dice(dice, 20);

	buf_addf(said, "C%04o %zu %s\n", 0600 + requester_dice(dice, 0200),
	    lines * (sizeof(line) - 1), PICK(dice, names));
	while (lines-- > 0)
		buf_add_text(said, line);
	buf_add_u8(said, 0);
}

/* What a source says. Where the sink says no, bytes are read as lines: fine. */
static void
say_records(struct requester *dice, const struct kind *kind, struct buf *said)
{
	static const char *const names[] = { "d0", "d1", "p", "sub", "deep",
		"d2", "new", "f" };
	bool recursive = strchr(kind->command, 'r') != NULL;
	unsigned depth = 0;

	for (unsigned i = 0; i < 12; i++) {
		if (requester_dice(dice, 3) == 0)
			buf_addf(said, "T%u 0 %u 0\n",
			    1 + requester_dice(dice, 1000000), 5U);
		if (recursive && requester_dice(dice, 3) == 0) {
			buf_addf(said, "D%04o 0 %s\n",
			    0700 + requester_dice(dice, 0100),
			    PICK(dice, names));
			depth++;
		}
		put_file(dice, said);
		if (depth > 0 && requester_dice(dice, 4) == 0) {
			buf_add_text(said, "E\n");
			depth--;
		}
	}
	while (depth-- > 0)
		buf_add_text(said, "E\n");
}

/* All that the other end says, to be read by the server. */
static int
open_said(struct requester *dice, const struct kind *kind)
{
	static unsigned char room[32768];
	int fd = memfd_create("said", MFD_CLOEXEC);
	struct buf said;

	buf_init(&said, room, sizeof(room));
	if (kind->sink)
		say_records(dice, kind, &said);
	else
		memset(room, 0, said.len = YES_MAX);
	if (fd < 0 || said.full || io_write_all(fd, room, said.len) != 0 ||
	    lseek(fd, 0, SEEK_SET) != 0)
		die("make what is said to", kind->command);
	return fd;
}

static void
run_server(const char *server, const char *command, int in, int out)
{
	int status = 0;
	pid_t pid = fork();

	if (pid < 0)
		die("fork", server);
	if (pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		if (dup2(in, 0) < 0 || dup2(out, 1) < 0 || dup2(out, 2) < 0 ||
		    setenv("SSH_ORIGINAL_COMMAND", command, 1) != 0)
			die("prepare", server);
		execl(server, server, (char *)NULL);
		die("run", server);
	}
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		continue;
	if (!WIFEXITED(status) || WEXITSTATUS(status) > 1) {
		errno = WIFEXITED(status) ? 0 : EINTR;
		die("the server has ended badly on", command);
	}
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

/* In what one conversation has sent. Returns whether a file was moved. */
static bool
search_sent(const struct world *world, const struct kind *kind,
    const char *command, struct total *total)
{
	auto_free char *time = text_of("%lld", (long long)OUTSIDE_TIME);
	size_t len;
	auto_free char *out = read_file(world->fd, "out", OUT_MAX, &len);

	if (out == NULL)
		die("read", "out");
	if (has_text(out, len, world_marks.texts) ||
	    memmem(out, len, world_marks.link, strlen(world_marks.link)) !=
		NULL ||
	    memmem(out, len, time, strlen(time)) != NULL)
		note_escape(total, text_of("outside is sent by %s", command));
	/* Three yeses: of the start, of a file's line, of its bytes. */
	return kind->sink
		   ? memmem(out, len, "\0\0\0", 3) != NULL
		   : memmem(out, len, kind->moved, strlen(kind->moved)) != NULL;
}

static void
run_all(const struct world *world, struct requester *dice, const char *server,
    struct total *total)
{
	auto_free char *path = text_of("%s/out", world->base);

	for (unsigned i = 0; i < PER_SESSION; i++) {
		size_t which = requester_dice(dice, KINDS);
		const struct kind *kind = &kinds[which];
		auto_free char *command = compose(dice, kind);
		auto_fd int in = open_said(dice, kind);
		auto_fd int out =
		    open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

		if (out < 0)
			die("make", path);
		run_server(server, command, in, out);
		total->run[which]++;
		total->moved[which] += search_sent(world, kind, command, total);
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
	alarm(slowly(SECONDS_MAX));
	run_all(world, dice, server, total);
	alarm(0);
	flips = flipper_stop(&flipper);
	escape = world_escape(world, &metadata);
	if (escape != NULL)
		note_escape(total, escape);
	if (flips < FLIPS_MIN) {
		if (++total->idle > IDLE_MAX)
			die("too many sessions without a race at", server);
		return;
	}
	total->conversations += PER_SESSION;
	if (total->least == 0 || flips < total->least)
		total->least = flips;
}

/* Has each kind moved a file? Else dice may want more of them. */
static bool
all_moved(const struct total *total)
{
	for (size_t i = 0; i < KINDS; i++) {
		if (total->moved[i] == 0)
			return false;
	}
	return true;
}

int
main(int argc, char **argv)
{
	struct total total = { .conversations = 0 };
	struct requester dice = { .random = 88172645463325252 };
	struct world world;
	int64_t wanted;

	if (argc != 4 || !num_parse(argv[3], 1, 100000000, &wanted))
		return 2;
	world_open(&world, argv[1]);
	dice.random ^= (uint64_t)time(NULL) << 20 ^ (uint64_t)getpid();
	printf("# seed %llu\n", (unsigned long long)dice.random);
	while (total.escapes == 0 &&
	       (total.conversations < (uint64_t)wanted ||
		   (!all_moved(&total) &&
		       total.conversations < 20 * (uint64_t)wanted)))
		run_session(&world, &dice, argv[2], &total);
	for (size_t i = 0; i < KINDS; i++)
		printf("%s\t%llu\t%llu\n", kinds[i].command,
		    (unsigned long long)total.run[i],
		    (unsigned long long)total.moved[i]);
	printf("total\t%llu\t%llu\t%u\t%u\t%s\n",
	    (unsigned long long)total.conversations,
	    (unsigned long long)total.least, total.idle, total.escapes,
	    total.first == NULL ? "-" : total.first);
	free(total.first);
	world_close(&world);
	return 0;
}
