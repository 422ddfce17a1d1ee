#!/bin/bash
# rsync 3.5.0 as published opens each directory to read it, from "/" on, on the
# way to its destination. It arrives in every jail; not in a drop box, which
# shows no directory: there its session fails, and the log says why. A stand-in
# does what it does.
. "$(dirname "$0")/../e2e/lib.sh"
cp "$BUILD/tests/fault/published" "$T/bin/"
log=$T/w/log

# session ACCOUNT OPTIONS [DESTINATION]: sets STATUS.
session() {
	rm -rf "$T/w"
	mkdir -p "$T/w/root/sub"
	: >"$log"
	: >"$T/w/root/file"
	own "$1" "$T/w"
	# shellcheck disable=SC2086
	as "$1" env SSH_CONNECTION="127.0.0.1 1 127.0.0.1 22" \
	    SSH_ORIGINAL_COMMAND="rsync --server -re.iLs . ${3:-sub}" \
	    timeout 30 \
	    "$GATE" $2 --audit="$log" --rsync="$T/bin/published" \
	    "$T/w/root" </dev/null >"$T/out" 2>&1
	STATUS=$?
}

mkdir "$T/control"
ok "control: outside of a jail it arrives" \
    bash -c 'cd "$1" && "$2" .' - "$T/control" "$T/bin/published"
for a in $ACCOUNTS; do
	for options in --read-write --create-only \
	    "--read-write --jail=namespace" "--create-only --jail=namespace"; do
		session "$a" "$options"
		is "$a: $options: it arrives" "$STATUS" 0
		ok "$a: $options: ... where it was sent" \
		    test -e "$T/w/root/sub/arrived"
	done
	session "$a" --read-only
	is "$a: --read-only: a receiver is none" "$STATUS" 1
	for options in --write-only "--write-only --jail=namespace"; do
		session "$a" "$options"
		is "$a: $options: a drop box shows no directory" "$STATUS" 3
		like "$a: $options: and the log says why" "$(cat "$log")" \
		    "*event=end*status=3 reason=release*"
		like "$a: $options: and the client hears it" \
		    "$(cat "$T/out")" "*this release of rsync can't enter*"
	done
	for options in --read-write --write-only; do
		session "$a" "$options" file
		is "$a: $options: a file can't be entered" "$STATUS" 3
		no "$a: $options: which is no fault of the release" \
		    grep -q "this release of rsync" "$T/out"
	done
done
finish
