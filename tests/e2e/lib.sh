# shellcheck shell=bash
# A private sshd for one test script, and TAP.
#
# Sourced first thing by every script here. It makes a directory ($T, removed
# at the end), a host key, a client key and starts the system's sshd on a free
# port of the loopback address. As root the script runs on in a mount
# namespace of its own, with an /etc of its own, in which /etc/passwd has an
# account more, so that nothing on the machine changes: $ACCOUNTS is "root
# plain" there, and the caller's own account elsewhere.

set -u
umask 022
export LC_ALL=C.UTF-8
unset SSH_AUTH_SOCK SSH_ORIGINAL_COMMAND SSH_CONNECTION

# --- where we are ----------------------------------------------------------

if [ "$(id -u)" = 0 ] && [ -z "${E2E_NAMESPACE:-}" ]; then
	if unshare --mount --propagation private true 2>/dev/null; then
		E2E_NAMESPACE=yes exec unshare --mount \
		    --propagation private "$0" "$@"
	fi
	export E2E_NAMESPACE=no
fi
E2E_NAMESPACE=${E2E_NAMESPACE:-no}

SOURCE=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
BUILD=${BUILD:-$SOURCE/build/release}
case $BUILD in /*) ;; *) BUILD=$SOURCE/$BUILD ;; esac
# shellcheck source=tools/private-sshd.sh
. "$SOURCE/tools/private-sshd.sh"
T=$(mktemp -d "${TMPDIR:-/tmp}/filesonly-e2e.XXXXXXXX") || exit 1
chmod 711 "$T"
SSHD_PID=

cleanup() {
	local account
	trap - EXIT
	for account in ${ACCOUNTS:-}; do
		unshare_connection "$account"
	done
	private_sshd_stop
	if [ "$(type -t cleanup_more)" = function ]; then
		cleanup_more
	fi
	# What is mounted in our own namespace goes with it, but before rm.
	if [ "$E2E_NAMESPACE" = yes ]; then
		[ ! -d "$T/etc" ] || umount -l /etc
		awk -v t="$T/" 'index($2, t) == 1 { print $2 }' /proc/mounts |
		    sort -r | while read -r mounted; do
			umount -l "$mounted"
		done
	fi
	rm -rf "$T"
}
trap cleanup EXIT
trap 'exit 130' INT TERM HUP

# --- TAP -------------------------------------------------------------------

TESTS=0
FAILURES=0

note() {
	printf '%s\n' "$*" | sed 's/^/# /'
}

pass() {
	TESTS=$((TESTS + 1))
	echo "ok $TESTS - $*"
}

fail() {
	TESTS=$((TESTS + 1))
	FAILURES=$((FAILURES + 1))
	echo "not ok $TESTS - $*"
}

# ok CLAIM COMMAND...: the command succeeds.
ok() {
	local claim=$1 status
	shift
	"$@" >"$T/ok.out" 2>&1
	status=$?
	if [ $status = 0 ]; then
		pass "$claim"
	else
		fail "$claim"
		note "status $status of: $*"
		note "$(tail -n 20 "$T/ok.out")"
	fi
}

# no CLAIM COMMAND...: the command fails.
no() {
	local claim=$1
	shift
	if "$@" >"$T/ok.out" 2>&1; then
		fail "$claim"
		note "succeeded: $*"
		note "$(tail -n 20 "$T/ok.out")"
	else
		pass "$claim"
	fi
}

# is CLAIM GOT WANTED: two strings are the same.
is() {
	if [ "$2" = "$3" ]; then
		pass "$1"
	else
		fail "$1"
		note "got:    $(printf '%s' "$2" | cut -c1-400)"
		note "wanted: $(printf '%s' "$3" | cut -c1-400)"
	fi
}

# like CLAIM GOT GLOB: a string matches a shell pattern.
like() {
	# The pattern is one.
	# shellcheck disable=SC2053
	if [[ $2 == $3 ]]; then
		pass "$1"
	else
		fail "$1"
		note "got:  $(printf '%s' "$2" | cut -c1-400)"
		note "like: $3"
	fi
}

# skip CLAIM REASON: counted as skipped; tests/skips must know the reason.
skip() {
	TESTS=$((TESTS + 1))
	echo "ok $TESTS - $1 # SKIP $2"
}

# skip_all REASON: the whole script.
skip_all() {
	echo "1..0 # SKIP $1"
	exit 0
}

# The last call of every script: the plan, without which it has failed.
finish() {
	echo "1..$TESTS"
	[ $FAILURES = 0 ]
	exit
}

# version_of CLIENT: as it tells it itself; nothing where it is not known here.
version_of() {
	case $1 in
	sftp | scp | ssh) ssh -V 2>&1 | cut -d, -f1 ;;
	rsync) rsync --version | awk 'NR == 1 { print $3 }' ;;
	curl) curl --version | awk 'NR == 1 {
		for (i = 2; i <= NF; i++)
			if (i == 2 || $i ~ /^libssh/) printf "%s ", $i }' ;;
	psftp | pscp) "$1" -V | awk 'NR == 1 { print $3 }' ;;
	lftp) lftp --version | awk 'NR == 1 { print $4 }' ;;
	sshfs) sshfs --version 2>/dev/null | awk '/^SSHFS/ { print $3 }' ;;
	rclone) rclone version | awk 'NR == 1 { print $2 }' ;;
	paramiko | asyncssh)
		/usr/bin/python3 -c "import $1; print($1.__version__)" \
		    2>/dev/null
		;;
	python3-scp)
		/usr/bin/python3 -c "import scp; print(scp.__version__)"
		;;
	ssh2-sftp-client)
		sed -n 's/^  "version": "\(.*\)",$/\1/p' \
		    "$SOURCE/build/node/node_modules/$1/package.json"
		;;
	libssh) pkg-config --modversion libssh ;;
	restic) restic version | cut -d' ' -f2 ;;
	rsnapshot) rsnapshot version | awk 'NR == 1 { print $2 }' ;;
	rsync_bpc)
		/usr/libexec/backuppc-rsync/rsync_bpc --version 2>&1 |
		    awk 'NR == 1 { print $3 }'
		;;
	duplicity) duplicity --version | awk '{ print $2 }' ;;
	git-annex) git annex version | awk 'NR == 1 { print $3 }' ;;
	esac
}

# client NAME: this client has really done its work; the run's end lists it.
client() {
	echo "# client: $* $(version_of "$1")"
}

# within SECONDS COMMAND...: succeeds in that time, tried again and again.
within() {
	local end=$((SECONDS + $1 * ${TEST_SLOW:-1}))
	shift
	until "$@" >/dev/null 2>&1; do
		[ $SECONDS -le $end ] || return
		sleep 0.05
	done
}

# has_landlock: of ABI 2 or newer, by what the machine says, not by what we find.
# Where it doesn't say (its securityfs is not there), by its release.
has_landlock() {
	local modules=/sys/kernel/security/lsm
	{ [ ! -r $modules ] || grep -q landlock $modules; } &&
	    printf '5.19\n%s\n' "$(uname -r)" | sort -VC
}

# --- accounts --------------------------------------------------------------

PLAIN_UID=64101

# add_account NAME UID SHELL: an account of this script's namespace, with a
# home in $T. Called again it changes the shell.
add_account() {
	local home=$T/home-$1
	mkdir -p "$home"
	chown "$2:$2" "$home"
	{
		grep -v "^$1:" /etc/passwd
		echo "$1:*:$2:$2::$home:$3"
	} >"$T/passwd.new"
	mv -T "$T/passwd.new" "$T/etc/passwd"
	grep -q "^$1:" /etc/group || echo "$1:*:$2:" >>/etc/group
}

# make_etc: an /etc of this script's own, in which it may write. What is mounted
# over /etc/passwd alone would be gone as soon as an account is added on the
# machine, by a new file of that name. The machine's files are copied, its
# directories read through links, but for our own configuration.
make_etc() {
	local name directories=()
	mkdir "$T/etc" "$T/machine" && mount --bind -o ro /etc "$T/machine" &&
	    find /etc -mindepth 1 -maxdepth 1 ! -type d \
		-exec cp -a -t "$T/etc" {} + || return
	while read -rd '' name; do
		[ "$name" = filesonly ] || directories+=("$T/machine/$name")
	done < <(find /etc -mindepth 1 -maxdepth 1 -type d -printf '%f\0')
	# Of a script below another one they are links already.
	((${#directories[@]} == 0)) ||
	    ln -s -t "$T/etc" "${directories[@]}" || return
	mount --bind "$T/etc" /etc || return
	private_shadow root plain >"$T/shadow.new"
	mv -T "$T/shadow.new" "$T/etc/shadow"
	add_account root 0 /bin/sh
	add_account plain $PLAIN_UID /bin/sh
}

# private_etc: this script writes to /etc; sets CONF, the directory of the
# system's configuration there.
private_etc() {
	[ "$E2E_NAMESPACE" = yes ] || skip_all "needs a mount namespace"
	# A static program is sure of accounts where no other service may know
	# more of them.
	! is_static || [ ! -e /etc/nsswitch.conf ] ||
	    sed -i -E 's/^(passwd|group|shadow):.*/\1: files/' \
		/etc/nsswitch.conf
	CONF=/etc/filesonly
	mkdir -p $CONF/conf.d $CONF/users.d
}

