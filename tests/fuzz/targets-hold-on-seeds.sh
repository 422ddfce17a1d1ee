#!/bin/bash
# Each fuzz target holds its invariant on what clients really sent, on those
# bytes cut short, and on every input that once broke it.
set -u
cd "$(dirname "$0")/../.." || exit 1
build=${BUILD:-build/release}
T=$(mktemp -d) || exit 1
trap 'rm -rf "$T"' EXIT
tests=0
status=0

report() {
	tests=$((tests + 1))
	if [ "$1" = 0 ]; then
		echo "ok $tests - $2"
	else
		echo "not ok $tests - $2"
		tail -n 5 "$T/out" | sed 's/^/# /'
		status=1
	fi
}

for program in "$build"/tests/fuzz/fuzz_*; do
	name=${program##*/fuzz_}
	case $name in *.*) continue ;; esac
	mkdir -p "$T/$name"
	[ -d "tests/fuzz/corpus/$name" ] &&
		cp "tests/fuzz/corpus/$name"/* "$T/$name"
	# A target has recorded seeds, or a corpus of its own.
	tests/fuzz/seeds "$name" "$T/$name" >"$T/out" 2>&1 ||
	    [ -d "tests/fuzz/corpus/$name" ]
	report $? "$name has seeds"
	for seed in "$T/$name"/*[05]; do
		[ -f "$seed" ] || continue
		head -c $(($(wc -c <"$seed") * 2 / 3)) "$seed" >"$seed.cut"
	done
	count=$(find "$T/$name" -type f | wc -l)
	timeout 60 "$program" "$T/$name"/* >"$T/out" 2>&1
	report $? "$name holds on $count inputs"
done
echo "1..$tests"
[ $status = 0 ]
