#!/bin/bash
# Called as sftp-server, as an external Subsystem line does it, the request is
# SFTP and the policy the configuration's; OpenSSH's flags are understood and
# take away only. Without a configured root nothing is served.
. "$(dirname "$0")/lib.sh"

for account in $ACCOUNTS; do
	root=$(make_root "$account")
	mkdir "$root/sub"
	echo content | tee "$root/file" >"$root/sub/inside"
	own "$account" "$root"
	mkdir "$T/conf-$account"
	printf '%s\n' "[user $account]" "root = $root" "audit = $T/log-$account" \
	    >"$T/conf-$account/conf"
	echo "[defaults]" >"$T/conf-$account/conf.rootless"
	: >"$T/log-$account"
	own "$account" "$T/log-$account" "$T/conf-$account"
	ok "$account: each flag of sftp-server narrows the configured policy" \
	    /usr/bin/python3 -B "$SOURCE/tests/e2e/called_as_sftp_server.py" \
	    "$T/bin/sftp-server" "$T/conf-$account/conf" "$root" \
	    "$(id -u "$account")"
	is "$account: what was there is there, and nothing else" \
	    "$(cd "$root" && find . -type f | sort | tr '\n' ' ')" \
	    "./file ./sub/inside "
	like "$account: the record has the sessions" \
	    "$(cat "$T/log-$account")" "*service=sftp*event=end*"
done
finish
