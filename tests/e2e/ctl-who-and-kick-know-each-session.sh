#!/bin/bash
# filesonlyctl who and kick: each session that runs is there with what it does,
# and nothing else is; one that is kicked ends, is told and on record, and what
# it was at is left as by a connection that was lost.
# timeout: 240
. "$(dirname "$0")/lib.sh"
start_sshd

CTL=$T/bin/filesonlyctl
cp "$BUILD/filesonlyctl" "$T/bin/"
ODD=$'odd \e[31mred\nline'
truncate -s 60M "$T/large"
head -c 3000 /dev/urandom >"$T/small"
mkdir "$T/odd"
cp "$T/large" "$T/odd/$ODD"

# hold: an SFTP upload behind a small one, an rsync push, an scp pull, and a
# checksum that waits, all of them slow.
hold() {
	: >"$log"
	printf 'put %s small\nput %s up\n' "$T/small" "$T/large" |
	    sftp_to "$account" >"$T/sftp" 2>&1 &
	SFTP=$!
	rsync_to -r "$T/odd/" "$account:odd" >"$T/rsync" 2>&1 &
	RSYNC=$!
	timeout 60 scp -O -q -F "$T/ssh_config" "$account:down" "$T/back" \
	    >"$T/scp" 2>&1 &
	SCP=$!
	rm -f "$T/hold"
	mkfifo "$T/hold"
	ssh -F "$T/ssh_config" "$account" sha256sum <"$T/hold" \
	    >"$T/sum" 2>"$T/summing" &
	SUM=$!
	exec 8>"$T/hold"
}

# ended: waits for the clients; FAILED is how many have.
ended() {
	local client
	FAILED=0
	for client in "$SFTP" "$RSYNC" "$SCP" "$SUM"; do
		wait "$client" || FAILED=$((FAILED + 1))
	done
	exec 8>&-
}

# lose: this script's connections are gone at once.
lose() {
	local pid
	pgrep -f "^ssh .*$T/ssh_config" >"$T/connections"
	while read -r pid; do
		kill -KILL "$pid"
	done <"$T/connections"
}

# rows FORMAT: what who told, a line a session, sorted.
rows() {
	/usr/bin/python3 - "$T/who" "$1" <<-'END'
		import json, sys
		for row in sorted(json.load(open(sys.argv[1]))["sessions"],
		    key=lambda row: row["service"]):
		    if "/odd/" in row["file"]:
		        row["file"] = "odd"
		    row["moves"] = "moves" if row["rate"] else "waits"
		    print(sys.argv[2].format(**row))
	END
}

# seen WANTED: do the account's sessions do this?
seen() {
	"$CTL" who --json "--user=$account" >"$T/who" 2>"$T/err" &&
	    [ "$(rows '{service} {direction} {moves} {file}')" = "$1" ]
}

# waited: has the checksum been idle for two seconds?
waited() {
	"$CTL" who --json "--user=$account" >"$T/who" &&
	    [ "$(rows '{service} {idle}' | sed -n 's/^sum //p')" -ge 2 ]
}

# by_record: each session's id and service, as the record has them.
by_record() {
	sed -n 's/.*event=start session=\([0-9a-f]*\) .*service=\([a-z]*\) .*/\2 \1/p' \
	    "$log" | sort
}

id_of() {
	by_record | sed -n "s/^$1 //p"
}

# note_processes: which run the gate, and their children, for nothing_left.
note_processes() {
	local pid
	for pid in /proc/[0-9]*; do
		[ "$(readlink "$pid/exe" 2>/dev/null)" != "$T/bin/filesonly" ] ||
		    echo "${pid#/proc/}"
	done >"$T/gates"
	cp "$T/gates" "$T/processes"
	while read -r pid; do
		pgrep -P "$pid" >>"$T/processes"
	done <"$T/gates"
}

# nothing_left: none of these is there.
nothing_left() {
	local pid
	while read -r pid; do
		case $(readlink "/proc/$pid/exe" 2>/dev/null) in
		"$T/bin/filesonly" | */rsync) return 1 ;;
		esac
	done <"$T/processes"
}

# left: names in the root; of a temporary one only that it is there.
left() {
	(cd "$root" && find . -printf '%P %y\n' |
	    sed -E 's/\.[A-Za-z0-9]{6} f$/ TEMPORARY/' | sort)
}

