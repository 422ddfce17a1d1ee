/*
 * Who may log in, and what he is served: one policy for every key, or virtual
 * accounts from a configuration. Read anew for each connection.
 */
#ifndef FILESONLY_SERVE_ACCOUNTS_H
#define FILESONLY_SERVE_ACCOUNTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/auto.h"
#include "serve/address.h"
#include "serve/authorized_keys.h"
#include "serve/server_log.h"
#include "serve/server_options.h"

/*
 * Finds the line of an authorized_keys file that has this public key and
 * holds from that address now. Returns true with *key (authorized_key_free
 * ends it), or false with a constant for the log in *why. Lines that this
 * server can't honour are told to the log, if it is given.
 */
bool accounts_find_key(const char *path, const unsigned char *blob, size_t len,
    const struct address *address, struct authorized_key *key,
    const struct server_log *log, const char **why) must_check;

/*
 * Is it a file that only we, root and nobody else may write? Returns a
 * constant that says what is wrong, or NULL. *warn likewise: others may read.
 */
const char *accounts_check_file(const char *path) must_check;

/*
 * The authorized_keys file of a virtual account, or NULL: there is none of
 * that name. Why not goes to the log, if it is given. The caller frees.
 */
char *accounts_keys_of(const char *config, const char *user,
    const struct server_log *log, const char **why) must_check;

/*
 * Was the virtual account disabled, or has it expired? Returns a word for the
 * log, or NULL: also where the configuration can't be read, which refuses the
 * next session and ends none. *again: after how many seconds to ask again.
 */
const char *accounts_shut(const char *config, const char *user,
    unsigned *again) must_check;

#endif
