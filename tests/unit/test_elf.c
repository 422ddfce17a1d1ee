/*
 * A program's files are what its own loader takes; hostile files are refused
 * without harm. Small ELF files are made here, field by field.
 */
#include <elf.h>
#include <fcntl.h>
#include <limits.h>
#include <link.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <cmocka.h>

#include "base/auto.h"
#include "child.h"
#include "program/elf.h"
#include "program/elf_object.h"
#include "program/ldcache.h"
#include "scratch.h"

/* What a made object says of itself. */
struct fileset {
	const char *interpreter; /* or NULL */
	const char *runpath;     /* or NULL */
	const char *needed[3];   /* up to three, ended by NULL */
	int machine_off;         /* added to the real machine's number */
};

/* A whole file: headers, dynamic section, strings. */
struct file {
	ElfW(Ehdr) header;
	ElfW(Phdr) segments[3];
	ElfW(Dyn) dynamic[8];
	char strings[512];
};

static ElfW(Ehdr) native; /* of this very program */
static char loader[ELF_OBJECT_NAME_MAX];

static size_t
add_string(struct file *file, size_t *end, const char *text)
{
	size_t at = *end;

	memcpy(file->strings + at, text, strlen(text) + 1);
	*end = at + strlen(text) + 1;
	return at;
}

static void
fill_dynamic(struct file *file, const struct fileset *made, size_t *end)
{
	ElfW(Dyn) *dynamic = file->dynamic;

	for (size_t i = 0; i < 3 && made->needed[i] != NULL; i++, dynamic++) {
		dynamic->d_tag = DT_NEEDED;
		dynamic->d_un.d_val = add_string(file, end, made->needed[i]);
	}
	if (made->runpath != NULL) {
		dynamic->d_tag = DT_RUNPATH;
		dynamic->d_un.d_val = add_string(file, end, made->runpath);
		dynamic++;
	}
	dynamic[0].d_tag = DT_STRTAB;
	dynamic[0].d_un.d_ptr = 0x10000 + offsetof(struct file, strings);
	dynamic[1].d_tag = DT_STRSZ;
	dynamic[1].d_un.d_val = sizeof(file->strings);
}

static void
fill(struct file *file, const struct fileset *made)
{
	size_t end = 1;

	memset(file, 0, sizeof(*file));
	file->header = native;
	file->header.e_machine =
	    (uint16_t)(native.e_machine + made->machine_off);
	file->header.e_phoff = offsetof(struct file, segments);
	file->header.e_phnum = 3;
	file->segments[0].p_type = PT_LOAD;
	file->segments[0].p_vaddr = 0x10000;
	file->segments[0].p_filesz = sizeof(*file);
	file->segments[1].p_type = PT_DYNAMIC;
	file->segments[1].p_offset = offsetof(struct file, dynamic);
	file->segments[1].p_filesz = sizeof(file->dynamic);
	if (made->interpreter != NULL) {
		file->segments[2].p_type = PT_INTERP;
		file->segments[2].p_offset =
		    offsetof(struct file, strings) +
		    add_string(file, &end, made->interpreter);
		file->segments[2].p_filesz = strlen(made->interpreter) + 1;
	}
	fill_dynamic(file, made, &end);
}

static void
put(const char *name, const void *bytes, size_t len)
{
	assert_int_equal(scratch_write(name, bytes, len, 0755), 0);
}

static void
put_object(const char *name, const struct fileset *made)
{
	struct file file;

	fill(&file, made);
	put(name, &file, sizeof(file));
}

/* The absolute path of a name in the test's directory. */
static const char *
in_top(const char *name)
{
	static char path[256];

	snprintf(path, sizeof(path), "%s/%s", top, name);
	return path;
}

static const struct needed_file *
named(const struct needed_files *files, const char *name)
{
	for (size_t i = 0; i < files->count; i++)
		if (strcmp(strrchr(files->at[i].path, '/') + 1, name) == 0)
			return &files->at[i];
	return NULL;
}

