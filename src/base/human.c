/* One digit behind the point below ten, none from there on. */
#include "base/human.h"

#include "base/buf.h"

const char *
human_size(uint64_t bytes, char out[HUMAN_BYTES])
{
	static const char units[] = "KMGTPE";
	uint64_t whole = bytes, tenths = 0;
	bool more = false; /* is there a part that tenths don't show? */
	int unit = -1;
	struct buf text;

	for (; whole >= 1024; unit++) {
		uint64_t parts = whole % 1024 * 10 + tenths;

		more = more || parts % 1024 != 0;
		tenths = parts / 1024;
		whole /= 1024;
	}
	if (unit >= 0 && whole < 10 && more)
		tenths++;
	if (tenths == 10 || (whole >= 10 && (more || tenths > 0))) {
		whole++;
		tenths = 0;
	}
	if (whole == 1024 && unit < 5) {
		whole = 1;
		unit++;
	}
	buf_init(&text, out, HUMAN_BYTES);
	buf_add_number(&text, whole, 0);
	if (unit >= 0 && whole < 10) {
		buf_add_text(&text, ".");
		buf_add_number(&text, tenths, 0);
	}
	if (unit >= 0)
		buf_add(&text, &units[unit], 1);
	return buf_text(&text);
}
