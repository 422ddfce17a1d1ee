#!/bin/bash
# README's table of clients has a row for each that the tests run, and no
# other, and the versions that are those of Debian 12.
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/../e2e/lib.sh"

# rows: "NAME|VERSIONS", a line each.
rows() {
	sed -n '/^## Clients/,/^## /p' "$SOURCE/README.md" |
	    awk -F' *[|] *' 'NF == 5 && $2 != "client" && $2 !~ /^-/ {
		print $2 "|" $4 }'
}

is "the tests run the clients that README names" \
    "$(cat "$SOURCE"/tests/{e2e,clients}/*.sh |
    sed -nE 's/^\s*client "?([a-zA-Z0-9_-]+)[ "]*$/\1/p' | grep -vx ssh |
    sort -u)" "$(rows | cut -d'|' -f1 | sort)"
if grep -qx 'VERSION_ID="12"' /etc/os-release 2>/dev/null; then
	while IFS='|' read -r name versions; do
		here=$(version_of "$name" 2>/dev/null | sed 's/ *$//')
		if [ -z "$here" ]; then
			skip "$name" "it is not installed"
			continue
		fi
		like "$name is of a version that README names" \
		    ", $versions, " "*, ${here%% *}[, ]*"
	done < <(rows)
else
	skip "the versions" "README's are those of Debian 12"
fi
finish
