/*
 * explain: what would happen to a command, and why. Root becomes the account
 * first, so that each file is asked about as the session would ask.
 */
#include <errno.h>
#include <fcntl.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/xalloc.h"
#include "ctl/account_session.h"
#include "ctl/arguments.h"
#include "ctl/explanation.h"
#include "ctl/gate_program.h"
#include "ctl/say.h"
#include "ctl/verbs.h"

struct asked {
	const char *user, *profile, *config;
	bool as_json;
	const char *command;
	char **line; /* the gate's own, argv[0] first; owned, not its words */
	int count;
	char options[2][PATH_MAX + 16]; /* words of it that are ours */
};

static int
find_session(const struct asked *asked, struct session *session)
{
	const struct passwd *own = getpwuid(getuid());
	char name[sizeof(session->user)];

	if (asked->user == NULL && own == NULL)
		return say_failure("the calling account has no name", NULL);
	snprintf(name, sizeof(name), "%s",
	    asked->user == NULL ? own->pw_name : asked->user);
	if (!account_session(name, session)) {
		/* filesonlyd serves it, as whoever runs filesonlyd. */
		session->uid = getuid();
		session->gid = getgid();
	}
	if (account_become(session) != 0)
		return say_failure("can't become the account: ",
		    strerror(errno));
	if (session->uid != getuid())
		fputs("filesonlyctl: not root: files are asked about with "
		      "the rights of the caller, not the account's\n",
		    stderr);
	return CTL_FINE;
}

/* The line behind "--", whole, or one of our options. */
static void
make_line(struct asked *asked, char **argv, int count)
{
	static char name[] = "filesonly";
	const char *given = count > 0 ? argv[0] : NULL;
	bool named = invocation_is_name(given, name) ||
		     invocation_is_name(given, "rrsync") ||
		     invocation_is_name(given, "sftp-server");

	asked->line = xcalloc((size_t)count + 4, sizeof(*asked->line));
	if (!named)
		asked->line[asked->count++] = name;
	for (int i = 0; i < count; i++)
		asked->line[asked->count++] = argv[i];
}

static void
add_option(struct asked *asked, size_t index, const char *option,
    const char *value)
{
	if (value == NULL)
		return;
	snprintf(asked->options[index], sizeof(asked->options[index]), "%s%s",
	    option, value);
	asked->line[asked->count++] = asked->options[index];
}

static int
read_arguments(struct asked *asked, int argc, char **argv)
{
	const struct argument table[] = { { "json", &asked->as_json, NULL },
		{ "user", NULL, &asked->user },
		{ "profile", NULL, &asked->profile },
		{ "config", NULL, &asked->config }, { NULL, NULL, NULL } };
	int count = arguments_take(argv, argc, table, true);
	bool has_line = count > 0 && strcmp(argv[1], "--") == 0;
	int first = has_line ? 2 : 1;

	if (count < 0)
		return CTL_USAGE;
	if (has_line ? count <= first : count != 1)
		return say_usage("explain wants one COMMAND as a single word "
				 "(\"\": a login), or -- OPTION... ROOT "
				 "COMMAND",
		    NULL);
	if (!has_line && argv[1][0] == '-')
		return say_usage("no such option: ", argv[1]);
	if (has_line && (asked->profile != NULL || asked->config != NULL))
		return say_usage("--profile and --config stand behind --, as "
				 "filesonly's own options",
		    NULL);
	asked->command = argv[count];
	make_line(asked, argv + first, count - first);
	add_option(asked, 0, "--config=", asked->config);
	add_option(asked, 1, "--profile=", asked->profile);
	return CTL_FINE;
}

/* What a client would send behind its command; nobody sits there and types. */
static int
client_input(void)
{
	if (!isatty(STDIN_FILENO))
		return STDIN_FILENO;
	return open("/dev/null", O_RDONLY | O_CLOEXEC);
}

int
verb_explain(int argc, char **argv)
{
	static struct asked asked;
	static struct session session;
	struct explanation explanation;
	static char gate[PATH_MAX];
	int status = read_arguments(&asked, argc, argv);

	if (status == CTL_FINE)
		status = find_session(&asked, &session);
	if (status != CTL_FINE)
		return status;
	session.program = gate_program(gate);
	if (session.program == NULL)
		return say_failure("there is no filesonly beside filesonlyctl",
		    NULL);
	/* As in the gate: no variable reaches what is asked. */
	clearenv();
	explanation_make(&explanation, &session, asked.count, asked.line,
	    asked.command[0] == '\0' ? NULL : asked.command, client_input());
	explanation_print(&explanation, asked.as_json);
	status = explanation_status(&explanation);
	explanation_free(&explanation);
	free(asked.line);
	return status;
}
