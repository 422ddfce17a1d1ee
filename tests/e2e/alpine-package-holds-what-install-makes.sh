#!/bin/bash
# packaging/alpine/APKBUILD, read by sh as abuild reads it, with an amove of the
# test's own: it is of this tree's version, and its functions find each file
# that they move or remove among those that make install makes. Alpine's own
# tools aren't needed, nor shown.
. "$(dirname "$0")/lib.sh"

cd "$SOURCE" || exit
recipe=packaging/alpine/APKBUILD
pkg=$T/packages
mkdir "$pkg"

# alpine COMMAND: in a shell that has read the recipe. amove is what abuild's
# does: what isn't there is an error. B: what was built is taken, as a variable
# on make's command line that no later one changes.
alpine() {
	# shellcheck disable=SC2016 # the inner shell's
	sh -euc '
		. "./$1"
		[ -n "$2" ] || exit
		make() {
			env -u MAKELEVEL -u STATIC MAKEFLAGS= make \
			    --no-print-directory "$@" B="$BUILD"
		}
		amove() {
			for file; do
				mkdir -p "$subpkgdir/${file%/*}"
				mv "$pkgdir/$file" "$subpkgdir/${file%/*}/"
			done
		}
		eval "$2"' sh "$recipe" "$1"
}
export BUILD
# value FIELD...: their words.
value() {
	local field
	for field; do
		alpine "echo \$$field"
	done | xargs
}
# files PACKAGE: what it holds, a line each.
files() {
	(cd "$pkg/$1" && find . ! -type d | sed 's,^\./,,' | LC_ALL=C sort)
}

ok "sh reads it" sh -n "$recipe"
for field in pkgname pkgver pkgrel pkgdesc url arch license makedepends \
    checkdepends subpackages source; do
	like "it says $field" "$(value "$field")" "?*"
done
version=$(sed -n 's/^VERSION := //p' Makefile)
like "the tree has a version" "$version" "?*"
is "it is the tree's version" "$(value pkgver)" "$version"
is "its source is what make dist makes" "$(value source)" \
    "filesonly-$version.tar.gz"
is "its license is the one that make dist declares" "$(value license)" \
    "$(sed -n 's/^package filesonly \([^ ]*\) .*/\1/p' tools/spdx)"
# What the release says that it is built and tested with.
needs=$(sed -n 's/^lib\(inih\) | .*/\1/p; t
    s/^\([a-z]*\) | [A-Z].* | [A-Z_]* | http.*/\1/p' tools/spdx)
like "the release needs libraries" "$needs" "*libssh*"
for need in $needs; do
	like "it names $need" \
	    " $(value makedepends checkdepends) " \
	    "* $need-dev *"
done

# Without libssh the tree makes less than the recipe, which asks for it.
[ -e "$BUILD/filesonlyd" ] || finish
ok "package() installs" alpine "pkgdir=$pkg/filesonly package"
files filesonly >"$T/all"
for sub in filesonlyd:_daemon filesonlyctl:_tool; do
	like "${sub%:*} is one of its packages" " $(value subpackages) " \
	    "* $sub *"
	ok "${sub%:*} is split off" alpine "
		pkgdir=$pkg/filesonly subpkgdir=$pkg/${sub%:*}
		${sub#*:}
		[ \"\$depends\" = 'filesonly=$version-r$(value pkgrel)' ]"
done
is "filesonlyd has the server and its link" "$(files filesonlyd)" \
    "usr/bin/filesonlyd
usr/lib/filesonly/filesonlyd"
is "filesonlyctl has the tool" "$(files filesonlyctl)" usr/bin/filesonlyctl
# The packages of documentation and of completions are abuild's to split.
is "filesonly has the gate and its names" \
    "$(files filesonly | grep -v '^usr/share/\(doc\|man\|bash-completion\)/')" \
    "usr/bin/filesonly
usr/lib/filesonly/filesonly
usr/lib/filesonly/rrsync
usr/lib/filesonly/sftp-server
usr/lib/tmpfiles.d/filesonly.conf"
for kind in doc man bash-completion; do
	like "there is something in $kind for abuild to split" \
	    "$(files filesonly)" "*usr/share/$kind/*"
done
is "nothing is lost or twice" "$(for name in filesonly filesonlyd filesonlyctl; do
	files "$name"
done | LC_ALL=C sort)" "$(cat "$T/all")"
for name in filesonly filesonlyd; do
	is "$name is found where its link points" \
	    "$(readlink "$pkg/$name/usr/bin/$name")" "../lib/filesonly/$name"
done
no "nothing names another place" grep -rI /usr/local "$pkg"
finish
