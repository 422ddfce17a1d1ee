/*
 * What sessions of an account would find, by explaining some (explanation.h) in
 * a child that has become the account.
 */
#ifndef FILESONLY_CTL_DOCTOR_SESSION_H
#define FILESONLY_CTL_DOCTOR_SESSION_H

#include <limits.h>
#include <stdbool.h>

#include "base/auto.h"
#include "ctl/doctor_root.h"
#include "session/session.h"

enum { DOCTOR_ANSWERS = 8, DOCTOR_ANSWER_SIZE = 1024 };

/* What rsync says of its release, where 3.5 is asked for. */
enum release { RELEASE_UNASKED, RELEASE_ASKED, RELEASE_OLD, RELEASE_NEW };

/* What the child has found; it comes through memory, and needs no parsing. */
struct doctor_session {
	bool was_asked; /* else all the rest is 0 */
	char ends[DOCTOR_ANSWERS][DOCTOR_ANSWER_SIZE]; /* reasons with 78 and
							* 126 */
	char lack[256]; /* what is gone on without */
	bool has_policy;
	char root[PATH_MAX], rsync[PATH_MAX], audit[PATH_MAX];
	bool serves_rsync, writes, owns_by_birth, wants_nameless, wants_3_5;
	bool loss_refuses;
	enum release release;  /* ASKED: it was, and has not answered */
	struct doctor_root on; /* what the root's file system says */
};

/*
 * Asks for the gate's command line. Returns NULL where there is no memory;
 * doctor_session_free ends it.
 */
struct doctor_session *doctor_session_ask(const struct session *session,
    const char *line) must_check;
void doctor_session_free(struct doctor_session *found);

#endif
