/*
 * What the file system of an account's root can do, and so which modes work
 * there whole. Facts, told as notes.
 */
#ifndef FILESONLY_CTL_DOCTOR_ROOT_H
#define FILESONLY_CTL_DOCTOR_ROOT_H

#include "ctl/doctor.h"
#include "root/quota.h"

enum nameless { NAMELESS_UNTRIED, NAMELESS_LACKS, NAMELESS_HAS };

/* Has no pointers: a child fills it in shared memory. All 0: not asked. */
struct doctor_root {
	bool is_open; /* the rest says something */
	bool may_write;
	bool keeps_births; /* it tells the root's own, and that can be
			    * believed */
	bool noreplace;    /* false: only a try tells */
	enum nameless nameless;
	bool has_quota;
	struct quota quota;
	char type[32];
};

/* Asks, as the account. Leaves nothing: a nameless file goes as it came. */
void doctor_root_ask(struct doctor_root *on, const char *path);

/* Tells the facts. */
void doctor_root_tell(struct doctor *doctor, const struct doctor_root *on,
    const char *path);

#endif
