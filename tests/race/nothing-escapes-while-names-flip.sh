#!/bin/bash
# Names in the root are exchanged with symlinks to outside as fast as a process
# can, while rsync and SFTP work there through the gate: nothing outside is
# read, listed, created, changed or removed. A program without the gate that
# looks first and then acts, as careful programs do, is led outside by the
# same exchange with each of its acts.
#
# RACE_RUNS of rsync (each kind once), RACE_OPERATIONS of SFTP, a fiftieth of
# that in checksums and small commands and a 200th in sessions of scp, for
# each account; "make race" asks for 3,000 and 100,000. RACE_HALF=yes runs
# each second kind of rsync.
# timeout: 300
. "$(dirname "$0")/../e2e/lib.sh"

RUNS=${RACE_RUNS:-}
HALF=${RACE_HALF:+25}
OPERATIONS=${RACE_OPERATIONS:-12000}
OTHER=
[ -z "$RUNS" ] ||
    OTHER=$("$SOURCE/tools/other-rsync" "$SOURCE/build/other-rsync")
for program in race/race_plain race/race_rsync race/race_sftp \
    race/race_commands race/race_scp fault/lack; do
	cp "$BUILD/tests/$program" "$T/bin/"
done

# race ACCOUNT PROGRAM ARGUMENT...: in a world of its own.
race() {
	local account=$1 program=$2
	shift 2
	rm -rf "$T/w"
	mkdir "$T/w"
	: >"$T/log"
	own "$account" "$T/w" "$T/log"
	as "$account" "$T/bin/$program" "$T/w" "$@" >"$T/race.out" \
	    2>"$T/race.err"
	is "$account: $program has done its work" "$? $(cat "$T/race.err")" "0 "
}

control() {
	local account=$1 act tries
	race "$account" race_plain
	# Some file systems keep no times of access.
	touch -d 2001-01-01 "$T/w/seen"
	cat "$T/w/seen"
	while read -r act tries; do
		if [ "$act" = read-unseen ] &&
		    [ "$(stat -c %X "$T/w/seen")" = 978307200 ]; then
			continue
		fi
		ok "control: $account: $act by path escapes ($tries tries)" \
		    [ "$tries" -gt 0 ]
	done <"$T/race.out"
}

# write_shell BEFORE OPTIONS...: what "rsync -e" gets.
write_shell() {
	cat >"$T/bin/shell" <<-EOF
	#!/bin/sh
	shift
	SSH_ORIGINAL_COMMAND="\$*" exec $1 $GATE ${*:2} \
	    --audit=$T/log $T/w/root
	EOF
	chmod 755 "$T/bin/shell"
}

# rsync_runs ACCOUNT RUNS OPTIONS [follow]
rsync_runs() {
	local account=$1 runs=$2 options=$3 seen=0 total=0 kinds=0
	write_shell "" "$options"
	race "$account" race_rsync "$T/bin/shell" "$runs" ${4:+"$4"}
	while IFS=$'\t' read -r kind count flips moved _ metadata escapes how; do
		is "$account $options: $kind: nothing escapes" \
		    "$escapes $how" "0 -"
		ok "... in $count runs, $moved files, $flips flips or more" \
		    [ "$count" -gt 0 -a "$flips" -ge 1000 -a "$moved" -gt 0 ]
		seen=$((seen + metadata)) total=$((total + count))
		kinds=$((kinds + 1))
	done <"$T/race.out"
	is "$account $options: all runs were raced" "$total" "$runs"
	ok "$account $options: $kinds kinds" [ "$kinds" -ge 25 ]
	# Under Landlock it may be seen that something is there (SECURITY.md).
	if [ -n "${4:-}" ] || [ "$account" = root ]; then
		is "$account $options: no metadata is seen either" "$seen" 0
	else
		note "metadata of outside that was seen: $seen"
	fi
}

# Somebody who walks the whole machine meanwhile (find, updatedb) is not taken
# for an rsync that was led outside.
rsync_while_walked() {
	local account=$1 walker kind count escapes how
	write_shell "" --read-write
	while :; do find "$T/w/" >/dev/null 2>&1; done &
	walker=$!
	race "$account" race_rsync "$T/bin/shell" 3
	kill "$walker"
	wait "$walker" 2>/dev/null
	while IFS=$'\t' read -r kind count _ _ _ _ escapes how; do
		is "$account: $kind: a stranger's look is no escape" \
		    "$escapes $how" "0 -"
	done <"$T/race.out"
}

