#!/bin/bash
# The Makefile, in a copy of the tree: one header rebuilds what includes it and
# no more, config.mk and the command line are followed, V=1 shows commands, all
# processors build, STATIC=1 gives a program that needs no library and serves.
# timeout: 300
. "$(dirname "$0")/lib.sh"

COPY=$T/copy
mkdir "$COPY"
(cd "$SOURCE" && tar -c --exclude=./build --exclude=./.git \
    --exclude=./config.mk .) | tar -x -C "$COPY"
cd "$COPY" || exit
# tests/bare runs both as README prints them.
ok "README gives the command that tries it" \
    grep -qx '    apt-get install -y make && make demo' "$SOURCE/README.md"
ok "README gives the command that runs the tests" \
    grep -qx '    make check' "$SOURCE/README.md"
ok "... which is what is run on each change" \
    grep -qx 'make check' "$SOURCE/.ci/run"

# As from a terminal: no make above has a say.
in_copy() {
	env -u MAKELEVEL MAKEFLAGS='' make --no-print-directory "$@"
}

# --- help ------------------------------------------------------------------

in_copy help >"$T/help"
for target in demo check unit e2e lint format bench install uninstall clean; do
	like "help tells of make $target" "$(cat "$T/help")" "*make $target *"
	ok "make $target exists" in_copy -n "$target"
done
like "help tells of the modes" "$(cat "$T/help")" "*release|debug|asan*"

# --- a build, and what is built again --------------------------------------

echo 'MODE = debug' >config.mk
echo 'STATIC = 1' >>config.mk
ok "config.mk is followed: a static debug build" \
    in_copy build/debug-static/filesonly
cp "$T/ok.out" "$T/built"
no "it calls nothing that a static program can't have" \
    grep -i "statically linked" "$T/built"
PROGRAM=build/debug-static/filesonly
is "modes have trees of their own" "$(ls build)" debug-static
ok "built once, nothing is to do" in_copy -q $PROGRAM
# rebuilds FILE: the objects that a change of it makes again.
rebuilds() {
	touch "$1"
	in_copy -n V=1 $PROGRAM | sed -n 's/.* -c -o [^ ]* \([^ ]*\.c\)$/\1/p' |
	    sort
}
is "a header rebuilds who includes it" \
    "$(rebuilds src/base/quote.h)" \
    "$(grep -rl '"base/quote.h"' src subsys --include='*.c' \
	--exclude-dir={serve,ctl} |
	sort)"
ok "and after that" in_copy $PROGRAM
is "a source rebuilds itself" "$(rebuilds src/base/num.c)" src/base/num.c
ok "and after that nothing is to do" in_copy $PROGRAM
ok "... nothing" in_copy -q $PROGRAM

touch src/base/num.c
like "commands are short" "$(in_copy $PROGRAM)" "*CC *src/base/num.c*"
touch src/base/num.c
like "V=1 shows them" "$(in_copy V=1 $PROGRAM)" \
    "*-fstack-protector-strong*-c -o *src/base/num.c*"
like "the command line wins over config.mk" \
    "$(in_copy -n V=1 MODE=release STATIC='' build/release/src/base/num.o)" \
    "*-fPIE*-O2*"
in_copy -n V=1 MODE=release STATIC='' all >"$T/dynamic"
no "by default no static program is linked" grep -e -static "$T/dynamic"
ok "STATIC=1 links one" \
    grep -e -static-pie <(in_copy -n V=1 MODE=release STATIC=1 all)
in_copy -n INIH_LIBS=-linih B=build/none all >"$T/out" 2>&1
is "STATIC=1 without the archives is no build" $? 2
like "... and says what is missing" "$(cat "$T/out")" "*libinih.a*"
like "CC may be chosen" "$(in_copy -n V=1 -B CC=clang all)" "*clang -std=c11*"
like "CI makes warnings errors" \
    "$(CI=true in_copy -n V=1 -B build/debug-static/src/base/num.o)" \
    "*-Werror*"
no "and nothing else does" \
    grep -q -- ' -Werror ' <(CI='' in_copy -n V=1 -B $PROGRAM)
like "DESTDIR and PREFIX" \
    "$(in_copy -n install DESTDIR=/stage PREFIX=/opt/x)" \
    "*/stage/opt/x/bin/filesonly*"

# --- how many at a time ----------------------------------------------------

# A machine with three processors, and a compiler that counts itself.
mkdir "$T/three" "$T/three/now"
printf '%s\n' '#!/bin/sh' 'echo 3' >"$T/three/nproc"
cat >"$T/three/counting-cc" <<-END
	#!/bin/bash
	[[ " \$* " == *" src/"* ]] || exec cc "\$@"
	: >$T/three/now/\$\$
	ls $T/three/now | wc -l >>$T/three/counts
	sleep 0.2
	cc "\$@"
	status=\$?
	rm $T/three/now/\$\$
	exit \$status
END
chmod 755 "$T/three/nproc" "$T/three/counting-cc"
FEW=(CC=counting-cc STATIC='' B=build/few build/few/src/base/{num,buf,io,fd}.o)
# at_a_time ARGUMENT...: how many compilers ran at once.
at_a_time() {
	rm -rf "$T/three/counts" build/few/src
	PATH=$T/three:$PATH in_copy "$@" >"$T/out" 2>&1
	sort -n "$T/three/counts" | tail -n 1
}
is "make uses all processors" "$(at_a_time "${FEW[@]}")" 3
is "-j1 wins" "$(at_a_time -j1 "${FEW[@]}")" 1
is "-j2 wins" "$(at_a_time -j2 "${FEW[@]}")" 2
printf 'all:\n\t@$(MAKE) -C %s %s\n' "$COPY" "${FEW[*]}" >"$T/above.mk"
is "a make above wins" "$(at_a_time -j1 -f "$T/above.mk")" 1
is "... with as many as it has" "$(at_a_time -j2 -f "$T/above.mk")" 2
no "... and nobody resets its jobs" grep jobserver "$T/out"
ok "what is no file happens in the order given" \
    in_copy -j3 clean CC=cc "${FEW[@]:1}"
ok "... clean before what is built" ls build/few/src/base/{num,buf,io,fd}.o
no "... of all that was there" ls -d build/debug-static
in_copy $PROGRAM >"$T/out" 2>&1

# --- the static program ----------------------------------------------------

no "it needs no library" grep -q NEEDED <(readelf -d $PROGRAM)
like "it runs" "$($PROGRAM --version)" "filesonly *"
cp -f $PROGRAM "$GATE"
start_sshd
echo content >"$T/file"
for account in $ACCOUNTS; do
	root=$(make_root "$account")
	serve "$account" "" "$root"
	ok "$account: it serves sftp" \
	    sftp_to "$account" <<<"put $T/file by-sftp"
	ok "$account: ... whole" cmp "$T/file" "$root/by-sftp"
	ok "$account: it serves rsync" rsync_to -a "$T/file" "$account:by-rsync"
	ok "$account: ... whole" cmp "$T/file" "$root/by-rsync"
	ssh_to "$account" id >"$T/out" 2>"$T/err" </dev/null
	is "$account: it refuses a command" $? 1
done
client sftp
client rsync

ok "clean" in_copy clean
no "leaves no build" [ -e build ]
finish
