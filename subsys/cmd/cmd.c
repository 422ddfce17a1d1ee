/*
 * From a command to its row: options and operands are read and counted as the
 * row says, the account's mode is asked, and the row's function runs within
 * the walls.
 */
#include "subsys/cmd/cmd.h"

#include <string.h>

#include "base/xalloc.h"
#include "policy/policy.h"
#include "subsys/cmd/command_table.h"
#include "subsys/paths.h"

struct cmd_args {
	const struct command_row *row;
	struct operands operands;
};

static const struct command_row *
cmd_row_of(const struct request *request)
{
	const char *name = request_command_name(request);

	for (const struct command_row *row = command_rows;
	     name != NULL && row->name != NULL; row++) {
		if (strcmp(row->name, name) == 0)
			return row;
	}
	return NULL;
}

bool
cmd_claims(const struct request *request)
{
	return cmd_row_of(request) != NULL;
}

static unsigned
count_bits(unsigned bits)
{
	unsigned count = 0;

	for (; bits != 0; bits &= bits - 1)
		count++;
	return count;
}

/* Are there as many of each as the row takes? */
static bool
cmd_has_shape(const struct command_row *row, const struct operands *operands)
{
	unsigned options = count_bits(operands->options);

	return options >= row->options_min &&
	       (row->options_max == 0 || options <= row->options_max) &&
	       operands->count >= row->operands_min &&
	       operands->count <= row->operands_max;
}

static enum refusal
cmd_judge(const struct command_row *row, const struct operands *operands,
    const struct policy *policy, struct verdict *verdict)
{
	enum refusal refusal = REFUSE_NOTHING;

	if (!cmd_has_shape(row, operands))
		return verdict_set(verdict, REFUSE_SYNTAX, row->options.help,
		    NULL, 0);
	for (size_t i = 0; i < operands->count && refusal == REFUSE_NOTHING;
	     i++) {
		const struct word *word = operands->at[i];

		if (row->operand == NULL)
			refusal = paths_check(word, verdict);
		else if (strcmp(row->operand, word->text) != 0)
			refusal = verdict_set(verdict, REFUSE_COMMAND,
			    row->options.help, word->text, word->len);
	}
	if (refusal == REFUSE_NOTHING &&
	    policy_answer(policy, row->needs) == ANSWER_NO)
		refusal = verdict_set(verdict, REFUSE_MODE, NULL, row->name,
		    strlen(row->name));
	return refusal;
}

enum refusal
cmd_parse(const struct terms *terms, const struct request *request,
    void **parsed, struct verdict *verdict)
{
	const struct command_row *row = cmd_row_of(request);
	struct cmd_args *args = xcalloc(1, sizeof(*args));
	enum refusal refusal = operands_read(&request->words, &row->options,
	    &args->operands, verdict);

	args->row = row;
	if (refusal == REFUSE_NOTHING)
		refusal =
		    cmd_judge(row, &args->operands, terms->policy, verdict);
	*parsed = args;
	if (refusal != REFUSE_NOTHING) {
		cmd_parsed_free(args);
		*parsed = NULL;
	}
	return refusal;
}

void
cmd_parsed_free(void *parsed)
{
	struct cmd_args *args = parsed;

	operands_free(&args->operands);
	free(args);
}

static int
cmd_serve(struct job *job, const struct cmd_args *args, struct owners *owners)
{
	struct names paths = { 0 };
	not_zeroed struct reply reply;
	struct command command = { &reply, owners, args->operands.options,
		&paths };
	int status = 0;

	reply_begin(&reply, job, args->row->name);
	for (size_t i = 0; i < args->operands.count && status == 0; i++) {
		const struct word *word = args->operands.at[i];

		if (paths_expand(job, word, &paths))
			continue;
		reply_complain(&reply, NULL, word->text, "too many names");
		status = 1;
	}
	if (status == 0 && paths.count > args->row->operands_max) {
		reply_complain(&reply, NULL, paths.at[1],
		    "one path is taken, and the pattern matches more");
		status = 1;
	}
	if (status == 0)
		status = args->row->run(&command);
	names_free(&paths);
	return reply_end(&reply, status);
}

int
cmd_run(struct job *job, const void *parsed, struct verdict *verdict)
{
	const unsigned looks = ACT_READ | ACT_LIST | ACT_STAT;
	const struct cmd_args *args = parsed;
	struct policy walls = *job->policy;
	not_zeroed struct owners owners;
	int status;

	/* What changes nothing goes behind the walls of read-only. */
	if ((args->row->needs & ~looks) == 0)
		walls.mode = MODE_READ_ONLY;
	owners_open(&owners, job->session,
	    args->row->lists_owners ? job->policy->names : NAMES_NONE);
	status = job_enter(job, "cmd", &walls, verdict);
	if (status == 0)
		status = cmd_serve(job, args, &owners);
	owners_close(&owners);
	return status;
}
