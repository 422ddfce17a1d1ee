"""How much the SFTP server takes, and that it holds its bounds.

    sftp_bounds.py GATE ROOT LOG UID CLAIM [ENTRIES]

One claim a call; an assertion that fails ends it with status 1.
"""

import os
import resource
import select
import sys
import threading

from sftpwire import *

GATE, ROOT, LOG, UID, CLAIM = sys.argv[1:4] + [int(sys.argv[4]), sys.argv[5]]
ENTRIES = int(sys.argv[6]) if len(sys.argv) > 6 else 100000
MIB = 1 << 20
with open(GATE, "rb") as program:
    SANITIZED = b"__asan_init" in program.read()


def start(*options, before=None):
    def prepare():
        if before:
            before()
        as_account(UID)()
    server = Server([GATE, f"--audit={LOG}", *options, ROOT], prepare,
                    {"SSH_ORIGINAL_COMMAND": "internal-sftp",
                     "PATH": os.environ["PATH"]})
    server.first_memory = server.memory()
    return server


def grew_less(server, most):
    """Peak memory, in bytes, above that of a session just begun."""
    grown = server.memory() - server.first_memory
    print(f"{CLAIM}: {server.memory()} bytes at most, {grown} above the start")
    assert SANITIZED or grown <= most, (grown, most)


def send_until_full(server, data):
    """Sends without reading; returns how much the server let us."""
    server.socket.setblocking(False)
    sent = 0
    while sent < len(data):
        if not select.select([], [server.socket], [], 1)[1]:
            break
        sent += server.socket.send(memoryview(data)[sent:sent + (1 << 18)])
    server.socket.setblocking(True)
    return sent


def flood(server, packets, check, most):
    """All requests as fast as they go; replies are read only when the server
    takes no more. Then both ways together, to the end."""
    data = b"".join(packets)
    sent = send_until_full(server, data)
    grew_less(server, most)
    rest = threading.Thread(target=server.socket.sendall, args=(data[sent:],))
    rest.start()
    for number in range(1, len(packets) + 1):
        reply = server.reply()
        assert reply.id == number, (reply.id, number)
        check(reply, number)
    rest.join()
    grew_less(server, most)
    assert server.status(STAT, string(".")) is None
    assert server.close() == 0
    return sent, len(data)


def a_flood_of_300000_requests():
    server = start()
    packets = []
    for number in range(300000):
        path = "file" if number % 3 else "no such name"
        kind = (STAT, LSTAT, REALPATH)[number % 3]
        packets.append(server.packet(kind, string(path)))

    def check(reply, number):
        # The first is STAT of what isn't there, then LSTAT, REALPATH.
        wanted = (NAME, STATUS, ATTRS)[number % 3]
        assert reply.type == wanted, (reply.type, number)
    sent, total = flood(server, packets, check, 12 * MIB)
    assert sent < total, "the server took all without being read"


def a_flood_of_reads():
    """As paramiko asks for a whole file at once."""
    server = start()
    handle = server.open("big", O_READ)
    server.number = 0
    packets = [server.packet(READ, string(handle) + u64(number % 8 * 32768) +
                             u32(32768)) for number in range(20000)]

    def check(reply, number):
        assert reply.type == DATA and len(reply.body) == 4 + 32768
    sent, total = flood(server, packets, check, 16 * MIB)
    assert sent < total, "the server took all without being read"


def a_flood_of_listings():
    """READDIR of many handles, none of which is read."""
    server = start()
    handles = []
    for _ in range(200):
        reply = server.ask(OPENDIR, string("many"))
        handles.append(reply.string())
    server.number = 0
    packets = [server.packet(READDIR, string(handle))
               for handle in handles for _ in range(30)]

    def check(reply, number):
        assert reply.type in (NAME, STATUS)
    flood(server, packets, check, 12 * MIB)


def a_directory_of_many_entries():
    for number in range(ENTRIES):
        open(f"{ROOT}/crowd/entry-{number:07}", "w").close()
    server = start()
    handle = server.ask(OPENDIR, string("crowd")).string()
    seen = set()
    while True:
        reply = server.ask(READDIR, string(handle))
        if reply.type == STATUS:
            assert reply.u32() == EOF
            break
        assert len(reply.body) <= 34000
        for _ in range(reply.u32()):
            name, longname = reply.string(), reply.string()
            assert longname.endswith(b" " + name)
            reply.attrs()
            assert name not in seen
            seen.add(name)
    wanted = {b"entry-%07d" % number for number in range(ENTRIES)}
    assert seen == wanted | {b".", b".."}
    grew_less(server, 1 * MIB)
    assert server.close() == 0


def five_thousand_handles():
    many = 5000
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    assert hard >= many + 100, f"RLIMIT_NOFILE is {hard}: too low for this"
    server = start()
    handles = [server.open(f"many/{number % 100}", O_READ)
               for number in range(many)]
    assert all(isinstance(handle, bytes) for handle in handles)
    assert len(set(handles)) == many
    for number, handle in enumerate(handles):
        reply = server.ask(READ, string(handle), u64(0), u32(100))
        assert reply.string() == b"%d\n" % (number % 100)
    grew_less(server, 4 * MIB)
    for handle in handles:
        assert server.status(CLOSE, string(handle)) == OK
    for handle in handles[:100]:
        assert server.status(FSTAT, string(handle)) == FAILURE
    assert server.close() == 0


