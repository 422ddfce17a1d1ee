/*
 * With --log-sessions the listener alone writes to standard error: its own
 * lines, those of the monitors, and those of sessions' records that would go
 * to syslog. Each comes as one packet, so that none is torn, however long it
 * is; a session's is marked, so that it can't pass for the server's.
 */
#ifndef FILESONLY_SERVE_LINE_RELAY_H
#define FILESONLY_SERVE_LINE_RELAY_H

#include <stdbool.h>

#include "base/auto.h"

enum relay_from { FROM_MONITORS, FROM_SESSIONS, RELAYS };

struct line_relay {
	int give[RELAYS]; /* who has a line writes it here; -1: no relay */
	int take[RELAYS]; /* the listener's ends */
	bool json;        /* how lines are written */
};

/* None. */
void line_relay_init(struct line_relay *relay);

/* Returns 0, or -1 with errno; line_relay_close ends it in any case. */
int line_relay_open(struct line_relay *relay, bool json) must_check;
void line_relay_close(struct line_relay *relay);

/* In a process that only gives: closes the listener's ends. */
void line_relay_give_only(struct line_relay *relay);

/*
 * Writes what has come to standard error, some lines at most. Returns false
 * where there was none, or is no relay.
 */
bool line_relay_pass(const struct line_relay *relay, enum relay_from from);

#endif
