/* What a verb finds wrong, told at its end: to people or to programs. */
#ifndef FILESONLY_CTL_FINDINGS_H
#define FILESONLY_CTL_FINDINGS_H

#include <stdbool.h>
#include <stddef.h>

/* A note is a fact: nothing is wrong, nothing is to be mended. */
enum severity { SEVERITY_ERROR, SEVERITY_WARNING, SEVERITY_NOTE };

struct finding {
	enum severity severity;
	const char *file; /* NULL: none */
	int line;         /* 0: the file as a whole */
	const char *what;
	const char *why;  /* it matters; NULL: that is plain */
	const char *mend; /* the line, key or word that mends it; NULL: none */
};

/* Starts as {0}; findings_free ends it. */
struct findings {
	struct finding *at; /* the texts are owned */
	size_t count;
};

/* Adds a copy of it and of its texts. */
void findings_add(struct findings *findings, const struct finding *finding);
void findings_free(struct findings *findings);

size_t findings_count(const struct findings *findings, enum severity severity);

/* Prints them on stdout; in JSON the notes are a list of their own. */
void findings_print(const struct findings *findings, bool as_json);

#endif
