"""A disk that is full, only read, over quota, or failing: the status that
clients act on, a text that names the error, and a session that lives on.

    sftp_faults.py GATE LACK ROOT LOG UID CLAIM [ERRNO]
"""

import os
import signal
import socket
import sys

from sftpwire import *

GATE, LACK, ROOT, LOG, UID, CLAIM = (sys.argv[1:5] + [int(sys.argv[5])] +
                                     [sys.argv[6]])
ERROR = sys.argv[7] if len(sys.argv) > 7 else None
TEXTS = {"EIO": b"Input/output error", "EDQUOT": b"quota exceeded: the account's space is used up",
         "ENOSPC": b"disk full: no space is left on the server",
         "EROFS": b"Read-only file system"}


def start(*lacks, options=()):
    argv = [GATE, f"--audit={LOG}", *options, ROOT]
    if lacks:
        argv = [LACK, *(f"{call}={ERROR}" for call in lacks), "--"] + argv
    return Server(argv, as_account(UID),
                  {"SSH_ORIGINAL_COMMAND": "internal-sftp",
                   "PATH": os.environ["PATH"]})


def failed(reply, error=None):
    """4, and the words of the error behind "Failure"."""
    code, text = reply.u32(), reply.string()
    assert reply.type == STATUS, reply.type
    assert code == FAILURE, (code, text)
    assert text == b"Failure: " + TEXTS[error or ERROR], text


def alive(server):
    """What was there is there, and can be read."""
    handle = server.open("kept", O_READ)
    reply = server.ask(READ, string(handle), u64(0), u32(100))
    assert reply.type == DATA and reply.string() == b"kept\n"
    assert server.status(CLOSE, string(handle)) == OK


def content(name):
    with open(f"{ROOT}/{name}", "rb") as file:
        return file.read()


def new_uploads_are_refused(error):
    """By a session that has not written yet: at once, and nothing is made."""
    server = start()
    flags = O_WRITE | O_CREAT | O_TRUNC
    for _ in range(3):
        failed(server.ask(OPEN, string("upload"), u32(flags), attrs()), error)
    assert server.status(LSTAT, string("upload")) == NO_SUCH_FILE
    # What is there may be written anew: that may take less room.
    handle = server.open("old", flags)
    assert server.status(CLOSE, string(handle)) == OK
    # A lock may be empty.
    handle = server.open("lock", flags | O_EXCL)
    assert server.status(CLOSE, string(handle)) == OK
    assert server.status(REMOVE, string("lock")) == OK
    assert server.close() == 0


def quota_server(*lacks, used):
    """A server whose account may have 100 MiB, and has so much. Only root may
    tell it so: the memory of a session is nobody else's."""
    return Server([LACK, f"quota={100 << 20},{used}", *lacks, "--",
                   "/usr/bin/setpriv", f"--reuid={UID}", f"--regid={UID}",
                   "--clear-groups", GATE, f"--audit={LOG}", ROOT], None,
                  {"SSH_ORIGINAL_COMMAND": "internal-sftp"})


def a_quota_is_the_size():
    server = quota_server(used=60 << 20)
    reply = server.ask_extended("statvfs@openssh.com", string("."))
    values = [reply.u64() for _ in range(5)]
    unit, blocks, free, available = values[1:5]
    assert (unit * blocks, unit * free, unit * available) == \
        (100 << 20, 40 << 20, 40 << 20), values
    reply = server.ask_extended("space-available", string("."))
    assert [reply.u64() for _ in range(4)] == \
        [100 << 20, 40 << 20, 40 << 20, 40 << 20]
    handle = server.open("old", O_WRITE | O_CREAT | O_TRUNC)
    assert server.status(CLOSE, string(handle)) == OK
    assert server.status(REMOVE, string("old")) == OK
    assert server.close() == 0


def a_quota_that_is_used_up():
    server = quota_server("fallocate=EDQUOT", used=100 << 20)
    put = (OPEN, string("upload"), u32(O_WRITE | O_CREAT | O_TRUNC), attrs())
    for _ in range(3):
        failed(server.ask(*put), "EDQUOT")
    assert server.status(LSTAT, string("upload")) == NO_SUCH_FILE
    alive(server)
    assert server.close() == 0
    # The kernel has the last word: it may give more than it says.
    server = quota_server(used=100 << 20)
    assert server.ask(*put).type == HANDLE
    assert server.status(REMOVE, string("upload")) == OK
    assert server.close() == 0


