#!/bin/bash
# Clients that break the rules, by raw packets: the server stays up and small,
# serves others meanwhile, and leaves no process behind.
# timeout: 240
. "$(dirname "$0")/lib.sh"
. "$SOURCE/tests/e2e/filesonlyd.sh"

root=$(make_root "$SERVED")
log=$(make_log "$SERVED")
head -c 4000000 /dev/urandom >"$T/file"
ssh-keygen -q -t rsa -b 3072 -m PEM -N '' -f "$T/client_key-rsa"
ssh-keygen -q -t ed25519 -N '' -f "$T/authority"
ssh-keygen -q -s "$T/authority" -I id -n anybody "$T/client_key.pub"
keys KEY "$(cat "$T/client_key-rsa.pub")"
server --no-penalties --login-grace=3 \
    --authorized-keys="$T/server/authorized_keys" "--audit=$log" "$root" ||
    exit 1
ok "control: an honest client" sftp_to host <<<"put $T/file file"

all_gone() {
	[ "$(pgrep -c -P "$SERVER_PID")" = 0 ]
}
# The largest resident set of the server's processes, in KiB.
largest() {
	local pid
	for pid in $SERVER_PID $(pgrep -P "$SERVER_PID") \
	    $(pgrep -P "$(pgrep -d, -P "$SERVER_PID")" 2>/dev/null); do
		awk '/^VmHWM/ { print $2 }' "/proc/$pid/status" 2>/dev/null
	done | sort -n | tail -n 1
}

# The CPU of the server and its dead, in 1/100 s.
used() {
	awk '{ print $14 + $15 + $16 + $17 }' "/proc/$SERVER_PID/stat"
}
gates() {
	grep -c event=start "$log"
}
# attack CASE: starts it; HOSTILE is its pid.
attack() {
	timeout 60 /usr/bin/python3 "$SOURCE/tests/e2e/hostile_ssh.py" \
	    127.0.0.1 "$PORT" "$T/client_key" "$1" >"$T/case" 2>"$T/err" &
	HOSTILE=$!
}
# largest_while_it_lasts: in KiB; at least one look.
largest_while_it_lasts() {
	local size=0 now
	while :; do
		now=$(largest)
		((${now:-0} > size)) && size=$now
		kill -0 $HOSTILE 2>/dev/null || break
		sleep 0.3
	done
	echo "$size"
}

before_login="silence drip garbage_banner wrong_signature fifty_keys gssapi
certificate channel_before_login"
after_login="cut_at_every_byte sha1_rsa window_overrun odd_windows zero_packet
many_requests many_channels two_requests endless_rekeying kexinit_and_garbage"
for case in $before_login $after_login; do
	before=$(used) ran=$(gates)
	attack "$case"
	sleep 0.2
	size=$(largest_while_it_lasts)
	wait $HOSTILE
	status=$?
	while IFS= read -r line; do
		case $line in
		"ok "*) pass "$case: ${line#ok }" ;;
		*) fail "$case: ${line#not ok }" ;;
		esac
	done <"$T/case"
	is "$case: the case came to its end" $status 0
	[ $status = 0 ] || note "$(tail -n 5 "$T/err")"
	ok "$case: no process is larger than 64 MiB: $size KiB" \
	    [ "$size" -lt 65536 ]
	within 15 all_gone
	is "$case: no process is left behind" $? 0
	ok "$case: it took less than 5 s of CPU" [ $(($(used) - before)) -lt 500 ]
	[[ " $before_login " != *[[:space:]]"$case"[[:space:]]* ]] ||
	    is "$case: no gate was run" "$(gates)" "$ran"
	no "$case: the server is there" no_server
done
# Each again for as long as another client takes, which is served.
for case in silence drip window_overrun endless_rekeying odd_windows; do
	attack "$case"
	sleep 0.2
	ok "$case: others are served meanwhile" sftp_to host <<<"get file $T/got"
	ok "$case: ... whole" cmp "$T/file" "$T/got"
	kill $HOSTILE 2>/dev/null
	wait $HOSTILE 2>/dev/null
done
within 15 all_gone
is "no process is left behind" $? 0
client paramiko

# --- a stranger's GSSAPI opens no file -------------------------------------

# opens CASE: the files that a server opens for it, by name.
opens() {
	local plain=$SERVER
	stop_server
	printf '%s\n' '#!/bin/sh' "exec strace -f -qq -o $T/calls \
	    -e trace=open,openat,openat2 $plain \"\$@\"" >"$T/bin/traced"
	chmod 755 "$T/bin/traced"
	: >"$T/calls"
	own "$SERVED" "$T/calls"
	SERVER=$T/bin/traced server --no-penalties \
	    --authorized-keys="$T/server/authorized_keys" "$root" || return
	: >"$T/calls"
	attack "$1"
	wait $HOSTILE
	within 15 traced_is_alone
	# strace ends with what it traces.
	kill "$(pgrep -P "$SERVER_PID")"
	wait "$SERVER_PID"
	SERVER_PID=
	grep -ao '"[^"]*"' "$T/calls" | sort -u
}
traced_is_alone() {
	[ "$(pgrep -c -P "$(pgrep -P "$SERVER_PID")")" = 0 ]
}
opens greets_only >"$T/control"
ok "control: the host key is opened" grep -q host_key "$T/control"
opens gssapi >"$T/opened"
is "gssapi: no more files are opened than for a greeting" \
    "$(comm -13 "$T/control" "$T/opened")" ""
server --no-penalties --login-grace=3 \
    --authorized-keys="$T/server/authorized_keys" "--audit=$log" "$root" ||
    exit 1

# --- a bit that flips on its way -------------------------------------------

ssh -vv -F "$T/ssh_config" -o LogLevel=DEBUG2 host true >"$T/out" 2>&1 \
    </dev/null
