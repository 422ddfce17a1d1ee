/*
 * Who is let in: by how many there are, in all and of one address, and by what
 * an address has to wait for. Reads no byte of a client's.
 */
#include "base/clock.h"
#include "serve/listener_state.h"

bool
listener_is_balancer(const struct listener *listener,
    const struct address *address)
{
	const struct server_options *options = listener->options;

	for (size_t i = 0; i < options->proxy_count; i++) {
		if (address_in_block(address, options->proxy_from[i]))
			return true;
	}
	return false;
}

static unsigned
count_of(const struct listener *listener, const struct address *address)
{
	const struct address source = address_source(address);
	unsigned count = 0;

	for (unsigned i = 0; i < listener->options->connections; i++) {
		const struct connection *at = &listener->connections[i];
		const struct address other = address_source(&at->client);

		count += at->monitor != 0 && address_equals(&other, &source);
	}
	return count;
}

const char *
listener_address_waits(const struct listener *listener,
    const struct address *client, unsigned most)
{
	if (count_of(listener, client) > most)
		return "max-per-address";
	if (listener->options->penalties &&
	    penalties_hold(&listener->penalties, client, clock_ms()))
		return "penalty";
	return NULL;
}

const char *
listener_turns_away(const struct listener *listener,
    const struct address *client, bool from_balancer)
{
	const struct server_options *options = listener->options;

	if (listener->count >= options->connections)
		return "max-connections";
	if (listener->unauthenticated >= options->unauthenticated)
		return "max-logins";
	if (from_balancer)
		return NULL; /* its clients are many, and not named yet */
	return listener_address_waits(listener, client,
	    options->per_address - 1);
}
