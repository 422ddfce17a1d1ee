/*
 * What the command line of one session takes away and no key can say: facts
 * of this session, beside the policy of the account.
 */
#ifndef FILESONLY_POLICY_RESTRICTIONS_H
#define FILESONLY_POLICY_RESTRICTIONS_H

#include <stdbool.h>

/* Starts as {0}: nothing is taken away. Texts but below are borrowed (argv). */
struct restrictions {
	const char *rrsync;        /* argv[0] where we are called by that name:
				    * its texts, and its rules on rsync (a
				    * lock for pulls, -no-del for --remove-*,
				    * no followed symlinks); else NULL */
	bool push_only;            /* rrsync -wo: nothing can be pulled */
	const char *only_requests; /* sftp-server -p, a comma list, or NULL */
	const char *no_requests;   /* sftp-server -P, likewise */
	char *below;               /* owned: a path in the root, which is served
				    * in its place; NULL: the root itself */
};

#endif
