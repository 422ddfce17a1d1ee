#!/bin/bash
# timeout: 200
# Backups as they are really kept: -aHAX in rotation with --link-dest=../prev,
# BackupPC's own client with its -s calls, a list by --files-from, and a key
# that may only create beside one that may only read.
. "$(dirname "$0")/lib.sh"
start_sshd

# A second key of the account, for another policy.
ssh-keygen -q -t ed25519 -N '' -C reader -f "$T/reader_key"
sed "s|IdentityFile .*|IdentityFile $T/reader_key|" "$T/ssh_config" \
    >"$T/reader_config"

# two_keys ACCOUNT PUSH-OPTIONS READ-OPTIONS: both for the same root.
two_keys() {
	serve "$1" "$2" "$root"
	printf 'restrict,command="%s" %s\n' "$GATE $3 $root" \
	    "$(cat "$T/reader_key.pub")" >>"$T/keys/$1"
}

read_from() {
	timeout 60 rsync -e "ssh -F $T/reader_config" "$@"
}

make_source() {
	rm -rf "$T/src"
	mkdir -p "$T/src/my data/sub" "$T/src/etc"
	echo one >"$T/src/my data/two words"
	echo two >"$T/src/my data/sub/q'uo\"te"
	echo three >"$T/src/etc/passwd"
	ln "$T/src/etc/passwd" "$T/src/etc/passwd-"
	ln -s passwd "$T/src/etc/link"
	head -c 200000 /dev/urandom >"$T/src/my data/big"
	chmod 600 "$T/src/etc/passwd"
	setfacl -m u:12345:r "$T/src/my data/two words" 2>/dev/null
	setfattr -n user.note -v kept "$T/src/my data/big" 2>/dev/null
	find "$T/src" -exec touch -h -d '2021-02-03 04:05:06' {} +
	own "$a" "$T/src"
	[ "$a" != root ] || chown -h 12345:23456 "$T/src/etc"/*
}

# state_of DIRECTORY: names, kinds, contents, modes, owners, times, ACLs and
# attributes. (Links are counted across days.)
state_of() {
	tree_of "$1" "%m %U %G %T@"
	(cd "$1" && getfacl -Rnp . && getfattr -Rd . | cat) 2>/dev/null
}

# same CLAIM A B
same() {
	diff <(state_of "$2") <(state_of "$3") >"$T/difference"
	is "$a: $1" "$(head -n 5 "$T/difference")" ""
}

# The day's changes: one file new, one gone, one other.
change() {
	echo "of $1" >"$T/src/my data/two words"
	touch -d "2021-03-0$1" "$T/src/my data/two words"
	echo "new $1" >"$T/src/new $1"
	rm -f "$T/src/new $(($1 - 1))"
	own "$a" "$T/src/new $1" "$T/src/my data/two words"
}

rotation() {
	local day
	for day in 1 2 3; do
		change $day
		cp -a "$T/src" "$T/kept-$day"
		ok "$a: rotation: day $day" rsync_to -aHAX --numeric-ids \
		    --delete --link-dest=../prev "$T/src/" "$a:day-$day/"
		same "rotation: day $day is the source" "$T/kept-$day" \
		    "$root/day-$day"
		ok "$a: rotation: day $day has its hard links" \
		    test "$root/day-$day/etc/passwd" -ef \
		    "$root/day-$day/etc/passwd-"
		# The next day's prev, as such scripts do it by sftp.
		ok "$a: rotation: prev is day $day" sftp_to "$a" <<END
-rm prev
symlink day-$day prev
END
	done
	# Later days count links of the earlier ones.
	is "$a: rotation: what did not change is there once" \
	    "$(stat -c %i "$root/day-3/my data/big")" \
	    "$(stat -c %i "$root/day-1/my data/big")"
	is "$a: rotation: what changed is there each day" \
	    "$(cat "$root/day-1/my data/two words" \
		"$root/day-2/my data/two words" \
		"$root/day-3/my data/two words" | tr '\n' ' ')" \
	    "of 1 of 2 of 3 "
	rm -rf "$T"/kept-* "$T/back"
	ok "$a: rotation: restore" rsync_to -aHAX --numeric-ids \
	    "$a:day-3/" "$T/back/"
	same "rotation: what comes back is the source" "$T/src" "$T/back"
}

# bpc NUMBER PREVIOUS: a backup of BackupPC's client, with the words that
# BackupPC 4.4 gives it.
bpc() {
	timeout 60 "$bpc_program" --bpc-top-dir "$T/pool" --bpc-host-name h \
	    --bpc-share-name /data --bpc-bkup-num "$1" --bpc-bkup-comp 0 \
	    --bpc-bkup-prevnum "$2" --bpc-bkup-prevcomp 0 \
	    --bpc-bkup-inode0 2 --bpc-attrib-new --bpc-log-level 1 \
	    -e "ssh -F $T/ssh_config" --rsync-path=/usr/bin/rsync --super \
	    --recursive --protect-args --numeric-ids --perms --owner --group \
	    -D --times --links --hard-links --delete --delete-excluded \
	    --one-file-system --partial --stats --checksum --timeout=72000 \
	    "--log-format=log: %o %i %B %8U,%8G %9l %f%L" "$a:/my data/" /
}

# Are all files of a tree in the pool, by their sums?
pooled() {
	local sum
	while read -r sum _; do
		[ -n "$(find "$T/pool/pool" -name "$sum*" -size +0)" ] ||
		    return
	done < <(cd "$1" && find . -type f -exec md5sum {} +)
}

backuppc() {
	bpc_program=/usr/libexec/backuppc-rsync/rsync_bpc
	if [ ! -x $bpc_program ]; then
		skip "$a: BackupPC" "backuppc-rsync is not installed"
		return
	fi
	mkdir -p "$T/pool/pool" "$T/pool/cpool" "$T/pool/pc/h"
	cp -a "$T/src/my data" "$root/"
	own "$a" "$root/my data"
	serve "$a" --read-only "$root"
	ok "$a: BackupPC: a full backup" bpc 0 -1
	ok "$a: BackupPC: every file is in its pool" pooled "$root/my data"
	echo changed >"$root/my data/two words"
	own "$a" "$root/my data"
	no "$a: BackupPC: control: a changed file is not" \
	    pooled "$root/my data"
	ok "$a: BackupPC: the next one" bpc 1 0
	ok "$a: BackupPC: has it" pooled "$root/my data"
	rm -rf "$T/pool"
	client rsync_bpc
}

list() {
	serve "$a" "" "$root"
	printf '%s\0' "my data/two words" "etc/passwd" >"$T/list"
	ok "$a: a list" rsync_to -aAX --from0 --files-from="$T/list" \
	    "$T/src" "$a:listed/"
	is "$a: a list: brings what it names" \
	    "$(cd "$root/listed" && find . -type f | sort | tr '\n' ' ')" \
	    "./etc/passwd ./my data/two words "
	rm -rf "$T/back"
	ok "$a: a list: back, by -s" rsync_to -aAXs --from0 \
	    --files-from="$T/list" "$a:listed" "$T/back/"
	ok "$a: a list: is the same" same_tree "$root/listed" "$T/back" "%m"
}

# The push key of a machine that may be taken over, and the key that restores.
create_only() {
	local before
	rm -rf "${root:?}"/* "$T/back"
	two_keys "$a" --create-only --read-only
	ok "$a: create-only: the first day" rsync_to -aHAX --numeric-ids \
	    --link-dest=../prev "$T/src/" "$a:day-1/"
	same "create-only: is the source" "$T/src" "$root/day-1"
	change 4
	cp -a "$T/src" "$T/kept"
	ok "$a: create-only: the next day" rsync_to -aHAX --numeric-ids \
	    --link-dest=../day-1 "$T/src/" "$a:day-2/"
	is "$a: create-only: shares what did not change" \
	    "$(stat -c %i "$root/day-2/my data/big")" \
	    "$(stat -c %i "$root/day-1/my data/big")"
	before=$(tree_of "$root" "%m %U %G %T@")
	echo encrypted >"$T/src/my data/big"
	echo encrypted >"$T/src/my data/two words"
	rsync_to -aHAXI "$T/src/" "$a:day-2/" >"$T/out" 2>&1
	is "$a: create-only: a run over an old day ends well" $? 0
	no "$a: create-only: --delete" rsync_to -a --delete "$T/src/" \
	    "$a:day-1/"
	no "$a: create-only: --inplace" rsync_to -aI --inplace "$T/src/" \
	    "$a:day-1/"
	no "$a: create-only: --append" rsync_to -a --append "$T/src/" \
	    "$a:day-1/"
	no "$a: create-only: --backup" rsync_to -abI "$T/src/" "$a:day-1/"
	no "$a: create-only: removing what is pulled" rsync_to -a \
	    --remove-source-files "$a:day-1/" "$T/got/"
	no "$a: create-only: sftp's rm" sftp_to "$a" <<<"rm day-1/etc/passwd"
	no "$a: create-only: sftp's rename" sftp_to "$a" <<<"rename day-1 x"
	is "$a: create-only: not a byte has changed" \
	    "$(tree_of "$root" "%m %U %G %T@")" "$before"
	no "$a: read-only: a push" read_from -a "$T/src/" "$a:day-3/"
	no "$a: read-only: wrote nothing" test -e "$root/day-3"
	ok "$a: read-only: a restore" read_from -aHAX --numeric-ids \
	    "$a:day-2/" "$T/back/"
	diff <(tree_of "$T/kept" "%m %T@") <(tree_of "$T/back" "%m %T@") \
	    >"$T/difference"
	is "$a: read-only: brings the second day back" \
	    "$(head -n 5 "$T/difference")" ""
	rm -rf "$T/kept"
}

for a in $ACCOUNTS; do
	root=$(make_root "$a")
	serve "$a" "" "$root"
	make_source
	rotation
	list
	create_only
	make_source
	rm -rf "${root:?}"/*
	backuppc
done
client rsync
finish
