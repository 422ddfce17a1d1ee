/* The table of subsystems: the first that claims a request has it. */
#include "subsys/subsys.h"

#include <stddef.h>

#include "subsys/cmd/cmd.h"
#include "subsys/rsync/rsync.h"
#include "subsys/scp/scp.h"
#include "subsys/sftp/refused.h"
#include "subsys/sftp/sftp.h"
#include "subsys/sum/sum.h"

// clang-format off
const struct subsys subsystems[] = {
	{ "sftp",  SERVICE_SFTP,  JAIL_FILES,   sftp_claims,  NULL,
	    NULL,        NULL,              sftp_run,  sftp_refuse,
	    NULL },
	{ "rsync", SERVICE_RSYNC, JAIL_PROGRAM, rsync_claims, rsync_complete,
	    rsync_parse, rsync_parsed_free, rsync_run, NULL,
	    rsync_argv },
	{ "scp",   SERVICE_SCP,   JAIL_FILES,   scp_claims,   NULL,
	    scp_parse,   scp_parsed_free,   scp_run,   NULL,
	    NULL },
	{ "sum",   SERVICE_SUM,   JAIL_FILES,   sum_claims,   NULL,
	    sum_parse,   sum_parsed_free,   sum_run,   NULL,
	    NULL },
	{ "cmd",   SERVICE_CMD,   JAIL_FILES,   cmd_claims,   NULL,
	    cmd_parse,   cmd_parsed_free,   cmd_run,   NULL,
	    NULL },
	{ NULL, 0, 0, NULL, NULL, NULL, NULL, NULL, NULL, NULL },
};
// clang-format on

const struct subsys *
subsys_claiming(const struct request *request)
{
	if (request->refusal != REFUSE_NOTHING)
		return NULL;
	for (const struct subsys *row = subsystems; row->name != NULL; row++) {
		if (row->claims(request))
			return row;
	}
	return NULL;
}
