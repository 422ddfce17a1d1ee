#!/bin/bash
# filesonlyd --log-sessions: where there is no syslog, as in a container, the
# record of sessions comes to standard error, a whole line each, marked, and no
# client's name makes a line that says something else.
# timeout: 120
. "$(dirname "$0")/lib.sh"
. "$SOURCE/tests/e2e/filesonlyd.sh"

# filesonlyd.sh sets it.
# shellcheck disable=SC2153
root=$(make_root "$SERVED")
audit=$(make_log "$SERVED")
log=$T/server/log
head -c 300000 /dev/urandom >"$T/file"
keys KEY
# Standard error as an engine has it, a pipe, into which a long line goes in
# pieces. The server's pid stays the one that is started.
printf '%s\n' '#!/bin/bash' "exec $SERVER \"\$@\" 2> >(exec cat >&2)" \
    >"$T/bin/piped"
chmod 755 "$T/bin/piped"
SERVER=$T/bin/piped
start() {
	stop_server
	server --no-penalties --authorized-keys="$T/server/authorized_keys" \
	    "$@" "$root" || exit 1
}
logged() {
	grep -q "$1" "$log"
}
put() {
	sftp_to host <<<"put $T/file $1"
}

start
ok "control: without the option, a put" put first
within 5 logged 'event="connection"'
no "... its session leaves nothing there" logged 'event=open'

start --log-sessions
ok "with it, a put" put second
ok "... leaves its session's lines, marked" within 5 logged \
    '^log=session time=[^ ]* event=close .* path="/second" .* written=300000'
ok "... to the last" within 5 logged '^log=session .* event=end '
ok "... and the connection's, not marked" \
    within 5 logged '^time=[^ ]* event="connection" result="ok"'

start --log-sessions --log-format=json
keys "command=\"filesonly --read-only $root\" KEY"
ok "a key with a command= of its own, a get" \
    sftp_to host <<<"get second $T/back"
ok "... is there as well, as JSON" within 5 logged \
    '^{"log":"session",.*"event":"close",.*"path":"/second",.*"read":300000'
keys KEY

# all_lines SESSIONS: each line is JSON; prints how many files sessions have
# closed, after so many have ended.
all_lines() {
	/usr/bin/python3 - "$log" <<-'END'
		import json, sys
		closed = {}
		connections = 0
		for line in open(sys.argv[1], "rb"):
		    event = json.loads(line)
		    if event.get("log") != "session":
		        connections += event["event"] == "connection"
		    elif event["event"] == "close":
		        closed.setdefault(event["session"], 0)
		        closed[event["session"]] += 1
		print(sorted(closed.values()), connections)
	END
}
ended() {
	[ "$(grep -c '"event":"connection"' "$log")" -ge "$1" ]
}

# Names that would end a line, and such as take 6 bytes for each of theirs.
evil='x
{"time":"now","event":"connection","result":"ok","address":"192.0.2.9"}'
deep=$T/up/$(printf '\001%.0s' {1..180})/$(printf '\002%.0s' {1..180})
deep+=/$(printf '\003%.0s' {1..180})/$(printf '\004%.0s' {1..180})
mkdir -p "$deep"
for i in $(seq 12); do
	echo "$i" >"$deep/$i"
done
echo evil >"$T/up/$evil"
start --log-sessions --log-format=json
for i in 1 2 3 4 5 6; do
	rsync_to -a "$T/up/" "host:r$i/" >"$T/out-$i" 2>&1 &
	pids[i]=$!
done
for i in 1 2 3 4 5 6; do
	wait "${pids[i]}"
	is "rsync $i of six at once" $? 0
done
within 10 ended 6
is "each line is whole, none is lost, none is forged" "$(all_lines)" \
    "[13, 13, 13, 13, 13, 13] 6"
ok "... some of them longer than a pipe takes at once" \
    test "$(wc -L <"$log")" -gt 4096
ok "SFTP with such names" sftp_to host <<<"put -r $T/up sftp"
within 10 ended 7
is "... too" "$(all_lines)" "[13, 13, 13, 13, 13, 13, 13] 7"

start --log-sessions --log-format=json
mkfifo "$T/hold"
sftp_to host <"$T/hold" >/dev/null 2>&1 &
client=$!
exec 6>"$T/hold"
echo "put $T/file third" >&6
within 10 cmp "$T/file" "$root/third"
kill -TERM "$SERVER_PID"
ok "told to end, it drains" within 5 logged '"event":"draining"'
echo "put $T/file fourth" >&6
exec 6>&-
wait $client
is "... a session that runs may end" $? 0
ok "... and so does the server" within 10 no_server
ok "... not before the session's last line" logged \
    '"log":"session",.*"event":"end"'
wait "$SERVER_PID" 2>/dev/null
SERVER_PID=

start --log-sessions --audit="$audit"
ok "where the record has a file, a put" put fifth
ok "... is in that file" within 5 grep -q 'event=close.*path="/fifth"' "$audit"
no "... and not among the server's lines" logged fifth
stop_server
no "what does not go to standard error can't take them: refused" \
    "$T/bin/filesonlyd" --log-sessions --log=syslog "$root"
client sftp
client rsync
finish
