#!/bin/bash
# An account and its groups that are in no file of /etc: the policy is found
# by the system's name service, whatever is behind it. Where the program is
# static, its dynamic twin asks; without it nobody is served by half a policy.
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
own remote "$T/home-remote"
echo content >"$root/file"
start_sshd
key_line remote "$GATE"
key_line plain "$GATE"
configure() {
	printf '%s\n' "[defaults]" "audit = $root/.log" "$@" \
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

configure "[group faraway]" "root = $root"
ok "by its group: served" sftp_to remote <<<"put $T/ssh_config new"
like "the name is on the record" "$(tail -n 1 "$root/.log")" \
    '*event=end*user="remote"*'
configure "[group remote]" "root = $root"
ok "by its primary group: served" sftp_to remote <<<pwd
configure "[group faraway]" "root = $root" "mode = read-only"
ok "a group's mode: reads" sftp_to remote <<<"get file $T/got"
no "a group's mode: no upload" sftp_to remote <<<"put $T/ssh_config newer"
no "a group's mode: nothing is there" [ -e "$root/newer" ]
configure "[user remote]" "root = %h/../roots/%u/root"
ok "by its name and its home: served" sftp_to remote <<<pwd
configure "[group another]" "root = $root"
refused "in no group that has a root"
echo "root = $root" >"$CONF/users.d/remote.conf"
ok "by its own file: served" sftp_to remote <<<pwd

# --- the static program alone ----------------------------------------------

if [ -e "$TWIN" ]; then
	no "the program needs no library" \
	    grep -q NEEDED <(readelf -d "$GATE")
	ok "its twin does" grep -q NEEDED <(readelf -d "$TWIN")
	like "control: its loader obeys the environment" \
	    "$(as remote env LD_PRELOAD=/no/such.so "$TWIN" --version 2>&1)" \
	    "*/no/such.so*"
	is "... which it never sees in the static program's place" \
	    "$(as remote env USER=remote LD_PRELOAD=/no/such.so "$GATE" \
		--version 2>&1)" "$("$GATE" --version)"
	mv "$TWIN" "$TWIN.away"
	configure
	refused "without its twin: in no file" remote \
	    "*not in /etc/passwd, and no filesonly-nss*"
	key_line remote "$GATE $root"
	refused "without its twin: a root on the line" remote \
	    "the account is not in /etc/passwd*"
	printf '%s\n' "root = $local_root" "audit = $local_root/.log" \
	    >"$CONF/users.d/plain.conf"
	ok "without its twin: in the file and without groups: served" \
	    sftp_to plain <<<"put $T/ssh_config plain-1"
	configure "[group faraway]" "mode = read-only"
	refused "without its twin: a group could narrow it" plain \
	    "*filesonly.conf:*groups can't be known: no filesonly-nss*"
	configure "[group $(id -gn plain)]" "mode = read-only"
	ok "without its twin: a group of the file is known: served" \
	    sftp_to plain <<<"get plain-1 $T/got"
	no "without its twin: a group of the file is known: narrowed" \
	    sftp_to plain <<<"put $T/ssh_config plain-0"
	mv "$TWIN.away" "$TWIN"
	configure "[group faraway]" "mode = read-only"
	ok "with its twin: a group that is another's does not" \
	    sftp_to plain <<<"put $T/ssh_config plain-2"
	ok "with its twin: a root on the line" sftp_to remote <<<pwd
	echo "another:*:64152:plain" >>"$T/extra/group"
	configure "[group another]" "mode = read-only"
	no "with its twin: its own does" \
	    sftp_to plain <<<"put $T/ssh_config plain-3"
	no "... and nothing is there" [ -e "$local_root/plain-3" ]
	cp "$GATE" "$TWIN"
	refused "a static program in the twin's place is no loop" plain "*"
fi
client sftp
finish
