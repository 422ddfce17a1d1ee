/*
 * Trusts the command line, as all of the gate does: who starts the gate could
 * serve anything.
 */
#include "session/served.h"

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "base/num.h"
#include "session/session.h"

static const struct {
	const char *option;
	size_t offset;
} words[] = {
	{ "--served-key=", offsetof(struct served, key) },
	{ "--served-address=", offsetof(struct served, address) },
	{ "--served-account=", offsetof(struct served, account) },
	{ "--served-config=", offsetof(struct served, config) },
	{ "--served-record=", offsetof(struct served, record) },
	{ "--served-keys=", offsetof(struct served, keys) },
	{ "--served-expires=", offsetof(struct served, expires) },
};

/* The one that may be given again. */
static const char host_key[] = "--served-host-key=";

static bool
take_host_key(struct served *served, const char *word)
{
	const size_t len = sizeof(host_key) - 1;

	if (strncmp(word, host_key, len) != 0 ||
	    served->host_key_count == SERVED_HOST_KEYS)
		return false;
	served->host_keys[served->host_key_count++] = word + len;
	return true;
}

static bool
take_word(struct served *served, const char *word)
{
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		size_t len = strlen(words[i].option);

		if (strncmp(word, words[i].option, len) != 0)
			continue;
		*(const char **)(void *)((char *)served + words[i].offset) =
		    word + len;
		return true;
	}
	return take_host_key(served, word);
}

void
served_take(struct served *served, int *argc, char ***argv)
{
	char *name = *argc > 0 ? (*argv)[0] : NULL;

	*served = (struct served){ .key = NULL };
	while (*argc > 1 && take_word(served, (*argv)[1])) {
		(*argv)++;
		(*argc)--;
		(*argv)[0] = name;
	}
}

static bool
set_text(char *to, size_t size, const char *text)
{
	size_t len = strlen(text);

	if (len >= size)
		return false;
	memcpy(to, text, len + 1);
	return true;
}

int
served_apply(const struct served *served, struct session *session)
{
	if (served->key != NULL) {
		session->key_is_fact = true;
		if (!set_text(session->key_claim, sizeof(session->key_claim),
			served->key))
			return -1;
	}
	if (served->address != NULL &&
	    !set_text(session->address, sizeof(session->address),
		served->address))
		return -1;
	if (served->account != NULL) {
		session->is_virtual = true;
		session->has_account = true;
		session->account_is_unsure = false;
		if (!set_text(session->user, sizeof(session->user),
			served->account))
			return -1;
	}
	session->config = served->config;
	session->keys = served->keys;
	session->host_keys = served->host_keys;
	session->host_key_count = served->host_key_count;
	if (served->expires != NULL &&
	    !num_parse(served->expires, 1, INT64_MAX, &session->expires))
		return -1;
	if (served->record != NULL)
		session->record = strcmp(served->record, "json") == 0
				      ? RECORD_JSON
				      : RECORD_LOGFMT;
	return 0;
}
