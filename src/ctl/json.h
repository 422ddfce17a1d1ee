/* JSON on stdout, for programs: commas and quotes are seen to here. */
#ifndef FILESONLY_CTL_JSON_H
#define FILESONLY_CTL_JSON_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

enum {
	JSON_VERSION = 1
}; /* of what the verbs print; grows only when a
    * member changes its meaning or goes */

/* Starts as {0}. */
struct json {
	bool comma; /* one must stand before the next value */
	FILE *out;  /* NULL: stdout */
};

/* name is NULL in an array and for the outermost value. */
void json_open(struct json *json, const char *name, char bracket);
void json_close(struct json *json, char bracket);
void json_text(struct json *json, const char *name, const char *value);
void json_number(struct json *json, const char *name, uint64_t value);
void json_flag(struct json *json, const char *name, bool value);

/* The outermost object with its version; json_end closes it and the line. */
void json_begin(struct json *json);
void json_end(struct json *json);

/* The same on another stream than stdout. */
void json_begin_on(struct json *json, FILE *out);

#endif
