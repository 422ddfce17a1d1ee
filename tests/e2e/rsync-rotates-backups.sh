#!/bin/bash
# timeout: 300
# Backups as people keep them: rotation with --link-dest, what was replaced
# set aside, cut transfers resumed, rsnapshot's pull.
. "$(dirname "$0")/lib.sh"
export SHARED=yes
start_sshd

inode() {
	stat -c %i "$1"
}

# transfer ARGUMENTS...: with plain arguments or secluded ones ($how).
transfer() {
	rsync_to ${how:+"$how"} "$@"
}

# Each account with plain and with secluded arguments; t is for the claims.
for turn in $(for a in $ACCOUNTS; do echo "$a" "$a-s"; done); do
	t=$turn
	a=${turn%-s} how=${turn#"${turn%-s}"}
	root=$(make_root "$a" "root$how")
	serve "$a" "" "$root"
	rm -rf "$T/src" "$T/back"
	mkdir -p "$T/src/sub"
	for i in 1 2 3; do
		echo "file $i" >"$T/src/f$i"
		echo "sub $i" >"$T/src/sub/f$i"
	done
	find "$T/src" -exec touch -h -d '2021-02-03 04:05:06' {} +

	clock=1700000000
	# rotate CLAIM DAY OPTION...: a backup in a directory of its own.
	rotate() {
		local claim=$1 day=$2
		shift 2
		echo "of $day" >"$T/src/f1"
		# As if a day had passed: rsync compares sizes and times.
		clock=$((clock + 86400))
		touch -d "@$clock" "$T/src/f1"
		ok "$t: $claim" transfer -a --delete "$@" "$T/src/" "$a:$day/"
		is "$t: $claim: what changed is new" "$(cat "$root/$day/f1")" \
		    "of $day"
	}
	linked() {
		is "$t: $1" "$(inode "$root/$2/sub/f2")" \
		    "$(inode "$root/$3/sub/f2")"
	}
	unlinked() {
		if [ "$(inode "$root/$2/f1")" != "$(inode "$root/$3/f1")" ]
		then
			pass "$t: $1"
		else
			fail "$t: $1"
		fi
	}
	rotate "the first run, nothing to link to" day1 --link-dest=../day0
	rotate "--link-dest=../prev in the root" day2 --link-dest=../day1
	linked "day 2 shares what did not change" day2 day1
	unlinked "day 2 has its own changed file" day2 day1
	rotate "--link-dest=/prev" day3 --link-dest=/day2
	linked "day 3 shares from /" day3 day2
	rotate "--link-dest=/prev again" day4 --link-dest=/day3
	linked "day 4 shares" day4 day3
	rotate "two of them" day5 --link-dest=../none --link-dest=../day4
	linked "day 5 shares with the second" day5 day4
	ok "$t: deeper" transfer -a --mkpath --link-dest=../../day5 \
	    "$T/src/" "$a:host/day6/"
	linked "deeper shares" host/day6 day5
	ok "$t: deeper, there already" transfer -aI --link-dest=../../day5 \
	    "$T/src/" "$a:host/day6/"
	ln -s host/day6 "$root/current"
	ok "$t: through a link to the destination" transfer -a \
	    --link-dest=../../day5 "$T/src/" "$a:host/day7/"
	ok "$t: --compare-dest" transfer -a --compare-dest=../day5 \
	    "$T/src/" "$a:diff/"
	no "$t: which leaves out what is the same" test -e "$root/diff/sub/f2"
	ok "$t: --copy-dest" transfer -a --copy-dest=/day5 "$T/src/" "$a:copy/"
	ok "$t: which copies it" cmp "$root/day5/sub/f2" "$root/copy/sub/f2"
	no "$t: climbing above the root is refused" transfer -a \
	    --link-dest=../../x "$T/src/" "$a:day8/"
	no "$t: and nothing was written" test -e "$root/day8"

	# --- what is replaced ---
	set_aside() {
		local claim=$1 where=$2
		shift 2
		rm -rf "$root/b" "$root/old" "$root/saved"
		mkdir -p "$root/b"
		echo before >"$root/b/f1"
		own "$a" "$root/b"
		ok "$t: $claim" transfer -ab --delete "$@" "$T/src/" "$a:b/"
		is "$t: $claim: is kept" "$(cat "$root/$where")" before
		ok "$t: $claim: is replaced" cmp "$T/src/f1" "$root/b/f1"
	}
	set_aside "-b" b/f1~
	set_aside "--suffix" b/f1.orig --suffix=.orig
	set_aside "--backup-dir=/old" old/f1 --backup-dir=/old
	set_aside "--backup-dir=../saved/today" saved/today/f1 \
	    --backup-dir=../saved/today
	set_aside "--backup-dir=.old" b/.old/f1 --backup-dir=.old

	# --- where parts are kept ---
	mkdir -p "$root/tmp"
	own "$a" "$root/tmp"
	for option in --partial-dir=.part --partial-dir=/tmp --temp-dir=/tmp \
	    --temp-dir=../tmp "--delay-updates --partial-dir=.p"; do
		rm -rf "$root/p"
		# Options, where there are two.
		# shellcheck disable=SC2086
		ok "$t: $option" transfer -a $option "$T/src/" "$a:p/"
		ok "$t: $option: the tree arrives" same_tree "$T/src" "$root/p"
		is "$t: $option: /tmp is left empty" "$(ls -A "$root/tmp")" ""
	done
	no "$t: a --temp-dir that is missing" transfer -a --temp-dir=/none \
	    "$T/src/f1" "$a:p/new"
	head -c 4000000 /dev/urandom >"$T/big"
	timeout 1 rsync -e "ssh -F $T/ssh_config" -a --partial-dir=.part \
	    --bwlimit=1000 "$T/big" "$a:p/" >/dev/null 2>&1
	no "$t: a cut push leaves no file by its name" test -e "$root/p/big"
	ok "$t: and is taken up again" transfer -a --partial-dir=.part \
	    "$T/big" "$a:p/"
	ok "$t: to the whole file" cmp "$T/big" "$root/p/big"
	head -c 2000000 "$T/big" >"$root/p/grows"
	own "$a" "$root/p/grows"
	ok "$t: --append" transfer -a --append "$T/big" "$a:p/grows"
	ok "$t: makes it whole" cmp "$T/big" "$root/p/grows"

	# --- attributes that only root has, kept by others ---
	if setfattr -n user.filesonly -v x "$T/src/f2" 2>/dev/null; then
		ok "$t: -X" transfer -aX "$T/src/" "$a:x/"
		is "$t: the attribute arrives" "$(getfattr --only-values \
		    -n user.filesonly "$root/x/f2" 2>/dev/null)" x
		ok "$t: --fake-super at the server" transfer -aX \
		    -M--fake-super "$T/src/" "$a:fake/"
		rm -rf "$T/back"
		ok "$t: and back" transfer -aX -M--fake-super "$a:fake/" \
		    "$T/back/"
		ok "$t: gives the same" same_tree "$T/src" "$T/back" "%m %U"
	else
		skip "$t: extended attributes" "no user attributes here"
	fi
	ok "$t: --usermap and --groupmap" transfer -a --usermap='*:0' \
	    --groupmap='*:0' --numeric-ids "$T/src/" "$a:maps/"

	# --- rsnapshot pulls ---
	if [ -n "$how" ]; then
		continue
	elif command -v rsnapshot >/dev/null; then
		serve "$a" --read-only "$root"
		mkdir -p "$T/snapshots"
		printf '%s\t%s\n' config_version 1.2 \
		    snapshot_root "$T/snapshots/$a/" cmd_rm /bin/rm \
		    cmd_cp /bin/cp cmd_rsync /usr/bin/rsync \
		    cmd_ssh /usr/bin/ssh ssh_args "-F $T/ssh_config" \
		    retain "daily	3" no_create_root 0 link_dest 1 \
		    backup "$a:/day5/	host/" >"$T/rsnapshot.conf"
		ok "$t: rsnapshot" rsnapshot -c "$T/rsnapshot.conf" daily
		ok "$t: rsnapshot again" rsnapshot -c "$T/rsnapshot.conf" daily
		ok "$t: its snapshot is the tree" same_tree "$root/day5" \
		    "$T/snapshots/$a/daily.0/host/day5"
		is "$t: and shares files with the first" \
		    "$(inode "$T/snapshots/$a/daily.0/host/day5/f2")" \
		    "$(inode "$T/snapshots/$a/daily.1/host/day5/f2")"
		client rsnapshot
	else
		skip "$t: rsnapshot" "rsnapshot is not installed"
	fi
done
client rsync
finish
