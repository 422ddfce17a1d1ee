#!/bin/bash
# filesonlyctl last, report and stale: their figures are what the transfers
# moved, from every form that the record has; what a stranger writes into the
# same log, or a program that is not the gate into the journal, is no entry.
# timeout: 60
. "$(dirname "$0")/lib.sh"
start_sshd

CTL=$T/bin/filesonlyctl
cp "$BUILD/filesonlyctl" "$T/bin/"
a=${ACCOUNTS##* }
root=$(make_root "$a")
log=$(make_log "$a")
head -c 300000 /dev/urandom >"$T/large"
mkdir -p "$T/tree/deep"
for i in 1 2 3 4 5; do
	head -c $((i * 1000)) /dev/urandom >"$T/tree/deep/$i"
done

# The same in both formats: SFTP 300000 in, 300000 out, one removed; rsync 5
# files in; one refusal.
for format in logfmt json; do
	serve "$a" "--audit=$log --audit-format=$format" "$root"
	batch "$a" "put $T/large large" "get large $T/back" "rm large" \
	    "mkdir d" "rmdir d" || note "$(cat "$T/out")"
	rsync_to -r "$T/tree/" "$a:tree-$format"
	ssh_to "$a" id >"$T/out" 2>&1
done
wanted='"sessions":4,"refused":2,"files_in":12,"bytes_in":630000,"files_out":2,"bytes_out":600000,"removed":4'

# row LOG...: the figures of the only row.
row() {
	"$CTL" report --json "$@" | grep -o '"sessions":.*"removed":[0-9]*'
}
is "report: the figures are what was moved" "$(row "$log")" "$wanted"
is "... from standard input, too" "$(row - <"$log")" "$wanted"
is "... of one account" "$(row --account="$a" "$log")" "$wanted"
is "... and none of another" "$(row --account=nobody-else "$log")" ""
"$CTL" report "$log" >"$T/out"
is "report: the table has the row" "$(awk 'NR == 2 {
	print $2, $3, $4, $5, $6, $7, $8, $9 }' "$T/out")" \
    "4 2 12 630000 2 600000 4 \"$a\""
"$CTL" last --json "$log" >"$T/out"
is "last: each session, with how it came out" "$(/usr/bin/python3 -c '
import json, sys
for s in json.load(open(sys.argv[1]))["sessions"]:
    print(s["how"], s["service"] or s["rule"], s["files_in"], s["bytes_in"],
        s["bytes_out"], s["address"])' "$T/out")" "$(for i in 1 2; do
	echo "refused command 0 0 0 "
	echo "ended rsync 5 15000 0 127.0.0.1"
	echo "ended sftp 1 300000 300000 127.0.0.1"
done)"
is "last: as many as are asked for" \
    "$("$CTL" last --count=2 "$log" | wc -l)" 2
like "last: for people" "$("$CTL" last --count=1 "$log")" \
    "20*Z $a * refused: command *"

# What a syslog server makes of it.
sed 's/^/Nov  3 15:36:57 host filesonly[123]: /' "$log" >"$T/syslog"
is "a syslog file means the same" "$(row "$T/syslog")" "$wanted"
sed 's/^/2026-11-30T15:36:57.415+00:00 host filesonly[123]: /' "$log" \
    >"$T/syslog"
is "... with the new kind of dates, too" "$(row "$T/syslog")" "$wanted"
cp "$T/syslog" "$T/mixed"
line=$(grep -m 1 'event=close' "$log" | sed 's/session=[^ ]*/session=f00/')
{
	echo "Nov 30 15:36:57 host sshd[9]: Invalid user x filesonly[1]: $line"
	echo "Nov 30 15:36:57 host filesonly[1]: x $line"
	echo "Nov 30 15:36:57 host filesonlyd[1]: $line"
	echo "x$line"
	echo "${line%ok}\"ok"
	echo 'time=2026-11-30T15:36:57.415Z event=close session="f00'
	echo '{"time":"2026-11-30T15:36:57.415Z","event":"close"'
	head -c 5000 /dev/urandom
} >>"$T/mixed"
is "lines that others wrote, or that are broken, don't count" \
    "$(row "$T/mixed")" "$wanted"
