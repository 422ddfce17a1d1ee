#!/bin/bash
# filesonlyctl check: every fault of a configuration with its file and line,
# where the gate refuses at the first; a good one says nothing.
. "$(dirname "$0")/lib.sh"

CTL=$BUILD/filesonlyctl
D=$T/conf
USER_NAME=$(id -un)
mkdir -p "$D/conf.d" "$D/users.d" "$T/roots/here"

# check STATUS ARGUMENT...: its output is in $T/out.
check() {
	local wanted=$1 status
	shift
	"$CTL" check "$@" >"$T/out" 2>"$T/err"
	status=$?
	[ $status = "$wanted" ] || {
		echo "status $status, not $wanted"
		cat "$T/out" "$T/err"
		return 1
	}
}

# says LINE: the output has this very line.
says() {
	grep -qxF -- "$1" "$T/out"
}

cat >"$D/filesonly.conf" <<END
[defaults]
audit = syslog
[user $USER_NAME]
root = $T/roots/here
mode = read-only
END
ok "a good configuration is fine" check 0 --config="$D/filesonly.conf"
is "... and nothing is said of it" "$(cat "$T/out" "$T/err")" ""
ok "... nor of one file" check 0 --strict "$D/filesonly.conf"
is "... as JSON it is an empty list" \
    "$("$CTL" check --json --config="$D/filesonly.conf")" \
    '{"version":1,"errors":0,"warnings":0,"findings":[],"notes":[]}'

# Every fault that a file can have, and the line in which it is told.
faults=(
	"umsk = 022|3: error: unknown key \"umsk\"|did you mean \"umask\"?"
	"max_sessions = 1|3: error: unknown key \"max_sessions\"|did you mean \"max-sessions\"?"
	"zzzzzz = 1|3: error: unknown key \"zzzzzz\"|"
	"read-only = yes|3: error: unknown key \"read-only\"|did you mean \"mode = read-only\"?"
	"no-delete = yes|3: error: unknown key \"no-delete\"|did you mean \"delete = no\"?"
	"mode = readonly|3: error: mode can't be \"readonly\"|did you mean \"read-only\"?"
	"mode = x|3: error: mode can't be \"x\"|mode takes one of read-write, read-only, write-only, create-only"
	"services = sftp,ftp|3: error: services can't be \"sftp,ftp\"|*"
	"lock = true|3: error: lock can't be \"true\"|lock takes yes or no"
	"umask = 9|3: error: umask can't be \"9\"|umask takes octal digits up to 777, or none"
	"bandwidth = 10|3: error: bandwidth can't be \"10\"|bandwidth takes bytes, 1024 or more, perhaps with K, M, G or T, or none"
	"idle-timeout = soon|3: error: idle-timeout can't be \"soon\"|idle-timeout takes a number from 1 to 2147483647, or none"
	"hide = a, b|3: error: hide can't be \"a, b\"|hide takes patterns of one name each, commas between and no blanks, or none"
	"exact = rsync '|3: error: exact can't be \"rsync '\"|exact takes a command whose quotes are closed, or none"
	"root = srv|3: error: root must begin with /, not \"srv\"|root takes an absolute path"
	"root = /srv/%x|3: error: only %u, %h and %% have a meaning in a path|root takes an absolute path"
	"lock|3: error: neither [section], key = value nor a comment|"
	"[broken|3: error: neither [section], key = value nor a comment|"
	"[user x] y|3: error: text behind the section's ]|"
	"lock = yes # why|3: error: a comment behind a value begins with ;|"
	"[users bob]|3: error: no such section: \"users bob\"|did you mean [user bob]?"
	"[default]|3: error: no such section: \"default\"|did you mean [defaults]?"
	"[bob]|3: error: no such section: \"bob\"|did you mean [user bob]?"
)
for fault in "${faults[@]}"; do
	IFS='|' read -r line told mend <<<"$fault"
	printf '[defaults]\nnames = own\n%s\n[profile last]\nxmode = 1\n' \
	    "$line" >"$T/one"
	ok "\"$line\" is an error" check 78 "$T/one"
	ok "... that is told at its line" says "$T/one:$told"
	ok "... and so is what comes after it" says \
	    "$T/one:5: error: unknown key \"xmode\""
	case $mend in
	'' | '*') ;;
	*) ok "... with what mends it" says "    mend: $mend" ;;
	esac
done

printf '[defaults]\nlock = yes\nlock = no\n[user a]\nroot = /\n[user  a]\nlock = no\n' \
    >"$T/one"
check 78 "$T/one"
ok "a key that is set twice is told" says \
    "$T/one:3: error: set twice in this section: \"lock\""
ok "... and a second section of one name" says \
    "$T/one:6: error: a second section \"user  a\""
printf '[defaults]\nroot = /srv\nx = \0y\n' >"$T/one"
check 78 "$T/one"
ok "a NUL is told" says "$T/one:3: error: the line holds a NUL byte"
printf '[defaults]\nroot = /srv' >"$T/one"
check 78 "$T/one"
ok "a file that is cut off is told" says \
    "$T/one:2: error: the last line has no end: is the file cut off?"
ok "a file that is not there is an error" check 78 "$T/none"
ok "... and said" says "$T/none: error: No such file or directory"

# As a whole: what no single line shows.
cat >"$D/filesonly.conf" <<END
[defaults]
umask = x
[user $USER_NAME]
root = $T/roots/missing
max-sessions = 2
sessions-dir = $T/none
[user nobody]
root = $T/roots/here
hide = .x
[user no-such-account]
root = /srv
[user no-such-root]
lock = yes
[group no-such-group]
umask = 022
[profile empty]
END
echo "lock = maybe" >"$D/conf.d/one.conf"
printf 'mode = read-only\n[user other]\nmode = read-only\n' \
    >"$D/users.d/$USER_NAME.conf"
