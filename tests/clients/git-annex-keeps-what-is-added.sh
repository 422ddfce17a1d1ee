#!/bin/bash
# git-annex's rsync remote: content goes there, is checked, comes back and is
# dropped. It always keeps parts (--partial-dir), which a create-only root
# refuses, as it refuses to drop.
# timeout: 400
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/../e2e/lib.sh"
start_sshd ""

export GIT_AUTHOR_NAME=a GIT_AUTHOR_EMAIL=a@b GIT_COMMITTER_NAME=a \
    GIT_COMMITTER_EMAIL=a@b

annex() {
	(cd "$T/repository" && timeout 100 git annex "$@")
}

for account in $ACCOUNTS; do
	root=$(make_root "$account")
	serve "$account" "" "$root"
	chmod -R u+w "$T/repository" 2>/dev/null
	rm -rf "$T/repository"
	git init -q "$T/repository"
	annex init here >"$T/out" 2>&1
	ok "$account: the remote is made" annex initremote there type=rsync \
	    rsyncurl="$account:store" encryption=none shellescape=no
	git -C "$T/repository" config remote.there.annex-rsync-transport \
	    "ssh -F $T/ssh_config"
	for i in 1 2 3; do
		head -c $((i * 70001)) /dev/urandom >"$T/repository/file $i"
	done
	ok "$account: three files are added" annex add .
	ok "$account: ... and copied there" annex copy --to there .
	is "$account: ... whole" "$(find "$root/store" -type f -printf '%s\n' |
	    sort -n | tr '\n' ' ')" "70001 140002 210003 "
	ok "$account: the remote has them, looked at anew" \
	    annex fsck --from there --fast .
	ok "$account: each byte of them" annex fsck --from there .
	ok "$account: they are dropped here" annex drop .
	no "$account: ... and gone" test -s "$T/repository/file 1"
	ok "$account: they come back" annex get .
	ok "$account: one is dropped there" annex drop --from there "file 1"
	is "$account: ... and gone there" \
	    "$(find "$root/store" -type f | wc -l)" 2

	serve "$account" --create-only "$root"
	no "$account: create-only does not take it" \
	    annex copy --to there "file 1"
	like "$account: ... and says why" "$(cat "$T/ok.out")" \
	    "*filesonly: *partial-dir*the account may only create*"
	annex drop --from there --force "file 2" >"$T/out" 2>&1
	is "$account: ... and drops none" \
	    "$(find "$root/store" -type f -printf '%s\n' | sort -n |
	    tr '\n' ' ')" "140002 210003 "
done
client git-annex
finish
