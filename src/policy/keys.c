/* The keys of a policy: options and configuration have the same. Data only. */
#include <stddef.h>

#include "policy/policy.h"

static const struct key_word mode_words[] = {
	{ "read-write", MODE_READ_WRITE },
	{ "read-only", MODE_READ_ONLY },
	{ "write-only", MODE_WRITE_ONLY },
	{ "create-only", MODE_CREATE_ONLY },
	{ NULL, 0 },
};

static const struct key_word service_words[] = {
	{ "all", SERVICE_ALL },
	{ "sftp", SERVICE_SFTP },
	{ "rsync", SERVICE_RSYNC },
	{ "scp", SERVICE_SCP },
	{ "sum", SERVICE_SUM },
	{ "cmd", SERVICE_CMD },
	{ NULL, 0 },
};

static const struct key_word confine_words[] = {
	{ "require", CONFINE_REQUIRE },
	{ "prefer", CONFINE_PREFER },
	{ NULL, 0 },
};

static const struct key_word jail_words[] = {
	{ "auto", JAIL_AUTO },
	{ "namespace", JAIL_NAMESPACE },
	{ NULL, 0 },
};

static const struct key_word links_words[] = {
	{ "any", LINKS_ANY },
	{ "relative", LINKS_RELATIVE },
	{ "none", LINKS_NONE },
	{ NULL, 0 },
};

static const struct key_word sync_words[] = {
	{ "no", SYNC_NO },
	{ "close", SYNC_CLOSE },
	{ NULL, 0 },
};

static const struct key_word verify_words[] = {
	{ "none", VERIFY_NONE },
	{ "name", VERIFY_NAME },
	{ NULL, 0 },
};

static const struct key_word audit_hash_words[] = {
	{ "none", HASH_NONE },
	{ "sha256", HASH_SHA256 },
	{ NULL, 0 },
};

static const struct key_word names_words[] = {
	{ "system", NAMES_SYSTEM },
	{ "own", NAMES_OWN },
	{ "none", NAMES_NONE },
	{ NULL, 0 },
};

static const struct key_word audit_loss_words[] = {
	{ "count", AUDIT_COUNT },
	{ "refuse", AUDIT_REFUSE },
	{ NULL, 0 },
};

static const struct key_word audit_format_words[] = {
	{ "logfmt", AUDIT_LOGFMT },
	{ "json", AUDIT_JSON },
	{ NULL, 0 },
};

static const struct key_word rsync_version_words[] = {
	{ "any", RSYNC_ANY },
	{ "3.5", RSYNC_3_5 },
	{ NULL, 0 },
};

/* Sections of filesonly.conf(5). */
static const char served[] = "What is served";
static const char files[] = "What may happen to files";
static const char limits[] = "Limits";
static const char rsync[] = "rsync";
static const char logins[] = "filesonlyd";
static const char confinement[] = "Confinement and the log";

#define AT(member) offsetof(struct policy, member)

