/*
 * Checksums as commands. The digests are base/hash's, as SFTP's check-file has
 * them; the lines are those of coreutils, which rclone and scripts read. With
 * no file it hashes stdin: rclone finds out so what an account has, and keeps
 * the answer for ever.
 */
#include "subsys/sum/sum.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "base/hash.h"
#include "base/names.h"
#include "base/xalloc.h"
#include "policy/policy.h"
#include "record/record.h"
#include "root/root.h"
#include "subsys/operands.h"
#include "subsys/paths.h"
#include "subsys/reply.h"

enum { HASHED = 128 << 10 }; /* at once: it stays in the cache */

// clang-format off
static const struct sum_row {
	const char *command;
	const char *hash; /* its name in base/hash */
} sum_rows[] = {
	{ "md5sum",    "md5" },
	{ "sha1sum",   "sha1" },
	{ "sha224sum", "sha224" },
	{ "sha256sum", "sha256" },
	{ "sha384sum", "sha384" },
	{ "sha512sum", "sha512" },
	{ NULL, NULL },
};

static const struct long_option sum_longs[] = {
	{ "--binary", 'b' },
	{ "--text",   't' },
	{ NULL, 0 },
};
// clang-format on

enum { SUM_BINARY = 1 << 0 }; /* as the letters below stand */

static const struct option_rules sum_options = { "bt", sum_longs,
	"served is: md5sum [-b|-t] [FILE...], likewise sha1sum and others",
	"bt" };

struct sum_args {
	const struct sum_row *row;
	struct operands operands;
};

static const struct sum_row *
sum_row_of(const struct request *request)
{
	const char *name = request_command_name(request);

	for (const struct sum_row *row = sum_rows;
	     name != NULL && row->command != NULL; row++) {
		if (strcmp(row->command, name) == 0)
			return row;
	}
	return NULL;
}

bool
sum_claims(const struct request *request)
{
	return sum_row_of(request) != NULL;
}

enum refusal
sum_parse(const struct terms *terms, const struct request *request,
    void **parsed, struct verdict *verdict)
{
	const struct words *words = &request->words;
	struct sum_args *args = xcalloc(1, sizeof(*args));
	enum refusal refusal =
	    operands_read(words, &sum_options, &args->operands, verdict);

	args->row = sum_row_of(request);
	if (refusal == REFUSE_NOTHING &&
	    policy_answer(terms->policy, ACT_READ) == ANSWER_NO)
		refusal = verdict_set(verdict, REFUSE_MODE, NULL,
		    words->at[0].text, words->at[0].len);
	for (size_t i = 0;
	     refusal == REFUSE_NOTHING && i < args->operands.count; i++)
		refusal = paths_check(args->operands.at[i], verdict);
	*parsed = args;
	if (refusal != REFUSE_NOTHING) {
		sum_parsed_free(args);
		*parsed = NULL;
	}
	return refusal;
}

void
sum_parsed_free(void *parsed)
{
	struct sum_args *args = parsed;

	operands_free(&args->operands);
	free(args);
}

/* The digest of what a descriptor gives; stdin where it is -1. */
static int
sum_hash(struct reply *reply, struct hash *hash, int fd, uint64_t *total)
{
	not_zeroed unsigned char room[HASHED];
	ssize_t got;

	do {
		got = fd < 0 ? reply_read(reply, room, sizeof(room))
			     : read(fd, room, sizeof(room));
		if (got < 0 && errno != EINTR)
			return -1;
		if (got > 0) {
			hash_add(hash, room, (size_t)got);
			*total += (uint64_t)got;
		}
	} while (got != 0 && reply_goes_on(reply));
	return 0;
}

/* "\" in front of the line where the name in it is escaped. */
static void
sum_add_name(struct reply *reply, const char *name)
{
	for (; *name != '\0'; name++) {
		if (*name == '\\')
			reply_add_text(reply, "\\\\");
		else if (*name == '\n')
			reply_add_text(reply, "\\n");
		else if (*name == '\r')
			reply_add_text(reply, "\\r");
		else
			reply_add(reply, name, 1);
	}
}

