#!/bin/bash
# The log is a file, and logrotate renames it while sessions go on: their later
# lines are in the new one, and no line is lost or told twice. It may be
# append-only.
. "$(dirname "$0")/lib.sh"
local_shells
PATH=$PATH:/usr/sbin
command -v logrotate >/dev/null || skip_all "logrotate is not installed"

# What is append-only can't be removed.
cleanup_more() {
	chattr -a "$T/w/log" 2>/dev/null
}

# rotate ACCOUNT WORDS: as cron does; WORDS are those of the configuration.
rotate() {
	cat >"$T/rotate.conf" <<-END
	$T/w/log {
		rotate 5
		$2
	}
	END
	chmod 644 "$T/rotate.conf"
	logrotate --force --state "$T/rotate.state" "$T/rotate.conf"
}

# lines NAME WORD: how many lines of that file say so.
lines() {
	grep -c "$2" "$T/w/$1"
}

# told NAME PATH: the file has the line of it.
told() {
	grep -q "path=\"$2\"" "$T/w/$1" 2>/dev/null
}

# sftp_begins ACCOUNT: a session whose commands come one by one by "say".
sftp_begins() {
	rm -f "$T/commands"
	mkfifo "$T/commands"
	cat >"$T/bin/shell" <<-END
	#!/bin/sh
	SSH_ORIGINAL_COMMAND=internal-sftp exec $GATE --audit=$T/w/log $T/w/root
	END
	chmod 755 "$T/bin/shell"
	exec 8<>"$T/commands"
	as "$1" timeout 60 sftp -q -b - -D "$T/bin/shell" \
	    <"$T/commands" >"$T/out" 2>&1 8>&- &
	SESSION=$!
}

say() {
	echo "$*" >&8
}

world() {
	rm -rf "$T/w"
	mkdir -p "$T/w/root" "$T/w/up"
	: >"$T/w/log"
	chmod 600 "$T/w/log"
	own "$1" "$T/w"
}

for a in $ACCOUNTS; do
	group=$(id -gn "$a")
	for words in "create 600 $a $group" "create 600 $a $group
		compress
		delaycompress"; do
		how="$a: ${words//[[:space:]]/ }: SFTP"
		world "$a"
		sftp_begins "$a"
		say mkdir one
		ok "$how: control: a line arrives" within 20 told log /one
		ok "$how: logrotate does its work" rotate "$a" "$words"
		ok "$how: ... and made a new log" test -s "$T/w/log.1"
		sleep 0.3
		say mkdir two
		ok "$how: the next line is in the new log" \
		    within 20 told log /two
		no "$how: ... and not in the old" told log.1 /two
		ok "$how: once more" rotate "$a" "$words"
		sleep 0.3
		say mkdir three
		say bye
		wait $SESSION
		is "$how: the session ends well" $? 0
		exec 8>&-
		ok "$how: the third log has the rest" told log /three
		is "$how: ... and the end" "$(lines log event=end)" 1
		no "$how: nothing is told as lost" grep -rq ' lost=' "$T/w"
	done

	# Where logrotate creates none, the old one is gone on with until the
	# next session makes it.
	world "$a"
	if [ "$a" = root ]; then
		sftp_begins "$a"
		say mkdir one
		ok "$a: nocreate: control" within 20 told log /one
		ok "$a: nocreate: logrotate" rotate "$a" nocreate
		sleep 0.3
		say mkdir two
		ok "$a: nocreate: the old log is gone on with" \
		    within 20 told log.1 /two
		no "$a: nocreate: and none is made" test -e "$T/w/log"
		SSH_ORIGINAL_COMMAND='' "$GATE" --audit="$T/w/log" \
		    "$T/w/root" </dev/null 2>/dev/null
		sleep 0.3
		say mkdir three
		say bye
		wait $SESSION
		exec 8>&-
		ok "$a: nocreate: until another session has" told log /three
	fi

	# rsync: its supervisor writes the lines.
	world "$a"
	echo small >"$T/w/up/a"
	head -c 200000 /dev/urandom >"$T/w/up/b"
	own "$a" "$T/w/up"
	(
		cd "$T" || exit
		export GATE_ROOT=$T/w/root GATE_OPTIONS="--audit=$T/w/log"
		[ "$a" != root ] || GATE_OPTIONS+=" --home-in-root"
		as "$a" timeout 60 rsync -r --bwlimit=40 -e "$T/bin/gate" \
		    "$T/w/up/" h:. >"$T/out" 2>&1
	) &
	SESSION=$!
	ok "$a: rsync: control: a line arrives" within 20 told log /a
	ok "$a: rsync: logrotate does its work" \
	    rotate "$a" "create 600 $a $group"
	wait $SESSION
	is "$a: rsync: it ends well" $? 0
	ok "$a: rsync: the second file came" cmp "$T/w/up/b" "$T/w/root/b"
	ok "$a: rsync: ... and its line is in the new log" told log /b
	no "$a: rsync: ... and not in the old" told log.1 /b
	is "$a: rsync: the end is there, too" "$(lines log event=end)" 1

	# Append-only: no process of the session can empty it.
	[ "$a" != root ] || continue
	world "$a"
	if ! chattr +a "$T/w/log" 2>"$T/err"; then
		skip "$a: an append-only log" "the file system has none"
		continue
	fi
	no "$a: append-only: control: it can't be emptied" \
	    truncate -s 0 "$T/w/log"
	sftp_begins "$a"
	say mkdir one
	ok "$a: append-only: lines arrive" within 20 told log /one
	say bye
	wait $SESSION
	exec 8>&-
	is "$a: append-only: ... to the last" "$(lines log event=end)" 1
	chattr -a "$T/w/log"
done
client sftp
client rsync
finish
