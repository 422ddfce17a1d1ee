/* What the parts of doctor have in common. */
#include <string.h>
#include <sys/stat.h>

#include "ctl/doctor.h"

void
doctor_tell(struct doctor *doctor, enum severity severity, const char *what,
    const char *why, const char *mend)
{
	for (size_t i = 0; i < doctor->findings.count; i++) {
		if (strcmp(doctor->findings.at[i].what, what) == 0)
			return; /* several lines may have one fault */
	}
	findings_add(&doctor->findings,
	    &(const struct finding){ .severity = severity,
		.what = what,
		.why = why,
		.mend = mend });
}

bool
doctor_shell_is_gate(const struct doctor *doctor)
{
	struct stat shell, gate;

	return doctor->session.shell[0] == '/' &&
	       stat(doctor->session.shell, &shell) == 0 &&
	       stat(doctor->session.program, &gate) == 0 &&
	       shell.st_dev == gate.st_dev && shell.st_ino == gate.st_ino;
}
