/*
 * scp's own command line, as the other end's scp asks for it: "scp -t TARGET"
 * takes files in (the sink), "scp -f FILE..." sends them (the source).
 */
#ifndef FILESONLY_SUBSYS_SCP_COMMAND_LINE_H
#define FILESONLY_SUBSYS_SCP_COMMAND_LINE_H

#include <stdbool.h>

#include "base/auto.h"
#include "request/refusal.h"
#include "request/words.h"

struct request;

struct scp_args {
	bool sink;      /* -t; else -f */
	bool recursive; /* -r */
	bool preserves; /* -p: times, and modes as they are */
	bool directory; /* -d: the target must be a directory */

	/*
	 * The paths. Braces are expanded; wildcards are not: they are the
	 * root's to answer (scp_paths.h). A leading "~" is gone, which leaves a
	 * path that begins where the session starts.
	 */
	struct words paths;

	/*
	 * Several words as the one name that they may be: clients send blanks
	 * as they are (scp -O, pscp, MINA, JSch). Empty, or one word.
	 */
	struct words joined;
};

/*
 * Reads the words behind "scp". Pure. Returns REFUSE_NOTHING with args, which
 * scp_args_free ends; or the refusal with verdict filled and args empty.
 */
enum refusal scp_args_parse(struct scp_args *args,
    const struct request *request, struct verdict *verdict) must_check;

void scp_args_free(struct scp_args *args);

#endif
