# shellcheck shell=bash
# Two nodes over one distributed file system, for a test script; sourced first.
#
# All of it runs in namespaces of its own: nothing on the machine changes, and
# what was started ends with them. In the script's own network namespace are
# the file system's servers, the balancer and the clients; each node has
# network, mount and PID namespaces of its own, so that killing its first
# process ends all that it runs, as when a machine is lost.
#
#   10.77.0.1 file system   .2 balancer   .11 .12 nodes   .101 .102 clients
#
# FLEET says which file system: moosefs (the default) or gluster.

FLEET=${FLEET:-moosefs}
if [ -z "${FLEET_NAMESPACE:-}" ]; then
	[ "$(id -u)" = 0 ] || {
		echo "1..0 # SKIP needs root to mount"
		exit 0
	}
	unshare --mount --net --pid --uts --fork --mount-proc true \
	    2>/dev/null || {
		echo "1..0 # SKIP needs a mount namespace"
		exit 0
	}
	FLEET_NAMESPACE=yes E2E_NAMESPACE=yes exec unshare --mount --net --pid \
	    --uts --fork --kill-child --mount-proc --propagation private \
	    "$0" "$@"
fi
. "$(dirname "${BASH_SOURCE[0]}")/../e2e/lib.sh"
PATH=$PATH:/usr/sbin:/sbin

for need in ip haproxy /usr/sbin/sshd "$BUILD/filesonlyd" /dev/fuse; do
	[ -e "$need" ] || command -v "$need" >/dev/null ||
	    skip_all "no $need here"
done
BALANCER=10.77.0.2
SHARED_DIR=$T/shared   # the file system, in each node and for the script
LOCAL=$T/local         # a node's own files: its record, its logs
declare -A NODE        # the first process of each node

# ended PID...: these processes are gone.
ended() {
	local pid
	for pid; do
		! kill -0 "$pid" 2>/dev/null || return
	done
}

# kill_now PID...: and waits until they are gone.
kill_now() {
	kill -9 "$@" 2>/dev/null
	within 10 ended "$@"
}

# --- the network -----------------------------------------------------------

make_network() {
	ip link set lo up && ip link add fleet type bridge || return
	local last
	for last in 1 2 101 102; do
		ip addr add "10.77.0.$last/24" dev fleet || return
	done
	ip link set fleet up
}

# --- nodes -----------------------------------------------------------------

address_of() {
	echo "10.77.0.1$1"
}

# on NODE COMMAND...: runs it there.
on() {
	local node=$1
	shift
	nsenter -t "${NODE[$node]}" --mount --net --pid --uts -- "$@"
}

# node_boot NODE: a machine without anything running.
node_boot() {
	local node=$1 outer
	rm -f "$T/booted"
	# Its first process waits for whatever is left to it.
	# shellcheck disable=SC2016
	unshare --mount --net --pid --uts --fork --kill-child --mount-proc \
	    --propagation private bash -c '
		hostname "node$1" && mount --bind "$2-$1" "$2" &&
		umount -l "$3" && : >"$4" || exit
		while :; do
			sleep 3600 &
			wait
		done' node "$node" "$LOCAL" "$SHARED_DIR" "$T/booted" &
	outer=$!
	disown
	within 5 test -e "$T/booted" || return
	NODE[$node]=$(cat "/proc/$outer/task/$outer/children")
	NODE[$node]=${NODE[$node]% }
	ip link add "node$node" type veth peer name eth0 \
	    netns "${NODE[$node]}" &&
	    ip link set "node$node" master fleet up &&
	    on "$node" ip link set lo up &&
	    on "$node" ip addr add "$(address_of "$node")/24" dev eth0 &&
	    on "$node" ip link set eth0 up &&
	    mount_on "$node"
}

# node_sshd NODE: its sshd.
node_sshd() {
	fleet_sshd_config "$(address_of "$1")" >"$LOCAL-$1/sshd_config"
	: >"$LOCAL-$1/sshd.log"
	on "$1" /usr/sbin/sshd -D -f "$LOCAL/sshd_config" \
	    -E "$LOCAL/sshd.log" &
	disown
	within 10 grep -q '^Server listening' "$LOCAL-$1/sshd.log"
}

# node_filesonlyd NODE: its filesonlyd.
node_filesonlyd() {
	on "$1" setpriv --reuid=plain --regid=plain --clear-groups \
	    "$T/bin/filesonlyd" --listen="$(address_of "$1"):2222" \
	    --host-key="$T/host_key.filesonlyd" --no-penalties \
	    --proxy-from=$BALANCER --config="$CONF/filesonlyd.conf" \
	    2>"$LOCAL-$1/filesonlyd.log" &
	disown
	within 10 grep -q host-key "$LOCAL-$1/filesonlyd.log"
}

