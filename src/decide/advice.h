/* What to use in place of a command that can't be served. */
#ifndef FILESONLY_DECIDE_ADVICE_H
#define FILESONLY_DECIDE_ADVICE_H

#include "request/request.h"

/*
 * Returns a sentence for the customer, a constant that names only what an
 * account of these services (bits) has; or NULL where there is nothing better
 * to say than that the request is refused. The request may be one whose words
 * could not be read to the end.
 */
const char *advice_for(const struct request *request, unsigned services);

#endif
