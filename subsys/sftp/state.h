/*
 * The state of one SFTP session, which the dispatcher and the handlers share.
 * A request's own values are not in it: they travel as struct fields.
 */
#ifndef FILESONLY_SUBSYS_SFTP_STATE_H
#define FILESONLY_SUBSYS_SFTP_STATE_H

#include <stdbool.h>
#include <stdint.h>

#include "limits/pace.h"
#include "policy/mode.h"
#include "root/cache.h"
#include "root/own.h"
#include "root/relpath.h"
#include "subsys/job.h"
#include "subsys/sftp/background.h"
#include "subsys/sftp/handles.h"
#include "subsys/sftp/out.h"
#include "subsys/owners.h"

/* The policy's answers, a bit for each act; an act in neither is refused. */
struct rights {
	unsigned yes; /* ACT_ bits: on anything in the root */
	unsigned own; /* ... only on what this session made */
};

/* The gate's answer to the request at hand. */
struct grant {
	struct own *only;     /* all that it may change; NULL: anything */
	enum answer existing; /* may it change or replace what has the name
			       * that it makes? */
	bool tells_names;     /* it may answer with names that are there
			       * and the client has not named */
};

struct sftp {
	struct job *job;
	struct relpath start; /* where relative paths begin, and "~" */
	struct handles handles;
	struct owners owners;
	struct root_cache cache;
	struct out out;
	struct background background;
	struct upload *uploads; /* that are not complete */
	uint64_t uploads_kept;  /* when uploads_keep did so; 0: never */
	struct pace pace;
	struct own own;       /* what this session may call its own */
	struct rights rights; /* of the policy */
	uint64_t closed;      /* rows that are not served (requests.h) */
	uint32_t id;          /* of the request at hand */
	enum status replied;  /* to it, where its handler gave a status */
	struct grant grant;   /* likewise */
	bool greeted;         /* INIT was answered */
};

#endif
