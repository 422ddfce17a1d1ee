/*
 * Births and O_TMPFILE are asked for. Whether a rename that replaces nothing
 * is there would take two names to try: of that the table of types speaks.
 */
#include "ctl/doctor_root.h"

#include <fcntl.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "root/abilities.h"
#include "root/root.h"
#include "root/space.h"

static bool
tells_birth(int fd)
{
	struct statx st;

	return statx(fd, "", AT_EMPTY_PATH, STATX_BTIME, &st) == 0 &&
	       (st.stx_mask & STATX_BTIME) != 0;
}

void
doctor_root_ask(struct doctor_root *on, const char *path)
{
	struct root root = { .fd = -1, .proc_fd = -1 };
	const struct file_system_type *type;
	auto_fd int nameless = -1;

	if (root_open(&root, path, false) != 0)
		return;
	on->is_open = true;
	type = abilities_type(root.fd);
	snprintf(on->type, sizeof(on->type), "%s",
	    type != NULL ? type->name : "a file system not known to us");
	on->keeps_births =
	    type != NULL && type->keeps_births && tells_birth(root.fd);
	on->noreplace = type != NULL && type->noreplace;
	on->has_quota = space_quota(&root, root.fd, &on->quota);
	on->may_write = faccessat(root.fd, ".", W_OK, AT_EACCESS) == 0;
	nameless = open(path, O_TMPFILE | O_WRONLY | O_CLOEXEC, 0600);
	if (nameless >= 0)
		on->nameless = NAMELESS_HAS;
	else if (on->may_write)
		on->nameless = NAMELESS_LACKS;
	root_close(&root);
}

__attribute__((format(printf, 3, 4))) static void
note(struct doctor *doctor, const char *path, const char *format, ...)
{
	char room[PATH_MAX + 512], text[512];
	struct buf what;
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	buf_init(&what, room, sizeof(room) - 1);
	buf_addf(&what, "%s: %s", path, text);
	doctor_tell(doctor, SEVERITY_NOTE, buf_text(&what), NULL, NULL);
}

/* "12 bytes of 100", or "12 bytes of any" */
static void
share_words(const struct quota_share *share, const char *unit, char *words,
    size_t size)
{
	if (share->limit == QUOTA_NONE)
		snprintf(words, size, "%" PRIu64 " %s, without a limit",
		    share->used, unit);
	else
		snprintf(words, size, "%" PRIu64 " %s of %" PRIu64, share->used,
		    unit, share->limit);
}

static void
tell_quota(struct doctor *doctor, const struct doctor_root *on,
    const char *path)
{
	char bytes[96], files[96];

	if (!on->has_quota) {
		note(doctor, path,
		    "no quota holds for the account, or none that it may see");
		return;
	}
	share_words(&on->quota.bytes, "bytes", bytes, sizeof(bytes));
	share_words(&on->quota.files, "files", files, sizeof(files));
	note(doctor, path, "a quota holds for the account; used: %s; %s", bytes,
	    files);
}

void
doctor_root_tell(struct doctor *doctor, const struct doctor_root *on,
    const char *path)
{
	static const char *const nameless[] = {
		[NAMELESS_UNTRIED] =
		    "files without a name (O_TMPFILE) were not tried: the "
		    "account may not write there",
		[NAMELESS_LACKS] =
		    "no files without a name (O_TMPFILE): an upload that is "
		    "not complete has a private name",
		[NAMELESS_HAS] = "has files without a name (O_TMPFILE)",
	};

	if (!on->is_open)
		return;
	note(doctor, path,
	    on->keeps_births
		? "on %s, which tells when a file was made: every mode works "
		  "there"
		: "on %s, which does not tell when a file was made: read-only "
		  "and read-write work there; with create-only and write-only "
		  "one connection can't finish what another began",
	    on->type);
	note(doctor, path, "%s", nameless[on->nameless]);
	note(doctor, path,
	    on->noreplace ? "has renames that replace nothing "
			    "(RENAME_NOREPLACE)"
			  : "renames that replace nothing (RENAME_NOREPLACE): "
			    "each session finds out, and goes on with links "
			    "where there are none");
	tell_quota(doctor, on, path);
}
