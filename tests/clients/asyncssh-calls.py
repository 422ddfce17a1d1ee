#!/usr/bin/python3
"""Helper of asyncssh-uses-every-call.sh: PORT ACCOUNT KEY ROOT.

Prints "ok CLAIM" or "not ok CLAIM", a line each.
"""
import asyncio
import os
import stat
import sys

import asyncssh

port, account, key, root = sys.argv[1:5]


def claim(text, holds):
    print(("ok " if holds else "not ok ") + text, flush=True)


def on_disk(path):
    return os.path.join(root, path)


async def fails(call):
    try:
        await call
    except (asyncssh.SFTPError, OSError):
        return True
    return False


async def files(sftp):
    claim("the start is the root", await sftp.getcwd() == "/")
    await sftp.makedirs("a/b/c")
    claim("makedirs makes all on the way", os.path.isdir(on_disk("a/b/c")))
    data = os.urandom(3000000)
    async with sftp.open("a/file", "wb") as file:
        await file.write(data)
    with open(on_disk("a/file"), "rb") as file:
        claim("what is written is there", file.read() == data)
    async with sftp.open("a/file", "rb") as file:
        claim("what is there is read", await file.read() == data)
        await file.seek(1000000)
        claim("from the middle, too",
              await file.read(1000) == data[1000000:1001000])
    async with sftp.open("a/file", "ab") as file:
        await file.write(b"more")
    claim("append goes to the end",
          os.path.getsize(on_disk("a/file")) == len(data) + 4)
    await sftp.truncate("a/file", 10)
    claim("truncate cuts", os.path.getsize(on_disk("a/file")) == 10)
    claim("an exclusive open of what is there fails",
          await fails(sftp.open("a/file", "xb")))


async def names(sftp):
    await sftp.rename("a/file", "a/other")
    claim("rename moves", os.path.exists(on_disk("a/other")))
    async with sftp.open("a/there", "w") as file:
        await file.write("text")
    claim("rename replaces nothing",
          await fails(sftp.rename("a/other", "a/there")))
    await sftp.posix_rename("a/other", "a/there")
    claim("posix_rename replaces", os.path.getsize(on_disk("a/there")) == 10)
    await sftp.symlink("/a/there", "a/link")
    claim("a symlink has the text that was given",
          os.readlink(on_disk("a/link")) == "/a/there")
    claim("readlink tells it", await sftp.readlink("a/link") == "/a/there")
    await sftp.link("a/there", "a/hard")
    claim("a hard link is made", os.stat(on_disk("a/hard")).st_nlink == 2)
    claim("listdir has every name",
          sorted(await sftp.listdir("a")) ==
          [".", "..", "b", "hard", "link", "there"])
    claim("glob finds them",
          sorted(await sftp.glob("a/*h*r*")) == ["a/hard", "a/there"])
    await sftp.remove("a/hard")
    await sftp.rmtree("a/b")
    claim("remove and rmtree remove",
          sorted(os.listdir(on_disk("a"))) == ["link", "there"])


async def attributes(sftp):
    await sftp.chmod("a/there", 0o640)
    claim("chmod sets the mode",
          stat.S_IMODE(os.stat(on_disk("a/there")).st_mode) == 0o640)
    await sftp.utime("a/there", (1600000000, 1600000001))
    claim("utime sets the times",
          os.stat(on_disk("a/there")).st_mtime == 1600000001)
    attrs = await sftp.stat("a/there")
    claim("stat tells them", attrs.mtime == 1600000001 and attrs.size == 10)
    attrs = await sftp.lstat("a/link")
    claim("lstat tells of the link", stat.S_ISLNK(attrs.permissions))
    space = await sftp.statvfs("a")
    claim("statvfs tells the space", space.bsize > 0 and space.blocks > 0)
    claim("what is not there is not found", not await sftp.exists("a/none"))
    claim("outside is not there", await fails(sftp.stat("/etc/passwd")))


async def trees(sftp):
    os.makedirs(os.path.join(sys.argv[5], "tree/sub"))
    for i in range(50):
        with open(os.path.join(sys.argv[5], "tree/sub", str(i)), "w") as file:
            file.write(str(i) * i)
    await sftp.put(os.path.join(sys.argv[5], "tree"), "tree", recurse=True,
                   preserve=True)
    claim("put -r brings a tree",
          len(os.listdir(on_disk("tree/sub"))) == 50)
    await sftp.get("tree", os.path.join(sys.argv[5], "back"), recurse=True)
    claim("get -r brings it back",
          len(os.listdir(os.path.join(sys.argv[5], "back/sub"))) == 50)
    await sftp.copy("tree/sub/9", "copied")
    claim("copy copies", os.path.getsize(on_disk("copied")) == 9)


async def main():
    async with asyncssh.connect("127.0.0.1", int(port), username=account,
                                client_keys=[key], known_hosts=None,
                                config=None) as ssh:
        async with ssh.start_sftp_client() as sftp:
            for part in files, names, attributes, trees:
                await part(sftp)
        result = await ssh.run("id")
        claim("a command is refused", result.exit_status == 1)


asyncio.run(main())
