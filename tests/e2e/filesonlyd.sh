# shellcheck shell=bash
# filesonlyd for a test script: sourced behind lib.sh.
#
# It runs as $SERVED, the ordinary account of the script, since it refuses to
# run as root. Its files are in $T/server; its log is $T/server/log.

SERVED=${ACCOUNTS##* }
SERVER=$T/bin/filesonlyd
SERVER_PID=
[ -e "$BUILD/filesonlyd" ] || skip_all "filesonlyd was not built: no libssh"
cp "$BUILD/filesonlyd" "$T/bin/" || exit 1
mkdir "$T/server"
own "$SERVED" "$T/server"
ssh-keygen -q -t ed25519 -N '' -C client -f "$T/client_key" || exit 1

cleanup_more() {
	stop_server
}

# stop_server: ends it and all that it serves, and waits for it.
stop_server() {
	[ -n "$SERVER_PID" ] || return 0
	kill "$SERVER_PID" 2>/dev/null
	within 2 no_server || kill "$SERVER_PID" 2>/dev/null
	within 5 no_server || kill -9 "$SERVER_PID" 2>/dev/null
	wait "$SERVER_PID" 2>/dev/null
	SERVER_PID=
}

no_server() {
	! kill -0 "$SERVER_PID" 2>/dev/null
}

# keys LINE...: what authorized_keys has from now on; "KEY" in a line stands
# for the client's public key.
keys() {
	printf '%s\n' "$@" |
	    sed "s|KEY|$(cut -d' ' -f1,2 "$T/client_key.pub")|" \
		>"$T/server/authorized_keys"
	chmod 600 "$T/server/authorized_keys"
	own "$SERVED" "$T/server/authorized_keys"
}

# server OPTION...: starts it on a free port with these options and the root
# among them; sets PORT and $T/ssh_config, in which every host name leads
# there. Returns 1 where it ends at once.
server() {
	: >"$T/server/log"
	own "$SERVED" "$T/server/log"
	# Not by "as": the pid must be the server's.
	set -- "$SERVER" --listen=127.0.0.1:0 \
	    --host-key="$T/server/host_key" "$@"
	[ "$(id -u)" != 0 ] || set -- setpriv --reuid="$SERVED" \
	    --regid="$SERVED" --clear-groups "$@"
	"$@" 2>"$T/server/log" &
	SERVER_PID=$!
	within 10 server_listens && ! no_server || return
	PORT=$(sed -n 's/.*"listening".*port"*[=:]\([0-9]*\).*/\1/p' \
	    "$T/server/log")
	as "$SERVED" ssh-keygen -y -f "$T/server/host_key" >"$T/host_key.pub"
	echo "[127.0.0.1]:$PORT $(cat "$T/host_key.pub")" >"$T/known_hosts"
	{
		printf 'Host *\nUser anybody\n'
		private_ssh_config "$T"
	} >"$T/ssh_config"
}

server_listens() {
	grep -q 'event.*"host-key".*SHA256' "$T/server/log" ||
	    ! kill -0 "$SERVER_PID" 2>/dev/null
}
