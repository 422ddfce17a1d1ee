/*
 * A file system that lacks things, as those do that lie on other machines:
 *
 *     poorfs [lacks=NAME,...] [cache=SECONDS] [counts=FILE] DIR MOUNTPOINT
 *     poorfs counts FILE
 *
 * Shows DIR at MOUNTPOINT through FUSE, for root; goes on in the background
 * until it is unmounted or killed, and prints its pid. NAME is noreplace,
 * exchange, tmpfile, link, birth, handle, locks, dirover or room (see
 * poorfs.h), or all but the last. The second form prints how many requests of
 * each kind there were since it was called last, and their sum.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "poor/poorfs.h"

enum {
	STATX = 52, /* Linux 6.6 */
	OPCODES = 64,
};

unsigned lacks, cache_seconds = 1;
static uint32_t uncounted[OPCODES];
static uint32_t *counts = uncounted;

// clang-format off
static const struct {
	const char *name;
	handler *run;
} table[OPCODES] = {
	[FUSE_LOOKUP]       = { "lookup",     on_lookup },
	[FUSE_FORGET]       = { NULL,         on_forget },
	[FUSE_BATCH_FORGET] = { NULL,         on_batch_forget },
	[FUSE_GETATTR]      = { "getattr",    on_getattr },
	[FUSE_SETATTR]      = { "setattr",    on_setattr },
	[FUSE_READLINK]     = { "readlink",   on_readlink },
	[FUSE_SYMLINK]      = { "symlink",    on_symlink },
	[FUSE_MKNOD]        = { "mknod",      on_mknod },
	[FUSE_MKDIR]        = { "mkdir",      on_mkdir },
	[FUSE_UNLINK]       = { "unlink",     on_unlink },
	[FUSE_RMDIR]        = { "rmdir",      on_rmdir },
	[FUSE_RENAME]       = { "rename",     on_rename },
	[FUSE_RENAME2]      = { "rename2",    on_rename2 },
	[FUSE_LINK]         = { "link",       on_link },
	[FUSE_OPEN]         = { "open",       on_open },
	[FUSE_READ]         = { "read",       on_read },
	[FUSE_WRITE]        = { "write",      on_write },
	[FUSE_STATFS]       = { "statfs",     on_statfs },
	[FUSE_RELEASE]      = { "release",    on_release },
	[FUSE_FSYNC]        = { "fsync",      on_fsync },
	[FUSE_FLUSH]        = { "flush",      on_flush },
	[FUSE_OPENDIR]      = { "opendir",    on_opendir },
	[FUSE_READDIR]      = { "readdir",    on_readdir },
	[FUSE_RELEASEDIR]   = { "releasedir", on_releasedir },
	[FUSE_GETLK]        = { "getlk",      on_getlk },
	[FUSE_SETLK]        = { "setlk",      on_setlk },
	[FUSE_CREATE]       = { "create",     on_create },
	[FUSE_TMPFILE]      = { "tmpfile",    on_tmpfile },
	[STATX]             = { "statx",      on_statx },
};

static const struct {
	const char *name;
	unsigned bits;
} names[] = {
	{ "noreplace", LACK_NOREPLACE }, { "exchange", LACK_EXCHANGE },
	{ "tmpfile",   LACK_TMPFILE },   { "link",     LACK_LINK },
	{ "birth",     LACK_BIRTH },     { "handle",   LACK_HANDLE },
	{ "locks",     LACK_LOCKS },     { "dirover",  LACK_DIROVER },
	{ "room",      LACK_ROOM },      { "all",       ~(unsigned)LACK_ROOM },
};
// clang-format on

static void
fail(const char *what)
{
	fprintf(stderr, "poorfs: %s: %s\n", what, strerror(errno));
	exit(1);
}

static long
on_init(const struct request *request)
{
	struct fuse_init_out *out = (void *)request->out;
	uint32_t flags = FUSE_BIG_WRITES | FUSE_ATOMIC_O_TRUNC;

	if ((lacks & LACK_LOCKS) == 0)
		flags |= FUSE_POSIX_LOCKS;
	if ((lacks & LACK_HANDLE) == 0)
		flags |= FUSE_EXPORT_SUPPORT;
	*out = (struct fuse_init_out){ .major = FUSE_KERNEL_VERSION,
		.minor = FUSE_KERNEL_MINOR_VERSION,
		.max_write = 128 << 10,
		.time_gran = 1,
		.flags = flags };
	return (long)sizeof(*out);
}

