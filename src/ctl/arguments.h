/* The options of a verb. */
#ifndef FILESONLY_CTL_ARGUMENTS_H
#define FILESONLY_CTL_ARGUMENTS_H

#include <stdbool.h>

#include "base/auto.h"

/* One option: --NAME sets *flag, --NAME=VALUE sets *value (borrowed). */
struct argument {
	const char *name;
	bool *flag;
	const char **value;
};

/*
 * Takes the options of the table (ended by a row without a name) out of argv,
 * wherever they stand before "--". What is left begins at argv[1]. Returns how
 * many words that are, or -1: the usage error was told. Options that are not
 * in the table are left where others is true.
 */
int arguments_take(char **argv, int argc, const struct argument *table,
    bool others) must_check;

#endif
