#!/bin/bash
# Every command of sftp(1) that reaches the server, the ones for OpenSSH's
# extensions among them (cp, ln, df, rename, fsync, lsetstat), each looked at
# on the server's disk.
# timeout: 200
. "$(dirname "$0")/lib.sh"
export SHARED=yes
start_sshd

head -c 300000 /dev/urandom >"$T/large"
touch -d '2021-03-04 05:06:07' "$T/large"

# does ACCOUNT CLAIM COMMAND...: a batch of these lines succeeds.
does() {
	local account=$1 claim=$2 status
	shift 2
	printf '%s\n' "$@" | sftp_to "$account" >"$T/out" 2>"$T/err"
	status=$?
	is "$account: $claim" $status 0
	[ $status = 0 ] || note "$(tail -n 5 "$T/err")"
}

# refuses ACCOUNT CLAIM TEXT COMMAND...: the last fails, with this text.
refuses() {
	local account=$1 claim=$2 text=$3
	shift 3
	if printf '%s\n' "$@" | sftp_to "$account" >"$T/out" 2>"$T/err"; then
		fail "$account: $claim"
	else
		like "$account: $claim" "$(<"$T/err")" "*$text*"
	fi
}

for account in $ACCOUNTS; do
	root=$(make_root "$account")
	serve "$account" "" "$root"
	does "$account" "pwd is the root" pwd
	like "$account: ... and says so" "$(<"$T/out")" \
	    "*Remote working directory: /"
	does "$account" "put -p, mkdir, cd, put" "put -p $T/large large" \
	    "mkdir dir" "cd dir" "put $T/large"
	ok "$account: ... is whole, with its time" \
	    test "$(stat -c %Y "$root/large")" = "$(stat -c %Y "$T/large")"
	ok "$account: ... in the directory, too" cmp "$T/large" "$root/dir/large"
	does "$account" "put -f syncs the file" "put -f $T/large synced"
	does "$account" "get -f" "get -f synced $T/got"
	ok "$account: ... is whole" cmp "$T/large" "$T/got"
	does "$account" "cp copies on the server (copy-data)" "cp large copied"
	ok "$account: ... whole" cmp "$T/large" "$root/copied"
	does "$account" "ln makes a hard link" "ln large hard"
	is "$account: ... to the same file" "$(stat -c %h "$root/large")" 2
	does "$account" "ln -s makes a symlink" "ln -s dir/large soft" \
	    "symlink /large absolute"
	is "$account: ... with its text" "$(readlink "$root/soft")" dir/large
	does "$account" "... which get follows" "get soft $T/got"
	does "$account" "an absolute link means the root" \
	    "get absolute $T/got"
	does "$account" "rename replaces (posix-rename)" "rename copied hard"
	ok "$account: ... the other name stays" test -e "$root/large"
	refuses "$account" "rename -l replaces nothing" Failure \
	    "rename -l hard large"
	does "$account" "chmod" "chmod 640 hard"
	is "$account: ... sets the mode" "$(stat -c %a "$root/hard")" 640
	does "$account" "chmod -h of a symlink is told as failed" "-chmod -h 600 soft"
	does "$account" "chown and chgrp to who it is" \
	    "chown $(stat -c %u "$root/hard") hard" \
	    "chgrp $(stat -c %g "$root/hard") hard"
	does "$account" "df tells the file system" "df"
	like "$account: ... in KiB" "$(<"$T/out")" "*Size*Used*Avail*%Capacity*"
	does "$account" "df -hi tells its inodes" "df -hi"
	like "$account: ... free ones, too" "$(<"$T/out")" "*Inodes*"
	does "$account" "ls -la" "ls -la"
	like "$account: ... has names of users" "$(<"$T/out")" \
	    "*-rw-r-----*$(id -un "$account")*$(id -gn "$account")*hard*"
	does "$account" "ls with a wildcard" "ls -1 *ar*"
	like "$account: ... names what matches" "$(<"$T/out")" "*hard*large*"
	head -c 100000 "$T/large" >"$root/part"
	own "$account" "$root/part"
	does "$account" "put -a goes on with a file" "put -a $T/large part"
	ok "$account: ... to its end" cmp "$T/large" "$root/part"
	head -c 100000 "$T/large" >"$T/part"
	does "$account" "get -a goes on with a file" "get -a large $T/part"
	ok "$account: ... to its end" cmp "$T/large" "$T/part"
	does "$account" "put -R and get -R carry trees" "mkdir tree" \
	    "put -R $T/keys tree" "get -R tree $T/tree-$account"
	ok "$account: ... the same" same_tree "$T/keys" "$root/tree/keys"
	ok "$account: ... and back" \
	    same_tree "$T/keys" "$T/tree-$account/keys"
	refuses "$account" "rmdir wants an empty directory" Failure "rmdir dir"
	refuses "$account" "mkdir wants a new name" Failure "mkdir dir"
	refuses "$account" "rm wants what is there" "No such file" "rm nothing"
	refuses "$account" "get wants what is there" "not found" "get nothing"
	does "$account" "rm, rmdir" "rm dir/large" "rmdir dir" "rm tree/keys/*" \
	    "rmdir tree/keys" "rmdir tree" "rm *"
	is "$account: nothing is left" "$(ls -A "$root")" ""
	does "$account" "limits raise the blocks" "version"
done

# The batch size and the number of requests are the client's to choose.
account=${ACCOUNTS##* }
root=$(make_root "$account" sizes)
serve "$account" "" "$root"
head -c 9000001 /dev/urandom >"$T/odd"
for size in 1000 32768 65536 261120; do
	for requests in 1 64 500; do
		printf 'put %s f\nget f %s\n' "$T/odd" "$T/got" | timeout 60 \
		    sftp -q -F "$T/ssh_config" -B $size -R $requests -b - \
		    "$account" >"$T/out" 2>&1
		ok "blocks of $size, $requests at once: up and down the same" \
		    cmp "$T/odd" "$T/got"
		rm -f "$T/got"
	done
done
client sftp
finish
