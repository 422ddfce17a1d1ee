#!/bin/bash
# The cases that run under sshd run under filesonlyd, too: one table of all
# timeout: 1500
# scripts. LONG=yes runs all that can be served; else those marked "short".
set -u
cd "$(dirname "$0")/../.." || exit 1
build=${BUILD:-build/release}
if [ ! -e "$build/filesonlyd" ]; then
	echo "1..0 # SKIP filesonlyd was not built: no libssh"
	exit 0
fi

# SCRIPT, and "short", "long", or why it has nothing to ask filesonlyd.
table='
accounts-hold-by-every-way-in Match blocks, login shells and subsystems are of sshd
accounts-of-another-name-service its accounts are in no file of the system
accounts-of-tests-outlive-a-useradd it asks the tests themselves
audit-tells-each-act-once its key is a fact, not a claim (filesonlyd-serves-without-sshd)
backup-server-page-holds it starts both itself
bad-configuration-refuses-and-says-why long
commands-do-what-the-table-of-modes-says long
ctl-authorize-writes-lines-that-serve long
ctl-events-miss-no-arrival it has a log of its own, under root
ctl-replay-tells-what-would-be-refused it reads the lines of sshd
ctl-sums-up-the-record long
ctl-who-and-kick-know-each-session long
every-command-line-is-run its settings are of sshd
file-size-limit-of-the-machine-is-told the lines of its keys are shell commands
from-internal-sftp ForceCommand and chroots are of sshd
home-as-root-needs-our-shell there is no login shell
lftp-mirrors-both-ways short
libssh-client-in-process its controls are a shell and forwarding
logins-can-be-shut long
make-does-what-it-says it asks the Makefile
max-sessions-counts-right short
names-that-are-digests-tell-the-truth long
node-ssh2-carries-files long
paramiko-checks-files long
paramiko-uses-every-call long
quotas-of-the-kernel-are-told it mounts for one account; another script tells quotas
rclone-syncs-both-ways long
refusals-say-what-to-use-instead long
restic-backs-up-to-create-only long
rrsync-takes-the-place-of-rrsync long
rsync-arguments-name-what-is-meant long
rsync-begins-where-sessions-start long
rsync-copies-trees-both-ways long
rsync-create-only-keeps-what-exists long
rsync-ends-with-its-session short
rsync-exact-locks-a-key short
rsync-follows-links-only-in-a-namespace long
rsync-keeps-owners-and-attributes long
rsync-keeps-to-modes-and-links long
rsync-limits-hold long
rsync-modes-do-what-the-table-says long
rsync-moves-many-files long
rsync-narrowed-accounts-hold long
rsync-one-writer-at-a-time short
rsync-releases-work-together long
rsync-rotates-backups long
rsync-serves-backup-programs long
rsync-stays-inside-the-root its control is an account without the gate
scp-and-curl-and-psftp-carry-files short
scp-of-before-sftp-carries-files long
set-id-bits-never-stand-on-what-a-client-wrote long
sftp-commands-do-what-they-say long
sftp-cut-uploads-leave-the-old-file it takes /proc away from the gate under sshd
sftp-keys-hold-behind-the-walls long
sftp-round-trip-of-odd-names short
sftp-stays-inside-the-root its control is an account without the gate
sftp-tells-a-full-disk-and-keeps-cut-uploads short
sftp-tells-why-it-is-refused short
shell-is-refused its control is an account without the gate
sshfs-builds-a-program-in-the-mount long
sums-and-commands-answer-as-coreutils-do long
uploads-cannot-become-a-shell a key leads to no shell here
what-is-told-done-is-on-the-disk long
'
T=$(mktemp -d) || exit 1
trap 'rm -rf "$T"' EXIT
tests=0
status=0

report() {
	tests=$((tests + 1))
	if [ "$1" = 0 ]; then
		echo "ok $tests - $2"
	else
		echo "not ok $tests - $2"
		grep -A 4 '^not ok' "$T/out" | head -n 20 | sed 's/^/# /'
		status=1
	fi
}

while read -r script how; do
	[ -n "$script" ] || continue
	case $how in
	short) ;;
	long) [ "${LONG:-}" = yes ] || continue ;;
	*) continue ;;
	esac
	E2E_SERVER=filesonlyd BUILD=$build timeout 200 \
	    "tests/e2e/$script.sh" >"$T/out" 2>&1 </dev/null
	report $? "$script: $(grep -c '^ok' "$T/out") claims"
done <<<"$table"

# A script that nobody has put into the table is not forgotten.
grep -l start_sshd tests/e2e/*.sh | sed 's,.*/,,; s,\.sh$,,' |
    grep -v '^lib$\|^filesonlyd' | while read -r script; do
	grep -q "^$script " <<<"$table" || echo "not ok $script is in no row"
done >"$T/out"
[ ! -s "$T/out" ]
report $? "each script that starts sshd has its row"
echo "1..$tests"
exit $status
