/*
 * All that a decision rests on beside the request. Values only, so that
 * deciding is a pure function of both.
 */
#ifndef FILESONLY_SUBSYS_TERMS_H
#define FILESONLY_SUBSYS_TERMS_H

struct means;
struct policy;
struct restrictions;

struct terms {
	const struct policy *policy;             /* of the account */
	const struct restrictions *restrictions; /* of this session */
	const struct means *means;               /* how it will be confined */
};

#endif
