/*
 * The rows. A row with a letter and a name may be spelled either way. The
 * columns are read by args.c (value), rules.c (fate and rules) and the tests.
 */
#include "subsys/rsync/option_table.h"

#include <string.h>

#define RO RULE_READ_ONLY
#define NO_DEL RULE_NO_DELETE
#define NO_OVER RULE_NO_OVERWRITE
#define WO RULE_WRITE_ONLY
#define CO RULE_CREATE_ONLY
#define LINKS RULE_LINKS

/* removes what is there */
#define DELETES (RO | NO_DEL | WO | CO)
/* reaches a file other than the one that --ignore-existing guards */
#define REACHES (NO_OVER | CO)
/* removes what has a name that rsync wants for itself: a file that is taken for
 * what is left of a cut transfer, a tree where a backup is to go */
#define REMOVES (NO_DEL | WO)
/* tells of content, equality or names; -m too: it makes a receiver read rules
 * from its client, which name files, whose text comes back in errors */
#define TELLS WO

#define NONE VALUE_NONE
#define BOTH SIDE_BOTH
#define SENDER SIDE_SENDER
#define RECEIVER SIDE_RECEIVER

static const char programs[] = "it names a program or its settings";
static const char files[] = "it names a file of the server";
static const char devices[] = "devices are not served";
static const char position[] = "it stands only at its place";
static const char never[] = "clients don't send it";
static const char network[] = "there is no network here";
static const char wire[] = "it would change the protocol";
static const char own_log[] = "the server keeps its own log";
static const char client_side[] = "it belongs to the client";
static const char secluded[] = "it stands only among the first letters";
static const char checks[] = "it would switch off checks";

