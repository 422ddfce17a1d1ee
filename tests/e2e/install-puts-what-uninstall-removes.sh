#!/bin/bash
# make install under DESTDIR and PREFIX: the program runs from there, under
# its three names, and uninstall leaves nothing.
. "$(dirname "$0")/lib.sh"

cd "$SOURCE" || exit
target() {
	make --no-print-directory "$1" B="$BUILD" DESTDIR="$T/stage" \
	    PREFIX=/opt/files
}

ok "install" target install
at=$T/stage/opt/files
like "the program runs" "$("$at/bin/filesonly" --version)" "filesonly *"
is "it lies where no path is searched" "$(readlink "$at/bin/filesonly")" \
    ../lib/filesonly/filesonly
ok "it is what was built" cmp "$BUILD/filesonly" "$at/lib/filesonly/filesonly"
is "rrsync is a name of it" "$(readlink "$at/lib/filesonly/rrsync")" filesonly
is "sftp-server is a name of it" \
    "$(readlink "$at/lib/filesonly/sftp-server")" filesonly
# Installed texts name the places that they are installed to.
installed_text() {
	sed 's,/usr/local,/opt/files,g' "$1" >"$T/text"
	cmp "$T/text" "$2"
}
for page in conf/man/*.[1-8]; do
	[ -e "$page" ] || continue
	ok "$page is installed" \
	    installed_text "$page" "$at/share/man/man${page##*.}/${page##*/}"
done
examples=$at/share/doc/filesonly/examples
for file in filesonly.conf conf.d/example.conf users.d/example.conf \
    sshd_config.d/filesonly.conf authorized_keys.example; do
	ok "the example $file is installed" \
	    installed_text "conf/$file" "$examples/$file"
done
ok "max-sessions' directory is made at boot" installed_text \
    conf/tmpfiles.d/filesonly.conf "$at/lib/tmpfiles.d/filesonly.conf"
if [ -e "$BUILD/filesonlyd" ]; then
	ok "filesonlyd's unit is installed" installed_text \
	    conf/systemd/filesonlyd.service \
	    "$at/lib/systemd/system/filesonlyd.service"
fi
no "nothing names another place" grep -r /usr/local "$T/stage/opt/files/share" \
    "$T/stage/opt/files/lib/systemd"
ok "the configuration's directories are there" \
    ls -d "$T/stage/etc/filesonly/conf.d" "$T/stage/etc/filesonly/users.d"
ok "installing again" target install
: >"$T/stage/etc/filesonly/filesonly.conf"
ok "uninstall" target uninstall
is "leaves no file but the configuration" "$(find "$T/stage" ! -type d)" \
    "$T/stage/etc/filesonly/filesonly.conf"
ok "without one" rm "$T/stage/etc/filesonly/filesonly.conf"
ok "... uninstall" target uninstall
no "... leaves no directory for it" ls -d "$T/stage/etc/filesonly"

# A configuration elsewhere, below a directory with a blank in its name.
elsewhere() {
	make --no-print-directory "$1" B="$BUILD" DESTDIR="$T/a stage" \
	    PREFIX=/opt/files SYSCONFDIR=/opt/files/conf
}
ok "install, with another SYSCONFDIR" elsewhere install
ok "... whose directories are there" ls -d "$T/a stage/opt/files/conf/conf.d"
ok "... and is named by the texts" grep -q "/opt/files/conf" \
    "$T/a stage/opt/files/share/man/man5/filesonly.conf.5"
no "... by all of them" grep -r /etc/filesonly "$T/a stage/opt/files/share" \
    "$T/a stage/opt/files/lib/systemd"
ok "... uninstall" elsewhere uninstall
is "... leaves nothing" "$(find "$T/a stage" ! -type d)" ""
finish
