# shellcheck shell=bash
# filesonlyd beside a private sshd with its sftp-server: same machine, account,
# client and cipher. Sourced by tests/bench/run.
#
# A server's CPU is what its listener and all that came of it used, user and
# system; the client's is not in it.

# shellcheck source=tools/private-sshd.sh
. "$SOURCE/tools/private-sshd.sh"

declare -A SERVER_OF REAPER_OF # the listener's pid, its parent's
SERVERS="sshd filesonlyd"

# servers_account: the account of both. As root the one that root plays gets a
# shell, in this namespace, since sshd runs commands by it.
servers_account() {
	SERVED=$(id -un)
	[ "$(id -u)" = 0 ] || return 0
	SERVED=$(getent passwd "$USER_ID" | cut -d: -f1)
	# A file that is mounted over is gone when the machine replaces it.
	cp -a /etc "$T/etc" && mount --bind "$T/etc" /etc || return
	sed -i "s|^$SERVED:.*|$SERVED:*:$USER_ID:$USER_ID::/nonexistent:/bin/sh|" \
	    /etc/passwd
	private_shadow "$SERVED" >/etc/shadow
	chmod 644 /etc/shadow # sshd runs as that account
	ip link set lo up
}

# run_server NAME COMMAND...: in the background, with its log in $T/NAME.log.
run_server() {
	local name=$1
	shift
	set -- "$T/bin/reaper" "$@"
	[ "$(id -u)" != 0 ] || set -- setpriv --reuid="$USER_ID" \
	    --regid="$USER_ID" --clear-groups "$@"
	"$@" <"$T/servers-end" >"$T/$name.pid" 2>"$T/$name.log" 8>&- 5>&- &
	REAPER_OF[$name]=$!
	until [ -s "$T/$name.pid" ]; do sleep 0.02; done
	SERVER_OF[$name]=$(cat "$T/$name.pid")
}

# listens NAME PATTERN: waits until its log has it.
listens() {
	until grep -q "$2" "$T/$1.log"; do
		kill -0 "${SERVER_OF[$1]}" || exit 1
		sleep 0.02
	done
}

# servers_start: once for all parts.
servers_start() {
	local name
	[ -z "${SERVER_OF[sshd]:-}" ] || return 0
	[ -e "$BUILD/filesonlyd" ] || { echo "no filesonlyd here"; return 1; }
	cp "$BUILD/filesonlyd" "$BUILD/tests/bench/"{delay,reaper} "$T/bin"
	mkfifo "$T/servers-end"
	exec 5<>"$T/servers-end"
	servers_account || return
	mkdir -p "$T/served/keys" "$T/files"
	ssh-keygen -q -t ed25519 -N '' -f "$T/served/host_key"
	ssh-keygen -q -t ed25519 -N '' -f "$T/client_key"
	cp "$T/client_key.pub" "$T/served/keys/$SERVED"
	PORT=22022 private_sshd_config "$T/served" >"$T/served/sshd_config"
	sed -i "s|^Subsystem .*|Subsystem sftp $PEER|" \
	    "$T/served/sshd_config"
	chmod 755 "$T/served"
	[ "$(id -u)" != 0 ] ||
	    chown -R "$USER_ID:$USER_ID" "$T/served" "$T/files"
	run_server sshd /usr/sbin/sshd -D -e -f "$T/served/sshd_config"
	run_server filesonlyd "$T/bin/filesonlyd" --listen=127.0.0.1:22023 \
	    --host-key="$T/served/host_key" --max-per-address=1000 \
	    --max-connections=1000 --max-logins=1000 \
	    --authorized-keys="$T/served/keys/$SERVED" "$T/files"
	listens sshd '^Server listening'
	listens filesonlyd 'event="host-key"'
	for name in 22022 22023; do
		echo "[127.0.0.1]:$name $(cut -d' ' -f1,2 \
		    "$T/served/host_key.pub")"
	done >"$T/known_hosts"
	{
		printf 'Host sshd\nPort 22022\nHost filesonlyd\nPort 22023\n'
		printf 'Host *\nUser %s\nHostKeyAlias none\n' "$SERVED"
		PORT=1 private_ssh_config "$T"
	} | grep -v 'HostKeyAlias\|^Port 1$' >"$T/ssh_config"
}

servers_stop() {
	[ -n "${SERVER_OF[sshd]:-}" ] || return 0
	echo end >&5
	exec 5>&-
	wait "${REAPER_OF[@]}"
	[ -z "${BENCH_NAMESPACE:-}" ] || umount -l /etc
}

# ticks NAME: what a server, its dead and its orphans have used, in 1/100 s.
ticks() {
	awk '{
		sub(/.*\) /, "")
		sum += $14 + $15
		if (FNR < NR)
			sum += $12 + $13
	}
	END { print sum }' "/proc/${REAPER_OF[$1]}/stat" \
	    "/proc/${SERVER_OF[$1]}/stat"
}

