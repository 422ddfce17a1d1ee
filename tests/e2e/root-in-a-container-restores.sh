#!/bin/bash
# Root without CAP_SYS_ADMIN, as containers have it: no namespace can be had,
# and rsync still restores devices, pipes and capabilities, and all else that
# it opens and creates by the way.
. "$(dirname "$0")/lib.sh"
[ "$(id -u)" = 0 ] || skip_all "needs root"
PATH=$PATH:/usr/sbin:/sbin
local_shells
cat >"$T/bin/contained" <<-END
	#!/bin/sh
	exec setpriv --bounding-set=-sys_admin --inh-caps=-all "\$@"
END
cat >"$T/bin/shell" <<-END
	#!/bin/sh
	exec "$T/bin/contained" "$T/bin/gate" "\$@"
END
chmod 755 "$T/bin/contained" "$T/bin/shell"

root=$T/w/root log=$T/w/log
mkdir -p "$root" "$T/src/dir"
export GATE_ROOT=$root GATE_OPTIONS="--home-in-root --audit=$log"
echo content >"$T/src/file"
head -c 300000 /dev/urandom >"$T/src/dir/big"
ln "$T/src/file" "$T/src/dir/hard"
ln -s ../file "$T/src/dir/link"
mkfifo "$T/src/pipe"
mknod -m 640 "$T/src/null" c 1 3
mknod -m 600 "$T/src/loop" b 7 99
chown games "$T/src/null"
cp "$BUILD/filesonly" "$T/src/program"
if ! setcap cap_net_raw+ep "$T/src/program" 2>/dev/null; then
	skip_all "this file system has no capabilities"
fi

# rsync sets no time that differs by less than a second.
find "$T/src" -exec touch -h -d '2021-02-03 04:05:06' {} +

nodes() {
	(cd "$1" && find . ! -type d -printf '%P %y %m %U %G %T@ ' \
	    -exec stat -c '%t:%T' {} \; | sort
	getcap -r .)
}

transfer() {
	timeout 60 rsync -e "$T/bin/shell" "$@" >"$T/out" 2>&1
}

ok "a push of all" transfer -aHX "$T/src/" h:t/
is "... all is there" "$(nodes "$root/t")" "$(nodes "$T/src")"
ok "... with its content" same_tree "$T/src" "$root/t" "%m %T@ %n"
like "... behind Landlock, in no namespace" "$(cat "$log")" \
    "* jail=landlock*+broker*"
ok "a second push" transfer -aHXi "$T/src/" h:t/
is "... moves nothing" "$(cat "$T/out")" ""
echo changed >>"$T/src/dir/big"
ok "--inplace" transfer -aHX --inplace "$T/src/" h:t/
ok "... arrives" cmp "$T/src/dir/big" "$root/t/dir/big"
echo new >"$T/src/new"
ok "--inplace: a new file" transfer -aHX --inplace "$T/src/" h:t/
ok "... arrives, as it was" same_tree "$T/src" "$root/t" "%m %T@ %n"
ok "a pull of all" transfer -aHX h:t/ "$T/back/"
is "... all is there" "$(nodes "$T/back")" "$(nodes "$T/src")"
rm -rf "${root:?}/t"
GATE_OPTIONS="--home-in-root --write-only --audit=$log"
ok "write-only: a push of all" transfer -aHX "$T/src/" h:t/
is "write-only: ... all is there" "$(nodes "$root/t")" "$(nodes "$T/src")"
GATE_OPTIONS="--home-in-root --create-only --audit=$log"
no "create-only: devices are refused" transfer -aHX "$T/src/" h:c/
no "create-only: ... and aren't there" test -e "$root/c/null"
client rsync
finish
