/*
 * sftp-speed: puts the same work to SFTP servers in turn, verifies every byte
 * and status that they answer, and prints what CPU each took, divided by the
 * last one's.
 *
 *   sftp-speed [-r RUNS] [-s] [-w NAME,...] [-m MOST] DIRECTORY
 *              -- PEER... [-- PEER WITH A RECORD...] -- OURS...
 *
 * A server gets two pipes, as sshd gives them; -s: one socket. -m: the ratio
 * may be at most this, in place of the targets below. DIRECTORY must be empty;
 * all servers start there. Of two peers the second keeps a record as ours does,
 * and is whom a workload is compared with where the record is most of it.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/num.h"
#include "base/xalloc.h"
#include "tests/bench/drive/work.h"

enum { RUNS_MAX = 99, SERVERS_MAX = 3, BLOCK = 32768, LARGE_BLOCK = 261120 };

#define MIB(block) ((block) / 1048576.0)
#define BLOCKS(block, passes) \
	((passes) * (BIG_SIZE / (block) + (BIG_SIZE % (block) != 0)))

// clang-format off
const struct workload workloads[] = {
	{ "get-32k",  "MiB",  MIB(BLOCK), 1.7, 2.1, false, BLOCKS(BLOCK, 2), 64, BLOCK,
	    begin_get, next_get, take_get, end_get },
	{ "get-255k", "MiB",  MIB(LARGE_BLOCK), 1.8, 2.5, false, BLOCKS(LARGE_BLOCK, 2), 64, LARGE_BLOCK,
	    begin_get, next_get, take_get, end_get },
	{ "put-32k",  "MiB",  MIB(BLOCK), 1.3, 1.5, false, BLOCKS(BLOCK, 1), 64, BLOCK,
	    begin_put, next_put, take_put, end_put },
	{ "put-255k", "MiB",  MIB(LARGE_BLOCK), 1.1, 1.25, false, BLOCKS(LARGE_BLOCK, 1), 64, LARGE_BLOCK,
	    begin_put, next_put, take_put, end_put },
	{ "stat",     "call", 1, 3.5, 4.5, false, 40000, 64, 0, NULL, next_stat, take_stat, NULL },
	{ "lstat",    "call", 1, 3.5, 4.5, false, 40000, 64, 0, NULL, next_lstat, take_stat, NULL },
	{ "stat-one", "call", 1, 0.9, 1.1, false, 10000, 1, 0, NULL, next_stat, take_stat, NULL },
	{ "realpath", "call", 1, 5.0, 7.0, false, 40000, 64, 0, NULL, next_realpath, take_realpath, NULL },
	{ "read-4k",  "file", 1, 2.5, 4.0, true, 16000, 16, 0, NULL, next_read, take_read, NULL },
	{ "write-4k", "file", 1, 2.2, 3.0, true, NEW_FILES, 16, 0, NULL, next_write, take_write, end_write },
	{ "readdir",  "entry", LISTED, 2.3, 3.0, false, 10, 1, 0, begin_list, next_list, take_list, end_list },
	{ "start",    "session", 1, 0.8, 1.05, false, 100, 1, 0, NULL, NULL, NULL, NULL },
	{ NULL, NULL, 0, 0, 0, false, 0, 0, 0, NULL, NULL, NULL, NULL },
};
// clang-format on

struct bench {
	struct tree tree;
	char *const *servers[SERVERS_MAX]; /* the last is ours */
	int count;
	int runs;
	bool pipes;
	const char *names; /* of workloads, or NULL: all */
	double most;       /* 0: the workloads have targets */
};

void
ask_path(struct run *run, enum packet type, uint32_t unit, const char *path)
{
	struct buf request =
	    request_begin(&run->server, type, unit, 8 + TREE_PATH);

	buf_add_string(&request, path, strlen(path));
	request_end(&run->server, &request);
}

void
ask_open(struct run *run, uint32_t unit, const char *path, uint32_t flags)
{
	struct buf request =
	    request_begin(&run->server, PACKET_OPEN, unit, 32 + TREE_PATH);

	buf_add_string(&request, path, strlen(path));
	buf_add_u32(&request, flags);
	buf_add_u32(&request, ATTR_PERMISSIONS);
	buf_add_u32(&request, 0644);
	request_end(&run->server, &request);
}

