#!/bin/bash
# Keys that are exchanged anew in mid-transfer, by the client every 1 MiB and
# 16 MiB and by the server every 1 GiB, both directions at once and with a
# program that is stopped meanwhile: every byte arrives. LONG=yes moves 3 GiB
# each way by each cipher, so that the server's own turn comes.
# timeout: 90
. "$(dirname "$0")/lib.sh"
. "$SOURCE/tests/e2e/filesonlyd.sh"

root=$(make_root "$SERVED")
size=$((24 << 20))
pairs="chacha20-poly1305@openssh.com:1M aes128-ctr:16M"
if [ "${LONG:-}" = yes ]; then
	size=$((3 << 30))
	pairs=
	for cipher in chacha20-poly1305@openssh.com aes256-gcm@openssh.com \
	    aes128-gcm@openssh.com aes256-ctr aes128-ctr; do
		pairs+=" $cipher:16M"
	done
	pairs+=" chacha20-poly1305@openssh.com:1M"
fi
# Random, but made fast.
openssl enc -aes-128-ctr -pass pass:x -nosalt -pbkdf2 </dev/zero 2>/dev/null |
    head -c $size >"$root/down"
own "$SERVED" "$root/down"
keys KEY
server --no-penalties --authorized-keys="$T/server/authorized_keys" "$root" ||
    exit 1
ssh -F "$T/ssh_config" -o LogLevel=DEBUG2 host true >"$T/offered" 2>&1 \
    </dev/null

# exchanges FILE: how many of them a client's debugging output tells.
exchanges() {
	grep -c 'SSH2_MSG_NEWKEYS received' "$1"
}

# move_both CIPHER LIMIT: up and down at once over one connection.
move_both() {
	local control=$T/control pids=() status=0 pid
	rm -f "$root/up" "$T/got"
	timeout 900 ssh -F "$T/ssh_config" -o Ciphers="$1" \
	    -o RekeyLimit="$2" -o LogLevel=DEBUG1 -M -S "$control" -N host \
	    2>"$T/master" &
	pid=$!
	within 20 [ -S "$control" ]
	timeout 900 sftp -q -o ControlPath="$control" -F "$T/ssh_config" \
	    -b - host <<<"put $root/down up" >"$T/out.up" 2>&1 &
	pids+=($!)
	timeout 900 sftp -q -o ControlPath="$control" -F "$T/ssh_config" \
	    -b - host <<<"get down $T/got" >"$T/out.down" 2>&1 &
	pids+=($!)
	stop_for_a_while
	wait "${pids[0]}" || status=1
	wait "${pids[1]}" || status=1
	ssh -F "$T/ssh_config" -S "$control" -O exit host 2>/dev/null
	wait $pid
	return $status
}

# Both gates stop in mid-transfer, and go on.
stop_for_a_while() {
	local monitor gates
	within 20 [ -s "$T/got" ]
	monitor=$(pgrep -P "$SERVER_PID")
	gates=$(pgrep -P "$monitor" -x filesonly)
	# Pids, one word each.
	# shellcheck disable=SC2086
	kill -STOP $gates && sleep 0.5 && kill -CONT $gates
}

for pair in $pairs; do
	cipher=${pair%:*}
	limit=${pair#*:}
	if ! grep -q "ciphers ctos:.*$cipher" "$T/offered"; then
		skip "$cipher" "it is not offered on this machine"
		continue
	fi
	ok "$cipher, anew each ${limit}iB: both ways at once" \
	    move_both "$cipher" "$limit"
	ok "... every byte up" cmp "$root/down" "$root/up"
	ok "... every byte down" cmp "$root/down" "$T/got"
	least=$((size / (${limit%M} << 20)))
	ok "... and $least exchanges at the least" \
	    [ "$(exchanges "$T/master")" -ge "$least" ]
done
no "the log has no crash" grep -q 'result="crashed"' "$T/server/log"
client sftp
finish
