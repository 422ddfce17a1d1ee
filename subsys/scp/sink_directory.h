/* The sink's records of directories. */
#ifndef FILESONLY_SUBSYS_SCP_SINK_DIRECTORY_H
#define FILESONLY_SUBSYS_SCP_SINK_DIRECTORY_H

struct control;
struct sink;

/* Enters one, made if need be, or says why not: then nothing of it comes. */
void sink_enter(struct sink *sink, const struct control *control);

/* At its end: it gets mode and times. */
void sink_leave(struct sink *sink);

/* Closes what was entered and not left. */
void sink_leave_all(struct sink *sink);

#endif
