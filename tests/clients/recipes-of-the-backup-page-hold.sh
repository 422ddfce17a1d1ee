#!/bin/bash
# The recipes of doc/backup-server.md with the real programs: under the options
# that the page prints, backups come in, and whatever is asked for then, no
# byte, name, mode or time of what was there changes. BackupPC's own runs are in
# tests/e2e/rsync-serves-backup-programs.
# timeout: 600
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/../e2e/lib.sh"
start_sshd ""
PAGE=$SOURCE/doc/backup-server.md

# recipe NAME N: the Nth block of lines of a recipe, with our places.
recipe() {
	awk -v heading="### $1" -v n="$2" '
		/^#/ { inside = $0 == heading; at = 0; next }
		!inside { next }
		/^    / { if (!open) at++; open = 1
			if (at == n) print substr($0, 5); next }
		/./ { open = 0 }
		/^$/ { open = 0 }' "$PAGE"
}
# use NAME: a root of its own, with the key line of the recipe.
use() {
	t="$account, $1"
	options=$(recipe "$1" 1)
	root=$(make_root "$account" "${1// /}")
	[ -n "$options" ] || fail "$t: the page has options"
	# What is free must be there.
	sed -n 's/.*--free=\([^ ]*\).*/\1/p' <<<"$options" | tr , '\n' |
	    while read -r free; do
		mkdir -p "$root/$free"
	done
	own "$account" "$root"
	serve "$account" "$options" "$root"
}
state() {
	(cd "$root" && find . -mindepth 1 -name locks -prune -o \
	    -printf '%P %y %l %m %s %T@ ' -type f -exec sha256sum {} \; \
	    -o -printf '\n' | sort)
}
# kept CLAIM: what was there ($before) is there, unchanged.
kept() {
	is "$t: $1: what was there is as it was" \
	    "$(comm -23 <(echo "$before" | grep -v ' d ') <(state))" ""
}
refused() {
	no "$t: $1" "${@:2}"
}

mkdir -p "$T/tree/sub"
for i in $(seq 30); do
	head -c $((i * 3001)) /dev/urandom >"$T/tree/sub/file $i"
done
head -c 3000000 /dev/urandom >"$T/tree/large"
find "$T/tree" -exec touch -d '2026-02-03 04:05:06' {} +
chmod 700 "$T/tree/sub"

