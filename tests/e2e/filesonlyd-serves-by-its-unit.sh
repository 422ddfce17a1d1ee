#!/bin/bash
# filesonlyd under its unit, as systemd starts it: with all that the unit takes
# away each jail must still have what it needs.
. "$(dirname "$0")/lib.sh"

[ "$E2E_NAMESPACE" = yes ] || skip_all "needs a mount namespace"
[ -e "$BUILD/filesonlyd" ] || skip_all "filesonlyd was not built: no libssh"
[ -x /lib/systemd/systemd ] || skip_all "there is no systemd"
readelf -s "$BUILD/filesonlyd" | grep -q __asan_init &&
    skip_all "a sanitized program calls what systemd's unit takes away"
PREFIX=/usr/local
# shellcheck disable=SC2016 # boot's
export SOURCE BUILD PREFIX BOOT_PREPARE='
	make -C "$SOURCE" B="$BUILD" DESTDIR="$M" PREFIX=$PREFIX install
	chroot "$M" useradd -r -d /var/lib/filesonlyd _filesonlyd'
timeout 100 "$SOURCE/tests/systemd/boot" / "$SOURCE/tests/systemd/serve" \
    >"$T/said"
status=$?
[ $status != 125 ] || {
	note "$(cat "$T/said")"
	skip_all "a container may forbid a systemd of its own"
}
cat "$T/said"
exit $status
