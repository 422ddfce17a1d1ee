#!/bin/bash
# The seccomp filters are made from lists, by libseccomp and not by what the
# kernel of the building machine knows; a name that nobody knows fails.
. "$(dirname "$0")/lib.sh"

make_filters() {
	"$BUILD/mkfilters" >"$T/$1" 2>"$T/err"
}

is_sanitized() {
	nm "$BUILD/filesonly" 2>/dev/null | grep -q __asan_init
}

ok "filters are made" make_filters made
is_sanitized ||
    ok "they are what was built in" cmp "$T/made" "$BUILD/gen/filters.h"

# A kernel without seccomp: libseccomp's own questions fail, too.
"$BUILD/tests/fault/lack" seccomp=ENOSYS -- "$BUILD/mkfilters" \
    >"$T/old" 2>"$T/err"
is "an old kernel makes no difference" $? 0
ok "the filters are the same" cmp "$T/made" "$T/old"

# change FROM TO: mkfilters with another list.
change() {
	rm -rf "$T/tools"
	mkdir "$T/tools"
	cp "$SOURCE/tools/mkfilters.c" "$T/tools/"
	sed "s/$1/$2/" "$SOURCE/tools/system_calls.h" >"$T/tools/system_calls.h"
	# pkg-config's words are several.
	# shellcheck disable=SC2046
	"${CC:-cc}" -std=c11 -D_GNU_SOURCE -I"$SOURCE/src" -o "$T/changed" \
	    "$T/tools/mkfilters.c" $(pkg-config --cflags --libs libseccomp)
}

ok "control: a copy of the lists" change xxx xxx
ok "control: makes filters" "$T/changed"
for list in program_always metadata_by_path supervisor files_read; do
	ok "$list: a name more" change "\($list\[\] = {\)" '\1 "nonsense",'
	"$T/changed" >"$T/out" 2>"$T/err"
	is "$list: which is none fails" "$? $(cat "$T/err")" \
	    "1 mkfilters: there is no call: nonsense"
done
finish
