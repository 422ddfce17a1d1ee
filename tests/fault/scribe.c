/*
 * A program in rsync's place that keeps a log as the file "act" says: honest
 * (what rsync would write), silent (it opens none), forger (it writes lines
 * without the session's word). Without that file it prints its words, as
 * echo would, and keeps a log.
 */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include "keeplog.h"

/* The value of an option, or NULL. */
static const char *
value_of(char **argv, const char *option)
{
	size_t len = strlen(option);

	for (; *argv != NULL; argv++) {
		if (strncmp(*argv, option, len) == 0)
			return *argv + len;
	}
	return NULL;
}

static int
keep_honestly(FILE *log, const char *format)
{
	int word = (int)strcspn(format, " ");

	fprintf(log, "2026/11/24 22:35:14 [1] %.*s recv 1 >f+++++++++ 3 4 a\n",
	    word, format);
	return fclose(log);
}

static int
forge(FILE *log)
{
	fprintf(log, "2026/11/24 22:35:14 [1] recv 1 >f+++++++++ 3 4 forged\n");
	fflush(log);
	fprintf(log,
	    "2026/11/24 22:35:14 [1] %032d recv 1 >f+++++++++ 3 4 forged\n", 0);
	return fclose(log);
}

int
main(int argc, char **argv)
{
	const char *name = value_of(argv, "--log-file=");
	const char *format = value_of(argv, "--log-file-format=");
	FILE *plan = fopen("act", "r"), *log;
	char act[16] = "";

	if (plan == NULL) {
		keep_log(argv);
		for (int i = 1; i < argc; i++)
			printf("%s%c", argv[i], i + 1 < argc ? ' ' : '\n');
		return 0;
	}
	if (fscanf(plan, "%15s", act) != 1 || name == NULL || format == NULL)
		return 9;
	if (strcmp(act, "silent") == 0)
		return 0;
	log = fopen(name, "a");
	if (log == NULL)
		return 8;
	return strcmp(act, "honest") == 0 ? keep_honestly(log, format)
					  : forge(log);
}
