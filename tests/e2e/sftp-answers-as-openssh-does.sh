#!/bin/bash
# The same several hundred requests, odd ones included, to OpenSSH's
# sftp-server and to ours, each in its own copy of one tree: every answer is
# the same, or its difference stands in the list with its reason.
. "$(dirname "$0")/lib.sh"
theirs=/usr/lib/openssh/sftp-server
[ "$E2E_NAMESPACE" = yes ] || skip_all "needs root and a mount namespace"

# make_tree DIRECTORY: what the requests are about; the same names, modes and
# times each time it is called.
make_tree() {
	(
		mkdir "$1" && cd "$1" || exit
		# What sftp-server needs in its chroot.
		cp $theirs sftp-server
		ldd $theirs | grep -o '/[^ ]*' | xargs cp -L --parents -t .
		mkdir -p etc dev proc
		cp -L /etc/passwd /etc/group etc
		[ ! -e /etc/localtime ] || cp -L /etc/localtime etc
		mknod -m 666 dev/null c 1 3

		echo content >f
		head -c 300000 /dev/zero | tr '\0' x >big
		: >empty
		mkdir d d/deep many sticky noread nosearch
		echo g >d/g
		echo "in d/deep" >d/deep/f
		for ((i = 0; i < 250; i++)); do
			echo >"many/file-$i"
		done
		for name in 'sp ace' $'new\nline' $'\xff\xfe' -dash 'a\b' '*' \
		    '~' "$(printf 'n%.0s' {1..255})"; do
			echo odd >"./$name"
		done
		ln -s f l-file
		ln -s d l-dir
		ln -s /d/g l-abs
		ln -s ../../../f l-up
		ln -s nowhere dangling
		ln -s d/no dangling-deep
		ln -s loop loop
		ln -s l-file chain
		ln -s d/ l-slash
		mkfifo fifo
		echo secret >private
		chmod 0 private
		echo >noread/x
		echo >nosearch/x
		chown -R "$2:$2" .
		chmod 1777 sticky
		echo theirs >sticky/foreign
		echo foreign >foreign
		chown 4242:4343 sticky/foreign foreign
		chmod 311 noread
		chmod 600 nosearch
		find . -exec touch -h -d '2020-02-03 04:05:06' {} +
		touch -d "$3" f
	)
}

for account in $ACCOUNTS; do
	top=$T/compare-$account
	uid=$(id -u "$account")
	mkdir "$top"
	mount -t tmpfs -o noatime,mode=755 tmpfs "$top"
	recent=$(date -d '20 days ago' '+%F 01:02:03')
	make_tree "$top/a" "$uid" "$recent"
	make_tree "$top/b" "$uid" "$recent"
	mount --bind /proc "$top/a/proc"
	: >"$top/log"
	own "$account" "$top/log"
	ok "$account: every answer is OpenSSH's, or listed" \
	    /usr/bin/python3 -B "$SOURCE/tests/e2e/compare_sftp.py" "$GATE" \
	    /sftp-server "$top" "$uid"
	note "$(tail -n 1 "$T/ok.out")"
	umount "$top/a/proc" "$top"
done
finish
