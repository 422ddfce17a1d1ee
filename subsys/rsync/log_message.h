/*
 * The messages of rsync's own log: put together from its writes, taken apart.
 * Pure.
 *
 * A message is "2026/11/24 22:35:14 [26369] TEXT\n", of which rsync cuts TEXT
 * at 2047 bytes, and writes it at once; from 3.5 on it escapes bytes that do
 * not print, and writes what gets too long by that in several parts. TEXT that
 * is ours is "WORD recv 26370 >f+++++++++ 3 43 NAME". The word tells it from
 * rsync's other messages.
 */
#ifndef FILESONLY_SUBSYS_RSYNC_LOG_MESSAGE_H
#define FILESONLY_SUBSYS_RSYNC_LOG_MESSAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/auto.h"

enum {
	LOG_LINE = 2047,   /* bytes of one message's TEXT */
	LOG_ITEMS = 11,    /* ">f+++++++++", "*deleting  " */
	LOG_PARTS = 16384, /* bytes of one message, which may come in parts */
};

/* A message as far as it was written. Starts as {0}. */
struct log_message {
	size_t len;
	size_t text;  /* where TEXT begins; 0: it is no message */
	uint64_t pid; /* of the process that wrote it */
	char bytes[LOG_PARTS];
};

/* How a write stands to the message that has begun. */
enum log_write {
	LOG_BEGINS,    /* another message: the one before it is whole */
	LOG_GOES_ON,   /* it is a part of it */
	LOG_AMBIGUOUS, /* it could be either, and neither is believed */
};

/*
 * Says what the next write is. A message without a newline is whole where it is
 * too short to come in parts: rsync logs such ones that its peer sends.
 */
enum log_write log_message_meets(const struct log_message *message,
    const char *word, const char *bytes, size_t len) must_check;

/* Appends a write; one that makes it longer than any is dropped with it. */
void log_message_add(struct log_message *message, const char *bytes,
    size_t len);

/* Is it all there? */
bool log_message_is_whole(const struct log_message *message) must_check;

/* One line of our format: "recv 26370 >f+++++++++ 3 43 a/b". */
struct log_entry {
	char operation[4];
	uint64_t pid; /* the process that tells it */
	char items[LOG_ITEMS];
	uint64_t size, wire;
	char name[LOG_LINE * 5]; /* decoded */
	size_t name_len;
	bool cut; /* the name may go on */
};

/* Returns false where the message is none of our format. */
bool log_message_split(const struct log_message *message, const char *word,
    struct log_entry *entry) must_check;

/* How the file fared whose entry came last, as a message tells it. */
enum log_failure {
	LOG_NO_FAILURE,  /* it says nothing of that */
	LOG_DIFFERS,     /* its checksum is not the client's */
	LOG_COMES_AGAIN, /* likewise, and rsync asks for it once more */
	LOG_FAILS,       /* it could not be read, or not get its name */
};

enum log_failure log_message_failure(
    const struct log_message *message) must_check;

#endif
