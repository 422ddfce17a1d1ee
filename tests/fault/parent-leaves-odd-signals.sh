#!/bin/bash
# Ignored signals and the mask of blocked ones outlive execve: whatever our
# parent has left, sessions run as ever, and end when they are told to.
. "$(dirname "$0")/../e2e/lib.sh"

# session ACCOUNT NAME ODD...: an rsync and an SFTP session behind env's ODD.
session() {
	local account=$1 name=$2
	shift 2
	cat >"$T/bin/rsh" <<-EOF
	#!/bin/sh
	shift
	SSH_ORIGINAL_COMMAND="\$*" exec env $* "$GATE" "$root"
	EOF
	cat >"$T/bin/sftp" <<-EOF
	#!/bin/sh
	SSH_ORIGINAL_COMMAND=internal-sftp exec env $* "$GATE" "$root"
	EOF
	chmod 755 "$T/bin/rsh" "$T/bin/sftp"
	rm -rf "${root:?}"/*
	as "$account" timeout 20 rsync -r -e "$T/bin/rsh" "$T/up/" x: \
	    >"$T/out" 2>&1
	is "$account: $name: rsync's status" $? 0
	ok "$account: $name: the files came" same_tree "$T/up" "$root"
	as "$account" timeout 20 sftp -q -b - -D "$T/bin/sftp" \
	    >"$T/out" 2>&1 <<<"put $T/up/a b"
	is "$account: $name: sftp's status" $? 0
	ok "$account: $name: the file came" cmp "$T/up/a" "$root/b"
}

# told ACCOUNT NAME ODD...: a session whose client says nothing, and SIGTERM.
told() {
	local account=$1 name=$2 pid become=
	shift 2
	[ "$(id -u)" != 0 ] ||
	    become="setpriv --reuid=$account --regid=$account --clear-groups"
	rm -f "$T/in"
	mkfifo "$T/in"
	# shellcheck disable=SC2086
	$become env "$@" SSH_ORIGINAL_COMMAND="rsync --server -re.iLs . ." \
	    "$GATE" --audit="$log" "$root" <"$T/in" >/dev/null 2>&1 &
	pid=$!
	exec 8>"$T/in"
	ok "$account: $name: control: it has begun" \
	    within 10 grep -q event=start "$log"
	kill -TERM $pid
	wait $pid
	is "$account: $name: SIGTERM ends it" $? 20
	exec 8>&-
	: >"$log"
}

mkdir -p "$T/up/d"
echo a >"$T/up/a"
echo b >"$T/up/d/b"
chmod -R go+rX "$T/up"
ALL=HUP,INT,QUIT,USR1,USR2,PIPE,ALRM,TERM,CHLD,TTIN,TTOU,XCPU,XFSZ,VTALRM
for a in $ACCOUNTS; do
	root=$(make_root "$a")
	log=$(make_log "$a")
	session "$a" control LC_ALL=C
	session "$a" "SIGCHLD ignored" --ignore-signal=CHLD
	session "$a" "SIGCHLD blocked" --block-signal=CHLD
	session "$a" "all of them" --ignore-signal=$ALL --block-signal=$ALL
	told "$a" control LC_ALL=C
	told "$a" "all of them" --ignore-signal=$ALL --block-signal=$ALL
done
client rsync
client sftp
finish
