/* Names what must lie outside; where it lies is exposure.c's to find out. */
#include "decide/outside_root.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/quote.h"
#include "decide/exposure.h"
#include "decide/home_readers.h"
#include "decide/login_files.h"
#include "decide/path_walk.h"

/* One question, and for whom. */
struct asking {
	struct exposure exposure;
	const struct session *session;
	const struct policy *policy;
	const struct config_origin *origin;
	struct buf *why;
};

static void
put_whole_path(char whole[2 * PATH_MAX], const char *path)
{
	size_t len = 0;

	if (path[0] != '/' && getcwd(whole, PATH_MAX) != NULL)
		len = strlen(whole);
	whole[len] = '\0';
	snprintf(whole + len, 2 * PATH_MAX - len, "%s%s",
	    path[0] == '/' ? "" : "/", path);
}

/* Is a file of the administrator's out of the client's reach? */
static bool
is_outside(struct asking *asking, const char *path, const char *harm)
{
	not_zeroed char whole[2 * PATH_MAX];

	put_whole_path(whole, path);
	if (!path_is_exposed(&asking->exposure, AT_FDCWD, whole, asking->why))
		return true;
	buf_add_text(asking->why, ": the account could change ");
	quote_add(asking->why, path, strlen(path), 512);
	buf_addf(asking->why, " to %s; choose a root without it", harm);
	return false;
}

static bool
record_is_outside(struct asking *asking)
{
	const char *audit = asking->policy->audit;

	return strcmp(audit, "syslog") == 0 || strcmp(audit, "journal") == 0 ||
	       is_outside(asking, audit, "change the log");
}

/* filesonlyd's file of who may log in: the account's, or everybody's. */
static bool
keys_are_outside(struct asking *asking)
{
	static const char harm[] = "let others in";
	const char *served = asking->session->keys;
	const char *keys = asking->policy->authorized_keys;

	return (served == NULL || is_outside(asking, served, harm)) &&
	       (keys == NULL || is_outside(asking, keys, harm));
}

/*
 * A host key: who reads it can take the server's place, so that it may not be
 * seen, whatever the mode.
 */
static bool
host_key_is_outside(struct asking *asking, const char *path)
{
	struct buf *why = asking->why;
	auto_fd int fd = open(path, O_PATH | O_CLOEXEC);

	if (fd < 0 && errno != ENOENT) {
		buf_addf(why, "host key %s: %s", path, strerror(errno));
		return false;
	}
	if (fd >= 0 && exposure_shows(&asking->exposure, fd, why)) {
		buf_add_text(why, ": clients could take the server's place "
				  "by the host key ");
		quote_add(why, path, strlen(path), 512);
		buf_add_text(why, "; choose a root without it");
		return false;
	}
	return !policy_may_write(asking->policy) ||
	       is_outside(asking, path, "take the server's place");
}

static bool
host_keys_are_outside(struct asking *asking)
{
	const struct session *session = asking->session;

	for (size_t i = 0; i < session->host_key_count; i++) {
		if (!host_key_is_outside(asking, session->host_keys[i]))
			return false;
	}
	return true;
}

static bool
slots_are_outside(struct asking *asking)
{
	const struct policy *policy = asking->policy;
	not_zeroed char path[PATH_MAX + 32];

	if (policy->max_sessions == 0)
		return true;
	snprintf(path, sizeof(path), "%s/%u", policy->sessions_dir,
	    (unsigned)asking->session->uid);
	return is_outside(asking, path, "have more sessions");
}

/* The file and what is read beside it. */
static bool
configuration_is_outside(struct asking *asking)
{
	static const char harm[] = "have another policy";
	const char *file = asking->origin->file, *slash;
	not_zeroed char path[PATH_MAX + 300];
	int len;

	if (file == NULL)
		return true;
	slash = strrchr(file, '/');
	len = slash == NULL ? 0 : (int)(slash - file) + 1;
	if (!is_outside(asking, file, harm))
		return false;
	snprintf(path, sizeof(path), "%.*sconf.d", len, file);
	if (!is_outside(asking, path, harm))
		return false;
	snprintf(path, sizeof(path), "%.*susers.d/%s.conf", len, file,
	    asking->session->user);
	return is_outside(asking, path, harm);
}

