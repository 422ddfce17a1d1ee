#!/bin/bash
# tests/run: what has failed, in whatever way, is counted as that, and no
# processor waits while there is something to run.
set -u
SOURCE=$(cd "$(dirname "$0")/../.." && pwd)
T=$(mktemp -d "${TMPDIR:-/tmp}/filesonly-run.XXXXXXXX") || exit 1
trap 'rm -rf "$T"' EXIT
number=0 failed=0

# program NAME LINE...: a shell script of these lines.
program() {
	printf '%s\n' '#!/bin/sh' "${@:2}" >"$T/$1"
	chmod 755 "$T/$1"
}

# counts CLAIM STATUS RESULT PROGRAM...: RESULT is the run's last line.
counts() {
	local claim=$1 wanted="$2 $3" got
	shift 3
	JOBS=2 TEST_TIMEOUT=5 "$SOURCE/tests/run" "${@/#/$T/}" \
	    >"$T/out" 2>&1
	got="$? $(tail -n 1 "$T/out")"
	number=$((number + 1))
	if [ "$got" = "$wanted" ]; then
		echo "ok $number - $claim"
	else
		echo "not ok $number - $claim"
		echo "# got:    $got"
		echo "# wanted: $wanted"
		failed=1
	fi
}

program good 'echo 1..2' 'echo ok 1 - a' 'echo ok 2 - b'
program bad 'echo ok 1 - a' 'echo not ok 2 - b' 'echo 1..2'
program dies 'echo 1..1' 'echo ok 1 - a' 'kill -KILL $$'
program status 'echo 1..1' 'echo ok 1 - a' 'exit 3'
program unplanned 'echo ok 1 - a'
program short 'echo 1..3' 'echo ok 1 - a'
program silent :
program skips 'echo 1..1' 'echo "ok 1 - a # SKIP nobody knows why"'
program skips_all 'echo "1..0 # SKIP nobody knows why"'
program late 'echo 1..1' 'sleep 60'
counts "control: two results" 0 "2 passed, 0 failed, 0 skipped" good
counts "a failure" 1 "1 passed, 1 failed, 0 skipped" bad
counts "a program that dies" 1 "1 passed, 1 failed, 0 skipped" dies
counts "an exit status" 1 "1 passed, 1 failed, 0 skipped" status
counts "no plan" 1 "1 passed, 1 failed, 0 skipped" unplanned
counts "fewer than planned" 1 "1 passed, 1 failed, 0 skipped" short
counts "nothing said" 1 "0 passed, 1 failed, 0 skipped" silent
counts "a skip that tests/skips does not know" 1 \
    "0 passed, 1 failed, 0 skipped" skips
counts "... of a whole program" 1 "0 passed, 1 failed, 0 skipped" skips_all
counts "a program that runs into its limit" 1 \
    "0 passed, 1 failed, 0 skipped" late
counts "nothing to run" 1 "0 passed, 0 failed, 0 skipped"
counts "all of them together" 1 "7 passed, 9 failed, 0 skipped" \
    good bad dies status unplanned short silent skips skips_all late

# The first ends once the third has begun.
program first 'echo 1..1' "until [ -e $T/begun ]; do sleep 0.05; done" \
    'echo ok 1 - a'
program third 'echo 1..1' "touch $T/begun" 'echo ok 1 - a'
counts "what ends makes room for the next" 0 "4 passed, 0 failed, 0 skipped" \
    first good third
echo "1..$number"
exit $failed
