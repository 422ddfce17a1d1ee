#!/bin/bash
# filesonlyd's log: one line a connection, with what an operator asks for, on
# stderr, in JSON, for the journal and to syslog; probes are counted and leave
# no line. LONG=yes waits for the minute's line as well.
# timeout: 150
. "$(dirname "$0")/lib.sh"
. "$SOURCE/tests/e2e/filesonlyd.sh"

root=$(make_root "$SERVED")
head -c 300000 /dev/urandom >"$T/file"
ssh-keygen -q -t ed25519 -N '' -f "$T/stranger"
keys KEY
fingerprint=$(ssh-keygen -lf "$T/client_key.pub" | cut -d' ' -f2)
start() {
	stop_server
	server --no-penalties --authorized-keys="$T/server/authorized_keys" \
	    "$@" "$root" || exit 1
}
lines() {
	grep -c "$1" "$T/server/log"
}
# logged COUNT PATTERN: waits for so many lines and tells them.
has_lines() {
	[ "$(lines "$2")" -ge "$1" ]
}
logged() {
	within 5 has_lines "$1" "$2"
	lines "$2"
}
stranger() {
	sed "s|^IdentityFile .*|IdentityFile $T/stranger|" "$T/ssh_config" \
	    >"$T/stranger_config"
	timeout 60 sftp -q -F "$T/stranger_config" -b - somebody@host <<<pwd
}
# probe [TEXT]: a connection of no SSH client.
probe() {
	# lib.sh sets it.
	# shellcheck disable=SC2153
	exec 6<>"/dev/tcp/127.0.0.1/$PORT"
	read -r -t 5 -u 6 _
	exec 6>&-
}

# --- a line a connection ---------------------------------------------------

start
ok "a transfer" sftp_to host <<<"put $T/file up"
is "one line for it" "$(logged 1 'event="connection"')" 1
line=$(grep 'event="connection"' "$T/server/log")
for field in 'time="20[0-9T:-]*Z"' 'result="ok"' 'address="127.0.0.1"' \
    'port=[0-9]*' 'user="anybody"' "key=\"$fingerprint\"" \
    'client="SSH-2.0-OpenSSH_[^"]*"' 'kex="[a-z0-9@.-]*"' \
    'cipher="[a-z0-9@.-]*"' 'requests=1' 'in=3[0-9]\{5\}' \
    'out=[1-9][0-9]*' 'seconds=[0-9]*' 'reason="[^"]*disconnected[^"]*"'; do
	ok "... with $field" grep -q " $field\( \|$\)" <<<" $line"
done
no "a stranger's key" stranger
is "one line for it" "$(logged 1 'result="refused"')" 1
like "... which says who and why" "$(grep 'result="refused"' "$T/server/log")" \
    '*user="somebody" because="the key is not listed"*'
probe
probe
probe
ok "control: a session after three probes" sftp_to host <<<pwd
is "... has a line" "$(logged 3 'event="connection"')" 3
if [ "${LONG:-}" = yes ]; then
	within 70 has_lines 1 'event="summary"'
	like "the probes are counted in the minute's line" \
	    "$(grep summary "$T/server/log")" '*no-banner=3 turned-away=0*'
	probe
	sleep 0.5
fi
stop_server
is "probes are counted at the end, if not before" \
    "$(sed -n 's/.*event="summary" no-banner=\([0-9]*\).*/\1/p' \
	"$T/server/log" | awk '{ s += $1 } END { print s }')" \
    "$(if [ "${LONG:-}" = yes ]; then echo 4; else echo 3; fi)"

# --- a peer's bytes --------------------------------------------------------

start
exec 6<>"/dev/tcp/127.0.0.1/$PORT"
read -r -t 5 -u 6 _
printf 'SSH-2.0-\033[31m" event="x\\\r\n' >&6
exec 6>&-
is "who greets and leaves before a key exchange has a line, too" \
    "$(logged 1 'result="no-login".*client="SSH-2.0-')" 1
no "a client's version forges nothing" grep -q ' event="x' "$T/server/log"
no "... and no byte of it is a terminal's" grep -q $'\033' "$T/server/log"

exec 6<>"/dev/tcp/127.0.0.1/$PORT"
read -r -t 5 -u 6 _
printf 'GET / HTTP/1.0\r\n\r\n' >&6
timeout 20 cat <&6 >/dev/null
exec 6>&-
# A scanner takes the host key, which costs a key exchange, and leaves.
timeout 20 ssh-keyscan -t ed25519 -p "$PORT" 127.0.0.1 >"$T/scanned" 2>/dev/null
ok "control: a scanner gets the host key" grep -q ssh-ed25519 "$T/scanned"
is "... and has a line" \
    "$(logged 1 'result="no-login".*client="SSH-2.0-OpenSSH-keyscan')" 1