# used NAME COMMAND...: what a server used for it, in 1/100 s, in USED.
used() {
	local name=$1 before
	shift
	before=$(ticks "$name")
	"$@" >"$T/client.out" 2>&1 || {
		echo "$name: failed: $*: $(tail -n 3 "$T/client.out" "$T/$name.log")" >&2
		exit 1
	}
	# All of its sessions are over.
	while [ "$(pgrep -c -P "${SERVER_OF[$name]},${REAPER_OF[$name]}")" \
	    != 1 ]; do
		sleep 0.02
	done
	USED=$(($(ticks "$name") - before))
}

# ratio CLAIM TARGET RUNS PREPARE COMMAND: of the servers' CPU, the median of
# RUNS; SERVER and FILES stand for the server's name and its directory.
ratio() {
	local claim=$1 target=$2 runs=$3 prepare=$4 run name
	local -A of=()
	for ((run = 0; run < runs; run++)); do
		for name in $SERVERS; do
			servers_shell "$name" "$prepare" || exit 1
			used "$name" servers_shell "$name" "$5"
			of[$name]+="$USED "
		done
	done
	figure "$claim: CPU by sshd's" "$(awk -v a="${of[filesonlyd]}" \
	    -v b="${of[sshd]}" 'function median(text,  n, v, i, j, t) {
		n = split(text, v, " ")
		for (i = 1; i <= n; i++)
			for (j = i + 1; j <= n; j++)
				if (v[j] + 0 < v[i] + 0) {
					t = v[i]; v[i] = v[j]; v[j] = t
				}
		return v[int((n + 1) / 2)]
	}
	BEGIN { b = median(b); print median(a) / (b == 0 ? 1 : b) }')" \
	    "<=" "$target" ""
	echo "    (1/100 s: filesonlyd ${of[filesonlyd]}, sshd ${of[sshd]})"
}

