#!/bin/bash
# The limits of an account, on rsync: what it can hold is held and told, what
# it can't hold refuses. Controls first.
# timeout: 200
. "$(dirname "$0")/lib.sh"
start_sshd

head -c 300000 /dev/urandom >"$T/big"
echo small >"$T/small"
for account in $ACCOUNTS; do
	root=$(make_root "$account")
	log=$T/log-$account
	: >"$log"
	own "$account" "$log"
	cp "$T/big" "$root/there"
	own "$account" "$root"

	serve "$account" "--audit=$log" "$root"
	ok "$account: control: a push and a pull without limits" \
	    rsync_to "$T/big" "$account:free"
	for where in "--audit=$log" ""; do
		serve "$account" "$where --max-file-size=200K" "$root"
		no "$account: a file above max-file-size (log: ${where//$T/})" \
		    rsync_to "$T/big" "$account:large"
		no "$account: ... is not there" test -e "$root/large"
		ok "$account: ... a smaller one is" \
		    rsync_to "$T/small" "$account:small"
	done

	serve "$account" "--audit=$log --session-timeout=2" "$root"
	ok "$account: a short session" rsync_to "$account:there" "$T/got"
	ok "$account: ... brings all" cmp "$T/big" "$T/got"
	no "$account: one longer than session-timeout" rsync_to \
	    --bwlimit=10 "$account:there" "$T/slow" 2>"$T/err"
	like "$account: ... is on record" "$(tail -n 1 "$log")" \
	    "*event=end*reason=session-timeout*"
	# The client says nothing, and goes on with it.
	serve "$account" "--audit=$log --idle-timeout=2" "$root"
	sleep 6 | ssh_to "$account" 'rsync --server --sender -re.iLs . there' \
	    >"$T/out" 2>"$T/err"
	like "$account: longer idle than idle-timeout is told" \
	    "$(cat "$T/err")" "*idle-timeout*"
	like "$account: ... and on record" "$(tail -n 1 "$log")" \
	    "*event=end*reason=idle-timeout*"

	serve "$account" "--audit=$log --bandwidth=100K" "$root"
	began=$EPOCHREALTIME
	ok "$account: a pull at a bandwidth" rsync_to --whole-file \
	    "$account:there" "$T/got2"
	is "$account: ... takes its time" "$(awk -v a="$began" \
	    -v b="$EPOCHREALTIME" 'BEGIN { print (b - a > 1.5) }')" 1
	no "$account: a push at a bandwidth" rsync_to "$T/small" \
	    "$account:pushed"
	no "$account: ... is refused" test -e "$root/pushed"
	serve "$account" "--audit=$log --max-session-bytes=1M" "$root"
	no "$account: max-session-bytes" rsync_to "$account:there" "$T/got3"
	no "$account: ... refuses rsync" test -e "$T/got3"
	rm -rf "$root"
done
client rsync
finish