# began: is each upload under way?
began() {
	[ -s "$root/up" ] && [ -n "$(ls -A "$root/odd")" ]
}

fresh() {
	rm -rf "$root" && make_root "$account" >"$T/out" &&
	    cp "$T/large" "$root/down" && own "$account" "$root"
}

doing='rsync in moves odd
scp out moves /down
sftp in moves /up
sum - waits '
for account in $ACCOUNTS; do
	root=$(make_root "$account")
	log=$(make_log "$account")
	fresh
	serve "$account" "--audit=$log --bandwidth=1M" "$root"

	# --- who ------------------------------------------------------------
	hold
	if [ "$(id -u)" = 0 ]; then
		ok "$account: who sees each session, and what it does" \
		    within 30 seen "$doing"
		[ "$(rows '{service} {direction} {moves} {file}')" = \
		    "$doing" ] ||
		    note "$(rows '{service} {direction} {moves} {file}|')"
		is "$account: the sessions are the record's" \
		    "$(rows '{service} {session}')" "$(by_record)"
		is "$account: whose they are, and from where" \
		    "$(rows '{account} {uid} {address} {virtual}' | uniq)" \
		    "$account $(id -u "$account") 127.0.0.1 False"
		like "$account: since when" \
		    "$(($(date +%s) - $(rows '{since}' | sed -n 1p)))" \
		    "[0-9]*"
		ok "$account: one that waits is idle" within 20 waited
		"$CTL" who >"$T/out" 2>&1
		is "$account: for people: a line a session" \
		    "$(wc -l <"$T/out")" 4
		no "$account: ... and no byte that steers a terminal" \
		    grep -q $'\e' "$T/out"
		like "$account: ... nor a line that a name began" \
		    "$(grep ' rsync ' "$T/out")" '*/odd/*\\x1b\[31mred\\nline*'
		is "$account: another account has none" \
		    "$("$CTL" who --user=nobody)" ""
	else
		ok "$account: who sees its own sessions" within 30 \
		    sh -c "[ \$('$CTL' who 2>'$T/err' | wc -l) = 4 ]"
		like "$account: ... and says that it sees no others" \
		    "$(cat "$T/err")" "*only root sees*"
	fi

	# --- kick -----------------------------------------------------------
	if [ "$(id -u)" = 0 ]; then
		like "$account: kick ends one by its id" \
		    "$("$CTL" kick "$(id_of sftp)"; echo " $?")" \
		    "* $(id_of sftp) \"$account\": ended* 0"
		like "$account: ... on record" "$(grep event=end "$log")" \
		    "* session=$(id_of sftp) *reason=kicked by=0 *"
		is "$account: ... and no other" \
		    "$(grep -c event=end "$log")" 1
		wait "$SFTP"
		SFTP=$RSYNC
		no "$account: it is gone then" "$CTL" kick "$(id_of sftp)"
	fi
	note_processes
	ok "$account: kick ends an account's" "$CTL" kick "$account"
	ok "$account: ... which there were" test -s "$T/gates"
	is "$account: each is on record" \
	    "$(grep -c "reason=kicked by=$(id -u) " "$log")" 4
	ended
	is "$account: ... and fails for its client" $FAILED 4
	like "$account: rsync hears why" "$(cat "$T/rsync")" \
	    "*the administrator has ended this session (kicked)*"
	like "$account: ... a checksum, too" "$(cat "$T/summing")" \
	    "*the administrator has ended this session (kicked)*"
	is "$account: ... and is none" "$(cat "$T/sum")" ""
	ok "$account: nothing is left that runs" within 10 nothing_left
	no "$account: there is nothing to kick" "$CTL" kick "$account"
	ok "$account: what was told done is there" \
	    cmp "$T/small" "$root/small"
	left >"$T/kicked"

	# As a connection that is lost leaves it.
	fresh
	hold
	ok "$account: the same again" within 30 began
	note_processes
	lose
	ended
	ok "$account: a lost connection ends them" within 30 nothing_left
	is "$account: ... and leaves no other names" "$(cat "$T/kicked")" \
	    "$(left)"

	# Uploads that appear when they are whole do not appear.
	fresh
	serve "$account" "--audit=$log --bandwidth=1M --atomic-uploads" \
	    "$root"
	hold
	ok "$account: an upload without a name" within 30 \
	    cmp "$T/small" "$root/small"
	within 30 sh -c "[ \$('$CTL' who 2>/dev/null | wc -l) = 4 ]"
	note_processes
	ok "$account: ... is kicked" "$CTL" kick "$account"
	ended
	no "$account: ... and has none after it" test -e "$root/up"
	ok "$account: ... where the one before it has" \
	    cmp "$T/small" "$root/small"
	ok "$account: nothing is left that runs" within 10 nothing_left
