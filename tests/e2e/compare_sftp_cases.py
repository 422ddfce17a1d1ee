"""The requests of compare_sftp.py, in the order in which they are sent.

Each is answered byte for byte alike, but for these rules: a status may say
more behind OpenSSH's words (ours name the errno), handles are named as each
server likes, and times of the last minutes are "now". Every other difference
is listed here with the reason: differs(BECAUSE, OURS[, THEIRS]).
"""

import resource

from sftpwire import *

ANY = "however"
DEAD, SILENT, HANGS = "the server is gone", "no answer", "the server hangs"
CASES = []


class Saved(str):
    """The place of a handle that an earlier request returned as "save"."""


def case(kind, *fields, save=None, ours=None, because=None, theirs=None,
         hangs=False):
    CASES.append(dict(kind=kind, fields=fields, save=save, ours=ours,
                      because=because, theirs=theirs, hangs=hangs))


def extended(name, *fields, **more):
    case(EXTENDED, string(name), *fields, **more)


def differs(because, ours, theirs=None):
    """Ours answers so, theirs so (None: just otherwise; ANY: however)."""
    return dict(because=because, ours=ours, theirs=theirs)


TEXTS = {OK: b"Success", EOF: b"End of file", NO_SUCH_FILE: b"No such file",
         DENIED: b"Permission denied", FAILURE: b"Failure",
         BAD: b"Bad message", UNSUPPORTED: b"Operation unsupported"}


def status(code, text=None):
    """A STATUS as the comparison has it."""
    return "STATUS", code, text or TEXTS[code], b"", b""


def path_of(raw, **more):
    """REALPATH's answer as the comparison has it."""
    return "NAME", (raw, raw, 0), b""


# --- every path, by everything that takes one --------------------------------

PATHS = [
    b"", b".", b"..", b"/", b"//", b"/.", b"/..", b"../..", b"./..", b"f",
    b"f/", b"f//", b"/f", b"//f//", b"./f", b"f/.", b"f/..", b"f/x", b"d",
    b"d/", b"d/.", b"d/..", b"d/../f", b"d//g", b"d/./g", b"d/deep/../g",
    b"d/deep/../../../f", b"missing", b"missing/", b"missing/.",
    b"missing/x", b"missing/../f", b"d/missing", b"d/missing/", b"l-file",
    b"l-file/", b"l-file/x", b"l-dir", b"l-dir/", b"l-dir/.", b"l-dir/..",
    b"l-dir/g", b"l-dir/missing", b"l-abs", b"l-up", b"l-slash", b"l-slash/g",
    b"dangling", b"dangling/", b"dangling/x", b"dangling-deep", b"loop",
    b"loop/", b"loop/x", b"chain", b"chain/", b"sp ace", b"new\nline",
    b"\xff\xfe", b"-dash", b"a\\b", b"*", b"~", b"~/f", b"private",
    b"noread", b"noread/x", b"noread/missing", b"nosearch", b"nosearch/x",
    b"nosearch/missing", b"fifo", b"fifo/", b"empty", b"n" * 255, b"n" * 256,
    b"n" * 300, b"x/" + b"n" * 300, b"d/" + b"n" * 300, b"y" * 4095,
    b"y" * 4096, b"d/" * 2040 + b"f", b"./" * 1000 + b"f", b"d/../" * 800,
    b"/" * 2000 + b"f", b"z" * 70000, b"dev/null", b"sticky/foreign",
]
FILE_IS_NO_DIRECTORY = differs(
    "section 2: a file used as a directory names nothing; OpenSSH takes the "
    "dots behind it off the text", status(NO_SUCH_FILE))

for path in PATHS:
    dots = FILE_IS_NO_DIRECTORY if path in (b"f/.", b"f/..") else {}
    for kind in (STAT, LSTAT, READLINK):
        case(kind, string(path))
    case(REALPATH, string(path), **dots)
    extended("expand-path@openssh.com", string(path), **dots)
    case(OPENDIR, string(path), save="d")
    case(CLOSE, Saved("d"))
    if path in (b"fifo", b"dev/null"):
        continue
    case(OPEN, string(path), u32(O_READ), attrs(), save="f")
    case(READ, Saved("f"), u64(0), u32(100))
    case(FSTAT, Saved("f"))
    case(CLOSE, Saved("f"))

