"""Sessions of SFTP at two nodes at once.

  nodes.py SSH_CONFIG race ROUNDS
  nodes.py SSH_CONFIG attack HOST OTHER ROOT refused|done

race: each act is asked of both nodes at the same moment; one wins.
attack: a session at HOST tries everything against what was there before, and
against what a session at OTHER made that is still alive; ROOT is where the
script sees these files. "done" is the control: each attempt has its effect.

Prints TAP lines without numbers.
"""

import hashlib
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "../e2e"))
from sftpwire import *  # noqa: E402,F403


def say(good, claim, more=""):
    print("ok" if good else "not ok", claim, more if not good else "",
          flush=True)


def session(config, host):
    return Server(["ssh", "-F", config, "-s", host, "sftp"])


def status(server, kind, *fields):
    reply = server.ask(kind, *fields)
    return OK if reply.type == HANDLE else reply.u32()


def handle(server, path, flags):
    """Its handle, or None."""
    reply = server.ask(OPEN, string(path), u32(flags), attrs())
    return reply.string() if reply.type == HANDLE else None


def put(server, path, data):
    opened = handle(server, path, O_WRITE | O_CREAT | O_TRUNC)
    assert opened is not None
    assert status(server, WRITE, string(opened), u64(0), string(data)) == OK
    assert status(server, CLOSE, string(opened)) == OK


def get(server, path):
    opened = handle(server, path, O_READ)
    reply = server.ask(READ, string(opened), u64(0), u32(1000))
    data = reply.string() if reply.type == DATA else b""
    status(server, CLOSE, string(opened))
    return data


# --- races -----------------------------------------------------------------

def race_create(name, mine):
    return OPEN, string(name), u32(O_WRITE | O_CREAT | O_EXCL), attrs()


def race_mkdir(name, mine):
    return MKDIR, string(name), attrs()


def race_rename(name, mine):
    return RENAME, string(mine), string(name)


def race_link(name, mine):
    return EXTENDED, string("hardlink@openssh.com"), string(mine), string(name)


def race_symlink(name, mine):
    return SYMLINK, string(mine), string(name)


def race_rmdir(name, mine):
    return RMDIR, string(name)


def race_take(name, mine):
    """The same file under a name of one's own: a queue's worker takes it."""
    return RENAME, string(name), string(mine)


def run_race(nodes, act, rounds):
    for number in range(rounds):
        name = "%s-%d" % (act.__name__, number)
        mine = [name + "-of-1", name + "-of-2"]
        if act in (race_rename, race_link):
            for node, own in zip(nodes, mine):
                put(node, own, os.fsencode(own))
        if act is race_rmdir:
            assert status(nodes[0], MKDIR, string(name), attrs()) == OK
        if act is race_take:
            put(nodes[0], name, b"work")
        for node, own in zip(nodes, mine):
            node.send(*act(name, own))
        replies = [node.reply() for node in nodes]
        won = [r.type == HANDLE or r.u32() == OK for r in replies]
        if won.count(True) != 1:
            return say(False, act.__name__, "round %d: %r" % (number, won))
        winner = won.index(True)
        if act is race_create:
            opened = replies[winner].string()
            text = b"by %d" % winner
            status(nodes[winner], WRITE, string(opened), u64(0), string(text))
            status(nodes[winner], CLOSE, string(opened))
            if get(nodes[winner], name) != text:
                return say(False, act.__name__, "not the winner's bytes")
        if act in (race_rename, race_link):
            if get(nodes[winner], name) != os.fsencode(mine[winner]):
                return say(False, act.__name__, "not the winner's bytes")
    say(True, "%s: one of two nodes wins, each of %d times" %
        (act.__name__.replace("race_", ""), rounds))


def race(config, rounds):
    nodes = [session(config, "one"), session(config, "two")]
    for act in (race_create, race_mkdir, race_rename, race_link, race_symlink,
                race_rmdir, race_take):
        run_race(nodes, act, int(rounds))


# --- attacks ---------------------------------------------------------------

def picture(root):
    """Everything that an attack could change, of all that is there."""
    seen = []
    for at, names, files in os.walk(root):
        for name in names + files:
            path = os.path.join(at, name)
            text = b""
            try:
                st = os.lstat(path)
                if os.path.islink(path):
                    text = os.fsencode(os.readlink(path))
                elif name in files:
                    with open(path, "rb") as file:
                        text = hashlib.sha256(file.read()).digest()
            except FileNotFoundError:
                continue  # listed from a cache
            seen.append((path, st.st_ino, st.st_mode, st.st_uid, st.st_gid,
                         st.st_size if name in files else 0,
                         int(st.st_mtime), text))
    return sorted(seen)


def by_handle(flags, kind, *fields):
    """A request about a handle of the target; fields behind the handle."""
    def attempt(server, target):
        opened = handle(server, target, flags)
        if opened is None:
            return DENIED
        got = status(server, kind, string(opened), *fields)
        closed = status(server, CLOSE, string(opened))
        return got if got != OK else closed
    return attempt


