/* Table in, words out. */
#include "ctl/arguments.h"

#include <stddef.h>
#include <string.h>

#include "ctl/say.h"

enum taken { TAKEN, NOT_OURS, NO_VALUE, A_VALUE };

static const char *const wrongs[] = {
	[NOT_OURS] = "no such option: ",
	[NO_VALUE] = "an option that takes a value: ",
	[A_VALUE] = "an option without a value: ",
};

static enum taken
take_one(const char *word, const struct argument *table)
{
	size_t len = strcspn(word, "=");

	for (; table->name != NULL; table++) {
		if (strlen(table->name) != len ||
		    memcmp(table->name, word, len) != 0)
			continue;
		if ((word[len] == '=') != (table->value != NULL))
			return word[len] == '=' ? A_VALUE : NO_VALUE;
		if (table->value != NULL)
			*table->value = word + len + 1;
		else
			*table->flag = true;
		return TAKEN;
	}
	return NOT_OURS;
}

int
arguments_take(char **argv, int argc, const struct argument *table, bool others)
{
	int left = 1, i;

	for (i = 1; i < argc && strcmp(argv[i], "--") != 0; i++) {
		enum taken taken = NOT_OURS;

		if (argv[i][0] == '-' && argv[i][1] == '-')
			taken = take_one(argv[i] + 2, table);
		if (taken == TAKEN)
			continue;
		if (taken != NOT_OURS ||
		    (!others && argv[i][0] == '-' && argv[i][1] != '\0')) {
			say_usage(wrongs[taken], argv[i]);
			return -1;
		}
		argv[left++] = argv[i];
	}
	/* "--" itself tells others where words begin. */
	for (i += !others && i < argc; i < argc; i++)
		argv[left++] = argv[i];
	return left - 1;
}