void
ask_close(struct run *run, uint32_t unit, const void *handle, size_t len)
{
	struct buf request =
	    request_begin(&run->server, PACKET_CLOSE, unit, 8 + len);

	buf_add_string(&request, handle, len);
	request_end(&run->server, &request);
}

void
call(struct run *run, struct pending *request, struct reply *reply)
{
	server_wait(&run->server, request, reply);
	if (server_waiting(&run->server) != 0)
		die("a call among other requests");
}

void
open_one(struct run *run, const char *path, uint32_t flags)
{
	struct pending request;
	struct slice handle;
	struct reply reply;

	ask_open(run, 0, path, flags);
	call(run, &request, &reply);
	expect(&request, &reply, PACKET_HANDLE);
	handle = take_string(&reply.body);
	if (handle.len > sizeof(run->handle))
		die("a handle of %zu bytes", handle.len);
	memcpy(run->handle, handle.at, handle.len);
	run->handle_len = handle.len;
}

/* All units, at_once of them at a time. */
static void
run_units(struct run *run)
{
	const struct workload *workload = run->workload;
	uint32_t begun = 0, done = 0;
	struct pending request;
	struct reply reply;

	while (done < workload->units) {
		while (
		    begun < workload->units && begun - done < workload->at_once)
			workload->next(run, begun++);
		server_wait(&run->server, &request, &reply);
		done += workload->take(run, &request, &reply);
	}
}

static struct cost
run_server(struct bench *bench, const struct workload *workload,
    char *const argv[])
{
	struct run *run = xcalloc(1, sizeof(*run));
	struct cost cost;

	run->tree = &bench->tree;
	run->workload = workload;
	server_start(&run->server, argv, bench->tree.top, bench->pipes);
	if (workload->begin != NULL)
		workload->begin(run);
	if (workload->next != NULL)
		run_units(run);
	if (workload->end != NULL)
		workload->end(run);
	cost = server_end(&run->server);
	free(run);
	return cost;
}

/* The cost of all units: of a workload without requests, so many sessions. */
static struct cost
run_workload(struct bench *bench, const struct workload *workload,
    char *const argv[])
{
	uint32_t sessions = workload->next == NULL ? workload->units : 1;
	struct cost sum = { 0, 0 }, cost;

	for (uint32_t i = 0; i < sessions; i++) {
		cost = run_server(bench, workload, argv);
		sum.cpu += cost.cpu;
		if (cost.peak_kib > sum.peak_kib)
			sum.peak_kib = cost.peak_kib;
	}
	return sum;
}

static int
compare(const void *a, const void *b)
{
	const double *one = a, *other = b;

	return (*one > *other) - (*one < *other);
}

static double
median(double *values, int count)
{
	qsort(values, (size_t)count, sizeof(*values), compare);
	return count % 2 == 1 ? values[count / 2]
			      : (values[count / 2 - 1] + values[count / 2]) / 2;
}

static const char *
verdict(const struct bench *bench, const struct workload *workload,
    double ratio)
{
	if (bench->most > 0)
		return ratio <= bench->most ? "held" : "MISSED";
	if (ratio < workload->target)
		return "MISSED";
	return ratio < workload->reach ? "held" : "goal";
}

/* All runs: the servers take turns. */
struct figures {
	double cpu[SERVERS_MAX][RUNS_MAX];   /* microseconds a unit */
	double ratio[SERVERS_MAX][RUNS_MAX]; /* by ours of the same turn */
	long peak[SERVERS_MAX];              /* KiB */
};

static void
run_all(struct bench *bench, const struct workload *workload,
    struct figures *figures)
{
	double units = workload->units * workload->per_unit;

