#!/bin/bash
# Python's paramiko: every call of its SFTP client, and its prefetch, which
# asks for a whole file at once.
# timeout: 200
. "$(dirname "$0")/lib.sh"
start_sshd

for account in $ACCOUNTS; do
	root=$(make_root "$account")
	serve "$account" "" "$root"
	# The program prints TAP lines without numbers.
	/usr/bin/python3 "$(dirname "$0")/paramiko-calls.py" "$PORT" \
	    "$account" "$T/client_key" "$root" >"$T/out" 2>"$T/err"
	status=$?
	while IFS= read -r line; do
		case $line in
		"ok "*) pass "$account: ${line#ok }" ;;
		*) fail "$account: ${line#not ok }" ;;
		esac
	done <"$T/out"
	is "$account: the program came to its end" $status 0
	[ $status = 0 ] || note "$(tail -n 12 "$T/err")"
done
client paramiko
finish