home_of() {
	getent passwd "$1" | cut -d: -f6
}

# own ACCOUNT PATH...: a tree becomes the account's.
own() {
	local account=$1
	shift
	[ "$(id -u)" != 0 ] || chown -hR "$account:" "$@"
}

# as ACCOUNT COMMAND...: runs it as that account, without the gate.
as() {
	local account=$1
	shift
	if [ "$account" = "$(id -un)" ]; then
		"$@"
	else
		setpriv --reuid="$account" --regid="$account" --clear-groups "$@"
	fi
}

# make_root ACCOUNT [NAME]: an empty root of the account's; prints its path.
make_root() {
	local root=$T/roots/$1/${2:-root}
	mkdir -p "$root"
	own "$1" "$root"
	echo "$root"
}

# make_log ACCOUNT: an empty log that it may write; prints its path.
make_log() {
	: >"$T/log-$1"
	own "$1" "$T/log-$1"
	echo "$T/log-$1"
}

if [ "$E2E_NAMESPACE" = yes ]; then
	make_etc || exit 1
	# As systemd shares them, but with none of the machine's own.
	mount --make-rshared / || exit 1
	ACCOUNTS="root plain"
else
	ACCOUNTS=$(id -un)
fi

# --- the server ------------------------------------------------------------

mkdir "$T/bin" "$T/keys" "$T/home" "$T/roots"
# The accounts may not be able to reach the source tree.
cp "$BUILD/filesonly" "$T/bin/" || exit 1
ln -s filesonly "$T/bin/rrsync"
ln -s filesonly "$T/bin/sftp-server"
GATE=$T/bin/filesonly
# Clients find no configuration of the caller's.
export HOME=$T/home