NO_DEVICES = "section 7: what is no file or directory is not opened"
case(OPEN, string("fifo"), u32(O_READ), attrs(), hangs=True,
     **differs(NO_DEVICES, status(FAILURE), HANGS))
case(OPEN, string("fifo"), u32(O_READ | O_WRITE), attrs(),
     **differs(NO_DEVICES, status(FAILURE), ("HANDLE",)))
case(OPEN, string("dev/null"), u32(O_READ), attrs(),
     **differs(NO_DEVICES, status(FAILURE), ("HANDLE",)))

# --- statvfs: the same file system, whatever is named -------------------------

for path in (b"", b".", b"/", b"f", b"d", b"l-file", b"l-dir", b"missing",
             b"dangling", b"loop", b"fifo", b"private", b"f/x"):
    extended("statvfs@openssh.com", string(path))
case(OPEN, string("f"), u32(O_READ), attrs(), save="f")
extended("fstatvfs@openssh.com", Saved("f"))
extended("fstatvfs@openssh.com", string("none"))
case(OPENDIR, string("d"), save="d")
extended("fstatvfs@openssh.com", Saved("d"))
case(CLOSE, Saved("f"))
case(CLOSE, Saved("d"))

# --- listings -----------------------------------------------------------------

UNSEEN = "A name that can't be looked at is listed: a listing is whole."


class InAnyOrder:
    """Entries of a READDIR as the comparison has them."""
    def __init__(self, *entries):
        self.entries = sorted(entries)

    def __eq__(self, other):
        return (other[0] == "NAME" and other[-1] == b"" and
                sorted(other[1:-1]) == self.entries)


def unseen(name, letter, kind):
    """An entry of which no more is told than its kind."""
    longname = letter + b"?????????  %3s %-8s %-8s %8s %12s " % ((b"?",) * 5)
    return name, longname + name, (4, None, None, None, kind, None, None)


def with_unseen(theirs):
    """OpenSSH leaves out what it can't look at: nothing is left there."""
    if theirs != status(EOF):
        return theirs
    return InAnyOrder(unseen(b".", b"d", 0o40000), unseen(b"..", b"d", 0o40000),
                      unseen(b"x", b"-", 0o100000))


for path in (b"d", b"d/deep", b"sticky", b"l-dir", b"noread", b"nosearch"):
    case(OPENDIR, string(path), save="d")
    case(READDIR, Saved("d"),
         **(differs(UNSEEN, with_unseen, ANY) if path == b"nosearch" else {}))
    for _ in range(2):
        case(READDIR, Saved("d"))
    case(READ, Saved("d"), u64(0), u32(10))
    case(WRITE, Saved("d"), u64(0), string("x"))
    case(FSTAT, Saved("d"))
    case(FSETSTAT, Saved("d"), attrs())
    extended("fsync@openssh.com", Saved("d"))
    case(CLOSE, Saved("d"))
    case(READDIR, Saved("d"))

# A directory that is opened as a file.
case(OPEN, string("d"), u32(O_READ), attrs(), save="d")
case(FSTAT, Saved("d"))
case(READ, Saved("d"), u64(0), u32(10))
case(READDIR, Saved("d"))
case(CLOSE, Saved("d"))

# --- open: flags, modes, what comes of them -----------------------------------

for flags in range(64):
    for path in ("new", "f", "d", "d/no/x", "l-file", "private", "foreign"):
        if path == "f" and flags & O_TRUNC:
            path = "empty"
        case(OPEN, string(path), u32(flags), attrs(), save="f")
        case(WRITE, Saved("f"), u64(2), string("W"))
        case(READ, Saved("f"), u64(0), u32(100))
        case(FSTAT, Saved("f"))
        case(CLOSE, Saved("f"))
    case(REMOVE, string("new"))
for flags in (0x40, 0x1000, 0xffffffc0, 0xffffffc1):
    case(OPEN, string("f"), u32(flags), attrs(), save="f")
    case(CLOSE, Saved("f"))
