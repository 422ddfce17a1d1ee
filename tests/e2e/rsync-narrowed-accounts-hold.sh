#!/bin/bash
# timeout: 200
# read-only, no-delete, no-overwrite, other services, wrong shapes: each
# refusal names the option and the reason, after the same act was allowed.
. "$(dirname "$0")/lib.sh"
export SHARED=yes
start_sshd

# refused CLAIM TEXT RSYNC-ARGUMENTS...
refused() {
	local claim=$1 text=$2
	shift 2
	rsync_to "$@" >"$T/out" 2>"$T/err"
	is "$claim: fails" "$((! $?))" 0
	like "$claim: says why" "$(cat "$T/err")" "*filesonly: *$text*"
}

mkdir -p "$T/up/sub"
echo one >"$T/up/one"
echo two >"$T/up/sub/two"
for a in $ACCOUNTS; do
	root=$(make_root "$a")
	serve "$a" "" "$root"
	ok "$a: control: a push" rsync_to -a "$T/up/" "$a:t/"
	tree=$(tree_of "$root" "%T@ %m")
	same() {
		is "$a: $1: nothing has changed" \
		    "$(tree_of "$root" "%T@ %m")" "$tree"
	}

	serve "$a" --read-only "$root"
	ok "$a: read-only: a pull" rsync_to -a "$a:t/" "$T/back/"
	for option in --ignore-errors --delete-missing-args --inplace \
	    --partial-dir=p --append --no-specials --delete -ub; do
		ok "$a: read-only: a pull with $option" \
		    rsync_to -a "$option" "$a:t/" "$T/back/"
	done
	refused "$a: read-only: a push" "read-only" -a "$T/up/" "$a:new/"
	refused "$a: read-only: a push by -s" "read-only" -as "$T/up/" \
	    "$a:new/"
	refused "$a: read-only: a push of nothing" "read-only" -an "$T/up/" \
	    "$a:new/"
	refused "$a: read-only: removing what was pulled" \
	    '"--remove-source-files": the account may only read' \
	    -a --remove-source-files "$a:t/" "$T/back/"
	same "read-only"

	serve "$a" --no-delete "$root"
	ok "$a: no-delete: a push" rsync_to -a "$T/up/" "$a:t/"
	for option in --delete --del --delete-before --delete-after \
	    --delete-excluded --delete-delay --force; do
		refused "$a: no-delete: $option" "the account may not delete" \
		    -a "$option" "$T/up/sub/" "$a:t/"
	done
	refused "$a: no-delete: removing what was pulled" "may not delete" \
	    -a --remove-source-files "$a:t/" "$T/back/"
	mkdir "$T/mine"
	echo mine >"$T/mine/mine"
	ok "$a: no-delete: the client may remove its own" rsync_to -a \
	    --remove-source-files "$T/mine/mine" "$a:t/"
	no "$a: no-delete: and did" test -e "$T/mine/mine"
	rm -rf "$T/mine" "$root/t/mine"
	touch -d '2021-01-01' "$T/up"
	rsync -a "$T/up/" "$root/t/"
	own "$a" "$root"
	tree=$(tree_of "$root" "%T@ %m")
	same "no-delete"

	# What rsync would take for its own: what is left of a cut transfer,
	# and the name of a backup.
	for mode in "" --no-delete --write-only; do
		serve "$a" "$mode" "$root"
		m="$a: ${mode:---read-write}"
		mkdir -p "$root/t/kept" "$root/t/one~/tree"
		echo kept | tee "$root/t/kept/one" >"$root/t/one~/tree/file"
		echo old >"$root/t/one"
		own "$a" "$root/t"
		# Its status is that of the backup, which may be refused.
		rsync_to -ab "$T/up/one" "$a:t/" >/dev/null 2>&1
		backed=$?
		ok "$m: a push with --partial-dir" \
		    rsync_to -aI --partial-dir=kept "$T/up/one" "$a:t/"
		is "$m: arrives" "$(cat "$root/t/one")" one
		if [ -z "$mode" ]; then
			is "$m: control: a backup can be made" $backed 0
			no "$m: control: a tree in its place is removed" \
			    test -d "$root/t/one~"
			mkdir -p "$root/kept/one/tree"
			echo kept >"$root/kept/one/tree/file"
			own "$a" "$root/kept"
			log=$(make_log "$a")
			serve "$a" "--audit=$log" "$root"
			ok "$m: control: or elsewhere" rsync_to -abI \
			    --backup-dir=/kept "$T/up/one" "$a:t/"
			like "$m: such a tree's removal is on record" \
			    "$(cat "$log")" \
			    '*event=remove *path="/kept/one/tree/file"*'
			rm "$root/t/one~"
			mkdir -p "$root/t/one~/tree"
			echo kept >"$root/t/one~/tree/file"
			own "$a" "$root/t"
			ok "$m: control: once more" rsync_to -abI \
			    "$T/up/one" "$a:t/"
			like "$m: ... wherever it lies" "$(cat "$log")" \
			    '*event=remove *path="/t/one~/tree/file"*'
			no "$m: control: what was left is used up" \
			    test -e "$root/t/kept/one"
		else
			no "$m: no backup is made in a tree's place" \
			    test $backed = 0
			is "$m: the tree is there" \
			    "$(cat "$root/t/one~/tree/file")" kept
			is "$m: what is no part of a transfer stays" \
			    "$(cat "$root/t/kept/one")" kept
		fi
		rm -rf "$root/t/kept" "$root/t/one~" "$root/kept"
	done
	own "$a" "$root"

	serve "$a" --no-overwrite "$root"
	echo new >"$T/up/new"
	echo longer than before >"$T/up/one"
	ok "$a: no-overwrite: a push" rsync_to -aI "$T/up/" "$a:t/"
	is "$a: no-overwrite: what was there stays" "$(cat "$root/t/one")" one
	is "$a: no-overwrite: what was not arrives" "$(cat "$root/t/new")" new
	chmod 600 "$T/up/one"
	chmod 750 "$T/up"
	touch -d 2001-01-01 "$T/up/one"
	before=$(stat -c '%a %y' "$root/t/one")
	ok "$a: no-overwrite: other modes and times" \
	    rsync_to -aI "$T/up/" "$a:t/"
	is "$a: no-overwrite: a file keeps its own" \
	    "$(stat -c '%a %y' "$root/t/one")" "$before"
	is "$a: no-overwrite: a directory gets them" \
	    "$(stat -c %a "$root/t")" 750
	chmod 644 "$T/up/one"
	chmod 755 "$T/up" "$root/t"
	ok "$a: no-overwrite: --partial is left out" \
	    rsync_to -a --partial "$T/up/" "$a:t/"
	head -c 3000000 /dev/urandom >"$T/part"
	for mode in "" --no-overwrite; do
		m="$a: ${mode:---read-write}"
		serve "$a" "$mode --max-file-size=1M" "$root"
		no "$m: --inplace: what does not fit fails" \
		    rsync_to -a --inplace "$T/part" "$a:part"
		if [ -z "$mode" ]; then
			ok "$m: control: its part has the name" \
			    test -s "$root/part"
			rm "$root/part"
		else
			no "$m: --inplace: no part has the name" \
			    test -e "$root/part"
		fi
	done
	serve "$a" --no-overwrite "$root"
	ok "$a: no-overwrite: --inplace: so the next push brings it" \
	    rsync_to -a --inplace "$T/part" "$a:part"
	ok "$a: no-overwrite: --inplace: whole" cmp "$T/part" "$root/part"
	rm "$root/part"
	for option in -b --backup-dir=x --suffix=x --append --delay-updates \
	    --partial-dir=x; do
		refused "$a: no-overwrite: $option" \
		    "may not change what exists" -ab "$option" "$T/up/" "$a:t/"
	done
	echo one >"$T/up/one"
	rm -f "$T/up/new" "$root/t/new"

	# A drop box takes whole files and tells nothing of what is there.
	head -c 300000 /dev/urandom >"$T/up/big"
	rsync -a "$T/up/big" "$root/t/"
	own "$a" "$root/t"
	echo more >>"$T/up/big"
	serve "$a" "" "$root"
	like "$a: write-only: control: others send what differs" \
	    "$(rsync_to -a --no-W --stats "$T/up/big" "$a:t/")" \
	    "*Matched data: [1-9]*"
	echo more >>"$T/up/big"
	serve "$a" --write-only "$root"
	like "$a: write-only: it takes the whole file" \
	    "$(rsync_to -a --no-W --stats "$T/up/big" "$a:t/")" \
	    "*Matched data: 0 *"
	ok "$a: write-only: the file is there" cmp "$T/up/big" "$root/t/big"
	for how in -aP -as -aHAX -ab -a\ --inplace -a\ --delay-updates; do
		# The options are words.
		# shellcheck disable=SC2086
		ok "$a: write-only: $how" rsync_to $how "$T/up/" "$a:t/"
	done
	ok "$a: write-only: a wildcard is a name" \
	    rsync_to -a --old-args "$T/up/one" "$a:t*/"
	ok "$a: write-only: of that very directory" test -f "$root/t*/one"
	refused "$a: write-only: a pull" "write-only" -a "$a:t/" "$T/back/"
	refused "$a: write-only: a listing" "write-only" "$a:t/"
	refused "$a: write-only: a pull by -s" "write-only" -as "$a:t/" \
	    "$T/back/"
	for option in -n -c -y -m --delete --append --link-dest=../t \
	    --copy-dest=/t --compare-dest=/t --files-from=:list \
	    -M--only-write-batch=X; do
		refused "$a: write-only: $option" "the account may" \
		    -a "$option" "$T/up/" "$a:t/"
	done
	rm -rf "$T/up/big" "$root/t/big" "$root/t*"

	# create-only: what is cut never has its final name.
	serve "$a" --create-only "$root"
	head -c 3000000 /dev/urandom >"$T/cut"
	timeout 1 rsync -e "ssh -F $T/ssh_config" -aP --bwlimit=1000 \
	    "$T/cut" "$a:cut" >/dev/null 2>&1
	no "$a: create-only: a cut push leaves no file, -P or not" \
	    test -e "$root/cut"
	ok "$a: create-only: the next one brings it" \
	    rsync_to -aP "$T/cut" "$a:cut"
	ok "$a: create-only: whole" cmp "$T/cut" "$root/cut"
	for option in --inplace --append --partial-dir=p --delay-updates -b \
	    --delete --force -M--fake-super; do
		refused "$a: create-only: $option" "may only create" \
		    -a "$option" "$T/up/" "$a:new/"
	done
	no "$a: create-only: and nothing was made" test -e "$root/new"

	serve "$a" --services=sftp "$root"
	refused "$a: sftp only" "not part of the account" -a "$a:t/" "$T/back/"
	serve "$a" "" "$root"
	refused "$a: sudo rsync" "refused" -a --rsync-path='sudo rsync' \
	    "$a:t/" "$T/back/"
	ok "$a: a path to rsync is as good" rsync_to -a \
	    --rsync-path=/opt/none/bin/rsync "$a:t/" "$T/back/"
	refused "$a: a daemon" '"--daemon"' "$a::module/" "$T/back/"
	for option in --log-file=x --debug=all --write-batch=x --daemon \
	    --rsh=sh --no-munge-links --filter=x --exclude-from=x \
	    --insecure-links --protect-args; do
		refused "$a: $option" "\"$option\"" -a -M"$option" "$T/up/" \
		    "$a:t/"
	done
	refused "$a: --copy-devices" "devices" -a --copy-devices \
	    "$a:t/" "$T/back/"
	refused "$a: --write-devices" "devices" -a --write-devices "$T/up/one" \
	    "$a:t/one"
	refused "$a: a destination of two words" "quotes" -a --old-args \
	    "$T/up/" "$a:t x/"
	refused "$a: another character set by -s" '"--iconv"' -as \
	    --iconv=utf8,latin1 "$T/up/" "$a:t/"
	refused "$a: a variable" "outside quotes" -r --old-args \
	    "$a:\$HOME/x" "$T/back/"
	rm -rf "$T/back"

	# What ends with the session.
	ssh_to "$a" 'rsync --server -re.iLs . t/' <<<"nonsense" \
	    >/dev/null 2>"$T/err"
	is "$a: rsync's own status" $? 2
	like "$a: and its own words" "$(cat "$T/err")" "*protocol*"
	rm -rf "${root:?}"/*
done
client rsync
finish
