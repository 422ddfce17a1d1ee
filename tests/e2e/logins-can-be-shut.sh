#!/bin/bash
# disabled and expires, of an account, a profile and a key: a session that asks
# is told so on each protocol, and one that runs ends, is told and on record.
# timeout: 300
. "$(dirname "$0")/lib.sh"
start_sshd

# conf LINE...: what the account's configuration says from now on, behind its
# root and its log. It is replaced as editors do it.
conf() {
	{
		printf '[defaults]\nroot = %s\naudit = %s\n' "$root" "$log"
		printf '%s\n' "$@"
	} >"$T/conf-$account/new"
	own "$account" "$T/conf-$account/new"
	mv -T "$T/conf-$account/new" "$T/conf-$account/f.conf"
}

by_conf() {
	key_line "$account" "$GATE --config=$T/conf-$account/f.conf $*"
}

# in_utc WHEN: a date for the key.
in_utc() {
	date -u -d "$1" +%Y%m%d%H%M%SZ
}

# refused CLAIM TEXT RULE: on each protocol, in its words.
refused() {
	batch "$account" ls
	is "$account: $1: sftp fails" $? 255
	like "$account: $1: ... and says why" "$(cat "$T/out")" \
	    "*filesonly: $2*"
	rsync_to "$account:" >"$T/out" 2>&1
	is "$account: $1: rsync fails" $? 12
	like "$account: $1: ... and says why" "$(cat "$T/out")" \
	    "*filesonly: $2*"
	is "$account: $1: a command hears it" \
	    "$(ssh_to "$account" id 2>&1; echo $?)" "filesonly: $2
1"
	like "$account: $1: the log" "$(tail -n 1 "$log")" \
	    "*event=decide*result=refused rule=$3 *"
}

# served CLAIM: on each protocol.
served() {
	ok "$account: $1: sftp is served" batch "$account" ls
	ok "$account: $1: rsync is served" rsync_to "$account:"
}

# hold: an SFTP session that asks, an rsync, a checksum and an scp that wait.
hold() {
	: >"$log"
	timeout 60 "$SOURCE/tests/e2e/paramiko-until-refused.py" "$PORT" \
	    "$account" "$T/client_key" >"$T/asking" 2>&1 &
	ASKING=$!
	rm -f "$T/hold"
	mkfifo "$T/hold"
	ssh -F "$T/ssh_config" "$account" "rsync --server -e.LsfxCIvu . ." \
	    <"$T/hold" >/dev/null 2>"$T/waiting" &
	WAITING=$!
	rm -f "$T/hold-sum"
	mkfifo "$T/hold-sum"
	ssh -F "$T/ssh_config" "$account" sha256sum <"$T/hold-sum" \
	    >"$T/sum" 2>"$T/summing" 8>&- &
	SUMMING=$!
	rm -f "$T/hold-scp"
	mkfifo "$T/hold-scp"
	ssh -F "$T/ssh_config" "$account" "scp -t ." <"$T/hold-scp" \
	    >"$T/scp" 2>"$T/copying" 8>&- 9>&- &
	COPYING=$!
	exec 8>"$T/hold" 9>"$T/hold-sum" 7>"$T/hold-scp"
	within 20 all_run
}

# hold_for SECONDS SETUP...: what hold starts, and what SETUP (its last word
# the date) lets expire so soon; later, where a busy machine has not started
# all of it by then.
hold_for() {
	local seconds
	for seconds in "$1" $((4 * $1)) $((12 * $1)); do
		"${@:2}" "$(in_utc "+$seconds seconds")"
		hold && return
		wait "$ASKING" "$WAITING" "$SUMMING" "$COPYING"
		exec 8>&- 9>&- 7>&-
	done
}

conf_expires() {
	conf "expires = $1"
	by_conf
}

key_expires() {
	serve "$account" "--audit=$log --expires=$1" "$root"
}

all_run() {
	[ "$(grep -c event=start "$log")" = 4 ] && grep -q served "$T/asking"
}

