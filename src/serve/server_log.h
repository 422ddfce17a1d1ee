/*
 * Lines about the server and its connections, apart from the record of what
 * happens to files: "key=value" or JSON, every peer's byte quoted.
 */
#ifndef FILESONLY_SERVE_SERVER_LOG_H
#define FILESONLY_SERVE_SERVER_LOG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/auto.h"
#include "base/buf.h"
#include "serve/server_options.h"

struct server_log {
	enum log_kind kind;
	bool json;
	int relay; /* whoever writes to standard error for us; -1: we do */
};

/* One line that is being made; plain memory. */
struct log_line {
	const struct server_log *log;
	int level;  /* syslog(3)'s */
	bool begun; /* a field stands already */
	struct buf buf;
	char room[4096];
};

void server_log_open(struct server_log *log,
    const struct server_options *options);

/* event is a constant word, level one of syslog(3)'s. */
void log_begin(struct log_line *line, const struct server_log *log, int level,
    const char *event);
void log_text(struct log_line *line, const char *key, const char *value);
void log_number(struct log_line *line, const char *key, uint64_t number);
void log_end(struct log_line *line);

#endif
