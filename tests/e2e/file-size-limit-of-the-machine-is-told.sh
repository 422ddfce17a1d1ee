#!/bin/bash
# A limit of the machine on the size of files (ulimit -f): the client hears
# that a file is too large: on SFTP in words, on rsync by its status of failed
# input or output. Neither is killed.
. "$(dirname "$0")/lib.sh"
start_sshd
head -c 600000 /dev/urandom >"$T/big"
echo small >"$T/small"

for account in $ACCOUNTS; do
	root=$(make_root "$account")
	log=$(make_log "$account")
	serve "$account" "--audit=$log" "$root"
	ok "$account: control: a large file by sftp" batch "$account" \
	    "put $T/big big"
	ok "$account: control: ... by rsync" rsync_to "$T/big" "$account:big2"
	rm -f "$root"/big*
	for limit in "" --max-file-size=1G; do
		# sshd runs it by the account's shell; in blocks of 1 KiB.
		key_line "$account" \
		    "ulimit -f 200 && exec $GATE --audit=$log $limit $root"
		printf '%s\n' "-put $T/big big" "put $T/small small" |
		    sftp_to "$account" >"$T/out" 2>&1
		is "$account: $limit: sftp's session outlives it" $? 0
		like "$account: ... which is told" "$(cat "$T/out")" \
		    "*remote*big*ailure*"
		ok "$account: ... what came after is whole" \
		    cmp "$T/small" "$root/small"
		rsync_to "$T/big" "$account:big2" >"$T/out" 2>&1
		is "$account: $limit: rsync ends with its own status" $? 11
		no "$account: ... and leaves no file" [ -e "$root/big2" ]
		ok "$account: ... a small one arrives" \
		    rsync_to "$T/small" "$account:small2"
		rm -f "$root"/big* "$root"/small*
	done
done
client sftp
client rsync
finish
