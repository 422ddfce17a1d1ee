#!/bin/bash
# A full disk and a read error are told and the session lives on; an upload
# that is cut off leaves the part that arrived, as SFTP clients expect (they
# resume it).
. "$(dirname "$0")/lib.sh"
start_sshd

for account in $ACCOUNTS; do
	root=$(make_root "$account")
	serve "$account" "" "$root"
	head -c 3000000 /dev/urandom >"$T/big"
	echo small >"$T/small"

	# sftp's limit makes it slow enough to be cut while it writes.
	timeout 60 sftp -q -l 4000 -F "$T/ssh_config" -b - "$account" \
	    <<<"put $T/big cut" >/dev/null 2>&1 &
	pid=$!
	within 10 test -s "$root/cut"
	kill -9 "$(command cat "/proc/$pid/task/$pid/children" |
	    cut -d' ' -f1)" $pid
	wait $pid 2>/dev/null
	size=$(stat -c %s "$root/cut")
	ok "$account: the upload was cut off ($size of 3000000)" \
	    [ "$size" -gt 0 -a "$size" -lt 3000000 ]
	ok "$account: what arrived is there" cmp -n "$size" "$T/big" "$root/cut"
	ok "$account: and sftp resumes it" \
	    sftp_to "$account" <<<"reput $T/big cut"
	ok "$account: to the whole" cmp "$T/big" "$root/cut"

	if [ "$E2E_NAMESPACE" != yes ]; then
		skip "$account: a full disk" "needs a mount namespace"
		continue
	fi
	mkdir "$root/full"
	mount -t tmpfs -o size=1m,mode=777 tmpfs "$root/full"
	printf '%s\n' "put $T/small full/before" "-put $T/big full/big" \
	    "rm full/big" "put $T/small full/after" "get full/before $T/got" |
	    sftp_to "$account" >"$T/out" 2>&1
	is "$account: a session outlives a full disk" $? 0
	like "$account: the full disk is told" "$(cat "$T/out")" \
	    "*remote*ailure*"
	ok "$account: what came before is whole" \
	    cmp "$T/small" "$root/full/before"
	ok "$account: so is what came after" cmp "$T/small" "$root/full/after"
	umount "$root/full"

	# A file whose every read fails: the speed of a loop.
	: >"$root/bad"
	mount --bind /sys/class/net/lo/speed "$root/bad"
	no "$account: control: the file can't be read" cat "$root/bad"
	echo good >"$root/good"
	printf '%s\n' "-get bad $T/bad" "get good $T/good" |
	    sftp_to "$account" >"$T/out" 2>&1
	is "$account: a session outlives a read error" $? 0
	like "$account: the read error is told" "$(cat "$T/out")" "*read*bad*"
	is "$account: ... and no byte has come" \
	    "$(cat "$T/bad" 2>/dev/null)" ""
	ok "$account: what came after is whole" cmp "$root/good" "$T/good"
	rm -f "$T/bad" "$T/good"
	rsync_to -r "$account:/" "$T/back/" >"$T/out" 2>&1
	is "$account: rsync's status tells a read error" $? 23
	ok "$account: ... and the rest has come" cmp "$root/good" "$T/back/good"
	umount "$root/bad"
	rm -r "$T/back"
done
client sftp
client rsync
finish
