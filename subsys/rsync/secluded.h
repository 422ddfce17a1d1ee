/*
 * The block of arguments that a client with -s sends on stdin before the
 * protocol: "rsync\0" WORD "\0" ... "\0". An empty word ends it.
 */
#ifndef FILESONLY_SUBSYS_RSYNC_SECLUDED_H
#define FILESONLY_SUBSYS_RSYNC_SECLUDED_H

#include "request/refusal.h"
#include "request/words.h"

enum {
	SECLUDED_MAX_BYTES = 1 << 20,
	SECLUDED_MAX_WORDS = 4096,
	SECLUDED_SECONDS = 60, /* until the whole block must be there */
};

/*
 * Reads one block from in, exactly its bytes: the next one belongs to rsync.
 * Appends its words but the first, unquoted, to *words. Returns
 * REFUSE_NOTHING, REFUSE_INCOMPLETE (it ends early, comes too late, or does
 * not begin with "rsync") or REFUSE_TOO_LONG.
 */
enum refusal secluded_read(int in, struct words *words) must_check;

/* The same with other bounds, for tests. */
enum refusal secluded_read_within(int in, struct words *words,
    int milliseconds) must_check;

#endif
