"""filesonly, called as sftp-server with a configuration: what its flags do.

    called_as_sftp_server.py SFTP-SERVER CONFIG ROOT UID
"""

import os
import subprocess
import sys

from sftpwire import *

PROGRAM, CONFIG, ROOT, UID = sys.argv[1:4] + [int(sys.argv[4])]


def start(*flags, config=CONFIG):
    own = [f"--config={config}", "--"] if config else []
    return Server([PROGRAM, *own, *flags], as_account(UID),
                  {"PATH": os.environ["PATH"]})


def write(server, path, mode=0o666):
    handle = server.open(path, O_WRITE | O_CREAT, mode)
    if isinstance(handle, int):
        return handle
    assert server.status(WRITE, string(handle), u64(0), string("x")) == OK
    return server.status(CLOSE, string(handle))


def there(name):
    return os.path.exists(f"{ROOT}/{name}")


def real(server):
    reply = server.ask(REALPATH, string("."))
    reply.u32()
    return reply.string()


# Nothing said, or what logs: as configured.
for flags in ([], ["-f", "AUTH", "-l", "INFO"], ["-e", "-lVERBOSE"]):
    server = start(*flags)
    assert real(server) == b"/"
    assert write(server, "new") == OK and there("new")
    assert server.status(REMOVE, string("new")) == OK and not there("new")
    assert b"posix-rename@openssh.com" in server.version.body
    assert server.close() == 0

server = start("-R")
assert write(server, "new") == DENIED and not there("new")
assert server.status(REMOVE, string("file")) == DENIED and there("file")
assert server.status(STAT, string("file")) is None
assert b"posix-rename@openssh.com" not in server.version.body
assert server.close() == 0

server = start("-u", "077")
assert write(server, "new", 0o666) == OK
assert os.stat(f"{ROOT}/new").st_mode & 0o777 == 0o600
assert server.status(REMOVE, string("new")) == OK
assert server.close() == 0

server = start("-d", "/sub")
assert real(server) == b"/sub"
assert server.status(STAT, string("inside")) is None
assert server.close() == 0

server = start("-P", "remove,statvfs")
assert server.status(REMOVE, string("file")) == DENIED and there("file")
assert server.status(EXTENDED, string("statvfs@openssh.com"),
                     string("/")) == DENIED
assert b"statvfs@openssh.com" not in server.version.body.replace(
    b"fstatvfs@openssh.com", b"")
assert write(server, "new") == OK
assert server.close() == 0

server = start("-p", "realpath,lstat")
assert server.status(LSTAT, string("file")) is None
assert server.status(STAT, string("file")) == DENIED
assert server.status(REMOVE, string("new")) == DENIED and there("new")
assert real(server) == b"/"
assert server.close() == 0
os.unlink(f"{ROOT}/new")


def refused(*argv, environment=None):
    """Ends at once, without a byte on stdout, and says why."""
    done = subprocess.run([PROGRAM, *argv], preexec_fn=as_account(UID),
                          stdin=subprocess.DEVNULL, capture_output=True,
                          timeout=20, env=environment or {})
    assert done.returncode != 0 and done.stdout == b"", done
    assert done.stderr.startswith(b"filesonly: "), done
    return done.returncode


refused(f"--config={CONFIG}", "--", "-x")
refused(f"--config={CONFIG}", "--", "-d", "/missing")
refused(f"--config={CONFIG}", "--", "/")
refused("/", "-e")
# No configuration that gives a root: nothing is served.
refused(f"--config={CONFIG}.missing")
refused(f"--config={CONFIG}.rootless", "--", "-e")
refused("-f", "AUTH")
assert refused("-f", "AUTH", environment={"SSH_CONNECTION": "1 2 3 4"}) == 78

asked = subprocess.run([PROGRAM, "-Q", "requests"], capture_output=True)
assert asked.returncode == 0 and b"\nposix-rename\n" in asked.stdout
theirs = subprocess.run(["/usr/lib/openssh/sftp-server", "-Q", "requests"],
                        capture_output=True)
assert set(theirs.stdout.split()) <= set(asked.stdout.split())