/*
 * Ourselves, the login shell through which sshd runs us, and the rsync that we
 * run; the jail holds what rsync loads.
 */
static bool
programs_are_outside(struct asking *asking)
{
	static const char harm[] = "run a program of its own";
	const struct policy *policy = asking->policy;
	const char *shell = asking->session->shell;
	const char *program = asking->session->program;
	not_zeroed char self[PATH_MAX];
	ssize_t len = 0;

	if (program == NULL)
		len = readlink("/proc/self/exe", self, sizeof(self) - 1);
	if (len > 0) {
		self[len] = '\0';
		program = self;
	}
	if (program != NULL && !is_outside(asking, program, harm))
		return false;
	if (shell[0] == '/' && !is_outside(asking, shell, harm))
		return false;
	return !(policy->services & SERVICE_RSYNC) ||
	       is_outside(asking, policy->rsync, harm);
}

/* A login begins somewhere all the same, and finds its files there. */
static bool
home_is_unknown(struct asking *asking)
{
	if (!asking->session->home_is_odd)
		return false;
	buf_add_text(asking->why, "the account's home is no absolute path, and "
				  "can't be looked for in the writable root");
	return true;
}

static bool
home_is_outside(struct asking *asking)
{
	char room[PATH_MAX];
	struct buf *why = asking->why, readers;

	if (!home_is_unknown(asking) &&
	    !exposure_is_unclear(&asking->exposure, why) &&
	    !login_files_are_exposed(&asking->exposure, asking->session->home,
		why))
		return true;
	buf_init(&readers, room, sizeof(room));
	if (asking->origin->by_root &&
	    home_readers_are_none(asking->session, &readers)) {
		why->len = 0;
		return true;
	}
	if (readers.len > 0)
		buf_addf(why, " (not through the login shell, but %s)",
		    buf_text(&readers));
	buf_add_text(why, "; give it to another owner, choose a root without "
			  "it, or say --home-in-root");
	return false;
}

/* Did the administrator write it: a command line, root's configuration? */
static bool
may_vouch(const struct config_origin *origin)
{
	return origin->file == NULL || origin->by_root;
}

static bool
all_is_outside(struct asking *asking)
{
	if (!host_keys_are_outside(asking))
		return false;
	if (!policy_may_write(asking->policy))
		return true;
	if (!record_is_outside(asking) || !slots_are_outside(asking) ||
	    !keys_are_outside(asking))
		return false;
	if (asking->policy->home_in_root)
		return may_vouch(asking->origin) ||
		       configuration_is_outside(asking);
	return configuration_is_outside(asking) &&
	       programs_are_outside(asking) && home_is_outside(asking);
}

bool
outside_root_holds(const struct session *session, const struct policy *policy,
    const struct config_origin *origin, const struct root *root,
    struct buf *why)
{
	bool crosses =
	    !policy->one_file_system || (policy->services & SERVICE_RSYNC) != 0;
	not_zeroed struct asking asking;
	bool result;

	if (!policy_may_write(policy) && session->host_key_count == 0)
		return true;
	asking.session = session;
	asking.policy = policy;
	asking.origin = origin;
	asking.why = why;
	if (exposure_open(&asking.exposure, root, session->uid, crosses, why) ==
	    0) {
		result = all_is_outside(&asking);
	} else {
		/* Then the administrator must know what is mounted. */
		result = policy->home_in_root && may_vouch(origin);
		if (result)
			why->len = 0;
		else
			buf_add_text(why, "; say --home-in-root if the home "
					  "is not");
	}
	exposure_close(&asking.exposure);
	return result;
}
