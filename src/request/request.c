/* Splits the client's string into words; judges nothing. */
#include "request/request.h"

#include <string.h>

/* psftp, FileZilla and WinSCP send this where the subsystem was refused. */
static const char sftp_search_script[] =
    "test -x /usr/lib/sftp-server && exec /usr/lib/sftp-server\n"
    "test -x /usr/local/lib/sftp-server && exec /usr/local/lib/sftp-server\n"
    "exec sftp-server";

static bool
is_blank(const char *raw)
{
	return raw[strspn(raw, " \t\n")] == '\0';
}

void
request_parse(struct request *request, const char *raw)
{
	*request = (struct request){ .kind = REQUEST_SHELL, .raw = "" };
	if (raw == NULL || is_blank(raw))
		return;
	request->raw = raw;
	request->raw_len = strlen(raw);
	if (strcmp(raw, sftp_search_script) == 0) {
		request->kind = REQUEST_SFTP;
		return;
	}
	request->kind = REQUEST_COMMAND;
	request->refusal = words_split(raw, request->raw_len, &request->words);
	/* A word of nothing but quotes: "''" names no command. */
	if (request->refusal == REFUSE_NOTHING && request->words.count == 0)
		request->kind = REQUEST_SHELL;
}

void
request_sftp(struct request *request)
{
	*request = (struct request){ .kind = REQUEST_SFTP, .raw = "" };
}

void
request_free(struct request *request)
{
	words_free(&request->words);
}

const char *
request_base_name(const struct request *request, size_t i)
{
	const char *word, *slash;

	if (i >= request->words.count)
		return NULL;
	word = request->words.at[i].text;
	slash = strrchr(word, '/');
	return slash == NULL ? word : slash + 1;
}
