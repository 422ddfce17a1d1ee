/*
 * A command string, split into words as a POSIX shell would split it, and
 * nothing expanded, ever. Four dialects of clients are read by this one
 * splitter: backslashes (rsync since 3.2.4, rclone), single quotes (curl,
 * JSch), double quotes (WinSCP), nothing at all (scp -O, older rsync).
 *
 * Each byte keeps a mark whether it was quoted, so that a later glob can tell
 * "br\[1\].txt" from "br[1].txt".
 */
#ifndef FILESONLY_REQUEST_WORDS_H
#define FILESONLY_REQUEST_WORDS_H

#include <stdbool.h>
#include <stddef.h>

#include "request/refusal.h"

enum {
	WORDS_MAX_BYTES = 96 * 1024, /* of a command string */
	WORDS_MAX_COUNT = 8192,      /* words of a command */
};

struct word {
	char *text;            /* the bytes, with a NUL behind them */
	unsigned char *quoted; /* one mark a byte: 1 where it was quoted */
	size_t len;            /* without the NUL */
	size_t begin, end;     /* where it stood in what was split; else 0, 0 */
};

struct words {
	struct word *at; /* count words; the list owns each one's memory */
	size_t count;
	size_t room; /* how many fit before `at` must grow */
};

/*
 * Splits len bytes of raw (no NUL among them) and appends the words to
 * *words, which starts as {0} and which the caller gives to words_free in
 * every case.
 *
 * Unquoted blanks and tabs separate; a newline does not (rsync 3.2.7 sends it
 * bare inside a name). A backslash makes the next byte literal, a newline
 * too, other than in sh. '...' is literal; inside "..." a backslash escapes
 * only " \ $ and `. Returns REFUSE_NOTHING, REFUSE_TOO_LONG, REFUSE_QUOTES or
 * REFUSE_METACHARACTER (unquoted ; & | < > ( ) $ `).
 */
enum refusal words_split(const char *raw, size_t len,
    struct words *words) must_check;

/*
 * Appends one word of len bytes as it is, each byte marked with quoted.
 * Returns REFUSE_NOTHING or REFUSE_TOO_LONG.
 */
enum refusal words_append(struct words *words, const char *text, size_t len,
    bool quoted) must_check;

/* Frees all words and leaves an empty list. */
void words_free(struct words *words);

/* Returns true where word i exists and equals text. */
bool words_is(const struct words *words, size_t i, const char *text);

#endif