for path in ("dangling", "dangling-deep", "loop", "l-dir/made", "missing/",
             "f/", "new/", "n" * 256, "", ".", "/"):
    case(OPEN, string(path), u32(O_WRITE | O_CREAT), attrs(), save="f")
    case(CLOSE, Saved("f"))
    case(LSTAT, string(path))
case(REMOVE, string("nowhere"))
case(REMOVE, string("l-dir/made"))
case(REMOVE, string("d/no"))

NOT_AS_ANOTHER = ("DESIGN.md, --set-id: the bits that run as another never "
                  "arrive on a file")
for mode in (0o0, 0o600, 0o644, 0o666, 0o777, 0o1777, 0o100640, 0o40755,
             0xffff0180):
    case(OPEN, string("moded"), u32(O_WRITE | O_CREAT), attrs(mode=mode),
         save="f")
    case(FSTAT, Saved("f"))
    case(CLOSE, Saved("f"))
    case(REMOVE, string("moded"))
case(OPEN, string("moded"), u32(O_WRITE | O_CREAT),
     attrs(size=9, owner=(1, 2), times=(3, 4), pairs=[("a", "b")]), save="f")
case(FSTAT, Saved("f"))
case(CLOSE, Saved("f"))
case(REMOVE, string("moded"))

# --- reads and writes at odd places -------------------------------------------

case(OPEN, string("big"), u32(O_READ | O_WRITE), attrs(), save="f")
for offset in (0, 1, 299999, 300000, 300001, 1 << 31, 1 << 32, 1 << 40,
               (1 << 63) - 1, 1 << 63, (1 << 64) - 1):
    for length in (0, 1, 10, 261120, 261121, 262144, 0xffffffff):
        case(READ, Saved("f"), u64(offset), u32(length))
for offset in (0, 299999, 300000, 400000, (1 << 63) - 1, 1 << 63,
               (1 << 64) - 1):
    for data in (b"", b"data"):
        case(WRITE, Saved("f"), u64(offset), string(data))
        case(FSTAT, Saved("f"))
case(WRITE, Saved("f"), u64(0), string(b"w" * 261120))
case(READ, Saved("f"), u64(0), u32(261120))
case(CLOSE, Saved("f"))
case(OPEN, string("big"), u32(O_READ | O_WRITE | O_APPEND), attrs(), save="f")
case(WRITE, Saved("f"), u64(3), string("appended"))
case(READ, Saved("f"), u64(399990), u32(100))
case(CLOSE, Saved("f"))
case(WRITE, Saved("f"), u64(0), string("closed"))
case(READ, Saved("f"), u64(0), u32(10))
case(CLOSE, Saved("f"))
for handle in (b"", b"x", b"\0\0\0\x63", b"\xff" * 4,
               b"\xff" * 8, b"\0" * 300):
    case(CLOSE, string(handle))
    case(READ, string(handle), u64(0), u32(10))
    case(WRITE, string(handle), u64(0), string("x"))
    case(FSTAT, string(handle))
    case(FSETSTAT, string(handle), attrs(mode=0o600))
    case(READDIR, string(handle))
    extended("fsync@openssh.com", string(handle))
    extended("fstatvfs@openssh.com", string(handle))

# --- attributes ---------------------------------------------------------------

OLD = (1000000000, 1100000000)
SETTINGS = [
    attrs(), attrs(more=0x7ffffff0), attrs(size=0), attrs(size=3),
    attrs(size=10), attrs(size=1 << 63), attrs(size=(1 << 64) - 1),
    attrs(mode=0o600), attrs(mode=0o100755), attrs(mode=0o1644),
    attrs(mode=0o777), attrs(times=OLD), attrs(times=(0, 0)),
    attrs(times=(0x7fffffff, 0x80000000)), attrs(times=(1, 0xffffffff)),
    attrs(size=5, mode=0o640, times=OLD),
    attrs(size=1 << 63, mode=0o644, times=(5, 6)),
    attrs(pairs=[]), attrs(pairs=[("a@b", "c")] * 50, mode=0o644),
    attrs(owner=(0, 0)), attrs(owner=(4242, 4343), times=(7, 8)),
    attrs(owner=(64101, 64101)), attrs(owner=(0xffffffff, 0xffffffff)),
]


