/* Why something failed, in words for the client. */
#ifndef FILESONLY_SUBSYS_SCP_REASON_H
#define FILESONLY_SUBSYS_SCP_REASON_H

/* Of an errno; valid until the next call. */
const char *reason_text(int error);

#endif
