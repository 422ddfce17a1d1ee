#!/bin/bash
# restic over SFTP into a create-only root: backups come in, nothing that is
# there can be changed or removed, whatever the client asks for.
# timeout: 240
. "$(dirname "$0")/lib.sh"
start_sshd

export RESTIC_PASSWORD=secret RESTIC_CACHE_DIR=$T/cache
mkdir -p "$T/tree/dir"
for i in $(seq 30); do
	head -c $((i * 7001)) /dev/urandom >"$T/tree/dir/file $i"
done

restic_to() {
	local account=$1
	shift
	timeout "${PATIENCE:-60}" restic -q -r "sftp:$account:repo" \
	    -o sftp.command="ssh -F $T/ssh_config $account -s sftp" "$@"
}

# What a repository holds but for locks, which come and go.
contents() {
	(cd "$1" && find . -path ./locks -prune -o -type f -printf '%P %T@ %m ' \
	    -exec sha256sum {} \; | sort)
}

for account in $ACCOUNTS; do
	root=$(make_root "$account" control)
	serve "$account" "" "$root"
	ok "$account: control: init" restic_to "$account" init
	ok "$account: control: backup" restic_to "$account" backup "$T/tree"
	ok "$account: control: another" restic_to "$account" backup "$T/tree"
	ok "$account: control: forget --prune removes one" \
	    restic_to "$account" forget --keep-last 1 --prune
	is "$account: control: ... one is left" \
	    "$(find "$root/repo/snapshots" -type f | wc -l)" 1

	root=$(make_root "$account" create-only)
	# A session's own files may be removed for as long: restic's lock.
	serve "$account" "--create-only --own-window=2" "$root"
	ok "$account: init" restic_to "$account" init
	ok "$account: a first backup" restic_to "$account" backup "$T/tree"
	echo more >"$T/tree/more-$account"
	ok "$account: a second one" restic_to "$account" backup "$T/tree"
	ok "$account: check finds nothing" restic_to "$account" check
	ok "$account: both are listed" test \
	    "$(restic_to "$account" snapshots --json |
	    grep -o '"short_id"' | wc -l)" = 2
	ok "$account: a restore" restic_to "$account" restore latest \
	    --target "$T/restored-$account"
	ok "$account: ... is the same" \
	    same_tree "$T/tree" "$T/restored-$account/$T/tree"
	sleep 2.5
	before=$(contents "$root/repo")
	# It tries for a quarter of an hour to remove what it may not.
	like "$account: forget --prune is refused" \
	    "$(PATIENCE=8 restic_to "$account" forget --keep-last 1 --prune 2>&1)" \
	    "*ermission denied*"
	# restic since 0.17 has written its new index by then.
	is "$account: ... and nothing that was there has changed" \
	    "$(contents "$root/repo" | grep -Fx "$before")" "$before"
	ok "$account: ... both can be read yet" \
	    restic_to "$account" check --read-data --no-lock
done
client restic
finish
