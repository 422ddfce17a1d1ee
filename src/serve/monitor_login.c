/* Which keys may log in, by the administrator's files; from where, by what a
 * balancer has said. */
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/xalloc.h"
#include "request/refusal.h"
#include "serve/accounts.h"
#include "serve/monitor_state.h"

enum {
	KEY_TRIES = 64, /* questions about keys, with their proofs */
	FRESH_MS =
	    1000, /* a key's line that was read since need not be again */
	LOOK_SECONDS = 30 /* the clock may be set */
};

/*
 * Finds the line of the user's key. Returns true with *listed, or false with a
 * constant in *why.
 */
static bool
find_key(const struct monitor *monitor, const char *user,
    const struct authorized_key *asked, struct authorized_key *listed,
    const struct server_log *log, const char **why)
{
	const struct server_options *options = monitor->plan->options;
	auto_free char *path =
	    options->config != NULL
		? accounts_keys_of(options->config, user, log, why)
		: xstrdup(options->authorized_keys);

	return path != NULL &&
	       accounts_find_key(path, asked->blob, asked->blob_len,
		   &monitor->client, listed, log, why);
}

static bool
key_may_log_in(struct monitor *monitor, const char *user, const char *base64,
    struct authorized_key *listed)
{
	struct authorized_key *asked = xcalloc(1, sizeof(*asked));
	const char **why = &monitor->refused_because;
	bool found =
	    authorized_key_decode_blob(asked, base64, strlen(base64)) &&
	    key_is_taken(asked->blob, asked->blob_len, why) &&
	    find_key(monitor, user, asked, listed,
		monitor->keys_asked == 1 ? monitor->plan->log : NULL, why);

	if (found)
		key_fingerprint(asked->blob, asked->blob_len,
		    monitor->fingerprint);
	free(asked);
	return found;
}

bool
monitor_key_holds(struct monitor *monitor)
{
	struct authorized_key *listed;
	const char *why;
	bool holds;

	if (clock_ms() - monitor->key_read < FRESH_MS)
		return true;
	listed = xcalloc(1, sizeof(*listed));
	holds =
	    find_key(monitor, monitor->user, &monitor->key, listed, NULL, &why);
	if (holds) {
		authorized_key_free(&monitor->key);
		monitor->key = *listed;
		monitor->key_read = clock_ms();
		monitor_look_at_login(monitor);
	} else {
		monitor->shut = why;
	}
	free(listed);
	return holds;
}

/* Seconds until the key expires, and at most those; 0: it has. */
static unsigned
key_lasts(const struct authorized_key *key, unsigned most)
{
	int64_t left = key->expires - time(NULL);

	if (key->expires == 0 || left > most)
		return most;
	return left > 0 ? (unsigned)left : 0;
}

void
monitor_look_at_login(struct monitor *monitor)
{
	unsigned again = LOOK_SECONDS;

	monitor->look = 0;
	if (monitor->account == NULL && monitor->key.expires == 0)
		return;
	if (monitor->account != NULL)
		monitor->shut = accounts_shut(monitor->plan->options->config,
		    monitor->account, &again);
	if (monitor->shut == NULL) {
		again = key_lasts(&monitor->key, again);
		if (again == 0)
			monitor->shut = refusal_word(REFUSE_EXPIRED);
	}
	if (monitor->shut != NULL)
		again = LOOK_SECONDS;
	monitor->look = clock_ms() + (uint64_t)again * 1000;
}

/* It counts those that have not logged in, and connections by address. */
static void
tell_listener(const struct monitor *monitor)
{
	const struct monitor_news news = { .client = monitor->client,
		.has_logged_in = monitor->logged_in };

	if (write(monitor->plan->listener, &news, sizeof(news)) < 0)
		return;
}

bool
monitor_answer_key(struct monitor *monitor)
{
	const struct message *message = monitor->message;
	bool proved = message->head.value == 1;
	struct authorized_key *listed;
	size_t at = 0;
	const char *user = message_next(message, &at);
	const char *base64 = message_next(message, &at);
	bool may;

	if (user == NULL || base64 == NULL || monitor->logged_in ||
	    !monitor->has_address || monitor->keys_asked++ >= KEY_TRIES)
		return false;
	listed = xcalloc(1, sizeof(*listed));
	monitor_keep_text(monitor->user, sizeof(monitor->user), user);
	may = key_may_log_in(monitor, user, base64, listed);
	if (may && proved) {
		monitor->logged_in = true;
		monitor->key = *listed;
		monitor->key_read = clock_ms();
		if (monitor->plan->options->config != NULL)
			monitor->account = xstrdup(user);
		monitor_look_at_login(monitor);
		/* Its first request shall hear why it is refused. */
		monitor->shut = NULL;
		tell_listener(monitor);
		*listed = (struct authorized_key){ .blob_len = 0 };
	}
	if (!may)
		monitor->keys_refused++;
	authorized_key_free(listed);
	free(listed);
	return may;
}

bool
monitor_answer_address(struct monitor *monitor)
{
	size_t at = 0;
	const char *text = message_next(monitor->message, &at);

	if (monitor->has_address || monitor->is_check || text == NULL)
		return false;
	if (text[0] == '\0') {
		monitor->is_check = true;
		return true;
	}
	if (!address_parse(&monitor->client, text))
		return false;
	monitor->client.port = (uint16_t)monitor->message->head.value;
	monitor->has_address = true;
	monitor->via = true;
	tell_listener(monitor);
	return true;
}
