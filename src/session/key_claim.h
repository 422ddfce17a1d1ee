/*
 * The key with which the client is said to have logged in. sshd writes it to a
 * file (ExposeAuthInfo) and names that in the environment. The file belongs to
 * the account, so that any program of the account can forge one: the record
 * calls it a claim, and nothing is decided by it.
 */
#ifndef FILESONLY_SESSION_KEY_CLAIM_H
#define FILESONLY_SESSION_KEY_CLAIM_H

#include <stddef.h>
#include <sys/types.h>

/*
 * Fills text with "TYPE SHA256:FINGERPRINT" (as ssh-keygen -l prints it) of the
 * first of the account uid's publickey lines that holds a key, or "". path is
 * what SSH_USER_AUTH says, or NULL.
 */
void key_claim_load(const char *path, uid_t uid, char *text, size_t size);

#endif