ok "a configuration is read whole" check 78 --config="$D/filesonly.conf"
while IFS= read -r line; do
	ok "it says: ${line#*: }" says "$line"
done <<END
$D/filesonly.conf:2: error: umask can't be "x"
$D/filesonly.conf:9: error: hide can't be held on rsync; leave rsync out (services = sftp)
$D/filesonly.conf:4: warning: the root is not there: "$T/roots/missing"
$D/filesonly.conf:5: warning: sessions can't be counted, there is no "$T/none"
$D/filesonly.conf:10: warning: no account of this machine is called "no-such-account"
$D/filesonly.conf:14: warning: no such group on this machine
$D/filesonly.conf:16: warning: the section has no settings
$D/conf.d/one.conf:1: error: a line before the first [section]
$D/users.d/$USER_NAME.conf:2: error: a file in users.d speaks of its own user only, not of "user other"
END
sed -i 2d "$D/filesonly.conf"
check 78 --config="$D/filesonly.conf"
ok "an account without a root is an error" says \
    "$D/filesonly.conf:11: error: no section gives a root to \"no-such-root\""
chmod 666 "$D/conf.d/one.conf"
check 78 --config="$D/filesonly.conf"
ok "a file that others may write is an error" grep -q \
    "error: $D/conf.d/one.conf: group or others may write it" "$T/out"

# One file, on its way to its place.
printf 'root = %s\nmode = read-only\n' "$T/roots/here" >"$T/.ansible-1"
ok "an account's file is fine under a temporary name" check 0 --strict \
    "$T/.ansible-1"
chmod 666 "$T/.ansible-1"
ok "... whoever may write it there" check 0 "$T/.ansible-1"
printf 'root = %s\nhide = .x\n' "$T/roots/here" >"$T/.ansible-1"
ok "what another file can mend is a warning" check 0 "$T/.ansible-1"
ok "... that is said" grep -q ':2: warning: hide can' "$T/out"
ok "... and a finding under --strict" check 1 --strict "$T/.ansible-1"
echo "services = sftp,rsync" >>"$T/.ansible-1"
ok "what it says itself is an error" check 78 "$T/.ansible-1"
ok "several files are told by their names" check 78 "$T/.ansible-1" "$T/one"

"$CTL" check --json "$T/one" >"$T/out"
is "as JSON a finding has its parts" "$(cat "$T/out")" \
    '{"version":1,"errors":1,"warnings":0,"findings":[{"severity":"error","file":"'"$T"'/one","line":2,"what":"the last line has no end: is the file cut off?"}],"notes":[]}'

# The program itself.
for words in "" "nonsense" "check --nonsense" "check --json=yes" \
    "check --config" "check --config=a b"; do
	# Words are to be split.
	# shellcheck disable=SC2086
	"$CTL" $words >"$T/out" 2>"$T/err"
	is "\"filesonlyctl $words\" is a usage error" $? 2
	ok "... that is told" test -s "$T/err"
done
for verb in $("$CTL" --help=verbs); do
	ok "the manual speaks of $verb" grep -qx "\.Ss $verb" \
	    "$SOURCE/conf/man/filesonlyctl.8"
done
for option in $("$CTL" --help | grep -o -- '--[a-z-]*' | sort -u); do
	[ "$option" = -- ] || ok "the manual has $option" \
	    grep -qE -- "Fl -${option#--}( |\$)" \
	    "$SOURCE/conf/man/filesonlyctl.8"
done
# What is asked is for the shell below.
# shellcheck disable=SC2016
is "bash completes verbs and options" "$(PATH=$BUILD:$PATH bash -c '
	. "$1"
	COMP_WORDS=(filesonlyctl ch) COMP_CWORD=1
	_filesonlyctl
	echo "${COMPREPLY[@]}"
	COMP_WORDS=(filesonlyctl check --s) COMP_CWORD=2
	_filesonlyctl
	echo "${COMPREPLY[@]}"' - "$SOURCE/conf/completion/filesonlyctl")" \
    "check
--strict"

for verb in $("$CTL" --help=verbs); do
	like "$verb --help says what it takes" "$("$CTL" "$verb" --help)" \
	    "usage: filesonlyctl $verb *"
done
# Accounts that no section names: what the gate would refuse them for.
rm -rf "$D"
mkdir "$D"
while IFS='|' read -r wanted lines said; do
	printf '%b\n' "$lines" >"$D/filesonly.conf"
	ok "\"$lines\" is told" check "$wanted" --config="$D/filesonly.conf"
	is "... by one line" "$(cat "$T/out")" "${said:+$D/filesonly.conf:$said}"
done <<'END'
0|[defaults]\nroot = /srv\nhide = x\nservices = sftp|
78|[defaults]\nroot = /srv\nhide = x|3: error: hide can't be held on rsync; leave rsync out (services = sftp)
0|[defaults]\nhide = x|
78|[defaults]\nservices = rsync\n[group root]\nroot = /srv\ndeny = x|5: error: deny can't be held on rsync; leave rsync out (services = sftp)
0|[defaults]\nroot = /srv\n[profile p]\nhide = x|4: warning: hide can't be held on rsync; leave rsync out (services = sftp)
END
printf '[group root]\nroot = /srv\nhide = x\n' >"$D/filesonly.conf"
is "... and is what the gate refuses" \
    "$(SSH_ORIGINAL_COMMAND=internal-sftp "$BUILD/filesonly" \
	--config="$D/filesonly.conf" 2>&1 </dev/null |
	grep -o "conf:3: hide can't be held")" "conf:3: hide can't be held"
finish
