/*
 * The decoder and the engine: a byte that chooses the mode, then a client's
 * stream. Whatever it holds, each request gets one well-formed reply of its
 * number, nothing outside the root changes, and nothing inside where the mode
 * is read-only. Runs without the jail: the engine alone must hold.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <signal.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "policy/policy.h"
#include "policy/restrictions.h"
#include "record/record.h"
#include "root/root.h"
#include "session/session.h"
#include "subsys/sftp/dispatch.h"
#include "tests/fuzz/target.h"

enum {
	REQUESTS_MAX = 200, /* of one input */
	STEPS_MAX = 40,     /* of work that is under way */
	DESCRIPTORS = 256,
	FILE_MAX = 1 << 20, /* bytes of a file that is written */
};

static char top[64], log_path[80];
static struct session session;
static unsigned char replies[4 << 20];

static int
remove_one(const char *path, const struct stat *st, int kind, struct FTW *where)
{
	(void)st;
	(void)kind;
	return where->level == 0 ? 0 : remove(path);
}

/* Modes may forbid to enter: given back first. */
static int
open_one(const char *path, const struct stat *st, int kind, struct FTW *where)
{
	(void)where;
	if (kind == FTW_D || kind == FTW_DNR)
		MUST(chmod(path, (st->st_mode & 07777) | 0700) == 0);
	return 0;
}

static void
put(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);

	MUST(fd >= 0);
	MUST(write(fd, text, strlen(text)) == (ssize_t)strlen(text));
	close(fd);
}

/* The tree of the recorded sessions. */
static void
make_root(void)
{
	nftw("root", open_one, 8, FTW_PHYS);
	nftw("root", remove_one, 8, FTW_DEPTH | FTW_PHYS);
	MUST(mkdir("root/d", 0755) == 0 && mkdir("root/d/deep", 0755) == 0);
	put("root/f", "content\n");
	put("root/d/deep/g", "deep\n");
	MUST(symlink("f", "root/link") == 0);
	MUST(symlink("../../outside", "root/d/out") == 0);
	MUST(mkfifo("root/fifo", 0644) == 0);
}

static void
remove_top(void)
{
	if (chdir("/") == 0) {
		nftw(top, open_one, 8, FTW_PHYS);
		nftw(top, remove_one, 8, FTW_DEPTH | FTW_PHYS);
		rmdir(top);
	}
}

