/* From sessions to rows. Pure. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/xalloc.h"
#include "ctl/audit_sessions.h"
#include "ctl/report.h"

enum { DAY = 24 * 60 * 60 };

void
report_add(struct report_sums *a, const struct report_sums *b)
{
	a->sessions += b->sessions;
	a->refused += b->refused;
	a->files_in += b->files_in;
	a->bytes_in += b->bytes_in;
	a->files_out += b->files_out;
	a->bytes_out += b->bytes_out;
	a->removed += b->removed;
	if (b->last_write > a->last_write)
		a->last_write = b->last_write;
}

void
report_day_text(int64_t day, char text[16])
{
	time_t then = (time_t)day * DAY;
	struct tm parts;

	text[0] = '\0';
	if (gmtime_r(&then, &parts) != NULL)
		strftime(text, 16, "%Y-%m-%d", &parts);
}

static struct report_row
row_of(const struct audit_session *session)
{
	bool refused = session->refused != NULL;

	return (struct report_row){ .account = session->user,
		.day = session->began / DAY,
		.sums = { .sessions = !refused,
		    .refused = refused,
		    .files_in = session->files_in,
		    .bytes_in = session->written,
		    .files_out = session->files_out,
		    .bytes_out = session->read,
		    .removed = session->removed,
		    .last_write = session->written_last } };
}

static int
compare_rows(const void *a, const void *b)
{
	const struct report_row *one = a, *other = b;
	int names = strcmp(one->account, other->account);

	if (names != 0)
		return names;
	return (one->day > other->day) - (one->day < other->day);
}

void
report_make(struct report *report, const struct audit_sessions *sessions,
    const char *account, int64_t from_day)
{
	size_t count = 0, last = 0;

	report->at = xcalloc(sessions->count + 1, sizeof(*report->at));
	for (size_t i = 0; i < sessions->count; i++) {
		const struct audit_session *session = &sessions->at[i];

		if ((account == NULL || strcmp(session->user, account) == 0) &&
		    session->began / DAY >= from_day)
			report->at[count++] = row_of(session);
	}
	qsort(report->at, count, sizeof(*report->at), compare_rows);
	for (size_t i = 1; i < count; i++) {
		if (compare_rows(&report->at[last], &report->at[i]) == 0)
			report_add(&report->at[last].sums, &report->at[i].sums);
		else
			report->at[++last] = report->at[i];
	}
	report->count = count == 0 ? 0 : last + 1;
}
