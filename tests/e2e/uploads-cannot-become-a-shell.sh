#!/bin/bash
# With bash as login shell and the home in the root, a file that the client
# uploads would run at the next login. It does so with OpenSSH's sftp-server;
# with filesonly the account is refused until that is impossible: also where
# the home is only mounted in the root, and where it is still to be made.
. "$(dirname "$0")/lib.sh"
[ "$(id -u)" = 0 ] || skip_all "needs root to choose a login shell"
[ "$E2E_NAMESPACE" = yes ] || skip_all "needs a mount namespace"
start_sshd "AuthorizedKeysFile $T/keys/%u .ssh/authorized_keys"

# A key that no line of the server's knows, but an uploaded one.
ssh-keygen -q -t ed25519 -N '' -C own -f "$T/own_key"
own_key_gives_a_shell() {
	timeout 60 ssh -F "$T/own_config" "$1" "touch $T/home/ran" >/dev/null 2>&1
}
sed "s,client_key,own_key," "$T/ssh_config" >"$T/own_config"

printf 'touch "%s/ran"\n' "$T" >"$T/bashrc"
chmod 1777 "$T/home"
sed -i "s,$T/ran,$T/home/ran," "$T/bashrc"
# move_home ACCOUNT DIRECTORY
move_home() {
	sed "s,^\\($1:.*\\):[^:]*:\\([^:]*\\)\$,\\1:$2:\\2," /etc/passwd \
	    >"$T/passwd.new"
	mv -T "$T/passwd.new" "$T/etc/passwd"
}

# attack ACCOUNT ROOT DIRECTORY CLAIM: the client uploads a .bashrc into a
# directory of the root, by SFTP or by rsync, which makes it if it is missing.
# Vouched for, the file runs at the next login; else the session is refused.
attack() {
	local account=$1 root=$2 directory=$3 claim=$4

	rm -f "$T/home/ran"
	key_line "$account" "$GATE --home-in-root $root"
	ok "$account: $claim: control: vouched for, a .bashrc is taken" \
	    sftp_to "$account" <<<"-mkdir $directory
put $T/bashrc $directory/.bashrc"
	ok "$account: $claim: control: a new login" sftp_to "$account" <<<pwd
	ok "$account: $claim: control: has run it" [ -e "$T/home/ran" ]
	rm -rf "$T/home/ran" "$root/$directory/.bashrc"
	rmdir "$root/$directory" 2>/dev/null
	key_line "$account" "$GATE $root"
	no "$account: $claim: sftp is refused" sftp_to "$account" <<<"-mkdir $directory
put $T/bashrc $directory/.bashrc"
	no "$account: $claim: rsync is refused" rsync_to --mkpath \
	    "$T/bashrc" "$account:$directory/.bashrc"
	ssh_to "$account" internal-sftp >"$T/out" 2>"$T/err" </dev/null
	is "$account: $claim: status" $? 78
	no "$account: $claim: nothing is there" [ -e "$root/$directory/.bashrc" ]
	no "$account: $claim: nothing has run" [ -e "$T/home/ran" ]
}

for account in $ACCOUNTS; do
	uid=$(id -u "$account")
	add_account "$account" "$uid" /bin/bash
	home=$(home_of "$account")
	rm -rf "$home" "$T/home/ran"
	mkdir "$home"
	own "$account" "$home"

	key_line "$account" /usr/lib/openssh/sftp-server
	ok "$account: control: sftp-server takes a .bashrc" \
	    sftp_to "$account" <<<"put $T/bashrc .bashrc"
	ok "$account: control: a new login" sftp_to "$account" <<<"pwd"
	ok "$account: control: has run it" [ -e "$T/home/ran" ]
	rm -rf "$T/home/ran" "$home/.bashrc"
	no "$account: control: an own key is nobody's" \
	    own_key_gives_a_shell "$account"
	ok "$account: control: sftp-server takes authorized_keys" sftp_to \
	    "$account" <<<"-mkdir .ssh
put $T/own_key.pub .ssh/authorized_keys"
	chmod -R go-w "$home"
	ok "$account: control: which are a shell" \
	    own_key_gives_a_shell "$account"
	ok "$account: control: ... that has run" [ -e "$T/home/ran" ]
	rm -rf "$T/home/ran" "$home/.ssh"

	key_line "$account" "$GATE $home"
	for name in .bashrc .profile .ssh/authorized_keys; do
		mkdir -p "$home/.ssh"
		own "$account" "$home"
		upload=$T/bashrc
		[ $name != .ssh/authorized_keys ] || upload=$T/own_key.pub
		sftp_to "$account" <<<"put $upload $name" \
		    >"$T/out" 2>"$T/err"
		no "$account: put $name: refused" [ $? = 0 ]
		no "$account: put $name: nothing is there" [ -e "$home/$name" ]
	done
	# sshd drops what a subsystem says on stderr: asked as a command.
	ssh_to "$account" internal-sftp >"$T/out" 2>"$T/err" </dev/null
	is "$account: the status says misconfigured" $? 78
	like "$account: the customer hears no more than that" \
	    "$(cat "$T/err")" "filesonly: *misconfigured*"
	is "$account: and gets nothing on stdout" "$(wc -c <"$T/out")" 0
	no "$account: rsync is refused too" \
	    rsync_to "$T/bashrc" "$account:.bashrc"
	no "$account: rsync left nothing" [ -e "$home/.bashrc" ]
	no "$account: the own key is still nobody's" \
	    own_key_gives_a_shell "$account"
	ssh_to "$account" internal-sftp >/dev/null 2>&1 </dev/null
	is "$account: a new login is one of the gate's" $? 78
	no "$account: nothing has run" [ -e "$T/home/ran" ]

	echo readable >"$home/file"
	key_line "$account" "$GATE --read-only $home"
	ok "$account: a root that only is read may be the home" \
	    sftp_to "$account" <<<"get file $T/got"
	no "$account: ... and takes no .bashrc" \
	    sftp_to "$account" <<<"put $T/bashrc .bashrc"
	mkdir "$home/files"
	own "$account" "$home/files"
	key_line "$account" "$GATE $home/files"
	ok "$account: a directory below the home may be written" \
	    sftp_to "$account" <<<"put $T/bashrc .bashrc"
	ok "$account: a new login" sftp_to "$account" <<<"pwd"
	no "$account: has not run it" [ -e "$T/home/ran" ]
	rm -f "$T/got"

	root=$(make_root "$account")
	move_home "$account" "$root/missing"
	attack "$account" "$root" missing "a home that is to be made"
	move_home "$account" "$root/link/home"
	mkdir "$T/elsewhere-$account" "$T/elsewhere-$account/home"
	own "$account" "$T/elsewhere-$account"
	ln -s "$T/elsewhere-$account" "$root/link"
	key_line "$account" "$GATE $root"
	no "$account: a home behind a link in the root: refused" \
	    sftp_to "$account" <<<pwd
	rm "$root/link"
	move_home "$account" "$home"
	rm -rf "$home"
	mkdir "$home" "$root/disk"
	own "$account" "$home" "$root"
	key_line "$account" "$GATE $root"
	ok "$account: a home beside the root: served" \
	    sftp_to "$account" <<<"put $T/bashrc disk/.bashrc"
	rm "$root/disk/.bashrc"
	mount --bind "$home" "$root/disk"
	attack "$account" "$root" disk "a home that is mounted in the root"
	umount "$root/disk"
	ok "$account: without the mount it is served again" \
	    sftp_to "$account" <<<pwd
done
client sftp
client rsync
finish
