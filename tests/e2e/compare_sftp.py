"""Puts the same requests to OpenSSH's sftp-server and to ours, each in its
own copy of one tree, and compares every answer.

    compare_sftp.py GATE SFTP-SERVER DIRECTORY UID

DIRECTORY holds the trees a (OpenSSH's, its root by chroot) and b (ours).
The requests, and what ours answers otherwise and why, stand in
compare_sftp_cases.py; a difference that is listed and not seen is an error,
too.
"""

import re
import sys
import time

from compare_sftp_cases import ANY, CASES, DEAD, HANGS, SILENT, Saved
from sftpwire import *

GATE, THEIRS, TOP, UID = sys.argv[1:4] + [int(sys.argv[4])]
PROBE = 0xf0000000  # ids from here on are of requests that only see whether
# the server still serves


NOW = time.time()
DATE = re.compile(rb" [A-Z][a-z]{2} [ 0-9][0-9] ([0-9:]{5}| [0-9]{4}) ")


def is_now(when):
    return when is not None and abs(when - NOW) < 600


def attributes(reply):
    values = reply.attrs()
    return values[:5] + tuple(
        "now" if is_now(when) else when for when in values[5:])


def entry(reply, with_attrs):
    name, longname = reply.string(), reply.string()
    if not with_attrs:
        return name, longname, reply.u32()
    values = attributes(reply)
    if values[6] == "now":
        longname = DATE.sub(b" DATE ", longname, 1)
    return name, longname, values


def comparable(case, reply):
    """Rules for whole kinds of answers; what is left must be the same."""
    if reply.type == STATUS:
        code, text, language = reply.u32(), reply.string(), reply.string()
        # Section 5: ours may say more behind the same words.
        return "STATUS", code, text.split(b": ")[0], language, reply.rest()
    if reply.type == HANDLE:
        # Section 1: the length of a handle is the server's own affair.
        return ("HANDLE",)
    if reply.type == NAME:
        several = case["kind"] == READDIR
        count = reply.u32()
        return ("NAME",) + tuple(
            entry(reply, several) for _ in range(count)) + (reply.rest(),)
    if reply.type == ATTRS:
        return "ATTRS", attributes(reply), reply.rest()
    if (reply.type == EXTENDED_REPLY and
            case["fields"][0].endswith(b"statvfs@openssh.com")):
        # The root's own mount, where it has one, is nosuid (bit 2).
        values = [reply.u64() for _ in range(11)]
        return "STATVFS", values[:9], values[9] & ~2, values[10], reply.rest()
    return reply.type, reply.body


class Side:
    """One of the two servers, started anew whenever it has ended."""

    def __init__(self, start):
        self.start = start
        self.server = None
        self.handles = {}
        self.probe = PROBE

    def fields(self, fields):
        return b"".join(
            string(self.handles.get(field, b"none"))
            if isinstance(field, Saved) else field for field in fields)

    def answer(self, case, patient):
        """The answer to one case; patient: it may come behind others'."""
        if self.server is None:
            self.server, self.handles = self.start(), {}
        server = self.server
        number = server.send(case["kind"], self.fields(case["fields"]))
        self.probe += 1
        found, probed, tries = SILENT, False, 2 if case["hangs"] else 20
        try:
            self.ask_probe()
            while not probed or (patient and found == SILENT):
                try:
                    reply = server.reply(1)
                except TimeoutError:
                    # OpenSSH's leaves a second request lie that it read
                    # together with one that it doesn't answer.
                    tries -= 1
                    if tries == 0:
                        found = SILENT if probed else HANGS
                        break
                    self.ask_probe()
                    continue
                if reply.id >= PROBE:
                    probed = probed or reply.id == self.probe
                    continue
                assert reply.id == number
                if reply.type == HANDLE and case["save"]:
                    self.handles[case["save"]] = Reply.string(reply)
                    reply.at = 0
                found = comparable(case, reply)
        except (Gone, BrokenPipeError, ConnectionResetError):
            found = DEAD
        if found in (DEAD, HANGS):
            self.stop()
        return found

    def ask_probe(self):
        self.server.socket.sendall(
            self.server.packet(REALPATH, string("."), self.probe))

    def stop(self):
        if self.server is not None:
            if self.server.process.poll() is None:
                self.server.process.kill()
            self.server.close()
        self.server = None


def shown(value):
    text = repr(value)
    return text if len(text) < 300 else text[:300] + "..."


def main():
    theirs = Side(lambda: Server(["/sftp-server", "-e"],
                                 as_account(UID, TOP + "/a")))
    ours = Side(lambda: start_ours(GATE, UID, TOP + "/b", TOP + "/log"))
    alike = listed = wrong = 0
    for case in CASES:
        global NOW
        NOW = time.time()
        a = theirs.answer(case, False)
        b = ours.answer(case, True)
        if case["ours"] is None:
            good = a == b and a not in (DEAD, SILENT, HANGS)
            alike += good
        else:
            wanted = case["ours"]
            if callable(wanted):
                wanted = wanted(a)
            good = b == wanted and case["theirs"] in (None, ANY, a) and (
                a != b or case["theirs"] == ANY)
            listed += good
        if not good:
            wrong += 1
            print("request", case["kind"], shown(case["fields"]))
            print("  theirs:", shown(a))
            print("  ours:  ", shown(b))
            if case["ours"] is not None:
                print("  listed:", shown(case["ours"]), case["because"])
    theirs.stop()
    ours.stop()
    print(f"{len(CASES)} requests, {alike} answered alike, "
          f"{listed} otherwise as listed, {wrong} wrong")
    return 1 if wrong or len(CASES) < 300 else 0


sys.exit(main())
