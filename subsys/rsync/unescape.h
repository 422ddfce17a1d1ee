/*
 * rsync's own spelling of words that came by -s: quotes do not exist, and a
 * backslash escapes only inside a component that has a wildcard.
 */
#ifndef FILESONLY_SUBSYS_RSYNC_UNESCAPE_H
#define FILESONLY_SUBSYS_RSYNC_UNESCAPE_H

struct word;

/* Marks the word accordingly. Its text may become shorter. Pure. */
void rsync_unescape(struct word *word);

#endif
