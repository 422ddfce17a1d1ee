/* Which keys may log in, by the administrator's files; from where, by what a
 * balancer has said. */
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/xalloc.h"
#include "serve/accounts.h"
#include "serve/monitor_state.h"

enum { KEY_TRIES = 64 }; /* questions about keys, with their proofs */

/* The authorized_keys that counts for a user. The caller frees. */
static char *
keys_file(const struct monitor *monitor, const char *user, const char **why)
{
	const struct server_options *options = monitor->plan->options;

	if (options->config != NULL)
		return accounts_keys_of(options->config, user,
		    monitor->keys_asked == 1 ? monitor->plan->log : NULL, why);
	return xstrdup(options->authorized_keys);
}

static bool
key_may_log_in(struct monitor *monitor, const char *user, const char *base64,
    struct authorized_key *listed)
{
	struct authorized_key *asked = xcalloc(1, sizeof(*asked));
	auto_free char *path =
	    keys_file(monitor, user, &monitor->refused_because);
	bool found = false;

	if (path != NULL &&
	    authorized_key_decode_blob(asked, base64, strlen(base64)) &&
	    key_is_taken(asked->blob, asked->blob_len,
		&monitor->refused_because))
		found = accounts_find_key(path, asked->blob, asked->blob_len,
		    &monitor->client, listed,
		    monitor->keys_asked == 1 ? monitor->plan->log : NULL,
		    &monitor->refused_because);
	if (found)
		key_fingerprint(asked->blob, asked->blob_len,
		    monitor->fingerprint);
	free(asked);
	return found;
}

void
monitor_look_at_account(struct monitor *monitor)
{
	unsigned again;

	monitor->shut = accounts_shut(monitor->plan->options->config,
	    monitor->account, &again);
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
		if (monitor->plan->options->config != NULL) {
			monitor->account = xstrdup(user);
			monitor_look_at_account(monitor);
			/* Its first request shall hear why it is refused. */
			monitor->shut = NULL;
		}
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