# is_static: is the program that is tested a static one?
is_static() {
	! readelf -d "$BUILD/filesonly" | grep -q NEEDED
}

# static_program: sets STATIC_PROGRAM, where it is, and makes it where that is
# not what is tested anyway.
static_program() {
	STATIC_PROGRAM=$BUILD/filesonly
	! is_static || return 0
	STATIC_PROGRAM=$SOURCE/build/release-static/filesonly
	env -u MAKELEVEL MAKEFLAGS='' make -C "$SOURCE" MODE=release STATIC=1 \
	    B=build/release-static build/release-static/filesonly \
	    >"$T/out" 2>&1 && return
	fail "a static program is built"
	note "$(tail -n 20 "$T/out")"
	finish
}

# start_sshd [SETTINGS]: sets PORT, and $T/ssh_config for the clients, whose
# host names are the accounts'. SETTINGS are lines of sshd_config.
#
# With E2E_SERVER=filesonlyd it is that server, for the ordinary account alone:
# the same keys' lines must mean the same (filesonlyd-serves-what-sshd-serves).
start_sshd() {
	local account
	if [ "${E2E_SERVER:-}" = filesonlyd ]; then
		start_filesonlyd
		return
	fi
	private_sshd_start "$T" "${1:-}" || exit 1
	for account in $ACCOUNTS; do
		printf 'Host %s\nUser %s\n' "$account" "$account"
	done >"$T/ssh_config"
	{
		echo 'Host *'
		private_ssh_config "$T"
		# The default one is half of what a short session costs.
		echo 'KexAlgorithms curve25519-sha256'
		# Nothing is there until share_connection was called.
		echo "ControlPath $T/connection-%r"
	} >>"$T/ssh_config"
}

# share_connection ACCOUNT: from now on its sessions use one connection, each
# with a gate of its own, until its key's line is written anew. A script of
# many sessions, whose time would be key exchanges, sets SHARED=yes.
share_connection() {
	ssh -F "$T/ssh_config" -M -N -f "$1" >"$T/out" 2>&1
}

unshare_connection() {
	[ ! -S "$T/connection-$1" ] ||
	    ssh -F "$T/ssh_config" -O exit "$1" 2>/dev/null
}

start_filesonlyd() {
	local lines
	# shellcheck source=tests/e2e/filesonlyd.sh
	. "$SOURCE/tests/e2e/filesonlyd.sh"
	ACCOUNTS=$SERVED
	lines=$T/keys/$SERVED
	[ -e "$lines" ] || : >"$lines"
	server --no-penalties --authorized-keys="$lines" "$T/home" || exit 1
	sed -i "s/^Host \*/Host $SERVED/; s/^User .*/User $SERVED/" \
	    "$T/ssh_config"
	echo "ControlPath $T/connection-%r" >>"$T/ssh_config"
}

