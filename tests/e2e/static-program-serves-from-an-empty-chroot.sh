#!/bin/bash
# A static filesonly in a chroot that holds it, the root and nothing else
# (no /etc, no /dev): SFTP is served, and without /proc, too, where the
# administrator vouches for the home; rsync is served once its own files and
# /dev/null are there; an account that it can't be sure of is refused.
# timeout: 300
. "$(dirname "$0")/lib.sh"
[ "$E2E_NAMESPACE" = yes ] || skip_all "needs a mount namespace"
# A chroot can't be left for another root where the mount around it is shared.
mount --make-private "$(stat -c %m "$T")" || exit 1

static_program
CHROOT=$(PATH=$PATH:/usr/sbin:/sbin command -v chroot)

# The two ends: $INSIDE is the chroot, whose /data is the root.
cat >"$T/bin/sftp-in-chroot" <<-'END'
	#!/bin/sh
	exec env -i SSH_CONNECTION="127.0.0.1 1 127.0.0.1 22" "$CHROOT" \
	    --userspec="$WHO" "$INSIDE" /filesonly --subsystem=sftp $OPTIONS \
	    /data
END
cat >"$T/bin/rsync-in-chroot" <<-'END'
	#!/bin/sh
	shift
	exec env -i SSH_CONNECTION="127.0.0.1 1 127.0.0.1 22" \
	    SSH_ORIGINAL_COMMAND="$*" "$CHROOT" --userspec="$WHO" "$INSIDE" \
	    /filesonly $OPTIONS /data
END
chmod 755 "$T/bin/sftp-in-chroot" "$T/bin/rsync-in-chroot"
export CHROOT INSIDE OPTIONS='' WHO

# new_chroot DIRECTORY: an empty one for the account WHO.
new_chroot() {
	INSIDE=$1
	mkdir -p "$INSIDE/data"
	cp "$STATIC_PROGRAM" "$INSIDE/filesonly"
	chown "$WHO" "$INSIDE/data"
	chmod 755 "$INSIDE"
}
by_sftp() {
	timeout 60 sftp -q -D "$T/bin/sftp-in-chroot" -b -
}
by_rsync() {
	timeout 60 rsync -e "$T/bin/rsync-in-chroot" "$@"
}
# What a person at a terminal reads.
says() {
	env -i "$CHROOT" --userspec="$WHO" "$INSIDE" /filesonly \
	    --subsystem=sftp /data 2>&1 </dev/null
	echo "status $?"
}

# serves_sftp NAME DIRECTORY: a session's worth of requests.
serves_sftp() {
	local name=$1 up=$2
	ok "$name: a tree goes in" by_sftp <<<"put -r $T/tree $up"
	ok "$name: ... whole" diff -r "$T/tree/sub dir" \
	    "$INSIDE/data/$up/sub dir"
	ok "$name: it comes back" by_sftp <<<"get $up/large $T/back"
	ok "$name: ... whole" cmp "$T/tree/large" "$T/back"
	by_sftp >"$T/out" 2>&1 <<-END
		cd "$up/sub dir/../sub dir"
		pwd
	END
	like "$name: where one is is told" "$(cat "$T/out")" \
	    "*Remote working directory: /$up/sub dir*"
	ok "$name: it is changed, renamed, listed, removed" by_sftp <<-END
		chmod 600 $up/large
		rename $up/large $up/renamed
		ln $up/renamed $up/second
		ls -l $up
		rm $up/renamed
	END
	is "$name: ... on the disk" \
	    "$(cd "$INSIDE/data/$up" && stat -c '%n %a' renamed large second \
		2>/dev/null)" "second 600"
}

mkdir -p "$T/tree/sub dir"
head -c 300000 /dev/urandom >"$T/tree/large"
echo small >"$T/tree/sub dir/small"
ln -s large "$T/tree/link"

