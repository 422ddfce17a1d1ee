/* Links are followed: what is installed in bin is one to lib/filesonly. */
#include "ctl/gate_program.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

const char *
gate_program(char path[PATH_MAX])
{
	static const char name[] = "/filesonly";
	char own[PATH_MAX + sizeof(name)];
	ssize_t len = readlink("/proc/self/exe", own, PATH_MAX - 1);
	char *slash;

	if (len <= 0)
		return NULL;
	own[len] = '\0';
	slash = strrchr(own, '/');
	if (slash == NULL)
		return NULL;
	memcpy(slash, name, sizeof(name));
	return realpath(own, path);
}

const char *
gate_program_name(char path[PATH_MAX])
{
	static const char name[] = "/filesonly";
	ssize_t len = readlink("/proc/self/exe", path, PATH_MAX - sizeof(name));
	char *slash;

	path[len < 0 ? 0 : len] = '\0';
	slash = strrchr(path, '/');
	if (slash == NULL)
		return "/usr/local/bin/filesonly";
	memcpy(slash, name, sizeof(name));
	return path;
}
