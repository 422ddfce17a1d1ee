/*
 * A page of one file: no script, no font, no picture from elsewhere. The chart
 * is SVG; each bar says its number to whoever points at it.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/xalloc.h"
#include "ctl/report.h"

enum { HEIGHT = 160, BAR = 9, DAY_WIDTH = 24, DAYS_MAX = 400 };

static const char head[] =
    "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\n"
    "<meta http-equiv=\"Content-Security-Policy\" "
    "content=\"default-src 'none'; style-src 'unsafe-inline'\">\n"
    "<title>filesonly</title>\n<style>\n"
    "body { font: 15px sans-serif; margin: 2em; color: #222; }\n"
    "table { border-collapse: collapse; }\n"
    "th, td { padding: .2em .8em; border-bottom: 1px solid #ddd; "
    "text-align: right; white-space: nowrap; }\n"
    "th:first-child, td:first-child { text-align: left; }\n"
    ".in { fill: #2a6f97; } .out { fill: #e09f3e; }\n"
    "text { font-size: 10px; fill: #555; }\n"
    "</style></head><body>\n<h1>filesonly</h1>\n";

static void
put_escaped(const char *text)
{
	for (; *text != '\0'; text++) {
		unsigned char byte = (unsigned char)*text;

		if (byte < ' ' || byte == 127 || strchr("<>&\"'", byte) != NULL)
			printf("&#%d;",
			    byte < ' ' || byte == 127 ? 0xfffd : byte);
		else
			putchar(byte);
	}
}

struct day_sums {
	int64_t day;
	struct report_sums sums;
};

static int
compare_days(const void *a, const void *b)
{
	const struct day_sums *one = a, *other = b;

	return (one->day > other->day) - (one->day < other->day);
}

/* One entry a day, all accounts together; the last DAYS_MAX of them. */
static size_t
sum_days(const struct report *report, struct day_sums *days)
{
	size_t last = 0;

	for (size_t i = 0; i < report->count; i++)
		days[i] =
		    (struct day_sums){ report->at[i].day, report->at[i].sums };
	if (report->count == 0)
		return 0;
	qsort(days, report->count, sizeof(*days), compare_days);
	for (size_t i = 1; i < report->count; i++) {
		if (days[i].day == days[last].day)
			report_add(&days[last].sums, &days[i].sums);
		else
			days[++last] = days[i];
	}
	return last + 1;
}

static void
put_bar(const char *kind, size_t x, uint64_t value, uint64_t most,
    const char *day)
{
	double height = most == 0 ? 0 : (double)value / (double)most * HEIGHT;

	printf("<rect class=\"%s\" x=\"%zu\" y=\"%.1f\" width=\"%d\" "
	       "height=\"%.1f\"><title>%s: %" PRIu64
	       " bytes %s</title></rect>\n",
	    kind, x, HEIGHT - height, BAR, height, day, value, kind);
}

static void
put_chart(const struct day_sums *days, size_t count)
{
	size_t first = count > DAYS_MAX ? count - DAYS_MAX : 0;
	uint64_t most = 0;
	char text[16];

	for (size_t i = first; i < count; i++) {
		if (days[i].sums.bytes_in > most)
			most = days[i].sums.bytes_in;
		if (days[i].sums.bytes_out > most)
			most = days[i].sums.bytes_out;
	}
	printf("<h2>Bytes a day, <span style=\"color:#2a6f97\">in</span> and "
	       "<span style=\"color:#e09f3e\">out</span>, at most %" PRIu64
	       "</h2>\n<svg width=\"%zu\" height=\"%d\" role=\"img\">\n",
	    most, (count - first) * DAY_WIDTH + 60, HEIGHT + 20);
	for (size_t i = first; i < count; i++) {
		size_t x = (i - first) * DAY_WIDTH;

		report_day_text(days[i].day, text);
		put_bar("in", x, days[i].sums.bytes_in, most, text);
		put_bar("out", x + BAR + 1, days[i].sums.bytes_out, most, text);
		if (i == first || i % 7 == 0)
			printf("<text x=\"%zu\" y=\"%d\">%s</text>\n", x,
			    HEIGHT + 14, text);
	}
	puts("</svg>");
}

static void
put_row(const struct report_row *row)
{
	const struct report_sums *sums = &row->sums;
	const uint64_t cells[] = { sums->sessions, sums->refused,
		sums->files_in, sums->bytes_in, sums->files_out,
		sums->bytes_out, sums->removed };
	char day[16];

	report_day_text(row->day, day);
	fputs("<tr><td>", stdout);
	put_escaped(row->account);
	printf("</td><td>%s</td>", day);
	for (size_t i = 0; i < sizeof(cells) / sizeof(*cells); i++)
		printf("<td>%" PRIu64 "</td>", cells[i]);
	puts("</tr>");
}

void
report_print_html(const struct report *report)
{
	struct day_sums *days = xcalloc(report->count + 1, sizeof(*days));

	fputs(head, stdout);
	put_chart(days, sum_days(report, days));
	puts("<h2>By account and day</h2>\n<table><thead><tr><th>account</th>"
	     "<th>day</th><th>sessions</th><th>refused</th><th>files in</th>"
	     "<th>bytes in</th><th>files out</th><th>bytes out</th>"
	     "<th>removed</th></tr></thead><tbody>");
	for (size_t i = 0; i < report->count; i++)
		put_row(&report->at[i]);
	puts("</tbody></table>\n</body></html>");
	free(days);
}