for account in $ACCOUNTS; do
	WHO=$(id -u "$account"):$(id -g "$account")
	new_chroot "$T/chroot-$account"
	is "$account: two names are in the chroot" \
	    "$(find "$INSIDE" -mindepth 1 -printf '%P ')" "filesonly data "

	# Without /proc nobody can tell what of a home lies in the root.
	OPTIONS=--home-in-root

	# --- root enters a namespace, whose root must be a mount ------------
	if [ "$account" = root ]; then
		by_sftp <<<pwd >"$T/out" 2>&1
		like "root: a chroot that is no mount point is refused" \
		    "$(cat "$T/out")" \
		    "*filesonly: the server's kernel lacks the means*"
		mount --bind "$INSIDE" "$INSIDE" || exit 1
	fi

	# --- SFTP, without /proc and with it --------------------------------
	serves_sftp "$account: sftp without /proc" up
	for option in atomic-uploads create-only; do
		OPTIONS="--home-in-root --$option"
		ok "$account: sftp without /proc, $option" \
		    by_sftp <<<"put $T/tree/large $option"
		ok "$account: ... whole" cmp "$T/tree/large" \
		    "$INSIDE/data/$option"
	done
	mkdir "$INSIDE/proc"
	mount -t proc proc "$INSIDE/proc" || exit 1
	OPTIONS=
	serves_sftp "$account: sftp" again
	no "$account: sftp: nothing outside of the root" \
	    by_sftp <<<"get /filesonly $T/program"
	OPTIONS=--audit-loss=refuse
	no "$account: audit-loss=refuse: no log, no change" \
	    by_sftp <<<"put $T/tree/large unlogged"
	no "$account: ... on the disk" [ -s "$INSIDE/data/unlogged" ]
	OPTIONS=

	# --- rsync ----------------------------------------------------------
	no "$account: rsync: not without its files" \
	    by_rsync -a "$T/tree/" :rsync/
	like "$account: ... in words" "$(cat "$T/ok.out")" "*filesonly: *"
	while read -r file; do
		mkdir -p "$INSIDE/$(dirname "$file")"
		cp -L "$file" "$INSIDE/$file"
	done < <(echo /usr/bin/rsync && ldd /usr/bin/rsync | grep -o '/[^ ]*')
	no "$account: rsync: not without /dev/null" \
	    by_rsync -a "$T/tree/" :rsync/
	like "$account: ... in words" "$(cat "$T/ok.out")" \
	    "*filesonly: the server's kernel lacks the means*"
	mkdir "$INSIDE/dev"
	: >"$INSIDE/dev/null"
	mount --bind /dev/null "$INSIDE/dev/null" || exit 1
	ok "$account: rsync: a tree goes in" by_rsync -a "$T/tree/" :rsync/
	ok "$account: ... whole" same_tree "$T/tree" "$INSIDE/data/rsync"
	rm -rf "$T/pulled"
	ok "$account: rsync: it comes back" by_rsync -a :rsync/ "$T/pulled/"
	ok "$account: ... whole" same_tree "$T/tree" "$T/pulled"
	no "$account: rsync: nothing outside of the root" \
	    by_rsync -a :/filesonly "$T/"
	umount "$INSIDE/dev/null" "$INSIDE/proc"
done
client sftp
client rsync

# --- accounts ---------------------------------------------------------------

WHO=$PLAIN_UID:$PLAIN_UID
new_chroot "$T/chroot-accounts"
mkdir "$INSIDE/etc" "$INSIDE/proc"
mount -t proc proc "$INSIDE/proc" || exit 1
ok "without nsswitch.conf a uid that nobody has is served" by_sftp <<<pwd
echo "passwd: files sss" >"$INSIDE/etc/nsswitch.conf"
like "an account that another service may know is refused" "$(says)" \
    "filesonly: the account is not in /etc/passwd, and this static filesonly\
 can ask no other name service*status 78"
no "... over the wire, too" by_sftp <<<"put $T/tree/large refused"
no "... and nothing arrived" [ -e "$INSIDE/data/refused" ]
echo "plain:x:$PLAIN_UID:$PLAIN_UID::/nonexistent:/bin/false" \
    >"$INSIDE/etc/passwd"
ok "one that /etc/passwd has is served" by_sftp <<<"put $T/tree/large served"
echo "passwd: sss files" >"$INSIDE/etc/nsswitch.conf"
like "... unless another service comes first" "$(says)" "*status 78"
finish
