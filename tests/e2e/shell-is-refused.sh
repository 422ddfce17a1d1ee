#!/bin/bash
# The documented key line gives no shell and runs no command.
. "$(dirname "$0")/lib.sh"
start_sshd

# refused CLAIM TEXT ARGUMENT...: ssh with these arguments ends with status 1,
# nothing on stdout and one line of ours, which holds TEXT, on stderr.
refused() {
	local claim=$1 text=$2 status
	shift 2
	ssh_to "$@" >"$T/out" 2>"$T/err" </dev/null
	status=$?
	is "$claim: status 1" $status 1
	is "$claim: nothing on stdout" "$(wc -c <"$T/out")" 0
	like "$claim: says why" "$(cat "$T/err")" "filesonly: *$text*"
	is "$claim: in one line" "$(wc -l <"$T/err")" 1
}

for account in $ACCOUNTS; do
	root=$(make_root "$account")
	free_key "$account"
	is "$account: control: without the gate a command runs" \
	    "$(ssh_to "$account" 'echo $((20 + 22))')" 42

	serve "$account" "" "$root"
	shell="there is no shell"
	command="the command was refused"
	meta="outside quotes, these characters are refused"
	refused "$account: no command" "$shell" "$account"
	refused "$account: id" "$command: \"id\"" "$account" id
	refused "$account: bash -c" "$command: \"bash -c id\"" "$account" "bash -c id"
	refused "$account: a login shell" "$command" "$account" "bash -l"
	refused "$account: sftp;id" "$meta" "$account" "sftp;id"
	refused "$account: sftp-server & id" "$meta" \
	    "$account" "/usr/lib/openssh/sftp-server & id"
	refused "$account: a substitution" "$meta" \
	    "$account" 'rsync --server . $(id)'
	refused "$account: a second line" "" \
	    "$account" $'internal-sftp\nid'
	refused "$account: an rsync daemon" "" \
	    "$account" "rsync --server --daemon ."
	refused "$account: control bytes come back escaped" '\x1b[2J' \
	    "$account" $'\e[2Jid\a'
	no "$account: no escape byte reaches the terminal" \
	    grep -q $'[\e\a]' "$T/err"

	ssh_to -tt "$account" >"$T/out" 2>"$T/err" </dev/null
	no "$account: a pty: the session fails" [ $? = 0 ]
	is "$account: a pty: nothing on stdout" "$(wc -c <"$T/out")" 0
	like "$account: a pty: the server gives none" "$(cat "$T/err")" \
	    "*PTY allocation request failed*"
	key_line "$account" "$GATE $root" "no-port-forwarding"
	ssh_to -tt "$account" >"$T/out" 2>"$T/err" </dev/null
	is "$account: a pty without restrict: status 1" $? 1
	like "$account: a pty without restrict: no shell in it" \
	    "$(cat "$T/out")" "filesonly: *$shell*"
	ssh_to -tt "$account" internal-sftp >"$T/out" 2>"$T/err" </dev/null
	is "$account: sftp on a pty: status 1" $? 1
	like "$account: sftp on a pty: says why" \
	    "$(cat "$T/out")" "filesonly: *without a terminal*"
	serve "$account" "" "$root"

	long=$(head -c 120000 /dev/zero | tr '\0' a)
	refused "$account: 120 KB of a command" "too long" "$account" "$long"
	refused "$account: 120 KB after a command that is served" "too long" \
	    "$account" "/usr/lib/openssh/sftp-server $long"

	free_key "$account"
	like "$account: control: without restrict a port is forwarded" \
	    "$(ssh_to -W "127.0.0.1:$PORT" "$account" </dev/null 2>&1)" \
	    "SSH-2.0-*"
	ok "$account: control: ... and one of the server's to here" \
	    ssh_to -o ExitOnForwardFailure=yes -R 0:127.0.0.1:1 \
	    "$account" true
	serve "$account" "" "$root"
	ssh_to -W "127.0.0.1:$PORT" "$account" >"$T/out" 2>"$T/err" </dev/null
	is "$account: no port is forwarded" $? 255
	is "$account: no port is forwarded: nothing on stdout" \
	    "$(wc -c <"$T/out")" 0
	like "$account: no port is forwarded: ssh says so" "$(cat "$T/err")" \
	    "*forwarding failed*"
	ssh_to -o ExitOnForwardFailure=yes -R 0:127.0.0.1:1 "$account" \
	    >"$T/out" 2>"$T/err" </dev/null
	is "$account: no port of the server's is given" $? 255
	like "$account: no port of the server's is given: ssh says so" \
	    "$(cat "$T/err")" "*remote port forwarding failed*"
done
client ssh
finish
