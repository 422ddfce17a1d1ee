/*
 * The block of secluded arguments: exactly its bytes are taken, over pipes and
 * sockets, in whatever pieces they come; what is no block is refused in time.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>
#include <cmocka.h>

#include "base/auto.h"
#include "base/io.h"
#include "base/xalloc.h"
#include "request/request.h"
#include "subsys/rsync/rsync.h"
#include "subsys/rsync/secluded.h"

enum { PATIENT = 500 * 1000 }; /* an emulated processor takes its time */

static const char block[] = "rsync\0--backup-dir\0b d\0--delete\0.\0d x/\0";
static const char rest[] = "\x20\0\0\0protocol";

/* A child that writes len bytes, step at a time, and the end to read from. */
static int
feed(bool is_socket, const char *bytes, size_t len, size_t step)
{
	int ends[2];
	pid_t child;

	assert_int_equal(is_socket ? socketpair(AF_UNIX, SOCK_STREAM, 0, ends)
				   : pipe(ends),
	    0);
	child = fork();
	assert_true(child >= 0);
	if (child == 0) {
		close(ends[0]);
		for (size_t at = 0; at < len; at += step) {
			size_t part = len - at < step ? len - at : step;

			if (io_write_all(ends[1], bytes + at, part) != 0)
				_exit(1);
			if (step < 16)
				usleep(200);
		}
		_exit(0);
	}
	close(ends[1]);
	return ends[0];
}

static void
reap(void)
{
	while (waitpid(-1, NULL, 0) > 0)
		;
}

static void
takes_exactly_the_block(bool is_socket, size_t step)
{
	char all[sizeof(block) + sizeof(rest)], left[64];
	struct words words = { 0 };
	int in;

	memcpy(all, block, sizeof(block));
	memcpy(all + sizeof(block), rest, sizeof(rest) - 1);
	in = feed(is_socket, all, sizeof(block) + sizeof(rest) - 1, step);
	assert_int_equal(secluded_read_within(in, &words, PATIENT),
	    REFUSE_NOTHING);
	assert_int_equal(words.count, 5);
	assert_true(words_is(&words, 0, "--backup-dir"));
	assert_true(words_is(&words, 1, "b d"));
	assert_true(words_is(&words, 4, "d x/"));
	assert_int_equal(words.at[4].quoted[0], 0);
	assert_int_equal(io_read_all(in, left, sizeof(left)), sizeof(rest) - 1);
	assert_memory_equal(left, rest, sizeof(rest) - 1);
	words_free(&words);
	close(in);
	reap();
}

static void
exactly_the_block_is_taken_from_a_pipe(void **state)
{
	(void)state;
	takes_exactly_the_block(false, 4096);
	takes_exactly_the_block(false, 1);
	takes_exactly_the_block(false, 7);
}

static void
exactly_the_block_is_taken_from_a_socket(void **state)
{
	(void)state;
	takes_exactly_the_block(true, 4096);
	takes_exactly_the_block(true, 1);
	takes_exactly_the_block(true, 7);
}

static enum refusal
read_bytes(const char *bytes, size_t len, int milliseconds)
{
	struct words words = { 0 };
	int in = feed(false, bytes, len, 65536);
	enum refusal refusal = secluded_read_within(in, &words, milliseconds);

	words_free(&words);
	close(in);
	reap();
	return refusal;
}

static void
a_block_that_ends_early_is_refused(void **state)
{
	(void)state;
	assert_int_equal(read_bytes(block, sizeof(block), PATIENT),
	    REFUSE_NOTHING);
	for (size_t len = 0; len < sizeof(block); len++)
		assert_int_equal(read_bytes(block, len, PATIENT),
		    REFUSE_INCOMPLETE);
}

