/*
 * authorize: a public key in, a line of authorized_keys out. The options are
 * the gate's, read by its own parser; each word is quoted for the shell
 * through which sshd runs it, then the whole for authorized_keys.
 */
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/io.h"
#include "base/num.h"
#include "base/xalloc.h"
#include "ctl/arguments.h"
#include "ctl/gate_program.h"
#include "ctl/key_quoting.h"
#include "ctl/public_key.h"
#include "ctl/say.h"
#include "ctl/verbs.h"
#include "decide/options.h"
#include "policy/policy.h"

enum { LINE_MAX_BYTES = 8192 }; /* of the options in front of the key */

struct authorizing {
	const char *from, *expires, *program;
	char *const *words; /* of the gate's line, without its name */
	int count;
	char expiry[32]; /* as expiry-time= has it, or "" */
};

static bool
has_control(const char *text)
{
	for (; *text != '\0'; text++) {
		if ((unsigned char)*text < ' ' || *text == 127)
			return true;
	}
	return false;
}

/* The options make a policy, or a configuration's; no task, no client's way. */
static int
check_words(const struct authorizing *asked)
{
	char room[1024];
	char **argv = xcalloc((size_t)asked->count + 2, sizeof(*argv));
	struct options options;
	struct policy policy;
	struct buf error;
	int status = CTL_FINE;

	for (int i = 0; i < asked->count; i++)
		argv[i + 1] = asked->words[i];
	buf_init(&error, room, sizeof(room) - 1);
	policy_init(&policy);
	if (options_parse(&options, &policy, asked->count + 1, argv, &error) !=
		0 ||
	    policy_check(&policy, &error) != 0)
		status = say_usage(buf_text(&error), NULL);
	else if (options.task != TASK_SERVE || options.subsystem != NULL)
		status = say_usage("a key serves: no --help, --version or "
				   "--subsystem",
		    NULL);
	else if (policy.root != NULL &&
		 (options.config != NULL || options.profile != NULL))
		status = say_usage("a root and a configuration (--config, "
				   "--profile): one of the two",
		    NULL);
	else if (policy.root == NULL && options.config == NULL &&
		 options.profile == NULL)
		status =
		    say_usage("authorize wants a ROOT, or --profile=NAME of "
			      "the configuration",
			NULL);
	policy_free(&policy);
	free(argv);
	return status;
}

/* "+30d" from now. */
static bool
read_days(const char *text, struct tm *day)
{
	size_t len = strlen(text);
	time_t then = time(NULL);
	char digits[16];
	int64_t days;

	if (len < 3 || len > 7 || text[len - 1] != 'd')
		return false;
	snprintf(digits, sizeof(digits), "%.*s", (int)len - 2, text + 1);
	if (!num_parse(digits, 1, 36500, &days))
		return false;
	then += (time_t)days * 24 * 60 * 60;
	return localtime_r(&then, day) != NULL;
}

static bool
read_date(const char *text, const char *form, struct tm *day)
{
	const char *end;
	struct tm real;

	*day = (struct tm){ .tm_isdst = -1 };
	end = strptime(text, form, day);
	if (end == NULL || *end != '\0')
		return false;
	/* The 31st of February is another day. */
	real = *day;
	return mktime(&real) != (time_t)-1 && real.tm_mday == day->tm_mday &&
	       real.tm_mon == day->tm_mon;
}

/* Local time, as sshd's. */
static bool
read_expiry(const char *text, char out[32])
{
	struct tm day;
	bool is_day =
	    text[0] == '+'
		? read_days(text, &day)
		: (strlen(text) == 10 && read_date(text, "%Y-%m-%d", &day)) ||
		      (strlen(text) == 8 && read_date(text, "%Y%m%d", &day)) ||
		      (strlen(text) == 12 &&
			  read_date(text, "%Y%m%d%H%M", &day));

	return is_day && strftime(out, 32, "%Y%m%d%H%M", &day) > 0;
}

static int
check_asked(struct authorizing *asked)
{
	for (int i = 0; i < asked->count; i++) {
		if (has_control(asked->words[i]))
			return say_usage("a control character in ",
			    asked->words[i]);
	}
	if (asked->from != NULL &&
	    (asked->from[0] == '\0' || has_control(asked->from) ||
		strpbrk(asked->from, " \"\\") != NULL))
		return say_usage("--from wants addresses or patterns, commas "
				 "between: ",
		    asked->from);
	if (asked->expires != NULL &&
	    !read_expiry(asked->expires, asked->expiry))
		return say_usage("--expires wants YYYY-MM-DD, YYYYMMDDHHMM or "
				 "+DAYSd: ",
		    asked->expires);
	if (has_control(asked->program) || asked->program[0] != '/')
		return say_usage("--program wants an absolute path: ",
		    asked->program);
	return check_words(asked);
}

static int
make_options(const struct authorizing *asked, struct buf *out)
{
	char room[LINE_MAX_BYTES];
	struct buf command;

	buf_init(&command, room, sizeof(room) - 1);
	key_add_shell_word(&command, asked->program);
	for (int i = 0; i < asked->count; i++) {
		buf_add_text(&command, " ");
		key_add_shell_word(&command, asked->words[i]);
	}
	buf_add_text(out, "restrict,");
	key_add_option(out, "command", buf_text(&command));
	if (asked->from != NULL) {
		buf_add_text(out, ",");
		key_add_option(out, "from", asked->from);
	}
	if (asked->expiry[0] != '\0') {
		buf_add_text(out, ",");
		key_add_option(out, "expiry-time", asked->expiry);
	}
	if (command.full || out->full)
		return say_usage("the line would be too long", NULL);
	return CTL_FINE;
}

static int
print_keys(const char *text, const char *options)
{
	static struct public_key key;
	const char *why;
	size_t count = 0;

	for (;; count++) {
		switch (public_key_next(&text, &key, &why)) {
		case KEY_FOUND:
			printf("%s %s %s%s%s\n", options, key.type, key.base64,
			    key.comment[0] == '\0' ? "" : " ", key.comment);
			break;
		case KEY_NO_MORE:
			if (count == 0)
				return say_failure(
				    "no public key on standard input", NULL);
			return CTL_FINE;
		case KEY_WRONG:
			return say_failure(why, NULL);
		}
	}
}

int
verb_authorize(int argc, char **argv)
{
	static char text[PUBLIC_KEY_TEXT_MAX + 1], room[LINE_MAX_BYTES];
	char program[PATH_MAX];
	struct authorizing asked = { .program = gate_program_name(program) };
	const struct argument table[] = { { "from", NULL, &asked.from },
		{ "expires", NULL, &asked.expires },
		{ "program", NULL, &asked.program }, { NULL, NULL, NULL } };
	struct buf options;
	ssize_t len;
	int status;

	asked.count = arguments_take(argv, argc, table, true);
	asked.words = argv + 1;
	if (asked.count < 0)
		return CTL_USAGE;
	buf_init(&options, room, sizeof(room) - 1);
	status = check_asked(&asked);
	if (status == CTL_FINE)
		status = make_options(&asked, &options);
	if (status != CTL_FINE)
		return status;
	len = io_read_all(STDIN_FILENO, text, PUBLIC_KEY_TEXT_MAX);
	if (len < 0 || len == PUBLIC_KEY_TEXT_MAX ||
	    memchr(text, '\0', (size_t)len) != NULL)
		return say_failure("standard input holds no public key", NULL);
	return print_keys(text, buf_text(&options));
}