	for (int i = 0; i < bench->runs; i++) {
		for (int s = 0; s < bench->count; s++) {
			struct cost cost =
			    run_workload(bench, workload, bench->servers[s]);

			figures->cpu[s][i] = cost.cpu / units;
			if (cost.peak_kib > figures->peak[s])
				figures->peak[s] = cost.peak_kib;
		}
		for (int s = 0; s < bench->count; s++)
			figures->ratio[s][i] =
			    figures->cpu[s][i] /
			    figures->cpu[bench->count - 1][i];
	}
}

static void
measure(struct bench *bench, const struct workload *workload)
{
	struct figures *figures = xcalloc(1, sizeof(*figures));
	int ours = bench->count - 1;
	double ratio[SERVERS_MAX];
	const char *word;

	run_all(bench, workload, figures);
	printf("%-9s", workload->name);
	for (int s = 0; s < ours; s++) {
		ratio[s] = median(figures->ratio[s], bench->runs);
		printf(" %8.2f", ratio[s]);
	}
	word = verdict(bench, workload,
	    ratio[workload->of_recorded ? ours - 1 : 0]);
	if (bench->most > 0)
		printf("   <= %.2f   ", bench->most);
	else
		printf("   >= %.1f %4.2f", workload->target, workload->reach);
	printf("  %-6s", word);
	for (int s = 0; s < bench->count; s++)
		printf(" %8.2f", median(figures->cpu[s], bench->runs));
	printf(" us/%-7s", workload->unit);
	for (int s = 0; s < bench->count; s++)
		printf(" %6ld", figures->peak[s]);
	printf("\n");
	fflush(stdout);
	free(figures);
}

static bool
is_wanted(const struct bench *bench, const char *name)
{
	const char *at = bench->names;
	size_t len = strlen(name);

	for (; at != NULL && *at != '\0'; at += strcspn(at, ",")) {
		at += *at == ',';
		if (strcspn(at, ",") == len && memcmp(at, name, len) == 0)
			return true;
	}
	return bench->names == NULL;
}

/* Cuts argv at "--": a directory and the commands. */
static void
take_commands(struct bench *bench, char **argv)
{
	if (argv[0] == NULL || argv[1] == NULL || strcmp(argv[1], "--") != 0)
		die("a directory and commands are needed, each after --");
	for (char **at = argv + 1; *at != NULL; at++) {
		if (strcmp(*at, "--") != 0)
			continue;
		if (bench->count == SERVERS_MAX || at[1] == NULL)
			die("two or three commands are needed");
		bench->servers[bench->count++] = at + 1;
		*at = NULL;
	}
	if (bench->count < 2)
		die("two or three commands are needed");
	tree_make(&bench->tree, argv[0]);
}

/* What the columns of figures are. */
static void
print_head(const struct bench *bench)
{
	static const char *const names[] = { "first", "second", "third" };

	printf("%-9s", "workload");
	for (int s = 0; s < bench->count - 1; s++)
		printf(" %8s", bench->count == 2 ? "ratio"
			       : s == 0          ? "silent"
						 : "recorded");
	printf("   %-7s %4s  %-6s", "target", "goal", "");
	for (int s = 0; s < bench->count; s++)
		printf(" %8s", names[s]);
	printf(" %10s", "");
	for (int s = 0; s < bench->count; s++)
		printf(" %6s", "KiB");
	printf("\n");
}

int
main(int argc, char **argv)
{
	struct bench *bench = xcalloc(1, sizeof(*bench));
	int64_t runs = 7;
	int option;

	bench->pipes = true;
	while ((option = getopt(argc, argv, "+r:sw:m:")) != -1) {
		if (option == 'r' && num_parse(optarg, 1, RUNS_MAX, &runs))
			continue;
		if (option == 's')
			bench->pipes = false;
		else if (option == 'w')
			bench->names = optarg;
		else if (option == 'm')
			bench->most = strtod(optarg, NULL);
		else
			die("see the head of tests/bench/drive/main.c");
	}
	bench->runs = (int)runs;
	take_commands(bench, argv + optind);
	print_head(bench);
	for (const struct workload *workload = workloads;
	     workload->name != NULL; workload++) {
		if (is_wanted(bench, workload->name))
			measure(bench, workload);
	}
	return 0;
}