static long
run(const struct request *request)
{
	uint32_t opcode = request->header->opcode;

	if (opcode == FUSE_INIT)
		return on_init(request);
	if (opcode == FUSE_INTERRUPT)
		return NO_ANSWER;
	if (opcode >= OPCODES || table[opcode].run == NULL)
		return -ENOSYS;
	counts[opcode] += table[opcode].name != NULL;
	return table[opcode].run(request);
}

/* Until it is unmounted. */
static void
serve(int device)
{
	_Alignas(8) static char in[ROOM + 4096];
	_Alignas(8) static char out[sizeof(struct fuse_out_header) + ROOM];
	struct fuse_out_header *head = (void *)out;
	const struct request request = { (const void *)in,
		in + sizeof(struct fuse_in_header), out + sizeof(*head) };

	for (;;) {
		ssize_t got = read(device, in, sizeof(in));
		long len;

		if (got < 0 && (errno == EINTR || errno == ENOENT))
			continue;
		if (got < (ssize_t)sizeof(struct fuse_in_header))
			return;
		in[got] = '\0';
		len = run(&request);
		if (len == NO_ANSWER)
			continue;
		head->unique = request.header->unique;
		head->error = len < 0 ? (int32_t)len : 0;
		head->len =
		    (uint32_t)(sizeof(*head) + (len < 0 ? 0 : (size_t)len));
		/* ENOENT: the request was interrupted. */
		if (write(device, out, head->len) < 0 && errno != ENOENT)
			return;
	}
}

static void
count_in(const char *path)
{
	int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0644);

	if (fd < 0 || ftruncate(fd, sizeof(uncounted)) != 0)
		fail(path);
	counts = mmap(NULL, sizeof(uncounted), PROT_READ | PROT_WRITE,
	    MAP_SHARED, fd, 0);
	if (counts == MAP_FAILED)
		fail(path);
	close(fd);
}

static int
print_counts(const char *path)
{
	uint32_t sum = 0;

	count_in(path);
	for (int i = 0; i < OPCODES; i++) {
		if (counts[i] > 0)
			printf("%s %u\n", table[i].name, counts[i]);
		sum += counts[i];
	}
	printf("sum %u\n", sum);
	memset(counts, 0, sizeof(uncounted));
	return 0;
}

static void
set_lacks(char *list)
{
	for (char *name = strtok_r(list, ",", &list); name != NULL;
	     name = strtok_r(NULL, ",", &list)) {
		unsigned bits = 0;

		for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
			if (strcmp(names[i].name, name) == 0)
				bits = names[i].bits;
		}
		errno = EINVAL;
		if (bits == 0)
			fail(name);
		lacks |= bits;
	}
}

static void
set_option(char *word)
{
	char *value = strchr(word, '=');

	errno = EINVAL;
	if (value == NULL)
		fail(word);
	*value++ = '\0';
	if (strcmp(word, "lacks") == 0)
		set_lacks(value);
	else if (strcmp(word, "cache") == 0)
		cache_seconds = (unsigned)strtoul(value, NULL, 10);
	else if (strcmp(word, "counts") == 0)
		count_in(value);
	else
		fail(word);
}

static void
mount_at(int device, const char *where)
{
	char options[128];

	snprintf(options, sizeof(options),
	    "fd=%d,rootmode=40000,user_id=0,group_id=0,allow_other,"
	    "default_permissions",
	    device);
	if (mount("poorfs", where, "fuse.poorfs", MS_NOSUID | MS_NODEV,
		options) != 0)
		fail(where);
}

int
main(int argc, char **argv)
{
	struct rlimit files = { 65536, 65536 };
	int device, root;
	pid_t pid;

	if (argc == 3 && strcmp(argv[1], "counts") == 0)
		return print_counts(argv[2]);
	for (; argc > 3; argc--, argv++)
		set_option(argv[1]);
	errno = EINVAL;
	if (argc != 3)
		fail("usage: poorfs [OPTION=VALUE]... DIR MOUNTPOINT");
	(void)!setrlimit(RLIMIT_NOFILE, &files);
	umask(0);
	root = open(argv[1], O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (root < 0)
		fail(argv[1]);
	nodes_begin(root);
	device = open("/dev/fuse", O_RDWR | O_CLOEXEC);
	if (device < 0)
		fail("/dev/fuse");
	mount_at(device, argv[2]);
	pid = fork();
	if (pid < 0)
		fail("fork");
	if (pid > 0) {
		printf("%d\n", (int)pid);
		return 0;
	}
	setsid();
	for (int i = 0; i < 3; i++) {
		int null = open("/dev/null", O_RDWR);

		if (null != i)
			dup2(null, i);
		if (null > 2)
			close(null);
	}
	serve(device);
	return 0;
}
