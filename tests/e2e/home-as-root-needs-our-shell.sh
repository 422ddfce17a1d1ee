#!/bin/bash
# A home in a writable root is served where root's configuration is the policy
# and filesonly the login shell; not where the shell is another, which can't
# tell a key line of the account's own from the administrator's, nor where
# something else runs what a home names. A configuration that the account owns
# must lie outside its root.
. "$(dirname "$0")/lib.sh"
[ "$(id -u)" = 0 ] || skip_all "needs root to choose a login shell"
private_etc
[ ! -e /usr/sbin/sendmail ] || skip_all "a mail server reads homes here"
# No session manager of this machine's.
mount -t tmpfs tmpfs /run || exit 1
uid=$PLAIN_UID
home=$(home_of plain)
mkdir "$home/.ssh"
own plain "$home"
mkdir -m 1777 "$T/log"
echo 'touch ran' >"$T/bashrc"

configure() {
	printf '%s\n' "[defaults]" "audit = $T/log/plain" "[user plain]" \
	    "root = %h" "$@" >"$CONF/filesonly.conf"
}

refused() {
	: >"$T/log/plain"
	ssh_to plain internal-sftp >"$T/out" 2>"$T/err" </dev/null
	is "$1: status" $? 78
	like "$1: the customer hears no more" "$(cat "$T/err")" \
	    "filesonly: this account is misconfigured; *"
	like "$1: the record says why" "$(cat "$T/log/plain")" "$2"
}

configure
start_sshd "AuthorizedKeysFile .ssh/authorized_keys"
key() {
	echo "$1 $(cat "$T/client_key.pub")" >"$home/.ssh/authorized_keys"
	own plain "$home/.ssh"
}

key ""
add_account plain "$uid" "$GATE"
ok "our shell: the home is served" sftp_to plain <<<"put $T/bashrc .bashrc"
cp "$T/client_key.pub" "$T/new"
ok "our shell: even a key without options may come" \
    sftp_to plain <<<"put $T/new .ssh/authorized_keys"
ssh_to plain 'touch ran' >"$T/out" 2>&1 </dev/null
is "our shell: ... which gives no command" $? 1
no "our shell: nothing has run" [ -e "$home/ran" ]

configure "[group none-such]" "mode = read-only"
ok "our shell: with groups to ask for, too" \
    sftp_to plain <<<"put $T/bashrc .bashrc"
configure

mkdir -p "/run/user/$uid"
refused "the account's own services run" \
    "*the writable root holds*see /run/user/$uid*"
rm -r /run/user
ok "without them it is served again" sftp_to plain <<<pwd

# The reason: with another shell the client's own key line is a way out.
key "restrict,command=\"$GATE\""
add_account plain "$uid" /bin/sh
refused "sh and a key line" "*the writable root holds*home-in-root*"
configure "home-in-root = yes"
ok "sh and a key line, and home-in-root = yes: served" \
    sftp_to plain <<<"put $T/new .ssh/authorized_keys"
ssh_to plain 'touch ran' </dev/null
ok "... is a way out: only the administrator may say so" [ -e "$home/ran" ]
rm "$home/ran"

# A configuration of the account's own.
key "restrict,command=\"$GATE --config=own.conf\""
printf '%s\n' "audit = $T/log/plain" "root = %h/files" "home-in-root = yes" |
    sed '1i [defaults]' >"$home/own.conf"
mkdir "$home/files"
own plain "$home"
ok "an own configuration beside the root: served" sftp_to plain <<<pwd
sed -i 's,%h/files,%h,' "$home/own.conf"
refused "an own configuration in the root" \
    "*the writable root holds*have another policy*"
sed -i 's,home-in-root = yes,mode = read-only,' "$home/own.conf"
ok "... that can only be read: served" sftp_to plain <<<pwd
chmod g+w "$home/own.conf"
refused "... that the group may write" "*"
finish
