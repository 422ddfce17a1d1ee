/* Splits the client's string into words; judges nothing. */
#include "request/request.h"

#include <string.h>

/* psftp, FileZilla and WinSCP send this where the subsystem was refused. */
static const char sftp_search_script[] =
    "test -x /usr/lib/sftp-server && exec /usr/lib/sftp-server\n"
    "test -x /usr/local/lib/sftp-server && exec /usr/local/lib/sftp-server\n"
    "exec sftp-server";

/*
 * rclone asks so for the kind of shell. A shell that knows neither variable,
 * and so does nothing with "%", gives the command this one word.
 */
static const char shell_probe[] = "echo ${ShellId}%ComSpec%";
static const char shell_probe_words[] = "echo %ComSpec%";

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
	if (strcmp(raw, shell_probe) == 0)
		raw = shell_probe_words;
	request->refusal = words_split(raw, strlen(raw), &request->words);
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

const char *
request_command_name(const struct request *request)
{
	const char *name = request_base_name(request, 0);

	if (request->kind != REQUEST_COMMAND || name == NULL ||
	    (name != request->words.at[0].text &&
		request->words.at[0].text[0] != '/'))
		return NULL;
	return name;
}
