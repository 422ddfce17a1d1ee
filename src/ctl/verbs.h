/* The verbs, one file each, and their one table: help, completion and the
 * manual's test read it. */
#ifndef FILESONLY_CTL_VERBS_H
#define FILESONLY_CTL_VERBS_H

struct verb {
	const char *name;
	int (*run)(int argc, char **argv); /* argv[0] is the name; returns the
					    * exit status (say.h) */
	const char *usage;                 /* what follows the name */
	const char *help;                  /* one line */
};

/* All rows, ended by one without a name. */
extern const struct verb verbs[];

int verb_authorize(int argc, char **argv);
int verb_check(int argc, char **argv);
int verb_doctor(int argc, char **argv);
int verb_events(int argc, char **argv);
int verb_explain(int argc, char **argv);
int verb_import(int argc, char **argv);
int verb_kick(int argc, char **argv);
int verb_last(int argc, char **argv);
int verb_replay(int argc, char **argv);
int verb_report(int argc, char **argv);
int verb_stale(int argc, char **argv);
int verb_who(int argc, char **argv);

#endif
