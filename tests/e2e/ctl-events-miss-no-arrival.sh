#!/bin/bash
# filesonlyctl events: each file that arrives is told, by its last name and when
# it is whole, over restarts of its own and of the log's receiver, and rotations
# of both kinds; a command gets the very file, whatever a customer makes of its
# name meanwhile.
# timeout: 240
SHARED=yes
. "$(dirname "$0")/lib.sh"
[ "$E2E_NAMESPACE" = yes ] || skip_all "needs a mount namespace"

CTL=$T/bin/filesonlyctl
cp "$BUILD/filesonlyctl" "$T/bin/"
LOG=$T/log/auth.log
CURSOR=$T/cursor
mkdir "$T/log" "$T/dev"
: >"$LOG"
FOLLOWER=
RECEIVER=
cleanup_more() {
	[ -z "$FOLLOWER" ] || kill "$FOLLOWER" 2>/dev/null
	[ -z "$RECEIVER" ] || kill "$RECEIVER" 2>/dev/null
	umount -lR /dev
}

# A /dev of our own, in which the log's socket is ours.
for node in null zero full random urandom tty; do
	touch "$T/dev/$node"
	mount --bind "/dev/$node" "$T/dev/$node"
done
mount --rbind "$T/dev" /dev || exit 1
ln -s /proc/self/fd /dev/fd
cat >"$T/receiver.py" <<'END'
# A syslog server: each datagram a line, as such servers write them.
# Told to end, it takes no more, and writes what it has taken.
import os, re, signal, socket, sys
receiver = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
receiver.bind("/dev/log")
os.chmod("/dev/log", 0o666)
signal.signal(signal.SIGTERM, lambda *_: receiver.shutdown(socket.SHUT_RD))
log = os.open(sys.argv[1], os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o644)
while line := receiver.recv(65536):
    os.write(log, re.sub(rb"^<\d+>(\w+ +\d+ [0-9:]+) ", rb"\1 host ", line) +
        b"\n")
END

receiver_begins() {
	/usr/bin/python3 "$T/receiver.py" "$LOG" 2>"$T/receiver" &
	RECEIVER=$!
	within 20 [ -S /dev/log ]
}

receiver_ends() {
	kill "$RECEIVER"
	wait "$RECEIVER" 2>/dev/null
	rm -f /dev/log
}

follower_begins() {
	"$CTL" events --follow --cursor-file="$CURSOR" --type=arrived,partial \
	    "$LOG" >>"$T/events" 2>"$T/follower" &
	FOLLOWER=$!
}

follower_ends() {
	kill -KILL "$FOLLOWER"
	wait "$FOLLOWER" 2>/dev/null
}

# logged N: the log has that many files, rotated parts included.
logged() {
	[ "$(cat "$T"/log/* | grep -c "event=close.*path=\"/$2/")" -ge "$1" ]
}

# told MEMBER [TYPE]: what the events say, once each, sorted.
told() {
	/usr/bin/python3 - "$T/events" "$1" "${2:-arrived}" <<-'END'
		import json, sys
		said = set()
		for line in open(sys.argv[1]):
		    try:
		        event = json.loads(line)
		    except ValueError:
		        continue # the follower was killed while it wrote this
		    if event["type"] == sys.argv[3]:
		        said.add(str(event[sys.argv[2]]))
		print("\n".join(sorted(said)))
	END
}

# paths FILE: of the events in it, in their order.
paths() {
	/usr/bin/python3 -c 'import json, sys
for line in open(sys.argv[1]):
    print(json.loads(line)["path"])' "$1"
}

# told_more_than N: have more files arrived, those told twice counted?
told_more_than() {
	[ "$(grep -c '"arrived"' "$T/events")" -gt "$1" ]
}

# all_told DIRECTORY: have all its files arrived?
all_told() {
	[ "$(told path | grep -c "^/$1/")" = 1000 ]
}

account=plain
root=$(make_root $account)
start_sshd
receiver_begins
serve $account --sync=no "$root"
mkdir "$T/many"
for i in $(seq 1000); do
	echo "$i" >"$T/many/f$i"