static int
learn_native(void **state)
{
	struct elf_object object;
	int fd = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);

	(void)state;
	if (fd < 0 || read(fd, &native, sizeof(native)) != sizeof(native) ||
	    elf_object_read(&object, fd) != 0)
		return -1;
	close(fd);
	snprintf(loader, sizeof(loader), "%s", object.interpreter);
	elf_object_free(&object);
	return 0;
}

static int
set_up(void **state)
{
	(void)state;
	return scratch_make(0755);
}

static int
resolve_error(const char *program)
{
	struct needed_files files;
	int result = elf_resolve(&files, program);
	int error = errno;

	if (result != 0)
		assert_int_equal(files.count, 0);
	needed_files_free(&files);
	return result == 0 ? 0 : error;
}

/*
 * Compares with what the real loader lists: every absolute path in its output
 * must be among the files, by inode.
 */
static size_t
check_against_loader(const struct needed_files *files, FILE *output)
{
	char line[512], path[512];
	size_t checked = 0;

	while (fgets(line, sizeof(line), output) != NULL) {
		const char *slash = strchr(line, '/');
		struct stat st, ours;
		bool found = false;

		if (slash == NULL || sscanf(slash, "%511s", path) != 1)
			continue;
		assert_int_equal(stat(path, &st), 0);
		for (size_t i = 0; i < files->count; i++) {
			assert_int_equal(fstat(files->at[i].fd, &ours), 0);
			found |= ours.st_ino == st.st_ino &&
				 ours.st_dev == st.st_dev;
		}
		if (!found)
			print_error("%s is missing\n", path);
		assert_true(found);
		checked++;
	}
	return checked;
}

/*
 * Asks the loader itself, not the program by LD_TRACE_LOADED_OBJECTS: musl
 * knows no such variable, and this test would begin anew in each child.
 */
static FILE *
ask_loader(const struct needed_files *files, const char *program, pid_t *pid)
{
	char *const argv[] = { strdup(files->at[1].path), (char[]){ "--list" },
		strdup(program), NULL };
	char *const envp[] = { NULL };
	int ends[2];

	assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
	*pid = fork();
	if (*pid == 0) {
		dup2(ends[1], 1);
		execve(argv[0], argv, envp);
		_exit(127);
	}
	free(argv[0]);
	free(argv[2]);
	close(ends[1]);
	return fdopen(ends[0], "r");
}

static void
same_files_as_the_loader(const char *program)
{
	struct needed_files files;
	FILE *output;
	pid_t pid;

	assert_int_equal(elf_resolve(&files, program), 0);
	assert_true(files.complete);
	assert_string_equal(files.lack, "");
	assert_true(files.count >= 2);
	output = ask_loader(&files, program, &pid);
	assert_true(check_against_loader(&files, output) >= 2);
	fclose(output);
	waitpid(pid, NULL, 0);
	assert_string_equal(files.at[0].path, program);
	assert_true(files.at[0].access == (LL_EXECUTE | LL_READ_FILE));
	assert_true(files.at[1].access == (LL_EXECUTE | LL_READ_FILE));
	for (size_t i = 2; i < files.count; i++)
		assert_true(files.at[i].access == LL_READ_FILE);
	needed_files_free(&files);
}

static void
files_are_those_that_the_loader_takes(void **state)
{
	static const char *const programs[] = { "/bin/sh", "/bin/ls",
		"/usr/bin/rsync", "/usr/bin/ssh" };
	char self[PATH_MAX] = "";
	int checked = 0;

	(void)state;
	assert_true(readlink("/proc/self/exe", self, sizeof(self) - 1) > 0);
	same_files_as_the_loader(self);
	for (size_t i = 0; i < 4; i++) {
		if (access(programs[i], X_OK) != 0)
			continue;
		same_files_as_the_loader(programs[i]);
		checked++;
	}
	assert_true(checked >= 2);
}

