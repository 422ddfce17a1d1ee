#!/bin/bash
# filesonlyctl doctor: nothing is found on the documented set-ups, and each
# fault that is planted in one of them is, by sshd's own word (sshd -T) and by
# what sessions would come to.
# timeout: 120
. "$(dirname "$0")/lib.sh"
private_etc

CTL=$T/bin/filesonlyctl
SHELL_GATE=$T/bin/filesonly
cp "$BUILD/filesonlyctl" "$T/bin/"
ssh-keygen -q -t ed25519 -N '' -f "$T/host_key"
ssh-keygen -q -t ed25519 -N '' -f "$T/client_key"
mkdir -p /run/sshd
ROOT=$T/roots/plain
KEYS=$T/keys/plain

# The set-up to plant in: "force", "keys" or "shell".
good() {
	umount -l "$ROOT" 2>/dev/null
	rm -rf "$ROOT" "$CONF/filesonly.conf"
	mkdir -p "$ROOT"
	: >"$T/log"
	chown plain: "$ROOT" "$T/log"
	chmod 755 "$ROOT" "$T/bin/filesonly"
	add_account plain "$PLAIN_UID" /bin/sh
	printf '/bin/sh\n%s\n' "$SHELL_GATE" >"$T/shells.new"
	mv -T "$T/shells.new" "$T/etc/shells"
	cat >"$CONF/filesonly.conf" <<-END
	[user plain]
	root = $ROOT
	audit = $T/log
	END
	: >"$KEYS"
	cat >"$T/sshd_config" <<-END
	HostKey $T/host_key
	AuthorizedKeysFile $T/keys/%u
	PasswordAuthentication no
	KbdInteractiveAuthentication no
	AcceptEnv LANG LC_*
	ExposeAuthInfo yes
	END
	case $1 in
	force)
		cat "$T/client_key.pub" >"$KEYS"
		cat >>"$T/sshd_config" <<-END
		Subsystem sftp internal-sftp
		Match User plain
		    ForceCommand $SHELL_GATE
		    DisableForwarding yes
		    PermitTTY no
		    PermitUserRC no
		END
		;;
	keys)
		"$CTL" authorize --audit="$T/log" "$ROOT" \
		    <"$T/client_key.pub" >"$KEYS"
		echo "Subsystem sftp internal-sftp" >>"$T/sshd_config"
		;;
	shell)
		add_account plain "$PLAIN_UID" "$SHELL_GATE"
		cat "$T/client_key.pub" >"$KEYS"
		printf '%s\n' "Subsystem sftp $T/bin/sftp-server" \
		    "DisableForwarding yes" >>"$T/sshd_config"
		;;
	esac
}

# doctor [COMMAND...]: sets STATUS; the findings are in $T/found.
doctor() {
	"$@" "$CTL" doctor --user=plain --sshd-config="$T/sshd_config" \
	    >"$T/found" 2>"$T/err"
	STATUS=$?
}

for set_up in force keys shell; do
	good $set_up
	doctor
	is "the documented set-up ($set_up): nothing is found" \
	    "$(cat "$T/found" "$T/err" | grep -v '^note: ')" ""
	is "... and the status says so" "$STATUS" 0
	is "... beside four facts of the root's file system" \
	    "$(grep -c "^note: $ROOT: " "$T/found")" 4
done

# setting LINE: sshd's, which wins over all others.
setting() {
	sed -i "1i $1" "$T/sshd_config"
}
# key SED: the key's line.
key() {
	sed -i "$1" "$KEYS"
}
# conf SED: the account's section.
conf() {
	sed -i "$1" "$CONF/filesonly.conf"
}
shell() {
	add_account plain "$PLAIN_UID" "$1"
}
many_comments() {
	head -c 1100000 /dev/zero | tr '\0' '#' >>"$KEYS"
}
poor() {
	"$T/bin/poorfs" lacks="$1" "$ROOT" "$ROOT" >"$T/poorfs.pid" ||
	    NO_FUSE=yes
}
cleanup_more() {
	umount -l "$ROOT" 2>/dev/null
}
cp "$BUILD/tests/fault/poorfs" "$BUILD/tests/fault/lack" "$T/bin/"

