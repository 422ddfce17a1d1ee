/*
 * Hostile sessions of one account in create-only, several at once: SFTP
 * requests that write, change, rename, link and remove, as raw packets, and
 * rsync pushes, while the machine's administrator exchanges names.
 *
 *     race_create_only DIRECTORY SERVER SHELL OPERATIONS
 *
 * SERVER is run without arguments, SHELL is what "rsync -e" gets ("-": without
 * the one or the other); the root of both must be DIRECTORY/root, the free
 * directory "locks" (common/kept.h). After each round all that existed is
 * compared. A round in which less than FLIPS_MIN names were exchanged counts
 * nothing. Prints a line a kind of request, between tabs: name, how many were
 * answered, how many with a success, and how many of these were in the free
 * directory alone; "rsync", runs, files moved; "free", how much of what existed
 * there has changed, how much has left; and at last "total", operations that
 * counted, the least of flips in a round, rounds that counted nothing, how many
 * objects were changed, moved, in the free directory, lost, changed after they
 * had left, and how the first of these looked.
 */
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/io.h"
#include "base/num.h"
#include "tests/race/common/kept.h"
#include "tests/race/common/kept_names.h"
#include "tests/race/common/push.h"
#include "tests/race/common/requests.h"
#include "tests/race/common/server.h"

enum {
	SESSIONS = 3,
	BATCH = 48,   /* sent to each before their replies are read */
	BATCHES = 12, /* a round */
	FLIPS_MIN = 300,
	IDLE_MAX = 100,    /* rounds that count nothing */
	SECONDS_MAX = 120, /* a round */
	ENTERED_MAX = 1000,
};

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define X REQUEST_EXTENDED
#define AT(name) name "@openssh.com"

/*
 * Layouts as in common/requests.h, but each path is any of this world's; F is
 * a leaver's and L a new one outside, O one outside and E a new free one.
 */
// clang-format off
static const struct request_kind acts[] = {
	{ 3,  "open to create",      "nc-" },
	{ 3,  "open to write",       "pw-" },
	{ 3,  "open to write a leaver", "Fw-" },
	{ 13, "remove",              "n" },
	{ 18, "rename",              "nn" },
	{ 18, "leave",               "FL" },
	{ 18, "enter",               "OE" },
	{ 15, "rmdir",               "n" },
	{ 14, "mkdir",               "n-" },
	{ 9,  "setstat",             "pa" },
	{ 20, "symlink",             "tn" },
	{ X,  AT("posix-rename"),    "nn" },
	{ X,  AT("hardlink"),        "pn" },
	{ X,  AT("lsetstat"),        "pa" },
	{ X,  "copy-file",           "pnb" },
	{ 9,  "setstat a leaver",    "Fa" },
	{ 6,  "write",               "hod" },
	{ 10, "fsetstat",            "ha" },
	{ REQUEST_CLOSE, "close",    "H" },
};
// clang-format on

enum { ACTS = COUNT(acts), ON_NAMES = ACTS - 3 };
enum { REMOVE = 3, LEAVE = 5, SYMLINK = 10 };

/* Which names are exchanged, in each round another time. Where it is what
 * sessions make with what exists, they ask about these names alone. */
static const unsigned rounds[] = { KEPT_OWN_PAIRS, KEPT_OWN_PAIRS | KEPT_PAIRS,
	KEPT_OWN_PAIRS, KEPT_OWN_PAIRS | KEPT_PAIRS | KEPT_SWAP };

struct asked {
	size_t act;
	bool has_area;
	unsigned area; /* of enum kept_area, of its last path */
	bool is_free;  /* all its paths are in the free directory */
	unsigned left; /* the number of its L */
};

struct session {
	struct requester requester;
	struct server server;
	struct asked asked[BATCH]; /* by the request's id */
	unsigned waiting;
};

struct race {
	struct kept_world world;
	struct session sessions[SESSIONS];
	struct asked *asking; /* whose packet is written */
	bool is_own;          /* the round is about that */
	unsigned left;        /* names that were given to leavers */
	unsigned settled;     /* ... and to which nobody gives one any more */
	unsigned round;
	uint64_t answered[ACTS], succeeded[ACTS], freely[ACTS];
	uint64_t operations, counted, least;
	uint64_t moved; /* by rsync */
	unsigned runs;  /* of it */
	unsigned idle, free_changes, leavers;
	struct kept_harm harm;
};

/* --- names ------------------------------------------------------------------
 */