for account in $ACCOUNTS; do
	rm -f "$T/tree/new"

	# --- rsync --------------------------------------------------------
	use rsync
	line=$(recipe rsync 2 | sed "s,/home/,$T/tree/,; s,push:,$account:,")
	first=${line//2027-01-02/2027-01-01}
	first=${first/--link-dest=..\/2027-01-01/}
	push() {
		RSYNC_RSH="ssh -F $T/ssh_config" timeout 100 bash -ec "$1"
	}
	ok "$t: the first day" push "$first"
	echo changed >"$T/tree/sub/file 1"
	before=$(state)
	ok "$t: as printed: $line" push "$line"
	is "$t: ... links what did not change" \
	    "$(stat -c %h "$root/2027-01-02/large")" 2
	is "$t: ... and has what did" \
	    "$(cat "$root/2027-01-02/sub/file 1")" changed
	kept "the next day"
	before=$(state)
	ok "$t: over an old day it skips" push "${line/ -aHAX/ -aHAXI}"
	for option in $(sed -n '/^### rsync/,/^### rclone/p' "$PAGE" |
	    grep -o '`--[a-z-]*`' | tr -d '`' | sort -u); do
		refused "$option" push "rsync -a $option $T/tree/ \
$account:2027-01-01/"
	done
	kept "what is refused"

	# --- rclone -------------------------------------------------------
	use rclone
	cat >"$T/rclone.conf" <<-END
		[vault]
		type = sftp
		host = 127.0.0.1
		port = $PORT
		user = $account
		key_file = $T/client_key
		known_hosts_file = $T/known_hosts
		shell_type = unix
	END
	line=$(recipe rclone 2 | sed "s,/home ,$T/tree ,")
	rclone_by() {
		RCLONE_CONFIG=$T/rclone.conf timeout 100 \
		    bash -ec "$1 --retries 1 --low-level-retries 1"
	}
	ok "$t: as printed: $line" rclone_by "$line"
	ok "$t: ... whole" same_tree "$T/tree" "$root/home"
	before=$(state)
	echo new >"$T/tree/new"
	ok "$t: again: what is new" rclone_by "$line"
	ok "$t: ... is there" cmp "$T/tree/new" "$root/home/new"
	kept "again"
	before=$(state)
	echo changed >"$T/tree/large"
	refused "a file that has changed" rclone_by "$line"
	refused "sync" rclone_by "rclone sync $T/tree vault:home"
	refused "delete" rclone_by "rclone deletefile vault:home/new"
	refused "move" rclone_by "rclone moveto vault:home/new vault:away"
	kept "what is refused"
	head -c 3000000 /dev/urandom >"$T/tree/large"

	# --- duplicity ----------------------------------------------------
	use duplicity
	mkdir "$root/home"
	own "$account" "$root/home"
	line=$(recipe duplicity 2 |
	    sed "s,/home ,$T/tree ,; s,//push/,//$account@127.0.0.1:$PORT/,")
	duplicity_by() {
		rm -rf "$T/restored"
		timeout 150 bash -ec "$1 --no-encryption --num-retries 1 \
--archive-dir $T/archive-$account \
--ssh-options '-F $T/ssh_config -oIdentityFile=$T/client_key'"
	}
	url=${line##* }
	ok "$t: a full backup" duplicity_by "duplicity full $T/tree $url"
	before=$(state)
	# Its names and times have seconds.
	sleep 1.1
	echo "another day" >"$T/tree/new"
	ok "$t: as printed: $line" duplicity_by "$line"
	ok "$t: a restore" duplicity_by "duplicity restore $url $T/restored"
	ok "$t: ... of the last day" same_tree "$T/tree" "$T/restored"
	duplicity_by "duplicity remove-all-but-n-full 1 --force $url" \
	    >"$T/out" 2>&1
	duplicity_by "duplicity remove-older-than now --force $url" \
	    >"$T/out" 2>&1
	kept "what is refused"

	# --- Borg 2, by its operations ---------------------------------------
	use "Borg 2"
	for d in archives keys packs/00 cache config index locks; do
		mkdir -p "$root/repo/$d"
	done
	head -c 60000 /dev/urandom >"$root/repo/packs/00/old"
	echo old >"$root/repo/config/manifest"
	echo old >"$root/repo/index/1"
	own "$account" "$root/repo"
	# Its session is another than the one that made these.
	before=$(state | grep -v 'repo/\(config\|index\)/')
	# stores NAME FILE: as borgstore does.
	stores() {
		batch "$account" "put $2 repo/$1.tmp" \
		    "rename repo/$1.tmp repo/$1"
	}
	ok "$t: a pack" stores packs/00/new "$T/tree/large"
	ok "$t: an archive" stores archives/1 "$T/tree/new"
	ok "$t: a lock, and away with it" batch "$account" \
	    "put $T/tree/new repo/locks/1.tmp" \
	    "rename repo/locks/1.tmp repo/locks/1" "rm repo/locks/1"
	ok "$t: the index and the manifest are written anew" \
	    stores index/1 "$T/tree/new"
	ok "$t: ... both" stores config/manifest "$T/tree/new"
	ok "$t: ... and an old index removed" batch "$account" \
	    "rm repo/index/1"
	refused "a pack over an old one" stores packs/00/old "$T/tree/new"
	refused "a soft removal" batch "$account" \
	    "rename repo/packs/00/old repo/packs/00/old.del"
	refused "a removal" batch "$account" "rm repo/packs/00/old"
	refused "a pack moved to where all may be removed" batch "$account" \
	    "rename repo/packs/00/old repo/cache/old"
	kept "what is refused"

	# --- restic, whose machine crashes -----------------------------------
	use restic
	export RESTIC_PASSWORD=secret RESTIC_CACHE_DIR=$T/cache
	restic_by() {
		timeout 100 restic -q -r "sftp:$account:repo" \
		    -o sftp.command="ssh -F $T/ssh_config $account -s sftp" "$@"
	}
	ok "$t: init" restic_by init
	ok "$t: a backup" restic_by backup "$T/tree"
	before=$(state)
	mkfifo "$T/hold-$account"
	exec 8<>"$T/hold-$account"
	restic -q -r "sftp:$account:repo" backup --stdin \
	    -o sftp.command="ssh -F $T/ssh_config $account -s sftp" \
	    <"$T/hold-$account" >"$T/out" 2>&1 8>&- &
	crashing=$!
	locked() {
		[ -n "$(ls "$root/repo/locks")" ]
	}
	ok "$t: one that holds a lock" within 60 locked
	kill -KILL $crashing
	wait $crashing 2>/dev/null
	exec 8>&-
	ok "$t: ... crashes, and leaves it" locked
	ok "$t: unlock" restic_by unlock --remove-all
	no "$t: ... it is gone" locked
	ok "$t: another backup" restic_by backup "$T/tree"
	ok "$t: check" restic_by check --read-data
	kept "all of it"
done
# rsync, rclone, restic, duplicity and Borg 2; the second blocks of three.
is "the recipes that the page has" "$(awk '/^### / { inside = 1 }
	!inside { next }
	/^    / { if (!open) count++; open = 1; next }
	/./ || /^$/ { open = 0 }
	END { print count }' "$PAGE")" 8
client duplicity
client rsync
client rclone
client restic
finish
