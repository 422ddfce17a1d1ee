#!/bin/bash
# What was linked is what the Makefile asks for: each program is position
# independent, its relocations are done at the start and read-only then, no
# memory is writable and executable; the static program has no name service's
# functions, and the dynamic one does.
set -u
SOURCE=$(cd "$(dirname "$0")/../.." && pwd)
BUILD=${BUILD:-$SOURCE/build/release}
case $BUILD in /*) ;; *) BUILD=$SOURCE/$BUILD ;; esac
failed=0 number=0

# claim WHAT COMMAND...: the command succeeds.
claim() {
	local what=$1
	shift
	number=$((number + 1))
	if "$@"; then
		echo "ok $number - $what"
	else
		echo "not ok $number - $what"
		failed=1
	fi
}

# has TEXT PATTERN, lacks TEXT PATTERN
has() {
	grep -qE "$2" <<<"$1"
}
lacks() {
	! has "$@"
}

names='U (getpw(nam|uid)|getgr(gid|ouplist))|[Tt] (getpw|getgr(gid|nam|ouplist)|nss_|__nss_)'
for name in filesonly filesonlyd filesonlyctl; do
	program=$BUILD/$name
	[ -e "$program" ] || continue
	header=$(readelf -hW "$program")
	segments=$(readelf -lW "$program")
	dynamic=$(readelf -dW "$program")
	claim "$name: is position independent" has "$header" 'Type: +DYN'
	claim "$name: says so" has "$dynamic" 'FLAGS_1.*PIE'
	claim "$name: has its relocations done at the start" \
	    has "$dynamic" 'FLAGS_1.*NOW'
	claim "$name: ... and read-only then" has "$segments" GNU_RELRO
	claim "$name: has a stack that is not executable" \
	    has "$segments" 'GNU_STACK .* RW +0x'
	claim "$name: has no memory that is writable and executable" \
	    lacks "$segments" ' RWE '
	claim "$name: has its data apart from its code" \
	    has "$segments" 'LOAD .* R +0x'
done

called=$(nm "$BUILD/filesonly")
if readelf -dW "$BUILD/filesonly" | grep -q NEEDED; then
	claim "filesonly: has the name services' functions" \
	    has "$called" "$names"
else
	claim "filesonly: has no name service's functions" \
	    lacks "$called" "$names"
	# musl's start leaves the relocations writable; addresses are of pages.
	read -r _ _ at _ _ size _ < <(
		readelf -lW "$BUILD/filesonly" | grep GNU_RELRO)
	size=$(((at + size) / 4096 * 4096 - at / 4096 * 4096))
	claim "filesonly: protects all that its relocations wrote" \
	    has "$(strace -e trace=mprotect "$BUILD/filesonly" --version 2>&1)" \
	    "^mprotect\\(0x[0-9a-f]+, $size, PROT_READ\\) += 0"
fi
echo "1..$number"
exit $failed
