#!/bin/bash
# filesonlyctl explain: for each command its status, its reason, the jail and
# the words that are executed are those of the gate itself, which is run with
# the same options; and nothing happens meanwhile.
# timeout: 120
. "$(dirname "$0")/lib.sh"

CTL=$T/bin/filesonlyctl
LACK=$T/bin/lack
WORDY=$T/bin/wordy
cp "$BUILD/filesonlyctl" "$BUILD/tests/fault/lack" "$BUILD/tests/fault/wordy" \
    "$T/bin/"
KEY='
import json, sys
def walk(value, names):
    for name in names:
        value = value[int(name) if isinstance(value, list) else name]
    return value
value = walk(json.load(open(sys.argv[1])), sys.argv[2:])
print("\n".join(value) if isinstance(value, list) else value)'

# fact NAME...: one value of the last explanation.
fact() {
	/usr/bin/python3 -c "$KEY" "$T/explained" "$@"
}

# run_gate ACCOUNT COMMAND WORD...: the gate, as sshd runs it. Sets GATE_STATUS.
run_gate() {
	local account=$1 command=$2
	shift 2
	as "$account" env -i SSH_CONNECTION="127.0.0.1 1 127.0.0.1 2" \
	    SSH_ORIGINAL_COMMAND="$command" "$@" \
	    <"$T/in" >"$T/gate.out" 2>"$T/gate.err"
	GATE_STATUS=$?
}

# explain ACCOUNT WORD...: sets STATUS; the facts are in $T/explained.
explain() {
	local account=$1
	shift
	"$CTL" explain --user="$account" --json "$@" <"$T/in" \
	    >"$T/explained" 2>"$T/err"
	STATUS=$?
}

# same CLAIM ACCOUNT OPTIONS COMMAND: explained as it happens.
same() {
	local claim=$1 a=$2 options=$3 command=$4 log=$T/w/log
	: >"$log"
	own "$a" "$log"
	# Options are words.
	# shellcheck disable=SC2086
	run_gate "$a" "$command" "$GATE" --audit="$log" --rsync="$WORDY" \
	    $options "$ROOT"
	tree_of "$T/w" "%T@" >"$T/before"
	# shellcheck disable=SC2086
	explain "$a" -- --audit="$log" --rsync="$WORDY" $options "$ROOT" \
	    "$command"
	is "$claim: the status is the gate's" "$STATUS" "$GATE_STATUS"
	is "$claim: ... and stands in the facts" "$(fact status)" "$STATUS"
	tree_of "$T/w" "%T@" >"$T/after"
	ok "$claim: nothing has changed" cmp "$T/before" "$T/after"
	if [ "$STATUS" != 0 ]; then
		is "$claim: the reason is the client's text" \
		    "filesonly: $(fact reasons 0 why)" "$(cat "$T/gate.err")"
		ok "$claim: the rule is the record's" grep -q \
		    " rule=$(fact decision rule) " "$log"
		return
	fi
	ok "$claim: the jail is the record's" grep -q \
	    " jail=$(fact jail means)\( \|$\)" "$log"
	is "$claim: the words are those that are executed" \
	    "$(fact argv | sed 's/\.log-.*/.log-/; s/format=.*/format=/')" \
	    "$(sed "1s,.*,$WORDY,
		s/\.log-.*/.log-/; s/format=.*/format=/" "$T/gate.out")"
}

PULL='rsync --server --sender -logDtpre.iLsfxCIvu . dir/'
PUSH='rsync --server -logDtpre.iLsfxCIvu . dir/'
mkdir -p "$T/w/root/dir/deep"
echo content >"$T/w/root/dir/file"
ln -s /etc "$T/w/root/out"
ROOT=$T/w/root

