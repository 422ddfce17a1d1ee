/* Builds argv; decides nothing but the spelling. */
#include "subsys/rsync/argv.h"

#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/num.h"
#include "base/xalloc.h"
#include "subsys/rsync/rules.h"

enum {
	MAX_COUNT = NAMES_MAX_COUNT + 2 * ARGS_MAX_OPTIONS,
	MAX_VERBOSE = 3, /* from the fourth -v on, a server tells its paths */
	MAX_LETTERS = 60,
};

static void
argv_add(struct argv *argv, const char *text)
{
	if (argv->count >= MAX_COUNT) {
		argv->full = true;
		return;
	}
	if (argv->count + 2 > argv->room) {
		argv->room = argv->room == 0 ? 64 : argv->room * 2;
		argv->at = xrealloc(argv->at, argv->room, sizeof(*argv->at));
	}
	argv->at[argv->count++] = xstrdup(text);
	argv->at[argv->count] = NULL;
	argv->letters = 0;
}

static void printf_like(2, 3)
    argv_addf(struct argv *argv, const char *format, ...)
{
	char text[ARGV_MAX_WORD];
	va_list list;
	int len;

	va_start(list, format);
	len = vsnprintf(text, sizeof(text), format, list);
	va_end(list);
	if (len < 0 || (size_t)len >= sizeof(text))
		argv->full = true;
	else
		argv_add(argv, text);
}

/* A letter joins the bundle that is the last word, or begins one. */
static void
argv_add_letter(struct argv *argv, char letter)
{
	char **last = &argv->at[argv->count - 1];
	size_t letters = argv->letters;

	if (letters == 0 || letters >= MAX_LETTERS) {
		const char text[] = { '-', letter, '\0' };

		argv_add(argv, text);
		argv->letters = 1;
		return;
	}
	*last = xrealloc(*last, letters + 3, 1);
	(*last)[letters + 1] = letter;
	(*last)[letters + 2] = '\0';
	argv->letters++;
}

/* The capabilities (e) end the bundle; other values get a long option. */
static void
argv_add_letter_value(struct argv *argv, const struct rsync_item *item)
{
	char **last;
	size_t len;

	if (item->row->value != VALUE_SUFFIX) {
		argv_addf(argv, "--%s=%.*s", item->row->name,
		    (int)item->value_len, item->value);
		return;
	}
	argv_add_letter(argv, item->row->letter);
	last = &argv->at[argv->count - 1];
	len = strlen(*last);
	*last = xrealloc(*last, len + item->value_len + 1, 1);
	memcpy(*last + len, item->value, item->value_len);
	(*last)[len + item->value_len] = '\0';
	argv->letters = 0;
}

bool
argv_is_path(enum rsync_value kind)
{
	return kind == VALUE_BESIDE || kind == VALUE_PARTIAL ||
	       kind == VALUE_LIST;
}

static void
argv_add_item(struct argv *argv, const struct rsync_item *item,
    const struct argv_frame *frame, const struct argv_value *value)
{
	if (item->as_letter && item->row->value == VALUE_NONE)
		argv_add_letter(argv, item->row->letter);
	else if (item->as_letter)
		argv_add_letter_value(argv, item);
	else if (item->row->value == VALUE_NONE)
		argv_addf(argv, "--%s", item->row->name);
	else if (!argv_is_path(item->row->value))
		argv_addf(argv, "--%s=%.*s", item->row->name,
		    (int)item->value_len, item->value);
	else if (value->from_place)
		argv_addf(argv, "--%s=%s/%s", item->row->name, frame->place,
		    value->text);
	else
		argv_addf(argv, "--%s=%s", item->row->name, value->text);
}

static bool
is_verbose(const struct rsync_item *item)
{
	return item->row->letter == 'v';
}

static void
argv_add_items(struct argv *argv, const struct rsync_args *args,
    const struct argv_frame *frame, const struct argv_value *values)
{
	unsigned verbose = 0;

	for (size_t i = 0; i < args->count; i++) {
		const struct rsync_item *item = &args->items[i];

		if (rsync_rules_drop(args, item))
			continue;
		if (is_verbose(item) && ++verbose > MAX_VERBOSE)
			continue;
		argv_add_item(argv, item, frame, &values[i]);
	}
}

/* The KiB a second that the client wants, 0: any. */
static int64_t
argv_wanted_speed(const struct rsync_args *args)
{
	int64_t wanted = 0;

	for (size_t i = 0; i < args->count; i++) {
		const struct rsync_item *item = &args->items[i];

		if (item->row->name != NULL &&
		    strcmp(item->row->name, "bwlimit") == 0 &&
		    !num_parse(item->value, 0, INT_MAX, &wanted))
			wanted = 0;
	}
	return wanted;
}

/* A sender sends no faster than the policy says, nor than its client wants. */
static void
argv_add_speed(struct argv *argv, const struct rsync_args *args, uint64_t speed)
{
	uint64_t wanted = (uint64_t)argv_wanted_speed(args);

	speed /= 1024; /* at least 1: 0 is any */
	if (args->sender && speed > 0 && (wanted == 0 || wanted > speed))
		argv_addf(argv, "--bwlimit=%llu", (unsigned long long)speed);
}

/* Adds the policy's options behind the client's, so that nothing undoes them.
 */
static void
argv_add_forced(struct argv *argv, const struct rsync_args *args,
    const struct argv_frame *frame)
{
	unsigned side = args->sender ? SIDE_SENDER : SIDE_RECEIVER;
	const struct rsync_forced *row = rsync_forced;

	for (; row->text != NULL; row++) {
		if ((row->rules & args->rules) && (row->side & side) &&
		    !(row->unless != 0 &&
			rsync_args_have_letter(args, row->unless)))
			argv_add(argv, row->text);
	}
	if (argv->log != NULL) {
		argv_addf(argv, "--log-file=%s", argv->log);
		argv_addf(argv, "--log-file-format=%s", argv->log_format);
		if (frame->warn)
			argv_add(argv, "--log-format=%i");
	}
	if (frame->perms)
		argv_add(argv, "--perms");
	if (frame->chmod != NULL)
		argv_addf(argv, "--chmod=%s", frame->chmod);
	if (frame->idle > 0)
		argv_addf(argv, "--timeout=%u", frame->idle);
	argv_add_speed(argv, args, frame->speed);
	if (frame->confine)
		argv_addf(argv, "--confine-root=%s",
		    frame->place[0] == '\0' ? "/" : frame->place);
	if (frame->sync && !args->sender)
		argv_add(argv, "--fsync");
	if (frame->drop_devices && !args->sender)
		argv_add(argv, "--drop-D");
}

void
argv_build(struct argv *argv, const struct rsync_args *args,
    const struct argv_frame *frame, const struct argv_value *values,
    const struct names *names)
{
	argv_add(argv, "rsync");
	argv_add(argv, "--server");
	if (args->sender)
		argv_add(argv, "--sender");
	argv_add_items(argv, args, frame, values);
	argv_add_forced(argv, args, frame);
	argv_add(argv, "--");
	argv_add(argv, ".");
	for (size_t i = 0; i < names->count; i++)
		argv_add(argv, names->at[i]);
}

void
argv_free(struct argv *argv)
{
	for (size_t i = 0; i < argv->count; i++)
		free(argv->at[i]);
	free(argv->at);
	free(argv->dest);
	free(argv->place);
	*argv = (struct argv){ 0 };
}
