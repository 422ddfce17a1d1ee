#!/bin/bash
# With verify = name a file that is named by a SHA-256 has it, whichever real
# client sends it and by whichever protocol; with audit-hash the record has the
# digests of uploads, as sha256sum would tell them of what lies there.
# timeout: 240
. "$(dirname "$0")/lib.sh"
export SHARED=yes
start_sshd
CTL=$BUILD/filesonlyctl

mkdir "$T/send"
: >"$T/send/empty"
head -c 700001 /dev/urandom >"$T/send/a"
head -c 70001 /dev/urandom >"$T/send/b"
sum_of() {
	sha256sum <"$1" | cut -d' ' -f1
}
# Two packs of which the second one was damaged on its way.
right=$(sum_of "$T/send/a")
wrong=$(sum_of "$T/send/b")
mkdir -p "$T/tree/data"
cp "$T/send/a" "$T/tree/data/$right"
{ head -c 70000 "$T/send/b"; echo; } >"$T/tree/data/$wrong"
damaged=$(sum_of "$T/tree/data/$wrong")
echo of no matter >"$T/tree/config"
chmod -R go+rX "$T/tree" "$T/send"
# Root keeps the owners of what it receives: these are not its own.
[ "$(id -u)" != 0 ] || chown -R 1:1 "$T/tree/data"

# arrived DIRECTORY: the right one alone.
arrived() {
	cmp "$T/tree/data/$right" "$1/$right" && [ ! -e "$1/$wrong" ] &&
	    [ ! -L "$1/$wrong" ]
}
# told FILE: the digest that was found is in the record, once more.
told() {
	local now
	now=$(grep -c "event=verify .*name=$wrong sha256=$damaged result=failed" \
	    "$LOG")
	[ "$now" -gt "$TOLD" ] && TOLD=$now
}

sftp_puts() {
	# The words behind the "-": go on though it failed.
	batch "$account" "mkdir $1" "put $T/tree/data/$right $1/" \
	    "-put $T/tree/data/$wrong $1/"
}
sftp_renames() {
	batch "$account" "mkdir $1" "put $T/tree/data/$right $1/part" \
	    "rename $1/part $1/$right" "put $T/tree/data/$wrong $1/part" \
	    "-rename $1/part $1/$wrong"
}
scp_puts() {
	batch "$account" "mkdir $1"
	scp -O -F "$T/ssh_config" "$T/tree/data/$right" "$account:$1/" &&
	    ! scp -O -F "$T/ssh_config" "$T/tree/data/$wrong" \
	    "$account:$1/" >"$T/out" 2>&1
}

for account in $ACCOUNTS; do
	LOG=$(make_log "$account")
	TOLD=0
	root=$(make_root "$account" digests)
	serve "$account" "--services=sftp,scp --audit=$LOG" "$root"
	ok "$account: control: sftp sends both" sftp_puts control
	ok "$account: control: ... and both are there" \
	    cmp "$T/tree/data/$wrong" "$root/control/$wrong"

	serve "$account" "--verify=name --audit=$LOG" "$root"
	no "$account: with rsync it can't be held in read-write" \
	    batch "$account" "pwd"
	like "$account: ... the client hears that it is misconfigured" \
	    "$(cat "$T/out")" "*misconfigured*"
	like "$account: ... the log hears the way out" \
	    "$(grep event=misconfigured "$LOG")" "*services = sftp*"

	serve "$account" "--verify=name --services=sftp,scp --audit=$LOG" "$root"
	ok "$account: sftp" sftp_puts sftp
	ok "$account: ... what is right has arrived alone" arrived "$root/sftp"
	ok "$account: ... the record tells what was found" told
	ok "$account: sftp: by a rename" sftp_renames rename
	ok "$account: ... what is right has arrived alone" arrived "$root/rename"
	ok "$account: ... the record tells what was found" told
	ok "$account: ... and the other name stays" \
	    cmp "$T/tree/data/$wrong" "$root/rename/part"
	ok "$account: scp -O" scp_puts scp
	like "$account: ... tells why" "$(cat "$T/out")" \
	    "*the contents must match the name*"
	ok "$account: ... what is right has arrived alone" arrived "$root/scp"
	ok "$account: ... the record tells what was found" told

	for jail in auto namespace; do
		root=$(make_root "$account" "rsync-$jail")
		serve "$account" "--create-only --verify=name --jail=$jail \
--audit=$LOG" "$root"
		rsync_to -a "$T/tree/" "$account:1" >"$T/out" 2>"$T/err"
		is "$account: rsync, jail=$jail: not all was sent" $? 23
		like "$account: ... the client hears why" "$(cat "$T/err")" \
		    "*1 files left out: their contents don't match*"
		ok "$account: ... what is right has arrived alone" \
		    arrived "$root/1/data"
		ok "$account: ... the record tells what was found" told
		like "$account: ... as what failed" \
		    "$(grep "event=close.*/$wrong" "$LOG" | tail -n 1)" \
		    "* src=rsync *result=failed"
		ok "$account: ... and the rest has" \
		    cmp "$T/tree/config" "$root/1/config"
		is "$account: ... nothing else is left" \
		    "$(find "$root/1" -type f | wc -l)" 2
		rsync_to -a --link-dest=../1 "$T/tree/" \
		    "$account:2" >"$T/out" 2>"$T/err"
		ok "$account: ... rotated: arrived alone, too" \
		    arrived "$root/2/data"
		is "$account: ... by a link" \
		    "$(stat -c %h "$root/2/data/$right")" 2
		ln -sf "$right" "$T/tree/link"
		ln -sfn data "$T/tree/$wrong"
		rsync_to -a "$T/tree/" "$account:3" >"$T/out" 2>"$T/err"
		ok "$account: ... a symlink is no file of that name" \
		    test ! -L "$root/3/$wrong" -a -L "$root/3/link"
		rm "$T/tree/link" "$T/tree/$wrong"
	done
