#!/usr/bin/python3
"""Helper of paramiko-uses-every-call.sh: PORT ACCOUNT KEY ROOT.

Prints "ok CLAIM" or "not ok CLAIM", a line each.
"""
import os
import stat
import sys

import paramiko

port, account, key, root = sys.argv[1:5]


def claim(text, holds):
    print(("ok " if holds else "not ok ") + text, flush=True)


def fails(error, call, *args):
    try:
        call(*args)
    except error:
        return True
    return False


def on_disk(path):
    return os.path.join(root, path)


client = paramiko.SSHClient()
client.set_missing_host_key_policy(paramiko.AutoAddPolicy())
client.connect("127.0.0.1", int(port), account, key_filename=key,
               allow_agent=False, look_for_keys=False)
sftp = client.open_sftp()

claim("the start is the root", sftp.normalize(".") == "/")
sftp.mkdir("dir", 0o750)
claim("mkdir sets the mode",
      stat.S_IMODE(os.stat(on_disk("dir")).st_mode) == 0o750)
claim("mkdir of what is there fails", fails(OSError, sftp.mkdir, "dir"))

data = os.urandom(6_000_000)
with sftp.open("dir/large", "wb") as file:
    file.set_pipelined(True)
    file.write(data)
claim("a pipelined upload is whole",
      open(on_disk("dir/large"), "rb").read() == data)
with sftp.open("dir/large", "rb") as file:
    file.prefetch(len(data))
    claim("a download by prefetch is whole", file.read() == data)
with sftp.open("dir/large", "rb") as file:
    parts = file.readv([(0, 100), (5_000_000, 70_000), (17, 3)])
    claim("readv brings its parts",
          [bytes(part) for part in parts] ==
          [data[:100], data[5_000_000:5_070_000], data[17:20]])
claim("putfo verifies the size", sftp.putfo(
    open(on_disk("dir/large"), "rb"), "dir/copy").st_size == len(data))
with sftp.open("dir/copy", "ab") as file:
    file.write(b"tail")
claim("an append goes to the end",
      open(on_disk("dir/copy"), "rb").read() == data + b"tail")
with sftp.open("dir/copy", "r+b") as file:
    file.seek(10)
    file.write(b"middle")
    claim("a file knows its size", file.stat().st_size == len(data) + 4)
    file.truncate(20)
    file.chmod(0o600)
    file.utime((1_600_000_000, 1_600_000_001))
found = os.stat(on_disk("dir/copy"))
claim("truncate, chmod and utime by handle",
      (found.st_size, stat.S_IMODE(found.st_mode), int(found.st_mtime)) ==
      (20, 0o600, 1_600_000_001))
claim("an in-place write is in its place",
      open(on_disk("dir/copy"), "rb").read() == data[:10] + b"middle" +
      data[16:20])
claim("x refuses what is there",
      fails(OSError, sftp.open, "dir/copy", "wx"))

sftp.symlink("large", "dir/link")
claim("a symlink holds its text", os.readlink(on_disk("dir/link")) == "large")
claim("readlink tells it", sftp.readlink("dir/link") == "large")
claim("stat follows, lstat does not",
      stat.S_ISREG(sftp.stat("dir/link").st_mode) and
      stat.S_ISLNK(sftp.lstat("dir/link").st_mode))
names = sorted(entry.filename for entry in sftp.listdir_attr("dir"))
claim("a listing has all names", names == ["copy", "large", "link"])
claim("... by iteration, too",
      sorted(e.filename for e in sftp.listdir_iter("dir")) == names)
claim("a long name begins with the mode",
      all(str(entry).startswith(("-rw", "lrw"))
          for entry in sftp.listdir_attr("dir")))

claim("rename refuses a name that is taken",
      fails(OSError, sftp.rename, "dir/copy", "dir/large"))
sftp.posix_rename("dir/copy", "dir/large2")
sftp.posix_rename("dir/large2", "dir/link")
claim("posix_rename replaces",
      sorted(os.listdir(on_disk("dir"))) == ["large", "link"])
sftp.chmod("dir/link", 0o640)
sftp.utime("dir/link", (1_500_000_000, 1_500_000_001))
sftp.chown("dir/link", found.st_uid, found.st_gid)
sftp.truncate("dir/link", 3)
found = os.stat(on_disk("dir/link"))
claim("chmod, utime, chown and truncate by path",
      (stat.S_IMODE(found.st_mode), int(found.st_mtime) >= 1_500_000_001,
       found.st_size) == (0o640, True, 3))
sftp.chdir("dir")
claim("a working directory counts", sftp.getcwd() == "/dir" and
      sftp.stat("large").st_size == len(data))

sftp.remove("large")
sftp.remove("link")
claim("remove removes", os.listdir(on_disk("dir")) == [])
claim("remove of what is missing says so",
      fails(FileNotFoundError, sftp.remove, "large"))
sftp.chdir(None)
sftp.rmdir("dir")
claim("rmdir removes", os.listdir(root) == [])
many = [sftp.open("many%d" % i, "w") for i in range(300)]
claim("300 files are open at once", len(os.listdir(root)) == 300)
for i, file in enumerate(many):
    file.close()
    sftp.remove("many%d" % i)
claim("a path can't leave the root",
      fails(FileNotFoundError, sftp.stat, "../../etc/passwd"))
client.close()
