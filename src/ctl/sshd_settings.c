/* Match blocks are sshd's to judge: it is asked for this very account. */
#include "ctl/sshd_settings.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "ctl/captured.h"

int
sshd_settings_load(struct sshd_settings *settings, const char *sshd,
    const char *config, const char *user)
{
	static char dump[] = "-T", criteria[] = "-C", file[] = "-f";
	char who[512], *argv[8] = { NULL };
	size_t count = 0;
	int status;

	snprintf(who, sizeof(who), "user=%s,host=localhost,addr=127.0.0.1",
	    user);
	argv[count++] = (char *)(uintptr_t)sshd;
	argv[count++] = dump;
	argv[count++] = criteria;
	argv[count++] = who;
	if (config != NULL) {
		argv[count++] = file;
		argv[count++] = (char *)(uintptr_t)config;
	}
	status = captured_run(argv, settings->text, sizeof(settings->text),
	    settings->error, sizeof(settings->error));
	settings->error[strcspn(settings->error, "\r\n")] = '\0';
	if (status == 0)
		return 0;
	if (settings->error[0] == '\0')
		snprintf(settings->error, sizeof(settings->error),
		    "%.500s can't be run", sshd);
	return -1;
}

bool
sshd_setting(const struct sshd_settings *settings, const char *keyword,
    unsigned index, char value[1024])
{
	size_t len = strlen(keyword);

	for (const char *at = settings->text; *at != '\0';) {
		size_t line = strcspn(at, "\n");

		if (line > len && at[len] == ' ' &&
		    memcmp(at, keyword, len) == 0 && index-- == 0) {
			snprintf(value, 1024, "%.*s", (int)(line - len - 1),
			    at + len + 1);
			return true;
		}
		at += line + (at[line] == '\n');
	}
	return false;
}

bool
sshd_setting_is(const struct sshd_settings *settings, const char *keyword,
    const char *value)
{
	char found[1024];

	return sshd_setting(settings, keyword, 0, found) &&
	       strcmp(found, value) == 0;
}
