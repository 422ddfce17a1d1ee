/* A line goes out with one call, so that processes don't mix theirs. */
#include "serve/server_log.h"

#include <string.h>
#include <sys/socket.h>
#include <syslog.h>
#include <time.h>
#include <unistd.h>

#include "base/quote.h"

void
server_log_open(struct server_log *log, const struct server_options *options)
{
	*log = (struct server_log){ .kind = options->log,
		.json = options->log_json,
		.relay = -1 };
	if (log->kind == LOG_TO_SYSLOG)
		openlog("filesonlyd", LOG_PID | LOG_NDELAY, LOG_AUTHPRIV);
}

static void
log_key(struct log_line *line, const char *key)
{
	if (line->log->json)
		buf_addf(&line->buf, "%s\"%s\":", line->begun ? "," : "", key);
	else
		buf_addf(&line->buf, "%s%s=", line->begun ? " " : "", key);
	line->begun = true;
}

void
log_text(struct log_line *line, const char *key, const char *value)
{
	log_key(line, key);
	if (line->log->json)
		quote_add_json(&line->buf, value, strlen(value), 512);
	else
		quote_add(&line->buf, value, strlen(value), 512);
}

void
log_number(struct log_line *line, const char *key, uint64_t number)
{
	log_key(line, key);
	buf_add_number(&line->buf, number, 0);
}

static void
log_time(struct log_line *line)
{
	struct timespec now = { 0, 0 };
	char text[40];
	struct tm tm;

	clock_gettime(CLOCK_REALTIME, &now);
	gmtime_r(&now.tv_sec, &tm);
	if (strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%SZ", &tm) > 0)
		log_text(line, "time", text);
}

void
log_begin(struct log_line *line, const struct server_log *log, int level,
    const char *event)
{
	line->log = log;
	line->level = level;
	line->begun = false;
	/* Two bytes are the end's. */
	buf_init(&line->buf, line->room, sizeof(line->room) - 2);
	if (log->kind == LOG_TO_JOURNAL)
		buf_addf(&line->buf, "<%d>", level);
	if (log->json)
		buf_add_text(&line->buf, "{");
	log_time(line);
	log_text(line, "event", event);
}

void
log_end(struct log_line *line)
{
	size_t len = line->buf.len;

	if (line->log->json)
		line->room[len++] = '}';
	if (line->log->kind == LOG_TO_SYSLOG) {
		syslog(line->level, "%.*s", (int)len, line->room);
		return;
	}
	if (line->log->relay >= 0) {
		if (send(line->log->relay, line->room, len, MSG_NOSIGNAL) < 0)
			return;
		return;
	}
	/* The journal reads a service's stderr, with its level in front. */
	line->room[len++] = '\n';
	if (write(STDERR_FILENO, line->room, len) < 0)
		return;
}
