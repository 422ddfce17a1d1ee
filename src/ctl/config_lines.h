/*
 * The configuration as a whole: every section of every file, with what is wrong
 * in its lines told. The gate reads the sections of one account, and refuses
 * at the first fault; the files' syntax and the keys are the same code's.
 */
#ifndef FILESONLY_CTL_CONFIG_LINES_H
#define FILESONLY_CTL_CONFIG_LINES_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "base/auto.h"
#include "ctl/findings.h"
#include "policy/section.h"
#include "policy/settings.h"

struct config_section {
	enum section_kind kind;
	char *name;  /* of an account ("": not known), group or profile;
		      * NULL for defaults */
	char *place; /* "FILE:LINE: " of its header, or of its first line */
	struct settings settings;
	bool headless; /* a users.d file's lines before any header */
	bool faulty;   /* a line in it was told */
};

/* Starts with findings alone; config_lines_free ends it. */
struct config_lines {
	struct findings *findings;
	struct config_section *at; /* in the order they are read */
	size_t count;
};

/*
 * Reads a configuration: the file, conf.d and users.d beside it. also is the
 * uid, besides root, whose they may be. What is wrong goes to the findings.
 */
void config_lines_read(struct config_lines *lines, const char *file,
    uid_t also);

/*
 * Reads one file by itself, whoever's it is: one whose first setting stands
 * before any section, or in a directory users.d, is an account's.
 */
void config_lines_read_one(struct config_lines *lines, const char *file);

void config_lines_free(struct config_lines *lines);

/* Tells why at a place ("FILE:LINE: "; "" for none) with what mends it. */
void config_lines_tell(struct config_lines *lines, enum severity severity,
    const char *place, const char *what, const char *mend);

#endif
