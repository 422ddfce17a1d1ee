/* The sink's record of a file. */
#ifndef FILESONLY_SUBSYS_SCP_SINK_FILE_H
#define FILESONLY_SUBSYS_SCP_SINK_FILE_H

struct control;
struct sink;

/* Takes the file in, or says why not: then its bytes do not come. */
void sink_file(struct sink *sink, const struct control *control);

#endif