def a_session_may_have_less_left():
    """statvfs tells what max-session-bytes leaves of this session."""
    server = Server([GATE, f"--audit={LOG}", "--max-session-bytes=1M", ROOT],
                    as_account(UID), {"SSH_ORIGINAL_COMMAND": "internal-sftp"})
    reply = server.ask_extended("statvfs@openssh.com", string("."))
    unit, available = [reply.u64() for _ in range(5)][1::3]
    assert 0 < unit * available < 1 << 20, (unit, available)
    assert server.close() == 0


def a_full_disk():
    server = start()
    handle = server.open("old", O_WRITE | O_CREAT | O_TRUNC)
    assert server.status(WRITE, string(handle), u64(0), string("o")) == OK
    assert server.status(CLOSE, string(handle)) == OK
    handle = server.open("big", O_READ | O_WRITE | O_CREAT)
    block, offset = b"b" * 100000, 0
    while True:
        reply = server.ask(WRITE, string(handle), u64(offset), string(block))
        if reply.u32() != OK:
            reply.at = 0
            failed(reply, "ENOSPC")
            break
        offset += len(block)
    assert offset > 0
    # What arrived before is there, all of it.
    assert content("big")[:offset] == b"b" * offset
    alive(server)
    # A lock may be empty; an upload is not begun.
    other = server.open("copy", O_WRITE | O_CREAT | O_EXCL)
    new_uploads_are_refused("ENOSPC")
    failed(server.ask_extended("copy-data", string(handle), u64(0), u64(0),
                               string(other), u64(0)), "ENOSPC")
    assert server.status(CLOSE, string(other)) == OK
    failed(server.ask_extended("copy-file", string("big"), string("copy2"),
                               b"\0"), "ENOSPC")
    alive(server)
    # Space again, and it goes on in the same session, by the same handle.
    for name in ("copy", "copy2"):
        server.status(REMOVE, string(name))
    assert server.status(FSETSTAT, string(handle), attrs(size=100)) == OK
    assert server.status(WRITE, string(handle), u64(100),
                         string("more")) == OK
    assert server.status(CLOSE, string(handle)) == OK
    assert content("big") == b"b" * 100 + b"more"
    for name in ("big", "old"):
        assert server.status(REMOVE, string(name)) == OK
    assert server.close() == 0


def no_inodes_left():
    server = start()
    made = 0
    while True:
        reply = server.ask(MKDIR, string(f"d{made}"), attrs())
        if reply.u32() != OK:
            reply.at = 0
            failed(reply, "ENOSPC")
            break
        made += 1
    assert made > 0
    failed(server.ask(OPEN, string("new"), u32(O_WRITE | O_CREAT), attrs()),
           "ENOSPC")
    failed(server.ask(SYMLINK, string("x"), string("link")), "ENOSPC")
    alive(server)
    for number in range(made):
        assert server.status(RMDIR, string(f"d{number}")) == OK
    assert server.close() == 0


def a_file_system_that_is_only_read():
    server = start()
    handle = server.open("kept", O_READ)
    for request in (
            (OPEN, string("new"), u32(O_WRITE | O_CREAT), attrs()),
            (OPEN, string("kept"), u32(O_WRITE), attrs()),
            (OPEN, string("kept"), u32(O_WRITE | O_TRUNC), attrs()),
            (MKDIR, string("new"), attrs()), (REMOVE, string("kept")),
            (RMDIR, string("d")), (RENAME, string("kept"), string("new")),
            (SYMLINK, string("x"), string("new")),
            (SETSTAT, string("kept"), attrs(mode=0o600)),
            (SETSTAT, string("kept"), attrs(times=(1, 2))),
            (SETSTAT, string("kept"), attrs(size=0)),
            (FSETSTAT, string(handle), attrs(mode=0o600)),
            (EXTENDED, string("posix-rename@openssh.com"), string("kept"),
             string("new")),
            (EXTENDED, string("hardlink@openssh.com"), string("kept"),
             string("new")),
            (EXTENDED, string("copy-file"), string("kept"), string("new"),
             b"\0")):
        failed(server.ask(*request), "EROFS")
    reply = server.ask_extended("statvfs@openssh.com", string("."))
    values = [reply.u64() for _ in range(11)]
    assert values[9] & 1
    alive(server)
    assert content("kept") == b"kept\n"
    assert server.close() == 0


