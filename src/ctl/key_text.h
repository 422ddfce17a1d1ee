/* The value of a key, as the configuration would have it. */
#ifndef FILESONLY_CTL_KEY_TEXT_H
#define FILESONLY_CTL_KEY_TEXT_H

#include <stdbool.h>

#include "base/buf.h"
#include "policy/policy.h"

/* Appends it; several texts of one key have ", " between them. */
void key_text(const struct policy *policy, const struct key *key,
    struct buf *out);

/* Returns true where the policy has the default, or nothing. */
bool key_is_default(const struct policy *policy, const struct key *key);

#endif
