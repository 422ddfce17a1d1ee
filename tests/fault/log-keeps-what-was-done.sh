#!/bin/bash
# The receiver of the log is restarted in mid-session, or the log is full:
# nothing is lost, or its loss is told; with audit-loss=refuse nothing is
# changed meanwhile. A session that is killed leaves a readable log.
. "$(dirname "$0")/../e2e/lib.sh"
[ "$E2E_NAMESPACE" = yes ] || skip_all "needs a mount namespace"

RECEIVER=
cleanup_more() {
	[ -z "$RECEIVER" ] || kill "$RECEIVER" 2>/dev/null
	umount -lR /dev
}
cp "$BUILD/tests/fault/receiver" "$T/bin/receiver"

# A /dev and a /run of our own, in which the sockets are ours.
mkdir "$T/dev"
for node in null zero full random urandom tty; do
	touch "$T/dev/$node"
	mount --bind "/dev/$node" "$T/dev/$node"
done
mount --rbind "$T/dev" /dev
mount -t tmpfs tmpfs /run
mkdir -p /run/systemd/journal

receiver_begins() {
	"$T/bin/receiver" "$SOCKET" "$T/received" &
	RECEIVER=$!
	while [ ! -S "$SOCKET" ]; do sleep 0.02; done
}

receiver_ends() {
	kill "$RECEIVER"
	wait "$RECEIVER" 2>/dev/null
	RECEIVER=
	rm -f "$SOCKET"
}

# await COMMAND...: until it succeeds; 20 s at most.
await() {
	local i
	for ((i = 0; i < 400; i++)); do
		"$@" 2>/dev/null && return
		sleep 0.05
	done
	return 1
}

# A session whose commands come one by one by "say".
session_begins() {
	local account=$1 options=$2
	rm -f "$T/commands"
	mkfifo "$T/commands"
	cat >"$T/bin/shell" <<-EOF
	#!/bin/sh
	SSH_ORIGINAL_COMMAND=internal-sftp exec $GATE $options $T/w/root
	EOF
	chmod 755 "$T/bin/shell"
	exec 8<>"$T/commands"
	as "$account" timeout 60 sftp -q -b - -D "$T/bin/shell" \
	    <"$T/commands" >"$T/out" 2>&1 8>&- &
	SESSION=$!
}

say() {
	echo "$*" >&8
}

session_ends() {
	say bye
	wait $SESSION
	STATUS=$?
	exec 8>&-
}

world() {
	rm -rf "$T/w" "$T/received"
	mkdir -p "$T/w/root"
	own "$1" "$T/w"
	chmod 755 "$T/w"
}

# told EVENT PATH: how many lines of the receiver's say so.
told() {
	grep -ac "event=$1 .*path=\"$2\" .*result=ok" "$T/received"
}

# How many processes of ours there are.
gates() {
	local process count=0
	for process in /proc/[0-9]*; do
		[ "$(readlink "$process/exe")" != "$GATE" ] ||
		    count=$((count + 1))
	done
	echo $count
}

# helpers ACCOUNT CLAIM WANTED: a session to syslog has so many processes.
helpers() {
	world "$1"
	receiver_begins
	session_begins "$1" "--audit=syslog"
	say mkdir here
	ok "$1: $2: a line arrives" \
	    await grep -aq 'path="/here"' "$T/received"
	is "$1: ... and so many processes serve" "$(gates)" "$3"
	session_ends
	receiver_ends
}

for a in $ACCOUNTS; do
	SOCKET=/dev/log
	helpers "$a" "control: a socket of its receiver's" 2
	# Debian's: systemd binds it, and journald comes and goes.
	SOCKET=/run/systemd/journal/dev-log
	ln -s $SOCKET /dev/log
	helpers "$a" "a socket below /run/systemd without a systemd" 2
	mkdir /run/systemd/system
	helpers "$a" "a socket that systemd holds" 1
	rmdir /run/systemd/system
	rm /dev/log
done

