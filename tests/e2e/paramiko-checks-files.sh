#!/bin/bash
# paramiko's SFTPFile.check asks for digests of a file on the server: whole,
# of a range, of blocks. They are those that are computed here.
. "$(dirname "$0")/lib.sh"
start_sshd

cat >"$T/check.py" <<'END'
import hashlib
import sys

import paramiko

port, key, user, path = int(sys.argv[1]), sys.argv[2], sys.argv[3], sys.argv[4]
client = paramiko.SSHClient()
client.set_missing_host_key_policy(paramiko.AutoAddPolicy())
client.connect("127.0.0.1", port, user, key_filename=key, look_for_keys=False,
               allow_agent=False)
sftp = client.open_sftp()
with open(path, "rb") as content:
    whole = content.read()


def digest(name, data):
    return hashlib.new(name, data).digest()


with sftp.open("file") as remote:
    for name in ("md5", "sha1", "sha224", "sha256", "sha384", "sha512"):
        assert remote.check(name) == digest(name, whole), name
        assert remote.check(name, 1000, 5000) == \
            digest(name, whole[1000:6000]), name
    blocks = [whole[at:at + 65536] for at in range(0, len(whole), 65536)]
    assert remote.check("sha1", 0, 0, 65536) == \
        b"".join(digest("sha1", block) for block in blocks)
    try:
        remote.check("crc32")
        sys.exit("crc32 was not refused")
    except IOError:
        pass
with sftp.open("empty") as remote:
    assert remote.check("sha256") == digest("sha256", b"")
client.close()
END

for account in $ACCOUNTS; do
	root=$(make_root "$account")
	serve "$account" --read-only "$root"
	head -c 1000000 /dev/urandom >"$root/file"
	: >"$root/empty"
	own "$account" "$root"
	ok "$account: paramiko's check gives the digests of the file" \
	    timeout 60 /usr/bin/python3 -B "$T/check.py" "$PORT" \
	    "$T/client_key" "$account" "$root/file"
	serve "$account" --write-only "$root"
	no "$account: where nothing may be read there is no digest" \
	    timeout 60 /usr/bin/python3 -B "$T/check.py" "$PORT" \
	    "$T/client_key" "$account" "$root/file"
	like "$account: ... because opening was refused" \
	    "$(cat "$T/ok.out")" "*PermissionError*"
done
client paramiko
finish