# SET-UP | WHAT IS PLANTED | WHAT IS SAID. Each by itself.
plants=(
	"keys|setting 'AllowTcpForwarding yes'; key s/restrict,//|sshd forwards ports*"
	"force|sed -i 's/DisableForwarding yes/DisableForwarding no/' $T/sshd_config|sshd forwards ports*"
	"keys|key s/restrict,//|sshd forwards local sockets*"
	"keys|key s/restrict,/restrict,port-forwarding,/|sshd forwards ports*"
	"shell|sed -i /DisableForwarding/d $T/sshd_config|sshd forwards agents*"
	"keys|setting 'X11Forwarding yes'; key s/restrict,//|sshd forwards X11*"
	"keys|setting 'PermitTunnel yes'|sshd makes network tunnels*"
	"force|setting 'PermitTunnel yes'|sshd makes network tunnels*"
	"keys|setting 'AuthorizedKeysCommandUser nobody'; setting 'AuthorizedKeysCommand /bin/true'|there are other ways in than the keys*"
	"keys|setting 'PermitUserEnvironment yes'|sshd reads ~/.ssh/environment*"
	"force|sed -i /PermitUserRC/d $T/sshd_config|sshd runs ~/.ssh/rc*"
	"shell|setting 'StrictModes no'|sshd does not look who can write*"
	"force|setting 'ExposeAuthInfo no'|sshd does not tell which key*"
	"shell|setting 'TrustedUserCAKeys $T/client_key.pub'|certificates of an authority*"
	"force|setting 'AcceptEnv BASH_ENV'|sshd takes variables from the client: BASH_ENV"
	"keys|setting 'AcceptEnv *'|sshd takes variables from the client: \**"
	"shell|sed -i 's/^Subsystem.*/Subsystem sftp internal-sftp/' $T/sshd_config|Subsystem sftp internal-sftp never asks*"
	"force|sed -i 's/ForceCommand.*/ForceCommand internal-sftp/' $T/sshd_config|ForceCommand is another program*"
	"keys|cat $T/client_key.pub >>$KEYS|$KEYS:2: the key has no command=*"
	"keys|key 's/command=\"[^\"]*\"/command=\"\/bin\/date\"/'|$KEYS:1: the key's command is another program*"
	"keys|many_comments|$KEYS: more than a megabyte*"
	"keys|: >$KEYS|nothing leads the account to filesonly*"
	"keys|setting 'PasswordAuthentication yes'|there are other ways in than the keys*"
	"force|shell /usr/sbin/nologin|the login shell runs nothing*"
	"force|shell /bin/bash|the login shell reads files of the home*"
	"shell|sed -i /filesonly/d $T/etc/shells|the login shell is not in /etc/shells*"
	"force|rm -r $ROOT|root $ROOT: No such file*"
	"force|conf 's,root = .*,root = $T/home-plain,'|*--home-in-root*"
	"force|conf 's,.user plain.,[user other],'|no section gives a root*"
	"force|echo 'umsk = 1' >>$CONF/filesonly.conf|*filesonly.conf:4: unknown key*"
	"force|chmod 666 $CONF/filesonly.conf|*filesonly.conf: group or others may write it*"
	"force|echo 'start-dir = /none' >>$CONF/filesonly.conf|start-dir /none: No such*"
	"force|echo 'rsync = /none/rsync' >>$CONF/filesonly.conf|can't run /none/rsync*"
	"force|echo 'rsync-version = 3.5' >>$CONF/filesonly.conf; fake_rsync 3.2.7|rsync-version = 3.5, and the installed*"
	"force|printf '%s\n' 'max-sessions = 2' 'sessions-dir = $T/none' >>$CONF/filesonly.conf|sessions-dir $T/none*"
	"force|conf 's,audit = .*,audit = $ROOT/log,'|*$ROOT/log*"
	"force|rm $T/log; conf 's,audit = .*,audit = $T/none/log,'|audit $T/none/log*"
	"force|chmod o+w $ROOT|every account of the machine may write the root*"
	"force|chown root: $ROOT|the account can't write its root*"
	"force|chmod 777 $T/roots|another account can replace a directory above*"
	"force|chmod 757 $T/bin/filesonly|another account can change or replace the program*"
	"force|echo 'mode = create-only' >>$CONF/filesonly.conf; poor birth|the root's file system does not tell when*"
	"force|echo 'atomic-uploads = yes' >>$CONF/filesonly.conf; poor tmpfile|the root's file system has no files without a name*"
	"force|setting 'NoSuchKeyword yes'|*NoSuchKeyword*"
)
# Any ELF would do for a session; doctor asks this one its version.
fake_rsync() {
	printf '#!/bin/sh\necho "rsync  version %s  protocol version 31"\n' \
	    "$1" >"$T/bin/fake"
	chmod 755 "$T/bin/fake"
	echo "rsync = $T/bin/fake" >>"$CONF/filesonly.conf"
}
[ -S /dev/log ] ||
    plants+=("force|conf 's,audit = .*,audit = syslog,'|nobody receives the record*/dev/log")