# The control for rsync itself: an older one, where no wall stands but the
# filter.
rsync_without_walls() {
	local account=$1 escapes=0 count
	write_shell "$T/bin/lack landlock=ENOSYS unshare=EPERM --" \
	    --confine=prefer "--rsync=$T/bin/rsync-other"
	race "$account" race_rsync "$T/bin/shell" 90
	while IFS=$'\t' read -r _ _ _ _ _ _ count _; do
		escapes=$((escapes + count))
	done <"$T/race.out"
	ok "control: $account: rsync without walls escapes ($escapes times)" \
	    [ "$escapes" -gt 0 ]
}

sftp_operations() {
	local account=$1 kind answered succeeded rest
	cat >"$T/bin/server" <<-EOF
	#!/bin/sh
	SSH_ORIGINAL_COMMAND=internal-sftp exec $GATE --audit=$T/log $T/w/root
	EOF
	chmod 755 "$T/bin/server"
	race "$account" race_sftp "$T/bin/server" "$OPERATIONS"
	while IFS=$'\t' read -r kind answered succeeded rest; do
		case $kind in
		\#*) note "${kind#\# }" ;;
		total)
			is "$account: nothing escapes by SFTP" \
			    "$(cut -f 2- <<<"$rest")" "0	-"
			ok "... in $answered requests, $succeeded flips or more" \
			    [ "$answered" -ge "$OPERATIONS" -a \
				"$succeeded" -ge 1000 ]
			;;
		*)
			ok "... $answered of $kind, $succeeded with success" \
			    [ "$succeeded" -gt 0 ]
			;;
		esac
	done <"$T/race.out"
}

commands() {
	local account=$1 kind run succeeded rest
	cat >"$T/bin/server" <<-EOF
	#!/bin/sh
	exec $GATE --audit=$T/log $T/w/root
	EOF
	chmod 755 "$T/bin/server"
	race "$account" race_commands "$T/bin/server" $((OPERATIONS / 50))
	while IFS=$'\t' read -r kind run succeeded rest; do
		case $kind in
		\#*) note "${kind#\# }" ;;
		total)
			is "$account: nothing escapes by a command" \
			    "$(cut -f 2- <<<"$rest")" "0	-"
			ok "... in $run of them, $succeeded flips or more" \
			    [ "$run" -ge $((OPERATIONS / 50)) -a \
				"$succeeded" -ge 1000 ]
			;;
		*)
			# One asks for what there is outside only.
			[ "$rest" = never ] ||
				ok "... $run of $kind, $succeeded with success" \
				    [ "$succeeded" -gt 0 ]
			;;
		esac
	done <"$T/race.out"
}

scp_conversations() {
	local account=$1 kind run moved rest
	cat >"$T/bin/server" <<-EOF
	#!/bin/sh
	exec $GATE --audit=$T/log $T/w/root
	EOF
	chmod 755 "$T/bin/server"
	race "$account" race_scp "$T/bin/server" $((OPERATIONS / 200))
	while IFS=$'\t' read -r kind run moved rest; do
		case $kind in
		\#*) note "${kind#\# }" ;;
		total)
			is "$account: nothing escapes by scp" \
			    "$(cut -f 2- <<<"$rest")" "0	-"
			ok "... in $run sessions, $moved flips or more" \
			    [ "$run" -ge $((OPERATIONS / 200)) -a \
				"$moved" -ge 1000 ]
			;;
		*)
			ok "... $run of $kind, $moved moved a file" \
			    [ "$moved" -gt 0 ]
			;;
		esac
	done <"$T/race.out"
}

rsync_while_walked "$(id -un)"
for account in $ACCOUNTS; do
	control "$account"
	if [ "$account" = root ]; then
		rsync_runs root "${RUNS:-${HALF:-49}}" --read-write follow
	else
		rsync_runs "$account" "${RUNS:-${HALF:-45}}" --read-write
	fi
	sftp_operations "$account"
	commands "$account"
	scp_conversations "$account"
	[ -n "$RUNS" ] || continue
	# The other way to confine a user.
	if [ "$account" != root ]; then
		rsync_runs "$account" $((RUNS / 10)) --jail=namespace follow
	fi
	# An older rsync, which does less for itself.
	if [ -n "$OTHER" ]; then
		cp "$OTHER" "$T/bin/rsync-other"
		rsync_runs "$account" $((RUNS / 10)) \
		    --rsync="$T/bin/rsync-other"
		[ "$account" = root ] || rsync_without_walls "$account"
	fi
done
client rsync
finish
