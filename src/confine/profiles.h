/*
 * The jails by name: what each leaves to whoever is in it, in one table. How
 * that is held (which means) is chosen by what the kernel has (means.h).
 */
#ifndef FILESONLY_CONFINE_PROFILES_H
#define FILESONLY_CONFINE_PROFILES_H

#include <stdbool.h>
#include <stdint.h>

#include "confine/caps.h"
#include "confine/filter.h"
#include "confine/jail.h"
#include "policy/mode.h"

struct profile {
	const char *name;
	uint64_t rights;        /* Landlock's (LL_), in the root's tree */
	uint64_t devices;       /* more of them, where devices are dead */
	enum caps_keep caps;    /* what root keeps in a mount namespace */
	enum caps_keep in_ours; /* ... and without one */
	enum filter filter;     /* in a namespace */
	enum filter brokered;   /* without: the outside is there */
	enum filter deaf;       /* where no listener can be had; FILTER_COUNT:
				 * this jail is none without */
	enum filter supervisor; /* of who stays with a program */
};

/* The filter of a program, or a supervisor's, where another process has the
 * attributes. */
enum filter profile_with_attributes(enum filter filter) must_check;

/* A program's outside of a namespace, where it may look only at what lies in
 * the root. */
enum filter profile_with_looks(enum filter filter) must_check;

/* Never NULL. */
const struct profile *profile_of(enum jail_profile jail,
    enum mode mode) must_check;

#endif
