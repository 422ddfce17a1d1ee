#!/bin/bash
# The documented key line gives no shell, runs no command and forwards nothing:
# status, stderr and stdout of each try, and a control without the line.
. "$(dirname "$0")/lib.sh"
# X11 for the control; there may be no xauth, which need do nothing here.
start_sshd "X11Forwarding yes
XAuthLocation /bin/true"

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

# no_forwarding CLAIM GLOB ARGUMENT...: ssh fails with 255 and says so.
no_forwarding() {
	local claim=$1 text=$2
	shift 2
	ssh_to "$@" >"$T/out" 2>"$T/err" </dev/null
	is "$claim is forwarded" $? 255
	is "$claim is forwarded: nothing on stdout" "$(wc -c <"$T/out")" 0
	like "$claim is forwarded: ssh says so" "$(cat "$T/err")" "$text"
}

# with_agent ACCOUNT COMMAND: with an agent and a display to be forwarded.
with_agent() {
	DISPLAY=127.0.0.1:99 timeout 60 ssh-agent ssh -F "$T/ssh_config" -A -Y \
	    -o XAuthLocation=/bin/true -o LogLevel=INFO "$@" </dev/null
}

free_port() {
	/usr/bin/python3 -c 'import socket
s = socket.create_server(("127.0.0.1", 0)); print(s.getsockname()[1])'
}

# banner PORT KIND: the first bytes of the private sshd, by a forwarded port
# (-L) or a SOCKS proxy (-D).
banner() {
	# start_sshd has set it.
	# shellcheck disable=SC2153
	/usr/bin/python3 - "$1" "$2" "$PORT" <<-'END'
	import socket, struct, sys
	port, kind, sshd = int(sys.argv[1]), sys.argv[2], int(sys.argv[3])
	with socket.create_connection(("127.0.0.1", port), 20) as s:
	    if kind == "-D":
	        s.sendall(b"\5\1\0")
	        s.recv(2)
	        s.sendall(b"\5\1\0\1\x7f\0\0\1" + struct.pack(">H", sshd))
	        if s.recv(10)[1:2] != b"\0":
	            sys.exit("refused")
	    print(s.recv(8).decode())
	END
}

# listens ACCOUNT KIND: the client's own end of a forwarding (-L or -D) opens
# with a connection that stays, and leads to the sshd only where it may.
listens() {
	local account=$1 kind=$2 port forward free
	port=$(free_port)
	forward=$port
	[ "$kind" = -D ] || forward=$port:127.0.0.1:$PORT
	for free in yes no; do
		if [ $free = yes ]; then
			free_key "$account"
		else
			serve "$account" "" "$root"
		fi
		rm -f "$T/control"
		ssh_to -M -S "$T/control" -fN -o ExitOnForwardFailure=yes \
		    "$kind" "127.0.0.1:$forward" "$account" 2>/dev/null
		if [ $free = yes ]; then
			is "$account: control: $kind leads to a port" \
			    "$(banner "$port" "$kind" 2>/dev/null)" SSH-2.0-
		else
			is "$account: $kind leads nowhere" \
			    "$(banner "$port" "$kind" 2>/dev/null)" ""
		fi
		ssh_to -S "$T/control" -O exit "$account" 2>/dev/null
	done
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
	refused "$account: an rsync daemon" "this option is refused" \
	    "$account" "rsync --server --daemon ."
	refused "$account: an rsync that is no server" \
	    "not one that a client sends" "$account" "rsync -a / /tmp/x"
	refused "$account: rsync that is to run another" "refused" \
	    "$account" "rsync --server --rsh=sh . /"
	refused "$account: a shell's path" "$command: \"/bin/sh\"" \
	    "$account" /bin/sh
	refused "$account: a git command" "$command" \
	    "$account" "git-upload-pack 'x.git'"
	refused "$account: an open quote" "unclosed quote" \
	    "$account" "sftp-server 'x"
	refused "$account: nothing but quotes" "$command" "$account" "''"
	refused "$account: an scp that is to run another" \
	    "this option is refused" "$account" "scp -S /bin/sh -t x"
	refused "$account: an scp that is a client" \
	    "not one that a client sends" "$account" "scp /etc/passwd x:y"
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
	like "$account: control: ... and the agent, and a display" \
	    "$(with_agent "$account" 'echo "$SSH_AUTH_SOCK $DISPLAY"' 2>&1)" \
	    "*agent* localhost:*"

	serve "$account" "" "$root"
	no_forwarding "$account: no port" "*forwarding failed*" \
	    -W "127.0.0.1:$PORT" "$account"
	no_forwarding "$account: no port of the server's" \
	    "*remote port forwarding failed*" -o ExitOnForwardFailure=yes \
	    -R 0:127.0.0.1:1 "$account"
	no_forwarding "$account: no socket of the server's" \
	    "*remote port forwarding failed*" -o ExitOnForwardFailure=yes \
	    -R "$T/home/socket:127.0.0.1:1" "$account"
	no "$account: no socket was made" [ -e "$T/home/socket" ]
	listens "$account" -L
	listens "$account" -D
	with_agent "$account" internal-sftp >/dev/null 2>"$T/err"
	like "$account: no display" "$(cat "$T/err")" \
	    "*X11 forwarding request failed*"
	# The same restriction, with a command that would tell of the agent.
	key_line "$account" 'echo \"<$SSH_AUTH_SOCK$DISPLAY>\"'
	is "$account: no agent" "$(with_agent "$account" x 2>/dev/null)" "<>"
done
client ssh
finish