for a in $ACCOUNTS; do
	: >"$T/in"
	own "$a" "$T/w"
	same "$a: a pull" "$a" "" "$PULL"
	same "$a: a pull, read-only" "$a" --read-only \
	    "rsync --server --sender -re.iLfxCIvu . dir/ dir/f* missing"
	same "$a: a push" "$a" "" "rsync --server -re.iLfxCIvu --delete . dir/"
	same "$a: a push, create-only" "$a" --create-only \
	    "rsync --server -re.iLfxCIvu . dir/new"
	same "$a: limits" "$a" "--bandwidth=1M --idle-timeout=9 --umask=027" \
	    "rsync --server -re.iLfxCIvu --timeout=30 . dir/"
	same "$a: a push, read-only" "$a" --read-only \
	    "rsync --server -re.iLfxCIvu . dir/"
	same "$a: a delete, no-delete" "$a" --no-delete \
	    "rsync --server -re.iLfxCIvu --delete . dir/"
	same "$a: an unknown option" "$a" "" \
	    "rsync --server --sender -re.iLfxCIvu --config=x . dir/"
	same "$a: a path that leads out" "$a" "" \
	    "rsync --server --sender -re.iLfxCIvu . out/passwd"
	same "$a: a program" "$a" "" "rm -rf /"
	same "$a: a shell's characters" "$a" "" "ls; id"
	same "$a: an open quote" "$a" "" "rsync 'x"
	same "$a: a service that is not there" "$a" --services=sftp "$PULL"
	same "$a: SFTP" "$a" "" internal-sftp
	same "$a: SFTP by a path" "$a" --write-only /usr/lib/sftp-server
	same "$a: another command than the key's" "$a" \
	    "--exact=internal-sftp" "rsync --server -re.iLfxCIvu . dir/"
	printf 'rsync\0.\0dir/\0\0' >"$T/in"
	same "$a: secluded arguments" "$a" "" \
	    "rsync --server --sender -slogDtpre.iLsfxCIvu"
	: >"$T/in"
	same "$a: secluded arguments that don't come" "$a" "" \
	    "rsync --server --sender -slogDtpre.iLsfxCIvu"

	# What ends with 78, or 126: all of it, the gate's first one first.
	explain "$a" -- --audit="$T/none/log" --max-sessions=1 \
	    --sessions-dir="$T/none" --start-dir=/none --rsync="$T/no-rsync" \
	    "$ROOT" "$PUSH"
	is "$a: a line of faults ends with 78" "$STATUS" 78
	like "$a: ... the log" "$(fact reasons 0 why)" \
	    "audit $T/none/log: No such file*"
	like "$a: ... the sessions' directory" "$(fact reasons 1 why)" \
	    "sessions-dir $T/none: No such file*"
	like "$a: ... the directory to start in" "$(fact reasons 2 why)" \
	    "start-dir /none: No such file*"
	like "$a: ... the program" "$(fact reasons 3 why)" \
	    "can't run $T/no-rsync: No such file*"
	explain "$a" -- --rsync="$T/no-rsync" "$ROOT" \
	    "rsync --server -re.iLfxCIvu . dir/"
	is "$a: a missing rsync ends with 78" "$STATUS" 78
	like "$a: ... which is said" "$(fact reasons 0 why)" "*$T/no-rsync*"
	explain "$a" -- "$T/no-root" internal-sftp
	is "$a: a missing root ends with 78" "$STATUS" 78
	like "$a: ... which is said" "$(fact reasons 0 why)" "root $T/no-root: *"
	run_gate "$a" internal-sftp "$GATE" "$T/no-root"
	is "$a: ... as it does" "$GATE_STATUS" 78
	explain "$a" -- "$(home_of "$a")" internal-sftp
	run_gate "$a" internal-sftp "$GATE" "$(home_of "$a")"
	is "$a: the home as root: the gate's status" "$STATUS" "$GATE_STATUS"
	like "$a: ... and why" "$(fact reasons 0 why)" "*--home-in-root*"

	# No Landlock, no namespace: 126.
	run_gate "$a" internal-sftp "$LACK" landlock=ENOSYS \
	    unshare=EPERM -- "$GATE" --audit="$T/w/log" "$ROOT"
	"$LACK" landlock=ENOSYS unshare=EPERM -- "$CTL" \
	    explain --user="$a" --json -- --audit="$T/w/log" "$ROOT" \
	    internal-sftp >"$T/explained" 2>"$T/err" </dev/null
	is "$a: a kernel without the means ends with the gate's status" \
	    "$? $GATE_STATUS" "126 126"
	like "$a: ... and it is said what is lacking" \
	    "$(fact reasons 0 why)" "*not permitted*"

	# For people.
	"$CTL" explain --user="$a" -- --read-only "$ROOT" \
	    "rsync --server --sender -re.iLfxCIvu . dir/" >"$T/out" </dev/null
	for line in "account:  $a (uid $(id -u "$a")), *" \
	    "policy:   from the command line" "  root *$ROOT" \
	    "  mode *read-only" '  0   "rsync"' \
	    "decision: allowed, served by rsync" "jail:     *landlock*" \
	    '  0   "/usr/bin/rsync"' "result:   it is served"; do
		ok "$a: people read: $line" grep -qx -- "${line//\*/.*}" \
		    "$T/out"
	done
	no "$a: no file's content is shown" grep -q content "$T/out"
