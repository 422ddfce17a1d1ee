#!/bin/bash
# restic over SFTP into a create-only root: backups come in, nothing that is
# there can be changed or removed, whatever the client asks for. Where its locks
# are free (free = repo/locks), a backup that was cut leaves no lock for ever.
# timeout: 300
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

# cut_backup ACCOUNT ROOT: a backup that is killed when its first pack is there.
cut_backup() {
	local pid tries before
	before=$(find "$2/repo/data" -type f | wc -l)
	restic -q -r "sftp:$1:repo" --limit-upload 100 \
	    -o sftp.command="ssh -F $T/ssh_config $1 -s sftp" \
	    backup "$T/big" >"$T/out" 2>&1 &
	pid=$!
	for tries in $(seq 600); do
		[ "$(find "$2/repo/data" -type f | wc -l)" = "$before" ] ||
		    break
		kill -0 "$pid" 2>/dev/null || break
		sleep 0.05
	done
	kill -9 "$pid" 2>/dev/null
	wait "$pid" 2>/dev/null
	[ "$tries" -lt 600 ]
}

locks() {
	find "$1/repo/locks" -type f | wc -l
}

head -c 20000000 /dev/urandom >"$T/big"

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
	serve "$account" --create-only "$root"
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

	ok "$account: control: a backup is cut" cut_backup "$account" "$root"
	# It would try for a quarter of an hour.
	PATIENCE=8 no "$account: control: its lock can't be taken away" \
	    restic_to "$account" unlock
	is "$account: control: ... and stays" "$(($(locks "$root") > 0))" 1

	root=$(make_root "$account" free)
	serve "$account" "--create-only --free=repo/locks" "$root"
	no "$account: free: without the directory nothing is served" \
	    restic_to "$account" init
	as "$account" mkdir -p "$root/repo/locks"
	ok "$account: free: init" restic_to "$account" init
	ok "$account: free: a first backup" \
	    restic_to "$account" backup "$T/tree"
	is "$account: free: ... leaves no lock" "$(locks "$root")" 0
	ok "$account: free: a backup is cut" cut_backup "$account" "$root"
	is "$account: free: ... and leaves one" "$(locks "$root")" 1
	before=$(contents "$root/repo")
	ok "$account: free: unlock" restic_to "$account" unlock
	is "$account: free: ... takes it away" "$(locks "$root")" 0
	ok "$account: free: a second backup" \
	    restic_to "$account" backup "$T/tree"
	ok "$account: free: check finds nothing" restic_to "$account" check
	like "$account: free: forget --prune is refused" \
	    "$(PATIENCE=8 restic_to "$account" forget --keep-last 1 --prune 2>&1)" \
	    "*ermission denied*"
	is "$account: free: ... nothing that was there has changed" \
	    "$(contents "$root/repo" | grep -Fx "$before")" "$before"
	ok "$account: free: ... all can be read yet" \
	    restic_to "$account" check --read-data --no-lock
done
client restic
finish
