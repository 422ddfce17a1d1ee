#!/bin/bash
# timeout: 120
# What the machine mounts below the root while a session lasts is seen by it, and
# what it unmounts is free: as root, as a user and in a user namespace, over SFTP
# and rsync, where mounts are shared as systemd makes them, and where they are
# private. rsync in a namespace can't follow private ones: it is ended, and says
# so, before anything lands below the mount point.
. "$(dirname "$0")/lib.sh"

[ "$E2E_NAMESPACE" = yes ] || skip_all "needs a mount namespace"

SESSION=
cleanup_more() {
	[ -z "$SESSION" ] || kill -KILL "$SESSION" 2>/dev/null
}

# world ACCOUNT: an empty root with a mount point.
world() {
	umount -q "$T/w/root/disk" 2>/dev/null
	rm -rf "$T/w"
	mkdir -p "$T/w/root/disk" "$T/w/src/disk"
	chmod 755 "$T/w"
	echo text >"$T/w/src/disk/up"
	own "$1" "$T/w"
}

# disk: a file system of its own appears below the root.
disk() {
	mount -t tmpfs -o mode=777 tmpfs "$T/w/root/disk"
}

# kept_by NUMBER: the processes whose mounts have that device.
kept_by() {
	grep -l " $1 " /proc/[0-9]*/mountinfo 2>/dev/null
}

# open_session ACCOUNT OPTIONS: sftp, which does what is written to 9.
open_session() {
	rm -f "$T/batch"
	mkfifo "$T/batch"
	: >"$T/out"
	as "$1" env SSH_ORIGINAL_COMMAND=internal-sftp sftp -q -b - \
	    -D "$GATE --audit=$T/w/log $2 $T/w/root" <"$T/batch" \
	    >"$T/out" 2>&1 &
	SESSION=$!
	exec 9>"$T/batch"
	does "ls" "ls"
}

# does LINE TEXT: the session carries out a line; its echo is seen.
does() {
	echo "$1" >&9
	echo "pwd" >&9
	within 10 told "$1"
}

# told LINE: the answer to the pwd behind it has come.
told() {
	sed -n "/^sftp> ${1//\//\\/}$/,\$p" "$T/out" | grep -q '^Remote'
}

close_session() {
	exec 9>&-
	wait "$SESSION" 2>/dev/null
	SESSION=
}

sftp_follows() {
	local device name="$a: sftp $2 ($1)"
	world "$a"
	disk
	device=$(stat -c %Hd:%Ld "$T/w/root/disk")
	open_session "$a" "$2"
	does "ls disk"
	like "$name: is behind its walls" "$(cat "$T/w/log")" "*jail=$3*"
	ok "$name: what was there is unmounted" umount "$T/w/root/disk"
	is "$name: and nobody keeps it" "$(kept_by "$device")" ""
	does "put $T/w/src/disk/up disk/below"
	ok "$name: an upload is where the mount was" \
	    test -f "$T/w/root/disk/below"
	rm "$T/w/root/disk/below"
	disk
	does "put $T/w/src/disk/up disk/up"
	ok "$name: an upload is on what was mounted since" \
	    test -f "$T/w/root/disk/up"
	close_session
	ok "$name: which is unmounted" umount "$T/w/root/disk"
	is "$name: and nothing was written below" "$(ls "$T/w/root/disk")" ""
}

# A push that is held up in its first file, and goes on to the second.
open_push() {
	head -c 1M /dev/urandom >"$T/w/src/a-big"
	own "$a" "$T/w/src"
	(cd "$T/w" && as "$a" env GATE_OPTIONS="--audit=$T/w/log $1" \
	    timeout 60 rsync -rt --bwlimit=600 -e "$T/bin/gate" src/ h:.) \
	    >"$T/out" 2>&1 &
	SESSION=$!
	within 10 has_begun
}

has_begun() {
	[ -n "$(find "$T/w/root" -name '.a-big*')" ]
}

close_push() {
	wait "$SESSION"
	STATUS=$?
	SESSION=
}

rsync_follows() {
	local name="$a: rsync $2 ($1)"
	world "$a"
	open_push "$2"
	disk
	close_push
	is "$name: ends with 0" $STATUS 0
	ok "$name: what came is on what was mounted since" \
	    test -f "$T/w/root/disk/up"
	ok "$name: which is unmounted" umount "$T/w/root/disk"
	is "$name: and nothing was written below" "$(ls "$T/w/root/disk")" ""
	[ "$STATUS" = 0 ] || note "$(cat "$T/out")"
}

