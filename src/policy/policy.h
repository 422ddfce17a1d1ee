/*
 * What an account may do. Built from one table of keys (keys.c) by the
 * command line and the configuration alike; const once it is loaded.
 */
#ifndef FILESONLY_POLICY_POLICY_H
#define FILESONLY_POLICY_POLICY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/auto.h"
#include "base/buf.h"
#include "policy/mode.h"
#include "request/refusal.h"

enum service {
	SERVICE_SFTP = 1 << 0,
	SERVICE_RSYNC = 1 << 1,
	SERVICE_SCP = 1 << 2, /* the protocol of scp before it spoke SFTP */
	SERVICE_SUM = 1 << 3, /* md5sum and the like, as commands */
	SERVICE_CMD = 1 << 4, /* ls, mkdir, df and what else people type */
	SERVICE_ALL = SERVICE_SFTP | SERVICE_RSYNC | SERVICE_SCP | SERVICE_SUM |
		      SERVICE_CMD,
};

enum confine {
	CONFINE_REQUIRE, /* a missing kernel feature refuses */
	CONFINE_PREFER,  /* ... is logged, and the session goes on */
};

enum jail_wish {
	JAIL_AUTO,      /* the best that the kernel has */
	JAIL_NAMESPACE, /* the mount namespace jail, or nothing */
};

/* What symlinks a client may create. */
enum links {
	LINKS_ANY,
	LINKS_RELATIVE, /* whose target stays inside; rsync's are munged */
	LINKS_NONE,
};

/* What is on the disk when a client hears that it is done. */
enum sync {
	SYNC_NO,
	SYNC_CLOSE, /* an upload that was closed, and its name */
};

/* Which files must have the contents that their names tell. */
enum verify {
	VERIFY_NONE,
	VERIFY_NAME, /* those that are named by a SHA-256 */
};

/* Whose digests the record has. */
enum audit_hash {
	HASH_NONE,
	HASH_SHA256, /* uploads', where they were written in order */
};

/* Whose user and group names listings show. */
enum listed_names {
	NAMES_SYSTEM,
	NAMES_OWN, /* the account's own; other ids as numbers */
	NAMES_NONE,
};

/* What happens to changes while the record can't be written. */
enum audit_loss {
	AUDIT_COUNT,  /* they are done; the next line tells how many are lost */
	AUDIT_REFUSE, /* they are refused */
};

enum audit_format { AUDIT_LOGFMT, AUDIT_JSON };

/* What the installed rsync knows; it is never run to be asked. */
enum rsync_version {
	RSYNC_ANY,
	RSYNC_3_5, /* 3.5 or newer: --confine-root, --drop-D */
};

/* The key is not set: no mode is forced, the umask is inherited. */
#define MODE_UNSET (~0U)

/* Texts of one key; owned. */
struct texts {
	char **at;
	size_t count;
};

/* The values of all keys (policy/keys.c), and nothing else. */
struct policy {
	char *root;         /* absolute, or relative to home; NULL: none */
	bool disabled;      /* nothing is served */
	uint64_t expires;   /* nor from then on; seconds since 1970, 0: never */
	unsigned recheck;   /* seconds after which a session that runs looks
			     * again whether it is disabled or has expired */
	char *start_dir;    /* where a session starts, inside the root */
	enum mode mode;     /* what may happen to files */
	bool may_delete;    /* read-write narrowed: remove, rmdir, --delete */
	bool may_overwrite; /* read-write narrowed: change what exists */
	unsigned services;  /* bits of enum service */
	bool home_in_root;  /* the account's login files may lie in the root */
	bool absolute;      /* paths may start with the root's own path */
	bool munge_links;   /* rsync --munge-links */
	bool one_file_system; /* mounts below the root are not crossed */
	bool lock;            /* one writing rsync at a time */
	bool set_id;          /* setuid and setgid bits of uploads are kept */
	bool atomic_uploads;  /* visible only when complete */
	enum sync sync;
	enum verify verify;
	enum audit_hash audit_hash;
	enum links links;
	enum listed_names names;
	unsigned own_window; /* seconds in which what we made is our own */
	unsigned umask;      /* MODE_UNSET: inherited */
	unsigned file_mode;  /* of what is created; MODE_UNSET: none */
	unsigned dir_mode;   /* likewise */
	struct texts free;   /* directories that create-only does not hold */
	struct texts hide;   /* globs of names that are not shown */
	struct texts deny;   /* globs of names that can't be opened or made */
	uint64_t max_file_size;     /* bytes; 0: no limit, as for all below */
	uint64_t max_session_bytes; /* both directions together */
	uint64_t bandwidth;         /* bytes a second, each direction */
	unsigned idle_timeout;      /* seconds */
	unsigned session_timeout;   /* seconds */
	unsigned max_sessions;      /* of the account at a time */
	char *sessions_dir;         /* where they are counted */
	enum confine confine;
	enum jail_wish jail;
	struct texts exact;    /* only these commands are served; none: any */
	char *authorized_keys; /* filesonlyd: who may log in; NULL: nobody */
	char *rsync;           /* the rsync to run */
	enum rsync_version rsync_version;
	char *audit; /* "syslog", "journal", or a file's path */
	enum audit_loss audit_loss;
	enum audit_format audit_format;
};

