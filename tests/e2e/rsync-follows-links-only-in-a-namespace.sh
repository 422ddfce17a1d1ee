#!/bin/bash
# timeout: 200
# -L, -k, -K and --copy-unsafe-links: refused where Landlock is the wall, with
# the reason, since the size and times of what a link leads to could be seen;
# served in a namespace, where links that lead inside are followed and those
# that lead out find nothing. rrsync refuses them everywhere, as it does.
. "$(dirname "$0")/lib.sh"
start_sshd

# Inside: a file, a directory and links to them; outside: the same names.
plant() {
	rm -rf "${root:?}"/* "${outside:?}"/* "$T/got"
	mkdir -p "$root/dir/sub" "$root/links" "$outside/dir" "$T/up/to-dir"
	echo inside >"$root/dir/file"
	echo outside >"$outside/file"
	echo outside >"$outside/dir/file"
	ln -s ../dir/file "$root/links/to-file"
	ln -s ../dir "$root/links/to-dir"
	ln -s "$outside/file" "$root/links/out-file"
	ln -s "$outside/dir" "$root/links/out-dir"
	ln -s ../../outside/dir "$root/links/up-dir"
	ln -s dir "$root/to-dir"
	ln -s "$outside/dir" "$root/out-dir"
	echo new >"$T/up/to-dir/new"
	touch -d 2001-01-01 "$outside/dir" "$outside/dir/file" "$outside/file"
	own "$a" "$root" "$outside"
	before=$(find "$outside" -printf '%P %m %s %T@ %C@\n' | sort)
}

untouched() {
	is "$a: $1: outside nothing has changed" \
	    "$(find "$outside" -printf '%P %m %s %T@ %C@\n' | sort)" "$before"
}

# pulled OPTION: what a pull of links/ brings, with the kinds of its entries.
pulled() {
	rm -rf "$T/got"
	rsync_to -r "$@" "$a:links/" "$T/got/" >"$T/out" 2>&1
	(cd "$T/got" 2>/dev/null && find . -mindepth 1 -printf '%y %P\n' |
	    sort | tr '\n' ';')
}

served() {
	plant
	serve "$a" "$1" "$root"
	is "$a: $1: -L follows what leads inside" "$(pulled -L)" \
	    "d to-dir;d to-dir/sub;f to-dir/file;f to-file;"
	is "$a: $1: -L brings the content" "$(cat "$T/got/to-file")" inside
	is "$a: $1: -k follows directories that are inside" \
	    "$(pulled -lk | tr ';' '\n' | grep -v out- | grep -v up- |
		tr '\n' ';')" \
	    "d to-dir;d to-dir/sub;f to-dir/file;l to-file;"
	is "$a: $1: --copy-unsafe-links follows those inside" \
	    "$(pulled -l --copy-unsafe-links | tr ';' '\n' |
		grep -c '^f to-file')" 1
	no "$a: $1: nothing of outside came" grep -rqs outside "$T/got"
	ok "$a: $1: -K" rsync_to -rK "$T/up/" "$a:."
	is "$a: $1: -K writes through a link that leads inside" \
	    "$(cat "$root/dir/new")" new
	mv "$T/up/to-dir" "$T/up/out-dir"
	rsync_to -rtK "$T/up/" "$a:." >"$T/out" 2>&1
	mv "$T/up/out-dir" "$T/up/to-dir"
	no "$a: $1: -K writes nothing outside" test -e "$outside/dir/new"
	untouched "$1"
}

# refused POLICY OPTION TEXT RSYNC-ARGUMENTS...
refused() {
	local policy=$1 option=$2 text=$3
	shift 3
	rm -rf "$T/got"
	rsync_to "$option" "$@" >"$T/out" 2>"$T/err"
	is "$a: $policy: $option: fails" "$((! $?))" 0
	like "$a: $policy: $option: says why" "$(cat "$T/err")" "*$text*"
	no "$a: $policy: $option: brings nothing" test -e "$T/got"
}

for a in $ACCOUNTS; do
	root=$(make_root "$a")
	outside=$(make_root "$a" outside)
	served --jail=namespace
	if [ "$a" = root ]; then
		served "" # which is one
	else
		plant
		serve "$a" "" "$root"
		why="symlinks are followed only in a namespace jail"
		refused Landlock -L "\"-L\": $why" -r "$a:links/" "$T/got"
		refused Landlock -k "\"-k\": $why" -rl "$a:links/" "$T/got"
		refused Landlock --copy-unsafe-links \
		    "\"--copy-unsafe-links\": $why" -r "$a:links/" "$T/got"
		refused Landlock -L "\"-L\": $why" -rs "$a:links/" "$T/got"
		refused Landlock -K "\"-K\": $why" -r "$T/up/" "$a:."
		no "$a: Landlock: -K wrote nothing" test -e "$root/dir/new"
		ok "$a: Landlock: without it" rsync_to -r "$T/up/" "$a:new/"
		untouched Landlock
	fi
	plant
	key_line "$a" "$T/bin/rrsync $root"
	ok "$a: rrsync: control" rsync_to -rl "$a:links/" "$T/got/"
	for option in -L -k --copy-unsafe-links; do
		refused rrsync $option \
		    "option $option has been disabled on this server." \
		    -rl "$a:links/" "$T/got"
	done
done
client rsync
finish