done

# --- digests of uploads ----------------------------------------------------

# digests: each line of a digest in the log holds of what lies there.
digests() {
	local path digest count=0
	while read -r path digest; do
		[ "$(sum_of "$root/$path")" = "$digest" ] || return
		count=$((count + 1))
	done < <(sed -n 's/.*event=close .*path="\([^"]*\)".* sha256=\([0-9a-f]*\) .*result=ok.*/\1 \2/p' "$LOG")
	[ $count = "$1" ] || { echo "$count digests" && false; }
}
for account in $ACCOUNTS; do
	for options in "" --atomic-uploads --create-only; do
		root=$(make_root "$account" "hash$options")
		LOG=$(make_log "$account")
		serve "$account" "--audit-hash=sha256 --audit=$LOG $options" \
		    "$root"
		ok "$account: audit-hash $options: sftp" batch "$account" \
		    "put $T/send/a a" "put $T/send/b b" "get a $T/back"
		ok "$account: ... scp" scp -O -F "$T/ssh_config" -p \
		    "$T/send/a" "$account:c"
		ok "$account: ... empty" scp -O -F "$T/ssh_config" \
		    "$T/send/empty" "$account:d"
		ok "$account: ... the record has their digests" digests 4
	done
	# Not all of it went through one handle: no digest.
	root=$(make_root "$account" "hash")
	head -c 70000 "$T/send/a" >"$root/half"
	own "$account" "$root/half"
	serve "$account" "--audit-hash=sha256 --audit=$LOG" "$root"
	ok "$account: what is resumed" batch "$account" "reput $T/send/a half"
	ok "$account: ... is whole" cmp "$T/send/a" "$root/half"
	no "$account: ... and has none" grep 'path="/half".*sha256=' "$LOG"
	rsync_to "$T/send/a" "$account:by-rsync" 2>"$T/err"
	no "$account: rsync's have none" grep 'path="/by-rsync".*sha256=' "$LOG"
	like "$account: filesonlyctl reads such a record" \
	    "$("$CTL" report --json "$LOG" | grep -o '"files_in":[0-9]*')" \
	    '"files_in":5'
done

# --- a program whose files are named so -------------------------------------

if command -v restic >/dev/null; then
	account=${ACCOUNTS##* }
	root=$(make_root "$account" restic)
	LOG=$(make_log "$account")
	serve "$account" "--create-only --verify=name --audit=$LOG" "$root"
	export RESTIC_PASSWORD=secret RESTIC_CACHE_DIR=$T/cache
	restic_to() {
		timeout 60 restic -q -r "sftp:$account:repo" \
		    -o sftp.command="ssh -F $T/ssh_config $account -s sftp" "$@"
	}
	ok "restic: init" restic_to init
	ok "restic: backup" restic_to backup "$T/send"
	ok "restic: check" restic_to check --read-data
	no "restic: nothing was refused" grep event=verify "$LOG"
	pack=$(find "$root/repo/data" -type f -name '[0-9a-f]*' | head -n 1)
	{ head -c -1 "$pack"; echo; } >"$T/pack"
	no "restic: a damaged pack is refused" batch "$account" \
	    "put $T/pack repo/data/00/$(basename "$pack")"
	ok "restic: ... and the sound one stays" restic_to check --read-data
fi
client sftp
client rsync
finish
