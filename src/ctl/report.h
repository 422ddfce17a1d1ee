/* Sums of the record, by account and day, and the forms in which to have them.
 */
#ifndef FILESONLY_CTL_REPORT_H
#define FILESONLY_CTL_REPORT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct audit_sessions;

/* What happened; sums of sums are made by adding each member. */
struct report_sums {
	uint64_t sessions, refused; /* that were served, and that were not */
	uint64_t files_in, bytes_in;
	uint64_t files_out, bytes_out;
	uint64_t removed;
	int64_t last_write; /* seconds since 1970; 0: none */
};

struct report_row {
	const char *account; /* borrowed from the sessions */
	int64_t day;         /* since 1970-01-01, UTC, on which it began */
	struct report_sums sums;
};

/* Sorted by account, then day. Starts as {0}; the caller frees at. */
struct report {
	struct report_row *at;
	size_t count;
};

/* Sums up the sessions of an account (NULL: all) that began at a day or later.
 */
void report_make(struct report *report, const struct audit_sessions *sessions,
    const char *account, int64_t from_day);

/* Appends b to a. */
void report_add(struct report_sums *a, const struct report_sums *b);

/* "2026-11-30" */
void report_day_text(int64_t day, char text[16]);

/* Each prints the whole on stdout. */
void report_print_table(const struct report *report);
void report_print_json(const struct report *report);

/* For the textfile collector of Prometheus's node_exporter. */
void report_print_prometheus(const struct report *report, bool by_account);

/* One page that needs nothing from elsewhere: a chart of days, and the table.
 */
void report_print_html(const struct report *report);

#endif