// clang-format off
const struct key policy_keys[] = {
	{ "root", served, KEY_PATH, "DIR", NARROW_ROOT, AT(root), NULL,
	    NULL, 0, 0, "the directory that is served" },
	{ "disabled", served, KEY_FLAG, NULL, NARROW_YES, AT(disabled), "no",
	    NULL, 0, 0, "nothing is served, and sessions that run end" },
	{ "expires", served, KEY_DATE, "DATE", NARROW_LESS, AT(expires), "none",
	    NULL, 0, 0, "the same from a date on: YYYYMMDD[HHMM[SS]][Z]" },
	{ "recheck", served, KEY_NUMBER, "SECONDS", NARROW_REFUSE, AT(recheck), "30",
	    NULL, 1, 30, "how often a session looks for these again" },
	{ "start-dir", served, KEY_PATH, "DIR", NARROW_TAKE, AT(start_dir), "/",
	    NULL, 0, 0, "where a session starts, inside the root" },
	{ "services", served, KEY_LIST, NULL, NARROW_COMMON, AT(services), "all",
	    service_words, 0, 0, "what is served" },
	{ "exact", served, KEY_COMMANDS, "COMMAND", NARROW_LISTED, AT(exact), "none",
	    NULL, 0, 0, "only this very command is served; may be repeated" },
	{ "one-file-system", served, KEY_FLAG, NULL, NARROW_YES, AT(one_file_system), "no",
	    NULL, 0, 0, "mounts below the root are not crossed" },
	{ "absolute", served, KEY_FLAG, NULL, NARROW_TAKE, AT(absolute), "no",
	    NULL, 0, 0, "paths may start with the root's own path" },
	{ "home-in-root", served, KEY_FLAG, NULL, NARROW_NO, AT(home_in_root), "no",
	    NULL, 0, 0, "the account's start-up files may lie inside" },
	{ "mode", files, KEY_WORD, NULL, NARROW_MODE, AT(mode), "read-write",
	    mode_words, 0, 0, "what may happen to files" },
	{ "delete", files, KEY_FLAG, NULL, NARROW_NO, AT(may_delete), "yes",
	    NULL, 0, 0, "files and directories may be removed" },
	{ "overwrite", files, KEY_FLAG, NULL, NARROW_NO, AT(may_overwrite), "yes",
	    NULL, 0, 0, "what exists may be changed, metadata too" },
	{ "own-window", files, KEY_NUMBER, "SECONDS", NARROW_LESS, AT(own_window), "3600",
	    NULL, 1, 86400, "how long a session may change what it made" },
	{ "free", files, KEY_DIRS, "DIR,...", NARROW_FREE, AT(free), "none",
	    NULL, 0, 0, "in create-only: directories that are read-write" },
	{ "hide", files, KEY_GLOBS, "GLOB,...", NARROW_ALSO, AT(hide), "none",
	    NULL, 0, 0, "names that are not shown" },
	{ "deny", files, KEY_GLOBS, "GLOB,...", NARROW_ALSO, AT(deny), "none",
	    NULL, 0, 0, "names that can't be opened or created" },
	{ "links", files, KEY_WORD, NULL, NARROW_LATER, AT(links), "any",
	    links_words, 0, 0, "what symlinks a client may create" },
	{ "set-id", files, KEY_FLAG, NULL, NARROW_NO, AT(set_id), "no",
	    NULL, 0, 0, "setuid and setgid bits of uploads are kept" },
	{ "atomic-uploads", files, KEY_FLAG, NULL, NARROW_YES, AT(atomic_uploads), "no",
	    NULL, 0, 0, "an upload gets its name when it is complete" },
	{ "sync", files, KEY_WORD, NULL, NARROW_LATER, AT(sync), "no",
	    sync_words, 0, 0, "uploads are flushed to the disk" },
	{ "verify", files, KEY_WORD, NULL, NARROW_LATER, AT(verify), "none",
	    verify_words, 0, 0, "a file named by its SHA-256 must have it" },
	{ "umask", files, KEY_OCTAL, "OCTAL", NARROW_EITHER, AT(umask), "none",
	    NULL, 0, 0777, "permission bits that new files don't get" },
	{ "file-mode", files, KEY_OCTAL, "OCTAL", NARROW_COMMON, AT(file_mode), "none",
	    NULL, 0, 0777, "the mode of each file that is created" },
	{ "dir-mode", files, KEY_OCTAL, "OCTAL", NARROW_COMMON, AT(dir_mode), "none",
	    NULL, 0, 03777, "the mode of each directory that is created" },
	{ "names", files, KEY_WORD, NULL, NARROW_LATER, AT(names), "system",
	    names_words, 0, 0, "whose user and group names listings show" },
	{ "max-file-size", limits, KEY_SIZE, "SIZE", NARROW_LESS, AT(max_file_size), "none",
	    NULL, 1, INT64_MAX, "bytes that one file may have" },
	{ "max-session-bytes", limits, KEY_SIZE, "SIZE", NARROW_LESS, AT(max_session_bytes), "none",
	    NULL, 1, INT64_MAX, "bytes that one session may move" },
	{ "bandwidth", limits, KEY_SIZE, "SIZE", NARROW_LESS, AT(bandwidth), "none",
	    NULL, 1024, INT64_MAX, "bytes a second, each way" },
	{ "idle-timeout", limits, KEY_NUMBER, "SECONDS", NARROW_LESS, AT(idle_timeout), "none",
	    NULL, 1, INT32_MAX, "seconds without a byte that end a session" },
	{ "session-timeout", limits, KEY_NUMBER, "SECONDS", NARROW_LESS, AT(session_timeout), "none",
	    NULL, 1, INT32_MAX, "seconds that a session may last" },
	{ "max-sessions", limits, KEY_NUMBER, "NUMBER", NARROW_LESS, AT(max_sessions), "none",
	    NULL, 1, 10000, "sessions of the account at a time" },
	{ "sessions-dir", limits, KEY_PATH, "DIR", NARROW_REFUSE, AT(sessions_dir), "/run/filesonly",
	    NULL, 0, 0, "where max-sessions counts them" },
	{ "munge-links", rsync, KEY_FLAG, NULL, NARROW_YES, AT(munge_links), "no",
	    NULL, 0, 0, "symlinks that arrive are made unusable" },
	{ "lock", rsync, KEY_FLAG, NULL, NARROW_YES, AT(lock), "no",
	    NULL, 0, 0, "one writing rsync at a time" },
	{ "rsync", rsync, KEY_PATH, "FILE", NARROW_REFUSE, AT(rsync), "/usr/bin/rsync",
	    NULL, 0, 0, "the rsync to run" },
	{ "rsync-version", rsync, KEY_WORD, NULL, NARROW_REFUSE, AT(rsync_version), "any",
	    rsync_version_words, 0, 0, "3.5: it has this version or a newer one" },
	{ "confine", confinement, KEY_WORD, NULL, NARROW_REFUSE, AT(confine), "require",
	    confine_words, 0, 0, "where the kernel can't: refuse or go on" },
	{ "jail", confinement, KEY_WORD, NULL, NARROW_REFUSE, AT(jail), "auto",
	    jail_words, 0, 0, "which means of confinement" },
	{ "audit", confinement, KEY_PATH, "syslog|journal|FILE", NARROW_REFUSE, AT(audit), "syslog",
	    NULL, 0, 0, "where the record goes" },
	{ "audit-loss", confinement, KEY_WORD, NULL, NARROW_REFUSE, AT(audit_loss), "count",
	    audit_loss_words, 0, 0, "changes without a log: count or refuse" },
	{ "audit-format", confinement, KEY_WORD, NULL, NARROW_REFUSE, AT(audit_format), "logfmt",
	    audit_format_words, 0, 0, "how a line is written" },
	{ "audit-hash", confinement, KEY_WORD, NULL, NARROW_LATER, AT(audit_hash), "none",
	    audit_hash_words, 0, 0, "the record has digests of uploads" },
	{ "authorized-keys", logins, KEY_PATH, "FILE", NARROW_REFUSE, AT(authorized_keys), NULL,
	    NULL, 0, 0, "the public keys that may log in to the account" },
	{ NULL, NULL, KEY_FLAG, NULL, NARROW_REFUSE, 0, NULL, NULL, 0, 0, NULL },
};
// clang-format on

_Static_assert(sizeof(policy_keys) / sizeof(policy_keys[0]) <= 64,
    "struct key_set has a bit for each");
