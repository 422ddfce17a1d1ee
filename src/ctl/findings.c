/* One line a finding, as compilers write them. */
#include "ctl/findings.h"

#include <stdio.h>
#include <string.h>

#include "base/xalloc.h"
#include "ctl/json.h"

static const char *const severities[] = {
	[SEVERITY_ERROR] = "error",
	[SEVERITY_WARNING] = "warning",
	[SEVERITY_NOTE] = "note",
};

static char *
copy_text(const char *text)
{
	return text == NULL ? NULL : xstrdup(text);
}

void
findings_add(struct findings *findings, const struct finding *finding)
{
	struct finding *copy;

	findings->at =
	    xrealloc(findings->at, findings->count + 1, sizeof(*findings->at));
	copy = &findings->at[findings->count++];
	*copy = *finding;
	copy->file = copy_text(finding->file);
	copy->what = copy_text(finding->what);
	copy->why = copy_text(finding->why);
	copy->mend = copy_text(finding->mend);
}

void
findings_free(struct findings *findings)
{
	for (size_t i = 0; i < findings->count; i++) {
		struct finding *finding = &findings->at[i];

		free((char *)(uintptr_t)finding->file);
		free((char *)(uintptr_t)finding->what);
		free((char *)(uintptr_t)finding->why);
		free((char *)(uintptr_t)finding->mend);
	}
	free(findings->at);
	*findings = (struct findings){ NULL, 0 };
}

size_t
findings_count(const struct findings *findings, enum severity severity)
{
	size_t count = 0;

	for (size_t i = 0; i < findings->count; i++)
		count += findings->at[i].severity == severity;
	return count;
}

static void
print_json(const struct finding *finding, struct json *json)
{
	json_open(json, NULL, '{');
	json_text(json, "severity", severities[finding->severity]);
	if (finding->file != NULL)
		json_text(json, "file", finding->file);
	if (finding->line > 0)
		json_number(json, "line", (uint64_t)finding->line);
	json_text(json, "what", finding->what);
	if (finding->why != NULL)
		json_text(json, "why", finding->why);
	if (finding->mend != NULL)
		json_text(json, "mend", finding->mend);
	json_close(json, '}');
}

/* Accounts choose some of the words (their own authorized_keys), and a
 * terminal reads them. */
static void
put_line(const char *head, const char *text)
{
	fputs(head, stdout);
	for (; *text != '\0'; text++) {
		unsigned char byte = (unsigned char)*text;

		if (byte >= ' ' && byte < 127)
			putchar(byte);
		else
			printf("\\x%02x", byte);
	}
	putchar('\n');
}

static void
print_text(const struct finding *finding)
{
	if (finding->file != NULL)
		printf("%s:", finding->file);
	if (finding->line > 0)
		printf("%d:", finding->line);
	printf("%s%s", finding->file == NULL ? "" : " ",
	    severities[finding->severity]);
	put_line(": ", finding->what);
	if (finding->why != NULL)
		put_line("    why:  ", finding->why);
	if (finding->mend != NULL)
		put_line("    mend: ", finding->mend);
}

void
findings_print(const struct findings *findings, bool as_json)
{
	struct json json;

	if (!as_json) {
		for (size_t i = 0; i < findings->count; i++)
			print_text(&findings->at[i]);
		return;
	}
	json_begin(&json);
	json_number(&json, "errors", findings_count(findings, SEVERITY_ERROR));
	json_number(&json, "warnings",
	    findings_count(findings, SEVERITY_WARNING));
	json_open(&json, "findings", '[');
	for (size_t i = 0; i < findings->count; i++) {
		if (findings->at[i].severity != SEVERITY_NOTE)
			print_json(&findings->at[i], &json);
	}
	json_close(&json, ']');
	json_open(&json, "notes", '[');
	for (size_t i = 0; i < findings->count; i++) {
		if (findings->at[i].severity == SEVERITY_NOTE)
			json_text(&json, NULL, findings->at[i].what);
	}
	json_close(&json, ']');
	json_end(&json);
}
