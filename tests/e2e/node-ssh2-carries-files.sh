#!/bin/bash
# ssh2-sftp-client, the SFTP client of node programs: many requests at once,
# whole directories, mkdir -p, append, and what its users call by name.
# timeout: 240
. "$(dirname "$0")/lib.sh"
{ command -v node && command -v npm; } >/dev/null ||
    skip_all "node or npm is not installed"
MODULES=$SOURCE/build/node
# Kept between runs; npm alone can bring it, Debian has no package.
if [ ! -d "$MODULES/node_modules/ssh2-sftp-client" ]; then
	mkdir -p "$MODULES"
	(cd "$MODULES" && HOME=$T timeout 120 npm install --silent --no-save \
	    --no-package-lock --no-audit --no-fund --ignore-scripts \
	    ssh2-sftp-client@11.0.0) >"$T/npm" 2>&1 || {
		note "$(tail -n 3 "$T/npm")"
		skip_all "ssh2-sftp-client can't be had from npm"
	}
fi
start_sshd

for account in $ACCOUNTS; do
	root=$(make_root "$account")
	serve "$account" "" "$root"
	calls "$account" env NODE_PATH="$MODULES/node_modules" node \
	    "$(dirname "$0")/node-ssh2-calls.js" "$PORT" "$account" \
	    "$T/client_key" "$root" "$T/node-$account"
done
client ssh2-sftp-client
finish