# ended CLAIM KEY TEXT: all have ended by themselves, and said why.
ended() {
	ok "$account: $1: the sessions end" within 60 all_gone
	wait "$ASKING" "$WAITING" "$SUMMING" "$COPYING"
	exec 8>&- 9>&- 7>&-
	is "$account: $1: SFTP is told" "$(tail -n 1 "$T/asking")" \
	    "Failure: $3 ($2)"
	like "$account: $1: rsync is told" "$(cat "$T/waiting")" \
	    "*filesonly: $3 ($2)*"
	like "$account: $1: a checksum is told" "$(cat "$T/summing")" \
	    "*filesonly: $3 ($2)*"
	is "$account: $1: ... and is none" "$(cat "$T/sum")" ""
	like "$account: $1: scp is told" "$(tr -d '\0' <"$T/scp")" \
	    "*scp: $3 ($2)"
	like "$account: $1: ... on stderr, too" "$(cat "$T/copying")" \
	    "*filesonly: $3 ($2)*"
	is "$account: $1: all are on record" \
	    "$(grep -c "event=end.* reason=$2" "$log")" 4
}

all_gone() {
	[ "$(grep -c event=end "$log")" = 4 ] &&
	    ! kill -0 "$ASKING" 2>/dev/null &&
	    ! kill -0 "$WAITING" 2>/dev/null &&
	    ! kill -0 "$SUMMING" 2>/dev/null &&
	    ! kill -0 "$COPYING" 2>/dev/null
}

no_gate() {
	local pid
	for pid in /proc/[0-9]*; do
		[ "$(readlink "$pid/exe" 2>/dev/null)" != "$GATE" ] || return
	done
}

for account in $ACCOUNTS; do
	root=$(make_root "$account")
	log=$(make_log "$account")
	mkdir "$T/conf-$account"
	own "$account" "$T/conf-$account"
	echo content >"$root/file"

	conf 'recheck = 1'
	by_conf
	served "control"
	conf 'disabled = yes'
	refused "a disabled account" "this login is disabled" disabled
	conf 'expires = 20200101'
	refused "an expired account" "this login has expired" expired
	conf 'expires = 20200231'
	batch "$account" ls
	like "$account: a date that there is not is misconfigured" \
	    "$(tail -n 1 "$log")" \
	    "*event=misconfigured*f.conf:4*expires can't be*20200231*"
	conf "expires = $(in_utc '+1 day')"
	served "a day before the date"

	conf '[profile old]' 'disabled = yes' '[profile new]' 'expires = none'
	by_conf --profile=old
	refused "a disabled profile" "this login is disabled" disabled
	by_conf --profile=new
	served "another profile"
	by_conf --disabled
	refused "a disabled key" "this login is disabled" disabled
	by_conf "--expires=$(in_utc '-1 minute')"
	refused "an expired key" "this login has expired" expired
	conf 'expires = 20200101'
	by_conf "--expires=$(in_utc '+1 day')"
	refused "a key that outlives its account" "this login has expired" \
	    expired
	conf
	served "a key with a day to go"
	serve "$account" "--audit=$log --disabled" "$root"
	refused "a disabled key with a root" "this login is disabled" disabled
	serve "$account" "--audit=$log --no-disabled --expires=none" "$root"
	served "a key that says it is not"

	# --- that run -------------------------------------------------------
	conf 'recheck = 1'
	by_conf
	hold
	conf 'recheck = 1' 'disabled = yes'
	ended "disabled meanwhile" disabled "this login was disabled"
	refused "... and from then on" "this login is disabled" disabled

	hold_for 4 conf_expires
	ended "expired meanwhile" expires "this login has expired"
	refused "... and from then on" "this login has expired" expired

	# What can't be read any more has said until when.
	hold_for 4 conf_expires
	conf 'no-such-key = yes'
	ended "expired in a configuration that is faulty now" expires \
	    "this login has expired"

	conf 'recheck = 1'
	by_conf
	hold_for 4 key_expires
	ended "the key has expired meanwhile" expires "this login has expired"

	# What can't be read ends nothing, what can does.
	by_conf
	hold
	conf 'recheck = 1' 'no-such-key = yes'
	sleep 2.5
	is "$account: a faulty configuration ends no session" \
	    "$(grep -c event=end "$log")" 0
	conf 'recheck = 1' 'disabled = yes'
	ended "mended and disabled" disabled "this login was disabled"
	ok "$account: nothing is left that watches" within 10 no_gate

	# A session that can't be watched over is none. (Root may always fork.)
	if [ "$(id -u "$account")" != 0 ] && [ "${E2E_SERVER:-}" = "" ]; then
		conf
		key_line "$account" "prlimit --nproc=0 $GATE \
--config=$T/conf-$account/f.conf"
		batch "$account" ls
		like "$account: no process can watch: it is refused" \
		    "$(cat "$T/out")" "*filesonly: *unavailable*try again*"
		like "$account: ... and the log says why" \
		    "$(tail -n 1 "$log")" \
		    "*event=misconfigured*can't watch the session*"
	fi
done
finish