done

# A line that is pasted from authorized_keys, by any of our names.
explain "$a" -- "$GATE" --read-only "$ROOT" "rsync --server . dir"
is "the gate's own name may stand in front" "$(fact policy mode)" read-only
explain "$a" -- rrsync -ro "$ROOT" "rsync --server --sender -e.L . dir"
is "rrsync's does, too" "$(fact policy services),$STATUS" "rsync,0"
explain "$a" -- --read-onyl "$ROOT" internal-sftp
is "a wrong option is what ends it" "$STATUS" 2
like "... and is said" "$(fact reasons 0 why)" "*read-onyl*"
for words in "" "a b" "--nonsense x" "--json" "--profile=x -- / x" \
    "--" "-- /"; do
	# shellcheck disable=SC2086
	"$CTL" explain $words >"$T/out" 2>"$T/err"
	is "\"explain $words\" is a usage error" $? 2
done

# The configuration.
if [ "$E2E_NAMESPACE" = yes ]; then
	private_etc
	mkdir -p "$T/roots/conf"
	own plain "$T/roots/conf"
	cat >"$CONF/filesonly.conf" <<-END
	[user plain]
	root = $T/roots/conf
	mode = create-only
	[profile pull]
	mode = read-only
	[user virtual]
	root = $T/roots/conf
	authorized-keys = /etc/none
	[user typing-error]
	root = $T/roots/conf
	END
	explain plain internal-sftp
	is "the configuration's account is served" "$STATUS" 0
	is "... by its mode" "$(fact policy mode)" create-only
	is "... which the file says" "$(fact policy from)" \
	    /etc/filesonly/filesonly.conf
	explain plain --profile=pull internal-sftp
	is "a profile counts" "$(fact policy mode)" read-only
	explain virtual internal-sftp
	is "an account of filesonlyd's alone is explained" "$STATUS" 0
	explain typing-error internal-sftp
	is "one that is nobody's ends with 78" "$STATUS" 78
	like "... which is said" "$(fact reasons 0 why)" \
	    "it is no account of this machine*"
	explain root internal-sftp
	is "an account without a root ends with 78" "$STATUS" 78
	like "... which is said" "$(fact reasons 0 why)" \
	    "no section gives a root*"
	explain plain ""
	is "a login is refused" "$STATUS,$(fact decision rule)" 1,shell
	echo "umsk = 1" >>"$CONF/filesonly.conf"
	explain typing-error internal-sftp
	like "a line that is wrong is told with its number" \
	    "$(fact reasons 0 why)" "*filesonly.conf:11: unknown key*"
	as plain "$CTL" explain --user=root --config="$CONF/filesonly.conf" \
	    internal-sftp >"$T/out" 2>"$T/err"
	ok "who is not root hears whose rights count" grep -q "not root" \
	    "$T/err"
fi

finish
