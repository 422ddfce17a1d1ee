#!/bin/bash
# doc/backup-server.md: its commands, as they are printed, make a server that
# keeps what it is sent, by sshd and by filesonlyd; each key may do what the
# page's table says, and nothing that lay there changes.
# timeout: 300
. "$(dirname "$0")/lib.sh"
private_etc
PAGE=$SOURCE/doc/backup-server.md
CTL=$BUILD/filesonlyctl
# Nobody of the machine's is asked.
# shellcheck disable=SC2034
ACCOUNTS=
start_sshd 'StrictModes yes
AuthorizedKeysFile .ssh/authorized_keys'

# block HEADING N: the Nth block of lines below a heading, with our places.
block() {
	awk -v heading="$1" -v n="$2" '
		/^#/ { inside = index($0, heading) > 0 && substr($0,
			length($0) - length(heading) + 1) == heading
			at = 0; next }
		!inside { next }
		/^    / { if (!open) at++; open = 1
			if (at == n) print substr($0, 5); next }
		/./ { open = 0 }' "$PAGE" |
	    sed "s,/srv/vault,$T/vault,g; s,useradd ,&--base-dir $T/homes ,
		s,192.0.2.10,127.0.0.1,; s,backup.example.org,127.0.0.1,
		s,~/.ssh/,$T/,; s,/home\$,$T/data,; s,/home/,$T/data/,
		s,/restored,$T/restored,; s,0.0.0.0:2222,127.0.0.1:0,"
}
# The programs by the names that the page calls them.
mkdir "$T/homes"
cat >"$T/bin/filesonlyctl" <<-END
	#!/bin/bash
	verb=\$1
	shift
	exec "$CTL" "\$verb" --program="$GATE" "\$@"
END
cat >"$T/bin/ssh" <<-END
	#!/bin/bash
	exec /usr/bin/ssh -F "$T/client_config" "\$@"
END
chmod 755 "$T/bin/filesonlyctl" "$T/bin/ssh" "$T/homes"
export PATH=$T/bin:$PATH:/usr/sbin RESTIC_PASSWORD=secret
export RESTIC_CACHE_DIR=$T/cache
# run LINES: as a person would paste them, in the directory with the keys.
run() {
	(cd "$T/admin" && timeout 100 bash -ec "$1")
}
# says CLAIM LINES: each line is a claim.
says() {
	local line
	while IFS= read -r line; do
		ok "$1: $line" run "${line/restic /restic -q }"
	done <<<"$2"
}
mkdir "$T/admin" "$T/data"
for key in push pull prune; do
	ssh-keygen -q -t ed25519 -N '' -C $key -f "$T/$key"
	cp "$T/$key.pub" "$T/admin/"
done
head -c 300000 /dev/urandom >"$T/data/file"
echo small >"$T/data/small"

# hosts PORT BLOCK: the client's configuration, for each key.
hosts() {
	local key
	for key in push pull prune; do
		echo "${2//push/$key}"
	done >"$T/client_config"
	{
		echo 'Host *'
		private_ssh_config "$T" | grep -v IdentityFile
	} >>"$T/client_config"
	sed -i "s/^Port .*/Port $1/" "$T/client_config"
}
by() {
	timeout 60 sftp -q -S "$T/bin/ssh" -b - "$1"
}
# kept COMMAND...: the same before and after it; locks come and go.
contents() {
	(cd "$1" && find . -path ./repo/locks -prune -o -type f \
	    -printf '%P %T@ %m ' -exec sha256sum {} \; | sort)
}
is_kept() {
	is "$1" "$(contents "$root" | grep -Fx "$before")" "$before"
}

