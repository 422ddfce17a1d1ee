/* One line a connection, and one word for the listener: how it ended. */
#include <signal.h>
#include <sys/wait.h>
#include <syslog.h>

#include "base/clock.h"
#include "serve/monitor_state.h"
#include "serve/network.h"
#include "serve/watchdog.h"

/* By us, since the server ends or the account is shut. */
static bool
was_told_to_end(const struct monitor *monitor)
{
	return WIFSIGNALED(monitor->network_status) &&
	       WTERMSIG(monitor->network_status) == SIGTERM &&
	       (monitor->ends || monitor->shut != NULL);
}

/* Who leaves just before the time is up has held a place all the same. */
static bool
lasted_too_long(const struct monitor *monitor)
{
	return (clock_ms() - monitor->began) * 2 >=
	       (uint64_t)monitor->plan->options->grace * 1000;
}

enum connection_end
monitor_how_it_ended(const struct monitor *monitor)
{
	int status = monitor->network_status;

	if (monitor->network < 0 ||
	    (WIFEXITED(status) && WEXITSTATUS(status) == NETWORK_UNABLE))
		return CONNECTION_FAILED;
	if (WIFEXITED(status) && WEXITSTATUS(status) == WATCHDOG_STATUS)
		return CONNECTION_CRASHED;
	if (monitor->logged_in &&
	    (WIFEXITED(status) || was_told_to_end(monitor)))
		return CONNECTION_OK;
	if (WIFSIGNALED(status) && WTERMSIG(status) == SIGALRM)
		return monitor->logged_in ? CONNECTION_CRASHED
					  : CONNECTION_TOO_SLOW;
	if (!WIFEXITED(status) && !was_told_to_end(monitor))
		return CONNECTION_CRASHED;
	if (!monitor->has_address && !monitor->is_check)
		return CONNECTION_PROXY;
	if (WIFEXITED(status) && lasted_too_long(monitor))
		return CONNECTION_TOO_SLOW;
	if (monitor->keys_refused > 0)
		return CONNECTION_REFUSED;
	return monitor->version[0] == '\0' ? CONNECTION_NO_BANNER
					   : CONNECTION_NO_LOGIN;
}

static const char *const end_words[CONNECTION_ENDS] = {
	[CONNECTION_OK] = "ok",
	[CONNECTION_NO_BANNER] = "no-banner",
	[CONNECTION_NO_LOGIN] = "no-login",
	[CONNECTION_REFUSED] = "refused",
	[CONNECTION_TOO_SLOW] = "too-slow",
	[CONNECTION_CRASHED] = "crashed",
	[CONNECTION_PROXY] = "proxy",
	[CONNECTION_FAILED] = "failed",
};

/* Why the connection has ended, as far as anybody has said so. */
static const char *
monitor_reason(const struct monitor *monitor)
{
	int status = monitor->network_status;

	if (monitor->shut != NULL)
		return monitor->shut;
	return WIFEXITED(status) && WEXITSTATUS(status) == WATCHDOG_STATUS
		   ? "it used CPU and did not get on"
		   : monitor->reason;
}

void
monitor_log(const struct monitor *monitor, enum connection_end end)
{
	const struct address *peer = &monitor->plan->client;
	int status = monitor->network_status;
	char text[ADDRESS_TEXT];
	struct log_line line;

	/* The listener counts these, one line a minute. */
	if (end == CONNECTION_NO_BANNER)
		return;
	log_begin(&line, monitor->plan->log,
	    end == CONNECTION_OK       ? LOG_INFO
	    : end == CONNECTION_FAILED ? LOG_ERR
				       : LOG_NOTICE,
	    "connection");
	log_text(&line, "result", end_words[end]);
	address_text(&monitor->client, text);
	log_text(&line, "address", text);
	log_number(&line, "port", monitor->client.port);
	address_text(peer, text);
	if (monitor->via)
		log_text(&line, "via", text);
	if (monitor->keys_asked > 0)
		log_text(&line, "user", monitor->user);
	if (monitor->logged_in)
		log_text(&line, "key", monitor->fingerprint);
	else if (monitor->keys_refused > 0 && monitor->refused_because != NULL)
		log_text(&line, "because", monitor->refused_because);
	log_text(&line, "client", monitor->version);
	log_text(&line, "kex", monitor->kex);
	log_text(&line, "cipher", monitor->cipher);
	log_number(&line, "requests", monitor->requests);
	log_number(&line, "in", monitor->received);
	log_number(&line, "out", monitor->sent);
	log_number(&line, "seconds", (clock_ms() - monitor->began) / 1000);
	if (WIFSIGNALED(status))
		log_number(&line, "signal", (uint64_t)WTERMSIG(status));
	log_text(&line, "reason", monitor_reason(monitor));
	log_end(&line);
}
