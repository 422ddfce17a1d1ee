/* Where a record's name leads, and whether anything may be changed there. */
#include "subsys/scp/sink_state.h"

#include <errno.h>

#include "policy/policy.h"
#include "record/record.h"
#include "subsys/job.h"
#include "subsys/scp/reason.h"

bool
sink_may_change(struct sink *sink, const char *shown)
{
	if (sink->job->policy->audit_loss != AUDIT_REFUSE ||
	    record_is_well(sink->job->record))
		return true;
	peer_refuse(&sink->peer, shown, "what is done can't be recorded");
	return false;
}

/* The target itself is the name where it is no directory (yet). */
bool
sink_go(struct sink *sink, const struct control *control, size_t *mark)
{
	const char *fault =
	    control_name_fault(control->name, control->name_len);

	*mark = place_mark(&sink->place);
	if (fault == NULL && sink->at_names &&
	    place_enter(&sink->place, control->name, control->name_len) != 0)
		fault = reason_text(errno == ENOENT ? EACCES : errno);
	if (fault == NULL)
		return true;
	peer_refuse(&sink->peer,
	    place_shown_with(&sink->place, control->name, control->name_len),
	    fault);
	return false;
}
