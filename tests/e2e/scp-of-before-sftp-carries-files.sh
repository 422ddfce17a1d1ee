#!/bin/bash
# Clients that speak scp's old protocol carry files both ways and are told what
# fails, in their own words: scp -O, pscp, curl's scp:// (libssh2), paramiko's
# scp module and asyncssh. Full disks and files that can't be read leave the
# session alive and the status 1.
# timeout: 240
. "$(dirname "$0")/lib.sh"
# Each of its sessions would pay for a connection of its own.
export SHARED=yes
start_sshd

mkdir -p "$T/tree/a dir/deep"
for i in $(seq 5); do
	head -c $((i * 5003)) /dev/urandom >"$T/tree/a dir/file $i"
done
head -c 2500000 /dev/urandom >"$T/tree/a dir/deep/large"
: >"$T/tree/empty"
chmod 750 "$T/tree/a dir/deep"
chmod 604 "$T/tree/a dir/file 3"
find "$T/tree" -exec touch -d '2021-03-04 05:06:07' {} +
large="$T/tree/a dir/deep/large"

scp_to() {
	timeout 60 scp -O -q -F "$T/ssh_config" "$@"
}

pscp_to() {
	local account=$1
	shift
	timeout 60 pscp -scp -batch -q -P "$PORT" -l "$account" \
	    -hostkey "$PUTTY_HOST_KEY" -i "$T/client.ppk" "$@"
}

# curl_to ACCOUNT PATH OPTION...
curl_to() {
	local account=$1 path=$2
	shift 2
	timeout 60 curl -sS --user "$account:" --key "$T/client_key" \
	    --pubkey "$T/client_key.pub" --hostpubsha256 "$HOST_KEY" \
	    "scp://127.0.0.1:$PORT$path" "$@"
}

# raw ACCOUNT COMMAND: bytes in (escapes undone), what is answered made visible.
raw() {
	printf '%b' "$3" | ssh_to "$1" "$2" 2>"$T/err" | cat -v | tr '\n' '|'
}

