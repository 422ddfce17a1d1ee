/*
 * rssh.conf(5) as rssh 2.3.4 reads it, which is not always as its manual
 * says. A line that makes rssh refuse logins is told, and read as it was
 * meant where that is plain.
 */
#ifndef FILESONLY_CTL_RSSH_CONF_H
#define FILESONLY_CTL_RSSH_CONF_H

#include <stdbool.h>
#include <stddef.h>

enum {
	RSSH_RSYNC = 1 << 0,
	RSSH_RDIST = 1 << 1,
	RSSH_CVS = 1 << 2,
	RSSH_SFTP = 1 << 3,
	RSSH_SCP = 1 << 4,
	RSSH_SVNSERVE = 1 << 5, /* Debian's */
};

/* What a user or everybody else may do. */
struct rssh_rights {
	unsigned allowed; /* RSSH_* */
	unsigned umask;
	char *root;   /* NULL: not confined */
	bool is_shut; /* what was meant by its root or line isn't plain */
};

struct rssh_user {
	int line;
	char *name;
	struct rssh_rights rights;
};

/* Starts as {0}; rssh_conf_free ends it. */
struct rssh_conf {
	struct rssh_rights rest; /* of users without a line */
	struct rssh_user *users;
	size_t count;
};

/*
 * Is told what is odd in a line (0: in the file): the text, a word to be
 * quoted (NULL: none) and the rest (NULL: none).
 */
typedef void rssh_tell(void *context, int line, const char *text,
    const char *word, const char *rest);

void rssh_conf_read(struct rssh_conf *conf, const char *text, rssh_tell *tell,
    void *context);
void rssh_conf_free(struct rssh_conf *conf);

#endif