def opened_to(flags):
    def attempt(server, target):
        opened = handle(server, target, flags)
        if opened is None:
            return DENIED
        status(server, WRITE, string(opened), u64(0), string(b"attacked"))
        return status(server, CLOSE, string(opened))
    return attempt


def asks(kind, *fields):
    return lambda server, target: status(server, kind, string(target), *fields)


def extended(name, *fields):
    return lambda server, target: status(
        server, EXTENDED, string(name), string(target), *fields)


def over(kind, *name):
    """One's own new file is renamed onto the target."""
    def attempt(server, target):
        put(server, "attacker", b"attacked")
        got = status(server, kind, *[string(n) for n in name],
                     string("attacker"), string(target))
        status(server, REMOVE, string("attacker"))
        return got
    return attempt


def copied(server, target):
    put(server, "attacker", b"attacked")
    source = handle(server, "attacker", O_READ)
    sink = handle(server, target, O_WRITE)
    got = DENIED
    if sink is not None:
        got = status(server, EXTENDED, string("copy-data"), string(source),
                     u64(0), u64(0), string(sink), u64(0))
        status(server, CLOSE, string(sink))
    status(server, CLOSE, string(source))
    status(server, REMOVE, string("attacker"))
    return got


def put_aside(server, target):
    """The directory of the target goes, with all that is in it."""
    parent = os.path.dirname(target)
    return status(server, RENAME, string(parent), string(parent + "-aside"))


ATTACKS = [
    ("open to write", opened_to(O_WRITE)),
    ("open to read and write", opened_to(O_READ | O_WRITE)),
    ("open to append", opened_to(O_WRITE | O_APPEND)),
    ("open and cut", opened_to(O_WRITE | O_TRUNC)),
    ("open to create and cut", opened_to(O_WRITE | O_CREAT | O_TRUNC)),
    ("open to create", opened_to(O_WRITE | O_CREAT)),
    ("a mode", asks(SETSTAT, attrs(mode=0o600))),
    ("times", asks(SETSTAT, attrs(times=(1, 1)))),
    ("a size", asks(SETSTAT, attrs(size=1))),
    ("a mode by lsetstat",
     extended("lsetstat@openssh.com", attrs(mode=0o640))),
    ("times by lsetstat",
     extended("lsetstat@openssh.com", attrs(times=(2, 2)))),
    ("a mode by a handle to read", by_handle(O_READ, FSETSTAT,
                                             attrs(mode=0o660))),
    ("times by a handle to read", by_handle(O_READ, FSETSTAT,
                                            attrs(times=(3, 3)))),
    ("a size by a handle to read and write",
     by_handle(O_READ | O_WRITE, FSETSTAT, attrs(size=2))),
    ("copy-data", copied),
    ("posix-rename of one's own onto it",
     over(EXTENDED, "posix-rename@openssh.com")),
    ("rename", lambda server, target: status(
        server, RENAME, string(target), string(target + "-moved"))),
    ("removal", asks(REMOVE)),
    ("a rename of its directory", put_aside),
]


def steady(root):
    """What is there once nothing of it changes by itself any more: MooseFS
    gives a file its time of writing half a second after it was closed."""
    last, since = None, time.monotonic()
    while time.monotonic() - since < 2:
        now = picture(root)
        if now != last:
            last, since = now, time.monotonic()
        time.sleep(0.2)
    return last


def attack(config, host, other, root, wanted):
    live, attacker = session(config, other), session(config, host)
    made = session(config, other)
    targets = []
    for number, (name, attempt) in enumerate(ATTACKS):
        before = "%s/before-%d" % (os.path.basename(root), number)
        alive = "%s/live-%d" % (os.path.basename(root), number)
        status(made, MKDIR, string(before), attrs())
        put(made, before + "/file", b"as it was")
        status(live, MKDIR, string(alive), attrs())
        put(live, alive + "/file", b"as it is")
        targets += [(name, attempt, before), (name, attempt, alive)]
    made.socket.close()
    made.process.wait()
    begin = steady(root)
    for name, attempt, base in targets:
        there = os.path.join(root, os.path.basename(base))
        before = picture(there), sorted(os.listdir(root))
        got = attempt(attacker, base + "/file")
        same = (picture(there), sorted(os.listdir(root))) == before
        claim = "%s: %s" % (os.path.basename(base), name)
        if wanted == "done":
            say(got == OK and not same, claim,
                "status %d, %s" % (got, "unchanged" if same else "changed"))
        else:
            say(got != OK and same, claim,
                "status %d, %s" % (got, "unchanged" if same else "CHANGED"))
    if wanted == "refused":
        say(steady(root) == begin, "nothing has changed later, either")


if __name__ == "__main__":
    globals()[sys.argv[2]](sys.argv[1], *sys.argv[3:])
