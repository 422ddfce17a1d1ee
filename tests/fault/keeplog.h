/*
 * A program in rsync's place opens the log that it is told to, or its session
 * fails.
 */
#ifndef FILESONLY_TESTS_FAULT_KEEPLOG_H
#define FILESONLY_TESTS_FAULT_KEEPLOG_H

#include <stdio.h>
#include <string.h>

static inline void
keep_log(char **argv)
{
	static const char option[] = "--log-file=";
	FILE *log;

	for (; *argv != NULL; argv++) {
		if (strncmp(*argv, option, sizeof(option) - 1) != 0)
			continue;
		log = fopen(*argv + sizeof(option) - 1, "a");
		if (log != NULL) {
			fputs("begun\n", log);
			fclose(log);
		}
	}
}

#endif
