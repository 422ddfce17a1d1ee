#!/bin/bash
# The static program and its twin have different C libraries. What both say of
# a pattern that may be configured, and of an error, is the same.
. "$(dirname "$0")/lib.sh"
ONE=$BUILD/tests/e2e/libc-says
OTHER=$BUILD/tests/e2e/libc-says-static
[ -e "$OTHER" ] || skip_all "this build has one C library"

for what in clear unclear errors; do
	"$ONE" $what >"$T/one-$what"
	"$OTHER" $what >"$T/other-$what"
done
no "control: patterns that may not be configured are read otherwise" \
    cmp -s "$T/one-unclear" "$T/other-unclear"
for said in one-clear other-clear; do
	ok "control: there are patterns that match" \
	    [ "$(grep -ac ^1 "$T/$said")" -gt 10000 ]
	ok "control: and such that do not" \
	    [ "$(grep -ac ^0 "$T/$said")" -gt 10000 ]
done
ok "those that may are read alike" cmp "$T/one-clear" "$T/other-clear"
like "control: errors have words" "$(cat "$T/one-errors")" \
    "*Input/output error*"
ok "the same ones" diff "$T/one-errors" "$T/other-errors"
finish
