/* The statuses that scripts see, and what is said on stderr with them. */
#ifndef FILESONLY_CTL_SAY_H
#define FILESONLY_CTL_SAY_H

enum {
	CTL_FINE = 0,
	CTL_FINDING = 1,        /* there is something to mend, or it failed */
	CTL_USAGE = 2,          /* the command line is wrong */
	CTL_CONFIGURATION = 78, /* a configuration is */
};

/* Says "filesonlyctl: TEXT" with the word quoted behind it (NULL: none) on
 * stderr. Returns CTL_USAGE. */
int say_usage(const char *text, const char *word);

/* The same for what is no fault of the command line. Returns CTL_FINDING. */
int say_failure(const char *text, const char *word);

/* Says that the file can't be read, and why (errno). Returns CTL_FINDING. */
int say_unreadable(const char *file);

#endif
