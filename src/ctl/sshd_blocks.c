/* Lines into blocks. Of each keyword in a block sshd takes the first. Pure. */
#include "ctl/sshd_blocks.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/xalloc.h"

/* Takes the keyword off; the value begins at the result. */
static char *
split_keyword(char *line, char **keyword)
{
	char *end;

	*keyword = line + strspn(line, " \t");
	end = *keyword + strcspn(*keyword, " \t=");
	if (*end != '\0') {
		bool is_equals = *end == '=';

		*end++ = '\0';
		end += strspn(end, " \t");
		if (!is_equals && *end == '=')
			end += 1 + strspn(end + 1, " \t");
	}
	for (size_t len = strlen(end);
	     len > 0 && strchr(" \t", end[len - 1]) != NULL; len--)
		end[len - 1] = '\0';
	return end;
}

/* The first word of a value, without its quotes. */
static char *
sshd_word(const char *value)
{
	size_t len;

	if (value[0] == '"')
		return xmemdup(value + 1, strcspn(value + 1, "\""));
	len = strcspn(value, " \t");
	return xmemdup(value, len);
}

static void
sshd_block_free(struct sshd_block *block)
{
	for (size_t i = 0; i < block->others.count; i++)
		free(block->others.at[i]);
	free(block->others.at);
	free(block->match);
	free(block->root);
	free(block->command);
	*block = (struct sshd_block){ .line = 0 };
}

bool
sshd_block_is_named(const char *match, enum section_kind *kind,
    const char **names)
{
	size_t len = strcspn(match, " \t=");

	if (len == 4 && strncasecmp(match, "user", 4) == 0)
		*kind = SECTION_USER;
	else if (len == 5 && strncasecmp(match, "group", 5) == 0)
		*kind = SECTION_GROUP;
	else
		return false;
	*names = match + len + strspn(match + len, " \t=");
	return **names != '\0' && strpbrk(*names, " \t*?!\"") == NULL;
}

bool
sshd_names_hold(const char *names, const char *name)
{
	size_t len = strlen(name);

	while (*names != '\0') {
		size_t item = strcspn(names, ",");

		if (item == len && memcmp(names, name, len) == 0)
			return true;
		names += item + (names[item] == ',');
	}
	return false;
}

/* The first one of a keyword counts. */
static void
take_once(char **to, char *value)
{
	if (*to == NULL)
		*to = value;
	else
		free(value);
}

struct reading_blocks {
	const struct import_source *source;
	struct imported *out;
	struct sshd_blocks *blocks;
};

static void
take_setting_line(const struct reading_blocks *reading, int number,
    const char *raw)
{
	struct sshd_blocks *blocks = reading->blocks;
	char line[SSHD_LINE_MAX], *keyword, *value;
	struct sshd_block *block = blocks->count > 0
				       ? &blocks->at[blocks->count - 1]
				       : &blocks->global;

	snprintf(line, sizeof(line), "%s", raw);
	value = split_keyword(line, &keyword);
	if (strcasecmp(keyword, "Match") == 0) {
		blocks->at = xrealloc(blocks->at, blocks->count + 1,
		    sizeof(*blocks->at));
		blocks->at[blocks->count++] =
		    (struct sshd_block){ .line = number,
			    .match = xstrdup(value) };
	} else if (strcasecmp(keyword, "ForceCommand") == 0) {
		take_once(&block->command, xstrdup(value));
	} else if (strcasecmp(keyword, "ChrootDirectory") == 0) {
		take_once(&block->root, sshd_word(value));
	} else {
		if (strcasecmp(keyword, "Include") == 0)
			import_note(reading->source, number, reading->out,
			    "Include ", value, ": what it names is not read");
		if (block->match != NULL)
			import_add_line(&block->others,
			    raw + strspn(raw, " \t"),
			    strlen(raw + strspn(raw, " \t")));
	}
}

void
sshd_blocks_read(const struct import_source *source, struct imported *out,
    struct sshd_blocks *blocks)
{
	const struct reading_blocks reading = { source, out, blocks };
	const char *text = source->text;
	char line[SSHD_LINE_MAX];
	bool ended;
	int number = 0;

	for (long len; (len = import_next_line(&text, line, sizeof(line),
			    &ended)) >= 0;) {
		const char *first = line + strspn(line, " \t");

		number++;
		if (len >= SSHD_LINE_MAX)
			import_note(source, number, out, "the line is too long",
			    NULL, ": left out");
		else if (*first != '\0' && *first != '#')
			take_setting_line(&reading, number, line);
	}
}

void
sshd_blocks_free(struct sshd_blocks *blocks)
{
	for (size_t i = 0; i < blocks->count; i++)
		sshd_block_free(&blocks->at[i]);
	free(blocks->at);
	sshd_block_free(&blocks->global);
	*blocks = (struct sshd_blocks){ .count = 0 };
}
