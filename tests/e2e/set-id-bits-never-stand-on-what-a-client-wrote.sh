#!/bin/bash
# A file with setuid and setgid bits loses them where a client writes to it, by
# SFTP and scp, in place and aside; root's bytes, too, from which the kernel takes
# nothing. With set-id=yes root's keep them.
. "$(dirname "$0")/lib.sh"
export SHARED=yes
start_sshd

echo theirs >"$T/theirs"
# put_over HOW: SFTP or scp writes over a file that has the bits.
put_over() {
	rm -f "$root/tool"
	echo ours >"$root/tool"
	own "$account" "$root/tool"
	chmod 6755 "$root/tool"
	case $1 in
	sftp) batch "$account" "put $T/theirs tool" ;;
	scp) scp -O -F "$T/ssh_config" "$T/theirs" "$account:tool" \
	    >"$T/out" 2>&1 ;;
	esac && cmp "$T/theirs" "$root/tool"
}

for account in $ACCOUNTS; do
	root=$(make_root "$account")
	for options in "" --atomic-uploads; do
		serve "$account" "$options" "$root"
		for how in sftp scp; do
			ok "$account: $how $options: it is written" put_over $how
			is "$account: $how $options: ... without the bits" \
			    "$(stat -c %a "$root/tool")" 755
		done
	done
	[ "$account" = root ] || continue
	serve root "--set-id" "$root"
	ok "control: root with set-id" put_over sftp
	is "control: ... keeps them" "$(stat -c %a "$root/tool")" 6755
done
finish