static void
sum_print(struct reply *reply, const struct sum_args *args,
    const unsigned char *digest, size_t len, const char *name)
{
	char room[2 * HASH_BYTES_MAX];
	struct buf hex;

	buf_init(&hex, room, sizeof(room));
	buf_add_hex(&hex, digest, len);
	if (strpbrk(name, "\\\n\r") != NULL)
		reply_add_text(reply, "\\");
	reply_add(reply, hex.bytes, hex.len);
	/* In a binary line a star stands before the name. */
	reply_add_text(reply,
	    (args->operands.options & SUM_BINARY) != 0 ? " *" : "  ");
	sum_add_name(reply, name);
	reply_add_text(reply, "\n");
}

/* A file that was read, in the words of SFTP's close. */
static void
sum_record(const struct job *job, const struct relpath *path, uint64_t total,
    const char *result)
{
	struct record_line line;

	record_begin(&line, job->record, "close");
	job_record_path(&line, "path", path->bytes);
	record_number(&line, "read", total);
	record_number(&line, "written", 0);
	record_word(&line, "result", result);
	record_end(&line);
}

/* coreutils' own words: a directory opens, and can't be read. */
static int
sum_open(struct job *job, const char *name, struct relpath *path)
{
	if (paths_parse(job, name, path) != 0)
		return -1;
	return root_open_file(job->root, path, O_RDONLY, 0);
}

/* Returns false where the name has no digest; the client was told. */
static bool
sum_file(struct reply *reply, const struct sum_args *args,
    const struct hash_kind *kind, const char *name)
{
	unsigned char digest[HASH_BYTES_MAX];
	not_zeroed struct relpath path;
	bool is_stdin = strcmp(name, "-") == 0;
	auto_fd int fd = -1;
	uint64_t total = 0;
	struct hash hash;
	int result;

	if (!is_stdin)
		fd = sum_open(reply->job, name, &path);
	if (!is_stdin && fd < 0) {
		reply_complain(reply, NULL, name, strerror(errno));
		return false;
	}
	hash_start(&hash, kind);
	result = sum_hash(reply, &hash, fd, &total);
	if (result != 0)
		reply_complain(reply, NULL, name, strerror(errno));
	if (!is_stdin)
		sum_record(reply->job, &path, total,
		    result != 0   ? "failed"
		    : reply->over ? "cut"
				  : "ok");
	if (result != 0 || reply->over)
		return false;
	hash_end(&hash, digest);
	sum_print(reply, args, digest, hash_bytes(kind), name);
	return true;
}

static int
sum_all(struct reply *reply, const struct sum_args *args)
{
	const char *hash = args->row->hash;
	const struct hash_kind *kind = hash_find(hash, strlen(hash));
	struct names names = { 0 };
	int status = 0;

	for (size_t i = 0; i < args->operands.count; i++) {
		const struct word *word = args->operands.at[i];

		if (!paths_expand(reply->job, word, &names)) {
			reply_complain(reply, NULL, word->text,
			    "too many names");
			names_free(&names);
			return 1;
		}
	}
	if (args->operands.count == 0 && !sum_file(reply, args, kind, "-"))
		status = 1;
	for (size_t i = 0; i < names.count && !reply->over; i++) {
		if (!sum_file(reply, args, kind, names.at[i]))
			status = 1;
	}
	names_free(&names);
	return status;
}

int
sum_run(struct job *job, const void *parsed, struct verdict *verdict)
{
	const struct sum_args *args = parsed;
	not_zeroed struct reply reply;
	/* Nothing is changed, so that the walls are read-only's. */
	struct policy reads = *job->policy;
	int status;

	reads.mode = MODE_READ_ONLY;
	status = job_enter(job, "sum", &reads, verdict);
	if (status != 0)
		return status;
	reply_begin(&reply, job, args->row->command);
	status = sum_all(&reply, args);
	return reply_end(&reply, status);
}