snapshots() {
	find "$root/repo/snapshots" -type f | wc -l
}
# forget ROAD: restic would try for a quarter of an hour to remove what it may
# not; it leaves its lock, as after a crash.
forget() {
	local forgetting
	restic -q -r sftp:push:repo forget --keep-last 1 >"$T/forget" 2>&1 &
	forgetting=$!
	ok "$1: push: forget is refused" \
	    within 60 grep -i 'permission denied' "$T/forget"
	kill -KILL $forgetting 2>/dev/null
	wait $forgetting 2>/dev/null
	ok "$1: push: unlock" restic -q -r sftp:push:repo unlock --remove-all
	is "$1: push: ... no lock is left" "$(ls "$root/repo/locks")" ""
}
# may_do ROAD: what the table of the page says of its keys.
may_do() {
	local road=$1 pack
	before=$(contents "$root")
	pack=$(cd "$root" && find repo/data -type f | head -n 1)
	no "$road: push: rm" by push <<<"rm $pack"
	no "$road: push: rename" by push <<<"rename $pack repo/away"
	no "$road: push: overwrite" by push <<<"put $T/data/small $pack"
	no "$road: push: change in place" by push <<<"reput $T/data/file repo/config"
	ok "$road: push: reads" by push <<<"get $pack $T/got"
	no "$road: push: a name that is not the contents'" \
	    by push <<<"put $T/data/small repo/data/00/$(printf '%064d' 0)"
	ok "$road: push: control: another name" \
	    by push <<<"put $T/data/small added"
	no "$road: push: a shell" ssh push id
	forget "$road"
	no "$road: pull: put" by pull <<<"put $T/data/small more"
	no "$road: pull: rm" by pull <<<"rm $pack"
	no "$road: pull: a tunnel" timeout 20 ssh -o ExitOnForwardFailure=yes \
	    -R 0:127.0.0.1:9 -N pull
	is_kept "$road: all that was there is as it was"
}

# --- by sshd ---------------------------------------------------------------

# A directory of /tmp is not on the way of a real server's.
mount -t tmpfs -o mode=755 none "$T/homes" || exit 1
ok "sshd: as printed: the server" run "$(block '## With sshd' 1)"
root=$T/vault/web
hosts "${PORT:?}" "$(block '## With sshd' 2)"
says sshd "$(block '## With sshd' 3)"
says "sshd, restore" "$(block '## With sshd' 4)"
ok "sshd: ... what comes back is the same" \
    same_tree "$T/data" "$T/restored$T/data"
echo more >>"$T/data/small"
ok "sshd: a second backup" restic -q -r sftp:push:repo backup "$T/data"
may_do sshd
is "sshd: two snapshots" "$(snapshots)" 2
says "sshd, pruning by key" "$(block '## Pruning' 1)"
is "sshd: ... leaves the last of the day" \
    "$(snapshots)" 1
ok "sshd: another backup" restic -q -r sftp:push:repo backup "$T/data"
chmod 711 "$T/vault" 2>/dev/null
says "sshd, pruning on the server" "$(block '## Pruning' 2)"
is "sshd: ... likewise" "$(snapshots)" 1
ok "sshd: ... and the repository is whole" \
    restic -q -r sftp:push:repo check --read-data
client restic

# --- by filesonlyd ---------------------------------------------------------

if [ -e "$BUILD/filesonlyd" ]; then
	cp "$BUILD/filesonlyd" "$T/bin/"
	cleanup_more() {
		[ -z "${DAEMON:-}" ] || kill "$DAEMON" 2>/dev/null
	}
	add_account keeper 64170 /bin/sh
	chown keeper "$T/admin"
	lines=$(block '## Without sshd' 1)
	ok "filesonlyd: as printed: its directory and keys" as keeper env \
	    PATH="$PATH" bash -ec "cd $T/admin && ${lines%$'\n'*}"
	(cd "$T/admin" && exec setpriv --reuid=keeper --regid=keeper \
	    --clear-groups bash -c "exec ${lines##*$'\n'} --no-penalties") \
	    2>"$T/daemon.log" &
	DAEMON=$!
	listens() {
		grep -q '"listening"' "$T/daemon.log"
	}
	if within 20 listens; then
		pass "filesonlyd: as printed: it listens"
	else
		fail "filesonlyd: as printed: it listens"
		note "$(cat "$T/daemon.log")"
	fi
	port=$(sed -n 's/.*"listening".*port"*[=:]\([0-9]*\).*/\1/p' \
	    "$T/daemon.log")
	echo "[127.0.0.1]:$port $(as keeper ssh-keygen -y \
	    -f "$T/admin/host_key")" >"$T/known_hosts"
	hosts "$port" "$(block '## With sshd' 2)"
	root=$T/admin/vault/web
	says filesonlyd "$(block '## With sshd' 3)"
	ok "filesonlyd: a second backup" \
	    restic -q -r sftp:push:repo backup "$T/data"
	may_do filesonlyd
	kill "$DAEMON"
	wait "$DAEMON" 2>/dev/null
	DAEMON=
fi
# Those of recipes are run by tests/clients/recipes-of-the-backup-page-hold.
is "no block above the recipes was left out" "$(awk '/^## / { inside = 1 }
	/^## Recipes/ { exit }
	!inside { next }
	/^    / { if (!open) count++; open = 1; next }
	/./ { open = 0 }
	END { print count }' "$PAGE")" 7
finish
