/* Names of the world of create-only (kept.h), at random. */
#ifndef FILESONLY_TESTS_RACE_COMMON_KEPT_NAMES_H
#define FILESONLY_TESTS_RACE_COMMON_KEPT_NAMES_H

struct requester;

enum kept_area {
	KEPT_OUTSIDE, /* what exists, and what sessions make beside it */
	KEPT_FLIPPED, /* the same, while names are exchanged */
	KEPT_FREE,
	KEPT_AREAS,
	KEPT_OWN = KEPT_AREAS, /* what is exchanged with what sessions make */
	KEPT_TARGETS,          /* texts of symlinks */
};

const char *kept_name(struct requester *requester, unsigned area);

#endif
