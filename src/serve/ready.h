/* Readiness for a service manager: sd_notify(3)'s protocol. */
#ifndef FILESONLY_SERVE_READY_H
#define FILESONLY_SERVE_READY_H

/* Remembers where to tell it (NOTIFY_SOCKET) and unsets the variable. */
void ready_prepare(void);

/* Sends one state, "READY=1"; nothing where nobody wants to know. */
void ready_tell(const char *state);

#endif