done
wanted() {
	seq -f "/$1/f%g" 1000
}

# --- names that come at the end -------------------------------------------------

# Each stays held until then: none of them may cost a look at all the others.
awk 'BEGIN {
	for (i = 0; i < 100000; i++)
		printf "time=2026-11-30T15:36:%02d.415Z event=close " \
		    "session=a user=\"anna\" path=\"/d/f%d\" written=1 read=0 " \
		    "result=ok src=rsync then=name\n", i / 20000, i
	print "time=2026-11-30T15:37:00.000Z event=end session=a " \
	    "user=\"anna\" status=0"
}' >"$T/large"
is "a hundred thousand files of one session take seconds, not minutes" \
    "$( (ulimit -t $((10 * ${TEST_SLOW:-1})) &&
	"$CTL" events --type=arrived "$T/large") | grep -c '"/d/f')" 100000
rm "$T/large"

# --- two thousand files -------------------------------------------------------
# Each is cut four times: the follower is killed, the receiver restarted, the
# log renamed, or copied and emptied.
follower_begins
within 60 [ -s "$CURSOR" ]
{
	echo "mkdir a"
	for i in $(seq 1000); do
		echo "put $T/many/f$i a/f$i"
	done
} >"$T/batch"
sftp_to $account <"$T/batch" >"$T/out" 2>&1 &
sending=$!
within 60 logged 100 a
follower_ends
receiver_ends
mv "$LOG" "$LOG.2"
receiver_begins
follower_begins
within 60 logged 300 a
# A log that is emptied before anything of it was read is lost.
within 60 told_more_than "$(grep -c event=close "$LOG.2")"
receiver_ends
cp "$LOG" "$LOG.1"
: >"$LOG"
receiver_begins
within 60 logged 500 a
follower_ends
within 60 logged 700 a
receiver_ends
mv "$LOG.1" "$LOG.3"
mv "$LOG" "$LOG.1"
receiver_begins
follower_begins
ok "1,000 files are sent by SFTP" wait $sending
ok "... all of them are told" within 60 all_told a

rsync_to -r "$T/many/" $account:b >"$T/out" 2>&1 &
sending=$!
within 60 logged 100 b
follower_ends
within 60 logged 300 b
receiver_ends
receiver_begins
follower_begins
within 60 logged 500 b
within 60 told_more_than 1000
follower_ends
receiver_ends
# The cursor may still stand in what the log was before, which stays.
cp "$LOG" "$LOG.4"
: >"$LOG"
receiver_begins
follower_begins
ok "1,000 files are sent by rsync" wait $sending
ok "... all of them are told" within 60 all_told b
(wanted a; wanted b) >"$T/wanted"
told path >"$T/said"
is "each has arrived, and nothing else" \
    "$(LC_ALL=C.UTF-8 sort "$T/said" | diff - <(sort "$T/wanted"))" ""
is "... with its size" "$(told bytes)" "2
3
4
5"
is "none is a part" "$(told path partial)" ""
is "the follower has lost nothing" "$(cat "$T/follower")" ""
ids=$(told id | wc -l)
is "each event has an id of its own" "$ids" 2000
ok "the cursor is kept" within 20 sh -c "[ -s '$CURSOR' ]"
follower_ends
FOLLOWER=

# --- what arrives, and what does not --------------------------------------------
: >"$T/events"
follower_begins
: >"$T/empty"
echo content >"$T/file"
echo other >"$T/other"
batch $account "mkdir c" "put $T/file c/x.part" "rename c/x.part c/x" \
    "put $T/empty c/empty" "put $T/file c/gone" "rm c/gone" \
    "mkdir c/dir" "put $T/file c/dir/f" "rename c/dir c/moved" ||
    note "$(cat "$T/out")"
rsync_to --delay-updates "$T/file" "$T/other" $account:c/ ||
    fail "rsync delays"
rsync_to -n "$T/many/f1" $account:c/never || fail "rsync pretends"
scp -O -q -F "$T/ssh_config" "$T/empty" $account:c/by-scp ||
    fail "scp sends"
