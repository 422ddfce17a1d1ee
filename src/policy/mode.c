/* The table of acts and modes. */
#include "policy/mode.h"

#include <stddef.h>

#include "base/buf.h"

struct row {
	enum act act;
	const char *name;
	enum answer answers[MODE_COUNT];
};

#define YES ANSWER_YES
#define NO ANSWER_NO
#define OWN ANSWER_OWN

// clang-format off
static const struct row rows[] = {
	/*                                  read-  read- write- create-
	 *                                  write  only  only   only   */
	{ ACT_READ,        "read",        { YES,   YES,  NO,    YES } },
	{ ACT_LIST,        "list",        { YES,   YES,  NO,    YES } },
	{ ACT_STAT,        "stat",        { YES,   YES,  YES,   YES } },
	{ ACT_CREATE,      "create",      { YES,   NO,   YES,   YES } },
	{ ACT_WRITE,       "write",       { YES,   NO,   YES,   OWN } },
	{ ACT_RENAME,      "rename",      { YES,   NO,   YES,   OWN } },
	{ ACT_RENAME_OVER, "rename-over", { YES,   NO,   YES,   OWN } },
	{ ACT_REMOVE,      "remove",      { YES,   NO,   OWN,   OWN } },
	{ ACT_META,        "meta",        { YES,   NO,   YES,   OWN } },
	{ ACT_OWNER,       "owner",       { YES,   NO,   YES,   OWN } },
	{ ACT_LINK,        "link",        { YES,   NO,   NO,    YES } },
	{ ACT_SYMLINK,     "symlink",     { YES,   NO,   YES,   YES } },
};
// clang-format on

static const char *const mode_names[MODE_COUNT] = {
	[MODE_READ_WRITE] = "read-write",
	[MODE_READ_ONLY] = "read-only",
	[MODE_WRITE_ONLY] = "write-only",
	[MODE_CREATE_ONLY] = "create-only",
};

static const struct row *
mode_row(enum act act)
{
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		if (rows[i].act == act)
			return &rows[i];
	}
	return NULL;
}

enum answer
mode_answer(enum mode mode, enum act act)
{
	const struct row *row = mode_row(act);

	return row == NULL ? ANSWER_NO : row->answers[mode];
}

enum answer
mode_answer_all(enum mode mode, unsigned acts)
{
	enum answer strictest = ANSWER_YES;

	for (; acts != 0; acts &= acts - 1) {
		enum answer one =
		    mode_answer(mode, (enum act)(acts & ~(acts - 1)));

		if (one == ANSWER_NO)
			return ANSWER_NO;
		if (one == ANSWER_OWN)
			strictest = ANSWER_OWN;
	}
	return strictest;
}

/* How much an answer allows. */
static int
width(enum answer answer)
{
	static const int
	    widths[] = { [ANSWER_NO] = 0, [ANSWER_OWN] = 1, [ANSWER_YES] = 2 };

	return widths[answer];
}

bool
mode_within(enum mode narrow, enum mode wide)
{
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		if (width(rows[i].answers[narrow]) >
		    width(rows[i].answers[wide]))
			return false;
	}
	return true;
}

const char *
mode_name(enum mode mode)
{
	return mode_names[mode];
}

const char *
mode_act_name(enum act act)
{
	const struct row *row = mode_row(act);

	return row == NULL ? "?" : row->name;
}

static const char *
answer_word(const struct row *row, enum mode mode)
{
	switch (row->answers[mode]) {
	case ANSWER_NO:
		return "no";
	case ANSWER_OWN:
		return "own";
	case ANSWER_YES:
		break;
	}
	return row->act == ACT_SYMLINK ? "links" : "yes";
}

static void
print_line(struct buf *out, const char *name, const char *const *words)
{
	buf_addf(out, "%-12s", name);
	for (int mode = 0; mode < MODE_COUNT; mode++)
		buf_addf(out, " %-*s", mode + 1 < MODE_COUNT ? 11 : 0,
		    words[mode]);
	buf_add_text(out, "\n");
}

void
mode_print(struct buf *out)
{
	print_line(out, "act", mode_names);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const char *words[MODE_COUNT];

		for (int mode = 0; mode < MODE_COUNT; mode++)
			words[mode] = answer_word(&rows[i], (enum mode)mode);
		print_line(out, rows[i].name, words);
	}
	buf_add_text(out,
	    "\nown: only what this session made, within own-window; links: "
	    "as the key \"links\" says\n");
}
