/*
 * A file of authorized_keys whose forced commands are rrsync's: these lines
 * become ours, all others stay as they are. Pure.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/buf.h"
#include "base/xalloc.h"
#include "ctl/import.h"
#include "ctl/key_quoting.h"
#include "decide/rrsync.h"
#include "request/words.h"

enum { KEY_LINE_MAX = 8192, WORDS_OF_LINE = 32 };

/* A line in its parts; borrowed from it. */
struct key_parts {
	const char *options, *key; /* the key and what follows it */
	size_t options_len;
	char command[KEY_LINE_MAX]; /* without its quoting */
	bool has_command, is_restricted;
	bool is_ambiguous; /* several commands: sshd takes no such line */
	/* The other options, a comma behind each, the last one too. */
	char others[KEY_LINE_MAX + 1];
};

struct mapping_rrsync {
	const struct import_source *source;
	struct imported *out;
	int line;
};

static void
rrsync_note(const struct mapping_rrsync *mapping, const char *text,
    const char *word, const char *rest)
{
	import_note(mapping->source, mapping->line, mapping->out, text, word,
	    rest);
}

/* sshd reads from left to right: "restrict" shuts what was opened before it.
 * Ours stands first, so that these options must go. */
static void
drop_shut_options(char *others)
{
	static const char *const opened[] = { "port-forwarding",
		"agent-forwarding", "x11-forwarding", "pty", "user-rc" };
	char *to = others;

	for (const char *at = others; *at != '\0';) {
		size_t len = key_option_len(at);
		bool is_shut = false;

		for (size_t i = 0; i < sizeof(opened) / sizeof(*opened); i++)
			is_shut |= strlen(opened[i]) == len &&
				   strncasecmp(at, opened[i], len) == 0;
		len++; /* the comma */
		if (!is_shut) {
			memmove(to, at, len);
			to += len;
		}
		at += len;
	}
	*to = '\0';
}

static void
take_key_option(struct key_parts *parts, const char *text, size_t len)
{
	size_t used = strlen(parts->others);

	if (len > 8 && strncasecmp(text, "command=", 8) == 0) {
		key_option_unquote(parts->command, sizeof(parts->command),
		    text + 8, len - 8);
		parts->is_ambiguous |= parts->has_command;
		parts->has_command = true;
		return;
	}
	if (len == 8 && strncasecmp(text, "restrict", 8) == 0) {
		drop_shut_options(parts->others);
		parts->is_restricted = true;
		return;
	}
	memcpy(parts->others + used, text, len);
	memcpy(parts->others + used + len, ",", 2);
}

static void
split_line(struct key_parts *parts, const char *line)
{
	const char *at = line + strspn(line, " \t");

	parts->command[0] = parts->others[0] = '\0';
	parts->has_command = parts->is_restricted = parts->is_ambiguous = false;
	parts->options = at;
	while (!key_is_bare(line + strspn(line, " \t"))) {
		size_t len = key_option_len(at);

		take_key_option(parts, at, len);
		at += len;
		if (*at != ',')
			break;
		at++;
	}
	parts->key = at + strspn(at, " \t");
}

/* Cuts the command as a shell would; argv borrows from words. */
static int
command_argv(const char *command, struct words *words,
    char *argv[WORDS_OF_LINE + 1])
{
	if (words_split(command, strlen(command), words) != REFUSE_NOTHING ||
	    words->count == 0 || words->count > WORDS_OF_LINE)
		return 0;
	for (size_t i = 0; i < words->count; i++) {
		argv[i] = words->at[i].text;
		/* The shell's home is where a relative DIR begins, too. */
		if (!words->at[i].quoted[0] && strncmp(argv[i], "~/", 2) == 0 &&
		    argv[i][2] != '\0')
			argv[i] += 2;
	}
	argv[words->count] = NULL;
	return (int)words->count;
}

/* rrsync's options as filesonly's own. */
static void
add_own_options(const struct mapping_rrsync *mapping, struct buf *command,
    const struct policy *policy, bool push_only)
{
	const struct {
		bool holds;
		const char *option;
	} rows[] = {
		{ true, "--services=rsync" },
		{ true, "--set-id" },
		{ policy->mode == MODE_READ_ONLY, "--read-only" },
		{ push_only, "--write-only" },
		{ policy->munge_links, "--munge-links" },
		{ policy->absolute, "--absolute" },
		{ policy->mode != MODE_READ_ONLY && !policy->may_delete,
		    "--no-delete" },
		{ !policy->may_overwrite, "--no-overwrite" },
		{ policy->lock, "--lock" },
	};

	key_add_shell_word(command, mapping->source->program);
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		if (rows[i].holds)
			buf_addf(command, " %s", rows[i].option);
	}
	buf_add_text(command, policy->root[0] == '-' ? " -- " : " ");
	key_add_shell_word(command, policy->root);
	if (push_only)
		rrsync_note(mapping,
		    "-wo becomes --write-only, which is narrower: no --delete "
		    "of "
		    "what was there, no comparison by checksum, no "
		    "--link-dest, no listing",
		    NULL, NULL);
	import_note_once(mapping->source, 0, mapping->out,
	    "refusals come in filesonly's words, not in rrsync's, on which "
	    "scripts may match");
}

static void
add_rrsync_words(const struct mapping_rrsync *mapping, struct buf *command,
    char *const *argv, int count)
{
	char path[1024];

	snprintf(path, sizeof(path), "%s/rrsync", mapping->source->names);
	key_add_shell_word(command, path);
	for (int i = 1; i < count; i++) {
		buf_add_text(command, " ");
		key_add_shell_word(command, argv[i]);
	}
}

