#!/bin/bash
# rsync logs a file before it compares its checksum. The record, and the events
# that are made of it, say of each what became of it: with bytes that were
# altered on their way, once and for good, by each way of keeping a part, from
# clients that are quiet and with each rsync that is here.
. "$(dirname "$0")/lib.sh"

CTL=$BUILD/filesonlyctl
find_rsyncs

# The client's remote shell: alters a word in what the client sends, that many
# times, and says something as the client's program would.
cat >"$T/bin/relay" <<'EOP'
#!/usr/bin/python3
import os, subprocess, sys, threading
os.environ["SSH_ORIGINAL_COMMAND"] = " ".join(sys.argv[2:])
gate = subprocess.Popen([os.environ["GATE"], "--audit=" + os.environ["LOG"],
    "--rsync=" + os.environ["PROGRAM"], os.environ["ROOT"]],
    stdin=subprocess.PIPE)
def pass_on():
    times = int(os.environ["TIMES"])
    said = os.environ.get("SAY", "").encode()
    seen = 0
    while data := os.read(0, 1 << 16):
        if said and seen >= 4 and data[3:4] == b"\x07":
            data = (len(said) | 9 << 24).to_bytes(4, "little") + said + data
            said = b""
        seen += len(data)
        if times > 0 and b"the content" in data:
            data = data.replace(b"the content", b"another one", 1)
            times -= 1
        gate.stdin.write(data)
        gate.stdin.flush()
    gate.stdin.close()
threading.Thread(target=pass_on, daemon=True).start()
os._exit(gate.wait())
EOP
chmod 755 "$T/bin/relay"

# push TIMES OPTION...: the altered bytes are in a; b comes behind it.
push() {
	local times=$1
	shift
	: >"$LOG"
	as "$account" env GATE="$GATE" ROOT="$ROOT" LOG="$LOG" SAY="${SAY-}" \
	    PROGRAM="$program" TIMES="$times" timeout 60 \
	    rsync -t -e "$T/bin/relay" "$@" "$T/up/a" "$T/up/b" \
	    "x:${TO-here}" >"$T/out" 2>"$T/err"
}

# told: what the record has, as "PATH [THEN] RESULT".
told() {
	sed -n 's/.*event=close .*path="\([^"]*\)".* new=[a-z]*\( then=[a-z]*\)\{0,1\} result=/\1\2 /p' \
	    "$LOG"
}

# arrived: what the events have, as "TYPE PATH".
arrived() {
	"$CTL" events --type=arrived,partial "$LOG" |
	    sed -n 's/.*"type":"\([a-z]*\)".*"path":"\([^"]*\)".*/\1 \2/p'
}

# fresh [CONTENT]: the destination, with an older a where one is given.
fresh() {
	rm -rf "$ROOT"
	mkdir -p "$ROOT/here"
	[ -z "${1-}" ] || echo "$1" >"$ROOT/here/a"
	own "$account" "$ROOT"
}

mkdir "$T/up"
echo "the beginning, the content" >"$T/up/a"
echo "something else" >"$T/up/b"
for account in $ACCOUNTS; do
	ROOT=$(make_root "$account")
	LOG=$(make_log "$account")
	for program in $RSYNCS; do
		version=$("$program" --version | awk 'NR == 1 { print $3 }')
		name="$account, rsync $version"

		fresh
		push 0
		is "$name: control: a push" $? 0
		is "$name: ... both are told" "$(told)" \
		    "/here/a ok"$'\n'"/here/b ok"
		is "$name: ... and have arrived" "$(arrived)" \
		    "arrived /here/a"$'\n'"arrived /here/b"

		fresh "an old one"
		push 1
		is "$name: altered once, it comes again" $? 0
		is "$name: ... the first was discarded" "$(told)" \
		    "/here/a then=again discarded
/here/b ok
/here/a ok"
		is "$name: ... it has arrived once" "$(arrived | sort)" \
		    "arrived /here/a"$'\n'"arrived /here/b"
		is "$name: ... and is there" \
		    "$(cat "$ROOT/here/a")" "$(cat "$T/up/a")"

		fresh "an old one"
		push 2
		is "$name: altered at both tries" $? 23
		is "$name: ... both were discarded" "$(told)" \
		    "/here/a then=again discarded
/here/b ok
/here/a discarded"
		is "$name: ... it has not arrived" "$(arrived)" \
		    "arrived /here/b"
		is "$name: ... and is what it was" \
		    "$(cat "$ROOT/here/a")" "an old one"
		push 2 -v
		is "$name: ... the same where the client is told" "$(told)" \
		    "/here/a then=again discarded"$'\n'"/here/a discarded"

		for how in --partial --inplace; do
			fresh "an old one"
			push 2 $how
			is "$name: with $how" $? 23
			is "$name: ... it was retained" "$(told)" \
			    "/here/a then=again retained
/here/b ok
/here/a retained"
			is "$name: ... a part of it" "$(arrived | sort)" \
			    "arrived /here/b"$'\n'"partial /here/a"
			like "$name: ... which is there" \
			    "$(cat "$ROOT/here/a")" "*another one"
		done

		fresh "the beginning,"
		truncate -s -1 "$ROOT/here/a"
		push 1 --append
		is "$name: appended, and altered once" "$? $(told)" \
		    "0 /here/a then=again retained
/here/b ok
/here/a ok"

		fresh "an old one"
		push 2 --delay-updates
		is "$name: with --delay-updates it is set aside" "$? $(told)" \
		    "23 /here/a then=again set-aside
/here/b then=name ok
/here/a set-aside"

		fresh
		TO=new/ push 1
		is "$name: a directory that is made quietly" $? 0
		is "$name: ... and of which nothing is said" \
		    "$(cat "$T/out" "$T/err")" ""
		# By the time of the line the second may have come.
		like "$name: ... the first is ok if its name has the file" \
		    "$(told | tr '\n' ' ')" "/new/a * /new/b ok /new/a ok "
		is "$name: ... they have arrived" \
		    "$(arrived | grep -c ^arrived)" \
		    "$(told | grep -c ok)"
		fresh
		TO=new/ push 2
		is "$name: ... and not where it never is" "$? $(told)" \
		    "23 /new/a unknown
/new/b ok
/new/a discarded"
		no "$name: ... nor arrives" grep /new/a <(arrived | grep ^arr)

		# A message that ends in no newline, as no rsync sends one.
		fresh
		SAY="hello" push 0 --checksum-choice=md5
		is "$name: a client that says something" $? 0
		like "$name: control: it was heard" "$(cat "$T/out")" "*hello*"
		is "$name: ... hides nothing by it" "$(told)" \
		    "/here/a ok"$'\n'"/here/b ok"
		fresh
		SAY=$(printf '%1500s' x) push 0 --checksum-choice=md5
		no "$name: ... with a long one it fails" [ $? = 0 ]
		ok "$name: ... and its session ends for want of a record" \
		    within 20 grep -q "event=end .*reason=no-record" "$LOG"
	done
done
client rsync
finish
