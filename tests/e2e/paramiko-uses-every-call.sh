#!/bin/bash
# Python's paramiko: every call of its SFTP client, and its prefetch, which
# asks for a whole file at once.
# timeout: 200
. "$(dirname "$0")/lib.sh"
start_sshd

for account in $ACCOUNTS; do
	root=$(make_root "$account")
	serve "$account" "" "$root"
	calls "$account" /usr/bin/python3 \
	    "$(dirname "$0")/paramiko-calls.py" "$PORT" "$account" \
	    "$T/client_key" "$root"
done
client paramiko
finish
