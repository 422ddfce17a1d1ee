#!/bin/bash
# A hostile program in rsync's place tries every way out that we know: each
# succeeds without the jail and fails in it, for a user and for root, while
# what rsync needs goes on working. Outside nothing has changed.
#
# HOSTILE_SHORT leaves out two rounds that others hold, too.
# timeout: 300
. "$(dirname "$0")/../e2e/lib.sh"

VICTIMS=
RECEIVERS=
cleanup_more() {
	# shellcheck disable=SC2086
	[ -z "$VICTIMS$RECEIVERS" ] || kill -KILL $VICTIMS $RECEIVERS 2>/dev/null
}

for program in hostile contain lack receiver; do
	cp "$BUILD/tests/fault/$program" "$T/bin/"
done
# Their directory is readable to all: what lists it is refused by the jail alone.
chmod 755 "$T"
SLOW=${TEST_SLOW:-1}
BEHIND=
LETTERS=   # of options more
CONTAINED= # without CAP_SYS_ADMIN
"$T/bin/hostile" names >"$T/names"

# receivers: sockets outside, in the place of some victims.
receivers() {
	local pid name
	for pid in $RECEIVERS; do
		kill -KILL "$pid"
		wait "$pid" 2>/dev/null
	done
	RECEIVERS=
	for name in datagram message connect; do
		name=$T/w/outside/${name}_to_path
		rm "$name"
		"$T/bin/receiver" "$name" "$T/w/received" &
		RECEIVERS="$RECEIVERS $!"
		until [ -S "$name" ]; do sleep 0.02; done
	done
}

