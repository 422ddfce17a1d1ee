/*
 * df: one line, for the file system of one path. Scripts take the last line's
 * fields by their number. The first and the last are constants: what is
 * outside the root is nobody's business.
 */
#include <errno.h>
#include <string.h>
#include <sys/vfs.h>

#include "base/human.h"
#include "root/space.h"
#include "subsys/cmd/command_table.h"
#include "subsys/paths.h"

enum { DF_CELL = 24, DF_COLUMNS = 6 };

/* As coreutils has them. */
static const struct df_head {
	const char *names[DF_COLUMNS];
} df_heads[] = {
	[0] = { { "Filesystem", "1K-blocks", "Used", "Available", "Use%",
	    "Mounted on" } },
	[DF_HUMAN] = { { "Filesystem", "Size", "Used", "Avail", "Use%",
	    "Mounted on" } },
	[DF_POSIX] = { { "Filesystem", "1024-blocks", "Used", "Available",
	    "Capacity", "Mounted on" } },
	[DF_HUMAN | DF_POSIX] = { { "Filesystem", "Size", "Used", "Avail",
	    "Use%", "Mounted on" } },
};
static const size_t df_widths[DF_COLUMNS] = { 14, 5, 5, 5, 4, 0 };

/* So many blocks, rounded up, in KiB or as people read it. */
static void
df_cell(char cell[DF_CELL], uint64_t blocks, uint64_t unit, bool human)
{
	struct buf text;
	char room[HUMAN_BYTES];
	uint64_t bytes;

	if (__builtin_mul_overflow(blocks, unit, &bytes))
		bytes = UINT64_MAX;
	buf_init(&text, cell, DF_CELL);
	if (human)
		buf_add_text(&text, human_size(bytes, room));
	else
		buf_add_number(&text, bytes / 1024 + (bytes % 1024 != 0), 0);
	buf_text(&text);
}

/* Of what the account could have: what others keep for root is not in it. */
static void
df_percent(char cell[DF_CELL], uint64_t used, uint64_t available)
{
	uint64_t all = used + available;
	struct buf text;

	/* Shares of more than 2^57 blocks are as true without their last bits.
	 */
	for (; all > UINT64_MAX / 128; all >>= 1)
		used >>= 1;
	buf_init(&text, cell, DF_CELL);
	if (all == 0) {
		buf_add_text(&text, "-");
	} else {
		buf_add_number(&text,
		    used * 100 / all + (used * 100 % all != 0), 0);
		buf_add_text(&text, "%");
	}
	buf_text(&text);
}

static void
df_print(struct reply *reply, const char *const *head, const char *const *row)
{
	size_t widths[DF_COLUMNS];
	char room[512];
	struct buf out;

	for (size_t i = 0; i < DF_COLUMNS; i++) {
		widths[i] = df_widths[i];
		if (i + 1 < DF_COLUMNS && strlen(head[i]) > widths[i])
			widths[i] = strlen(head[i]);
		if (i + 1 < DF_COLUMNS && strlen(row[i]) > widths[i])
			widths[i] = strlen(row[i]);
	}
	buf_init(&out, room, sizeof(room));
	for (const char *const *line = head; line != NULL;
	     line = line == head ? row : NULL) {
		buf_addf(&out, "%-*s", (int)widths[0], line[0]);
		for (size_t i = 1; i < DF_COLUMNS; i++)
			buf_addf(&out, " %*s", (int)widths[i], line[i]);
		buf_add_text(&out, "\n");
	}
	reply_add(reply, out.bytes, out.len);
}

int
command_df(struct command *command)
{
	struct job *job = command->reply->job;
	const char *name =
	    command->paths->count == 0 ? "." : command->paths->at[0];
	bool human = (command->options & DF_HUMAN) != 0;
	char total[DF_CELL], used[DF_CELL], left[DF_CELL], percent[DF_CELL];
	const char *const row[DF_COLUMNS] = { "filesonly", total, used, left,
		percent, "/" };
	not_zeroed struct relpath path;
	struct statfs fs;
	uint64_t unit;

	if (paths_parse(job, name, &path) != 0 ||
	    space_of_path(job->root, &path, &fs) != 0) {
		reply_complain(command->reply, NULL, name, strerror(errno));
		return 1;
	}
	space_limit(&fs, command->reply->pace.left);
	unit = space_unit(&fs);
	df_cell(total, fs.f_blocks, unit, human);
	df_cell(used, fs.f_blocks - fs.f_bfree, unit, human);
	df_cell(left, fs.f_bavail, unit, human);
	df_percent(percent, fs.f_blocks - fs.f_bfree, fs.f_bavail);
	df_print(command->reply,
	    df_heads[command->options & (DF_HUMAN | DF_POSIX)].names, row);
	return 0;
}