done

# --- whose signal it is --------------------------------------------------------
# By an account's own process, and by one that says to be root.
if [ "$(id -u)" = 0 ]; then
	account=plain
	root=$(make_root plain)
	log=$(make_log plain)
	: >"$log"
	# A client that fails signals what it has started: the gate itself, where
	# no ssh is between.
	cat >"$T/bin/direct" <<-'END'
		#!/bin/bash
		shift
		echo $PPID >"$CLIENT"
		export SSH_ORIGINAL_COMMAND="$*"
		exec "$GATE" "--audit=$LOG" "$ROOT"
	END
	chmod 755 "$T/bin/direct"
	as plain truncate -s 4M "$root/slow"
	: >"$T/client"
	own plain "$T/client"
	as plain env GATE="$GATE" LOG="$log" ROOT="$root" CLIENT="$T/client" \
	    timeout -k 5 60 rsync --bwlimit=10 -e "$T/bin/direct" x:slow \
	    "$T/slow" >"$T/out" 2>&1 &
	fails=$!
	ok "a client without ssh is served" within 20 grep -q event=start "$log"
	kill -TERM "$(cat "$T/client")"
	wait $fails
	ok "... when it fails its session has its last line" within 20 \
	    grep -q event=end "$log"
	no "... and nobody has kicked it" grep -E 'kicked| by=' "$log"
	rm "$root/slow"
	: >"$log"
	mkfifo "$T/waits"
	as plain env -i SSH_CONNECTION="192.0.2.1 1 192.0.2.2 2" \
	    SSH_ORIGINAL_COMMAND=sha256sum "$GATE" "--audit=$log" "$root" \
	    <"$T/waits" >"$T/sum" 2>"$T/summing" &
	waits=$!
	exec 8>"$T/waits"
	ok "a session that waits" within 20 grep -q event=start "$log"
	"$CTL" who --json >"$T/who"
	process=$(rows '{pid}')
	cat >"$T/forge.py" <<-'END'
		import ctypes, signal, struct, sys
		pid = int(sys.argv[1])
		info = struct.pack("<iiiiiI", signal.SIGRTMAX, 0, -1, 0, pid, 0)
		info += bytes(128 - len(info))
		libc = ctypes.CDLL(None, use_errno=True)
		sys.exit(libc.syscall(129, pid, signal.SIGRTMAX, info) != 0)
	END
	if [ "$(uname -m)" = x86_64 ]; then
		ok "one says that root signals" as plain /usr/bin/python3 \
		    - "$process" <"$T/forge.py"
		"$CTL" who --json >"$T/who"
		is "... and ends nothing" "$(rows '{pid} {address}')" \
		    "$process 192.0.2.1"
	fi
	# One that has not told anything yet: it is stopped as it begins.
	cat >"$T/silent.py" <<-'END'
		import ctypes, json, os, subprocess, sys
		pid = os.fork()
		if pid == 0:
		    ctypes.CDLL(None).ptrace(0, 0, None, None)
		    os.set_inheritable(os.open("/dev/null", os.O_RDONLY), True)
		    os.execv(sys.argv[1], sys.argv[1:2])
		os.waitpid(pid, 0)
		for words in ["who", "--json"], ["who"], ["kick", "nobody-such"]:
		    done = subprocess.run(sys.argv[2:] + words,
		        stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
		    told = done.stdout.decode()
		    if "--json" in words:
		        rows = json.loads(told)["sessions"]
		        told = len([row for row in rows if row["pid"] == pid])
		    print(words[0], done.returncode, told if words[1:] else "-")
		os.kill(pid, 9)
		os.waitpid(pid, 0)
	END
	is "a session that has told nothing is there, too" \
	    "$(/usr/bin/python3 "$T/silent.py" "$GATE" "$CTL" 2>&1 |
		tr '\n' ' ')" "who 0 1 who 0 - kick 1  "
	# The gate, stopped likewise, holds what an account has planted: a FIFO
	# whose path looks like a session's file, and such a file of its own.
	mkdir "$T/planted"
	mount -t tmpfs none "$T/planted"
	mkfifo "$T/planted/memfd:filesonly-session x"
	cat >"$T/planted.py" <<-'END'
		import ctypes, json, os, signal, subprocess, sys, time
		gate, ctl, place = sys.argv[1:]
		def stopped(fd):
		    pid = os.fork()
		    if pid == 0:
		        ctypes.CDLL(None).ptrace(0, 0, None, None)
		        os.set_inheritable(fd, True)
		        os.execv(gate, [gate])
		    os.waitpid(pid, 0)
		    return pid
		def ended(pid):
		    os.kill(pid, signal.SIGKILL)
		    os.waitpid(pid, 0)
		fifo = os.open(place + "/memfd:filesonly-session x", os.O_PATH)
		subprocess.run(["umount", "-l", place], check=True)
		print(os.readlink("/proc/self/fd/%d" % fifo), end="|")
		pid = stopped(fifo)
		try:
		    told = subprocess.run([ctl, "who", "--json"], timeout=60,
		        stdout=subprocess.PIPE).stdout
		    print([row["account"] for row in json.loads(told)["sessions"]
		        if row["pid"] == pid], end="|")
		except subprocess.TimeoutExpired:
		    print("is held up", end="|")
		ended(pid)
		page = os.memfd_create("filesonly-session")
		os.write(page, bytes(64) + b'time=2026-11-30T10:00:00Z event=live'
		    b' session="\\x1b[31m\\n1 x" user="planted" service=sftp\n')
		pid = stopped(page)
		kick = subprocess.Popen([ctl, "kick", "planted"],
		    stdout=subprocess.PIPE)
		def is_signalled():
		    status = open("/proc/%d/status" % pid).read()
		    pending = int(status.split("ShdPnd:")[1].split()[0], 16)
		    return pending >> (signal.SIGRTMAX - 1) & 1
		while kick.poll() is None and not is_signalled():
		    time.sleep(0.01)
		ended(pid)
		told = kick.communicate()[0].decode()
		print(kick.returncode, told.replace(str(pid), "PID"), end="")
	END
	planted=$(/usr/bin/python3 "$T/planted.py" "$GATE" "$CTL" \
	    "$T/planted" 2>&1)
	is "a FIFO with a session's path holds nobody up" "${planted%|*}" \
	    "/memfd:filesonly-session x|['$(id -un)']"
	is "a session's id steers no terminal when it is kicked" \
	    "${planted##*|}" '0 PID \x1b[31m\n1 x "planted": ended'
	ok "a copy of the gate" sh -c "mkdir '$T/copy' &&
	    cp '$GATE' '$T/copy/filesonly' && mkfifo '$T/copied'"
	as plain env -i SSH_CONNECTION="192.0.2.3 1 192.0.2.2 2" \
	    SSH_ORIGINAL_COMMAND=sha256sum "$T/copy/filesonly" \
	    "--audit=$log" "$root" <"$T/copied" >"$T/out" 2>&1 8>&- &
	copying=$!
	exec 9>"$T/copied"
	ok "... serves as that does" within 20 grep -q 192.0.2.3 "$log"
	"$CTL" who --json >"$T/who"
	is "... and is no session" "$(rows '{pid} {address}')" \
	    "$process 192.0.2.1"
	ok "... nor for kick, which ends the account's" "$CTL" kick plain
	exec 9>&- 8>&-
	wait "$waits" "$copying"
	like "... which ends by itself" "$(grep 192.0.2.3 -A 9 "$log" |
	    tail -n 1)" "*event=end*status=0*"
fi

"$CTL" who extra >"$T/out" 2>&1
is "who takes no words" $? 2
"$CTL" kick >"$T/out" 2>&1
is "kick wants one" $? 2
finish
