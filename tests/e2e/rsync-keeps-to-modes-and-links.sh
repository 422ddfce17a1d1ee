#!/bin/bash
# What set-id, file-mode, dir-mode and links say holds for rsync as for SFTP,
# whatever the client asks for; hide and deny can't be held, so that such an
# account has no rsync.
. "$(dirname "$0")/lib.sh"
export SHARED=yes
start_sshd

# modes_of DIRECTORY
modes_of() {
	(cd "$1" && find . -mindepth 1 ! -type l -printf '%P %m;' |
	    tr ';' '\n' | sort | tr '\n' ';')
}

cp "$BUILD/tests/fault/lack" "$T/bin/"
mkdir -p "$T/src/common" "$T/links" "$T/pipes"
mkfifo "$T/pipes/pipe"
echo program >"$T/src/program"
echo text >"$T/src/common/text"
ln -s text "$T/links/link"
ln -s /etc/passwd "$T/links/absolute"
echo text >"$T/links/text"
chmod 2775 "$T/src/common"
chmod 6755 "$T/src/program"
chmod 664 "$T/src/common/text"
for a in $ACCOUNTS; do
	root=$(make_root "$a")

	serve "$a" --set-id "$root"
	ok "$a: set-id: a push" rsync_to -a "$T/src/" "$a:kept/"
	is "$a: control: with set-id the bits are kept" \
	    "$(stat -c %a "$root/kept/program")" 6755
	serve "$a" "" "$root"
	for how in "" -s -E --inplace --partial-dir=.p; do
		rm -rf "${root:?}/t"
		# No word, where it is empty.
		# shellcheck disable=SC2086
		ok "$a: a push $how" rsync_to -a $how "$T/src/" "$a:t/"
		is "$a: $how: a file's bits do not arrive, the rest does" \
		    "$(modes_of "$root/t")" \
		    "common 2775;common/text 664;program 755;"
	done
	ok "$a: over what has them" rsync_to -aI "$T/src/" "$a:kept/"
	is "$a: they go" "$(stat -c %a "$root/kept/program")" 755
	no "$a: a client can't give modes of its own" rsync_to -a \
	    -M--chmod=F6755 "$T/src/" "$a:t/"
	rm -rf "$T/back"
	ok "$a: --fake-super: a push" rsync_to -aX -M--fake-super \
	    "$T/src/" "$a:fake/"
	ok "$a: --fake-super: no bits on the disk" \
	    test ! -u "$root/fake/program"
	ok "$a: --fake-super: a pull" rsync_to -aX -M--fake-super \
	    "$a:fake/" "$T/back/"
	is "$a: --fake-super: brings them back" \
	    "$(stat -c %a "$T/back/program")" 6755
	ok "$a: --fake-super and --no-super: a push" rsync_to -a \
	    -M--fake-super -M--no-super "$T/src/" "$a:undone/"
	is "$a: --no-super undoes it: the bits do not arrive" \
	    "$(modes_of "$root/undone")" \
	    "common 2775;common/text 664;program 755;"
	key_line "$a" "$T/bin/rrsync $root"
	ok "$a: rrsync: a push" rsync_to -a "$T/src/" "$a:as-rrsync/"
	is "$a: rrsync keeps them, as it does" \
	    "$(stat -c %a "$root/as-rrsync/program")" 6755

	serve "$a" "--file-mode=640 --dir-mode=710" "$root"
	for how in -a -r -rs "-rt --chmod=777"; do
		rm -rf "${root:?}/t"
		# The options are words.
		# shellcheck disable=SC2086
		ok "$a: file-mode, dir-mode: $how" rsync_to $how \
		    "$T/src/" "$a:t/"
		is "$a: file-mode, dir-mode: $how: hold" \
		    "$(modes_of "$root/t")" \
		    "common 710;common/text 640;program 640;"
	done

	rm -rf "${root:?}/t"
	ok "$a: file-mode, dir-mode: what is undone" rsync_to -a \
	    -M--fake-super -M--no-super "$T/src/" "$a:t/"
	is "$a: file-mode, dir-mode: ... does not undo them" \
	    "$(modes_of "$root/t")" "common 710;common/text 640;program 640;"

	serve "$a" "" "$root"
	ok "$a: control: links" rsync_to -a "$T/links/" "$a:l/"
	is "$a: control: arrive as they are" "$(readlink "$root/l/absolute")" \
	    /etc/passwd
	rm -rf "$root/l"
	serve "$a" --links=relative "$root"
	ok "$a: links=relative" rsync_to -a "$T/links/" "$a:l/"
	like "$a: links=relative: they are munged" \
	    "$(readlink "$root/l/absolute")" "/rsyncd-munged/*"
	rm -rf "$root/l"
	serve "$a" --links=none "$root"
	rsync_to -a "$T/links/" "$a:l/" >"$T/out" 2>&1
	is "$a: links=none: says that not all was done" $? 23
	is "$a: links=none: there is no link" "$(find "$root/l" -type l)" ""
	is "$a: links=none: the rest is there" "$(cat "$root/l/text")" text

	# What is not to be made is not, on a kernel without Landlock either.
	without="$T/bin/lack landlock=ENOSYS --"
	key_line "$a" "$without $GATE $root"
	ok "$a: without Landlock: control: links" rsync_to -a "$T/links/" \
	    "$a:w/"
	ok "$a: without Landlock: control: pipes" rsync_to -a "$T/pipes/" \
	    "$a:w/"
	ok "$a: without Landlock: control: both arrive" \
	    test -L "$root/w/link" -a -p "$root/w/pipe"
	rm -rf "$root/w"
	key_line "$a" "$without $GATE --links=none $root"
	rsync_to -a "$T/links/" "$a:w/" >"$T/out" 2>&1
	is "$a: without Landlock: links=none: not all was done" $? 23
	is "$a: without Landlock: links=none: there is no link" \
	    "$(find "$root/w" -type l)" ""
	is "$a: without Landlock: links=none: the rest is there" \
	    "$(cat "$root/w/text")" text
	rm -rf "$root/w"
	key_line "$a" "$without $T/bin/rrsync $root"
	rsync_to -a "$T/pipes/" "$a:w/" >"$T/out" 2>&1
	no "$a: without Landlock: rrsync makes no pipe" test -e "$root/w/pipe"
	ok "$a: without Landlock: rrsync: control: it was served" \
	    test -d "$root/w"

	serve "$a" "--read-only" "$root"
	ok "$a: control: without hide" rsync_to -r "$a:kept/" "$T/back/"
	rm -rf "$T/back"
	for key in --hide=program --deny=program; do
		serve "$a" "--read-only $key" "$root"
		no "$a: $key with rsync is an error" rsync_to -r "$a:kept/" \
		    "$T/back/"
		no "$a: $key: nothing came" test -e "$T/back"
	done
	rm -rf "${root:?}"/*

	# Where a directory can't be opened to be read, its mode is set all
	# the same: in every mode, in either jail.
	mkdir -p "$T/dirs/a/b"
	chmod 751 "$T/dirs/a"
	chmod 1770 "$T/dirs/a/b"
	for options in --read-write --write-only \
	    "--write-only --jail=namespace" --create-only; do
		serve "$a" "$options" "$root"
		rm -rf "${root:?}"/*
		ok "$a: $options: a push of directories" rsync_to -a \
		    --no-o --no-g "$T/dirs/" "$a:dirs/"
		is "$a: $options: ... keeps their modes" \
		    "$(modes_of "$root/dirs")" "$(modes_of "$T/dirs")"
	done
	rm -rf "${root:?}"/*
done
client rsync
finish