/* Reads rrsync's line as our rrsync reads it. */
static bool
translate(const struct mapping_rrsync *mapping, char *const *argv, int count,
    struct buf *command)
{
	char room[512];
	struct options options;
	struct policy policy;
	struct buf error;
	bool done;

	buf_init(&error, room, sizeof(room) - 1);
	policy_init(&policy);
	done = rrsync_parse(&options, &policy, count, argv, &error) == 0 &&
	       options.task == TASK_SERVE;
	if (!done) {
		rrsync_note(mapping,
		    "rrsync itself refuses this command: ", buf_text(&error),
		    "; the line stays as it is");
	} else if (mapping->source->as_options) {
		add_own_options(mapping, command, &policy,
		    options.restrictions.push_only);
	} else {
		add_rrsync_words(mapping, command, argv, count);
	}
	if (done && policy.lock)
		import_note_once(mapping->source, 0, mapping->out,
		    "one rsync writes to a directory at a time, where its line "
		    "has no -no-lock; an rrsync that does not know that option "
		    "let several write");
	policy_free(&policy);
	return done;
}

// clang-format off
/* Commands of others that are known, by the beginning of their last name. */
static const struct {
	const char *name, *word; /* and a word behind it, or NULL */
	const char *note;
} others[] = {
	{ "rsync",         "--daemon", ": modules of an rsync daemon (host::"
	                               "module) are another protocol, which "
	                               "filesonly does not serve; the line "
	                               "stays as it is" },
	{ "borg",          "serve",    ": borg is not replaced; the line stays "
	                               "as it is" },
	{ "internal-sftp", NULL,       ": sshd serves that by itself; the line "
	                               "stays as it is (filesonlyctl authorize "
	                               "makes one that filesonly serves)" },
	{ "filesonly",     NULL,       ": filesonly's already" },
};
// clang-format on

static bool
has_word(char *const *argv, int count, const char *word)
{
	for (int i = 1; word != NULL && i < count; i++) {
		if (strcmp(argv[i], word) == 0)
			return true;
	}
	return word == NULL;
}

static void
note_other(const struct mapping_rrsync *mapping, const char *command,
    char *const *argv, int count)
{
	const char *slash = count > 0 ? strrchr(argv[0], '/') : NULL;
	const char *name = slash != NULL ? slash + 1 : argv[0];

	for (size_t i = 0; count > 0 && i < sizeof(others) / sizeof(*others);
	     i++) {
		if (strcmp(name, others[i].name) != 0 ||
		    !has_word(argv, count, others[i].word))
			continue;
		rrsync_note(mapping, "", command, others[i].note);
		return;
	}
	rrsync_note(mapping, "no rrsync, or not alone: ", command,
	    "; the line stays as it is");
}

static bool
rewrite(const struct mapping_rrsync *mapping, const struct key_parts *parts)
{
	char room[KEY_LINE_MAX], line_room[2 * KEY_LINE_MAX];
	char *argv[WORDS_OF_LINE + 1] = { NULL };
	struct words words = { 0 };
	struct buf command, line;
	int count = command_argv(parts->command, &words, argv);
	bool done = false;

	buf_init(&command, room, sizeof(room) - 1);
	buf_init(&line, line_room, sizeof(line_room) - 1);
	if (count > 0 && rrsync_is_name(argv[0]))
		done = translate(mapping, argv, count, &command);
	else
		note_other(mapping, parts->command, argv, count);
	buf_addf(&line, "restrict,%s", parts->others);
	key_add_option(&line, "command", buf_text(&command));
	buf_addf(&line, " %s", parts->key);
	words_free(&words);
	if (!done)
		return false;
	if (command.full || line.full) {
		rrsync_note(mapping, "the line is too long", NULL,
		    ": it stays as it is");
		return false;
	}
	import_add_line(&mapping->out->keys, buf_text(&line), line.len);
	if (!parts->is_restricted)
		rrsync_note(mapping,
		    "the line had no \"restrict\": forwarding of ports and "
		    "agents may have been open, and is shut now",
		    NULL, NULL);
	return true;
}

static void
map_line(const struct mapping_rrsync *mapping, const char *line)
{
	struct key_parts *parts = xcalloc(1, sizeof(*parts));
	const char *first = line + strspn(line, " \t");
	bool done = false;

	if (*first != '\0' && *first != '#') {
		split_line(parts, line);
		if (parts->is_ambiguous)
			rrsync_note(mapping,
			    "several commands: sshd takes no key from this "
			    "line",
			    NULL, "; it stays as it is");
		else if (parts->has_command)
			done = rewrite(mapping, parts);
		else
			rrsync_note(mapping,
			    "a key without a forced command may do what the "
			    "login shell lets it",
			    NULL, "; the line stays as it is");
	}
	if (!done)
		import_add_line(&mapping->out->keys, line, strlen(line));
	free(parts);
}

void
import_rrsync(const struct import_source *source, struct imported *out)
{
	struct mapping_rrsync mapping = { source, out, 0 };
	const char *text = source->text;
	char line[KEY_LINE_MAX];
	bool ended;

	for (long len; (len = import_next_line(&text, line, sizeof(line),
			    &ended)) >= 0;) {
		mapping.line++;
		if (len >= KEY_LINE_MAX)
			rrsync_note(&mapping, "the line is too long for sshd",
			    NULL, ": left out");
		else
			map_line(&mapping, line);
	}
}
