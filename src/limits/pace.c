/*
 * A token bucket a direction: it holds a quarter of a second, and nothing
 * moves before a tenth has gathered, so that a slow session wakes ten times a
 * second and not for each byte.
 */
#include "limits/pace.h"

#include <limits.h>
#include <string.h>

#define SECOND INT64_C(1000000000)

enum {
	FULL_PART = 4,        /* the bucket holds bandwidth / 4 */
	LEAST_PART = 10,      /* at least bandwidth / 10 goes at once */
	LEAST_MAX = 64 << 10, /* ... or this, if that is less */
};

static int64_t
steady_now(void)
{
	struct timespec now = { 0, 0 };

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * SECOND + now.tv_nsec;
}

void
pace_init(struct pace *pace, const struct policy *policy,
    const struct timespec *began)
{
	*pace = (struct pace){ .bandwidth = policy->bandwidth,
		.left = policy->max_session_bytes > 0
			    ? policy->max_session_bytes
			    : UINT64_MAX,
		.idle = (int64_t)policy->idle_timeout * SECOND };
	pace->limited = policy->bandwidth > 0 ||
			policy->max_session_bytes > 0 ||
			policy->idle_timeout > 0 || policy->session_timeout > 0;
	if (!pace->limited)
		return;
	if (policy->session_timeout > 0)
		pace->end = began->tv_sec * SECOND + began->tv_nsec +
			    (int64_t)policy->session_timeout * SECOND;
	pace->now = pace->moved = steady_now();
	for (int way = 0; way < PACE_DIRECTIONS; way++) {
		pace->filled[way] = pace->now;
		pace->tokens[way] = pace->bandwidth / FULL_PART;
	}
}

/*
 * Adds what time has brought. The time of a part of a byte is kept, or a loop
 * that turns fast would never gather one.
 */
static void
fill(struct pace *pace, enum direction way)
{
	int64_t elapsed = pace->now - pace->filled[way];
	uint64_t full = pace->bandwidth / FULL_PART, more;

	if (elapsed >= SECOND / FULL_PART) {
		pace->tokens[way] = full;
		pace->filled[way] = pace->now;
		return;
	}
	if (elapsed <= 0)
		return;
	more = pace->bandwidth / SECOND * (uint64_t)elapsed +
	       pace->bandwidth % SECOND * (uint64_t)elapsed / SECOND;
	if (more == 0)
		return;
	pace->filled[way] =
	    pace->bandwidth >= SECOND
		? pace->now
		: pace->filled[way] +
		      (int64_t)(more * SECOND / pace->bandwidth);
	pace->tokens[way] += more;
	if (pace->tokens[way] > full)
		pace->tokens[way] = full;
}

const char *
pace_turn_at(struct pace *pace, int64_t now, bool busy)
{
	pace->now = now;
	if (busy)
		pace->moved = pace->now;
	for (int way = 0; way < PACE_DIRECTIONS && pace->bandwidth > 0; way++)
		fill(pace, (enum direction)way);
	if (pace->end > 0 && pace->now >= pace->end)
		return "session-timeout";
	if (pace->idle > 0 && pace->now - pace->moved >= pace->idle)
		return "idle-timeout";
	return NULL;
}

const char *
pace_turn(struct pace *pace, bool busy)
{
	return pace->limited ? pace_turn_at(pace, steady_now(), busy) : NULL;
}

static uint64_t
least(const struct pace *pace)
{
	uint64_t part = pace->bandwidth / LEAST_PART;

	return part < LEAST_MAX ? part : LEAST_MAX;
}

size_t
pace_allows(const struct pace *pace, enum direction way)
{
	uint64_t allowed = pace->left;

	if (pace->bandwidth > 0 && pace->tokens[way] < least(pace))
		return 0;
	if (pace->bandwidth > 0 && pace->tokens[way] < allowed)
		allowed = pace->tokens[way];
	return allowed < SIZE_MAX ? (size_t)allowed : SIZE_MAX;
}

bool
pace_is_spent(const struct pace *pace)
{
	return pace->left == 0;
}

bool
pace_has(struct pace *pace, uint64_t bytes)
{
	if (bytes <= pace->left)
		return true;
	pace->left = 0;
	return false;
}

void
pace_move(struct pace *pace, enum direction way, size_t len)
{
	if (len > 0)
		pace->moved = pace->now;
	pace_count(pace, way, len);
}

void
pace_count(struct pace *pace, enum direction way, size_t len)
{
	if (!pace->limited || len == 0)
		return;
	if (pace->left != UINT64_MAX)
		pace->left -= len < pace->left ? len : pace->left;
	if (pace->bandwidth > 0)
		pace->tokens[way] -=
		    len < pace->tokens[way] ? len : pace->tokens[way];
}

static void
pace_sooner(int64_t *wait, int64_t candidate)
{
	if (candidate < *wait)
		*wait = candidate < 0 ? 0 : candidate;
}

int
pace_wait(const struct pace *pace, bool in, bool out)
{
	const bool wanted[PACE_DIRECTIONS] = { in, out };
	int64_t wait = INT64_MAX;

	if (!pace->limited)
		return -1;
	if (pace->end > 0)
		pace_sooner(&wait, pace->end - pace->now);
	if (pace->idle > 0)
		pace_sooner(&wait, pace->moved + pace->idle - pace->now);
	for (int way = 0; way < PACE_DIRECTIONS; way++) {
		uint64_t lack = least(pace) - pace->tokens[way];

		if (wanted[way] && pace->bandwidth > 0 &&
		    pace->tokens[way] < least(pace))
			pace_sooner(&wait,
			    (int64_t)(lack * SECOND / pace->bandwidth));
	}
	if (wait == INT64_MAX)
		return -1;
	wait = wait / (SECOND / 1000) + 1;
	return wait < INT_MAX ? (int)wait : INT_MAX;
}

const char *
pace_text(const char *key)
{
	static const struct {
		const char *key, *text;
	} texts[] = {
		{ "idle-timeout", "the session was idle for too long" },
		{ "session-timeout", "the session's time is over" },
		{ "disabled", "this login was disabled" },
		{ "expires", "this login has expired" },
		{ "kicked", "the administrator has ended this session" },
		{ "unwatched", "the session can't be watched over any more" },
	};

	for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++) {
		if (strcmp(texts[i].key, key) == 0)
			return texts[i].text;
	}
	return "the session has moved as many bytes as it may";
}
