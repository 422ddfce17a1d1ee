#!/bin/bash
# PuTTY's pscp by SFTP and by scp's old protocol: files and trees, both ways.
# timeout: 200
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/../e2e/lib.sh"
start_sshd ""

mkdir -p "$T/tree/a dir"
head -c 300000 /dev/urandom >"$T/tree/a dir/file"
echo small >"$T/tree/small"
puttygen "$T/client_key" -O private -o "$T/key.ppk" 2>/dev/null ||
    skip_all "puttygen can't read the key"
fingerprint=$(ssh-keygen -lf "$T/host_key.pub" | cut -d' ' -f2)

# pscp_to WAY WORD...: WAY is sftp or scp.
pscp_to() {
	timeout 60 pscp -batch -q -P "$PORT" -i "$T/key.ppk" \
	    -hostkey "$fingerprint" "-$1" "${@:2}" </dev/null
}

for account in $ACCOUNTS; do
	for way in sftp scp; do
		t="$account, $way"
		root=$(make_root "$account" $way)
		serve "$account" "" "$root"
		host=$account@127.0.0.1
		ok "$t: a file is put" \
		    pscp_to $way "$T/tree/small" "$host:small"
		ok "$t: ... whole" cmp "$T/tree/small" "$root/small"
		got=$T/got-$account-$way
		mkdir "$got"
		ok "$t: a tree is put" pscp_to $way -r -p "$T/tree" "$host:"
		ok "$t: ... whole" same_tree "$T/tree" "$root/tree"
		ok "$t: it is got" pscp_to $way -r "$host:tree" "$got"
		ok "$t: ... whole" same_tree "$T/tree" "$got/tree"
		no "$t: what is not there is not got" \
		    pscp_to $way "$host:none" "$T/none"
		serve "$account" --read-only "$root"
		no "$t: read-only takes none" \
		    pscp_to $way "$T/tree/small" "$host:other"
		no "$t: ... and has none" test -e "$root/other"
	done
done
client pscp
finish
