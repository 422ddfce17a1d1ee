#!/bin/bash
# timeout: 200
# What is wrong in the configuration refuses the session: the administrator
# reads the file, the line and what to change; the customer no more than that
# the account is misconfigured; and nothing is served or made.
. "$(dirname "$0")/lib.sh"
start_sshd
C=$T/etc-filesonly
mkdir -p "$C/users.d" "$C/conf.d" "$T/log"
chmod 1777 "$T/log"
FILE=$C/filesonly.conf

for account in $ACCOUNTS; do
	root=$(make_root "$account")
	log=$T/log/$account
	head="[defaults]
audit = $log
root = $root"
	# The files are root's, or the account's own where there is no root.
	write() {
		printf '%s\n' "$head" "$@" >"$FILE"
	}
	key_line "$account" "$GATE --config=$FILE"

	write "mode = read-write"
	ok "$account: control: a right one is served" \
	    sftp_to "$account" <<<"put $T/ssh_config control"
	ok "$account: control: and the file is there" [ -e "$root/control" ]

	# refused CLAIM WHY: by sftp's door and rsync's, status 78; WHY is what
	# a person reads.
	refused() {
		local claim=$1 why=$2
		ssh_to "$account" internal-sftp >"$T/out" 2>"$T/err" </dev/null
		is "$account: $claim: status" $? 78
		is "$account: $claim: nothing on stdout" \
		    "$(wc -c <"$T/out")" 0
		is "$account: $claim: the customer hears only that" \
		    "$(cat "$T/err")" "filesonly: this account is misconfigured;\
 its administrator finds the reason in the log"
		like "$account: $claim: a person reads why" \
		    "$(as "$account" "$GATE" --config="$FILE" \
			--subsystem=sftp 2>&1 </dev/null)" "filesonly: $why"
		no "$account: $claim: rsync is refused too" \
		    rsync_to "$T/ssh_config" "$account:new"
		no "$account: $claim: nothing was made" [ -e "$root/new" ]
	}
	recorded() {
		like "$account: $1: the log has it" "$(tail -n 1 "$log")" \
		    "*event=misconfigured*because=*$2*"
	}

	write "moed = read-only"
	refused "an unknown key" "$FILE:4: unknown key \"moed\""
	recorded "an unknown key" "filesonly.conf:4: unknown key"
	write "mode = readonly"
	refused "a bad value" "$FILE:4: mode can't be \"readonly\""
	recorded "a bad value" "filesonly.conf:4: mode can't be"
	write "[user $account]" "lock = yes" "[user $account]" "lock = no"
	refused "a section twice" "$FILE:7: a second section*"
	write "this is no setting"
	refused "a line that is none" "$FILE:4: neither *"
	write
	printf 'umask = 07' >>"$FILE"
	refused "a file that is cut off" "$FILE:4: the last line has no end*"
	write "deny = *.exe"
	refused "what can't be held" "$FILE:4: deny can't be held on rsync; *"
	recorded "what can't be held" "filesonly.conf:4: deny can't"
	write
	chmod g+w "$FILE"
	refused "a file that others may write" "$FILE: group or others*"
	chmod g-w "$FILE"
	mv "$FILE" "$FILE.away"
	refused "a file that is missing" "$FILE: No such file or directory"
	mv "$FILE.away" "$FILE"
	echo "root = /" >"$C/users.d/$account.conf"
	chmod o+w "$C/users.d"
	refused "a directory that others may write" \
	    "$C/users.d: group or others*"
	chmod o-w "$C/users.d"
	rm "$C/users.d/$account.conf"
	write "mode = read-write"
	ln -s "$C/gone/$account.conf" "$C/users.d/$account.conf"
	refused "an account's file that leads nowhere" \
	    "$C/users.d/$account.conf: No such file*symlink*"
	rm "$C/users.d/$account.conf"
	write "audit-format = json" "own-window = none"
	refused "a number that can't be none" \
	    "$FILE:5: own-window can't be \"none\""
	like "$account: ... in the format of the log" \
	    "$(tail -n 1 "$log")" \
	    '{"time":*"event":"misconfigured"*own-window*}'

	# A file that somebody empties and writes anew, all the time: what it
	# forbids is never allowed.
	write "mode = read-write"
	narrow=$C/conf.d/narrow.conf
	printf '[user %s]\nmode = read-only\n' "$account" >"$narrow"
	no "$account: control: an account that is narrowed: no upload" \
	    sftp_to "$account" <<<"put $T/ssh_config new"
	: >"$narrow"
	ok "$account: control: a file that is emptied narrows nobody" \
	    sftp_to "$account" <<<"put $T/ssh_config new"
	rm "$root/new"
	while :; do
		: >"$narrow"
		printf '[user %s]\nmode = read-only\n' "$account" >"$narrow"
	done &
	writer=$!
	for try in 1 2 3; do
		sftp_to "$account" >/dev/null 2>&1 \
		    <<<"put $T/ssh_config new"
		no "$account: while it is rewritten, $try: no upload" \
		    [ -e "$root/new" ]
	done
	kill $writer
	wait $writer 2>/dev/null
	printf '[user %s]\nmode = read-only\n' "$account" >"$narrow"
	ok "$account: then it is served again" sftp_to "$account" <<<pwd
	no "$account: and narrowed" sftp_to "$account" \
	    <<<"put $T/ssh_config new"
	rm "$narrow"

	# The root.
	echo content >"$root/a-file"
	mkdir -p "$T/shut/in"
	chmod 700 "$T/shut"
	rooted() {
		printf '%s\n' "[defaults]" "audit = $log" "root = $1" >"$FILE"
	}
	told() {
		ssh_to "$account" internal-sftp >"$T/out" 2>"$T/err" </dev/null
		is "$account: $1: status" $? 78
		is "$account: $1: nothing on stdout" "$(wc -c <"$T/out")" 0
		no "$account: $1: the customer reads no path" \
		    grep -q "$T" "$T/err"
		recorded "$1" "$2"
	}
	rooted "$T/missing"
	told "a root that is missing" "root $T/missing: No such file"
	rooted "$root/a-file"
	told "a root that is a file" "root $root/a-file: Not a directory"
	if [ "$account" = plain ]; then
		rooted "$T/shut/in"
		told "a root that can't be reached" \
		    "root $T/shut/in: Permission denied"
	fi
	rooted relative
	told "a root that is relative" "filesonly.conf:3: root must begin with"
	rooted "/srv/%x"
	told "a root with an unknown percent" "filesonly.conf:3: only %u"
	sed -i '/^root/d' "$FILE"
	told "no root at all" "no section gives a root to"
	write "start-dir = /missing"
	told "a start-dir that is missing" "start-dir /missing: No such file"
done
finish
