/*
 * filesonlyctl, the administrator's tool: one verb a file. Reads and says;
 * asks nothing. It has the caller's rights and no other.
 */
#include <stdio.h>
#include <string.h>

#include "base/fd.h"
#include "ctl/say.h"
#include "ctl/verbs.h"

static int
main_help(FILE *stream)
{
	fputs("usage: filesonlyctl VERB [OPTION]... [WORD]...\n\n", stream);
	for (const struct verb *verb = verbs; verb->name != NULL; verb++)
		fprintf(stream, "  %s %s\n      %s\n", verb->name, verb->usage,
		    verb->help);
	fputs("\nSee filesonlyctl(8).\n", stream);
	return stream == stdout ? CTL_FINE : CTL_USAGE;
}

static int
main_verb_help(const struct verb *verb)
{
	printf("usage: filesonlyctl %s %s\n\n  %s\n\nSee filesonlyctl(8).\n",
	    verb->name, verb->usage, verb->help);
	return CTL_FINE;
}

/* The names alone, one a line: for completion. */
static int
main_names(void)
{
	for (const struct verb *verb = verbs; verb->name != NULL; verb++)
		puts(verb->name);
	return CTL_FINE;
}

static int
main_run(int argc, char **argv)
{
	if (argc < 2)
		return main_help(stderr);
	if (strcmp(argv[1], "--help") == 0)
		return main_help(stdout);
	if (strcmp(argv[1], "--help=verbs") == 0)
		return main_names();
	if (strcmp(argv[1], "--version") == 0) {
		puts("filesonlyctl " FILESONLY_VERSION);
		return CTL_FINE;
	}
	for (const struct verb *verb = verbs; verb->name != NULL; verb++) {
		if (strcmp(argv[1], verb->name) != 0)
			continue;
		if (argc == 3 && strcmp(argv[2], "--help") == 0)
			return main_verb_help(verb);
		return verb->run(argc - 1, argv + 1);
	}
	return say_usage("no such verb: ", argv[1]);
}

int
main(int argc, char **argv)
{
	int status;

	if (fd_ensure_standard() != 0)
		return CTL_FINDING;
	status = main_run(argc, argv);
	if (fflush(stdout) != 0 || ferror(stdout))
		return say_failure("what was to be said can't be written",
		    NULL);
	return status;
}
