#!/bin/bash
# duplicity by its two ways over SSH (paramiko and sftp's own command): a full
# backup, an incremental one, a restore of each, what is old removed; onto a
# create-only root it backs up and removes nothing.
# timeout: 400
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/../e2e/lib.sh"
start_sshd ""

# duplicity_to WORD...: without keys of its own, and with a cache of its own.
duplicity_to() {
	timeout 150 duplicity --no-encryption --archive-dir "$T/cache" \
	    --allow-source-mismatch --num-retries 1 \
	    --ssh-options "-F $T/ssh_config -oIdentityFile=$T/client_key" "$@"
}

for turn in $(for a in $ACCOUNTS; do echo "$a:pexpect" "$a:paramiko"; done); do
	account=${turn%:*} way=${turn#*:}
	root=$(make_root "$account" "$way")
	serve "$account" "" "$root"
	rm -rf "$T/tree" "$T/old" "$T/new" "$T/cache"
	mkdir -p "$T/tree/sub" "$HOME/.ssh"
	for i in $(seq 20); do
		head -c $((i * 5003)) /dev/urandom >"$T/tree/sub/file $i"
	done
	# paramiko's way reads its own files only.
	cp "$T/known_hosts" "$HOME/.ssh/known_hosts"
	cp "$T/ssh_config" "$HOME/.ssh/config"
	url=$way+sftp://$account@127.0.0.1:$PORT//backup
	t="$account, $way"
	mkdir "$root/backup"
	own "$account" "$root/backup"
	ok "$t: a full backup" duplicity_to full "$T/tree" "$url"
	# Its names have seconds, and so have the times that it compares.
	sleep 1.1
	echo changed >"$T/tree/sub/file 1"
	rm "$T/tree/sub/file 2"
	ok "$t: an incremental one" duplicity_to incremental "$T/tree" "$url"
	ok "$t: both are there" test "$(duplicity_to collection-status "$url" \
	    2>&1 | grep -cE '^ *(Full|Incremental) ')" = 2
	ok "$t: the last one is restored" duplicity_to restore "$url" "$T/new"
	ok "$t: ... whole" same_tree "$T/tree" "$T/new"
	ok "$t: it is verified" duplicity_to verify "$url" "$T/tree"
	sleep 1.1
	ok "$t: a second full one" duplicity_to full "$T/tree" "$url"
	ok "$t: what is older is removed" \
	    duplicity_to remove-all-but-n-full 1 --force "$url"
	is "$t: ... all of it" "$(duplicity_to collection-status "$url" 2>&1 |
	    grep -cE '^ *(Full|Incremental) ')" 1

	serve "$account" --create-only "$root"
	before=$(tree_of "$root" "%s")
	sleep 1.1
	ok "$t: create-only takes a backup" \
	    duplicity_to incremental "$T/tree" "$url"
	duplicity_to remove-all-but-n-full 1 --force "$url" >"$T/out" 2>&1
	duplicity_to remove-older-than now --force "$url" >"$T/out" 2>&1
	is "$t: ... and loses nothing of what it had" \
	    "$(comm -23 <(echo "$before") <(tree_of "$root" "%s") |
	    grep -v ' d ')" ""
done
client duplicity
finish
