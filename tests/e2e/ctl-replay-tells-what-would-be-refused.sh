#!/bin/bash
# filesonlyctl replay: the requests that sshd, rssh, scponly and filesonly have
# logged are put to the policy of today, and what would be refused is listed.
# sshd's lines are those of a real one; nothing in a log is believed.
# timeout: 120
. "$(dirname "$0")/lib.sh"
[ "$E2E_NAMESPACE" = yes ] || skip_all "needs a mount namespace"
private_etc
CTL=$T/bin/filesonlyctl
LOGS=$SOURCE/tests/corpus/logs
cp "$BUILD/filesonlyctl" "$T/bin/"
mkdir -m 777 "$T/files"

# configure SERVICES [LINE]
configure() {
	printf '[user plain]\nroot = %s\nservices = %s\n%s\n' "$T/files" "$1" \
	    "${2:-}" >"$CONF/filesonly.conf"
}
# replay STATUS WORD...: ends so; what is said is in $T/out.
replay() {
	local wanted=$1
	shift
	"$CTL" replay "$@" >"$T/out" 2>"$T/err"
	is "replay ${*##*/}: status $wanted" $? "$wanted"
}
sums() {
	is "... $1" "$(tail -n 1 "$T/out")" "requests: $2, refused now: $3, of which new: $4; sessions whose command the log does not tell: $5"
}

# --- sshd ---------------------------------------------------------------------

# start_sshd reads it.
# shellcheck disable=SC2034
ACCOUNTS=plain
start_sshd "LogLevel VERBOSE"
free_key plain
sftp_to plain <<<pwd >/dev/null 2>&1
ssh_to plain true
ssh_to plain </dev/null >/dev/null 2>&1
key_line plain "$GATE $T/files"
sftp_to plain <<<pwd >/dev/null 2>&1
ssh_to plain ls >/dev/null
within 20 grep -q "forced-command.*for plain" "$T/sshd.log"
grep -o "subsystem request .*\|Starting session: .*" "$T/sshd.log" |
    sed 's/port .*//; s/\/tmp\/[^ ]*//g' | sort | uniq -c >"$T/lines"
note "$(cat "$T/lines")"
configure sftp
replay 1 "$T/sshd.log"
sums "of a real sshd" 2 1 1 3
like "... it is the shell" "$(head -n 1 "$T/out")" \
    '1 "plain" "": 1, *there is no shell*'
# As syslog has it, with another program's words between.
sed 's/^/Nov 30 18:00:00 host sshd[77]: /' "$T/sshd.log" >"$T/auth.log"
echo "Nov 30 18:00:01 host CRON[1]: sshd[2]: subsystem request for sftp by user root" \
    >>"$T/auth.log"
replay 1 "$T/auth.log"
sums "the same of syslog" 2 1 1 3
configure rsync
replay 1 "$T/auth.log"
sums "with another service" 2 2 2 3
replay 0 --account=nobody "$T/auth.log"
sums "of another account" 0 0 0 0

# Releases that tell a subsystem twice.
{
	echo "host sshd[9]: subsystem request for sftp by user plain"
	grep -o "Starting session: subsystem 'sftp' for plain .*" \
	    "$T/sshd.log" | sed 's/^/host sshd[9]: /'
} >"$T/twice"
configure sftp
replay 0 "$T/twice"
sums "told twice, counted once" 1 0 0 0

# --- rssh, scponly ------------------------------------------------------------

configure sftp,scp,rsync
replay 0 "$LOGS/rssh"
sums "what rssh refused is nothing new" 4 2 0 1
configure sftp
replay 1 "$LOGS/rssh"
sums "without scp" 4 3 1 1
ok "... it is said which" grep -q '^1 "plain" "scp -t \\"up load\\"": 1, ' \
    "$T/out"
configure sftp,scp,rsync
replay 1 "$LOGS/scponly"
sums "scponly" 4 2 1 0
ok "... the last stamp counts, and it was refused before" grep -q \
    '^1 "plain" "svnserve -t": 1, .*(refused before, too)$' "$T/out"
configure sftp,scp,rsync "mode = write-only"
replay 1 "$LOGS/scponly"
sums "in a drop box" 4 3 2 0
replay 1 "$LOGS/scponly" "$LOGS/rssh"
sums "two logs add up" 8 5 2 1

# --- our own record -------------------------------------------------------------

configure sftp,scp,rsync "audit = $T/record"
: >"$T/record"
own plain "$T/record"
for command in "rsync --server --sender -logDtpre.iLsfxC . ." "md5sum x" \
    $'scp -f "a\\b"\e[31m'; do
	as plain env SSH_ORIGINAL_COMMAND="$command" "$GATE" </dev/null \
	    >/dev/null 2>&1
done
replay 0 "$T/record"
sums "our own record" 3 1 0 0
configure sftp
replay 1 - <"$T/record"
sums "... with less allowed, on standard input" 3 3 2 0
no "no byte of a log reaches a terminal" grep -q $'\e' "$T/out"
ok "... but as text" grep -qF '\x1b[31m' "$T/out"
replay 1 --json "$T/record"
ok "as JSON there are numbers and reasons" /usr/bin/python3 -c '
import json, sys
said = json.load(open(sys.argv[1]))
assert said["version"] == 1 and said["newly_refused"] == 2
assert {r["status"] for r in said["refused"]} == {1}
assert [r["before"] for r in said["refused"]].count(True) == 1' "$T/out"

# --- what is in no log ----------------------------------------------------------

printf '%s\n' "host sshd[1]: Starting session: command for  from x port 1 id 0" \
    "host sshd[1]: subsystem request for sftp by user " \
    "host scponly[1]: running: id (username: (1))" \
    "host rssh[1]: command: id" "host rssh[2]: chroot cmd line: x 2 \"" \
    'event=decide user="x' 'event=decide user="x" request="\q"' "" >"$T/odd"
head -c 20000 /dev/zero | tr '\0' x >>"$T/odd"
replay 0 "$T/odd"
sums "lines that are none" 0 0 0 1
# Strangers choose such names; with -E sshd writes no tag in front of its lines.
named='event=decide user="plain" result=allowed request="id" from 192.0.2.1'
printf '%s\n' "Invalid user x $named" "Invalid user filesonly[1]: $named" \
    "Nov 30 18:00:00 host sshd[1]: Invalid user filesonly[1]: $named" \
    "Invalid user sshd[1]: subsystem request for sftp by user plain" >"$T/odd"
replay 0 "$T/odd"
sums "a name in sshd's line is no request" 0 0 0 0
replay 2
replay 1 "$T/none"
ok "a log that is not there is told" grep -q "can't be read" "$T/err"
client sftp
finish
