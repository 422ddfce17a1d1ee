/*
 * A program in rsync's place that says with which words it is run, one a line,
 * and nothing else.
 */
#include <stdio.h>

#include "keeplog.h"

int
main(int argc, char **argv)
{
	(void)argc;
	keep_log(argv);
	for (; *argv != NULL; argv++)
		puts(*argv);
	return 0;
}
