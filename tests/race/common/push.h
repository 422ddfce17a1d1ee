/* rsync pushes into the world of create-only (kept.h). Errors end the program.
 */
#ifndef FILESONLY_TESTS_RACE_COMMON_PUSH_H
#define FILESONLY_TESTS_RACE_COMMON_PUSH_H

#include <sys/types.h>

/* Begins to send "up" of an open directory, by "rsync -e" shell, with other
 * options and to another place by each number. */
pid_t push_start(int directory, const char *shell, unsigned number);

/* Waits for its end, whatever that is. Returns how many files it has moved. */
unsigned push_end(int directory, pid_t pid);

#endif