cat >"$T/expected" <<'END'
/c/by-scp
/c/empty
/c/file
/c/moved/f
/c/other
/c/x
END
ok "what has arrived has its last name, also what is empty" within 40 \
    sh -c "$(declare -f told); T='$T'; told path | cmp -s - '$T/expected'"
is "... and nothing else has" "$(told path)" "$(cat "$T/expected")"

# A part, by a connection that is lost.
# shellcheck disable=SC2034 # key_line asks for it
SHARED=no
truncate -s 60M "$T/large"
serve $account --bandwidth=1M "$root"
echo "put $T/large large" | sftp_to $account >"$T/out" 2>&1 &
sending=$!
within 40 test -s "$root/large"
pgrep -f "^ssh .*$T/ssh_config" >"$T/connections"
pgrep -f "ssh .*$T/ssh_config.*sftp" >>"$T/connections"
sort -u "$T/connections" | while read -r pid; do
	kill -KILL "$pid" 2>/dev/null
done
wait $sending
a_part() {
	[ "$(told path partial)" = /large ]
}
ok "a part of a file is told as one" within 40 a_part
is "... and has not arrived" "$(told path | grep -c large)" 0
follower_ends
FOLLOWER=
# shellcheck disable=SC2034
SHARED=yes
serve $account "" "$root"

# --- a log whose place is its beginning -----------------------------------------
new=$T/log/new
: >"$new"
"$CTL" events --cursor-file="$T/new.cursor" "$new" >"$T/out"
cat "$LOG" >>"$new"
"$CTL" events --type=arrived "$new" >"$T/wanted"
ok "control: something has arrived" [ -s "$T/wanted" ]
mv "$new" "$new.1"
: >"$new"
ok "a log that was rotated before its first line was read" \
    "$CTL" events --cursor-file="$T/new.cursor" --type=arrived "$new"
is "... is told whole" "$(paths "$T/ok.out")" "$(paths "$T/wanted")"

# --- a command for each -----------------------------------------------------------
cat >"$T/bin/handler" <<'END'
#!/usr/bin/python3
import json, os, sys
event = json.load(sys.stdin)
name = event["path"].encode("latin-1")
try:
    content = os.read(3, 100).decode()
except OSError:
    content = "nothing\n"
with open(sys.argv[1], "ab") as out:
    out.write(b"%s %s %s" % (name, event["opened"] and b"opened" or b"shut",
        content.encode()))
sys.exit(os.path.exists(sys.argv[1] + ".fails"))
END
chmod 755 "$T/bin/handler"
handled() {
	rm -f "$T/handled"
	"$CTL" events --cursor-file="$CURSOR" --type=arrived \
	    --account=$account "$LOG" --exec --root="$root" -- \
	    "$T/bin/handler" "$T/handled" >"$T/out" 2>&1
}
# All that is there is told by now, and done with.
"$CTL" events --cursor-file="$CURSOR" "$LOG" >"$T/out"
odd='; touch pwned; $(touch pwned) "'
mkdir "$T/outside"
echo secret >"$T/outside/secret"
send() {
	batch $account "mkdir d" "put $T/file d/plain" "put $T/file d/swapped" \
	    "put $T/file d/pipe" || note "$(cat "$T/out")"
	rsync_to "$T/file" "$account:d/$odd" || fail "an odd name"
	batch $account "mkdir e" "put $T/file e/secret"
}
all="/d/$odd opened content
/d/pipe opened content
/d/plain opened content
/d/swapped opened content
/e/secret opened content"
send
cp "$CURSOR" "$T/before"
ok "a command is run for each" handled
is "... and has each file for its descriptor 3" \
    "$(sort "$T/handled")" "$all"
no "... and no word of a name was run" \
    test -e pwned -o -e "$root/pwned" -o -e "$T/pwned"

# The same events again, but the customer has been there meanwhile.
cp "$T/before" "$CURSOR"
ln -sfn "$T/outside/secret" "$root/d/swapped"
rm -r "$root/e" "$root/d/pipe"
ln -s "$T/outside" "$root/e"
mkfifo "$root/d/pipe"
is "control: by their names they lead outside" \
    "$(cat "$root/d/swapped" "$root/e/secret")" "secret
