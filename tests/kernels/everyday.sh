#!/bin/bash
# What is done with filesonly every day, on the kernel of a guest of
# tests/kernels/run, which this script changes the settings of: transfers by
# both services both ways, each mode, and each set of walls that the kernel's
# settings leave, for a user and for root.
# timeout: 300
. "$(dirname "$0")/../e2e/lib.sh"

grep -q 'filesonly\.build=' /proc/cmdline ||
    skip_all "only in a guest of tests/kernels/run"
YAMA=/proc/sys/kernel/yama/ptrace_scope
SPACES=/proc/sys/user/max_user_namespaces
FORMAT='%m %T@ %n'
LIMIT=$((60 * ${TEST_SLOW:-1})) # of a client, in seconds

local_shells
cat >"$T/bin/server" <<-'END'
	#!/bin/sh
	exec "$0.gate" x internal-sftp
END
cp "$T/bin/gate" "$T/bin/server.gate"
chmod 755 "$T/bin/server"

# rsync_as, sftp_as ACCOUNT ARGUMENT...: a client of that account's, whose
# server has $OPTIONS and $ROOT.
rsync_as() {
	as "$1" env GATE_ROOT="$ROOT" GATE_OPTIONS="$OPTIONS --audit=$LOG" \
	    timeout $LIMIT rsync -e "$T/bin/gate" "${@:2}"
}
sftp_as() {
	printf '%s\n' "${@:2}" | as "$1" env GATE_ROOT="$ROOT" \
	    GATE_OPTIONS="$OPTIONS --audit=$LOG" \
	    timeout $LIMIT sftp -q -b - -D "$T/bin/server"
}

# begin ACCOUNT OPTIONS: an empty root, an empty log.
begin() {
	OPTIONS=$2
	rm -rf "$T/roots/$1" "$T/back-$1"
	ROOT=$(make_root "$1")
	LOG=$(make_log "$1")
	mkdir "$T/back-$1"
	own "$1" "$T/back-$1"
	BACK=$T/back-$1
}

jail_of() {
	sed -n "s/.*event=start .*service=$1 .*jail=\([^ ]*\).*/\1/p" "$LOG" |
	    tail -n 1
}

make_source() {
	mkdir -p "$1/sub/empty"
	echo "some content" >"$1/file"
	head -c 300000 /dev/urandom >"$1/sub/large"
	echo "two words" >"$1/sub/two words"
	chmod 640 "$1/file"
	chmod 750 "$1/sub"
	ln -s file "$1/link"
	ln "$1/file" "$1/sub/hard"
	find "$1" -exec touch -h -d '2021-02-03 04:05:06' {} +
}

# by_rsync CLAIM ACCOUNT OPTIONS: there and back again.
by_rsync() {
	local claim="$2: rsync: $1"
	begin "$2" "$3"
	ok "$claim: push" rsync_as "$2" -aH "$T/source-$2/" :t/
	ok "$claim: pushed is the same" \
	    same_tree "$T/source-$2" "$ROOT/t" "$FORMAT"
	is "$claim: a second push moves nothing" \
	    "$(rsync_as "$2" -aHi "$T/source-$2/" :t/ 2>&1)" ""
	ok "$claim: pull" rsync_as "$2" -aH :t/ "$BACK/"
	ok "$claim: pulled is the same" \
	    same_tree "$T/source-$2" "$BACK" "$FORMAT"
	note "$claim: $(jail_of rsync)"
}

# files_of DIRECTORY: sftp's put and get pass over links.
files_of() {
	(
		cd "$1" || exit
		find . -type f -printf '%P %m %T@\n' | sort
		find . -type f -exec sha256sum {} + | sort
	)
}

by_sftp() {
	local claim="$2: sftp: $1"
	begin "$2" "$3"
	ok "$claim: push and pull" sftp_as "$2" "put -pR $T/source-$2 t" \
	    "get -pR t $BACK/t" "symlink file t/link" "ln t/file t/more" \
	    "rename t/more t/named" "chmod 600 t/named" "rm t/named"
	is "$claim: pushed is the same" \
	    "$(files_of "$ROOT/t")" "$(files_of "$T/source-$2" |
		sed 's/^file 640/file 600/; s,^sub/hard 640,sub/hard 640,')"
	is "$claim: pulled is the same" \
	    "$(files_of "$BACK/t")" "$(files_of "$T/source-$2")"
	is "$claim: a link" "$(readlink "$ROOT/t/link")" file
	note "$claim: $(jail_of sftp)"
}

