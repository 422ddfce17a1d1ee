/* Files are opened once and looked at by descriptor: none is swapped between.
 */
#include "serve/accounts.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <syslog.h>
#include <time.h>
#include <unistd.h>

#include "base/io.h"
#include "base/xalloc.h"
#include "policy/config.h"
#include "serve/gate_command.h"
#include "session/session.h"

enum {
	NAME_LEN_MAX = 64,
	LOOK_SECONDS = 30, /* where no configuration says it */
};

static const char *
what_is_wrong(const struct stat *st)
{
	if (!S_ISREG(st->st_mode))
		return "it is no file";
	if (st->st_uid != 0 && st->st_uid != geteuid())
		return "it belongs to another account";
	if ((st->st_mode & (S_IWGRP | S_IWOTH)) != 0)
		return "others may write it";
	return NULL;
}

const char *
accounts_check_file(const char *path)
{
	auto_fd int fd = open(path, O_RDONLY | O_NOCTTY | O_CLOEXEC);
	struct stat st;

	if (fd < 0 || fstat(fd, &st) != 0)
		return strerror(errno);
	return what_is_wrong(&st);
}

/* The whole file, a NUL behind it; NULL with why. */
static char *
read_keys(const char *path, size_t *len, const char **why)
{
	auto_fd int fd = open(path, O_RDONLY | O_NOCTTY | O_CLOEXEC);
	auto_free char *text = NULL;
	struct stat st;
	ssize_t got;

	*why = "authorized_keys can't be read";
	if (fd < 0 || fstat(fd, &st) != 0)
		return NULL;
	*why = what_is_wrong(&st);
	if (*why != NULL)
		return NULL;
	*why = "authorized_keys is too large";
	if (st.st_size > KEY_FILE_MAX)
		return NULL;
	text = xcalloc(1, (size_t)st.st_size + 1);
	got = io_read_all(fd, text, (size_t)st.st_size);
	*why = "authorized_keys can't be read";
	if (got < 0)
		return NULL;
	*len = (size_t)got;
	return take_memory(&text);
}

static void
tell_bad_line(const struct server_log *log, const char *path, size_t number,
    const char *why)
{
	struct log_line line;

	log_begin(&line, log, LOG_WARNING, "key-line");
	log_text(&line, "file", path);
	log_number(&line, "line", number);
	log_text(&line, "because", why);
	log_end(&line);
}

bool
accounts_find_key(const char *path, const unsigned char *blob, size_t len,
    const struct address *address, struct authorized_key *key,
    const struct server_log *log, const char **why)
{
	size_t size = 0, number = 0;
	auto_free char *text = read_keys(path, &size, why);
	const char *reason = "the key is not listed";

	if (text == NULL)
		return false;
	for (size_t at = 0; at < size;) {
		const char *end = memchr(text + at, '\n', size - at);
		size_t line =
		    end == NULL ? size - at : (size_t)(end - (text + at));
		const char *bad;
		enum key_line kind =
		    authorized_key_parse(key, text + at, line, &bad);

		number++;
		at += line + 1;
		if (kind == KEY_LINE_KEY && key->command != NULL &&
		    !gate_command_is_ours(key->command)) {
			kind = KEY_LINE_BAD;
			bad = "command= is not filesonly's or rrsync's";
		}
		if (kind == KEY_LINE_BAD && log != NULL)
			tell_bad_line(log, path, number, bad);
		if (kind == KEY_LINE_KEY && key->blob_len == len &&
		    memcmp(key->blob, blob, len) == 0) {
			if (authorized_key_holds(key, address, time(NULL),
				&reason))
				return true;
		}
		authorized_key_free(key);
	}
	*why = reason;
	return false;
}

static void
tell_no_account(const struct server_log *log, const char *user, const char *why)
{
	struct log_line line;

	log_begin(&line, log, LOG_NOTICE, "account");
	log_text(&line, "user", user);
	log_text(&line, "because", why);
	log_end(&line);
}

/* One component of a path, and nothing that a shell or a log would mind. */
static bool
is_account_name(const char *name)
{
	static const char bytes[] = "abcdefghijklmnopqrstuvwxyz"
				    "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				    "0123456789._@+-";
	size_t len = strlen(name);

	return len > 0 && len <= NAME_LEN_MAX && strspn(name, bytes) == len &&
	       name[0] != '.' && name[0] != '-';
}

/* As config_load, for a virtual account. */
static int
accounts_load(const char *config, const char *user, struct policy *policy,
    struct buf *error)
{
	struct session session = { .uid = geteuid(),
		.has_account = true,
		.is_virtual = true,
		.home = "/" };
	const struct config_ask ask = { .session = &session, .file = config };
	struct config_origin origin;

	snprintf(session.user, sizeof(session.user), "%s", user);
	policy_init(policy);
	return config_load(policy, &ask, &origin, error);
}

char *
accounts_keys_of(const char *config, const char *user,
    const struct server_log *log, const char **why)
{
	not_zeroed char room[1024];
	struct policy policy;
	struct buf error;
	char *keys = NULL;

	buf_init(&error, room, sizeof(room) - 1);
	*why = "no such account";
	if (!is_account_name(user))
		return NULL;
	if (accounts_load(config, user, &policy, &error) == 0) {
		*why = "the account has no authorized-keys";
		if (policy.authorized_keys != NULL)
			keys = xstrdup(policy.authorized_keys);
	} else if (log != NULL) {
		tell_no_account(log, user, buf_text(&error));
	}
	policy_free(&policy);
	return keys;
}

const char *
accounts_shut(const char *config, const char *user, unsigned *again)
{
	not_zeroed char room[1024];
	enum refusal shut = REFUSE_NOTHING;
	int64_t now = time(NULL);
	struct policy policy;
	struct buf error;

	buf_init(&error, room, sizeof(room) - 1);
	*again = LOOK_SECONDS;
	if (accounts_load(config, user, &policy, &error) == 0) {
		shut = policy_shut(&policy, now);
		*again = policy.recheck;
		if ((int64_t)policy.expires > now &&
		    (int64_t)policy.expires - now < policy.recheck)
			*again = (unsigned)((int64_t)policy.expires - now);
	}
	policy_free(&policy);
	return shut == REFUSE_NOTHING ? NULL : refusal_word(shut);
}
