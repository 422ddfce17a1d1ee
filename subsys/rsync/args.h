/*
 * A client's words, read by the option table. Says what they mean, not yet
 * whether they are allowed (rules.h, path_rules.h). Pure.
 */
#ifndef FILESONLY_SUBSYS_RSYNC_ARGS_H
#define FILESONLY_SUBSYS_RSYNC_ARGS_H

#include <stdbool.h>
#include <stddef.h>

#include "request/refusal.h"
#include "request/words.h"
#include "subsys/rsync/option_table.h"

enum {
	ARGS_MAX_BUNDLE = 64,    /* letters in one word: rsync's own bound */
	ARGS_MAX_OPTIONS = 1000, /* words: rsync's MAX_SERVER_ARGS */
};

/* One option as it was given. */
struct rsync_item {
	const struct rsync_option *row;
	bool as_letter;    /* -x, not --example */
	const char *value; /* borrowed from the words; NULL where none */
	size_t value_len;
};

struct rsync_args {
	bool sender;              /* our rsync sends */
	bool secluded;            /* -s: the rest came on stdin */
	struct rsync_item *items; /* in the order given */
	size_t count, room;
	const struct word *paths; /* behind the ".", borrowed */
	size_t path_count;
	struct words expanded; /* the paths, braces expanded; owned */
	unsigned rules;        /* of the policy (enum rsync_rule) */
};

/*
 * Reads "rsync [--OPTION...] --server [--sender] OPTION... . PATH..." where
 * word 0 was claimed already. args starts as {0} and goes to rsync_args_free in
 * every case; the words must outlive it. Returns REFUSE_NOTHING, or the refusal
 * with verdict filled: an option without a row or with a wrong value, words
 * out of place. Leaves expanded and rules to rsync_parse.
 */
enum refusal rsync_args_parse(struct rsync_args *args,
    const struct words *words, struct verdict *verdict) must_check;

void rsync_args_free(struct rsync_args *args);

/* The reasons of a verdict that name no row. */
extern const char args_not_server[], args_unknown[];

/* Returns true where an option with this kind of value was given. */
bool rsync_args_have(const struct rsync_args *args, enum rsync_value kind);

/* Is an option of that name among them? */
bool rsync_args_have_option(const struct rsync_args *args, const char *name);

/* Is an option among them whose row has that letter? */
bool rsync_args_have_letter(const struct rsync_args *args, char letter);

/*
 * Returns the index of --server: 1, or behind the long options that a client
 * with --rsync-path="rsync --fake-super" sends first; 0 where it is missing.
 */
size_t rsync_args_server(const struct words *words);

/* Returns true where the word is a bundle of letters with s among them. */
bool rsync_args_seclude(const struct word *word);

#endif