# key_line ACCOUNT COMMAND [OPTIONS]: what the client's key may do from now on.
# OPTIONS are authorized_keys' own, "restrict" unless given.
key_line() {
	unshare_connection "$1"
	printf '%s,command="%s" %s\n' "${3:-restrict}" "$2" \
	    "$(cat "$T/client_key.pub")" >"$T/keys/$1"
	[ "${SHARED:-}" != yes ] || share_connection "$1"
}

# serve ACCOUNT OPTIONS ROOT: the documented key line.
serve() {
	key_line "$1" "$GATE $2 $3"
}

# free_key ACCOUNT: no forced command at all, for controls.
free_key() {
	unshare_connection "$1"
	cat "$T/client_key.pub" >"$T/keys/$1"
}

# --- clients ---------------------------------------------------------------

# ssh_to ACCOUNT [COMMAND]; ssh's own options may stand before.
ssh_to() {
	timeout 60 ssh -F "$T/ssh_config" "$@"
}

# sftp_to ACCOUNT: the batch comes on stdin.
sftp_to() {
	timeout 60 sftp -q -F "$T/ssh_config" -b - "$@"
}

# batch ACCOUNT LINE...: an sftp batch; its output is in $T/out.
batch() {
	local account=$1
	shift
	printf '%s\n' "$@" | sftp_to "$account" >"$T/out" 2>&1
}

rsync_to() {
	timeout 100 rsync -e "ssh -F $T/ssh_config" "$@"
}

# hold_rsync ACCOUNT COMMAND: an rsync whose client says nothing, until
# descriptor 8 is closed; HOLDER is the client, what it is sent $T/greeting.
hold_rsync() {
	rm -f "$T/hold"
	mkfifo "$T/hold"
	: >"$T/greeting"
	ssh -F "$T/ssh_config" "$@" <"$T/hold" >"$T/greeting" 2>/dev/null &
	HOLDER=$!
	exec 8>"$T/hold"
}

# calls ACCOUNT COMMAND...: a program of many calls, which prints TAP lines
# without numbers.
calls() {
	local account=$1 status line
	shift
	timeout 100 "$@" >"$T/out" 2>"$T/err"
	status=$?
	while IFS= read -r line; do
		case $line in
		"ok "*) pass "$account: ${line#ok }" ;;
		*) fail "$account: ${line#not ok }" ;;
		esac
	done <"$T/out"
	is "$account: the program came to its end" $status 0
	[ $status = 0 ] || note "$(tail -n 12 "$T/err")"
}

# local_shells: two "remote shells" on this machine, as whoever calls them:
# $T/bin/bare as sshd does without a forced command, $T/bin/gate with ours.
# They ask the environment for BARE_ROOT, GATE_ROOT and GATE_OPTIONS.
local_shells() {
	cat >"$T/bin/bare" <<-'END'
		#!/bin/sh
		shift
		cd "$BARE_ROOT" && exec sh -c "$*"
	END
	cat >"$T/bin/gate" <<-'END'
		#!/bin/sh
		shift
		exec env -i HOME=/nonexistent \
		    SSH_CONNECTION="127.0.0.1 1 127.0.0.1 22" \
		    SSH_ORIGINAL_COMMAND="$*" "$GATE" $GATE_OPTIONS "$GATE_ROOT"
	END
	chmod 755 "$T/bin/bare" "$T/bin/gate"
	export GATE
}

# find_rsyncs: $RSYNCS, the programs of each rsync that is here, which are called
# rsync.
find_rsyncs() {
	local other
	RSYNCS=$(command -v rsync)
	if other=$("$SOURCE/tools/other-rsync" 2>/dev/null); then
		mkdir "$T/other"
		cp "$other" "$T/other/rsync"
		RSYNCS="$RSYNCS $T/other/rsync"
	else
		skip "an older rsync" "no other rsync here"
	fi
}

# tree_of DIRECTORY [FORMAT]: names, kinds and contents, one a line, with what
# FORMAT (find's -printf) asks for besides.
tree_of() {
	(
		cd "$1" || exit
		find . -mindepth 1 -printf "%P %y %l ${2:-}\0"
		find . -type f -exec sha256sum -z {} +
	) | tr '\n\0' '\1\n' | sort
}

# same_tree A B [FORMAT]: succeeds where both are; prints the differences.
same_tree() {
	diff <(tree_of "$1" "${3:-}") <(tree_of "$2" "${3:-}")
}