static void
what_is_no_program_is_refused(void **state)
{
	static const char script[] = "#!/bin/sh\nexit 0\n";

	(void)state;
	put_object("program", &(struct fileset){ .interpreter = NULL });
	assert_int_equal(resolve_error(in_top("program")), 0);
	put("program", script, sizeof(script) - 1);
	assert_int_equal(resolve_error(in_top("program")), ENOEXEC);
	put("program", "", 0);
	assert_int_equal(resolve_error(in_top("program")), ENOEXEC);
	put_object("program", &(struct fileset){ .interpreter = "ld.so" });
	assert_int_equal(resolve_error(in_top("program")), ENOEXEC);
	put_object("program", &(struct fileset){ .interpreter = "/no/ld.so" });
	assert_int_equal(resolve_error(in_top("program")), ENOENT);
	assert_int_equal(resolve_error(in_top("absent")), ENOENT);
	assert_int_equal(resolve_error("program"), ENOENT);
	assert_int_equal(resolve_error("/tmp"), EACCES);
}

static int
act_resolve(const void *path)
{
	return resolve_error(path);
}

static void
program_that_can_not_be_read_is_refused(void **state)
{
	const char *path = in_top("program");

	(void)state;
	put_object("program", &(struct fileset){ .interpreter = NULL });
	assert_int_equal(child_run(1, act_resolve, path), 0);
	assert_int_equal(chmod("program", 0111), 0);
	assert_int_equal(child_run(1, act_resolve, path), EACCES);
}

static void
static_program_needs_only_itself(void **state)
{
	struct needed_files files;

	(void)state;
	put_object("program", &(struct fileset){ .interpreter = NULL });
	assert_int_equal(elf_resolve(&files, in_top("program")), 0);
	assert_true(files.complete);
	assert_int_equal(files.count, 1);
	needed_files_free(&files);
}

static void
missing_library_is_said(void **state)
{
	struct fileset made = { loader, NULL, { "libnever-was.so.7" }, 0 };
	struct needed_files files;

	(void)state;
	put_object("program", &made);
	assert_int_equal(elf_resolve(&files, in_top("program")), 0);
	assert_false(files.complete);
	assert_non_null(strstr(files.lack, "libnever-was.so.7"));
	needed_files_free(&files);
}

static void
search_path_comes_first_and_circles_end(void **state)
{
	struct fileset program = { loader, top, { "liba.so" }, 0 };
	struct fileset a = { NULL, top, { "libb.so" }, 0 };
	struct fileset b = { NULL, NULL, { "liba.so", "libb.so" }, 0 };
	struct needed_files files;

	(void)state;
	put_object("program", &program);
	put_object("liba.so", &a);
	put_object("libb.so", &b);
	assert_int_equal(elf_resolve(&files, in_top("program")), 0);
	assert_true(files.complete);
	assert_string_equal(named(&files, "liba.so")->path, in_top("liba.so"));
	assert_string_equal(named(&files, "libb.so")->path, in_top("libb.so"));
	needed_files_free(&files);
	/* Without the path nobody finds it. */
	program.runpath = NULL;
	put_object("program", &program);
	assert_int_equal(elf_resolve(&files, in_top("program")), 0);
	assert_false(files.complete);
	needed_files_free(&files);
}

static void
origin_is_not_expanded(void **state)
{
	struct fileset program = { loader, "$ORIGIN", { "liba.so" }, 0 };
	struct fileset library = { .interpreter = NULL };
	struct needed_files files;

	(void)state;
	put_object("program", &program);
	put_object("liba.so", &library);
	assert_int_equal(elf_resolve(&files, in_top("program")), 0);
	assert_false(files.complete);
	needed_files_free(&files);
}

static void
what_is_no_library_of_this_machine_is_passed_over(void **state)
{
	struct fileset program = { loader, top, { "liba.so" }, 0 };
	struct fileset foreign = { .machine_off = 1 };
	struct needed_files files;

	(void)state;
	put_object("program", &program);
	put_object("liba.so", &foreign);
	assert_int_equal(elf_resolve(&files, in_top("program")), 0);
	assert_false(files.complete);
	needed_files_free(&files);
	assert_int_equal(unlink("liba.so"), 0);
	assert_int_equal(mkfifo("liba.so", 0644), 0);
	assert_int_equal(elf_resolve(&files, in_top("program")), 0);
	assert_false(files.complete);
	needed_files_free(&files);
}

