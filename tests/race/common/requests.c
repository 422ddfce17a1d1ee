/* What a hostile client asks: by a table of layouts, and dice. */
#include "tests/race/common/requests.h"

#include <string.h>
#include <unistd.h>

#include "tests/race/common/server.h"
#include "tests/race/common/tree.h"

#define X REQUEST_EXTENDED
#define AT(name) name "@openssh.com"

// clang-format off
const struct request_kind request_kinds[] = {
	{ 3,  "open to read",      "pr-" },
	{ 3,  "open to write",     "pw-" },
	{ 3,  "open to create",    "nc-" },
	{ 11, "opendir",           "p" },
	{ 7,  "lstat",             "p" },
	{ 17, "stat",              "p" },
	{ 9,  "setstat",           "pa" },
	{ 13, "remove",            "n" },
	{ 14, "mkdir",             "n-" },
	{ 15, "rmdir",             "n" },
	{ 16, "realpath",          "p" },
	{ 18, "rename",            "nn" },
	{ 19, "readlink",          "p" },
	{ 20, "symlink",           "tn" },
	{ X, AT("posix-rename"),   "nn" },
	{ X, AT("statvfs"),        "p" },
	{ X, AT("hardlink"),       "pn" },
	{ X, AT("lsetstat"),       "pa" },
	{ X, AT("expand-path"),    "p" },
	{ X, "copy-file",          "pnb" },
	{ X, "space-available",    "p" },
	{ 5,  "read",              "hol" },
	{ 6,  "write",             "hod" },
	{ 8,  "fstat",             "h" },
	{ 10, "fsetstat",          "ha" },
	{ 12, "readdir",           "h" },
	{ X, AT("fstatvfs"),       "h" },
	{ X, AT("fsync"),          "h" },
	{ X, "copy-data",          "hozho" },
	{ REQUEST_CLOSE, "close",  "H" },
	{ 0, NULL, NULL },
};
// clang-format on

enum { ON_NAMES = 21, ON_HANDLES = 8 };

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define PICK(requester, array) (array)[requester_dice(requester, COUNT(array))]

/* xorshift64 */
unsigned
requester_dice(struct requester *requester, unsigned sides)
{
	requester->random ^= requester->random << 13;
	requester->random ^= requester->random >> 7;
	requester->random ^= requester->random << 17;
	return (unsigned)(requester->random >> 33) % sides;
}

const struct request_kind *
request_on_name(struct requester *requester)
{
	return &request_kinds[requester_dice(requester, ON_NAMES)];
}

const struct request_kind *
request_on_handle(struct requester *requester)
{
	return &request_kinds[ON_NAMES + requester_dice(requester, ON_HANDLES)];
}

const struct request_kind *
request_close(void)
{
	return &request_kinds[ON_NAMES + ON_HANDLES];
}

static void
add_text(struct buf *out, const char *text)
{
	buf_add_string(out, text, strlen(text));
}

static const char *const areas[] = { "", "/", "dst/../", "./" };
static const char *const places[] = { "src/d0", "src/d1", "src/p/d2", "dst/d0",
	"dst/d1", "dst/p/d2", "dst/d0/../d1", "src/p/../d0" };

static void
add_new_path(struct requester *requester, struct buf *out)
{
	auto_free char *path = text_of("%s%s/%snew%u", PICK(requester, areas),
	    PICK(requester, places), requester_dice(requester, 4) ? "" : "sub/",
	    requester_dice(requester, 6));

	add_text(out, path);
}

static void
add_path(struct requester *requester, struct buf *out)
{
	static const char *const names[] = { "f", "g", "sub/h", "sub", "link",
		"sub/deep/i", "big", "only", "", ".", "new0", "new1/f", "new2",
		"new3/sub/h", "new4/os-release" };
	static const char *const files[] = { "src/f0", "src/f1", "src/p/f2",
		"dst/f0", "dst/f1", "dst/p/f2", "src/steady", "dst" };
	auto_free char *path = NULL;

	if (requester_dice(requester, 4) == 0)
		path = text_of("%s%s", PICK(requester, areas),
		    PICK(requester, files));
	else
		path = text_of("%s%s/%s", PICK(requester, areas),
		    PICK(requester, places), PICK(requester, names));
	add_text(out, path);
}

