/* What sshd would do for one account, as "sshd -T" says it. */
#ifndef FILESONLY_CTL_SSHD_SETTINGS_H
#define FILESONLY_CTL_SSHD_SETTINGS_H

#include <stdbool.h>

#include "base/auto.h"

enum { SSHD_SETTINGS_MAX = 32 * 1024 };

struct sshd_settings {
	char text[SSHD_SETTINGS_MAX]; /* "keyword value" lines, lower case */
	char error[1024];             /* what sshd says instead */
};

/* Asks the program, with its configuration file (NULL: its own). Needs the
 * rights to read the host keys. Returns 0, or -1 with settings->error. */
int sshd_settings_load(struct sshd_settings *settings, const char *sshd,
    const char *config, const char *user) must_check;

/*
 * Copies the value of the keyword's line number index, from 0, to value.
 * Returns false where there is no such line.
 */
bool sshd_setting(const struct sshd_settings *settings, const char *keyword,
    unsigned index, char value[1024]);

/* Returns true where the first line of the keyword has this value. */
bool sshd_setting_is(const struct sshd_settings *settings, const char *keyword,
    const char *value);

#endif