for a in $ACCOUNTS; do
	for sink in syslog journal; do
		SOCKET=/dev/log
		[ $sink = syslog ] || SOCKET=/run/systemd/journal/socket
		world "$a"
		receiver_begins
		session_begins "$a" "--audit=$sink"
		say mkdir one
		ok "$a $sink: control: a line arrives" \
		    await grep -aq 'path="/one"' "$T/received"
		receiver_ends
		say mkdir two
		say mkdir three
		ok "$a $sink: meanwhile the work goes on" \
		    await test -d "$T/w/root/three"
		receiver_begins
		say mkdir four
		session_ends
		is "$a $sink: the session's status" "$STATUS" 0
		for name in one two three four; do
			is "$a $sink: /$name is told once" \
			    "$(told mkdir /$name)" 1
		done
		is "$a $sink: in order" \
		    "$(grep -ao 'path="/[a-z]*"' "$T/received" | grep -a / |
			tr '\n' ' ')" \
		    'path="/one" path="/two" path="/three" path="/four" '
		like "$a $sink: the end is told, and no loss" \
		    "$(grep -a 'event=end' "$T/received")" "*status=0*"
		no "$a $sink: nothing was lost" grep -aq ' lost=' "$T/received"
		receiver_ends

		# It never comes back: more than is kept is lost, and told.
		world "$a"
		receiver_begins
		session_begins "$a" "--audit=$sink --audit-loss=refuse"
		say mkdir one
		ok "$a $sink, refuse: control: a change" \
		    await test -d "$T/w/root/one"
		receiver_ends
		say -mkdir two
		say -mkdir three
		say ls one
		say -mkdir four
		say get none "$T/none"
		wait $SESSION
		exec 8>&-
		no "$a $sink, refuse: nothing more is changed" \
		    ls -d "$T/w/root/three" "$T/w/root/four"
		like "$a $sink, refuse: the client hears it" \
		    "$(cat "$T/out")" "*three*ermission denied*"
	done

	# rsync, too, is refused before it changes anything.
	world "$a"
	mkdir "$T/w/up"
	echo x >"$T/w/up/x"
	cat >"$T/bin/rsh" <<-EOF
	#!/bin/sh
	shift
	SSH_ORIGINAL_COMMAND="\$*" exec $GATE --audit=syslog \
	    --audit-loss=refuse $T/w/root
	EOF
	chmod 755 "$T/bin/rsh"
	own "$a" "$T/w"
	SOCKET=/dev/log
	as "$a" timeout 30 rsync -r -e "$T/bin/rsh" "$T/w/up/" x: \
	    >"$T/out" 2>"$T/err"
	no "$a: rsync without a log, refuse: fails" [ $? = 0 ]
	no "$a: and nothing came" [ -e "$T/w/root/x" ]
	like "$a: and the client hears why" "$(cat "$T/err")" \
	    "*filesonly: what this session does can't be recorded*"
	receiver_begins
	ok "$a: control: with a log" as "$a" timeout 30 rsync -r \
	    -e "$T/bin/rsh" "$T/w/up/" x:
	ok "$a: it came" cmp "$T/w/up/x" "$T/w/root/x"
	receiver_ends

	# The journal takes a name with a newline as it is, with its length.
	SOCKET=/run/systemd/journal/socket
	world "$a"
	mkdir "$T/w/up"
	echo x >"$T/w/up/"$'new\nline'
	sed -i 's/--audit=syslog/--audit=journal/' "$T/bin/rsh"
	own "$a" "$T/w"
	receiver_begins
	ok "$a: a name with a newline" as "$a" timeout 30 rsync -r \
	    -e "$T/bin/rsh" "$T/w/up/" x:
	ok "$a: is one field in the journal" await /usr/bin/python3 -c '
import struct, sys
value = b"/new\nline"
field = b"\nFILESONLY_PATH\n" + struct.pack("<Q", len(value)) + value + b"\n"
sys.exit(open(sys.argv[1], "rb").read().count(field) != 1)
' "$T/received"
	receiver_ends

	# A file on a disk that is full, and has room again.
	world "$a"
	mkdir "$T/w/small"
	mount -t tmpfs -o size=64k,mode=777 tmpfs "$T/w/small"
	session_begins "$a" "--audit=$T/w/small/log --audit-loss=refuse"
	say mkdir one
	ok "$a: control: a line in a file" \
	    await grep -q 'path="/one"' "$T/w/small/log"
	head -c 200000 /dev/zero >"$T/w/small/fill" 2>/dev/null
	for i in $(seq 40); do
		say -mkdir "d$i"
	done
	say -mkdir last
	say "!touch $T/w/reached"
	ok "$a: the full log is met" await test -e "$T/w/reached"
	no "$a: a full log refuses changes" [ -d "$T/w/root/last" ]
	rm "$T/w/small/fill"
	say mkdir after
	session_ends
	is "$a: with room again: status" "$STATUS" 0
	ok "$a: with room again it goes on" [ -d "$T/w/root/after" ]
	for name in "$T"/w/root/*; do
		name=${name##*/}
		[ "$(grep -c "event=mkdir .*path=\"/$name\" .*result=ok" \
		    "$T/w/small/log")" = 1 ] || fail "$a: $name is not told once"
	done
	# What had half a place stays so, and is there again as a whole.
	no "$a: a line that was torn does not touch the next" \
	    grep -aE '.time=' "$T/w/small/log"
	umount "$T/w/small"

	# Killed in the middle.
	world "$a"
	session_begins "$a" "--audit=$T/w/log --audit-format=json"
	for i in $(seq 30); do
		say mkdir "d$i"
	done
	ok "$a: a session at work" await test -d "$T/w/root/d20"
	victims=$(pgrep -f "^$GATE --audit=$T/w/log")
	# shellcheck disable=SC2086
	kill -9 $victims
	exec 8>&-
	wait $SESSION
	ok "$a: killed: every line can be read" /usr/bin/python3 -c '
import json, sys
for line in open(sys.argv[1]):
    json.loads(line)
' "$T/w/log"
	like "$a: killed: what was done is there" "$(cat "$T/w/log")" \
	    '*"event":"mkdir"*"path":"/d20"*'
done
client sftp
client rsync
finish
