#!/bin/bash
# rclone beyond sync: bisync both ways, copies compared by digests that the
# server makes, and what rclone has stored of the server's commands.
# timeout: 300
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/../e2e/lib.sh"
start_sshd ""

# rclone_to ACCOUNT COMMAND...: the remote is "r:".
rclone_to() {
	local account=$1
	shift
	[ -e "$T/rclone-$account.conf" ] || cat >"$T/rclone-$account.conf" <<-END
		[r]
		type = sftp
		host = 127.0.0.1
		port = $PORT
		user = $account
		key_file = $T/client_key
		known_hosts_file = $T/known_hosts
		shell_type = unix
	END
	timeout 100 rclone --config "$T/rclone-$account.conf" --retries 1 \
	    --low-level-retries 1 --contimeout 20s "$@"
}

for account in $ACCOUNTS; do
	root=$(make_root "$account")
	serve "$account" "" "$root"
	rm -rf "$T/tree"
	mkdir -p "$T/tree/sub dir"
	for i in $(seq 30); do
		head -c $((i * 1009)) /dev/urandom >"$T/tree/sub dir/file $i"
	done
	bisync() {
		rclone_to "$account" bisync "$T/tree" r:both \
		    --workdir "$T/work-$account" "$@"
	}
	ok "$account: copy" rclone_to "$account" copy "$T/tree" r:both
	ok "$account: check by the server's digests" \
	    rclone_to "$account" check "$T/tree" r:both
	sed -i 1s/./X/ "$root/both/sub dir/file 9"
	no "$account: ... finds a byte that differs" \
	    rclone_to "$account" check "$T/tree" r:both
	ok "$account: copy mends it" \
	    rclone_to "$account" copy -c "$T/tree" r:both
	for sum in md5sum sha1sum; do
		like "$account: rclone stores $sum as the server's command" \
		    "$(cat "$T/rclone-$account.conf")" "*${sum}_command = $sum*"
	done
	ok "$account: $account's tree is hashed there" test "$(rclone_to \
	    "$account" sha1sum r:both | sort)" = "$(cd "$T/tree" && find . \
	    -type f -printf '%P\0' | xargs -0 sha1sum | sort)"
	ok "$account: bisync begins" bisync --resync
	echo here >"$T/tree/from here"
	echo there >"$root/both/from there"
	rm "$T/tree/sub dir/file 1" "$root/both/sub dir/file 2"
	own "$account" "$root/both"
	ok "$account: bisync" bisync
	ok "$account: ... makes both the same" same_tree "$T/tree" "$root/both"
	is "$account: ... with what either has got and lost" \
	    "$(cat "$T/tree/from there" "$root/both/from here"; find "$T/tree" \
	    -name 'file [12]')" "there
here"
done
client rclone
finish
