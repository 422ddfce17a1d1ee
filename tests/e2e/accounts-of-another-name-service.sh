#!/bin/bash
# An account and its groups that are in no file of /etc: the policy is found
# by the system's name service, whatever is behind it. The static program can't
# ask it, and serves nobody by half a policy.
. "$(dirname "$0")/lib.sh"
[ "$(id -u)" = 0 ] || skip_all "needs root to add a name service"
[ -d /var/lib/extrausers ] || skip_all "no libnss-extrausers"
private_etc
mkdir "$T/extra" "$T/home-remote"
printf 'remote:x:64150:64150::%s:/bin/sh\n' "$T/home-remote" >"$T/extra/passwd"
printf '%s\n' "remote:x:64150:" "faraway:x:64151:remote" >"$T/extra/group"
private_shadow remote >"$T/extra/shadow"
mount --bind "$T/extra" /var/lib/extrausers || exit 1
no "control: nobody knows the account" id remote
sed -i -E 's/^(passwd|group|shadow):.*/\1: files extrausers/' /etc/nsswitch.conf
ok "control: the name service does" id remote
no "control: it is in no file" grep remote /etc/passwd

# start_sshd reads it.
# shellcheck disable=SC2034
ACCOUNTS="remote plain"
root=$(make_root remote)
local_root=$(make_root plain)
LOG=$(make_log remote)
own remote "$T/home-remote"
echo content >"$root/file"
start_sshd
key_line remote "$GATE"
key_line plain "$GATE"
configure() {
	printf '%s\n' "[defaults]" "audit = $LOG" "$@" \
	    >"$CONF/filesonly.conf"
}
# refused CLAIM [ACCOUNT [WHY]]: WHY is what a person reads.
refused() {
	local account=${2:-remote}
	ssh_to "$account" internal-sftp >"$T/out" 2>"$T/err" </dev/null
	is "$1: status" $? 78
	[ $# != 3 ] || like "$1: a person reads why" \
	    "$(as "$account" env USER="$account" "$GATE" --subsystem=sftp \
		2>&1 </dev/null)" "filesonly: $3"
}

if ! is_static; then
	configure "[group faraway]" "root = $root"
	ok "by its group: served" sftp_to remote <<<"put $T/ssh_config new"
	like "the name is on the record" "$(tail -n 1 "$LOG")" \
	    '*event=end*user="remote"*'
	configure "[group remote]" "root = $root"
	ok "by its primary group: served" sftp_to remote <<<pwd
	configure "[group faraway]" "root = $root" "mode = read-only"
	ok "a group's mode: reads" sftp_to remote <<<"get file $T/got"
	no "a group's mode: no upload" sftp_to remote <<<"put $T/ssh_config newer"
	no "a group's mode: nothing is there" [ -e "$root/newer" ]
	configure "[user remote]" "root = %h/../roots/%u/root"
	ok "by its name and its home: served" sftp_to remote <<<pwd
	# Two names of one id: the second is as good as the first.
	echo "second:x:64151:" >>"$T/extra/group"
	configure "root = $root" "[group second]" \
	    "mode = read-only"
	ok "by a group's second name: reads" sftp_to remote <<<"get file $T/got"
	no "by a group's second name: no upload" \
	    sftp_to remote <<<"put $T/ssh_config newer"
	# The login could ask for these, the account can't.
	configure "root = $root" "[group faraway]" \
	    "mode = read-only"
	chmod 600 "$T/extra/group"
	refused "a group that can't be asked for is not none" remote \
	    "*the account's groups can't be known: Permission denied"
	no "... and nothing is there" [ -e "$root/newer" ]
	chmod 644 "$T/extra/group"
	no "once it can be asked for it narrows" \
	    sftp_to remote <<<"put $T/ssh_config newer"
	key_line remote "$GATE --audit=$LOG $T/home-remote"
	refused "control: a home in the root"
	chmod 600 "$T/extra/passwd"
	refused "an account that can't be asked for: its home may be there"
	no "... and no file of a login is" \
	    sftp_to remote <<<"put $T/ssh_config .bashrc"
	like "... the log says why" "$(tail -n 1 "$LOG")" \
	    "*event=misconfigured*name services can't tell who the account is*"
	key_line remote "$GATE --audit=$LOG ."
	ssh_to remote ls >"$T/out" 2>"$T/err" </dev/null
	is "... nor is a root relative to it: status" $? 2
	is "... nothing is listed" "$(cat "$T/out")" ""
	chmod 644 "$T/extra/passwd"
	key_line remote "$GATE"
	configure "[group another]" "root = $root"
	refused "in no group that has a root"
	echo "root = $root" >"$CONF/users.d/remote.conf"
	ok "by its own file: served" sftp_to remote <<<pwd
fi

# --- a static program -------------------------------------------------------

static_program
cp -f "$STATIC_PROGRAM" "$GATE"
rm -f "$CONF/users.d/remote.conf"
configure "[user remote]" "root = $root"
refused "static: an account of another service" remote \
    "the account is not in /etc/passwd, and this static filesonly can ask no*"
configure "[group faraway]" "root = $root"
refused "static: a group of another service" plain \
    "*this static filesonly can ask no name service for them*"
configure "[user plain]" "root = $local_root" "audit = syslog"
ok "static: an account of /etc/passwd is served" \
    sftp_to plain <<<"put $T/ssh_config new"
ok "static: ... whole" cmp "$T/ssh_config" "$local_root/new"

client sftp
finish