def a_heap_that_cannot_grow():
    """The allocator finds room elsewhere, by what the filter lets it do."""
    server = start("brk")
    handles = [server.open("kept", O_READ) for _ in range(4000)]
    for handle in handles:
        reply = server.ask(READ, string(handle), u64(0), u32(100))
        assert reply.type == DATA and reply.string() == b"kept\n"
    for handle in handles:
        assert server.status(CLOSE, string(handle)) == OK
    alive(server)
    assert server.close() == 0


def writing_fails():
    server = start("pwrite", "fsync", "copy", "truncate", "mkdir", "rename",
                   "unlink", "utimes")
    before = content("kept")
    handle = server.open("kept", O_READ | O_WRITE)
    for _ in range(2):
        failed(server.ask(WRITE, string(handle), u64(0), string("lost")))
    failed(server.ask_extended("fsync@openssh.com", string(handle)))
    failed(server.ask(FSETSTAT, string(handle), attrs(size=1)))
    failed(server.ask(FSETSTAT, string(handle), attrs(times=(1, 2))))
    failed(server.ask(SETSTAT, string("kept"), attrs(times=(1, 2))))
    failed(server.ask(MKDIR, string("new"), attrs()))
    failed(server.ask(REMOVE, string("kept")))
    failed(server.ask(RMDIR, string("d")))
    failed(server.ask(RENAME, string("kept"), string("new")))
    failed(server.ask_extended("posix-rename@openssh.com", string("kept"),
                               string("new")))
    to = server.open("target", O_WRITE | O_CREAT)
    failed(server.ask_extended("copy-data", string(handle), u64(0), u64(0),
                               string(to), u64(0)))
    assert server.status(CLOSE, string(handle)) == OK
    assert server.status(CLOSE, string(to)) == OK
    alive(server)
    assert content("kept") == before
    assert sorted(os.listdir(ROOT)) == ["d", "kept", "large", "target"]
    os.unlink(f"{ROOT}/target")
    assert server.close() == 0


def reading_fails():
    server = start("pread", "splice", "getdents")
    handle = server.open("large", O_READ)
    for size in (10, 32768, 261120):
        for _ in range(3):
            failed(server.ask(READ, string(handle), u64(0x20000), u32(size)))
        # Elsewhere it can be read.
        reply = server.ask(READ, string(handle), u64(0), u32(10))
        assert reply.string() == b"\0" * 10
    assert server.ask(FSTAT, string(handle)).type == ATTRS
    failed(server.ask_extended("check-file-handle", string(handle),
                               string("md5"), u64(0), u64(0), u32(0)))
    assert server.status(CLOSE, string(handle)) == OK
    # A listing that fails is no empty one: mirrors delete by it.
    handle = server.ask(OPENDIR, string(".")).string()
    for _ in range(2):
        failed(server.ask(READDIR, string(handle)))
    assert server.status(CLOSE, string(handle)) == OK
    assert server.ask(STAT, string("kept")).type == ATTRS
    new = server.open("new", O_WRITE | O_CREAT)
    assert server.status(WRITE, string(new), u64(0), string("x")) == OK
    assert server.status(REMOVE, string("new")) == OK
    assert server.close() == 0


def renames_without_noreplace():
    """As on NFS: what RENAME promises holds all the same."""
    for name in ("file", "there"):
        with open(f"{ROOT}/{name}", "w") as file:
            file.write(name)
    os.symlink("file", f"{ROOT}/link")
    for name in ("dir", "empty", "full", "full/in"):
        os.mkdir(f"{ROOT}/{name}")
    for path in ("file", "there", "link", "dir", "empty", "full", "full/in"):
        os.chown(f"{ROOT}/{path}", UID, -1, follow_symlinks=False)
    server = start("noreplace")

    def rename(source, target):
        return server.status(RENAME, string(source), string(target))
    for source in ("file", "link", "dir", "full"):
        for target in ("there", "empty", "full"):
            if source != target:
                assert rename(source, target) == FAILURE, (source, target)
        assert os.path.lexists(f"{ROOT}/{source}")
    assert content("there") == b"there" and os.listdir(f"{ROOT}/empty") == []
    assert rename("full", "full/in/deeper") == BAD
    assert rename("missing", "new") == NO_SUCH_FILE
    for source in ("file", "link", "dir", "full"):
        assert rename(source, "new") == OK, source
        assert not os.path.lexists(f"{ROOT}/{source}")
        assert rename("new", source) == OK
        assert not os.path.lexists(f"{ROOT}/new")
    assert content("file") == b"file" and os.path.isdir(f"{ROOT}/full/in")
    assert os.readlink(f"{ROOT}/link") == "file"
    assert server.close() == 0
    for name in ("file", "there", "link"):
        os.unlink(f"{ROOT}/{name}")
    for name in ("dir", "empty", "full/in", "full"):
        os.rmdir(f"{ROOT}/{name}")


