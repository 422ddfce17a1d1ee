/*
 * SFTP requests of every kind, as raw packets, against a gate while names in
 * the root are exchanged with symlinks to outside.
 *
 *     race_sftp DIRECTORY SERVER OPERATIONS
 *
 * SERVER is run without arguments; its root must be DIRECTORY/root. After each
 * session outside is compared. A session in which less than FLIPS_MIN names
 * were exchanged, or no file was moved, counts nothing. Prints a line a kind
 * of request, between tabs: name, how many were answered, how many of them
 * with a success; and a last line: "total", how many that counted, the least
 * of flips in a session, sessions that counted nothing, escapes, and how the
 * first of these looked.
 */
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/io.h"
#include "base/num.h"
#include "tests/race/common/requests.h"
#include "tests/race/common/server.h"
#include "tests/race/common/world.h"

enum {
	FLIPS_MIN = 1000,
	BATCH = 48,       /* sent before their replies are read */
	ROUNDS = 40,      /* of three batches: on names, on handles, closes */
	IDLE_MAX = 100,   /* sessions that count nothing, in a row */
	SECONDS_MAX = 60, /* a session */
	KINDS_MAX = 40,
};

struct session {
	const struct world *world;
	struct requester requester;
	struct server server;
	uint8_t asked[BATCH]; /* which kind, by the request's id */
	unsigned waiting;
	uint64_t operations, moved;
	bool leaked; /* a mark of outside was in a reply */
};

struct total {
	uint64_t answered[KINDS_MAX], succeeded[KINDS_MAX];
	uint64_t operations, least;
	unsigned idle, escapes;
	char *first; /* escape, owned */
};

/* --- replies -------------------------------------------------------------- */

/* Marks in any reply: contents, names, link texts, and times. */
static bool
has_mark(const unsigned char *bytes, size_t len)
{
	const unsigned char time[4] = { OUTSIDE_TIME >> 24 & 0xff,
		OUTSIDE_TIME >> 16 & 0xff, OUTSIDE_TIME >> 8 & 0xff,
		OUTSIDE_TIME & 0xff };

	return has_text((const char *)bytes, len, world_marks.texts) ||
	       memmem(bytes, len, world_marks.link, strlen(world_marks.link)) !=
		   NULL ||
	       memmem(bytes, len, time, sizeof(time)) != NULL;
}

static void
take_reply(struct session *session, struct total *total)
{
	uint32_t len = server_receive(&session->server);
	const unsigned char *packet = session->server.packet;
	uint32_t id = u32_at(packet + 1);
	bool success = packet[0] != STATUS || u32_at(packet + 5) == 0;
	size_t kind;

	if (id >= BATCH)
		die("a reply to nothing from", "the server");
	kind = session->asked[id];
	session->operations++;
	total->answered[kind]++;
	total->succeeded[kind] += success;
	session->leaked |= has_mark(packet, len);
	if (packet[0] == HANDLE)
		requester_keep(&session->requester, packet + 5, len - 5);
	if (packet[0] == DATA ||
	    (success && strcmp(request_kinds[kind].name, "write") == 0))
		session->moved++;
}

/* --- a session ------------------------------------------------------------ */

static void
ask(struct session *session, struct buf *out, const struct request_kind *kind)
{
	session->asked[session->waiting] = (uint8_t)(kind - request_kinds);
	request_write(&session->requester, kind, session->waiting++, out);
}

static void
exchange(struct session *session, struct buf *out, struct total *total)
{
	if (out->full ||
	    io_write_all(session->server.fd, out->bytes, out->len) != 0)
		die("can't write to", "the server");
	while (session->waiting > 0) {
		take_reply(session, total);
		session->waiting--;
	}
	out->len = 0;
}

static void
talk(struct session *session, struct total *total)
{
	static unsigned char room[BATCH * 1024];
	struct requester *requester = &session->requester;
	struct buf out;

	buf_init(&out, room, sizeof(room));
	for (unsigned round = 0; round < ROUNDS; round++) {
		for (unsigned i = 0; i < BATCH; i++)
			ask(session, &out, request_on_name(requester));
		exchange(session, &out, total);
		for (unsigned i = 0; i < BATCH; i++)
			ask(session, &out, request_on_handle(requester));
		exchange(session, &out, total);
		while (requester->open > 0 && session->waiting < BATCH)
			ask(session, &out, request_close());
		exchange(session, &out, total);
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

static void
run_session(struct world *world, const char *server, uint64_t seed,
    struct total *total)
{
	struct session session = { .world = world,
		.requester = { .random = seed, .base = world->base } };
	struct flipper flipper;
	unsigned metadata = 0;
	uint64_t flips;
	char *escape;

	world_renew(world);
	flipper_start(&flipper, world, AREA_SRC | AREA_DST);
	alarm(slowly(SECONDS_MAX));
	server_start(&session.server, server);
	talk(&session, total);
	server_end(&session.server);
	alarm(0);
	flips = flipper_stop(&flipper);
	escape = world_escape(world, &metadata);
	if (escape != NULL)
		note_escape(total, escape);
	if (session.leaked || metadata > 0)
		note_escape(total,
		    text_of("outside is in a reply, or its times in the root"));
	if (flips < FLIPS_MIN || session.moved == 0) {
		if (++total->idle > IDLE_MAX)
			die("too many sessions without a race at", server);
	} else {
		total->operations += session.operations;
		if (total->least == 0 || flips < total->least)
			total->least = flips;
	}
}

int
main(int argc, char **argv)
{
	struct total total = { .operations = 0 };
	struct world world;
	int64_t wanted;
	uint64_t seed = 88172645463325252;

	if (argc != 4 || !num_parse(argv[3], 1, 100000000, &wanted))
		return 2;
	world_open(&world, argv[1]);
	seed ^= (uint64_t)time(NULL) << 20 ^ (uint64_t)getpid();
	printf("# seed %llu\n", (unsigned long long)seed);
	while (total.operations < (uint64_t)wanted && total.escapes == 0)
		run_session(&world, argv[2], seed++, &total);
	for (size_t i = 0; request_kinds[i].name != NULL; i++)
		printf("%s\t%llu\t%llu\n", request_kinds[i].name,
		    (unsigned long long)total.answered[i],
		    (unsigned long long)total.succeeded[i]);
	printf("total\t%llu\t%llu\t%u\t%u\t%s\n",
	    (unsigned long long)total.operations,
	    (unsigned long long)total.least, total.idle, total.escapes,
	    total.first == NULL ? "-" : total.first);
	free(total.first);
	world_close(&world);
	return 0;
}
