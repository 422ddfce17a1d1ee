/* Where the filesonly is that belongs to this filesonlyctl. */
#ifndef FILESONLY_CTL_GATE_PROGRAM_H
#define FILESONLY_CTL_GATE_PROGRAM_H

#include <limits.h>

/* Returns path, filled with the real path of the program beside our own, or
 * NULL where there is none. */
const char *gate_program(char path[PATH_MAX]);

/* Returns the name under which it is installed there, not the one to which that
 * leads; in path, or a likely one. */
const char *gate_program_name(char path[PATH_MAX]);

#endif