/* The value types of keys; each has one parser in policy.c. */
enum key_kind {
	KEY_FLAG,     /* yes|no; as options --KEY and --no-KEY */
	KEY_WORD,     /* one of a set of words */
	KEY_LIST,     /* a comma list of words: bits */
	KEY_COMMANDS, /* a command; given again, one more; "none" */
	KEY_GLOBS,  /* a comma list of patterns for one name each, or "none" */
	KEY_DIRS,   /* a comma list of directories in the root, or "none" */
	KEY_PATH,   /* an absolute path, or relative to home for the root */
	KEY_NUMBER, /* from min to max, or "none": 0 */
	KEY_SIZE,   /* bytes, with K, M, G or T, or "none": 0 */
	KEY_OCTAL,  /* permission bits, or "none": MODE_UNSET */
	KEY_DATE,   /* of base/date.h, or "none": 0 */
};

/*
 * How a value that is asked for narrows one that the configuration gives:
 * never is the result wider than the latter.
 */
enum narrowing {
	NARROW_REFUSE, /* neither is the narrower: asking is refused */
	NARROW_TAKE,   /* what is asked for; it gives nobody anything */
	NARROW_ROOT,   /* a directory in the configured one */
	NARROW_MODE,   /* the stricter of two, if one is in every act */
	NARROW_NO,     /* of a flag: no, if either says so */
	NARROW_YES,    /* of a flag: yes, if either says so */
	NARROW_LATER,  /* of words: the one with the bigger value */
	NARROW_COMMON, /* of bits: those that both have */
	NARROW_EITHER, /* of bits: those that either has */
	NARROW_LESS,   /* of numbers and dates: the smaller; 0 is no limit */
	NARROW_ALSO,   /* of texts: those of both */
	NARROW_LISTED, /* of texts: only what is listed, if anything is */
	NARROW_FREE, /* of texts: only what is listed, and in read-write any */
};

/* A word that a KEY_WORD or KEY_LIST takes and the number it means. */
struct key_word {
	const char *word;
	unsigned value;
};

/*
 * One key of the configuration, which is also an option --KEY. Those of a
 * group stand together.
 */
struct key {
	const char *name;
	const char *group; /* its section of filesonly.conf(5) */
	enum key_kind kind;
	const char *takes;            /* what its value is; NULL: words, or
				       * yes and no */
	enum narrowing narrow;        /* by the options of a login shell */
	size_t offset;                /* of the member of struct policy */
	const char *fallback;         /* the default, as it would be written */
	const struct key_word *words; /* ended by { NULL, 0 }, or NULL */
	uint64_t min, max;            /* of a number, a size, or bits */
	const char *help;             /* one line */
};

/* All keys, ended by a row without a name. */
extern const struct key policy_keys[];

/* A set of keys, a bit each. */
struct key_set {
	uint64_t bits;
};

static inline void
key_set_add(struct key_set *set, const struct key *key)
{
	set->bits |= UINT64_C(1) << (key - policy_keys);
}

static inline bool
key_set_has(const struct key_set *set, const struct key *key)
{
	return set->bits >> (key - policy_keys) & 1;
}

/* Does setting the key again add to what it holds? "none" empties it. */
static inline bool
key_is_list(const struct key *key)
{
	return key->kind == KEY_COMMANDS || key->kind == KEY_GLOBS ||
	       key->kind == KEY_DIRS;
}

/*
 * False for a path that would depend on the directory in which we start. A word
 * of "audit" that is misspelt would be a file there.
 */
bool key_path_is_whole(const struct key *key, const char *path);

/* Every key at its default; no root. */
void policy_init(struct policy *policy);
void policy_free(struct policy *policy);

/*
 * Sets one key from text. Returns 0, or -1 with a sentence for the
 * administrator appended to error (unknown key, bad value).
 */
int policy_set(struct policy *policy, const char *name, const char *value,
    struct buf *error) must_check;

/*
 * Adds texts that another policy holds to those of a key, each as it is: one
 * that reads "none" is a text here. Returns 0, or -1 with a sentence for the
 * administrator appended to error: there would be too many.
 */
int policy_add_texts(struct policy *policy, const struct key *key,
    const struct texts *texts, struct buf *error) must_check;

/*
 * What follows from the keys together, once all are set: create-only has
 * atomic uploads, and what can't be held together is refused. Returns 0, or
 * -1 with a sentence for the administrator appended to error.
 */
int policy_check(struct policy *policy, struct buf *error) must_check;

/*
 * May the account be served at that time (seconds since 1970)? Returns
 * REFUSE_NOTHING, REFUSE_DISABLED or REFUSE_EXPIRED.
 */
enum refusal policy_shut(const struct policy *policy, int64_t now);

/*
 * Narrows policy by the keys in given, whose values stand in asked: no key of
 * policy gets wider. A root that is asked for must be absolute and begin with
 * the policy's own; what lies behind that goes to *below (NULL or owned by the
 * caller, before and after). Returns 0, or -1 with a sentence for the
 * administrator appended to error: a key that can't be asked for, modes of
 * which neither is the stricter.
 */
int policy_narrow(struct policy *policy, const struct policy *asked,
    const struct key_set *given, char **below, struct buf *error) must_check;

/* Returns the row of a key, or NULL. */
const struct key *policy_key(const char *name);

/* The table's answer for a set of acts under this policy. */
enum answer policy_answer(const struct policy *policy, unsigned acts);

/*
 * Returns the permission bits that a client gets for those that it asks for:
 * file-mode or dir-mode instead, where that is set; setuid and setgid bits of
 * a file only under set-id. A directory keeps the setgid bit that it asks for.
 */
unsigned policy_mode(const struct policy *policy, unsigned asked,
    bool directory);

/* Returns true where the mode lets anything be created or changed. */
bool policy_may_write(const struct policy *policy);

#endif