[ -S /run/systemd/journal/socket ] ||
    plants+=("force|conf 's,audit = .*,audit = journal,'|nobody receives the record*")

for plant in "${plants[@]}"; do
	IFS='|' read -r set_up act said <<<"$plant"
	good "$set_up"
	NO_FUSE=no
	eval "$act"
	if [ "$NO_FUSE" = yes ]; then
		skip "$set_up: $act: is a finding" "no FUSE on this machine"
		continue
	fi
	doctor
	is "$set_up: $act: is a finding" "$STATUS" 1
	like "... that is told" "$(sed -n 's/^\(error\|warning\): //p' \
	    "$T/found")" "*$said*"
	ok "... with why, and what mends it" awk '
		/^(error|warning): / { whole += n; n = 0; all++ }
		/^    (why|mend): / { n++ }
		END { exit all == 0 || whole + n != 2 * all }' "$T/found"
	chmod 755 "$T/roots"
done

# The facts of a root's file system are notes: nothing is wrong with it.
good force
mount -t tmpfs -o mode=755,uid="$PLAIN_UID" tmpfs "$ROOT"
chown plain: "$ROOT"
doctor
is "facts alone are no finding" "$STATUS" 0
# Linux before 6.6 has no births on tmpfs; stat tells them, or 0.
case $(stat -c %W "$ROOT") in
0) births="does not tell when a file was made: read-only and read-write work*" ;;
*) births="tells when a file was made: every mode works there" ;;
esac
like "which modes work on the root's file system is told" \
    "$(cat "$T/found")" "*note: $ROOT: on tmpfs, which $births*"
ok "... and that it has files without a name" \
    grep -q "^note: $ROOT: has files without a name" "$T/found"
ok "... and renames that replace nothing" \
    grep -q "^note: $ROOT: has renames that replace nothing" "$T/found"
ok "... and that no quota holds" \
    grep -q "^note: $ROOT: no quota holds" "$T/found"
is "... and nothing is left there" "$(ls -A "$ROOT")" ""
chown root: "$ROOT"
echo 'mode = read-only' >>"$CONF/filesonly.conf"
doctor
ok "... and what the account can't try there" \
    grep -q "^note: $ROOT: files without a name (O_TMPFILE) were not tried" \
    "$T/found"
is "as JSON the facts are notes beside no findings" \
    "$("$CTL" doctor --user=plain --sshd-config="$T/sshd_config" --json |
	/usr/bin/python3 -c '
import json, sys
told = json.load(sys.stdin)
print(told["errors"], told["warnings"], told["findings"], len(told["notes"]))
')" "0 0 [] 4"

good force
NO_FUSE=no
poor birth,tmpfile
if [ "$NO_FUSE" = no ]; then
	doctor
	is "a root on FUSE is no finding by itself" "$STATUS" 0
	like "... and no births there are told, with what still works" \
	    "$(cat "$T/found")" "*: on FUSE, which does not tell when*with \
create-only and write-only one connection can't finish*"
	ok "... and no files without a name" \
	    grep -q "^note: $ROOT: no files without a name" "$T/found"
	ok "... and that each session tries renames" \
	    grep -q "^note: $ROOT: renames .* each session finds out" "$T/found"
