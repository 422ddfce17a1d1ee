/* By fixed columns: a date that some calendar lacks is none. */
#include "base/date.h"

#include <string.h>
#include <time.h>

enum { YEAR, MONTH, DAY, HOUR, MINUTE, SECOND, FIELDS };

static const struct {
	int width, min, max;
} fields[FIELDS] = {
	[YEAR] = { 4, 1970, 9999 },
	[MONTH] = { 2, 1, 12 },
	[DAY] = { 2, 1, 31 },
	[HOUR] = { 2, 0, 23 },
	[MINUTE] = { 2, 0, 59 },
	[SECOND] = { 2, 0, 59 },
};

static bool
date_read(const char *text, size_t digits, int values[FIELDS])
{
	size_t at = 0;

	for (int i = 0; i < FIELDS && at < digits; i++) {
		values[i] = 0;
		for (int n = 0; n < fields[i].width; n++)
			values[i] = values[i] * 10 + (text[at++] - '0');
		if (values[i] < fields[i].min || values[i] > fields[i].max)
			return false;
	}
	return true;
}

bool
date_parse(const char *text, int64_t *when)
{
	size_t digits = strspn(text, "0123456789");
	bool utc = strcmp(text + digits, "Z") == 0;
	int values[FIELDS] = { 0 };
	struct tm tm;
	time_t made;

	if ((digits != 8 && digits != 12 && digits != 14) ||
	    (!utc && text[digits] != '\0') || !date_read(text, digits, values))
		return false;
	tm = (struct tm){ .tm_year = values[YEAR] - 1900,
		.tm_mon = values[MONTH] - 1,
		.tm_mday = values[DAY],
		.tm_hour = values[HOUR],
		.tm_min = values[MINUTE],
		.tm_sec = values[SECOND],
		.tm_isdst = -1 };
	made = utc ? timegm(&tm) : mktime(&tm);
	/* The 31st of February would come back as another day. */
	if (made <= 0 || tm.tm_mday != values[DAY])
		return false;
	*when = made;
	return true;
}
