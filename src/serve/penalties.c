/*
 * A penalty counts only from a minimum on, grows with each failure and has a
 * maximum. Where the table is full, the one that ends first gives way: nobody
 * is shut out by others' failures.
 */
#include "serve/penalties.h"

#include "base/xalloc.h"

enum { PENALTY_MIN_MS = 15000, PENALTY_MAX_MS = 600000 };

static const uint64_t penalty_ms[CONNECTION_ENDS] = {
	[CONNECTION_NO_LOGIN] = 1000,  /* noauth */
	[CONNECTION_REFUSED] = 5000,   /* authfail */
	[CONNECTION_TOO_SLOW] = 10000, /* grace-exceeded */
	[CONNECTION_CRASHED] = 90000,  /* crash */
};

void
penalties_init(struct penalties *penalties)
{
	penalties->at = xcalloc(PENALTY_SOURCES, sizeof(*penalties->at));
}

static struct penalty *
find_penalty(const struct penalties *penalties, const struct address *source)
{
	for (size_t i = 0; i < PENALTY_SOURCES; i++) {
		if (penalties->at[i].until != 0 &&
		    address_equals(&penalties->at[i].source, source))
			return &penalties->at[i];
	}
	return NULL;
}

bool
penalties_hold(const struct penalties *penalties, const struct address *address,
    uint64_t now)
{
	struct address source = address_source(address);
	const struct penalty *found = find_penalty(penalties, &source);

	return found != NULL && found->until > now + PENALTY_MIN_MS;
}

/* A free place, or the one whose penalty ends first. */
static struct penalty *
penalty_place(struct penalties *penalties, uint64_t now)
{
	struct penalty *best = &penalties->at[0];

	for (size_t i = 0; i < PENALTY_SOURCES; i++) {
		if (penalties->at[i].until <= now)
			return &penalties->at[i];
		if (penalties->at[i].until < best->until)
			best = &penalties->at[i];
	}
	return best;
}

void
penalties_add(struct penalties *penalties, const struct address *address,
    enum connection_end end, uint64_t now)
{
	struct address source = address_source(address);
	struct penalty *penalty;

	if (penalty_ms[end] == 0)
		return;
	penalty = find_penalty(penalties, &source);
	if (penalty == NULL) {
		penalty = penalty_place(penalties, now);
		*penalty = (struct penalty){ .source = source };
	}
	if (penalty->until < now)
		penalty->until = now;
	penalty->until += penalty_ms[end];
	if (penalty->until > now + PENALTY_MAX_MS)
		penalty->until = now + PENALTY_MAX_MS;
}
