#!/bin/bash
# A plain "make CROSS=aarch64-linux-gnu-": the programs and the tests are built
# for arm64, with filters of that machine's system calls, and nothing that was
# built for it is run while building. The tree and the target's libraries stay
# in build/, so that the next run has little to do.
# timeout: 400
. "$(dirname "$0")/lib.sh"

cd "$SOURCE" || exit
command -v aarch64-linux-gnu-gcc >/dev/null ||
    skip_all "no cross compiler here"
SYSROOT=$SOURCE/build/sysroot-arm64
[ -d "$SYSROOT" ] || tools/make-sysroot arm64 "$SYSROOT" >"$T/out" 2>&1 ||
    skip_all "no arm64 packages here: $(tail -n 1 "$T/out")"

B=build/cross-arm64
ok "it builds" env -u MAKELEVEL MAKEFLAGS='' make WERROR=-Werror B=$B \
    CROSS=aarch64-linux-gnu- SYSROOT="$SYSROOT" all tests
machine_of() {
	LC_ALL=C readelf -h "$1" | sed -n 's/^ *Machine: *//p'
}
for program in filesonly tests/unit/test_filter tests/fault/hostile; do
	is "$program is for arm64" "$(machine_of $B/$program)" AArch64
done
is "what makes the filters is not" "$(machine_of $B/mkfilters)" \
    "$(machine_of "$(command -v bash)")"
# AUDIT_ARCH_AARCH64, and the number of openat2, which is every machine's.
filters=$(<$B/gen/filters.h)
count=$(grep -c '^static const struct sock_filter' <<<"$filters")
like "there are filters" "$count" "[1-9]?"
is "each asks for the machine" \
    "$(awk '/^static/ { n++ } /0xc00000b7U/ && !seen[n]++ { found++ }
	END { print found }' <<<"$filters")" "$count"
no "and for no other" grep -q 0xc000003eU <<<"$filters"
# arm64 has no system calls from 295 to 423; amd64 has statx and others there.
between() {
	grep -oE '0x[0-9a-f]{8}U' "$1" | tr -d U | while read -r constant; do
		((constant > 294 && constant < 424)) && echo "$constant"
	done | sort -u | wc -l
}
if [ "$(uname -m)" = x86_64 ]; then
	no "control: amd64's filters have amd64's numbers" \
	    [ "$(between "$BUILD/gen/filters.h")" = 0 ]
fi
is "arm64's have none of them" "$(between $B/gen/filters.h)" 0

# --- a target of 32 bits ---------------------------------------------------

# first_words OPTION...: what the compiler says of one of our files.
first_words() {
	cc -std=c11 -D_GNU_SOURCE -I. -Isrc -I"$BUILD/gen" -fsyntax-only "$@" \
	    src/confine/filter.c 2>&1 | grep -m 1 error:
}
is "control: the file compiles for 64 bits" "$(first_words)" ""
like "for 32 bits it is refused in words" \
    "$(first_words -U__SIZEOF_LONG__ -D__SIZEOF_LONG__=4)" \
    "*filesonly needs a 64-bit machine*"

# --- a target that the builder can't make filters of ------------------------

$B/mkfilters --arch=s390x >"$T/out" 2>&1
is "another byte order is refused" "$? $(cat "$T/out")" \
    "1 mkfilters: can't make the filters of: s390x"
$B/mkfilters --arch=nonsense >"$T/out" 2>&1
is "a machine that nobody knows is refused" "$? $(cat "$T/out")" \
    "1 mkfilters: can't make the filters of: nonsense"
finish