printf '\n%s\n' "$line" >>"$T/mixed"
no "... where one by us would" test "$(row "$T/mixed")" = "$wanted"
for i in $(seq 40); do
	# A byte of it is another one, each time elsewhere.
	cp "$log" "$T/flipped"
	printf '\%o' $((i * 6 % 256)) | dd of="$T/flipped" bs=1 conv=notrunc \
	    seek=$((i * 97)) status=none
	"$CTL" report --json "$T/flipped" >"$T/out" 2>&1 || break
done
is "no damaged log ends it" "$i" 40

# The journal's export: lines of text, one with a newline in its binary form.
/usr/bin/python3 - "$log" "$GATE" >"$T/export" <<'END'
import json, re, struct, sys
out = sys.stdout.buffer
def entry(fields, exe, uid=1000):
    out.write(b"__CURSOR=s=1\n_UID=%d\n_EXE=%s\n" % (uid, exe.encode()))
    for name, value in fields.items():
        name = b"FILESONLY_" + name.upper().replace("-", "_").encode()
        value = str(value).encode("latin-1")
        if b"\n" in value or name == b"FILESONLY_PATH":
            out.write(name + b"\n" + struct.pack("<Q", len(value)) + value)
        else:
            out.write(name + b"=" + value)
        out.write(b"\n")
    out.write(b"\n")
for number, line in enumerate(open(sys.argv[1])):
    if line[0] == "{":
        fields = json.loads(line)
    else:
        fields = dict((k, v.strip('"')) for k, v in
            re.findall(r'([a-z-]+)=("[^"]*"|[^ \n]*)', line))
    # Before an upgrade and after it.
    entry(fields, sys.argv[2] + " (deleted)" * (number % 2))
    # Others who have learned of the session's id.
    entry(dict(fields, event="close", written=10 ** 9, result="ok"),
        sys.argv[2], 1001)
    entry(fields, sys.argv[2] + " (other)")
    fields["session"] = "f00" + fields["session"][3:]
    entry(fields, "/usr/bin/python3")
    fields["session"] = "f01" + fields["session"][3:]
    entry(fields, "")
END
is "the journal's export means the same, by the gate's entries alone" \
    "$(row "$T/export")" "$wanted"
sed 's/^_UID=1001$/_UID=1000/' "$T/export" >"$T/forged"
no "... and by those of the session's own account: others' would count" \
    test "$(row "$T/forged")" = "$wanted"

"$CTL" report --prometheus "$log" >"$T/out"
is "report: Prometheus reads the same" \
    "$(awk '!/^#/ && !/timestamp/ { printf "%s ", $2 }' "$T/out")" \
    "4 2 12 2 630000 600000 4 "
no "... of no account by name" grep -q "$a" "$T/out"
"$CTL" report --prometheus --by-account "$log" >"$T/out"
ok "... unless it is asked for" grep -qxF \
    "filesonly_bytes_in_total{account=\"$a\"} 630000" "$T/out"
ok "... with the time of the last write" awk -v now="$(date +%s)" '
	/^filesonly_last_write/ { age = now - $2; found = age >= 0 && age < 600 }
	END { exit !found }' "$T/out"

# An account of an odd name has moved the same.
sed "s/\"$a\"/\"<b>\&'x\"/; s/\(session[=:\"]*\)./\1z/" "$log" >"$T/odd"
"$CTL" report --html "$log" "$T/odd" >"$T/page.html"
numbers="4 2 12 630000 2 600000 4"
is "report: the page's table has the same numbers" "$(/usr/bin/python3 -c '
import html.parser, sys
class Page(html.parser.HTMLParser):
    cell = False
    def handle_starttag(self, tag, attrs):
        self.cell = tag == "td"
        if tag in ("script", "link", "img", "iframe", "b"):
            print("a", tag)
        if tag == "tr":
            print()
    def handle_endtag(self, tag):
        self.cell = False
    def handle_data(self, data):
        if self.cell and not data.startswith("20"):
            print(data, end=" ")
Page(convert_charrefs=True).feed(open(sys.argv[1]).read())' "$T/page.html" |
    sed '/^$/d; s/ *$//')" "<b>&'x $numbers
$a $numbers"
no "... and takes nothing from elsewhere" grep -qE 'https?:|src=|url\(' \
    "$T/page.html"
ok "... and has no element that a name made" grep -qF '&#60;b&#62;' \
    "$T/page.html"

