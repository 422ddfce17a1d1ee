#!/bin/bash
# start-dir is where a relative path begins, on rsync as on SFTP; forced modes
# leave what a backup or a group needs; called as rrsync no node is made.
. "$(dirname "$0")/lib.sh"
start_sshd

# The protocol of before scp spoke SFTP.
scp_to() {
	timeout 60 scp -O -q -F "$T/ssh_config" "$@"
}

mkdir -p "$T/up/sub/deep"
echo one >"$T/up/one"
echo two >"$T/up/sub/two"
chmod 711 "$T/up/one"
chmod 700 "$T/up/sub"
for a in $ACCOUNTS; do
	root=$(make_root "$a")

	# --- start-dir -------------------------------------------------------
	mkdir "$root/inbox"
	own "$a" "$root"
	serve "$a" "" "$root"
	ok "$a: control: without start-dir" rsync_to -rt "$T/up/" "$a:up/"
	ok "$a: control: is below the root" same_tree "$T/up" "$root/up"
	serve "$a" "--start-dir=/inbox" "$root"
	ok "$a: start-dir: a push" rsync_to -rt "$T/up/" "$a:up/"
	ok "$a: start-dir: is below it" same_tree "$T/up" "$root/inbox/up"
	ok "$a: start-dir: no path at all" rsync_to -t "$T/up/one" "$a:"
	ok "$a: start-dir: ... is there, too" cmp "$T/up/one" "$root/inbox/one"
	ok "$a: start-dir: sftp puts" sftp_to "$a" <<<"put $T/up/one two"
	ok "$a: start-dir: ... at the same place" [ -e "$root/inbox/two" ]
	ok "$a: start-dir: an absolute path is the root's" \
	    rsync_to -rt "$T/up/sub" "$a:/top/"
	ok "$a: start-dir: ... below the root" [ -e "$root/top/sub/two" ]
	ok "$a: start-dir: -R names only what was asked for" \
	    rsync_to -rtR "$a:up/sub/two" "$T/back/"
	is "$a: start-dir: ... as asked" \
	    "$(cd "$T/back" && find . -type f)" "./up/sub/two"
	rm -rf "$T/back"
	ok "$a: start-dir: wildcards" rsync_to -t "$a:o*e" "$T/back/"
	is "$a: start-dir: ... match there" "$(ls "$T/back")" one
	rm -rf "$T/back"
	echo up/sub/two >"$root/inbox/list"
	ok "$a: start-dir: a list of the server's" \
	    rsync_to -t --files-from=:list "$a:." "$T/back/"
	ok "$a: start-dir: ... is found there" cmp "$T/up/sub/two" \
	    "$T/back/up/sub/two"
	rm -rf "$T/back"

	# --- forced modes ----------------------------------------------------
	serve "$a" "--file-mode=0640 --dir-mode=0750" "$root"
	ok "$a: forced modes: a push" rsync_to -a "$T/up/" "$a:forced/"
	is "$a: forced modes: control: are what arrives" \
	    "$(stat -c %a "$root/forced/one" "$root/forced/sub" | xargs)" \
	    "640 750"
	ok "$a: --fake-super: a push" \
	    rsync_to -a -M--fake-super "$T/up/" "$a:kept/"
	ok "$a: --fake-super: the restore" \
	    rsync_to -a -M--fake-super "$a:kept/" "$T/back/"
	is "$a: --fake-super: has the source's modes" \
	    "$(stat -c %a "$T/back/one" "$T/back/sub" | xargs)" "711 700"
	rm -rf "$T/back"
	mkdir "$root/group"
	own "$a" "$root/group"
	chmod 2775 "$root/group"
	serve "$a" "--dir-mode=0770" "$root"
	ok "$a: a group directory: a push" rsync_to -rt "$T/up" "$a:group/"
	is "$a: a group directory: new ones keep its bit" \
	    "$(stat -c %a "$root/group/up/sub/deep")" 2770
	ok "$a: a group directory: sftp makes one" \
	    batch "$a" "mkdir group/n" "chmod 2775 group/n"
	is "$a: a group directory: ... with the bit" \
	    "$(stat -c %a "$root/group/n")" 2770
	ok "$a: elsewhere: a push" rsync_to -rt "$T/up" "$a:plain/"
	is "$a: elsewhere: no directory gets it" \
	    "$(stat -c %a "$root/plain/up/sub")" 770
	serve "$a" "--dir-mode=2770" "$root"
	ok "$a: a forced setgid bit: sftp makes one" \
	    batch "$a" "mkdir plain/sftp"
	ok "$a: ... a command, with what leads there" \
	    ssh_to "$a" "mkdir -p plain/cmd/deep"
	ok "$a: ... scp, without -p and with it" \
	    scp_to -r "$T/up/sub" "$a:plain/scp"
	ok "$a: ... scp -p" scp_to -pr "$T/up/sub" "$a:plain/scp-p"
	ok "$a: ... rsync" rsync_to -rt "$T/up/sub" "$a:plain/rsync/"
	serve "$a" "--dir-mode=2770 --mode=create-only" "$root"
	ok "$a: ... sftp in create-only" batch "$a" "mkdir plain/kept"
	ok "$a: ... scp in create-only" \
	    scp_to -r "$T/up/sub" "$a:plain/scp-kept"
	is "$a: ... and all have it" "$(cd "$root/plain" &&
	    stat -c %a sftp cmd cmd/deep scp scp/deep scp-p scp-p/deep rsync/sub \
		rsync/sub/deep kept scp-kept scp-kept/deep | sort -u)" 2770
	serve "$a" "" "$root"
	ok "$a: control: nothing is forced: scp -r" \
	    scp_to -r "$T/up/sub" "$a:plain/usual"
	is "$a: control: ... it has none" \
	    "$(stat -c %a "$root/plain/usual/deep")" 755

	# --- nodes -----------------------------------------------------------
	mkdir "$T/nodes"
	mkfifo "$T/nodes/fifo"
	[ "$a" != root ] || mknod "$T/nodes/null" c 1 3
	passed=23
	! rsync --help | grep -q -e --confine-root || passed=0
	serve "$a" "" "$root"
	[ "$a" != root ] || {
		ok "$a: nodes: control: root makes them" \
		    rsync_to -a "$T/nodes/" "$a:nodes/"
		is "$a: nodes: control: both" "$(cd "$root/nodes" && echo ./*)" \
		    "./fifo ./null"
	}
	key_line "$a" "$T/bin/rrsync $root"
	rsync_to -a "$T/nodes/" "$T/up/one" "$a:none/" >"$T/out" 2>&1
	is "$a: nodes: as rrsync: the status is the release's" $? "$passed"
	is "$a: nodes: ... and all else arrives" "$(ls "$root/none")" one
	like "$a: nodes: ... and what does not is named" "$(cat "$T/out")" \
	    '*fifo*'
	rm -rf "$T/nodes"
done
client rsync
finish
