#!/bin/bash
# 200 files whose names hold what names may hold go up and come down again by
# sftp -b, byte for byte; and rsync -a carries the same tree, and nothing the
# second time.
# timeout: 240
. "$(dirname "$0")/lib.sh"
start_sshd

# name_of NUMBER: an odd name, different for each number, without slashes.
name_of() {
	case $(($1 % 20)) in
	0) printf 'plain-%d' "$1" ;;
	1) printf 'two words %d' "$1" ;;
	2) printf '  blanks around %d  ' "$1" ;;
	3) printf "it's %d" "$1" ;;
	4) printf 'the "quoted" %d' "$1" ;;
	5) printf 'back\\slash %d\134' "$1" ;;
	6) printf 'new\nline %d' "$1" ;;
	7) printf 'tab\tand return\r%d' "$1" ;;
	8) printf 'h\303\244\303\237lich-%d' "$1" ;;
	9) printf '\346\226\207\345\255\227 %d' "$1" ;;
	10) printf 'not UTF-8 \377\376 %d' "$1" ;;
	11) printf -- '-rf %d' "$1" ;;
	12) printf -- '--delete%d' "$1" ;;
	13) printf '$(id) `id` $HOME %d' "$1" ;;
	14) printf 'a;b&c|d<e>f %d' "$1" ;;
	15) printf 'glob*[a-z]?{x,y} %d' "$1" ;;
	16) printf '~root %d' "$1" ;;
	17) printf '.hidden %d' "$1" ;;
	18) printf '\033[31mred\007 %d' "$1" ;;
	19) printf '#!%%n %d' "$1" ;;
	esac
}

# As sftp's command line wants it: a backslash before all that is not plain.
# It can't say a newline, so the files with one go with their directory.
batch_name() {
	printf '%s' "$1" | LC_ALL=C sed 's/[^A-Za-z0-9]/\\&/g'
}

make_tree() {
	local i name
	mkdir "$1" "$1/newlines"
	for ((i = 0; i < 200; i++)); do
		name=$(name_of $i && printf x)
		name=${name%x}
		case $name in
		*$'\n'*) name=newlines/$name ;;
		esac
		head -c $((i * 577)) /dev/urandom >"$1/$name"
	done
	touch -d '2020-02-02 02:02:02' "$1"/*
}

make_tree "$T/tree"
is "control: the tree has 200 files" \
    "$(find "$T/tree" -type f -print0 | tr -dc '\0' | wc -c)" 200

# write_batch put|get [DIRECTORY]: the commands for every file of the tree.
write_batch() {
	local path
	cd "$T/tree" || exit
	echo "$1 -pr newlines${2:+ $2/newlines}"
	for path in * .[!.]*; do
		[ -f "$path" ] || continue
		printf '%s -p ./%s %s\n' "$1" "$(batch_name "$path")" "${2:-}"
	done
}

for account in $ACCOUNTS; do
	root=$(make_root "$account" sftp)
	serve "$account" "" "$root"
	write_batch put >"$T/batch"
	(cd "$T/tree" && sftp_to "$account" <"$T/batch") >"$T/out" 2>&1
	is "$account: sftp -b puts 200 files" $? 0
	ok "$account: ... and they are the same on the server" \
	    same_tree "$T/tree" "$root"
	mkdir "$T/got-$account"
	write_batch get "$T/got-$account" >"$T/batch"
	sftp_to "$account" <"$T/batch" >"$T/out" 2>&1
	is "$account: sftp -b gets them" $? 0
	ok "$account: ... and they are the same here" \
	    same_tree "$T/tree" "$T/got-$account"

	root=$(make_root "$account" rsync)
	serve "$account" "" "$root"
	ok "$account: rsync -a pushes the tree" \
	    rsync_to -a "$T/tree/" "$account:pushed/"
	ok "$account: ... names, contents, modes and times are the same" \
	    same_tree "$T/tree" "$root/pushed" "%m %Ts"
	is "$account: a second push transfers nothing" \
	    "$(rsync_to -ai "$T/tree/" "$account:pushed/" 2>&1)" ""
	ok "$account: rsync -a pulls the tree" \
	    rsync_to -a "$account:pushed/" "$T/pulled-$account/"
	ok "$account: ... and it is the same here" \
	    same_tree "$T/tree" "$T/pulled-$account" "%m %Ts"
	is "$account: a second pull transfers nothing" \
	    "$(rsync_to -ai "$account:pushed/" "$T/pulled-$account/" 2>&1)" ""
done
client sftp
client rsync
finish
