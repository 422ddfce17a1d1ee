/* Why something failed, in words for the client, and one for the record. */
#ifndef FILESONLY_SUBSYS_SCP_REASON_H
#define FILESONLY_SUBSYS_SCP_REASON_H

/* Of an errno; valid until the next call. */
const char *reason_text(int error);

/* "ok" for 0, "denied", "missing" or "failed". */
const char *reason_word(int error);

#endif