def missing_first(path, setting):
    """Nothing to do, or only a size that can't be: is the name looked at?"""
    if path == b"" and setting[:4] in (u32(0), u32(0x7ffffff0)):
        return differs("section 1: an empty name is nothing, REALPATH's but",
                       status(NO_SUCH_FILE), status(OK))
    if path == b"" and setting[:4] == u32(A_EXTENDED):
        return differs("the same", status(NO_SUCH_FILE), status(OK))
    if (setting[:4] == u32(A_SIZE) and setting[4] >= 0x80 and
            path in (b"missing", b"dangling", b"loop", b"", b"f/")):
        return differs("section 3: one lookup comes first, so that all steps "
                       "are about one object", status(NO_SUCH_FILE),
                       status(BAD))
    return {}


for setting in SETTINGS:
    for path in (b"empty", b"l-file", b"d", b"missing", b"dangling",
                 b"foreign", b"loop", b"", b"f/"):
        case(SETSTAT, string(path), setting, **missing_first(path, setting))
        case(STAT, string(path))
    for path in (b"empty", b"l-file", b"l-dir", b"dangling", b"d",
                 b"missing"):
        extended("lsetstat@openssh.com", string(path), setting)
        case(LSTAT, string(path))
    for flags in (O_READ, O_READ | O_WRITE):
        case(OPEN, string("empty"), u32(flags), attrs(), save="f")
        case(FSETSTAT, Saved("f"), setting)
        case(FSTAT, Saved("f"))
        case(CLOSE, Saved("f"))
for path in (b"empty", b"f", b"private", b"d"):
    case(SETSTAT, string(path), attrs(owner=(64101, 64101), mode=0o755))


def without_set_id(theirs):
    kind, values, rest = theirs
    return kind, values[:4] + (values[4] & ~0o6000,) + values[5:], rest


case(SETSTAT, string("empty"), attrs(mode=0o6755))
case(STAT, string("empty"), **differs(NOT_AS_ANOTHER, without_set_id))
case(SETSTAT, string("empty"), attrs(mode=0o755))
case(SETSTAT, string("d"), attrs(mode=0o2755))
case(STAT, string("d"))
case(OPEN, string("setid"), u32(O_WRITE | O_CREAT), attrs(mode=0o4644),
     save="f")
case(FSTAT, Saved("f"), **differs(NOT_AS_ANOTHER, without_set_id))
case(FSETSTAT, Saved("f"), attrs(mode=0o2755))
case(FSTAT, Saved("f"), **differs(NOT_AS_ANOTHER, without_set_id))
case(CLOSE, Saved("f"))
case(REMOVE, string("setid"))

# --- names: every pair of kinds, in a directory of their own ------------------

FROM = ("f", "d", "full", "l", "broken", "missing", ".", "..", "")
TO = ("new", "f", "g", "e", "full", "l", "broken", "d/into", "full/into",
      "no/x", "f/x", "new/", "full/.", "", "n" * 256)


def populate():
    case(MKDIR, string("work"), attrs())
    for name in ("f", "g"):
        case(OPEN, string("work/" + name), u32(O_WRITE | O_CREAT), attrs(),
             save="f")
        case(WRITE, Saved("f"), u64(0), string("this is " + name))
        case(CLOSE, Saved("f"))
    for name in ("d", "e", "full", "full/in"):
        case(MKDIR, string("work/" + name), attrs())
    case(SYMLINK, string("f"), string("work/l"))
    case(SYMLINK, string("nowhere"), string("work/broken"))


def depopulate():
    for name in ("d/into/in", "d/into", "full/into", "new/in", "new", "e/in",
                 "f", "g", "l", "broken", "full/in", "d", "e", "full"):
        case(REMOVE, string("work/" + name))
        case(RMDIR, string("work/" + name))
    case(RMDIR, string("work"))


def inside(name):
    return string("work/" + name if name else "")


