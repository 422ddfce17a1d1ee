/*
 * The client's request: raw bytes and, where they could be split, words. All
 * of it is the peer's and untrusted.
 */
#ifndef FILESONLY_REQUEST_REQUEST_H
#define FILESONLY_REQUEST_REQUEST_H

#include <stdbool.h>
#include <stddef.h>

#include "request/words.h"

enum request_kind {
	REQUEST_SHELL,   /* nothing was asked: a login */
	REQUEST_COMMAND, /* a command string, split into words */
	REQUEST_SFTP,    /* the SFTP subsystem, known without a command */
};

struct request {
	enum request_kind kind;
	const char
	    *raw; /* the command string; borrowed; "" where there is none */
	size_t raw_len;
	struct words words;   /* REQUEST_COMMAND only */
	enum refusal refusal; /* why the words could not be read, or nothing */
};

/*
 * Reads a command string (NULL or blanks only: a shell). Never fails: what
 * can't be read is in request->refusal for `decide` to say. raw must outlive
 * the request; request_free releases the words.
 *
 * The three-line script with which psftp, FileZilla and WinSCP look for an
 * sftp-server after a refused subsystem is recognised byte for byte.
 */
void request_parse(struct request *request, const char *raw);

/* A request for the SFTP subsystem that came without a command string. */
void request_sftp(struct request *request);

void request_free(struct request *request);

/* The last component of word i, or NULL where there is no such word. */
const char *request_base_name(const struct request *request, size_t i);

#endif