static void
a_block_that_does_not_begin_with_rsync_is_refused(void **state)
{
	(void)state;
	assert_int_equal(read_bytes("rsync\0.\0\0", 9, PATIENT),
	    REFUSE_NOTHING);
	assert_int_equal(read_bytes("rsynd\0.\0\0", 9, PATIENT),
	    REFUSE_INCOMPLETE);
	assert_int_equal(read_bytes("\0\0\0", 3, PATIENT), REFUSE_INCOMPLETE);
}

static void
a_silent_client_is_refused_in_time(void **state)
{
	struct words words = { 0 };
	int ends[2];

	(void)state;
	assert_int_equal(pipe(ends), 0);
	assert_int_equal(io_write_all(ends[1], "rsync\0.", 7), 0);
	assert_int_equal(secluded_read_within(ends[0], &words, 50),
	    REFUSE_INCOMPLETE);
	close(ends[0]);
	close(ends[1]);
	words_free(&words);
}

static void
a_block_without_end_is_refused(void **state)
{
	size_t len = SECLUDED_MAX_BYTES + 64;
	auto_free char *bytes = xcalloc(len, 1);

	(void)state;
	memcpy(bytes, "rsync", 6);
	memset(bytes + 6, 'a', len - 6);
	assert_int_equal(read_bytes(bytes, len, PATIENT), REFUSE_TOO_LONG);

	/* too many words */
	for (size_t i = 6; i < len; i++)
		bytes[i] = i % 2 == 0 ? 'a' : '\0';
	assert_int_equal(read_bytes(bytes, len, PATIENT), REFUSE_TOO_LONG);
	bytes[6 + 2 * (SECLUDED_MAX_WORDS - 1)] = '\0';
	assert_int_equal(read_bytes(bytes, len, PATIENT), REFUSE_NOTHING);
}

/* What rsync_complete makes of a command whose block waits on a pipe. */
static enum refusal
complete(const char *command, size_t *added)
{
	struct request request;
	enum refusal refusal;
	size_t before;
	int in = feed(false, block, sizeof(block), 4096);

	request_parse(&request, command);
	assert_int_equal(request.refusal, REFUSE_NOTHING);
	before = request.words.count;
	refusal = rsync_complete(&request, in);
	*added = request.words.count - before;
	request_free(&request);
	close(in);
	reap();
	return refusal;
}

static void
only_a_bundle_with_s_announces_a_block(void **state)
{
	size_t added;

	(void)state;
	assert_int_equal(complete("rsync --server -slogDtpre.iLsfxCIvu",
			     &added),
	    REFUSE_NOTHING);
	assert_int_equal(added, 5);
	assert_int_equal(complete("rsync --server --sender -re.iLs "
				  "--iconv=utf8 . x",
			     &added),
	    REFUSE_NOTHING);
	assert_int_equal(added, 0);
	assert_int_equal(complete("rsync --server --sender -sre.iLs "
				  "--iconv=utf8",
			     &added),
	    REFUSE_NOTHING);
	assert_int_equal(added, 5);
	assert_int_equal(complete("rsync --server --safe-links . x", &added),
	    REFUSE_NOTHING);
	assert_int_equal(added, 0);
}

static void
other_words_beside_a_block_are_refused(void **state)
{
	size_t added;

	(void)state;
	assert_int_equal(complete("rsync --server -sr --delete", &added),
	    REFUSE_SYNTAX);
	assert_int_equal(complete("rsync --server -sr . x", &added),
	    REFUSE_SYNTAX);
	assert_int_equal(added, 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(exactly_the_block_is_taken_from_a_pipe),
		cmocka_unit_test(exactly_the_block_is_taken_from_a_socket),
		cmocka_unit_test(a_block_that_ends_early_is_refused),
		cmocka_unit_test(
		    a_block_that_does_not_begin_with_rsync_is_refused),
		cmocka_unit_test(a_silent_client_is_refused_in_time),
		cmocka_unit_test(a_block_without_end_is_refused),
		cmocka_unit_test(only_a_bundle_with_s_announces_a_block),
		cmocka_unit_test(other_words_beside_a_block_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
