/*
 * scp's sink: two bytes that choose mode, keys and options, then a client's
 * stream. Whatever it holds, the answers are of the protocol, nothing outside
 * changes, no directory that was there gets another mode, no file set-id bits,
 * and in create-only nothing that was there changes at all. Runs without the
 * jail: the sink alone must hold.
 */
#include <dirent.h>
#include <fcntl.h>
#include <ftw.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/io.h"
#include "policy/policy.h"
#include "policy/restrictions.h"
#include "record/record.h"
#include "root/private_names.h"
#include "root/root.h"
#include "session/session.h"
#include "subsys/job.h"
#include "subsys/scp/command_line.h"
#include "subsys/scp/scp_sink.h"
#include "tests/fuzz/target.h"

enum {
	FILE_MAX = 1 << 20, /* bytes of a file that is written */
	PIPE_BYTES = 60000, /* what a pipe takes at once */
};

static const char old[] = "old content\n";
static char top[64], log_path[80];
static struct session session;

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

static void
make_root(void)
{
	nftw("root", open_one, 300, FTW_PHYS);
	nftw("root", remove_one, 300, FTW_DEPTH | FTW_PHYS);
	MUST(mkdir("root/d", 0755) == 0 && mkdir("root/d/e", 0750) == 0);
	put("root/f", old);
	put("root/d/g", old);
	MUST(symlink("f", "root/link") == 0);
	MUST(symlink("d", "root/way") == 0);
	MUST(symlink("../../outside/secret", "root/d/out") == 0);
	MUST(mkfifo("root/fifo", 0644) == 0);
}

static void
remove_top(void)
{
	if (chdir("/") == 0) {
		nftw(top, open_one, 300, FTW_PHYS);
		nftw(top, remove_one, 300, FTW_DEPTH | FTW_PHYS);
		rmdir(top);
	}
}

