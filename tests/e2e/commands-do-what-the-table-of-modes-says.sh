#!/bin/bash
# Every mode and every command: what the table of modes says
# (filesonly --help=modes), the commands' side of the matrix, as
# rsync-modes-do-what-the-table-says has rsync's. The disk is asked, not only
# the status. Controls come first: read-write is the first mode.
. "$(dirname "$0")/lib.sh"
# shellcheck disable=SC2034 # lib.sh reads it
SHARED=yes
start_sshd

"$GATE" --help=modes >"$T/modes" || exit 1

# answer MODE ACT: yes, no, own or links.
answer() {
	awk -v mode="$1" -v act="$2" '
	NR == 1 { for (i = 2; i <= NF; i++) if ($i == mode) column = i }
	$1 == act { print $column }' "$T/modes"
}

# command, the acts that it is made of, what it prints or "-", and a directory
# that it makes or "-"
commands='
md5sum old|read|96abd62bb4bdfd2d6c2aa0f3a4cbfd03  old|-
sha1sum o*|read|*  o*|-
ls|list stat|dir*old|-
ls -la dir|list stat|total *inside|-
test -e old|stat||-
test -d dir|stat||-
df -P|stat|Filesystem*filesonly*|-
cd dir|stat||-
pwd|stat|/|-
mkdir new|create||new
mkdir -p new/deep|create||new/deep
true|||-
'
sum=$(echo "the old text" | md5sum)
commands=${commands/96abd62bb4bdfd2d6c2aa0f3a4cbfd03/${sum%% *}}

for account in $ACCOUNTS; do
	for mode in read-write read-only write-only create-only; do
		root=$(make_root "$account" "$mode")
		mkdir "$root/dir"
		echo "the old text" >"$root/old"
		echo inside >"$root/dir/inside"
		own "$account" "$root"
		serve "$account" "--$mode" "$root"
		while IFS='|' read -r command acts prints makes; do
			[ -n "$command" ] || continue
			rm -rf "$root/new"
			out=$(ssh_to "$account" "$command" 2>"$T/err" \
			    </dev/null)
			status=$?
			may=yes
			for act in $acts; do
				case $(answer "$mode" "$act") in
				yes) ;;
				*) may=no ;;
				esac
			done
			claim="$account: $mode: $command"
			if [ $may = yes ]; then
				is "$claim is done" $status 0
				like "... and says so" "$out" "$prints"
				[ "$makes" = - ] ||
					ok "... on the disk" \
					    test -d "$root/$makes"
				continue
			fi
			is "$claim is refused" "$status $out" "1 "
			like "... in words" "$(cat "$T/err")" \
			    "filesonly: the account does not allow this*"
			no "... and not done" test -e "$root/new"
		done <<<"$commands"
		is "$account: $mode: what was there stays" \
		    "$(cat "$root/old" "$root/dir/inside")" \
		    $'the old text\ninside'
	done
done
client ssh
finish