static void
add_path(struct requester *requester, struct buf *out, const char *path)
{
	struct race *race = requester->context;

	race->asking->is_free &= strncmp(path, "locks/", 6) == 0;
	buf_add_string(out, path, strlen(path));
}

static void
add_numbered(struct requester *requester, struct buf *out, const char *path,
    unsigned number)
{
	auto_free char *text = text_of("%s%u", path, number);

	add_path(requester, out, text);
}

/* A second path is often in the first one's area. */
static void
add_any(struct requester *requester, struct buf *out, unsigned left)
{
	struct race *race = requester->context;
	struct asked *asked = race->asking;

	if (race->is_own) {
		add_path(requester, out, kept_name(requester, KEPT_OWN));
		return;
	}
	if (left > 0 && requester_dice(requester, 12) == 0) {
		add_numbered(requester, out, "keep/left",
		    requester_dice(requester, left));
		return;
	}
	if (!asked->has_area || requester_dice(requester, 4) == 0)
		asked->area = requester_dice(requester, KEPT_AREAS);
	asked->has_area = true;
	add_path(requester, out, kept_name(requester, asked->area));
}

static bool
add_letter(struct requester *requester, struct buf *out, char letter)
{
	struct race *race = requester->context;
	const char *text;

	switch (letter) {
	case 'O':
		add_path(requester, out, kept_name(requester, KEPT_OUTSIDE));
		return true;
	case 'E':
		add_numbered(requester, out, "locks/in",
		    requester_dice(requester, ENTERED_MAX));
		return true;
	case 'p':
		add_any(requester, out, race->left);
		return true;
	/* A name that is asked for only once tells who has got it. */
	case 'n':
		add_any(requester, out, race->settled);
		return true;
	case 'F':
		add_numbered(requester, out, "locks/pre",
		    requester_dice(requester, KEPT_LEAVERS));
		return true;
	case 'L':
		race->asking->left = race->left++;
		add_numbered(requester, out, "keep/left", race->asking->left);
		return true;
	case 't':
		text = kept_name(requester, KEPT_TARGETS);
		buf_add_string(out, text, strlen(text));
		return true;
	default:
		return false;
	}
}

/* --- SFTP -------------------------------------------------------------------
 */

static void
take_reply(struct race *race, struct session *session)
{
	uint32_t len = server_receive(&session->server);
	const unsigned char *packet = session->server.packet;
	uint32_t id = u32_at(packet + 1);
	const struct asked *asked = &session->asked[id % BATCH];

	if (id >= BATCH)
		die("a reply to nothing from", "the server");
	race->operations++;
	race->answered[asked->act]++;
	if (packet[0] == STATUS && (len < 9 || u32_at(packet + 5) != 0))
		return;
	race->succeeded[asked->act]++;
	race->freely[asked->act] += asked->is_free;
	if (packet[0] == HANDLE)
		requester_keep(&session->requester, packet + 5, len - 5);
	if (asked->act == LEAVE) {
		auto_free char *path = text_of("keep/left%u", asked->left);

		kept_has_left(&race->world, path);
	}
}

static size_t
choose_act(struct requester *requester, bool is_own, unsigned batch)
{
	if (batch % 4 == 3 && requester->open > 0)
		return ACTS - 1;
	if (is_own && requester_dice(requester, 4) > 0)
		return requester_dice(requester, 2) == 0 ? SYMLINK : REMOVE;
	if (requester->open > 0 && requester_dice(requester, 6) == 0)
		return ON_NAMES + requester_dice(requester, 2);
	return requester_dice(requester, ON_NAMES);
}

static void
ask(struct race *race, struct session *session, unsigned batch, struct buf *out)
{
	struct asked *asked = &session->asked[session->waiting];

	*asked = (struct asked){ .is_free = true,
		.act = choose_act(&session->requester, race->is_own, batch) };
	race->asking = asked;
	request_write(&session->requester, &acts[asked->act],
	    session->waiting++, out);
	/* Whose a handle is, nobody has noted. */
	asked->is_free &= strchr(acts[asked->act].layout, 'h') == NULL;
}

static void
send_batch(struct race *race, struct session *session, unsigned batch)
{
	static unsigned char room[BATCH * 1024];
	struct buf out;

	buf_init(&out, room, sizeof(room));
	for (unsigned i = 0; i < BATCH; i++)
		ask(race, session, batch, &out);
	if (out.full ||
	    io_write_all(session->server.fd, out.bytes, out.len) != 0)
		die("can't write to", "the server");
}

