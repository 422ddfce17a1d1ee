/*
 * filesonlyd says which libssh it runs with. By its number alone a libssh that
 * a distribution has mended can't be told from one that accepts packets that
 * were tampered with (CVE-2026-59847, AES-GCM). The build tries that, and
 * offers AES-GCM only where it is mended; so wrong is only an older library
 * than the build's.
 */
#include <stdio.h>
#include <string.h>

#include "ctl/captured.h"
#include "ctl/doctor.h"

void
doctor_look_at_server(struct doctor *doctor)
{
	char text[512], errors[512], path[PATH_MAX + 2];
	char option[] = "--version", *argv[] = { path, option, NULL };
	char *library;

	snprintf(path, sizeof(path), "%sd", doctor->session.program);
	if (captured_run(argv, text, sizeof(text), errors, sizeof(errors)) != 0)
		return;
	library = strstr(text, "\nlibssh ");
	if (library == NULL)
		return;
	library[0] = '\0';
	library++;
	library[strcspn(library, "\n")] = '\0';
	if (strstr(library, ", AES-GCM is offered, older ") != NULL)
		doctor_tell(doctor, SEVERITY_WARNING,
		    "filesonlyd runs with an older libssh than it was built "
		    "with",
		    "the build saw AES-GCM refuse what was tampered with; an "
		    "older libssh may accept it (CVE-2026-59847)",
		    "install the libssh of the build, or build filesonlyd "
		    "again");
	snprintf(path, sizeof(path), "%s runs with %s", text, library);
	doctor_tell(doctor, SEVERITY_NOTE, path, NULL, NULL);
}