static void
musl_takes_its_path_file(void **state)
{
	char interpreter[128], paths[128];
	struct fileset program = { interpreter, NULL,
		{ "libc.musl-x.so.1", "libz.so.1" }, 0 };
	struct fileset library = { .interpreter = NULL };
	struct needed_files files;

	(void)state;
	snprintf(interpreter, sizeof(interpreter), "%s/lib/ld-musl-test.so.1",
	    top);
	snprintf(paths, sizeof(paths), "/nowhere\n%s/libs\n", top);
	assert_int_equal(mkdir("lib", 0755) + mkdir("etc", 0755) +
			     mkdir("libs", 0755),
	    0);
	put("etc/ld-musl-test.path", paths, strlen(paths));
	put_object("lib/ld-musl-test.so.1", &library);
	put_object("libs/libz.so.1", &library);
	put_object("program", &program);
	assert_int_equal(elf_resolve(&files, in_top("program")), 0);
	assert_true(files.complete);
	assert_int_equal(files.count, 4);
	assert_non_null(named(&files, "libz.so.1"));
	assert_non_null(named(&files, "ld-musl-test.path"));
	needed_files_free(&files);
}

static void
directories_and_modules_can_be_added(void **state)
{
	struct needed_files files;
	size_t count;

	(void)state;
	assert_int_equal(elf_resolve(&files, "/bin/sh"), 0);
	count = files.count;
	assert_int_equal(elf_add_directories(&files), 0);
	assert_true(files.count > count);
	assert_string_equal(files.at[count].path, "/lib");
	assert_true(files.at[count].access == LL_READ_FILE);
	if (named(&files, "libc.so.6") != NULL) {
		assert_int_equal(elf_add_gconv(&files), 0);
		assert_non_null(named(&files, "gconv"));
	}
	needed_files_free(&files);
}

/* Whatever it says, it must neither crash nor loop. */
static void
read_whatever(const void *bytes, size_t len)
{
	struct elf_object object;
	int fd;

	put("program", bytes, len);
	fd = open("program", O_RDONLY | O_CLOEXEC);
	if (elf_object_read(&object, fd) != 0)
		assert_true(errno == ENOEXEC || errno == E2BIG);
	elf_object_free(&object);
	close(fd);
}

static void
cut_or_lying_objects_do_no_harm(void **state)
{
	struct fileset made = { loader, top, { "liba.so", "libb.so" }, 0 };
	static const unsigned char values[] = { 0x00, 0x7f, 0x80, 0xff };
	size_t headers = offsetof(struct file, strings) + 16;
	unsigned char bytes[sizeof(struct file)];
	struct file file;

	(void)state;
	fill(&file, &made);
	for (size_t len = 0; len < sizeof(file); len++)
		read_whatever(&file, len);
	for (size_t at = 0; at < headers; at++) {
		for (size_t v = 0; v < sizeof(values); v++) {
			memcpy(bytes, &file, sizeof(file));
			bytes[at] = values[v];
			read_whatever(bytes, sizeof(bytes));
		}
	}
}

static void
string_without_end_is_refused(void **state)
{
	struct fileset made = { NULL, NULL, { "liba.so" }, 0 };
	struct elf_object object;
	struct file file;
	int fd;

	(void)state;
	fill(&file, &made);
	put("program", &file, sizeof(file));
	fd = open("program", O_RDONLY | O_CLOEXEC);
	assert_int_equal(elf_object_read(&object, fd), 0);
	assert_int_equal(object.needed_count, 1);
	assert_string_equal(object.needed[0], "liba.so");
	elf_object_free(&object);
	close(fd);
	memset(file.strings, 'x', sizeof(file.strings));
	put("program", &file, sizeof(file));
	fd = open("program", O_RDONLY | O_CLOEXEC);
	assert_int_equal(elf_object_read(&object, fd), -1);
	elf_object_free(&object);
	close(fd);
}

/* --- the loader's cache ----------------------------------------------------
 */

