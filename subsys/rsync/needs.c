/*
 * What a transfer needs of the machine beyond its root, found out from its
 * options before the walls stand, and what its client must hear of what could
 * not be had.
 */
#include "subsys/rsync/needs.h"

#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/io.h"
#include "confine/means.h"
#include "policy/policy.h"
#include "root/root.h"
#include "session/name_service.h"
#include "subsys/job.h"
#include "subsys/rsync/args.h"
#include "subsys/rsync/release.h"

/* Of rsync(1), "EXIT VALUES". */
enum { RERR_FILESELECT = 3, RERR_PARTIAL = 23 };

static void
needs_tell(const struct job *job, const char *text)
{
	io_say(job->err, text, strlen(text));
}

/*
 * Would the namespace keep attributes from rsync that its client asks for?
 * Root's lacks the right to trusted.*, an account's the ids of ACLs. Where
 * nobody can be asked in its place, root's client hears what is missing; of an
 * ACL rsync itself says so.
 */
bool
needs_attributes(const struct job *job, const struct rsync_args *args)
{
	static const char text[] =
	    "filesonly: trusted attributes are left out on this server\n";
	const struct means *means = job->means;
	bool roots =
	    means->view == VIEW_MOUNTS && rsync_args_have_letter(args, 'X');

	if (means->no_broker == NULL)
		return roots || (means->view == VIEW_USER &&
				    rsync_args_have_letter(args, 'A'));
	if (roots)
		needs_tell(job, text);
	return false;
}

/*
 * Does root receive devices or capabilities outside of a namespace? There a
 * device would live, so that rsync may neither make nor open one.
 */
bool
needs_devices(const struct job *job, const struct rsync_args *args)
{
	enum mode mode = job->policy->mode;

	return geteuid() == 0 && !args->sender &&
	       job->means->view == VIEW_HOST && job->means->landlock > 0 &&
	       job->means->no_broker == NULL &&
	       (mode == MODE_READ_WRITE || mode == MODE_WRITE_ONLY) &&
	       (rsync_args_have_letter(args, 'D') ||
		   rsync_args_have_option(args, "devices") ||
		   rsync_args_have_letter(args, 'X'));
}

/*
 * A sender follows the symlinks among the directories of a listed name, and
 * tells size, owner and times of what it finds.
 */
bool
needs_looks(const struct job *job, const struct rsync_args *args)
{
	const struct means *means = job->means;

	return args->sender && rsync_args_have(args, VALUE_LIST) &&
	       means->view == VIEW_HOST && means->landlock > 0 &&
	       means->listener && means->no_broker == NULL;
}

/* Does the transfer map owners by their names? */
static bool
needs_map_names(const struct rsync_args *args)
{
	return !rsync_args_have_option(args, "numeric-ids") &&
	       (rsync_args_have_letter(args, 'o') ||
		   rsync_args_have_letter(args, 'g') ||
		   rsync_args_have_letter(args, 'A'));
}

/*
 * Root's rsync has the names of /etc and, in a world of its own, those that
 * other services list. Returns false where /etc has all.
 */
bool
needs_names(const struct job *job, const struct rsync_args *args,
    struct name_list *names)
{
	if (geteuid() != 0 || !needs_map_names(args) ||
	    !name_service_is_there())
		return false;
	if (job->means->view == VIEW_MOUNTS &&
	    strcmp(job->policy->root, "/") != 0)
		name_list_load(names);
	return true;
}

/*
 * Where services may know more accounts than they list, owners may travel as
 * numbers that belong to somebody else on the other machine: a transfer that
 * went well otherwise has not, then. Returns its status.
 */
static int
needs_end_with_names(struct job *job, const struct name_list *names, int status)
{
	static const char text[] =
	    "filesonly: this server can't list all of its accounts: owners may "
	    "have been kept as numbers; use --numeric-ids\n";

	if (names == NULL || names->complete || status != 0)
		return status;
	job->reason = "names";
	needs_tell(job, text);
	return RERR_PARTIAL;
}

/*
 * Is there a directory at the path that we may open ourselves? In a drop box,
 * which opens none, it is enough that there is one.
 */
static bool
needs_is_directory(const struct job *job, const struct relpath *path)
{
	auto_fd int fd = -1;
	struct stat st;

	if (job->policy->mode == MODE_WRITE_ONLY)
		return root_stat(job->root, path, FOLLOW, &st) == 0 &&
		       S_ISDIR(st.st_mode);
	fd = root_open_directory(job->root, path);
	return fd >= 0;
}

/* Is there a directory for what was to be received? Not where a file has its
 * name: rsync refuses to put several files, or a directory, there. */
static bool
needs_destination_is_there(const struct job *job, const char *dest)
{
	struct relpath path, parent;
	char last[NAME_MAX + 1];
	struct stat st;

	if (dest == NULL || relpath_parse(&path, dest, strlen(dest), NULL) != 0)
		return false;
	if (root_stat(job->root, &path, FOLLOW, &st) == 0)
		return needs_is_directory(job, &path);
	return relpath_split(&path, &parent, last) == 0 &&
	       needs_is_directory(job, &parent);
}

/*
 * rsync 3.5.0 as published reads each directory on the way to its destination,
 * which a drop box does not let it, nor Landlock where its opens are not
 * answered by us (broker/ancestors.h): it says that the destination can't be
 * entered, though that is well. Builds that only pass through are not told
 * apart before.
 */
static void
needs_tell_release(struct job *job, const struct rsync_args *args,
    const char *dest, int status)
{
	static const char text[] =
	    "filesonly: this release of rsync can't enter the directory here; "
	    "the server needs another one\n";

	if (status != RERR_FILESELECT || args->sender ||
	    (job->means->view != VIEW_HOST &&
		job->policy->mode != MODE_WRITE_ONLY) ||
	    !release_has_option(job->policy->rsync, "confine-root") ||
	    !needs_destination_is_there(job, dest))
		return;
	job->reason = "release";
	needs_tell(job, text);
}

int
needs_end(struct job *job, const struct rsync_args *args,
    const struct name_list *names, const char *dest, int status)
{
	needs_tell_release(job, args, dest, status);
	return needs_end_with_names(job, names, status);
}
