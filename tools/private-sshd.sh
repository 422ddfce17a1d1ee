# shellcheck shell=bash
# The system's sshd with a configuration, a host key and a port of its own, on
# the loopback address, for the demonstration and the tests. Sourced. It takes
# nothing from /etc/ssh and works for root and for any other account.

# private_sshd_start DIRECTORY [SETTINGS]
#
# Starts it. DIRECTORY gets host_key, client_key, known_hosts, sshd_config,
# sshd.log; keys/ACCOUNT there is the account's authorized_keys. SETTINGS
# (lines of sshd_config) come first, so they win; SSHD_MATCH has blocks for the
# end, SSHD_SFTP another subsystem than internal-sftp. Sets PORT and SSHD_PID and
# returns 0, or says why not and returns 1.
private_sshd_start() {
	local dir=$1 settings=${2:-} try

	mkdir -p "$dir/keys"
	ssh-keygen -q -t ed25519 -N '' -C host -f "$dir/host_key" &&
	    ssh-keygen -q -t ed25519 -N '' -C client -f "$dir/client_key" ||
	    return 1
	# sshd insists on this one, which the service makes at boot.
	[ "$(id -u)" != 0 ] || mkdir -p /run/sshd
	for ((try = 0; try < 20; try++)); do
		PORT=$((20000 + RANDOM % 12000))
		printf '%s\n' "$settings" >"$dir/sshd_config"
		private_sshd_config "$dir" >>"$dir/sshd_config"
		: >"$dir/sshd.log"
		/usr/sbin/sshd -D -f "$dir/sshd_config" -E "$dir/sshd.log" &
		SSHD_PID=$!
		until grep -q '^Server listening' "$dir/sshd.log"; do
			kill -0 "$SSHD_PID" 2>/dev/null || break
			sleep 0.02
		done
		if kill -0 "$SSHD_PID" 2>/dev/null; then
			echo "[127.0.0.1]:$PORT" \
			    "$(cut -d' ' -f1,2 "$dir/host_key.pub")" \
			    >"$dir/known_hosts"
			return 0
		fi
		# Taken ports are tried again; all else is final.
		grep -q 'in use' "$dir/sshd.log" || break
	done
	SSHD_PID=
	echo "sshd does not start: $(tail -n 3 "$dir/sshd.log")" >&2
	return 1
}

# private_sshd_stop: ends it, and the sessions that it still serves.
private_sshd_stop() {
	[ -n "${SSHD_PID:-}" ] || return 0
	# Pids, one word each.
	# shellcheck disable=SC2046
	kill $(cat "/proc/$SSHD_PID/task/$SSHD_PID/children" 2>/dev/null) \
	    "$SSHD_PID" 2>/dev/null
	SSHD_PID=
}

private_sshd_config() {
	cat <<-END
		ListenAddress 127.0.0.1
		Port $PORT
		HostKey $1/host_key
		PidFile none
		AuthorizedKeysFile $1/keys/%u
		StrictModes no
		UsePAM no
		UseDNS no
		PrintMotd no
		PermitRootLogin prohibit-password
		PasswordAuthentication no
		KbdInteractiveAuthentication no
		AcceptEnv LANG LC_*
		Subsystem sftp ${SSHD_SFTP:-internal-sftp}
		MaxStartups 200
		MaxSessions 50
		LogLevel VERBOSE
		$(private_sshd_patience)
		${SSHD_MATCH:-}
	END
}

# OpenSSH since 9.8 shuts an address out after some refused keys.
private_sshd_patience() {
	! /usr/sbin/sshd -G -f /dev/null 2>/dev/null |
	    grep -q '^persourcepenalties ' || echo PerSourcePenalties no
}

# private_ssh_config DIRECTORY: what a client must know, as an ssh_config.
private_ssh_config() {
	cat <<-END
		HostName 127.0.0.1
		Port $PORT
		IdentityFile $1/client_key
		IdentitiesOnly yes
		UserKnownHostsFile $1/known_hosts
		GlobalKnownHostsFile /dev/null
		StrictHostKeyChecking yes
		BatchMode yes
		LogLevel ERROR
		ConnectTimeout 20
	END
}

# private_shadow NAME...: an /etc/shadow in which these accounts have no
# password, but are not locked either: sshd refuses "!" even with a key.
private_shadow() {
	printf '%s:*:20000:0:99999:7:::\n' "$@"
}
