/*
 * What stands in single quotes means itself to a shell; of the options,
 * sshd(8), "AUTHORIZED_KEYS FILE FORMAT". Pure.
 */
#include "ctl/key_quoting.h"

#include <string.h>

/* Bytes that no shell gives a meaning. */
static bool
is_plain(const char *word)
{
	static const char plain[] = "abcdefghijklmnopqrstuvwxyz"
				    "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				    "0123456789-_=+.,/:@%^";

	return word[0] != '\0' && strspn(word, plain) == strlen(word);
}

void
key_add_shell_word(struct buf *out, const char *word)
{
	if (is_plain(word)) {
		buf_add_text(out, word);
		return;
	}
	buf_add_text(out, "'");
	for (; *word != '\0'; word++) {
		if (*word == '\'')
			buf_add_text(out, "'\\''");
		else
			buf_add(out, word, 1);
	}
	buf_add_text(out, "'");
}

void
key_add_option(struct buf *out, const char *name, const char *value)
{
	buf_addf(out, "%s=\"", name);
	for (; *value != '\0'; value++) {
		if (*value == '"')
			buf_add_text(out, "\\");
		buf_add(out, value, 1);
	}
	buf_add_text(out, "\"");
}

bool
key_is_bare(const char *line)
{
	return strncmp(line, "ssh-", 4) == 0 || strncmp(line, "sk-", 3) == 0 ||
	       strncmp(line, "ecdsa-", 6) == 0;
}

size_t
key_option_len(const char *text)
{
	bool quoted = false;
	size_t len = 0;

	while (text[len] != '\0' && text[len] != '\n' &&
	       (quoted || strchr(", \t\r", text[len]) == NULL)) {
		if (text[len] == '\\' && text[len + 1] == '"')
			len++;
		else if (text[len] == '"')
			quoted = !quoted;
		len++;
	}
	return len;
}

void
key_option_unquote(char *out, size_t size, const char *text, size_t len)
{
	size_t used = 0;

	for (size_t i = 0; i < len && used + 1 < size; i++) {
		if (text[i] == '"')
			continue;
		if (text[i] == '\\' && i + 1 < len && text[i + 1] == '"')
			i++;
		out[used++] = text[i];
	}
	out[used] = '\0';
}
