/*
 * doctor: what is left open beside a restricted account, and what would end
 * its sessions. Changes nothing; each finding names the line that mends it.
 */
#include "ctl/doctor.h"

#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "ctl/account_session.h"
#include "ctl/arguments.h"
#include "ctl/gate_program.h"
#include "ctl/say.h"
#include "ctl/verbs.h"

int
verb_doctor(int argc, char **argv)
{
	static struct doctor doctor = { .sshd = "/usr/sbin/sshd" };
	static char gate[PATH_MAX], name[256];
	const struct passwd *own = getpwuid(getuid());
	const char *user = NULL;
	bool as_json = false;
	const struct argument table[] = { { "json", &as_json, NULL },
		{ "user", NULL, &user }, { "sshd", NULL, &doctor.sshd },
		{ "sshd-config", NULL, &doctor.sshd_config },
		{ NULL, NULL, NULL } };
	int count = arguments_take(argv, argc, table, false), status;

	if (count < 0)
		return CTL_USAGE;
	if (count > 0)
		return say_usage("doctor takes no words: ", argv[1]);
	if (user == NULL && own == NULL)
		return say_failure("the calling account has no name", NULL);
	snprintf(name, sizeof(name), "%s", user != NULL ? user : own->pw_name);
	if (!account_session(name, &doctor.session))
		return say_failure("no such account on this machine: ", name);
	doctor.session.program = gate_program(gate);
	if (doctor.session.program == NULL)
		return say_failure("there is no filesonly beside filesonlyctl",
		    NULL);
	doctor_look_at_sshd(&doctor);
	doctor_look_at_account(&doctor);
	doctor_look_at_server(&doctor);
	findings_print(&doctor.findings, as_json);
	status = doctor.findings.count >
			 findings_count(&doctor.findings, SEVERITY_NOTE)
		     ? CTL_FINDING
		     : CTL_FINE;
	findings_free(&doctor.findings);
	for (size_t i = 0; i < doctor.line_count; i++)
		free(doctor.lines[i]);
	return status;
}