PUTTY_HOST_KEY=$(ssh-keygen -lf "$T/host_key.pub" | cut -d' ' -f2)
HOST_KEY=${PUTTY_HOST_KEY#SHA256:}= # curl wants base64's padding
ok "control: pscp's form of the key is made" \
    puttygen "$T/client_key" -o "$T/client.ppk" -O private

for account in $ACCOUNTS; do
	root=$(make_root "$account" scp)
	serve "$account" "" "$root"
	ok "$account: scp -O -rp puts a tree" scp_to -rp "$T/tree" "$account:up"
	ok "$account: ... the same on the server, modes and times too" \
	    same_tree "$T/tree" "$root/up" "%m %Ts"
	ok "$account: ... and once more over itself" \
	    scp_to -rp "$T/tree/a dir" "$account:up"
	ok "$account: ... still the same" \
	    same_tree "$T/tree" "$root/up" "%m %Ts"
	ok "$account: scp -O -rp gets it" \
	    scp_to -rp "$account:up" "$T/scp-$account"
	ok "$account: ... the same here" \
	    same_tree "$T/tree" "$T/scp-$account" "%m %Ts"
	ok "$account: scp -O gets what wildcards and braces name" \
	    scp_to "$account:up/a*/file*[1-3]" \
	    "$account:{up/a?dir/deep/large,up/empty}" "$T/home"
	ok "$account: ... whole" cmp "$T/tree/a dir/file 3" "$T/home/file 3"
	ok "$account: ... each of them" cmp "$large" "$T/home/large"
	ok "$account: a name with blanks, as it is" \
	    scp_to -T "$account:up/a dir/file 5" "$T/home/five"
	ok "$account: ... whole" cmp "$T/tree/a dir/file 5" "$T/home/five"
	ok "$account: several files, beneath ~" \
	    scp_to "$large" "$T/tree/empty" "$account:~/up/"
	ok "$account: ... whole" cmp "$large" "$root/up/large"
	ok "$account: a limit of the client's rate is its own" \
	    scp_to -l 80000 "$T/tree/empty" "$account:limited"
	scp_to "$account:missing" "$account:up/empty" "$T/home" 2>"$T/err"
	is "$account: a missing file ends in status 1" $? 1
	like "$account: ... says so" "$(<"$T/err")" \
	    "scp: *missing: No such file or directory*"
	scp_to "$T/tree/empty" "$account:no/x" 2>"$T/err"
	is "$account: a missing directory ends in status 1" $? 1
	like "$account: ... says so" "$(<"$T/err")" \
	    "scp: no/x: No such file or directory*"
	ln -s up/empty "$root/link"
	no "$account: no symlink is written through" \
	    scp_to "$large" "$account:link"
	is "$account: ... nor changed" \
	    "$(readlink "$root/link") $(stat -c %s "$root/up/empty")" \
	    "up/empty 0"
	ln -s /etc "$root/etc"
	no "$account: no symlink leads outside" \
	    scp_to "$account:etc/passwd" "$T/home/passwd"
	no "$account: ... .. neither" \
	    scp_to "$account:../../../../../etc/passwd" "$T/home/passwd"
	no "$account: ... nothing has come" test -e "$T/home/passwd"
	no "$account: a client on this side is not served" \
	    ssh_to "$account" "scp -r /etc host:x"
	no "$account: nor a program of its choice" \
	    ssh_to "$account" "scp -S /bin/sh -t x"
	is "$account: the set-id bits of a hostile source do not arrive" \
	    "$(raw "$account" "scp -pt bits" 'C6777 1 x\nx\0')
$(stat -c %a "$root/bits")" "^@^@^@
777"
	is "$account: a hostile source leaves the target's mode" \
	    "$(raw "$account" "scp -prt up" 'D0777 0 .\nE\n' | cut -d'|' -f1)
$(stat -c %a "$root/up")" "^@^Ascp: up/.: unexpected file name
755"
done
client scp

for account in $ACCOUNTS; do
	root=$(make_root "$account" others)
	serve "$account" "" "$root"
	ok "$account: pscp -scp puts a tree" \
	    pscp_to "$account" -r -p "$T/tree" 127.0.0.1:up
	ok "$account: ... whole" same_tree "$T/tree" "$root/up"
	ok "$account: pscp -scp gets it" \
	    pscp_to "$account" -r -p 127.0.0.1:up "$T/pscp-$account"
	ok "$account: ... the same" same_tree "$T/tree" "$T/pscp-$account"
	ok "$account: pscp gets what a wildcard names" \
	    pscp_to "$account" -unsafe "127.0.0.1:up/a?dir/f*4" "$T/home"
	ok "$account: ... whole" cmp "$T/tree/a dir/file 4" "$T/home/file 4"
	ok "$account: pscp gets a name with blanks" \
	    pscp_to "$account" "127.0.0.1:up/a dir/file 2" "$T/home/two"
	ok "$account: ... whole" cmp "$T/tree/a dir/file 2" "$T/home/two"
	no "$account: pscp hears of a missing file" \
	    pscp_to "$account" 127.0.0.1:missing "$T/home"
	like "$account: ... in its words" "$(<"$T/ok.out")" \
	    "*missing: No such file or directory*"
	ok "$account: curl puts by scp://" \
	    curl_to "$account" "/odd%20na'me!" -T "$large"
	ok "$account: ... whole" cmp "$large" "$root/odd na'me!"
	ok "$account: curl gets it" \
	    curl_to "$account" "/odd%20na'me!" -o "$T/got"
	ok "$account: ... whole" cmp "$large" "$T/got"
	no "$account: curl hears of a missing file" \
	    curl_to "$account" /missing -o "$T/got"
	ok "$account: paramiko's scp and asyncssh carry a tree both ways" \
	    timeout 100 /usr/bin/python3 "$SOURCE/tests/e2e/scp_modules.py" \
	    "$PORT" "$account" "$T/client_key" "$T/tree" "$T/py-$account"
	ok "$account: ... the same" \
	    same_tree "$T/tree" "$T/py-$account/paramiko"
	ok "$account: ... by each" same_tree "$T/tree" "$T/py-$account/asyncssh"
done
client pscp
client curl
client asyncssh
client python3-scp

# The modes mean what they mean on SFTP, behind the walls.
for account in $ACCOUNTS; do
	root=$(make_root "$account" modes)
	echo old >"$root/old"
	mkdir "$root/d"
	own "$account" "$root"
	echo new >"$T/new"
	sleep 0.05 # what was there before is not born in the session

	serve "$account" --read-only "$root"
	ok "$account, read-only: gets" scp_to "$account:old" "$T/home/old"
	no "$account, read-only: puts nothing" scp_to "$T/new" "$account:new"
	like "$account, read-only: ... says why" "$(<"$T/ok.out")" \
	    "filesonly: *read-only*"
	no "$account, read-only: ... and it did not come" test -e "$root/new"

	serve "$account" --create-only "$root"
	ok "$account, create-only: puts what is new" \
	    scp_to -p "$T/new" "$account:new"
	no "$account, create-only: changes nothing that is there" \
	    scp_to "$T/new" "$account:old"
	like "$account, create-only: ... says why" "$(<"$T/ok.out")" \
	    "scp: old: Permission denied*"
	ok "$account, create-only: curl, which says no last word, puts" \
	    curl_to "$account" /by-curl -T "$large"
	ok "$account, create-only: ... whole" cmp "$large" "$root/by-curl"
	ok "$account, create-only: gets" scp_to "$account:old" "$T/home/old"

	serve "$account" --write-only "$root"
	ok "$account, write-only: puts over what is there" \
	    scp_to "$T/new" "$account:new"
	no "$account, write-only: gets nothing" \
	    scp_to "$account:old" "$T/home/none"
	no "$account, write-only: lists nothing" \
	    scp_to -r "$account:*" "$T/home/none"
	no "$account, write-only: ... nothing has come" test -e "$T/home/none"

	serve "$account" "--no-overwrite" "$root"
	no "$account, overwrite = no: changes nothing" \
	    scp_to "$T/new" "$account:old"
	ok "$account, overwrite = no: puts what is new, with its times" \
	    scp_to -p "$T/new" "$account:newer"
	is "$account: what was there is as it was" "$(<"$root/old")" old

	serve "$account" "--services=sftp,scp --hide=*.key --deny=no* --start-dir=/d" \
	    "$root"
	echo key >"$root/d/a.key"
	echo no >"$root/d/no"
	echo yes >"$root/d/yes"
	own "$account" "$root"
	ok "$account: a wildcard passes by what is hidden" \
	    scp_to "$account:[ay]*" "$T/home"
	no "$account: ... which did not come" test -e "$T/home/a.key"
	no "$account: what is denied is refused" scp_to "$account:no" "$T/home"
	like "$account: ... and told" "$(<"$T/ok.out")" \
	    "scp: no: Permission denied*"
	no "$account: neither can be made" scp_to "$T/new" "$account:b.key"

	serve "$account" --services=sftp "$root"
	no "$account: without the service nothing is served" \
	    scp_to "$account:old" "$T/home/none"
	like "$account: ... says why" "$(<"$T/ok.out")" "*not part of the account*"
done

for account in $ACCOUNTS; do
	if [ "$E2E_NAMESPACE" != yes ]; then
		skip "$account: a full disk" "needs a mount namespace"
		continue
	fi
	root=$(make_root "$account" full)
	serve "$account" "" "$root"
	mkdir "$root/full"
	mount -t tmpfs -o size=1m,mode=777 tmpfs "$root/full"
	scp_to "$T/tree/a dir/file 1" "$large" "$T/tree/a dir/file 2" \
	    "$account:full" 2>"$T/err"
	is "$account: a full disk ends in status 1" $? 1
	like "$account: ... is told" "$(<"$T/err")" \
	    "scp: full/large: disk full: no space is left on the server*"
	ok "$account: ... what came before is whole" \
	    cmp "$T/tree/a dir/file 1" "$root/full/file 1"
	rm "$root/full/large"
	serve "$account" --atomic-uploads "$root"
	scp_to "$large" "$T/tree/a dir/file 2" "$account:full" 2>"$T/err"
	is "$account: ... and with atomic-uploads" $? 1
	ok "$account: ... the session lived on" \
	    cmp "$T/tree/a dir/file 2" "$root/full/file 2"
	is "$account: ... and nothing is left of what did not fit" \
	    "$(ls -A "$root/full")" "file 1
file 2"
	umount "$root/full"

	# A file whose every read fails: the speed of a loop.
	: >"$root/bad"
	mount --bind /sys/class/net/lo/speed "$root/bad"
	echo good >"$root/good"
	scp_to "$account:bad" "$account:good" "$T/home" 2>"$T/err"
	is "$account: a read error ends in status 1" $? 1
	like "$account: ... is told" "$(<"$T/err")" "scp: bad: *"
	ok "$account: ... and the rest has come" cmp "$root/good" "$T/home/good"
	umount "$root/bad"
done
finish
