#!/bin/bash
# A client that goes away, or is killed, leaves no rsync behind; what rsync
# says and how it ends reaches the client unchanged.
. "$(dirname "$0")/lib.sh"
start_sshd

# at_work DIRECTORY: how many processes have it as their working directory,
# by whatever name they know it (in a namespace: another).
at_work() {
	local process count=0
	for process in /proc/[0-9]*; do
		[ "$process/cwd" -ef "$1" ] && count=$((count + 1))
	done
	echo $count
}

somebody_works() {
	[ "$(at_work "$1")" -gt 0 ]
}

nobody_works() {
	[ "$(at_work "$1")" = 0 ]
}

# gate_at_work: the process that sshd began for the session.
gate_at_work() {
	local process parent
	for process in /proc/[0-9]*; do
		[ "$process/exe" -ef "$GATE" ] || continue
		parent=$(awk '/^PPid:/ { print $2 }' "$process/status" \
		    2>/dev/null)
		[ "/proc/$parent/exe" -ef "$GATE" ] || echo "${process#/proc/}"
	done | head -n 1
}

for a in $ACCOUNTS; do
	root=$(make_root "$a")
	serve "$a" "" "$root"
	head -c 30000000 /dev/zero >"$root/big"
	own "$a" "$root"

	for signal in TERM HUP KILL; do
		hold_rsync "$a" 'rsync --server --sender -re.iLs . .'
		ok "$a: SIG$signal: control: rsync works there" \
		    within 5 somebody_works "$root"
		kill -"$signal" "$HOLDER"
		wait "$HOLDER" 2>/dev/null
		ok "$a: SIG$signal of the client ends it" \
		    within 10 nobody_works "$root"
		exec 8>&-
	done

	# The session itself is told to end, by sshd or at a shutdown, or killed.
	for signal in TERM HUP KILL; do
		hold_rsync "$a" 'rsync --server --sender -re.iLs . .'
		ok "$a: SIG$signal of the session: control: rsync works" \
		    within 5 somebody_works "$root"
		ok "$a: SIG$signal of the session: is sent" \
		    kill -"$signal" "$(gate_at_work)"
		ok "$a: SIG$signal of the session ends rsync" \
		    within 10 nobody_works "$root"
		wait "$HOLDER" 2>/dev/null
		is "$a: SIG$signal of the session: the client hears of it" \
		    "$(($? != 0))" 1
		exec 8>&-
	done

	rm -rf "$T/got"
	timeout -s KILL 1 rsync -e "ssh -F $T/ssh_config" --bwlimit=100 \
	    "$a:big" "$T/got" >/dev/null 2>&1
	ok "$a: a cut pull leaves nothing" \
	    within 10 nobody_works "$root"
	timeout -s KILL 1 rsync -e "ssh -F $T/ssh_config" --bwlimit=100 \
	    "$root/big" "$a:copy" >/dev/null 2>&1
	ok "$a: a cut push leaves nothing" \
	    within 10 nobody_works "$root"

	rsync_to "$a:none" "$T/got" >"$T/out" 2>"$T/err"
	is "$a: rsync's status of a missing file" $? 23
	like "$a: its own words" "$(cat "$T/err")" "*none*No such file*"
	rsync_to "$T/ssh_config" "$a:none/deep/er/" >"$T/out" 2>"$T/err"
	is "$a: rsync's status of a missing destination" $? 11
	rsync_to -r --timeout=1 --max-size=1 "$a:big" "$T/" >/dev/null 2>&1
	is "$a: and of success" $? 0
	rm -rf "${root:?}"/*
done
client rsync
finish