static void
start(void)
{
	const struct rlimit file = { FILE_MAX, FILE_MAX };
	const struct rlimit descriptors = { DESCRIPTORS, DESCRIPTORS };

	signal(SIGXFSZ, SIG_IGN);
	MUST(setrlimit(RLIMIT_FSIZE, &file) == 0);
	MUST(setrlimit(RLIMIT_NOFILE, &descriptors) == 0);
	snprintf(top, sizeof(top), "%s/fuzz-sftp.XXXXXX",
	    access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp");
	MUST(mkdtemp(top) != NULL && chdir(top) == 0);
	snprintf(log_path, sizeof(log_path), "%s/log", top);
	atexit(remove_top);
	MUST(mkdir("root", 0755) == 0 && mkdir("outside", 0755) == 0);
	put("outside/secret", "secret");
	MUST(session_load(&session) == 0);
}

static uint64_t digest;

static int
digest_one(const char *path, const struct stat *st, int kind, struct FTW *where)
{
	(void)kind;
	(void)where;
	for (; *path != '\0'; path++)
		digest = digest * 31 + (unsigned char)*path;
	digest = digest * 31 + st->st_mode;
	digest = digest * 31 + (uint64_t)st->st_size;
	digest = digest * 31 + (uint64_t)st->st_nlink;
	digest = digest * 31 + (uint64_t)st->st_mtim.tv_sec;
	digest = digest * 31 + st->st_uid;
	return 0;
}

static uint64_t
digest_of(const char *path)
{
	digest = 7;
	MUST(nftw(path, digest_one, 8, FTW_PHYS) == 0);
	return digest;
}

static uint32_t
u32(const unsigned char *at)
{
	return (uint32_t)at[0] << 24 | (uint32_t)at[1] << 16 |
	       (uint32_t)at[2] << 8 | at[3];
}

static bool
is_reply(unsigned type)
{
	return type == PACKET_VERSION ||
	       (type >= PACKET_STATUS && type <= PACKET_ATTRS) ||
	       type == PACKET_EXTENDED_REPLY;
}

/* Takes what waits; returns how many packets, each of which must be one. */
static size_t
take_replies(struct sftp *sftp, int pipe[2], const struct policy *policy)
{
	size_t have = 0, count = 0;
	ssize_t got;

	while (out_waiting(&sftp->out) > 0) {
		MUST(out_write(&sftp->out, pipe[1], SIZE_MAX) == 0);
		got = read(pipe[0], replies + have, sizeof(replies) - have);
		MUST(got > 0);
		have += (size_t)got;
	}
	while (
	    (got = read(pipe[0], replies + have, sizeof(replies) - have)) > 0)
		have += (size_t)got;
	for (size_t at = 0; at < have; count++) {
		uint32_t len;

		MUST(have - at >= 9);
		len = u32(replies + at);
		MUST(len >= 5 && len <= PACKET_MAX && len <= have - at - 4);
		MUST(is_reply(replies[at + 4]));
		/* A drop box tells no content and no names of what is there. */
		MUST(policy->mode != MODE_WRITE_ONLY ||
		     replies[at + 4] != PACKET_DATA);
		at += 4 + len;
	}
	return count;
}

/* The stream's packets, one by one. */
static void
serve_stream(struct sftp *sftp, int pipe[2], const uint8_t *data, size_t size)
{
	const struct policy *policy = sftp->job->policy;
	size_t asked = 0, told = 0;

	for (int i = 0; i < REQUESTS_MAX && size >= 4; i++) {
		uint32_t len = u32(data);
		unsigned char *copy;
		bool goes_on;

		if (len == 0 || len > PACKET_MAX || len > size - 4)
			break;
		/* In memory of its own size, so that a read beyond is seen. */
		copy = malloc(len);
		MUST(copy != NULL);
		memcpy(copy, data + 4, len);
		goes_on = dispatch_serve(sftp, copy, len);
		free(copy);
		told += take_replies(sftp, pipe, policy);
		if (!goes_on)
			break;
		asked++;
		MUST(told + sftp->background.active == asked);
		background_step(sftp);
		data += 4 + len;
		size -= 4 + len;
	}
	for (int i = 0; i < STEPS_MAX && sftp->background.active > 0; i++)
		background_step(sftp);
	told += take_replies(sftp, pipe, policy);
	MUST(told + sftp->background.active == asked);
}

static void
open_pipe(int pipe[2])
{
	MUST(pipe2(pipe, O_NONBLOCK | O_CLOEXEC) == 0);
}

static size_t
open_descriptors(void)
{
	DIR *fds = opendir("/proc/self/fd");
	size_t count = 0;

	MUST(fds != NULL);
	while (readdir(fds) != NULL)
		count++;
	closedir(fds);
	return count;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct restrictions none = { .rrsync = NULL };
	struct policy policy;
	struct sftp sftp;
	struct root root;
	struct job job = { .session = &session,
		.policy = &policy,
		.restrictions = &none,
		.root = &root,
		.in = -1,
		.out = -1,
		.err = -1 };
	uint64_t inside, outside;
	size_t descriptors;
	int pipe[2];

	if (size == 0)
		return 0;
	if (top[0] == '\0')
		start();
	make_root();
	descriptors = open_descriptors();
	inside = digest_of("root");
	outside = digest_of("outside");
	policy_init(&policy);
	policy.mode = (enum mode)(data[0] % MODE_COUNT);
	MUST(root_open(&root, "root", false) == 0);
	job.record = record_open(log_path, &session);
	MUST(job.record != NULL && truncate(log_path, 0) == 0);
	open_pipe(pipe);
	dispatch_open(&sftp, &job);
	serve_stream(&sftp, pipe, data + 1, size - 1);
	dispatch_close(&sftp);
	record_close(job.record);
	close(pipe[0]);
	close(pipe[1]);
	root_close(&root);
	MUST(open_descriptors() == descriptors);
	MUST(digest_of("outside") == outside);
	MUST(policy.mode != MODE_READ_ONLY || digest_of("root") == inside);
	policy_free(&policy);
	return 0;
}
