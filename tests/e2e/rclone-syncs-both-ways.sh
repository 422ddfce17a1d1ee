#!/bin/bash
# rclone syncs a tree up and down with many transfers at once, tells the space
# that is left, moves and copies on the server, and keeps times.
# timeout: 240
. "$(dirname "$0")/lib.sh"
start_sshd

mkdir -p "$T/tree/a dir/b" "$T/tree/c"
for i in $(seq 60); do
	head -c $((i * 2003)) /dev/urandom >"$T/tree/a dir/file $i"
done
head -c 5000000 /dev/urandom >"$T/tree/a dir/b/large"
echo "a line" >"$T/tree/c/#[x] \$HOME 'quoted'"
find "$T/tree" -type f -exec touch -d '2021-03-04 05:06:07' {} +

# rclone_to ACCOUNT COMMAND...: the remote is "r:".
rclone_to() {
	local account=$1
	shift
	cat >"$T/rclone.conf" <<-END
		[r]
		type = sftp
		host = 127.0.0.1
		port = $PORT
		user = $account
		key_file = $T/client_key
		known_hosts_file = $T/known_hosts
		shell_type = unix
	END
	timeout 100 rclone --config "$T/rclone.conf" --retries 1 \
	    --low-level-retries 1 --contimeout 20s "$@"
}

for account in $ACCOUNTS; do
	root=$(make_root "$account")
	serve "$account" "" "$root"
	ok "$account: rclone sync puts the tree" \
	    rclone_to "$account" sync --transfers 8 "$T/tree" r:up
	ok "$account: ... the same on the server" \
	    same_tree "$T/tree" "$root/up" ""
	is "$account: ... files with their times" \
	    "$(cd "$root/up" && find . -type f -printf '%TY\n' | sort -u)" 2021
	is "$account: a second sync transfers nothing" \
	    "$(rclone_to "$account" sync -v "$T/tree" r:up 2>&1 |
	    grep -c ': Copied')" 0
	ok "$account: rclone check finds no difference" \
	    rclone_to "$account" check --download "$T/tree" r:up
	ok "$account: rclone sync gets the tree" \
	    rclone_to "$account" sync --transfers 8 r:up "$T/down-$account"
	ok "$account: ... the same here" \
	    same_tree "$T/tree" "$T/down-$account"
	is "$account: rclone about tells the size of the file system" \
	    "$(rclone_to "$account" about --json r: |
	    sed -n 's/^.*"total": \([0-9]*\).*$/\1/p')" \
	    "$(df --block-size=1 --output=size "$root" | tail -n 1 |
	    tr -d ' ')"
	ok "$account: a file is moved on the server" \
	    rclone_to "$account" moveto "r:up/a dir/file 1" r:moved
	ok "$account: ... whole" cmp "$T/tree/a dir/file 1" "$root/moved"
	ok "$account: a directory is moved on the server" \
	    rclone_to "$account" moveto r:up/c r:c
	ok "$account: what has gone here is deleted there" \
	    rclone_to "$account" sync "$T/tree/c" r:up
	ok "$account: ... and nothing else" same_tree "$T/tree/c" "$root/up"
	ok "$account: a tree is purged" rclone_to "$account" purge r:up
	no "$account: ... all of it" test -e "$root/up"
done

for account in $ACCOUNTS; do
	root=$(make_root "$account" read-only)
	echo kept >"$root/kept"
	own "$account" "$root"
	serve "$account" --read-only "$root"
	is "$account: control: a read-only root is read" \
	    "$(rclone_to "$account" cat r:kept 2>"$T/err")" kept
	no "$account: nothing is put there" \
	    rclone_to "$account" copy "$T/tree/c" r:
	no "$account: nothing is deleted there" \
	    rclone_to "$account" deletefile r:kept
	is "$account: ... all is as before" "$(ls -A "$root")" kept
done
# On an account's first connection rclone asks which checksums there are, and
# keeps the answer in its configuration for ever: "none" would stay.
first_to() {
	local account=$1
	shift
	timeout 100 rclone --config "$T/first.conf" --retries 1 \
	    --low-level-retries 1 --contimeout 20s "$@"
}
for account in $ACCOUNTS; do
	root=$(make_root "$account" hashed)
	cp -r "$T/tree/." "$root"
	own "$account" "$root"
	serve "$account" --read-only "$root"
	cat >"$T/first.conf" <<-END
		[r]
		type = sftp
		host = 127.0.0.1
		port = $PORT
		user = $account
		key_file = $T/client_key
		known_hosts_file = $T/known_hosts
	END
	ok "$account: rclone check compares by hashes" \
	    first_to "$account" check -v "$T/tree" r:
	like "$account: ... of all files" "$(cat "$T/ok.out")" \
	    "* 0 differences found*62 matching files*"
	no "$account: ... and none without" \
	    grep -q "hashes could not be checked" "$T/ok.out"
	is "$account: what it found is kept: a unix, with both hashes" \
	    "$(sed -n 's/ = / /p' "$T/first.conf" |
	    grep -E '^(shell_type|md5sum_command|sha1sum_command) ' | sort |
	    tr '\n' ' ')" \
	    "md5sum_command md5sum sha1sum_command sha1sum shell_type unix "
	is "$account: rclone md5sum asks the server" \
	    "$(first_to "$account" md5sum r: 2>"$T/err" | sort)" \
	    "$(cd "$T/tree" && find . -type f -printf '%P\0' |
	    xargs -0 md5sum | sort)"
	echo changed >>"$root/c/$(ls "$T/tree/c")"
	no "$account: control: a file that differs is found" \
	    first_to "$account" check "$T/tree" r:
	ok "$account: rclone about, with what was kept" \
	    first_to "$account" about r:

	serve "$account" "--read-only --services=sftp" "$root"
	sed -i '/_command\|shell_type/d' "$T/first.conf"
	first_to "$account" check "$T/tree" r: >"$T/out" 2>&1
	like "$account: control: without these commands it keeps \"none\"" \
	    "$(cat "$T/first.conf")" "*sum_command = none*"
done
client rclone
finish