else
	skip "a root on FUSE is no finding by itself" \
	    "no FUSE on this machine"
fi

good force
traced=/bin/false
case $(uname -m) in x86_64 | aarch64) traced=/bin/true ;; esac
if "$T/bin/lack" all-quota=1,1 -- $traced 2>/dev/null; then
	doctor "$T/bin/lack" all-quota=104857600,4096 --
	is "a quota is no finding" "$STATUS" 0
	like "... and its figures are told" "$(cat "$T/found")" \
	    "*note: $ROOT: a quota holds*used: 4096 bytes of 104857600; *"
else
	skip "a quota is no finding" \
	    "needs root and a machine whose calls lack knows"
fi

# server LIBRARY: a filesonlyd that says it runs with that.
server() {
	printf '#!/bin/sh\necho "filesonlyd 1"\necho "libssh %s"\n' "$1" \
	    >"$T/bin/filesonlyd"
	chmod 755 "$T/bin/filesonlyd"
}
good force
rm -f "$T/bin/filesonlyd"
doctor
no "without filesonlyd nothing is said of libssh" grep -q libssh "$T/found"
server "0.11.5/openssl/zlib, AES-GCM is offered"
doctor
is "filesonlyd's libssh is no finding" "$STATUS" 0
ok "... and is told" grep -qx \
    "note: filesonlyd 1 runs with libssh 0.11.5/openssl/zlib, AES-GCM is offered" \
    "$T/found"
server "0.10.6/openssl/zlib, AES-GCM is not offered, older than the build's"
doctor
is "an older libssh is none where AES-GCM is not offered" "$STATUS" 0
server "0.10.6/openssl/zlib, AES-GCM is offered, older than the build's"
doctor
is "a libssh older than the build's is a finding" "$STATUS" 1
ok "... that is told" grep -q \
    "^warning: filesonlyd runs with an older libssh" "$T/found"
rm -f "$T/bin/filesonlyd"
if [ -x "$BUILD/filesonlyd" ]; then
	cp "$BUILD/filesonlyd" "$T/bin/"
	doctor
	is "this build's filesonlyd is no finding" "$STATUS" 0
	like "... and says its libssh" "$(cat "$T/found")" \
	    "*note: filesonlyd * runs with libssh [0-9]*, AES-GCM is *offered*"
	rm "$T/bin/filesonlyd"
fi

good force
doctor "$T/bin/lack" landlock=ENOSYS unshare=EPERM --
is "a kernel without the means is a finding" "$STATUS" 1
like "... that is told" "$(cat "$T/found")" "*error: *not permitted*"
setting "AllowTcpForwarding yes"
sed -i '/DisableForwarding/d' "$T/sshd_config"
"$CTL" doctor --user=plain --sshd-config="$T/sshd_config" --json >"$T/found"
is "as JSON a finding has its parts" "$(/usr/bin/python3 -c '
import json, sys
found = json.load(open(sys.argv[1]))
first = found["findings"][0]
print(found["version"], found["errors"], sorted(first), first["severity"])' \
    "$T/found")" "1 2 ['mend', 'severity', 'what', 'why'] error"
# A program that never stops talking, in sshd's place.
printf '#!/bin/sh\nhead -c 300000 /dev/zero >&2\nexec yes\n' >"$T/bin/talker"
chmod 755 "$T/bin/talker"
ok "an sshd that talks without an end is a finding" sh -c '
	timeout 20 "$1" doctor --user=plain --sshd="$2" >"$3"; [ $? = 1 ]' - \
    "$CTL" "$T/bin/talker" "$T/found"