# refused CLAIM ACCOUNT SERVICE OPTIONS TEXT: with 126, and the log says why.
refused() {
	local claim="$2: $3: $1" request="rsync --server -re.iLs . ." status
	[ "$3" = rsync ] || request=internal-sftp
	begin "$2" "$4"
	# No word, where there are none.
	# shellcheck disable=SC2086
	as "$2" env SSH_ORIGINAL_COMMAND="$request" "$GATE" $OPTIONS \
	    --audit="$LOG" "$ROOT" </dev/null >"$T/out" 2>&1
	status=$?
	is "$claim: is refused" $status 126
	like "$claim: the log says why" "$(cat "$LOG")" "*lack=*$5*"
}

# modes ACCOUNT: each mode lets through what it should, and nothing else.
modes() {
	local a=$1 new=$T/new-$1
	mkdir -p "$new"
	echo new >"$new/old"
	own "$a" "$new"

	begin "$a" --read-only
	echo content >"$ROOT/old"
	own "$a" "$ROOT"
	ok "$a: read-only: rsync pulls" rsync_as "$a" -a :old "$BACK/r"
	ok "$a: read-only: sftp gets" sftp_as "$a" "get old $BACK/s"
	is "$a: read-only: both have it" "$(cat "$BACK/r" "$BACK/s")" \
	    "$(printf 'content\ncontent')"
	no "$a: read-only: rsync pushes" rsync_as "$a" -a "$new/" :
	no "$a: read-only: sftp puts" sftp_as "$a" "put $new/old new"
	sftp_as "$a" "ls -1" >"$T/listed" 2>&1
	ok "control: $a: read-only: sftp lists" grep -qx old "$T/listed"
	no "$a: read-only: sftp removes" sftp_as "$a" "rm old"
	is "$a: read-only: nothing has changed" \
	    "$(cd "$ROOT" && cat old && ls -A)" "$(printf 'content\nold')"

	OPTIONS=--write-only
	ok "$a: write-only: rsync pushes" rsync_as "$a" -a "$new/old" :r
	ok "$a: write-only: sftp puts" sftp_as "$a" "put $new/old s"
	is "$a: write-only: both have come" "$(cat "$ROOT/r" "$ROOT/s")" \
	    "$(printf 'new\nnew')"
	rm -f "$BACK"/*
	no "$a: write-only: rsync pulls" rsync_as "$a" -a :old "$BACK/r"
	no "$a: write-only: sftp gets" sftp_as "$a" "get old $BACK/s"
	# The client's status is 0, whatever it was refused.
	sftp_as "$a" "ls -1" >"$T/listed" 2>&1
	no "$a: write-only: sftp lists" grep -qx old "$T/listed"
	is "$a: write-only: nothing was read" "$(ls -A "$BACK")" ""
}

# create_only ACCOUNT CLAIM OPTIONS
create_only() {
	local a=$1 claim="$1: create-only$2" new=$T/new-$1
	begin "$a" "--create-only $3"
	echo content >"$ROOT/old"
	touch -d @1000000000 "$ROOT/old"
	own "$a" "$ROOT"
	ok "$claim: rsync pushes what is new" \
	    rsync_as "$a" -aH "$T/source-$a/" :t/
	ok "$claim: and it is the same" \
	    same_tree "$T/source-$a" "$ROOT/t" "$FORMAT"
	ok "$claim: rsync skips what exists" rsync_as "$a" -a "$new/" :
	ok "$claim: sftp puts what is new" sftp_as "$a" "put -p $new/old s"
	no "$claim: sftp puts onto what exists" sftp_as "$a" "put $new/old old"
	no "$claim: sftp removes" sftp_as "$a" "rm old"
	is "$claim: what exists is as it was" \
	    "$(stat -c %Y "$ROOT/old"; cat "$ROOT/old" "$ROOT/s")" \
	    "$(printf '1000000000\ncontent\nnew')"
	note "$claim: $(jail_of rsync)"
}

root_of_all() {
	begin root --read-only
	ROOT=/
	echo content >"$T/of-all"
	ok "root: /: rsync pulls" rsync_as root -a ":$T/of-all" "$BACK/r"
	ok "root: /: sftp gets" sftp_as root "get $T/of-all $BACK/s"
	is "root: /: both have it" "$(cat "$BACK/r" "$BACK/s")" \
	    "$(printf 'content\ncontent')"
	no "root: /: sftp removes" sftp_as root "rm $T/of-all"
	ok "root: /: it is there" [ -e "$T/of-all" ]
}

# yama SCOPE: returns 1 where the kernel has none, or it can't be lowered.
yama() {
	echo "$1" >$YAMA 2>/dev/null && [ "$(cat $YAMA)" = "$1" ]
}

with_yama() {
	local scope
	for scope in 0 1 2 3; do
		yama $scope || {
			skip "Yama's scope $scope" "not in this kernel"
			continue
		}
		by_rsync "Yama $scope" plain ""
		by_sftp "Yama $scope" plain ""
		by_rsync "Yama $scope" root ""
		for a in $ACCOUNTS; do
			if [ $scope -lt 2 ]; then
				create_only "$a" ", Yama $scope" ""
				continue
			fi
			refused "create-only, Yama $scope" "$a" rsync \
			    --create-only kernel.yama.ptrace_scope
		done
	done
}

# The machine's administrator has taken them from all.
without_user_namespaces() {
	local before text=Landlock
	before=$(cat $SPACES)
	echo 0 >$SPACES
	if has_landlock; then
		by_sftp "no user namespaces" plain ""
		by_rsync "no user namespaces" plain ""
		create_only plain ", no user namespaces" ""
	else
		refused "no user namespaces" plain rsync "" $text
		refused "no user namespaces" plain sftp "" $text
	fi
	refused "no user namespaces, one asked for" plain rsync \
	    --jail=namespace "user namespace"
	by_sftp "no user namespaces, preferred" plain --confine=prefer
	by_rsync "no user namespaces, preferred" plain --confine=prefer
	by_rsync "no user namespaces" root ""
	by_sftp "no user namespaces" root ""
	echo "$before" >$SPACES
}

neither_yama_nor_user_namespaces() {
	local text=Landlock
	echo 0 >$SPACES
	if yama 2 || yama 3; then
		refused "no user namespaces, Yama" plain rsync "" ""
		by_rsync "no user namespaces, Yama, preferred" plain \
		    --confine=prefer
		has_landlock && text=kernel.yama.ptrace_scope
		like "plain: rsync: ..., and the log says so" "$(cat "$LOG")" \
		    "*lack=*$text*; user namespace: *"
	else
		skip "no user namespaces, Yama" "not in this kernel"
	fi
}

for a in $ACCOUNTS; do
	make_source "$T/source-$a"
	own "$a" "$T/source-$a"
	by_rsync "as it comes" "$a" ""
	by_sftp "as it comes" "$a" ""
	by_rsync "--jail=namespace" "$a" --jail=namespace
	by_sftp "--jail=namespace" "$a" --jail=namespace
	modes "$a"
	create_only "$a" ", --jail=namespace" --jail=namespace
done
root_of_all

# Once through sshd, as it is installed.
start_sshd 'KexAlgorithms curve25519-sha256'
for a in $ACCOUNTS; do
	begin "$a" ""
	serve "$a" "--audit=$LOG" "$ROOT"
	ok "$a: sshd: rsync pushes" rsync_to -aH "$T/source-$a/" "$a:t/"
	ok "$a: sshd: it is the same" \
	    same_tree "$T/source-$a" "$ROOT/t" "$FORMAT"
	ok "$a: sshd: sftp gets" batch "$a" "get t/sub/large $BACK/large"
	ok "$a: sshd: it is the same" cmp "$BACK/large" "$ROOT/t/sub/large"
done

without_user_namespaces
# Scope 3 stays until the machine is started again.
with_yama
neither_yama_nor_user_namespaces
client sftp
client rsync
finish