def dots(*names):
    """Where a name is "." or "..", however OpenSSH's calls fail."""
    if "" not in names and any(
            name.split("/")[-1] in (".", "..") for name in names):
        return differs('core/root: "." and ".." are no names to change',
                       status(BAD), ANY)
    return {}


def moved(source, target, rename=True):
    if source == "missing" and target == "n" * 256:
        return differs("section 12: what can't be a name is told first",
                       status(BAD), ANY)
    if rename and target == "broken" and source in ("d", "full"):
        return differs("section 2: RENAME never overwrites, not even a link "
                       "that leads nowhere", status(FAILURE),
                       status(NO_SUCH_FILE))
    return dots(source, target)


for source in FROM:
    for target in TO:
        for name in (None, "posix-rename@openssh.com",
                     "hardlink@openssh.com"):
            populate()
            if name is not None:
                extended(name, inside(source), inside(target),
                         **moved(source, target, False))
            elif (source, target) not in (("l", "broken"),
                                          ("broken", "broken")):
                case(RENAME, inside(source), inside(target),
                     **moved(source, target))
            for changed in (source, target):
                case(LSTAT, inside(changed))
            depopulate()
for name in FROM + TO + ("full/in", "f/", "d/", "l/", "new/."):
    for kind, more in ((REMOVE, b""), (RMDIR, b""), (MKDIR, attrs())):
        populate()
        case(kind, inside(name), more, **dots(name))
        case(LSTAT, inside(name))
        depopulate()
    populate()
    case(SYMLINK, string("any/../text//"), inside(name), **dots(name))
    case(READLINK, inside(name))
    depopulate()

# Two that OpenSSH's server lets through or not, each put back by name.
populate()
case(RENAME, inside("l"), inside("broken"),
     **differs("section 2: RENAME never overwrites, not even a link that "
               "leads nowhere", status(FAILURE), status(OK)))
case(RENAME, inside("broken"), inside("l"),
     **differs("the same: put back", status(FAILURE), status(OK)))
case(READLINK, inside("broken"),
     **differs("the same: there it is gone", path_of(b"nowhere"),
               status(NO_SUCH_FILE)))
case(REMOVE, inside("broken"),
     **differs("the same", status(OK), status(NO_SUCH_FILE)))
depopulate()

for mode in (0, 0o700, 0o777, 0o1777, 0o2755, 0o40755, 0xffffffff):
    case(MKDIR, string("made"), attrs(mode=mode, size=7, times=(1, 2)))
    case(STAT, string("made"))
    case(RMDIR, string("made"))
for text in (b"", b"x", b"/", b"/etc/passwd", b"../../..", b"t" * 4095,
             b"t" * 4096, b"new\nline", b"\xff"):
    case(SYMLINK, string(text), string("link"))
    case(READLINK, string("link"))
    case(REALPATH, string("link"))
    case(REMOVE, string("link"))
for path in (b".", b"..", b"/", b"", b"sticky/foreign", b"foreign"):
    listed = {}
    if path in (b".", b".."):
        listed = differs('core/root: the root and ".." are no names to change',
                         status(BAD if path == b".." else FAILURE), ANY)
    case(REMOVE, string(path), **listed)
    case(RMDIR, string(path), **listed)
    case(MKDIR, string(path), attrs(), **listed)

# --- extensions ---------------------------------------------------------------

# Section 1: a few descriptors fewer may be handles than OpenSSH's.
HANDLES = min(resource.getrlimit(resource.RLIMIT_NOFILE)[1], 1 << 20) - 32
extended("limits@openssh.com", **differs(
    "section 1: other descriptors are kept free",
    lambda theirs: (201, theirs[1][:24] + u64(HANDLES))))
for text in (b"", b"~", b"~/", b"~/f", b"~//f", b"~/../f", b"f", b"/f",
             b"~nobodyatall", b"~nobodyatall/f", b"x~", b"\xff"):
    extended("expand-path@openssh.com", string(text))
extended("home-directory", string("nobodyatall"))
for users, groups in ((b"", b""), (u32(0), u32(0)),
                      (u32(4242) + u32(0), b""), (b"", u32(4343)),
                      (u32(0xffffffff), u32(0xffffffff)), (u32(0) * 50,
                                                           u32(0) * 50)):
    extended("users-groups-by-id@openssh.com", string(users), string(groups))
