/* What an errno is called, in the same words by whatever libc we are linked. */
#ifndef FILESONLY_BASE_ERRTEXT_H
#define FILESONLY_BASE_ERRTEXT_H

/*
 * Returns the words that glibc's strerror(3) has, which are those that people
 * and their log readers know; never NULL, valid until the next call.
 */
const char *error_text(int error);

#endif
