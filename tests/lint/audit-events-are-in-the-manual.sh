#!/bin/bash
# The record's events: the manual, the table and what the code writes are the
# same words.
cd "$(dirname "$0")/../.." || exit 1
failed=0 number=0

claim() {
	number=$((number + 1))
	if [ "$2" = "$3" ]; then
		echo "ok $number - $1"
	else
		echo "not ok $number - $1"
		diff <(echo "$2") <(echo "$3") | sed 's/^/# /'
		failed=1
	fi
}

table=$(sed -n '/audit_events\[\] = {/,/^};/s/.*{ "\([a-z]*\)".*/\1/p' \
    src/record/record.c | sort)
manual=$(sed -n '/^\.Ss Events/,/^\.El/s/^\.It Cm //p' \
    conf/man/filesonly-audit.5 | tr -d ' ' | tr ',' '\n' | sort)
# Of calls, of the SFTP table's last column, of what rsync did.
used=$({
	grep -rhoE 'record_begin\([^;"]*"[a-z]+"' src subsys |
	    grep -oE '"[a-z]+"$'
	sed -n '/^const struct request_row/,/^};/p' subsys/sftp/request_table.c |
	    grep -oE '"[a-z]+" },$' | grep -oE '"[a-z]+"'
	sed -n '/^event_of(/,/^}/p' subsys/rsync/file_log.c |
	    grep -oE '"[a-z]{2,}"'
	sed -n '/^event_of_refused(/,/^}/p' subsys/sftp/sftp_record.c |
	    grep -oE '"[a-z]{2,}"'
} | tr -d '"' | sort -u)

claim "the table is found" "$([ "$(wc -w <<<"$table")" -ge 10 ] && echo yes)" yes
claim "the manual lists the table's events" "$manual" "$table"
claim "the code writes the table's events" "$used" "$table"
echo "1..$number"
exit $failed