// clang-format off
const struct rsync_option rsync_options[] = {
	/* letter, name,         value, fate, refused in, on side, dropped */

	/* what is transferred */
	{ 'r', "recursive",         NONE, PASS, 0, BOTH, 0, NULL },
	{ 'd', "dirs",              NONE, PASS, 0, BOTH, 0, NULL },
	{ 'R', "relative",          NONE, PASS, 0, BOTH, 0, NULL },
	{ 'l', "links",             NONE, PASS, 0, BOTH, 0, NULL },
	{ 'H', "hard-links",        NONE, PASS, 0, BOTH, 0, NULL },
	{ 'p', "perms",             NONE, PASS, 0, BOTH, 0, NULL },
	{ 'E', "executability",     NONE, PASS, 0, BOTH, 0, NULL },
	{ 'A', "acls",              NONE, PASS, 0, BOTH, 0, NULL },
	{ 'X', "xattrs",            NONE, PASS, 0, BOTH, 0, NULL },
	{ 'o', "owner",             NONE, PASS, 0, BOTH, 0, NULL },
	{ 'g', "group",             NONE, PASS, 0, BOTH, 0, NULL },
	{ 'D', NULL,                NONE, PASS, 0, BOTH, 0, NULL },
	{ 0,   "devices",           NONE, PASS, 0, BOTH, 0, NULL },
	{ 0,   "specials",          NONE, PASS, 0, BOTH, 0, NULL },
	{ 't', "times",             NONE, PASS, 0, BOTH, 0, NULL },
	{ 'U', "atimes",            NONE, PASS, 0, BOTH, 0, NULL },
	{ 'N', "crtimes",           NONE, PASS, 0, BOTH, 0, NULL },
	{ 'O', "omit-dir-times",    NONE, PASS, 0, BOTH, 0, NULL },
	{ 'J', "omit-link-times",   NONE, PASS, 0, BOTH, 0, NULL },
	{ 'S', "sparse",            NONE, PASS, 0, BOTH, 0, NULL },
	{ 'x', "one-file-system",   NONE, PASS, 0, BOTH, 0, NULL },
	{ 'm', "prune-empty-dirs",  NONE, PASS, TELLS, RECEIVER, 0, NULL },
	{ 'C', "cvs-exclude",       NONE, PASS, 0, BOTH, 0, NULL },
	{ 0,   "no-r",              NONE, PASS, 0, BOTH, 0, NULL },
	{ 0,   "no-d",              NONE, PASS, 0, BOTH, 0, NULL },
	{ 0,   "no-dirs",           NONE, PASS, 0, BOTH, 0, NULL },
	{ 0,   "no-relative",       NONE, PASS, 0, BOTH, 0, NULL },
	{ 0,   "no-implied-dirs",   NONE, PASS, 0, BOTH, 0, NULL },
	{ 0,   "no-specials",       NONE, PASS, 0, BOTH, 0, NULL },
	{ 0,   "numeric-ids",       NONE, PASS, 0, BOTH, 0, NULL },
	{ 0,   "safe-links",        NONE, PASS, 0, BOTH, 0, NULL },
	{ 0,   "munge-links",       NONE, PASS, 0, BOTH, 0, NULL },
	{ 0,   "drop-D",            NONE, PASS, 0, BOTH, 0, NULL },
	{ 0,   "open-noatime",      NONE, PASS, 0, BOTH, 0, NULL },
	{ 0,   "ignore-missing-args", NONE, PASS, 0, BOTH, 0, NULL },
	{ 0,   "usermap",     VALUE_MAP,  PASS, 0, BOTH, 0, NULL },
	{ 0,   "groupmap",    VALUE_MAP,  PASS, 0, BOTH, 0, NULL },
	{ 0,   "max-size",    VALUE_SIZE, PASS, 0, BOTH, 0, NULL },
	{ 0,   "min-size",    VALUE_SIZE, PASS, 0, BOTH, 0, NULL },
	{ 0,   "from0",             NONE, PASS, 0, BOTH, 0, NULL },
	{ 0,   "files-from",  VALUE_LIST, PASS, TELLS, BOTH, 0, NULL },
	{ 0,   "list-only",         NONE, PASS, TELLS, BOTH, 0, NULL },
	{ 'n', "dry-run",           NONE, PASS, TELLS, BOTH, 0, NULL },
	{ 'c', "checksum",          NONE, PASS, TELLS, BOTH, 0, NULL },

	/* which files are passed over */
	{ 'u', "update",            NONE, PASS, 0, BOTH, 0, NULL },
	{ 'I', "ignore-times",      NONE, PASS, 0, BOTH, 0, NULL },
	{ 0,   "size-only",         NONE, PASS, 0, BOTH, 0, NULL },
	{ 0,   "existing",          NONE, PASS, 0, BOTH, 0, NULL },
	{ 0,   "ignore-existing",   NONE, PASS, 0, BOTH, 0, NULL },
	{ 0,   "ignore-non-existing", NONE, PASS, 0, BOTH, 0, NULL },
	{ '@', "modify-window", VALUE_SIGNED, PASS, 0, BOTH, 0, NULL },

	/* how a file is written */
	{ 'W', "whole-file",        NONE, PASS, 0, BOTH, 0, NULL },
	{ 0,   "no-W",              NONE, PASS, 0, BOTH, WO, NULL },
	{ 'y', "fuzzy",             NONE, PASS, TELLS, RECEIVER, 0, NULL },
	{ 0,   "inplace",           NONE, PASS, CO, RECEIVER, NO_OVER, NULL },
	{ 0,   "append",            NONE, PASS, REACHES | TELLS, RECEIVER, 0,
	    NULL },
	{ 0,   "partial",           NONE, PASS, 0, RECEIVER, REACHES, NULL },
	{ 0,   "partial-dir",    VALUE_PARTIAL, PASS, REACHES, RECEIVER, REMOVES,
	    NULL },
	{ 0,   "delay-updates",     NONE, PASS, REACHES, RECEIVER, 0, NULL },
	{ 0,   "temp-dir",        VALUE_BESIDE, PASS, 0, RECEIVER, 0, NULL },
	{ 'b', "backup",            NONE, PASS, REACHES, RECEIVER, 0, NULL },
	{ 0,   "backup-dir",      VALUE_BESIDE, PASS, REACHES, RECEIVER, 0,
	    NULL },
	{ 0,   "suffix",          VALUE_ENDING, PASS, REACHES, RECEIVER, 0,
	    NULL },
	{ 0,   "compare-dest",    VALUE_BESIDE, PASS, TELLS, RECEIVER, 0, NULL },
	{ 0,   "copy-dest",       VALUE_BESIDE, PASS, TELLS, RECEIVER, 0, NULL },
	{ 0,   "link-dest",       VALUE_BESIDE, PASS, TELLS, RECEIVER, 0, NULL },
	{ 0,   "mkpath",            NONE, PASS, 0, BOTH, 0, NULL },
	{ 0,   "preallocate",       NONE, PASS, 0, BOTH, 0, NULL },
	{ 0,   "fsync",             NONE, PASS, 0, BOTH, 0, NULL },
	{ 0,   "fake-super",        NONE, PASS, CO, RECEIVER, 0, NULL },
	{ 0,   "no-super",          NONE, PASS, 0, BOTH, 0, NULL },
	{ 0,   "super",             NONE, DROP, 0, BOTH, 0, NULL },
	{ 0,   "only-write-batch", VALUE_X, PASS, TELLS, BOTH, 0, NULL },

	/* what is removed; what a receiver is told of its client's own
	 * files (remove) or of missing sources is no removal here */
	{ 0,   "delete",            NONE, PASS, DELETES, BOTH, 0, NULL },
	{ 0,   "del",               NONE, PASS, DELETES, BOTH, 0, NULL },
	{ 0,   "delete-before",     NONE, PASS, DELETES, BOTH, 0, NULL },
	{ 0,   "delete-during",     NONE, PASS, DELETES, BOTH, 0, NULL },
	{ 0,   "delete-delay",      NONE, PASS, DELETES, BOTH, 0, NULL },
	{ 0,   "delete-after",      NONE, PASS, DELETES, BOTH, 0, NULL },
	{ 0,   "delete-excluded",   NONE, PASS, DELETES, BOTH, 0, NULL },
	{ 0,   "delete-missing-args", NONE, PASS, DELETES, RECEIVER, 0, NULL },
	{ 0,   "force",             NONE, PASS, DELETES, BOTH, 0, NULL },
	{ 0,   "ignore-errors",     NONE, PASS, DELETES, RECEIVER, 0, NULL },
	{ 0,   "remove-source-files", NONE, PASS, DELETES, SENDER, 0, NULL },
	{ 0,   "remove-sent-files", NONE, PASS, DELETES, SENDER, 0, NULL },
	{ 0,   "max-delete", VALUE_SIGNED, PASS, 0, BOTH, 0, NULL },

	/* symlinks that are followed: only where nothing lies outside */
	{ 'L', "copy-links",        NONE, PASS, LINKS, BOTH, 0, NULL },
	{ 'k', "copy-dirlinks",     NONE, PASS, LINKS, BOTH, 0, NULL },
	{ 'K', "keep-dirlinks",     NONE, PASS, LINKS, BOTH, 0, NULL },
	{ 0,   "copy-unsafe-links", NONE, PASS, LINKS, SENDER, LINKS, NULL },

	/* the conversation */
	{ 'v', "verbose",           NONE, PASS, 0, BOTH, 0, NULL },
	{ 'q', "quiet",             NONE, PASS, 0, BOTH, 0, NULL },
	{ 'z', "compress",          NONE, PASS, 0, BOTH, 0, NULL },
	{ 0,   "new-compress",      NONE, PASS, 0, BOTH, 0, NULL },
	{ 0,   "old-compress",      NONE, PASS, 0, BOTH, 0, NULL },
	{ 0,   "compress-choice", VALUE_NAMES, PASS, 0, BOTH, 0, NULL },
	{ 0,   "compress-level", VALUE_SIGNED, PASS, 0, BOTH, 0, NULL },
	{ 0,   "compress-threads", VALUE_DIGITS, DROP, 0, BOTH, 0, NULL },
	{ 0,   "skip-compress", VALUE_ENDINGS, PASS, 0, BOTH, 0, NULL },
	{ 0,   "checksum-choice", VALUE_NAMES, PASS, 0, BOTH, 0, NULL },
	{ 0,   "checksum-seed", VALUE_DIGITS, PASS, 0, BOTH, 0, NULL },
	{ 'B', "block-size",     VALUE_BLOCK, PASS, 0, BOTH, 0, NULL },
	{ 0,   "bwlimit",       VALUE_DIGITS, PASS, 0, BOTH, 0, NULL },
	{ 0,   "timeout",       VALUE_DIGITS, PASS, 0, BOTH, 0, NULL },
	{ 0,   "max-alloc",      VALUE_ALLOC, PASS, 0, BOTH, 0, NULL },
	{ 0,   "iconv",        VALUE_CHARSET, PASS, 0, BOTH, 0, NULL },
	{ 0,   "info",            VALUE_INFO, PASS, 0, BOTH, 0, NULL },
	{ 0,   "log-format",    VALUE_FORMAT, PASS, 0, BOTH, 0, NULL },
	{ 0,   "stats",             NONE, PASS, 0, BOTH, 0, NULL },
	{ 0,   "stderr",        VALUE_STDERR, PASS, 0, BOTH, 0, NULL },
	{ 0,   "msgs2stderr",       NONE, PASS, 0, BOTH, 0, NULL },
	{ 0,   "no-msgs2stderr",    NONE, PASS, 0, BOTH, 0, NULL },
	{ '8', "8-bit-output",      NONE, PASS, 0, BOTH, 0, NULL },
	{ 'h', "human-readable",    NONE, DROP, 0, BOTH, 0, NULL },
	{ 0,   "use-qsort",         NONE, DROP, 0, BOTH, 0, NULL },
	{ 0,   "cache",             NONE, DROP, 0, BOTH, 0, NULL },
	{ 0,   "no-cache",          NONE, DROP, 0, BOTH, 0, NULL },
	{ 'e', NULL,        VALUE_SUFFIX, PASS, 0, BOTH, 0, NULL },
	{ 's', NULL,                NONE, DROP, 0, BOTH, 0, NULL },

	/* never */
	{ 0, "server",             NONE, REFUSE, 0, BOTH, 0, position },
	{ 0, "sender",             NONE, REFUSE, 0, BOTH, 0, position },
	{ 0, "daemon",             NONE, REFUSE, 0, BOTH, 0, programs },
	{ 0, "config",        VALUE_ANY, REFUSE, 0, BOTH, 0, programs },
	{ 0, "dparam",        VALUE_ANY, REFUSE, 0, BOTH, 0, programs },
	{ 0, "rsh",           VALUE_ANY, REFUSE, 0, BOTH, 0, programs },
	{ 0, "rsync-path",    VALUE_ANY, REFUSE, 0, BOTH, 0, programs },
	{ 0, "remote-option", VALUE_ANY, REFUSE, 0, BOTH, 0, client_side },
	{ 0, "log-file",      VALUE_ANY, REFUSE, 0, BOTH, 0, own_log },
	{ 0, "log-file-format", VALUE_ANY, REFUSE, 0, BOTH, 0, own_log },
	{ 0, "out-format",    VALUE_ANY, REFUSE, 0, BOTH, 0, never },
	{ 0, "password-file", VALUE_ANY, REFUSE, 0, BOTH, 0, files },
	{ 0, "early-input",   VALUE_ANY, REFUSE, 0, BOTH, 0, files },
	{ 0, "write-batch",   VALUE_ANY, REFUSE, 0, BOTH, 0, files },
	{ 0, "read-batch",    VALUE_ANY, REFUSE, 0, BOTH, 0, files },
	{ 0, "exclude-from",  VALUE_ANY, REFUSE, 0, BOTH, 0, files },
	{ 0, "include-from",  VALUE_ANY, REFUSE, 0, BOTH, 0, files },
	{ 0, "filter",        VALUE_ANY, REFUSE, 0, BOTH, 0, files },
	{ 0, "exclude",       VALUE_ANY, REFUSE, 0, BOTH, 0, never },
	{ 0, "include",       VALUE_ANY, REFUSE, 0, BOTH, 0, never },
	{ 0, "write-devices",      NONE, REFUSE, 0, BOTH, 0, devices },
	{ 0, "copy-devices",       NONE, REFUSE, 0, BOTH, 0, devices },
	{ 0, "confine-root",  VALUE_ANY, REFUSE, 0, BOTH, 0, files },
	{ 0, "no-munge-links",     NONE, REFUSE, 0, BOTH, 0, checks },
	{ 0, "insecure-links",     NONE, REFUSE, 0, BOTH, 0, checks },
	{ 0, "no-insecure-links",  NONE, REFUSE, 0, BOTH, 0, never },
	{ 0, "trust-sender",       NONE, REFUSE, 0, BOTH, 0, checks },
	{ 0, "debug",         VALUE_ANY, REFUSE, 0, BOTH, 0,
	    "its texts tell of the server" },
	{ 0, "chown",         VALUE_ANY, REFUSE, 0, BOTH, 0, never },
	{ 0, "chmod",         VALUE_ANY, REFUSE, 0, BOTH, 0, never },
	{ 0, "copy-as",       VALUE_ANY, REFUSE, 0, BOTH, 0,
	    "the account can't be changed" },
	{ 0, "no-whole-file",      NONE, REFUSE, 0, BOTH, 0, never },
	{ 0, "no-D",               NONE, REFUSE, 0, BOTH, 0, wire },
	{ 0, "no-devices",         NONE, REFUSE, 0, BOTH, 0, wire },
	{ 0, "protocol",      VALUE_ANY, REFUSE, 0, BOTH, 0, wire },
	{ 0, "sockopts",      VALUE_ANY, REFUSE, 0, BOTH, 0, network },
	{ 0, "address",       VALUE_ANY, REFUSE, 0, BOTH, 0, network },
	{ 0, "port",          VALUE_ANY, REFUSE, 0, BOTH, 0, network },
	{ 0, "secluded-args",      NONE, REFUSE, 0, BOTH, 0, secluded },
	{ 0, "protect-args",       NONE, REFUSE, 0, BOTH, 0, secluded },
	{ 0, "no-secluded-args",   NONE, REFUSE, 0, BOTH, 0, secluded },
	{ 0, "old-args",           NONE, REFUSE, 0, BOTH, 0, client_side },
	{ 0, "stop-after",    VALUE_ANY, REFUSE, 0, BOTH, 0, client_side },
	{ 0, "stop-at",       VALUE_ANY, REFUSE, 0, BOTH, 0, client_side },
	{ 0, "outbuf",        VALUE_ANY, REFUSE, 0, BOTH, 0, client_side },
	{ 0, "version",            NONE, REFUSE, 0, BOTH, 0, client_side },
	{ 0, "help",               NONE, REFUSE, 0, BOTH, 0, client_side },
	{ 0, "extended-attributes", NONE, REFUSE, 0, BOTH, 0,
	    "the server's rsync does not know Apple's option; use -X" },
	{ 0, NULL, NONE, REFUSE, 0, BOTH, 0, NULL },
};

