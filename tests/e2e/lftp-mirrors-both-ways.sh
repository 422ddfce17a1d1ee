#!/bin/bash
# lftp mirrors a tree up and down with several connections, deletes what has
# gone, goes on with a file that was cut, and keeps times.
# timeout: 200
. "$(dirname "$0")/lib.sh"
start_sshd

# lftp_to ACCOUNT COMMANDS
lftp_to() {
	timeout 90 lftp -c "
		set sftp:connect-program 'ssh -a -x -F $T/ssh_config';
		set net:max-retries 1; set net:timeout 30;
		set cmd:fail-exit yes;
		open sftp://$1:x@$1; $2"
}

mkdir -p "$T/tree/one dir/two" "$T/tree/empty"
for i in $(seq 40); do
	head -c $((i * 3001)) /dev/urandom >"$T/tree/one dir/file $i"
done
head -c 3000000 /dev/urandom >"$T/tree/one dir/two/large"
printf 'umlaut' >"$T/tree/h$(printf '\303\244')ß"
find "$T/tree" -type f -exec touch -d '2021-03-04 05:06:07' {} +

for account in $ACCOUNTS; do
	root=$(make_root "$account")
	serve "$account" "" "$root"
	ok "$account: mirror -R puts the tree" \
	    lftp_to "$account" "mirror -R -P 3 $T/tree up"
	ok "$account: ... the same on the server" \
	    same_tree "$T/tree" "$root/up"
	is "$account: ... files with their times" \
	    "$(find "$root/up" -type f -printf '%TY\n' | sort -u)" 2021
	ok "$account: mirror gets the tree" \
	    lftp_to "$account" "mirror -P 3 up $T/down-$account"
	ok "$account: ... the same here" \
	    same_tree "$T/tree" "$T/down-$account"
	echo extra >"$root/up/extra"
	own "$account" "$root/up/extra"
	ok "$account: mirror -R --delete removes what is not here" \
	    lftp_to "$account" "mirror -R --delete $T/tree up"
	ok "$account: ... and that alone" same_tree "$T/tree" "$root/up"
	truncate -s 1000000 "$root/up/one dir/two/large"
	ok "$account: put -c goes on where it was cut" lftp_to "$account" \
	    "cd 'up/one dir/two'; put -c '$T/tree/one dir/two/large'"
	ok "$account: ... and the file is whole" \
	    cmp "$T/tree/one dir/two/large" "$root/up/one dir/two/large"
	ok "$account: a file is renamed, another's mode is set" \
	    lftp_to "$account" \
	    "cd up/'one dir'; mv 'file 1' first; chmod 600 'file 2'"
	is "$account: ... on the server" \
	    "$(stat -c %a "$root/up/one dir/file 2")" 600
	ok "$account: ... under its new name" test -s "$root/up/one dir/first"
	ok "$account: a tree is removed" lftp_to "$account" "rm -r up"
	is "$account: ... all of it" "$(ls -A "$root")" ""
done

for account in $ACCOUNTS; do
	root=$T/roots/$account/root
	echo kept >"$root/kept"
	own "$account" "$root"
	serve "$account" --read-only "$root"
	is "$account: control: a read-only root is read" \
	    "$(lftp_to "$account" "cat kept")" kept
	no "$account: nothing is put there" \
	    lftp_to "$account" "put '$T/tree/one dir/file 3'"
	is "$account: ... and nothing is there" "$(ls -A "$root")" kept
done
client lftp
finish