# servers_shell NAME COMMAND
servers_shell() {
	local command=${2//SERVER/$1} files=$T/files
	# What a client names: ours is confined to it, sshd's is not.
	command=${command//REMOTE/$([ "$1" = sshd ] && echo "$files")}
	(cd "$T" && bash -c "${command//FILES/$files}")
}

# --- parts ------------------------------------------------------------------

bulk_ratios() {
	local cipher=$1
	local sftp="sftp -q -F ssh_config -o Ciphers=$cipher -b - SERVER"
	ratio "$cipher: download" 0.65 "$2" "rm -f got" \
	    "$sftp <<<'get REMOTE/large got' && cmp got large"
	ratio "$cipher: upload" 0.65 "$2" "rm -f FILES/up" \
	    "$sftp <<<'put large REMOTE/up' && cmp FILES/up large"
}

part_server-bulk() {
	echo "filesonlyd: 512 MiB by OpenSSH's sftp"
	servers_start || return
	dd if=/dev/urandom of="$T/large" bs=1M count=512 status=none
	cp "$T/large" "$T/files/large"
	bulk_ratios chacha20-poly1305@openssh.com 3
	bulk_ratios aes128-gcm@openssh.com 3
}

part_server-start() {
	echo "filesonlyd: 50 connections, each with an sftp session that ends"
	servers_start || return
	ratio "connection" 0.1 3 : \
	    'for i in {1..50}; do
		ssh -F ssh_config -s SERVER sftp </dev/null || exit
	    done'
}

# small_ratio CLAIM PREPARE COMMAND: five transfers a run, since a server's CPU
# is told in hundredths of a second; N is the number of one.
small_ratio() {
	ratio "$1" 0.5 3 "$2" "for n in 1 2 3 4 5; do ${3//N/\$n} || exit; done"
}

part_server-small() {
	local i sftp="sftp -q -F ssh_config -b - SERVER"
	local rsync="rsync -a -e 'ssh -F ssh_config'"
	echo "filesonlyd: 1,000 files of 4 KiB, end to end, five times"
	servers_start || return
	mkdir "$T/small"
	for i in {1..1000}; do
		head -c 4096 /dev/urandom >"$T/small/$i"
	done
	small_ratio "sftp put -r" "rm -rf FILES/small*" \
	    "$sftp <<<\"put -r small REMOTE/smallN\" &&
	    diff -r small FILES/smallN"
	small_ratio "sftp get -r" "rm -rf got*" \
	    "$sftp <<<\"get -r REMOTE/smallN gotN\" && diff -r small gotN"
	small_ratio "rsync push" "rm -rf FILES/small*" \
	    "$rsync small/ SERVER:REMOTE/smallN && diff -r small FILES/smallN"
	small_ratio "rsync pull" \
	    "rm -rf got* FILES/small*; cp -r small FILES/small" \
	    "$rsync SERVER:REMOTE/small/ gotN && diff -r small gotN"
}

# through NAME: a connection of 20 ms there and back; its port in RELAY.
through() {
	local port=22022
	[ "$1" = sshd ] || port=22023
	mkfifo "$T/relay-ends"
	exec 7<>"$T/relay-ends"
	exec 6< <(exec "$T/bin/delay" $port 10 <"$T/relay-ends" 7>&- 8>&-)
	read -r -u 6 RELAY
	rm "$T/relay-ends"
}

part_server-far() {
	local name best=() run seconds
	echo "filesonlyd: 128 MiB up at 20 ms there and back, best of 3"
	servers_start || return
	dd if=/dev/urandom of="$T/large" bs=1M count=128 status=none
	for name in $SERVERS; do
		through "$name"
		best[${#best[@]}]=$(for run in 1 2 3; do
			rm -f "$T/files/up"
			seconds=$( (TIMEFORMAT=%R
			time sftp -q -F "$T/ssh_config" -P "$RELAY" \
			    -o StrictHostKeyChecking=no \
			    -o UserKnownHostsFile=/dev/null -b - "$name" \
			    >/dev/null 2>&1 <<<"put $T/large \
			    $([ "$name" = sshd ] && echo "$T/files")/up") 2>&1)
			cmp "$T/large" "$T/files/up" || exit 1
			echo "$seconds"
		done | sort -n | head -n 1)
		exec 6<&- 7>&-
	done
	figure "upload by sshd's, wall clock" "$(awk -v a="${best[0]}" \
	    -v b="${best[1]}" 'BEGIN { print a / b }')" ">=" 1 ""
	echo "    (seconds: filesonlyd ${best[1]}, sshd ${best[0]})"
}

# Linux counts a page that processes share as nobody's own.
private_kib() {
	awk '/^Private_/ { sum += $2 } END { print sum + 0 }' \
	    "$@" 2>/dev/null
}

# family PID...: they and all that came of them.
family() {
	local found=$1 last=$1
	while last=$(pgrep -d, -P "$last"); do
		found+=,$last
	done
	echo "${found//,/ }"
}

part_server-idle() {
	local count=${IDLE:-500} i pid before=() ticks_before start kib=0
	echo "filesonlyd: $count idle sessions, and a client that is stopped"
	servers_start || return
	for ((i = 0; i < count; i++)); do
		ssh -F "$T/ssh_config" -s filesonlyd sftp \
		    <"$T/servers-end" >/dev/null 2>&1 &
		before+=($!)
		# Logins take their turns.
		((i % 20)) || sleep 0.5
	done
	while [ "$(pgrep -c -P "${SERVER_OF[filesonlyd]}")" -lt "$count" ]; do
		sleep 0.2
	done
	sleep 5
	for pid in $(family "${SERVER_OF[filesonlyd]}"); do
		kib=$((kib + $(private_kib "/proc/$pid/smaps_rollup")))
	done
	figure "a session's memory of its own" "$(awk -v k=$kib -v n="$count" \
	    'BEGIN { print k / n / 1024 }')" "<=" 6 MiB
	ticks_before=$(family_ticks filesonlyd)
	sleep 10
	figure "CPU of all of them, idle" "$(awk -v a="$ticks_before" \
	    -v b="$(family_ticks filesonlyd)" 'BEGIN { print (b - a) / 10 }')" \
	    "<=" 1 "%"
	kill "${before[@]}" 2>/dev/null
	wait "${before[@]}" 2>/dev/null

	truncate -s 4G "$T/files/sparse"
	echo "get sparse $T/got" | sftp -q -F "$T/ssh_config" -b - \
	    filesonlyd >/dev/null 2>&1 &
	start=$!
	until [ "$(stat -c %s "$T/got" 2>/dev/null || echo 0)" -gt 1000000 ]; do
		sleep 0.05
	done
	pid=$(pgrep -P $start)
	kill -STOP $start "$pid"
	sleep 1
	ticks_before=$(family_ticks filesonlyd)
	sleep 20
	figure "CPU while a client is stopped for 20 s" \
	    "$(awk -v a="$ticks_before" -v b="$(family_ticks filesonlyd)" \
	    'BEGIN { print (b - a) / 20 }')" "<=" 1 "%"
	kill -KILL $start "$pid"
	wait $start 2>/dev/null
	rm -f "$T/got" "$T/files/sparse"
}

# family_ticks NAME: what its living processes and its dead have used.
family_ticks() {
	local pid sum=0 used
	for pid in $(family "${SERVER_OF[$1]}"); do
		used=$(awk '{ sub(/.*\) /, ""); print $12 + $13 + $14 + $15 }' \
		    "/proc/$pid/stat" 2>/dev/null)
		sum=$((sum + ${used:-0}))
	done
	echo $sum
}