node_serve() {
	node_sshd "$1" && node_filesonlyd "$1"
}

# node_start NODE: all of it.
node_start() {
	node_boot "$1" && node_serve "$1"
}

# node_pids NODE PROGRAM: the pids, as this namespace counts, of what the node
# runs of this program file.
node_pids() {
	local pid space
	space=$(readlink "/proc/${NODE[$1]}/ns/pid")
	for pid in /proc/[0-9]*; do
		[ "$(readlink "$pid/ns/pid")" = "$space" ] &&
		    [[ $(readlink "$pid/exe") == */"$2" ]] &&
		    echo "${pid#/proc/}"
	done 2>/dev/null
}

# node_lose NODE: as if its power failed: no process gets to do anything more.
node_lose() {
	kill_now "${NODE[$1]}"
	unset "NODE[$1]"
}

# --- the servers -----------------------------------------------------------

fleet_sshd_config() {
	cat <<-END
		ListenAddress $1
		Port 22
		HostKey $T/host_key
		PidFile none
		AuthorizedKeysFile none
		AuthorizedKeysCommand /etc/keys_of %u
		AuthorizedKeysCommandUser nobody
		StrictModes no
		UsePAM no
		UseDNS no
		PrintMotd no
		PermitRootLogin prohibit-password
		PasswordAuthentication no
		KbdInteractiveAuthentication no
		Subsystem sftp internal-sftp
		MaxStartups 100
		LogLevel VERBOSE
		$(private_sshd_patience)
	END
}

# What every node has: keys of hosts and accounts, and one configuration.
make_servers() {
	mkdir -p "$LOCAL" "$LOCAL-1" "$LOCAL-2" "$SHARED_DIR" "$T/check" /run/sshd
	chmod 755 "$LOCAL" "$LOCAL"-*
	local name
	for name in host_key host_key.filesonlyd client_key; do
		ssh-keygen -q -t ed25519 -N '' -C "$name" -f "$T/$name" ||
		    return
	done
	own plain "$T/host_key.filesonlyd"
	cp "$BUILD/filesonlyd" "$T/bin/"
	# In the place of sss_ssh_authorizedkeys.
	printf '#!/bin/sh\nexec cat "%s/keys/$1"\n' "$T" >/etc/keys_of
	chmod 755 /etc/keys_of
	private_etc
	add_account check 64102 /bin/sh
	cp "$T/client_key.pub" "$T/keys/filesonlyd"
	ssh-keygen -q -t ed25519 -N '' -C check -f "$T/check/id_ed25519" ||
	    return
	echo "restrict,command=\"$GATE\" $(cat "$T/check/id_ed25519.pub")" \
	    >"$T/keys/check"
	chown -R haproxy "$T/check"
	: >"$T/check-record"
	own plain "$T/check-record"
	for name in $ACCOUNTS check; do
		[ "$name" = check ] || profile "$name"
		: >"$LOCAL-1/record-$name"
		: >"$LOCAL-2/record-$name"
		own "$name" "$LOCAL"-[12]/record-"$name"
	done
	cat >"$CONF/filesonly.conf" <<-END
		[defaults]
		root = $SHARED_DIR/homes/%u
		atomic-uploads = yes
		sync = close
		audit = $LOCAL/record-%u
		sessions-dir = $SHARED_DIR/sessions

		[profile two-at-once]
		max-sessions = 2

		[profile archive]
		root = $SHARED_DIR/archive/%u
		mode = create-only
		own-window = 2

		[user check]
		mode = read-only
	END
	# Its accounts are its own; the files of all are plain's.
	cat >"$CONF/filesonlyd.conf" <<-END
		[defaults]
		root = $SHARED_DIR/homes/plain
		atomic-uploads = yes
		sync = close
		audit = $LOCAL/record-plain
		sessions-dir = $SHARED_DIR/sessions

		[user plain]
		authorized-keys = $T/keys/filesonlyd

		[user check]
		root = $SHARED_DIR/homes/check
		mode = read-only
		audit = $T/check-record
		authorized-keys = $T/keys/check
	END
}

# make_shared: the directories on the file system.
make_shared() {
	local account
	mkdir "$SHARED_DIR"/{homes,archive,sessions} || return
	for account in $ACCOUNTS check; do
		mkdir "$SHARED_DIR"/{homes,archive}/"$account" &&
		    mkdir -m 700 "$SHARED_DIR/sessions/$(id -u "$account")" &&
		    own "$account" "$SHARED_DIR"/{homes,archive}/"$account" \
			"$SHARED_DIR/sessions/$(id -u "$account")" || return
	done
}

