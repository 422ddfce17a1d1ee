#!/bin/bash
# rsync 3.5.0 as published reads "/" on the way to its destination. In a world
# of its own it may, as there is nothing of the machine's; else its session
# fails, and the log says why. A stand-in does what it does.
. "$(dirname "$0")/../e2e/lib.sh"
cp "$BUILD/tests/fault/published" "$T/bin/"
log=$T/w/log

# session ACCOUNT OPTIONS: sets STATUS.
session() {
	rm -rf "$T/w"
	mkdir -p "$T/w/root/sub"
	: >"$log"
	own "$1" "$T/w"
	# shellcheck disable=SC2086
	as "$1" env SSH_CONNECTION="127.0.0.1 1 127.0.0.1 22" \
	    SSH_ORIGINAL_COMMAND="rsync --server -re.iLs . sub" timeout 30 \
	    "$GATE" $2 --audit="$log" --rsync="$T/bin/published" \
	    "$T/w/root" </dev/null >"$T/out" 2>&1
	STATUS=$?
}

ok "control: outside of a jail it reads /" "$T/bin/published"
for a in $ACCOUNTS; do
	for mode in --read-write --create-only; do
		session "$a" "$mode --jail=namespace"
		is "$a: $mode: in a namespace it may" "$STATUS" 0
	done
	for options in --write-only "--write-only --jail=namespace"; do
		session "$a" "$options"
		is "$a: $options: a drop box shows no directory" "$STATUS" 3
		like "$a: $options: and the log says why" "$(cat "$log")" \
		    "*event=end*status=3 reason=release*"
		like "$a: $options: and the client hears it" \
		    "$(cat "$T/out")" "*this release of rsync can't enter*"
	done
	[ "$a" != root ] || continue
	session "$a" --read-write
	is "$a: under Landlock it may not" "$STATUS" 3
	like "$a: ... and the log says why" "$(cat "$log")" \
	    "*event=end*status=3 reason=release*"
done
finish
