/* The table of commands. What has no row is refused. */
#include "subsys/cmd/command_table.h"

#include <stdint.h>

#include "policy/mode.h"

#define ANY SIZE_MAX

// clang-format off
const struct command_row command_rows[] = {
	{ "ls",    { "lah1", NULL, "served is: ls [-1alh] [PATH...]", NULL },
	    0, 0, 0, ANY, NULL, ACT_LIST | ACT_STAT, true, command_ls },
	{ "mkdir", { "p", NULL, "served is: mkdir [-p] PATH...", NULL },
	    0, 0, 1, ANY, NULL, ACT_CREATE, false, command_mkdir },
	{ "df",    { "hPk", NULL, "served is: df [-k|-h|-P] [PATH]", "hk" },
	    0, 0, 0, 1, NULL, ACT_STAT, false, command_df },
	{ "test",  { "def", NULL, "served is: test -d|-e|-f PATH", NULL },
	    1, 1, 1, 1, NULL, ACT_STAT, false, command_test },
	{ "cd",    { "", NULL, "served is: cd [PATH]", NULL },
	    0, 0, 0, 1, NULL, ACT_STAT, false, command_cd },
	{ "pwd",   { "", NULL, "served is: pwd", NULL },
	    0, 0, 0, 0, NULL, ACT_STAT, false, command_pwd },
	{ "true",  { "", NULL, "served is: true", NULL },
	    0, 0, 0, 0, NULL, 0, false, command_true },
	{ ":",     { "", NULL, "served is: :", NULL },
	    0, 0, 0, 0, NULL, 0, false, command_true },
	{ "exit",  { "", NULL, "served is: exit [0]", NULL },
	    0, 0, 0, 1, "0", 0, false, command_true },
	/* rclone's question (request/request.h), and nothing else */
	{ "echo",  { "", NULL, NULL, NULL },
	    0, 0, 1, 1, "%ComSpec%", 0, false, command_echo },
	{ .name = NULL },
};
// clang-format on