rsync_is_ended() {
	local name="$a: rsync $2 ($1)"
	world "$a"
	open_push "$2"
	disk
	close_push
	no "$name: does not end with 0" [ $STATUS = 0 ]
	like "$name: the client hears why" "$(cat "$T/out")" \
	    "*file systems have changed; try again (mounts-changed)*"
	like "$name: so does the record" "$(cat "$T/w/log")" \
	    "*event=end*reason=mounts-changed*"
	umount "$T/w/root/disk"
	is "$name: nothing was written below" "$(ls "$T/w/root/disk")" ""
}

# pulls ARGUMENT...: does the secret come?
pulls() {
	rm -rf "$T/w/got"
	(cd "$T/w" && as "$a" env GATE_OPTIONS="$OPTIONS" timeout 60 rsync -r \
	    -e "$T/bin/gate" "$@" got/) >"$T/out" 2>&1
	find "$T/w/got" -name secret 2>/dev/null | grep -q .
}

# pushed ARGUMENT...: is it told done?
pushed() {
	(cd "$T/w" && as "$a" env GATE_OPTIONS="$OPTIONS" timeout 60 rsync -r \
	    -e "$T/bin/gate" "$@") >"$T/out" 2>&1
}

# pushes ARGUMENT...: does a file come upon what is mounted?
pushes() {
	rm -f "$T/w/root/disk/up"
	pushed "$@"
	test -e "$T/w/root/disk/up"
}

# each SUCCEEDS CLAIM: every way in; ok, or no with one-file-system.
each() {
	"$1" "$2: a pull of the mount" pulls h:disk/
	"$1" "$2: ... of a file there" pulls h:disk/secret
	"$1" "$2: ... by a symlink" pulls h:link/
	"$1" "$2: ... by a wildcard" pulls 'h:d*/'
	"$1" "$2: ... by a list" pulls --files-from=list h:.
	"$1" "$2: a push to it" pushes src/disk/ h:disk/
	"$1" "$2: ... by a symlink" pushes src/disk/up h:link/up
	"$1" "$2: ... of a tree with such a name" pushes src/ h:.
}

keeps_to_one_file_system() {
	local name="$a: one-file-system"
	world "$a"
	disk
	echo secret >"$T/w/root/disk/secret"
	echo here >"$T/w/root/here"
	mkdir "$T/w/root/beside"
	ln -s disk "$T/w/root/link"
	echo disk/secret >"$T/w/list"
	own "$a" "$T/w"
	OPTIONS=
	each ok "$a: control"
	ok "$a: control: it is told done" pushed src/disk/ h:disk/
	OPTIONS=--one-file-system
	each no "$name"
	no "$name: a push that a mount would hide is not told done" \
	    pushed src/disk/ h:disk/
	ok "$name: a pull of the rest" [ "$(pulls h:. && echo secret
	    cat "$T/w/got/here")" = here ]
	pushes src/ h:beside
	ok "$name: a push beside it" test -e "$T/w/root/beside/disk/up"
	umount "$T/w/root/disk"
	is "$name: nothing was written below" "$(ls "$T/w/root/disk")" "$1"
}

local_shells
export GATE_ROOT=$T/w/root
for a in $ACCOUNTS; do
	mount --make-rprivate /
	# For root the namespace has what lies below the mount point.
	if [ "$a" = root ]; then
		keeps_to_one_file_system up
	else
		keeps_to_one_file_system ""
	fi
	mount --make-rshared /
	if [ "$a" = root ]; then
		sftp_follows shared "" namespace+
		rsync_follows shared ""
		mount --make-rprivate /
		sftp_follows private "" chroot+
		rsync_is_ended private ""
		continue
	fi
	sftp_follows shared "" landlock
	rsync_follows shared ""
	sftp_follows shared --jail=namespace userns+
	rsync_follows shared --jail=namespace
	mount --make-rprivate /
	sftp_follows private --jail=namespace userns+
	rsync_is_ended private --jail=namespace
	rsync_follows private ""
done
client sftp
client rsync
finish
