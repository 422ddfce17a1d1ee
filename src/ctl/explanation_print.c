/* The same facts twice: for people, and for programs. */
#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "base/quote.h"
#include "base/xalloc.h"
#include "ctl/explanation.h"
#include "ctl/json.h"
#include "ctl/key_text.h"
#include "decide/exact.h"

enum { VALUE_MAX = 8192 };

static const char *
print_source(const struct explanation *explanation)
{
	const char *file = explanation->granted.origin.file;

	return file == NULL ? "the command line" : file;
}

static void
print_quoted(const char *text, size_t len)
{
	size_t size = 4 * len + 8;
	auto_free char *room = xcalloc(1, size);
	struct buf out;

	buf_init(&out, room, size - 1);
	quote_add(&out, text, len, size);
	fputs(buf_text(&out), stdout);
}

/* Every key that the table has and that says something. */
static void
print_policy(const struct policy *policy)
{
	char room[VALUE_MAX];
	struct buf value;

	for (const struct key *key = policy_keys; key->name != NULL; key++) {
		bool always = strcmp(key->name, "root") == 0 ||
			      strcmp(key->name, "mode") == 0 ||
			      strcmp(key->name, "services") == 0;

		if (!always && key_is_default(policy, key))
			continue;
		buf_init(&value, room, sizeof(room) - 1);
		key_text(policy, key, &value);
		printf("  %-17s %s\n", key->name, buf_text(&value));
	}
}

static const char *
view_text(enum view view)
{
	switch (view) {
	case VIEW_MOUNTS:
		return "a private mount namespace";
	case VIEW_USER:
		return "a user namespace";
	case VIEW_HOST:
		break;
	}
	return "no namespace";
}

static void
print_decision(const struct explanation *explanation)
{
	const struct verdict *verdict = &explanation->decision.verdict;
	char room[4096];
	struct buf exact;

	if (explanation->decision.subsystem != NULL) {
		printf("decision: allowed, served by %s\n",
		    explanation->decision.subsystem->name);
		return;
	}
	printf("decision: refused by the rule \"%s\"\n",
	    refusal_word(verdict->refusal));
	if (verdict->refusal != REFUSE_EXACT)
		return;
	buf_init(&exact, room, sizeof(room) - 1);
	exact_write(&explanation->request, &exact);
	if (!exact.full)
		printf("  the line that allows it: exact = %s\n",
		    buf_text(&exact));
}

static void
print_words(const struct explanation *explanation)
{
	const struct request *request = &explanation->request;

	if (request->kind != REQUEST_COMMAND) {
		printf("request:  %s\n", request->kind == REQUEST_SFTP
					     ? "the subsystem sftp"
					     : "a login, no command");
		return;
	}
	puts("request:  a command of these words");
	for (size_t i = 0; i < request->words.count; i++) {
		printf("  %-3zu ", i);
		print_quoted(request->words.at[i].text,
		    request->words.at[i].len);
		putchar('\n');
	}
}

static void
print_jail(const struct explanation *explanation)
{
	if (explanation->decision.subsystem == NULL ||
	    !explanation->root_is_open)
		return;
	printf("jail:     %s; %s\n",
	    explanation->jail.means[0] == '\0' ? "none"
					       : explanation->jail.means,
	    view_text(explanation->means.view));
	if (explanation->trial == TRIAL_STANDS &&
	    explanation->jail.lack[0] != '\0')
		printf("  without: %s\n", explanation->jail.lack);
	if (explanation->argv.count == 0)
		return;
	puts("runs:");
	for (size_t i = 0; i < explanation->argv.count; i++) {
		printf("  %-3zu ", i);
		print_quoted(explanation->argv.at[i],
		    strlen(explanation->argv.at[i]));
		putchar('\n');
	}
}

static void
print_text(const struct explanation *explanation)
{
	const struct session *session = explanation->session;

	printf("account:  %s (uid %u), home %s, shell %s\n", session->user,
	    (unsigned)session->uid, session->home,
	    session->shell[0] == '\0' ? "none" : session->shell);
	if (explanation->loaded == LOADED) {
		printf("policy:   from %s\n", print_source(explanation));
		print_policy(&explanation->granted.policy);
	}
	print_words(explanation);
	if (explanation->loaded == LOADED)
		print_decision(explanation);
	print_jail(explanation);
	for (size_t i = 0; i < explanation->reason_count; i++)
		printf("ends:     %d, %s\n", explanation->reasons[i].status,
		    explanation->reasons[i].why);
	if (explanation->reason_count == 0)
		puts("result:   it is served");
	else
		printf("result:   it is not served, and ends with status %d\n",
		    explanation_status(explanation));
}

static void
json_policy(struct json *json, const struct explanation *explanation)
{
	char room[VALUE_MAX];
	struct buf value;

	json_open(json, "policy", '{');
	json_text(json, "from", print_source(explanation));
	for (const struct key *key = policy_keys; key->name != NULL; key++) {
		buf_init(&value, room, sizeof(room) - 1);
		key_text(&explanation->granted.policy, key, &value);
		json_text(json, key->name, buf_text(&value));
	}
	json_close(json, '}');
}

static void
json_words(struct json *json, const struct words *words)
{
	json_open(json, "words", '[');
	for (size_t i = 0; i < words->count; i++)
		json_text(json, NULL, words->at[i].text);
	json_close(json, ']');
}

static void
json_decision(struct json *json, const struct explanation *explanation)
{
	const struct subsys *service = explanation->decision.subsystem;

	json_open(json, "decision", '{');
	json_text(json, "result", service == NULL ? "refused" : "allowed");
	json_text(json, "rule",
	    refusal_word(explanation->decision.verdict.refusal));
	if (explanation->claimant != NULL)
		json_text(json, "service", explanation->claimant->name);
	json_close(json, '}');
	if (service == NULL || !explanation->root_is_open)
		return;
	json_open(json, "jail", '{');
	json_text(json, "view", view_text(explanation->means.view));
	json_text(json, "means", explanation->jail.means);
	json_text(json, "lack", explanation->jail.lack);
	json_close(json, '}');
	json_open(json, "argv", '[');
	for (size_t i = 0; i < explanation->argv.count; i++)
		json_text(json, NULL, explanation->argv.at[i]);
	json_close(json, ']');
}

static void
print_json(const struct explanation *explanation)
{
	struct json json;

	json_begin(&json);
	json_text(&json, "account", explanation->session->user);
	json_number(&json, "uid", explanation->session->uid);
	if (explanation->loaded == LOADED)
		json_policy(&json, explanation);
	json_words(&json, &explanation->request.words);
	if (explanation->loaded == LOADED)
		json_decision(&json, explanation);
	json_open(&json, "reasons", '[');
	for (size_t i = 0; i < explanation->reason_count; i++) {
		json_open(&json, NULL, '{');
		json_number(&json, "status",
		    (uint64_t)explanation->reasons[i].status);
		json_text(&json, "why", explanation->reasons[i].why);
		json_close(&json, '}');
	}
	json_close(&json, ']');
	json_number(&json, "status", (uint64_t)explanation_status(explanation));
	json_end(&json);
}

void
explanation_print(const struct explanation *explanation, bool as_json)
{
	if (as_json)
		print_json(explanation);
	else
		print_text(explanation);
}
