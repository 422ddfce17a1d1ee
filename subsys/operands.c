/* One pass over the words; what is no option is an operand. */
#include "subsys/operands.h"

#include <stdbool.h>
#include <string.h>

#include "base/xalloc.h"

/* The bits of letters that the rules have. */
static unsigned
operands_bits(const struct option_rules *rules, const char *letters)
{
	unsigned bits = 0;

	for (; *letters != '\0'; letters++)
		bits |=
		    1U << (strchr(rules->letters, *letters) - rules->letters);
	return bits;
}

static bool
operands_set(const struct option_rules *rules, char letter,
    struct operands *operands)
{
	const char *at = letter == '\0' ? NULL : strchr(rules->letters, letter);

	if (at == NULL)
		return false;
	if (rules->last != NULL && strchr(rules->last, letter) != NULL)
		operands->options &= ~operands_bits(rules, rules->last);
	operands->options |= 1U << (at - rules->letters);
	return true;
}

static bool
operands_read_long(const struct option_rules *rules, const char *text,
    struct operands *operands)
{
	const struct long_option *row = rules->longs;

	for (; row != NULL && row->name != NULL; row++) {
		if (strcmp(row->name, text) == 0)
			return operands_set(rules, row->letter, operands);
	}
	return false;
}

static bool
operands_read_letters(const struct option_rules *rules, const char *letters,
    struct operands *operands)
{
	for (; *letters != '\0'; letters++) {
		if (!operands_set(rules, *letters, operands))
			return false;
	}
	return true;
}

enum refusal
operands_read(const struct words *words, const struct option_rules *rules,
    struct operands *operands, struct verdict *verdict)
{
	bool ended = false;

	*operands = (struct operands){ .at = xcalloc(words->count,
					   sizeof(*operands->at)) };
	for (size_t i = 1; i < words->count; i++) {
		const struct word *word = &words->at[i];

		if (ended || word->text[0] != '-' || word->len == 1)
			operands->at[operands->count++] = word;
		else if (strcmp(word->text, "--") == 0)
			ended = true;
		else if (word->text[1] == '-'
			     ? !operands_read_long(rules, word->text, operands)
			     : !operands_read_letters(rules, word->text + 1,
				   operands))
			return verdict_set(verdict, REFUSE_OPTION, rules->help,
			    word->text, word->len);
	}
	return REFUSE_NOTHING;
}

void
operands_free(struct operands *operands)
{
	auto_free_memory(&operands->at);
	operands->count = 0;
}