# Root opens no FIFO and no device that an account put where its keys are.
good keys
mv "$KEYS" "$T/keys.kept"
as plain mkfifo "$T/home-plain/fifo"
ln -s "$T/home-plain/fifo" "$KEYS"
(: >"$T/home-plain/fifo") &
writer=$!
doctor
ok "keys that are no file are not opened" kill -0 "$writer"
ok "... and are none" grep -q "^error: nothing leads the account" "$T/found"
kill "$writer" 2>/dev/null
wait "$writer" 2>/dev/null
rm "$KEYS" "$T/home-plain/fifo"

# --- what an account's own files name ---------------------------------------

# own_line OPTION...: the account's own line, with a program of its own.
own_line() {
	good keys
	"$CTL" authorize --audit="$T/log" --rsync="$T/home-plain/own" \
	    --rsync-version=3.5 "$@" "$ROOT" <"$T/client_key.pub" >"$KEYS"
}
printf '%s\n' '#!/bin/sh' "id -u >>$T/home-plain/ran" \
    'echo "rsync  version 3.2.7  protocol version 31"' >"$T/home-plain/own"
chmod 755 "$T/home-plain/own"
chown plain: "$T/home-plain/own"
own_line
doctor
ok "an account's own program is asked for its release" \
    grep -q "^error: rsync-version = 3.5, and the installed" "$T/found"
is "... with no more rights than the account's" \
    "$(sort -u "$T/home-plain/ran")" "$PLAIN_UID"

printf '%s\n' '#!/bin/sh' 'true </dev/tty && echo yes >'"$T/home-plain/tty" \
    >"$T/home-plain/own"
ok "control: a program at a terminal can open it" \
    script -qec "$T/home-plain/own" /dev/null
is "... and does" "$(cat "$T/home-plain/tty")" yes
rm "$T/home-plain/tty"
echo 'echo no >'"$T/home-plain/asked" >>"$T/home-plain/own"
script -qec "$CTL doctor --user=plain --sshd-config=$T/sshd_config" \
    /dev/null >"$T/found"
is "an account's own program is run by a doctor at a terminal" \
    "$(cat "$T/home-plain/asked")" no
no "... which it can't open, to type into it" ls "$T/home-plain/tty"
cat >"$T/home-plain/own" <<-END
	#!/usr/bin/python3
	import os, re
	with open("/proc/%d/maps" % os.getppid()) as maps:
	    shared = [line for line in maps if " rw-s " in line]
	with open("/proc/%d/mem" % os.getppid(), "wb", 0) as memory:
	    for line in shared:
	        begin, end = (int(n, 16) for n in line.split()[0].split("-"))
	        memory.seek(begin)
	        memory.write(b"A" * (end - begin))
END
doctor
no "... nor write what doctor is told" grep -q AAAA "$T/found"
is "... which ends as it must" "$STATUS" 1

printf '%s\n' '#!/bin/sh' "echo \$\$ >$T/home-plain/sleeper" \
    'exec sleep 1000' >"$T/home-plain/own"
ok "one that never answers is a finding" sh -c '
	timeout 60 "$1" doctor --user=plain --sshd-config="$2" >"$3"; [ $? = 1 ]' \
    - "$CTL" "$T/sshd_config" "$T/found"
ok "... that is told" grep -q \
    "^error: the program does not say which rsync it is: $T/home-plain/own" \
    "$T/found"
no_sleeper() {
	! kill -0 "$(cat "$T/home-plain/sleeper")" 2>/dev/null
}
ok "... and does not stay behind" within 10 no_sleeper
own_line --start-dir=/none
sed -i $'s,/none,/no\033[31mne,' "$KEYS"
doctor
like "a terminal's bytes in an account's line are told" "$(cat "$T/found")" \
    '*start-dir /no\\x1b\[31mne: No such file*'
no "... as what they are" grep -q $'\033' "$T/found"

"$CTL" doctor --user=no-such-account >"$T/out" 2>"$T/err"
is "an account that is not there fails" $? 1
ok "... and is named" grep -q no-such-account "$T/err"
as plain "$CTL" doctor --sshd-config="$T/sshd_config" >"$T/found" 2>"$T/err"
ok "who may not ask sshd hears so" grep -q "run filesonlyctl doctor as root" \
    "$T/found"

finish