def more_handles_than_there_may_be():
    server = start(before=lambda: resource.setrlimit(
        resource.RLIMIT_NOFILE, (200, 200)))
    handles = []
    for _ in range(300):
        handle = server.open("file", O_READ)
        if isinstance(handle, int):
            assert handle == FAILURE
            break
        handles.append(handle)
    assert 100 < len(handles) < 200
    reply = server.ask(OPENDIR, string("many"))
    assert reply.type == STATUS and reply.u32() == FAILURE
    assert b"Too many open files" in reply.string()
    # What is open is served, and one that is closed makes room for another.
    assert server.status(FSTAT, string(handles[0])) is None
    assert server.status(STAT, string("file")) is None
    assert server.status(CLOSE, string(handles[0])) == OK
    assert isinstance(server.open("file", O_READ), bytes)
    assert server.close() == 0


def offsets_beyond_20_gib():
    far = 20 << 30
    server = start()
    handle = server.open("sparse", O_READ | O_WRITE | O_CREAT)
    assert server.status(WRITE, string(handle), u64(far),
                         string("the end")) == OK
    reply = server.ask(FSTAT, string(handle))
    assert reply.attrs()[1] == far + 7
    reply = server.ask(READ, string(handle), u64(far - 4), u32(100))
    assert reply.string() == b"\0" * 4 + b"the end"
    reply = server.ask(READ, string(handle), u64(far // 2), u32(261120))
    assert reply.string() == b"\0" * 261120
    assert server.status(READ, string(handle), u64(far + 7), u32(1)) == EOF
    appended = server.open("sparse", O_WRITE | O_APPEND)
    assert server.status(WRITE, string(appended), u64(0), string("!")) == OK
    copy = server.open("copied", O_READ | O_WRITE | O_CREAT)
    assert server.status(EXTENDED, string("copy-data"), string(handle),
                         u64(far), u64(8), string(copy), u64(far + 100)) == OK
    reply = server.ask(READ, string(copy), u64(far + 100), u32(100))
    assert reply.string() == b"the end!"
    assert server.status(SETSTAT, string("copied"), attrs(size=far * 2)) == OK
    reply = server.ask(STAT, string("copied"))
    assert reply.attrs()[1] == far * 2
    assert os.stat(f"{ROOT}/sparse").st_blocks * 512 < MIB
    grew_less(server, 2 * MIB)
    assert server.close() == 0


def paths_as_deep_as_they_go():
    server = start()
    path = "deep"
    assert server.status(MKDIR, string(path), attrs()) == OK
    while len(path) + 2 + len("/file") < 4096:
        path += "/d"
        assert server.status(MKDIR, string(path), attrs()) == OK
    depth = path.count("/")
    assert depth > 2000
    assert server.status(MKDIR, string(path + "/too/long"), attrs()) == BAD
    handle = server.open(path + "/file", O_WRITE | O_CREAT)
    assert server.status(WRITE, string(handle), u64(0), string("x")) == OK
    assert server.status(CLOSE, string(handle)) == OK
    reply = server.ask(REALPATH, string(path + "/./../d"))
    assert reply.type in (NAME, STATUS)
    assert server.ask(STAT, string(path + "/file")).type == ATTRS
    assert server.status(REMOVE, string(path + "/file")) == OK
    while path != "":
        assert server.status(RMDIR, string(path)) == OK
        path = path.rpartition("/")[0]
    assert server.close() == 0


def files_that_grow_and_shrink_while_read():
    server = start("--read-only")
    handle = server.open("changing", O_READ)
    server.number = 0
    stop = threading.Event()

    def change():
        turn = 0
        with open(f"{ROOT}/changing", "r+b", buffering=0) as changing:
            while not stop.is_set():
                turn += 1
                changing.truncate(turn % 3 * 100000)
                changing.seek(0)
                changing.write(b"x" * 150000)
    changer = threading.Thread(target=change)
    changer.start()
    kinds = {DATA: 0, STATUS: 0}
    try:
        for turn in range(300):
            numbers = [server.send(READ, string(handle), u64(place), u32(size))
                       for place in (0, 90000, 149990, 200000)
                       for size in (10, 32768, 261120)]
            for number in numbers:
                reply = server.reply()
                assert reply.id == number
                kinds[reply.type] += 1
                if reply.type == DATA:
                    data = reply.string()
                    # A hole where it grew again, or what was written.
                    assert 0 < len(data) <= 261120 and reply.rest() == b""
                    assert data.count(b"x") + data.count(b"\0") == len(data)
                else:
                    assert reply.u32() == EOF
    finally:
        stop.set()
        changer.join()
    assert kinds[DATA] > 100 and kinds[STATUS] > 100, kinds
    assert server.close() == 0


globals()[CLAIM]()