static void
add_link_text(struct requester *requester, struct buf *out)
{
	static const char *const texts[] = { "../../far/d0", "../../../far/f0",
		"f", "..", "/src/d0", "/usr/lib", "../../../../../etc" };
	auto_free char *absolute = text_of("%s/far/d1", requester->base);

	add_text(out, requester_dice(requester, 3) == 0
			  ? absolute
			  : PICK(requester, texts));
}

/* Any of size, owner, mode and times; the owner is our own. */
static void
add_attributes(struct requester *requester, struct buf *out)
{
	unsigned flags = requester_dice(requester, 16);

	buf_add_u32(out, flags);
	if (flags & 1)
		buf_add_u64(out, requester_dice(requester, 5000));
	if (flags & 2) {
		buf_add_u32(out, geteuid());
		buf_add_u32(out, getegid());
	}
	if (flags & 4)
		buf_add_u32(out, requester_dice(requester, 2) ? 0755 : 0700);
	if (flags & 8) {
		buf_add_u32(out, 1000);
		buf_add_u32(out, 2000);
	}
}

static void
add_handle(struct requester *requester, struct buf *out)
{
	static const struct handle none = { "none", 4 };
	const struct handle *handle =
	    requester->open == 0
		? &none
		: &requester
		       ->handles[requester_dice(requester, requester->open)];

	buf_add_string(out, handle->bytes, handle->len);
}

static void
add_field(struct requester *requester, struct buf *out, char letter)
{
	if (requester->add != NULL && requester->add(requester, out, letter))
		return;
	switch (letter) {
	case 'p':
		add_path(requester, out);
		break;
	case 'n':
		add_new_path(requester, out);
		break;
	case 't':
		add_link_text(requester, out);
		break;
	case 'a':
		add_attributes(requester, out);
		break;
	case 'h':
		add_handle(requester, out);
		break;
	case 'H':
		requester->open--;
		buf_add_string(out, requester->handles[requester->open].bytes,
		    requester->handles[requester->open].len);
		break;
	case 'o':
		buf_add_u64(out, requester_dice(requester, 2) * 100);
		break;
	case 'z':
		buf_add_u64(out, 0);
		break;
	case 'l':
		buf_add_u32(out, 1 + requester_dice(requester, 4096));
		break;
	case 'd':
		add_text(out, "a line of the client\n");
		break;
	case 'r':
		buf_add_u32(out, 1);
		break;
	case 'w':
		buf_add_u32(out, 2);
		break;
	case 'c': /* to write, create, perhaps truncate */
		buf_add_u32(out,
		    requester_dice(requester, 2) ? 2 + 8 : 2 + 8 + 16);
		break;
	case 'b':
		buf_add_u8(out, 1);
		break;
	default:
		buf_add_u32(out, 0);
	}
}

void
requester_keep(struct requester *requester, const unsigned char *bytes,
    size_t len)
{
	struct handle *handle = &requester->handles[requester->open];

	if (requester->open == HANDLES_MAX || len < 4 ||
	    u32_at(bytes) > sizeof(handle->bytes) || u32_at(bytes) > len - 4)
		return;
	handle->len = u32_at(bytes);
	memcpy(handle->bytes, bytes + 4, handle->len);
	requester->open++;
}

void
request_write(struct requester *requester, const struct request_kind *kind,
    uint32_t id, struct buf *out)
{
	unsigned char room[4096];
	struct buf body;

	buf_init(&body, room, sizeof(room));
	buf_add_u8(&body, kind->type);
	buf_add_u32(&body, id);
	if (kind->type == REQUEST_EXTENDED)
		add_text(&body, kind->name);
	for (const char *at = kind->layout; *at != '\0'; at++)
		add_field(requester, &body, *at);
	if (body.full)
		die("a request is too long:", kind->name);
	buf_add_string(out, body.bytes, body.len);
}
