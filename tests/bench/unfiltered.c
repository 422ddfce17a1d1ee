/*
 * The gate with filters that are never loaded: what is left when these two
 * take the place of confine/filter.c tells what a filter costs. Linked with
 * the gate's own main; for the benchmark alone.
 */
#include "confine/filter.h"

#include <errno.h>

int
filter_load(enum filter filter)
{
	(void)filter;
	return 0;
}

int
filter_load_with_listener(enum filter filter)
{
	(void)filter;
	errno = ENOSYS;
	return -1;
}
