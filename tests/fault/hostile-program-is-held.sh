#!/bin/bash
# A hostile program in rsync's place tries every way out that we know: each
# succeeds without the jail and fails in it, for a user and for root, while
# what rsync needs goes on working. Outside nothing has changed.
. "$(dirname "$0")/../e2e/lib.sh"

HOSTILE=$BUILD/tests/fault/hostile
VICTIMS=
cleanup_more() {
	# shellcheck disable=SC2086
	kill $VICTIMS 2>/dev/null
}

# These may fail without a jail too: a kernel's settings, a user's rights.
user_cannot="own_memory mount_tmpfs change_root make_device handle_open"
elsewhere="uring user_namespace clone_namespace keyring trace_victim read_victim socket_inet6"
# To look at what lies outside is a residual under Landlock (SECURITY.md).
residual="stat_outside"
# A program may do these to itself: nothing is gained by them.
harmless="map_code"

# world ACCOUNT: a fresh root and outside, each act's own victim in it.
world() {
	local account=$1 name
	rm -rf "$T/w"
	mkdir -p "$T/w/root/dir" "$T/w/root/mnt" "$T/w/outside/rmdir"
	for name in secret file unlink move chmod chmod2 chmod3 chmod4 \
	    chmod5 chmod6 chmod7 chown times times2 xattr; do
		echo secret >"$T/w/outside/$name"
	done
	setfattr -n user.there -v x "$T/w/outside/xattr"
	touch -d 2001-01-01 "$T"/w/outside/*
	for name in file move rename remove; do
		echo file >"$T/w/root/$name"
	done
	ln -s "$T/w/outside" "$T/w/root/link"
	cp "$HOSTILE" "$T/w/root/elf"
	echo "$T/w/outside $2" >"$T/w/root/plan"
	own "$account" "$T/w"
	chmod 755 "$T/w"
}

state() {
	(
		cd "$T/w/outside" || exit
		find . -printf '%P %y %m %U %G %s %T@ %n %l\n' | sort
		getfattr -Rd . 2>/dev/null
		cat secret file
	)
}

# result FILE ACT: what the act gave.
result() {
	awk -v act="$2" '$1 == act { print $2 }' "$1"
}

is_among() {
	[[ " $2 " == *" $1 "* ]]
}

cp "$HOSTILE" "$T/bin/hostile"
for account in $ACCOUNTS; do
	# It outlives the signal that is tried on it.
	(
		trap '' USR1
		exec setpriv --reuid="$account" --regid="$account" \
		    --clear-groups sleep 600
	) &
	victim=$!
	VICTIMS="$VICTIMS $victim"
	sleep 0.2
	world "$account" "$victim"
	before=$(state)
	# A parent that outlives the signal stands for the supervisor.
	as "$account" bash -c "trap '' USR1; cd '$T/w/root' &&
	    '$T/bin/hostile'; true" >"$T/control" 2>"$T/err"
	no "$account: control: no act dies" grep -E ' 1[0-9]{3}$' "$T/control"
	state >"$T/after"
	no "$account: control: outside has changed" \
	    diff -q <(echo "$before") "$T/after"

	for mode in --read-write --read-only; do
		world "$account" "$victim"
		before=$(state)
		request="rsync --server -re.iLs . ."
		[ $mode = --read-write ] ||
		    request="rsync --server --sender -re.iLs . ."
		as "$account" env SSH_ORIGINAL_COMMAND="$request" timeout 60 \
		    "$GATE" $mode --audit="$T/w/log" --rsync="$T/bin/hostile" \
		    "$T/w/root" </dev/null >"$T/jailed" 2>"$T/err"
		is "$account $mode: the program has ended" $? 0
		is "$account $mode: all acts were tried" \
		    "$(awk '{ print $1 }' "$T/jailed")" \
		    "$(awk '{ print $1 }' "$T/control")"
		while read -r act control; do
			got=$(result "$T/jailed" "$act")
			case $act in
			inside_read | inside_bad_pointer | inside_long_path)
				if [ $mode = --read-write ] ||
				    [ "$act" = inside_read ]; then
					is "$account $mode: $act works" "$got" 0
				fi
				continue
				;;
			inside_*)
				is "control: $account: $act" "$control" 0
				if [ $mode = --read-write ]; then
					is "$account $mode: $act works" "$got" 0
				else
					no "$account $mode: $act fails" \
					    [ "$got" = 0 ]
				fi
				continue
				;;
			esac
			is_among "$act" "$harmless" && continue
			if is_among "$act" "$residual" &&
			    [ "$account" != root ]; then
				continue
			fi
			may_fail=$elsewhere
			[ "$account" = root ] || may_fail+=" $user_cannot"
			is_among "$act" "$may_fail" ||
			    is "control: $account: $act" "$control" 0
			no "$account $mode: $act fails" [ "${got:-0}" = 0 ]
		done <"$T/control"
		is "$account $mode: outside is as it was" "$(state)" "$before"
		ok "$account $mode: the victim lives" kill -0 "$victim"
	done
done
finish
