#!/bin/bash
# An SSH server shows nobody the stderr of a subsystem: a session that is
# refused once its request was understood as SFTP says why in SFTP. Which
# clients show that is asserted, for each refusal; its status and its line in
# the log are what they were.
# timeout: 300
. "$(dirname "$0")/lib.sh"
start_sshd

export SSHD_PORT=$PORT SSHD_KEY=$T/client_key SSHD_KNOWN_HOSTS=$T/known_hosts
mkdir -m 755 "$T/slots"

# say CLIENT ACCOUNT: what the client tells its user, on one line.
say() {
	case $1 in
	sftp) sftp_to "$2" <<<ls 2>&1 ;;
	lftp)
		timeout 30 lftp -c "
			set sftp:connect-program 'ssh -a -x -F $T/ssh_config';
			set net:max-retries 1; set net:timeout 10;
			set cmd:fail-exit yes; set dns:fatal-timeout 5;
			open sftp://$2:x@$2; ls" 2>&1
		;;
	paramiko)
		timeout 30 "$SOURCE/tests/e2e/paramiko-answer.py" "$PORT" "$2" \
		    "$T/client_key" 2>&1
		;;
	libssh)
		SSHD_USER=$2 timeout 30 "$BUILD/tests/e2e/libssh_client" \
		    answer 2>&1
		;;
	esac | tr '\n' ' '
}

# The session's status, and what it says on stderr, of an exec; nothing is
# there to read.
status_of() {
	ssh_to "$1" internal-sftp >"$T/out" 2>"$T/err" </dev/null
	echo $?
}

# refused ACCOUNT WHAT STATUS TEXT RECORD: all of it, by every client.
refused() {
	local account=$1 what=$2 client
	for client in sftp lftp paramiko libssh; do
		like "$account: $what: $client shows why" \
		    "$(say $client "$account")" "*filesonly: $4*"
	done
	is "$account: $what: the status" "$(status_of "$account")" "$3"
	like "$account: $what: a command's stderr says it, too" \
	    "$(cat "$T/err")" "filesonly: $4*"
	is "$account: $what: who asks for nothing is told nothing" \
	    "$(wc -c <"$T/out")" 0
	like "$account: $what: the log" "$(tail -n 1 "$T/log-$account")" "$5"
}

# busy ACCOUNT OPTIONS ROOT: the one session that it may have is taken.
busy() {
	serve "$1" "$2 --max-sessions=1 --sessions-dir=$T/slots" "$3"
	hold_rsync "$1" "rsync --server -e.LsfxCIvu . ."
	within 20 grep -q event=start "$T/log-$1"
	refused "$1" "too many sessions" 1 "the account is in use*" \
	    "*event=decide*result=refused rule=busy*"
	exec 8>&-
	wait "$HOLDER"
}

for account in $ACCOUNTS; do
	root=$(make_root "$account")
	log=$(make_log "$account")
	mkdir -m 700 "$T/slots/$(id -u "$account")"
	own "$account" "$T/slots/$(id -u "$account")"
	options=--audit=$log
	echo content >"$root/file"
	serve "$account" "$options" "$root"
	for client in sftp lftp; do
		like "$account: control: $client is served" \
		    "$(say $client "$account")" "*file*"
	done
	for client in paramiko libssh; do
		is "$account: control: $client is served" \
		    "$(say $client "$account")" "served "
	done

	: >"$log"
	busy "$account" "$options" "$root"
	serve "$account" "$options --services=rsync" "$root"
	refused "$account" "a service that it lacks" 1 \
	    "this service is not part of the account*" \
	    "*event=decide*result=refused rule=service*"
	serve "$account" "$options --disabled" "$root"
	refused "$account" "a disabled login" 1 "this login is disabled*" \
	    "*event=decide*result=refused rule=disabled*"
	serve "$account" "$options --expires=20200101" "$root"
	refused "$account" "an expired login" 1 "this login has expired*" \
	    "*event=decide*result=refused rule=expired*"
	serve "$account" "$options" "$T/nowhere"
	refused "$account" "a root that is missing" 78 \
	    "this account is misconfigured*" \
	    "*event=misconfigured*nowhere*"
	is "$account: ... where it is, no client hears" \
	    "$(say sftp "$account" | grep -c nowhere)" 0
	serve "$account" "$options --exact='rsync --server -e.LsfxCIvu . .'" \
	    "$root"
	refused "$account" "another request than the key's" 1 \
	    "this key is for one transfer only*" \
	    "*event=decide*result=refused rule=exact*"
	key_line "$account" "$GATE $options --no-such-option $root"
	for client in sftp lftp paramiko libssh; do
		like "$account: an option that there is not: $client" \
		    "$(say $client "$account")" \
		    "*filesonly: this account is misconfigured*"
	done
	is "$account: ... the status" "$(status_of "$account")" 2
	serve "$account" "--audit=$T/none/log" "$root"
	for client in sftp lftp paramiko libssh; do
		like "$account: no log: $client" "$(say $client "$account")" \
		    "*filesonly: this account is misconfigured; the log*"
	done
	is "$account: ... the status" "$(status_of "$account")" 78
	if [ "${E2E_SERVER:-}" != filesonlyd ]; then
		cp "$BUILD/tests/fault/lack" "$T/bin/"
		key_line "$account" "$T/bin/lack openat2=ENOSYS -- $GATE \
$options $root"
		refused "$account" "a kernel that lacks openat2" 126 \
		    "the server's kernel lacks the means*" \
		    "*event=misconfigured*"
		key_line "$account" "$T/bin/lack seccomp=ENOSYS \
landlock=ENOSYS unshare=EPERM -- $GATE $options $root"
		refused "$account" "a kernel without any wall" 126 \
		    "the server's kernel lacks the means*" \
		    "*event=end*status=126*"
	fi
	serve "$account" "$options" "$root"
	is "$account: what is no SFTP hears it on stderr as before" \
	    "$(ssh_to "$account" id 2>&1)" "filesonly: this account transfers \
files only; the command was refused: \"id\""
	ok "$account: control: it is served again" sftp_to "$account" <<<ls
done
finish
