#!/bin/bash
# Every mode and representative transfers of a stock rsync: what the table of
# modes says (filesonly --help=modes), rsync's side of the matrix; SFTP's is
# tests/unit/test_sftp_matrix.c. The disk is asked, not only rsync. Controls
# come first: read-write is the first mode.
# timeout: 200
. "$(dirname "$0")/lib.sh"
export SHARED=yes
start_sshd

"$GATE" --help=modes >"$T/modes" || exit 1

# answer MODE ACT: yes, no, own or links.
answer() {
	awk -v mode="$1" -v act="$2" '
	NR == 1 { for (i = 2; i <= NF; i++) if ($i == mode) column = i }
	$1 == act { print $column }' "$T/modes"
}

# What is sent: new files, the old one changed, shorter, of another mode.
mkdir "$T/new" "$T/changed" "$T/shorter" "$T/moded" "$T/none" "$T/links" \
    "$T/hard"
echo new >"$T/new/new"
echo "changed, and longer than before" >"$T/changed/old"
echo o >"$T/shorter/old"
echo "the old text" >"$T/moded/old"
touch -d @1000000000 "$T/moded/old"
chmod 600 "$T/moded/old"
ln -s somewhere "$T/links/link"
echo one >"$T/hard/one"
ln "$T/hard/one" "$T/hard/two"

# fill ROOT: what was there before.
fill() {
	mkdir -p "$1/dir"
	echo "the old text" >"$1/old"
	touch -d @1000000000 "$1/old"
	chmod 644 "$1/old"
	echo inside >"$1/dir/inside"
}

# The transfers. Each prints nothing; what it did is looked for by "done_NAME".
act_push_new() { rsync_to -a "$T/new/" "$1:"; }
done_push_new() { [ -e "$1/new" ]; }
act_push_changed() { rsync_to -a "$T/changed/" "$1:"; }
done_push_changed() { cmp -s "$T/changed/old" "$1/old"; }
act_truncate() { rsync_to -a --inplace "$T/shorter/" "$1:"; }
done_truncate() { cmp -s "$T/shorter/old" "$1/old"; }
act_delete() { rsync_to -r --delete "$T/none/" "$1:dir/"; }
done_delete() { [ ! -e "$1/dir/inside" ]; }
act_rename() { rsync_to -a --backup --suffix=.bak "$T/changed/" "$1:"; }
done_rename() { [ -e "$1/old.bak" ]; }
act_chmod() { rsync_to -a "$T/moded/" "$1:"; }
done_chmod() { [ "$(stat -c %a "$1/old")" = 600 ]; }
act_symlink() { rsync_to -a "$T/links/" "$1:"; }
done_symlink() { [ -L "$1/link" ]; }
act_read() { rm -f "$T/got" && rsync_to "$1:old" "$T/got"; }
done_read() { cmp -s "$1/old" "$T/got"; }
act_list() { rsync_to --list-only "$1:" >"$T/listed"; }
done_list() { grep -q " old$" "$T/listed"; }

# transfer, and the acts of the table that it is made of
transfers='
push_new create
push_changed write rename-over
truncate write
delete remove
rename rename write
chmod meta
symlink symlink
read read
list list
'

# may MODE ACT...: does the table allow all of it on what was there before?
may() {
	local mode=$1 act
	shift
	for act in "$@"; do
		case $(answer "$mode" "$act") in
		yes | links) ;;
		*) return 1 ;;
		esac
	done
}

# What was there before, bytes and times and modes.
old_of() {
	(
		cd "$1" && stat -c '%n %a %s %y %U' old dir/inside &&
		    cat old dir/inside
	) 2>&1
}

for account in $ACCOUNTS; do
	for mode in read-write read-only write-only create-only; do
		while read -r transfer acts; do
			[ -n "$transfer" ] || continue
			root=$(make_root "$account" "$mode-$transfer")
			fill "$root"
			own "$account" "$root"
			sleep 0.05
			before=$(old_of "$root")
			rm -f "$T/got" "$T/listed"
			: >"$T/listed"
			serve "$account" "--$mode" "$root"
			"act_$transfer" "$account" >"$T/out" 2>&1
			status=$?
			claim="$account: $mode: $transfer"
			# Words are meant to split: acts of the table.
			# shellcheck disable=SC2086
			if may "$mode" $acts; then
				is "$claim is done" $status 0
				ok "... and can be seen" "done_$transfer" "$root"
			else
				no "$claim is not" "done_$transfer" "$root"
				is "... what was there stays" \
				    "$(old_of "$root")" "$before"
			fi
			rm -rf "$root"
		done <<<"$transfers"
	done
done
client rsync
finish