const struct rsync_forced rsync_forced[] = {
	{ WO,          RECEIVER, 0,   "--whole-file" },
	{ REACHES,     RECEIVER, 0,   "--ignore-existing" },
	{ REMOVES,     RECEIVER, 0,   "--max-delete=0" },
	{ RULE_MUNGE,  BOTH,     0,   "--munge-links" },
	{ RULE_ONE_FS, BOTH,     'x', "--one-file-system" },
	{ 0,           BOTH,     0,   NULL },
};

static const struct {
	unsigned rule;
	const char *reason;
} reasons[] = {
	{ RO,      "the account may only read" },
	{ NO_DEL,  "the account may not delete" },
	{ CO,      "the account may only create what is not there" },
	{ WO,      "the account may only write" },
	{ NO_OVER, "the account may not change what exists" },
	{ LINKS,   "symlinks are followed only in a namespace jail" },
};
// clang-format on

const struct rsync_option *
rsync_option_letter(char letter)
{
	const struct rsync_option *row = rsync_options;

	for (; row->letter != 0 || row->name != NULL; row++) {
		if (letter != 0 && row->letter == letter)
			return row;
	}
	return NULL;
}

const struct rsync_option *
rsync_option_name(const char *name, size_t len)
{
	const struct rsync_option *row = rsync_options;

	for (; row->letter != 0 || row->name != NULL; row++) {
		if (row->name != NULL && strlen(row->name) == len &&
		    memcmp(row->name, name, len) == 0)
			return row;
	}
	return NULL;
}

const char *
rsync_rule_reason(unsigned rules)
{
	for (size_t i = 0; i < sizeof(reasons) / sizeof(reasons[0]); i++) {
		if (rules & reasons[i].rule)
			return reasons[i].reason;
	}
	return NULL;
}
