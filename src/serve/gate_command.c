/*
 * A line's command= means here what it means under sshd: its first word is a
 * name of ours, wherever the line says it is, and the rest are its options.
 * What runs is the gate beside this program.
 */
#include "serve/gate_command.h"

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/xalloc.h"
#include "request/words.h"

static const char *
name_of(const struct words *words)
{
	const char *path = words->count > 0 ? words->at[0].text : "";
	const char *slash = strrchr(path, '/');

	return slash == NULL ? path : slash + 1;
}

static bool
is_our_name(const char *name)
{
	return strcmp(name, "filesonly") == 0 || strcmp(name, "rrsync") == 0;
}

bool
gate_command_is_ours(const char *command)
{
	struct words words = { 0 };
	bool is_ours =
	    words_split(command, strlen(command), &words) == REFUSE_NOTHING &&
	    is_our_name(name_of(&words));

	words_free(&words);
	return is_ours;
}

static bool
add_word(struct gate_command *made, const char *text)
{
	if (made->count == GATE_ARGS_MAX)
		return false;
	made->at[made->count++] = xstrdup(text);
	return true;
}

static bool
add_fact(struct gate_command *made, const char *option, const char *value)
{
	char room[4200];
	struct buf text;

	if (value == NULL)
		return true;
	buf_init(&text, room, sizeof(room));
	buf_add_text(&text, option);
	buf_add_text(&text, value);
	return !text.full && add_word(made, buf_text(&text));
}

static bool
add_facts(struct gate_command *made, const struct gate_facts *facts)
{
	for (size_t i = 0; i < facts->host_key_count; i++) {
		if (!add_fact(made, "--served-host-key=", facts->host_keys[i]))
			return false;
	}
	return add_fact(made, "--served-key=", facts->key) &&
	       add_fact(made, "--served-expires=", facts->expires) &&
	       add_fact(made, "--served-keys=", facts->keys) &&
	       add_fact(made, "--served-address=", facts->address) &&
	       add_fact(made, "--served-config=", facts->config) &&
	       add_fact(made, "--served-record=", facts->record) &&
	       add_fact(made, "--served-account=", facts->account);
}

int
gate_command_make(struct gate_command *made, const struct gate_facts *facts,
    const char *command, const char *const *options, size_t count)
{
	struct words words = { 0 };
	bool fits = true;

	*made = (struct gate_command){ .count = 0 };
	if (command == NULL) {
		fits = add_word(made, "filesonly") && add_facts(made, facts);
		for (size_t i = 0; fits && i < count; i++)
			fits = add_word(made, options[i]);
		return fits ? 0 : -1;
	}
	fits =
	    words_split(command, strlen(command), &words) == REFUSE_NOTHING &&
	    is_our_name(name_of(&words)) && add_word(made, words.at[0].text) &&
	    add_facts(made, facts);
	for (size_t i = 1; fits && i < words.count; i++)
		fits = add_word(made, words.at[i].text);
	words_free(&words);
	return fits ? 0 : -1;
}

void
gate_command_free(struct gate_command *command)
{
	for (size_t i = 0; i < command->count; i++)
		free(command->at[i]);
	*command = (struct gate_command){ .count = 0 };
}
