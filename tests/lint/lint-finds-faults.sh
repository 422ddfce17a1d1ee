#!/bin/bash
# timeout: 300
# Each check of the source passes, and finds a fault that is planted in a copy.
set -u
SOURCE=$(cd "$(dirname "$0")/../.." && pwd)
BUILD=${BUILD:-$SOURCE/build/release}
case $BUILD in /*) ;; *) BUILD=$SOURCE/$BUILD ;; esac
export BUILD
T=$(mktemp -d "${TMPDIR:-/tmp}/filesonly-lint.XXXXXXXX") || exit 1
trap 'rm -rf "$T"' EXIT
N=0
FAILED=0

report() {
	N=$((N + 1))
	if [ "$1" = 0 ]; then
		echo "ok $N - $2"
	else
		echo "not ok $N - $2"
		sed 's/^/# /' "$T/out" | head -40
		FAILED=1
	fi
}

# planted CHECK CLAIM: the check must fail in $T/copy.
PLANTED=
planted() {
	PLANTED="$PLANTED $1"
	"$SOURCE/tests/lint/check" "$1" "$T/copy" >"$T/out" 2>&1
	report $((! $?)) "$1 finds $2"
	cd "$SOURCE" || exit 1
	rm -rf "$T/copy"
}

copy() {
	mkdir -p "$T/copy"
	(cd "$SOURCE" && tar -c --exclude=./build --exclude=./.git .) |
	    tar -x -C "$T/copy"
	cd "$T/copy" || exit 1
}

for check in $("$SOURCE/tests/lint/check" --list); do
	if [ "$check" = format ] &&
	    ! clang-format --version | grep -q 'version 14\.'; then
		N=$((N + 1))
		echo "ok $N - format # SKIP clang-format is not version 14"
		continue
	fi
	"$SOURCE/tests/lint/check" "$check" >"$T/out" 2>&1
	report $? "$check"
done

copy
echo '#include "policy/policy.h"' >>src/base/num.c
planted layers "base that includes policy"
copy
echo '#include "subsys/rsync/args.h"' >>subsys/sftp/sftp.c
planted layers "a subsystem that includes another"
# Two files that call each other, compiled into a build of their own.
circle() {
	mkdir -p "$T/build/src/base" src/base
	echo "void $2(void); void $1(void); void $1(void) { $2(); }" \
	    >"src/base/$1.c"
	"${CC:-cc}" -c -o "$T/build/src/base/$1.o" "src/base/$1.c"
}
copy
circle planted_one planted_two
circle planted_two planted_one
BUILD=$T/build planted circles "two files that need each other"
copy
cp src/base/num.h src/root/num.h
planted file_names "a file name that stands twice"
copy
for file in base/num root/own policy/mode; do
	printf 'static void\nplanted(void)\n{\n}\n' >>"src/$file.c"
done
planted function_names "a function that three files define"
copy
sed -i '/^src.root.openat2.c /d' tests/lint/reach
planted reach "a file that names files and isn't listed"
copy
sed -i '/^src.confine.caps.c /s/syscall/syscall rename/' tests/lint/reach
planted reach_is_used "an entry that nobody uses"
copy
sed -i '/#define FILESONLY/d' src/base/num.h
planted headers "a header without its guard"
copy
printf '#ifndef %s\n#define %s\nextern size_t x;\n#endif\n' \
    FILESONLY_BASE_PLANTED_H FILESONLY_BASE_PLANTED_H >src/base/planted.h
planted headers "a header that needs another one first"
copy
echo 'int  x ;' >>src/base/num.c
planted format "a line that is not formatted"
copy
printf 'a line \n' >>README.md
planted text "a blank at the end of a line"
copy
echo "/work""/main/build" >>README.md
planted traces "a path of another machine"
copy
echo 'cd $x' >>tests/run
planted scripts "an unquoted variable"
copy
cp tests/e2e/shell-is-refused.sh tests/fault/
planted names "two scripts of one name"
copy
# The backquotes are the page's.
# shellcheck disable=SC2016
echo 'See `tests/unit/test_nothing.c`.' >>README.md
planted named "a page that names a file that is not there"
copy
echo 'See [this](reading-nothing.md).' >>doc/reading.md
planted named "a page that links to a file that is not there"
copy
mkdir -p conf/man
printf '.Dd x\n.Dt Y\n.Sh NAM\n' >conf/man/bad.1
planted manuals "a broken manual page"
for check in $("$SOURCE/tests/lint/check" --list); do
	[[ " $PLANTED " == *" $check "* ]] || echo "$check"
done >"$T/out"
[ ! -s "$T/out" ]
report $? "each check was shown to find a fault"

# Not a check, but the compiler: banned.h names all that nobody may use.
compiles() {
	echo "char *f(char *a, const char *b) { $1; return a; }" |
	    "${CC:-cc}" -std=c11 -D_GNU_SOURCE -Wno-implicit-function-declaration \
	    -include "$SOURCE/src/base/banned.h" -x c -c -o "$T/object" - \
	    >"$T/out" 2>&1
}
cd "$SOURCE" || exit 1
compiles 'memcpy(a, b, 1); a[0] = O_WRONLY'
report $? "control: what is not banned compiles"
while read -r name call; do
	compiles "$call"
	report $((! $?)) "$name is banned"
done <<'END'
strcpy strcpy(a, b)
strcat strcat(a, b)
strncpy strncpy(a, b, 1)
strncat strncat(a, b, 1)
sprintf sprintf(a, "%s", b)
strtok strtok(a, b)
atoi (void)atoi(b)
atol (void)atol(b)
alloca (void)alloca(1)
system (void)system(b)
popen (void)popen(b, "r")
tmpnam tmpnam(a)
asctime (void)asctime(0)
O_ACCMODE a[0] &= O_ACCMODE
END
echo "1..$N"
exit $FAILED
