#!/bin/bash
# make dist: an archive is what was committed, whatever git is set to by whoever
# makes it, or there is none.
. "$(dirname "$0")/lib.sh"

command -v git >/dev/null || skip_all "git is not installed"
mkdir "$T/tree"
cp -r "$SOURCE/Makefile" "$SOURCE/mk" "$SOURCE/tools" "$T/tree/"
echo text >"$T/tree/text"
export GIT_CONFIG_GLOBAL=/dev/null GIT_CONFIG_SYSTEM=/dev/null
tree() {
	git -C "$T/tree" "$@"
}
ok "a tree is committed" eval 'tree init -q && tree add . &&
    tree -c user.name=x -c user.email=x@localhost commit -qm x'
dist() {
	env -u MAKELEVEL MAKEFLAGS='' make -C "$T/tree" dist
}
ok "an archive is made" dist
cp "$T/tree/build/dist/SHA256SUMS" "$T/sums"
# shellcheck disable=SC2034 # eval reads it
archive=$(cd "$T/tree/build/dist" && echo *.tar.gz)
ok "... of what was committed" eval \
    'tar -xzOf "$T/tree/build/dist/$archive" "${archive%.tar.gz}/text" |
    cmp - "$T/tree/text"'
export GIT_CONFIG_COUNT=4 GIT_CONFIG_KEY_0=tar.umask GIT_CONFIG_VALUE_0=0077 \
    GIT_CONFIG_KEY_1=core.autocrlf GIT_CONFIG_VALUE_1=true \
    GIT_CONFIG_KEY_2=core.attributesFile GIT_CONFIG_VALUE_2=$T/attributes \
    GIT_CONFIG_KEY_3=core.eol GIT_CONFIG_VALUE_3=crlf
echo 'text export-ignore' >"$T/attributes"
ok "control: these settings make another archive" eval \
    '! tree archive --prefix="${archive%.tar.gz}/" HEAD | gzip -9n |
    cmp - "$T/tree/build/dist/$archive"'
ok "made with other settings of git" dist
is "... it is the same" "$(cat "$T/tree/build/dist/SHA256SUMS")" \
    "$(cat "$T/sums")"
blob=$(tree rev-parse HEAD:text)
rm -f "$T/tree/.git/objects/${blob:0:2}/${blob:2}"
no "of a commit that is not whole none is made" dist
no "... and no sums" ls "$T/tree/build/dist/SHA256SUMS"
finish
