#!/bin/bash
# The limits of an account, on rsync: what is hit is told to the client and in
# the log, and nothing of what was not limited is lost. Controls first.
# timeout: 200
. "$(dirname "$0")/lib.sh"
start_sshd

head -c 300000 /dev/urandom >"$T/big"
echo small >"$T/small"
cat >"$T/silent" <<EOF
#!/bin/bash
exec 3< <(head -c 100000; exec sleep 60)
waiter=\$!
ssh -F "$T/ssh_config" "\$@" <&3
kill "\$waiter"
EOF
chmod 755 "$T/silent"
for account in $ACCOUNTS; do
	root=$(make_root "$account")
	log=$(make_log "$account")
	cp "$T/big" "$root/there"
	own "$account" "$root"
	# What another account brought looks up to date within a second.
	rm -f "$T"/got* "$T/slow"

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

	# A client that takes what it is told, and says nothing any more. The
	# server asks it whether it is there, which is no sign of life.
	timeout 60 rsync -e "$T/silent" -t "$T/big" "$account:half" \
	    >"$T/out" 2>"$T/err"
	like "$account: silent in the middle of a push is idle" \
	    "$(tail -n 1 "$log")" "*event=end*reason=idle-timeout*"
	serve "$account" "--audit=$log --idle-timeout=60" "$root"
	ok "$account: control: one that goes on" rsync_to "$T/big" \
	    "$account:half"
	ok "$account: ... brings all" cmp "$T/big" "$root/half"

	serve "$account" "--audit=$log --bandwidth=100K" "$root"
	began=$EPOCHREALTIME
	ok "$account: a pull at a bandwidth" rsync_to --whole-file \
	    "$account:there" "$T/got2"
	is "$account: ... takes its time" "$(awk -v a="$began" \
	    -v b="$EPOCHREALTIME" 'BEGIN { print (b - a > 1.5) }')" 1
	began=$EPOCHREALTIME
	ok "$account: a push at a bandwidth" rsync_to --whole-file "$T/big" \
	    "$account:pushed"
	ok "$account: ... brings all" cmp "$T/big" "$root/pushed"
	is "$account: ... takes its time" "$(awk -v a="$began" \
	    -v b="$EPOCHREALTIME" 'BEGIN { print (b - a > 1.5) }')" 1

	serve "$account" "--audit=$log --max-session-bytes=1M" "$root"
	ok "$account: a push below max-session-bytes" rsync_to "$T/big" \
	    "$account:below"
	ok "$account: ... brings all" cmp "$T/big" "$root/below"
	like "$account: ... and the log has its bytes" "$(tail -n 1 "$log")" \
	    "*event=end*status=0*in=3*out=*"
	ok "$account: a pull below it" rsync_to "$account:there" "$T/got3"
	ok "$account: ... brings all" cmp "$T/big" "$T/got3"
	is "$account: a failure keeps its status" "$(rsync_to \
	    "$account:missing" "$T" >"$T/out" 2>&1; echo $?)" 23
	serve "$account" "--audit=$log --max-session-bytes=200K" "$root"
	for way in "$T/big $account:above" "$account:there $T/above"; do
		# Two words.
		# shellcheck disable=SC2086
		no "$account: one above it" rsync_to --whole-file $way
		like "$account: ... is told" "$(cat "$T/ok.out")" \
		    "*as many bytes as it may (max-session-bytes)*"
		like "$account: ... and on record" "$(tail -n 1 "$log")" \
		    "*event=end*reason=max-session-bytes*"
	done
	no "$account: ... and leaves no half of a file there" \
	    test -e "$root/above"
	no "$account: ... nor here" test -e "$T/above"
	# What a program says at its end comes through a slow pipe.
	serve "$account" "--audit=$log --max-session-bytes=1G" "$root"
	ok "$account: a client that is slow" sh -c "
	    timeout 60 ssh -F '$T/ssh_config' '$account' \
	    'rsync --server --sender -re.iLs . there' </dev/null |
	    { sleep 1; cat; } >'$T/slow-out' 2>'$T/err'"
	ok "$account: ... gets what there is" test -s "$T/slow-out"
	rm -rf "$root"
done
client rsync
finish
