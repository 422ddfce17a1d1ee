/*
 * import: the settings of another program in, a configuration out. Reads the
 * files that it is given and prints; no file of the system is changed.
 */
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/auto.h"
#include "base/io.h"
#include "base/xalloc.h"
#include "ctl/arguments.h"
#include "ctl/gate_program.h"
#include "ctl/import.h"
#include "ctl/say.h"
#include "ctl/verbs.h"

enum { IMPORT_TEXT_MAX = 8 * 1024 * 1024 };

struct importing {
	struct import_source source;
	const char *passwd, *part;
	bool as_json, strict;
	struct passwd_lines accounts;
	struct imported out;
};

static const struct {
	const char *name;
	import_format *run;
	const char *part; /* what is printed of it */
} formats[] = {
	{ "atmoz", import_atmoz, "configuration" },
	{ "rrsync", import_rrsync, "authorized_keys" },
	{ "rssh", import_rssh, "configuration" },
	{ "scponly", import_scponly, "configuration" },
	{ "sshd", import_sshd, "configuration" },
};

enum { FORMATS = sizeof(formats) / sizeof(*formats) };

/* Returns the file's text, owned, or NULL: told. "-" is standard input. */
static char *
read_text(const char *file)
{
	auto_fd int opened = -1;
	int fd = STDIN_FILENO;
	char *text;
	ssize_t len;

	if (strcmp(file, "-") != 0)
		fd = opened =
		    open(file, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	if (fd < 0) {
		say_unreadable(file);
		return NULL;
	}
	text = xcalloc(1, IMPORT_TEXT_MAX + 1);
	len = io_read_all(fd, text, IMPORT_TEXT_MAX);
	if (len >= 0 && len < IMPORT_TEXT_MAX &&
	    memchr(text, '\0', (size_t)len) == NULL)
		return text;
	if (len < 0)
		say_unreadable(file);
	else
		say_failure("no text, or too much of it: ", file);
	free(text);
	return NULL;
}

static int
read_accounts(struct importing *importing)
{
	char *text;

	if (importing->passwd == NULL)
		return CTL_FINE;
	text = read_text(importing->passwd);
	if (text == NULL)
		return CTL_FINDING;
	passwd_lines_read(&importing->accounts, text, NULL, NULL);
	importing->source.accounts = &importing->accounts;
	free(text);
	return CTL_FINE;
}

static bool
is_one_of(const char *word, const char *const *words)
{
	for (; *words != NULL; words++) {
		if (strcmp(*words, word) == 0)
			return true;
	}
	return false;
}

static int
check_words(const struct importing *importing, const char *format)
{
	static const char *const roots[] = { "home", "/", NULL };
	static const char *const parts[] = { "configuration", "authorized_keys",
		"sshd_config", NULL };
	const struct import_source *source = &importing->source;

	if (source->root != NULL && !is_one_of(source->root, roots))
		return say_usage("--root takes home or /: ", source->root);
	if (importing->part != NULL && !is_one_of(importing->part, parts))
		return say_usage("--part takes configuration, authorized_keys "
				 "or sshd_config: ",
		    importing->part);
	if (source->built_with != NULL && strcmp(format, "scponly") != 0)
		return say_usage("--built-with is for scponly", NULL);
	if (source->as_options && strcmp(format, "rrsync") != 0)
		return say_usage("--as-options is for rrsync", NULL);
	if (source->program[0] != '/')
		return say_usage("--program wants an absolute path: ",
		    source->program);
	return CTL_FINE;
}

static void
print_part(const struct importing *importing, const char *part)
{
	const struct imported *out = &importing->out;

	if (importing->as_json)
		import_print_json(out);
	else if (strcmp(part, "authorized_keys") == 0)
		import_put_lines(stdout, &out->keys);
	else if (strcmp(part, "sshd_config") == 0)
		import_put_lines(stdout, &out->sshd);
	else
		import_put(stdout, out);
	if (!importing->as_json)
		import_print_notes(out);
}

static int
import_files(struct importing *importing, size_t format, char *const *files)
{
	for (; *files != NULL; files++) {
		char *text = read_text(*files);

		if (text == NULL)
			return CTL_FINDING;
		importing->source.file =
		    strcmp(*files, "-") == 0 ? "stdin" : *files;
		importing->source.text = text;
		formats[format].run(&importing->source, &importing->out);
		free(text);
	}
	print_part(importing,
	    importing->part != NULL ? importing->part : formats[format].part);
	return importing->strict && importing->out.notes.count > 0 ? CTL_FINDING
								   : CTL_FINE;
}

/* Where the names rrsync and sftp-server are: beside the gate itself, which has
 * a link in bin. */
static const char *
names_directory(const char *program, char path[PATH_MAX])
{
	const char *bin = strstr(program, "/bin/filesonly");
	char *slash;

	if (bin != NULL) {
		snprintf(path, PATH_MAX, "%.*s/lib/filesonly",
		    (int)(bin - program), program);
		return path;
	}
	snprintf(path, PATH_MAX, "%s", program);
	slash = strrchr(path, '/');
	if (slash != NULL)
		*slash = '\0';
	return path;
}

int
verb_import(int argc, char **argv)
{
	static struct importing importing;
	static char program[PATH_MAX], names[PATH_MAX];
	struct import_source *source = &importing.source;
	const struct argument table[] = { { "json", &importing.as_json, NULL },
		{ "strict", &importing.strict, NULL },
		{ "part", NULL, &importing.part },
		{ "passwd", NULL, &importing.passwd },
		{ "root", NULL, &source->root },
		{ "built-with", NULL, &source->built_with },
		{ "as-options", &source->as_options, NULL },
		{ "program", NULL, &source->program }, { NULL, NULL, NULL } };
	int count = arguments_take(argv, argc, table, false), status;
	size_t format = 0;

	if (count < 0)
		return CTL_USAGE;
	if (count < 2)
		return say_usage("import wants a format (atmoz, rrsync, rssh, "
				 "scponly, sshd) and a FILE (-: standard "
				 "input)",
		    NULL);
	while (format < FORMATS && strcmp(formats[format].name, argv[1]) != 0)
		format++;
	if (format == FORMATS)
		return say_usage("no such format (atmoz, rrsync, rssh, "
				 "scponly, sshd): ",
		    argv[1]);
	if (source->program == NULL)
		source->program = gate_program_name(program);
	source->names = names_directory(source->program, names);
	status = check_words(&importing, argv[1]);
	if (status == CTL_FINE)
		status = read_accounts(&importing);
	argv[count + 1] = NULL;
	if (status == CTL_FINE)
		status = import_files(&importing, format, argv + 2);
	passwd_lines_free(&importing.accounts);
	imported_free(&importing.out);
	return status;
}
