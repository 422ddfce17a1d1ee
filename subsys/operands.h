/*
 * Options and operands of a command line as GNU's getopt(3) reads them:
 * letters alone or together, anywhere before "--". Knows no command; the
 * words are a client's.
 */
#ifndef FILESONLY_SUBSYS_OPERANDS_H
#define FILESONLY_SUBSYS_OPERANDS_H

#include <stddef.h>

#include "base/auto.h"
#include "request/refusal.h"
#include "request/words.h"

/* A long option and the letter that it stands for. */
struct long_option {
	const char *name; /* "--binary"; NULL behind the last */
	char letter;
};

/* What a command understands. */
struct option_rules {
	const char *letters;             /* each a bit, from the first on */
	const struct long_option *longs; /* NULL: none */
	const char *help;                /* what it takes: a refusal says so */
	const char *last; /* letters of which the last one holds; NULL: none */
};

struct operands {
	const struct word **at; /* owned; the words are borrowed */
	size_t count;
	unsigned options; /* bits, as the rules' letters stand */
};

/*
 * Reads all words but the first. Returns REFUSE_NOTHING, or REFUSE_OPTION with
 * verdict filled. operands_free in any case.
 */
enum refusal operands_read(const struct words *words,
    const struct option_rules *rules, struct operands *operands,
    struct verdict *verdict) must_check;
void operands_free(struct operands *operands);

#endif
