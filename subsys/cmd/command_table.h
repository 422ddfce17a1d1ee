/* The commands, a row each: what they take, what they need, what they do. */
#ifndef FILESONLY_SUBSYS_CMD_COMMAND_TABLE_H
#define FILESONLY_SUBSYS_CMD_COMMAND_TABLE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/names.h"
#include "subsys/operands.h"
#include "subsys/owners.h"
#include "subsys/reply.h"

/* A command at work, within the walls. */
struct command {
	struct reply *reply;
	struct owners *owners;     /* open where the row lists them */
	unsigned options;          /* bits, as in the row's letters */
	const struct names *paths; /* the operands, "~" and wildcards read */
};

struct command_row {
	const char *name;
	struct option_rules options; /* its help is the command's usage */
	unsigned options_min;        /* that must be given */
	unsigned options_max;        /* 0: any number */
	size_t operands_min, operands_max;
	const char *operand; /* the only one that is taken; NULL: paths are */
	unsigned needs;      /* ACT_ bits */
	bool lists_owners;
	int (*run)(struct command *command); /* returns the exit status */
};

/* Ended by a row without a name. */
extern const struct command_row command_rows[];

/* ls.c, mkdir.c, df.c */
int command_ls(struct command *command);
int command_mkdir(struct command *command);
int command_df(struct command *command);

/* probes.c: what clients and scripts ask before they begin */
int command_test(struct command *command);
int command_cd(struct command *command);
int command_pwd(struct command *command);
int command_true(struct command *command);
int command_echo(struct command *command);

/* Options, in the order of the rows' letters. */
enum { LS_LONG = 1 << 0, LS_ALL = 1 << 1, LS_HUMAN = 1 << 2 };
enum { MKDIR_PARENTS = 1 << 0 };
enum { DF_HUMAN = 1 << 0, DF_POSIX = 1 << 1 };
enum { TEST_DIRECTORY = 1 << 0, TEST_EXISTS = 1 << 1, TEST_FILE = 1 << 2 };

#endif