# world ACCOUNT VICTIM [MODE]: a fresh root, and outside each act's own victim.
world() {
	local account=$1 name
	: >"$T/err"
	rm -rf "$T/w"
	mkdir -p "$T"/w/{outside,moved-out,root/{dir,mnt,deep/er,lins}}
	while read -r name; do
		echo secret >"$T/w/outside/$name"
	done <"$T/names"
	receivers
	rm "$T/w/outside/rmdir_outside"
	mkdir "$T/w/outside/rmdir_outside"
	ln -s secret-text "$T/w/outside/a-link"
	for name in moved_{read,list,create,remove,chmod,up}; do
		rm "$T/w/outside/$name"
		mkdir "$T/w/root/$name"
		echo file >"$T/w/root/$name/f"
		echo secret >"$T/w/moved-out/$name-victim"
	done
	for name in file move rename remove exchange with-xattr \
	    lins/swapped_{path,directory}; do
		echo file >"$T/w/root/$name"
	done
	setfattr -n user.there -v x "$T"/w/outside/* "$T/w/root/with-xattr" \
	    2>/dev/null
	setfattr -n user.here -v x "$T/w/root/with-xattr"
	setfattr -n user.stays -v x "$T/w/root/with-xattr"
	ln -s "$T/w/outside" "$T/w/root/link"
	ln -s loop "$T/w/root/loop"
	cp "$T/bin/hostile" "$T/w/root/elf"
	printf '#!/bin/sh\nexit 0\n' >"$T/w/root/script"
	chmod 755 "$T/w/root/script"
	echo "$T/w/outside $2 ${3:-}" >"$T/w/root/plan"
	touch -d 2001-01-01 "$T"/w/outside/*
	own "$account" "$T/w"
	[ "$account" != root ] || mknod -m 666 "$T/w/root/device" c 1 5
	chmod 755 "$T/w"
}

# Files with their times of access: nobody has read anything.
state() {
	(
		cd "$T/w/outside" || exit
		find . -printf '%P %y %m %U %G %s %T@ %C@ %n %i %l\n' | sort
		find . -type f -printf '%P %A@\n' | sort
		getfattr -d -- * 2>/dev/null
	)
}

# gate ACCOUNT MODE [WORD]: the session in which it runs.
gate() {
	local request="rsync --server -r${LETTERS}e.iLs . ."
	[ "$2" != --read-only ] ||
	    request="rsync --server --sender -r${LETTERS}e.iLs . ."
	# shellcheck disable=SC2086
	as "$1" env SSH_ORIGINAL_COMMAND="$request" timeout $((60 * SLOW)) \
	    $CONTAINED $BEHIND "$GATE" $2 $3 --audit="$T/w/log" --rsync="${PROGRAM:-$T/bin/hostile}" \
	    "$T/w/root" 2>"${STDERR:-$T/err}"
}

# mover: moves directories out of the root when they ask, until it is ended.
mover() {
	local name
	while sleep 0.02; do
		while read -r _ name; do
			[ ! -d "$T/w/root/$name" ] ||
			    mv "$T/w/root/$name" "$T/w/moved-out/"
		done < <(grep '^moving ' "$T/err" 2>/dev/null)
	done
}

# judge NAME MODE JAIL ACT CLAIM CONTROL GOT
judge() {
	local name=$1 mode=$2 jail=$3 act=$4 claim=$5 control=$6 got=$7
	# Without a listener a namespace holds what can be executed: rsync.
	case $BEHIND:$act in
	?*:exec_again | ?*:exec_self)
		is "$name: $act is left" "$got" 0
		return
		;;
	esac
	case $claim in
	works | changes | fails | looks | taken)
		is "control: $name: $act" "$control" 0
		;;
	root)
		[ "$account" != root ] || is "control: $name: $act" "$control" 0
		;;
	esac
	case $claim:$mode in
	works:* | changes:--read-write)
		is "$name: $act works" "$got" 0
		;;
	same:--read-write)
		is "$name: $act gives the same" "$got" "$control"
		;;
	same:* | harmless:*) ;;
	taken:*)
		case $jail in
		landlock*) no "$name: $act fails" [ "${got:-0}" = 0 ] ;;
		*) note "$name: $act: ${got:-nothing}" ;;
		esac
		;;
	looks:*)
		case $jail in
		landlock*) note "$name: $act: ${got:-nothing}" ;;
		*) no "$name: $act fails" [ "${got:-0}" = 0 ] ;;
		esac
		;;
	*)
		no "$name: $act fails" [ "${got:-0}" = 0 ]
		;;
	esac
	case $act in
	terminal | file_flags) is "$name: $act is no terminal" "$got" 25 ;;
	esac
}

# jailed ACCOUNT VICTIM MODE [OPTION]: all acts, against the control's.
jailed() {
	local account=$1 victim=$2 mode=$3 jail name act claim control got
	name="$account $mode${4:+ $4}${LETTERS:+ -$LETTERS}${CONTAINED:+ contained}${BEHIND:+ without a listener}"
	world "$account" "$victim"
	state >"$T/before"
	gate "$account" "$mode" "${4:-}" </dev/null >"$T/jailed"
	is "$name: the program has ended" $? 0
	jail=$(sed -n 's/.* jail=\([^ ]*\).*/\1/p' "$T/w/log")
	note "$name: $jail"
	is "$name: all acts were tried" \
	    "$(cut -d' ' -f1 "$T/jailed")" "$(cat "$T/names")"
	while read -r act claim control _ _ got; do
		judge "$name" "$mode" "$jail" "$act" "$claim" "$control" "$got"
	done < <(paste -d ' ' "$T/control" "$T/jailed")
	is "$name: outside is as it was" \
	    "$(state | diff "$T/before" - | head -n 5)" ""
	no "$name: a socket outside was reached" \
	    grep -q forged "$T/w/received"
	ok "$name: the victim lives" kill -0 "$victim"
	is "$name: as it was" "$(ps -o ni= -o cls= -p "$victim")" \
	    "$(ps -o ni= -o cls= -p $$)"
}

# start_victim ACCOUNT: sets $victim. It outlives the signals that are tried.
start_victim() {
	local become=
	[ "$(id -u)" != 0 ] ||
	    become="setpriv --reuid=$1 --regid=$1 --clear-groups"
	(
		trap '' USR1
		# shellcheck disable=SC2086
		exec $become sleep $((600 * SLOW))
	) &
	victim=$!
	VICTIMS="$VICTIMS $victim"
	sleep 0.2
}

