"""The client's side of SFTP version 3, raw: packets out, packets in."""

import os
import select
import socket
import struct
import subprocess
import time

(INIT, VERSION, OPEN, CLOSE, READ, WRITE, LSTAT, FSTAT, SETSTAT, FSETSTAT,
 OPENDIR, READDIR, REMOVE, MKDIR, RMDIR, REALPATH, STAT, RENAME, READLINK,
 SYMLINK) = range(1, 21)
STATUS, HANDLE, DATA, NAME, ATTRS = range(101, 106)
EXTENDED, EXTENDED_REPLY = 200, 201

OK, EOF, NO_SUCH_FILE, DENIED, FAILURE, BAD, UNSUPPORTED = 0, 1, 2, 3, 4, 5, 8

O_READ, O_WRITE, O_APPEND, O_CREAT, O_TRUNC, O_EXCL = 1, 2, 4, 8, 16, 32
A_SIZE, A_UIDGID, A_MODE, A_TIMES, A_EXTENDED = 1, 2, 4, 8, 0x80000000


def u32(number):
    return struct.pack(">I", number)


def u64(number):
    return struct.pack(">Q", number)


def string(text):
    text = os.fsencode(text)
    return u32(len(text)) + text


def attrs(size=None, owner=None, mode=None, times=None, pairs=None, more=0):
    """An attribute structure; more are flags that carry nothing."""
    flags, body = more, b""
    if size is not None:
        flags, body = flags | A_SIZE, body + u64(size)
    if owner is not None:
        flags, body = flags | A_UIDGID, body + u32(owner[0]) + u32(owner[1])
    if mode is not None:
        flags, body = flags | A_MODE, body + u32(mode)
    if times is not None:
        flags, body = flags | A_TIMES, body + u32(times[0]) + u32(times[1])
    if pairs is not None:
        flags, body = flags | A_EXTENDED, body + u32(len(pairs))
        body += b"".join(string(k) + string(v) for k, v in pairs)
    return u32(flags) + body


class Gone(Exception):
    """The server has ended, or its stream can't be understood."""


class Reply:
    """One packet from the server; fields are taken off its front."""

    def __init__(self, packet):
        self.type = packet[0]
        self.id = struct.unpack(">I", packet[1:5])[0]
        self.body = packet[5:]
        self.at = 0

    def u32(self):
        self.at += 4
        return struct.unpack(">I", self.body[self.at - 4:self.at])[0]

    def u64(self):
        self.at += 8
        return struct.unpack(">Q", self.body[self.at - 8:self.at])[0]

    def string(self):
        length = self.u32()
        self.at += length
        return self.body[self.at - length:self.at]

    def rest(self):
        at, self.at = self.at, len(self.body)
        return self.body[at:]

    def attrs(self):
        """flags, size, uid, gid, mode, atime, mtime; None: not told"""
        flags = self.u32()
        values = [self.u64() if flags & 1 else None]
        for bit, count in ((2, 2), (4, 1), (8, 2)):
            values += [self.u32() if flags & bit else None
                       for _ in range(count)]
        return (flags, *values)


class Server:
    """A server process with one socket for both its streams."""

    def __init__(self, argv, prepare=None, env=None, init=True):
        self.socket, theirs = socket.socketpair()
        self.process = subprocess.Popen(
            argv, stdin=theirs, stdout=theirs, stderr=subprocess.PIPE,
            preexec_fn=prepare, env=env)
        theirs.close()
        self.have = bytearray()
        self.number = 0
        self.version = None
        if init:
            self.socket.sendall(u32(5) + bytes([INIT]) + u32(3))
            self.version = self.reply()

    def packet(self, kind, body, number=None):
        """The bytes of a request, numbered anew unless number is given."""
        if number is None:
            self.number += 1
            number = self.number
        return u32(len(body) + 5) + bytes([kind]) + u32(number) + body

    def send(self, kind, *fields):
        self.socket.sendall(self.packet(kind, b"".join(fields)))
        return self.number

    def extended(self, name, *fields):
        return self.send(EXTENDED, string(name), *fields)

    def reply(self, seconds=20):
        """The next packet, or Gone."""
        until = time.monotonic() + seconds
        while True:
            if len(self.have) >= 4:
                length = struct.unpack(">I", self.have[:4])[0]
                if len(self.have) >= 4 + length:
                    packet = bytes(self.have[4:4 + length])
                    del self.have[:4 + length]
                    return Reply(packet)
            left = until - time.monotonic()
            if left <= 0 or not select.select([self.socket], [], [], left)[0]:
                raise TimeoutError
            try:
                got = self.socket.recv(1 << 20)
            except OSError:
                got = b""
            if not got:
                raise Gone
            self.have += got

    def ask(self, kind, *fields):
        """Sends a request and waits for its reply."""
        number = self.send(kind, *fields)
        reply = self.reply()
        assert reply.id == number, (reply.id, number)
        return reply

    def ask_extended(self, name, *fields):
        return self.ask(EXTENDED, string(name), *fields)

    def status(self, kind, *fields):
        """The code of a request's STATUS, or None for another reply."""
        reply = self.ask(kind, *fields)
        return reply.u32() if reply.type == STATUS else None

    def open(self, path, flags, mode=None):
        """The handle, or the code of the STATUS that came instead."""
        reply = self.ask(OPEN, string(path), u32(flags), attrs(mode=mode))
        return reply.string() if reply.type == HANDLE else reply.u32()

    def close(self):
        """The client goes away; returns the server's exit status."""
        self.socket.close()
        self.process.stderr.close()
        return self.process.wait(timeout=20)

    def memory(self):
        """The most bytes that the process has held in memory so far."""
        with open(f"/proc/{self.process.pid}/status") as lines:
            for line in lines:
                if line.startswith("VmHWM:"):
                    return int(line.split()[1]) * 1024
        raise Gone


def as_account(uid, root=None):
    """What a child does before it becomes a server."""
    def prepare():
        if root is not None:
            os.chroot(root)
            os.chdir("/")
        os.umask(0o022)
        if uid != os.geteuid():
            os.setgroups([])
            os.setgid(uid)
            os.setuid(uid)
    return prepare


def start_ours(gate, uid, root, log, *options):
    """filesonly, asked for the SFTP subsystem."""
    return Server(
        [gate, f"--audit={log}", *options, root], as_account(uid),
        {"SSH_ORIGINAL_COMMAND": "internal-sftp",
         "PATH": os.environ["PATH"]})