secret"
ok "names lead elsewhere meanwhile: the command is run" \
    timeout 30 "$CTL" events --since="$(cat "$T/before")" --type=arrived \
    "$LOG" --exec --root="$root" -- "$T/bin/handler" "$T/swapped"
is "... and gets nothing that is outside, nor waits" \
    "$(sort "$T/swapped")" "/d/$odd opened content
/d/pipe shut nothing
/d/plain opened content
/d/swapped shut nothing
/e/secret shut nothing"

# The root is the configuration's, where no other is said.
printf '[defaults]\nroot = %s\n' "$root" >"$T/f.conf"
rm -f "$T/swapped"
ok "by the configuration's root" "$CTL" events \
    --since="$(cat "$T/before")" --type=arrived "$LOG" --exec \
    --config="$T/f.conf" -- "$T/bin/handler" "$T/swapped"
like "... the same" "$(sort "$T/swapped")" "*/d/plain opened content*"

# A command that fails: again, and then an end that can be seen.
touch "$T/handled.fails"
cp "$T/before" "$CURSOR"
handled
is "a command that fails ends it" $? 1
is "... when it was tried four times" "$(wc -l <"$T/handled")" 4
like "... which says so" "$(cat "$T/out")" "*has not taken this event*"
rm "$T/handled.fails"
ok "... and the next time" handled
is "... it gets that event, too" "$(wc -l <"$T/handled")" 5

# --- the journal's export, and what is wrong ----------------------------------------
# Beside each entry one by another program, and by another account that has
# learned of the session's id.
/usr/bin/python3 - "$LOG" "$GATE" >"$T/export" <<'END'
import re, sys
number = 0
for line in open(sys.argv[1]):
    fields = re.findall(r'([a-z-]+)=("[^"\\]*"|[^ \n"]+)(?= |$)', line)
    for exe, uid in (sys.argv[2], 1000), ("/usr/bin/python3", 1000), (
        sys.argv[2], 1001):
        number += 1
        print("__CURSOR=c%d\n_UID=%d\n_EXE=%s" % (number, uid, exe))
        for key, value in fields:
            value = value.strip('"')
            if uid == 1001 and value == "close":
                value = "remove"
            if exe != sys.argv[2] and key == "path":
                value = "/forged"
            print("FILESONLY_%s=%s" % (key.upper().replace("-", "_"), value))
        print()
END
awk -v RS= -v ORS='\n\n' '!/_UID=1001/ && !/python3/' "$T/export" |
    "$CTL" events --type=arrived - >"$T/events"
wanted=$(told path)
"$CTL" events --type=arrived - <"$T/export" >"$T/events"
like "the journal's export tells the same" "$wanted" \
    "*/d/plain*/d/swapped*/e/secret*"
is "... by the gate's entries and the sessions' accounts alone" \
    "$(told path)" "$wanted"
ok "... whose uid it tells" grep -q '"uid":1000,' "$T/events"
sed 's/^_UID=1001$/_UID=1000/' "$T/export" |
    "$CTL" events --type=arrived - >"$T/events"
no "... others' would have removed what arrived" \
    test "$(told path)" = "$wanted"
"$CTL" events --type=arrived - <"$T/export" >"$T/events"
like "... with the journal's cursors" "$(tail -n 1 "$T/events")" \
    '*"cursor":"journal c[0-9]*"*'
"$CTL" events --since="log 999999999 0123456789abcdef" "$LOG" >"$T/out" 2>&1
is "a place that is in no file is told" $? 1
like "... as what may be missing" "$(cat "$T/out")" "*may be missing*"
"$CTL" events --since="journal c1" "$LOG" >"$T/out" 2>&1
is "another log's cursor is none" $? 1
for words in "--type=arrived,gone $LOG" "--exec $LOG" "$LOG -- true" \
    "$LOG $LOG" "--no-such $LOG"; do
	# shellcheck disable=SC2086
	"$CTL" events $words >"$T/out" 2>&1
	is "usage: $words" $? 2
done
receiver_ends
RECEIVER=
finish
