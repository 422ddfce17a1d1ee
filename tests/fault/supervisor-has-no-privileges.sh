#!/bin/bash
# Who stays with rsync has what that takes and no more: no capability, no
# privilege to be had, a filter of its own, no descriptor of the client's; and
# neither has what it runs, beyond what a restore needs.
. "$(dirname "$0")/../e2e/lib.sh"

cp "$BUILD/tests/fault/hostile" "$T/bin/hostile"
GATE_PID=
cleanup_more() {
	# shellcheck disable=SC2086
	[ -z "$GATE_PID" ] || kill -KILL $GATE_PID 2>/dev/null
}

# status PID FIELD
status() {
	awk -v field="$2:" '$1 == field { print $2 }' "/proc/$1/status"
}

# start ACCOUNT OPTION [LETTERS]: a session whose program waits; sets GATE_PID, PROGRAM.
start() {
	local account=$1 tries=0 become=
	local request="rsync --server -r${3:-}e.iLs . ."
	[ "$2" != --read-only ] ||
	    request="rsync --server --sender -r${3:-}e.iLs . ."
	rm -rf "$T/w"
	mkdir -p "$T/w/root" "$T/w/outside"
	echo "$T/w/outside 1 wait" >"$T/w/root/plan"
	own "$account" "$T/w"
	mkfifo "$T/w/in"
	# Not by "as": the number must be the gate's own.
	[ "$(id -u)" != 0 ] ||
	    become="setpriv --reuid=$account --regid=$account --clear-groups"
	# shellcheck disable=SC2086
	$become env SSH_ORIGINAL_COMMAND="$request" "$GATE" "$2" \
	    --audit="$T/w/log" --rsync="$T/bin/hostile" "$T/w/root" \
	    <"$T/w/in" >"$T/out" 2>"$T/err" &
	exec 7>"$T/w/in"
	GATE_PID=$!
	PROGRAM=
	while ((tries++ < 500)); do
		PROGRAM=$(pgrep -P "$GATE_PID" | tail -n 1)
		[ -z "$PROGRAM" ] ||
		    [ "$(cat "/proc/$PROGRAM/comm")" != hostile ] || break
		sleep 0.02
	done
}

# descriptors: the program's, without those of directories above the root that
# are open with O_PATH (src/broker/ancestors.h).
descriptors() {
	local fd flags target
	for fd in "/proc/$PROGRAM/fd/"*; do
		flags=$(awk '$1 == "flags:" { print $2 }' \
		    "/proc/$PROGRAM/fdinfo/${fd##*/}")
		target=$(readlink "$fd")
		((flags & 010000000)) && [ -d "$target" ] &&
		    [[ $T/w/ == "${target%/}/"* ]] ||
		    printf '%s ' "${fd##*/}"
	done
}

# end: lets the program end; sets STATUS.
end() {
	exec 7>&-
	wait "$GATE_PID"
	STATUS=$?
	GATE_PID=
}

# CHOWN 0, DAC_OVERRIDE 1, DAC_READ_SEARCH 2, FOWNER 3, FSETID 4, MKNOD 27, LEASE
# 28, SETFCAP 31
RESTORE=000000009800001f
READING=000000000000000c # DAC_READ_SEARCH, FOWNER

for account in $ACCOUNTS; do
	for mode in --read-write --read-only; do
		wanted=0000000000000000
		if [ "$account" = root ]; then
			wanted=$RESTORE
			[ $mode = --read-write ] || wanted=$READING
		fi
		name="$account $mode"
		start "$account" $mode
		ok "$name: the program runs" [ -n "$PROGRAM" ]
		for set in CapEff CapPrm CapInh CapAmb; do
			is "$name: the supervisor's $set" \
			    "$(status "$GATE_PID" $set)" 0000000000000000
		done
		is "$name: the program's CapEff" \
		    "$(status "$PROGRAM" CapEff)" "$wanted"
		is "$name: the program's CapPrm" \
		    "$(status "$PROGRAM" CapPrm)" "$wanted"
		is "$name: the program's CapInh" \
		    "$(status "$PROGRAM" CapInh)" 0000000000000000
		for pid in "$GATE_PID" "$PROGRAM"; do
			is "$name: $pid has a filter" "$(status "$pid" Seccomp)" 2
			is "$name: $pid gains no privileges" \
			    "$(status "$pid" NoNewPrivs)" 1
		done
		is "$name: the supervisor's input is nobody's" \
		    "$(readlink "/proc/$GATE_PID/fd/0")" /dev/null
		is "$name: and its output" \
		    "$(readlink "/proc/$GATE_PID/fd/1")" /dev/null
		is "$name: the program has three descriptors, all else that \
is open names a directory above the root and opens nothing" \
		    "$(descriptors)" "0 1 2 "
		if [ "$account" = root ]; then
			no "$name: the program is in a mount namespace" \
			    [ "$(readlink "/proc/$PROGRAM/ns/mnt")" = \
				"$(readlink /proc/self/ns/mnt)" ]
		fi
		end
		is "$name: the session ends with the program" "$STATUS" 0
	done
done

# attributes_process: who has the attributes works in its own descriptors.
attributes_process() {
	local pid
	for pid in $(pgrep -P "$GATE_PID"); do
		[ "$(readlink "/proc/$pid/cwd")" != "/proc/$pid/fd" ] ||
		    echo "$pid"
	done
}

# Where root's -X is served, only that process may touch trusted attributes,
# and it has its filter. READING and ATTRIBUTES have SYS_ADMIN 21 more, which
# means little behind it.
if [[ " $ACCOUNTS " == *" root "* ]]; then
	for mode in --read-write --read-only; do
		name="root $mode -X"
		wanted=$RESTORE has=000000008020001e
		[ $mode = --read-write ] || wanted=$READING has=000000000020000c
		start root $mode X
		pid=$(attributes_process)
		ok "$name: one process has the attributes" [ -n "$pid" ]
		is "$name: ... and nothing but its socket" \
		    "$(ls "/proc/$pid/fd")" 0
		is "$name: its CapEff" "$(status "$pid" CapEff)" $has
		is "$name: its CapBnd" "$(status "$pid" CapBnd)" $has
		is "$name: its filter" "$(status "$pid" Seccomp)" 2
		is "$name: the program's CapEff" \
		    "$(status "$PROGRAM" CapEff)" $wanted
		is "$name: the supervisor's CapEff: what it carries out calls with" \
		    "$(status "$GATE_PID" CapEff)" $wanted
		is "$name: the supervisor's filter" \
		    "$(status "$GATE_PID" Seccomp)" 2
		end
		is "$name: the session ends with the program" "$STATUS" 0
		ok "$name: ... and that process, too" \
		    within 5 test ! -e "/proc/$pid"
	done
fi
finish