struct cache_file {
	char magic[20];
	uint32_t count;
	uint32_t strings_size;
	uint32_t rest[5];
	struct {
		int32_t flags;
		uint32_t key, value, os;
		uint64_t hwcap;
	} entries[2];
	char strings[64];
};

static void
fill_cache(struct cache_file *file)
{
	static const char strings[] = "liba.so\0/lib/liba.so\0/hw/liba.so";
	uint32_t at = offsetof(struct cache_file, strings);

	memset(file, 0, sizeof(*file));
	memcpy(file->magic, "glibc-ld.so.cache1.1", 20);
	memcpy(file->strings, strings, sizeof(strings));
	file->count = 2;
	file->entries[0].key = file->entries[1].key = at;
	file->entries[0].value = at + 21;
	file->entries[1].value = at + 8;
}

static void
all_entries_of_a_name_are_found(void **state)
{
	struct cache_file file;
	struct ldcache cache;
	uint32_t at = 0;

	(void)state;
	fill_cache(&file);
	put("cache", &file, sizeof(file));
	assert_int_equal(ldcache_open(&cache, "cache"), 0);
	assert_string_equal(ldcache_next(&cache, "liba.so", &at),
	    "/hw/liba.so");
	assert_string_equal(ldcache_next(&cache, "liba.so", &at),
	    "/lib/liba.so");
	assert_null(ldcache_next(&cache, "liba.so", &at));
	at = 0;
	assert_null(ldcache_next(&cache, "liba", &at));
	ldcache_close(&cache);
}

static void
older_table_in_front_is_skipped(void **state)
{
	struct {
		char magic[12];
		uint32_t count;
		char entries[3 * 12];
		char padding[4];
		struct cache_file newer;
	} file = { "ld.so-1.7.0", 3, "", "", { .count = 0 } };
	struct ldcache cache;
	uint32_t at = 0;

	(void)state;
	fill_cache(&file.newer);
	assert_int_equal(offsetof(__typeof__(file), newer), 56);
	put("cache", &file, sizeof(file));
	assert_int_equal(ldcache_open(&cache, "cache"), 0);
	assert_string_equal(ldcache_next(&cache, "liba.so", &at),
	    "/hw/liba.so");
	ldcache_close(&cache);
}

static void
read_whatever_cache(const void *bytes, size_t len)
{
	struct ldcache cache;
	uint32_t at = 0;

	put("cache", bytes, len);
	if (ldcache_open(&cache, "cache") == 0)
		while (ldcache_next(&cache, "liba.so", &at) != NULL)
			continue;
	else
		assert_int_equal(errno, EBADMSG);
	ldcache_close(&cache);
}

static void
cut_or_lying_caches_do_no_harm(void **state)
{
	unsigned char bytes[sizeof(struct cache_file)];
	struct cache_file file;

	(void)state;
	fill_cache(&file);
	for (size_t len = 0; len < sizeof(file); len++)
		read_whatever_cache(&file, len);
	for (size_t i = 0; i < sizeof(file); i++) {
		memcpy(bytes, &file, sizeof(file));
		bytes[i] = 0xff;
		read_whatever_cache(bytes, sizeof(bytes));
	}
	memset(file.strings, '/', sizeof(file.strings));
	read_whatever_cache(&file, sizeof(file));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, scratch_remove)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(files_are_those_that_the_loader_takes),
		TEST(what_is_no_program_is_refused),
		TEST(program_that_can_not_be_read_is_refused),
		TEST(static_program_needs_only_itself),
		TEST(missing_library_is_said),
		TEST(search_path_comes_first_and_circles_end),
		TEST(origin_is_not_expanded),
		TEST(what_is_no_library_of_this_machine_is_passed_over),
		TEST(musl_takes_its_path_file),
		TEST(directories_and_modules_can_be_added),
		TEST(cut_or_lying_objects_do_no_harm),
		TEST(string_without_end_is_refused),
		TEST(all_entries_of_a_name_are_found),
		TEST(older_table_in_front_is_skipped),
		TEST(cut_or_lying_caches_do_no_harm),
	};

	return cmocka_run_group_tests_name("elf", tests, learn_native, NULL);
}
