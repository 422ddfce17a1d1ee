#!/bin/bash
# A home in a writable root is served where root's configuration is the policy
# and filesonly the login shell; not where the shell is another, which can't
# tell a key line of the account's own from the administrator's, nor where
# something else obeys what a home says: the account's systemd, a mail server,
# PAM and sshd that take a login's environment from it. A configuration that
# the account owns must lie outside its root.
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

# What PAM does with a login: nothing but what is said here. These two are
# links to the machine's, and become directories of our own.
rm "$T/etc/pam.d" "$T/etc/ssh" || exit 1
mkdir "$T/etc/pam.d" "$T/etc/ssh"
rm -f "$T/etc/pam.conf"
pam_session() {
	printf '%s\n' "auth required pam_permit.so" \
	    "account required pam_permit.so" "session required $*" \
	    >/etc/pam.d/sshd
}
echo "# nothing" >/etc/ssh/sshd_config
pam_session pam_permit.so

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
# Read by start_sshd: sshd's own server would not ask the login shell.
# shellcheck disable=SC2034
SSHD_SFTP=$T/bin/sftp-server
start_sshd "AuthorizedKeysFile .ssh/authorized_keys
UsePAM yes
PermitUserEnvironment yes"
key() {
	echo "$1 $(cat "$T/client_key.pub")" >"$home/.ssh/authorized_keys"
	own plain "$home/.ssh"
}

key ""
add_account plain "$uid" "$GATE"
ok "our shell: the home is served" sftp_to plain <<<"put $T/bashrc .bashrc"
like "our shell: ... by us" "$(cat "$T/log/plain")" "*event=close*.bashrc*"
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

# The environment of a login: a library of the client's in our own process.
cat >"$T/library.c" <<'END'
#include <fcntl.h>
__attribute__((constructor)) static void
run(void)
{
	open("ran", O_WRONLY | O_CREAT, 0666);
}
END
cc -shared -fPIC -o "$T/library.so" "$T/library.c"
echo "LD_PRELOAD DEFAULT=$home/library.so" >"$T/pam_environment"
echo "LD_PRELOAD=$home/library.so" >"$T/environment"

# take_over CLAIM FILE NAME: uploads the library and the file that names it,
# and logs in once more.
take_over() {
	ok "$1: uploads" sftp_to plain <<<"put $T/library.so library.so
put $2 $3"
	ssh_to plain true >"$T/out" 2>&1 </dev/null
}
clean() {
	rm -f "$home/ran" "$home/library.so" "$home/.pam_environment" \
	    "$home/.ssh/environment"
}
if LC_ALL=C ldd "$GATE" 2>&1 | grep -q 'statically\|not a dynamic'; then
	loads=no
else
	loads=yes
fi
# has_run CLAIM: a static program loads nothing.
has_run() {
	is "$1" "$([ -e "$home/ran" ] && echo yes || echo no)" $loads
	clean
}
# holds CLAIM WHERE: refused, or nothing runs.
holds() {
	if [ $loads = yes ]; then
		refused "$1" "*the writable root holds*see $2*"
	else
		ok "$1: a static program is served" sftp_to plain <<<pwd
	fi
	no "$1: nothing has run" [ -e "$home/ran" ]
}

pam_session pam_env.so user_readenv=1
configure "home-in-root = yes"
take_over "control: .pam_environment, vouched for" "$T/pam_environment" \
    .pam_environment
has_run "control: .pam_environment, vouched for: the library has run"
configure
holds "pam_env reads .pam_environment" /etc/pam.d/sshd
mv /etc/pam.d/sshd /etc/pam.d/other
pam_session pam_permit.so
holds "another service's does" /etc/pam.d/other
mv /etc/pam.d/other /etc/pam.conf
holds "the one file of old does" /etc/pam.conf
rm /etc/pam.conf
echo "# user_readenv=1" >>/etc/pam.d/sshd
ok "a comment does not" sftp_to plain <<<pwd

# sshd was started so; only its default file can be read by everybody.
configure "home-in-root = yes"
take_over "control: .ssh/environment, vouched for" "$T/environment" \
    .ssh/environment
has_run "control: .ssh/environment, vouched for: the library has run"
configure
for line in "PermitUserEnvironment yes" "	permituserenvironment=LD_*" \
    "PermitUserEnvironment \"yes\"" "PermitUserEnvironment no,LD_*" \
    "Include /etc/ssh/more"; do
	echo "$line" >/etc/ssh/sshd_config
	holds "sshd_config: $line" /etc/ssh/sshd_config
done
mkdir /etc/ssh/sshd_config.d
mv /etc/ssh/sshd_config /etc/ssh/sshd_config.d/more.conf
holds "a file beside sshd_config" /etc/ssh/sshd_config.d/more.conf
rm /etc/ssh/sshd_config.d/more.conf
printf '%s\n' "#PermitUserEnvironment yes" "PermitUserEnvironment no" \
    "Include /etc/ssh/sshd_config.d/*.conf" >/etc/ssh/sshd_config
ok "sshd_config: no: served" sftp_to plain <<<pwd
chmod 600 /etc/ssh/sshd_config
holds "an sshd_config that can't be read" /etc/ssh/sshd_config
chmod 644 /etc/ssh/sshd_config

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
