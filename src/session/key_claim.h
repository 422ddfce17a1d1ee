/*
 * Which key the client is said to have logged in with. sshd tells it in a file
 * (ExposeAuthInfo) whose name it gives in the environment, and that file
 * belongs to the account: whoever runs programs as it can make one up. So it
 * is for the record alone, and there it is called a claim.
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
