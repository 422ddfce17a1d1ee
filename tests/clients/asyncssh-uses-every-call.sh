#!/bin/bash
# asyncssh's SFTP client, call by call.
# timeout: 200
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/../e2e/lib.sh"
start_sshd ""

for account in $ACCOUNTS; do
	root=$(make_root "$account")
	mkdir -p "$T/local/$account"
	serve "$account" "" "$root"
	calls "$account" /usr/bin/python3 \
	    "$SOURCE/tests/clients/asyncssh-calls.py" "$PORT" "$account" \
	    "$T/client_key" "$root" "$T/local/$account"
done
client asyncssh
finish