# stale. line DAYS USER SESSION EVENT...
line() {
	printf 'time=%s event=%s session=%s user="%s" %s\n' \
	    "$(date -u -d "-$1 days" +%Y-%m-%dT%H:%M:%S.000Z)" "$4" "$3" "$2" \
	    "$5"
}
# came DAYS USER BYTES STATUS: a session that wrote so much.
came() {
	SESSION=$((SESSION + 1))
	line "$1" "$2" $SESSION start "service=rsync"
	line "$1" "$2" $SESSION close "path=\"/x\" read=0 written=$3 result=ok"
	[ -z "$4" ] || line "$1" "$2" $SESSION end "status=$4 seconds=1"
}
SESSION=1000
{
	came 1 fresh 5000 0
	came 9 old 5000 0
	came 9 failed 5000 0
	came 1 failed 5000 23
	came 9 cut 5000 0
	came 1 cut 5000 ""
	came 9 small 5000 0
	came 1 small 10 0
	came 1 nothing 0 0
} >"$T/stale.log"
# stale STATUS WORD...: the names that are told.
stale() {
	local wanted=$1
	shift
	"$CTL" stale "$@" "$T/stale.log" >"$T/out" 2>&1
	is "stale $*: the status" $? "$wanted"
	NAMES=$(sed 's/: .*//' "$T/out" | sort | tr '\n' ' ')
}
stale 1 --days=2
is "... names those whose backup stopped coming" "$NAMES" \
    "cut failed nothing old "
stale 1 --days=2 --min-bytes=1K
is "... and those that send next to nothing" "$NAMES" \
    "cut failed nothing old small "
stale 1 --days=2 --min-bytes=0
is "... or counts each session that ended well" "$NAMES" "cut failed old "
stale 0 --days=30 --account=old
is "... nobody, where all is well" "$NAMES" ""
stale 1 --days=2 --account=never-seen
like "an account that never came is told" "$(cat "$T/out")" \
    "never-seen: nothing was written*"
"$CTL" stale --days=2 --account=old --json "$T/stale.log" >"$T/out"
like "stale: as JSON" "$(cat "$T/out")" \
    '{"version":1,"stale":\[{"account":"old","written":*,"bytes":5000}\]}'
if [ "$E2E_NAMESPACE" = yes ]; then
	private_etc
	printf '[user %s]\nroot = /srv\n' waits >"$CONF/filesonly.conf"
	printf '[user reads]\nroot = /srv\nmode = read-only\n' \
	    >>"$CONF/filesonly.conf"
	stale 1 --days=2
	is "accounts of the configuration that may write are waited for" \
	    "$NAMES" "cut failed nothing old waits "
fi

for words in "stale" "stale --days=x" "stale --days=1 --min-bytes=x" \
    "report --json --html" "report --by-account" "report --days=0" \
    "last --count=x" "last --nonsense"; do
	# shellcheck disable=SC2086
	"$CTL" $words "$log" >"$T/out" 2>&1
	is "\"$words\" is a usage error" $? 2
done
for verb in last report "stale --days=1"; do
	# shellcheck disable=SC2086
	"$CTL" $verb "$T/none" >"$T/out" 2>"$T/err"
	is "$verb: a log that is not there is a failure" $? 1
	is "... that is told" "$(cat "$T/err")" "filesonlyctl: can't be read \
(No such file or directory): \"$T/none\""
done
while IFS='|' read -r words said; do
	# shellcheck disable=SC2086
	"$CTL" $words >"$T/out" 2>"$T/err"
	is "\"$words\" hears what is wrong with it" "$(cat "$T/err")" \
	    "filesonlyctl: $said: \"${words#last }\""
done <<'end'
last --nonsense|no such option
last --count|an option that takes a value
last --json=yes|an option without a value
end
is "report: an empty log is an empty report" \
    "$("$CTL" report --json /dev/null)" '{"version":1,"rows":[]}'
for words in last report "last --account=nobody-of-that-name"; do
	# shellcheck disable=SC2086
	"$CTL" $words "$([ "${words#*=}" = "$words" ] && echo /dev/null ||
	    echo "$log")" >"$T/out" 2>"$T/err"
	is "$words: that there is no session is no failure" $? 0
	is "... but is told" "$(cat "$T/err")" \
	    "filesonlyctl: no such session is in the log"
done

finish
