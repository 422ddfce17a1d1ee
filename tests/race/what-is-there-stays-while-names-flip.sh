#!/bin/bash
# Several sessions of one account in create-only, with a free directory, at
# once: by SFTP and by rsync they write to, change, rename, link and remove what
# is there, while its names, and that of the free directory, are exchanged.
# What existed outside the free directory keeps bytes, modes, times, owners and
# names, and nothing of it gets in there; so do files that have left it.
# In read-write the same acts do all of that harm.
#
# RACE_OPERATIONS of SFTP for each account; "make race" asks for 100,000.
# timeout: 300
. "$(dirname "$0")/../e2e/lib.sh"

OPERATIONS=${RACE_OPERATIONS:-20000}
PROGRAM=$T/bin/race_create_only
cp "$BUILD/tests/race/race_create_only" "$PROGRAM"

# race ACCOUNT OPTIONS SFTP OPERATIONS: with SFTP or not (yes, no) and rsync.
race() {
	local account=$1 server=$T/bin/server shell=$T/bin/shell
	rm -rf "$T/w"
	mkdir "$T/w"
	: >"$T/log"
	own "$account" "$T/w" "$T/log"
	cat >"$server" <<-END
	#!/bin/sh
	SSH_ORIGINAL_COMMAND=internal-sftp exec $GATE --audit=$T/log $2 \
	    $T/w/root
	END
	cat >"$shell" <<-END
	#!/bin/sh
	shift
	SSH_ORIGINAL_COMMAND="\$*" exec $GATE --audit=$T/log $2 $T/w/root
	END
	chmod 755 "$server" "$shell"
	case $3 in
	sftp) shell=- ;;
	rsync) server=- ;;
	esac
	as "$account" "$PROGRAM" "$T/w" "$server" "$shell" "$4" \
	    >"$T/race.out" 2>"$T/race.err"
	is "$account $2: $3: has done its work" "$? $(cat "$T/race.err")" "0 "
	note "$(head -n 1 "$T/race.out" | cut -c 3-)"
}

# row NAME: of what the program has told.
row() {
	sed -n "s/^$1	//p" "$T/race.out"
}

# holds NAME OPERATIONS: what existed is as it was, and so is what has left the
# free directory as it was then.
holds() {
	local counted flips changed moved entered lost left first _
	read -r counted flips _ changed moved entered lost left first \
	    <<<"$(row total)"
	is "$1: all that existed, or has left, is as it was" \
	    "$changed $moved $entered $lost $left $first" "0 0 0 0 0 -"
	ok "... in $counted operations, $flips flips or more" \
	    [ "$counted" -ge "$2" -a "$flips" -ge 300 ]
}

# harms NAME WHICH...: the same acts do this where they may.
harms() {
	local name=$1 i total
	local what=(counted flips idle changed moved entered lost left)
	shift
	read -ra total <<<"$(row total)"
	for i in "${!what[@]}"; do
		[[ " $* " != *" ${what[i]} "* ]] ||
			ok "control: $name: ${what[i]}, ${total[i]} times" \
			    [ "${total[i]}" -gt 0 ]
	done
}

for account in $ACCOUNTS; do
	race "$account" "--create-only --free=locks" both "$OPERATIONS"
	holds "$account" "$OPERATIONS"
	renamed=0
	while IFS=$'\t' read -r kind answered succeeded freely; do
		case $kind in
		\#* | total) continue ;;
		rsync)
			ok "... $answered pushes, of $succeeded files" \
			    [ "$succeeded" -gt 0 ]
			continue
			;;
		free)
			ok "... $answered free files changed, $succeeded left" \
			    [ "$answered" -gt 0 -a "$succeeded" -gt 0 ]
			continue
			;;
		esac
		# Of few requests it may be that none finds what is its own.
		if [ "$kind" = enter ] && [ "$OPERATIONS" -lt 10000 ]; then
			note "$answered of $kind, $succeeded with success"
		else
			ok "... $answered of $kind, $succeeded with success" \
			    [ "$succeeded" -gt 0 ]
		fi
		case $kind in
		# Over the border, or by a handle.
		leave | enter | write | fsetstat) ;;
		# Few find their names as they need them.
		*rename* | hardlink* | copy-file | rmdir)
			renamed=$((renamed + freely))
			;;
		*)
			ok "... $freely of them in the free directory" \
			    [ "$freely" -gt 0 ]
			;;
		esac
	done <"$T/race.out"
	ok "... $renamed names were given or taken in the free directory" \
	    [ "$renamed" -gt 0 ]

	race "$account" "--read-write --free=locks" sftp 16000
	harms "$account" changed moved entered lost left
	race "$account" "--read-write --free=locks" rsync 2
	harms "$account" lost
done
client rsync
finish