# profile ACCOUNT [NAME]: what the client's key gives from now on, on each
# node, by sshd and by filesonlyd.
profile() {
	key_line "$1" "$GATE${2:+ --profile=$2}"
}

# --- the clients -----------------------------------------------------------

# Hosts: both, one, two by sshd, and the same with "d" by filesonlyd; with
# "-root" at its end root's account.
make_clients() {
	local host name address port key
	for host in both one two; do
		case $host in
		both) address=$BALANCER ;;
		one) address=$(address_of 1) ;;
		two) address=$(address_of 2) ;;
		esac
		for name in "$host" "$host-root" "$host-d"; do
			port=22 key=host_key
			case $name in *-d) port=2222 key=host_key.filesonlyd ;; esac
			printf 'Host %s\nHostName %s\nPort %s\n' \
			    "$name" "$address" "$port"
			case $name in
			*-root) echo "User root" ;;
			*) echo "User plain" ;;
			esac
			printf '%s %s\n' "[$address]:$port" \
			    "$(cut -d' ' -f1,2 "$T/$key.pub")" |
			    sed 's/^\[\(.*\)\]:22 /\1 /' >>"$T/known_hosts"
		done
	done >"$T/ssh_config"
	{
		echo 'Host *'
		# shellcheck disable=SC2034 # private_ssh_config's
		PORT=22
		private_ssh_config "$T" | grep -v -e ^HostName -e ^Port
		echo "KexAlgorithms curve25519-sha256"
		echo "ControlPath none"
		echo "BindAddress 10.77.0.101"
		# A node that is lost says nothing more.
		echo "ServerAliveInterval 5"
		echo "ServerAliveCountMax 2"
	} >>"$T/ssh_config"
}

# --- the balancer ----------------------------------------------------------

# By contrib's example, with the addresses and places of this fleet, and more
# patience: the machine may have much else to do.
start_balancer() {
	local kind
	for kind in host_key host_key.filesonlyd; do
		echo "fleet $(cut -d' ' -f1,2 "$T/$kind.pub")"
	done >"$T/check/known_hosts"
	sed -e "s,/etc/haproxy/check\b,$T/check," -e 's,-k 1 6,-k 1 25,' \
	    -e 's,ConnectTimeout=3,ConnectTimeout=15,' \
	    "$SOURCE/contrib/haproxy/check-session" >"$T/bin/check-session"
	chmod 755 "$T/bin/check-session"
	mkdir "$T/balancer"
	sed -e 's,192\.0\.2\.,10.77.0.,' \
	    -e "s,/run/haproxy/,$T/balancer/," -e 's,inter 5s,inter 2s,' \
	    -e 's,timeout check 8s,timeout check 30s,' \
	    -e "s,/etc/haproxy/check-session,$T/bin/check-session," \
	    "$SOURCE/contrib/haproxy/haproxy.cfg" >"$T/haproxy.cfg"
	haproxy -c -f "$T/haproxy.cfg" >"$T/out" 2>&1 || return
	haproxy -db -f "$T/haproxy.cfg" >"$T/haproxy.log" 2>&1 &
	disown
}

# balancer_sees STATE STATE: UP or DOWN, of the first node and the second.
balancer_sees() {
	local first=$1 second=$2
	/usr/bin/python3 - "$T/balancer/admin.sock" "$first" "$second" <<-'END'
		import socket, sys
		asked = socket.socket(socket.AF_UNIX)
		asked.connect(sys.argv[1])
		asked.sendall(b"show stat\n")
		text = b""
		while got := asked.recv(65536):
		    text += got
		rows = [line.split(",") for line in text.decode().splitlines()]
		for row in rows:
		    if len(row) > 17 and row[1] in ("node1", "node2"):
		        wanted = sys.argv[2 if row[1] == "node1" else 3]
		        if not row[17].startswith(wanted):
		            sys.exit(1)
	END
}

# It sets MOUNT_PROGRAM, which is the mount of a node, and LOST_AFTER, the
# seconds after which the locks of a lost node are free.
# shellcheck source=tests/fleet/moosefs.sh
. "$SOURCE/tests/fleet/$FLEET.sh"

make_fleet() {
	make_network && make_servers && make_clients && start_file_system &&
	    mount_here && make_shared && node_start 1 && node_start 2
}

cleanup_more() {
	local pid
	# All that runs in this namespace, each by its pid.
	for pid in /proc/[0-9]*; do
		pid=${pid#/proc/}
		[ "$pid" = $$ ] || [ "$pid" = "$BASHPID" ] ||
		    kill -9 "$pid" 2>/dev/null
	done
}
