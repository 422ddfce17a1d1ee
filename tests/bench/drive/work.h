/* What a client does, over and over; one row a workload. */
#ifndef FILESONLY_TESTS_BENCH_DRIVE_WORK_H
#define FILESONLY_TESTS_BENCH_DRIVE_WORK_H

#include <stdbool.h>
#include <stdint.h>

#include "tests/bench/drive/server.h"
#include "tests/bench/drive/tree.h"

enum { HANDLE_MAX = 256 };

/* One server and one workload. */
struct run {
	struct server server;
	struct tree *tree;
	const struct workload *workload;
	char handle[HANDLE_MAX]; /* of the one file that is open */
	size_t handle_len;
	bool *seen; /* of a listing: which entries came */
};

/*
 * A workload is a number of units, so many at once. next queues the first
 * request of a unit; take sees each reply, may queue more, and says whether
 * that was the unit's last.
 */
struct workload {
	const char *name;
	const char *unit; /* what the figures count */
	double per_unit;  /* how many of these a unit is */
	double target;    /* the ratio that must hold */
	double reach;     /* ... and the one that a sketch had */
	bool of_recorded; /* to the peer that keeps a record, as we do */
	uint32_t units;
	uint32_t at_once;
	uint32_t block; /* bytes of a READ or WRITE */
	void (*begin)(struct run *run);
	void (*next)(struct run *run, uint32_t unit);
	bool (*take)(struct run *run, const struct pending *request,
	    const struct reply *reply);
	void (*end)(struct run *run);
};

/* Ended by a row without a name. */
extern const struct workload workloads[];

typedef void work_begin(struct run *run);
typedef void work_next(struct run *run, uint32_t unit);
typedef bool work_take(struct run *run, const struct pending *request,
    const struct reply *reply);
typedef void work_end(struct run *run);

/* bulk.c */
work_begin begin_get, begin_put;
work_next next_get, next_put;
work_take take_get, take_put;
work_end end_get, end_put;

/* names.c */
work_next next_stat, next_lstat, next_realpath, next_list;
work_take take_stat, take_realpath, take_list;
work_begin begin_list;
work_end end_list;

/* small.c */
work_next next_read, next_write;
work_take take_read, take_write;
work_end end_write;

/* Queues a request of one path. */
void ask_path(struct run *run, enum packet type, uint32_t unit,
    const char *path);

/* Queues OPEN; flags are OPEN_. */
void ask_open(struct run *run, uint32_t unit, const char *path, uint32_t flags);

/* Queues CLOSE. */
void ask_close(struct run *run, uint32_t unit, const void *handle, size_t len);

/* Sends what was queued last and waits for its reply. */
void call(struct run *run, struct pending *request, struct reply *reply);

/* Opens the run's one file. */
void open_one(struct run *run, const char *path, uint32_t flags);

#endif
