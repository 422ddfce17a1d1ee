#!/bin/bash
# Many clients at once, sftp and rsync, up and down: every transfer is whole,
# and when they have gone no process and no descriptor is left. LONG=yes: 300
# of them for a minute.
# timeout: 120
. "$(dirname "$0")/lib.sh"
. "$SOURCE/tests/e2e/filesonlyd.sh"

crowd=24 rounds=1 seconds=30
[ "${LONG:-}" != yes ] || crowd=300 rounds=1000 seconds=60
root=$(make_root "$SERVED")
head -c 1500000 /dev/urandom >"$T/file"
mkdir "$T/tree"
for i in {1..20}; do
	head -c $((i * 1000)) "$T/file" >"$T/tree/$i"
done
cp -r "$T/file" "$T/tree" "$root"
own "$SERVED" "$root"
keys KEY
server --no-penalties --max-connections=600 --max-per-address=600 \
    --max-logins=600 --authorized-keys="$T/server/authorized_keys" "$root" ||
    exit 1

descriptors() {
	find "/proc/$SERVER_PID/fd" -mindepth 1 | wc -l
}
all_gone() {
	[ "$(pgrep -c -P "$SERVER_PID")" = 0 ]
}
ok "control: one client" sftp_to host <<<"ls file"
within 10 all_gone
before=$(descriptors)

# turn NUMBER: one transfer there and back, compared; by turns of the number.
turn() {
	local mine=$T/crowd/$1
	rm -rf "$mine" "${root:?}/$1"
	mkdir "$mine"
	case $(($1 % 3)) in
	0)
		sftp_to host <<<"put $T/file $1
get $1 $mine/back" >"$mine/out" 2>&1 &&
		    cmp "$T/file" "$mine/back" && cmp "$T/file" "$root/$1"
		;;
	1)
		rsync_to -a "$T/tree/" "host:$1" >"$mine/out" 2>&1 &&
		    rsync_to -a "host:$1/" "$mine/back" >"$mine/out" 2>&1 &&
		    diff -r "$T/tree" "$mine/back" && diff -r "$T/tree" "$root/$1"
		;;
	2)
		sftp_to host <<<"put -r $T/tree $1
get -r $1 $mine/back" >"$mine/out" 2>&1 &&
		    diff -r "$T/tree" "$mine/back" && diff -r "$T/tree" "$root/$1"
		;;
	esac
}

# one NUMBER: its turns, until the time is over or one has failed.
one() {
	local done=0
	while ((done < rounds && SECONDS < end)); do
		turn "$1" >"$T/crowd.$1" 2>&1 || {
			echo "client $1 failed in turn $done:"
			tail -n 3 "$T/crowd.$1" "$T/crowd/$1/out"
			return 1
		}
		done=$((done + 1))
	done
	echo $done >"$T/crowd.$1"
}
mkdir "$T/crowd"
end=$((SECONDS + seconds))
for ((i = 0; i < crowd; i++)); do
	one $i >"$T/failed.$i" 2>&1 &
	pids[i]=$!
done
failed=0
for ((i = 0; i < crowd; i++)); do
	wait "${pids[i]}" || failed=$((failed + 1))
done
is "$crowd clients at once: transfers that failed or differ" $failed 0
[ $failed = 0 ] || note "$(cat "$T"/failed.* | head -n 20)"
note "transfers there and back: $(cat "$T"/crowd.* | awk '{ s += $1 }
    END { print s }')"
within 20 all_gone
is "no process is left" $? 0
is "no descriptor is left" "$(descriptors)" "$before"
no "the log has no crash" grep -q 'result="crashed"' "$T/server/log"
client sftp
client rsync
finish
