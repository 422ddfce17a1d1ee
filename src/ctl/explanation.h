/*
 * What a session would come to, found out by the steps that the gate takes
 * (decide/prepare.h), and by trying the jail in a child. Nothing is served,
 * executed, created or recorded.
 */
#ifndef FILESONLY_CTL_EXPLANATION_H
#define FILESONLY_CTL_EXPLANATION_H

#include <stdbool.h>
#include <stddef.h>

#include "base/names.h"
#include "confine/means.h"
#include "ctl/jail_trial.h"
#include "decide/decide.h"
#include "decide/invocation.h"
#include "decide/options.h"
#include "decide/policy_source.h"
#include "request/request.h"
#include "session/session.h"

/* Something that ends the session: its status, and why. */
struct reason {
	int status;
	char *why; /* owned */
};

struct explanation {
	const struct session *session; /* whose; we have become it, if we can */
	struct invocation invocation;  /* the gate's command line and request */
	struct options options;
	enum loaded loaded;
	struct session_policy granted;
	struct request request;
	struct means means;
	struct decision decision;
	const struct subsys *claimant; /* NULL: nobody */
	bool root_is_open;
	enum jail_trial trial; /* where there is a claimant and a root */
	struct jail_report jail;
	struct names argv;         /* what would be executed, if anything */
	struct reason reasons[16]; /* in the order the gate would meet them */
	size_t reason_count;
};

/*
 * Fills the explanation of a command line of the gate's (argv[0] is its name)
 * and a command of the client's (NULL: a login). What the command announces on
 * its standard input is read from in. explanation_free ends it.
 */
void explanation_make(struct explanation *explanation,
    const struct session *session, int argc, char *const *argv,
    const char *command, int in);
void explanation_free(struct explanation *explanation);

/* The status the session would end with before it serves; 0: it is served. */
int explanation_status(const struct explanation *explanation);

/* Prints it on stdout. */
void explanation_print(const struct explanation *explanation, bool as_json);

#endif