for first, second in ((O_READ, O_WRITE), (O_READ, O_READ), (O_WRITE, O_WRITE),
                      (O_READ, O_WRITE | O_APPEND)):
    for offset, length, at in ((0, 0, 0), (0, 5, 0), (100, 1000, 50),
                               (0, 0, 1 << 33), (300000, 0, 0),
                               (500000, 10, 0), (1 << 63, 0, 0),
                               (0, 1 << 63, 0), (0, 0, 1 << 63),
                               (399999, 2, 0), (399990, 1 << 40, 3)):
        case(OPEN, string("big"), u32(first), attrs(), save="from")
        case(OPEN, string("copied"), u32(second | O_CREAT), attrs(),
             save="to")
        listed = {}
        if second == O_READ or (first == O_WRITE and length and
                                length < 1 << 40 and not offset >> 63):
            listed = differs("section 4: what isn't open for it is not read "
                             "or written", status(NO_SUCH_FILE), ANY)
        elif first == O_READ and offset == 500000:
            listed = differs("section 4: an early end is told", status(EOF),
                             status(OK))
        extended("copy-data", Saved("from"), u64(offset), u64(length),
                 Saved("to"), u64(at), **listed)
        case(FSTAT, Saved("to"))
        case(CLOSE, Saved("from"))
        case(CLOSE, Saved("to"))
        case(OPEN, string("copied"), u32(O_READ), attrs(), save="to")
        case(READ, Saved("to"), u64(0), u32(261120))
        case(CLOSE, Saved("to"))
        case(REMOVE, string("copied"))
case(OPEN, string("big"), u32(O_READ | O_WRITE), attrs(), save="from")
case(OPEN, string("big"), u32(O_READ | O_WRITE), attrs(), save="to")
extended("copy-data", Saved("from"), u64(0), u64(0), Saved("from"), u64(0))
extended("copy-data", Saved("from"), u64(0), u64(0), Saved("to"), u64(0))
extended("copy-data", string("none"), u64(0), u64(0), Saved("to"), u64(0))
extended("copy-data", Saved("from"), u64(0), u64(0), string("none"), u64(0))
case(CLOSE, Saved("from"))
case(CLOSE, Saved("to"))
for name in ("", "x", "statvfs@openssh.co", "text-seek", "newline",
             "supported2", "n" * 70000):
    extended(name, string("f"))

# --- bytes that are no request ------------------------------------------------

case(STAT, string("f"), b"more bytes behind the last field")
case(CLOSE, string("none"), b"\0" * 1000)
UNKNOWN = differs("section 7: every request is answered",
                  status(UNSUPPORTED), SILENT)
for kind in (0, 2, 21, 22, 100, 101, 105, 199, 201, 255):
    case(kind, string("f"), **UNKNOWN)
SHORT = differs("section 7: a bad body is told, and the session goes on",
                status(BAD), DEAD)
for kind, body in ((STAT, b""), (STAT, b"\0\0\0"), (STAT, u32(5) + b"four"),
                   (STAT, u32(0xffffffff) + b"x"), (OPEN, string("f")),
                   (OPEN, string("f") + u32(1) + u32(A_MODE)),
                   (READ, string("f") + u64(0)), (EXTENDED, b"\0"),
                   (EXTENDED, string("statvfs@openssh.com")),
                   (SETSTAT, string("f") + u32(A_EXTENDED) + u32(5)),
                   (STAT, string(b"f\0x")), (SYMLINK, string(b"a\0b") +
                                             string("l")),
                   (RENAME, string("f") + string(b"x\0y"))):
    case(kind, body, **SHORT)
for path in (b"f\0", b"\0"):
    case(STAT, string(path),
         **differs("section 7: a NUL in a path; OpenSSH cuts one at the end",
                   status(BAD)))
for ids in (b"\0", b"\0\0\0\0\0"):
    extended("users-groups-by-id@openssh.com", string(ids), string(""),
             **SHORT)
case(LSTAT, string("f"))
