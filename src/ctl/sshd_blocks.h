/*
 * sshd_config(5) in its blocks: what it forces accounts to, and where it
 * confines them.
 */
#ifndef FILESONLY_CTL_SSHD_BLOCKS_H
#define FILESONLY_CTL_SSHD_BLOCKS_H

#include <stdbool.h>
#include <stddef.h>

#include "ctl/import.h"
#include "policy/section.h"

enum { SSHD_LINE_MAX = 4096 };

/* What stands behind a Match line, or before the first one. */
struct sshd_block {
	int line;      /* of its Match */
	char *match;   /* the criteria; NULL: the file as a whole */
	char *root;    /* ChrootDirectory; NULL: not set */
	char *command; /* ForceCommand; NULL: not set */
	struct import_lines others; /* as they stand */
};

/* Starts as {0}; sshd_blocks_free ends it. */
struct sshd_blocks {
	struct sshd_block global;
	struct sshd_block *at; /* the Match blocks, in their order */
	size_t count;
};

/* Reads the source's text; notes what is left out. */
void sshd_blocks_read(const struct import_source *source, struct imported *out,
    struct sshd_blocks *blocks);
void sshd_blocks_free(struct sshd_blocks *blocks);

/*
 * Are the criteria one list of plain names, of users or groups? Then *kind is
 * whose, and *names the list.
 */
bool sshd_block_is_named(const char *match, enum section_kind *kind,
    const char **names);

/* Does a list with commas hold the name? */
bool sshd_names_hold(const char *names, const char *name);

#endif
