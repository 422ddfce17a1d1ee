#!/bin/bash
# timeout: 200
# max-sessions: never more at once, no slot lost to a session that was killed,
# and a client that is refused hears so.
. "$(dirname "$0")/lib.sh"
start_sshd
mkdir -m 1777 "$T/log"
mkdir -m 755 "$T/slots"
# As systemd-tmpfiles does at boot.
for account in $ACCOUNTS; do
	mkdir -m 700 "$T/slots/$(id -u "$account")"
	own "$account" "$T/slots/$(id -u "$account")"
done

# gates ACCOUNT: the gate's processes of this account, by their program.
gates() {
	local pid
	for pid in /proc/[0-9]*; do
		[ "$(readlink "$pid/exe" 2>/dev/null)" = "$GATE" ] || continue
		[ "$(stat -c %u "$pid")" != "$(id -u "$1")" ] ||
		    echo "${pid#/proc/}"
	done
}

started() {
	[ "$(grep -c event=start "$T/log/$1")" -ge "$2" ]
}

# hold ACCOUNT REQUEST: a session that waits for its client; FD is what ends
# it.
hold() {
	local fifo=$T/fifo-${#HELD[@]}

	rm -f "$fifo"
	mkfifo "$fifo"
	exec {FD}<>"$fifo"
	# The session's own end of it is not to be kept open by others.
	ssh_to "$1" "$2" <"$fifo" >/dev/null 2>&1 {FD}>&- &
	HELD+=($!)
}

all_gone() {
	[ -z "$(gates "$1")" ]
}

for account in $ACCOUNTS; do
	root=$(make_root "$account")
	log=$T/log/$account
	options="--audit=$log --sessions-dir=$T/slots"

	# --- a crowd, straight at the gate ---------------------------------
	crowd() {
		as "$account" env SSH_ORIGINAL_COMMAND=internal-sftp \
		    "$T/crowd.py" "$@" "$root"
	}
	cp "$SOURCE/tests/e2e/crowd.py" "$T/"
	# The options are words.
	# shellcheck disable=SC2086
	like "$account: control: without a limit 20 are served at once" \
	    "$(crowd 20 --peak=20 "$GATE" $options)" \
	    "served 20, killed 5, refused 0, peak 20"
	# shellcheck disable=SC2086
	said=$(crowd 200 "$GATE" $options --max-sessions=5)
	note "$said"
	like "$account: 200 come, all are served in the end, 50 are killed" \
	    "$said" "served 200, killed 50, refused *"
	is "$account: never more than 5 at once" \
	    "$([ "${said##* }" -le 5 ] && echo yes)" yes
	# shellcheck disable=SC2086
	like "$account: no slot is lost: 5 at once" \
	    "$(crowd 5 --peak=5 "$GATE" $options --max-sessions=5)" \
	    "served 5, *peak 5"

	# --- through sshd --------------------------------------------------
	# A file of another account in such a directory is not made anew.
	truncate -c -s 0 "$log"
	own "$account" "$log"
	key_line "$account" "$GATE $options --max-sessions=2 $root"
	HELD=()
	hold "$account" internal-sftp
	first=$FD
	hold "$account" "rsync --server -e.LsfxCIvu . ."
	second=$FD
	ok "$account: two sessions, sftp and rsync" \
	    within 20 started "$account" 2
	ssh_to "$account" internal-sftp >"$T/out" 2>"$T/err" </dev/null
	is "$account: a third is refused: status" $? 1
	like "$account: ... in words" "$(cat "$T/err")" \
	    "filesonly: the account is in use*"
	is "$account: ... nothing on stdout" "$(wc -c <"$T/out")" 0
	like "$account: ... on the record" "$(tail -n 1 "$log")" \
	    "*event=decide*result=refused rule=busy*"
	ssh_to "$account" "rsync --server -se.LsfxCIvu" \
	    >"$T/out" 2>"$T/err" < <(sleep 100 & echo $! >"$T/sleeper")
	is "$account: before its secluded arguments are awaited: status" $? 1
	kill "$(cat "$T/sleeper")"
	like "$account: ... in the same words" "$(cat "$T/err")" \
	    "filesonly: the account is in use*"
	rsync=$(pgrep -u "$account" -x rsync -d ' ')
	is "$account: rsync does not hold the slot" \
	    "$(for pid in $rsync; do
		ls -l "/proc/$pid/fd"
	    done | grep -c "$T/slots")" 0
	like "$account: control: rsync's descriptors were seen" \
	    "$(for pid in $rsync; do
		ls -l "/proc/$pid/fd"
	    done)" "*pipe:*"
	for pid in $(gates "$account"); do
		kill -9 "$pid"
	done
	within 20 all_gone "$account"
	ok "$account: both are killed: there is room" \
	    within 20 sftp_to "$account" <<<"pwd"
	exec {first}>&- {second}>&-
	wait "${HELD[@]}"

	# --- the directory -------------------------------------------------
	refused() {
		local claim=$1 why=${3:-*sessions-dir $2*}
		as "$account" env SSH_ORIGINAL_COMMAND=internal-sftp "$GATE" \
		    --audit="$log" --max-sessions=2 --sessions-dir="$2" \
		    "$root" >"$T/out" 2>"$T/err" </dev/null
		is "$account: $claim: status" $? 78
		like "$account: $claim: recorded" "$(tail -n 1 "$log")" \
		    "*event=misconfigured$why"
	}
	own_slots=$T/slots/$(id -u "$account")
	is "$account: its directory is its own" \
	    "$(stat -c '%u %a' "$own_slots")" "$(id -u "$account") 700"
	refused "a directory that is missing" "$T/none"
	chmod 755 "$own_slots"
	refused "one that others can look into" "$T/slots"
	chmod 700 "$own_slots"
	chmod 1777 "$T/slots"
	refused "one in which others could be first" "$T/slots"
	chmod 755 "$T/slots"
	mkdir -m 700 "$root/slots"
	own "$account" "$root/slots"
	refused "one in the root" "$root/slots" \
	    "*the writable root holds*to have more sessions*"
	if [ "$account" = plain ]; then
		mkdir -m 755 "$T/shut"
		refused "one in which it can't be made" "$T/shut"
		chown root: "$own_slots"
		refused "one that is another's" "$T/slots"
		chown "$account:" "$own_slots"
		rmdir "$T/shut"
		# Another user's attempts, with what it could do before.
		other() {
			setpriv --reuid=64109 --regid=64109 --clear-groups "$@"
		}
		chmod 1777 "$T/slots"
		ok "$account: control: another user makes what is missing" \
		    other mkdir "$T/slots/64108"
		chmod 755 "$T/slots"
		no "$account: another user makes none" \
		    other mkdir "$T/slots/64107"
		no "$account: another user locks no slot" \
		    other flock -n "$own_slots/0" true
		ok "$account: the account is served as before" \
		    sftp_to "$account" <<<pwd
	fi
done
finish