no "... which what is no SSH client's has not" grep -q GET "$T/server/log"

# --- a monitor that is late ------------------------------------------------

# Two messages wait for it when its network process has ended already.
start
timeout 60 ssh -F "$T/ssh_config" -M -S "$T/mux" -N host 2>"$T/err" &
master=$!
within 10 [ -S "$T/mux" ]
mkfifo "$T/hold"
timeout 60 sftp -q -o ControlPath="$T/mux" -F "$T/ssh_config" host \
    <"$T/hold" >"$T/out" 2>&1 &
client_pid=$!
exec 6>"$T/hold"
rm -f "$root/up"
echo "put $T/file up" >&6
within 10 cmp "$T/file" "$root/up"
monitor=$(pgrep -P "$SERVER_PID")
network=$(pgrep -P "$monitor" -x filesonlyd)
kill -STOP "$monitor"
# timeout's child is sftp, and its child ssh.
kill "$(pgrep -P "$(pgrep -P $client_pid)")"
exec 6>&-
wait $client_pid 2>/dev/null
sleep 0.3
kill $master
wait $master 2>/dev/null
network_ended() {
	grep -q '^State:.*Z' "/proc/$network/status"
}
within 10 network_ended
is "the network process ends before its monitor looks" $? 0
kill -CONT "$monitor"
logged 1 'event="connection"' >"$T/out"
like "... whose line has the bytes and the reason all the same" \
    "$(grep 'event="connection"' "$T/server/log")" \
    '* in=3[0-9][0-9][0-9][0-9][0-9] *reason="?*"'

# --- JSON and the journal --------------------------------------------------

start --log-format=json --log=journal
within 5 grep -q listening "$T/server/log"
sftp_to host <<<pwd >"$T/out" 2>&1
stranger >"$T/out" 2>&1
within 5 has_lines 2 connection
ok "the journal's form: each line is a level and JSON" /usr/bin/python3 -c '
import json, re, sys
levels = {}
for line in open(sys.argv[1]):
    level, text = re.fullmatch("<([0-7])>(.*)\n", line).groups()
    event = json.loads(text)
    levels[event.get("result", event["event"])] = level
    if event.get("result") == "ok":
        assert event["key"] == sys.argv[2] and event["in"] > 0, event
assert levels["ok"] == "6" and levels["refused"] == "5", levels
' "$T/server/log" "$fingerprint"

# --- syslog ----------------------------------------------------------------

# The socket must be ours, in this script's namespace.
if [ "$E2E_NAMESPACE" != yes ]; then
	skip "syslog" "needs a mount namespace"
	finish
fi
mkdir "$T/dev"
for node in null zero full random urandom tty; do
	[ -e /dev/$node ] || continue
	touch "$T/dev/$node"
	mount --bind /dev/$node "$T/dev/$node"
done
mount --rbind "$T/dev" /dev || exit 1
ln -s /proc/self/fd /dev/fd
cat >"$T/receiver.py" <<'END'
import os, socket, sys
receiver = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
receiver.bind("/dev/log")
os.chmod("/dev/log", 0o666)
while True:
    sys.stdout.write(receiver.recv(65536).decode() + "\n")
    sys.stdout.flush()
END
timeout 60 /usr/bin/python3 "$T/receiver.py" >"$T/syslog" 2>"$T/err" &
receiver=$!
within 10 [ -S /dev/log ]
stop_server
: >"$T/server/log"
port=$((20000 + RANDOM % 12000))
as "$SERVED" "$SERVER" --listen=127.0.0.1:$port --log=syslog \
    --host-key="$T/server/host_key" --no-penalties \
    --authorized-keys="$T/server/authorized_keys" "$root" \
    2>"$T/server/log" &
as_pid=$!
within 10 grep -q 'event="host-key"' "$T/syslog"
sed -i "s/^Port .*/Port $port/" "$T/ssh_config"
echo "[127.0.0.1]:$port $(cat "$T/host_key.pub")" >>"$T/known_hosts"
ok "syslog: a transfer" sftp_to host <<<"get up $T/down"
no "syslog: a stranger" stranger
within 5 grep -q 'result="refused"' "$T/syslog"
is "one line each" "$(grep -c 'event="connection"' "$T/syslog")" 2
# authpriv is 10: 86 is its info, 85 its notice.
like "... with facility, level and name" \
    "$(grep 'result="ok"' "$T/syslog")" "<86>*filesonlyd\[*\]: time=*"
like "... a refused one's level is higher" \
    "$(grep 'result="refused"' "$T/syslog")" "<85>*"
is "... and nothing on stderr" "$(cat "$T/server/log")" ""
kill "$(pgrep -f "$SERVER --listen=127.0.0.1:$port" | head -n 1)"
wait $as_pid
kill $receiver
wait $receiver 2>/dev/null
umount -lR /dev
finish