mover &
VICTIMS="$VICTIMS $!"
for account in $ACCOUNTS; do
	start_victim "$account"
	world "$account" "$victim"
	state >"$T/before"
	# A parent that outlives the signal stands for the supervisor.
	as "$account" env HOSTILE_CONTROL=yes bash -c "trap '' USR1
	    cd '$T/w/root' && '$T/bin/hostile'; true" >"$T/control" 2>"$T/err"
	no "$account: control: no act dies" grep -E ' 1[0-9]{3}$' "$T/control"
	state >"$T/after"
	no "$account: control: outside has changed" \
	    diff -q "$T/before" "$T/after"
	ok "$account: control: a socket outside was reached" \
	    grep -q forged "$T/w/received"
	kill -KILL "$victim"
	wait "$victim" 2>/dev/null
	start_victim "$account"
	jailed "$account" "$victim" --read-write
	jailed "$account" "$victim" --read-only
	[ "$account" = root ] || [ -n "${HOSTILE_SHORT:-}" ] ||
	    jailed "$account" "$victim" --read-write --jail=namespace
	# Attributes are another process's, outside the namespace.
	LETTERS=AX
	jailed "$account" "$victim" --read-write --jail=namespace
	like "$account: its attributes are another process's" \
	    "$(cat "$T/w/log")" "* jail=*+attributes*"
	LETTERS=
	if [ "$account" = root ]; then
		# Devices are made for it, live ones; none is opened.
		CONTAINED="setpriv --bounding-set=-sys_admin --inh-caps=-all --"
		LETTERS=D
		jailed root "$victim" --read-write
		if has_landlock; then
			like "root: contained: the broker serves it" \
			    "$(cat "$T/w/log")" "* jail=landlock*+broker*"
		else
			skip "root: contained: the broker serves it" \
			    "no Landlock"
		fi
		CONTAINED='' LETTERS=''
	fi
	BEHIND="$T/bin/contain listener --"
	jailed "$account" "$victim" --read-write
	[ -n "${HOSTILE_SHORT:-}" ] ||
	    jailed "$account" "$victim" --read-only
	BEHIND=
done

# --- modes of what is open --------------------------------------------------

# on_known_ground: the file systems of the program's own files say themselves
# who owns what.
on_known_ground() {
	local files
	files=$(ldd "$T/bin/hostile" | grep -o '/[^ ]*')
	# shellcheck disable=SC2086
	! stat -L -f -c %T "$T/bin/hostile" /dev/null /dev/urandom $files |
	    grep -qvE '^(ext2/ext3|xfs|btrfs|f2fs|bcachefs|zfs|tmpfs|overlayfs)$'
}

# sets_modes NAME PROGRAM STDERR: for $account; what came of it is in $T/left.
sets_modes() {
	world "$account" 1 modes
	for file in program stderr; do
		cp "$T/bin/hostile" "$T/w/outside/$file"
		chmod 711 "$T/w/outside/$file"
	done
	chmod 755 "$T/w/outside/program"
	[ "$(id -u)" != 0 ] || chown "$2" "$T/w/outside/program"
	[ "$(id -u)" != 0 ] || chown "$3" "$T/w/outside/stderr"
	if [ "$1" = control ]; then
		as "$account" sh -c "cd '$T/w/root' && ../outside/program" \
		    2>>"$T/w/outside/stderr" >"$T/left"
		return
	fi
	PROGRAM=$T/w/outside/program STDERR=$T/w/outside/stderr \
	    gate "$account" --read-write "" </dev/null >"$T/left"
	is "$1: the program has ended" $? 0
	is "$1: modes outside are as they were" \
	    "$(cd "$T/w/outside" && stat -c %a program stderr | xargs)" \
	    "755 711"
	like "$1: its jail" "$(cat "$T/w/log")" "* jail=landlock*+broker*"
}

# What a user's program can't change by itself it is not asked about; what is
# the account's own, and outside, is the broker's to refuse.
for account in $ACCOUNTS; do
	name="$account: modes of open files"
	[ "$account" != root ] || continue
	if ! has_landlock; then
		skip "$name" "no Landlock"
		continue
	fi
	sets_modes control "$account" "$account"
	is "$name: control: each can be set" "$(xargs <"$T/left")" \
	    "pipe 0 program 0 stderr 0"
	sets_modes "$name: its program is the account's" "$account" root
	is "$name: its program is the account's: none is set" \
	    "$(xargs <"$T/left" | cut -d' ' -f1-4)" "pipe 13 program 13"
	if [ "$(id -u)" != 0 ] || ! on_known_ground; then
		skip "$name: of others" "needs files of others, of a known kind"
		continue
	fi
	sets_modes "$name: its stderr is the account's" root "$account"
	is "$name: its stderr is the account's: none is set" \
	    "$(xargs <"$T/left")" "pipe 13 program 13 stderr 13"
	sets_modes "$name: all are others'" root root
	is "$name: all are others': it is not asked, and sets none of them" \
	    "$(xargs <"$T/left")" "pipe 0 program 1 stderr 1"
