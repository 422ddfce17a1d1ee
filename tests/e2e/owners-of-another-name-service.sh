#!/bin/bash
# Owners whose names are in no file of /etc: SFTP shows them, root's rsync maps
# them by name both ways. Where a service lists no accounts the transfer says
# so, and is no success.
. "$(dirname "$0")/lib.sh"
[ "$(id -u)" = 0 ] || skip_all "needs root to add a name service"
[ -d /var/lib/extrausers ] || skip_all "no libnss-extrausers"
private_etc
local_shells
mkdir "$T/extra"
echo 'distant:x:64161:64160:::' >"$T/extra/passwd"
echo 'elsewhere:x:64160:' >"$T/extra/group"
: >"$T/extra/shadow"
mount --bind "$T/extra" /var/lib/extrausers || exit 1

# services WORDS: where the machine looks for accounts.
services() {
	sed -i -E "s/^(passwd|group|shadow):.*/\1: $1/" /etc/nsswitch.conf
}

# listed ACCOUNT COMMAND: owner and group of "file" as the client is shown them.
listed() {
	cat >"$T/bin/shell" <<-END
	#!/bin/sh
	SSH_ORIGINAL_COMMAND=internal-sftp exec $GATE $2 $root
	END
	chmod 755 "$T/bin/shell"
	echo 'ls -l file' | as "$1" timeout 30 sftp -q -b - -D "$T/bin/shell" \
	    2>/dev/null | awk '/^-/ { print $3 ":" $4 }'
}

transfer() {
	timeout 60 rsync -e "$T/bin/gate" "$@" >"$T/out" 2>&1
}

root=$T/w/root
export GATE_ROOT=$root GATE_OPTIONS=--home-in-root
mkdir -p "$root" "$T/src"
chmod 755 "$T/w" "$root"
echo content >"$root/file"
echo content >"$T/src/mine"
chown 64161:64160 "$root/file"
chown games:games "$T/src/mine"

for a in $ACCOUNTS; do
	services files
	is "$a: control: in no file they are numbers" "$(listed "$a" "")" \
	    64161:64160
	services "files extrausers"
	if is_static; then
		is "$a: a static program asks nobody" "$(listed "$a" "")" \
		    64161:64160
		continue
	fi
	is "$a: their names are shown" "$(listed "$a" "")" distant:elsewhere
	is "$a: names=none shows none" "$(listed "$a" --names=none)" \
	    64161:64160
	is "$a: names=own shows none of others" "$(listed "$a" --names=own)" \
	    64161:64160
done

# --- root's rsync: "games" stands for the same account on the other machine --
services "files extrausers"
pull=(-a --usermap=distant:games --groupmap=elsewhere:games h:.)
push=(-a --usermap=games:distant --groupmap=games:elsewhere "$T/src/mine")
if is_static; then
	no "a static program: a pull is no success" transfer "${pull[@]}" \
	    "$T/back/"
	like "... and says why" "$(cat "$T/out")" "*--numeric-ids*"
else
	ok "a pull maps them" transfer "${pull[@]}" "$T/back/"
	is "... by name" "$(stat -c %U:%G "$T/back/file")" games:games
	ok "a push maps them" transfer "${push[@]}" h:.
	is "... by name" "$(stat -c %u:%g "$root/mine")" 64161:64160
fi

# --- a service that lists nothing: sss, which is not there -------------------
services "files sss"
transfer -a h:. "$T/back/"
is "accounts that can't be listed: the transfer is no success" $? 23
like "... and its client hears what to do" "$(cat "$T/out")" \
    "*can't list all of its accounts*--numeric-ids*"
ok "... which works" transfer -a --numeric-ids h:. "$T/back/"
ok "without owners nothing is mapped" transfer -r h:. "$T/back/"
services files
ok "control: with the files alone" transfer -a h:. "$T/back/"

# --- a service that knows accounts and lists none, as SSSD does --------------
cat >"$T/quiet.c" <<-'END'
	#include <grp.h>
	#include <nss.h>
	#include <pwd.h>
	enum nss_status
	_nss_hesiod_getpwuid_r(uid_t uid, struct passwd *found, char *room,
	    size_t size, int *error)
	{
		(void)room, (void)size, (void)error;
		if (uid != 64170)
			return NSS_STATUS_NOTFOUND;
		*found = (struct passwd){ "quiet", "x", uid, 64171, "", "/",
			"/bin/false" };
		return NSS_STATUS_SUCCESS;
	}
	enum nss_status
	_nss_hesiod_getgrgid_r(gid_t gid, struct group *found, char *room,
	    size_t size, int *error)
	{
		static char *members[] = { NULL };

		(void)room, (void)size, (void)error;
		if (gid != 64171)
			return NSS_STATUS_NOTFOUND;
		*found = (struct group){ "silent", "x", gid, members };
		return NSS_STATUS_SUCCESS;
	}
END
module=$(ldconfig -p | awk '/libnss_hesiod\.so\.2/ { print $NF; exit }')
if [ -n "$module" ] && ! is_static; then
	"${CC:-cc}" -shared -fPIC -o "$T/quiet.so" "$T/quiet.c"
	mount --bind "$T/quiet.so" "$module" || exit 1
	chown 64170:64171 "$root/file"
	services "files hesiod"
	is "control: a service knows it" "$(getent passwd 64170 | cut -d: -f1)" \
	    quiet
	is "... and does not list it" "$(getent passwd | grep -c ^quiet:)" 0
	for a in $ACCOUNTS; do
		is "$a: SFTP shows what is not listed" "$(listed "$a" "")" \
		    quiet:silent
	done
	rm -rf "$T/back"
	transfer -a h:file "$T/back/"
	is "rsync: the transfer is no success" $? 23
	like "... and its client hears what to do" "$(cat "$T/out")" \
	    "*can't list all of its accounts*--numeric-ids*"
	is "... the owner is nobody else" \
	    "$(stat -c %u:%g "$T/back/file")" 64170:64171
	ok "... by numbers it is one" transfer -a --numeric-ids h:file \
	    "$T/back/"
	services files
	umount "$module"
fi

# --- root without CAP_SYS_ADMIN, as in a container ---------------------------
cat >"$T/bin/contained" <<-END
	#!/bin/sh
	exec setpriv --bounding-set=-sys_admin --inh-caps=-all "$T/bin/gate" "\$@"
END
chmod 755 "$T/bin/contained"
chown games:games "$root/file"
rm -rf "$T/back"
ok "in a container: a pull" timeout 60 rsync -e "$T/bin/contained" -a \
    --usermap=games:64161 --groupmap=games:64160 h:file "$T/back/"
is "in a container: ... has the names of /etc" \
    "$(stat -c %u:%g "$T/back/file")" 64161:64160
client rsync
client sftp
finish