static void
talk(struct race *race)
{
	for (unsigned batch = 0; batch < BATCHES; batch++) {
		race->settled = race->left;
		for (int i = 0; i < SESSIONS; i++)
			send_batch(race, &race->sessions[i], batch);
		for (int i = 0; i < SESSIONS; i++) {
			struct session *session = &race->sessions[i];

			for (; session->waiting > 0; session->waiting--)
				take_reply(race, session);
		}
	}
}

/* --- a round ----------------------------------------------------------------
 */

static void
start_sessions(struct race *race, const char *server)
{
	for (int i = 0; i < SESSIONS; i++) {
		struct session *session = &race->sessions[i];
		uint64_t random = session->requester.random;

		*session = (struct session){ .requester = { .random = random,
						 .base = race->world.base,
						 .add = add_letter,
						 .context = race } };
		server_start(&session->server, server);
	}
}

static void
count_round(struct race *race, uint64_t flips, uint64_t operations)
{
	race->free_changes += kept_free_changes(&race->world);
	for (int i = 0; i < KEPT_LEAVERS; i++)
		race->leavers += race->world.leavers[i].path != NULL;
	race->round++;
	if (flips < FLIPS_MIN) {
		if (++race->idle > IDLE_MAX)
			die("too many rounds without", "a race");
		return;
	}
	race->counted += operations;
	if (race->least == 0 || flips < race->least)
		race->least = flips;
}

/*
 * The name of the free directory itself is exchanged when its servers know it:
 * rsync's would begin with another one.
 */
static void
run_round(struct race *race, const char *server, const char *shell)
{
	unsigned pairs = rounds[race->round % COUNT(rounds)] &
			 (server[0] == '-' ? ~(unsigned)KEPT_SWAP : ~0U);
	bool sends = shell[0] != '-' && (pairs & KEPT_SWAP) == 0;
	uint64_t before = race->operations, flips;
	struct flipper flipper;
	pid_t push = 0;

	kept_renew(&race->world);
	race->left = race->settled = 0;
	race->is_own = pairs == KEPT_OWN_PAIRS;
	alarm(slowly(SECONDS_MAX));
	if (server[0] != '-')
		start_sessions(race, server);
	kept_flip(&flipper, &race->world, pairs);
	if (sends)
		push = push_start(race->world.fd, shell, race->runs++);
	if (server[0] != '-')
		talk(race);
	if (sends)
		race->moved += push_end(race->world.fd, push);
	/* It has our ends of the connections, too. */
	flips = flipper_stop(&flipper);
	for (int i = 0; server[0] != '-' && i < SESSIONS; i++)
		server_end(&race->sessions[i].server);
	alarm(0);
	kept_compare(&race->world, &race->harm);
	count_round(race, flips,
	    server[0] != '-' ? race->operations - before : 1);
}

static void
print(const struct race *race)
{
	const struct kept_harm *harm = &race->harm;

	for (size_t i = 0; i < ACTS; i++)
		printf("%s\t%llu\t%llu\t%llu\n", acts[i].name,
		    (unsigned long long)race->answered[i],
		    (unsigned long long)race->succeeded[i],
		    (unsigned long long)race->freely[i]);
	printf("rsync\t%u\t%llu\n", race->runs,
	    (unsigned long long)race->moved);
	printf("free\t%u\t%u\n", race->free_changes, race->leavers);
	printf("total\t%llu\t%llu\t%u\t%u\t%u\t%u\t%u\t%u\t%s\n",
	    (unsigned long long)race->counted, (unsigned long long)race->least,
	    race->idle, harm->changed, harm->moved, harm->entered, harm->lost,
	    harm->left, harm->first[0] == '\0' ? "-" : harm->first);
}

int
main(int argc, char **argv)
{
	static struct race race;
	uint64_t seed = 88172645463325252;
	int64_t wanted;

	if (argc != 5 || !num_parse(argv[4], 1, 100000000, &wanted))
		return 2;
	seed ^= (uint64_t)time(NULL) << 20 ^ (uint64_t)getpid();
	printf("# seed %llu\n", (unsigned long long)seed);
	for (int i = 0; i < SESSIONS; i++)
		race.sessions[i].requester.random = seed + (uint64_t)i;
	kept_open(&race.world, argv[1]);
	while (race.counted < (uint64_t)wanted)
		run_round(&race, argv[2], argv[3]);
	print(&race);
	kept_close(&race.world);
	return 0;
}