ciphers=$(awk '/peer server KEXINIT/ { peer = 1 }
	peer && /ciphers ctos/ { print $NF; exit }' "$T/out" | tr -d '\r')
ok "the ciphers that are offered are known" [ -n "$ciphers" ]
for cipher in ${ciphers//,/ }; do
	for at in 0 150000; do
		exec 5< <(/usr/bin/python3 "$SOURCE/tests/e2e/flip_bit.py" \
		    "$PORT" $((at == 0 ? 1 << 40 : at)))
		read -r -u 5 relay
		rm -f "$root/flipped"
		sed "s/^Port .*/Port $relay/" "$T/ssh_config" >"$T/relayed"
		echo "[127.0.0.1]:$relay $(cut -d' ' -f2- "$T/known_hosts")" \
		    >>"$T/known_hosts"
		timeout 10 sftp -q -F "$T/relayed" -o Ciphers="$cipher" -b - \
		    host <<<"put $T/file flipped" >"$T/out" 2>&1
		status=$?
		exec 5<&-
		if [ $at = 0 ]; then
			is "$cipher: control: through a relay" $status 0
			ok "$cipher: ... whole" cmp "$T/file" "$root/flipped"
		else
			like "$cipher: one bit flipped: the session ends at once" \
			    $status "[!0]*"
			no "$cipher: ... by the server" [ $status = 124 ]
			no "$cipher: ... and nothing whole is there" \
			    cmp "$T/file" "$root/flipped"
		fi
	done
done

# --- a process that is killed ----------------------------------------------

for victim in network gate client; do
	rm -f "$T/hold"
	mkfifo "$T/hold"
	timeout 60 sftp -q -F "$T/ssh_config" host <"$T/hold" >"$T/out" 2>&1 &
	client_pid=$!
	exec 6>"$T/hold"
	echo "put $T/file first" >&6
	within 10 cmp "$T/file" "$root/first"
	monitor=$(pgrep -P "$SERVER_PID" | head -n 1)
	gate=$(pgrep -P "$monitor" -x filesonly)
	network=$(pgrep -P "$monitor" -x filesonlyd)
	case $victim in
	network) kill -9 "$network" ;;
	gate) kill -9 "$gate" ;;
	client) kill -9 "$(pgrep -P $client_pid | head -n 1)" ;;
	esac
	exec 6>&-
	wait $client_pid 2>/dev/null
	within 15 all_gone
	is "$victim killed: all of its connection ends" $? 0
	rm -f "$root/first"
	ok "$victim killed: others are served" sftp_to host <<<"ls file"
done
like "a network process that was killed is in the log" \
    "$(grep 'signal=9' "$T/server/log")" '*result="crashed"*'

# --- a channel that is closed before its program has ended -----------------

within 15 all_gone
timeout 60 ssh -F "$T/ssh_config" -M -S "$T/mux" -N host 2>"$T/err" &
master=$!
within 10 [ -S "$T/mux" ]
rm -f "$T/hold"
mkfifo "$T/hold"
timeout 60 sftp -q -o ControlPath="$T/mux" -F "$T/ssh_config" host \
    <"$T/hold" >"$T/out" 2>&1 &
client_pid=$!
exec 6>"$T/hold"
rm -f "$root/first"
echo "put $T/file first" >&6
within 10 cmp "$T/file" "$root/first"
gate=$(pgrep -P "$(pgrep -P "$SERVER_PID")" -x filesonly)
kill -STOP "$gate"
# timeout's child is sftp, and its child ssh.
kill "$(pgrep -P "$(pgrep -P $client_pid)")"
exec 6>&-
wait $client_pid 2>/dev/null
for i in 1 2; do
	ok "channel $i after one whose program has not ended" timeout 60 sftp \
	    -q -o ControlPath="$T/mux" -F "$T/ssh_config" -b - host \
	    <<<"ls file"
done
is "... which has not indeed" \
    "$(pgrep -P "$(pgrep -P "$SERVER_PID")" -x filesonly)" "$gate"
kill -CONT "$gate"
kill $master
wait $master 2>/dev/null
within 15 all_gone
is "... and all of it ends" $? 0

# --- idle and stopped clients ----------------------------------------------

# ticks PID: user and system time of a process.
ticks() {
	awk '{ print $14 + $15 }' "/proc/$1/stat"
}
truncate -s 4G "$root/large"
own "$SERVED" "$root/large"
echo "get large $T/large" | timeout 60 sftp -q -F "$T/ssh_config" -b - host \
    >"$T/out" 2>&1 &
client_pid=$!
download_runs() {
	[ "$(stat -c %s "$T/large" 2>/dev/null || echo 0)" -gt 1000000 ]
}
within 20 download_runs
# timeout's child is sftp, and its child ssh.
ssh_pid=$(pgrep -P "$(pgrep -P $client_pid)")
kill -STOP "$ssh_pid"
sleep 0.5
monitor=$(pgrep -P "$SERVER_PID")
network=$(pgrep -P "$monitor" -x filesonlyd)
gate=$(pgrep -P "$monitor" -x filesonly)
before=$(($(ticks "$network") + $(ticks "$gate")))
sleep 5
after=$(($(ticks "$network") + $(ticks "$gate")))
ok "a client that is stopped in mid-download: nothing spins" \
    [ $((after - before)) -le 5 ]
kill -CONT "$ssh_pid"
kill "$client_pid"
wait "$client_pid" 2>/dev/null
rm -f "$T/large"
within 15 all_gone
is "... and all of it ends" $? 0
before=$(ticks "$SERVER_PID")
sleep 1
ok "... nor while all is idle" [ $(($(ticks "$SERVER_PID") - before)) -le 1 ]
finish
