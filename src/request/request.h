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
 * sftp-server after a refused subsystem is recognised byte for byte; so is
 * rclone's question for the shell, whose words are those that sh makes of it.
 */
void request_parse(struct request *request, const char *raw);

/* A request for the SFTP subsystem that came without a command string. */
void request_sftp(struct request *request);

void request_free(struct request *request);

/* The last component of word i, or NULL where there is no such word. */
const char *request_base_name(const struct request *request, size_t i);

/*
 * The program that a command names: its first word, or the last component of
 * that where it is an absolute path. NULL where there is none.
 */
const char *request_command_name(const struct request *request);

#endif
