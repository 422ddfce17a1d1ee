#!/bin/bash
# scp (which speaks SFTP since OpenSSH 9.0), curl and psftp carry files both
# ways, whole trees where they can, and are told plainly what is refused.
# timeout: 240
. "$(dirname "$0")/lib.sh"
start_sshd

mkdir -p "$T/tree/a dir/deep"
for i in $(seq 12); do
	head -c $((i * 5003)) /dev/urandom >"$T/tree/a dir/file $i"
done
head -c 2500000 /dev/urandom >"$T/tree/a dir/deep/large"
find "$T/tree" -exec touch -d '2021-03-04 05:06:07' {} +
large="$T/tree/a dir/deep/large"

scp_to() {
	timeout 60 scp -q -F "$T/ssh_config" "$@"
}

# curl_to ACCOUNT PATH OPTION...
curl_to() {
	local account=$1 path=$2
	shift 2
	timeout 60 curl -sS --user "$account:" --key "$T/client_key" \
	    --pubkey "$T/client_key.pub" --hostpubsha256 "$HOST_KEY" \
	    "sftp://127.0.0.1:$PORT$path" "$@"
}

# psftp_to ACCOUNT: commands on stdin.
psftp_to() {
	timeout 60 psftp -batch -b /dev/stdin -P "$PORT" -l "$1" \
	    -hostkey "$PUTTY_HOST_KEY" -i "$T/client.ppk" 127.0.0.1
}

PUTTY_HOST_KEY=$(ssh-keygen -lf "$T/host_key.pub" | cut -d' ' -f2)
HOST_KEY=${PUTTY_HOST_KEY#SHA256:}= # curl wants base64's padding
ok "control: psftp's form of the key is made" \
    puttygen "$T/client_key" -o "$T/client.ppk" -O private

for account in $ACCOUNTS; do
	root=$(make_root "$account" scp)
	serve "$account" "" "$root"
	ok "$account: scp -rp puts a tree" \
	    scp_to -rp "$T/tree" "$account:up"
	ok "$account: ... the same on the server, modes and times too" \
	    same_tree "$T/tree" "$root/up" "%m %Ts"
	ok "$account: scp -rp gets it" \
	    scp_to -rp "$account:up" "$T/scp-$account"
	ok "$account: ... the same here" \
	    same_tree "$T/tree" "$T/scp-$account" "%m %Ts"
	ok "$account: scp gets what a wildcard names" \
	    scp_to "$account:up/a*/file*" "$T/home"
	ok "$account: ... whole" \
	    cmp "$T/tree/a dir/file 12" "$T/home/file 12"
	ok "$account: scp puts beneath ~" scp_to "$large" "$account:~/tilde"
	ok "$account: ... which is the start" cmp "$large" "$root/tilde"
	ok "$account: scp -3 carries from the account to itself" \
	    scp_to -3 "$account:up/a dir/deep/large" "$account:third"
	ok "$account: ... whole" cmp "$large" "$root/third"
	like "$account: scp of a missing file says so" \
	    "$(scp_to "$account:missing" "$T/home" 2>&1)" \
	    "scp: *missing: No such file or directory*"
done
client scp

for account in $ACCOUNTS; do
	root=$(make_root "$account" curl)
	serve "$account" "" "$root"
	ok "$account: curl puts a file and its directories" \
	    curl_to "$account" /new/dir/large -T "$large" --ftp-create-dirs
	ok "$account: ... whole" cmp "$large" "$root/new/dir/large"
	ok "$account: curl gets it" \
	    curl_to "$account" /new/dir/large -o "$T/got"
	ok "$account: ... whole" cmp "$large" "$T/got"
	is "$account: curl gets a range" \
	    "$(curl_to "$account" /new/dir/large -r 1000-1999 | md5sum)" \
	    "$(tail -c +1001 "$large" | head -c 1000 | md5sum)"
	like "$account: curl lists" \
	    "$(curl_to "$account" /new/dir/)" "*-rw-*2500000*large*"
	ok "$account: curl renames, makes and removes" \
	    curl_to "$account" /new/ -o /dev/null \
	    -Q "rename /new/dir/large /new/other" -Q "mkdir /new/more" \
	    -Q "rmdir /new/dir" -Q "chmod 600 /new/other"
	is "$account: ... on the server" \
	    "$(cd "$root/new" && find . -mindepth 1 -printf '%P %m\n' |
	    sort | tr '\n' ' ')" "more 755 other 600 "
	head -c 1000000 "$large" >"$root/new/part"
	own "$account" "$root/new/part"
	ok "$account: curl -C - goes on with a file" \
	    curl_to "$account" /new/part -T "$large" -C -
	ok "$account: ... to its end" cmp "$large" "$root/new/part"
done
client curl

for account in $ACCOUNTS; do
	root=$(make_root "$account" psftp)
	serve "$account" "" "$root"
	head -c 1000000 "$large" >"$T/psftp-large"
	ok "$account: psftp puts a tree and gets it" psftp_to "$account" <<-END
		pwd
		put -r "$T/tree" up
		get -r up "$T/psftp-$account"
		cd up
		lcd $T
		reget "a dir/deep/large" "$T/psftp-large"
		chmod 640 "a dir/file 1"
		mv "a dir/file 2" second
		mkdir made
		del "a dir/file 3"
		ls
	END
	like "$account: psftp lists names and sizes" "$(<"$T/ok.out")" \
	    "*10006*second*"
	ok "$account: what it put was whole" \
	    cmp "$large" "$root/up/a dir/deep/large"
	ok "$account: what it got is the same" \
	    same_tree "$T/tree" "$T/psftp-$account"
	ok "$account: a file that was cut was gone on with" \
	    cmp "$large" "$T/psftp-large"
	is "$account: a mode was set" \
	    "$(stat -c %a "$root/up/a dir/file 1")" 640
	ok "$account: a file was renamed" \
	    cmp "$T/tree/a dir/file 2" "$root/up/second"
	no "$account: a file was removed" test -e "$root/up/a dir/file 3"
done
client psftp
finish