static void
start(void)
{
	const struct rlimit file = { FILE_MAX, FILE_MAX };

	signal(SIGXFSZ, SIG_IGN);
	signal(SIGPIPE, SIG_IGN);
	MUST(setrlimit(RLIMIT_FSIZE, &file) == 0);
	snprintf(top, sizeof(top), "%s/fuzz-scp.XXXXXX",
	    access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp");
	MUST(mkdtemp(top) != NULL && chdir(top) == 0);
	snprintf(log_path, sizeof(log_path), "%s/log", top);
	atexit(remove_top);
	MUST(mkdir("root", 0755) == 0 && mkdir("outside", 0755) == 0);
	put("outside/secret", "secret");
	umask(022);
	MUST(session_load(&session) == 0);
	/* So that nothing is own by its birth, but what the session makes. */
	session.started.tv_sec += 1;
}

/* Anywhere in the root, at the end. */
static int
look_at_one(const char *path, const struct stat *st, int kind,
    struct FTW *where)
{
	(void)kind;
	MUST(!S_ISREG(st->st_mode) || (st->st_mode & 07000) == 0);
	MUST(!private_is(path + where->base));
	return 0;
}

static bool
is_as_before(const char *path, const struct stat *before, bool with_times)
{
	struct stat st;

	return lstat(path, &st) == 0 && st.st_mode == before->st_mode &&
	       st.st_ino == before->st_ino &&
	       (!with_times ||
		   (st.st_size == before->st_size &&
		       st.st_mtim.tv_sec == before->st_mtim.tv_sec &&
		       st.st_mtim.tv_nsec == before->st_mtim.tv_nsec));
}

static const struct {
	const char *path;
	bool is_file;
} there[] = { { "root/f", true }, { "root/d/g", true }, { "root/d", false },
	{ "root/d/e", false }, { "root/link", false }, { "root/way", false },
	{ "root/d/out", false }, { "root/fifo", false } };

enum { THERE = sizeof(there) / sizeof(there[0]) };

static void
look_at_root(const struct policy *policy, const struct stat before[THERE])
{
	for (size_t i = 0; i < THERE; i++) {
		bool keeps = policy->mode == MODE_CREATE_ONLY;

		if (!there[i].is_file)
			MUST(is_as_before(there[i].path, &before[i], false));
		else if (keeps)
			MUST(is_as_before(there[i].path, &before[i], true));
	}
	nftw("root", open_one, 300, FTW_PHYS);
	MUST(nftw("root", look_at_one, 300, FTW_PHYS) == 0);
}

/* Yes is a NUL; everything else is a line, an error's. */
static void
look_at_answers(int out)
{
	static char answers[1 << 20];
	ssize_t len;

	MUST(lseek(out, 0, SEEK_SET) == 0);
	len = io_read_all(out, answers, sizeof(answers));
	MUST(len >= 0);
	for (ssize_t i = 0; i < len; i++) {
		if (answers[i] == '\0')
			continue;
		MUST(answers[i] == '\1' && len - i > 6);
		MUST(memcmp(answers + i, "\1scp: ", 6) == 0);
		for (i++; answers[i] != '\n'; i++)
			MUST(answers[i] >= ' ' && answers[i] <= '~' &&
			     i + 1 < len);
	}
}

/* The stream, in a pipe or (for splice does not take it) in a file. */
static int
open_stream(const uint8_t *data, size_t size, bool piped)
{
	int ends[2];

	if (!piped || size > PIPE_BYTES) {
		ends[0] = memfd_create("in", MFD_CLOEXEC);
		MUST(ends[0] >= 0 && io_write_all(ends[0], data, size) == 0);
		MUST(lseek(ends[0], 0, SEEK_SET) == 0);
		return ends[0];
	}
	MUST(pipe2(ends, O_CLOEXEC) == 0);
	MUST(io_write_all(ends[1], data, size) == 0);
	close(ends[1]);
	return ends[0];
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

static void
choose(const uint8_t *data, struct policy *policy, struct scp_args *args)
{
	static const enum mode modes[] = { MODE_READ_WRITE, MODE_WRITE_ONLY,
		MODE_CREATE_ONLY, MODE_READ_WRITE };
	static const char *const targets[] = { ".", "d", "f", "new" };

	policy->mode = modes[data[0] & 3];
	policy->atomic_uploads =
	    (data[0] & 4) != 0 || policy->mode == MODE_CREATE_ONLY;
	policy->may_overwrite = (data[0] & 8) == 0;
	policy->max_file_size = (data[0] & 16) != 0 ? 8 : 0;
	*args = (struct scp_args){ .sink = true,
		.recursive = (data[1] & 1) == 0,
		.preserves = (data[1] & 2) != 0,
		.directory = (data[1] & 4) != 0 };
	MUST(words_append(&args->paths, targets[data[1] >> 3 & 3],
		 strlen(targets[data[1] >> 3 & 3]), false) == REFUSE_NOTHING);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct restrictions none = { .rrsync = NULL };
	struct stat before[THERE], secret, after;
	struct policy policy;
	struct scp_args args;
	struct root root;
	struct job job = { .session = &session,
		.policy = &policy,
		.restrictions = &none,
		.root = &root,
		.err = -1 };
	size_t descriptors;
	int status;

	if (size < 2)
		return 0;
	if (top[0] == '\0')
		start();
	make_root();
	descriptors = open_descriptors();
	for (size_t i = 0; i < THERE; i++)
		MUST(lstat(there[i].path, &before[i]) == 0);
	MUST(stat("outside/secret", &secret) == 0);
	policy_init(&policy);
	choose(data, &policy, &args);
	MUST(root_open(&root, "root", false) == 0);
	job.record = record_open(log_path, &session);
	MUST(job.record != NULL && truncate(log_path, 0) == 0);
	job.in = open_stream(data + 2, size - 2, (data[1] & 32) != 0);
	job.out = memfd_create("out", MFD_CLOEXEC);
	status = sink_serve(&job, &args);
	MUST(status == 0 || status == 1);
	record_close(job.record);
	look_at_answers(job.out);
	close(job.in);
	close(job.out);
	root_close(&root);
	scp_args_free(&args);
	MUST(open_descriptors() == descriptors);
	look_at_root(&policy, before);
	MUST(stat("outside/secret", &after) == 0 &&
	     after.st_size == secret.st_size &&
	     after.st_mode == secret.st_mode &&
	     after.st_mtim.tv_nsec == secret.st_mtim.tv_nsec);
	policy_free(&policy);
	return 0;
}
