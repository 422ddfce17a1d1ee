#!/bin/bash
# No path of an SFTP client leads out of the root: "..", absolute links,
# chains of them, /proc/self/root, hard links. Each is first shown inside.
# timeout: 200
. "$(dirname "$0")/lib.sh"
export SHARED=yes
start_sshd

for account in $ACCOUNTS; do
	root=$(make_root "$account")
	outside=$T/roots/$account/outside
	mkdir "$outside" "$root/inside"
	echo "secret $RANDOM$RANDOM" >"$outside/secret"
	echo public >"$root/inside/public"
	ln -s "$outside/secret" "$root/to-file"
	ln -s "$outside" "$root/to-directory"
	ln -s ../outside "$root/upwards"
	ln -s to-directory "$root/chain-1"
	ln -s chain-1 "$root/chain-2"
	ln -s /proc/self/root "$root/to-proc"
	ln -s /inside "$root/to-inside"
	ln -s to-inside "$root/chain-inside"
	own "$account" "$root" "$outside"
	before=$(find "$outside" -printf '%p %m %U %s %n %T@\n' | sort)
	new=$T/new
	echo new >"$new"

	free_key "$account"
	ok "$account: control: without the gate the outside is read" \
	    batch "$account" "get $root/to-file $T/control"
	ok "$account: control: ... it is the secret" \
	    cmp "$T/control" "$outside/secret"

	serve "$account" "" "$root"
	for path in inside/public /inside/public inside/../inside/public \
	    ../../../inside/public to-inside/public chain-inside/public; do
		rm -f "$T/got"
		ok "$account: control: get $path" \
		    batch "$account" "get $path $T/got"
		ok "$account: control: ... is the file inside" \
		    cmp "$T/got" "$root/inside/public"
	done
	ok "$account: control: put through a link that stays inside" \
	    batch "$account" "put $new to-inside/new" \
	    "ln inside/new inside/hard" "rename inside/hard inside/moved" \
	    "rm inside/moved"
	ok "$account: control: ... arrives" cmp "$new" "$root/inside/new"

	for way in ../outside "$outside" to-directory upwards chain-1 \
	    chain-2 "to-proc$outside" "/proc/self/root$outside" \
	    "/proc/self/cwd/../outside" "inside/../../outside"; do
		shown=${way//$T/}
		rm -f "$T/got"
		no "$account: get $shown/secret" \
		    batch "$account" "get $way/secret $T/got"
		no "$account: ... brought nothing" [ -e "$T/got" ]
		for act in "ls $way/" "put $new $way/new" "put $new $way/secret" \
		    "rm $way/secret" "mkdir $way/sub" "chmod 777 $way/secret" \
		    "rename $way/secret inside/stolen" \
		    "rename inside/public $way/public" \
		    "ln $way/secret inside/linked" \
		    "ln inside/public $way/linked"; do
			no "$account: ${act//$T/}" batch "$account" "$act"
		done
	done
	rm -f "$T/got"
	no "$account: get to-file" batch "$account" "get to-file $T/got"
	no "$account: put to-file" batch "$account" "put $new to-file"
	is "$account: nothing outside has changed" \
	    "$(find "$outside" -printf '%p %m %U %s %n %T@\n' | sort)" \
	    "$before"
	is "$account: nothing of it came inside" \
	    "$(grep -rl secret "$root" 2>/dev/null)" ""
	rm -rf "$root"
done
client sftp
finish