def log_lines():
    with open(LOG) as log:
        return log.read().splitlines()


def ended(server, before, name, written):
    """It ended by itself; what was open is closed, and the record ends."""
    assert server.process.wait(timeout=60) == 0
    lines = log_lines()[before:]
    assert any("event=close" in line and f'path="/{name}"' in line and
               f"written={written}" in line for line in lines), lines
    assert "event=end" in lines[-1] and "status=0" in lines[-1], lines


def a_client_that_vanishes():
    # In the middle of a packet.
    before = len(log_lines())
    server = start()
    handle = server.open("cut", O_WRITE | O_CREAT)
    assert server.status(WRITE, string(handle), u64(0), string("first")) == OK
    packet = server.packet(WRITE, string(handle) + u64(5) + string(b"x" * 999))
    server.socket.sendall(packet[:500])
    server.socket.close()
    ended(server, before, "cut", 5)
    assert content("cut") == b"first"
    # With more replies waiting than it ever read.
    before = len(log_lines())
    server = start()
    handle = server.open("cut", O_READ | O_WRITE)
    assert server.status(WRITE, string(handle), u64(0), string("FIRST")) == OK
    large = server.open("large", O_READ)
    for number in range(40):
        server.send(READ, string(large), u64(0), u32(261120))
    server.socket.shutdown(socket.SHUT_RDWR)
    server.socket.close()
    ended(server, before, "cut", 5)
    os.unlink(f"{ROOT}/cut")


def results(before, event):
    """What the record says of such acts since then."""
    return [line.split("result=")[1].split()[0] for line in log_lines()[before:]
            if f"event={event} " in line]


def copies_are_told_when_they_are_done():
    # With sync=close: on the disk, though the handle was closed before.
    server = start("fsync", options=["--sync=close"])
    handle = server.open("kept", O_READ)
    to = server.open("target", O_WRITE | O_CREAT)
    copy = server.packet(EXTENDED, string("copy-data") + string(handle) +
                         u64(0) + u64(0) + string(to) + u64(0))
    server.socket.sendall(copy + server.packet(CLOSE, string(to)))
    failed(server.reply())
    failed(server.reply())
    assert server.close() == 0
    # In the record: what has become of it, not that it has begun.
    before = len(log_lines())
    server = start("copy", "pwrite")
    failed(server.ask_extended("copy-file", string("kept"), string("target"),
                               b"\1"))
    assert server.close() == 0
    server = start()
    assert server.ask_extended("copy-file", string("kept"), string("target"),
                               b"\1").u32() == OK
    assert content("target") == b"kept\n"
    # One that was never begun, and an act that a bad handle ended.
    assert server.ask_extended("copy-file", string("kept"), string("kept"),
                               b"\1").u32() != OK
    assert server.status(FSETSTAT, string(b"x" * 8), attrs(mode=0o600)) != OK
    assert server.close() == 0
    # The client vanishes; 64 GiB take longer than to see that.
    with open(f"{ROOT}/holes", "wb") as holes:
        holes.truncate(64 << 30)
    server = start()
    server.extended("copy-file", string("holes"), string("target"), b"\1")
    server.socket.close()
    assert server.process.wait(timeout=60) == 0
    told = results(before, "copy")
    assert told[0] == "failed" and told[1] == "ok", told
    assert told[2] != "ok" and told[3:] == ["cut"], told
    assert results(before, "setstat") == ["failed"]
    for name in ("target", "holes"):
        os.unlink(f"{ROOT}/{name}")


globals()[CLAIM]()