done

# --- processes that stay ---------------------------------------------------

# alive FILE: how many of the processes whose numbers are in it live.
alive() {
	local pid count=0
	while read -r pid; do
		[ "$(readlink "/proc/$pid/exe")" != "$T/bin/hostile" ] ||
		    count=$((count + 1))
	done <"$1"
	echo $count
}

# inside: the processes of hostile programs in this script's root, by the
# numbers that we know them by (in a namespace they have others).
inside() {
	local process
	for process in /proc/[0-9]*; do
		[ "$process/exe" -ef "$T/bin/hostile" ] &&
		    echo "${process#/proc/}"
	done
}

# nobody FILE: none of its processes lives.
nobody() {
	[ "$(alive "$1")" = 0 ]
}

for account in $ACCOUNTS; do
	world "$account" 1 bomb
	started=$SECONDS
	gate "$account" --read-write "" </dev/null >"$T/left"
	is "$account: a program that forks without end has ended" $? 0
	ok "$account: it had forked" [ "$(wc -l <"$T/left")" -gt 100 ]
	is "$account: none of its processes is left" "$(inside)" ""
	ok "$account: soon" [ $((SECONDS - started)) -lt $((30 * SLOW)) ]
	# Without the jail they stay.
	world "$account" 1 bomb
	as "$account" bash -c "cd '$T/w/root' && '$T/bin/hostile'" >"$T/left"
	no "control: $account: they would stay" nobody "$T/left"
	VICTIMS="$VICTIMS $(tr '\n' ' ' <"$T/left")"
	# shellcheck disable=SC2046
	kill -KILL $(cat "$T/left")

	# Without its filter it can leave a child to its supervisor.
	world "$account" 1 sibling
	started=$SECONDS
	BEHIND="$T/bin/lack seccomp=ENOSYS --"
	gate "$account" --read-write --confine=prefer </dev/null >"$T/left"
	is "$account: a child of its supervisor: the session ends" $? 0
	BEHIND=
	is "$account: such a child was made" "$(wc -l <"$T/left")" 1
	is "$account: and is not left" "$(inside)" ""
	ok "$account: soon, too" [ $((SECONDS - started)) -lt $((20 * SLOW)) ]
done

printed_both() {
	[ "$(wc -l <"$T/left")" = 2 ]
}

# A supervisor that is killed: by root, for want of memory.
for account in $ACCOUNTS; do
	for option in --jail=auto --jail=namespace; do
		name="$account $option: a killed supervisor"
		world "$account" 1 cling
		: >"$T/left"
		gate "$account" --read-write $option </dev/null >"$T/left" &
		session=$!
		ok "$name: control: its program runs" \
		    within 10 printed_both
		inside >"$T/numbers"
		spaces=$(sed 's,.*,/proc/&/ns/pid,' "$T/numbers" |
		    xargs -n 1 readlink | sort -u)
		is "$name: control: two processes of it" \
		    "$(alive "$T/numbers")" 2
		pgrep -f "^$GATE --read-write .*$T/w/root" | xargs kill -KILL
		wait $session 2>/dev/null
		# With a namespace of processes all end that are in it. Else
		# one does, which can't refuse it; its child was never told.
		if [ "$spaces" != "$(readlink /proc/self/ns/pid)" ]; then
			ok "$name: all of it goes with it" \
			    within 5 nobody "$T/numbers"
		else
			head -n 1 "$T/left" >"$T/first"
			ok "$name: the program goes with it" \
			    within 5 nobody "$T/first"
			note "$name: left: $(inside | wc -l)"
		fi
		inside | xargs -r kill -KILL
	done
done
finish
